//! Source, pair joiner and state in one loop.

mod keep;
mod skim;
mod subject;
mod survey;
mod walk;

use std::collections::VecDeque;

use cscope_capture::{
    Beside, CallInFlight, Error, Event, EventSource, EventType, Joiner, LeftOut, Loss, OwnedEvent, Role,
    Stats, Step, event_flags,
    table::{Category, EventInfo},
};

use self::skim::Ways;
pub use self::skim::{Interest, is_exit};
pub use self::survey::Survey;
use self::survey::Surveyor;
use self::walk::Refusals;
use crate::live::Live;
use crate::runtime::Answer;
use crate::{Changes, EventCx, Limits, RuntimeLookup, State, Visibility};

/// Steps between two looks at what container runtimes answered.
const LOOK_EVERY: u32 = 32;

/// Answers taken at one look.
const ANSWERS: usize = 64;

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
#[expect(clippy::large_enum_variant, reason = "nearly every item is an event")]
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
    /// An event that was of no interest, see [`Inspector::step_where`].
    Passed,
    /// So many events were left out by the source, the last at `ts`, see [`Step::LeftOut`].
    LeftOut {
        /// How many; they have numbers.
        events: u64,
        /// ns since the epoch.
        ts: u64,
    },
    /// No more events.
    End,
}

/// What is done with events beyond keeping the model. What nobody reads need not be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Whether an event is of interest depends on its parameters.
    pub choice_args: bool,
    /// Whether an event is of interest depends on its descriptor.
    pub choice_fds: bool,
    /// When the descriptor of an event is known, nothing else decides.
    pub by_descriptor: bool,
    /// The parameters of events of interest are read.
    pub args: bool,
    /// The descriptor of events is read.
    pub fds: bool,
    /// Changes of the model that make a difference to what is read; others need not be made.
    pub changes: Changes,
}

impl Demand {
    /// Nothing is read of events, and the whole model is kept.
    pub const NOTHING: Self = Self {
        choice_args: false,
        choice_fds: false,
        by_descriptor: false,
        args: false,
        fds: false,
        changes: Changes::ALL,
    };

    /// Everything is read of every event.
    pub const EVERYTHING: Self =
        Self { choice_args: true, choice_fds: true, args: true, fds: true, ..Self::NOTHING };
}

/// Takes events from a source and keeps the model of the machine beside them.
pub struct Inspector {
    source: Box<dyn EventSource + Send>,
    joiner: Joiner,
    /// How events are dealt with by what is wanted of them, see [`step_where`](Self::step_where).
    ways: Option<Box<Ways>>,
    /// For a [`survey`](Self::survey).
    surveyor: Option<Box<Surveyor>>,
    state: State,
    /// What is of no interest, as far as that was found out.
    refusals: Refusals,
    view: View,
    limits: Limits,
    live: Option<Live>,
    /// Nobody looks at the context of events, nor at more of the model than who there is.
    bare: bool,
    runtime: Option<RuntimeLookup>,
    /// Answers of before the first event: applied, but not yet delivered because they have no time.
    early: Vec<Answer>,
    /// Steps until the next look at the answers of runtimes.
    countdown: u32,
    /// Events that were made here: delivered before the next one of the source.
    synthetic: VecDeque<OwnedEvent>,
    /// The synthetic event being delivered.
    current: Option<OwnedEvent>,
    num: u64,
    first_ts: u64,
    prev_ts: u64,
    /// Time of the last idle step.
    prev_idle: u64,
}

impl std::fmt::Debug for Inspector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspector").field("num", &self.num).finish_non_exhaustive()
    }
}

impl Inspector {
    /// An inspector over `source`.
    pub fn new(source: Box<dyn EventSource + Send>, view: View) -> Self {
        Self {
            source,
            joiner: Joiner::new(),
            ways: None,
            surveyor: None,
            state: State::default(),
            refusals: Refusals::default(),
            view,
            limits: Limits::default(),
            live: None,
            bare: false,
            runtime: None,
            early: Vec::new(),
            countdown: 0,
            synthetic: VecDeque::new(),
            current: None,
            num: 0,
            first_ts: 0,
            prev_ts: 0,
            prev_idle: 0,
        }
    }

