//! Times as text. The offset of the local zone is that of the date in question; it is kept per quarter of an
//! hour of event time, the finest step at which zones change, so that lines cost no look-up.

use std::cell::Cell;

use chrono::{Local, Offset as _, TimeZone as _};
use cscope_capture::print::{nine_digits, write_datetime, write_padded, write_uint};

const SECOND: u64 = 1_000_000_000;
const QUARTER: u64 = 900 * SECOND;

thread_local! {
    static ZONE: Cell<(u64, i32)> = const { Cell::new((u64::MAX, 0)) };
    /// The last second written, and its text.
    static CLOCK: Cell<(u64, [u8; 9])> = const { Cell::new((u64::MAX, [0; 9])) };
}

/// Seconds the local zone is east of UTC at a time.
pub(crate) fn local_offset(ns: u64) -> i32 {
    let quarter = ns / QUARTER;
    ZONE.with(|zone| {
        let (known, offset) = zone.get();
        if known == quarter {
            return offset;
        }
        let seconds = i64::try_from(ns / SECOND).unwrap_or(0);
        let offset =
            Local.timestamp_opt(seconds, 0).single().map_or(0, |t| t.offset().fix().local_minus_utc());
        zone.set((quarter, offset));
        offset
    })
}

/// Appends `HH:MM:SS.nnnnnnnnn` in local time.
pub(crate) fn write_clock(ns: u64, out: &mut Vec<u8>) {
    let second = ns / SECOND;
    let (mut known, mut text) = CLOCK.get();
    if known != second {
        (known, text) = (second, clock(second));
        CLOCK.set((known, text));
    }
    let mut line = [0; 18];
    let (front, fraction) = line.split_at_mut(text.len());
    front.copy_from_slice(&text);
    fraction.copy_from_slice(&nine_digits((ns % SECOND) as u32));
    out.extend_from_slice(&line);
}

/// `HH:MM:SS.` of a second in local time.
fn clock(second: u64) -> [u8; 9] {
    let local = i64::try_from(second).unwrap_or(0) + i64::from(local_offset(second.saturating_mul(SECOND)));
    let of_day = local.rem_euclid(86_400).cast_unsigned();
    let two = |v: u64| [b'0' + (v / 10) as u8, b'0' + (v % 10) as u8];
    let ([h1, h2], [m1, m2], [s1, s2]) = (two(of_day / 3600), two(of_day / 60 % 60), two(of_day % 60));
    [h1, h2, b':', m1, m2, b':', s1, s2, b'.']
}

/// Appends `seconds.nnnnnnnnn`.
pub(crate) fn write_seconds(ns: u64, out: &mut Vec<u8>) {
    write_uint(ns / SECOND, out);
    out.push(b'.');
    write_padded(ns % SECOND, 9, out);
}

/// Appends `YYYY-MM-DD HH:MM:SS.nnnnnnnnn` in local time.
pub(crate) fn write_local(ns: u64, out: &mut Vec<u8>) {
    write_datetime(ns, local_offset(ns), out);
}

/// Appends `YYYY-MM-DDTHH:MM:SS.nnnnnnnnn+0000`.
pub(crate) fn write_iso8601(ns: u64, out: &mut Vec<u8>) {
    let start = out.len();
    write_datetime(ns, 0, out);
    if let Some(blank) = out.get_mut(start..).and_then(|t| t.iter_mut().find(|b| **b == b' ')) {
        *blank = b'T';
    }
    out.extend_from_slice(b"+0000");
}

/// Appends a span of time with a unit: `835ns`, `10.3ms`.
pub(crate) fn write_human(ns: u64, out: &mut Vec<u8>) {
    const UNITS: [(u64, &str); 3] = [(SECOND, "s"), (1_000_000, "ms"), (1_000, "us")];
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| ns >= *unit) else {
        write_uint(ns, out);
        return out.extend_from_slice(b"ns");
    };
    let hundredths = ns / (unit / 100);
    write_uint(hundredths / 100, out);
    if !hundredths.is_multiple_of(100) {
        out.push(b'.');
        write_padded(hundredths % 100, 2, out);
        if out.last() == Some(&b'0') {
            out.pop();
        }
    }
    out.extend_from_slice(name.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn forms() {
        let ns = 1_534_527_348_514_632_619;
        assert_eq!(text(|o| write_iso8601(ns, o)), "2018-08-17T17:35:48.514632619+0000");
        assert_eq!(text(|o| write_seconds(5_000_000_020, o)), "5.000000020");
        assert_eq!(text(|o| write_human(835, o)), "835ns");
        assert_eq!(text(|o| write_human(10_300_000, o)), "10.3ms");
        assert_eq!(text(|o| write_human(2_000_000_000, o)), "2s");
        assert_eq!(text(|o| write_human(1_070, o)), "1.07us");
    }

    #[test]
    fn local_time_agrees_with_chrono_in_summer_and_winter() {
        for seconds in [1_534_527_348i64, 1_545_154_148, 0, 1_700_000_000] {
            let local = Local.timestamp_opt(seconds, 5).single().expect("a time");
            let ns = seconds.cast_unsigned() * SECOND + 5;
            assert_eq!(text(|o| write_clock(ns, o)), local.format("%H:%M:%S.%9f").to_string());
            assert_eq!(text(|o| write_local(ns, o)), local.format("%Y-%m-%d %H:%M:%S.%9f").to_string());
        }
    }
}
