//! What becomes of a filter, in words: how it was read, in which order it is checked, and what it can match at all.

use std::collections::BTreeSet;
use std::fmt::{Display, Write as _};

use cscope_capture::EventType;
use cscope_capture::print::escaped;
use cscope_capture::table::{Dir, EVENTS, SYSCALLS};

use crate::ast::{Ast, Item, Span};
use crate::program::{Next, Program};
use crate::source::Sources;
use crate::time::write_local;
use crate::tree::Tree;
use crate::{Among, Pushdown, TypeSet};

/// Bytes of a name.
type Name = Box<[u8]>;

/// Names shown of a set.
const SHOWN: usize = 16;
/// Levels shown by indentation.
const LEVELS: usize = 24;
/// Letters shown of a condition.
const WIDTH: usize = 100;

/// How a filter was read: a line for each condition, what joins them above, indented.
pub(crate) fn parsed(sources: &Sources, ast: &Ast, out: &mut String) {
    // The children of each item, from the postfix order.
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); ast.len()];
    let mut stack: Vec<usize> = Vec::new();
    for (at, item) in ast.iter().enumerate() {
        let count = match item {
            Item::Check(_) | Item::Ident(..) => 0,
            Item::Not => 1,
            Item::And(n) | Item::Or(n) => *n,
        };
        children[at] = stack.split_off(stack.len().saturating_sub(count));
        stack.push(at);
    }
    let mut todo: Vec<(usize, usize)> = stack.into_iter().rev().map(|at| (at, 1)).collect();
    while let Some((at, level)) = todo.pop() {
        let indent = "  ".repeat(level.min(LEVELS));
        let _ = match &ast[at] {
            Item::Check(check) => writeln!(out, "{indent}{}", condition(sources, &check.span)),
            Item::Ident(name, _) => writeln!(out, "{indent}{name}"),
            Item::Not => writeln!(out, "{indent}not"),
            Item::And(_) => writeln!(out, "{indent}and"),
            Item::Or(_) => writeln!(out, "{indent}or"),
        };
        todo.extend(children[at].iter().rev().map(|child| (*child, level + 1)));
    }
}

/// The steps in their order, and where each goes on.
pub(crate) fn steps(sources: &Sources, tree: &Tree, program: &Program, out: &mut String) {
    for (n, step) in program.steps().iter().enumerate() {
        let check = &tree.checks[step.check];
        let mut text = match (&check.types, &check.others[..]) {
            (_, []) => condition(sources, &check.span),
            (Some(types), _) => format!("type is {}", Types(types)),
            (None, others) => {
                let all: Vec<String> = check.spans().take(4).map(|s| condition(sources, s)).collect();
                let more = others.len() + 1 - all.len();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("one of: {}{more}", all.join(", "))
            }
        };
        if check.negated {
            text.insert_str(0, "not ");
        }
        let (yes, no) = step.next();
        let to = |next: Next| match next {
            Next::Passes => "passes".to_owned(),
            Next::Fails => "fails".to_owned(),
            Next::Step(step) => format!("{}", step + 1),
        };
        // The step is the comparison without its `not`.
        let (yes, no) = if check.negated { (no, yes) } else { (yes, no) };
        let _ = writeln!(out, "  {}. {text}\n       yes: {}, no: {}", n + 1, to(yes), to(no));
    }
}

/// The text of a condition on one line, cut where it is long.
fn condition(sources: &Sources, span: &Span) -> String {
    let text = sources.text(span).unwrap_or("");
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(WIDTH) {
        line.truncate(cut);
        line.push_str("...");
    }
    let line = escaped(&line);
    match sources.line(span) {
        Some((file, number)) => format!("{line}  [{}:{number}]", escaped(file)),
        None => line.into_owned(),
    }
}

/// A set of types in words.
struct Types<'a>(&'a TypeSet);

impl Display for Types<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_all() {
            return f.write_str("any");
        }
        let (within, without) = (names(self.0), names(&self.0.complement()));
        let (word, names) = if within.len() <= without.len() { ("", within) } else { ("any but ", without) };
        if names.is_empty() {
            return f.write_str(if word.is_empty() { "none" } else { "any" });
        }
        write!(f, "{word}{}", some(names.iter().map(String::as_str), names.len()))
    }
}

