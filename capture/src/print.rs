//! Text of parameters: `name=value` or `name=value(resolved)`.
//!
//! Everything is appended to a `Vec<u8>` that the caller reuses; nothing allocates. What the bytes of an
//! event cannot tell (the file behind a descriptor, the name of a user) comes through [`Resolve`], which the
//! machine model implements. Bytes are printed as they are; making them safe for a terminal is the last step
//! of an output, see [`escape_terminal`].

mod data;
mod escape;
mod names;
mod net;
mod number;
mod path;
mod style;

pub use data::{DataFormat, write_data};
pub use escape::{escape_terminal, escaped, is_plain, json_string, masked, safe_json};
pub use net::{write_ipv4, write_ipv6};
pub use number::{nine_digits, write_datetime, write_g, write_hex, write_int, write_padded, write_uint};
pub use path::join_path;
pub use style::Style;

use crate::table::{Extra, ParamFormat, ParamInfo, ParamType, SYSCALLS, errno_name, signal_name};
use crate::value::{Value, decode_as, dyn_variant};
use crate::{Event, EventType};

/// Text of a parameter that is not there.
pub const ABSENT: &[u8] = b"<NA>";
/// Text of an empty buffer, tuple or dynamic value.
const EMPTY: &[u8] = b"NULL";
/// The descriptor that means the current directory.
const AT_FDCWD: i64 = -100;

/// What the machine model knows at the moment of an event. Every method has a default that knows nothing.
pub trait Resolve {
    /// Appends what an open descriptor of the event's process is, as it stands inside the parentheses of
    /// `3(<f>/etc/passwd)` or `4(<4t>1.2.3.4:5->6.7.8.9:80)`. False, and nothing appended, when not known.
    fn fd(&self, fd: i64, out: &mut Vec<u8>) -> bool {
        let _ = (fd, out);
        false
    }

    /// The letter of a descriptor's kind (`f`, `d`, `4`, `6`, `p`, `u` ...) as poll lists show it.
    fn fd_letter(&self, fd: i64) -> Option<u8> {
        let _ = fd;
        None
    }

    /// Name of a thread.
    fn comm(&self, tid: i64) -> Option<&[u8]> {
        let _ = tid;
        None
    }

    /// Name of a user.
    fn user(&self, uid: u32) -> Option<&[u8]> {
        let _ = uid;
        None
    }

    /// Name of a group.
    fn group(&self, gid: u32) -> Option<&[u8]> {
        let _ = gid;
        None
    }

    /// Current directory of the event's process.
    fn cwd(&self) -> Option<&[u8]> {
        None
    }

    /// Name of an open directory of the event's process.
    fn dirfd_path(&self, fd: i64) -> Option<&[u8]> {
        let _ = fd;
        None
    }

    /// Name of a service, when ports are to be shown by name.
    fn service(&self, port: u16) -> Option<&[u8]> {
        let _ = port;
        None
    }

    /// Appends `YYYY-MM-DD HH:MM:SS.nnnnnnnnn` in local time; the default is UTC.
    fn local_time(&self, ns: u64, out: &mut Vec<u8>) {
        write_datetime(ns, 0, out);
    }
}

/// Knows nothing: numbers stay numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unresolved;

impl Resolve for Unresolved {}

/// How parameters are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintOptions {
    /// Form of byte buffers.
    pub data: DataFormat,
    /// Longest text of a byte buffer in dotted form, its last three characters being dots; `None`: all of it.
    pub cut: Option<usize>,
    /// Names and types of parameters as the current schema or an older tool has them.
    pub style: Style,
}

impl Default for PrintOptions {
    /// Dotted, nothing cut, current schema.
    fn default() -> Self {
        Self { data: DataFormat::Dotted, cut: None, style: Style::Merged }
    }
}

impl PrintOptions {
    /// Where sysdig cuts byte buffers unless told otherwise.
    pub const TERMINAL_CUT: usize = 80;
}

/// Appends all parameters that the event carries and the table knows: `fd=3(<f>/x) name=y`, without a blank at
/// the end. Generic `syscall` events have none to show: their code is their name.
pub fn print_args<R: Resolve + ?Sized>(
    event: &Event<'_>,
    resolve: &R,
    options: &PrintOptions,
    out: &mut Vec<u8>,
) {
    let Some(info) = event.info() else { return };
    if matches!(event.kind, EventType::GENERIC_E | EventType::GENERIC_X) {
        return;
    }
    for (index, (param, bytes)) in info.params.iter().zip(event.params.iter()).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        let (name, kind) = options.style.name_and_type(event.kind, index, param);
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        let text = Text { event, resolve, options };
        if kind == ParamType::Dyn {
            text.plain_dyn(param, bytes, out);
            text.in_parentheses(decode_as(kind, &param.extra, bytes), out);
            continue;
        }
        match decode_as(kind, &param.extra, bytes) {
            Some(value) => {
                text.plain_value(&value, kind, param.format, out);
                text.in_parentheses(Some(value), out);
            }
            None => out.extend_from_slice(ABSENT),
        }
    }
}

