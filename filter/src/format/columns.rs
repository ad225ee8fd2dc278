//! Formats with columns added and taken away: `+field,-field`.

use super::{Column, Format};
use crate::nearest::did_you_mean;
use crate::{FilterError, TextOptions};

/// Fields of unlimited length, in front of which columns are added when they stand at the end.
const LONG: [&str; 2] = ["evt.info", "evt.args"];

impl Format {
    /// The text of a format with changes made to it: `+field` adds a column, in front of the arguments of the event
    /// where these stand last, `-field` takes one away with the brackets around it.
    ///
    /// # Errors
    /// A change does not begin with a sign, adds what is no item of a format, or takes away what the format does not
    /// have; the error points into `changes`. The error points into `format` when that is none.
    pub fn with_columns(format: &str, changes: &str) -> Result<String, FilterError> {
        let options = TextOptions::default();
        let mut text = format.to_owned();
        for (start, change) in split(changes) {
            let span = start..start + change.len();
            let error = |message: String| FilterError::new(changes, span.clone(), message);
            let parsed = Self::parse(&text, &options)?;
            if let Some(name) = change.strip_prefix('+') {
                let added = Self::parse(&format!("%{name}"), &options).map_err(|e| {
                    let mut error = error(e.message);
                    error.help = e.help;
                    error
                })?;
                if added.columns.first().is_none_or(|c| c.name != name) {
                    return Err(error(format!("`{name}` is no single field")));
                }
                text = add(&text, &parsed.columns, name);
            } else if let Some(name) = change.strip_prefix('-') {
                text = remove(&text, &parsed.columns, name).ok_or_else(|| {
                    let names = || parsed.columns.iter().map(|c| c.name.as_str());
                    let mut error = error(format!("the format has no column `{name}`"));
                    let all = || format!("it has {}", names().collect::<Vec<_>>().join(", "));
                    error.help = Some(did_you_mean(name, names()).unwrap_or_else(all));
                    error
                })?;
            } else {
                return Err(error(format!("`{change}` is no change of columns"))
                    .help("`+field` adds a column, `-field` takes one away"));
            }
        }
        Ok(text)
    }
}

/// The changes with the bytes they begin at; commas within brackets belong to arguments.
fn split(changes: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    let ends = changes.char_indices().chain([(changes.len(), ',')]);
    for (at, c) in ends {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 || at == changes.len() => {
                let part = changes.get(start..at).unwrap_or_default();
                let blanks = part.len() - part.trim_start().len();
                parts.push((start + blanks, part.trim()));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

fn add(text: &str, columns: &[Column], name: &str) -> String {
    match columns.last() {
        Some(last) if LONG.contains(&last.name.as_str()) => {
            let (before, after) = text.split_at(last.span.start);
            format!("{before}%{name} {after}")
        }
        _ if text.is_empty() || text == "*" => format!("{text}%{name}"),
        _ => format!("{text} %{name}"),
    }
}

/// Takes a column away: with the word it stands in when it is alone there, else with what stands between it and its
/// neighbour, escape sequences left out.
fn remove(text: &str, columns: &[Column], name: &str) -> Option<String> {
    let index = columns.iter().position(|c| c.name == name)?;
    let span = columns.get(index)?.span.clone();
    let body = usize::from(text.starts_with('*'));
    let before = index.checked_sub(1).and_then(|i| columns.get(i)).map_or(body, |c| c.span.end);
    let after = columns.get(index + 1).map_or(text.len(), |c| c.span.start);
    let (front, behind) = (text.get(before..span.start)?, text.get(span.end..after)?);
    let (blank_before, blank_after) = (front.rfind(' '), behind.find(' '));
    let first = blank_before.is_some() || index == 0;
    let last = blank_after.is_some() || index + 1 == columns.len();
    let (from, keep, to) = match (first, last) {
        (true, true) => {
            let from = blank_before.map_or(body, |i| before + i + 1);
            // The blank behind goes with the word, at the end of the text the one before it.
            match blank_after {
                Some(i) => (from, String::new(), span.end + i + 1),
                None => (from.saturating_sub(1).max(body), String::new(), text.len()),
            }
        }
        (false, _) => (before, escapes(front), span.end),
        (true, false) => (span.start, escapes(behind), after),
    };
    Some(format!("{}{keep}{}", text.get(..from)?, text.get(to..)?))
}

/// The escape sequences (`\e[...m`) in a piece of a format.
fn escapes(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\\e[") {
        let sequence = rest.get(start..).unwrap_or_default();
        let end = sequence.find('m').map_or(sequence.len(), |i| i + 1);
        kept.push_str(sequence.get(..end).unwrap_or_default());
        rest = sequence.get(end..).unwrap_or_default();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    #[track_caller]
    fn changed(format: &str, changes: &str) -> String {
        let text = Format::with_columns(format, changes).unwrap_or_else(|e| panic!("{}", e.render(false)));
        Format::parse(&text, &TextOptions::default()).unwrap_or_else(|e| panic!("{}", e.render(false)));
        text
    }

    #[test]
    fn columns_are_added_before_the_arguments() {
        assert_eq!(changed("*%evt.type %evt.info", "+fd.name"), "*%evt.type %fd.name %evt.info");
        assert_eq!(changed("%evt.type", "+fd.name, +evt.latency"), "%evt.type %fd.name %evt.latency");
        assert_eq!(
            changed("%evt.type", "+concat(proc.name, fd.name)"),
            "%evt.type %concat(proc.name, fd.name)"
        );
        assert_eq!(changed("*", "+evt.type"), "*%evt.type");
    }

    #[test]
    fn columns_go_with_their_brackets() {
        let default = Preset::Default.text();
        assert_eq!(
            changed(default, "-evt.cpu,-thread.tid,-evt.dir"),
            "*%evt.num %evt.outputtime %proc.name %evt.type %evt.info"
        );
        assert_eq!(changed(default, "-evt.num"), default.replace("%evt.num ", ""));
        assert_eq!(changed(default, "-evt.info"), default.replace(" %evt.info", ""));
        assert!(changed(Preset::Container.text(), "-thread.vtid").contains(" (%thread.tid) "));
        assert!(changed(Preset::Container.text(), "-thread.tid").contains(" (%thread.vtid) "));
        assert!(changed(Preset::Container.text(), "-container.id").contains("%container.name %proc.name "));
        assert!(
            changed(Preset::DefaultColor.text(), "-thread.tid").contains("(\\e[01;36m%proc.pid\\e[00m) ")
        );
        assert!(changed(Preset::DefaultColor.text(), "-proc.name").contains("%evt.cpu (\\e[01;36m%proc.pid"));
        assert_eq!(changed("%evt.type", "-evt.type"), "");
    }

    #[test]
    fn mistakes_are_pointed_at() {
        let error = |changes: &str| Format::with_columns(Preset::Default.text(), changes).expect_err(changes);
        let unknown = error("+fd.name,+fd.nmae");
        assert_eq!(unknown.span, 9..17);
        assert!(unknown.help.is_some_and(|h| h.contains("fd.name")));
        assert!(error("-fd.name").message.contains("no column `fd.name`"));
        assert!(error("fd.name").help.is_some_and(|h| h.contains("`+field`")));
        assert!(error("+fd.name x").message.contains("no single field"));
        assert!(error("").message.contains("no change"));
    }
}
