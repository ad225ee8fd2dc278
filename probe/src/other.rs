//! Calls of other numberings than the machine's own: those of 32-bit x86 programs (`int 0x80`, `sysenter`) and of
//! x32. The kernel side collects them by the descriptor of the native call that does the same; here stand the
//! numbers, and what differs in arguments and structs.

use cscope_capture::table::{SYSCALLS, Syscall, SyscallKind};

use crate::plan::{CALLS, native};
use crate::raw::{Args, Raw};
use crate::skel::types::record_abi;

/// Numbers on 32-bit x86 that the table of calls does not list, with the call they stand for.
const MORE: &[(u16, &str)] = &[
    (7, "waitpid"),
    (18, "oldstat"),
    (25, "stime"),
    (28, "oldfstat"),
    (34, "nice"),
    (48, "signal"),
    (59, "oldolduname"),
    (67, "sigaction"),
    (68, "sgetmask"),
    (69, "ssetmask"),
    (72, "sigsuspend"),
    (73, "sigpending"),
    (84, "oldlstat"),
    (86, "uselib"),
    (89, "readdir"),
    (SOCKETCALL, "socketcall"),
    (109, "olduname"),
    (112, "idle"),
    (IPC, "ipc"),
    (119, "sigreturn"),
    (126, "sigprocmask"),
    (134, "bdflush"),
    (142, "_newselect"),
    (149, "_sysctl"),
    (166, "vm86"),
    (169, "nfsservctl"),
    (193, "truncate"),
    (194, "ftruncate"),
    (198, "lchown"),
    (203, "setreuid"),
    (204, "setregid"),
    (205, "getgroups"),
    (206, "setgroups"),
    (207, "fchown"),
    (212, "chown"),
    (215, "setfsuid"),
    (216, "setfsgid"),
    (268, "statfs64"),
    (269, "fstatfs64"),
    (272, "fadvise64"),
    (300, "fstatat64"),
    (403, "clock_gettime"),
    (404, "clock_settime"),
    (405, "clock_adjtime"),
    (406, "clock_getres"),
    (407, "clock_nanosleep"),
    (408, "timer_gettime"),
    (409, "timer_settime"),
    (410, "timerfd_gettime"),
    (411, "timerfd_settime"),
    (412, "utimensat"),
    (413, "pselect6"),
    (414, "ppoll"),
    (416, "io_pgetevents"),
    (417, "recvmmsg"),
    (418, "mq_timedsend"),
    (419, "mq_timedreceive"),
    (420, "semtimedop"),
    (421, "rt_sigtimedwait"),
    (422, "futex"),
    (423, "sched_rr_get_interval"),
];

/// Numbers that stand for several calls, chosen by their first argument.
const SOCKETCALL: u16 = 102;
const IPC: u16 = 117;

/// The calls behind `socketcall`, from number 1.
const SOCKET: [&str; 20] = [
    "socket",
    "bind",
    "connect",
    "listen",
    "accept",
    "getsockname",
    "getpeername",
    "socketpair",
    "send",
    "recv",
    "sendto",
    "recvfrom",
    "shutdown",
    "setsockopt",
    "getsockopt",
    "sendmsg",
    "recvmsg",
    "accept4",
    "recvmmsg",
    "sendmmsg",
];

/// The calls behind `ipc` that are taken apart, from number 1.
const SEMAPHORE: [&str; 3] = ["semop", "semget", "semctl"];

/// The calls whose x32 numbers are its own, from number 512.
const X32: [&str; 36] = [
    "rt_sigaction",
    "rt_sigreturn",
    "ioctl",
    "readv",
    "writev",
    "recvfrom",
    "sendmsg",
    "recvmsg",
    "execve",
    "ptrace",
    "rt_sigpending",
    "rt_sigtimedwait",
    "rt_sigqueueinfo",
    "sigaltstack",
    "timer_create",
    "mq_notify",
    "kexec_load",
    "waitid",
    "set_robust_list",
    "get_robust_list",
    "vmsplice",
    "move_pages",
    "preadv",
    "pwritev",
    "rt_tgsigqueueinfo",
    "recvmmsg",
    "sendmmsg",
    "process_vm_readv",
    "process_vm_writev",
    "setsockopt",
    "getsockopt",
    "io_setup",
    "io_submit",
    "execveat",
    "preadv2",
    "pwritev2",
];

