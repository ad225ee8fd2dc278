//! What an event is about: whether it belongs to a thread, and on which descriptor it works.

use std::sync::LazyLock;

use cscope_capture::table::{Dir, EVENTS, EventInfo, Flags, ParamType, Source};
use cscope_capture::{EventType, Joiner, signed};

use crate::{Change, change};

/// Which parameter of each event type names its descriptor.
static DESCRIPTORS: LazyLock<Vec<Descriptor>> = LazyLock::new(|| EVENTS.iter().map(descriptor).collect());

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Descriptor {
    /// The event has none.
    None,
    /// This parameter.
    Param(u8),
    /// This parameter, when the call succeeded.
    Made(u8),
}

fn descriptor(info: &EventInfo) -> Descriptor {
    let first_fd = info.params.iter().position(|p| p.kind == ParamType::Fd).map(|at| at as u8);
    if info.flags.has(Flags::CREATES_FD) && info.dir == Dir::Exit {
        // A result that is only an error code has the descriptors behind it (pipe, socketpair) or is one itself.
        return match info.params.first().map(|p| p.kind) {
            Some(ParamType::Fd) => Descriptor::Made(0),
            Some(ParamType::Errno) => Descriptor::Made(first_fd.unwrap_or(0)),
            _ => Descriptor::None,
        };
    }
    // The result of fcntl has the type of a descriptor, but the call works on another parameter.
    let used = info.params.iter().position(|p| p.kind == ParamType::Fd && p.name != "res").map(|at| at as u8);
    match used {
        Some(at) if info.flags.has(Flags::USES_FD) => Descriptor::Param(at),
        _ => Descriptor::None,
    }
}

/// Where an exit event has the number of the descriptor it works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In this parameter of its own, when it was seen whole or has all of them.
    Own { at: usize, whole: bool },
    /// In this parameter of its enter event.
    Entered(usize),
    /// It works on none and makes none.
    Nowhere,
}

/// The same for exit events of a type, whatever they have: in the parameter `at`, and a whole event has `all`; with
/// `count` parameters, that one is parameter `n` of the enter event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    at: u8,
    all: u8,
    count: u8,
    n: u8,
}

impl Places {
    /// No event has so many parameters.
    const NEVER: u8 = u8::MAX;
    /// In place of `count`: see [`Place::Nowhere`].
    const NOWHERE: u8 = u8::MAX - 1;
    /// It is not plain.
    const UNKNOWN: Self = Self { at: Self::NEVER, all: 0, count: Self::NEVER, n: 0 };

    fn new(info: &EventInfo) -> Self {
        // Numbers are looked at where they lie when lengths are of the common kind.
        let large = |kind: EventType| kind.info().is_some_and(|info| info.flags.has(Flags::LARGE_PAYLOAD));
        if large(EventType(info.id)) || large(EventType(info.id & !1)) {
            return Self::UNKNOWN;
        }
        let Descriptor::Param(at) = descriptor(info) else {
            let count = if makes_none(EventType(info.id)) { Self::NOWHERE } else { Self::NEVER };
            return Self { count, ..Self::UNKNOWN };
        };
        let small = |n: usize| u8::try_from(n).ok().filter(|&n| n < Self::NOWHERE);
        let entered = Joiner::from_enter(EventType(info.id), usize::from(at));
        let entered = entered.and_then(|(count, n)| small(count).zip(small(n)));
        let (count, n) = entered.unwrap_or((Self::NEVER, 0));
        small(info.params.len()).map_or(Self::UNKNOWN, |all| Self { at, all, count, n })
    }

    /// By type.
    #[inline]
    pub(super) fn all() -> &'static [Self] {
        static ALL: LazyLock<Vec<Places>> = LazyLock::new(|| EVENTS.iter().map(Places::new).collect());
        &ALL
    }

    /// For an event with so many parameters, when it is plain.
    #[inline(always)]
    pub(super) fn place(self, params: usize) -> Option<Place> {
        if params > usize::from(self.at) {
            Some(Place::Own { at: usize::from(self.at), whole: params == usize::from(self.all) })
        } else if params == usize::from(self.count) {
            Some(Place::Entered(usize::from(self.n)))
        } else if self.count == Self::NOWHERE {
            Some(Place::Nowhere)
        } else {
            None
        }
    }
}

/// True for types of events that make no descriptor.
pub(super) fn makes_none(kind: EventType) -> bool {
    kind.info().is_some_and(|info| !info.flags.has(Flags::CREATES_FD))
}

