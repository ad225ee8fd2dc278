//! Socket addresses, tuples and options. What the kernel's socket says goes first; the address the program
//! passed is used where a socket is not connected.

use std::mem::{offset_of, size_of};

use cscope_capture::EventBuilder;
use cscope_capture::table::recipe::{Flow, QueueField};

use crate::plan::{PeerSlot, Translation};
use crate::raw::{Bytes, Raw, Segment};
use crate::skel::types::{record_abi, segment_flags, segment_part, socket_ends, socket_info};

use super::argument;

const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const EINPROGRESS: i64 = 115;

/// One end of an internet socket.
#[derive(Clone, Copy)]
struct End<'a> {
    addr: &'a [u8],
    port: u16,
}

/// An address as a program passes it.
struct Passed<'a> {
    family: u16,
    bytes: &'a [u8],
}

impl<'a> Passed<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { family: if bytes.len() >= 2 { bytes.u16(0) } else { u16::MAX }, bytes }
    }

    fn end(&self) -> Option<End<'a>> {
        let addr = match self.family {
            AF_INET => self.bytes.get(4..8)?,
            AF_INET6 => self.bytes.get(8..24)?,
            _ => return None,
        };
        Some(End { addr, port: u16::from_be_bytes(self.bytes.array(2)) })
    }

    fn path(&self) -> &'a [u8] {
        match self.family {
            AF_UNIX => unix_name(self.bytes.get(2..).unwrap_or_default()),
            _ => &[],
        }
    }
}

/// The name in a unix address: a path, or an abstract name behind its leading NUL.
pub(crate) fn unix_name(path: &[u8]) -> &[u8] {
    let path = path.strip_prefix(&[0]).unwrap_or(path);
    path.split(|b| *b == 0).next().unwrap_or_default()
}

/// A `SOCKADDR` parameter.
pub(super) fn address(bytes: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let passed = Passed::new(bytes);
    if passed.family == u16::MAX {
        return;
    }
    out.push(passed.family as u8);
    if let Some(end) = passed.end() {
        push_end(end, out);
    } else if passed.family == AF_UNIX {
        out.extend_from_slice(passed.path());
        out.push(0);
    }
}

fn push_end(end: End<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(end.addr);
    out.extend_from_slice(&end.port.to_le_bytes());
}

/// A `SOCKTUPLE` parameter; empty when there is nothing to say.
pub(super) fn tuple(raw: &Raw<'_>, socket: Segment<'_>, flow: Flow, peer: PeerSlot, out: &mut Vec<u8>) {
    out.clear();
    let only_ends = u32::from(socket.flags) & segment_flags::SEGMENT_ENDS.0 != 0;
    let socket = socket.bytes;
    if !only_ends && socket.len() < size_of::<socket_info>()
        || flow == Flow::Connect && raw.ret < 0 && raw.ret != -EINPROGRESS
        || flow == Flow::In && raw.ret < 0
    {
        return;
    }
    if only_ends {
        connected(socket, flow, out);
        return;
    }
    let passed = Passed::new(match peer {
        PeerSlot::None => &[],
        PeerSlot::Addr(slot) => raw.slot(slot).bytes,
        PeerSlot::Message(slot) => raw.part(slot, segment_part::PART_NAME.0).bytes,
    });
    let family = socket.u16(offset_of!(socket_info, family));
    match family {
        AF_INET | AF_INET6 => inet(socket, family, flow, &passed, out),
        AF_UNIX => unix(socket, flow, &passed, out),
        _ => {}
    }
}

/// A tuple from `struct socket_ends`.
fn connected(ends: &[u8], flow: Flow, out: &mut Vec<u8>) {
    let family = ends.u16(offset_of!(socket_ends, family));
    let addrs = ends.get(offset_of!(socket_ends, addrs)..).unwrap_or_default();
    let (local, remote) = addrs.split_at(addrs.len() / 2);
    let end = |addr, port: usize| End { addr, port: ends.u16(port) };
    let local = end(local, offset_of!(socket_ends, local_port));
    let remote = end(remote, offset_of!(socket_ends, remote_port));
    out.push(family as u8);
    push_ends(local, remote, flow, out);
}

fn push_ends(local: End<'_>, remote: End<'_>, flow: Flow, out: &mut Vec<u8>) {
    let (from, to) = if flow == Flow::In { (remote, local) } else { (local, remote) };
    push_end(from, out);
    push_end(to, out);
}

