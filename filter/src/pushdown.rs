//! What a filter can match at all, as data.
//!
//! A [`Pushdown`] is a product: an event can match only when *each* of its attributes is in the set of that attribute.
//! It is derived bottom up, for every condition together with the same for its opposite, so that `not` is
//! exact; `and` intersects the attributes, `or` unites them one by one, which may admit too much and never too little.

use cscope_enrich::{EventCx, Thread};

use crate::among::Among;
use crate::ast::Op;
use crate::comparison::Test;
use crate::fields::failed_event;
use crate::{Field, Needs, TypeSet, Value};

/// Bytes of a name.
type Name = Box<[u8]>;

/// What a filter can match at all: what need not be captured, read or kept for it. Conservative: an event that
/// matches is always admitted.
///
/// The attributes are those the filter compares: after the event was applied to the state. A name that is
/// changed by the event itself (`execve`, `prctl`) is the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushdown {
    /// Event types, and calls of generic events. All versions of a type and both halves of a call are in the
    /// set unless the filter tells them apart (`evt.dir`).
    pub types: TypeSet,
    /// First and last time, ns since the epoch.
    pub times: (u64, u64),
    /// Threads by id: the thread of the event itself.
    pub tids: Among<i64>,
    /// Processes by id.
    pub pids: Among<i64>,
    /// Effective user ids of the thread.
    pub uids: Among<i64>,
    /// Names of the thread (`proc.name`), 15 bytes at most.
    pub comms: Among<Name>,
    /// Containers by short id; `host` for what is in none.
    pub containers: Among<Name>,
    /// Containers by name; `host` for what is in none.
    pub container_names: Among<Name>,
    /// Calls that returned an error can match.
    pub failed: bool,
    /// Calls that did not, and events without a result, can match.
    pub unfailed: bool,
    /// Parts of the model the filter reads.
    pub needs: Needs,
}

impl Pushdown {
    /// Any time.
    pub const ALWAYS: (u64, u64) = (0, u64::MAX);

    /// That of a filter every event passes.
    pub fn all() -> Self {
        Self {
            types: TypeSet::all(),
            times: Self::ALWAYS,
            tids: Among::any(),
            pids: Among::any(),
            uids: Among::any(),
            comms: Among::any(),
            containers: Among::any(),
            container_names: Among::any(),
            failed: true,
            unfailed: true,
            needs: Needs::default(),
        }
    }

    /// That of a filter no event passes.
    pub fn none() -> Self {
        Self { types: TypeSet::none(), ..Self::all() }
    }

    /// True when no event can match.
    pub fn is_none(&self) -> bool {
        self.types.is_empty()
            || self.times.0 > self.times.1
            || !(self.failed || self.unfailed)
            || [&self.tids, &self.pids, &self.uids].into_iter().any(Among::is_none)
            || [&self.comms, &self.containers, &self.container_names].into_iter().any(Among::is_none)
    }

    /// True when only calls that returned an error can match.
    pub fn only_failed(&self) -> bool {
        !self.unfailed
    }

    /// True when the event can match, by all attributes.
    pub fn admits(&self, cx: &EventCx<'_>) -> bool {
        if !self.types.contains(&cx.event) || !(self.times.0..=self.times.1).contains(&cx.event.ts) {
            return false;
        }
        let failed = failed_event(&cx.event);
        if !(if failed { self.failed } else { self.unfailed }) {
            return false;
        }
        let info = cx.thread.map(|t| &t.info);
        let container = cx.thread.map(|t| t.place());
        self.tids.admits(Some(&cx.event.tid.cast_signed()))
            && self.pids.admits(info.map(|i| &i.pid))
            && self.uids.admits(info.map(|i| i64::from(i.uid)).as_ref())
            && self.comms.admits(info.map(|i| &i.comm[..]))
            && self.containers.admits(container)
            && (self.container_names.is_any() || self.container_names.admits(container_name(cx)))
    }

