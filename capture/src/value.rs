//! Typed values of parameters: what the bytes of a parameter mean, by the type its table row gives it.
//!
//! Decoding borrows: a value holds slices of the event and never allocates. Bytes whose length does not
//! fit the type have no value ([`decode`] gives `None`), which is also how an absent parameter reads: old
//! captures and the pair joiner leave parameters they do not know empty.

mod socket;

pub(crate) use socket::v4_mapped;

pub use socket::{FdList, PollItem, SockAddr, SockTuple};

use crate::table::{Extra, FlagTable, ParamFormat, ParamInfo, ParamType};

/// The text that other tools store for a text they could not read; it means absent.
const NULL_TEXT: &[u8] = b"(NULL)";

/// A decoded parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Signed integer of any width.
    Int(i64),
    /// Unsigned integer of any width.
    Uint(u64),
    /// Text without its final NUL.
    Text(&'a [u8]),
    /// A path, without its final NUL; relative ones start at the current directory.
    Path(&'a [u8]),
    /// A path that, when relative, starts at the directory of a descriptor.
    RelPath {
        /// The path as the program gave it, without its final NUL.
        path: &'a [u8],
        /// Index of the parameter that holds the descriptor.
        dirfd: u8,
    },
    /// Bytes of any kind.
    Bytes(&'a [u8]),
    /// Result of a call: negative values are error numbers.
    Errno(i64),
    /// Socket address; `None` when it is malformed.
    SockAddr(Option<SockAddr<'a>>),
    /// Both ends of a socket; `None` when malformed.
    SockTuple(Option<SockTuple<'a>>),
    /// Descriptor number.
    Fd(i64),
    /// Thread or process id.
    Pid(i64),
    /// Descriptors with poll flags.
    FdList(FdList<'a>),
    /// Code of a system call, see [`crate::table::SYSCALLS`].
    SyscallId(u16),
    /// Signal number.
    Signal(u8),
    /// Duration in ns; all ones: none.
    RelTime(u64),
    /// ns since the epoch.
    AbsTime(u64),
    /// Port number.
    Port(u16),
    /// Transport protocol: 0 unknown, 1 n/a, 2 tcp, 3 udp, 4 icmp, 5 raw.
    L4Proto(u8),
    /// Address family.
    SockFamily(u8),
    /// Truth value.
    Bool(bool),
    /// IPv4 address.
    Ipv4([u8; 4]),
    /// IPv6 address.
    Ipv6([u8; 16]),
    /// IPv4 address and mask.
    Ipv4Net([u8; 4], [u8; 4]),
    /// IPv6 address and mask.
    Ipv6Net([u8; 16], [u8; 16]),
    /// Bits with names.
    Flags {
        /// The bits.
        bits: u32,
        /// Names; `None` where the table row gives none.
        table: Option<&'static FlagTable>,
    },
    /// One of several values with names.
    Enum {
        /// The value.
        value: u32,
        /// Names; `None` where the table row gives none.
        table: Option<&'static FlagTable>,
    },
    /// File mode.
    Mode {
        /// The bits.
        bits: u32,
        /// Names; `None` where the table row gives none.
        table: Option<&'static FlagTable>,
    },
    /// User id; all ones: unset.
    Uid(u32),
    /// Group id; all ones: unset.
    Gid(u32),
    /// Floating-point number.
    Double(f64),
    /// Set of the signals 1 to 32: bit n is signal n + 1.
    SigSet(u32),
    /// Texts, each followed by NUL.
    TextList(&'a [u8]),
}

impl Value<'_> {
    /// The value as an integer, for the types that are one.
    pub fn as_int(&self) -> Option<i64> {
        Some(match *self {
            Self::Int(v) | Self::Errno(v) | Self::Fd(v) | Self::Pid(v) => v,
            Self::Uint(v) | Self::RelTime(v) | Self::AbsTime(v) => v.cast_signed(),
            Self::SyscallId(v) | Self::Port(v) => i64::from(v),
            Self::Signal(v) | Self::L4Proto(v) | Self::SockFamily(v) => i64::from(v),
            Self::Bool(v) => i64::from(v),
            Self::Flags { bits: v, .. } | Self::Enum { value: v, .. } | Self::Mode { bits: v, .. } => {
                i64::from(v)
            }
            Self::Uid(v) | Self::Gid(v) | Self::SigSet(v) => i64::from(v),
            _ => return None,
        })
    }
}

/// What the bytes of a parameter say. `None` when the parameter is absent: no bytes for a number, a text, a
/// path, an address or a dynamic value; a stored text of `(NULL)`; or a length that the type cannot have.
/// Empty bytes of a buffer or a tuple are a value of their own.
#[inline]
pub fn decode<'a>(param: &ParamInfo, bytes: &'a [u8]) -> Option<Value<'a>> {
    decode_as(param.kind, &param.extra, bytes)
}

/// [`decode`] for a type that is not the one of a table row: the variant of a dynamic parameter, or the
/// type that an older tool gave the parameter.
pub fn decode_as<'a>(kind: ParamType, extra: &Extra, bytes: &'a [u8]) -> Option<Value<'a>> {
    use ParamType as T;
    let table = match extra {
        Extra::Flags(table) => Some(*table),
        _ => None,
    };
    Some(match kind {
        T::None => return None,
        T::Int8 => Value::Int(i64::from(i8::from_le_bytes(fixed(bytes)?))),
        T::Int16 => Value::Int(i64::from(i16::from_le_bytes(fixed(bytes)?))),
        T::Int32 => Value::Int(i64::from(i32::from_le_bytes(fixed(bytes)?))),
        T::Int64 => Value::Int(i64::from_le_bytes(fixed(bytes)?)),
        T::Uint8 => Value::Uint(u64::from(u8_of(bytes)?)),
        T::Uint16 => Value::Uint(u64::from(u16_of(bytes)?)),
        T::Uint32 => Value::Uint(u64::from(u32_of(bytes)?)),
        // The page-fault counters of very old switch events are half as wide as the table says.
        T::Uint64 if bytes.len() == 4 => Value::Uint(u64::from(u32_of(bytes)?)),
        T::Uint64 => Value::Uint(u64_of(bytes)?),
        T::CharBuf => Value::Text(text(bytes)?),
        T::FsPath => Value::Path(text(bytes)?),
        T::FsRelPath => {
            let path = text(bytes)?;
            match *extra {
                Extra::Dirfd(dirfd) => Value::RelPath { path, dirfd },
                _ => Value::Path(path),
            }
        }
        T::ByteBuf => Value::Bytes(bytes),
        T::Errno => Value::Errno(i64::from_le_bytes(fixed(bytes)?)),
        T::SockAddr if bytes.is_empty() => return None,
        T::SockAddr => Value::SockAddr(SockAddr::decode(bytes)),
        T::SockTuple => Value::SockTuple(SockTuple::decode(bytes)),
        T::Fd => Value::Fd(i64::from_le_bytes(fixed(bytes)?)),
        T::Pid => Value::Pid(i64::from_le_bytes(fixed(bytes)?)),
        T::Fd32 => Value::Fd(i64::from(i32::from_le_bytes(fixed(bytes)?))),
        T::Pid32 => Value::Pid(i64::from(i32::from_le_bytes(fixed(bytes)?))),
        T::FdList => Value::FdList(FdList::decode(bytes)?),
        T::SyscallId => Value::SyscallId(u16_of(bytes)?),
        T::SigType => Value::Signal(u8_of(bytes)?),
        T::RelTime => Value::RelTime(u64_of(bytes)?),
        T::AbsTime => Value::AbsTime(u64_of(bytes)?),
        T::Port => Value::Port(u16_of(bytes)?),
        T::L4Proto => Value::L4Proto(u8_of(bytes)?),
        T::SockFamily => Value::SockFamily(u8_of(bytes)?),
        T::Bool => Value::Bool(u32_of(bytes)? != 0),
        T::Ipv4Addr => Value::Ipv4(fixed(bytes)?),
        T::Ipv6Addr => Value::Ipv6(fixed(bytes)?),
        T::IpAddr => match bytes.len() {
            4 => Value::Ipv4(fixed(bytes)?),
            _ => Value::Ipv6(fixed(bytes)?),
        },
        T::Ipv4Net => ipv4_net(bytes)?,
        T::Ipv6Net => ipv6_net(bytes)?,
        T::IpNet => match bytes.len() {
            8 => ipv4_net(bytes)?,
            _ => ipv6_net(bytes)?,
        },
        T::Dyn => {
            let Extra::Dyn(table) = *extra else { return None };
            let (kind, _, payload) = dyn_variant(table, bytes)?;
            return decode_as(kind, &Extra::None, payload);
        }
        T::Flags8 => Value::Flags { bits: u32::from(u8_of(bytes)?), table },
        T::Flags16 => Value::Flags { bits: u32::from(u16_of(bytes)?), table },
        T::Flags32 => Value::Flags { bits: u32_of(bytes)?, table },
        T::EnumFlags8 => Value::Enum { value: u32::from(u8_of(bytes)?), table },
        T::EnumFlags16 => Value::Enum { value: u32::from(u16_of(bytes)?), table },
        T::EnumFlags32 => Value::Enum { value: u32_of(bytes)?, table },
        T::Mode => Value::Mode { bits: u32_of(bytes)?, table },
        T::Uid => Value::Uid(u32_of(bytes)?),
        T::Gid => Value::Gid(u32_of(bytes)?),
        T::Double => Value::Double(f64::from_le_bytes(fixed(bytes)?)),
        T::SigSet => Value::SigSet(u32_of(bytes)?),
        T::CharBufArray | T::CharBufPairArray if bytes.is_empty() => return None,
        T::CharBufArray | T::CharBufPairArray => Value::TextList(bytes),
    })
}

/// Type, print format and payload of the variant that a dynamic parameter holds; `None` when it is empty or
/// names a variant that does not exist.
pub fn dyn_variant(table: crate::table::DynTable, bytes: &[u8]) -> Option<(ParamType, ParamFormat, &[u8])> {
    let (&index, payload) = bytes.split_first()?;
    let &(kind, format) = table.get(usize::from(index))?;
    Some((kind, format, payload))
}

/// Text without its NUL; `None` when it is absent.
fn text(bytes: &[u8]) -> Option<&[u8]> {
    // A NUL inside ends the text: that is what the traced program passed to the kernel.
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    match bytes.get(..end) {
        None | Some(NULL_TEXT) => None,
        Some(_) if bytes.is_empty() => None,
        text => text,
    }
}

#[inline]
fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

#[inline]
fn u8_of(bytes: &[u8]) -> Option<u8> {
    fixed(bytes).map(u8::from_le_bytes)
}

#[inline]
fn u16_of(bytes: &[u8]) -> Option<u16> {
    fixed(bytes).map(u16::from_le_bytes)
}

#[inline]
fn u32_of(bytes: &[u8]) -> Option<u32> {
    fixed(bytes).map(u32::from_le_bytes)
}

#[inline]
fn u64_of(bytes: &[u8]) -> Option<u64> {
    fixed(bytes).map(u64::from_le_bytes)
}

fn ipv4_net(bytes: &[u8]) -> Option<Value<'_>> {
    let (address, mask) = bytes.split_at_checked(4)?;
    Some(Value::Ipv4Net(fixed(address)?, fixed(mask)?))
}

fn ipv6_net(bytes: &[u8]) -> Option<Value<'_>> {
    let (address, mask) = bytes.split_at_checked(16)?;
    Some(Value::Ipv6Net(fixed(address)?, fixed(mask)?))
}