/// Appends one parameter as `evt.arg.NAME` has it: the resolved text where there is one (`ENOENT`,
/// `<f>/etc/passwd`), else the plain one. False, and nothing appended, when the event does not carry it.
pub fn print_param<R: Resolve + ?Sized>(
    event: &Event<'_>,
    index: usize,
    resolve: &R,
    options: &PrintOptions,
    out: &mut Vec<u8>,
) -> bool {
    let Some((param, bytes)) = param_of(event, index) else { return false };
    let (_, kind) = options.style.name_and_type(event.kind, index, param);
    let text = Text { event, resolve, options };
    if !decode_as(kind, &param.extra, bytes).is_some_and(|value| text.resolved(&value, out)) {
        text.plain(param, kind, bytes, out);
    }
    true
}

/// Appends one parameter as `evt.rawarg.NAME` has it: the plain text, without names. False, and nothing
/// appended, when the event does not carry it.
pub fn print_raw_param(event: &Event<'_>, index: usize, options: &PrintOptions, out: &mut Vec<u8>) -> bool {
    let Some((param, bytes)) = param_of(event, index) else { return false };
    let (_, kind) = options.style.name_and_type(event.kind, index, param);
    Text { event, resolve: &Unresolved, options }.plain(param, kind, bytes, out);
    true
}

fn param_of<'a>(event: &Event<'a>, index: usize) -> Option<(&'static ParamInfo, &'a [u8])> {
    Some((event.info()?.params.get(index)?, event.param(index)?))
}

/// Everything that printing a parameter of one event needs.
struct Text<'t, R: ?Sized> {
    event: &'t Event<'t>,
    resolve: &'t R,
    options: &'t PrintOptions,
}

