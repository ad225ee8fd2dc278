//! Threads come and go: clone and its kin, execve, exit.

use std::sync::Arc;

use cscope_capture::{Event, ThreadInfo};

use super::credentials::faults_and_memory;
use super::{State, keep};
use crate::Thread;
use crate::fd::{Entry, FilesId};
use crate::path::MAX_PATH;
use crate::thread::UNKNOWN_NAME;

/// Clone flags as numbered in events.
pub(crate) mod clone_flags {
    pub(crate) const FILES: u32 = 0x1;
    pub(crate) const NEWPID: u32 = 0x40;
    pub(crate) const PARENT: u32 = 0x100;
    pub(crate) const THREAD: u32 = 0x2000;
    pub(crate) const INVERTED: u32 = 0x1_0000;
    pub(crate) const NEWUSER: u32 = 0x10_0000;
    pub(crate) const CHILD_IN_PIDNS: u32 = 0x2000_0000;
}

/// Flags of execve events.
mod exec_flags {
    pub(super) const WRITABLE: u64 = 1;
    pub(super) const UPPER_LAYER: u64 = 2;
    pub(super) const FROM_MEMFD: u64 = 4;
    pub(super) const LOWER_LAYER: u64 = 8;
}

/// An entry younger than this belongs to the clone at hand; an older one to a thread whose exit was lost.
const CLONE_STALE_NS: u64 = 2_000_000_000;

/// A child whose exit was seen this shortly before its caller's clone event is not made again.
const RECENT_EXIT_NS: u64 = 1_000_000_000;

/// The last few exits: (tid, time).
#[derive(Debug, Clone, Default)]
pub(super) struct RecentExits {
    ring: [(i64, u64); 16],
    next: usize,
}

impl RecentExits {
    fn note(&mut self, tid: i64, ts: u64) {
        if let Some(slot) = self.ring.get_mut(self.next) {
            *slot = (tid, ts);
        }
        self.next = (self.next + 1) % self.ring.len();
    }

    fn saw(&self, tid: i64, ts: u64) -> bool {
        self.ring.iter().any(|&(t, at)| t == tid && at > 0 && ts.saturating_sub(at) < RECENT_EXIT_NS)
    }
}

/// Which parameter of a clone event holds what (all clone kinds have the same layout).
mod clone_param {
    pub(super) const RES: usize = 0;
    pub(super) const EXE: usize = 1;
    pub(super) const ARGS: usize = 2;
    pub(super) const PID: usize = 4;
    pub(super) const PTID: usize = 5;
    pub(super) const FDLIMIT: usize = 7;
    pub(super) const PGFT_MAJ: usize = 8;
    pub(super) const COMM: usize = 13;
    pub(super) const CGROUPS: usize = 14;
    pub(super) const FLAGS: usize = 15;
    pub(super) const UID: usize = 16;
    pub(super) const GID: usize = 17;
    pub(super) const VTID: usize = 18;
    pub(super) const VPID: usize = 19;
    pub(super) const PIDNS_START: usize = 20;
}

impl State {
    /// clone, fork, vfork, clone3: caller side (result > 0) or child side (result 0).
    pub(super) fn clone_exit(&mut self, event: &Event<'_>, tid: i64) {
        match event.i64(clone_param::RES) {
            Some(0) => self.clone_child(event, tid),
            Some(child) if child > 0 => self.clone_caller(event, tid, child),
            _ => {}
        }
    }

