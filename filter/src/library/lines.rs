//! Files with macros, lists and rules: which lines belong together, and what they define.

use std::ops::Range;

use super::items;
use crate::FilterError;
use crate::ast::{Ast, Literal};
use crate::nearest::did_you_mean;
use crate::parser;
use crate::source::Source;

/// What a file defines.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) macros: Vec<(Box<str>, Ast)>,
    /// Name and items, and whether they are added to those there are.
    pub(super) lists: Vec<(Box<str>, Vec<Literal>, bool)>,
    pub(super) rules: Vec<Ast>,
    pub(super) filter: Option<Ast>,
}

/// What may be said of an item of a Falco file without a meaning here.
const IGNORED: &[&str] = &[
    "desc",
    "output",
    "priority",
    "tags",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "capture",
    "capture_duration",
];
/// Items of a Falco file without a meaning here.
const IGNORED_ITEMS: &[&str] = &["required_engine_version", "required_plugin_versions"];
const KEYS: &[&str] = &["condition", "items", "append", "enabled", "source"];

/// Reads a file.
pub(super) fn read(source: &Source) -> Result<Found, FilterError> {
    let text = source.read();
    let mut found = Found::default();
    let mut rest = text.as_bytes().to_vec();
    let mut at = 0;
    while at < text.len() {
        let line = line_at(text, at);
        let head = &text[line.clone()];
        let is_item = head.starts_with("- ") || definition(head).is_some() || head.trim_end() == "---";
        if !is_item {
            at = line.end;
            continue;
        }
        let mut end = line.end;
        while end < text.len() {
            let next = line_at(text, end);
            let continues =
                text[next.clone()].trim().is_empty() || text[next.clone()].starts_with([' ', '\t']);
            if !continues {
                break;
            }
            end = next.end;
        }
        if head.starts_with("- ") {
            yaml_item(source, at..end, &mut found)?;
        } else if let Some((kind, name)) = definition(head) {
            let name = at + name.start..at + name.end;
            define(source, kind, name.clone(), name.end + 1..end, false, &mut found)?;
        }
        blank(&mut rest[at..end]);
        at = end;
    }
    // Blanks took the place of whole lines.
    let rest = String::from_utf8_lossy(&rest).into_owned();
    let range = 0..rest.len();
    found.filter = parser::parse(&source.reading(rest), range)?;
    Ok(found)
}

/// The line that begins at `at`, with its end.
fn line_at(text: &str, at: usize) -> Range<usize> {
    let end = text[at..].find('\n').map_or(text.len(), |n| at + n + 1);
    at..end
}

fn blank(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Macro,
    List,
    Rule,
}

