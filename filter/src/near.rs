//! Filters close to one that matched nothing: what the user may have meant.
//!
//! Each is the same filter with one condition put differently. Some of the conditions hardly ever hold as they were
//! written; of the others only a look at events tells whether the change would have found something.

use cscope_capture::table::errno_name;

use crate::ast::{Check, Item, Literal, Op, Right, Term};
use crate::nearest::nearest;
use crate::source::Sources;
use crate::{Field, FieldRef, Filter, FilterOptions, Kind, parser, types};

/// Changes that are tried at most.
const MOST: usize = 16;
/// Results from -4095 to -1 are numbers of errors.
const MAX_ERRNO: i64 = 4096;
/// Bytes of the name of a process that the kernel keeps.
const NAME: usize = 15;

/// A filter that differs from another in one condition.
#[derive(Debug)]
pub struct NearMiss {
    /// The changed filter, its text included.
    pub filter: Filter,
    /// Why the condition may have failed: a clause.
    pub why: &'static str,
    /// The condition as it was written holds for hardly any event: worth saying without a look at events.
    pub likely: bool,
}

/// Filters close to the one in `text`; none when it is no filter.
pub fn near_misses(text: &str, options: &FilterOptions) -> Vec<NearMiss> {
    let mut sources = Sources::default();
    let Ok(Some(ast)) = parser::parse(&sources.add(text), 0..text.len()) else { return Vec::new() };
    let checks =
        || ast.iter().filter_map(|item| if let Item::Check(check) = item { Some(&**check) } else { None });
    let mut found = Vec::new();
    if options.exact_types && checks().any(names_family) {
        let options = FilterOptions { exact_types: false, ..*options };
        let why = "with --exact-types a name of a call does not cover its variants";
        found.extend(Filter::parse(text, &options).ok().map(|filter| NearMiss { filter, why, likely: true }));
    }
    for check in checks() {
        for change in changes(text, check) {
            let mut changed = text.to_owned();
            changed.replace_range(check.span.clone(), &change.text);
            if let Ok(filter) = Filter::parse(&changed, options) {
                found.push(NearMiss { filter, why: change.why, likely: change.likely });
            }
            if found.len() == MOST {
                return found;
            }
        }
    }
    found
}

/// The check compares `evt.type` with a name that has variants.
fn names_family(check: &Check) -> bool {
    let Term::Field { name, .. } = &check.left else { return false };
    let literals: &[Literal] = match &check.right {
        Right::Value(literal) => std::slice::from_ref(literal),
        Right::List(list, _) => list,
        _ => &[],
    };
    let has_variants =
        |l: &Literal| std::str::from_utf8(&l.bytes).is_ok_and(|n| !types::variants(n).is_empty());
    name == "evt.type" && literals.iter().any(has_variants)
}

/// A condition put differently.
struct Change {
    text: String,
    why: &'static str,
    likely: bool,
}

