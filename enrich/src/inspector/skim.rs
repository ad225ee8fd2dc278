//! Walking over the events that nobody wants to see: what a capture costs when little of it is shown.
//!
//! [`Inspector::skim`] takes the blocks that lie in memory one after the other, does for each what the model and
//! the joiner need, and stops at the first that somebody wants, or that is not for this way of reading. What it
//! does is what [`Inspector::step`] would have done.

use std::sync::LazyLock;

use cscope_capture::table::EVENTS;
use cscope_capture::{Blocks, Cursor, Event, EventType, Head, Joiner, Plain};

use super::{Demand, Inspector, is_internal, subject};
use crate::state::changes_state;
use crate::{EventCx, Item, State, Thread, Visibility};

/// Events passed at most in one go, so that the caller can look at other things.
const AT_ONCE: u64 = 4096;

/// What someone wants to see of a stream. The answers decide what is put together and handed out.
pub trait Interest {
    /// What is read of events.
    fn demand(&self) -> Demand;

    /// False when no event of this type is wanted.
    fn wants_type(&self, kind: EventType) -> bool {
        let _ = kind;
        true
    }

    /// False when no event of this thread is wanted as long as the thread does not change.
    fn wants_thread(&self, thread: &Thread) -> bool {
        let _ = thread;
        true
    }

    /// False when this event is not wanted, and then it is dealt with.
    fn wants(&mut self, cx: &EventCx<'_>) -> bool;

    /// An event that is wanted, with all that the demand says. True when it is dealt with; false: it is to be handed
    /// out, and the walk ends.
    fn take(&mut self, cx: &EventCx<'_>) -> bool {
        let _ = cx;
        false
    }

    /// So many events that would have been shown went by without a question, the latest at `ts`.
    fn passed(&mut self, events: u64, ts: u64) {
        let _ = (events, ts);
    }
}

/// Everything that passes the test.
impl<F: FnMut(&EventCx<'_>) -> bool> Interest for (Demand, F) {
    fn demand(&self) -> Demand {
        self.0
    }

    fn wants(&mut self, cx: &EventCx<'_>) -> bool {
        self.1(cx)
    }
}

/// How events of a type are dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// Not here.
    Step,
    /// An enter event that is kept.
    Enter,
    /// An enter event whose rule tells.
    Entry,
    /// An exit event with at most so many parameters.
    Exit { known: u8, change: Change, wanted: bool },
}

/// What an exit event changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// Something, told by parameters that stand in the exit events of all versions.
    Stored,
    /// Something.
    Any,
    /// The descriptor that its first missing parameter names.
    Close,
    /// Something only with certain commands: the second missing parameter.
    Fcntl,
}

static ACTIONS: LazyLock<Vec<Action>> = LazyLock::new(|| {
    let known = EVENTS.iter().filter(|info| subject::has_thread(EventType(info.id)) && !is_internal(info));
    let mut actions = vec![Action::Step; EVENTS.len()];
    for info in known {
        if let Some(action) = actions.get_mut(usize::from(info.id)) {
            *action = action_of(EventType(info.id));
        }
    }
    actions
});

fn action_of(kind: EventType) -> Action {
    use EventType as E;
    match Plain::of(kind) {
        Plain::No => Action::Step,
        // Enter events that are no more than a part of their exit event change nothing.
        Plain::Enter | Plain::Entry if changes_state(kind) => Action::Step,
        Plain::Enter => Action::Enter,
        Plain::Entry => Action::Entry,
        Plain::Exit(known) => {
            let change = match kind {
                E::SYSCALL_CLOSE_X => Change::Close,
                E::SYSCALL_FCNTL_X => Change::Fcntl,
                E::SYSCALL_BRK_4_X | E::SYSCALL_MMAP_X | E::SYSCALL_MMAP2_X | E::SYSCALL_MUNMAP_X => {
                    Change::Stored
                }
                _ if changes_state(kind) => Change::Any,
                _ => Change::Nothing,
            };
            u8::try_from(known).map_or(Action::Step, |known| Action::Exit { known, change, wanted: true })
        }
    }
}

/// True for types of events that tell of a call at its end: each is shown and has a number, and tells of nothing but
/// what the call did.
pub fn is_exit(kind: EventType) -> bool {
    matches!(ACTIONS.get(usize::from(kind.0)), Some(Action::Exit { .. }))
}