    /// False when no event of this thread can match as long as the thread is what it is.
    pub fn admits_thread(&self, thread: &Thread) -> bool {
        let info = &thread.info;
        let container = if thread.container_id.is_empty() { &b"host"[..] } else { &thread.container_id };
        self.tids.admits(Some(&info.tid))
            && self.pids.admits(Some(&info.pid))
            && self.uids.admits(Some(&i64::from(info.uid)))
            && self.comms.admits(Some(&info.comm[..]))
            && self.containers.admits(Some(container))
    }

    /// What can match this or the other.
    pub fn unite(&mut self, other: Self) {
        if other.is_none() {
            return;
        }
        if self.is_none() {
            *self = other;
            return;
        }
        self.types.unite(&other.types);
        self.times = (self.times.0.min(other.times.0), self.times.1.max(other.times.1));
        self.tids.unite(other.tids);
        self.pids.unite(other.pids);
        self.uids.unite(other.uids);
        self.comms.unite(other.comms);
        self.containers.unite(other.containers);
        self.container_names.unite(other.container_names);
        self.failed |= other.failed;
        self.unfailed |= other.unfailed;
        self.needs = self.needs.or(other.needs);
    }

    /// What can match this and the other.
    pub fn intersect(&mut self, other: Self) {
        self.types.intersect(&other.types);
        self.times = (self.times.0.max(other.times.0), self.times.1.min(other.times.1));
        self.tids.intersect(other.tids);
        self.pids.intersect(other.pids);
        self.uids.intersect(other.uids);
        self.comms.intersect(other.comms);
        self.containers.intersect(other.containers);
        self.container_names.intersect(other.container_names);
        self.failed &= other.failed;
        self.unfailed &= other.unfailed;
        self.needs = self.needs.or(other.needs);
    }
}

/// Name of the event's container as `container.name` has it.
fn container_name<'a>(cx: &EventCx<'a>) -> Option<&'a [u8]> {
    let place = cx.thread?.place();
    if place == b"host" {
        return Some(place);
    }
    Some(&*cx.container()?.name).filter(|n| !n.is_empty())
}

impl Pushdown {
    /// That of a test of a field with one value, or of its opposite; none when it says nothing.
    pub(crate) fn of_test(field: &Field, test: &Test, negated: bool) -> Option<Self> {
        fn side<T>((yes, no): (T, T), negated: bool) -> T {
            if negated { no } else { yes }
        }
        let mut all = Self::all();
        match field.name {
            "thread.tid" => all.tids = side(numbers(test), negated),
            "evt.rawtime" => all.times = times(test, negated),
            "proc.pid" => all.pids = side(numbers(test), negated),
            "user.uid" => all.uids = side(numbers(test), negated),
            "proc.name" => all.comms = side(names(test), negated),
            "container.id" => all.containers = side(names(test), negated),
            "container.name" => all.container_names = side(names(test), negated),
            "evt.failed" => {
                let passes = |failed| test.holds_value(Value::Bool(failed)) != negated;
                (all.failed, all.unfailed) = (passes(true), passes(false));
            }
            // What did not fail has none.
            "evt.count.error" => {
                let passes = test.holds_value(Value::Uint(1));
                (all.failed, all.unfailed) = (passes != negated, negated);
            }
            "evt.res" if !negated => match plain(test) {
                Some((true, Test::Equal(text))) => {
                    all.failed = &**text != b"SUCCESS";
                    all.unfailed = !all.failed;
                }
                Some((false, Test::Equal(text))) if &**text == b"SUCCESS" => all.unfailed = false,
                _ => {}
            },
            "evt.rawres" if !negated => {
                all.failed = number_passes(test, |n| n < 0);
                all.unfailed = number_passes(test, |n| n >= 0);
            }
            _ => return None,
        }
        let says_nothing = all.failed
            && all.unfailed
            && all.times == Self::ALWAYS
            && [&all.tids, &all.pids, &all.uids].into_iter().all(Among::is_any)
            && [&all.comms, &all.containers, &all.container_names].into_iter().all(Among::is_any);
        (!says_nothing).then_some(all)
    }
}

