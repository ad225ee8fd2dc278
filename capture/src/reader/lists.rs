//! Metadata blocks: machine info, process list, descriptor lists, interfaces, users. Versions that only add
//! fields share one parser; from the versions that carry entry lengths on, a field is read only when the
//! entry still holds it, and what is left of an entry is skipped.

use std::collections::HashSet;

use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::{cond, map};

use super::wire::{Parsed, array, bad, flag, i64, ipv4, ipv6, shared, string, u8, u16, u32, u64};
use crate::{
    Bytes, FdInfo, FdType, GroupEntry, Interface, L4Proto, MachineInfo, Snapshot, ThreadInfo, Tuple,
    UserEntry,
};

/// Bytes that follow `root` at most in a version 9 entry of before the pid namespace's start time and the
/// terminal were inserted: login uid, writable flag, three capability sets.
const OLD_TAIL: usize = 4 + 1 + 24;

/// Bytes that all entries of a section may take in memory, so that no file can ask for more than there is.
pub(crate) const ROOM: usize = 64 << 20;

/// Why a list was not read to its end, at this offset in it. What stands before is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// An entry does not parse.
    Damaged(usize),
    /// No room is left.
    Full(usize),
}

impl Stop {
    /// The same, of a list that begins `n` bytes behind the offset meant.
    fn behind(self, n: usize) -> Self {
        match self {
            Self::Damaged(at) => Self::Damaged(at + n),
            Self::Full(at) => Self::Full(at + n),
        }
    }
}

/// Applies `entry`, which tells how many bytes it took, until fewer than 4 bytes remain, which are padding.
pub(crate) fn entries<'a>(
    body: &'a [u8],
    room: &mut usize,
    mut entry: impl FnMut(&'a [u8]) -> Parsed<'a, usize>,
) -> Result<(), Stop> {
    let mut i = body;
    while i.len() >= 4 {
        match entry(i) {
            Ok((rest, taken)) if rest.len() < i.len() => {
                let Some(left) = room.checked_sub(taken) else {
                    return Err(Stop::Full(body.len() - i.len()));
                };
                *room = left;
                i = rest;
            }
            _ => return Err(Stop::Damaged(body.len() - i.len())),
        }
    }
    Ok(())
}

/// An entry that starts with its own length, this word included.
fn counted(i: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, length) = u32(i)?;
    match (length as usize).checked_sub(4) {
        Some(length) => take(length).parse(rest),
        None => Err(bad(i)),
    }
}

/// `field` when the entry still holds it, else the value for absent ones.
fn or<'a, T>(i: &'a [u8], absent: T, field: impl Fn(&'a [u8]) -> Parsed<'a, T>) -> (&'a [u8], T) {
    field(i).unwrap_or((i, absent))
}

/// Body of a machine info block; words that an older file lacks read as 0.
pub(crate) fn machine(i: &[u8]) -> Parsed<'_, MachineInfo> {
    let (i, (num_cpus, memory_bytes, max_pid)) = (u32, u64, u64).parse(i)?;
    let (i, hostname) = array::<128>(i)?;
    let (i, boot_ts) = or(i, 0, u64);
    let (i, flags) = or(i, 0, u64);
    let hostname = hostname.split(|&b| b == 0).next().unwrap_or_default().to_vec();
    Ok((i, MachineInfo { num_cpus, memory_bytes, max_pid, hostname, boot_ts, flags }))
}

/// Reads a process list into `out`.
pub(super) fn threads(
    body: &[u8],
    version: u8,
    room: &mut usize,
    texts: &mut Texts,
    out: &mut Vec<ThreadInfo>,
) -> Result<(), Stop> {
    entries(body, room, |i| {
        let (i, thread) = if version >= 9 {
            let (i, entry) = counted(i)?;
            (i, thread(entry, version, texts)?.1)
        } else {
            thread(i, version, texts)?
        };
        out.push(thread);
        Ok((i, size_of::<ThreadInfo>() + texts.take_size()))
    })
}