    fn clone_caller(&mut self, event: &Event<'_>, tid: i64, child: i64) {
        use clone_flags::{CHILD_IN_PIDNS, NEWPID, PARENT, THREAD};
        self.complete_caller(event, tid);
        let flags = event.u64(clone_param::FLAGS).unwrap_or(0) as u32;
        let vtid = event.i64(clone_param::VTID).unwrap_or(tid);
        // In these cases `child` is not the child's id on the host: the child's own event tells.
        if flags & (CHILD_IN_PIDNS | NEWPID) != 0 || (vtid >= 0 && vtid != tid) {
            return;
        }
        if self.exits.saw(child, event.ts) {
            return;
        }
        if let Some(existing) = self.threads.get(&child) {
            // The child of a vfork can be far ahead by the time its caller goes on.
            let call = event.latency.unwrap_or(0).max(CLONE_STALE_NS);
            if existing.inverted && event.ts.saturating_sub(existing.clone_ts) < call {
                return;
            }
            self.counters.tids_reused += 1;
            self.remove_thread(child, 0);
        }
        let Some(caller) = self.threads.get(&tid).cloned() else { return };
        let thread = flags & THREAD != 0;
        let pid = if thread { caller.info.pid } else { child };
        // A sibling has the caller's image all the same, which its own event, naming only the parent, does not tell.
        let ptid = if thread || flags & PARENT != 0 { caller.info.ptid } else { caller.info.pid };
        let vpid = if thread { caller.info.vpid } else { child };
        self.make_child(event, &caller, Identity { tid: child, pid, ptid, vtid: child, vpid, flags }, false);
    }

    fn clone_child(&mut self, event: &Event<'_>, tid: i64) {
        if let Some(existing) = self.threads.get(&tid) {
            let known = !existing.placeholder && event.ts.saturating_sub(existing.clone_ts) < CLONE_STALE_NS;
            if known && existing.clone_ts != 0 {
                return;
            }
            if !existing.placeholder {
                self.counters.tids_reused += 1;
            }
            self.remove_thread(tid, 0);
        }
        let flags = event.u64(clone_param::FLAGS).unwrap_or(0) as u32 | clone_flags::INVERTED;
        let pid = event.i64(clone_param::PID).unwrap_or(tid);
        let ptid = event.i64(clone_param::PTID).unwrap_or(-1);
        let thread = flags & clone_flags::THREAD != 0 || pid != tid;
        let model = if thread { pid } else { ptid };
        if thread && !self.threads.contains_key(&pid) {
            self.complete_leader(event, pid, ptid);
        }
        let model = self.threads.get(&model).cloned().unwrap_or_else(|| Arc::new(Thread::default()));
        let vtid = event.i64(clone_param::VTID).unwrap_or(tid);
        let vpid = event.i64(clone_param::VPID).unwrap_or(pid);
        self.make_child(event, &model, Identity { tid, pid, ptid, vtid, vpid, flags }, true);
    }

    /// A new thread after the image of `model`: its caller, or for threads any thread of the group.
    fn make_child(&mut self, event: &Event<'_>, model: &Thread, id: Identity, inverted: bool) {
        let thread = id.flags & clone_flags::THREAD != 0 || id.pid != id.tid;
        let mut info = ThreadInfo {
            tid: id.tid,
            pid: id.pid,
            ptid: id.ptid,
            vtid: id.vtid,
            vpid: id.vpid,
            flags: id.flags,
            start_ts: event.ts,
            ..model.info.clone()
        };
        let mut container_id = model.container_id.clone();
        self.take_image(event, &mut info, &mut container_id);
        if let Some(fdlimit) = event.i64(clone_param::FDLIMIT) {
            info.fdlimit = fdlimit;
        }
        if let Some(start) = event.u64(clone_param::PIDNS_START) {
            info.pidns_init_start_ts = start;
        }
        if !thread {
            info.cwd = self.cwd(model).clone();
        }
        let leader = self.threads.get(&id.pid).filter(|_| thread).map(|l| l.files);
        let shares = id.flags & clone_flags::FILES != 0 && model.files != FilesId::NONE;
        let files = match leader {
            // A thread shares with its caller, which normally is what its leader has.
            Some(files) => self.files.share(if shares { model.files } else { files }),
            None if shares => self.files.share(model.files),
            None => self.files.create(self.files.shared(model.files)),
        };
        let child = Thread { info, container_id, clone_ts: event.ts, files, inverted, ..Thread::default() };
        let (fresh, tid) = (child.container_id.clone(), id.tid);
        if self.insert_thread(child) {
            self.meet_container(&fresh, tid);
        }
    }

