//! A use of a field: its row and its argument. What filters, formats, tables and chisels work with.

use std::sync::Arc;

use cscope_capture::EventType;
use cscope_capture::print::{is_plain, json_string, write_uint};
use cscope_capture::table::EVENTS;
use cscope_enrich::EventCx;

use crate::ast::Literal;
use crate::field::{Arg, ArgKind, ArgRule, Env, Extract, Typed};
use crate::nearest::did_you_mean;
use crate::text::write_plain;
use crate::{Field, FieldFlags, FilterError, Kind, Needs, Print, TextOptions, Value, services, types};

/// A field with its argument, as in `evt.arg.name` or `proc.aname[2]`.
#[derive(Debug, Clone)]
pub struct FieldRef {
    pub(crate) field: &'static Field,
    pub(crate) arg: Arg,
}

/// Why a field or its argument was refused.
pub(crate) struct Refused {
    /// The argument is at fault, not the name.
    pub(crate) argument: bool,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

fn refused<T>(argument: bool, message: String, help: Option<String>) -> Result<T, Refused> {
    Err(Refused { argument, message, help })
}

impl FieldRef {
    /// Reads a field with its argument: `fd.name`, `evt.arg.name`, `proc.aname[2]`.
    ///
    /// # Errors
    /// The name is unknown, the argument is missing, not allowed or malformed.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let (name, arg) = match text.split_once('[') {
            Some((name, rest)) => match rest.strip_suffix(']') {
                Some(arg) => (name, Some(arg.trim_matches(['"', '\'']))),
                None => {
                    return Err(FilterError::new(text, name.len()..text.len(), "the bracket is not closed"));
                }
            },
            None => (text, None),
        };
        Self::resolve(name, arg).map_err(|r| {
            let span =
                if r.argument && arg.is_some() { name.len() + 1..text.len() - 1 } else { 0..name.len() };
            let mut error = FilterError::new(text, span, r.message);
            error.help = r.help;
            error
        })
    }

    /// The longest known field name that `name` begins with; what is left after its dot is the argument.
    pub(crate) fn resolve(name: &str, arg: Option<&str>) -> Result<Self, Refused> {
        if let Some(field) = Field::find(name) {
            return Self::with_arg(field, arg);
        }
        if arg.is_none() {
            for (dot, _) in name.rmatch_indices('.') {
                if let Some(field) = Field::find(&name[..dot])
                    && field.arg != ArgRule::None
                {
                    return Self::with_arg(field, Some(&name[dot + 1..]));
                }
            }
        }
        let names = Field::all().map(|f| f.name);
        let near = did_you_mean(name, names).or_else(|| {
            let class = name.split('.').next().unwrap_or(name);
            let known = crate::CLASSES.iter().find(|c| c.name == class);
            Some(match known {
                Some(_) => "`cscope -l` lists all fields".to_owned(),
                None => {
                    let classes: Vec<&str> = crate::CLASSES.iter().map(|c| c.name).collect();
                    format!("fields begin with one of {}", classes.join(" "))
                }
            })
        });
        refused(false, format!("unknown field `{name}`"), near)
    }

    fn with_arg(field: &'static Field, arg: Option<&str>) -> Result<Self, Refused> {
        let name = field.name;
        let (kind, text) = match (field.arg, arg) {
            (ArgRule::None, None) | (ArgRule::Allowed(_), None) => {
                return Ok(Self { field, arg: Arg::default() });
            }
            (ArgRule::None, Some(_)) => return refused(true, format!("`{name}` takes no argument"), None),
            (ArgRule::Required(_), None) => {
                return refused(
                    false,
                    format!("`{name}` needs an argument"),
                    Some(format!("for example `{}`", field.example)),
                );
            }
            (ArgRule::Allowed(kind) | ArgRule::Required(kind), Some(text)) => (kind, text),
        };
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = if digits { text.parse().ok() } else { None };
        let mut made = Arg { text: text.into(), number, params: Arc::default(), present: true };
        match kind {
            ArgKind::Index | ArgKind::Level | ArgKind::Time if number.is_none() => {
                return refused(true, format!("the argument of `{name}` is a number, not `{text}`"), None);
            }
            ArgKind::EventName if types::named(text).is_none() => {
                return refused(
                    true,
                    format!("unknown event type `{text}`"),
                    did_you_mean(text, types::names()),
                );
            }
            ArgKind::Param => made.params = params(text, number)?,
            _ if text.is_empty() => return refused(true, format!("the argument of `{name}` is empty"), None),
            _ => {}
        }
        Ok(Self { field, arg: made })
    }

    /// As [`resolve`](Self::resolve) for an argument of a filter.
    pub(crate) fn of_literal(name: &str, arg: Option<&Literal>) -> Result<Self, Refused> {
        match arg.map(|l| std::str::from_utf8(&l.bytes)).transpose() {
            Ok(arg) => Self::resolve(name, arg),
            Err(_) => refused(true, "the argument is no text".to_owned(), None),
        }
    }

    /// The row.
    pub fn field(&self) -> &'static Field {
        self.field
    }

    /// What it reads: as its row says, but what stands first in an event is there without the others.
    pub fn needs(&self) -> Needs {
        let Field { needs, name, .. } = *self.field;
        let first =
            !self.arg.params.is_empty() && self.arg.params.iter().all(|&index| matches!(index, 0 | 255));
        if first && name == "evt.rawarg" { needs.without(Needs::ARGS) } else { needs }
    }

    /// The argument as given.
    pub fn argument(&self) -> Option<&str> {
        self.arg.present.then_some(&self.arg.text)
    }

    /// The value, when there is one at most.
    #[inline]
    pub(crate) fn extract<'a>(&'a self, env: Env<'a>, buffer: &'a mut Vec<u8>) -> Option<Value<'a>> {
        match self.field.extract {
            Extract::One(extract) => extract(env, &self.arg, buffer),
            Extract::ByType(by_type, other) => match other {
                Some(one) if env.cx.event.kind == EventType::ASYNCEVENT_E => one(env, &self.arg, buffer),
                _ => by_type(Typed::of(&env.cx.event), &self.arg),
            },
            Extract::Each(each) => {
                let mut first = None;
                let mut scratch = Vec::new();
                each(env, &self.arg, &mut scratch, &mut |value| {
                    first = Some(match value {
                        Value::Text(text) | Value::Bytes(text) => {
                            buffer.extend_from_slice(text);
                            None
                        }
                        Value::Bool(v) => Some(Value::Bool(v)),
                        Value::Int(v) => Some(Value::Int(v)),
                        Value::Uint(v) => Some(Value::Uint(v)),
                        Value::Double(v) => Some(Value::Double(v)),
                        Value::Ip(v) => Some(Value::Ip(v)),
                    });
                    true
                });
                first.map(|value| value.unwrap_or(Value::Text(buffer)))
            }
        }
    }

    /// The value for an event; `None` when the event has none. Of a field with several values the first.
    /// `scratch` holds text that is made on the fly.
    pub fn value<'a>(
        &'a self,
        cx: &'a EventCx<'a>,
        options: &'a TextOptions,
        scratch: &'a mut Vec<u8>,
    ) -> Option<Value<'a>> {
        scratch.clear();
        self.extract(Env { cx, text: options }, scratch)
    }

    /// The value as a whole number; `None` when the event has none or it is none.
    pub fn number(&self, cx: &EventCx<'_>) -> Option<i64> {
        let options = TextOptions::default();
        let mut scratch = Vec::new();
        match self.extract(Env { cx, text: &options }, &mut scratch)? {
            Value::Int(v) => Some(v),
            Value::Uint(v) => Some(i64::try_from(v).unwrap_or(i64::MAX)),
            Value::Bool(v) => Some(i64::from(v)),
            _ => None,
        }
    }

    /// Appends the value as it is printed, safe for a terminal; items of lists are joined with commas. False,
    /// and nothing is appended, when the event has none.
    pub fn write(&self, cx: &EventCx<'_>, options: &TextOptions, out: &mut Vec<u8>) -> bool {
        let mut scratch = Vec::new();
        self.write_with(Env { cx, text: options }, &mut scratch, out)
    }

    #[inline]
    pub(crate) fn write_with(&self, env: Env<'_>, scratch: &mut Vec<u8>, out: &mut Vec<u8>) -> bool {
        let value = match self.field.extract {
            Extract::One(extract) if self.field.write.is_none() => {
                scratch.clear();
                extract(env, &self.arg, scratch)
            }
            Extract::ByType(by_type, _) if env.cx.event.kind != EventType::ASYNCEVENT_E => {
                by_type(Typed::of(&env.cx.event), &self.arg)
            }
            _ => return self.write_longer(env, scratch, out),
        };
        match value {
            None => return false,
            // What most values are. Text like this is the same in all forms.
            Some(Value::Text(text)) if is_plain(text) => out.extend_from_slice(text),
            Some(Value::Uint(v)) if self.is_decimal() && self.field.kind != Kind::Port => write_uint(v, out),
            Some(value) => self.write_value(env, &value, out),
        }
        true
    }

    /// The same for all fields.
    fn write_longer(&self, env: Env<'_>, scratch: &mut Vec<u8>, out: &mut Vec<u8>) -> bool {
        scratch.clear();
        if let Extract::Each(each) = self.field.extract {
            let mut count = 0;
            each(env, &self.arg, scratch, &mut |value| {
                if count > 0 {
                    out.push(b',');
                }
                count += 1;
                self.write_value(env, &value, out);
                false
            });
            return count > 0;
        }
        if let Some(write) = self.field.write {
            let start = out.len();
            if !write(env, &self.arg, out) {
                return false;
            }
            let text = out.get(start..).unwrap_or_default();
            if !is_plain(text) {
                scratch.extend_from_slice(text);
                out.truncate(start);
                self.write_value(env, &Value::Text(scratch), out);
            }
            return true;
        }
        let Some(value) = self.extract(env, scratch) else { return false };
        self.write_value(env, &value, out);
        true
    }

    /// True when its numbers are written in decimal.
    #[inline]
    fn is_decimal(&self) -> bool {
        matches!(self.field.print, Print::Dec | Print::Id)
    }

    fn write_value(&self, env: Env<'_>, value: &Value<'_>, out: &mut Vec<u8>) {
        match *value {
            Value::Text(text) if self.field.has(FieldFlags::LAYOUT) => env.write_layout(text, out),
            Value::Text(text) => env.write_text(text, out),
            Value::Bytes(bytes) => env.write_data(bytes, out),
            Value::Uint(port) if self.field.kind == Kind::Port && env.text.resolve_ports => {
                let udp = env.cx.fd.and_then(|fd| fd.l4()) == Some(cscope_capture::L4Proto::Udp);
                match u16::try_from(port).ok().and_then(|p| services::name_of(p, udp)) {
                    Some(name) => out.extend_from_slice(name.as_bytes()),
                    None => write_uint(port, out),
                }
            }
            ref other => write_plain(other, self.field.print, out),
        }
    }

    /// Appends the value as JSON: numbers and truth values typed, other numbers and all texts as strings, lists
    /// as arrays. False, and nothing is appended, when the event has none.
    pub fn write_json(&self, cx: &EventCx<'_>, options: &TextOptions, out: &mut Vec<u8>) -> bool {
        let mut scratch = Vec::new();
        self.write_json_with(Env { cx, text: options }, &mut scratch, out)
    }

    pub(crate) fn write_json_with(&self, env: Env<'_>, scratch: &mut Vec<u8>, out: &mut Vec<u8>) -> bool {
        scratch.clear();
        if let Extract::Each(each) = self.field.extract {
            let start = out.len();
            out.push(b'[');
            each(env, &self.arg, scratch, &mut |value| {
                if out.last() != Some(&b'[') {
                    out.push(b',');
                }
                self.write_json_value(env, &value, out);
                false
            });
            if out.last() == Some(&b'[') {
                out.truncate(start);
                return false;
            }
            out.push(b']');
            return true;
        }
        if self.field.has(FieldFlags::LINE_TIME) {
            write_uint(env.cx.event.ts, out);
            return true;
        }
        let Some(value) = self.extract(env, scratch) else { return false };
        self.write_json_value(env, &value, out);
        true
    }

    fn write_json_value(&self, env: Env<'_>, value: &Value<'_>, out: &mut Vec<u8>) {
        let typed = self.is_decimal();
        match *value {
            Value::Text(text) => json_string(text, out),
            Value::Bytes(bytes) => {
                let mut text = Vec::new();
                env.write_data(bytes, &mut text);
                json_string(&text, out);
            }
            Value::Double(v) if !v.is_finite() => out.extend_from_slice(b"null"),
            Value::Bool(_) | Value::Double(_) => write_plain(value, self.field.print, out),
            Value::Int(_) | Value::Uint(_) if typed => write_plain(value, self.field.print, out),
            Value::Int(_) | Value::Uint(_) | Value::Ip(_) => {
                out.push(b'"');
                write_plain(value, self.field.print, out);
                out.push(b'"');
            }
        }
    }
}

/// Index of the parameter by event type, 255 where the type has none.
fn params(text: &str, number: Option<u64>) -> Result<Arc<[u8]>, Refused> {
    if let Some(number) = number {
        let Some(index) = u8::try_from(number).ok().filter(|&n| n < 64) else {
            return refused(true, format!("no event has a parameter {number}"), None);
        };
        let at = |count: usize| if usize::from(index) < count { index } else { 255 };
        return Ok(EVENTS.iter().map(|e| at(e.params.len())).collect());
    }
    let found: Arc<[u8]> = EVENTS
        .iter()
        .map(|e| e.param_index(text).and_then(|i| u8::try_from(i).ok()).unwrap_or(255))
        .collect();
    if found.iter().all(|&i| i == 255) {
        let names = EVENTS.iter().flat_map(|e| e.params).map(|p| p.name);
        return refused(true, format!("no event has a parameter `{text}`"), did_you_mean(text, names));
    }
    Ok(found)
}
