//! Open descriptors as `/proc` describes them.

use std::net::{IpAddr, SocketAddr};
use std::os::unix::ffi::OsStrExt;

use cscope_capture::{Bytes, FdInfo, FdType, L4Proto, Tuple};
use procfs::process::{FDTarget, Process};

/// Descriptors taken of one process, at most.
const MAX_FDS: usize = 4096;

/// All descriptors of the process of a thread; none when it is gone or hidden.
pub(super) fn all(tid: i64) -> Vec<FdInfo> {
    let Some(process) = process(tid) else { return Vec::new() };
    let Ok(list) = process.fd() else { return Vec::new() };
    let mut sockets = Sockets::default();
    list.flatten()
        .take(MAX_FDS)
        .map(|fd| described(&process, fd.fd.into(), &fd.target, &mut sockets))
        .collect()
}

/// One descriptor; `None` when it is not open.
pub(super) fn one(tid: i64, number: i64) -> Option<FdInfo> {
    let process = process(tid)?;
    let fd = process.fd_from_fd(i32::try_from(number).ok()?).ok()?;
    Some(described(&process, number, &fd.target, &mut Sockets::default()))
}

fn process(tid: i64) -> Option<Process> {
    Process::new(i32::try_from(tid).ok()?).ok()
}

fn described(process: &Process, number: i64, target: &FDTarget, sockets: &mut Sockets) -> FdInfo {
    let open_flags = open_flags(process.pid(), number);
    let info = FdInfo { fd: number, open_flags, ..FdInfo::default() };
    match target {
        FDTarget::Path(path) => FdInfo {
            kind: if open_flags & DIRECTORY != 0 { FdType::Directory } else { FdType::FileV2 },
            name: Bytes::from(path.as_os_str().as_bytes()),
            ..info
        },
        FDTarget::Pipe(ino) => FdInfo { kind: FdType::Fifo, ino: *ino, ..info },
        FDTarget::Socket(ino) => sockets.find(process, *ino, info),
        FDTarget::AnonInode(name) => FdInfo { kind: anonymous(name), ..info },
        FDTarget::MemFD(name) => FdInfo { kind: FdType::Memfd, name: Bytes::from(name.as_bytes()), ..info },
        FDTarget::Net(ino) | FDTarget::Other(_, ino) => {
            FdInfo { kind: FdType::Unsupported, ino: *ino, ..info }
        }
        FDTarget::Unknown(..) => FdInfo { kind: FdType::Unsupported, ..info },
    }
}

fn anonymous(name: &str) -> FdType {
    match name.trim_matches(['[', ']']) {
        "eventpoll" => FdType::EventPoll,
        "eventfd" => FdType::Event,
        "timerfd" => FdType::Timer,
        "signalfd" => FdType::Signal,
        "inotify" => FdType::Inotify,
        "io_uring" => FdType::IoUring,
        "userfaultfd" => FdType::UserFault,
        "pidfd" => FdType::Pidfd,
        name if name.starts_with("bpf") => FdType::Bpf,
        _ => FdType::Unsupported,
    }
}

/// `O_DIRECTORY` as numbered in events.
const DIRECTORY: u32 = 0x400;

/// Flags of open calls: as the kernel has them, as events have them.
const FLAGS: [(i32, u32); 11] = [
    (libc::O_CREAT, 0x4),
    (libc::O_APPEND, 0x8),
    (libc::O_DSYNC, 0x10),
    (libc::O_EXCL, 0x20),
    (libc::O_NONBLOCK, 0x40),
    (libc::O_TRUNC, 0x100),
    (libc::O_DIRECT, 0x200),
    (libc::O_DIRECTORY, DIRECTORY),
    // The kernel sets it on all 64-bit machines, where the library has it as 0.
    (0o10_0000, 0x800),
    (libc::O_CLOEXEC, 0x1000),
    (libc::O_TMPFILE, 0x2000),
];

/// Open flags from the text of `/proc/PID/fdinfo/N`, as events number them; 0 when they are not to be had.
fn open_flags(pid: i32, number: i64) -> u32 {
    let flags = || {
        let text = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).ok()?;
        let line = text.lines().find_map(|l| l.strip_prefix("flags:"))?;
        let raw = i32::from_str_radix(line.trim(), 8).ok()?;
        let access = match raw & libc::O_ACCMODE {
            libc::O_WRONLY => 2,
            libc::O_RDWR => 3,
            _ => 1,
        };
        let sync = if raw & libc::O_SYNC == libc::O_SYNC { 0x80 } else { 0 };
        Some(FLAGS.iter().filter(|f| raw & f.0 == f.0).fold(access | sync, |all, f| all | f.1))
    };
    flags().unwrap_or(0)
}

/// Sockets of a network namespace by inode; the tables are read when the first socket is met.
#[derive(Default)]
struct Sockets {
    inet: Option<Vec<(u64, Tuple)>>,
    unix: Option<Vec<(u64, Bytes)>>,
}

impl Sockets {
    fn find(&mut self, process: &Process, ino: u64, info: FdInfo) -> FdInfo {
        let inet = self.inet.get_or_insert_with(|| inet(process));
        if let Some(&(_, tuple)) = inet.iter().find(|s| s.0 == ino) {
            let bound = tuple.dport == 0 && tuple.sport != 0;
            let kind = match (tuple.sip.is_ipv4(), bound) {
                (true, false) => FdType::Ipv4,
                (true, true) => FdType::Ipv4Server,
                (false, false) => FdType::Ipv6,
                (false, true) => FdType::Ipv6Server,
            };
            return FdInfo { kind, ino, tuple: Some(tuple), ..info };
        }
        let unix = self.unix.get_or_insert_with(|| unix(process));
        match unix.iter().find(|s| s.0 == ino) {
            Some((_, path)) => {
                FdInfo { kind: FdType::Unix, ino, name: path.clone(), unix: Some((0, 0)), ..info }
            }
            None => FdInfo { kind: FdType::Unsupported, ino, ..info },
        }
    }
}

fn inet(process: &Process) -> Vec<(u64, Tuple)> {
    let tcp = [process.tcp(), process.tcp6()].into_iter().flatten().flatten();
    let udp = [process.udp(), process.udp6()].into_iter().flatten().flatten();
    let tcp = tcp.map(|e| (e.inode, tuple(e.local_address, e.remote_address, L4Proto::Tcp)));
    tcp.chain(udp.map(|e| (e.inode, tuple(e.local_address, e.remote_address, L4Proto::Udp)))).collect()
}

fn tuple(local: SocketAddr, remote: SocketAddr, l4: L4Proto) -> Tuple {
    let (sip, dip) = match (local.ip(), remote.ip()) {
        (IpAddr::V6(a), IpAddr::V6(b)) => match (a.to_ipv4_mapped(), b.to_ipv4_mapped()) {
            (Some(a), Some(b)) => (a.into(), b.into()),
            _ => (a.into(), b.into()),
        },
        ends => ends,
    };
    Tuple { sip, dip, sport: local.port(), dport: remote.port(), l4 }
}

fn unix(process: &Process) -> Vec<(u64, Bytes)> {
    let entries = process.unix().unwrap_or_default();
    entries
        .into_iter()
        .map(|e| (e.inode, e.path.map(|p| Bytes::from(p.as_os_str().as_bytes())).unwrap_or_default()))
        .collect()
}
