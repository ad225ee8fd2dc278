//! One comparison at run time: constants were parsed, sets hashed and patterns prepared when it was compiled.

use std::net::IpAddr;
use std::ops::ControlFlow;

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;
use rustc_hash::FxHashSet;

use crate::Value;
use crate::ast::{Modifier, Op};
use crate::constant::Net;
use crate::field::Env;
use crate::operand::Operand;
use crate::pattern::{PathSet, contains_folded, glob};
use crate::pool::Pool;

/// Sets up to this size are searched one by one.
const SMALL: usize = 4;

/// What is asked of one value. Constants of the wrong kind were refused before, so that a value of another
/// kind simply does not match.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// Always true.
    Exists,
    /// Integers.
    Integer(Op, i128),
    /// Integers between two others, or outside; the quick form of most of the above.
    Between {
        low: i64,
        high: i64,
        outside: bool,
    },
    IntegerSet(Box<[i128]>),
    IntegerHash(FxHashSet<i128>),
    Double(Op, f64),
    DoubleSet(Box<[f64]>),
    Bool(bool),
    /// `false` is in the set, `true` is in the set.
    BoolSet(bool, bool),
    /// Bytes of texts and buffers.
    Equal(Box<[u8]>),
    Order(Op, Box<[u8]>),
    OneOf(Box<[Box<[u8]>]>),
    Hash(FxHashSet<Box<[u8]>>),
    Contains(Box<Finder<'static>>),
    /// Contains one of several texts.
    ContainsAny(Box<AhoCorasick>),
    ContainsFolded(Box<[u8]>),
    StartsWith(Box<[u8]>),
    EndsWith(Box<[u8]>),
    Glob(Box<[u8]>, bool),
    Regex(Box<regex::bytes::Regex>),
    Below(Box<PathSet>),
    Ip(IpAddr),
    IpSet(FxHashSet<IpAddr>),
    Net(Net),
    NetSet(Box<[Net]>),
    /// The value exists and the test fails.
    Differs(Box<Test>),
    /// Of several tests one, any or all hold.
    Modified(Modifier, Box<[Test]>),
    /// Whichever suits the kind the value turns out to have.
    ByKind {
        number: Option<Box<Test>>,
        text: Option<Box<Test>>,
    },
    /// Another operand.
    Against(Op, Box<Operand>),
}

impl Test {
    /// The value is one of these texts.
    pub(crate) fn texts(mut all: Vec<Box<[u8]>>) -> Self {
        match all.len() {
            1 => all.pop().map_or(Self::OneOf(Box::default()), Self::Equal),
            n if n <= SMALL => Self::OneOf(all.into()),
            _ => Self::Hash(all.into_iter().collect()),
        }
    }

    /// The value is one of these numbers.
    pub(crate) fn integers(all: Vec<i128>) -> Self {
        if all.len() <= SMALL {
            Self::IntegerSet(all.into())
        } else {
            Self::IntegerHash(all.into_iter().collect())
        }
    }

    /// Takes on the form that is evaluated fastest.
    pub(crate) fn quicken(&mut self) {
        let Self::Integer(op, constant) = self else { return };
        let Ok(n) = i64::try_from(*constant) else { return };
        // The ends stand for what is beyond them.
        if n == i64::MAX || n == i64::MIN {
            return;
        }
        let (low, high, outside) = match op {
            Op::Eq => (n, n, false),
            Op::Ne => (n, n, true),
            Op::Lt => (i64::MIN, n - 1, false),
            Op::Le => (i64::MIN, n, false),
            Op::Gt => (n + 1, i64::MAX, false),
            Op::Ge => (n, i64::MAX, false),
            _ => return,
        };
        *self = Self::Between { low, high, outside };
    }

    /// Several tests as one.
    pub(crate) fn modified(modifier: Modifier, tests: Box<[Self]>) -> Self {
        let searches = tests.iter().all(|t| matches!(t, Self::Contains(_)));
        if modifier == Modifier::Any && tests.len() > 1 && searches {
            return Self::union(tests.into());
        }
        Self::Modified(modifier, tests)
    }

