//! Encoding of blocks: the current version of each, as other readers expect it.
//!
//! Strings are cut at the limits those readers have. Descriptors of unknown kind are left out.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::reader::block::{SECTION, SECTION_MAGIC};
use crate::{FdInfo, FdType, Interface, MachineInfo, Snapshot, ThreadInfo, Tuple};

/// Longest name or path: other readers refuse 1024.
const PATH_LIMIT: usize = 1023;
/// Longest argument list, environment or cgroup list.
const LIST_LIMIT: usize = 4096;
/// Longest user or group string.
const USER_LIMIT: usize = 255;
/// Length of the host name field.
const HOSTNAME: usize = 128;
/// A process list goes on in another block beyond this size, so that no reader has to hold it all at once.
const LIST_BLOCK: usize = 8 << 20;

/// Appends one block: what `body` appends, padded to a multiple of 4, between the two lengths.
fn block(number: u32, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    body(out);
    let padding = (out.len() - start).wrapping_neg() & 3;
    out.resize(out.len() + padding, 0);
    let total = (out.len() - start + 4) as u32;
    out.extend_from_slice(&total.to_le_bytes());
    if let Some(length) = out.get_mut(start + 4..start + 8) {
        length.copy_from_slice(&total.to_le_bytes());
    }
}

/// Appends an entry in front of which stands its length, this word included or not.
fn entry(counts_itself: bool, out: &mut Vec<u8>, fields: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    fields(out);
    let length = (out.len() - start - if counts_itself { 0 } else { 4 }) as u32;
    if let Some(word) = out.get_mut(start..start + 4) {
        word.copy_from_slice(&length.to_le_bytes());
    }
}

/// Appends a string cut to `limit`.
fn string(bytes: &[u8], limit: usize, out: &mut Vec<u8>) {
    let bytes = bytes.get(..limit).unwrap_or(bytes);
    out.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Appends a list of items that each end in NUL; a cut item ends in NUL too.
fn list(bytes: &[u8], out: &mut Vec<u8>) {
    string(bytes, LIST_LIMIT, out);
    if bytes.len() > LIST_LIMIT
        && let Some(last) = out.last_mut()
    {
        *last = 0;
    }
}

macro_rules! numbers {
    ($out:expr, $($value:expr),+ $(,)?) => {
        $( $out.extend_from_slice(&$value.to_le_bytes()); )+
    };
}

/// Appends the section header and all metadata. `old_readers`: descriptor kinds that readers of 2022 refuse
/// are written as unsupported ones.
pub(crate) fn section(snapshot: &Snapshot, old_readers: bool, out: &mut Vec<u8>) {
    block(SECTION, out, |o| {
        numbers!(o, SECTION_MAGIC, 1u16, 2u16, u64::MAX);
    });
    if let Some(info) = &snapshot.machine {
        block(0x201, out, |o| machine(info, o));
    }
    if !snapshot.interfaces.is_empty() {
        block(0x219, out, |o| snapshot.interfaces.iter().for_each(|i| interface(i, o)));
    }
    if !snapshot.users.is_empty() || !snapshot.groups.is_empty() {
        block(0x220, out, |o| users(snapshot, o));
    }
    let mut threads = snapshot.threads.iter().peekable();
    while threads.peek().is_some() {
        block(0x215, out, |o| {
            let start = o.len();
            while let Some(info) = threads.next_if(|_| o.len() - start < LIST_BLOCK) {
                entry(true, o, |o| thread(info, o));
            }
        });
    }
    let fds: FxHashMap<u64, &[FdInfo]> = snapshot.fds.iter().map(|(tid, list)| (*tid, &list[..])).collect();
    for info in &snapshot.threads {
        let tid = info.tid.cast_unsigned();
        block(0x218, out, |o| {
            numbers!(o, tid);
            for info in fds.get(&tid).copied().unwrap_or_default() {
                if info.kind != FdType::Unknown {
                    entry(true, o, |o| fd(info, old_readers, o));
                }
            }
        });
    }
}

/// One descriptor, without its length.
pub(crate) fn one_fd(info: &FdInfo) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    fd(info, false, &mut out);
    out
}

fn machine(info: &MachineInfo, out: &mut Vec<u8>) {
    numbers!(out, info.num_cpus, info.memory_bytes, info.max_pid);
    let end = out.len() + HOSTNAME;
    out.extend_from_slice(info.hostname.get(..HOSTNAME - 1).unwrap_or(&info.hostname));
    out.resize(end, 0);
    numbers!(out, info.boot_ts, info.flags, 0u64, 0u64);
}

fn interface(info: &Interface, out: &mut Vec<u8>) {
    let name = info.name.get(..PATH_LIMIT).unwrap_or(&info.name);
    let kind: u16 = if info.addr.is_ipv4() { 1 } else { 2 };
    entry(false, out, |o| {
        numbers!(o, kind, name.len() as u16);
        for ip in [info.addr, info.mask, info.broadcast] {
            address(ip, info.addr.is_ipv6(), o);
        }
        numbers!(o, info.linkspeed);
        o.extend_from_slice(name);
    });
}