impl Kind {
    const NAMES: [(&'static str, Self); 3] =
        [("macro", Self::Macro), ("list", Self::List), ("rule", Self::Rule)];
}

/// `macro NAME:` or `list NAME:` at the start of a line: which, and where the name stands.
fn definition(line: &str) -> Option<(Kind, Range<usize>)> {
    let (word, kind) = Kind::NAMES.into_iter().take(2).find(|(word, _)| line.starts_with(word))?;
    let behind = &line[word.len()..];
    let start = line.len() - behind.trim_start_matches([' ', '\t']).len();
    let length = line[start..].find(|c: char| !is_name(c))?;
    let colon = line[start + length..].starts_with(':');
    (start > word.len() && length > 0 && colon).then_some((kind, start..start + length))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Takes down what stands behind the colon of a definition.
fn define(
    source: &Source,
    kind: Kind,
    name: Range<usize>,
    body: Range<usize>,
    append: bool,
    found: &mut Found,
) -> Result<(), FilterError> {
    let text = source.read();
    let shown = &text[name.clone()];
    if kind == Kind::List {
        found.lists.push((shown.into(), items::read(source, body)?, append));
        return Ok(());
    }
    if append {
        return Err(source
            .error(name, "conditions cannot be appended to")
            .help("define the macro anew, with the old one under another name"));
    }
    let body = items::scalar(source, body)?;
    let Some(ast) = parser::parse(source, body.clone())? else {
        return Err(source.error(name, format!("`{shown}` has no condition")));
    };
    match kind {
        Kind::Rule => found.rules.push(ast),
        _ => {
            let plain = shown.starts_with(|c: char| c.is_ascii_alphabetic())
                && shown.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !plain {
                return Err(source
                    .error(name, format!("`{shown}` is no name of a macro"))
                    .help("names are made of letters, digits and `_`"));
            }
            found.macros.push((shown.into(), ast));
        }
    }
    Ok(())
}

/// One `key: value` of an item.
struct Entry<'t> {
    key: &'t str,
    place: Range<usize>,
    value: Range<usize>,
}

/// An item of a YAML list: `- macro: name` and indented lines.
fn yaml_item(source: &Source, range: Range<usize>, found: &mut Found) -> Result<(), FilterError> {
    let text = source.read();
    let entries = entries(source, range.clone())?;
    let Some(first) = entries.first() else { return Ok(()) };
    if IGNORED_ITEMS.contains(&first.key) {
        return Ok(());
    }
    let Some((_, kind)) = Kind::NAMES.into_iter().find(|(name, _)| *name == first.key) else {
        return Err(source
            .error(first.place.clone(), format!("`{}` is no kind of item", first.key))
            .help("items are `macro`, `list` and `rule`"));
    };
    let name = items::scalar(source, first.value.clone())?;
    let mut body = None;
    let (mut append, mut off) = (false, false);
    for entry in &entries[1..] {
        let value = text[items::scalar(source, entry.value.clone())?].trim();
        match entry.key {
            "condition" if kind != Kind::List => body = Some(entry.value.clone()),
            "items" if kind == Kind::List => body = Some(entry.value.clone()),
            "append" => append = value == "true",
            "enabled" => off |= value == "false",
            "source" => off |= value != "syscall",
            key if IGNORED.contains(&key) => {}
            key => {
                let error =
                    source.error(entry.place.clone(), format!("`{key}` is not known of a {}", first.key));
                return Err(match did_you_mean(key, KEYS.iter().copied()) {
                    Some(help) => error.help(help),
                    None => error.help("cscope reads condition, items, append, enabled and source"),
                });
            }
        }
    }
    let Some(body) = body else {
        // Old rule files switch rules on and off without repeating them.
        if kind == Kind::Rule && entries.iter().any(|e| e.key == "enabled") {
            return Ok(());
        }
        let what = if kind == Kind::List { "items" } else { "condition" };
        return Err(source.error(first.place.clone(), format!("the {} has no `{what}`", first.key)));
    };
    if off { Ok(()) } else { define(source, kind, name, body, append, found) }
}

/// The `key: value` lines of an item; lines indented more belong to the value in front.
fn entries<'t>(source: &'t Source, range: Range<usize>) -> Result<Vec<Entry<'t>>, FilterError> {
    let text = source.read();
    let mut entries: Vec<Entry<'t>> = Vec::new();
    let mut column = None;
    let mut at = range.start;
    while at < range.end {
        let line = line_at(text, at);
        at = line.end;
        let mut start = line.start;
        if entries.is_empty() {
            // Behind the dash.
            start += 1;
        }
        let body = text[start..line.end].trim_start_matches([' ', '\t']);
        start = line.end - body.len();
        if body.trim().is_empty() {
            continue;
        }
        let indent = start - line.start;
        if *column.get_or_insert(indent) != indent {
            match entries.last_mut() {
                Some(entry) if column.is_some_and(|c| indent > c) => {
                    entry.value.end = line.end;
                    continue;
                }
                _ => return Err(source.error(start..line.end, "the line is indented less than the item")),
            }
        }
        let length = body.find(|c: char| !is_name(c)).unwrap_or(body.len());
        // Items of a list may stand as far to the left as their key.
        if body.starts_with("- ")
            && let Some(entry) = entries.last_mut()
        {
            entry.value.end = line.end;
            continue;
        }
        if length == 0 || !body[length..].starts_with(':') {
            return Err(source
                .error(start..start + body.trim_end().len(), "expected `key: value`")
                .help("indent the lines of a value more than its key"));
        }
        let value = start + length + 1..line.end;
        entries.push(Entry { key: &body[..length], place: start..start + length, value });
    }
    Ok(entries)
}
