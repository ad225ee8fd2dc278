//! Values as text.

use std::net::IpAddr;

use cscope_capture::print::{write_hex, write_int, write_ipv4, write_ipv6, write_padded, write_uint};

use crate::{Print, Value};

/// Appends a value as it is, without making it safe for a terminal.
pub(crate) fn write_plain(value: &Value<'_>, print: Print, out: &mut Vec<u8>) {
    match *value {
        Value::Text(bytes) | Value::Bytes(bytes) => out.extend_from_slice(bytes),
        Value::Bool(v) => out.extend_from_slice(if v { b"true" } else { b"false" }),
        Value::Int(v) if print == Print::Hex => write_hex(v.cast_unsigned(), out),
        Value::Int(v) => write_int(v, out),
        Value::Uint(v) => match print {
            Print::Hex => write_hex(v, out),
            Print::Padded9 => write_padded(v, 9, out),
            Print::Dec | Print::Id => write_uint(v, out),
        },
        Value::Double(v) => write_tenths(v, out),
        Value::Ip(IpAddr::V4(ip)) => write_ipv4(ip.octets(), out),
        Value::Ip(IpAddr::V6(ip)) => write_ipv6(ip.octets(), out),
    }
}

/// Appends a number with one digit after the point.
fn write_tenths(v: f64, out: &mut Vec<u8>) {
    let tenths = (v.abs() * 10.0).round();
    if !tenths.is_finite() || tenths >= 1e18 {
        return out.extend_from_slice(b"inf");
    }
    if v < 0.0 && tenths > 0.0 {
        out.push(b'-');
    }
    let tenths = tenths as u64;
    write_uint(tenths / 10, out);
    out.push(b'.');
    write_uint(tenths % 10, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(value: Value<'_>, print: Print) -> String {
        let mut out = Vec::new();
        write_plain(&value, print, &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn numbers() {
        assert_eq!(plain(Value::Uint(7), Print::Padded9), "000000007");
        assert_eq!(plain(Value::Uint(12_345_678_901), Print::Padded9), "12345678901");
        assert_eq!(plain(Value::Uint(0), Print::Padded9), "000000000");
        assert_eq!(plain(Value::Int(-5), Print::Dec), "-5");
        assert_eq!(plain(Value::Uint(0x8_0001), Print::Hex), "80001");
        assert_eq!(plain(Value::Double(-0.04), Print::Dec), "0.0");
        assert_eq!(plain(Value::Double(99.96), Print::Dec), "100.0");
        assert_eq!(plain(Value::Ip([127, 0, 0, 1].into()), Print::Dec), "127.0.0.1");
    }
}