/// Appends an address in network order, in the form of the family asked for.
fn address(ip: IpAddr, v6: bool, out: &mut Vec<u8>) {
    match (ip, v6) {
        (IpAddr::V4(ip), false) => out.extend_from_slice(&ip.octets()),
        (IpAddr::V4(ip), true) => out.extend_from_slice(&ip.to_ipv6_mapped().octets()),
        (IpAddr::V6(ip), true) => out.extend_from_slice(&ip.octets()),
        (IpAddr::V6(ip), false) => {
            let ip = ip.to_ipv4_mapped().unwrap_or(std::net::Ipv4Addr::UNSPECIFIED);
            out.extend_from_slice(&ip.octets());
        }
    }
}

fn users(snapshot: &Snapshot, out: &mut Vec<u8>) {
    for user in &snapshot.users {
        entry(true, out, |o| {
            o.push(0);
            numbers!(o, user.uid, user.gid);
            for text in [&user.name, &user.home, &user.shell] {
                string(text, USER_LIMIT, o);
            }
        });
    }
    for group in &snapshot.groups {
        entry(true, out, |o| {
            o.push(1);
            numbers!(o, group.gid);
            string(&group.name, USER_LIMIT, o);
        });
    }
}

fn thread(t: &ThreadInfo, out: &mut Vec<u8>) {
    numbers!(out, t.tid, t.pid, t.ptid, t.sid, t.vpgid);
    for text in [&t.comm, &t.exe, &t.exepath] {
        string(text, PATH_LIMIT, out);
    }
    list(&t.args, out);
    string(&t.cwd, PATH_LIMIT, out);
    numbers!(out, t.fdlimit, t.flags, t.uid, t.gid);
    numbers!(out, t.vmsize_kb, t.vmrss_kb, t.vmswap_kb, t.pfmajor, t.pfminor);
    list(&t.env, out);
    numbers!(out, t.vtid, t.vpid);
    list(&t.cgroups, out);
    string(&t.root, PATH_LIMIT, out);
    numbers!(out, t.pidns_init_start_ts, t.tty, t.loginuid);
    out.push(t.exe_writable.into());
    numbers!(out, t.cap_inheritable, t.cap_permitted, t.cap_effective);
    out.push(t.exe_upper_layer.into());
    numbers!(out, t.exe_ino, t.exe_ino_ctime, t.exe_ino_mtime);
    out.push(t.exe_from_memfd.into());
    out.push(t.exe_lower_layer.into());
    numbers!(out, t.pgid);
}

fn fd(info: &FdInfo, old_readers: bool, out: &mut Vec<u8>) {
    let nowhere = Tuple {
        sip: std::net::Ipv4Addr::UNSPECIFIED.into(),
        dip: std::net::Ipv4Addr::UNSPECIFIED.into(),
        sport: 0,
        dport: 0,
        l4: crate::L4Proto::Unknown,
    };
    let tuple = info.tuple.unwrap_or(nowhere);
    let v6 = tuple.sip.is_ipv6() || tuple.dip.is_ipv6();
    let kind = match info.kind {
        FdType::Ipv4 | FdType::Ipv6 if info.tuple.is_some() => {
            if v6 {
                FdType::Ipv6
            } else {
                FdType::Ipv4
            }
        }
        FdType::Ipv4Server | FdType::Ipv6Server if info.tuple.is_some() => {
            if v6 {
                FdType::Ipv6Server
            } else {
                FdType::Ipv4Server
            }
        }
        FdType::Bpf | FdType::UserFault | FdType::IoUring | FdType::Memfd | FdType::Pidfd if old_readers => {
            FdType::Unsupported
        }
        kind => kind,
    };
    numbers!(out, info.fd, info.ino);
    out.push(kind as u8);
    match kind {
        FdType::Ipv4 | FdType::Ipv6 => {
            let v6 = kind == FdType::Ipv6;
            address(tuple.sip, v6, out);
            address(tuple.dip, v6, out);
            numbers!(out, tuple.sport, tuple.dport);
            out.push(tuple.l4 as u8);
        }
        FdType::Ipv4Server | FdType::Ipv6Server => {
            address(tuple.sip, kind == FdType::Ipv6Server, out);
            numbers!(out, tuple.sport);
            out.push(tuple.l4 as u8);
        }
        FdType::Unix => {
            let (source, destination) = info.unix.unwrap_or_default();
            numbers!(out, source, destination);
            string(&info.name, PATH_LIMIT, out);
        }
        FdType::FileV2 => {
            numbers!(out, info.open_flags);
            string(&info.name, PATH_LIMIT, out);
            numbers!(out, info.dev);
        }
        _ => string(&info.name, PATH_LIMIT, out),
    }
}
