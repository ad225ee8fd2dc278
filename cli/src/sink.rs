//! Where events go: to lines, chisels or a capture file, as far as the filter and the limits let them.

mod choice;
mod keep;
mod parts;

use std::collections::HashSet;

use cscope_capture::table::Flags;
use cscope_capture::table::Source;
use cscope_capture::{Beside, Event, EventType, event_flags};
use cscope_chisels::Ready;
use cscope_enrich::{Demand, EventCx, State, Visibility};
use cscope_filter::{Filter, Pushdown};

use crate::args::Args;
use crate::output::Output;
use crate::plan::Plan;
use crate::printer::Printer;
use crate::screen::Screen;
use crate::summary::{Counters, TypeCounts};
use crate::write::CaptureFile;

/// Nanoseconds between two pictures.
const REFRESH_NS: u64 = 1_000_000_000;

/// What to do after an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Go on.
    Continue,
    /// All is said.
    Stop,
}

/// Takes events and makes output of them.
pub(crate) struct Sink {
    filter: Option<Filter>,
    printer: Option<Printer>,
    chisels: Vec<Ready>,
    capture: Option<CaptureFile>,
    out: Output,
    counts: Option<TypeCounts>,
    counters: Counters,
    suppressed: HashSet<Vec<u8>>,
    internal: bool,
    display_filter: bool,
    fat: bool,
    /// Events to show at most.
    limit: Option<u64>,
    /// Nanoseconds to run.
    duration: Option<u64>,
    /// No event from here on belongs to the run.
    end: Option<u64>,
    /// Someone asked for the end.
    ending: bool,
    /// Chisels show a new picture at this time.
    refresh_at: Option<u64>,
    /// Pictures are drawn in place.
    screen: Option<Screen>,
    /// One look at the state is all that is wanted.
    once: bool,
    /// A command that has not become itself yet: nothing is shown until then.
    awaited: Option<u64>,
    /// Time of the last item.
    ts: u64,
    picture: Vec<u8>,
    /// What is read of events; `None`: everything.
    demand: Option<Demand>,
    /// Events that are wanted go to an only chisel and nowhere else.
    lone: bool,
    /// Number of the event that is known to have passed the filter, and that of an only chisel.
    passed: Option<u64>,
    /// What came of an event that was taken where it was found.
    outcome: Option<anyhow::Result<Flow>>,
    /// What comes of an event does not depend on those in front of it but for the model.
    divisible: bool,
    /// Events that went by without a question.
    unasked: u64,
    /// What threads must be for their events to pass; `None`: anything.
    threads: Option<Pushdown>,
    /// What was found out about who is worth listening to.
    hint: Option<Hint>,
    /// Events go into the capture file as they are.
    keeps: bool,
}

/// What the source can spare itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Nothing of this thread, the one of this event, can pass.
    Mute(i64),
    /// That may have changed for any thread.
    Unmute,
}

/// True for events that tell what a container is: its name comes late.
fn is_container(event: &Event<'_>) -> bool {
    match event.kind {
        EventType::CONTAINER_E | EventType::CONTAINER_JSON_E | EventType::CONTAINER_JSON_2_E => true,
        EventType::ASYNCEVENT_E => event.text(1) == Some(b"container"),
        _ => false,
    }
}

/// True for events that tell of losses: a capture needs them whatever the filter says.
fn is_gap(kind: EventType) -> bool {
    matches!(kind, EventType::DROP_E | EventType::DROP_X)
}

impl Sink {
    /// A sink for what was planned.
    pub(crate) fn new(args: &Args, plan: Plan, mut out: Output, capture: Option<CaptureFile>) -> Self {
        if !args.read.is_empty() && args.read.iter().all(|path| path.is_file()) {
            out.wait_for_many();
        }
        let periodic = args.read.is_empty() && args.command.is_empty() && !plan.chisels.is_empty();
        let demand = choice::demand(args, &plan);
        if let Some(printer) = &plan.printer {
            printer.begin(out.buffer());
        }
        let elsewhere = plan.printer.is_some() || args.summary || plan.narrowing.threads.is_some();
        Self {
            lone: demand.is_some() && !elsewhere && plan.chisels.len() == 1,
            divisible: demand.is_some() && parts::is_divisible(args, &plan),
            unasked: 0,
            demand,
            passed: None,
            outcome: None,
            threads: plan.narrowing.threads.clone(),
            hint: None,
            keeps: args.read.is_empty() && plan.only_keeps(args) && !args.summary,
            once: periodic && !plan.in_place && plan.chisels.iter().all(|c| c.once),
            refresh_at: (periodic && plan.chisels.iter().any(|c| c.refresh)).then_some(u64::MAX),
            screen: plan.in_place.then(Screen::new),
            filter: plan.filter,
            printer: plan.printer,
            chisels: plan.chisels,
            capture,
            out,
            counts: args.summary.then(TypeCounts::default),
            counters: Counters::default(),
            suppressed: args.suppress_comm.iter().map(|c| c.as_bytes().to_vec()).collect(),
            internal: args.internal_events,
            display_filter: args.display_filter,
            fat: args.fat_file,
            limit: args.count,
            // The clock of live events may be set meanwhile: there another one counts.
            duration: args.duration.filter(|_| !args.read.is_empty()).map(|s| (s * 1e9) as u64),
            end: None,
            ending: false,
            awaited: None,
            ts: 0,
            picture: Vec::new(),
        }
    }

