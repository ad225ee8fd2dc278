//! How events of older schemas become events of the current one. One rule per event type and number of
//! parameters found; rules are applied one after the other until none is left that fits. Format of a rule:
//!
//! ```text
//! KEY parameters-found Store|Pass|StoreAndPass|AddParams|ChangeType(KEY) { "parameter" source; ... }
//! ```
//!
//! `source` is `old(N)` for parameter N of the event itself; `enter(N) or empty`, `enter(N) or default` for one of
//! the enter event, and what to take when there is none; `empty`; `default`; or `container or empty`, the JSON
//! text made from the parameters of a container event.

use super::EVENTS;
use crate::EventType;

/// One rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Type of the events it applies to.
    pub kind: EventType,
    /// Number of parameters that such an event carries.
    pub params: u8,
    /// What to do.
    pub action: Action,
    /// The parameters to append (`AddParams`), or all parameters of the new event (`ChangeType`).
    pub fill: &'static [Fill],
}

/// What a rule does with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Keep this enter event for the exit event; it is not shown.
    Store,
    /// Hand this enter event on, for the state it carries; it is not shown.
    Pass,
    /// Both.
    StoreAndPass,
    /// Append parameters.
    AddParams,
    /// Make an event of another type.
    ChangeType(EventType),
}

/// Where a parameter of the result comes from.
#[derive(Debug, PartialEq, Eq)]
pub struct Fill {
    /// Name of the parameter in the result.
    pub name: &'static str,
    /// Source.
    pub from: From,
}

/// Source of one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// Parameter of the event itself.
    Old(u8),
    /// Parameter of the enter event; no bytes when there is none.
    EnterOrEmpty(u8),
    /// Parameter of the enter event; the default of the type when there is none.
    EnterOrDefault(u8),
    /// No bytes: the parameter reads as absent.
    Empty,
    /// The default of the type: 0, all ones for user and group ids, no bytes for types of variable length.
    Default,
    /// JSON text made from the parameters of a container event.
    Container,
}

macro_rules! from {
    (old($n:literal)) => {
        From::Old($n)
    };
    (enter($n:literal) or empty) => {
        From::EnterOrEmpty($n)
    };
    (enter($n:literal) or default) => {
        From::EnterOrDefault($n)
    };
    (empty) => {
        From::Empty
    };
    (default) => {
        From::Default
    };
    (container or empty) => {
        From::Container
    };
}

macro_rules! conversions {
    ($(
        $key:ident $params:literal $action:ident $(($new:ident))? {
            $( $param:literal $from:ident $(($index:literal))? $(or $missing:ident)?; )*
        }
    )*) => {
        /// All rules, in the order of event types and of numbers of parameters.
        pub static CONVERSIONS: &[Conversion] = &[$(
            Conversion {
                kind: EventType::$key,
                params: $params,
                action: Action::$action $((EventType::$new))?,
                fill: &[$(
                    Fill { name: $param, from: from!($from $(($index))? $(or $missing)?) },
                )*],
            },
        )*];
    };
}

const TYPES: usize = EVENTS.len();

/// Where the rules of each event type begin in [`CONVERSIONS`]; they end where those of the next begin.
static STARTS: [u16; TYPES + 1] = {
    let mut starts = [0; TYPES + 1];
    let mut rule = 0;
    let mut kind = 0;
    while kind <= TYPES {
        while rule < CONVERSIONS.len() && (CONVERSIONS[rule].kind.0 as usize) < kind {
            rule += 1;
        }
        starts[kind] = rule as u16;
        kind += 1;
    }
    starts
};

/// The rule for an event of this type with this many parameters.
#[inline]
pub fn conversion(kind: EventType, params: usize) -> Option<&'static Conversion> {
    let kind = usize::from(kind.0);
    let (start, end) = (*STARTS.get(kind)?, *STARTS.get(kind + 1)?);
    if start == end {
        return None;
    }
    let rules = CONVERSIONS.get(usize::from(start)..usize::from(end))?;
    rules.iter().find(|rule| usize::from(rule.params) == params)
}

