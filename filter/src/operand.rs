//! What yields a value during evaluation: fields, constants, transformers.

use std::ops::ControlFlow;

use crate::field::{Arg, Env, Extract};
use crate::pool::Pool;
use crate::transform::Call;
use crate::{Field, FieldFlags, FieldRef, Kind, Print, Value};

/// What yields a value, or several.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    /// A field.
    Field(FieldRef),
    /// The items of a text field that is made of items, for transformers that want a list.
    Items(FieldRef, crate::field::Each),
    /// A constant text.
    Text(Box<[u8]>),
    /// A transformer.
    Call(Box<Call>),
    /// Several ones in brackets.
    List(Vec<Operand>),
}

/// Called with each value.
pub(crate) type Visit<'v> = dyn FnMut(Value<'_>) -> ControlFlow<()> + 'v;

impl Operand {
    /// Kind of the values.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Field(f) => f.field.kind,
            Self::Items(..) | Self::Text(_) | Self::List(_) => Kind::Text,
            Self::Call(call) => call.kind(),
        }
    }

    /// True when the value is a list.
    pub(crate) fn is_list(&self) -> bool {
        match self {
            Self::Field(f) => f.field.has(FieldFlags::LIST),
            Self::Items(..) | Self::List(_) => true,
            Self::Text(_) => false,
            Self::Call(call) => call.is_list(),
        }
    }

    /// True when there may be several values, which are compared one by one.
    pub(crate) fn is_several(&self) -> bool {
        self.is_list() || matches!(self, Self::Field(f) if matches!(f.field.extract, Extract::Each(_)))
    }

    /// How numbers are written.
    pub(crate) fn print(&self) -> Print {
        match self {
            Self::Field(f) => f.field.print,
            _ => Print::Dec,
        }
    }

    /// The value for an event. Of several the first; of lists nothing.
    #[inline]
    pub(crate) fn value<'a>(
        &'a self,
        env: Env<'a>,
        buffer: &'a mut Vec<u8>,
        pool: &mut Pool,
    ) -> Option<Value<'a>> {
        match self {
            Self::Field(f) => f.extract(env, buffer),
            Self::Text(text) => Some(Value::Text(text)),
            Self::Call(call) => call.value(env, buffer, pool),
            Self::Items(..) | Self::List(_) => None,
        }
    }

    /// Hands all values to the visitor.
    pub(crate) fn each(&self, env: Env<'_>, pool: &mut Pool, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let mut buffer = pool.take();
        let flow = match self {
            Self::Field(FieldRef { field: Field { extract: Extract::Each(each), .. }, arg })
            | Self::Items(FieldRef { arg, .. }, each) => every(*each, env, arg, &mut buffer, visit),
            Self::Call(call) if call.is_list() => call.each(env, pool, visit),
            Self::List(items) => items.iter().try_for_each(|item| item.each(env, pool, visit)),
            _ => match self.value(env, &mut buffer, pool) {
                Some(value) => visit(value),
                None => ControlFlow::Continue(()),
            },
        };
        pool.give(buffer);
        flow
    }
}

fn every(
    each: crate::field::Each,
    env: Env<'_>,
    arg: &Arg,
    buffer: &mut Vec<u8>,
    visit: &mut Visit<'_>,
) -> ControlFlow<()> {
    let mut flow = ControlFlow::Continue(());
    each(env, arg, buffer, &mut |value| {
        flow = visit(value);
        flow.is_break()
    });
    flow
}
