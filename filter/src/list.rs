//! Lists of what there is: fields (`-l`) and events (`-L`).

use std::fmt::Write as _;

use cscope_capture::table::{Dir, EVENTS, EventInfo, SYSCALLS, Source, Status, SyscallKind};

use crate::fields::CLASSES;
use crate::{ArgKind, ArgRule, Class, Field, FieldFlags};

/// Column the documentation begins in.
const INDENT: usize = 32;
/// The documentation is at least this wide, on however narrow a terminal.
const NARROWEST: usize = 30;

/// All fields by class with their documentation, wrapped at `width` columns. `long`: with kind, properties and
/// an example of each.
pub fn list_fields(width: usize, long: bool) -> String {
    let mut out = String::new();
    for class in CLASSES {
        list_class(class, width, long, &mut out);
    }
    out
}

/// The fields of one class, as [`list_fields`] gives them; `None` when there is no such class.
pub fn list_fields_of(class: &str, width: usize, long: bool) -> Option<String> {
    let mut out = String::new();
    list_class(CLASSES.iter().find(|c| c.name == class)?, width, long, &mut out);
    Some(out)
}

fn list_class(class: &Class, width: usize, long: bool, out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}: {}\n", class.name, class.doc);
    for field in class.fields().filter(|f| long || !f.has(FieldFlags::TABLE_ONLY)) {
        let mut name = field.name.to_owned();
        match field.arg {
            ArgRule::None => {}
            ArgRule::Allowed(kind) => name += &format!("[{}]?", placeholder(kind)),
            ArgRule::Required(kind) => name += &format!("[{}]", placeholder(kind)),
        }
        let mut doc = field.doc.to_owned();
        if long {
            doc += &format!(" ({})", properties(field));
        }
        entry(&name, &doc, width, out);
        if long {
            entry("", &format!("Example: {}", field.example), width, out);
        }
    }
}

fn placeholder(kind: ArgKind) -> &'static str {
    match kind {
        ArgKind::Index => "number",
        ArgKind::Level => "level",
        ArgKind::Key => "name",
        ArgKind::IndexOrKey => "number or name",
        ArgKind::Param => "argument",
        ArgKind::EventName => "type",
        ArgKind::Time => "time",
    }
}

fn properties(field: &Field) -> String {
    let mut all = vec![field.kind.name()];
    for (flag, text) in [
        (FieldFlags::LIST, "list"),
        (FieldFlags::FILTER_ONLY, "filters only"),
        (FieldFlags::PRINT_ONLY, "output only"),
        (FieldFlags::TABLE_ONLY, "for tables"),
    ] {
        if field.has(flag) {
            all.push(text);
        }
    }
    all.join(", ")
}

/// A name, and a text beside it that is wrapped; below the name where that is too long.
fn entry(name: &str, text: &str, width: usize, out: &mut String) {
    let room = width.saturating_sub(INDENT).max(NARROWEST);
    let mut lines = wrap(text, room).into_iter();
    let first = lines.next().unwrap_or_default();
    if name.len() < INDENT - 1 {
        let _ = writeln!(out, "{name:INDENT$}{first}");
    } else {
        let _ = writeln!(out, "{name}\n{:INDENT$}{first}", "");
    }
    for line in lines {
        let _ = writeln!(out, "{:INDENT$}{line}", "");
    }
}

fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// All event types with their parameters, one per line: `< open(FD fd, FSPATH name, FLAGS32 flags)`. Calls without a
/// type of their own stand at the end. `all`: with the types that only old captures hold.
pub fn list_events(all: bool) -> String {
    let mut out = String::new();
    let listed = |e: &&EventInfo| match e.status {
        Status::Current => true,
        Status::Old => all,
        Status::Unused => false,
    };
    for event in EVENTS.iter().filter(listed).filter(|e| e.source != Source::Unknown) {
        let direction = if event.dir == Dir::Enter { '>' } else { '<' };
        let params: Vec<String> = event
            .params
            .iter()
            .map(|p| format!("{} {}", format!("{:?}", p.kind).to_uppercase(), p.name))
            .collect();
        let _ = writeln!(out, "{direction} {}({})", event.name, params.join(", "));
    }
    for call in SYSCALLS.iter().filter(|c| c.kind == SyscallKind::Syscall && c.is_generic()) {
        let _ = writeln!(out, "< {}()", call.name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_fit_the_width_and_hold_everything() {
        let list = list_fields(80, true);
        assert!(Field::all().all(|f| list.contains(f.name)));
        let short = list_fields(100, false);
        assert!(!short.contains("thread.nametid") && short.contains("evt.arg[argument]"));
        let wide = short.lines().filter(|l| l.starts_with(' ') && l.chars().count() > 100).count();
        assert_eq!(wide, 0);
        assert!(list_fields_of("fd", 80, false).is_some_and(|l| l.starts_with("fd: ")));
        assert!(list_fields_of("nothing", 80, false).is_none());
    }

    #[test]
    fn events_are_listed_like_declarations() {
        let list = list_events(false);
        assert!(list.contains("< read(ERRNO res, BYTEBUF data, FD fd, UINT32 size)\n"), "{list}");
        assert!(list.lines().any(|l| l == "< getppid()"));
        assert!(list_events(true).lines().count() > list.lines().count());
        assert!(list_events(true).contains("> read("));
    }
}
