//! A comparison of the compiled filter.

use std::sync::Arc;

use crate::comparison::{Comparison, Test};
use crate::field::{Arg, Env, One};
use crate::pool::Pool;
use crate::{Field, TypeSet, Value};

/// A comparison, in the form it is evaluated fastest. Trees and programs share what it consists of.
#[derive(Debug, Clone)]
pub(crate) enum Leaf {
    /// The type of the event decides.
    Types(Arc<TypeSet>),
    /// A field with one value, and one test: most comparisons are of this form.
    Field(Arc<FieldTest>),
    /// The same, for a value that other comparisons ask for too, and the place where it is kept.
    Shared(Arc<FieldTest>, usize),
    /// Any other comparison.
    Compare(Arc<Comparison>),
}

/// A comparison of a field that has one value.
#[derive(Debug, Clone)]
pub(crate) struct FieldTest {
    pub(crate) extract: One,
    pub(crate) arg: Arg,
    pub(crate) test: Test,
    /// The same number for all uses of a field with the same argument.
    pub(crate) key: usize,
    pub(crate) field: &'static Field,
    /// The types whose events can have the field at all.
    pub(crate) types: Option<Arc<TypeSet>>,
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
            Self::Field(field) => match (field.extract)(env, &field.arg, pool.first()) {
                Some(value) => field.test.holds_value(value),
                None => false,
            },
            Self::Shared(field, slot) => field.holds_shared(env, slots.get_mut(*slot)),
            Self::Compare(comparison) => comparison.holds(env, pool),
        }
    }
}

impl FieldTest {
    fn holds_shared<'l>(&'l self, env: Env<'l>, slot: Option<&mut Slot<'l>>) -> bool {
        let Some(slot) = slot else { return false };
        let value = match std::mem::replace(slot, Slot::Known(None)) {
            Slot::Known(value) => value,
            Slot::Free(buffer) => {
                buffer.clear();
                (self.extract)(env, &self.arg, buffer)
            }
        };
        *slot = Slot::Known(value);
        value.is_some_and(|v| self.test.holds_value(v))
    }
}
