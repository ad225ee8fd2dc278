//! THE event table: one row per event type, and the tables its rows refer to.
//!
//! A row drives the constants of [`EventType`], decoding, printing, `-L`, the probe's descriptors and the
//! encoder. Ids, names, types and order are those of the scap format, which makes files interchangeable.
//! Adding a system call is one row in `events.rs` and one in `syscalls.rs`.

mod conversions;
mod errno;
mod events;
pub mod flags;
pub mod linux;
pub mod recipe;
mod signals;
mod syscalls;
mod types;

pub use conversions::{Action, CONVERSIONS, Conversion, Fill, From, conversion};
pub use errno::errno_name;
pub use events::EVENTS;
pub use recipe::Recipe;
pub use signals::signal_name;
pub use syscalls::{SYSCALLS, Syscall, SyscallKind};
pub use types::{
    Category, Dir, DynTable, FlagTable, FlagTableKind, Flags, ParamFormat, ParamType, Source, Status,
};

/// One row of the event table.
#[derive(Debug)]
pub struct EventInfo {
    /// Number; equals the index in [`EVENTS`].
    pub id: u16,
    /// Name of the constant, for example `SYSCALL_OPEN_X`.
    pub key: &'static str,
    /// Name a user sees, for example `open`.
    pub name: &'static str,
    /// Enter or exit.
    pub dir: Dir,
    /// What the call is about.
    pub category: Category,
    /// What produces the event.
    pub source: Source,
    /// Properties that drive the state engine.
    pub flags: Flags,
    /// Written by current tools, or only found in old captures.
    pub status: Status,
    /// Parameters in order.
    pub params: &'static [ParamInfo],
}

/// One parameter of an event type.
#[derive(Debug)]
pub struct ParamInfo {
    /// Name, for example `fd`.
    pub name: &'static str,
    /// How the bytes are laid out and what they mean.
    pub kind: ParamType,
    /// How a number is printed.
    pub format: ParamFormat,
    /// What belongs to the parameter beside its type.
    pub extra: Extra,
    /// Where the probe gets the value.
    pub recipe: Recipe,
}

/// What a parameter refers to.
#[derive(Debug, Clone, Copy)]
pub enum Extra {
    /// Nothing.
    None,
    /// Names of its values or bits.
    Flags(&'static FlagTable),
    /// Variants of a dynamic parameter.
    Dyn(DynTable),
    /// Index of the parameter that holds the directory descriptor a relative path starts from.
    Dirfd(u8),
}

impl EventInfo {
    /// Index of the parameter called `name`.
    pub fn param_index(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|p| p.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_number() {
        for (n, row) in EVENTS.iter().enumerate() {
            assert_eq!(usize::from(row.id), n, "{}", row.key);
        }
        for (n, row) in SYSCALLS.iter().enumerate() {
            assert_eq!(usize::from(row.code), n, "{}", row.name);
        }
    }
}
