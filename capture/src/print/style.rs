//! Which schema names and types of parameters come from.
//!
//! The table is the current schema. A view of the pairs as stored shows them as the tools did that wrote them
//! (libs 0.15.1); what has changed since is here and nowhere else.

use crate::EventType;
use crate::table::{ParamInfo, ParamType};

/// Whose names and types parameters are printed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// The current schema: one event per call.
    #[default]
    Merged,
    /// The schema of libs 0.15.1: enter and exit events as stored.
    Pairs,
}

/// Event, index of the parameter, and what libs 0.15.1 called it and took it for.
const PAIRS: &[(EventType, usize, &str, ParamType)] = &[
    (EventType::SYSCALL_EXECVE_19_X, 17, "pgid", ParamType::Pid),
    (EventType::SYSCALL_EXECVEAT_X, 17, "pgid", ParamType::Pid),
    (EventType::SYSCALL_FUTEX_E, 1, "op", ParamType::EnumFlags16),
    (EventType::SYSCALL_SETPGID_X, 0, "res", ParamType::Pid),
];

impl Style {
    /// Name of parameter `index` of an event type; `None` when the table has no such parameter.
    pub fn param_name(self, kind: EventType, index: usize) -> Option<&'static str> {
        Some(self.name_and_type(kind, index, kind.info()?.params.get(index)?).0)
    }

    /// Name and type of parameter `index` of an event type.
    #[inline]
    pub(super) fn name_and_type(
        self,
        kind: EventType,
        index: usize,
        param: &'static ParamInfo,
    ) -> (&'static str, ParamType) {
        if self == Self::Pairs
            && let Some(&(_, _, name, kind)) = PAIRS.iter().find(|row| row.0 == kind && row.1 == index)
        {
            return (name, kind);
        }
        (param.name, param.kind)
    }
}
