//! Calls that make, copy and close descriptors.

use std::sync::Arc;

use cscope_capture::{Bytes, Event, EventType, FdInfo, FdType};

use super::{State, room};
use crate::{Fd, path};

/// Bits of open flags as numbered in events.
pub(super) mod open_flags {
    pub(crate) const DIRECTORY: u32 = 0x400;
    pub(crate) const CLOEXEC: u32 = 0x1000;
    /// The file is in the upper, or in a lower layer of an overlay.
    pub(super) const UPPER_LAYER: u32 = 0x8000;
    pub(super) const LOWER_LAYER: u32 = 0x1_0000;
    /// What creat stands for: O_CREAT, O_WRONLY, O_TRUNC.
    pub(super) const CREAT: u32 = 0x4 | 0x2 | 0x100;
}

/// `AT_FDCWD` as numbered in events.
const AT_FDCWD: i64 = -100;

/// `EBADF`, negative as in results: the process has no such descriptor, though the model may. Lists of descriptors
/// in captures do not tell which ones an exec closes.
const NOT_OPEN: i64 = -9;

/// Commands of fcntl as numbered in events.
mod fcntl {
    pub(super) const DUPFD: u64 = 1;
    pub(super) const SETFD: u64 = 3;
    pub(super) const DUPFD_CLOEXEC: u64 = 26;
}

/// Commands of bpf whose result is a descriptor.
const BPF_MAKES_FD: [u64; 11] = [0, 5, 7, 13, 14, 17, 18, 19, 28, 30, 33];

impl State {
    /// Puts a descriptor into the table of the thread's process; refused when that is full.
    pub(super) fn put_fd(&mut self, tid: i64, fd: Fd) {
        let Some(files) = self.threads.get(&tid).map(|t| t.files) else { return };
        let limit = self.limits.fds;
        let Some(table) = self.files.table(files) else { return };
        let full = table.len() >= limit && table.get(fd.info.fd).is_none();
        let cost = room::fd(&fd) + table.growth(fd.info.fd);
        if full || !self.room(cost) {
            self.counters.fds_refused += 1;
            return;
        }
        let Some(table) = self.files_mut(files) else { return };
        table.insert(Arc::new(fd));
    }

    pub(super) fn fd_of(&self, tid: i64, number: i64) -> Option<&Fd> {
        self.fd(self.thread(tid)?, number)
    }

    pub(super) fn fd_of_mut(&mut self, tid: i64, number: i64) -> Option<&mut Fd> {
        let files = self.threads.get(&tid)?.files;
        // Looked up first: a write access to a shared table copies it.
        self.files.table(files)?.get(number)?;
        self.files_mut(files)?.get_mut(number)
    }

    fn drop_fd(&mut self, tid: i64, number: i64) {
        let Some(files) = self.threads.get(&tid).map(|t| t.files) else { return };
        if self.files.table(files).is_some_and(|t| t.get(number).is_some())
            && let Some(table) = self.files_mut(files)
        {
            table.remove(number);
        }
    }

    /// Directory a relative path starts from: the working directory or the name of descriptor `dirfd`.
    pub(crate) fn dir_of(&self, tid: i64, dirfd: i64) -> Bytes {
        let Some(thread) = self.thread(tid) else { return Bytes::from(path::UNKNOWN_DIR) };
        if dirfd == AT_FDCWD {
            return self.cwd(thread).clone();
        }
        match self.fd(thread, dirfd) {
            Some(fd) => fd.info.name.clone(),
            None => Bytes::from(path::UNKNOWN_DIR),
        }
    }

    /// The calls of the open family. 0 result, then by kind: directory descriptor, name, flags, device, inode.
    pub(super) fn open(&mut self, event: &Event<'_>, tid: i64) {
        use EventType as E;
        let found = self.found.take();
        let Some(number) = event.i64(0).filter(|&n| n >= 0) else { return };
        let (dirfd, name, flags, dev) = match event.kind {
            E::SYSCALL_OPEN_X => (None, 1, event.u64(2), 4),
            E::SYSCALL_CREAT_X => (None, 1, Some(u64::from(open_flags::CREAT)), 3),
            E::SYSCALL_OPENAT_2_X => (event.i64(1), 2, event.u64(3), 5),
            E::SYSCALL_OPENAT2_X => (event.i64(1), 2, event.u64(3), 6),
            _ => (None, 3, event.u64(2), 4),
        };
        let flags = flags.unwrap_or(0) as u32;
        let raw = event.text(name).unwrap_or_default();
        let raw_name = raw.get(..path::MAX_PATH).unwrap_or(raw);
        let mut joined = std::mem::take(&mut self.scratch);
        if raw.first() == Some(&b'/') {
            path::join(b"", raw, &mut joined);
        } else {
            path::join(&self.dir_of(tid, dirfd.unwrap_or(AT_FDCWD)), raw, &mut joined);
        }
        let full = Bytes::from(&joined[..]);
        self.scratch = joined;
        let kind = if flags & open_flags::DIRECTORY != 0 { FdType::Directory } else { FdType::FileV2 };
        let mut fd = Fd {
            raw_name: if *raw == *full { full.clone() } else { Bytes::from(raw_name) },
            info: FdInfo {
                fd: number,
                ino: event.u64(dev + 1).unwrap_or(0),
                kind,
                name: full,
                open_flags: flags,
                dev: event.u64(dev).unwrap_or(0) as u32,
                ..FdInfo::default()
            },
            cloexec: flags & open_flags::CLOEXEC != 0,
            upper_layer: flags & open_flags::UPPER_LAYER != 0,
            lower_layer: flags & open_flags::LOWER_LAYER != 0,
            ..Fd::default()
        };
        if let Some((_, _, path)) = found.filter(|f| (f.0, f.1) == (tid, number) && f.2 != fd.info.name) {
            fd.real_path = path;
        }
        if event.kind == E::SYSCALL_CREAT_X {
            let layers = event.u64(5).unwrap_or(0);
            (fd.upper_layer, fd.lower_layer) = (layers & 1 != 0, layers & 2 != 0);
        }
        self.put_fd(tid, fd);
    }

