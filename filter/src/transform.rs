//! Transformers: functions of values, written around a field.

mod getopt;

use std::ops::ControlFlow;

use crate::field::Env;
use crate::operand::{Operand, Visit};
use crate::pool::Pool;
use crate::text::write_plain;
use crate::{Kind, Value};

/// Names of all transformers.
pub(crate) const NAMES: &[&str] =
    &["tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt"];

/// A use of a transformer.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    /// Letters in lower case.
    Lower(Operand),
    /// Letters in upper case.
    Upper(Operand),
    /// Decodes base64; what is none has no value.
    B64(Operand),
    /// The part behind the last slash.
    Basename(Operand),
    /// Length in bytes, or number of items.
    Len(Operand),
    /// The items with the separator between them.
    Join { separator: Operand, items: Operand },
    /// The texts one after the other.
    Concat(Vec<Operand>),
    /// Options found in a list of arguments, with their values.
    GetOpt { args: Operand, spec: Operand, pick: Option<u8> },
}

impl Call {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Len(_) => Kind::Uint,
            Self::Lower(inner) | Self::Upper(inner) => inner.kind(),
            _ => Kind::Text,
        }
    }

    /// What it is applied to.
    pub(crate) fn operands(&self) -> impl Iterator<Item = &Operand> {
        let (few, many): ([Option<&Operand>; 2], &[Operand]) = match self {
            Self::Lower(a) | Self::Upper(a) | Self::B64(a) | Self::Basename(a) | Self::Len(a) => {
                ([Some(a), None], &[])
            }
            Self::Join { separator, items } => ([Some(separator), Some(items)], &[]),
            Self::Concat(all) => ([None, None], all),
            Self::GetOpt { args, spec, .. } => ([Some(args), Some(spec)], &[]),
        };
        few.into_iter().flatten().chain(many)
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::GetOpt { pick: None, .. })
    }

    pub(crate) fn value<'a>(
        &'a self,
        env: Env<'a>,
        out: &'a mut Vec<u8>,
        pool: &mut Pool,
    ) -> Option<Value<'a>> {
        let found = match self {
            Self::Lower(inner) => with_bytes(inner, env, pool, |b| {
                out.extend(b.iter().map(u8::to_ascii_lowercase));
                true
            }),
            Self::Upper(inner) => with_bytes(inner, env, pool, |b| {
                out.extend(b.iter().map(u8::to_ascii_uppercase));
                true
            }),
            Self::B64(inner) => with_bytes(inner, env, pool, |b| decode_base64(b, out)),
            Self::Basename(inner) => with_bytes(inner, env, pool, |b| {
                let start = memchr::memrchr(b'/', b).map_or(0, |i| i + 1);
                out.extend_from_slice(&b[start..]);
                true
            }),
            Self::Len(inner) => return length(inner, env, pool).map(Value::Uint),
            Self::Join { separator, items } => join(separator, items, env, pool, out),
            Self::Concat(items) => items.iter().all(|item| append(item, env, pool, out)),
            Self::GetOpt { args, spec, pick: Some(option) } => {
                let mut last = None;
                let _ = getopt::each(args, spec, env, pool, &mut |name, value| {
                    if name == *option {
                        last = Some(value.map_or_else(|| vec![name], <[u8]>::to_vec));
                    }
                    ControlFlow::Continue(())
                });
                last.map(|v| out.extend_from_slice(&v)).is_some()
            }
            Self::GetOpt { pick: None, .. } => false,
        };
        found.then_some(match self.kind() {
            Kind::Bytes => Value::Bytes(out),
            _ => Value::Text(out),
        })
    }

    /// The items of a transformer that yields a list.
    pub(crate) fn each(&self, env: Env<'_>, pool: &mut Pool, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let Self::GetOpt { args, spec, .. } = self else { return ControlFlow::Continue(()) };
        getopt::each(args, spec, env, pool, &mut |name, value| match value {
            None => visit(Value::Text(&[name])),
            // An option without the value it needs.
            Some([]) => visit(Value::Text(b"")),
            Some(value) => {
                visit(Value::Text(&[name]))?;
                visit(Value::Text(value))
            }
        })
    }
}

/// Gives the bytes of a value to `then`; false when there are none.
fn with_bytes(inner: &Operand, env: Env<'_>, pool: &mut Pool, then: impl FnOnce(&[u8]) -> bool) -> bool {
    let mut buffer = pool.take();
    let found = inner.value(env, &mut buffer, pool).and_then(|v| v.bytes()).is_some_and(then);
    pool.give(buffer);
    found
}

/// Appends a value as text; false when there is none.
fn append(item: &Operand, env: Env<'_>, pool: &mut Pool, out: &mut Vec<u8>) -> bool {
    let mut buffer = pool.take();
    let value = item.value(env, &mut buffer, pool);
    if let Some(value) = &value {
        write_plain(value, item.print(), out);
    }
    let found = value.is_some();
    pool.give(buffer);
    found
}

fn length(inner: &Operand, env: Env<'_>, pool: &mut Pool) -> Option<u64> {
    if inner.is_list() {
        let mut count = 0;
        let _ = inner.each(env, pool, &mut |_| {
            count += 1;
            ControlFlow::Continue(())
        });
        return Some(count);
    }
    let mut length = None;
    with_bytes(inner, env, pool, |b| {
        length = Some(b.len() as u64);
        true
    });
    length
}

/// Items without a value make the whole missing.
fn join(separator: &Operand, items: &Operand, env: Env<'_>, pool: &mut Pool, out: &mut Vec<u8>) -> bool {
    let mut between = pool.take();
    let mut complete = append(separator, env, pool, &mut between);
    if complete {
        if let Operand::List(list) = items {
            for (n, item) in list.iter().enumerate() {
                if n > 0 {
                    out.extend_from_slice(&between);
                }
                complete &= append(item, env, pool, out);
            }
        } else {
            let mut first = true;
            let _ = items.each(env, pool, &mut |value| {
                if !std::mem::take(&mut first) {
                    out.extend_from_slice(&between);
                }
                write_plain(&value, items.print(), out);
                ControlFlow::Continue(())
            });
        }
    }
    pool.give(between);
    complete
}

/// Decodes base64 with or without padding, both alphabets; false when the text is none.
fn decode_base64(text: &[u8], out: &mut Vec<u8>) -> bool {
    let end = text.iter().rposition(|&b| b != b'=').map_or(0, |i| i + 1);
    if text.len() - end > 2 {
        return false;
    }
    for chunk in text[..end].chunks(4) {
        let mut word = 0u32;
        for &byte in chunk {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                _ => return false,
            };
            word = word << 6 | u32::from(digit);
        }
        match chunk.len() {
            4 => out.extend_from_slice(&word.to_be_bytes()[1..]),
            3 => out.extend_from_slice(&(word >> 2).to_be_bytes()[2..]),
            2 => out.push((word >> 4).to_be_bytes()[3]),
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64() {
        let decode = |text: &str| {
            let mut out = Vec::new();
            decode_base64(text.as_bytes(), &mut out).then(|| String::from_utf8_lossy(&out).into_owned())
        };
        assert_eq!(decode("YWFh").as_deref(), Some("aaa"));
        assert_eq!(decode("YWE=").as_deref(), Some("aa"));
        assert_eq!(decode("YQ").as_deref(), Some("a"));
        assert_eq!(decode("").as_deref(), Some(""));
        assert_eq!(decode("Y"), None);
        assert_eq!(decode("Y?=="), None);
        assert_eq!(decode("YQ==="), None);
    }
}
