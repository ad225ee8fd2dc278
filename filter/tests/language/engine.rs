//! The compiled filter gives what its parts give, one by one.

use cscope_enrich::View;
use cscope_filter::{Filter, FilterOptions};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::pushdown::checks;
use crate::support::{captures, walk_file};

/// A filter as a tree over numbered checks.
#[derive(Debug, Clone)]
enum Formula {
    Check(String),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
}

impl Formula {
    fn text(&self) -> String {
        let join = |all: &[Self], word: &str| {
            format!("({})", all.iter().map(Self::text).collect::<Vec<_>>().join(word))
        };
        match self {
            Self::Check(text) => text.clone(),
            Self::Not(inner) => format!("not ({})", inner.text()),
            Self::And(all) => join(all, " and "),
            Self::Or(all) => join(all, " or "),
        }
    }

    /// The result, given that of every check.
    fn holds(&self, check: &mut impl FnMut(&str) -> bool) -> bool {
        match self {
            Self::Check(text) => check(text),
            Self::Not(inner) => !inner.holds(check),
            Self::And(all) => all.iter().all(|f| f.holds(check)),
            Self::Or(all) => all.iter().any(|f| f.holds(check)),
        }
    }
}

/// Comparisons that are put together with others of their field, and some that are not.
fn more_checks() -> impl Strategy<Value = String> {
    let texts = const { &["fd.name", "proc.name", "evt.args", "fd.type", "evt.arg.name", "proc.cmdline"] };
    let operators = const { &["=", "!=", "contains", "startswith", "glob"] };
    let values = const { &["/etc/passwd", "curl", "e", "ipv4", "/etc", "file", "'/*'", "''"] };
    let text = (
        prop::sample::select(texts.as_slice()),
        prop::sample::select(operators.as_slice()),
        prop::sample::select(values.as_slice()),
    );
    let one = text.clone().prop_map(|(f, op, v)| format!("{f} {op} {v}"));
    let several = (
        text,
        prop::sample::select(vec!["oneof", "anyof", "allof"]),
        prop::sample::select(values.as_slice()),
    )
        .prop_map(|((f, op, v), modifier, w)| format!("{f} {op} {modifier} ({v}, {w})"));
    let numbers = (
        prop::sample::select(vec!["fd.num", "evt.rawres", "evt.cpu"]),
        -2i64..6,
        prop::sample::select(vec!["=", "!=", "<", "in"]),
    )
        .prop_map(|(field, n, op)| format!("{field} {op} {n}"));
    prop_oneof![one, several, numbers]
}

fn formulas() -> impl Strategy<Value = Formula> {
    let check = prop_oneof![checks(), more_checks()].prop_map(Formula::Check);
    check.prop_recursive(5, 32, 5, |inner| {
        prop_oneof![
            inner.clone().prop_map(|f| Formula::Not(Box::new(f))),
            prop::collection::vec(inner.clone(), 2..6).prop_map(Formula::And),
            prop::collection::vec(inner, 2..6).prop_map(Formula::Or),
        ]
    })
}

#[test]
fn the_whole_is_what_its_parts_are() {
    let Some(folder) = captures() else { return };
    let options = FilterOptions::default();
    let parse = |text: &str| Filter::parse(text, &options).unwrap_or_else(|e| panic!("{}", e.render(false)));
    let mut runner = TestRunner::deterministic();
    let mut parts: Vec<(String, Filter)> = Vec::new();
    let mut wholes = Vec::new();
    for _ in 0..300 {
        let formula = formulas().new_tree(&mut runner).expect("a filter").current();
        formula.holds(&mut |text| {
            if !parts.iter().any(|(known, _)| known == text) {
                parts.push((text.to_owned(), parse(text)));
            }
            true
        });
        // What `all` and `any` did not reach is found the other way round.
        formula.holds(&mut |text| {
            if !parts.iter().any(|(known, _)| known == text) {
                parts.push((text.to_owned(), parse(text)));
            }
            false
        });
        wholes.push((parse(&formula.text()), formula));
    }
    let (mut passed, mut refused) = (0u32, 0u32);
    for view in [View::Merged, View::Pairs] {
        walk_file(folder.join("curl_google.scap"), view, |cx| {
            let mut results: std::collections::HashMap<String, bool> =
                parts.iter().map(|(text, filter)| (text.clone(), filter.matches(cx))).collect();
            for (filter, formula) in &wholes {
                let expected = formula.holds(&mut |text| {
                    *results.entry(text.to_owned()).or_insert_with(|| parse(text).matches(cx))
                });
                assert_eq!(filter.matches(cx), expected, "{} on {:?}", filter.text(), cx.event);
                *(if expected { &mut passed } else { &mut refused }) += 1;
            }
        });
    }
    assert!(passed > 10_000 && refused > 10_000, "{passed} {refused}");
}