fn changes(text: &str, check: &Check) -> Vec<Change> {
    let (Term::Field { name, arg, span }, Right::Value(literal), None) =
        (&check.left, &check.right, check.modifier)
    else {
        return Vec::new();
    };
    let (Ok(used), Ok(value)) =
        (FieldRef::of_literal(name, arg.as_ref()), std::str::from_utf8(&literal.bytes))
    else {
        return Vec::new();
    };
    let (field, written) = (used.field(), text.get(span.clone()).unwrap_or(name));
    let mut all = Vec::new();
    let mut push = |text: String, why, likely| all.push(Change { text, why, likely });
    let whole = matches!(check.op, Op::Eq | Op::Contains | Op::StartsWith);
    if is_process_name(field.name) && whole && value.len() > NAME {
        let end = (0..=NAME).rev().find(|&n| value.is_char_boundary(n)).unwrap_or_default();
        let cut = quoted(value.get(..end).unwrap_or_default());
        push(
            format!("{name} {} {cut}", check.op.name()),
            "the kernel keeps 15 bytes of the name of a process",
            true,
        );
        return all;
    }
    if let ("evt.arg", Some(arg), Op::Eq, Ok(_)) =
        (field.name, used.argument(), check.op, value.parse::<i64>())
    {
        push(
            format!("evt.rawarg.{arg} = {value}"),
            "evt.arg is the meaning of an argument (the file behind a descriptor), evt.rawarg its number",
            true,
        );
    }
    if field.name == "evt.dir" && check.op == Op::Eq && value == ">" {
        push("evt.dir = <".to_owned(), "a call is one event, at its end; --pairs shows its start too", true);
    }
    let values = values(field);
    if check.op == Op::Eq
        && !values.contains(&value)
        && let Some(near) = nearest(value, values).first()
    {
        push(format!("{written} = {near}"), "no event has the value asked for", true);
    }
    // A field of few values has no others, in whatever letters.
    if field.kind == Kind::Text && check.op == Op::Eq && field.values.is_empty() && !is_type(field.name) {
        if value.chars().any(char::is_alphabetic) {
            let lower = quoted(&value.to_ascii_lowercase());
            push(format!("tolower({written}) = {lower}"), "capital and small letters differ", false);
        }
        push(format!("{written} contains {}", quoted(value)), "`=` wants the whole text", false);
    }
    all
}

/// All values the field can have, when they are few.
fn values(field: &Field) -> Vec<&'static str> {
    match field.name {
        "evt.res" => (1..MAX_ERRNO).filter_map(|n| errno_name(-n)).chain(["SUCCESS"]).collect(),
        _ => field.values.to_vec(),
    }
}

fn is_process_name(field: &str) -> bool {
    matches!(
        field,
        "proc.name" | "proc.pname" | "proc.aname" | "proc.sname" | "proc.vpgid.name" | "proc.pgid.name"
    )
}

fn is_type(field: &str) -> bool {
    matches!(field, "evt.type" | "syscall.type")
}

/// A constant as it is written in a filter.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':');
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        near_misses(text, &FilterOptions::default()).into_iter().map(|n| n.filter.text().to_owned()).collect()
    }

    #[test]
    fn one_condition_is_put_differently() {
        assert_eq!(
            texts("evt.type=open and proc.name=systemd-networkd"),
            ["evt.type=open and proc.name = systemd-network"]
        );
        assert!(texts("evt.arg.fd=3 or evt.num<5").contains(&"evt.rawarg.fd = 3 or evt.num<5".to_owned()));
        assert_eq!(texts("not evt.dir = >"), ["not evt.dir = <"]);
        assert_eq!(texts("fd.type = fle"), ["fd.type = file"]);
        assert!(texts("evt.num<5 and evt.res=ENOEN").contains(&"evt.num<5 and evt.res = ENOENT".to_owned()));
        assert_eq!(
            texts("container.name=\"My DB\""),
            ["tolower(container.name) = \"my db\"", "container.name contains \"My DB\""]
        );
        for nothing in
            ["evt.type=open", "fd.type=file", "proc.pid=3", "proc.name in (a, b)", "(", "", "fd.num = 3"]
        {
            assert!(texts(nothing).is_empty(), "{nothing}: {:?}", texts(nothing));
        }
    }

    #[test]
    fn exact_types_are_given_up() {
        let exact = FilterOptions { exact_types: true, ..FilterOptions::default() };
        let near = near_misses("evt.type in (open, close)", &exact);
        assert!(near.len() == 1 && near[0].filter.event_types().names().any(|n| n == "openat2"));
        assert!(near_misses("evt.type=close", &exact).is_empty());
    }

    #[test]
    fn they_are_few() {
        let long = vec!["fd.name=x"; 100].join(" or ");
        assert_eq!(near_misses(&long, &FilterOptions::default()).len(), MOST);
    }
}