    /// Tests of the same form can be put together by [`union`](Self::union).
    pub(crate) fn form(&self) -> Option<u8> {
        match self {
            Self::Equal(_) | Self::OneOf(_) | Self::Hash(_) => Some(0),
            Self::Integer(Op::Eq, _) | Self::IntegerSet(_) | Self::IntegerHash(_) => Some(1),
            Self::Contains(_) => Some(2),
            Self::Differs(inner) => inner.form().filter(|form| *form == 0).map(|_| 8),
            _ => None,
        }
    }

    /// A test that holds when one of these does; of tests that exclude something, one that excludes all of it.
    pub(crate) fn union(tests: Vec<Self>) -> Self {
        if tests.iter().any(|t| matches!(t, Self::Differs(_))) {
            let inner = tests.into_iter().map(|t| match t {
                Self::Differs(inner) => *inner,
                other => other,
            });
            return Self::Differs(Box::new(Self::union(inner.collect())));
        }
        if let Some(search) = search_any(&tests) {
            return search;
        }
        let (mut texts, mut integers) = (Vec::new(), Vec::new());
        for test in tests {
            match test {
                Self::Equal(text) => texts.push(text),
                Self::OneOf(all) => texts.extend(all),
                Self::Hash(all) => texts.extend(all),
                Self::Integer(_, n) => integers.push(n),
                Self::IntegerSet(all) => integers.extend(all),
                Self::IntegerHash(all) => integers.extend(all),
                _ => {}
            }
        }
        if integers.is_empty() { Self::texts(texts) } else { Self::integers(integers) }
    }

    /// True when the value passes.
    #[inline]
    pub(crate) fn holds(&self, value: Value<'_>, env: Env<'_>, pool: &mut Pool) -> bool {
        match self {
            Self::Against(op, right) => against(*op, value, right, env, pool),
            _ => self.holds_value(value),
        }
    }

    /// The same without an event; false for comparisons with another operand. What is short stands here, in the
    /// loop over the steps.
    #[inline]
    pub(crate) fn holds_value(&self, value: Value<'_>) -> bool {
        match self {
            Self::Equal(text) => value.bytes().is_some_and(|v| equal(v, text)),
            Self::Between { low, high, outside } => match value {
                Value::Int(v) => (*low <= v && v <= *high) != *outside,
                // Constants are smaller than the largest number of 63 bits, which stands for all above.
                Value::Uint(v) => {
                    let v = i64::try_from(v).unwrap_or(i64::MAX);
                    (*low <= v && v <= *high) != *outside
                }
                _ => false,
            },
            Self::Bool(constant) => value == Value::Bool(*constant),
            _ => self.holds_longer(value),
        }
    }

    #[inline(never)]
    fn holds_longer(&self, value: Value<'_>) -> bool {
        match self {
            Self::OneOf(set) => value.bytes().is_some_and(|v| set.iter().any(|s| equal(v, s))),
            Self::Contains(finder) => value.bytes().is_some_and(|v| contains(v, finder)),
            Self::StartsWith(prefix) => value.bytes().is_some_and(|v| v.starts_with(prefix)),
            Self::Differs(test) => !test.holds_value(value),
            _ => self.rare(value),
        }
    }

