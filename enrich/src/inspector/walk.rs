//! Walking over the events that nobody wants to see: what a capture costs when little of it is shown.
//!
//! [`Inspector::skim`] takes the blocks that lie in memory one after the other, does for each what the model and
//! the joiner need, and stops at the first that somebody wants, or that is not for this way of reading. What it
//! does is what [`Inspector::step`] would have done.
//!
//! Events come in runs of one thread, and an exit event mostly stands right behind its enter event. So what a
//! thread needs is found out once for a [`Run`], and a pair is dealt with as one.

mod ask;
mod refusals;

use cscope_capture::{Blocks, Brief, Cursor, Error, Event, Head, Joiner};

use self::ask::{Found, descriptor, number_of, with_descriptor};
pub(super) use self::refusals::Refusals;
use super::skim::{Action, Change, Interest, Ways};
use super::subject::Places;
use super::{Demand, Inspector, View};
use crate::state::Mark;
use crate::{Item, State};

/// Events passed at most in one go, so that the caller can look at other things.
const AT_ONCE: u64 = 4096;

/// Where walking ended.
pub(super) enum Halt {
    /// Some events went by.
    Rest,
    /// The next one is for a step.
    Step,
    /// This event is wanted.
    Wanted(Found),
}

/// Events of one thread, one behind the other, since the model changed last: what they need was found out by the
/// first of them.
struct Run {
    /// The thread; `None`: the next event begins a run.
    tid: Option<u64>,
    /// Whether its events can be of interest.
    mark: Mark,
    /// The joiner has nothing noted of it.
    left: bool,
    /// The event before this one has changed the model, though not who its thread is.
    changed: bool,
}

impl Run {
    const NONE: Self = Self { tid: None, mark: Mark::Unknown, left: false, changed: false };

    /// An event that changes nothing by itself: what was to be done with the first of its run.
    #[inline(always)]
    fn go_on(&mut self, head: &Head, state: &mut State) {
        if self.tid != Some(head.tid) {
            self.begin(head, state);
        } else {
            self.settle(state);
        }
    }

    /// There is an event behind one that has changed the model.
    #[inline(always)]
    fn settle(&mut self, state: &mut State) {
        if self.changed {
            state.apply_nothing();
            self.changed = false;
        }
    }

    fn begin(&mut self, head: &Head, state: &mut State) {
        let known = state.apply_unchanging(head.kind, head.tid.cast_signed());
        *self = Self { tid: known.then_some(head.tid), ..Self::NONE };
    }

    /// Whether events of this thread can be of interest.
    #[inline(always)]
    fn is_wanted(&mut self, tid: u64, state: &mut State, interest: &impl Interest) -> bool {
        if self.mark == Mark::Unknown || self.tid.is_none() {
            self.mark = state.mark(tid.cast_signed(), |thread| interest.wants_thread(thread));
        }
        self.mark != Mark::Refused
    }

    /// Takes note of an exit event that nobody wants to see.
    #[inline(always)]
    fn leave(&mut self, tid: u64, joiner: &mut Joiner) {
        if !self.left {
            joiner.leave(tid);
            self.left = self.tid.is_some();
        }
    }
}

/// An exit event that changes the model.
struct Call<'a, 'b> {
    exit: &'a Head,
    at: Cursor,
    enter: Enter<'a>,
    blocks: &'a Blocks<'b>,
}

/// An enter event right in front of its exit event, and its place.
type Enter<'a> = Option<(&'a Head, Cursor)>;

/// The way through the blocks that lie there.
struct Walk<'a, 'b, I> {
    blocks: &'a Blocks<'b>,
    demand: Demand,
    /// Whether an event is of interest depends on its descriptor, or what is read of it then does.
    chooses: bool,
    /// More may be read of an event than its own parameters and a descriptor that stands plainly.
    completes: bool,
    interest: &'a mut I,
    joiner: &'a mut Joiner,
    state: &'a mut State,
    refusals: &'a mut Refusals,
    places: &'a [Places],
    num: &'a mut u64,
    first_ts: &'a mut u64,
    prev_ts: &'a mut u64,
    run: Run,
    /// The open in hand may be remembered when it is refused.
    noted: bool,
    /// The next block.
    cursor: Cursor,
    /// Events that went by.
    events: u64,
    /// Events that would have been shown and went by without a question, and the latest time of one.
    unasked: u64,
    latest: u64,
}