/// Calls that have event types but no number on this machine, with the place among the numbers they get here: they
/// only come out of `socketcall`.
const UNNUMBERED: [(&str, u16); 2] = [("send", 510), ("recv", 511)];

/// How the structs of a call differ from those of the native one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Layout {
    /// Not at all.
    #[default]
    Native,
    /// A `long` has 32 bits.
    Longs32,
    /// A user or group id has 16 bits.
    Ids16,
}

/// The number under which a call is known here: the machine's own, or the place given to one that has none.
pub(crate) fn number(call: &Syscall) -> Option<u16> {
    native(call).or_else(|| UNNUMBERED.iter().find(|(name, _)| *name == call.name).map(|(_, nr)| *nr))
}

fn named(name: &str) -> Option<&'static Syscall> {
    SYSCALLS.iter().find(|c| c.kind == SyscallKind::Syscall && c.name == name)
}

/// A number plus one, as the kernel side takes it; 0 for none.
fn plus_one(name: &str) -> u16 {
    named(name).and_then(number).map_or(0, |nr| nr + 1)
}

fn codes_of(names: &[&str]) -> Vec<u16> {
    names.iter().filter_map(|name| named(name)).map(|c| c.code).collect()
}

/// The calls by 32-bit x86 number.
pub(crate) fn compat() -> Vec<Option<&'static Syscall>> {
    let mut calls = vec![None; CALLS];
    let mut put = |nr: u16, call| {
        if let Some(slot) = calls.get_mut(usize::from(nr)) {
            *slot = Some(call);
        }
    };
    for call in SYSCALLS.iter().filter(|c| c.kind == SyscallKind::Syscall) {
        call.ia32.iter().for_each(|nr| put(*nr, call));
    }
    for (nr, name) in MORE {
        if let Some(call) = named(name) {
            put(*nr, call);
        }
    }
    calls
}

/// Whether the events of a call by this 32-bit x86 number can be wanted: of those that stand for several, whether
/// one of them is.
pub(crate) fn may_be(nr: usize, code: u16, wanted: impl Fn(u16) -> bool) -> bool {
    let inside: &[&str] = match u16::try_from(nr) {
        Ok(SOCKETCALL) => &SOCKET,
        Ok(IPC) => &SEMAPHORE,
        _ => &[],
    };
    wanted(code) || codes_of(inside).into_iter().any(wanted)
}

/// The numbers the kernel side turns those of others into.
pub(crate) struct Numbers {
    pub(crate) compat: Vec<u16>,
    pub(crate) socket: Vec<u16>,
    pub(crate) ipc: Vec<u16>,
    pub(crate) x32: Vec<u16>,
}

impl Numbers {
    pub(crate) fn new() -> Self {
        let behind = |names: &[&str]| [0].into_iter().chain(names.iter().map(|n| plus_one(n))).collect();
        Self {
            compat: compat().iter().map(|c| c.and_then(number).map_or(0, |nr| nr + 1)).collect(),
            socket: behind(&SOCKET),
            ipc: behind(&SEMAPHORE),
            x32: X32.iter().map(|n| plus_one(n)).collect(),
        }
    }
}

/// Code of a call of another numbering that has no native one.
pub(crate) fn code(raw: &Raw<'_>, compat: &[u16], own: &[u16]) -> u16 {
    const FIRST_X32: u32 = 512;
    let code = match record_abi(u32::from(raw.abi)) {
        record_abi::ABI_COMPAT => compat.get(raw.nr as usize).copied(),
        _ => match raw.nr.checked_sub(FIRST_X32) {
            None => own.get(raw.nr as usize).copied(),
            Some(index) => X32.get(index as usize).and_then(|n| named(n)).map(|c| c.code),
        },
    };
    code.unwrap_or(0)
}

