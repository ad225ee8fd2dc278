//! Sums as people read them.

use std::io::Write;

/// What a sum counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Things.
    Plain,
    /// Bytes, in powers of 1,024.
    Bytes,
    /// Nanoseconds.
    Time,
}

impl Unit {
    /// Appends `sum` with its unit.
    pub(crate) fn write(self, sum: u64, out: &mut Vec<u8>) {
        match self {
            Self::Plain => text(out, format_args!("{sum}")),
            Self::Bytes => bytes(sum, out),
            Self::Time => time(sum, out),
        }
    }
}

fn text(out: &mut Vec<u8>, args: std::fmt::Arguments<'_>) {
    // Writing into memory cannot fail.
    let _ = out.write_fmt(args);
}

/// `832B`, `11.40KB`, `1.39G`.
fn bytes(sum: u64, out: &mut Vec<u8>) {
    if sum < 1024 {
        return text(out, format_args!("{sum}B"));
    }
    scaled(sum as f64 / 1024.0, &["KB", "M", "G", "T", "P", "E"], out);
}

/// KiB as `156.00KB`, `5.84M`, `1.39G`: the columns of `ps`.
pub(crate) fn memory(kib: u64, out: &mut Vec<u8>) {
    scaled(kib as f64, &["KB", "M", "G", "T", "P"], out);
}

/// A value in the largest unit that leaves at least one, with two decimals, halves rounded up.
fn scaled(mut value: f64, units: &[&str], out: &mut Vec<u8>) {
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    for &larger in units {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    let value = (value * 100.0 + 0.5).floor() / 100.0;
    text(out, format_args!("{value:.2}{unit}"));
}

/// `835ns`, `3.07us`, `80ms`, `2.01s`, `2m5s`: two decimals below ten, none above.
fn time(ns: u64, out: &mut Vec<u8>) {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    if ns >= 60_000_000_000 {
        let seconds = ns / 1_000_000_000;
        return text(out, format_args!("{}m{}s", seconds / 60, seconds % 60));
    }
    match UNITS.iter().find(|(one, _)| ns >= *one) {
        None => text(out, format_args!("{ns}ns")),
        Some((one, unit)) if ns >= one * 10 => text(out, format_args!("{}{unit}", ns / one)),
        Some((one, unit)) => {
            let hundredths = ns / (one / 100);
            text(out, format_args!("{}.{:02}{unit}", hundredths / 100, hundredths % 100));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(unit: Unit, sum: u64) -> String {
        let mut out = Vec::new();
        unit.write(sum, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn sums_have_units() {
        let bytes = [(0, "0B"), (832, "832B"), (11_672, "11.40KB"), (1 << 20, "1.00M"), (u64::MAX, "16.00E")];
        for (sum, text) in bytes {
            assert_eq!(shown(Unit::Bytes, sum), text);
        }
        let times = [
            (999, "999ns"),
            (3_070, "3.07us"),
            (21_900, "21us"),
            (7_971_000, "7.97ms"),
            (80_999_999, "80ms"),
            (2_010_000_000, "2.01s"),
            (125_000_000_000, "2m5s"),
        ];
        for (sum, text) in times {
            assert_eq!(shown(Unit::Time, sum), text);
        }
    }
}