impl<I: Interest> Walk<'_, '_, I> {
    fn go(&mut self, ways: &Ways) -> Halt {
        while self.events < AT_ONCE {
            if let Some(tid) = self.run.tid
                && self.run.left
                && self.blocks.may_be_quiet(self.cursor, ways.quiet(self.run.mark))
                && (!self.run.changed || self.blocks.is_of(self.cursor, tid))
            {
                self.run.settle(self.state);
                self.pass_quiet(tid, ways);
            }
            let Some(head) = self.blocks.head(self.cursor) else {
                self.joiner.keep_all(self.blocks);
                return Halt::Step;
            };
            let at = self.cursor;
            match ways.action(head.kind) {
                Action::Enter => {
                    let behind = self.blocks.behind(at, &head);
                    if let Some(exit) = self.blocks.head(behind)
                        && exit.tid == head.tid
                        && exit.kind == head.kind.exit()
                        && exit.kind != head.kind
                        && self.joiner.keeps(&head)
                        && let Action::Exit { known, change, wanted } = ways.action(exit.kind)
                        && (1..=usize::from(known)).contains(&exit.params())
                    {
                        self.run.go_on(&head, self.state);
                        // It takes the place of what was noted before, and its exit event ends it.
                        self.run.leave(head.tid, self.joiner);
                        self.passed(&head);
                        self.cursor = behind;
                        let whole = exit.params() == usize::from(known);
                        if let Some(found) = self.exit(&exit, Some((&head, at)), change, whole, wanted) {
                            return Halt::Wanted(found);
                        }
                    } else {
                        self.run.go_on(&head, self.state);
                        self.run.left = false;
                        self.joiner.note(&head, at);
                        self.passed(&head);
                        self.cursor = behind;
                    }
                }
                Action::Entry => {
                    let Some(passed) = self.joiner.entry(&head, at) else { return self.step(&head) };
                    *self.num += u64::from(passed);
                    self.run.go_on(&head, self.state);
                    self.run.left = false;
                    self.passed(&head);
                    self.cursor = self.blocks.behind(at, &head);
                }
                Action::Exit { known, change, wanted }
                    if (1..=usize::from(known)).contains(&head.params()) =>
                {
                    self.run.go_on(&head, self.state);
                    let whole = head.params() == usize::from(known);
                    if let Some(found) = self.exit(&head, None, change, whole, wanted) {
                        return Halt::Wanted(found);
                    }
                }
                Action::Alone { wanted } => {
                    if let Some(found) = self.alone(&head, wanted) {
                        return Halt::Wanted(found);
                    }
                }
                Action::Step | Action::Exit { .. } => return self.step(&head),
            }
        }
        Halt::Rest
    }

    /// The next event is for a step.
    fn step(&mut self, head: &Head) -> Halt {
        self.joiner.keep(head.tid, self.blocks);
        Halt::Step
    }

    /// An event has gone by.
    #[inline(always)]
    fn passed(&mut self, head: &Head) {
        self.events += 1;
        if *self.first_ts == 0 {
            *self.first_ts = head.ts;
        }
        *self.prev_ts = head.ts;
    }

    /// Goes over events of the thread that need nothing.
    #[inline(always)]
    fn pass_quiet(&mut self, tid: u64, ways: &Ways) {
        let limit = AT_ONCE - self.events;
        let (blocks, places, refusals) = (self.blocks, self.places, &*self.refusals);
        let table = if self.demand.by_descriptor { self.state.descriptors(tid.cast_signed()) } else { None };
        let is_quiet = |enter, exit: (Brief, Cursor)| {
            let number = number_of(blocks, places, enter, exit);
            number.zip(table).is_some_and(|(number, table)| match number {
                0.. => table.refuses(number),
                _ => refusals.absent(exit.0.kind),
            })
        };
        let passed = blocks.pass_quiet(self.cursor, tid, ways.quiet(self.run.mark), limit, is_quiet);
        if passed.events > 0 {
            self.cursor = passed.cursor;
            self.events += passed.events;
            *self.num += passed.exits;
            *self.prev_ts = passed.ts;
            self.unasked += passed.exits;
            self.latest = self.latest.max(passed.latest);
        }
    }