    #[inline(never)]
    fn rare(&self, value: Value<'_>) -> bool {
        let bytes = value.bytes();
        match self {
            Self::Exists => true,
            Self::Hash(set) => bytes.is_some_and(|v| set.contains(v)),
            Self::IntegerSet(set) => value.integer().is_some_and(|v| set.contains(&v)),
            Self::IntegerHash(set) => value.integer().is_some_and(|v| set.contains(&v)),
            Self::Double(op, constant) => double(value).is_some_and(|v| ordered(*op, &v, constant)),
            Self::DoubleSet(set) => double(value).is_some_and(|v| set.contains(&v)),
            Self::Integer(op, constant) => value.integer().is_some_and(|v| ordered(*op, &v, constant)),
            Self::BoolSet(no, yes) => match value {
                Value::Bool(v) => (v && *yes) || (!v && *no),
                _ => false,
            },
            Self::Order(op, constant) => bytes.is_some_and(|v| ordered(*op, v, constant)),
            Self::ContainsFolded(needle) => bytes.is_some_and(|v| contains_folded(v, needle)),
            Self::EndsWith(suffix) => bytes.is_some_and(|v| v.ends_with(suffix)),
            Self::Glob(pattern, fold) => bytes.is_some_and(|v| glob(pattern, v, *fold)),
            Self::Regex(regex) => bytes.is_some_and(|v| regex.is_match(v)),
            Self::Below(paths) => bytes.is_some_and(|v| paths.matches(v)),
            Self::Ip(constant) => ip(value).is_some_and(|v| v == *constant),
            Self::IpSet(set) => ip(value).is_some_and(|v| set.contains(&v)),
            Self::Net(net) => ip(value).is_some_and(|v| net.contains(v)),
            Self::NetSet(nets) => ip(value).is_some_and(|v| nets.iter().any(|n| n.contains(v))),
            Self::ContainsAny(search) => bytes.is_some_and(|v| search.is_match(v)),
            Self::Modified(modifier, tests) => modifier.holds(tests, |t| t.holds_value(value)),
            Self::ByKind { number, text } => {
                let test = if bytes.is_some() { text } else { number };
                test.as_ref().is_some_and(|t| t.holds_value(value))
            }
            _ => false,
        }
    }
}

/// One search for all of several texts.
fn search_any(tests: &[Test]) -> Option<Test> {
    let needles = tests.iter().map(|t| match t {
        Test::Contains(finder) => Some(finder.needle()),
        _ => None,
    });
    let needles = needles.collect::<Option<Vec<_>>>()?;
    // Building it fails for gigabytes of texts only.
    Some(match AhoCorasick::new(&needles) {
        Ok(search) => Test::ContainsAny(Box::new(search)),
        Err(_) => Test::Modified(Modifier::Any, tests.into()),
    })
}

impl Modifier {
    /// The result of several tests.
    fn holds<'t>(self, tests: &'t [Test], mut holds: impl FnMut(&'t Test) -> bool) -> bool {
        match self {
            Self::Any => tests.iter().any(holds),
            Self::All => !tests.is_empty() && tests.iter().all(holds),
            Self::One => tests.iter().filter(|t| holds(t)).count() == 1,
        }
    }
}

/// True when the text has the needle in it. Short texts are searched by hand: preparing a search costs more.
#[inline]
fn contains(text: &[u8], finder: &Finder<'_>) -> bool {
    const SHORT: usize = 24;
    let needle = finder.needle();
    let Some(last) = text.len().checked_sub(needle.len()) else { return false };
    let Some(first) = needle.first() else { return true };
    if last >= SHORT {
        return finder.find(text).is_some();
    }
    let starts = text.iter().take(last + 1).enumerate();
    starts.filter(|(_, byte)| *byte == first).any(|(at, _)| text.get(at..at + needle.len()) == Some(needle))
}

/// `a == b`, quick where most values differ: by length or in the last byte.
#[inline]
fn equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.last() == b.last() && a == b
}

fn ordered<T: PartialOrd + ?Sized>(op: Op, value: &T, constant: &T) -> bool {
    match op {
        Op::Eq => value == constant,
        Op::Ne => value != constant,
        Op::Lt => value < constant,
        Op::Le => value <= constant,
        Op::Gt => value > constant,
        Op::Ge => value >= constant,
        _ => false,
    }
}

fn double(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Double(v) => Some(v),
        _ => None,
    }
}

fn ip(value: Value<'_>) -> Option<IpAddr> {
    match value {
        Value::Ip(v) => Some(v),
        _ => None,
    }
}

