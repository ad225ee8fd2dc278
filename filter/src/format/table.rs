//! Events as rows of a table: values separated by commas (RFC 4180) or tabs, names in the first row.

use cscope_enrich::EventCx;
use memchr::memchr3;

use super::{Format, Item, write_text};
use crate::field::Env;
use crate::fields::write_line_time;

/// What stands between the values of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// A comma; values that hold commas, quotes or line ends are quoted.
    Comma,
    /// A tab; tabs, line ends and backslashes in values are written `\t`, `\n`, `\r`, `\\`.
    Tab,
}

impl Format {
    /// Appends the names of the columns, without line feed.
    pub fn write_titles(&self, separator: Separator, out: &mut Vec<u8>) {
        for (i, column) in self.columns.iter().enumerate() {
            separator.before(i, out);
            let from = out.len();
            out.extend_from_slice(column.name.as_bytes());
            separator.guard(from, out);
        }
    }

    /// Appends the row of an event, without line feed: its values without the text between them. Missing ones are
    /// empty. False, and nothing is appended, as for [`write`](Self::write).
    pub fn write_row(&mut self, separator: Separator, cx: &EventCx<'_>, out: &mut Vec<u8>) -> bool {
        let Self { items, columns, pool, scratch, options, last_line, all_lines, .. } = self;
        let env = Env { cx, text: options };
        let start = out.len();
        for (i, column) in columns.iter().enumerate() {
            separator.before(i, out);
            let from = out.len();
            match items.get(column.index) {
                Some(Item::LineTime { .. }) => write_line_time(env, last_line.unwrap_or(cx.event.ts), out),
                Some(Item::Value { operand, .. }) => {
                    if !write_text(operand, env, scratch, pool, out) && !*all_lines {
                        out.truncate(start);
                        return false;
                    }
                }
                Some(Item::Text(_)) | None => {}
            }
            separator.guard(from, out);
        }
        *last_line = Some(cx.event.ts);
        true
    }
}

impl Separator {
    fn before(self, index: usize, out: &mut Vec<u8>) {
        if index > 0 {
            out.push(if self == Self::Comma { b',' } else { b'\t' });
        }
    }

    /// Makes the value from byte `from` on one that readers take for one.
    fn guard(self, from: usize, out: &mut Vec<u8>) {
        let value = out.get(from..).unwrap_or_default();
        match self {
            Self::Comma => {
                if memchr3(b',', b'"', b'\n', value).is_none() && !value.contains(&b'\r') {
                    return;
                }
                let value = out.split_off(from);
                out.push(b'"');
                for &byte in &value {
                    if byte == b'"' {
                        out.push(b'"');
                    }
                    out.push(byte);
                }
                out.push(b'"');
            }
            Self::Tab => {
                if memchr3(b'\t', b'\n', b'\\', value).is_none() && !value.contains(&b'\r') {
                    return;
                }
                let value = out.split_off(from);
                for &byte in &value {
                    match byte {
                        b'\t' => out.extend_from_slice(b"\\t"),
                        b'\n' => out.extend_from_slice(b"\\n"),
                        b'\r' => out.extend_from_slice(b"\\r"),
                        b'\\' => out.extend_from_slice(b"\\\\"),
                        _ => out.push(byte),
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TextOptions;

    fn guarded(separator: Separator, value: &str) -> String {
        let mut out = b"before".to_vec();
        out.extend_from_slice(value.as_bytes());
        separator.guard(6, &mut out);
        String::from_utf8_lossy(&out[6..]).into_owned()
    }

    #[test]
    fn values_stay_one_value() {
        for plain in ["", "open", "a b", "'x'"] {
            assert_eq!(guarded(Separator::Comma, plain), plain);
            assert_eq!(guarded(Separator::Tab, plain), plain);
        }
        assert_eq!(guarded(Separator::Comma, "a,b"), "\"a,b\"");
        assert_eq!(guarded(Separator::Comma, "say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(guarded(Separator::Comma, "two\nlines"), "\"two\nlines\"");
        assert_eq!(guarded(Separator::Tab, "a\tb\n\\"), "a\\tb\\n\\\\");
        assert_eq!(guarded(Separator::Tab, "a,b"), "a,b");
    }

    #[test]
    fn titles_are_the_fields_once_each() {
        let titles = |text: &str| {
            let format = Format::parse(text, &TextOptions::default()).unwrap_or_else(|e| panic!("{e}"));
            let mut out = Vec::new();
            format.write_titles(Separator::Comma, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        };
        assert_eq!(titles("*%proc.name (%fd.num) %10proc.name"), "proc.name,fd.num");
        assert_eq!(titles("%concat(proc.name, fd.name)"), "\"concat(proc.name, fd.name)\"");
    }
}
