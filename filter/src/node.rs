//! The compiled filter: a tree that is walked from the left, as far as needed.
//!
//! Conditions have no effects, so their order cannot be seen: what the type of the event alone decides is merged
//! into one bit test in front of its neighbours.

use cscope_capture::EventType;

use crate::comparison::{Comparison, Test};
use crate::field::{Arg, Env, One};
use crate::pool::Pool;
use crate::pushdown::Sides;
use crate::{Field, Pushdown, TypeSet};

/// A condition.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Not(Box<Node>),
    /// The type of the event decides.
    Types(Box<Types>),
    /// A field with one value, and one test: most comparisons are of this form.
    Field(Box<FieldTest>),
    /// Any other comparison.
    Compare(Box<Comparison>),
}

/// A condition on the type of the event.
#[derive(Debug, Clone)]
pub(crate) struct Types {
    pub(crate) set: TypeSet,
    /// The condition itself, for asynchronous events: they carry their name.
    pub(crate) written: Node,
}

/// A comparison of a field that has one value.
#[derive(Debug, Clone)]
pub(crate) struct FieldTest {
    pub(crate) field: &'static Field,
    pub(crate) extract: One,
    pub(crate) arg: Arg,
    pub(crate) test: Test,
    /// The types whose events can have the field at all.
    pub(crate) types: Option<TypeSet>,
}

impl Node {
    #[inline]
    pub(crate) fn holds(&self, env: Env<'_>, pool: &mut Pool) -> bool {
        match self {
            Self::Types(types) => {
                if env.cx.event.kind == EventType::ASYNCEVENT_E {
                    return types.written.holds(env, pool);
                }
                types.set.contains(&env.cx.event)
            }
            Self::Field(field) => {
                let value = (field.extract)(env, &field.arg, pool.first());
                value.is_some_and(|v| field.test.holds_value(v))
            }
            Self::Compare(comparison) => comparison.holds(env, pool),
            Self::And(all) => all.iter().all(|n| n.holds(env, pool)),
            Self::Or(all) => all.iter().any(|n| n.holds(env, pool)),
            Self::Not(inner) => !inner.holds(env, pool),
        }
    }

    /// All of these conditions.
    pub(crate) fn and(all: Vec<Node>) -> Self {
        merge(all, TypeSet::intersect, Self::And)
    }

    /// One of these conditions.
    pub(crate) fn or(all: Vec<Node>) -> Self {
        merge(all, TypeSet::unite, Self::Or)
    }

    /// The opposite.
    pub(crate) fn negate(self) -> Self {
        match self {
            Self::Types(types) => {
                let Types { set, written } = *types;
                Self::Types(Box::new(Types { set: set.complement(), written: Self::Not(Box::new(written)) }))
            }
            other => Self::Not(Box::new(other)),
        }
    }

    /// What can match the condition, and what its opposite.
    pub(crate) fn sides(&self) -> Sides {
        let mut sides = Sides::unknown();
        match self {
            Self::Types(types) => {
                let (yes, no) = (&mut sides.yes.types, &mut sides.no.types);
                (*yes, *no) = (types.set.clone(), types.set.complement());
                yes.insert(EventType::ASYNCEVENT_E);
                no.insert(EventType::ASYNCEVENT_E);
            }
            Self::Field(field) => {
                sides = Sides::of_test(field.field, &field.test);
                if let Some(types) = &field.types {
                    sides.yes.types.clone_from(types);
                }
            }
            Self::Compare(_) => {}
            Self::Not(inner) => {
                sides = inner.sides();
                std::mem::swap(&mut sides.yes, &mut sides.no);
            }
            Self::And(all) => {
                sides.no = Pushdown::none();
                for Sides { yes, no } in all.iter().map(Self::sides) {
                    sides.yes.intersect(yes);
                    sides.no.unite(no);
                }
            }
            Self::Or(all) => {
                sides.yes = Pushdown::none();
                for Sides { yes, no } in all.iter().map(Self::sides) {
                    sides.yes.unite(yes);
                    sides.no.intersect(no);
                }
            }
        }
        sides
    }
}

type Combine = fn(&mut TypeSet, &TypeSet);

/// Puts one condition on the type in front, made of all there are.
fn merge(all: Vec<Node>, combine: Combine, join: fn(Box<[Node]>) -> Node) -> Node {
    let (typed, mut rest): (Vec<Node>, Vec<Node>) =
        all.into_iter().partition(|n| matches!(n, Node::Types(_)));
    let mut typed = typed.into_iter().filter_map(|n| match n {
        Node::Types(types) => Some(*types),
        _ => None,
    });
    if let Some(Types { mut set, written }) = typed.next() {
        let mut conditions = vec![written];
        for next in typed {
            combine(&mut set, &next.set);
            conditions.push(next.written);
        }
        let written = if conditions.len() == 1 { conditions.remove(0) } else { join(conditions.into()) };
        rest.insert(0, Node::Types(Box::new(Types { set, written })));
    }
    if rest.len() == 1 { rest.remove(0) } else { join(rest.into()) }
}
