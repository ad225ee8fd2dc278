//! The model of the machine: which threads, descriptors, users and containers exist, kept up to date from
//! the stream of events.
//!
//! [`Inspector`] drives it: it takes steps from an [`EventSource`](cscope_capture::EventSource), joins enter
//! and exit events of old captures into one, applies each event to [`State`] and hands out an [`EventCx`]:
//! the event together with all that is known about it. Only [`State::apply`] changes the model.
#![forbid(unsafe_code)]

mod cgroup;
mod container;
mod context;
mod fd;
mod inspector;
mod live;
mod path;
mod resolve;
mod runtime;
mod state;
mod thread;
mod tuple;
mod users;
mod waits;

pub use container::{Container, ContainerEngine, Containers, Mount, PortMapping};
pub use context::{EventCx, Visibility};
pub use fd::{Fd, FilesId, Role};
pub use inspector::{Demand, Inspector, Interest, Item, Survey, View, is_exit};
pub use runtime::{RuntimeLookup, RuntimeOptions};
pub use state::{Change, Changes, Counters, Limits, State, change};
pub use thread::Thread;
pub use users::Users;
pub use waits::Waits;
