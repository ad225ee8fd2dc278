//! Threads and descriptors from `/proc`, for what the iterators do not tell. What only the kernel knows
//! (peers of unix sockets, layers of overlay file systems) is missing.

use std::collections::{HashMap, HashSet};
use std::os::linux::fs::MetadataExt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use cscope_capture::table::{flags, linux};
use cscope_capture::{Bytes, FdInfo, FdType, L4Proto, Snapshot, ThreadInfo, Tuple};
use procfs::net::UnixNetEntry;
use procfs::process::{FDTarget, Process, all_processes};

use crate::clock::Clock;
use crate::encode::open_flags;
use crate::plan::{Translation, translation};

use super::files::anonymous;
use super::process::THREAD_FLAGS;

/// Sockets of the machine by inode.
#[derive(Default)]
struct Sockets {
    inet: HashMap<u64, Tuple>,
    unix: HashMap<u64, UnixNetEntry>,
}

/// Adds the processes that are not there yet, with threads and descriptors. What ends meanwhile is left out.
pub(super) fn complete(clock: Clock, snapshot: &mut Snapshot) {
    let known: HashSet<i64> = snapshot.threads.iter().map(|t| t.pid).collect();
    let Ok(all) = all_processes() else { return };
    let missing: Vec<_> = all.flatten().filter(|p| !known.contains(&i64::from(p.pid))).collect();
    if missing.is_empty() {
        return;
    }
    let sockets = sockets();
    let names = translation(linux::OPEN, &flags::FILE_FLAGS);
    for process in missing {
        let Some(leader) = leader(clock, &process) else { continue };
        let fds = descriptors(&process, &sockets, &names);
        snapshot.fds.push((leader.tid as u64, fds));
        for task in process.tasks().into_iter().flatten().flatten().filter(|t| t.tid != process.pid) {
            let stat = task.stat().map(|s| s.comm.into_bytes().into());
            snapshot.threads.push(ThreadInfo {
                tid: i64::from(task.tid),
                vtid: task.status().map_or(-1, |s| innermost(&s.nspid)),
                comm: stat.unwrap_or_else(|_| leader.comm.clone()),
                flags: THREAD_FLAGS,
                ..leader.clone()
            });
        }
        snapshot.threads.push(leader);
    }
}

fn leader(clock: Clock, process: &Process) -> Option<ThreadInfo> {
    let stat = process.stat().ok()?;
    let status = process.status().ok()?;
    let cmdline = process.cmdline().unwrap_or_default();
    let path = |p: Result<std::path::PathBuf, _>| p.map(|p| bytes(&p)).unwrap_or_default();
    let exe = process.exe().ok();
    let meta = exe.as_ref().and_then(|_| std::fs::metadata(format!("/proc/{}/exe", process.pid)).ok());
    let time = |s: i64, ns: i64| (s as u64).wrapping_mul(1_000_000_000).wrapping_add(ns as u64);
    let ticks = procfs::ticks_per_second();
    let started = u128::from(stat.starttime) * 1_000_000_000 / u128::from(ticks.max(1));
    Some(ThreadInfo {
        tid: i64::from(process.pid),
        pid: i64::from(process.pid),
        ptid: i64::from(stat.ppid),
        sid: i64::from(stat.session),
        vpgid: innermost(&status.nspgid),
        pgid: i64::from(stat.pgrp),
        comm: stat.comm.clone().into_bytes().into(),
        exe: cmdline.first().map(|s| s.as_bytes().into()).unwrap_or_default(),
        exepath: exe.as_deref().map(bytes).unwrap_or_default(),
        args: list(cmdline.get(1..).unwrap_or_default().iter().map(String::as_bytes)),
        env: std::fs::read(format!("/proc/{}/environ", process.pid)).unwrap_or_default().into(),
        cwd: path(process.cwd()),
        root: path(process.root()),
        cgroups: cgroups(process),
        fdlimit: fdlimit(process),
        uid: status.euid,
        gid: status.egid,
        loginuid: process.loginuid().unwrap_or(u32::MAX),
        vtid: innermost(&status.nspid),
        vpid: innermost(&status.nstgid),
        vmsize_kb: status.vmsize.unwrap_or_default() as u32,
        vmrss_kb: status.vmrss.unwrap_or_default() as u32,
        vmswap_kb: status.vmswap.unwrap_or_default() as u32,
        pfmajor: stat.majflt,
        pfminor: stat.minflt,
        tty: stat.tty_nr as u32,
        cap_inheritable: status.capinh,
        cap_permitted: status.capprm,
        cap_effective: status.capeff,
        exe_ino: meta.as_ref().map_or(0, MetadataExt::st_ino),
        exe_ino_ctime: meta.as_ref().map_or(0, |m| time(m.st_ctime(), m.st_ctime_nsec())),
        exe_ino_mtime: meta.as_ref().map_or(0, |m| time(m.st_mtime(), m.st_mtime_nsec())),
        start_ts: clock.epoch_of_boot(started as u64),
        ..ThreadInfo::default()
    })
}

/// The number in the innermost pid namespace.
fn innermost(numbers: &Option<Vec<i32>>) -> i64 {
    numbers.as_ref().and_then(|l| l.last()).map_or(-1, |v| i64::from(*v))
}

fn bytes(path: &Path) -> Bytes {
    path.as_os_str().as_bytes().into()
}

fn list<'a>(items: impl Iterator<Item = &'a [u8]>) -> Bytes {
    let mut all = Vec::new();
    for item in items {
        all.extend_from_slice(item);
        all.push(0);
    }
    all.into()
}

