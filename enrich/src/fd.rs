//! One open descriptor of a process, and the tables of them.

mod entry;
mod opened;
mod table;

pub(crate) use entry::Entry;
pub(crate) use opened::{Layout, Opened, Spare, Told, open_flags};
pub use table::FilesId;
pub(crate) use table::{FdTable, Files};

use std::sync::atomic::{AtomicBool, Ordering};

use cscope_capture::{FdInfo, FdType, L4Proto, Tuple};

/// Which end of a connection the process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Role {
    /// Not known (yet).
    #[default]
    None,
    /// The process connected.
    Client,
    /// The process accepted or is bound.
    Server,
}

/// A descriptor with what the state engine added to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fd {
    /// As in the snapshot. `info.name` is the text of `fd.name`, also for sockets (`sip:sport->dip:dport`).
    pub info: FdInfo,
    /// Which end of a connection this is.
    pub role: Role,
    /// The path as the program gave it.
    pub raw_name: cscope_capture::Bytes,
    /// The path the kernel found when the file was opened, links and mounts resolved; empty where it was not asked
    /// or is the name itself, made absolute.
    pub real_path: cscope_capture::Bytes,
    /// The connection is established.
    pub connected: bool,
    /// A connection was asked for and the answer is still out.
    pub connecting: bool,
    /// Closed on exec.
    pub cloexec: bool,
    /// The file was opened from the upper layer of an overlay.
    pub upper_layer: bool,
    /// The file was opened from a lower layer of an overlay.
    pub lower_layer: bool,
    /// Process a pidfd stands for, 0 for other kinds.
    pub pid: i64,
    pub(crate) verdict: Verdict,
}

/// Whether events on a descriptor are of no interest, as far as that was found out; all that hold the descriptor
/// share it. It tells nothing of the descriptor itself: any two are equal, and a copy begins anew.
#[derive(Debug, Default)]
pub(crate) struct Verdict(AtomicBool);

impl Verdict {
    /// Events on it are of no interest.
    pub(crate) fn refuse(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_refused(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The same for another descriptor that differs in nothing a filter can ask for.
    pub(crate) fn same(&self) -> Self {
        Self(AtomicBool::new(self.is_refused()))
    }
}

impl Clone for Verdict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Verdict {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Verdict {}

impl Fd {
    /// One character for the kind, as in `3(<f>/etc/passwd)`.
    pub fn type_char(&self) -> char {
        match self.info.kind {
            FdType::File | FdType::FileV2 => 'f',
            FdType::Directory => 'd',
            FdType::Ipv4 | FdType::Ipv4Server => '4',
            FdType::Ipv6 | FdType::Ipv6Server => '6',
            FdType::Fifo => 'p',
            FdType::Unix => 'u',
            FdType::Event => 'e',
            FdType::Unsupported => 'X',
            FdType::Signal => 's',
            FdType::EventPoll => 'l',
            FdType::Inotify => 'i',
            FdType::Timer => 't',
            FdType::Netlink => 'n',
            FdType::Bpf => 'b',
            FdType::UserFault => 'u',
            FdType::IoUring => 'r',
            FdType::Memfd => 'm',
            FdType::Pidfd => 'P',
            FdType::Unknown => 'o',
        }
    }

    /// Name of the kind, as in `fd.type`.
    pub fn type_name(&self) -> &'static str {
        match self.info.kind {
            FdType::File | FdType::FileV2 => "file",
            FdType::Directory => "directory",
            FdType::Ipv4 | FdType::Ipv4Server => "ipv4",
            FdType::Ipv6 | FdType::Ipv6Server => "ipv6",
            FdType::Fifo => "pipe",
            FdType::Unix => "unix",
            FdType::Event => "event",
            FdType::Unsupported | FdType::Unknown => "unsupported",
            FdType::Signal => "signalfd",
            FdType::EventPoll => "eventpoll",
            FdType::Inotify => "inotify",
            FdType::Timer => "timerfd",
            FdType::Netlink => "netlink",
            FdType::Bpf => "bpf",
            FdType::UserFault => "userfaultfd",
            FdType::IoUring => "io_uring",
            FdType::Memfd => "memfd",
            FdType::Pidfd => "pidfd",
        }
    }

    /// Bytes of its texts.
    fn size(&self) -> usize {
        self.info.name.len() + self.raw_name.len() + self.real_path.len()
    }

    /// Both ends, for internet sockets.
    pub fn tuple(&self) -> Option<&Tuple> {
        self.info.tuple.as_ref()
    }

    /// Transport protocol of an internet socket.
    pub fn l4(&self) -> Option<L4Proto> {
        self.info.tuple.map(|t| t.l4)
    }

    /// True for IPv4 and IPv6 sockets.
    pub fn is_inet(&self) -> bool {
        use FdType::{Ipv4, Ipv4Server, Ipv6, Ipv6Server};
        matches!(self.info.kind, Ipv4 | Ipv4Server | Ipv6 | Ipv6Server)
    }

    /// True for internet and unix sockets.
    pub(crate) fn is_socket(&self) -> bool {
        self.is_inet() || self.info.kind == FdType::Unix
    }

    /// True for regular files.
    pub fn is_file(&self) -> bool {
        matches!(self.info.kind, FdType::File | FdType::FileV2)
    }
}
