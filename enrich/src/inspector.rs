//! Source, pair joiner and state in one loop.

mod subject;

use std::collections::VecDeque;

use cscope_capture::{
    Error, Event, EventSource, EventType, Joiner, OwnedEvent, Role, Stats, Step, event_flags, table::Category,
};

use crate::{EventCx, Limits, State, Visibility};

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
    joiner: Joiner,
    state: State,
    view: View,
    limits: Limits,
    /// Events that were made here: delivered before the next one of the source.
    synthetic: VecDeque<OwnedEvent>,
    /// The synthetic event being delivered.
    current: Option<OwnedEvent>,
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
        Self {
            source,
            joiner: Joiner::new(),
            state: State::default(),
            view,
            limits: Limits::default(),
            synthetic: VecDeque::new(),
            current: None,
            num: 0,
            first_ts: 0,
            prev_ts: 0,
        }
    }

    /// The same with other bounds of the model.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
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

    /// Delivers `event` before the next one of the source: applied to the model, numbered, and handed out with
    /// [`Visibility::Internal`], so that writers keep it.
    pub fn inject(&mut self, event: OwnedEvent) {
        self.synthetic.push_back(event);
    }

    /// The next item.
    ///
    /// # Errors
    /// As [`EventSource::step`].
    pub fn step(&mut self) -> Result<Item<'_>, Error> {
        if let Some(event) = self.synthetic.pop_front() {
            return Ok(self.deliver(event));
        }
        let stored = match self.source.step()? {
            Step::Section(snapshot) => {
                self.joiner.clear();
                self.state = State::seeded(snapshot, self.limits);
                return Ok(Item::Section(&self.state));
            }
            Step::Idle { ts } => return Ok(Item::Idle { ts, state: &self.state }),
            Step::End => return Ok(Item::End),
            Step::Event(event) => event,
        };
        self.num += 1;
        if self.first_ts == 0 {
            self.first_ts = stored.ts;
        }
        let prev_ts = std::mem::replace(&mut self.prev_ts, stored.ts);
        let joined = self.joiner.join(&stored);
        let enter = matches!(joined.role, Role::EnterPassed | Role::EnterStored);
        // An exit whose enter event was lost: parameters that should come from there are not to be relied on.
        let unpaired = joined.role == Role::Merged && joined.latency().is_none();
        if enter {
            self.state.apply_enter(&joined.event, self.view == View::Pairs);
        } else if unpaired {
            self.state.apply_unpaired(&joined.event);
        } else {
            self.state.apply(&joined.event);
        }
        let event = if self.view == View::Pairs { stored } else { joined.event };
        let thread =
            subject::has_thread(event.kind).then(|| self.state.thread(event.tid.cast_signed())).flatten();
        let fd_num = if unpaired { None } else { subject::fd_number(&joined.event) };
        Ok(Item::Event(EventCx {
            event,
            stored,
            num: self.num,
            visibility: visibility(&stored, enter && self.view == View::Merged),
            state: &self.state,
            thread,
            fd_num,
            fd: fd_num.and_then(|number| self.state.fd(thread?, number)),
            latency: joined.latency(),
            first_ts: self.first_ts,
            prev_ts: if prev_ts == 0 { stored.ts } else { prev_ts },
            fd_name_changed: self.state.fd_name_changed(),
        }))
    }

    /// Applies and hands out an event made here.
    fn deliver(&mut self, event: OwnedEvent) -> Item<'_> {
        let event = self.current.insert(event).event();
        self.num += 1;
        if self.first_ts == 0 {
            self.first_ts = event.ts;
        }
        let prev_ts = self.prev_ts;
        self.state.apply(&event);
        Item::Event(EventCx {
            event,
            stored: event,
            num: self.num,
            visibility: Visibility::Internal,
            state: &self.state,
            thread: None,
            fd_num: None,
            fd: None,
            latency: None,
            first_ts: self.first_ts,
            prev_ts: if prev_ts == 0 { event.ts } else { prev_ts },
            fd_name_changed: false,
        })
    }
}

fn visibility(event: &Event<'_>, enter: bool) -> Visibility {
    use EventType as E;
    if event.flags & event_flags::STATE_ONLY != 0 {
        return Visibility::StateOnly;
    }
    if enter {
        return Visibility::Enter;
    }
    let internal = match event.kind {
        E::CONTAINER_E
        | E::CONTAINER_JSON_E
        | E::CONTAINER_JSON_2_E
        | E::USER_ADDED_E
        | E::USER_DELETED_E
        | E::GROUP_ADDED_E
        | E::GROUP_DELETED_E => true,
        E::ASYNCEVENT_E => event.text(1) == Some(b"container"),
        kind => kind.info().is_some_and(|info| info.category == Category::Internal),
    };
    if internal { Visibility::Internal } else { Visibility::Shown }
}
