//! Socket addresses, tuples and poll lists: the parameters with an inner layout.

use super::{fixed, u16_of};

const AF_UNIX: u8 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// One socket address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SockAddr<'a> {
    /// IPv4 address and port.
    Inet([u8; 4], u16),
    /// IPv6 address and port.
    Inet6([u8; 16], u16),
    /// Path of a unix socket; abstract names come without their first NUL where the capture leaves it out.
    Unix(&'a [u8]),
    /// Another family, whose addresses are not captured.
    Family(u8),
}

impl<'a> SockAddr<'a> {
    /// The address in these bytes; `None` when their length does not fit the family.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (&family, rest) = bytes.split_first()?;
        Some(match family {
            AF_INET => {
                let (ip, port) = rest.split_at_checked(4)?;
                Self::Inet(fixed(ip)?, u16_of(port)?)
            }
            AF_INET6 => {
                let (ip, port) = rest.split_at_checked(16)?;
                Self::Inet6(fixed(ip)?, u16_of(port)?)
            }
            AF_UNIX => Self::Unix(until_nul(rest)),
            other => Self::Family(other),
        })
    }
}

/// Both ends of a socket. For connect and send the source is the local end, for accept the remote client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SockTuple<'a> {
    /// No tuple was captured.
    Empty,
    /// IPv4: source address and port, destination address and port.
    Inet([u8; 4], u16, [u8; 4], u16),
    /// IPv6: source address and port, destination address and port.
    Inet6([u8; 16], u16, [u8; 16], u16),
    /// Unix socket: source and destination pointer in the kernel, and path.
    Unix(u64, u64, &'a [u8]),
    /// Another family.
    Family(u8),
}

impl<'a> SockTuple<'a> {
    /// The tuple in these bytes; `None` when their length does not fit the family.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let Some((&family, rest)) = bytes.split_first() else { return Some(Self::Empty) };
        Some(match family {
            AF_INET => {
                let rest: [u8; 12] = fixed(rest)?;
                let [a, b, c, d, sp0, sp1, e, f, g, h, dp0, dp1] = rest;
                let (sport, dport) = (u16::from_le_bytes([sp0, sp1]), u16::from_le_bytes([dp0, dp1]));
                Self::Inet([a, b, c, d], sport, [e, f, g, h], dport)
            }
            AF_INET6 => {
                let (source, destination) = rest.split_at_checked(18)?;
                let (sip, sport) = source.split_at_checked(16)?;
                let (dip, dport) = destination.split_at_checked(16)?;
                Self::Inet6(fixed(sip)?, u16_of(sport)?, fixed(dip)?, u16_of(dport)?)
            }
            AF_UNIX => {
                let (source, rest) = rest.split_at_checked(8)?;
                let (destination, path) = rest.split_at_checked(8)?;
                let (source, destination) = (fixed(source)?, fixed(destination)?);
                Self::Unix(u64::from_le_bytes(source), u64::from_le_bytes(destination), until_nul(path))
            }
            other => Self::Family(other),
        })
    }

    /// True when both ends are IPv4 addresses in IPv6 form.
    pub fn is_v4_mapped(&self) -> bool {
        matches!(self, Self::Inet6(sip, _, dip, _) if v4_mapped(sip).is_some() && v4_mapped(dip).is_some())
    }
}

/// The IPv4 address inside `::ffff:a.b.c.d`.
pub(crate) fn v4_mapped(ip: &[u8; 16]) -> Option<[u8; 4]> {
    match ip {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => Some([*a, *b, *c, *d]),
        _ => None,
    }
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.get(..memchr::memchr(0, bytes).unwrap_or(bytes.len())).unwrap_or(bytes)
}

/// Descriptors given to poll and kin, with the flags asked for or found. Iterate over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FdList<'a> {
    left: u16,
    items: &'a [u8],
}

/// One entry of an [`FdList`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PollItem {
    /// Descriptor number.
    pub fd: i64,
    /// Bits of the table `poll_flags`.
    pub flags: i16,
}

impl<'a> FdList<'a> {
    /// The list in these bytes; `None` when they do not even hold the number of entries. Entries that the
    /// number promises and the bytes do not hold are left out.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (left, items) = bytes.split_at_checked(2)?;
        Some(Self { left: u16_of(left)?, items })
    }
}

impl Iterator for FdList<'_> {
    type Item = PollItem;

    fn next(&mut self) -> Option<PollItem> {
        self.left = self.left.checked_sub(1)?;
        let (item, rest) = self.items.split_at_checked(10)?;
        let (fd, flags) = item.split_at_checked(8)?;
        self.items = rest;
        Some(PollItem { fd: i64::from_le_bytes(fixed(fd)?), flags: i16::from_le_bytes(fixed(flags)?) })
    }
}
