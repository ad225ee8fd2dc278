//! Lists of what there is: fields (`-l`) and events (`-L`), whole or searched, for people and as Markdown.

use std::fmt::Write as _;

use cscope_capture::table::{Dir, EVENTS, EventInfo, SYSCALLS, Source, Status, SyscallKind};

use crate::fields::CLASSES;
use crate::nearest::did_you_mean;
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

/// What a user may mean by `word`: the class of this name, the field of this name with all that is known of it, or
/// else the fields whose names and then those whose documentation hold the word, in any case of letters.
///
/// # Errors
/// There is nothing of the kind; the sentence names what is near.
pub fn search_fields(word: &str, width: usize, long: bool) -> Result<String, String> {
    let mut out = String::new();
    if let Some(class) = CLASSES.iter().find(|c| c.name == word) {
        list_class(class, width, long, &mut out);
        return Ok(out);
    }
    if let Some(field) = Field::find(word) {
        list_field(field, width, true, &mut out);
        return Ok(out);
    }
    let word = word.to_lowercase();
    let shown = |f: &&Field| long || !f.has(FieldFlags::TABLE_ONLY);
    let named = |f: &Field| f.name.contains(&word);
    for field in Field::all().filter(shown).filter(|f| named(f)) {
        list_field(field, width, long, &mut out);
    }
    for field in Field::all().filter(shown).filter(|f| !named(f) && f.doc.to_lowercase().contains(&word)) {
        list_field(field, width, long, &mut out);
    }
    if out.is_empty() {
        let names = Field::all().map(|f| f.name).chain(CLASSES.iter().map(|c| c.name));
        let near = did_you_mean(&word, names).unwrap_or_else(|| "`cscope -l` lists all".to_owned());
        return Err(format!("no field and no class of fields is or mentions `{word}`; {near}"));
    }
    Ok(out)
}

/// The fields as Markdown, a table for each class: all of them, or those of the classes named.
///
/// # Errors
/// A name is not that of a class.
pub fn fields_markdown(classes: &[String]) -> Result<String, String> {
    if let Some(wrong) = classes.iter().find(|w| CLASSES.iter().all(|c| c.name != w.as_str())) {
        let near = did_you_mean(wrong, CLASSES.iter().map(|c| c.name)).unwrap_or_default();
        return Err(format!("there is no class of fields `{wrong}` {near}").trim_end().to_owned());
    }
    let mut out = String::new();
    for class in CLASSES.iter().filter(|c| classes.is_empty() || classes.iter().any(|w| w == c.name)) {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "## `{}`\n\n{}\n", class.name, cell(class.doc));
        out.push_str("| Field | Kind | What it is | Example |\n|---|---|---|---|\n");
        for field in class.fields() {
            let (name, kind) = (full_name(field), properties(field));
            let _ = writeln!(
                out,
                "| `{name}` | {kind} | {} | `{}` |",
                cell(&documentation(field)),
                cell(field.example)
            );
        }
    }
    Ok(out)
}

/// Text that a cell of a table can hold.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn list_class(class: &Class, width: usize, long: bool, out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}: {}\n", class.name, class.doc);
    for field in class.fields().filter(|f| long || !f.has(FieldFlags::TABLE_ONLY)) {
        list_field(field, width, long, out);
    }
}

fn list_field(field: &Field, width: usize, long: bool, out: &mut String) {
    let mut doc = documentation(field);
    if long {
        doc += &format!(" ({})", properties(field));
    }
    entry(&full_name(field), &doc, width, out);
    if long {
        entry("", &format!("Example: {}", field.example), width, out);
    }
}

/// What the field is, and its values where they are a few.
fn documentation(field: &Field) -> String {
    match field.values {
        [] => field.doc.to_owned(),
        values => format!("{} One of {}.", field.doc, values.join(" ")),
    }
}

/// The name with the argument it takes.
fn full_name(field: &Field) -> String {
    match field.arg {
        ArgRule::None => field.name.to_owned(),
        ArgRule::Allowed(kind) => format!("{}[{}]?", field.name, placeholder(kind)),
        ArgRule::Required(kind) => format!("{}[{}]", field.name, placeholder(kind)),
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
/// type of their own stand at the end. `words`: only those whose names hold one of them. `all`: with the types that
/// only old captures hold.
pub fn list_events(words: &[String], all: bool) -> String {
    let mut out = String::new();
    let asked = |name: &str| words.is_empty() || words.iter().any(|w| name.contains(w.as_str()));
    let listed = |e: &&EventInfo| match e.status {
        Status::Current => true,
        Status::Old => all,
        Status::Unused => false,
    };
    for event in EVENTS.iter().filter(listed).filter(|e| e.source != Source::Unknown && asked(e.name)) {
        let direction = if event.dir == Dir::Enter { '>' } else { '<' };
        let params: Vec<String> = event
            .params
            .iter()
            .map(|p| format!("{} {}", format!("{:?}", p.kind).to_uppercase(), p.name))
            .collect();
        let _ = writeln!(out, "{direction} {}({})", event.name, params.join(", "));
    }
    for call in SYSCALLS.iter().filter(|c| c.kind == SyscallKind::Syscall && c.is_generic() && asked(c.name))
    {
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
    }

    #[test]
    fn a_search_finds_classes_fields_and_words() {
        let found = |word: &str| search_fields(word, 80, false).unwrap_or_else(|e| panic!("{e}"));
        let names = |list: &str| -> Vec<String> {
            let starts = list.lines().filter(|l| !l.starts_with(' ') && !l.is_empty());
            starts.map(|l| l.split(' ').next().unwrap_or_default().to_owned()).collect()
        };
        assert!(found("fd").starts_with("fd: ") && names(&found("fd")).len() > 20);
        let one = found("fd.name");
        assert!(names(&one) == ["fd.name"] && one.contains("Example: "), "{one}");
        let net = names(&found("NET"));
        assert!(
            net.iter().position(|n| n == "fd.net") < net.iter().position(|n| n == "fd.typechar"),
            "{net:?}"
        );
        assert!(net.len() > 3 && !net.contains(&"proc.name".to_owned()), "{net:?}");
        let error = search_fields("fd.nmae", 80, false).expect_err("no such field");
        assert!(error.contains("did you mean `fd.name`"), "{error}");
    }

    #[test]
    fn markdown_has_a_table_row_for_each_field() {
        let all = fields_markdown(&[]).expect("all classes");
        let rows = all.lines().filter(|l| l.starts_with("| `"));
        assert_eq!(rows.clone().count(), Field::all().count());
        for row in rows {
            let bars = row.replace("\\|", "").matches('|').count();
            assert_eq!(bars, 5, "{row}");
        }
        let some = fields_markdown(&["user".to_owned()]).expect("a class");
        assert!(some.contains("| `user.name` |") && !some.contains("proc.name` |"), "{some}");
        assert!(fields_markdown(&["usr".to_owned()]).is_err());
    }

    #[test]
    fn events_are_listed_like_declarations() {
        let list = list_events(&[], false);
        assert!(list.contains("< read(ERRNO res, BYTEBUF data, FD fd, UINT32 size)\n"), "{list}");
        assert!(list.lines().any(|l| l == "< getppid()"));
        assert!(list_events(&[], true).lines().count() > list.lines().count());
        assert!(list_events(&[], true).contains("> read("));
        let some = list_events(&["setreuid".to_owned(), "pipe".to_owned()], false);
        assert!(some.contains("< pipe2(") && some.contains("setreuid(") && !some.contains("read("), "{some}");
    }
}