/// The texts of the process lists of a section, each kept once: threads of a process, and the many processes of one
/// program, repeat most. With a hash that nobody can make collide.
#[derive(Default)]
pub(super) struct Texts {
    known: HashSet<Bytes>,
    /// Bytes of those that are new.
    size: usize,
}

impl Texts {
    fn share(&mut self, text: &[u8]) -> Bytes {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let new = shared(text);
        self.size += text.len() + size_of::<Bytes>();
        self.known.insert(new.clone());
        new
    }

    fn take_size(&mut self) -> usize {
        std::mem::take(&mut self.size)
    }
}

/// One thread, behind the entry length.
fn thread<'a>(i: &'a [u8], v: u8, texts: &mut Texts) -> Parsed<'a, ThreadInfo> {
    let (i, (tid, pid, ptid)) = (i64, i64, i64).parse(i)?;
    let (i, sid) = cond(v >= 6, i64).parse(i)?;
    let (i, vpgid) = cond(v >= 8, i64).parse(i)?;
    let (i, (comm, exe)) = (string, string).parse(i)?;
    let (i, exepath) = cond(v >= 7, string).parse(i)?;
    let (i, (args, cwd, fdlimit, flags)) = (string, string, i64, u32).parse(i)?;
    let (i, (uid, gid)) = (u32, u32).parse(i)?;
    let (i, memory) = cond(v >= 2, (u32, u32, u32, u64, u64)).parse(i)?;
    let (i, env) = cond(v >= 3, string).parse(i)?;
    let (i, ids) = cond(v >= 4, (i64, i64)).parse(i)?;
    let (i, cgroups) = cond(v >= 4, string).parse(i)?;
    let (i, root) = cond(v >= 5, string).parse(i)?;
    let (vmsize_kb, vmrss_kb, vmswap_kb, pfmajor, pfminor) = memory.unwrap_or_default();
    let (vtid, vpid) = ids.unwrap_or((-1, -1));
    let thread = ThreadInfo {
        tid,
        pid,
        ptid,
        sid: sid.unwrap_or(-1),
        vpgid: vpgid.unwrap_or(-1),
        comm: texts.share(comm),
        exe: texts.share(exe),
        exepath: texts.share(exepath.unwrap_or_default()),
        args: texts.share(args),
        env: texts.share(env.unwrap_or_default()),
        cwd: texts.share(cwd),
        root: texts.share(root.unwrap_or_default()),
        cgroups: texts.share(cgroups.unwrap_or_default()),
        fdlimit,
        flags,
        uid,
        gid,
        vtid,
        vpid,
        vmsize_kb,
        vmrss_kb,
        vmswap_kb,
        pfmajor,
        pfminor,
        ..ThreadInfo::default()
    };
    Ok(if v >= 9 { (&[], tail(i, thread)) } else { (i, thread) })
}

/// Fields of a version 9 entry behind `root`.
fn tail(i: &[u8], mut t: ThreadInfo) -> ThreadInfo {
    let mut i = i;
    if i.len() > OLD_TAIL {
        (i, t.pidns_init_start_ts) = or(i, 0, u64);
        (i, t.tty) = or(i, 0, u32);
    }
    (i, t.loginuid) = or(i, u32::MAX, u32);
    (i, t.exe_writable) = or(i, false, flag);
    (i, t.cap_inheritable) = or(i, 0, u64);
    (i, t.cap_permitted) = or(i, 0, u64);
    (i, t.cap_effective) = or(i, 0, u64);
    (i, t.exe_upper_layer) = or(i, false, flag);
    (i, t.exe_ino) = or(i, 0, u64);
    (i, t.exe_ino_ctime) = or(i, 0, u64);
    (i, t.exe_ino_mtime) = or(i, 0, u64);
    (i, t.exe_from_memfd) = or(i, false, flag);
    (i, t.exe_lower_layer) = or(i, false, flag);
    t.pgid = or(i, -1, i64).1;
    t
}

