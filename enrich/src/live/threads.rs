//! One thread as `/proc` describes it.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use cscope_capture::{Bytes, ThreadInfo};
use procfs::process::{LimitValue, Process};

use super::MAX_LIST;

/// Start times count from boot in these units.
const TICKS_PER_SECOND: u64 = 100;

/// What `/proc` tells of thread `tid`; `None` when it is gone or hidden.
pub(super) fn thread(tid: i64) -> Option<ThreadInfo> {
    // Every thread has a directory there, though only leaders are listed.
    let process = Process::new(i32::try_from(tid).ok()?).ok()?;
    let status = process.status().ok()?;
    let stat = process.stat().ok()?;
    let namespaced =
        |ids: &Option<Vec<i32>>| ids.as_ref().and_then(|v| v.last()).map_or(-1, |&v| i64::from(v));
    let cmdline = text(tid, "cmdline");
    let mut words = cmdline.splitn(2, |&b| b == 0);
    let exe = words.next().unwrap_or_default();
    let args = words.next().unwrap_or_default();
    let comm = text(tid, "comm");
    let comm = comm.strip_suffix(b"\n").unwrap_or(&comm);
    let path = |path: Result<PathBuf, _>| path.map(|p: PathBuf| Bytes::from(p.as_os_str().as_bytes()));
    let exepath = path(process.exe()).unwrap_or_default();
    let cwd = path(process.cwd()).unwrap_or_default();
    Some(ThreadInfo {
        tid,
        pid: status.tgid.into(),
        ptid: status.ppid.into(),
        sid: stat.session.into(),
        pgid: stat.pgrp.into(),
        vpgid: namespaced(&status.nspgid),
        vtid: namespaced(&status.nspid),
        vpid: namespaced(&status.nstgid),
        comm: comm.into(),
        exe: if exe.is_empty() { comm.into() } else { exe.into() },
        exepath: exepath.strip_suffix(b" (deleted)").map(Bytes::from).unwrap_or(exepath),
        args: args.into(),
        env: text(tid, "environ").into(),
        cwd: if cwd.is_empty() { cwd } else { crate::path::with_slash(&cwd).into() },
        root: path(process.root()).unwrap_or_default(),
        cgroups: cgroups(&text(tid, "cgroup")).into(),
        fdlimit: process.limits().map_or(0, |l| limit(l.max_open_files.soft_limit)),
        uid: status.euid,
        gid: status.egid,
        loginuid: process.loginuid().unwrap_or(u32::MAX),
        vmsize_kb: kib(status.vmsize),
        vmrss_kb: kib(status.vmrss),
        vmswap_kb: kib(status.vmswap),
        pfmajor: stat.majflt,
        pfminor: stat.minflt,
        tty: stat.tty_nr.cast_unsigned(),
        cap_inheritable: status.capinh,
        cap_permitted: status.capprm,
        cap_effective: status.capeff,
        start_ts: started(stat.starttime),
        ..ThreadInfo::default()
    })
}

fn limit(value: LimitValue) -> i64 {
    match value {
        LimitValue::Value(v) => i64::try_from(v).unwrap_or(i64::MAX),
        LimitValue::Unlimited => i64::MAX,
    }
}

fn kib(size: Option<u64>) -> u32 {
    u32::try_from(size.unwrap_or(0)).unwrap_or(u32::MAX)
}

/// ns since the epoch of a time given in ticks since boot.
fn started(ticks: u64) -> u64 {
    procfs::boot_time_secs().map_or(0, |boot| {
        boot.saturating_mul(1_000_000_000)
            .saturating_add(ticks.saturating_mul(1_000_000_000 / TICKS_PER_SECOND))
    })
}

/// The first bytes of a file of the thread.
fn text(tid: i64, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(format!("/proc/{tid}/{name}")) {
        // What was read before an error is good.
        let _ = file.take(MAX_LIST as u64).read_to_end(&mut bytes);
    }
    bytes
}

/// Lines `N:SUBSYSTEMS:PATH` as `subsystem=path` items; the one line of version 2 stands for all subsystems that
/// have none of their own.
fn cgroups(text: &[u8]) -> Vec<u8> {
    const SUBSYSTEMS: [&[u8]; 5] = [b"cpuset", b"cpu", b"cpuacct", b"io", b"memory"];
    let mut items: Vec<(&[u8], &[u8])> = Vec::new();
    let mut unified: Option<&[u8]> = None;
    for line in text.split(|&b| b == b'\n') {
        let mut parts = line.splitn(3, |&b| b == b':');
        let (Some(_), Some(names), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
        if names.is_empty() {
            unified = Some(path);
        }
        for name in names.split(|&b| b == b',').filter(|n| !n.is_empty() && !n.starts_with(b"name=")) {
            let name = if name == b"blkio" { b"io" } else { name };
            items.push((name, path));
        }
    }
    if let Some(path) = unified {
        for name in SUBSYSTEMS {
            if !items.iter().any(|i| i.0 == name) {
                items.push((name, path));
            }
        }
    }
    let mut out = Vec::new();
    for (name, path) in items {
        for part in [name, b"=", path, b"\0"] {
            out.extend_from_slice(part);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_groups_of_all_versions() {
        let v1 = b"12:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n2:name=systemd:/y\n0::/\n";
        let list = cgroups(v1);
        assert!(list.starts_with(b"memory=/docker/x\0cpu=/docker/x\0cpuacct=/docker/x\0cpuset=/\0"));
        let v2 = cgroups(b"0::/a.slice/b.scope\n");
        assert!(v2.starts_with(b"cpuset=/a.slice/b.scope\0cpu=/a.slice/b.scope\0"));
        assert!(cgroups(b"nonsense").is_empty());
    }
}
