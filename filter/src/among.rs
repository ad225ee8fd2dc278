//! What a value may be: one of a few, or anything but a few.

use std::borrow::Borrow;
use std::collections::BTreeSet;

/// The values an attribute may have. Sets of this form are closed under union and intersection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Among<T: Ord> {
    /// It is known, and one of these.
    In(BTreeSet<T>),
    /// Anything but these; unknown too.
    NotIn(BTreeSet<T>),
}

impl<T: Ord> Default for Among<T> {
    fn default() -> Self {
        Self::any()
    }
}

impl<T: Ord> Among<T> {
    /// Every value, an unknown one too.
    pub const fn any() -> Self {
        Self::NotIn(BTreeSet::new())
    }

    /// No value at all.
    pub const fn none() -> Self {
        Self::In(BTreeSet::new())
    }

    /// True when nothing is excluded.
    pub fn is_any(&self) -> bool {
        matches!(self, Self::NotIn(all) if all.is_empty())
    }

    /// True when no value is possible.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::In(all) if all.is_empty())
    }

    /// The only possible values, when they are few.
    pub fn listed(&self) -> Option<&BTreeSet<T>> {
        match self {
            Self::In(all) => Some(all),
            Self::NotIn(_) => None,
        }
    }

    /// The values that are not possible, when those are few.
    pub fn excluded(&self) -> Option<&BTreeSet<T>> {
        match self {
            Self::In(_) => None,
            Self::NotIn(all) => Some(all),
        }
    }

    /// True when the value is possible. `None` is a value that is not known.
    pub fn admits<Q: Ord + ?Sized>(&self, value: Option<&Q>) -> bool
    where
        T: Borrow<Q>,
    {
        match (self, value) {
            (Self::In(all), Some(value)) => all.contains(value),
            (Self::In(_), None) => false,
            (Self::NotIn(all), Some(value)) => !all.contains(value),
            (Self::NotIn(_), None) => true,
        }
    }

    /// What is possible here or there.
    pub(crate) fn unite(&mut self, other: Self) {
        let this = std::mem::take(self);
        *self = match (this, other) {
            (Self::In(a), Self::In(b)) => Self::In(joined(a, b)),
            (Self::In(few), Self::NotIn(not)) | (Self::NotIn(not), Self::In(few)) => {
                Self::NotIn(without(not, &few))
            }
            (Self::NotIn(a), Self::NotIn(b)) => Self::NotIn(shared(a, b)),
        };
    }

    /// What is possible here and there.
    pub(crate) fn intersect(&mut self, other: Self) {
        let this = std::mem::take(self);
        *self = match (this, other) {
            (Self::In(a), Self::In(b)) => Self::In(shared(a, b)),
            (Self::In(few), Self::NotIn(not)) | (Self::NotIn(not), Self::In(few)) => {
                Self::In(without(few, &not))
            }
            (Self::NotIn(a), Self::NotIn(b)) => Self::NotIn(joined(a, b)),
        };
    }
}

/// Both together; the larger one grows, so that adding up many small ones is cheap.
fn joined<T: Ord>(mut a: BTreeSet<T>, mut b: BTreeSet<T>) -> BTreeSet<T> {
    if a.len() < b.len() {
        std::mem::swap(&mut a, &mut b);
    }
    a.extend(b);
    a
}

fn shared<T: Ord>(mut a: BTreeSet<T>, mut b: BTreeSet<T>) -> BTreeSet<T> {
    if a.len() > b.len() {
        std::mem::swap(&mut a, &mut b);
    }
    a.retain(|v| b.contains(v));
    a
}

/// `a` without `b`.
fn without<T: Ord>(mut a: BTreeSet<T>, b: &BTreeSet<T>) -> BTreeSet<T> {
    if a.len() <= b.len() {
        a.retain(|v| !b.contains(v));
    } else {
        for value in b {
            a.remove(value);
        }
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set over three values, against membership asked one by one.
    #[test]
    fn union_and_intersection_are_those_of_the_members() {
        let subsets = (0..8u8).map(|bits| (0..3).filter(|v| bits >> v & 1 == 1).collect::<BTreeSet<i32>>());
        let all: Vec<Among<i32>> = subsets.flat_map(|s| [Among::In(s.clone()), Among::NotIn(s)]).collect();
        for a in &all {
            for b in &all {
                let (mut either, mut both) = (a.clone(), a.clone());
                either.unite(b.clone());
                both.intersect(b.clone());
                for value in [None, Some(&0), Some(&1), Some(&2), Some(&3)] {
                    assert_eq!(either.admits(value), a.admits(value) || b.admits(value), "{a:?} {b:?}");
                    assert_eq!(both.admits(value), a.admits(value) && b.admits(value), "{a:?} {b:?}");
                }
            }
        }
        assert!(Among::<i32>::any().is_any() && Among::<i32>::none().is_none());
    }
}
