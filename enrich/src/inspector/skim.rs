//! What someone wants to see of a stream, and what that means for the types of events.

use std::sync::LazyLock;

use cscope_capture::table::EVENTS;
use cscope_capture::{EventType, Plain, Quiet};

use super::{Demand, is_internal, subject};
use crate::state::{self, Mark, change, changes_state};
use crate::{EventCx, Thread};

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
    /// An event that belongs to no call.
    Alone { wanted: bool },
    /// An exit event with at most so many parameters.
    Exit { known: u8, change: Change, wanted: bool },
}

/// What an exit event changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// Something, told by parameters that stand in the exit events of all versions.
    Stored,
    /// Descriptors.
    Descriptors,
    /// Something, maybe of the thread itself.
    Any,
    /// The descriptor that its first missing parameter names.
    Close,
    /// Something only with certain commands: the second missing parameter.
    Fcntl,
    /// A descriptor is opened, as parameters tell that stand in the event when it has all of them.
    Open,
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
        Plain::Alone => Action::Alone { wanted: true },
        // Enter events that are no more than a part of their exit event change nothing.
        Plain::Enter | Plain::Entry if changes_state(kind) => Action::Step,
        Plain::Enter => Action::Enter,
        Plain::Entry => Action::Entry,
        Plain::Exit(known) => {
            let change = match kind {
                E::SYSCALL_CLOSE_X => Change::Close,
                E::SYSCALL_FCNTL_X => Change::Fcntl,
                E::SYSCALL_OPEN_X
                | E::SYSCALL_CREAT_X
                | E::SYSCALL_OPENAT_2_X
                | E::SYSCALL_OPENAT2_X
                | E::SYSCALL_OPEN_BY_HANDLE_AT_X => Change::Open,
                E::SYSCALL_BRK_4_X | E::SYSCALL_MMAP_X | E::SYSCALL_MMAP2_X | E::SYSCALL_MUNMAP_X => {
                    Change::Stored
                }
                _ => match change(kind) {
                    Some(state::Change::Descriptors | state::Change::Peer) => Change::Descriptors,
                    Some(_) => Change::Any,
                    None => Change::Nothing,
                },
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

/// How events are dealt with for someone's interest.
pub(super) struct Ways {
    /// By type.
    actions: Box<[Action]>,
    /// What is passed over of threads that can be of interest, some of it only on descriptors that cannot, and of
    /// those that cannot.
    quiet: [Quiet; 2],
}

impl Ways {
    pub(super) fn new(interest: &impl Interest) -> Self {
        let Demand { changes, by_descriptor, .. } = interest.demand();
        let narrowed = |(kind, action): (u16, &Action)| match *action {
            Action::Exit { known, change, .. } => {
                let kind = EventType(kind);
                let counts = state::change(kind).is_some_and(|change| changes.has(change));
                let change = if counts { change } else { Change::Nothing };
                Action::Exit { known, change, wanted: interest.wants_type(kind) }
            }
            Action::Alone { .. } => Action::Alone { wanted: interest.wants_type(EventType(kind)) },
            other => other,
        };
        let actions: Box<[Action]> = (0..).zip(ACTIONS.iter()).map(narrowed).collect();
        let mut quiet = [Quiet::new(), Quiet::new()];
        for (kind, action) in (0u16..).zip(&actions) {
            if let Action::Exit { known, change: Change::Nothing, wanted } = *action {
                let enter = actions.get(usize::from(kind & !1)) == Some(&Action::Enter);
                let [idle, refused] = &mut quiet;
                refused.add(EventType(kind), known, enter, true);
                if !wanted || by_descriptor {
                    idle.add(EventType(kind), known, enter, !wanted);
                }
            }
        }
        Self { actions, quiet }
    }

    #[inline(always)]
    pub(super) fn action(&self, kind: EventType) -> Action {
        self.actions.get(usize::from(kind.0)).copied().unwrap_or(Action::Step)
    }

    /// What is passed over of a thread with this mark.
    #[inline(always)]
    pub(super) fn quiet(&self, mark: Mark) -> &Quiet {
        let [idle, refused] = &self.quiet;
        if mark == Mark::Refused { refused } else { idle }
    }
}