    /// Makes the file of `-o` another user's.
    #[cfg(feature = "live")]
    pub(crate) fn give_output_to(&self, uid: u32, gid: u32) -> anyhow::Result<()> {
        self.out.give_to(uid, gid)
    }

    /// Shows nothing until this process has become the command it is meant to be.
    pub(crate) fn follow(&mut self, pid: u32) {
        self.awaited = Some(u64::from(pid));
    }

    /// Lets everything up to `ts` come and ends there.
    pub(crate) fn end_at(&mut self, ts: u64) {
        self.ending = true;
        self.end = Some(self.end.map_or(ts, |end| end.min(ts)));
    }

    /// True when lines go to a terminal.
    pub(crate) fn is_watched(&self) -> bool {
        self.printer.is_some() && self.out.is_terminal()
    }

    /// True when events are asked for as an [`Interest`].
    #[inline]
    pub(crate) fn is_choosy(&self) -> bool {
        self.demand.is_some()
    }

    /// What the last event says about who is worth listening to.
    #[inline]
    pub(crate) fn take_hint(&mut self) -> Option<Hint> {
        self.hint.take()
    }

    /// True when the end was asked for.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending
    }

    /// True when one look at the state is all that was wanted, so that counts of events mean nothing.
    pub(crate) fn is_one_look(&self) -> bool {
        self.once
    }

    /// Events that came and events that passed.
    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// A section begins with this state; `now` is the time of a live capture, 0 for files.
    pub(crate) fn section(&mut self, state: &State, now: u64) -> anyhow::Result<Flow> {
        if let Some(capture) = &mut self.capture {
            capture.section(state, (now > 0).then_some(now))?;
        }
        if now > 0 {
            self.start(now);
        }
        Ok(Flow::Continue)
    }

    /// The clock starts.
    fn start(&mut self, ts: u64) {
        self.ts = ts;
        if let Some(duration) = self.duration.take() {
            let end = ts.saturating_add(duration);
            self.end = Some(self.end.map_or(end, |e| e.min(end)));
        }
        if let Some(at) = &mut self.refresh_at {
            *at = ts.saturating_add(REFRESH_NS);
        }
    }

    /// Time goes on to `ts`.
    #[inline]
    fn time(&mut self, ts: u64, state: &State) -> anyhow::Result<Flow> {
        if self.ts == 0 {
            self.start(ts);
        }
        self.ts = self.ts.max(ts);
        if self.end.is_some_and(|end| ts >= end) {
            return Ok(Flow::Stop);
        }
        if self.refresh_at.is_some_and(|at| ts >= at) {
            self.refresh(ts, state)?;
        }
        self.out.tick(ts)?;
        Ok(Flow::Continue)
    }

    /// Events went by that are not wanted: what waits to be written does not wait for them.
    pub(crate) fn rest(&mut self) -> anyhow::Result<()> {
        self.out.tick(self.ts)
    }

    /// Nothing happened for a while.
    pub(crate) fn idle(&mut self, ts: u64, state: &State) -> anyhow::Result<Flow> {
        self.out.flush()?;
        if let Some(capture) = &mut self.capture {
            capture.idle()?;
        }
        if self.once && self.filter.is_none() {
            return Ok(Flow::Stop);
        }
        self.time(ts, state)
    }

    /// An event.
    #[inline]
    pub(crate) fn event(&mut self, cx: &EventCx<'_>) -> anyhow::Result<Flow> {
        if let Some(outcome) = self.outcome.take() {
            return outcome;
        }
        if self.time(cx.event.ts, cx.state)? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        if self.awaited.is_some() && !self.arrived(cx) {
            return Ok(Flow::Continue);
        }
        match cx.visibility {
            Visibility::Shown => self.counters.seen += 1,
            Visibility::Internal => {
                if self.threads.is_some() && is_container(&cx.event) {
                    self.hint = Some(Hint::Unmute);
                }
                if self.is_metadata(cx) || is_gap(cx.event.kind) && self.capture.is_some() || !self.internal {
                    return self.hidden(cx);
                }
            }
            Visibility::Enter | Visibility::StateOnly => return self.hidden(cx),
        }
        if !self.suppressed.is_empty() && cx.thread.is_some_and(|t| self.suppressed.contains(&*t.info.comm)) {
            return Ok(Flow::Continue);
        }
        let known = self.passed.take() == Some(cx.num);
        let passed = known || self.filter.as_ref().is_none_or(|f| f.matches(cx));
        let mut flow = Flow::Continue;
        if (passed || self.display_filter) && !self.chisels.is_empty() {
            flow = self.run_chisels(cx, known)?;
        }
        // What passes the filter may yet be nothing to the chisels.
        if (!passed || !self.chisels.is_empty())
            && self.threads.as_ref().is_some_and(|threads| cx.thread.is_some() && !threads.admits(cx))
        {
            self.hint = Some(Hint::Mute(cx.event.tid.cast_signed()));
        }
        if !passed {
            return self.rejected(cx).map(|()| flow);
        }
        self.counters.matched += 1;
        self.counters.shown += u64::from(self.show(cx)?);
        if self.limit.is_some_and(|n| self.counters.shown >= n) || (self.once && flow == Flow::Continue) {
            flow = Flow::Stop;
        }
        Ok(flow)
    }

    /// An event that passed goes where it is wanted. False when it has made no line where lines are made.
    #[inline]
    fn show(&mut self, cx: &EventCx<'_>) -> anyhow::Result<bool> {
        if let Some(counts) = &mut self.counts {
            counts.event(&cx.event);
        }
        if let Some(capture) = &mut self.capture {
            capture.event(cx, 0)?;
        }
        let Some(printer) = &mut self.printer else { return Ok(true) };
        let printed = printer.print(cx, self.out.buffer());
        if printed {
            self.out.wrote()?;
        }
        Ok(printed)
    }

    /// True for events that tell of containers and users: a capture needs them whatever the filter says.
    fn is_metadata(&self, cx: &EventCx<'_>) -> bool {
        self.capture.is_some()
            && cx.event.info().is_some_and(|i| i.source == Source::Meta && i.flags.has(Flags::MODIFIES_STATE))
    }

    /// An event that is not for the user.
    fn hidden(&mut self, cx: &EventCx<'_>) -> anyhow::Result<Flow> {
        if let (Some(capture), Some(what)) = (&mut self.capture, Beside::of(&cx.event)) {
            capture.beside(cx, &what)?;
        } else if (self.is_metadata(cx) || is_gap(cx.event.kind))
            && let Some(capture) = &mut self.capture
        {
            capture.event(cx, 0)?;
        } else if cx.visibility == Visibility::StateOnly {
            self.rejected(cx)?;
        }
        Ok(Flow::Continue)
    }

    /// An event that the filter rejected: a fat file keeps it when it changes the state.
    fn rejected(&mut self, cx: &EventCx<'_>) -> anyhow::Result<()> {
        if self.fat
            && let Some(capture) = &mut self.capture
            && cx.event.info().is_some_and(|i| i.flags.has(Flags::MODIFIES_STATE))
        {
            capture.event(cx, event_flags::STATE_ONLY)?;
        }
        Ok(())
    }

    /// True once the awaited process has become its command.
    fn arrived(&mut self, cx: &EventCx<'_>) -> bool {
        let exec = matches!(cx.event.kind, EventType::SYSCALL_EXECVE_19_X | EventType::SYSCALL_EXECVEAT_X);
        if exec && self.awaited == Some(cx.event.tid) && cx.event.i64(0) == Some(0) {
            self.awaited = None;
        }
        self.awaited.is_none()
    }

    /// Gives the event to the chisels. `chosen`: an only one is known to want it.
    fn run_chisels(&mut self, cx: &EventCx<'_>, chosen: bool) -> anyhow::Result<Flow> {
        let mut flow = Flow::Continue;
        let chosen = chosen && self.only_chisels() && self.chisels.len() == 1;
        for ready in &mut self.chisels {
            if (chosen || ready.filter.as_ref().is_none_or(|f| f.matches(cx)))
                && ready.chisel.on_event(cx, self.out.buffer()) == cscope_chisels::Flow::Stop
            {
                flow = Flow::Stop;
            }
        }
        self.out.wrote()?;
        Ok(flow)
    }

    /// A second is over: chisels show their pictures.
    fn refresh(&mut self, ts: u64, state: &State) -> anyhow::Result<()> {
        self.refresh_at = Some(ts.saturating_add(REFRESH_NS));
        self.picture.clear();
        for ready in self.chisels.iter_mut().filter(|c| c.refresh) {
            ready.chisel.on_interval(ts, state, &mut self.picture);
        }
        match &mut self.screen {
            Some(screen) => screen.draw(&self.picture, self.out.buffer()),
            None => self.out.buffer().extend_from_slice(&self.picture),
        }
        self.out.flush()
    }

    /// Says what is left to say and completes the capture file.
    pub(crate) fn finish(&mut self, state: &State) -> anyhow::Result<()> {
        let written = self.say_rest(state);
        let completed = self.capture.take().map_or(Ok(()), CaptureFile::finish);
        written.and(completed)
    }

    fn say_rest(&mut self, state: &State) -> anyhow::Result<()> {
        match &mut self.screen {
            // The picture last seen stays on the terminal.
            Some(screen) => {
                screen.leave(self.out.buffer());
                self.out.text(&self.picture)?;
            }
            None => {
                for ready in &mut self.chisels {
                    ready.chisel.on_end(self.ts, state, self.out.buffer());
                }
            }
        }
        if let Some(counts) = &self.counts {
            self.out.text(counts.table())?;
        }
        self.out.flush()
    }
}