/// Compares with the values of another operand; with several, one must do.
fn against(op: Op, left: Value<'_>, right: &Operand, env: Env<'_>, pool: &mut Pool) -> bool {
    right
        .each(env, pool, &mut |right| {
            if compare(op, left, right) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .is_break()
}

fn compare(op: Op, left: Value<'_>, right: Value<'_>) -> bool {
    let op = if matches!(op, Op::In | Op::Intersects) { Op::Eq } else { op };
    match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => ordered(op, &a, &b),
        (Value::Double(a), Value::Double(b)) => ordered(op, &a, &b),
        (Value::Ip(a), Value::Ip(b)) => ordered(op, &a, &b),
        (Value::Text(a) | Value::Bytes(a), Value::Text(b) | Value::Bytes(b)) => match op {
            Op::Contains => memchr::memmem::find(a, b).is_some(),
            Op::IContains => {
                let found = |part: &[u8]| part.eq_ignore_ascii_case(b);
                b.is_empty() || a.windows(b.len()).any(found)
            }
            Op::StartsWith => a.starts_with(b),
            Op::EndsWith => a.ends_with(b),
            Op::Glob | Op::IGlob => glob(b, a, op == Op::IGlob),
            Op::PMatch => PathSet::new([b]).matches(a),
            _ => ordered(op, a, b),
        },
        _ => match (left.integer(), right.integer()) {
            (Some(a), Some(b)) => ordered(op, &a, &b),
            _ => false,
        },
    }
}

/// How the results of several values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Several {
    /// One value must do.
    Any,
    /// All must do, and there must be one.
    All,
}

/// A comparison: an operand, and what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    pub(crate) left: Operand,
    pub(crate) several: Several,
    pub(crate) modifier: Option<Modifier>,
    /// One, or with a modifier one per item.
    pub(crate) tests: Box<[Test]>,
}

impl Comparison {
    #[inline]
    pub(crate) fn holds(&self, env: Env<'_>, pool: &mut Pool) -> bool {
        if self.left.is_several() {
            return self.modified(|test, pool| self.several(test, env, pool), pool);
        }
        let mut buffer = pool.take();
        let holds = match self.left.value(env, &mut buffer, pool) {
            Some(value) => self.modified(|test, pool| test.holds(value, env, pool), pool),
            None => false,
        };
        pool.give(buffer);
        holds
    }

    /// The result for a value that is known without an event.
    pub(crate) fn holds_constant(&self, value: Value<'_>) -> bool {
        self.modifier.unwrap_or(Modifier::Any).holds(&self.tests, |t| t.holds_value(value))
    }

    #[inline]
    fn modified(&self, mut holds: impl FnMut(&Test, &mut Pool) -> bool, pool: &mut Pool) -> bool {
        self.modifier.unwrap_or(Modifier::Any).holds(&self.tests, |t| holds(t, pool))
    }

    fn several(&self, test: &Test, env: Env<'_>, pool: &mut Pool) -> bool {
        let mut seen = false;
        // Values are visited while the operand has the pool.
        let mut inner = Pool::default();
        let flow = self.left.each(env, pool, &mut |value| {
            seen = true;
            let stop_at = self.several == Several::Any;
            if test.holds(value, env, &mut inner) == stop_at {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        match self.several {
            Several::Any => flow.is_break(),
            Several::All => seen && flow.is_continue(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_searched_like_long_ones() {
        let text = b"abcabdabcabeabcabfabcabgabcabhabcabi";
        for start in 0..text.len() {
            for end in start..=text.len() {
                for needle in
                    ["", "a", "abcabd", "bi", "abcabi", "x", "abcx", "abcabdabcabeabcabfabcabgabcabhabcabi"]
                {
                    let part = &text[start..end];
                    let expected = part.windows(needle.len().max(1)).any(|w| w == needle.as_bytes())
                        || needle.is_empty();
                    assert_eq!(contains(part, &Finder::new(needle)), expected, "{start}..{end} {needle}");
                }
            }
        }
    }

    #[test]
    fn quick_forms_are_the_same() {
        let numbers = [i64::MIN, -2, -1, 0, 1, 2, i64::MAX - 1, i64::MAX];
        let values = numbers.iter().map(|n| Value::Int(*n)).chain(
            [0, 1, 2, i64::MAX as u64 - 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX].map(Value::Uint),
        );
        for value in values.chain([Value::Bool(true), Value::Text(b"1")]) {
            for n in numbers.iter().map(|n| i128::from(*n)).chain([1 << 63, u64::MAX.into(), -(1 << 64)]) {
                for op in [Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge] {
                    let plain = Test::Integer(op, n);
                    let mut quick = plain.clone();
                    quick.quicken();
                    assert_eq!(quick.holds_value(value), plain.holds_value(value), "{value:?} {op:?} {n}");
                }
            }
        }
    }
}
