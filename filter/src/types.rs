//! Sets of event types, and which types a name stands for.

use std::sync::{LazyLock, OnceLock};

use cscope_capture::table::{EVENTS, Flags, SYSCALLS, Source, SyscallKind};
use cscope_capture::{Event, EventType};
use rustc_hash::FxHashMap;

const WORDS: usize = 8;
/// Last member: everything beyond the tables.
const BEYOND: usize = WORDS * 64 - 1;

/// A set of event types. For generic events, which stand for calls without a type of their own, it holds the
/// codes of the calls. All types beyond the table are one member, and so are all codes beyond theirs.
#[derive(Clone, PartialEq, Eq)]
pub struct TypeSet {
    kinds: [u64; WORDS],
    codes: [u64; WORDS],
    /// The same for the generic events of starting calls.
    entered: [u64; WORDS],
}

impl std::fmt::Debug for TypeSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut names: Vec<&str> = self.names().collect();
        names.dedup();
        f.debug_list().entries(names).finish()
    }
}

pub(crate) fn is_generic(kind: EventType) -> bool {
    matches!(kind, EventType::GENERIC_E | EventType::GENERIC_X)
}

impl TypeSet {
    /// Everything.
    pub fn all() -> Self {
        Self { kinds: [u64::MAX; WORDS], codes: [u64::MAX; WORDS], entered: [u64::MAX; WORDS] }
    }

    /// Nothing.
    pub fn none() -> Self {
        Self { kinds: [0; WORDS], codes: [0; WORDS], entered: [0; WORDS] }
    }

    /// True when an event like this is in the set.
    #[inline]
    pub fn contains(&self, event: &Event<'_>) -> bool {
        if event.kind == EventType::GENERIC_E {
            let code = event.u64(0).unwrap_or(u64::MAX);
            bit(&self.entered, usize::try_from(code).unwrap_or(BEYOND))
        } else if is_generic(event.kind) {
            self.contains_call(event.u64(0).unwrap_or(u64::MAX))
        } else {
            bit(&self.kinds, usize::from(event.kind.0))
        }
    }

    /// True when the type is in the set; generic types are when any call is.
    pub fn contains_kind(&self, kind: EventType) -> bool {
        if is_generic(kind) {
            let codes = if kind == EventType::GENERIC_E { &self.entered } else { &self.codes };
            codes.iter().any(|&w| w != 0)
        } else {
            bit(&self.kinds, usize::from(kind.0))
        }
    }

    /// True when generic events of the call with this code are in the set.
    #[inline]
    pub fn contains_call(&self, code: u64) -> bool {
        bit(&self.codes, usize::try_from(code).unwrap_or(BEYOND))
    }

    /// True when nothing is in the set.
    pub fn is_empty(&self) -> bool {
        *self == Self::none()
    }

    /// True when everything is in the set.
    pub fn is_all(&self) -> bool {
        *self == Self::all()
    }

    /// Adds a type that is not generic.
    pub(crate) fn insert(&mut self, kind: EventType) {
        set(&mut self.kinds, usize::from(kind.0));
    }

    /// Adds generic events of a call.
    pub(crate) fn insert_call(&mut self, code: usize) {
        set(&mut self.codes, code);
        set(&mut self.entered, code);
    }

    /// Adds generic events of a call, of its start or of its end.
    pub(crate) fn insert_generic(&mut self, kind: EventType, code: usize) {
        set(if kind == EventType::GENERIC_E { &mut self.entered } else { &mut self.codes }, code);
    }

    /// Everything else.
    pub(crate) fn complement(&self) -> Self {
        Self {
            kinds: self.kinds.map(|w| !w),
            codes: self.codes.map(|w| !w),
            entered: self.entered.map(|w| !w),
        }
    }

    /// Adds the members of another set.
    pub(crate) fn unite(&mut self, other: &Self) {
        self.zip(other, |a, b| a | b);
    }

    /// Takes away what is not in another set.
    pub(crate) fn intersect(&mut self, other: &Self) {
        self.zip(other, |a, b| a & b);
    }

    fn zip(&mut self, other: &Self, combine: fn(u64, u64) -> u64) {
        for (a, b) in self.kinds.iter_mut().zip(other.kinds) {
            *a = combine(*a, b);
        }
        for (a, b) in self.codes.iter_mut().zip(other.codes) {
            *a = combine(*a, b);
        }
        for (a, b) in self.entered.iter_mut().zip(other.entered) {
            *a = combine(*a, b);
        }
    }

    /// The types and codes for which `member` holds.
    pub(crate) fn build(mut member: impl FnMut(EventType, Option<usize>) -> bool) -> Self {
        let mut built = Self::none();
        for index in 0..=BEYOND {
            let kind = EventType(index as u16);
            if !is_generic(kind) && member(kind, None) {
                set(&mut built.kinds, index);
            }
            for kind in [EventType::GENERIC_E, EventType::GENERIC_X] {
                if member(kind, Some(index)) {
                    built.insert_generic(kind, index);
                }
            }
        }
        built
    }

    /// How many types and calls of the tables are in the set, and how many there are.
    pub(crate) fn size(&self) -> (usize, usize) {
        static KNOWN: LazyLock<TypeSet> = LazyLock::new(|| {
            let mut known = TypeSet::none();
            by_name().values().for_each(|types| known.unite(types));
            known
        });
        let count = |set: &Self| {
            let words = set.kinds.iter().chain(&set.codes);
            words.map(|w| w.count_ones() as usize).sum::<usize>()
        };
        let mut within = self.clone();
        within.intersect(&KNOWN);
        (count(&within), count(&KNOWN))
    }

