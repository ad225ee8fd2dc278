//! Identity, limits, directories and counters of a thread.

use cscope_capture::{Event, EventType, ThreadInfo};

use super::lifecycle::clone_flags;
use super::{State, keep};
use crate::path;

/// Capability sets of a process that is root in its own user namespace.
const ALL_CAPABILITIES: u64 = (1 << 41) - 1;

/// `RLIMIT_NOFILE` as numbered in events.
const RLIMIT_NOFILE: u64 = 7;

/// `PR_SET_CHILD_SUBREAPER` as numbered in events.
const PR_SET_CHILD_SUBREAPER: u64 = 36;

/// Length of one tick of procinfo counters in ns.
const TICK_NS: f64 = 10_000_000.0;

fn succeeded(event: &Event<'_>) -> bool {
    event.i64(0).is_some_and(|res| res >= 0)
}

impl State {
    /// setuid and setgid (1 id), setre*id (2 effective), setres*id (2 effective); all ones leaves an id alone. A
    /// probe tells beside them what came of it.
    pub(super) fn set_ids(&mut self, event: &Event<'_>, tid: i64) {
        use EventType as E;
        let becomes = self.becomes.take();
        if !succeeded(event) {
            return;
        }
        if let Some((_, is)) = becomes.filter(|(of, _)| *of == tid) {
            if let Some(thread) = self.thread_mut(tid) {
                let info = &mut thread.info;
                (info.uid, info.gid) = (is.uid, is.gid);
                info.cap_inheritable = is.inheritable;
                info.cap_permitted = is.permitted;
                info.cap_effective = is.effective;
            }
            return;
        }
        let index = if matches!(event.kind, E::SYSCALL_SETUID_X | E::SYSCALL_SETGID_X) { 1 } else { 2 };
        let Some(id) = event.u64(index).map(|v| v as u32).filter(|&v| v != u32::MAX) else { return };
        let user = matches!(event.kind, E::SYSCALL_SETUID_X | E::SYSCALL_SETREUID_X | E::SYSCALL_SETRESUID_X);
        if let Some(thread) = self.thread_mut(tid) {
            if user {
                thread.info.uid = id;
            } else {
                thread.info.gid = id;
            }
        }
    }

    pub(super) fn setsid(&mut self, event: &Event<'_>, tid: i64) {
        let Some(sid) = event.i64(0).filter(|&sid| sid >= 0) else { return };
        if let Some(thread) = self.thread_mut(tid) {
            thread.info.sid = sid;
        }
    }

    /// capset: 1 inheritable, 2 permitted, 3 effective.
    pub(super) fn capset(&mut self, event: &Event<'_>, tid: i64) {
        if !succeeded(event) {
            return;
        }
        let (inheritable, permitted, effective) = (event.u64(1), event.u64(2), event.u64(3));
        if let Some(thread) = self.thread_mut(tid) {
            let info = &mut thread.info;
            info.cap_inheritable = inheritable.unwrap_or(info.cap_inheritable);
            info.cap_permitted = permitted.unwrap_or(info.cap_permitted);
            info.cap_effective = effective.unwrap_or(info.cap_effective);
        }
    }

    /// unshare: 1 flags.
    pub(super) fn unshare(&mut self, event: &Event<'_>, tid: i64) {
        if !succeeded(event) {
            return;
        }
        let flags = event.u64(1).unwrap_or(0) as u32;
        if flags & clone_flags::FILES != 0 {
            self.unshare_files(tid);
        }
        if flags & clone_flags::NEWUSER != 0 {
            self.all_capabilities(tid);
        }
    }

    /// setns: 1 descriptor, 2 kind of namespace.
    pub(super) fn setns(&mut self, event: &Event<'_>, tid: i64) {
        if succeeded(event) && event.u64(2).unwrap_or(0) as u32 & clone_flags::NEWUSER != 0 {
            self.all_capabilities(tid);
        }
    }

    fn all_capabilities(&mut self, tid: i64) {
        if let Some(thread) = self.thread_mut(tid) {
            thread.info.cap_permitted = ALL_CAPABILITIES;
            thread.info.cap_effective = ALL_CAPABILITIES;
        }
    }

    /// prctl: 1 option, 3 number. The name set with it is not followed: comm stays that of the execve, which is
    /// what other readers of captures show.
    pub(super) fn prctl(&mut self, event: &Event<'_>, tid: i64) {
        if succeeded(event) && event.u64(1) == Some(PR_SET_CHILD_SUBREAPER) {
            let on = event.i64(3).unwrap_or(0) != 0;
            if let Some(leader) = self.leader_mut(tid) {
                leader.subreaper = on;
            }
        }
    }

    /// getrlimit, setrlimit: 1 soft limit, 3 resource.
    pub(super) fn rlimit(&mut self, event: &Event<'_>, tid: i64) {
        if succeeded(event)
            && event.u64(3) == Some(RLIMIT_NOFILE)
            && let Some(limit) = event.i64(1).filter(|&l| l >= 0)
            && let Some(leader) = self.leader_mut(tid)
        {
            leader.info.fdlimit = limit;
        }
    }

    /// prlimit: 1 new soft limit (negative: not set), 3 old one, 5 process (0: own), 6 resource.
    pub(super) fn prlimit(&mut self, event: &Event<'_>, tid: i64) {
        if !succeeded(event) || event.u64(6) != Some(RLIMIT_NOFILE) {
            return;
        }
        let set = event.i64(1).filter(|&l| l >= 0).or_else(|| event.i64(3).filter(|&l| l >= 0));
        let target = event.i64(5).filter(|&p| p > 0).unwrap_or(tid);
        if let Some(limit) = set
            && let Some(leader) = self.leader_mut(target)
        {
            leader.info.fdlimit = limit;
        }
    }

