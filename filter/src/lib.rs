//! Filter language, field table and output formats of cscope.
//!
//! ```text
//! filter text -> AST with spans -> type check against THE field table -> compiled filter  -> bool
//! format text -> items          -> the same table                     -> compiled format -> line of text
//! ```
//!
//! Both work on an [`EventCx`](cscope_enrich::EventCx): an event with all that is known about it. The field
//! table ([`Field`], [`CLASSES`]) is the one place that says which fields exist, what they are and how they are taken.
//!
//! ```
//! use cscope_filter::{Filter, FilterOptions};
//! let filter = Filter::parse("evt.type = open and fd.name startswith /etc", &FilterOptions::default())?;
//! assert!(filter.event_types().names().any(|n| n == "openat"));
//!
//! let error = Filter::parse("proc.nmae = cat", &FilterOptions::default()).unwrap_err();
//! assert_eq!((error.column(), error.span.clone()), (1, 0..9));
//! assert!(error.render(false).contains("did you mean `proc.name`"));
//! # Ok::<(), cscope_filter::FilterError>(())
//! ```
//!
//! The language is that of the current libs, its meaning included. What differs, on purpose:
//!
//! * `evt.type = open` also matches `openat` and `openat2`, and so on for calls that are the same in a newer form
//!   ([`FilterOptions::exact_types`] and `syscall.type` are exact).
//! * Numbers may be hexadecimal (`0x40`) and have units: `1.5ms`, `2s` for times, `4KiB`, `1MB` for sizes.
//!   Fractions are read for fields that hold them (`thread.cpu > 0.5`).
//! * `in` works on fields with several values (`fd.ip`, `proc.apid` ...): one of them must be in the list.
//! * `getopt(proc.args, ...)` takes the arguments as the list they are.
//! * `evt.type startswith x` and other operators on names of types are heeded.
//! * `evt.latency` exists on merged events, and nothing else resets it.
//! * `proc.ppid.duration` is what it says; `evt.deltatime` counts from the event before, whatever was filtered.
//! * `fd.*ip.name` looks into the hosts file and never asks the network.
//! * A format may hold `%%`, and `%-12field` puts the blanks in front.
#![forbid(unsafe_code)]

mod among;
mod ast;
mod comparison;
mod compile;
mod completion;
mod constant;
mod error;
mod explain;
mod field;
mod field_ref;
mod fields;
mod filter;
mod format;
mod leaf;
mod library;
mod list;
mod nearest;
mod operand;
mod options;
mod order;
mod parser;
mod pattern;
mod pool;
mod program;
mod pushdown;
mod resolve;
mod services;
mod source;
mod text;
mod time;
mod transform;
mod tree;
mod types;
mod value;

pub use among::Among;
pub use completion::{Candidate, Completion, complete};
pub use cscope_capture::print::DataFormat;
pub use error::FilterError;
pub use field::{ArgKind, ArgRule, Class, Field, FieldFlags, Needs, Print};
pub use field_ref::FieldRef;
pub use fields::CLASSES;
pub use filter::Filter;
pub use format::{Format, Preset, Separator};
pub use library::Library;
pub use list::{fields_markdown, list_events, list_fields, search_fields};
pub use options::{FilterOptions, TextOptions, TimeStyle};
pub use pushdown::Pushdown;
pub use types::TypeSet;
pub use value::{Kind, Value};