/// Names of types and calls; with `>` or `<` where only one end of a call is in the set.
fn names(set: &TypeSet) -> BTreeSet<String> {
    let generic = |kind| matches!(kind, EventType::GENERIC_E | EventType::GENERIC_X);
    let mut names = BTreeSet::new();
    for event in EVENTS {
        let kind = EventType(event.id);
        if generic(kind) || !set.contains_kind(kind) || kind == EventType::ASYNCEVENT_E {
            continue;
        }
        let other = EVENTS.iter().filter(|e| e.name == event.name && e.dir != event.dir);
        let whole =
            other.clone().next().is_none() || other.clone().any(|e| set.contains_kind(EventType(e.id)));
        names.insert(match (whole, event.dir) {
            (true, _) => event.name.to_owned(),
            (false, Dir::Enter) => format!("> {}", event.name),
            (false, Dir::Exit) => format!("< {}", event.name),
        });
    }
    let calls = SYSCALLS.iter().filter(|c| c.is_generic() && set.contains_call(u64::from(c.code)));
    names.extend(calls.map(|c| c.name.to_owned()));
    names
}

/// Some of many names.
fn some<'a>(names: impl Iterator<Item = &'a str>, count: usize) -> String {
    let shown: Vec<&str> = names.take(SHOWN).collect();
    let more = count - shown.len();
    if more > 0 { format!("{} and {more} more", shown.join(" ")) } else { shown.join(" ") }
}

fn values<T: Ord>(
    f: &mut std::fmt::Formatter<'_>,
    what: &str,
    among: &Among<T>,
    show: fn(&T) -> String,
) -> std::fmt::Result {
    let (word, all) = match among {
        Among::NotIn(all) if all.is_empty() => return Ok(()),
        Among::NotIn(all) => ("any but ", all),
        Among::In(all) if all.is_empty() => return writeln!(f, "  {what:<16}none"),
        Among::In(all) => ("", all),
    };
    let texts: Vec<String> = all.iter().map(show).collect();
    writeln!(f, "  {what:<16}{word}{}", some(texts.iter().map(String::as_str), texts.len()))
}

/// A time as `-t a` prints it.
fn local(ns: u64) -> String {
    let mut out = Vec::new();
    write_local(ns, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// What a [`Pushdown`] says of who makes the calls: a line for each attribute that narrows them down.
struct Callers<'a>(&'a Pushdown);

impl Display for Callers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: fn(&Name) -> String = |bytes| {
            let mut out = Vec::new();
            cscope_capture::print::escape_terminal(bytes, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        };
        values(f, "threads", &self.0.tids, ToString::to_string)?;
        values(f, "processes", &self.0.pids, ToString::to_string)?;
        values(f, "users", &self.0.uids, ToString::to_string)?;
        values(f, "process names", &self.0.comms, text)?;
        values(f, "containers", &self.0.containers, text)?;
        values(f, "container names", &self.0.container_names, text)
    }
}

impl Pushdown {
    /// The part of it that is about who makes the calls, in words: a line for each attribute that narrows them down.
    pub fn callers(&self) -> impl Display {
        Callers(self)
    }
}

/// A line for each attribute that narrows the events down, and one for what is read of the model.
impl Display for Pushdown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_none() {
            return writeln!(f, "  nothing: no event can match");
        }
        writeln!(f, "  {:<16}{}", "types", Types(&self.types))?;
        match self.times {
            Self::ALWAYS => {}
            (0, last) => writeln!(f, "  {:<16}up to {}", "times", local(last))?,
            (first, u64::MAX) => writeln!(f, "  {:<16}from {}", "times", local(first))?,
            (first, last) => writeln!(f, "  {:<16}{} to {}", "times", local(first), local(last))?,
        }
        Display::fmt(&self.callers(), f)?;
        match (self.failed, self.unfailed) {
            (true, false) => writeln!(f, "  {:<16}failed calls only", "results")?,
            (false, true) => writeln!(f, "  {:<16}all but failed calls", "results")?,
            _ => {}
        }
        let needs: Vec<&str> = self.needs.names().collect();
        let needs = if needs.is_empty() { "nothing but the event".to_owned() } else { needs.join(" ") };
        writeln!(f, "  {:<16}{needs}", "reads")
    }
}
