//! A model and short ways to make the events that change it.

use cscope_capture::{Event, EventBuilder, EventType, FdInfo, FdType, Snapshot, ThreadInfo};
use cscope_enrich::{Fd, State, Thread};

/// Clone flags as numbered in events.
pub(crate) const FILES: u32 = 0x1;
pub(crate) const THREAD: u32 = 0x2000;
pub(crate) const NEWPID: u32 = 0x40;
pub(crate) const PARENT: u32 = 0x100;
pub(crate) const CHILD_IN_PIDNS: u32 = 0x2000_0000;

pub(crate) const CLOEXEC: u32 = 0x1000;
pub(crate) const AT_FDCWD: i64 = -100;

pub(crate) struct Machine {
    pub(crate) state: State,
    b: EventBuilder,
    pub(crate) ts: u64,
}

/// A program that clones, and what it says of itself.
pub(crate) struct Clone<'a> {
    pub(crate) res: i64,
    pub(crate) pid: i64,
    pub(crate) ptid: i64,
    pub(crate) vtid: i64,
    pub(crate) vpid: i64,
    pub(crate) flags: u32,
    pub(crate) comm: &'a str,
    pub(crate) cgroups: &'a str,
}

impl Clone<'_> {
    pub(crate) fn of(pid: i64, res: i64, flags: u32) -> Self {
        Self { res, pid, ptid: 1, vtid: pid, vpid: pid, flags, comm: "sh", cgroups: "cpu=/\0" }
    }

    fn build(&self, tid: i64, b: &mut EventBuilder) {
        b.i64(self.res).text(b"/bin/sh").bytes(b"-c\0x\0").i64(tid).i64(self.pid).i64(self.ptid).text(b"");
        b.i64(1024).u64(0).u64(0).u32(0).u32(0).u32(0).text(self.comm.as_bytes());
        b.bytes(self.cgroups.as_bytes())
            .u32(self.flags)
            .u32(1000)
            .u32(100)
            .i64(self.vtid)
            .i64(self.vpid)
            .u64(7);
    }
}

pub(crate) fn thread(tid: i64, pid: i64, ptid: i64) -> ThreadInfo {
    ThreadInfo {
        tid,
        pid,
        ptid,
        vtid: tid,
        vpid: pid,
        comm: (*b"sh").as_slice().into(),
        exe: (*b"/bin/sh").as_slice().into(),
        cwd: (*b"/home").as_slice().into(),
        ..ThreadInfo::default()
    }
}

pub(crate) fn file(number: i64, name: &str) -> FdInfo {
    FdInfo { fd: number, kind: FdType::FileV2, name: name.as_bytes().into(), ..FdInfo::default() }
}

impl Machine {
    /// init (1) and a shell (10) with descriptor 0 open.
    pub(crate) fn new() -> Self {
        Self::with(Snapshot {
            threads: vec![thread(10, 10, 1), thread(1, 1, 0)],
            fds: vec![(10, vec![file(0, "/dev/null")])],
            ..Snapshot::default()
        })
    }

    pub(crate) fn with(snapshot: Snapshot) -> Self {
        Self { state: State::from_snapshot(&snapshot), b: EventBuilder::new(), ts: 1_000_000_000_000 }
    }

    /// Applies one event of thread `tid`, a microsecond after the last.
    pub(crate) fn apply(&mut self, tid: i64, kind: EventType, params: impl FnOnce(&mut EventBuilder)) {
        self.ts += 1000;
        self.b.start(kind);
        params(&mut self.b);
        let event: Event<'_> = self.b.event(self.ts, tid.cast_unsigned(), 0);
        self.state.apply(&event);
    }

    /// An event without effect: lets what waits happen.
    pub(crate) fn pass(&mut self, tid: i64) {
        self.apply(tid, EventType::SYSCALL_GETUID_X, |b| {
            b.u32(0);
        });
    }

