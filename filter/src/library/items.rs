//! Values of definitions: conditions as YAML writes them, and lists of constants.

use std::ops::Range;

use crate::FilterError;
use crate::ast::Literal;
use crate::source::Source;

/// The bytes of a value without what YAML puts around it: blanks, `>` or `|` in front, quotes.
pub(super) fn scalar(source: &Source, range: Range<usize>) -> Result<Range<usize>, FilterError> {
    let text = source.read();
    let range = trimmed(text, range);
    let value = &text[range.clone()];
    if value.starts_with(['>', '|']) {
        let line = value.lines().next().unwrap_or("");
        if line[1..].trim().trim_matches(['-', '+']).is_empty() {
            return Ok(trimmed(text, range.start + line.len()..range.end));
        }
    }
    let inner = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
    for quote in ['"', '\''] {
        if value.len() < 2 || !value.starts_with(quote) || !value.ends_with(quote) {
            continue;
        }
        if text[inner.clone()].contains(quote) || quote == '"' && text[inner.clone()].contains('\\') {
            return Err(source
                .error(range, "quotes and escapes in a quoted value are not read")
                .help("write the condition on the next lines, indented, behind `>`"));
        }
        return Ok(inner);
    }
    Ok(range)
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let start = range.end - value.trim_start().len();
    let end = range.start + value.trim_end().len();
    start..end.max(start)
}

/// Constants: `[a, "b c"]` or `(a, b)` or `a, b`, or one per line behind a dash.
pub(super) fn read(source: &Source, range: Range<usize>) -> Result<Vec<Literal>, FilterError> {
    let text = source.read();
    let range = trimmed(text, range);
    let value = &text[range.clone()];
    if value.starts_with("- ") {
        let mut items = Vec::new();
        let mut at = range.start;
        for line in value.split_inclusive('\n') {
            let place = trimmed(text, at..at + line.len());
            at += line.len();
            if place.is_empty() {
                continue;
            }
            if !text[place.clone()].starts_with("- ") {
                return Err(source.error(place, "expected `- item`"));
            }
            items.push(item(source, trimmed(text, place.start + 1..place.end)));
        }
        return Ok(items);
    }
    let closing = match value.chars().next() {
        Some('[') => Some(']'),
        Some('(') => Some(')'),
        _ => None,
    };
    let inner = match closing {
        None => range,
        Some(closing) if value.len() > 1 && value.ends_with(closing) => range.start + 1..range.end - 1,
        Some(closing) => {
            return Err(source
                .error(range.end..range.end, "the list is not closed")
                .expected([format!("`{closing}`")]));
        }
    };
    separated(source, inner)
}

/// Items with commas between; a comma at the end is allowed.
fn separated(source: &Source, range: Range<usize>) -> Result<Vec<Literal>, FilterError> {
    let text = source.read();
    let mut items = Vec::new();
    let mut start = range.start;
    let mut quote = None;
    let ends = text[range.clone()].char_indices().map(|(at, c)| (range.start + at, c));
    for (at, c) in ends.chain([(range.end, ',')]) {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') if text[start..at].trim().is_empty() => quote = Some(c),
            (None, ',') => {
                let place = trimmed(text, start..at);
                if !place.is_empty() {
                    if text[place.clone()].contains('\n') {
                        return Err(
                            source.error(place, "items need commas between them, or `- ` in front of each")
                        );
                    }
                    items.push(item(source, place));
                } else if at < range.end {
                    return Err(source.error(at..at + 1, "an item is missing in front of the comma"));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    match quote {
        Some(_) => Err(source.error(start..range.end, "the quoted text is not closed")),
        None => Ok(items),
    }
}

/// One constant, without its quotes. Files for Falco have two of them around what holds blanks.
fn item(source: &Source, mut place: Range<usize>) -> Literal {
    let text = source.read();
    let mut quoted = false;
    for _ in 0..2 {
        let value = &text[place.clone()];
        let inside =
            ['"', '\''].iter().any(|q| value.len() > 1 && value.starts_with(*q) && value.ends_with(*q));
        if inside {
            place = place.start + 1..place.end - 1;
            quoted = true;
        }
    }
    let base = source.base();
    let bytes = text[place.clone()].as_bytes().to_vec();
    Literal { bytes, span: base + place.start..base + place.end, quoted }
}
