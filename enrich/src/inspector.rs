//! Source, pair joiner and state in one loop.

use cscope_capture::{Error, EventSource, Stats};

use crate::{EventCx, State};

/// How pairs of enter and exit events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// One event per call, with all arguments and the latency.
    #[default]
    Merged,
    /// Every event as stored.
    Pairs,
}

/// What the inspector has to say next; see [`Step`](cscope_capture::Step).
#[derive(Debug)]
pub enum Item<'a> {
    /// A section began and the state was rebuilt.
    Section(&'a State),
    /// An event in its context. Hidden ones are handed out too, see [`EventCx::visibility`].
    Event(EventCx<'a>),
    /// Nothing happened for a while (live only).
    Idle {
        /// ns since the epoch.
        ts: u64,
        /// The model now.
        state: &'a State,
    },
    /// No more events.
    End,
}

/// Takes events from a source and keeps the model of the machine beside them.
pub struct Inspector {
    source: Box<dyn EventSource>,
    state: State,
    view: View,
    num: u64,
    first_ts: u64,
    prev_ts: u64,
}

impl std::fmt::Debug for Inspector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspector").field("num", &self.num).finish_non_exhaustive()
    }
}

impl Inspector {
    /// An inspector over `source`.
    pub fn new(source: Box<dyn EventSource>, view: View) -> Self {
        Self { source, state: State::default(), view, num: 0, first_ts: 0, prev_ts: 0 }
    }

    /// The model now.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Counters of the source.
    pub fn stats(&self) -> Stats {
        self.source.stats()
    }

    /// The view chosen.
    pub fn view(&self) -> View {
        self.view
    }

    /// Number of the last event.
    pub fn num(&self) -> u64 {
        self.num
    }

    /// Time of the first and of the last event.
    pub fn times(&self) -> (u64, u64) {
        (self.first_ts, self.prev_ts)
    }

    /// The next item.
    ///
    /// # Errors
    /// As [`EventSource::step`].
    pub fn step(&mut self) -> Result<Item<'_>, Error> {
        use cscope_capture::Step;
        Ok(match self.source.step()? {
            Step::Section => {
                self.state = State::from_snapshot(&Default::default());
                Item::Section(&self.state)
            }
            Step::Event(event) => {
                self.num += 1;
                self.state.apply(&event);
                Item::Event(EventCx {
                    event,
                    stored: event,
                    num: self.num,
                    visibility: crate::Visibility::Shown,
                    state: &self.state,
                    thread: None,
                    fd_num: None,
                    fd: None,
                    latency: event.latency,
                    first_ts: self.first_ts,
                    prev_ts: self.prev_ts,
                    fd_name_changed: false,
                })
            }
            Step::Idle { ts } => Item::Idle { ts, state: &self.state },
            Step::End => Item::End,
        })
    }
}