    pub(crate) fn thread(&self, tid: i64) -> &Thread {
        self.state.thread(tid).unwrap_or_else(|| panic!("thread {tid} is known"))
    }

    pub(crate) fn knows(&self, tid: i64) -> bool {
        self.state.thread(tid).is_some()
    }

    pub(crate) fn fd(&self, tid: i64, number: i64) -> Option<&Fd> {
        self.state.fd(self.thread(tid), number)
    }

    /// Name of a descriptor, `-` when it is not known.
    pub(crate) fn name(&self, tid: i64, number: i64) -> String {
        self.fd(tid, number).map_or("-".to_owned(), |fd| String::from_utf8_lossy(&fd.info.name).into_owned())
    }

    /// Letters and name as in event arguments: `<4t>1.2.3.4:5->6.7.8.9:80`.
    pub(crate) fn text(&self, tid: i64, number: i64) -> String {
        let mut out = Vec::new();
        self.fd(tid, number).expect("open").describe(&mut out);
        String::from_utf8(out).expect("ascii")
    }

    pub(crate) fn clone(&mut self, tid: i64, c: &Clone<'_>) {
        self.apply(tid, EventType::SYSCALL_CLONE_20_X, |b| c.build(tid, b));
    }

    /// The same with the time from enter to exit.
    pub(crate) fn clone_that_took(&mut self, ns: u64, tid: i64, c: &Clone<'_>) {
        self.ts += 1000;
        self.b.start(EventType::SYSCALL_CLONE_20_X);
        c.build(tid, &mut self.b);
        let event = Event { latency: Some(ns), ..self.b.event(self.ts, tid.cast_unsigned(), 0) };
        self.state.apply(&event);
    }

    pub(crate) fn exec(&mut self, tid: i64, pid: i64, comm: &str, cgroups: &str) {
        self.apply(tid, EventType::SYSCALL_EXECVE_19_X, |b| {
            b.i64(0)
                .text(format!("/bin/{comm}").as_bytes())
                .bytes(b"-l\0")
                .i64(tid)
                .i64(pid)
                .i64(1)
                .text(b"");
            b.u64(1024).u64(0).u64(0).u32(0).u32(0).u32(0).text(comm.as_bytes()).bytes(cgroups.as_bytes());
            b.bytes(b"A=1\0")
                .u32(34816)
                .i64(pid)
                .u32(u32::MAX)
                .u32(1)
                .u64(1)
                .u64(2)
                .u64(3)
                .u64(4)
                .u64(5)
                .u64(6);
            b.u32(1000).text(format!("/usr/bin/{comm} (deleted)").as_bytes()).i64(pid).u32(100);
        });
    }

    pub(crate) fn exit(&mut self, tid: i64, reaper: i64) {
        self.apply(tid, EventType::PROCEXIT_1_E, |b| {
            b.i64(0).i64(0).u8(0).u8(0).i64(reaper);
        });
    }

    pub(crate) fn open(&mut self, tid: i64, res: i64, dirfd: i64, name: &str, flags: u32) {
        self.apply(tid, EventType::SYSCALL_OPENAT_2_X, |b| {
            b.i64(res).i64(dirfd).text(name.as_bytes()).u32(flags).u32(0).u32(0xfe00).u64(42);
        });
    }

    pub(crate) fn close(&mut self, tid: i64, res: i64, number: i64) {
        self.apply(tid, EventType::SYSCALL_CLOSE_X, |b| {
            b.i64(res).i64(number);
        });
    }

    pub(crate) fn dup2(&mut self, tid: i64, old: i64, new: i64) {
        self.apply(tid, EventType::SYSCALL_DUP2_X, |b| {
            b.i64(new).i64(old).i64(new);
        });
    }

    pub(crate) fn chdir(&mut self, tid: i64, path: &str) {
        self.apply(tid, EventType::SYSCALL_CHDIR_X, |b| {
            b.i64(0).text(path.as_bytes());
        });
    }
}
