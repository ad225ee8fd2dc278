//! Output formats: text with `%field` items.
//!
//! `%field`, `%field[arg]`, `%field.arg` and `%transformer(...)` stand for values. `%12field` makes the value
//! exactly twelve characters wide, blanks behind it or cut; `%-12field` puts the blanks in front. `%%` is a
//! percent sign; `\n`, `\t`, `\e` and `\\` are a line feed, a tab, an escape character and a backslash. A `*` at
//! the start of the format prints `<NA>` for missing values; without it such lines are left out.

mod columns;
mod table;

use std::ops::Range;

use cscope_enrich::EventCx;

use crate::ast::Term;
use crate::compile::compile_term;
use crate::field::{Env, Needs};
use crate::field_ref::FieldRef;
use crate::fields::write_line_time;
use crate::operand::Operand;
use crate::pool::Pool;
use crate::text::write_plain;
use crate::{
    Field, FieldFlags, FilterError, FilterOptions, TextOptions, TimeStyle, Value, parser, transform,
};

pub use table::Separator;

/// A format given by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// One line per event.
    Default,
    /// The same with colours for a terminal.
    DefaultColor,
    /// `-pc`: with the container.
    Container,
    /// `-pk`: with the pod.
    Kubernetes,
}

impl Preset {
    /// The text of the format.
    pub fn text(self) -> &'static str {
        match self {
            Self::Default => {
                "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"
            }
            Self::DefaultColor => {
                "*%evt.num %evt.outputtime %evt.cpu \\e[01;32m%proc.name\\e[00m (\\e[01;36m%proc.pid\\e[00m.\
                 %thread.tid) %evt.dir \\e[01;34m%evt.type\\e[00m %evt.info"
            }
            Self::Container => {
                "*%evt.num %evt.outputtime %evt.cpu %container.name (%container.id) %proc.name \
                 (%thread.tid:%thread.vtid) %evt.dir %evt.type %evt.info"
            }
            Self::Kubernetes => {
                "*%evt.num %evt.outputtime %evt.cpu %k8s.pod.name (%container.id) %proc.name \
                 (%thread.tid:%thread.vtid) %evt.dir %evt.type %evt.info"
            }
        }
    }
}

const MISSING: &[u8] = b"<NA>";
/// Widest item; more is a typing error.
const MAX_WIDTH: usize = 4096;

#[derive(Debug, Clone)]
enum Item {
    Text(Vec<u8>),
    Value {
        operand: Operand,
        width: Option<Width>,
    },
    /// `evt.outputtime`, which may depend on the line before.
    LineTime {
        operand: Operand,
        width: Option<Width>,
    },
}

#[derive(Debug, Clone, Copy)]
struct Width {
    characters: usize,
    /// Blanks go in front.
    right: bool,
}

/// A value that a format asks for.
#[derive(Debug, Clone)]
struct Column {
    /// Its name as a key of JSON, with quotes and colon.
    key: Vec<u8>,
    /// The same as written in the format.
    name: String,
    /// Where the whole item stands in the text.
    span: Range<usize>,
    /// The item.
    index: usize,
}

/// A parsed format. It keeps scratch buffers and, for the time style `D`, the time of the last line: one per
/// output.
#[derive(Debug)]
pub struct Format {
    text: String,
    options: TextOptions,
    items: Vec<Item>,
    /// The values among the items, each once.
    columns: Vec<Column>,
    all_lines: bool,
    fields: Vec<&'static Field>,
    needs: Needs,
    pool: Pool,
    scratch: Vec<u8>,
    last_line: Option<u64>,
}

impl Clone for Format {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            options: self.options,
            items: self.items.clone(),
            columns: self.columns.clone(),
            all_lines: self.all_lines,
            fields: self.fields.clone(),
            needs: self.needs,
            pool: Pool::default(),
            scratch: Vec::new(),
            last_line: self.last_line,
        }
    }
}

impl Format {
    /// Reads a format.
    ///
    /// # Errors
    /// An item is malformed, names an unknown field or one that cannot be printed.
    pub fn parse(text: &str, options: &TextOptions) -> Result<Self, FilterError> {
        let all_lines = text.starts_with('*');
        let mut format = Self {
            text: text.to_owned(),
            options: *options,
            items: Vec::new(),
            columns: Vec::new(),
            all_lines,
            fields: Vec::new(),
            needs: Needs::default(),
            pool: Pool::default(),
            scratch: Vec::new(),
            last_line: None,
        };
        let mut at = usize::from(all_lines);
        let mut plain = Vec::new();
        while let Some(&byte) = text.as_bytes().get(at) {
            let next = text.as_bytes().get(at + 1);
            at += match (byte, next) {
                (b'\\', Some(b'n')) => push(&mut plain, b'\n'),
                (b'\\', Some(b't')) => push(&mut plain, b'\t'),
                (b'\\', Some(b'e')) => push(&mut plain, 0x1b),
                (b'\\', Some(b'\\')) => push(&mut plain, b'\\'),
                (b'%', Some(b'%')) => push(&mut plain, b'%'),
                (b'%', _) => {
                    if !plain.is_empty() {
                        format.items.push(Item::Text(std::mem::take(&mut plain)));
                    }
                    format.item(at)? - at
                }
                _ => {
                    plain.push(byte);
                    1
                }
            };
        }
        if !plain.is_empty() {
            format.items.push(Item::Text(plain));
        }
        Ok(format)
    }

