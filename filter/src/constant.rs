//! Constants: text of a filter to numbers, truth values, addresses, networks and ports.

use std::borrow::Cow;
use std::net::IpAddr;

use chrono::{DateTime, Local, NaiveDate, NaiveTime, TimeZone as _};

use crate::ast::Literal;
use crate::services;

/// What a unit behind a number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    None,
    /// A span of time; the number was turned into ns.
    Time,
    /// A size; the number was turned into bytes.
    Size,
}

/// A number as written, with its unit applied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number {
    pub(crate) value: f64,
    /// The exact value, when it is whole.
    pub(crate) whole: Option<i128>,
    pub(crate) unit: Unit,
}

const UNITS: &[(&str, Unit, i64)] = &[
    ("", Unit::None, 1),
    ("ns", Unit::Time, 1),
    ("us", Unit::Time, 1_000),
    ("µs", Unit::Time, 1_000),
    ("ms", Unit::Time, 1_000_000),
    ("s", Unit::Time, 1_000_000_000),
    ("min", Unit::Time, 60_000_000_000),
    ("h", Unit::Time, 3_600_000_000_000),
    ("d", Unit::Time, 86_400_000_000_000),
    ("B", Unit::Size, 1),
    ("kB", Unit::Size, 1_000),
    ("KB", Unit::Size, 1_000),
    ("KiB", Unit::Size, 1 << 10),
    ("MB", Unit::Size, 1_000_000),
    ("MiB", Unit::Size, 1 << 20),
    ("GB", Unit::Size, 1_000_000_000),
    ("GiB", Unit::Size, 1 << 30),
    ("TB", Unit::Size, 1_000_000_000_000),
    ("TiB", Unit::Size, 1 << 40),
];

/// Names of all units, for messages.
pub(crate) fn units() -> String {
    let names: Vec<&str> = UNITS.iter().map(|(name, ..)| *name).filter(|name| !name.is_empty()).collect();
    names.join(" ")
}

/// Prefixes of numbers that are not decimal.
const BASES: &[(&str, u32)] = &[("0x", 16), ("0X", 16), ("0o", 8), ("0b", 2)];

/// The text without the `_` between its digits; `None` when one stands elsewhere.
fn without_separators(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_hexdigit);
    let between = |(at, _): (usize, &str)| digit(at.checked_sub(1)) && digit(Some(at + 1));
    text.match_indices('_').all(between).then(|| Cow::Owned(text.replace('_', "")))
}

impl Number {
    /// Reads `[+-]digits[.digits][e[+-]digits][unit]`, or `0x`, `0o`, `0b` and digits of that base. Single `_` may stand
    /// between digits.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "a number".to_owned())?;
        let wrong = || format!("`{text}` is no number");
        let plain = without_separators(text).ok_or_else(wrong)?;
        let (negative, body) = match plain.as_bytes().first() {
            Some(b'-') => (true, &plain[1..]),
            Some(b'+') => (false, &plain[1..]),
            _ => (false, &*plain),
        };
        let based = BASES.iter().find_map(|(prefix, base)| Some((body.strip_prefix(prefix)?, *base)));
        if let Some((digits, base)) = based {
            let valid = digits.starts_with(|c: char| c.is_digit(base));
            let value = if valid { u64::from_str_radix(digits, base).ok() } else { None };
            let value = i128::from(value.ok_or_else(wrong)?);
            return Ok(Self::whole(if negative { -value } else { value }));
        }
        let digits = |s: &str| s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
        let whole_end = digits(body);
        if whole_end == 0 {
            return Err(wrong());
        }
        let mut end = whole_end;
        if let Some(fraction) = body[end..].strip_prefix('.') {
            end += 1 + digits(fraction);
        }
        if body[end..].starts_with(['e', 'E']) {
            let exponent = body[end + 1..].trim_start_matches(['+', '-']);
            let sign = body.len() - end - 1 - exponent.len();
            if sign < 2 && digits(exponent) > 0 {
                end += 1 + sign + digits(exponent);
            }
        }
        let unit = &body[end..];
        let Some((_, unit, factor)) = UNITS.iter().find(|(name, ..)| *name == unit) else {
            return Err(wrong());
        };
        let factor = *factor;
        let mut number = if end == whole_end {
            let value: i128 = body[..end].parse().map_err(|_| wrong())?;
            Self::whole(value.checked_mul(i128::from(factor)).ok_or_else(wrong)?)
        } else {
            let value = body[..end].parse::<f64>().map_err(|_| wrong())? * factor as f64;
            let whole = (value.fract() == 0.0 && value.abs() < 1e15).then_some(value as i128);
            Self { value, whole, unit: Unit::None }
        };
        number.unit = *unit;
        if negative {
            number.value = -number.value;
            number.whole = number.whole.map(|w| -w);
        }
        Ok(number)
    }

    fn whole(value: i128) -> Self {
        Self { value: value as f64, whole: Some(value), unit: Unit::None }
    }
}

