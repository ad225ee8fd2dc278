//! Live events of a Linux machine: a BPF program sees every system call, this crate turns its raw records
//! into events of the scap schema.
//!
//! ```text
//! kernel: sys_exit (sys_enter) + lifecycle hooks -> collector (driven by descriptors) -> one lane per CPU
//! user:   lanes -> merge by time -> encoder (driven by the recipes of the event table) -> Event<'_>
//! ```
//!
//! The kernel side only moves bytes. Which bytes is said by descriptors that are computed from the event
//! table ([`cscope_capture::table`]); what they mean is decided by the encoder from the same rows.

mod clock;
mod decode;
mod doctor;
mod encode;
mod failure;
mod flight;
mod kernel;
mod lane;
mod losses;
#[doc(hidden)]
pub mod measure;
mod merge;
mod mute;
mod options;
mod other;
mod plan;
mod raw;
mod ring;
mod schedule;
mod skel;
mod snapshot;
mod source;
mod user;

pub use doctor::{Check, doctor};
pub use options::{Options, Timings};
pub use schedule::wait_for_turn;
pub use source::Probe;
pub use user::User;