    /// What clone events tell of the program image, the same for caller and child.
    fn take_image(
        &mut self,
        event: &Event<'_>,
        info: &mut ThreadInfo,
        container: &mut cscope_capture::Bytes,
    ) {
        if let Some(exe) = event.text(clone_param::EXE) {
            info.exe = keep(&info.exe, short(exe));
        }
        if let Some(args) = event.param(clone_param::ARGS) {
            info.args = keep(&info.args, self.cut_list(args));
        }
        match event.text(clone_param::COMM) {
            Some(comm) => info.comm = keep(&info.comm, short(comm)),
            // Events of old captures have no comm; what was inherited stands, else the executable.
            None if info.comm.is_empty() || &*info.comm == UNKNOWN_NAME => info.comm = info.exe.clone(),
            None => {}
        }
        if let Some(cgroups) = event.param(clone_param::CGROUPS).filter(|c| !c.is_empty())
            && let cgroups = self.cut_list(cgroups)
            && *cgroups != *info.cgroups
        {
            info.cgroups = cgroups.into();
            *container = self.container_of(info);
        }
        if let Some(uid) = event.u64(clone_param::UID) {
            info.uid = uid as u32;
        }
        if let Some(gid) = event.u64(clone_param::GID) {
            info.gid = gid as u32;
        }
    }

    /// The caller of a clone that is not known, or only by its id, is described by the event itself.
    fn complete_caller(&mut self, event: &Event<'_>, tid: i64) {
        if self.threads.get(&tid).is_some_and(|t| !t.placeholder) {
            return;
        }
        let pid = event.i64(clone_param::PID).unwrap_or(-1);
        let files = match self.threads.get(&tid) {
            Some(placeholder) => self.files.share(placeholder.files),
            None => self.files.create(Default::default()),
        };
        let mut info = ThreadInfo {
            tid,
            pid,
            ptid: event.i64(clone_param::PTID).unwrap_or(-1),
            vtid: event.i64(clone_param::VTID).unwrap_or(-1),
            vpid: event.i64(clone_param::VPID).unwrap_or(-1),
            fdlimit: event.i64(clone_param::FDLIMIT).unwrap_or(0),
            ..ThreadInfo::default()
        };
        let mut container_id = Default::default();
        self.take_image(event, &mut info, &mut container_id);
        faults_and_memory(event, clone_param::PGFT_MAJ, &mut info);
        let met = container_id.clone();
        if self.insert_thread(Thread { info, container_id, files, ..Thread::default() }) {
            self.meet_container(&met, tid);
        }
    }

    /// The unknown leader of a thread that is known: an entry with its id and no more.
    fn complete_leader(&mut self, event: &Event<'_>, pid: i64, ptid: i64) {
        let files = self.files.create(Default::default());
        let mut thread = Thread { files, ..Thread::placeholder(pid) };
        thread.info.pid = pid;
        thread.info.ptid = ptid;
        let mut container = Default::default();
        self.take_image(event, &mut thread.info, &mut container);
        thread.container_id = container;
        thread.placeholder = false;
        self.insert_thread(thread);
    }

    /// execve and execveat. Parameters: 0 res, 1 exe, 2 args, 3 tid, 4 pid, 5 ptid, 6 cwd, 7 fdlimit, 8-12 faults
    /// and memory, 13 comm, 14 cgroups, 15 env, 16 tty, 17 vpgid, 18 loginuid, 19 flags, 20-22 capabilities,
    /// 23-25 inode and its times, 26 uid, 27 path of the executable, 28 pgid, 29 gid, 30 file name.
    pub(super) fn exec(&mut self, event: &Event<'_>, tid: i64) {
        if event.i64(0) != Some(0) {
            return;
        }
        let tid = self.take_over_group(event, tid);
        let Some(mut thread) = self.threads.get(&tid).cloned() else { return };
        let t = Arc::make_mut(&mut thread);
        let was_placeholder = std::mem::replace(&mut t.placeholder, false);
        let old_cgroups = t.info.cgroups.clone();
        self.exec_image(event, &mut t.info, was_placeholder);
        exec_credentials(event, &mut t.info);
        t.dead = false;
        if *old_cgroups != *t.info.cgroups {
            t.container_id = self.container_of(&t.info);
        }
        let container = t.container_id.clone();
        if was_placeholder {
            // The event does not tell its numbers in its own namespace: most processes are in that of the host.
            (t.info.vtid, t.info.vpid) = (t.info.tid, t.info.pid);
            // Its process was not known: enter it into the tables of processes.
            self.files.share(t.files);
            self.insert_thread(Arc::unwrap_or_clone(thread));
        } else {
            let (pid, parent) = (t.info.pid, t.info.ptid);
            if let Some(old) = self.threads.insert(tid, thread).map(|t| t.info.ptid).filter(|&p| p != parent)
            {
                self.abandon(old, pid);
                self.adopt(parent, pid);
            }
        }
        self.meet_container(&container, tid);
        self.unshare_files(tid);
        self.close_on_exec(tid);
    }