/// A point in time, ns since the epoch: `2026-11-22`, `2026-11-22T10:00`, with seconds, fractions of them and an offset
/// (`Z`, `+01:00`) if wanted; without one it is local time. A time of day alone is no point in time.
pub(crate) fn time(literal: &Literal) -> Option<i128> {
    let text = text(literal);
    let (date, rest) = text.split_at_checked(10)?;
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
    let clock = match rest.strip_prefix(['T', 't', ' ']) {
        Some(clock) => clock,
        None if rest.is_empty() => "00:00",
        None => return None,
    };
    let zone = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(zone);
    let clock =
        ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(clock, form).ok())?;
    let local = date.and_time(clock);
    let utc = match zone {
        "" => Local.from_local_datetime(&local).earliest()?.naive_utc(),
        "Z" | "z" => local,
        offset => {
            let form = if offset.contains(':') { "%:z" } else { "%z" };
            let offset = DateTime::parse_from_str(
                &format!("2000-01-01 00:00 {offset}"),
                &format!("%Y-%m-%d %H:%M {form}"),
            );
            local - chrono::Duration::seconds(i64::from(offset.ok()?.offset().local_minus_utc()))
        }
    };
    let utc = utc.and_utc();
    Some(i128::from(utc.timestamp()) * 1_000_000_000 + i128::from(utc.timestamp_subsec_nanos()))
}

/// A network: address and number of leading bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Net {
    first: u128,
    bits: u32,
    v4: bool,
}

impl Net {
    /// True when the address lies in it.
    pub(crate) fn contains(&self, ip: IpAddr) -> bool {
        let (value, v4) = number_of(ip);
        v4 == self.v4 && value & self.mask() == self.first
    }

    fn mask(&self) -> u128 {
        let width = if self.v4 { 32 } else { 128 };
        u128::MAX.checked_shl(width - self.bits).unwrap_or(0)
    }
}

fn number_of(ip: IpAddr) -> (u128, bool) {
    match ip {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()), true),
        IpAddr::V6(ip) => (ip.to_bits(), false),
    }
}

fn text(literal: &Literal) -> &str {
    std::str::from_utf8(&literal.bytes).unwrap_or("")
}

/// `true` or `false`.
pub(crate) fn boolean(literal: &Literal) -> Result<bool, (String, Option<String>)> {
    match text(literal) {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err((format!("`{other}` is not a truth value"), Some("write `true` or `false`".to_owned()))),
    }
}

/// An address.
pub(crate) fn address(literal: &Literal) -> Result<IpAddr, (String, Option<String>)> {
    let text = text(literal);
    text.parse().map_err(|_| {
        let help = if text.contains('/') {
            "networks are compared with fd.net, fd.cnet, fd.snet, fd.lnet and fd.rnet"
        } else {
            "addresses look like 192.168.0.1 or 2001:db8::1"
        };
        (format!("`{text}` is no address"), Some(help.to_owned()))
    })
}

/// A network, or one address.
pub(crate) fn network(literal: &Literal) -> Result<Net, (String, Option<String>)> {
    let text = text(literal);
    let wrong = || {
        let help = "networks look like 10.0.0.0/8 or 2001:db8::/32";
        (format!("`{text}` is no network"), Some(help.to_owned()))
    };
    let (ip, bits) = match text.split_once('/') {
        Some((ip, bits)) => (ip, Some(bits)),
        None => (text, None),
    };
    let ip: IpAddr = ip.parse().map_err(|_| wrong())?;
    let (value, v4) = number_of(ip);
    let width = if v4 { 32 } else { 128 };
    let bits = match bits {
        Some(b) if b.len() <= 3 && b.bytes().all(|c| c.is_ascii_digit()) => b.parse().map_err(|_| wrong())?,
        Some(_) => return Err(wrong()),
        None => width,
    };
    if bits > width {
        return Err(wrong());
    }
    let net = Net { first: 0, bits, v4 };
    Ok(Net { first: value & net.mask(), ..net })
}