    /// close: 0 result, 1 descriptor. Takes effect with the next event.
    pub(super) fn close(&mut self, event: &Event<'_>, tid: i64) {
        if let (Some(res), Some(number)) = (event.i64(0), event.i64(1)) {
            self.apply_close(tid, number, res);
        }
    }

    /// What a close of a descriptor does that ended with `res`.
    #[inline]
    pub(crate) fn apply_close(&mut self, tid: i64, number: i64, res: i64) {
        if res >= 0 {
            if let Some(thread) = self.threads.get(&tid) {
                self.pending.fds = Some((thread.files, number, number));
            }
        } else if res == NOT_OPEN {
            self.drop_fd(tid, number);
        }
    }

    /// close_range: 0 result, 1 first, 2 last, 3 flags (2: unshare the table first, 4: only mark close-on-exec).
    pub(super) fn close_range(&mut self, event: &Event<'_>, tid: i64) {
        if event.i64(0) != Some(0) {
            return;
        }
        let (Some(first), Some(last)) = (event.u64(1), event.u64(2)) else { return };
        let (first, last) = (first as i64, last as i64);
        let flags = event.u64(3).unwrap_or(0);
        if flags & 2 != 0 {
            self.unshare_files(tid);
        }
        let Some(files) = self.threads.get(&tid).map(|t| t.files) else { return };
        if flags & 4 == 0 {
            self.pending.fds = Some((files, first, last));
        } else if let Some(table) = self.files_mut(files) {
            for number in table.numbers(first, last) {
                if let Some(fd) = table.get_mut(number) {
                    fd.cloexec = true;
                }
            }
        }
    }

    /// dup, dup2, dup3: 0 result, 1 old descriptor, 2 new one, 3 flags.
    pub(super) fn dup(&mut self, event: &Event<'_>, tid: i64) {
        let (Some(new), Some(old)) = (event.i64(0), event.i64(1)) else { return };
        // For the others the new number may be at fault.
        if new == NOT_OPEN && event.kind == EventType::SYSCALL_DUP_1_X {
            self.drop_fd(tid, old);
        }
        let cloexec = event.kind == EventType::SYSCALL_DUP3_X
            && event.u64(3).unwrap_or(0) as u32 & open_flags::CLOEXEC != 0;
        self.copy_fd(tid, old, new, cloexec);
    }

    /// True for commands of fcntl that change something.
    #[inline]
    pub(crate) fn fcntl_changes(command: u64) -> bool {
        matches!(command, fcntl::DUPFD | fcntl::DUPFD_CLOEXEC | fcntl::SETFD)
    }

    /// fcntl: 0 result, 1 descriptor, 2 command, 3 argument.
    pub(super) fn fcntl(&mut self, event: &Event<'_>, tid: i64) {
        let (Some(res), Some(number)) = (event.i64(0), event.i64(1)) else { return };
        if res < 0 {
            if res == NOT_OPEN && event.u64(2).is_some_and(Self::fcntl_changes) {
                self.drop_fd(tid, number);
            }
            return;
        }
        match event.u64(2) {
            Some(fcntl::DUPFD) => self.copy_fd(tid, number, res, false),
            Some(fcntl::DUPFD_CLOEXEC) => self.copy_fd(tid, number, res, true),
            Some(fcntl::SETFD) => {
                let Some(cloexec) = event.u64(3).map(|arg| arg & 1 != 0) else { return };
                let Some(old) = self.fd_of(tid, number).filter(|fd| fd.cloexec != cloexec) else { return };
                let verdict = old.verdict.same();
                if let Some(fd) = self.fd_of_mut(tid, number) {
                    (fd.cloexec, fd.verdict) = (cloexec, verdict);
                }
            }
            _ => {}
        }
    }

    /// Makes `new` a copy of `old`. What `new` was before is gone, also when nothing is known of `old`.
    fn copy_fd(&mut self, tid: i64, old: i64, new: i64, cloexec: bool) {
        if new < 0 || new == old {
            return;
        }
        let Some(fd) = self.fd_of(tid, old) else { return self.drop_fd(tid, new) };
        let mut copy = Fd { cloexec, verdict: fd.verdict.same(), ..fd.clone() };
        copy.info.fd = new;
        self.put_fd(tid, copy);
    }

