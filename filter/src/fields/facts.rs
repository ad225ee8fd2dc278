//! What follows from an event type: which parameter is the result, which holds data, which are paths.

use std::sync::LazyLock;

use cscope_capture::table::{Dir, EVENTS, EventInfo, Flags, ParamType};
use cscope_capture::value::{Value, decode};
use cscope_capture::{Event, EventType};

/// Facts of one type.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    /// Parameter with the result of the call.
    pub(super) result: Option<u8>,
    /// Parameter with the bytes that were moved.
    pub(super) data: Option<u8>,
    /// Paths: the only one, or source and target.
    pub(super) paths: [Option<u8>; 2],
    /// The call opens files by path: its flags say how.
    pub(super) open: bool,
}

static FACTS: LazyLock<Vec<Facts>> = LazyLock::new(|| EVENTS.iter().map(of_info).collect());

/// Facts of an event's type.
#[inline]
pub(super) fn of(kind: EventType) -> Facts {
    FACTS.get(usize::from(kind.0)).copied().unwrap_or_default()
}

fn of_info(info: &EventInfo) -> Facts {
    let index = |name: &str| info.param_index(name).and_then(|i| u8::try_from(i).ok());
    let exit = info.dir == Dir::Exit;
    let makes_fd = info.flags.has(Flags::CREATES_FD);
    let opens = ["open", "openat", "openat2", "open_by_handle_at", "creat"];
    Facts {
        result: if exit { index("res").or_else(|| index("fd").filter(|_| makes_fd)) } else { None },
        data: index("data").filter(|&i| info.params[usize::from(i)].kind == ParamType::ByteBuf),
        paths: if exit { paths(info) } else { [None, None] },
        open: exit && opens.contains(&info.name),
    }
}

/// Path parameters of calls that act on files. The target of a symbolic link and the device of a mount are
/// plain texts in the table.
fn paths(info: &EventInfo) -> [Option<u8>; 2] {
    let is_path = |kind| matches!(kind, ParamType::FsPath | ParamType::FsRelPath);
    let mut found = info
        .params
        .iter()
        .enumerate()
        .filter(|(_, p)| {
            is_path(p.kind) || matches!(p.name, "target" | "dev") && p.kind == ParamType::CharBuf
        })
        .filter_map(|(i, _)| u8::try_from(i).ok());
    [found.next(), found.next()]
}

/// Result of the call: negative values are error numbers.
#[inline]
pub(super) fn result(event: &Event<'_>) -> Option<i64> {
    event.i64(usize::from(of(event.kind).result?))
}

/// The call returned an error.
pub(crate) fn failed(event: &Event<'_>) -> bool {
    result(event).is_some_and(|r| r < 0)
}

/// Bytes that were moved, as far as they were captured.
pub(super) fn data<'a>(event: &Event<'a>) -> Option<&'a [u8]> {
    event.param(usize::from(of(event.kind).data?))
}

/// Value of a parameter by name.
pub(super) fn param<'a>(event: &Event<'a>, name: &str) -> Option<Value<'a>> {
    let info = event.info()?;
    let index = info.param_index(name)?;
    decode(info.params.get(index)?, event.param(index)?)
}

/// True when the type has all of these flags.
pub(super) fn flagged(kind: EventType, flags: Flags) -> bool {
    kind.info().is_some_and(|i| i.flags.has(flags))
}

#[cfg(test)]
mod tests {
    use cscope_capture::table::{Action, CONVERSIONS};

    use super::*;

    /// Fields made of the result do without the parameters that come from enter events (`Needs::ARGS`).
    #[test]
    fn results_stand_in_exit_events_of_all_versions() {
        for rule in CONVERSIONS.iter().filter(|r| r.action == Action::AddParams && r.params > 0) {
            let result = of(rule.kind).result;
            assert!(result.is_none_or(|index| index < rule.params), "{:?}", rule.kind);
        }
    }

    #[test]
    fn facts_of_known_calls() {
        let read = of(EventType::SYSCALL_READ_X);
        assert_eq!((read.result, read.data), (Some(0), Some(1)));
        assert_eq!(of(EventType::SYSCALL_OPEN_X).paths, [Some(1), None]);
        assert!(of(EventType::SYSCALL_OPENAT_2_X).open && !of(EventType::SYSCALL_OPENAT_2_E).open);
        assert_eq!(of(EventType::SYSCALL_RENAMEAT_X).paths, [Some(2), Some(4)]);
        assert_eq!(of(EventType::SYSCALL_SYMLINK_X).paths, [Some(1), Some(2)]);
        assert_eq!(of(EventType::SYSCALL_READ_E).result, None);
    }
}
