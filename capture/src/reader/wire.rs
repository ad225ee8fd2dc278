//! Leaf parsers of the format: little-endian integers and length-prefixed strings, as nom parsers over
//! borrowed bytes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nom::bytes::complete::take;
use nom::combinator::map;
use nom::error::{Error, ErrorKind};
use nom::{Err, IResult, Parser};

use crate::Bytes;

/// A nom parser's answer over borrowed bytes.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T>;

/// The first `N` bytes as an array: one bounds check, no loop.
#[inline(always)]
pub(crate) fn array<const N: usize>(i: &[u8]) -> Parsed<'_, &[u8; N]> {
    match i.split_first_chunk() {
        Some((head, rest)) => Ok((rest, head)),
        None => Err(short(i)),
    }
}

/// The error of a parser that needs more bytes than there are.
#[cold]
pub(crate) fn short(i: &[u8]) -> Err<Error<&[u8]>> {
    Err::Error(Error::new(i, ErrorKind::Eof))
}

/// The error of a parser that met a value the format does not allow.
#[cold]
pub(crate) fn bad(i: &[u8]) -> Err<Error<&[u8]>> {
    Err::Failure(Error::new(i, ErrorKind::Verify))
}

macro_rules! integer {
    ($name:ident, $type:ty) => {
        #[doc = concat!("A little-endian `", stringify!($type), "`.")]
        #[inline(always)]
        pub(crate) fn $name(i: &[u8]) -> Parsed<'_, $type> {
            let (i, bytes) = array(i)?;
            Ok((i, <$type>::from_le_bytes(*bytes)))
        }
    };
}

integer!(u8, u8);
integer!(u16, u16);
integer!(u32, u32);
integer!(u64, u64);
integer!(i64, i64);

/// A byte that means yes or no.
pub(crate) fn flag(i: &[u8]) -> Parsed<'_, bool> {
    map(u8, |v| v != 0).parse(i)
}

/// A `u16` length and that many bytes.
pub(crate) fn string(i: &[u8]) -> Parsed<'_, &[u8]> {
    let (i, length) = u16(i)?;
    take(length).parse(i)
}

/// An IPv4 address in network order.
pub(crate) fn ipv4(i: &[u8]) -> Parsed<'_, IpAddr> {
    map(array::<4>, |a| IpAddr::V4(Ipv4Addr::from(*a))).parse(i)
}

/// An IPv6 address.
pub(crate) fn ipv6(i: &[u8]) -> Parsed<'_, IpAddr> {
    map(array::<16>, |a| IpAddr::V6(Ipv6Addr::from(*a))).parse(i)
}

/// Shared bytes; nothing is allocated for the empty string.
pub(crate) fn shared(bytes: &[u8]) -> Bytes {
    if bytes.is_empty() { Bytes::default() } else { Bytes::from(bytes) }
}