    /// The thread that calls execve becomes the leader, all others of its group are gone. Returns its new id.
    fn take_over_group(&mut self, event: &Event<'_>, tid: i64) -> i64 {
        let pid = event.i64(4).filter(|&p| p > 0).unwrap_or(tid);
        let Some(group) = self.groups.get(&pid) else { return tid };
        if tid != pid && group.threads.contains(&tid) {
            // The event still carries the caller's own id.
            let Some(mut thread) = self.threads.get(&tid).map(|t| Thread::clone(t)) else { return tid };
            self.files.share(thread.files);
            thread.info.tid = pid;
            let others: Vec<i64> = group.threads.iter().copied().filter(|&t| t != pid).collect();
            self.insert_thread(thread);
            for other in others {
                self.remove_thread(other, 0);
            }
            return pid;
        }
        if group.threads.len() > 1 {
            let others: Vec<i64> = group.threads.iter().copied().filter(|&t| t != tid).collect();
            // The exit of the old leader was reported, but its id lives on in the thread that took it over: were it
            // still dead, it would go with the last of the others.
            if let Some(leader) = self.thread_mut(tid) {
                leader.dead = false;
            }
            for other in others {
                self.remove_thread(other, 0);
            }
        }
        tid
    }

    fn exec_image(&mut self, event: &Event<'_>, info: &mut ThreadInfo, was_placeholder: bool) {
        let lengths = [1, 6, 13, 27, 30].map(|n| event.param(n).map_or(0, |text| text.len().min(MAX_PATH)));
        if !self.room(lengths.iter().sum()) {
            self.counters.lists_cut += 1;
            return;
        }
        if let Some(exe) = event.text(1) {
            info.exe = keep(&info.exe, short(exe));
        }
        if let Some(args) = event.param(2) {
            info.args = self.cut_list(args).into();
        }
        if was_placeholder || info.pid < 0 {
            info.pid = event.i64(4).unwrap_or(info.tid);
        }
        if let Some(ptid) = event.i64(5) {
            info.ptid = ptid;
        }
        if let Some(cwd) = event.text(6).filter(|cwd| !cwd.is_empty()) {
            info.cwd = crate::path::with_slash(short(cwd)).into();
        }
        if let Some(fdlimit) = event.i64(7) {
            info.fdlimit = fdlimit;
        }
        faults_and_memory(event, 8, info);
        match event.text(13) {
            Some(comm) => info.comm = keep(&info.comm, short(comm)),
            None => info.comm = info.exe.clone(),
        }
        if let Some(cgroups) = event.param(14).filter(|c| !c.is_empty()) {
            info.cgroups = keep(&info.cgroups, self.cut_list(cgroups));
        }
        if let Some(env) = event.param(15) {
            info.env = keep(&info.env, self.cut_list(env));
        }
        if let Some(tty) = event.u64(16) {
            info.tty = tty as u32;
        }
        if let Some(vpgid) = event.i64(17) {
            info.vpgid = vpgid;
        }
        if let Some(pgid) = event.i64(28) {
            info.pgid = pgid;
        }
        if let Some(path) = event.text(27).filter(|path| !path.is_empty()) {
            let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
            info.exepath = keep(&info.exepath, short(path));
        } else if let Some(name) = event.text(30).filter(|name| !name.is_empty()) {
            let mut path = Vec::new();
            let cwd = self.thread(info.tid).map(|t| self.cwd(t).clone()).unwrap_or_default();
            crate::path::join(&cwd, name, &mut path);
            info.exepath = path.into();
        } else {
            info.exepath = Default::default();
        }
    }

