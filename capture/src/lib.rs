//! Event model of cscope, the event table, and capture files.
//!
//! Everything that is true of an event without knowing the machine it happened on lives here: which
//! types exist and what their parameters are called ([`table`]), how a parameter is decoded from the
//! bytes of an event ([`Event`]), and how events and the state snapshot in front of them are kept in
//! `.scap` files. The crate needs no privileges and holds no `unsafe` code.
//!
//! ```text
//! bytes of a file or of the probe -> EventSource -> Event<'_> -> (enrich, filter, chisels, writer)
//! ```
#![forbid(unsafe_code)]

mod beside;
mod blocks;
mod compress;
mod encode;
mod error;
mod event;
mod join;
pub mod print;
mod reader;
mod snapshot;
mod source;
pub mod table;
pub mod value;
mod writer;

pub use beside::{Beside, Credentials};
pub use blocks::{BlockSource, Blocks, Brief, Cursor, Head, Passed, Quiet};
pub use encode::{EventBuilder, OwnedEvent, Shape};
pub use error::{Error, ErrorKind};
pub use event::{Event, EventType, Params, event_flags, signed};
pub use join::{Joined, Joiner, Plain, Role};
pub use reader::{FileSource, Frame, Index};
pub use snapshot::{
    Bytes, FdInfo, FdType, GroupEntry, Interface, L4Proto, MachineInfo, Snapshot, ThreadInfo, Tuple,
    UserEntry,
};
pub use source::{CallInFlight, EventSource, Keeping, Kept, LeftOut, Loss, Stats, Step};
pub use writer::{
    Batch, FileWriter, Format, RotateRules, RotatingWriter, WriterOptions, is_named_pipe, open_named_pipe,
};
