//! Making bytes from the traced system safe to show: for terminals and for JSON.

use std::borrow::Cow;

/// True for printable ASCII, which most texts are: nothing in it needs care on a terminal.
#[inline]
pub fn is_plain(text: &[u8]) -> bool {
    if let Some(end) = text.last_chunk::<8>() {
        // Whole blocks without a way out in the middle become vector instructions.
        let (blocks, rest) = text.as_chunks::<16>();
        let plain = |part: &[u8]| part.iter().fold(true, |plain, c| plain & matches!(c, 0x20..=0x7e));
        let start = rest.first_chunk::<8>().is_none_or(|start| are_plain(u64::from_le_bytes(*start)));
        return blocks.iter().all(|block| plain(block)) && start && are_plain(u64::from_le_bytes(*end));
    }
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(start), Some(end)) => {
            let both = u64::from(u32::from_le_bytes(*start)) << 32 | u64::from(u32::from_le_bytes(*end));
            are_plain(both)
        }
        _ => text.iter().fold(true, |plain, c| plain & matches!(c, 0x20..=0x7e)),
    }
}

/// The same for eight bytes at once.
#[inline]
fn are_plain(bytes: u64) -> bool {
    const EACH: u64 = u64::MAX / 0xff;
    // In each byte, the highest bit of it, of it and one, or of it without a blank's code tells.
    (bytes | bytes.wrapping_add(EACH) | bytes.wrapping_sub(EACH * 0x20)) & (EACH * 0x80) == 0
}

/// Appends text that cannot do anything but appear on a terminal. Control characters (C0 without exception,
/// DEL, C1) and bytes that are not UTF-8 become `\xNN` per byte, invisible and direction-changing characters
/// `\u{NNNN}`; everything else, backslashes too, stays as it is.
#[inline]
pub fn escape_terminal(text: &[u8], out: &mut Vec<u8>) {
    if is_plain(text) {
        return out.extend_from_slice(text);
    }
    escape(text, out);
}

/// The same for text that is not plain.
#[cold]
fn escape(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                c if c.is_control() => push_bytes(c, out),
                c if is_invisible(c) => {
                    out.extend_from_slice(b"\\u{");
                    super::number::write_hex_lower(u64::from(c), out);
                    out.push(b'}');
                }
                c => push_char(c, out),
            }
        }
        for &byte in chunk.invalid() {
            push_byte(byte, out);
        }
    }
}

/// The same of a text, for messages: names of files and constants of filters may come from others.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if is_plain(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + 16);
    escape_terminal(text.as_bytes(), &mut out);
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// A text with marks in place of what [`escape_terminal`] would replace, but for line breaks and tabs; as long as
/// before, so that places in it stay where they are.
pub fn masked(text: &str) -> String {
    let mark = |c: char| match c.len_utf8() {
        _ if matches!(c, '\n' | '\t') || !(c.is_control() || is_invisible(c)) => c,
        1 => '?',
        2 => '\u{b7}',
        3 => char::REPLACEMENT_CHARACTER,
        _ => '\u{1f532}',
    };
    text.chars().map(mark).collect()
}

/// Characters that have no width or change how others are shown: zero-width ones, marks and overrides of the
/// writing direction, line and paragraph separators, the byte-order mark, tags, and private formatting.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn push_char(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn push_bytes(c: char, out: &mut Vec<u8>) {
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        push_byte(byte, out);
    }
}

fn push_byte(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\x");
    if byte < 0x10 {
        out.push(b'0');
    }
    super::number::write_hex_lower(u64::from(byte), out);
}

/// Appends a JSON string with its quotes. The result is valid JSON and valid UTF-8 whatever the bytes are:
/// each run that is not UTF-8 becomes U+FFFD, as readers of JSON expect of lossy text. Control characters,
/// DEL and C1 too, are escaped, so that a line of JSON is safe on a terminal; so are invisible ones.
pub fn json_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if is_plain(text) && memchr::memchr2(b'"', b'\\', text).is_none() {
        out.extend_from_slice(text);
        return out.push(b'"');
    }
    for chunk in text.utf8_chunks() {
        let mut valid = chunk.valid();
        // Most of a text is plain and is taken over in runs.
        while let Some(at) =
            valid.bytes().position(|c| !matches!(c, 0x20..=0x7e) || matches!(c, b'"' | b'\\'))
        {
            let (plain, rest) = valid.split_at(at);
            out.extend_from_slice(plain.as_bytes());
            let mut chars = rest.chars();
            if let Some(c) = chars.next() {
                json_char(c, out);
            }
            valid = chars.as_str();
        }
        out.extend_from_slice(valid.as_bytes());
        if !chunk.invalid().is_empty() {
            push_char(char::REPLACEMENT_CHARACTER, out);
        }
    }
    out.push(b'"');
}

/// A JSON document with the same value that is safe on a terminal.
pub fn safe_json(document: &str) -> String {
    let mut out = Vec::with_capacity(document.len());
    for c in document.chars() {
        // Within a document what is not plain stands in strings only.
        if matches!(c, ' '..='~') { push_char(c, &mut out) } else { json_char(c, &mut out) }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends one character of a JSON string, escaped where it must be or would not be safe on a terminal.
fn json_char(c: char, out: &mut Vec<u8>) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        c if c.is_control() || is_invisible(c) => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(b"\\u");
                let zeros = [0x1000, 0x100, 0x10].iter().filter(|&&limit| *unit < limit).count();
                out.resize(out.len() + zeros, b'0');
                super::number::write_hex_lower(u64::from(*unit), out);
            }
        }
        c => push_char(c, out),
    }
}
