//! Joining enter and exit events of older schemas into one event per call.
//!
//! Captures made before the current schema, and those made for old readers, hold two events per call: the
//! enter event with the arguments, the exit event with the result. The current schema has the exit event
//! only, with everything in it. [`Joiner`] turns the stored events into that, by the rules of
//! [`crate::table::CONVERSIONS`], so that everything downstream knows one schema only. Nothing is rewritten on disk.
//!
//! What comes out, and what a reader shows and counts:
//!
//! * The enter event of a call is kept for its thread and comes out as [`Role::EnterStored`]: not shown, no event
//!   number, no effect on state. This also holds for enter events without parameters and without a rule.
//! * The enter events of open, creat, openat, openat2, connect, execve and execveat come out as
//!   [`Role::EnterPassed`], in the current schema: state wants them (what an exec in progress was given, a
//!   connect that is under way). They use up an event number, but are not shown.
//! * The exit event comes out as [`Role::Merged`]: time, CPU and number are those of the exit event; the
//!   parameters that have moved from the enter event are appended. Without an enter event of the same call they
//!   have the default of their type, or read as absent.
//! * Everything else ([`Role::Whole`]) is as it was: events of the current schema with all their parameters, and
//!   those that come alone (switch, procexit, signaldeliver ...).
//!
//! Numbers are therefore not those of a view of the pairs as stored, where each event counts.
//!
//! An exit event belongs to an enter event when that is the last system-call event of its thread and of the type
//! before it; the one exception is execveat, which after success exits as execve (its enter event gives the
//! latency, but no parameters). Forks exit in the child, too, without having entered there; that is no loss.

mod late;
mod pending;

use crate::print::{json_string, write_uint};
use crate::table::{Action, Conversion, Dir, EventInfo, From, ParamType, Source, conversion};
use crate::{Blocks, Event, EventBuilder, EventType, Params};
pub use late::Plain;
use pending::Pending;

/// Rules applied one after the other, at most.
const CHAIN: usize = 50;

/// What an event has become, and what is to be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// As it was: shown, counted.
    Whole,
    /// An exit event that has been completed or brought to the current schema: shown, counted.
    Merged,
    /// An enter event that carries state: counted, not shown.
    EnterPassed,
    /// An enter event that is kept for its exit event: neither counted nor shown, to be skipped.
    EnterStored,
}

impl Role {
    /// True when the event has a line of its own in the view of one line per call.
    pub fn is_shown(self) -> bool {
        matches!(self, Self::Whole | Self::Merged)
    }

    /// True when the event uses up a number in that view, and changes state.
    pub fn is_counted(self) -> bool {
        self != Self::EnterStored
    }
}

/// An event of the current schema.
#[derive(Debug, Clone, Copy)]
pub struct Joined<'a> {
    /// The event; its `latency` is that of the call where enter and exit are known.
    pub event: Event<'a>,
    /// What to do with it.
    pub role: Role,
}

impl Joined<'_> {
    /// Time from enter to exit in ns.
    pub fn latency(&self) -> Option<u64> {
        self.event.latency
    }
}

/// Joins the events of one stream. Feed it every event, in order.
///
/// ```
/// use cscope_capture::{EventBuilder, EventType, Joiner, Role};
/// let mut joiner = Joiner::new();
/// let mut b = EventBuilder::new();
/// b.start(EventType::SYSCALL_CLOSE_E).i64(3);
/// assert_eq!(joiner.join(&b.event(100, 42, 0)).role, Role::EnterStored);
/// b.start(EventType::SYSCALL_CLOSE_X).i64(0);
/// let exit = b.event(150, 42, 0);
/// let joined = joiner.join(&exit);
/// assert_eq!((joined.role, joined.event.i64(1), joined.latency()), (Role::Merged, Some(3), Some(50)));
/// ```
#[derive(Debug, Default)]
pub struct Joiner {
    pending: Pending,
    work: EventBuilder,
    spare: EventBuilder,
    /// How the exit event that ended last is completed.
    rule: Option<&'static Conversion>,
}