/// The actions for someone's interest.
pub(super) fn actions(interest: &impl Interest) -> Box<[Action]> {
    let narrowed = |(kind, action): (u16, &Action)| match *action {
        Action::Exit { known, change, .. } => {
            Action::Exit { known, change, wanted: interest.wants_type(EventType(kind)) }
        }
        other => other,
    };
    (0..).zip(ACTIONS.iter()).map(narrowed).collect()
}

/// Where walking ended.
pub(super) enum Halt {
    /// Some events went by.
    Rest,
    /// The next one is for a step.
    Step,
    /// This event is wanted.
    Wanted(Found),
}

/// An exit event that is wanted.
#[derive(Clone, Copy)]
pub(super) struct Found {
    head: Head,
    at: Cursor,
    latency: Option<u64>,
    merged: bool,
    num: u64,
    prev_ts: u64,
    fd_name_changed: bool,
}

impl Found {
    /// Its descriptor.
    fn descriptor(&self, event: &Event<'_>, joiner: &Joiner) -> Option<i64> {
        // Without its enter event, what should come from there is not to be relied on.
        let paired = !self.merged || self.latency.is_some();
        if paired { subject::fd_number(event.kind, |n| joiner.late_param(event, n)) } else { None }
    }

    /// The event in its context, without descriptor.
    #[inline]
    fn context<'a>(&self, stored: Event<'a>, state: &'a State, first_ts: u64) -> EventCx<'a> {
        EventCx {
            event: Event { latency: self.latency, ..stored },
            stored,
            num: self.num,
            visibility: Visibility::Shown,
            state,
            thread: state.thread(stored.tid.cast_signed()),
            fd_num: None,
            fd: None,
            latency: self.latency,
            first_ts,
            prev_ts: self.prev_ts,
            fd_name_changed: self.fd_name_changed,
        }
    }
}

/// Puts the descriptor into a context.
#[inline]
fn with_descriptor(cx: &mut EventCx<'_>, number: Option<i64>) {
    cx.fd_num = number;
    cx.fd = number.and_then(|number| cx.state.fd(cx.thread?, number));
}

