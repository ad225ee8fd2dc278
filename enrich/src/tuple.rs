//! Socket addresses and tuples as events carry them, and the names made from them.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cscope_capture::{FdType, L4Proto, Tuple};

use crate::path::MAX_PATH;

/// Address families as numbered in events.
pub(crate) mod family {
    pub(crate) const UNIX: u32 = 1;
    pub(crate) const INET: u32 = 2;
    pub(crate) const INET6: u32 = 10;
    pub(crate) const NETLINK: u32 = 16;
}

/// The value of a socket tuple parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SockTuple<'a> {
    /// Both ends of an internet socket; addresses that are v4-mapped on both sides come as IPv4.
    Inet { sip: IpAddr, sport: u16, dip: IpAddr, dport: u16 },
    /// Source and destination pointers of a unix socket and its path.
    Unix { source: u64, peer: u64, path: &'a [u8] },
}

/// The value of a socket address parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SockAddr<'a> {
    /// Address and port; v4-mapped addresses come as IPv4.
    Inet { ip: IpAddr, port: u16, mapped: bool },
    /// Path of a unix socket.
    Unix { path: &'a [u8] },
}

/// Decodes a tuple; `None` for empty, cut off or other families.
pub(crate) fn tuple(bytes: &[u8]) -> Option<SockTuple<'_>> {
    let (&kind, rest) = bytes.split_first()?;
    match u32::from(kind) {
        family::INET => {
            let (sip, rest) = v4(rest)?;
            let (sport, rest) = port(rest)?;
            let (dip, rest) = v4(rest)?;
            let (dport, _) = port(rest)?;
            Some(SockTuple::Inet { sip: sip.into(), sport, dip: dip.into(), dport })
        }
        family::INET6 => {
            let (sip, rest) = v6(rest)?;
            let (sport, rest) = port(rest)?;
            let (dip, rest) = v6(rest)?;
            let (dport, _) = port(rest)?;
            let (sip, dip) = match (sip.to_ipv4_mapped(), dip.to_ipv4_mapped()) {
                (Some(s), Some(d)) => (IpAddr::V4(s), IpAddr::V4(d)),
                _ => (IpAddr::V6(sip), IpAddr::V6(dip)),
            };
            Some(SockTuple::Inet { sip, sport, dip, dport })
        }
        family::UNIX => {
            let (source, rest) = rest.split_first_chunk::<8>()?;
            let (peer, rest) = rest.split_first_chunk::<8>()?;
            let path = until_nul(rest);
            Some(SockTuple::Unix {
                source: u64::from_le_bytes(*source),
                peer: u64::from_le_bytes(*peer),
                path,
            })
        }
        _ => None,
    }
}

/// Decodes an address; `None` for empty, cut off or other families.
pub(crate) fn address(bytes: &[u8]) -> Option<SockAddr<'_>> {
    let (&kind, rest) = bytes.split_first()?;
    match u32::from(kind) {
        family::INET => {
            let (ip, rest) = v4(rest)?;
            let (port, _) = port(rest)?;
            Some(SockAddr::Inet { ip: ip.into(), port, mapped: false })
        }
        family::INET6 => {
            let (ip, rest) = v6(rest)?;
            let (port, _) = port(rest)?;
            Some(match ip.to_ipv4_mapped() {
                Some(ip) => SockAddr::Inet { ip: ip.into(), port, mapped: true },
                None => SockAddr::Inet { ip: ip.into(), port, mapped: false },
            })
        }
        family::UNIX => Some(SockAddr::Unix { path: until_nul(rest) }),
        _ => None,
    }
}

fn v4(bytes: &[u8]) -> Option<(Ipv4Addr, &[u8])> {
    let (octets, rest) = bytes.split_first_chunk::<4>()?;
    Some((Ipv4Addr::from(*octets), rest))
}

fn v6(bytes: &[u8]) -> Option<(Ipv6Addr, &[u8])> {
    let (octets, rest) = bytes.split_first_chunk::<16>()?;
    Some((Ipv6Addr::from(*octets), rest))
}

