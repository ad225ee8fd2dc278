//! Descriptors, from the records of the file iterator.

use std::mem::{offset_of, size_of};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cscope_capture::table::flags;
use cscope_capture::table::linux;
use cscope_capture::{FdInfo, FdType, L4Proto, Tuple};

use crate::encode::{device, open_flags, path, unix_name};
use crate::plan::{Translation, translation};
use crate::raw::{Bytes, Raw, Segment};
use crate::skel::types::{file_info, segment_flags, snapshot_slot, socket_info};

const S_IFMT: u16 = 0o170_000;
const S_IFSOCK: u16 = 0o140_000;
const S_IFDIR: u16 = 0o040_000;
const S_IFIFO: u16 = 0o010_000;

const O_CLOEXEC: u64 = 0o2_000_000;

const PID_FS: u32 = 0x5049_4446;
const NS_FS: u32 = 0x6e73_6673;

const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;

/// Makes descriptors of records.
#[derive(Debug)]
pub(crate) struct Files {
    names: Translation,
    scratch: Vec<u8>,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self { names: translation(linux::OPEN, &flags::FILE_FLAGS), scratch: Vec::new() }
    }

    /// One descriptor.
    pub(crate) fn fd(&mut self, raw: &Raw<'_>) -> FdInfo {
        let file = raw.slot(snapshot_slot::SNAPSHOT_FILE.0 as u8).bytes;
        let socket = raw.slot(snapshot_slot::SNAPSHOT_SOCKET.0 as u8);
        let name = raw.slot(snapshot_slot::SNAPSHOT_PATH.0 as u8);
        let mode = file.u16(offset_of!(file_info, mode));
        // The kernel keeps this flag with the descriptor, the others with the file.
        let closed_at_exec = if raw.args.at(0) != 0 { O_CLOEXEC } else { 0 };
        let flags = u64::from(file.u32(offset_of!(file_info, flags))) | closed_at_exec;
        let fd = FdInfo { fd: raw.ret, ino: file.u64(offset_of!(file_info, ino)), ..FdInfo::default() };
        match mode & S_IFMT {
            S_IFSOCK if socket.present => self::socket(fd, socket.bytes),
            S_IFSOCK => FdInfo { kind: FdType::Unsupported, name: numbered("socket", &fd), ..fd },
            _ if is_pseudo(name) => self.pseudo(fd, file, flags, name),
            _ => self.file(fd, file, flags, name),
        }
    }

    /// A file with a path.
    fn file(&mut self, fd: FdInfo, file: &[u8], flags: u64, name: Segment<'_>) -> FdInfo {
        path(name, &mut self.scratch);
        let name = self.scratch.as_slice().into();
        let kind = match file.u16(offset_of!(file_info, mode)) & S_IFMT {
            S_IFDIR => FdType::Directory,
            S_IFIFO => FdType::Fifo,
            _ => FdType::FileV2,
        };
        FdInfo {
            kind,
            name,
            open_flags: open_flags(flags, &self.names),
            dev: device(file.u32(offset_of!(file_info, dev))),
            ..fd
        }
    }

    /// A file that is in no directory: its own name tells what it is.
    fn pseudo(&mut self, fd: FdInfo, file: &[u8], flags: u64, name: Segment<'_>) -> FdInfo {
        let label = name.bytes.strip_suffix(&[0]).unwrap_or(name.bytes);
        match file.u32(offset_of!(file_info, magic)) {
            PID_FS => return FdInfo { kind: FdType::Pidfd, name: numbered("pidfd", &fd), ..fd },
            NS_FS => return FdInfo { kind: FdType::Unsupported, name: numbered("ns", &fd), ..fd },
            _ => {}
        }
        if file.u16(offset_of!(file_info, mode)) & S_IFMT == S_IFIFO {
            return FdInfo { kind: FdType::Fifo, name: numbered("pipe", &fd), ..fd };
        }
        if let Some(name) = label.strip_prefix(b"memfd:") {
            let open_flags = open_flags(flags, &self.names);
            return FdInfo { kind: FdType::Memfd, name: name.into(), open_flags, ..fd };
        }
        let name = [b"anon_inode:".as_slice(), label].concat().into();
        FdInfo { kind: anonymous(label), name, ..fd }
    }
}

