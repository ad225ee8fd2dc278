//! The compiled filter: a tree that is walked from the left, as far as needed.

use cscope_capture::EventType;

use crate::TypeSet;
use crate::comparison::Comparison;
use crate::field::Env;
use crate::pool::Pool;

/// A condition.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Not(Box<Node>),
    /// The type of the event decides. The comparison is for asynchronous events, which carry their name.
    Types(Box<(TypeSet, Comparison)>),
    /// A comparison, and the types whose events can have the field at all.
    Compare(Box<Comparison>, Option<Box<TypeSet>>),
}

impl Node {
    #[inline]
    pub(crate) fn holds(&self, env: Env<'_>, pool: &mut Pool) -> bool {
        match self {
            Self::Types(types) => {
                let (set, comparison) = &**types;
                if env.cx.event.kind == EventType::ASYNCEVENT_E {
                    return comparison.holds(env, pool);
                }
                set.contains(&env.cx.event)
            }
            Self::Compare(comparison, _) => comparison.holds(env, pool),
            Self::And(all) => all.iter().all(|n| n.holds(env, pool)),
            Self::Or(all) => all.iter().any(|n| n.holds(env, pool)),
            Self::Not(inner) => !inner.holds(env, pool),
        }
    }

    /// Types of events for which the condition can be true, and for which it can be false. Each may be too
    /// large, never too small.
    pub(crate) fn possible(&self) -> (TypeSet, TypeSet) {
        match self {
            Self::Types(types) => {
                let mut yes = types.0.clone();
                let mut no = yes.complement();
                yes.insert(EventType::ASYNCEVENT_E);
                no.insert(EventType::ASYNCEVENT_E);
                (yes, no)
            }
            Self::Compare(_, Some(types)) => ((**types).clone(), TypeSet::all()),
            Self::Compare(_, None) => (TypeSet::all(), TypeSet::all()),
            Self::Not(inner) => {
                let (yes, no) = inner.possible();
                (no, yes)
            }
            Self::And(all) => fold(all, TypeSet::intersect, TypeSet::unite),
            Self::Or(all) => fold(all, TypeSet::unite, TypeSet::intersect),
        }
    }
}

type Combine = fn(&mut TypeSet, &TypeSet);

fn fold(nodes: &[Node], combine_yes: Combine, combine_no: Combine) -> (TypeSet, TypeSet) {
    let mut sets = nodes.iter().map(Node::possible);
    let first = sets.next().unwrap_or_else(|| (TypeSet::all(), TypeSet::all()));
    sets.fold(first, |(mut yes, mut no), (next_yes, next_no)| {
        combine_yes(&mut yes, &next_yes);
        combine_no(&mut no, &next_no);
        (yes, no)
    })
}
