//! An event with all that is known about it.

use cscope_capture::Event;

use crate::{Container, Fd, State, Thread};

/// Whether an event is meant for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Shown.
    Shown,
    /// Enter half of a call that will be shown as one line with its exit.
    Enter,
    /// Internal to captures (container, user, procinfo ... events): shown with `-D` only.
    Internal,
    /// Written for its effect on state only.
    StateOnly,
}

/// One event in its context, after it was applied to the state. What filters, formats and chisels work on.
#[derive(Debug, Clone, Copy)]
pub struct EventCx<'a> {
    /// The event in view: joined with its enter event, or as stored with `--pairs`.
    pub event: Event<'a>,
    /// The event as stored in the capture, for writers.
    pub stored: Event<'a>,
    /// Ordinal in the stream, from 1. Hidden events count too, but not enter events that were joined to their exit.
    pub num: u64,
    /// Whether it is meant for the user.
    pub visibility: Visibility,
    /// The model, this event included.
    pub state: &'a State,
    /// Thread of the event.
    pub thread: Option<&'a Thread>,
    /// Descriptor number the event works on or made.
    pub fd_num: Option<i64>,
    /// That descriptor, when known.
    pub fd: Option<&'a Fd>,
    /// Exit time minus enter time, ns.
    pub latency: Option<u64>,
    /// Time of the first event of the stream, hidden ones included.
    pub first_ts: u64,
    /// Time of the event before this one, hidden ones included.
    pub prev_ts: u64,
    /// The tuple or name of the descriptor was changed by this very event.
    pub fd_name_changed: bool,
}

impl<'a> EventCx<'a> {
    /// Container of the thread, when known.
    pub fn container(&self) -> Option<&'a Container> {
        self.state.containers().get(&self.thread?.container_id)
    }

    /// Leader of the thread's group.
    pub fn process(&self) -> Option<&'a Thread> {
        let thread = self.thread?;
        Some(self.state.leader(thread).unwrap_or(thread))
    }
}
