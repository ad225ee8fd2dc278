//! Numbers and times as text.

use std::io::Write;

use crate::table::ParamFormat;

/// Appends a signed decimal number.
#[inline]
pub fn write_int(v: i64, out: &mut Vec<u8>) {
    if v < 0 {
        out.push(b'-');
    }
    write_uint(v.unsigned_abs(), out);
}

/// Appends an unsigned decimal number.
#[inline]
pub fn write_uint(v: u64, out: &mut Vec<u8>) {
    /// Digits of the largest number.
    const MOST: usize = 20;
    if v < 10 {
        return out.push(b'0' + v as u8);
    }
    let count = v.checked_ilog10().map_or(1, |log| log as usize + 1);
    let start = out.len();
    // As many bytes as ever needed cost less than as many as needed.
    out.extend_from_slice(&[b'0'; MOST]);
    let mut left = v;
    if let Some(digits) = out.get_mut(start..start + count) {
        let (odd, pairs) = digits.as_rchunks_mut::<2>();
        for pair in pairs.iter_mut().rev() {
            let two = (left % 100) as u8;
            *pair = [b'0' + two / 10, b'0' + two % 10];
            left /= 100;
        }
        odd.iter_mut().for_each(|digit| *digit = b'0' + left as u8);
    }
    out.truncate(start + count);
}

/// Appends an upper-case hexadecimal number without prefix.
pub fn write_hex(v: u64, out: &mut Vec<u8>) {
    write_base(v, 4, b"0123456789ABCDEF", out);
}

/// Appends a lower-case hexadecimal number without prefix.
pub(super) fn write_hex_lower(v: u64, out: &mut Vec<u8>) {
    write_base(v, 4, b"0123456789abcdef", out);
}

/// Appends `v` in base 2^`shift`.
fn write_base(v: u64, shift: u32, digits: &[u8; 16], out: &mut Vec<u8>) {
    let count = (u64::BITS - v.leading_zeros()).div_ceil(shift).max(1);
    let mask = (1 << shift) - 1;
    out.extend((0..count).rev().filter_map(|n| digits.get(((v >> (n * shift)) & mask) as usize)));
}

/// Appends a number of `width` bytes as its table row wants it; hexadecimal and octal show the bits of
/// a negative number.
pub(super) fn write_formatted(v: i64, width: Option<usize>, format: ParamFormat, out: &mut Vec<u8>) {
    let bits = match width {
        Some(width @ 1..=7) => v.cast_unsigned() & ((1 << (width * 8)) - 1),
        _ => v.cast_unsigned(),
    };
    match format {
        ParamFormat::Na | ParamFormat::Dec => write_int(v, out),
        ParamFormat::Hex => write_hex(bits, out),
        ParamFormat::Oct => {
            if bits != 0 {
                out.push(b'0');
            }
            write_base(bits, 3, b"0123456789ABCDEF", out);
        }
    }
}

/// Appends a number with one digit after the point.
pub(super) fn write_decimal(v: f64, out: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{v:.1}");
}

/// Appends a number as `%g` of C does: six significant digits, no zeros at the end, an exponent below
/// 0.0001 and from 1e6 on.
pub fn write_g(v: f64, out: &mut Vec<u8>) {
    const DIGITS: i32 = 6;
    if v == 0.0 {
        return out.push(b'0');
    }
    // `d.ddddde<exponent>`, correctly rounded; small enough for the stack.
    let mut buffer = [0u8; 32];
    let mut rest = &mut buffer[..];
    if !v.is_finite() || write!(rest, "{v:.5e}").is_err() {
        return out.extend_from_slice(if v.is_nan() { b"nan" } else { b"inf" });
    }
    let left = rest.len();
    let text = buffer.get(..buffer.len() - left).unwrap_or_default();
    let Some(at) = memchr::memchr(b'e', text) else { return };
    let (mantissa, exponent) = text.split_at(at);
    let exponent: i32 = std::str::from_utf8(exponent.get(1..).unwrap_or_default())
        .ok()
        .and_then(|e| e.parse().ok())
        .unwrap_or(0);
    if mantissa.first() == Some(&b'-') {
        out.push(b'-');
    }
    let mut digits = [b'0'; DIGITS as usize];
    for (to, from) in digits.iter_mut().zip(mantissa.iter().filter(|c| c.is_ascii_digit())) {
        *to = *from;
    }
    let used = digits.iter().rposition(|&d| d != b'0').map_or(1, |last| last + 1);
    let digits = digits.get(..used).unwrap_or_default();
    if (0..DIGITS).contains(&exponent) {
        let whole = exponent as usize + 1;
        out.extend_from_slice(digits.get(..whole).unwrap_or(digits));
        out.resize(out.len() + whole.saturating_sub(digits.len()), b'0');
        if let Some(fraction @ [_, ..]) = digits.get(whole..) {
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
    } else if (-4..0).contains(&exponent) {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + exponent.unsigned_abs() as usize - 1, b'0');
        out.extend_from_slice(digits);
    } else if let Some((first, fraction)) = digits.split_first() {
        out.push(*first);
        if !fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        if exponent.unsigned_abs() < 10 {
            out.push(b'0');
        }
        write_uint(u64::from(exponent.unsigned_abs()), out);
    }
}

/// Appends `YYYY-MM-DD HH:MM:SS.nnnnnnnnn` of a time in ns since the epoch, `offset` seconds east of UTC.
pub fn write_datetime(ns: u64, offset: i32, out: &mut Vec<u8>) {
    const DAY: i64 = 86_400;
    let seconds = (ns / 1_000_000_000).cast_signed() + i64::from(offset);
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY).cast_unsigned();
    write_padded(year.unsigned_abs(), 4, out);
    out.push(b'-');
    write_padded(month, 2, out);
    out.push(b'-');
    write_padded(day, 2, out);
    out.push(b' ');
    write_padded(second / 3600, 2, out);
    out.push(b':');
    write_padded(second / 60 % 60, 2, out);
    out.push(b':');
    write_padded(second % 60, 2, out);
    out.push(b'.');
    write_padded(ns % 1_000_000_000, 9, out);
}

/// Year, month and day of a day number since the epoch, in the Gregorian calendar.
fn civil(days: i64) -> (i64, u64, u64) {
    const ERA: i64 = 146_097;
    // Count from 1 March of year 0, so that the leap day ends a year.
    let days = days + 719_468;
    let era = days.div_euclid(ERA);
    let day = days.rem_euclid(ERA);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month.unsigned_abs(), day.unsigned_abs())
}

/// Appends a decimal number with leading zeros.
fn write_padded(v: u64, width: usize, out: &mut Vec<u8>) {
    let mut buffer = itoa::Buffer::new();
    let text = buffer.format(v).as_bytes();
    out.resize(out.len() + width.saturating_sub(text.len()), b'0');
    out.extend_from_slice(text);
}