    /// chdir: 1 path.
    pub(super) fn chdir(&mut self, event: &Event<'_>, tid: i64) {
        if succeeded(event)
            && let Some(path) = event.text(1)
        {
            self.set_cwd(tid, path);
        }
    }

    /// getcwd: 1 path.
    pub(super) fn getcwd(&mut self, event: &Event<'_>, tid: i64) {
        if succeeded(event)
            && let Some(path) = event.text(1).filter(|p| p.first() == Some(&b'/'))
        {
            self.set_cwd(tid, path);
        }
    }

    /// fchdir: 1 descriptor.
    pub(super) fn fchdir(&mut self, event: &Event<'_>, tid: i64) {
        if succeeded(event)
            && let Some(thread) = self.thread(tid)
            && let Some(fd) = event.i64(1).and_then(|n| self.fd(thread, n))
        {
            let name = fd.info.name.clone();
            self.set_cwd(tid, &name);
        }
    }

    fn set_cwd(&mut self, tid: i64, dir: &[u8]) {
        let Some(thread) = self.threads.get(&tid) else { return };
        let mut joined = std::mem::take(&mut self.scratch);
        path::join(self.cwd(thread), dir, &mut joined);
        let cwd = cscope_capture::Bytes::from(path::with_slash(&joined));
        self.scratch = joined;
        if !self.room(cwd.len()) {
            self.counters.lists_cut += 1;
            return;
        }
        if let Some(leader) = self.leader_mut(tid) {
            leader.info.cwd = cwd.clone();
        }
        if let Some(thread) = self.thread_mut(tid) {
            thread.info.cwd = cwd;
        }
    }

    /// chroot: 1 path.
    pub(super) fn chroot(&mut self, event: &Event<'_>, tid: i64) {
        let Some(path) = event.text(1).filter(|_| succeeded(event)) else { return };
        let Some(thread) = self.threads.get(&tid) else { return };
        let mut joined = std::mem::take(&mut self.scratch);
        path::join(self.cwd(thread), path, &mut joined);
        if let Some(thread) = self.thread_mut(tid) {
            thread.info.root = keep(&thread.info.root, &joined);
        }
        self.scratch = joined;
    }

    /// brk, mmap, munmap: 1 virtual, 2 resident, 3 swapped size in KiB.
    pub(super) fn memory(&mut self, event: &Event<'_>, tid: i64) {
        let (size, rss, swap) = (event.u64(1), event.u64(2), event.u64(3));
        if let Some(thread) = self.thread_mut(tid) {
            set_memory(&mut thread.info, size, rss, swap);
        }
    }

    /// switch: 0 next, 1-5 faults and memory of the thread that leaves the CPU.
    pub(super) fn switch(&mut self, event: &Event<'_>, tid: i64) {
        let cpu = usize::from(event.cpu);
        if self.switches.len() <= cpu {
            self.switches.resize(cpu + 1, 0);
        }
        let since = self.switches.get_mut(cpu).map_or(0, |last| std::mem::replace(last, event.ts));
        if let Some(next) = event.i64(0).and_then(|next| self.thread_mut(next)) {
            next.waits.back(event.ts);
        }
        if let Some(thread) = self.thread_mut(tid) {
            faults_and_memory(event, 1, &mut thread.info);
            thread.waits.leave(event.ts);
            if since != 0 {
                let slice = event.ts.saturating_sub(since);
                thread.exectime = (slice, thread.exectime.1.saturating_add(slice));
            }
        }
    }

    /// procinfo: 0 user, 1 system ticks since the start of the thread.
    pub(super) fn procinfo(&mut self, event: &Event<'_>, tid: i64) {
        let (Some(user), Some(system)) = (event.u64(0), event.u64(1)) else { return };
        if let Some(thread) = self.thread_mut(tid) {
            let (old_user, old_system, at) =
                std::mem::replace(&mut thread.cpu_ticks, (user, system, event.ts));
            if at != 0 && event.ts > at {
                let percent = |new: u64, old: u64| {
                    new.saturating_sub(old) as f64 * TICK_NS * 100.0 / (event.ts - at) as f64
                };
                thread.cpu = Some((percent(user, old_user), percent(system, old_system)));
            }
        }
    }
}

/// Five parameters from `first`: major and minor faults, virtual, resident and swapped size.
pub(super) fn faults_and_memory(event: &Event<'_>, first: usize, info: &mut ThreadInfo) {
    info.pfmajor = event.u64(first).unwrap_or(info.pfmajor);
    info.pfminor = event.u64(first + 1).unwrap_or(info.pfminor);
    set_memory(info, event.u64(first + 2), event.u64(first + 3), event.u64(first + 4));
}

fn set_memory(info: &mut ThreadInfo, size: Option<u64>, rss: Option<u64>, swap: Option<u64>) {
    let clamp = |v: u64| u32::try_from(v).unwrap_or(u32::MAX);
    info.vmsize_kb = size.map_or(info.vmsize_kb, clamp);
    info.vmrss_kb = rss.map_or(info.vmrss_kb, clamp);
    info.vmswap_kb = swap.map_or(info.vmswap_kb, clamp);
}
