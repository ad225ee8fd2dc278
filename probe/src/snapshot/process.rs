//! Threads, from the records of the task iterator.

use std::mem::offset_of;
use std::sync::Arc;

use cscope_capture::table::recipe::MemoryField;
use cscope_capture::{Bytes as Shared, ThreadInfo};
use rustc_hash::FxHashMap;

use crate::clock::Clock;
use crate::encode::{device, path, task};
use crate::raw::{Bytes, Raw, Segment};
use crate::ring::page_size;
use crate::skel::types::{snapshot_slot, task_info};

/// `clone_flags` of a thread that shares its process's descriptors.
pub(super) const THREAD_FLAGS: u32 = 0x2001;

/// Bits of the flags of an executable.
const WRITABLE: u32 = 1;
const UPPER: u32 = 2;
const MEMFD: u32 = 4;
const LOWER: u32 = 8;

/// Collects threads; those of a process share what its leader says.
pub(super) struct Processes {
    clock: Clock,
    threads: Vec<ThreadInfo>,
    leaders: FxHashMap<i64, usize>,
    scratch: Vec<u8>,
}

impl Processes {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, threads: Vec::new(), leaders: FxHashMap::default(), scratch: Vec::new() }
    }

    /// Takes over one record.
    pub(super) fn add(&mut self, raw: &Raw<'_>) {
        let info = self.thread(raw);
        if info.tid == info.pid {
            self.leaders.insert(info.pid, self.threads.len());
        }
        self.threads.push(info);
    }

    fn thread(&mut self, raw: &Raw<'_>) -> ThreadInfo {
        let t = raw.slot(snapshot_slot::SNAPSHOT_TASK.0 as u8).bytes;
        let number = |at: usize| i64::from(t.u32(at) as i32);
        let memory = t.get(offset_of!(task_info, memory)..).unwrap_or_default();
        let kib = |field| task::memory(memory, field, page_size() as u64 / 1024);
        let args = raw.slot(snapshot_slot::SNAPSHOT_ARGS.0 as u8);
        let exe = raw.slot(snapshot_slot::SNAPSHOT_EXE.0 as u8);
        let exe_flags = task::exe_flags(t, exe);
        let tid = number(offset_of!(task_info, tid));
        let pid = number(offset_of!(task_info, pid));
        task::cgroups(raw.parts(snapshot_slot::SNAPSHOT_CGROUPS.0 as u8), &mut self.scratch);
        let cgroups = Shared::from(self.scratch.as_slice());
        ThreadInfo {
            tid,
            pid,
            ptid: number(offset_of!(task_info, ptid)),
            sid: number(offset_of!(task_info, sid)),
            vpgid: number(offset_of!(task_info, vpgid)),
            pgid: number(offset_of!(task_info, pgid)),
            comm: task::comm(t).into(),
            exe: task::exe(args).unwrap_or_default().into(),
            exepath: self.path(raw, snapshot_slot::SNAPSHOT_EXE),
            args: list(task::args(args)),
            env: list(raw.slot(snapshot_slot::SNAPSHOT_ENV.0 as u8)),
            cwd: self.path(raw, snapshot_slot::SNAPSHOT_CWD),
            root: self.path(raw, snapshot_slot::SNAPSHOT_ROOT),
            cgroups,
            fdlimit: t.i64(offset_of!(task_info, fdlimit)),
            flags: if tid == pid { 0 } else { THREAD_FLAGS },
            uid: t.u32(offset_of!(task_info, uid)),
            gid: t.u32(offset_of!(task_info, gid)),
            loginuid: t.u32(offset_of!(task_info, loginuid)),
            vtid: number(offset_of!(task_info, vtid)),
            vpid: number(offset_of!(task_info, vpid)),
            vmsize_kb: kib(MemoryField::Size),
            vmrss_kb: kib(MemoryField::Rss),
            vmswap_kb: kib(MemoryField::Swap),
            pfmajor: t.u64(offset_of!(task_info, major_faults)),
            pfminor: t.u64(offset_of!(task_info, minor_faults)),
            tty: device(t.u32(offset_of!(task_info, tty))),
            pidns_init_start_ts: self.clock.epoch_of_boot(t.u64(offset_of!(task_info, pidns_start))),
            exe_writable: exe_flags & WRITABLE != 0,
            exe_upper_layer: exe_flags & UPPER != 0,
            exe_lower_layer: exe_flags & LOWER != 0,
            exe_from_memfd: exe_flags & MEMFD != 0,
            cap_inheritable: t.u64(offset_of!(task_info, cap_inheritable)),
            cap_permitted: t.u64(offset_of!(task_info, cap_permitted)),
            cap_effective: t.u64(offset_of!(task_info, cap_effective)),
            exe_ino: t.u64(offset_of!(task_info, exe_ino)),
            exe_ino_ctime: t.u64(offset_of!(task_info, exe_ctime)),
            exe_ino_mtime: t.u64(offset_of!(task_info, exe_mtime)),
            start_ts: self.clock.epoch_of_boot(t.u64(offset_of!(task_info, start))),
        }
    }

    fn path(&mut self, raw: &Raw<'_>, slot: snapshot_slot) -> Shared {
        let segment = raw.slot(slot.0 as u8);
        if !segment.present {
            return Shared::default();
        }
        path(segment, &mut self.scratch);
        self.scratch.as_slice().into()
    }

    /// All threads, each with what it has in common with its leader.
    pub(super) fn finish(mut self) -> Vec<ThreadInfo> {
        for index in 0..self.threads.len() {
            let leader = self.threads.get(index).and_then(|t| {
                let at = *self.leaders.get(&t.pid)?;
                (at != index).then(|| self.threads.get(at)).flatten()
            });
            let Some(shared) = leader.map(Common::of) else { continue };
            if let Some(thread) = self.threads.get_mut(index) {
                shared.give(thread);
            }
        }
        self.threads
    }
}

/// What the threads of a process share.
struct Common {
    exe: Shared,
    exepath: Shared,
    args: Shared,
    env: Shared,
    cwd: Shared,
    root: Shared,
    cgroups: Shared,
}

impl Common {
    fn of(leader: &ThreadInfo) -> Self {
        Self {
            exe: Arc::clone(&leader.exe),
            exepath: Arc::clone(&leader.exepath),
            args: Arc::clone(&leader.args),
            env: Arc::clone(&leader.env),
            cwd: Arc::clone(&leader.cwd),
            root: Arc::clone(&leader.root),
            cgroups: Arc::clone(&leader.cgroups),
        }
    }

    fn give(self, thread: &mut ThreadInfo) {
        thread.exe = self.exe;
        thread.exepath = self.exepath;
        thread.args = self.args;
        thread.env = self.env;
        thread.cwd = self.cwd;
        thread.root = self.root;
        thread.cgroups = self.cgroups;
    }
}

/// A list of strings that each end in NUL.
fn list(list: Segment<'_>) -> Shared {
    match task::list_end(list) {
        [] => list.bytes.into(),
        end => list.bytes.iter().chain(end).copied().collect(),
    }
}