fn is_pseudo(name: Segment<'_>) -> bool {
    u32::from(name.flags) & segment_flags::SEGMENT_PSEUDO.0 != 0
}

/// The kind of an anonymous inode by its name.
pub(super) fn anonymous(label: &[u8]) -> FdType {
    match label {
        b"[eventfd]" => FdType::Event,
        b"[eventpoll]" => FdType::EventPoll,
        b"inotify" | b"[inotify]" => FdType::Inotify,
        b"[signalfd]" => FdType::Signal,
        b"[timerfd]" => FdType::Timer,
        b"[io_uring]" => FdType::IoUring,
        b"[userfaultfd]" => FdType::UserFault,
        b"[pidfd]" => FdType::Pidfd,
        b"bpf-map" | b"bpf-prog" | b"bpf_link" | b"bpf-link" | b"bpf_iter" | b"bpf-iter" => FdType::Bpf,
        _ => FdType::Unsupported,
    }
}

fn numbered(kind: &str, fd: &FdInfo) -> cscope_capture::Bytes {
    format!("{kind}:[{}]", fd.ino).into_bytes().into()
}

fn socket(fd: FdInfo, s: &[u8]) -> FdInfo {
    match s.u16(offset_of!(socket_info, family)) {
        AF_INET => {
            inet(fd, s, FdType::Ipv4, FdType::Ipv4Server, |at| IpAddr::V4(Ipv4Addr::from(s.array::<4>(at))))
        }
        AF_INET6 => {
            inet(fd, s, FdType::Ipv6, FdType::Ipv6Server, |at| IpAddr::V6(Ipv6Addr::from(s.array::<16>(at))))
        }
        AF_UNIX => {
            let paths = s.get(size_of::<socket_info>()..).unwrap_or_default();
            let own = s.u32(offset_of!(socket_info, own_len)) as usize;
            let (own, theirs) = paths.split_at_checked(own).unwrap_or_default();
            let name = if own.is_empty() { unix_name(theirs) } else { unix_name(own) };
            let ends = (s.u64(offset_of!(socket_info, ptr)), s.u64(offset_of!(socket_info, peer)));
            FdInfo { kind: FdType::Unix, name: name.into(), unix: Some(ends), ..fd }
        }
        AF_NETLINK => FdInfo { kind: FdType::Netlink, name: numbered("socket", &fd), ..fd },
        _ => FdInfo { kind: FdType::Unsupported, name: numbered("socket", &fd), ..fd },
    }
}

fn inet(fd: FdInfo, s: &[u8], kind: FdType, server: FdType, addr: impl Fn(usize) -> IpAddr) -> FdInfo {
    let tuple = Tuple {
        sip: addr(offset_of!(socket_info, local)),
        dip: addr(offset_of!(socket_info, remote)),
        sport: s.u16(offset_of!(socket_info, local_port)),
        dport: s.u16(offset_of!(socket_info, remote_port)),
        l4: l4(s.u16(offset_of!(socket_info, kind)), s.u16(offset_of!(socket_info, protocol))),
    };
    // Bound to a port and talking to nobody: it waits for others.
    let kind = if tuple.sport != 0 && tuple.dport == 0 { server } else { kind };
    FdInfo { kind, tuple: Some(tuple), ..fd }
}

fn l4(kind: u16, protocol: u16) -> L4Proto {
    const SOCK_RAW: u16 = 3;
    match (kind, protocol) {
        (_, 6) => L4Proto::Tcp,
        (_, 17) => L4Proto::Udp,
        (_, 1 | 58) => L4Proto::Icmp,
        (SOCK_RAW, _) => L4Proto::Raw,
        _ => L4Proto::Unknown,
    }
}
