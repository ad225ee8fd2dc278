//! Filters wherever they stand in this project: in string literals of its sources (tests, benches, tables of fields and
//! chisels), in its documents and help pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cscope_filter::{Filter, FilterOptions};

/// Folders with sources, and documents.
const PLACES: [&str; 9] = [
    "tests",
    "filter",
    "chisels",
    "cli",
    "enrich",
    "capture",
    "README.md",
    "CONTRIBUTING.md",
    "filter/LANGUAGE.md",
];

/// Longest text that is looked at: others are there to be refused.
const LONGEST: usize = 2_000;

/// Every text of the project that is a filter.
pub(crate) fn filters() -> BTreeSet<String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    PLACES.iter().for_each(|place| walk(&top.join(place), &mut files));
    let mut texts = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source or a document");
        if file.extension().is_some_and(|e| e == "rs") {
            texts.extend(literals(&text));
        } else {
            texts.extend(text.lines().map(|l| l.trim().to_owned()));
            texts.extend(text.split('`').map(str::to_owned));
            texts.extend(text.split('\'').map(str::to_owned));
        }
    }
    texts.retain(|text| is_filter(text));
    texts
}

fn is_filter(text: &str) -> bool {
    text.len() < LONGEST
        && !text.contains('\0')
        && Filter::parse(text, &FilterOptions::default()).is_ok_and(|f| !f.fields().is_empty())
}

fn walk(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder of the project");
        entries.for_each(|entry| walk(&entry.expect("an entry").path(), files));
    } else if path.extension().is_some_and(|e| ["rs", "md", "txt"].iter().any(|known| e == *known)) {
        files.push(path.to_owned());
    }
}

/// The string literals of a source. Comments are passed over, and so are characters.
fn literals(source: &str) -> Vec<String> {
    let (mut found, mut rest, mut before) = (Vec::new(), source, ' ');
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        if rest.starts_with("//") {
            taken = rest.find('\n').unwrap_or(rest.len());
        } else if let Some((text, length)) = raw(rest).filter(|_| !before.is_alphanumeric() && before != '_')
        {
            found.push(text.to_owned());
            taken = length;
        } else if c == '"' {
            let (text, length) = escaped(&rest[1..]);
            found.push(text);
            taken = 1 + length;
        } else if c == '\'' {
            taken = character(rest);
        }
        before = c;
        rest = rest.get(taken..).unwrap_or_default();
    }
    found
}

/// Text and length of a raw literal.
fn raw(rest: &str) -> Option<(&str, usize)> {
    let inside = rest.strip_prefix('r')?;
    let text = inside.trim_start_matches('#');
    let hashes = inside.len() - text.len();
    let text = text.strip_prefix('"')?;
    let end = text.find(&format!("\"{}", "#".repeat(hashes)))?;
    Some((&text[..end], 1 + hashes + 1 + end + 1 + hashes))
}

/// Text of a literal with escapes, and its length up to the quote.
fn escaped(rest: &str) -> (String, usize) {
    let mut text = String::new();
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, at + 1),
            '\\' => match chars.next() {
                // A line that goes on.
                Some((_, '\n')) => while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, other)) => text.push(other),
                None => break,
            },
            _ => text.push(c),
        }
    }
    (text, rest.len())
}

/// Length of a character literal, 1 for the quote of a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, c))) => {
            let behind = at + c.len_utf8();
            rest[behind..].find('\'').map_or(1, |end| behind + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[test]
fn literals_are_found() {
    let source = "a(\"x \\\"y\\\" \\\n   z\"); // \"not\"\n let c = '\"'; let d = '\\''; fn f<'a>(r#\"raw \"r\"#, b'\"', \"last\")";
    assert_eq!(literals(source), ["x \"y\" z", "raw \"r", "last"]);
    let filters = filters();
    assert!(filters.len() > 500, "{}", filters.len());
    for known in
        ["evt.type=open and proc.name=cat", "fd.type=file and evt.is_io=true", "fd.name contains /etc"]
    {
        assert!(filters.contains(known), "{known}");
    }
}