    /// The same with other bounds of the model.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// For live sources: what the model misses is looked up in `/proc` of this machine, whose size bounds the model.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.limits = Limits::LIVE;
        self.live = Some(Live::default());
        self
    }

    /// Container runtimes are asked for what they know; their answers come as events, see [`inject`](Self::inject).
    #[must_use]
    pub fn with_runtime(mut self, runtime: RuntimeLookup) -> Self {
        self.runtime = Some(runtime);
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

    /// Losses of the source by CPU.
    pub fn losses(&self) -> Vec<Loss> {
        self.source.losses()
    }

    /// The calls that have not returned, see [`EventSource::in_flight`].
    ///
    /// # Errors
    /// As there.
    pub fn in_flight(&mut self) -> Result<Vec<CallInFlight>, Error> {
        self.source.in_flight()
    }

    /// `tid`, the thread of the last event, is of no interest as long as it stays what it is; see
    /// [`EventSource::mute`](cscope_capture::EventSource::mute). Nothing is done for one that is not known for sure.
    pub fn mute(&mut self, tid: i64) {
        let known = self.state.thread(tid).is_some_and(|t| !t.placeholder);
        if known && self.live.as_ref().is_none_or(|live| !live.doubts(tid)) {
            self.source.mute();
        }
    }

    /// Every thread may be of interest again.
    pub fn unmute(&mut self) {
        self.source.unmute();
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
    #[inline]
    pub fn step(&mut self) -> Result<Item<'_>, Error> {
        if self.ways.is_some() {
            self.joiner.keep_all(&self.source.blocks());
        }
        self.take()
    }

    fn take(&mut self) -> Result<Item<'_>, Error> {
        self.look_around();
        if let Some(event) = self.synthetic.pop_front() {
            return Ok(self.deliver(event));
        }
        let stored = match self.source.step()? {
            Step::Event(event) => event,
            Step::Section(snapshot) => {
                self.joiner.clear();
                self.state = State::seeded(snapshot, self.limits);
                let (live, runtime) = (self.live.as_mut(), self.runtime.as_ref());
                prepare(&mut self.state, live, runtime, &mut self.early);
                self.countdown = 0;
                return Ok(Item::Section(&self.state));
            }
            Step::Idle { ts } => {
                self.countdown = 0;
                self.prev_idle = ts;
                return Ok(Item::Idle { ts, state: &self.state });
            }
            Step::LeftOut(LeftOut { events, time: (first, last) }) => {
                if self.first_ts == 0 {
                    self.first_ts = first;
                }
                self.prev_ts = last;
                self.num += events;
                return Ok(Item::LeftOut { events, ts: last });
            }
            Step::End => return Ok(Item::End),
        };
        if self.first_ts == 0 {
            self.first_ts = stored.ts;
        }
        let prev_ts = std::mem::replace(&mut self.prev_ts, stored.ts);
        let prev_ts = if prev_ts == 0 { stored.ts } else { prev_ts };
        let joined = self.joiner.join(&stored);
        // An enter event that lives on only as a part of its exit event has no number of its own.
        if self.view == View::Pairs || joined.role != Role::EnterStored {
            self.num += 1;
        }
        let enter = matches!(joined.role, Role::EnterPassed | Role::EnterStored);
        // An exit whose enter event was lost: parameters that should come from there are not to be relied on.
        let unpaired = joined.role == Role::Merged && joined.latency().is_none();
        if let Some(live) = &mut self.live {
            meet_thread(live, &mut self.state, &joined.event);
        }
        if enter {
            self.state.apply_enter(&joined.event, self.view == View::Pairs);
        } else if unpaired {
            self.state.apply_unpaired(&joined.event);
        } else {
            self.state.apply(&joined.event);
        }
        let event = if self.view == View::Pairs { stored } else { joined.event };
        // A bare model knows no descriptors, and nobody asks for them.
        let fd_num = if unpaired || self.bare {
            None
        } else {
            subject::fd_number(joined.event.kind, |n| joined.event.param(n))
        };
        if let Some(live) = &mut self.live {
            meet_descriptors(live, &mut self.state, &joined.event, fd_num);
        }
        let thread =
            subject::has_thread(event.kind).then(|| self.state.thread(event.tid.cast_signed())).flatten();
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
            prev_ts,
            fd_name_changed: self.state.fd_name_changed(),
        }))
    }

    /// Now and then: containers met are asked for, answers of runtimes and new users become events.
    #[inline]
    fn look_around(&mut self) {
        if self.live.is_none() && self.runtime.is_none() {
            return;
        }
        match self.countdown.checked_sub(1) {
            Some(rest) if !self.state.has_fresh_containers() => self.countdown = rest,
            _ => {
                self.countdown = LOOK_EVERY;
                self.look();
            }
        }
    }

    fn look(&mut self) {
        let ts = self.prev_ts.max(self.prev_idle);
        if ts == 0 {
            return;
        }
        for answer in self.early.drain(..) {
            answer.events(ts, |event| self.synthetic.push_back(event));
        }
        let fresh = self.state.take_fresh_containers();
        if let Some(runtime) = &self.runtime {
            for (id, tid) in fresh {
                if let Some(container) = self.state.containers().get(&id) {
                    runtime.ask(container, tid);
                }
            }
            for answer in std::iter::from_fn(|| runtime.poll()).take(ANSWERS) {
                answer.events(ts, |event| self.synthetic.push_back(event));
            }
        }
        if let Some(live) = &mut self.live {
            live.users(&self.state, ts, |event| self.synthetic.push_back(event));
        }
    }

    /// Applies and hands out an event made here.
    fn deliver(&mut self, event: OwnedEvent) -> Item<'_> {
        let event = self.current.insert(event).event();
        self.num += 1;
        let (first_ts, prev_ts) = (self.first_ts, self.prev_ts);
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
            first_ts: if first_ts == 0 { event.ts } else { first_ts },
            prev_ts: if prev_ts == 0 { event.ts } else { prev_ts },
            fd_name_changed: false,
        })
    }
}