    /// Makes the keys of JSON objects stand in alphabetical order, as other tools print them, and not in the order of
    /// the format.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.columns.sort_by(|a, b| a.name.cmp(&b.name));
        self
    }

    /// Reads the item at byte `start`, which is a percent sign; gives the byte behind it.
    fn item(&mut self, start: usize) -> Result<usize, FilterError> {
        let text = self.text.clone();
        let error = |span, message: &str| FilterError::new(&text, span, message);
        let mut at = start + 1;
        let right = text[at..].starts_with('-');
        at += usize::from(right);
        let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
        let width = match &text[at..at + digits] {
            "" if right => return Err(error(start..at, "a width must follow `%-`")),
            "" => None,
            number => match number.parse::<usize>().ok().filter(|n| *n <= MAX_WIDTH) {
                Some(characters) => Some(Width { characters, right }),
                None => return Err(error(at..at + digits, "the width is more than 4096")),
            },
        };
        at += digits;
        if text[at..].is_empty() {
            let what = if digits > 0 {
                "the format cannot end with a number"
            } else {
                "the format cannot end with a %"
            };
            return Err(error(start..text.len(), what).help("a percent sign is written `%%`"));
        }
        let (term, end) = self.term(at)?;
        let (operand, fields, needs) = compile_term(&text, &term, &FilterOptions::default())?;
        for field in fields {
            if field.has(FieldFlags::FILTER_ONLY) {
                let message = format!("`{}` can only be used in filters", field.name);
                return Err(error(term.span(), &message));
            }
            if !self.fields.iter().any(|f| std::ptr::eq(*f, field)) {
                self.fields.push(field);
            }
        }
        self.needs = self.needs.or(needs);
        let name = &text[at..end];
        if self.columns.iter().all(|c| c.name != name) {
            let mut key = Vec::new();
            cscope_capture::print::json_string(name.as_bytes(), &mut key);
            key.push(b':');
            let (name, index) = (name.to_owned(), self.items.len());
            self.columns.push(Column { key, name, span: start..end, index });
        }
        let line_time = matches!(&operand, Operand::Field(f) if f.field.has(FieldFlags::LINE_TIME));
        self.items.push(if line_time {
            Item::LineTime { operand, width }
        } else {
            Item::Value { operand, width }
        });
        Ok(end)
    }

    /// The field or transformer at byte `at`: of fields the longest known name.
    fn term(&self, at: usize) -> Result<(Term, usize), FilterError> {
        let text = &self.text;
        let rest = &text[at..];
        let word = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if rest[word..].starts_with('(') && transform::NAMES.contains(&&rest[..word]) {
            return parser::parse_term(text, at);
        }
        let run =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(rest.len());
        let Some(length) = (1..=run.min(64)).rev().find(|&n| Field::find(&rest[..n]).is_some()) else {
            let name = rest[..run].trim_end_matches('.');
            if name.is_empty() {
                let end = at + rest.chars().next().map_or(0, char::len_utf8);
                return Err(FilterError::new(text, at..end, "a field must follow `%`")
                    .help("a percent sign is written `%%`"));
            }
            return match FieldRef::resolve(name, None) {
                Ok(_) => parser::parse_term(text, at),
                Err(refused) => {
                    let mut error = FilterError::new(text, at..at + name.len(), refused.message);
                    error.help = refused.help;
                    Err(error)
                }
            };
        };
        let name = &rest[..length];
        let takes = Field::find(name).is_some_and(|f| f.arg != crate::ArgRule::None);
        let argument_follows = takes
            && (rest[length..].starts_with('[')
                || rest[length..]
                    .strip_prefix('.')
                    .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphabetic())));
        if argument_follows {
            return parser::parse_term(text, at);
        }
        Ok((Term::Field { name: name.to_owned(), arg: None, span: at..at + length }, at + length))
    }

    /// The text it was made from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The options it was made with.
    pub fn options(&self) -> &TextOptions {
        &self.options
    }

    /// The fields it uses, each once.
    pub fn fields(&self) -> &[&'static Field] {
        &self.fields
    }

    /// True when a line depends on the one before it: it has the time since then.
    pub fn looks_back(&self) -> bool {
        self.options.time == TimeStyle::Delta && self.fields.iter().any(|f| f.has(FieldFlags::LINE_TIME))
    }

    /// Parts of the model it reads.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// Appends the line of an event, without line feed. False, and nothing is appended, when an item is
    /// missing and the format does not begin with `*`.
    pub fn write(&mut self, cx: &EventCx<'_>, out: &mut Vec<u8>) -> bool {
        let Self { items, pool, scratch, options, last_line, all_lines, .. } = self;
        let env = Env { cx, text: options };
        let start = out.len();
        for item in items {
            match item {
                // Mostly a blank.
                Item::Text(text) => match text.as_slice() {
                    [byte] => out.push(*byte),
                    text => out.extend_from_slice(text),
                },
                Item::LineTime { width, .. } => {
                    let from = out.len();
                    write_line_time(env, last_line.unwrap_or(cx.event.ts), out);
                    if let Some(width) = width {
                        fit(*width, from, out);
                    }
                }
                Item::Value { operand, width } => {
                    let from = out.len();
                    if !write_text(operand, env, scratch, pool, out) {
                        if !*all_lines {
                            out.truncate(start);
                            return false;
                        }
                        out.extend_from_slice(MISSING);
                    }
                    if let Some(width) = width {
                        fit(*width, from, out);
                    }
                }
            }
        }
        *last_line = Some(cx.event.ts);
        true
    }

    /// Appends the event as one JSON object, without line feed: the fields of the format are its keys. False, and nothing is appended, as for [`write`](Self::write).
    pub fn write_json(&mut self, cx: &EventCx<'_>, out: &mut Vec<u8>) -> bool {
        let Self { items, columns, pool, scratch, options, last_line, all_lines, .. } = self;
        let env = Env { cx, text: options };
        let start = out.len();
        out.push(b'{');
        for Column { key, index, .. } in columns {
            let Some(Item::Value { operand, .. } | Item::LineTime { operand, .. }) = items.get(*index) else {
                continue;
            };
            if out.len() > start + 1 {
                out.push(b',');
            }
            out.extend_from_slice(key);
            if !write_json(operand, env, scratch, pool, out) {
                if !*all_lines {
                    out.truncate(start);
                    return false;
                }
                out.extend_from_slice(b"null");
            }
        }
        out.push(b'}');
        *last_line = Some(cx.event.ts);
        true
    }
}

