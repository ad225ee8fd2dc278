//! The order of checks: what is cheap and likely to decide comes first. Checks have no effects and conditions are
//! two-valued, so that the result is the same in any order.
//!
//! The figures are rough: ns of a check, and how often it holds. Only their ratios matter.

use crate::comparison::{Comparison, Test};
use crate::leaf::Leaf;
use crate::operand::Operand;
use crate::tree::Check;
use crate::{ArgKind, ArgRule, Field, Needs, TypeSet};

/// What a condition costs and how often it holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weight {
    pub(crate) cost: f32,
    pub(crate) holds: f32,
}

/// Orders the children of a group, and gives the weight of the whole. `all`: they must all hold.
pub(crate) fn sort(children: &mut [usize], weights: &[Weight], all: bool) -> Weight {
    // Work per event that is decided: the smallest first makes the whole cheapest.
    let rank = |at: usize| {
        let Weight { cost, holds } = weights[at];
        let decides = if all { 1.0 - holds } else { holds };
        cost / decides.max(0.001)
    };
    children.sort_by(|a, b| rank(*a).total_cmp(&rank(*b)).then(a.cmp(b)));
    let (mut cost, mut goes_on) = (0.0, 1.0);
    for &child in children.iter() {
        let Weight { cost: next, holds } = weights[child];
        cost += goes_on * next;
        goes_on *= if all { holds } else { 1.0 - holds };
    }
    Weight { cost, holds: if all { goes_on } else { 1.0 - goes_on } }
}

/// The weight of a check.
pub(crate) fn of_check(check: &Check) -> Weight {
    let mut weight = match &check.leaf {
        Leaf::Types(set) => Weight { cost: 1.0, holds: share(set) },
        Leaf::Field(field) | Leaf::Shared(field, _) => {
            let (cost, holds) = of_test(&field.test);
            Weight { cost: of_field(field.field) + cost, holds }
        }
        Leaf::Compare(comparison) => of_comparison(comparison),
    };
    if check.negated {
        weight.holds = 1.0 - weight.holds;
    }
    weight
}

fn of_comparison(comparison: &Comparison) -> Weight {
    let (mut cost, mut holds) = (of_operand(&comparison.left), 0.0f32);
    for test in &comparison.tests {
        let (more, p) = of_test(test);
        cost += more;
        holds = holds.max(p);
    }
    Weight { cost, holds }
}

fn of_operand(operand: &Operand) -> f32 {
    match operand {
        Operand::Field(field) | Operand::Items(field, _) => of_field(field.field),
        Operand::Text(_) => 0.0,
        Operand::List(items) => items.iter().map(of_operand).sum(),
        Operand::Call(call) => 40.0 + call.operands().map(of_operand).sum::<f32>(),
    }
}

/// What it costs to take a field from an event.
fn of_field(field: &Field) -> f32 {
    let walks = matches!(field.arg, ArgRule::Allowed(ArgKind::Level));
    match field.name {
        "evt.args" | "evt.info" => 400.0,
        "evt.arg" | "evt.abspath" | "evt.outputtime" | "evt.time" => 120.0,
        "thread.tid" | "evt.num" | "evt.cpu" | "evt.rawtime" | "evt.count" => 1.0,
        "proc.name" | "proc.pid" | "evt.latency" | "evt.rawres" | "evt.failed" | "fd.num" | "fd.name" => 3.0,
        _ if walks || field.needs.has(Needs::CONTAINERS) => 40.0,
        "proc.cmdline" | "proc.exeline" | "proc.args" | "proc.env" => 50.0,
        _ => 8.0,
    }
}

fn of_test(test: &Test) -> (f32, f32) {
    match test {
        Test::Exists => (0.0, 0.7),
        Test::Integer(op, _) | Test::Double(op, _) if *op == crate::ast::Op::Eq => (1.0, 0.1),
        Test::Integer(op, _) | Test::Double(op, _) if *op == crate::ast::Op::Ne => (1.0, 0.9),
        Test::Integer(..) | Test::Between { .. } | Test::Double(..) | Test::Bool(_) | Test::BoolSet(..) => {
            (1.0, 0.4)
        }
        Test::Equal(_) | Test::Ip(_) => (2.0, 0.05),
        Test::OneOf(_) | Test::IntegerSet(_) | Test::DoubleSet(_) => (5.0, 0.15),
        Test::Hash(_) | Test::IntegerHash(_) | Test::IpSet(_) | Test::NetSet(_) => (10.0, 0.2),
        Test::Net(_) | Test::StartsWith(_) | Test::EndsWith(_) | Test::Order(..) => (3.0, 0.1),
        Test::Contains(_) => (15.0, 0.1),
        Test::ContainsAny(_) | Test::ContainsFolded(_) => (30.0, 0.15),
        Test::Glob(..) | Test::Below(_) => (40.0, 0.1),
        Test::Regex(_) => (80.0, 0.1),
        Test::Differs(inner) => {
            let (cost, holds) = of_test(inner);
            (cost, 1.0 - holds)
        }
        Test::ByKind { number, text } => {
            let all = [number, text].into_iter().flatten().map(|t| of_test(t));
            all.fold((1.0, 0.0), |(cost, holds), (c, h)| (cost + c, holds.max(h)))
        }
        Test::Modified(_, tests) => {
            let all = tests.iter().map(of_test);
            all.fold((1.0, 0.0), |(cost, holds), (c, h)| (cost + c, (holds + h).min(0.9)))
        }
        Test::Against(_, right) => (10.0 + of_operand(right), 0.2),
    }
}

/// How many of all events are of these types, going by their number.
fn share(set: &TypeSet) -> f32 {
    const EACH: f32 = 0.04;
    let (within, all) = set.size();
    let few = |n: usize| (n as f32 * EACH).min(0.5);
    if within * 2 <= all { few(within) } else { 1.0 - few(all - within) }
}