conversions! {
    GENERIC_E 2 Store {}
    GENERIC_X 1 AddParams { "nativeID" enter(1) or empty; }
    SYSCALL_OPEN_E 0 AddParams { "name" empty; "flags" empty; "mode" empty; }
    SYSCALL_OPEN_E 3 Pass {}
    SYSCALL_OPEN_X 4 AddParams { "dev" empty; }
    SYSCALL_OPEN_X 5 AddParams { "ino" empty; }
    SYSCALL_CLOSE_E 1 Store {}
    SYSCALL_CLOSE_X 1 AddParams { "fd" enter(0) or default; }
    SYSCALL_READ_E 2 Store {}
    SYSCALL_READ_X 2 AddParams { "fd" enter(0) or default; "size" enter(1) or default; }
    SYSCALL_WRITE_E 2 Store {}
    SYSCALL_WRITE_X 2 AddParams { "fd" enter(0) or default; "size" enter(1) or default; }
    SYSCALL_BRK_1_E 1 Store {}
    SYSCALL_BRK_1_X 1 ChangeType(SYSCALL_BRK_4_X) {
        "res" old(0); "vm_size" empty; "vm_rss" empty; "vm_swap" empty; "addr" enter(0) or empty;
    }
    SYSCALL_EXECVE_8_E 0 ChangeType(SYSCALL_EXECVE_13_E) {}
    SYSCALL_EXECVE_8_X 8 ChangeType(SYSCALL_EXECVE_13_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" empty; "pgft_min" empty; "vm_size" empty; "vm_rss" empty;
        "vm_swap" empty;
    }
    SYSCALL_CLONE_11_X 11 ChangeType(SYSCALL_CLONE_16_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" empty; "pgft_min" empty; "vm_size" empty; "vm_rss" empty;
        "vm_swap" empty; "flags" old(8); "uid" old(9); "gid" old(10);
    }
    PROCEXIT_E 0 ChangeType(PROCEXIT_1_E) {
        "status" empty; "ret" empty; "sig" empty; "core" empty; "reaper_tid" empty;
    }
    SOCKET_SOCKET_E 3 Store {}
    SOCKET_SOCKET_X 1 AddParams {
        "domain" enter(0) or default; "type" enter(1) or default; "proto" enter(2) or default;
    }
    SOCKET_SOCKET_X 4 AddParams { "flags" default; }
    SOCKET_BIND_E 1 Store {}
    SOCKET_BIND_X 2 AddParams { "fd" enter(0) or default; }
    SOCKET_CONNECT_E 1 AddParams { "addr" default; }
    SOCKET_CONNECT_E 2 StoreAndPass {}
    SOCKET_CONNECT_X 2 AddParams { "fd" enter(0) or default; }
    SOCKET_CONNECT_X 3 AddParams { "addr" enter(1) or default; }
    SOCKET_LISTEN_E 2 Store {}
    SOCKET_LISTEN_X 1 AddParams { "fd" enter(0) or default; "backlog" enter(1) or default; }
    SOCKET_ACCEPT_X 3 ChangeType(SOCKET_ACCEPT_5_X) {
        "fd" old(0); "tuple" old(1); "queuepct" old(2); "queuelen" default; "queuemax" default;
    }
    SOCKET_SEND_E 2 Store {}
    SOCKET_SEND_X 2 AddParams { "fd" enter(0) or default; "size" enter(1) or default; "tuple" default; }
    SOCKET_SENDTO_E 3 Store {}
    SOCKET_SENDTO_X 2 AddParams {
        "fd" enter(0) or default; "size" enter(1) or default; "tuple" enter(2) or default;
    }
    SOCKET_RECV_E 2 Store {}
    SOCKET_RECV_X 2 AddParams { "fd" enter(0) or default; "size" enter(1) or default; "tuple" default; }
    SOCKET_RECVFROM_E 2 Store {}
    SOCKET_RECVFROM_X 3 AddParams { "fd" enter(0) or default; "size" enter(1) or default; }
    SOCKET_SHUTDOWN_E 2 Store {}
    SOCKET_SHUTDOWN_X 1 AddParams { "fd" enter(0) or default; "how" enter(1) or default; }
    SOCKET_SOCKETPAIR_E 3 Store {}
    SOCKET_SOCKETPAIR_X 5 AddParams {
        "domain" enter(0) or default; "type" enter(1) or default; "proto" enter(2) or default;
    }
    SOCKET_SENDMSG_E 3 Store {}
    SOCKET_SENDMSG_X 2 AddParams {
        "fd" enter(0) or default; "size" enter(1) or default; "tuple" enter(2) or default;
    }
    SOCKET_SENDMMSG_X 0 AddParams { "res" default; "fd" empty; "size" empty; "data" empty; "tuple" empty; }
    SOCKET_RECVMSG_E 1 Store {}
    SOCKET_RECVMSG_X 4 AddParams { "msgcontrol" default; }
    SOCKET_RECVMSG_X 5 AddParams { "fd" enter(0) or default; }
    SOCKET_RECVMMSG_X 0 AddParams {
        "res" default; "fd" empty; "size" empty; "data" empty; "tuple" empty; "msgcontrol" empty;
    }
    SOCKET_ACCEPT4_E 1 Store {}
    SOCKET_ACCEPT4_X 3 ChangeType(SOCKET_ACCEPT4_6_X) {
        "fd" old(0); "tuple" old(1); "queuepct" old(2); "queuelen" default; "queuemax" default;
        "flags" enter(0) or default;
    }
    SYSCALL_CREAT_E 0 AddParams { "name" empty; "mode" empty; }
    SYSCALL_CREAT_E 2 Pass {}
    SYSCALL_CREAT_X 3 AddParams { "dev" empty; }
    SYSCALL_CREAT_X 4 AddParams { "ino" empty; }
    SYSCALL_CREAT_X 5 AddParams { "creat_flags" empty; }
    SYSCALL_EVENTFD_E 2 Store {}
    SYSCALL_EVENTFD_X 1 AddParams { "initval" enter(0) or default; "flags" enter(1) or default; }
    SYSCALL_FUTEX_E 3 Store {}
    SYSCALL_FUTEX_X 1 AddParams {
        "addr" enter(0) or default; "op" enter(1) or default; "val" enter(2) or default;
    }
    SYSCALL_FSTAT_E 1 Store {}
    SYSCALL_FSTAT_X 1 AddParams { "fd" enter(0) or default; }
    SYSCALL_EPOLLWAIT_E 1 Store {}
    SYSCALL_EPOLLWAIT_X 1 AddParams { "maxevents" enter(0) or default; }
    SYSCALL_POLL_E 2 Store {}
    SYSCALL_POLL_X 2 AddParams { "timeout" enter(1) or default; }
    SYSCALL_NEWSELECT_X 1 ChangeType(SYSCALL_SELECT_X) { "res" old(0); }
    SYSCALL_LSEEK_E 3 Store {}
    SYSCALL_LSEEK_X 1 AddParams {
        "fd" enter(0) or default; "offset" enter(1) or default; "whence" enter(2) or default;
    }
    SYSCALL_LLSEEK_E 3 Store {}
    SYSCALL_LLSEEK_X 1 AddParams {
        "fd" enter(0) or default; "offset" enter(1) or default; "whence" enter(2) or default;
    }
    SYSCALL_IOCTL_2_E 2 Store {}
    SYSCALL_IOCTL_2_X 1 ChangeType(SYSCALL_IOCTL_3_X) {
        "res" old(0); "fd" enter(0) or empty; "request" enter(1) or empty; "argument" empty;
    }
    SYSCALL_FCHDIR_E 1 Store {}
    SYSCALL_FCHDIR_X 1 AddParams { "fd" enter(0) or empty; }
    SYSCALL_MKDIR_E 2 Store {}
    SYSCALL_MKDIR_X 1 ChangeType(SYSCALL_MKDIR_2_X) {
        "res" old(0); "path" enter(0) or empty; "mode" enter(1) or empty;
    }
    SYSCALL_RMDIR_E 1 Store {}
    SYSCALL_RMDIR_X 1 ChangeType(SYSCALL_RMDIR_2_X) { "res" old(0); "path" enter(0) or empty; }
    SYSCALL_OPENAT_E 4 Store {}
    SYSCALL_OPENAT_X 1 ChangeType(SYSCALL_OPENAT_2_X) {
        "fd" old(0); "dirfd" enter(0) or empty; "name" enter(1) or empty; "flags" enter(2) or empty;
        "mode" enter(3) or empty; "dev" empty; "ino" empty;
    }
    SYSCALL_LINK_E 2 Store {}
    SYSCALL_LINK_X 1 ChangeType(SYSCALL_LINK_2_X) {
        "res" old(0); "oldpath" enter(0) or empty; "newpath" enter(1) or empty;
    }
    SYSCALL_LINKAT_E 4 Store {}
    SYSCALL_LINKAT_X 1 ChangeType(SYSCALL_LINKAT_2_X) {
        "res" old(0); "olddir" enter(0) or empty; "oldpath" enter(1) or empty; "newdir" enter(2) or empty;
        "newpath" enter(3) or empty; "flags" empty;
    }
    SYSCALL_UNLINK_E 1 Store {}
    SYSCALL_UNLINK_X 1 ChangeType(SYSCALL_UNLINK_2_X) { "res" old(0); "path" enter(0) or empty; }
    SYSCALL_UNLINKAT_E 2 Store {}
    SYSCALL_UNLINKAT_X 1 ChangeType(SYSCALL_UNLINKAT_2_X) {
        "res" old(0); "dirfd" enter(0) or empty; "name" enter(1) or empty; "flags" empty;
    }
    SYSCALL_PREAD_E 3 Store {}
    SYSCALL_PREAD_X 2 AddParams {
        "fd" enter(0) or default; "size" enter(1) or default; "pos" enter(2) or default;
    }
    SYSCALL_PWRITE_E 3 Store {}
    SYSCALL_PWRITE_X 2 AddParams {
        "fd" enter(0) or default; "size" enter(1) or default; "pos" enter(2) or default;
    }
    SYSCALL_READV_E 1 Store {}
    SYSCALL_READV_X 3 AddParams { "fd" enter(0) or default; }
    SYSCALL_WRITEV_E 2 Store {}
    SYSCALL_WRITEV_X 2 AddParams { "fd" enter(0) or default; "size" enter(1) or default; }
    SYSCALL_PREADV_E 2 Store {}
    SYSCALL_PREADV_X 3 AddParams { "fd" enter(0) or default; "pos" enter(1) or default; }
    SYSCALL_PWRITEV_E 3 Store {}
    SYSCALL_PWRITEV_X 2 AddParams {
        "fd" enter(0) or default; "size" enter(1) or default; "pos" enter(2) or default;
    }
    SYSCALL_DUP_E 1 Store {}
    SYSCALL_DUP_X 1 ChangeType(SYSCALL_DUP_1_X) { "res" old(0); "oldfd" enter(0) or empty; }
    SYSCALL_SIGNALFD_E 3 Store {}
    SYSCALL_SIGNALFD_X 1 AddParams {
        "fd" enter(0) or default; "mask" enter(1) or default; "flags" enter(2) or default;
    }
    SYSCALL_KILL_E 2 Store {}
    SYSCALL_KILL_X 1 AddParams { "pid" enter(0) or default; "sig" enter(1) or default; }
    SYSCALL_TKILL_E 2 Store {}
    SYSCALL_TKILL_X 1 AddParams { "tid" enter(0) or default; "sig" enter(1) or default; }
    SYSCALL_TGKILL_E 3 Store {}
    SYSCALL_TGKILL_X 1 AddParams {
        "pid" enter(0) or default; "tid" enter(1) or default; "sig" enter(2) or default;
    }
    SYSCALL_NANOSLEEP_E 1 Store {}
    SYSCALL_NANOSLEEP_X 1 AddParams { "interval" enter(0) or default; }
    SYSCALL_TIMERFD_CREATE_E 2 Store {}
    SYSCALL_TIMERFD_CREATE_X 1 AddParams { "clockid" enter(0) or default; "flags" enter(1) or default; }
    SYSCALL_INOTIFY_INIT_E 1 Store {}
    SYSCALL_INOTIFY_INIT_X 1 AddParams { "flags" enter(0) or default; }
    SYSCALL_GETRLIMIT_E 1 Store {}
    SYSCALL_GETRLIMIT_X 3 AddParams { "resource" enter(0) or default; }
    SYSCALL_SETRLIMIT_E 1 Store {}
    SYSCALL_SETRLIMIT_X 3 AddParams { "resource" enter(0) or default; }
    SYSCALL_PRLIMIT_E 2 Store {}
    SYSCALL_PRLIMIT_X 5 AddParams { "pid" enter(0) or empty; "resource" enter(1) or empty; }
    SCHEDSWITCH_1_E 1 ChangeType(SCHEDSWITCH_6_E) {
        "next" old(0); "pgft_maj" empty; "pgft_min" empty; "vm_size" empty; "vm_rss" empty; "vm_swap" empty;
    }
    SYSCALL_FCNTL_E 2 Store {}
    SYSCALL_FCNTL_X 1 AddParams { "fd" enter(0) or default; "cmd" enter(1) or default; }
    SYSCALL_FCNTL_X 3 AddParams { "arg" default; }
    SYSCALL_EXECVE_13_E 0 ChangeType(SYSCALL_EXECVE_14_E) {}
    SYSCALL_EXECVE_13_X 13 ChangeType(SYSCALL_EXECVE_14_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "env" empty;
    }
    SYSCALL_CLONE_16_X 16 ChangeType(SYSCALL_CLONE_17_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" empty; "flags" old(13); "uid" old(14); "gid" old(15);
    }
    SYSCALL_BRK_4_E 1 Store {}
    SYSCALL_BRK_4_X 4 AddParams { "addr" enter(0) or empty; }
    SYSCALL_MMAP_E 6 Store {}
    SYSCALL_MMAP_X 4 AddParams {
        "addr" enter(0) or default; "length" enter(1) or default; "prot" enter(2) or default;
        "flags" enter(3) or default; "fd" enter(4) or default; "offset" enter(5) or default;
    }
    SYSCALL_MMAP2_E 6 Store {}
    SYSCALL_MMAP2_X 4 AddParams {
        "addr" enter(0) or default; "length" enter(1) or default; "prot" enter(2) or default;
        "flags" enter(3) or default; "fd" enter(4) or default; "pgoffset" enter(5) or default;
    }
    SYSCALL_MUNMAP_E 2 Store {}
    SYSCALL_MUNMAP_X 4 AddParams { "addr" enter(0) or default; "length" enter(1) or default; }
    SYSCALL_SPLICE_E 4 Store {}
    SYSCALL_SPLICE_X 1 AddParams {
        "fd_in" enter(0) or default; "fd_out" enter(1) or default; "size" enter(2) or default;
        "flags" enter(3) or default;
    }
    SYSCALL_PTRACE_E 2 Store {}
    SYSCALL_PTRACE_X 0 AddParams { "res" empty; "addr" empty; "data" empty; }
    SYSCALL_PTRACE_X 3 AddParams { "request" enter(0) or empty; "pid" enter(1) or empty; }
    SYSCALL_IOCTL_3_E 3 Store {}
    SYSCALL_IOCTL_3_X 1 AddParams {
        "fd" enter(0) or default; "request" enter(1) or default; "argument" enter(2) or default;
    }
    SYSCALL_EXECVE_14_E 0 ChangeType(SYSCALL_EXECVE_15_E) {}
    SYSCALL_EXECVE_14_X 14 ChangeType(SYSCALL_EXECVE_15_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" empty; "env" old(13);
    }
    SYSCALL_FORK_X 16 ChangeType(SYSCALL_FORK_17_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" empty; "flags" old(13); "uid" old(14); "gid" old(15);
    }
    SYSCALL_VFORK_X 16 ChangeType(SYSCALL_VFORK_17_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" empty; "flags" old(13); "uid" old(14); "gid" old(15);
    }
    SYSCALL_SENDFILE_E 4 Store {}
    SYSCALL_SENDFILE_X 2 AddParams {
        "out_fd" enter(0) or default; "in_fd" enter(1) or default; "size" enter(3) or default;
    }
    SYSCALL_QUOTACTL_E 4 Store {}
    SYSCALL_QUOTACTL_X 14 AddParams {
        "cmd" enter(0) or default; "type" enter(1) or default; "id" enter(2) or default;
        "quota_fmt" enter(3) or default;
    }
    SYSCALL_SETRESUID_E 3 Store {}
    SYSCALL_SETRESUID_X 1 AddParams {
        "ruid" enter(0) or empty; "euid" enter(1) or empty; "suid" enter(2) or empty;
    }
    SYSCALL_SETRESGID_E 3 Store {}
    SYSCALL_SETRESGID_X 1 AddParams {
        "rgid" enter(0) or empty; "egid" enter(1) or empty; "sgid" enter(2) or empty;
    }
    SYSCALL_SETUID_E 1 Store {}
    SYSCALL_SETUID_X 1 AddParams { "uid" enter(0) or empty; }
    SYSCALL_SETGID_E 1 Store {}
    SYSCALL_SETGID_X 1 AddParams { "gid" enter(0) or empty; }
    SYSCALL_EXECVE_15_E 0 ChangeType(SYSCALL_EXECVE_16_E) {}
    SYSCALL_EXECVE_15_X 15 ChangeType(SYSCALL_EXECVE_16_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" old(13); "cgroups" empty; "env" old(14);
    }
    SYSCALL_CLONE_17_X 17 ChangeType(SYSCALL_CLONE_20_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" old(13); "cgroups" empty; "flags" old(14); "uid" old(15); "gid" old(16);
        "vtid" empty; "vpid" empty;
    }
    SYSCALL_FORK_17_X 17 ChangeType(SYSCALL_FORK_20_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" old(13); "cgroups" empty; "flags" old(14); "uid" old(15); "gid" old(16);
        "vtid" empty; "vpid" empty;
    }
    SYSCALL_VFORK_17_X 17 ChangeType(SYSCALL_VFORK_20_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" old(13); "cgroups" empty; "flags" old(14); "uid" old(15); "gid" old(16);
        "vtid" empty; "vpid" empty;
    }
    SYSCALL_CLONE_20_X 20 AddParams { "pidns_init_start_ts" empty; }
    SYSCALL_FORK_20_X 20 AddParams { "pidns_init_start_ts" empty; }
    SYSCALL_VFORK_20_X 20 AddParams { "pidns_init_start_ts" empty; }
    CONTAINER_E 4 ChangeType(CONTAINER_JSON_E) { "json" container or empty; }
    SYSCALL_EXECVE_16_E 0 ChangeType(SYSCALL_EXECVE_17_E) {}
    SYSCALL_EXECVE_16_X 16 ChangeType(SYSCALL_EXECVE_17_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" old(13); "cgroups" old(14); "env" old(15); "tty" empty;
    }
    SYSCALL_GETDENTS_E 1 Store {}
    SYSCALL_GETDENTS_X 1 AddParams { "fd" enter(0) or default; }
    SYSCALL_GETDENTS64_E 1 Store {}
    SYSCALL_GETDENTS64_X 1 AddParams { "fd" enter(0) or default; }
    SYSCALL_SETNS_E 2 Store {}
    SYSCALL_SETNS_X 1 AddParams { "fd" enter(0) or empty; "nstype" enter(1) or empty; }
    SYSCALL_FLOCK_E 2 Store {}
    SYSCALL_FLOCK_X 1 AddParams { "fd" enter(0) or default; "operation" enter(1) or default; }
    SOCKET_ACCEPT4_5_E 1 Store {}
    SOCKET_ACCEPT4_5_X 5 ChangeType(SOCKET_ACCEPT4_6_X) {
        "fd" old(0); "tuple" old(1); "queuepct" old(2); "queuelen" old(3); "queuemax" old(4);
        "flags" enter(0) or default;
    }
    SYSCALL_SEMOP_E 1 Store {}
    SYSCALL_SEMOP_X 8 AddParams { "semid" enter(0) or default; }
    SYSCALL_SEMCTL_E 4 Store {}
    SYSCALL_SEMCTL_X 1 AddParams {
        "semid" enter(0) or default; "semnum" enter(1) or default; "cmd" enter(2) or default;
        "val" enter(3) or default;
    }
    SYSCALL_PPOLL_E 3 Store {}
    SYSCALL_PPOLL_X 2 AddParams { "timeout" enter(1) or default; "sigmask" enter(2) or default; }
    SYSCALL_MOUNT_E 1 Store {}
    SYSCALL_MOUNT_X 4 AddParams { "flags" enter(0) or default; }
    SYSCALL_UMOUNT_X 2 ChangeType(SYSCALL_UMOUNT_1_X) { "res" old(0); "name" old(1); }
    SYSCALL_SEMGET_E 3 Store {}
    SYSCALL_SEMGET_X 1 AddParams {
        "key" enter(0) or default; "nsems" enter(1) or default; "semflg" enter(2) or default;
    }
    SYSCALL_ACCESS_E 1 Store {}
    SYSCALL_ACCESS_X 2 AddParams { "mode" enter(0) or default; }
    CONTAINER_JSON_E 1 ChangeType(CONTAINER_JSON_2_E) { "json" old(0); }
    SYSCALL_MKDIR_2_E 1 Store {}
    SYSCALL_MKDIR_2_X 2 AddParams { "mode" enter(0) or empty; }
    SYSCALL_EXECVE_17_E 0 ChangeType(SYSCALL_EXECVE_18_E) { "filename" empty; }
    SYSCALL_EXECVE_17_X 17 ChangeType(SYSCALL_EXECVE_18_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" old(13); "cgroups" old(14); "env" old(15); "tty" old(16);
    }
    SYSCALL_UNSHARE_E 1 Store {}
    SYSCALL_UNSHARE_X 1 AddParams { "flags" enter(0) or default; }
    SYSCALL_EXECVE_18_E 1 ChangeType(SYSCALL_EXECVE_19_E) { "filename" old(0); }
    SYSCALL_EXECVE_18_X 17 ChangeType(SYSCALL_EXECVE_19_X) {
        "res" old(0); "exe" old(1); "args" old(2); "tid" old(3); "pid" old(4); "ptid" old(5); "cwd" old(6);
        "fdlimit" old(7); "pgft_maj" old(8); "pgft_min" old(9); "vm_size" old(10); "vm_rss" old(11);
        "vm_swap" old(12); "comm" old(13); "cgroups" old(14); "env" old(15); "tty" old(16); "vpgid" empty;
    }
    SYSCALL_EXECVE_19_E 1 StoreAndPass {}
    SYSCALL_EXECVE_19_X 18 AddParams { "loginuid" empty; }
    SYSCALL_EXECVE_19_X 19 AddParams { "flags" empty; }
    SYSCALL_EXECVE_19_X 20 AddParams {
        "cap_inheritable" empty; "cap_permitted" empty; "cap_effective" empty;
    }
    SYSCALL_EXECVE_19_X 23 AddParams { "exe_ino" empty; "exe_ino_ctime" empty; "exe_ino_mtime" empty; }
    SYSCALL_EXECVE_19_X 26 AddParams { "uid" empty; }
    SYSCALL_EXECVE_19_X 27 AddParams { "trusted_exepath" empty; }
    SYSCALL_EXECVE_19_X 28 AddParams { "pgid" empty; }
    SYSCALL_EXECVE_19_X 29 AddParams { "gid" empty; }
    SYSCALL_EXECVE_19_X 30 AddParams { "filename" enter(0) or empty; }
    SYSCALL_SETPGID_E 2 Store {}
    SYSCALL_SETPGID_X 1 AddParams { "pid" enter(0) or empty; "pgid" enter(1) or empty; }
    SYSCALL_BPF_E 1 Store {}
    SYSCALL_BPF_X 1 ChangeType(SYSCALL_BPF_2_X) { "fd" old(0); "cmd" enter(0) or empty; }
    SYSCALL_SECCOMP_E 1 AddParams { "flags" default; }
    SYSCALL_SECCOMP_E 2 Store {}
    SYSCALL_SECCOMP_X 1 AddParams { "op" enter(0) or default; "flags" enter(1) or default; }
    SYSCALL_OPENAT_2_E 0 AddParams { "dirfd" empty; "name" empty; "flags" empty; "mode" empty; }
    SYSCALL_OPENAT_2_E 4 Pass {}
    SYSCALL_OPENAT_2_X 5 AddParams { "dev" empty; }
    SYSCALL_OPENAT_2_X 6 AddParams { "ino" empty; }
    SYSCALL_OPENAT2_E 0 AddParams {
        "dirfd" empty; "name" empty; "flags" empty; "mode" empty; "resolve" empty;
    }
    SYSCALL_OPENAT2_E 5 Pass {}
    SYSCALL_OPENAT2_X 6 AddParams { "dev" empty; "ino" empty; }
    SYSCALL_MPROTECT_E 3 Store {}
    SYSCALL_MPROTECT_X 1 AddParams {
        "addr" enter(0) or default; "length" enter(1) or default; "prot" enter(2) or default;
    }
    SYSCALL_EXECVEAT_E 3 Pass {}
    SYSCALL_EXECVEAT_X 19 AddParams { "flags" empty; }
    SYSCALL_EXECVEAT_X 20 AddParams { "cap_inheritable" empty; "cap_permitted" empty; "cap_effective" empty; }
    SYSCALL_EXECVEAT_X 23 AddParams { "exe_ino" empty; "exe_ino_ctime" empty; "exe_ino_mtime" empty; }
    SYSCALL_EXECVEAT_X 26 AddParams { "uid" empty; }
    SYSCALL_EXECVEAT_X 27 AddParams { "trusted_exepath" empty; }
    SYSCALL_EXECVEAT_X 28 AddParams { "pgid" empty; }
    SYSCALL_EXECVEAT_X 29 AddParams { "gid" empty; }
    SYSCALL_COPY_FILE_RANGE_E 3 Store {}
    SYSCALL_COPY_FILE_RANGE_X 3 AddParams {
        "fdin" enter(0) or default; "offin" enter(1) or default; "len" enter(2) or default;
    }
    SYSCALL_CLONE3_X 20 AddParams { "pidns_init_start_ts" empty; }
    SYSCALL_EPOLL_CREATE_E 1 Store {}
    SYSCALL_EPOLL_CREATE_X 1 AddParams { "size" enter(0) or default; }
    SYSCALL_EPOLL_CREATE1_E 1 Store {}
    SYSCALL_EPOLL_CREATE1_X 1 AddParams { "flags" enter(0) or default; }
    SOCKET_ACCEPT4_6_E 1 Store {}
    SOCKET_ACCEPT4_6_X 5 AddParams { "flags" enter(0) or default; }
    SYSCALL_UMOUNT2_E 1 Store {}
    SYSCALL_UMOUNT2_X 2 AddParams { "flags" enter(0) or default; }
    SYSCALL_EVENTFD2_E 1 Store {}
    SYSCALL_EVENTFD2_X 2 AddParams { "initval" enter(0) or default; }
    SYSCALL_SIGNALFD4_E 2 Store {}
    SYSCALL_SIGNALFD4_X 2 AddParams { "fd" enter(0) or default; "mask" enter(1) or default; }
}