    /// pipe, pipe2: 0 result, 1 and 2 descriptors, 3 inode, 4 flags.
    pub(super) fn pipe(&mut self, event: &Event<'_>, tid: i64) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let flags = event.u64(4).unwrap_or(0) as u32;
        for index in [1, 2] {
            let Some(number) = event.i64(index) else { continue };
            let ino = event.u64(3).unwrap_or(0);
            let mut fd = plain(number, FdType::Fifo, Bytes::default(), flags & open_flags::CLOEXEC != 0);
            fd.info.ino = ino;
            fd.info.open_flags = flags;
            self.put_fd(tid, fd);
        }
    }

    /// eventfd, signalfd, timerfd_create, inotify_init, epoll_create, userfaultfd, io_uring_setup and kin: the
    /// result is a new descriptor without a name.
    pub(super) fn anonymous_fd(&mut self, event: &Event<'_>, tid: i64) {
        use EventType as E;
        let Some(number) = event.i64(0).filter(|&n| n >= 0) else { return };
        let flags = |index| event.u64(index).unwrap_or(0) as u32;
        let cloexec = open_flags::CLOEXEC;
        let (kind, cloexec) = match event.kind {
            E::SYSCALL_EVENTFD_X => (FdType::Event, false),
            E::SYSCALL_EVENTFD2_X => (FdType::Event, flags(1) & cloexec != 0),
            E::SYSCALL_SIGNALFD_X => (FdType::Signal, false),
            E::SYSCALL_SIGNALFD4_X => (FdType::Signal, flags(1) & cloexec != 0),
            E::SYSCALL_TIMERFD_CREATE_X => (FdType::Timer, false),
            E::SYSCALL_INOTIFY_INIT_X => (FdType::Inotify, false),
            E::SYSCALL_INOTIFY_INIT1_X => (FdType::Inotify, flags(1) & cloexec != 0),
            E::SYSCALL_EPOLL_CREATE_X => (FdType::EventPoll, false),
            E::SYSCALL_EPOLL_CREATE1_X => (FdType::EventPoll, flags(1) != 0),
            E::SYSCALL_USERFAULTFD_X => (FdType::UserFault, flags(1) & cloexec != 0),
            _ => (FdType::IoUring, true),
        };
        self.put_fd(tid, plain(number, kind, Bytes::default(), cloexec));
    }

    /// bpf: 0 result, 1 command. Only some commands make a descriptor.
    pub(super) fn bpf(&mut self, event: &Event<'_>, tid: i64) {
        if let (Some(number), Some(command)) = (event.i64(0), event.u64(1))
            && number >= 0
            && BPF_MAKES_FD.contains(&command)
        {
            self.put_fd(tid, plain(number, FdType::Bpf, Bytes::default(), true));
        }
    }

    /// memfd_create: 0 result, 1 name, 2 flags.
    pub(super) fn memfd_create(&mut self, event: &Event<'_>, tid: i64) {
        let Some(number) = event.i64(0).filter(|&n| n >= 0) else { return };
        let name = event.text(1).unwrap_or_default();
        let name = Bytes::from(name.get(..path::MAX_PATH).unwrap_or(name));
        let cloexec = event.u64(2).unwrap_or(0) & 1 != 0;
        self.put_fd(tid, plain(number, FdType::Memfd, name, cloexec));
    }

    /// pidfd_open: 0 result, 1 process.
    pub(super) fn pidfd_open(&mut self, event: &Event<'_>, tid: i64) {
        let Some(number) = event.i64(0).filter(|&n| n >= 0) else { return };
        let pid = event.i64(1).unwrap_or(0);
        let name = Bytes::from(format!("/proc/{pid}").into_bytes());
        self.put_fd(tid, Fd { pid, ..plain(number, FdType::Pidfd, name, true) });
    }

    /// pidfd_getfd: 0 result, 1 pidfd, 2 descriptor in that process.
    pub(super) fn pidfd_getfd(&mut self, event: &Event<'_>, tid: i64) {
        let (Some(new), Some(pidfd), Some(target)) = (event.i64(0), event.i64(1), event.i64(2)) else {
            return;
        };
        if new < 0 {
            return;
        }
        let source = self.fd_of(tid, pidfd).and_then(|fd| self.fd_of(fd.pid, target)).cloned();
        match source {
            Some(mut fd) => {
                fd.info.fd = new;
                fd.cloexec = true;
                self.put_fd(tid, fd);
            }
            None => self.drop_fd(tid, new),
        }
    }
}

/// A descriptor of which only kind and name matter.
pub(super) fn plain(number: i64, kind: FdType, name: Bytes, cloexec: bool) -> Fd {
    Fd {
        info: FdInfo { fd: number, kind, name: name.clone(), ..FdInfo::default() },
        raw_name: name,
        cloexec,
        ..Fd::default()
    }
}