/// The test without its negation, and whether it was there: true when there is none.
fn plain(test: &Test) -> Option<(bool, &Test)> {
    match test {
        Test::Differs(inner) if matches!(**inner, Test::Differs(_)) => None,
        Test::Differs(inner) => Some((false, inner)),
        other => Some((true, other)),
    }
}

/// Values that pass, and values that do not; a missing one does not.
fn sides<T: Ord + Clone>(positive: bool, all: impl Iterator<Item = T>) -> (Among<T>, Among<T>) {
    let all: std::collections::BTreeSet<T> = all.collect();
    if positive { (Among::In(all.clone()), Among::NotIn(all)) } else { (Among::NotIn(all), Among::any()) }
}

fn numbers(test: &Test) -> (Among<i64>, Among<i64>) {
    let fits = |all: &mut dyn Iterator<Item = i128>| sides(true, all.filter_map(|n| i64::try_from(n).ok()));
    match test {
        Test::Integer(Op::Eq, n) => fits(&mut std::iter::once(*n)),
        Test::Integer(Op::Ne, n) => match i64::try_from(*n) {
            Ok(n) => sides(false, std::iter::once(n)),
            Err(_) => (Among::any(), Among::any()),
        },
        Test::IntegerSet(all) => fits(&mut all.iter().copied()),
        Test::IntegerHash(all) => fits(&mut all.iter().copied()),
        _ => (Among::any(), Among::any()),
    }
}

/// First and last time that can pass, or, negated, fail.
fn times(test: &Test, negated: bool) -> (u64, u64) {
    let clamped = |n: i128| u64::try_from(n.max(0)).unwrap_or(u64::MAX);
    let (first, last) = (0, i128::from(u64::MAX));
    let (from, to) = match (test, negated) {
        (Test::Integer(Op::Eq, n), false) | (Test::Integer(Op::Ne, n), true) => (*n, *n),
        (Test::Integer(Op::Lt, n), false) | (Test::Integer(Op::Ge, n), true) => (first, n - 1),
        (Test::Integer(Op::Le, n), false) | (Test::Integer(Op::Gt, n), true) => (first, *n),
        (Test::Integer(Op::Gt, n), false) | (Test::Integer(Op::Le, n), true) => (n + 1, last),
        (Test::Integer(Op::Ge, n), false) | (Test::Integer(Op::Lt, n), true) => (*n, last),
        (Test::IntegerSet(all), false) => {
            (all.iter().copied().min().unwrap_or(last), all.iter().copied().max().unwrap_or(first))
        }
        _ => (first, last),
    };
    // Beyond what a time can be nothing passes, one past the end of an empty range.
    if to < first || from > last { (1, 0) } else { (clamped(from), clamped(to)) }
}

fn names(test: &Test) -> (Among<Name>, Among<Name>) {
    match plain(test) {
        Some((positive, Test::Equal(text))) => sides(positive, std::iter::once(text.clone())),
        Some((positive, Test::OneOf(all))) => sides(positive, all.iter().cloned()),
        Some((positive, Test::Hash(all))) => sides(positive, all.iter().cloned()),
        _ => (Among::any(), Among::any()),
    }
}

/// True when a result of which `range` is true can pass the test. Results are negative or not, and tests
/// compare with constants: their neighbours and the ends decide.
fn number_passes(test: &Test, range: impl Fn(i128) -> bool) -> bool {
    let (ends, constants): (&[i128], &[i128]) = match test {
        Test::Integer(_, n) => (&[i64::MIN as i128, -1, 0, i64::MAX as i128], std::slice::from_ref(n)),
        Test::IntegerSet(all) => (&[], all),
        Test::IntegerHash(all) => return all.iter().any(|n| range(*n)),
        _ => return true,
    };
    let near = constants.iter().flat_map(|n| [n - 1, *n, n + 1]);
    let mut candidates = ends.iter().copied().chain(near).filter(|n| range(*n));
    candidates.any(|n| i64::try_from(n).is_ok_and(|n| test.holds_value(Value::Int(n))))
}