/// Brings arguments and result of a 32-bit x86 call into the form of the native one.
pub(crate) fn adjust(raw: &mut Raw<'_>) {
    if record_abi(u32::from(raw.abi)) != record_abi::ABI_COMPAT {
        return;
    }
    let a = raw.args.all();
    let mut args = a;
    let pair = |low: usize, high: usize| a[low] | a[high] << 32;
    let signed = |n: usize| i64::from(a[n] as u32 as i32).cast_unsigned();
    // No user, in 16 bits.
    let id = |n: usize| if a[n] as u16 == u16::MAX { u64::from(u32::MAX) } else { u64::from(a[n] as u16) };
    match raw.nr {
        // lseek, and _llseek: descriptor, high, low, where the result goes, whence.
        19 => args[1] = signed(1),
        140 => (args[1], args[2]) = (pair(2, 1), a[4]),
        // The old umount has no flags.
        22 => args[1] = 0,
        23 | 46 => args[0] = id(0),
        70 | 71 => (args[0], args[1]) = (id(0), id(1)),
        16 | 95 | 182 => (args[1], args[2]) = (id(1), id(2)),
        164 | 170 => (args[0], args[1], args[2]) = (id(0), id(1), id(2)),
        165 | 171 => raw.layout = Layout::Ids16,
        75 | 76 | 187 | 191 => raw.layout = Layout::Longs32,
        162 | 309 => raw.layout = Layout::Longs32,
        // mmap2 counts in pages.
        192 => args[5] = a[5] << 12,
        180 | 181 | 333 | 334 => args[3] = pair(3, 4),
        _ => {}
    }
    raw.args = Args::Made(args);
    // Addresses are no errors, though their highest bit may be set.
    const ADDRESSES: [u32; 4] = [45, 90, 163, 192];
    let failed = (-4095..0).contains(&raw.ret);
    if ADDRESSES.contains(&raw.nr) && !failed {
        raw.ret = i64::from(raw.ret as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_call() {
        let inside = SOCKET.iter().chain(&SEMAPHORE).chain(&X32);
        for name in inside.chain(MORE.iter().map(|(_, name)| name)) {
            assert!(named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn numbers_that_were_given_away_are_free() {
        for (name, nr) in UNNUMBERED {
            let taken = SYSCALLS.iter().find(|c| native(c) == Some(nr));
            assert!(taken.is_none() && native(named(name).expect("a call")).is_none(), "{name}");
        }
    }

    #[test]
    fn x32_calls_have_names_of_their_own() {
        let plans = crate::plan::Plans::new(false);
        let mut raw = Raw::parse(&[], 0);
        raw.abi = record_abi::ABI_X32.0 as u8;
        let mut name = |nr: u32| {
            raw.nr = nr;
            SYSCALLS.get(usize::from(code(&raw, &plans.compat_codes, &plans.codes))).map(|c| c.name)
        };
        assert_eq!(name(39), Some("getpid"));
        // The machine's own 16 is ioctl, as is 514 here; 520 is execve, nothing elsewhere.
        assert_eq!((name(514), name(520), name(545)), (Some("ioctl"), Some("execve"), Some("execveat")));
        assert_eq!(name(547), Some("pwritev2"));
        assert_eq!(name(600), SYSCALLS.first().map(|c| c.name));
    }

    #[test]
    fn numbers_lead_to_native_ones() {
        let numbers = Numbers::new();
        let nr = |name: &str| plus_one(name);
        assert_eq!(numbers.compat[5], nr("open"));
        assert_eq!(numbers.compat[212], nr("chown"));
        assert_eq!(numbers.compat[usize::from(SOCKETCALL)], 0);
        assert_eq!(numbers.socket[3], nr("connect"));
        assert_eq!(numbers.ipc[2], nr("semget"));
        assert_eq!(numbers.x32[8], nr("execve"));
        assert!(may_be(usize::from(SOCKETCALL), 0, |code| Some(code) == named("bind").map(|c| c.code)));
        assert!(!may_be(5, 0, |code| Some(code) == named("bind").map(|c| c.code)));
    }
}