fn inet(socket: &[u8], family: u16, flow: Flow, passed: &Passed<'_>, out: &mut Vec<u8>) {
    let len = if family == AF_INET { 4 } else { 16 };
    let end = |addr: usize, port: usize| End {
        addr: socket.get(addr..addr + len).unwrap_or_default(),
        port: socket.u16(port),
    };
    let local = end(offset_of!(socket_info, local), offset_of!(socket_info, local_port));
    let mut remote = end(offset_of!(socket_info, remote), offset_of!(socket_info, remote_port));
    if remote.port == 0
        && passed.family == family
        && let Some(end) = passed.end()
    {
        remote = end;
    }
    out.push(family as u8);
    push_ends(local, remote, flow, out);
}

fn unix(socket: &[u8], flow: Flow, passed: &Passed<'_>, out: &mut Vec<u8>) {
    let local = socket.u64(offset_of!(socket_info, ptr));
    let remote = socket.u64(offset_of!(socket_info, peer));
    let paths = socket.get(size_of::<socket_info>()..).unwrap_or_default();
    let (own, theirs) =
        paths.split_at_checked(socket.u32(offset_of!(socket_info, own_len)) as usize).unwrap_or_default();
    out.push(AF_UNIX as u8);
    let (from, to, path) = match flow {
        Flow::In => (remote, local, unix_name(own)),
        Flow::Out | Flow::Connect if theirs.is_empty() => (local, remote, passed.path()),
        Flow::Out | Flow::Connect => (local, remote, unix_name(theirs)),
    };
    out.extend_from_slice(&from.to_le_bytes());
    out.extend_from_slice(&to.to_le_bytes());
    out.extend_from_slice(path);
    out.push(0);
}

pub(super) fn queue(b: &mut EventBuilder, socket: &[u8], field: QueueField) {
    let length = socket.u32(offset_of!(socket_info, backlog));
    let max = socket.u32(offset_of!(socket_info, max_backlog));
    match field {
        QueueField::Percent => {
            b.u8((u64::from(length) * 100).checked_div(u64::from(max)).unwrap_or(0).min(255) as u8)
        }
        QueueField::Length => b.u32(length),
        QueueField::Max => b.u32(max),
    };
}

const SOL_SOCKET: u64 = 1;
const IPPROTO_TCP: u64 = 6;

/// `sockopt_levels`.
pub(super) fn level(linux: u64) -> u8 {
    match linux {
        SOL_SOCKET => 1,
        IPPROTO_TCP => 2,
        _ => 0,
    }
}

/// `sockopt_options`: most numbers are those of Linux, the last ones have moved.
pub(super) fn option(level: u64, name: u64, names: &Translation) -> u8 {
    const LAST_EQUAL: u64 = 50;
    if level != SOL_SOCKET {
        return 0;
    }
    match names.iter().find(|(linux, _)| *linux == name) {
        Some((_, scap)) => *scap as u8,
        None if name <= LAST_EQUAL => name as u8,
        None => 0,
    }
}

/// The value of a socket option in the variant that fits it.
pub(super) fn option_value(b: &mut EventBuilder, raw: &Raw<'_>, value: &[u8]) {
    const SO_ERROR: u64 = 4;
    const TIMEOUTS: [u64; 4] = [20, 21, 66, 67];
    const SO_COOKIE: u64 = 57;
    /// Options whose value is an int.
    const INTS: &[u64] = &[
        1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 19, 29, 30, 32, 33, 34, 35, 36, 37, 38, 39, 40,
        41, 42, 43, 44, 45, 46, 47, 49, 56,
    ];
    let name = argument(raw, 2);
    if argument(raw, 1) != SOL_SOCKET {
        b.parts(&[&[0], value]);
    } else if name == SO_ERROR && value.len() >= 4 {
        b.parts(&[&[1], &(-i64::from(value.u32(0) as i32)).to_le_bytes()]);
    } else if INTS.contains(&name) && value.len() >= 4 {
        b.parts(&[&[2], &value.u32(0).to_le_bytes()]);
    } else if name == SO_COOKIE && value.len() >= 8 {
        b.parts(&[&[3], &value.u64(0).to_le_bytes()]);
    } else if [20, 21].contains(&name) && u32::from(raw.abi) == record_abi::ABI_COMPAT.0 && value.len() >= 8 {
        let ns = u64::from(value.u32(0)) * 1_000_000_000 + u64::from(value.u32(4)) * 1_000;
        b.parts(&[&[4], &ns.to_le_bytes()]);
    } else if TIMEOUTS.contains(&name) && value.len() >= 16 {
        let ns = value.u64(0).wrapping_mul(1_000_000_000).wrapping_add(value.u64(8).wrapping_mul(1_000));
        b.parts(&[&[4], &ns.to_le_bytes()]);
    } else {
        b.parts(&[&[0], value]);
    }
}