fn push(plain: &mut Vec<u8>, byte: u8) -> usize {
    plain.push(byte);
    2
}

fn write_text(
    operand: &Operand,
    env: Env<'_>,
    scratch: &mut Vec<u8>,
    pool: &mut Pool,
    out: &mut Vec<u8>,
) -> bool {
    if let Operand::Field(field) = operand {
        return field.write_with(env, scratch, out);
    }
    if operand.is_list() {
        let mut count = 0;
        let _ = operand.each(env, pool, &mut |value| {
            if count > 0 {
                out.push(b',');
            }
            count += 1;
            write_safe(&value, operand, env, out);
            std::ops::ControlFlow::Continue(())
        });
        return count > 0;
    }
    scratch.clear();
    let Some(value) = operand.value(env, scratch, pool) else { return false };
    write_safe(&value, operand, env, out);
    true
}

fn write_safe(value: &Value<'_>, operand: &Operand, env: Env<'_>, out: &mut Vec<u8>) {
    match value.bytes() {
        Some(text) => env.write_text(text, out),
        None => write_plain(value, operand.print(), out),
    }
}

fn write_json(
    operand: &Operand,
    env: Env<'_>,
    scratch: &mut Vec<u8>,
    pool: &mut Pool,
    out: &mut Vec<u8>,
) -> bool {
    if let Operand::Field(field) = operand {
        return field.write_json_with(env, scratch, out);
    }
    let one = |value: &Value<'_>, out: &mut Vec<u8>| match value.bytes() {
        Some(text) => cscope_capture::print::json_string(text, out),
        None => write_plain(value, operand.print(), out),
    };
    if operand.is_list() {
        out.push(b'[');
        let _ = operand.each(env, pool, &mut |value| {
            if out.last() != Some(&b'[') {
                out.push(b',');
            }
            one(&value, out);
            std::ops::ControlFlow::Continue(())
        });
        out.push(b']');
        return true;
    }
    scratch.clear();
    let Some(value) = operand.value(env, scratch, pool) else { return false };
    one(&value, out);
    true
}

/// Makes the text from byte `from` on exactly as wide as asked for.
fn fit(width: Width, from: usize, out: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(&out[from..]);
    let count = text.chars().count();
    if count >= width.characters {
        let end = text.char_indices().nth(width.characters).map_or(text.len(), |(i, _)| i);
        out.truncate(from + end);
        return;
    }
    let blanks = width.characters - count;
    out.resize(out.len() + blanks, b' ');
    if width.right {
        out[from..].rotate_right(blanks);
    }
}