    /// An event at the cursor that belongs to no call. Gives it when the walk ends with it.
    fn alone(&mut self, head: &Head, wanted: bool) -> Option<Found> {
        let at = self.cursor;
        let (stored, behind) = self.blocks.event(at, head);
        self.cursor = behind;
        *self.num += 1;
        self.run = Run::NONE;
        self.joiner.pass_alone(head);
        self.state.apply(&stored);
        let asked = wanted && self.run.is_wanted(head.tid, self.state, self.interest);
        let known = Some((stored.latency, false));
        let found = if asked { self.ask(head, at, None, known, None) } else { self.unasked(head) };
        self.passed(head);
        found
    }

    /// An exit event at the cursor; `whole`: it has all parameters. Gives it when the walk ends with it.
    #[inline(always)]
    fn exit(
        &mut self,
        exit: &Head,
        enter: Enter<'_>,
        change: Change,
        whole: bool,
        wanted: bool,
    ) -> Option<Found> {
        let at = self.cursor;
        self.cursor = self.blocks.behind(at, exit);
        *self.num += 1;
        let mut asked = wanted && self.run.is_wanted(exit.tid, self.state, self.interest);
        let mut known = None;
        if change != Change::Nothing {
            let call = Call { exit, at, enter, blocks: self.blocks };
            self.run.changed = true;
            let settled = self.run.tid.is_some();
            if settled && whole && change == Change::Open {
                asked &= !self.open(exit, at, asked);
                if !asked {
                    self.run.leave(exit.tid, self.joiner);
                }
            } else if settled && call.apply_short(change, self.joiner, self.state) {
                if !asked {
                    self.run.leave(exit.tid, self.joiner);
                }
            } else {
                known = Some(call.apply(change, self.joiner, self.state));
                if change == Change::Any {
                    // Its thread may be another one now.
                    self.run = Run::NONE;
                    asked = wanted && self.run.is_wanted(exit.tid, self.state, self.interest);
                }
                self.run.left = self.run.tid.is_some();
            }
        } else if !asked {
            self.run.leave(exit.tid, self.joiner);
        }
        let mut number = None;
        if asked && self.chooses {
            number = number_of(
                self.blocks,
                self.places,
                enter.map(|(enter, at)| (enter.into(), at)),
                (exit.into(), at),
            );
            if number.is_some_and(|number| self.refuses(exit, Some(number).filter(|&n| n >= 0))) {
                asked = false;
                if enter.is_none() && known.is_none() {
                    self.run.leave(exit.tid, self.joiner);
                }
            }
        }
        if asked {
            let found = self.ask(exit, at, enter, known, number);
            self.passed(exit);
            return found;
        }
        let found = self.unasked(exit);
        self.passed(exit);
        found
    }
}

impl Inspector {
    /// The next item that is wanted, as far as can be told beforehand; [`Item::Passed`] now and then. Events that
    /// do not change the model, and those that the interest is asked about, have only those parameters and the
    /// descriptor that the demand says. An inspector is asked for one interest only.
    ///
    /// # Errors
    /// As [`EventSource::step`](cscope_capture::EventSource::step).
    #[inline]
    pub fn step_where(&mut self, interest: &mut impl Interest) -> Result<Item<'_>, Error> {
        if self.live.is_none() && self.view == View::Merged && self.synthetic.is_empty() {
            let ways = self.ways.take().unwrap_or_else(|| self.ways_of(interest));
            let halt = self.skim(&ways, interest);
            self.ways = Some(ways);
            match halt {
                Halt::Rest => return Ok(Item::Passed),
                Halt::Wanted(found) => return Ok(self.found(&found, interest.demand())),
                Halt::Step => {}
            }
        }
        self.take()
    }

    fn ways_of(&mut self, interest: &impl Interest) -> Box<Ways> {
        self.refusals = if interest.demand().by_descriptor { Refusals::new() } else { Refusals::default() };
        Box::new(Ways::new(interest))
    }

    /// Walks on to the next event that is wanted.
    pub(super) fn skim(&mut self, ways: &Ways, interest: &mut impl Interest) -> Halt {
        let Self { source, joiner, state, refusals, num, first_ts, prev_ts, .. } = self;
        let blocks = source.blocks();
        let demand = interest.demand();
        let chooses = demand.by_descriptor || demand.choice_fds || demand.choice_args && demand.fds;
        let mut walk = Walk {
            blocks: &blocks,
            demand,
            chooses,
            completes: demand.args || demand.choice_args || demand.fds && !chooses,
            interest,
            joiner,
            state,
            refusals,
            places: Places::all(),
            num,
            first_ts,
            prev_ts,
            run: Run::NONE,
            noted: false,
            cursor: blocks.cursor(),
            events: 0,
            unasked: 0,
            latest: 0,
        };
        let halt = walk.go(ways);
        let Walk { cursor, events, unasked, latest, .. } = walk;
        if events > 0 {
            source.pass(cursor, events, *prev_ts);
        }
        if unasked > 0 {
            interest.passed(unasked, latest);
        }
        halt
    }

    /// The event that was found, with what is read of it.
    pub(super) fn found(&mut self, found: &Found, demand: Demand) -> Item<'_> {
        let Self { source, joiner, state, first_ts, .. } = self;
        let blocks = source.blocks();
        let (stored, _) = blocks.event(found.at, &found.head);
        let mut cx = found.context(stored, state, *first_ts);
        if demand.fds || demand.choice_fds {
            with_descriptor(&mut cx, descriptor(&stored, found.latency, found.merged, joiner, &blocks));
        }
        if demand.args || demand.choice_args {
            cx.event = joiner.complete(&stored, found.latency, &blocks).event;
        }
        Item::Event(cx)
    }
}