impl Joiner {
    /// A joiner that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all enter events: a new section begins.
    pub fn clear(&mut self) {
        self.pending.clear();
    }

    /// A joiner that goes on from here beside this one. What was noted must have been
    /// [kept](Self::keep_all).
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { pending: self.pending.fork(), ..Self::default() }
    }

    /// Enter events that were given up because there were too many threads or bytes, or one was too long.
    pub fn dropped(&self) -> u64 {
        self.pending.dropped()
    }

    /// The event in the current schema. The result borrows `self` or what the event borrows.
    pub fn join<'a>(&'a mut self, event: &Event<'a>) -> Joined<'a> {
        let Some(info) = event.info() else { return Joined { event: *event, role: Role::Whole } };
        if info.source != Source::Syscall {
            return self.alone(event);
        }
        match info.dir {
            Dir::Enter => self.enter(event),
            Dir::Exit => self.exit(event, info),
        }
    }

    /// Events that are not system calls: at most of an older schema.
    fn alone<'a>(&'a mut self, event: &Event<'a>) -> Joined<'a> {
        if ends_thread(event.kind) {
            self.pending.remove(event.tid);
        }
        match conversion(event.kind, event.params.len()) {
            None => Joined { event: *event, role: Role::Whole },
            Some(rule) => {
                convert(rule, event, None, &mut self.work, &mut self.spare);
                Joined { event: rebuilt(&self.work, event, event.latency), role: Role::Merged }
            }
        }
    }

    fn enter<'a>(&'a mut self, event: &Event<'a>) -> Joined<'a> {
        let Some(rule) = conversion(event.kind, event.params.len()) else {
            self.pending.open(event, true);
            return Joined { event: *event, role: Role::EnterStored };
        };
        let (action, event) = match rule.action {
            Action::AddParams | Action::ChangeType(_) => {
                let last = convert(rule, event, None, &mut self.work, &mut self.spare);
                (last, rebuilt(&self.work, event, event.latency))
            }
            action => (Some(action), *event),
        };
        let passed = matches!(action, Some(Action::Pass | Action::StoreAndPass));
        self.pending.open(&event, action != Some(Action::Pass));
        Joined { event, role: if passed { Role::EnterPassed } else { Role::EnterStored } }
    }

    fn exit<'a>(&'a mut self, event: &Event<'a>, info: &EventInfo) -> Joined<'a> {
        let entered = self.pending.close(event.tid);
        let latency = match entered {
            Some(enter) if is_pair(enter.kind, event.kind) => event.ts.checked_sub(enter.ts),
            _ => None,
        };
        let latency = latency.or(event.latency);
        let Some(rule) = conversion(event.kind, event.params.len()) else {
            let known = info.params.len();
            let params = if event.params.len() > known { first(&event.params, known) } else { event.params };
            return Joined { event: Event { latency, params, ..*event }, role: Role::Whole };
        };
        convert(rule, event, self.pending.closed(&Blocks::default()), &mut self.work, &mut self.spare);
        Joined { event: rebuilt(&self.work, event, latency), role: Role::Merged }
    }
}

/// True for types of events with which a thread ends.
fn ends_thread(kind: EventType) -> bool {
    matches!(kind, EventType::PROCEXIT_E | EventType::PROCEXIT_1_E)
}

/// True when `exit` ends the call that `enter` began. An enter event of an old exec has been brought to the
/// current type by now, its exit has not.
fn is_pair(enter: EventType, exit: EventType) -> bool {
    enter.exit() == exit
        || matches!(enter, EventType::SYSCALL_EXECVE_19_E | EventType::SYSCALL_EXECVEAT_E)
            && exit.info().is_some_and(|info| info.name == "execve")
}