    /// Drops the descriptors marked close-on-exec.
    fn close_on_exec(&mut self, tid: i64) {
        let Some(files) = self.threads.get(&tid).map(|t| t.files) else { return };
        let Some(table) = self.files.table(files) else { return };
        let gone: Vec<i64> = table.entries().filter(|e| e.cloexec()).map(Entry::number).collect();
        if !gone.is_empty()
            && let Some(table) = self.files_mut(files)
        {
            for number in gone {
                table.remove(number);
            }
        }
    }

    /// Gives the thread a table of its own when it shares one.
    pub(super) fn unshare_files(&mut self, tid: i64) {
        let Some(files) = self.threads.get(&tid).map(|t| t.files) else { return };
        if self.files.users(files) > 1 {
            let own = self.files.create(self.files.shared(files));
            if let Some(thread) = self.thread_mut(tid) {
                thread.files = own;
            }
            self.files.release(files);
        }
    }

    /// procexit: 0 status, 1 ret, 2 sig, 3 core, 4 reaper. The thread goes before the next event; a leader stays,
    /// marked dead, while threads of its group live.
    pub(super) fn thread_exit(&mut self, event: &Event<'_>, tid: i64) {
        self.exits.note(tid, event.ts);
        let reaper = event.i64(4).unwrap_or(0);
        let Some(thread) = self.thread(tid) else { return };
        let pid = thread.info.pid;
        let others = self.groups.get(&pid).is_some_and(|g| g.threads.len() > 1);
        if tid == pid && others {
            if let Some(thread) = self.thread_mut(tid) {
                thread.dead = true;
            }
        } else {
            self.pending.thread = Some((tid, reaper));
        }
    }

    /// A list of at most the configured size, empty when there is no room; a cut is counted.
    fn cut_list<'b>(&mut self, list: &'b [u8]) -> &'b [u8] {
        if !self.room(list.len().min(self.limits.list_bytes)) {
            self.counters.lists_cut += 1;
            return &[];
        }
        match list.get(..self.limits.list_bytes) {
            Some(cut) if cut.len() < list.len() => {
                self.counters.lists_cut += 1;
                cut
            }
            _ => list,
        }
    }
}

/// Who a new thread is.
struct Identity {
    tid: i64,
    pid: i64,
    ptid: i64,
    vtid: i64,
    vpid: i64,
    flags: u32,
}

/// A name as long as a path may be, at most.
fn short(name: &[u8]) -> &[u8] {
    name.get(..MAX_PATH).unwrap_or(name)
}

fn exec_credentials(event: &Event<'_>, info: &mut ThreadInfo) {
    if let Some(loginuid) = event.u64(18) {
        info.loginuid = loginuid as u32;
    }
    let flags = event.u64(19).unwrap_or(0);
    info.exe_writable = flags & exec_flags::WRITABLE != 0;
    info.exe_upper_layer = flags & exec_flags::UPPER_LAYER != 0;
    info.exe_from_memfd = flags & exec_flags::FROM_MEMFD != 0;
    info.exe_lower_layer = flags & exec_flags::LOWER_LAYER != 0;
    let targets = [
        (20, &mut info.cap_inheritable),
        (21, &mut info.cap_permitted),
        (22, &mut info.cap_effective),
        (23, &mut info.exe_ino),
        (24, &mut info.exe_ino_ctime),
        (25, &mut info.exe_ino_mtime),
    ];
    for (index, target) in targets {
        if let Some(value) = event.u64(index) {
            *target = value;
        }
    }
    if let Some(uid) = event.u64(26) {
        info.uid = uid as u32;
    }
    if let Some(gid) = event.u64(29) {
        info.gid = gid as u32;
    }
}