/// Reads a descriptor list into `out`; what parses before damage is kept.
pub(crate) fn fds(
    body: &[u8],
    version: u8,
    room: &mut usize,
    out: &mut Vec<(u64, Vec<FdInfo>)>,
) -> Result<(), Stop> {
    let Ok((i, tid)) = u64(body) else { return Err(Stop::Damaged(0)) };
    let Some(left) = room.checked_sub(size_of::<(u64, Vec<FdInfo>)>()) else { return Err(Stop::Full(0)) };
    *room = left;
    let mut list = Vec::new();
    let result = entries(i, room, |i| {
        let (i, fd) = if version >= 2 {
            let (i, entry) = counted(i)?;
            (i, fd(entry, true)?.1)
        } else {
            fd(i, false)?
        };
        let taken = size_of::<FdInfo>() + fd.name.len();
        list.push(fd);
        Ok((i, taken))
    });
    out.push((tid, list));
    result.map_err(|stop| stop.behind(8))
}

/// One descriptor that fills `bytes`.
pub(crate) fn one_fd(bytes: &[u8]) -> Option<FdInfo> {
    fd(bytes, true).ok().map(|(_, info)| info)
}

/// One descriptor. `counted`: `i` ends where the entry does, so that a later field may be there and a type
/// not known here can be kept by name.
fn fd(i: &[u8], counted: bool) -> Parsed<'_, FdInfo> {
    let (i, (fd, ino, number)) = (i64, u64, u8).parse(i)?;
    let kind = fd_type(number);
    let info = FdInfo { fd, ino, kind: kind.unwrap_or(FdType::Unsupported), ..FdInfo::default() };
    let named = |(i, name)| Ok((i, FdInfo { name: shared(name), ..info.clone() }));
    match kind {
        Some(FdType::Ipv4) => {
            let (i, (sip, dip, (sport, dport, l4))) = (ipv4, ipv4, ports).parse(i)?;
            Ok((i, FdInfo { tuple: Some(Tuple { sip, dip, sport, dport, l4 }), ..info }))
        }
        Some(FdType::Ipv6) => {
            let (i, (sip, dip, (sport, dport, l4))) = (ipv6, ipv6, ports).parse(i)?;
            Ok((i, FdInfo { tuple: Some(Tuple { sip, dip, sport, dport, l4 }), ..info }))
        }
        Some(FdType::Ipv4Server) => {
            let (i, (sip, sport, l4)) = (ipv4, u16, l4).parse(i)?;
            let dip = std::net::Ipv4Addr::UNSPECIFIED.into();
            Ok((i, FdInfo { tuple: Some(Tuple { sip, dip, sport, dport: 0, l4 }), ..info }))
        }
        Some(FdType::Ipv6Server) => {
            let (i, (sip, sport, l4)) = (ipv6, u16, l4).parse(i)?;
            let dip = std::net::Ipv6Addr::UNSPECIFIED.into();
            Ok((i, FdInfo { tuple: Some(Tuple { sip, dip, sport, dport: 0, l4 }), ..info }))
        }
        Some(FdType::Unix) => {
            let (i, (source, destination, name)) = (u64, u64, string).parse(i)?;
            Ok((i, FdInfo { unix: Some((source, destination)), name: shared(name), ..info }))
        }
        Some(FdType::FileV2) => {
            let (i, (open_flags, name)) = (u32, string).parse(i)?;
            let (i, dev) = if counted { or(i, 0, u32) } else { (i, 0) };
            Ok((i, FdInfo { open_flags, name: shared(name), dev, ..info }))
        }
        Some(_) => named(string(i)?),
        None if counted => named((&[], format!("unknown-type:[{number}]").as_bytes())),
        None => Err(bad(i)),
    }
}

/// Source port, destination port and transport protocol.
fn ports(i: &[u8]) -> Parsed<'_, (u16, u16, L4Proto)> {
    (u16, u16, l4).parse(i)
}