/// The first `count` parameters.
fn first<'a>(params: &Params<'a>, count: usize) -> Params<'a> {
    let width = if params.is_wide() { 4 } else { 2 };
    let lengths = params.lengths();
    Params::new(lengths.get(..count * width).unwrap_or(lengths), params.data(), params.is_wide())
}

/// What was built, with the head of `event`.
fn rebuilt<'a>(built: &'a EventBuilder, event: &Event<'_>, latency: Option<u64>) -> Event<'a> {
    Event { flags: event.flags, latency, ..built.event(event.ts, event.tid, event.cpu) }
}

/// Applies `rule`, then the rules for what it made, until one keeps or passes the event or none fits. The
/// result is in `work`. Gives the action of the last rule when that was to keep or to pass.
fn convert(
    rule: &'static Conversion,
    event: &Event<'_>,
    enter: Option<Event<'_>>,
    work: &mut EventBuilder,
    spare: &mut EventBuilder,
) -> Option<Action> {
    let mut rule = rule;
    let mut first = true;
    for _ in 0..CHAIN {
        // Parameters move from the enter event of the same schema only.
        let enter = enter.filter(|enter| enter.kind.exit() == rule.kind && enter.kind != rule.kind);
        match rule.action {
            Action::AddParams => {
                if first {
                    work.start(event.kind).params(&event.params);
                }
                fill(rule, rule.kind, event, enter, work);
            }
            Action::ChangeType(kind) => {
                std::mem::swap(work, spare);
                let old = if first { *event } else { spare.event(event.ts, event.tid, event.cpu) };
                work.start(kind);
                fill(rule, kind, &old, enter, work);
            }
            action => return Some(action),
        }
        first = false;
        rule = conversion(work.kind(), work.len())?;
    }
    None
}

/// Appends the parameters that a rule lists for an event of type `kind`.
fn fill(
    rule: &Conversion,
    kind: EventType,
    old: &Event<'_>,
    enter: Option<Event<'_>>,
    out: &mut EventBuilder,
) {
    for fill in rule.fill {
        let taken = match fill.from {
            From::Old(n) => old.param(usize::from(n)),
            From::EnterOrEmpty(n) | From::EnterOrDefault(n) => {
                enter.and_then(|enter| enter.param(usize::from(n)))
            }
            From::Empty | From::Default => None,
            From::Container => {
                container_json(old, out);
                continue;
            }
        };
        let bytes = match (taken, fill.from) {
            (Some(bytes), _) => bytes,
            (None, From::EnterOrDefault(_) | From::Default) => default_of(kind, out.len()),
            (None, _) => &[],
        };
        out.bytes(bytes);
    }
}

/// What a parameter is when nothing is known of it: 0, or all ones for user and group ids; no bytes for
/// types of variable length.
fn default_of(kind: EventType, index: usize) -> &'static [u8] {
    static ZEROS: [u8; 16] = [0; 16];
    static ONES: [u8; 4] = [0xff; 4];
    let Some(param) = kind.info().and_then(|info| info.params.get(index)) else { return &[] };
    match param.kind {
        ParamType::Uid | ParamType::Gid => &ONES,
        kind => ZEROS.get(..kind.width().unwrap_or(0)).unwrap_or(&[]),
    }
}

/// Appends what an old container event (id, type, name, image) says, in the form of its successor.
fn container_json(old: &Event<'_>, out: &mut EventBuilder) {
    let text = |index| old.text(index).unwrap_or_default();
    let mut json = Vec::with_capacity(128);
    json.extend_from_slice(b"{\"container\":{\"id\":");
    json_string(text(0), &mut json);
    json.extend_from_slice(b",\"image\":");
    json_string(text(3), &mut json);
    json.extend_from_slice(b",\"name\":");
    json_string(text(2), &mut json);
    json.extend_from_slice(b",\"type\":");
    write_uint(old.u64(1).unwrap_or(0), &mut json);
    json.extend_from_slice(b"}}");
    out.text(&json);
}

#[cfg(test)]
mod tests;
