//! Calls that make, copy and close descriptors.

use std::sync::Arc;

use cscope_capture::{Bytes, Event, EventType, FdInfo, FdType};

use super::{State, room};
use crate::fd::{Entry, Layout, Told, open_flags};
use crate::{Fd, path};

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
        self.put(tid, Entry::Made(Arc::new(fd)));
    }

    /// False when it is refused.
    #[inline]
    fn put(&mut self, tid: i64, new: Entry) -> bool {
        let Some(files) = self.threads.get(&tid).map(|t| t.files) else { return false };
        let Some(table) = self.files.table(files) else { return false };
        let number = new.number();
        let full = table.len() >= self.limits.fds && !table.contains(number);
        let cost = room::fd(&new) + table.growth(number);
        if full || !self.room(cost) {
            self.counters.fds_refused += 1;
            return false;
        }
        let Some(table) = self.files_mut(files) else { return false };
        let old = table.insert(new);
        self.recycle(old);
        true
    }

    pub(super) fn fd_of(&self, tid: i64, number: i64) -> Option<&Fd> {
        self.fd(self.thread(tid)?, number)
    }

    pub(super) fn fd_of_mut(&mut self, tid: i64, number: i64) -> Option<&mut Fd> {
        let files = self.threads.get(&tid)?.files;
        // Looked up first: a write access to a shared table copies it.
        self.files.table(files)?.entry(number)?;
        self.files_mut(files)?.get_mut(number)
    }

    fn drop_fd(&mut self, tid: i64, number: i64) {
        let Some(files) = self.threads.get(&tid).map(|t| t.files) else { return };
        if self.files.table(files).is_some_and(|t| t.contains(number))
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

    /// The calls of the open family. 0 result, the others by kind.
    pub(super) fn open(&mut self, event: &Event<'_>, tid: i64) {
        self.open_as(event, tid, false);
    }

    /// The kernel told the path of a file that is opened next.
    #[inline]
    pub(crate) fn knows_path(&self) -> bool {
        self.found.is_some()
    }

    /// What an [open](Self::open) does; `refused`: events on the descriptor are known to be of no interest. False when
    /// there is no place for it.
    pub(crate) fn open_as(&mut self, event: &Event<'_>, tid: i64, refused: bool) -> bool {
        let found = self.found.take();
        let Some(number) = event.i64(0).filter(|&n| n >= 0) else { return true };
        let layout = Layout::of(event.kind);
        let relative = event.param(layout.name).is_none_or(|name| name.first() != Some(&b'/'));
        let dir = relative.then(|| {
            let dirfd = layout.dirfd.and_then(|at| event.i64(at));
            self.dir_of(tid, dirfd.unwrap_or(AT_FDCWD))
        });
        let found = found.filter(|f| (f.0, f.1) == (tid, number)).map(|f| f.2);
        let (dir, found) = (dir.as_ref(), found.as_ref());
        let told = Told { number, kind: event.kind, params: event.params, dir, found };
        let entry = match self.spare.keep(&told, refused) {
            Some(opened) => Entry::Opened(opened),
            None => {
                let fd = told.build(&mut self.scratch);
                if refused {
                    fd.verdict.refuse();
                }
                Entry::Made(Arc::new(fd))
            }
        };
        self.put(tid, entry)
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
                table.set_cloexec(number, true);
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
        if let (Some(res), Some(number), Some(command)) = (event.i64(0), event.i64(1), event.u64(2)) {
            self.apply_fcntl(tid, number, command, event.u64(3), res);
        }
    }

    /// What a fcntl does that ended with `res`.
    pub(crate) fn apply_fcntl(&mut self, tid: i64, number: i64, command: u64, arg: Option<u64>, res: i64) {
        if res < 0 {
            if res == NOT_OPEN && Self::fcntl_changes(command) {
                self.drop_fd(tid, number);
            }
            return;
        }
        match command {
            fcntl::DUPFD => self.copy_fd(tid, number, res, false),
            fcntl::DUPFD_CLOEXEC => self.copy_fd(tid, number, res, true),
            fcntl::SETFD => {
                let Some(cloexec) = arg.map(|arg| arg & 1 != 0) else { return };
                let Some(files) = self.threads.get(&tid).map(|t| t.files) else { return };
                let entry = self.files.table(files).and_then(|table| table.entry(number));
                if entry.is_some_and(|entry| entry.cloexec() != cloexec)
                    && let Some(table) = self.files_mut(files)
                {
                    table.set_cloexec(number, cloexec);
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
        let Self { threads, files, spare, .. } = self;
        let table = threads.get(&tid).and_then(|t| files.table(t.files));
        match table.and_then(|table| table.entry(old)) {
            Some(entry) => {
                let copy = entry.copy(new, cloexec, spare);
                self.put(tid, copy);
            }
            None => self.drop_fd(tid, new),
        }
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