/// Transport protocol; numbers not known here read as unknown.
fn l4(i: &[u8]) -> Parsed<'_, L4Proto> {
    map(u8, |number| match number {
        1 => L4Proto::Na,
        2 => L4Proto::Tcp,
        3 => L4Proto::Udp,
        4 => L4Proto::Icmp,
        5 => L4Proto::Raw,
        _ => L4Proto::Unknown,
    })
    .parse(i)
}

/// Kind of a descriptor by its number; `None` for those that have a layout not known here.
fn fd_type(number: u8) -> Option<FdType> {
    Some(match number {
        1 => FdType::File,
        2 => FdType::Directory,
        3 => FdType::Ipv4,
        4 => FdType::Ipv6,
        5 => FdType::Ipv4Server,
        6 => FdType::Ipv6Server,
        7 => FdType::Fifo,
        8 => FdType::Unix,
        9 => FdType::Event,
        10 => FdType::Unsupported,
        11 => FdType::Signal,
        12 => FdType::EventPoll,
        13 => FdType::Inotify,
        14 => FdType::Timer,
        15 => FdType::Netlink,
        16 => FdType::FileV2,
        17 => FdType::Bpf,
        18 => FdType::UserFault,
        19 => FdType::IoUring,
        20 => FdType::Memfd,
        21 => FdType::Pidfd,
        _ => return None,
    })
}

/// Reads an interface list into `out`.
pub(crate) fn interfaces(
    body: &[u8],
    version: u8,
    room: &mut usize,
    out: &mut Vec<Interface>,
) -> Result<(), Stop> {
    entries(body, room, |start| {
        let i = start;
        let (i, found) = if version >= 2 {
            let (i, length) = u32(i)?;
            let (i, entry) = take(length).parse(i)?;
            (i, interface(entry, true)?.1)
        } else {
            interface(i, false)?
        };
        out.extend(found);
        Ok((i, size_of::<Interface>() + start.len() - i.len()))
    })
}

/// One interface. A type not known here is left out where the entry length tells how to skip it.
fn interface(i: &[u8], counted: bool) -> Parsed<'_, Option<Interface>> {
    let (i, (number, name_length)) = (u16, u16).parse(i)?;
    let (i, (addr, mask, broadcast)) = match number {
        1 | 3 => (ipv4, ipv4, ipv4).parse(i)?,
        2 | 4 => (ipv6, ipv6, ipv6).parse(i)?,
        _ if counted => return Ok((&[], None)),
        _ => return Err(bad(i)),
    };
    let (i, linkspeed) = cond(number <= 2, u64).parse(i)?;
    let (i, name) = take(name_length).parse(i)?;
    let linkspeed = linkspeed.unwrap_or(0);
    Ok((i, Some(Interface { name: name.to_vec(), addr, mask, broadcast, linkspeed })))
}

/// Reads a user list into `out`.
pub(crate) fn users(body: &[u8], version: u8, room: &mut usize, out: &mut Snapshot) -> Result<(), Stop> {
    entries(body, room, |start| {
        let i = if version >= 2 {
            let (i, entry) = counted(start)?;
            user(entry, true, out)?;
            i
        } else {
            user(start, false, out)?.0
        };
        Ok((i, size_of::<UserEntry>() + start.len() - i.len()))
    })
}

/// One user or group. A kind not known here is left out where the entry length tells how to skip it.
fn user<'a>(i: &'a [u8], counted: bool, out: &mut Snapshot) -> Parsed<'a, ()> {
    let (i, kind) = u8(i)?;
    match kind {
        0 => {
            let (i, (uid, gid, name, home, shell)) = (u32, u32, string, string, string).parse(i)?;
            out.users.push(UserEntry {
                uid,
                gid,
                name: shared(name),
                home: shared(home),
                shell: shared(shell),
            });
            Ok((i, ()))
        }
        1 => {
            let (i, (gid, name)) = (u32, string).parse(i)?;
            out.groups.push(GroupEntry { gid, name: shared(name) });
            Ok((i, ()))
        }
        _ if counted => Ok((&[], ())),
        _ => Err(bad(i)),
    }
}