fn port(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (port, rest) = bytes.split_first_chunk::<2>()?;
    Some((u16::from_le_bytes(*port), rest))
}

/// A path up to its NUL, and no longer than paths may be.
fn until_nul(bytes: &[u8]) -> &[u8] {
    let path = bytes.split(|&b| b == 0).next().unwrap_or(bytes);
    path.get(..MAX_PATH).unwrap_or(path)
}

/// Kind of a socket with this local address.
pub(crate) fn socket_kind(ip: IpAddr) -> FdType {
    if ip.is_ipv4() { FdType::Ipv4 } else { FdType::Ipv6 }
}

/// Kind of a bound socket with this address.
pub(crate) fn server_kind(ip: IpAddr) -> FdType {
    if ip.is_ipv4() { FdType::Ipv4Server } else { FdType::Ipv6Server }
}

/// The tuple of a bound socket: only the source end counts.
pub(crate) fn bound(ip: IpAddr, port: u16, l4: L4Proto) -> Tuple {
    Tuple { sip: ip, dip: unspecified(ip), sport: port, dport: 0, l4 }
}

/// The address that stands for "none" in the family of `ip`.
pub(crate) fn unspecified(ip: IpAddr) -> IpAddr {
    if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() }
}

/// `sip:sport->dip:dport`, the name of a connected socket.
pub(crate) fn tuple_name(t: &Tuple, out: &mut Vec<u8>) {
    out.clear();
    write!(out, "{}:{}->{}:{}", t.sip, t.sport, t.dip, t.dport).expect("a Vec takes all writes");
}

/// `ip:port`, the name of a bound socket.
pub(crate) fn end_name(ip: IpAddr, port: u16, out: &mut Vec<u8>) {
    out.clear();
    write!(out, "{ip}:{port}").expect("a Vec takes all writes");
}

/// `source->peer path`, the name of a unix socket once its ends are known.
pub(crate) fn unix_name(source: u64, peer: u64, path: &[u8], out: &mut Vec<u8>) {
    out.clear();
    write!(out, "{source:x}->{peer:x} ").expect("a Vec takes all writes");
    out.extend_from_slice(path);
}

/// Name of the socket kinds whose name is made from their tuple.
pub(crate) fn inet_name(kind: FdType, t: &Tuple, out: &mut Vec<u8>) {
    match kind {
        FdType::Ipv4Server | FdType::Ipv6Server => end_name(t.sip, t.sport, out),
        _ => tuple_name(t, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_addresses_become_ipv4() {
        let mut bytes = vec![10];
        bytes.extend(Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped().octets());
        bytes.extend(80u16.to_le_bytes());
        bytes.extend(Ipv4Addr::new(10, 0, 0, 2).to_ipv6_mapped().octets());
        bytes.extend(443u16.to_le_bytes());
        let Some(SockTuple::Inet { sip, sport, dip, dport }) = tuple(&bytes) else { panic!("decodes") };
        let mut name = Vec::new();
        tuple_name(&Tuple { sip, dip, sport, dport, l4: L4Proto::Tcp }, &mut name);
        assert_eq!(name, b"10.0.0.1:80->10.0.0.2:443");
    }

    #[test]
    fn cut_off_values_decode_to_nothing() {
        for length in 0..13 {
            assert_eq!(tuple(&[2u8; 12][..length.min(12)]), None);
        }
        assert_eq!(address(&[10, 1, 2]), None);
        assert_eq!(tuple(&[1; 16]), None);
        assert_eq!(address(&[1]), Some(SockAddr::Unix { path: b"" }));
    }

    #[test]
    fn unix_pointers_are_hexadecimal() {
        let mut name = Vec::new();
        unix_name(0xffff_8881, 0, b"/run/x.sock", &mut name);
        assert_eq!(name, b"ffff8881->0 /run/x.sock");
    }
}