impl<R: Resolve + ?Sized> Text<'_, R> {
    /// The part in front of the parentheses.
    fn plain(&self, param: &ParamInfo, kind: ParamType, bytes: &[u8], out: &mut Vec<u8>) {
        if kind == ParamType::Dyn {
            self.plain_dyn(param, bytes, out);
        } else if let Some(value) = decode_as(kind, &param.extra, bytes) {
            self.plain_value(&value, kind, param.format, out);
        } else {
            out.extend_from_slice(ABSENT);
        }
    }

    fn plain_dyn(&self, param: &ParamInfo, bytes: &[u8], out: &mut Vec<u8>) {
        let Extra::Dyn(table) = param.extra else { return out.extend_from_slice(ABSENT) };
        if bytes.is_empty() {
            return out.extend_from_slice(EMPTY);
        }
        let Some((kind, format, payload)) = dyn_variant(table, bytes) else {
            return out.extend_from_slice(ABSENT);
        };
        match decode_as(kind, &Extra::None, payload) {
            Some(value) => self.plain_value(&value, kind, format, out),
            // A text that a call was given as a null pointer.
            None if kind == ParamType::CharBuf => out.extend_from_slice(b"(null)"),
            None => out.extend_from_slice(ABSENT),
        }
    }

    fn plain_value(&self, value: &Value<'_>, kind: ParamType, format: ParamFormat, out: &mut Vec<u8>) {
        match *value {
            Value::Int(v) => number::write_formatted(v, kind.width(), format, out),
            // 32- and 64-bit unsigned numbers have always been shown as signed ones in decimal.
            Value::Uint(v) if format == ParamFormat::Dec && kind == ParamType::Uint32 => {
                write_int(i64::from((v as u32).cast_signed()), out);
            }
            Value::Uint(v) => number::write_formatted(v.cast_signed(), kind.width(), format, out),
            Value::Errno(v) | Value::Fd(v) | Value::Pid(v) => write_int(v, out),
            Value::Text(text) | Value::Path(text) | Value::RelPath { path: text, .. } => {
                out.extend_from_slice(text);
            }
            Value::Bytes([]) => out.extend_from_slice(EMPTY),
            Value::Bytes(bytes) => data::write_data(bytes, self.options.data, self.options.cut, out),
            Value::SockAddr(address) => net::write_sockaddr(address, self.resolve, out),
            Value::SockTuple(tuple) => net::write_tuple(tuple, self.resolve, out),
            Value::FdList(list) => self.fd_list(list, out),
            Value::SyscallId(v) => write_uint(u64::from(v), out),
            Value::Port(v) => net::write_port(v, self.resolve, out),
            Value::Signal(v) => write_uint(u64::from(v), out),
            Value::SockFamily(v) => write_uint(u64::from(v), out),
            Value::RelTime(u64::MAX) => out.extend_from_slice(b"none"),
            Value::RelTime(v) => write_uint(v, out),
            Value::AbsTime(v) => self.resolve.local_time(v, out),
            Value::L4Proto(v) => out.extend_from_slice(names::l4_proto(v)),
            Value::Bool(v) => out.extend_from_slice(if v { b"true" } else { b"false" }),
            Value::Ipv4(ip) => write_ipv4(ip, out),
            Value::Ipv6(ip) => write_ipv6(ip, out),
            Value::Ipv4Net(ip, mask) => net::write_ipv4_net(ip, mask, out),
            Value::Ipv6Net(ip, mask) => net::write_ipv6_net(ip, mask, out),
            Value::Flags { bits, .. } => write_uint(u64::from(bits), out),
            Value::Enum { value, .. } => write_uint(u64::from(value), out),
            Value::Mode { bits, .. } => number::write_formatted(i64::from(bits), Some(4), format, out),
            Value::Uid(u32::MAX) | Value::Gid(u32::MAX) => out.extend_from_slice(b"-1"),
            Value::Uid(v) | Value::Gid(v) => write_uint(u64::from(v), out),
            Value::Double(v) => number::write_decimal(v, out),
            Value::SigSet(set) => names::write_signal_set(set, out),
            Value::TextList(list) => data::write_list(list, kind == ParamType::CharBufPairArray, out),
        }
    }

    fn fd_list(&self, list: crate::value::FdList<'_>, out: &mut Vec<u8>) {
        for (n, item) in list.enumerate() {
            if n > 0 {
                out.push(b' ');
            }
            write_int(item.fd, out);
            out.push(b':');
            out.push(self.resolve.fd_letter(item.fd).unwrap_or(b'?'));
            number::write_hex_lower(u64::from(item.flags.cast_unsigned()), out);
        }
    }

    /// The resolved part in parentheses, if there is one.
    #[inline]
    fn in_parentheses(&self, value: Option<Value<'_>>, out: &mut Vec<u8>) {
        // What is most frequent and has none.
        let Some(value) = value else { return };
        if matches!(
            value,
            Value::Errno(0..) | Value::Int(_) | Value::Uint(_) | Value::Bytes(_) | Value::Text(_)
        ) {
            return;
        }
        let open = out.len();
        out.push(b'(');
        if self.resolved(&value, out) {
            out.push(b')');
        } else {
            out.truncate(open);
        }
    }

    /// The part inside the parentheses; false, and nothing appended, when there is none.
    fn resolved(&self, value: &Value<'_>, out: &mut Vec<u8>) -> bool {
        match *value {
            Value::Errno(v) => push_name(if v < 0 { errno_name(v) } else { None }, out),
            Value::Fd(AT_FDCWD) => push_name(Some("AT_FDCWD"), out),
            Value::Fd(v) if v < 0 => push_name(errno_name(v), out),
            Value::Fd(v) => self.resolve.fd(v, out),
            Value::Pid(v) => push_bytes(self.resolve.comm(v), out),
            Value::SyscallId(v) => push_name(SYSCALLS.get(usize::from(v)).map(|s| s.name), out),
            Value::Signal(v) => push_name(signal_name(v), out),
            Value::RelTime(u64::MAX) => false,
            Value::RelTime(v) => {
                write_g(v as f64 / 1e9, out);
                out.push(b's');
                true
            }
            Value::Flags { bits, table: Some(table) } => names::write_flags(bits, table, out),
            Value::Enum { value, table: Some(table) } => names::write_enum(value, table, out),
            Value::Mode { bits, table: Some(table) } => names::write_flags(bits, table, out),
            Value::Uid(u32::MAX) | Value::Gid(u32::MAX) => push_name(Some("<NONE>"), out),
            Value::Uid(v) => push_bytes(Some(self.resolve.user(v).unwrap_or(ABSENT)), out),
            Value::Gid(v) => push_bytes(Some(self.resolve.group(v).unwrap_or(ABSENT)), out),
            Value::Path(path) if is_relative(path) => match self.resolve.cwd() {
                Some(cwd) => {
                    join_path(cwd, path, out);
                    true
                }
                None => false,
            },
            Value::RelPath { path, dirfd } if is_relative(path) => {
                join_path(self.directory(dirfd), path, out);
                true
            }
            _ => false,
        }
    }

    /// Where the relative path of a call with a directory descriptor starts.
    fn directory(&self, dirfd: u8) -> &[u8] {
        let known = match self.event.i64(usize::from(dirfd)) {
            Some(AT_FDCWD) => self.resolve.cwd(),
            Some(fd) => self.resolve.dirfd_path(fd),
            None => None,
        };
        known.unwrap_or(b"<UNKNOWN>")
    }
}

fn is_relative(path: &[u8]) -> bool {
    path.first().is_some_and(|&c| c != b'/')
}

fn push_name(name: Option<&str>, out: &mut Vec<u8>) -> bool {
    push_bytes(name.map(str::as_bytes), out)
}

fn push_bytes(bytes: Option<&[u8]>, out: &mut Vec<u8>) -> bool {
    match bytes {
        None | Some([]) => false,
        Some(bytes) => {
            out.extend_from_slice(bytes);
            true
        }
    }
}

#[cfg(test)]
mod tests;
