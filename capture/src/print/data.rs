//! Byte buffers in the five forms of the command line.

use super::number::write_hex_lower;

/// Form of byte buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DataFormat {
    /// On the line, with dots for what is not printable ASCII.
    #[default]
    Dotted,
    /// Rows of hexadecimal numbers.
    Hex,
    /// Rows of hexadecimal numbers with the text beside them.
    HexAscii,
    /// The printable part as text.
    Ascii,
    /// Base64.
    Base64,
}

/// Bytes in a row of the hexadecimal forms.
const ROW: usize = 16;

/// Appends bytes in this form; `cut` is the longest dotted text, its last three characters being dots.
pub fn write_data(bytes: &[u8], format: DataFormat, cut: Option<usize>, out: &mut Vec<u8>) {
    match format {
        DataFormat::Dotted => write_dotted(bytes, cut, out),
        DataFormat::Hex => write_rows(bytes, false, out),
        DataFormat::HexAscii => write_rows(bytes, true, out),
        DataFormat::Ascii => write_ascii(bytes, out),
        DataFormat::Base64 => write_base64(bytes, out),
    }
}

fn dot(c: u8) -> u8 {
    if matches!(c, 0x20..=0x7e) { c } else { b'.' }
}

fn write_dotted(bytes: &[u8], cut: Option<usize>, out: &mut Vec<u8>) {
    match cut {
        Some(cut) if bytes.len() > cut => {
            let dots = cut.min(3);
            extend_dotted(bytes.get(..cut - dots).unwrap_or_default(), out);
            out.resize(out.len() + dots, b'.');
        }
        _ => extend_dotted(bytes, out),
    }
}

/// Appends bytes with dots for what is not printable: changed where they stand, which is done for many at once.
fn extend_dotted(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(bytes);
    for c in out.get_mut(start..).unwrap_or_default() {
        *c = dot(*c);
    }
}

fn write_rows(bytes: &[u8], text: bool, out: &mut Vec<u8>) {
    for (row, bytes) in bytes.chunks(ROW).enumerate() {
        out.extend_from_slice(b"\n\t0x");
        let offset = row * ROW;
        let zeros = [0x1000, 0x100, 0x10].iter().filter(|&&limit| offset < limit).count();
        out.resize(out.len() + zeros, b'0');
        write_hex_lower(offset as u64, out);
        out.push(b':');
        for pair in bytes.chunks(2) {
            out.push(b' ');
            for &c in pair {
                write_byte(c, out);
            }
        }
        if text {
            // Missing pairs are filled, the second half of an odd one is not: the layout of sysdig.
            let missing = ROW / 2 - bytes.len().div_ceil(2);
            out.resize(out.len() + missing * 5 + 2, b' ');
            extend_dotted(bytes, out);
        }
    }
    out.push(b'\n');
}

fn write_byte(c: u8, out: &mut Vec<u8>) {
    if c < 0x10 {
        out.push(b'0');
    }
    write_hex_lower(u64::from(c), out);
}

/// A carriage return, a line feed, and both together are one line end; other unprintable bytes vanish. A line feed in front
/// of everything is the one that is written there anyway.
fn write_ascii(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'\n');
    let mut last = b'\r';
    for &c in bytes {
        match c {
            b'\n' if last == b'\r' => {}
            b'\r' | b'\n' => out.push(b'\n'),
            0x20..=0x7e => out.push(c),
            _ => {}
        }
        last = c;
    }
}

fn write_base64(bytes: &[u8], out: &mut Vec<u8>) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, &c| word << 8 | u32::from(c)) << (8 * (3 - chunk.len()));
        for n in 0..4 {
            let digit = word >> (18 - 6 * n) & 63;
            out.push(if n <= chunk.len() { ALPHABET[digit as usize] } else { b'=' });
        }
    }
}

/// Texts of a NUL-separated list joined with `.`, or its pairs as `name:value` joined with `,`.
pub(super) fn write_list(list: &[u8], pairs: bool, out: &mut Vec<u8>) {
    let list = list.strip_suffix(&[0]).unwrap_or(list);
    for (n, item) in list.split(|&c| c == 0).enumerate() {
        if n > 0 {
            out.push(match (pairs, n % 2) {
                (false, _) => b'.',
                (true, 1) => b':',
                (true, _) => b',',
            });
        }
        out.extend_from_slice(item);
    }
}