impl Inspector {
    /// Walks on to the next event that is wanted.
    pub(super) fn skim(&mut self, interest: &mut impl Interest) -> Halt {
        let demand = interest.demand();
        let Self { source, joiner, state, actions, num, first_ts, prev_ts, .. } = self;
        let blocks = source.blocks();
        let mut cursor = blocks.cursor();
        let (mut events, mut unasked, mut latest) = (0, 0, 0);
        let halt = loop {
            let Some(head) = blocks.head(cursor) else {
                joiner.keep_all(&blocks);
                break Halt::Step;
            };
            let tid = head.tid.cast_signed();
            let mut found = None;
            match actions.get(usize::from(head.kind.0)).copied().unwrap_or(Action::Step) {
                Action::Enter => {
                    joiner.note(&head, cursor);
                    state.apply_unchanging(head.kind, tid);
                }
                Action::Entry => match joiner.entry(&head, cursor) {
                    Some(passed) => {
                        *num += u64::from(passed);
                        state.apply_unchanging(head.kind, tid);
                    }
                    None => {
                        joiner.keep(head.tid, &blocks);
                        break Halt::Step;
                    }
                },
                Action::Exit { known, change, wanted }
                    if (1..=usize::from(known)).contains(&head.params()) =>
                {
                    *num += 1;
                    state.apply_unchanging(head.kind, tid);
                    let mut asked = wanted && state.is_wanted(tid, |thread| interest.wants_thread(thread));
                    if change != Change::Nothing
                        && (asked || !change_unseen(change, &head, cursor, &blocks, joiner, state))
                    {
                        found = Some(apply(change, &head, cursor, &blocks, joiner, state));
                        // Its thread may be another one now.
                        asked = wanted && state.is_wanted(tid, |thread| interest.wants_thread(thread));
                    }
                    if asked {
                        let (stored, _) = blocks.event(cursor, &head);
                        let (latency, merged) = found.unwrap_or_else(|| {
                            joiner.keep(head.tid, &blocks);
                            joiner.end(&stored)
                        });
                        let prev_ts = if *prev_ts == 0 { head.ts } else { *prev_ts };
                        let first_ts = if *first_ts == 0 { head.ts } else { *first_ts };
                        let fd_name_changed = state.fd_name_changed();
                        let found =
                            Found { head, at: cursor, latency, merged, num: *num, prev_ts, fd_name_changed };
                        let mut cx = found.context(stored, state, first_ts);
                        let descriptor = |joiner: &Joiner| found.descriptor(&stored, joiner);
                        let goes_on = if demand.choice_args {
                            if demand.choice_fds || demand.fds {
                                with_descriptor(&mut cx, descriptor(joiner));
                            }
                            cx.event = joiner.complete(&stored, latency).event;
                            !interest.wants(&cx) || interest.take(&cx)
                        } else {
                            if demand.choice_fds {
                                with_descriptor(&mut cx, descriptor(joiner));
                            }
                            !interest.wants(&cx) || {
                                if demand.fds && !demand.choice_fds {
                                    with_descriptor(&mut cx, descriptor(joiner));
                                }
                                if demand.args {
                                    cx.event = joiner.complete(&stored, latency).event;
                                }
                                interest.take(&cx)
                            }
                        };
                        if !goes_on {
                            break Halt::Wanted(found);
                        }
                    } else {
                        if found.is_none() && change == Change::Nothing {
                            joiner.leave(head.tid);
                        }
                        unasked += 1;
                        latest = latest.max(head.ts);
                    }
                }
                Action::Step | Action::Exit { .. } => {
                    joiner.keep(head.tid, &blocks);
                    break Halt::Step;
                }
            }
            if *first_ts == 0 {
                *first_ts = head.ts;
            }
            *prev_ts = head.ts;
            cursor = blocks.behind(cursor, &head);
            events += 1;
            if events == AT_ONCE {
                break Halt::Rest;
            }
        };
        if let Halt::Wanted(found) = &halt {
            if *first_ts == 0 {
                *first_ts = found.head.ts;
            }
            *prev_ts = found.head.ts;
            cursor = blocks.behind(cursor, &found.head);
            events += 1;
        }
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
        let (stored, _) = self.source.blocks().event(found.at, &found.head);
        let mut cx = found.context(stored, &self.state, self.first_ts);
        if demand.fds || demand.choice_fds {
            with_descriptor(&mut cx, found.descriptor(&stored, &self.joiner));
        }
        if demand.args || demand.choice_args {
            cx.event = self.joiner.complete(&stored, found.latency).event;
        }
        Item::Event(cx)
    }
}

/// An exit event that changes the model and that nobody wants: the short way. False when there is none.
#[inline]
fn change_unseen(
    change: Change,
    head: &Head,
    at: Cursor,
    blocks: &Blocks<'_>,
    joiner: &mut Joiner,
    state: &mut State,
) -> bool {
    let short = matches!(change, Change::Close | Change::Fcntl) && head.params() == 1;
    let Some(enter) = joiner.noted(head, blocks).filter(|_| short) else { return false };
    let tid = head.tid.cast_signed();
    let (exit, _) = blocks.event(at, head);
    if change == Change::Fcntl && enter.u64(1).is_none_or(State::fcntl_changes) {
        return false;
    }
    joiner.leave(head.tid);
    if change == Change::Close
        && exit.i64(0).is_some_and(|res| res >= 0)
        && let Some(number) = enter.i64(0)
    {
        state.apply_close(tid, number);
    }
    true
}

/// An exit event that changes the model. Gives the latency of the call and whether parameters are missing.
fn apply(
    change: Change,
    head: &Head,
    at: Cursor,
    blocks: &Blocks<'_>,
    joiner: &mut Joiner,
    state: &mut State,
) -> (Option<u64>, bool) {
    let (stored, _) = blocks.event(at, head);
    joiner.keep(head.tid, blocks);
    let (latency, merged) = joiner.end(&stored);
    if !merged {
        state.apply(&Event { latency, ..stored });
    } else if change == Change::Stored {
        state.apply(&stored);
    } else {
        let event = joiner.complete(&stored, latency).event;
        if latency.is_none() { state.apply_unpaired(&event) } else { state.apply(&event) }
    }
    (latency, merged)
}