    /// Names of the types and calls in the set, in table order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let member = |id: u16| !is_generic(EventType(id)) && self.contains_kind(EventType(id));
        let kinds = EVENTS.iter().filter(move |e| member(e.id));
        let calls = SYSCALLS.iter().filter(|s| self.contains_call(u64::from(s.code)));
        kinds.map(|e| e.name).chain(calls.map(|s| s.name))
    }
}

#[inline]
fn bit(words: &[u64; WORDS], index: usize) -> bool {
    let index = index.min(BEYOND);
    words.get(index / 64).is_some_and(|w| w >> (index % 64) & 1 == 1)
}

fn set(words: &mut [u64; WORDS], index: usize) {
    let index = index.min(BEYOND);
    if let Some(word) = words.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

/// Calls that are the same one in a newer or wider form: first the name a user asks for, then those it covers.
const VARIANTS: &[&[&str]] = &[
    &["accept", "accept4"],
    &["access", "faccessat", "faccessat2"],
    &["chmod", "fchmodat", "fchmodat2"],
    &["chown", "fchownat"],
    &["clone", "clone3"],
    &["dup", "dup2", "dup3"],
    &["epoll_create", "epoll_create1"],
    &["epoll_wait", "epoll_pwait", "epoll_pwait2"],
    &["eventfd", "eventfd2"],
    &["execve", "execveat"],
    &["fcntl", "fcntl64"],
    &["fstat", "fstat64"],
    &["fstatfs", "fstatfs64"],
    &["getdents", "getdents64"],
    &["inotify_init", "inotify_init1"],
    &["link", "linkat"],
    &["lseek", "_llseek", "llseek"],
    &["lstat", "lstat64"],
    &["mkdir", "mkdirat"],
    &["mknod", "mknodat"],
    &["mlock", "mlock2"],
    &["mmap", "mmap2"],
    &["open", "openat", "openat2"],
    &["pipe", "pipe2"],
    &["poll", "ppoll"],
    &["preadv", "preadv2"],
    &["pwritev", "pwritev2"],
    &["readlink", "readlinkat"],
    &["rename", "renameat", "renameat2"],
    &["select", "_newselect", "pselect6"],
    &["sendfile", "sendfile64"],
    &["signalfd", "signalfd4"],
    &["stat", "stat64", "newfstatat", "fstatat64"],
    &["statfs", "statfs64"],
    &["symlink", "symlinkat"],
    &["sync_file_range", "sync_file_range2"],
    &["umount", "umount2"],
    &["unlink", "unlinkat"],
    &["utime", "utimes", "utimensat", "futimesat"],
];

/// The names that `name` covers beside itself.
pub(crate) fn variants(name: &str) -> &'static [&'static str] {
    VARIANTS.iter().find(|v| v.first() == Some(&name)).and_then(|v| v.get(1..)).unwrap_or(&[])
}

/// Types by name; the name of a generic event is that of its call.
fn by_name() -> &'static FxHashMap<&'static str, TypeSet> {
    static TYPES: OnceLock<FxHashMap<&'static str, TypeSet>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let mut types: FxHashMap<&'static str, TypeSet> = FxHashMap::default();
        for event in EVENTS {
            let kind = EventType(event.id);
            if !is_generic(kind) && event.source != Source::Unknown {
                types.entry(event.name).or_insert_with(TypeSet::none).insert(kind);
            }
        }
        for (index, call) in SYSCALLS.iter().enumerate() {
            // A retired code of a call that has another one counts too.
            if call.kind != SyscallKind::Unknown || types.contains_key(call.name) {
                types.entry(call.name).or_insert_with(TypeSet::none).insert_call(index);
            }
        }
        types
    })
}

/// The types called `name`, when there are any.
pub(crate) fn named(name: &str) -> Option<&'static TypeSet> {
    by_name().get(name)
}

/// The types of calls that work on a descriptor or make one.
pub(crate) fn on_descriptors() -> &'static TypeSet {
    static TYPES: LazyLock<TypeSet> = LazyLock::new(|| {
        let about = [Flags::USES_FD, Flags::CREATES_FD, Flags::DESTROYS_FD];
        let mut types = TypeSet::none();
        for event in EVENTS.iter().filter(|event| about.iter().any(|flag| event.flags.has(*flag))) {
            // Both halves of the call, in all versions.
            named(event.name).into_iter().for_each(|all| types.unite(all));
        }
        types
    });
    &TYPES
}

/// All names of types and calls.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    by_name().keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_names_of_the_tables() {
        for name in VARIANTS.iter().flat_map(|v| v.iter()) {
            assert!(named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn set_operations() {
        let open = named("open").expect("known");
        assert!(
            open.contains_kind(EventType::SYSCALL_OPEN_X) && open.contains_kind(EventType::SYSCALL_OPEN_E)
        );
        let mut rest = open.complement();
        assert!(!rest.contains_kind(EventType::SYSCALL_OPEN_X) && rest.contains_kind(EventType(9999)));
        rest.unite(open);
        assert!(rest.is_all());
        rest.intersect(&TypeSet::none());
        assert!(rest.is_empty());
    }
}
