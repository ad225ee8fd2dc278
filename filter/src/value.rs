//! What a field yields for an event.

use std::net::IpAddr;

/// What kind of values a field has. Decides which operators apply and how constants are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Bytes that are meant as text.
    Text,
    /// Arbitrary bytes.
    Bytes,
    /// `true` or `false`.
    Bool,
    /// Signed integer.
    Int,
    /// Unsigned integer.
    Uint,
    /// Floating point number.
    Double,
    /// Span of time in ns.
    RelTime,
    /// Point in time, ns since the epoch.
    AbsTime,
    /// Port number; constants may be service names.
    Port,
    /// IPv4 or IPv6 address.
    Ip,
    /// Address that is compared with networks.
    Net,
    /// Whatever the event table says of the parameter named as argument.
    Dyn,
}

impl Kind {
    /// The name in lists and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Bool => "boolean",
            Self::Int => "signed number",
            Self::Uint => "number",
            Self::Double => "fraction",
            Self::RelTime => "duration in ns",
            Self::AbsTime => "time in ns",
            Self::Port => "port",
            Self::Ip => "address",
            Self::Net => "network",
            Self::Dyn => "as the parameter",
        }
    }

    /// The name with an article, for messages.
    pub(crate) fn article_name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Bytes => "a sequence of bytes",
            Self::Bool => "a truth value",
            Self::Int | Self::Uint => "a number",
            Self::Double => "a fraction",
            Self::RelTime => "a span of time",
            Self::AbsTime => "a point in time",
            Self::Port => "a port",
            Self::Ip => "an address",
            Self::Net => "a network",
            Self::Dyn => "a parameter",
        }
    }

    /// True for kinds whose values are integers.
    pub fn is_integer(self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::RelTime | Self::AbsTime | Self::Port)
    }
}

/// One value of a field, borrowed from the event, the state or a scratch buffer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Of [`Kind::Text`].
    Text(&'a [u8]),
    /// Of [`Kind::Bytes`].
    Bytes(&'a [u8]),
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Int`].
    Int(i64),
    /// Of the unsigned kinds.
    Uint(u64),
    /// Of [`Kind::Double`].
    Double(f64),
    /// Of [`Kind::Ip`] and [`Kind::Net`].
    Ip(IpAddr),
}

impl<'a> Value<'a> {
    /// The value as a number, when it is an integer.
    #[inline]
    pub fn integer(&self) -> Option<i128> {
        match *self {
            Self::Int(v) => Some(i128::from(v)),
            Self::Uint(v) => Some(i128::from(v)),
            _ => None,
        }
    }

    /// The bytes of a text or of bytes.
    #[inline]
    pub fn bytes(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Text(v) | Self::Bytes(v) => Some(v),
            _ => None,
        }
    }
}