/// A port: number or name of a service.
pub(crate) fn port(literal: &Literal) -> Result<u16, (String, Option<String>)> {
    let text = text(literal);
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let number =
            Number::parse(&literal.bytes).ok().filter(|n| n.unit == Unit::None).and_then(|n| n.whole);
        return number.and_then(|n| u16::try_from(n).ok()).ok_or_else(|| {
            (
                format!("`{text}` is no port"),
                Some("ports are numbers from 0 to 65535 or service names".to_owned()),
            )
        });
    }
    services::port_of(text).ok_or_else(|| {
        (
            format!("no service is called `{text}`"),
            Some("ports are numbers or names of the services file".to_owned()),
        )
    })
}

/// Bytes written as hexadecimal digits.
pub(crate) fn hex(literal: &Literal) -> Option<Vec<u8>> {
    if literal.bytes.is_empty() || !literal.bytes.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    literal.bytes.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<(Option<i128>, Unit)> {
        Number::parse(text.as_bytes()).ok().map(|n| (n.whole, n.unit))
    }

    #[test]
    fn numbers() {
        assert_eq!(number("12"), Some((Some(12), Unit::None)));
        assert_eq!(number("-0x40"), Some((Some(-64), Unit::None)));
        assert_eq!(number("1.5ms"), Some((Some(1_500_000), Unit::Time)));
        assert_eq!(number("4KiB"), Some((Some(4096), Unit::Size)));
        assert_eq!(number("1e3"), Some((Some(1000), Unit::None)));
        assert_eq!(number("-1.2"), Some((None, Unit::None)));
        assert_eq!(number("0o17"), Some((Some(15), Unit::None)));
        assert_eq!(number("0b101"), Some((Some(5), Unit::None)));
        assert_eq!(number("1_000"), Some((Some(1000), Unit::None)));
        assert_eq!(number("0xffff_ffff"), Some((Some(0xffff_ffff), Unit::None)));
        assert_eq!(number("1_500us"), Some((Some(1_500_000), Unit::Time)));
        for wrong in [
            "",
            "-",
            "0xAAA.1",
            "0o18",
            "0x",
            "0x-1",
            "0x+1",
            "1__0",
            "_1",
            "1_",
            "1_s",
            "0aaaaa",
            "!1",
            "1e",
            "1.5parsec",
            "999999999999999999999999999999999999999999",
        ] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times() {
        let time = |t: &str| time(&Literal { bytes: t.as_bytes().to_vec(), span: 0..0, quoted: false });
        let ns = 1_795_341_600_000_000_000;
        assert_eq!(time("2026-11-22T10:00Z"), Some(ns));
        assert_eq!(time("2026-11-22 10:00:00.5Z"), Some(ns + 500_000_000));
        assert_eq!(time("2026-11-22T11:30:00+01:30"), Some(ns));
        assert_eq!(time("2026-11-22T09:00-0100"), Some(ns));
        let local = Local.with_ymd_and_hms(2026, 11, 22, 0, 0, 0).single().expect("a time");
        assert_eq!(time("2026-11-22"), local.timestamp_nanos_opt().map(i128::from));
        assert_eq!(time("2026-11-22T00:00:00"), time("2026-11-22"));
        for wrong in [
            "",
            "10:00",
            "2026-13-01",
            "2026-11-22T",
            "2026-11-22T25:00",
            "2026-11-22x",
            "2026-11-22T10:00+x",
            "ä2026-11-22",
        ] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn networks() {
        let literal = |t: &str| Literal { bytes: t.as_bytes().to_vec(), span: 0..0, quoted: false };
        let net = network(&literal("10.1.0.0/8")).expect("valid");
        assert!(net.contains("10.200.3.4".parse().expect("valid")));
        assert!(!net.contains("11.0.0.1".parse().expect("valid")));
        assert!(!net.contains("::1".parse().expect("valid")));
        assert!(network(&literal("0.0.0.0/0")).expect("valid").contains("1.2.3.4".parse().expect("valid")));
        assert!(network(&literal("::/0")).expect("valid").contains("fe80::1".parse().expect("valid")));
        for wrong in ["10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "x/8", "10.0.0.0/-1"] {
            assert!(network(&literal(wrong)).is_err(), "{wrong}");
        }
    }
}