/// Number of the descriptor an event of this type works on or made; `None` for negative ones. `param` gives its
/// parameters.
#[inline]
pub(super) fn fd_number<'a>(kind: EventType, param: impl Fn(usize) -> Option<&'a [u8]>) -> Option<i64> {
    let number = |index| signed(param(index)?);
    let number = match *DESCRIPTORS.get(usize::from(kind.0))? {
        Descriptor::None => return None,
        Descriptor::Param(at) => number(usize::from(at))?,
        Descriptor::Made(at) => {
            number(0).filter(|&res| res >= 0)?;
            number(usize::from(at))?
        }
    };
    Some(number).filter(|&n| n >= 0)
}

/// False for events that tell of the capture or of the machine, whatever thread id they carry.
pub(super) fn has_thread(kind: EventType) -> bool {
    use EventType as E;
    !matches!(
        kind,
        E::DROP_E
            | E::DROP_X
            | E::SCAPEVENT_E
            | E::NOTIFICATION_E
            | E::INFRASTRUCTURE_EVENT_E
            | E::CPU_HOTPLUG_E
            | E::PLUGINEVENT_E
            | E::ASYNCEVENT_E
            | E::CONTAINER_E
            | E::CONTAINER_JSON_E
            | E::CONTAINER_JSON_2_E
            | E::USER_ADDED_E
            | E::USER_DELETED_E
            | E::GROUP_ADDED_E
            | E::GROUP_DELETED_E
    )
}

/// Which types of events change nothing of who there is.
static GOES_BY: LazyLock<Vec<bool>> = LazyLock::new(|| {
    let goes_by = |info: &EventInfo| {
        let kind = EventType(info.id);
        let exit = info.source == Source::Syscall && info.dir == Dir::Exit;
        exit && has_thread(kind) && !super::is_internal(info) && change(kind) != Some(Change::Identity)
    };
    EVENTS.iter().map(goes_by).collect()
});

/// By type, whether such an event ends a call, is shown, and changes nothing of who there is.
pub(super) fn going_by() -> &'static [bool] {
    &GOES_BY
}

#[cfg(test)]
mod tests {
    use super::*;
    use cscope_capture::EventBuilder;

    fn number(b: &EventBuilder) -> Option<i64> {
        let event = b.event(1, 1, 0);
        fd_number(event.kind, |n| event.param(n))
    }

    #[test]
    fn descriptors_of_calls() {
        let mut b = EventBuilder::new();
        b.start(EventType::SYSCALL_PIPE2_X).i64(0).i64(7).i64(8).u64(1).u32(0);
        assert_eq!(number(&b), Some(7));
        b.start(EventType::SYSCALL_OPENAT_2_X).i64(-2).i64(-100);
        assert_eq!(number(&b), None);
        b.start(EventType::SYSCALL_EPOLL_CREATE1_X).i64(9).u32(0);
        assert_eq!(number(&b), Some(9));
        b.start(EventType::SYSCALL_DUP2_X).i64(5).i64(3).i64(5);
        assert_eq!(number(&b), Some(5));
        b.start(EventType::SYSCALL_READ_X).i64(-9).bytes(b"").i64(3).u32(1);
        assert_eq!(number(&b), Some(3));
        b.start(EventType::SYSCALL_FCNTL_X).i64(0x800).i64(4).u8(4);
        assert_eq!(number(&b), Some(4));
        b.start(EventType::SYSCALL_BRK_4_X).u64(0);
        assert_eq!(number(&b), None);
    }

    #[test]
    fn numbers_that_stand_plainly() {
        let place = |kind: EventType, params| Places::all()[usize::from(kind.0)].place(params);
        assert_eq!(place(EventType::SYSCALL_READ_X, 4), Some(Place::Own { at: 2, whole: true }));
        assert_eq!(place(EventType::SYSCALL_READ_X, 2), Some(Place::Entered(0)));
        assert_eq!(place(EventType::SYSCALL_BRK_4_X, 4), Some(Place::Nowhere));
        assert_eq!(place(EventType::SYSCALL_OPENAT_2_X, 7), None);
        let wide = EVENTS.iter().filter(|info| info.flags.has(Flags::LARGE_PAYLOAD));
        for kind in wide.flat_map(|info| [info.id, info.id | 1]).map(EventType) {
            assert!((0..16).all(|params| place(kind, params).is_none()), "{kind:?}");
        }
    }
}
