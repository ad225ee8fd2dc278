//! Names of flags, enum values, signals in a set, protocols.

use crate::table::{FlagTable, signal_name};

/// Appends the names of bits, joined with `|`. Going through the table in its order, an entry is named when
/// all its bits are still set, and these are then done with. An entry that equals the whole value is the last
/// one looked at, and an entry of value 0 only stands for the value 0.
pub(super) fn write_flags(bits: u32, table: &FlagTable, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let mut left = bits;
    for &(name, value) in table.entries {
        if value == bits {
            push(name, start, out);
            break;
        }
        if value != 0 && left & value == value {
            push(name, start, out);
            left &= !value;
        }
    }
    out.len() > start
}

/// Appends all names of a value, joined with `|`.
pub(super) fn write_enum(value: u32, table: &FlagTable, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    for (name, _) in table.entries.iter().filter(|(_, v)| *v == value) {
        push(name, start, out);
    }
    out.len() > start
}

fn push(name: &str, start: usize, out: &mut Vec<u8>) {
    if out.len() > start {
        out.push(b'|');
    }
    out.extend_from_slice(name.as_bytes());
}

/// Appends the names of the signals 1 to 32 in a set, with blanks between.
pub(super) fn write_signal_set(set: u32, out: &mut Vec<u8>) {
    let names = (1..=32).filter(|n| set >> (n - 1) & 1 == 1).filter_map(signal_name);
    for (n, name) in names.enumerate() {
        if n > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(name.as_bytes());
    }
}

/// Name of a transport protocol by its number in capture files.
pub(super) fn l4_proto(number: u8) -> &'static [u8] {
    match number {
        1 => b"na",
        2 => b"tcp",
        3 => b"udp",
        4 => b"icmp",
        5 => b"raw",
        _ => b"<NA>",
    }
}
