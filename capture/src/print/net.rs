//! Internet addresses, socket addresses and tuples as text.

use super::Resolve;
use super::number::{write_hex_lower, write_uint};
use crate::value::{SockAddr, SockTuple, v4_mapped};

/// An address whose bytes do not make one.
const INVALID: &[u8] = b"INVALID";

/// Appends a dotted quad.
pub fn write_ipv4(ip: [u8; 4], out: &mut Vec<u8>) {
    for (n, byte) in ip.into_iter().enumerate() {
        if n > 0 {
            out.push(b'.');
        }
        write_uint(u64::from(byte), out);
    }
}

/// Appends an IPv6 address as RFC 5952 says: lower case, no leading zeros, the first longest run of at
/// least two zero groups as `::`, an embedded IPv4 address as a dotted quad.
pub fn write_ipv6(ip: [u8; 16], out: &mut Vec<u8>) {
    if let Some(v4) = v4_mapped(&ip) {
        out.extend_from_slice(b"::ffff:");
        return write_ipv4(v4, out);
    }
    let mut groups = [0u16; 8];
    for (group, pair) in groups.iter_mut().zip(ip.chunks_exact(2)) {
        *group = pair.iter().fold(0, |group, &byte| group << 8 | u16::from(byte));
    }
    let (gap, length) = longest_zero_run(&groups);
    for (n, &group) in groups.iter().enumerate() {
        if length > 1 && n == gap {
            out.extend_from_slice(b"::");
        }
        if length > 1 && (gap..gap + length).contains(&n) {
            continue;
        }
        if n > 0 && !(length > 1 && n == gap + length) {
            out.push(b':');
        }
        write_hex_lower(u64::from(group), out);
    }
}

/// Start and length of the first longest run of zeros.
fn longest_zero_run(groups: &[u16; 8]) -> (usize, usize) {
    let (mut best, mut run) = ((0, 0), (0, 0));
    for (n, &group) in groups.iter().enumerate() {
        run = if group == 0 { (run.0, run.1 + 1) } else { (n + 1, 0) };
        if run.1 > best.1 {
            best = run;
        }
    }
    best
}

/// Appends an IPv6 address, or the IPv4 address that it stands for.
fn write_unmapped(ip: [u8; 16], out: &mut Vec<u8>) {
    match v4_mapped(&ip) {
        Some(v4) => write_ipv4(v4, out),
        None => write_ipv6(ip, out),
    }
}

pub(super) fn write_port<R: Resolve + ?Sized>(port: u16, resolve: &R, out: &mut Vec<u8>) {
    match resolve.service(port) {
        Some(name) => out.extend_from_slice(name),
        None => write_uint(u64::from(port), out),
    }
}

fn write_family(family: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"family ");
    write_uint(u64::from(family), out);
}

pub(super) fn write_sockaddr<R: Resolve + ?Sized>(
    address: Option<SockAddr<'_>>,
    resolve: &R,
    out: &mut Vec<u8>,
) {
    match address {
        None => out.extend_from_slice(INVALID),
        Some(SockAddr::Unix(path)) => out.extend_from_slice(path),
        Some(SockAddr::Family(family)) => write_family(family, out),
        Some(SockAddr::Inet(ip, port)) => {
            write_ipv4(ip, out);
            out.push(b':');
            write_port(port, resolve, out);
        }
        Some(SockAddr::Inet6(ip, port)) => {
            write_unmapped(ip, out);
            out.push(b':');
            write_port(port, resolve, out);
        }
    }
}

pub(super) fn write_tuple<R: Resolve + ?Sized>(tuple: Option<SockTuple<'_>>, resolve: &R, out: &mut Vec<u8>) {
    let Some(tuple) = tuple else { return out.extend_from_slice(INVALID) };
    match tuple {
        SockTuple::Empty => out.extend_from_slice(super::EMPTY),
        SockTuple::Family(family) => write_family(family, out),
        SockTuple::Unix(source, destination, path) => {
            write_hex_lower(source, out);
            out.extend_from_slice(b"->");
            write_hex_lower(destination, out);
            out.push(b' ');
            out.extend_from_slice(path);
        }
        SockTuple::Inet(sip, sport, dip, dport) => {
            write_ipv4(sip, out);
            out.push(b':');
            write_port(sport, resolve, out);
            out.extend_from_slice(b"->");
            write_ipv4(dip, out);
            out.push(b':');
            write_port(dport, resolve, out);
        }
        SockTuple::Inet6(sip, sport, dip, dport) => {
            // Only a tuple that is IPv4 on both ends is shown as such.
            let write = if tuple.is_v4_mapped() { write_unmapped } else { write_ipv6 };
            write(sip, out);
            out.push(b':');
            write_port(sport, resolve, out);
            out.extend_from_slice(b"->");
            write(dip, out);
            out.push(b':');
            write_port(dport, resolve, out);
        }
    }
}

pub(super) fn write_ipv4_net(ip: [u8; 4], mask: [u8; 4], out: &mut Vec<u8>) {
    write_ipv4(ip, out);
    out.push(b'/');
    write_uint(u64::from(u32::from_be_bytes(mask).leading_ones()), out);
}

pub(super) fn write_ipv6_net(ip: [u8; 16], mask: [u8; 16], out: &mut Vec<u8>) {
    write_ipv6(ip, out);
    out.push(b'/');
    write_uint(u64::from(u128::from_be_bytes(mask).leading_ones()), out);
}
