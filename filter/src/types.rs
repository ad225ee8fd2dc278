//! Sets of event types.

use cscope_capture::table::{EVENTS, SYSCALLS};
use cscope_capture::{Event, EventType};

const WORDS: usize = 8;

/// A set of event types. For generic events, which stand for calls without a type of their own, it holds the
/// codes of the calls. Types and codes beyond the tables are told apart as two single members.
#[derive(Clone, PartialEq, Eq)]
pub struct TypeSet {
    kinds: [u64; WORDS],
    codes: [u64; WORDS],
}

impl std::fmt::Debug for TypeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut names: Vec<&str> = self.names().collect();
        names.dedup();
        f.debug_list().entries(names).finish()
    }
}

/// Last member: everything beyond the tables.
const BEYOND: usize = WORDS * 64 - 1;

fn is_generic(kind: EventType) -> bool {
    matches!(kind, EventType::GENERIC_E | EventType::GENERIC_X)
}

impl TypeSet {
    /// Everything.
    pub fn all() -> Self {
        Self { kinds: [u64::MAX; WORDS], codes: [u64::MAX; WORDS] }
    }

    /// Nothing.
    pub fn none() -> Self {
        Self { kinds: [0; WORDS], codes: [0; WORDS] }
    }

    /// True when an event like this is in the set.
    #[inline]
    pub fn contains(&self, event: &Event<'_>) -> bool {
        if is_generic(event.kind) {
            self.contains_call(event.u64(0).unwrap_or(u64::MAX))
        } else {
            bit(&self.kinds, usize::from(event.kind.0))
        }
    }

    /// True when the type is in the set; generic types are when any call is.
    pub fn contains_kind(&self, kind: EventType) -> bool {
        if is_generic(kind) {
            self.codes.iter().any(|&w| w != 0)
        } else {
            bit(&self.kinds, usize::from(kind.0))
        }
    }

    /// True when generic events of the call with this code are in the set.
    #[inline]
    pub fn contains_call(&self, code: u64) -> bool {
        bit(&self.codes, usize::try_from(code).unwrap_or(BEYOND))
    }

    /// Names of the types and calls in the set, in table order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let kinds =
            EVENTS.iter().filter(|e| !is_generic(EventType(e.id)) && self.contains_kind(EventType(e.id)));
        let calls = SYSCALLS.iter().filter(|s| self.contains_call(u64::from(s.code)));
        kinds.map(|e| e.name).chain(calls.map(|s| s.name))
    }
}

#[inline]
fn bit(words: &[u64; WORDS], index: usize) -> bool {
    let index = index.min(BEYOND);
    words.get(index / 64).is_some_and(|w| w >> (index % 64) & 1 == 1)
}