fn cgroups(process: &Process) -> Bytes {
    let mut all = Vec::new();
    for group in process.cgroups().into_iter().flat_map(|g| g.0) {
        let mut names: Vec<String> = group.controllers.clone();
        if names.is_empty() {
            names.push("unified".to_owned());
        }
        for name in names.iter().filter(|n| !n.starts_with("name=")) {
            all.extend_from_slice(format!("{name}={}", group.pathname).as_bytes());
            all.push(0);
        }
    }
    all.into()
}

fn fdlimit(process: &Process) -> i64 {
    use procfs::process::LimitValue;
    match process.limits().map(|l| l.max_open_files.soft_limit) {
        Ok(LimitValue::Value(v)) => v as i64,
        Ok(LimitValue::Unlimited) => i64::MAX,
        Err(_) => 0,
    }
}

fn descriptors(process: &Process, sockets: &Sockets, names: &Translation) -> Vec<FdInfo> {
    process.fd().into_iter().flatten().flatten().map(|fd| descriptor(process, &fd, sockets, names)).collect()
}

fn descriptor(
    process: &Process,
    fd: &procfs::process::FDInfo,
    sockets: &Sockets,
    names: &Translation,
) -> FdInfo {
    let base = FdInfo { fd: i64::from(fd.fd), ..FdInfo::default() };
    match &fd.target {
        FDTarget::Path(path) => file(process, path, base, names),
        FDTarget::Socket(ino) => socket(*ino, sockets, base),
        FDTarget::Pipe(ino) => FdInfo {
            ino: *ino,
            kind: FdType::Fifo,
            name: format!("pipe:[{ino}]").into_bytes().into(),
            ..base
        },
        FDTarget::AnonInode(label) => {
            let name = format!("anon_inode:{label}").into_bytes().into();
            FdInfo { kind: anonymous(label.as_bytes()), name, ..base }
        }
        FDTarget::MemFD(label) => FdInfo { kind: FdType::Memfd, name: label.as_bytes().into(), ..base },
        FDTarget::Net(ino) => FdInfo {
            ino: *ino,
            kind: FdType::Unsupported,
            name: format!("net:[{ino}]").into_bytes().into(),
            ..base
        },
        FDTarget::Unknown(label, _) => {
            FdInfo { kind: FdType::Unsupported, name: label.as_bytes().into(), ..base }
        }
        FDTarget::Other(kind, ino) => FdInfo {
            ino: *ino,
            kind: FdType::Unsupported,
            name: format!("{kind}:[{ino}]").into_bytes().into(),
            ..base
        },
    }
}

fn file(process: &Process, path: &Path, base: FdInfo, names: &Translation) -> FdInfo {
    let meta = std::fs::metadata(format!("/proc/{}/fd/{}", process.pid, base.fd)).ok();
    let info =
        std::fs::read_to_string(format!("/proc/{}/fdinfo/{}", process.pid, base.fd)).unwrap_or_default();
    let flags = info.lines().find_map(|l| u64::from_str_radix(l.strip_prefix("flags:")?.trim(), 8).ok());
    let kind = match &meta {
        Some(m) if m.is_dir() => FdType::Directory,
        Some(m) if m.st_mode() & 0o170_000 == 0o010_000 => FdType::Fifo,
        _ => FdType::FileV2,
    };
    FdInfo {
        kind,
        name: bytes(path),
        ino: meta.as_ref().map_or(0, MetadataExt::st_ino),
        dev: meta.as_ref().map_or(0, |m| m.st_dev() as u32),
        open_flags: flags.map_or(0, |f| open_flags(f, names)),
        ..base
    }
}

fn socket(ino: u64, sockets: &Sockets, base: FdInfo) -> FdInfo {
    let base = FdInfo { ino, ..base };
    if let Some(tuple) = sockets.inet.get(&ino) {
        let server = tuple.dport == 0;
        let kind = match (tuple.sip.is_ipv4(), server) {
            (true, false) => FdType::Ipv4,
            (true, true) => FdType::Ipv4Server,
            (false, false) => FdType::Ipv6,
            (false, true) => FdType::Ipv6Server,
        };
        return FdInfo { kind, tuple: Some(*tuple), ..base };
    }
    if let Some(unix) = sockets.unix.get(&ino) {
        let name = unix.path.as_deref().map(bytes).unwrap_or_default();
        return FdInfo { kind: FdType::Unix, name, unix: Some((0, 0)), ..base };
    }
    FdInfo { kind: FdType::Unsupported, name: format!("socket:[{ino}]").into_bytes().into(), ..base }
}

/// The sockets of our own network namespace.
fn sockets() -> Sockets {
    let mut all = Sockets::default();
    let mut add = |inode: u64, local: std::net::SocketAddr, remote: std::net::SocketAddr, l4: L4Proto| {
        let (sip, dip, sport, dport) = (local.ip(), remote.ip(), local.port(), remote.port());
        all.inet.insert(inode, Tuple { sip, dip, sport, dport, l4 });
    };
    for tcp in [procfs::net::tcp(), procfs::net::tcp6()].into_iter().flatten().flatten() {
        add(tcp.inode, tcp.local_address, tcp.remote_address, L4Proto::Tcp);
    }
    for udp in [procfs::net::udp(), procfs::net::udp6()].into_iter().flatten().flatten() {
        add(udp.inode, udp.local_address, udp.remote_address, L4Proto::Udp);
    }
    all.unix = procfs::net::unix().into_iter().flatten().map(|u| (u.inode, u)).collect();
    all
}