impl Call<'_, '_> {
    /// What most calls do to descriptors: the same as [`apply`](Self::apply) for less, as long as the call is not to
    /// be put together. False when nothing was done.
    #[inline(always)]
    fn apply_short(&self, change: Change, joiner: &mut Joiner, state: &mut State) -> bool {
        match change {
            Change::Close | Change::Fcntl if self.exit.params() == 1 => {
                self.apply_plain(change, joiner, state).is_some()
            }
            Change::Close | Change::Fcntl => self.apply_told(change, state).is_some(),
            _ => false,
        }
    }

    /// For calls whose exit event tells all that counts.
    fn apply_told(&self, change: Change, state: &mut State) -> Option<()> {
        let (exit, _) = self.blocks.event(self.at, self.exit);
        let (tid, res, number) = (exit.tid.cast_signed(), exit.i64(0)?, exit.i64(1)?);
        if change == Change::Close {
            state.apply_close(tid, number, res);
        } else {
            let command = exit.u64(2)?;
            if State::fcntl_changes(command) {
                // What is missing is made up by the joiner, too.
                let arg = if exit.params.len() == 3 { Some(0) } else { exit.u64(3) };
                state.apply_fcntl(tid, number, command, arg, res);
            }
        }
        Some(())
    }

    /// For calls whose exit event has a result only.
    fn apply_plain(&self, change: Change, joiner: &mut Joiner, state: &mut State) -> Option<()> {
        let tid = self.exit.tid.cast_signed();
        let res = self.blocks.first_long(self.at, self.exit)?;
        let (number, command) = match self.enter {
            // Without a latency, what should come from the enter event is not to be relied on.
            Some((head, _)) if head.ts > self.exit.ts => return None,
            Some((head, at)) if change == Change::Close => (self.blocks.first_long(at, head)?, 0),
            enter => {
                let enter = match enter {
                    Some((head, at)) => self.blocks.event(at, head).0,
                    None => joiner.noted(self.exit, self.blocks)?,
                };
                (enter.i64(0)?, if change == Change::Close { 0 } else { enter.u64(1)? })
            }
        };
        if change == Change::Close {
            state.apply_close(tid, number, res);
        } else if State::fcntl_changes(command) {
            state.apply_fcntl(tid, number, command, Some(0), res);
        }
        Some(())
    }

    /// The latency of the call and whether parameters are missing.
    #[inline]
    fn end(&self, exit: &Event<'_>, joiner: &mut Joiner) -> (Option<u64>, bool) {
        match self.enter {
            Some((enter, at)) => joiner.end_pair(enter, at, exit),
            None => joiner.end(exit),
        }
    }

    /// An exit event that changes the model. Gives the latency of the call and whether parameters are missing.
    fn apply(&self, change: Change, joiner: &mut Joiner, state: &mut State) -> (Option<u64>, bool) {
        let (stored, _) = self.blocks.event(self.at, self.exit);
        let (latency, merged) = self.end(&stored, joiner);
        if !merged {
            state.apply(&Event { latency, ..stored });
        } else if change == Change::Stored {
            state.apply(&stored);
        } else {
            let event = joiner.complete(&stored, latency, self.blocks).event;
            if latency.is_none() { state.apply_unpaired(&event) } else { state.apply(&event) }
        }
        (latency, merged)
    }
}