/// What is known at the start of a section is in the model with the first event: users of this machine, and
/// containers that the runtimes have listed by now.
fn prepare(
    state: &mut State,
    live: Option<&mut Live>,
    runtime: Option<&RuntimeLookup>,
    early: &mut Vec<Answer>,
) {
    let mut events = Vec::new();
    if let Some(live) = live {
        live.users(state, 0, |event| events.push(event));
    }
    early.extend(runtime.into_iter().flat_map(|r| std::iter::from_fn(|| r.poll())));
    early.iter().for_each(|answer| answer.events(0, |event| events.push(event)));
    events.iter().for_each(|event| state.apply(&event.event()));
}

/// A thread of which nothing is known, or what is known may have changed unseen, is looked up before its event is
/// applied.
fn meet_thread(live: &mut Live, state: &mut State, event: &Event<'_>) {
    use EventType as E;
    let tid = event.tid.cast_signed();
    let known = state.thread(tid);
    if known.is_some_and(|t| !t.placeholder && !live.doubts(tid)) {
        return;
    }
    match event.kind {
        E::DROP_E | E::DROP_X => return live.doubt(),
        // These make a thread, or end one, or tell of it in passing.
        E::SYSCALL_CLONE_20_X | E::SYSCALL_FORK_20_X | E::SYSCALL_VFORK_20_X | E::SYSCALL_CLONE3_X => return,
        // What it tells is newer than any lookup.
        E::SYSCALL_EXECVE_19_X | E::SYSCALL_EXECVEAT_X if known.is_some() => return,
        E::SCHEDSWITCH_6_E | E::PROCEXIT_1_E => return,
        _ => {}
    }
    if tid > 0
        && subject::has_thread(event.kind)
        && let Some((info, fds)) = live.thread(tid, event.ts)
    {
        state.learn_thread(info, &fds);
    }
}

/// The descriptor of an event that the model does not know: its beginning was lost, or it was made in a way that
/// leaves no event (io_uring).
fn meet_descriptors(live: &mut Live, state: &mut State, event: &Event<'_>, fd_num: Option<i64>) {
    // What failed worked on nothing, and what was closed is gone.
    if event.i64(0).is_none_or(|res| res < 0) || event.kind == EventType::SYSCALL_CLOSE_X {
        return;
    }
    let tid = event.tid.cast_signed();
    if let Some(number) = fd_num
        && state.thread(tid).is_some_and(|t| state.fd(t, number).is_none())
        && let Some(fd) = live.fd(tid, number, event.ts)
    {
        state.learn_fd(tid, &fd);
    }
}

/// True for types whose events are never shown unless asked for.
fn is_internal(info: &EventInfo) -> bool {
    info.category == Category::Internal
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
        E::ASYNCEVENT_E => event.text(1) == Some(b"container") || Beside::of(event).is_some(),
        kind => kind.info().is_some_and(is_internal),
    };
    if internal { Visibility::Internal } else { Visibility::Shown }
}
