//! Constants: quoted, bare, in lists.

use nom::Parser as _;
use nom::bytes::complete::take_while;

use super::{Explain, Fail, Parsed, Parser, fail, is_bare, shown, skip_blanks, token};
use crate::ast::{Literal, Right};

impl<'a> Parser<'a> {
    /// `(a, b)`, or one value.
    pub(super) fn list(&self, input: &'a str) -> Parsed<'a, Right> {
        let Some(mut rest) = input.strip_prefix('(').map(skip_blanks) else {
            let (rest, literal) = self.literal(input)?;
            let span = literal.span.clone();
            return Ok((rest, Right::List(vec![literal], span)));
        };
        let mut items = Vec::new();
        while !(items.is_empty() && rest.starts_with(')')) {
            let (after, literal) = self.literal(rest)?;
            items.push(literal);
            let after = skip_blanks(after);
            match after.chars().next() {
                Some(',') => rest = skip_blanks(&after[1..]),
                Some(')') => {
                    rest = after;
                    break;
                }
                None => return fail(after, 0, "the list is not closed").expected(&["`,`", "`)`"]),
                Some(_) => {
                    return fail(after, token(after), format!("unexpected {} in a list", shown(after)))
                        .expected(&["`,`", "`)`"])
                        .help(
                            "items are constants; a text with blanks or one of ( ) \" ' = , must be quoted",
                        );
                }
            }
        }
        let rest = &rest[1..];
        Ok((rest, Right::List(items, self.span(input, rest))))
    }

    /// A quoted or bare constant.
    pub(super) fn literal(&self, input: &'a str) -> Parsed<'a, Literal> {
        if input.starts_with(['"', '\'']) {
            return self.quoted(input);
        }
        let (rest, bare) = take_while(is_bare).parse(input)?;
        if bare.is_empty() {
            return fail(input, token(input), format!("expected a value, found {}", shown(input)))
                .help("a value that holds any of ( ) \" ' = , or a blank must be quoted");
        }
        Ok((rest, Literal { bytes: bare.as_bytes().to_vec(), span: self.span(input, rest), quoted: false }))
    }

    /// A quoted constant. A quote behind a backslash does not close it; if no other one does, an even number
    /// of backslashes is taken to end the text.
    pub(super) fn quoted(&self, input: &'a str) -> Parsed<'a, Literal> {
        let bytes = input.as_bytes();
        let quote = bytes[0];
        let closing = |allowed: &dyn Fn(usize) -> bool| {
            memchr::memchr_iter(quote, &bytes[1..]).map(|i| i + 1).find(|&i| allowed(i))
        };
        let slashes = |end: usize| bytes[..end].iter().rev().take_while(|&&b| b == b'\\').count();
        let end = closing(&|i| bytes[i - 1] != b'\\').or_else(|| closing(&|i| slashes(i) % 2 == 0));
        let Some(end) = end else {
            return fail(input, input.len(), "the quoted text is not closed")
                .help(format!("add a {} at its end", char::from(quote)));
        };
        let rest = &input[end + 1..];
        let bytes = self.unescape(&input[1..end], input, quote)?;
        Ok((rest, Literal { bytes, span: self.span(input, rest), quoted: true }))
    }

    pub(super) fn unescape(&self, inner: &str, input: &'a str, quote: u8) -> Result<Vec<u8>, nom::Err<Fail>> {
        let bytes = inner.as_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        let mut i = 0;
        while let Some(&byte) = bytes.get(i) {
            i += 1;
            if byte != b'\\' {
                out.push(byte);
                continue;
            }
            let code = bytes.get(i).copied();
            i += 1;
            out.push(match code {
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b' ' | b'\\') => b'\\',
                Some(b'/') => b'/',
                Some(c) if c == quote => c,
                Some(b'x') => {
                    let digits = bytes.get(i..i + 2).and_then(|d| std::str::from_utf8(d).ok());
                    let value = digits.and_then(|d| u8::from_str_radix(d, 16).ok());
                    let Some(value) = value else {
                        let length = inner[i..].chars().take(2).map(char::len_utf8).sum::<usize>();
                        let at = &input[i - 1..];
                        return fail(at, 2 + length, "`\\x` needs two hexadecimal digits").map(|(_, v)| v);
                    };
                    i += 2;
                    value
                }
                _ => {
                    let length = inner.get(i - 1..).and_then(|s| s.chars().next()).map_or(0, char::len_utf8);
                    return fail(&input[i - 1..], 1 + length, "unknown escape in a quoted text")
                        .help(format!("known: \\\\ \\{} \\n \\t \\r \\b \\f \\/ \\xHH", char::from(quote)))
                        .map(|(_, v)| v);
                }
            });
        }
        Ok(out)
    }
}
