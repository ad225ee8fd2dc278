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

/// Numbers below this have eight digits at most.
const EIGHT_DIGITS: u64 = 100_000_000;

/// Appends an unsigned decimal number.
#[inline]
pub fn write_uint(v: u64, out: &mut Vec<u8>) {
    if v < 10 {
        return out.push(b'0' + v as u8);
    }
    if v >= EIGHT_DIGITS {
        return write_long(v, out);
    }
    let digits = eight_digits(v);
    let zeros = digits.trailing_zeros() / 8;
    // As many bytes as ever needed cost less than as many as needed.
    let end = out.len() + 8 - zeros as usize;
    out.extend_from_slice(&(as_text(digits) >> (8 * zeros)).to_le_bytes());
    out.truncate(end);
}

/// A number of more than eight digits.
fn write_long(v: u64, out: &mut Vec<u8>) {
    write_uint(v / EIGHT_DIGITS, out);
    out.extend_from_slice(&as_text(eight_digits(v % EIGHT_DIGITS)).to_le_bytes());
}

/// The nine digits of a number below 10^9 as text.
#[inline]
pub fn nine_digits(v: u32) -> [u8; 9] {
    let (first, others) = (v / EIGHT_DIGITS as u32, v % EIGHT_DIGITS as u32);
    let [a, b, c, d, e, f, g, h] = as_text(eight_digits(u64::from(others))).to_le_bytes();
    [b'0' + first as u8, a, b, c, d, e, f, g, h]
}

/// The decimal digits of a number below 10^8, the first one in the lowest byte. All pairs of digits, then all digits,
/// are parted at once: multiplying and shifting divides exactly for numbers as small as these.
#[inline]
fn eight_digits(v: u64) -> u64 {
    let fours = (v / 10_000) | ((v % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let twos = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((twos - tens * 10) << 8)
}

/// Digits as characters.
#[inline]
fn as_text(digits: u64) -> u64 {
    digits | 0x3030_3030_3030_3030
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

/// Appends a decimal number with zeros in front, at least `width` digits.
pub fn write_padded(v: u64, width: usize, out: &mut Vec<u8>) {
    match u32::try_from(v) {
        Ok(v) if width == 9 && v < 1_000_000_000 => out.extend_from_slice(&nine_digits(v)),
        _ => {
            let digits = v.checked_ilog10().map_or(1, |d| d as usize + 1);
            out.resize(out.len() + width.saturating_sub(digits), b'0');
            write_uint(v, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lengths_of_numbers() {
        let powers = (0..20).map(|n| 10u64.pow(n));
        let near = powers.flat_map(|p| [p - 1, p, p + 1, p.wrapping_mul(9), p / 3 * 2]);
        let spread = (0..200_000u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (n % 64));
        for v in near.chain(spread).chain(0..100_000).chain([u64::MAX, i64::MAX.cast_unsigned()]) {
            let mut out = b"x".to_vec();
            write_uint(v, &mut out);
            assert_eq!(out, format!("x{v}").into_bytes());
            out.clear();
            write_padded(v, 9, &mut out);
            assert_eq!(out, format!("{v:09}").into_bytes());
            out.clear();
            write_padded(v, 4, &mut out);
            assert_eq!(out, format!("{v:04}").into_bytes());
        }
    }
}
