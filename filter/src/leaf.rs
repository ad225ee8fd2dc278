//! A comparison of the compiled filter.

use crate::comparison::{Comparison, Test};
use crate::field::{Arg, Env, One};
use crate::pool::Pool;
use crate::{Field, TypeSet, Value};

/// No value is kept.
pub(crate) const NO_SLOT: usize = usize::MAX;

/// A comparison, in the form it is evaluated fastest.
#[derive(Debug, Clone)]
pub(crate) enum Leaf {
    /// The type of the event decides.
    Types(Box<TypeSet>),
    /// A field with one value, and one test: most comparisons are of this form.
    Field(Box<FieldTest>),
    /// Any other comparison.
    Compare(Box<Comparison>),
}

/// A comparison of a field that has one value.
#[derive(Debug, Clone)]
pub(crate) struct FieldTest {
    pub(crate) extract: One,
    pub(crate) arg: Arg,
    pub(crate) test: Test,
    /// Where the value is kept for other comparisons of the same field; [`NO_SLOT`] when there are none.
    pub(crate) slot: usize,
    /// The same number for all uses of a field with the same argument.
    pub(crate) key: usize,
    pub(crate) field: &'static Field,
    /// The types whose events can have the field at all.
    pub(crate) types: Option<TypeSet>,
}

/// A value that several comparisons ask for.
#[derive(Debug)]
pub(crate) enum Slot<'l> {
    /// Not taken yet; what text is made in.
    Free(&'l mut Vec<u8>),
    /// Taken.
    Known(Option<Value<'l>>),
}

impl Leaf {
    /// True when it holds for the event.
    #[inline]
    pub(crate) fn holds<'l>(&'l self, env: Env<'l>, slots: &mut [Slot<'l>], pool: &mut Pool) -> bool {
        match self {
            Self::Types(types) => types.contains(&env.cx.event),
            Self::Field(field) => field.holds(env, slots, pool),
            Self::Compare(comparison) => comparison.holds(env, pool),
        }
    }
}

impl FieldTest {
    #[inline]
    fn holds<'l>(&'l self, env: Env<'l>, slots: &mut [Slot<'l>], pool: &mut Pool) -> bool {
        let Some(slot) = slots.get_mut(self.slot) else {
            let value = (self.extract)(env, &self.arg, pool.first());
            return value.is_some_and(|v| self.test.holds_value(v));
        };
        if let Slot::Known(value) = slot {
            return value.is_some_and(|v| self.test.holds_value(v));
        }
        let Slot::Free(buffer) = std::mem::replace(slot, Slot::Known(None)) else { return false };
        buffer.clear();
        let value = (self.extract)(env, &self.arg, buffer);
        *slot = Slot::Known(value);
        value.is_some_and(|v| self.test.holds_value(v))
    }
}
