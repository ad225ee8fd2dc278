//! The model itself: its tables, and the few operations that keep them consistent.
//!
//! Entries are shared (`Arc`), so a clone of [`State`] is shallow: a checkpoint costs one reference per entry and
//! what changes afterwards is copied at the first change.

mod apply;
mod change;
mod credentials;
mod descriptors;
mod lifecycle;
mod meta;
mod room;
mod seed;
mod sockets;
mod threads;

use std::sync::Arc;

use cscope_capture::{Bytes, Credentials, Interface, MachineInfo};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::fd::{Entry, FdTable, Files, FilesId, Spare};
use crate::{Containers, Fd, Thread, Users};
pub(crate) use apply::changes_state;
pub use change::{Change, Changes, change};
pub(crate) use threads::Mark;

/// Bounds of the model. What does not fit is left out and counted, see [`Counters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads in the table.
    pub threads: usize,
    /// Descriptors per process.
    pub fds: usize,
    /// Bytes of arguments, and as many of environment, kept per thread.
    pub list_bytes: usize,
    /// Containers in the table.
    pub containers: usize,
    /// Bytes of everything together, estimated.
    pub bytes: usize,
}

impl Limits {
    /// For the running machine: room for as many threads as large machines have. What it holds is there anyway.
    pub const LIVE: Self =
        Self { threads: 1 << 20, fds: 65_536, list_bytes: 4096, containers: 16_384, bytes: 512 << 20 };
}

impl Default for Limits {
    fn default() -> Self {
        Self { threads: 262_144, fds: 65_536, list_bytes: 4096, containers: 16_384, bytes: 96 << 20 }
    }
}

/// What the model left out or had to guess. Totals since the start of the section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Threads not taken in because the table was full.
    pub threads_refused: u64,
    /// Descriptors not taken in because the table of their process was full.
    pub fds_refused: u64,
    /// Argument and environment lists that were cut.
    pub lists_cut: u64,
    /// Containers not taken in because the table was full.
    pub containers_refused: u64,
    /// Threads of which only the id is known.
    pub placeholders: u64,
    /// Thread ids used again while the old thread was still in the table.
    pub tids_reused: u64,
}

/// All that is known of the machine at one moment of the stream.
#[derive(Debug, Clone, Default)]
pub struct State {
    threads: threads::Threads,
    groups: FxHashMap<i64, Arc<Group>>,
    files: Files,
    spare: Spare,
    users: Users,
    containers: Containers,
    machine: Option<Arc<MachineInfo>>,
    interfaces: Arc<[Interface]>,
    limits: Limits,
    counters: Counters,
    pending: Pending,
    exits: lifecycle::RecentExits,
    held: room::Held,
    /// Time of the last switch event, by CPU.
    switches: Vec<u64>,
    /// Threads whose container was not known before, to be asked for.
    fresh_containers: Vec<(Bytes, i64)>,
    /// The last event changed the name of its descriptor.
    fd_name_changed: bool,
    /// Path of the file that the next event opens: thread, descriptor, path.
    found: Option<(i64, i64, Bytes)>,
    /// Who the thread becomes by the next event.
    becomes: Option<(i64, Credentials)>,
    scratch: Vec<u8>,
}

/// One process: its threads and its child processes.
#[derive(Debug, Clone, Default)]
struct Group {
    threads: FxHashSet<i64>,
    children: FxHashSet<i64>,
}

/// Removals that wait for the next event, so that the event that causes one still sees what it removes.
#[derive(Debug, Clone, Default)]
struct Pending {
    /// Exited thread and the reaper of its children (0: not told).
    thread: Option<(i64, i64)>,
    /// Closed descriptors: table, first and last number.
    fds: Option<(FilesId, i64, i64)>,
}

impl State {
    /// An empty model with bounds other than the default ones.
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// What was left out or guessed so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Bounds of the model.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The thread with this id.
    #[inline]
    pub fn thread(&self, tid: i64) -> Option<&Thread> {
        self.threads.get(&tid).map(|t| &**t)
    }

    /// All threads, in no order.
    pub fn threads(&self) -> impl Iterator<Item = &Thread> {
        self.threads.values().map(|t| &**t)
    }

    /// Leader of the thread's group (itself for leaders).
    pub fn leader<'a>(&'a self, thread: &'a Thread) -> Option<&'a Thread> {
        if thread.is_main() { Some(thread) } else { self.thread(thread.info.pid) }
    }

    /// Parent process.
    pub fn parent<'a>(&'a self, thread: &Thread) -> Option<&'a Thread> {
        self.thread(thread.info.ptid)
    }

    /// The thread itself, its parent, its grandparent and so on; loops are cut.
    pub fn ancestry<'a>(&'a self, thread: &'a Thread) -> impl Iterator<Item = &'a Thread> {
        std::iter::successors(Some(thread), |t| self.parent(t)).take(64)
    }

    /// Working directory, which the threads of a process share; with a final slash, empty when unknown.
    pub fn cwd<'a>(&'a self, thread: &'a Thread) -> &'a Bytes {
        &self.leader(thread).filter(|l| !l.info.cwd.is_empty()).unwrap_or(thread).info.cwd
    }

    /// Descriptor `number` of the thread's process.
    #[inline]
    pub fn fd(&self, thread: &Thread, number: i64) -> Option<&Fd> {
        self.files.table(thread.files)?.get(number)
    }

    /// All descriptors of the thread's process, in the order of their numbers.
    pub fn fds<'a>(&'a self, thread: &Thread) -> Box<dyn Iterator<Item = &'a Fd> + 'a> {
        match self.files.table(thread.files) {
            Some(table) => Box::new(table.iter()),
            None => Box::new(std::iter::empty()),
        }
    }

    /// Number of descriptors of the thread's process.
    pub fn fd_count(&self, thread: &Thread) -> usize {
        self.files.table(thread.files).map_or(0, FdTable::len)
    }

    /// Number of live threads of the thread's process, and of its child processes.
    pub fn family(&self, thread: &Thread) -> (u64, u64) {
        let Some(group) = self.groups.get(&thread.info.pid) else { return (1, 0) };
        let dead = self.thread(thread.info.pid).is_some_and(|leader| leader.dead);
        let threads = group.threads.len() as u64;
        (threads.saturating_sub(u64::from(dead)), group.children.len() as u64)
    }

    /// Users and groups.
    pub fn users(&self) -> &Users {
        &self.users
    }

    /// Containers.
    pub fn containers(&self) -> &Containers {
        &self.containers
    }

    /// The machine, when the capture tells.
    pub fn machine(&self) -> Option<&MachineInfo> {
        self.machine.as_deref()
    }

    /// Network interfaces.
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// True when context switches are part of the stream.
    pub fn sees_switches(&self) -> bool {
        !self.switches.is_empty()
    }

    /// The last applied event changed the tuple or name of its descriptor.
    pub(crate) fn fd_name_changed(&self) -> bool {
        self.fd_name_changed
    }

    /// Containers met for the first time since the last call, each with a thread in it.
    pub(crate) fn take_fresh_containers(&mut self) -> Vec<(Bytes, i64)> {
        std::mem::take(&mut self.fresh_containers)
    }

    pub(crate) fn has_fresh_containers(&self) -> bool {
        !self.fresh_containers.is_empty()
    }

    #[inline]
    fn thread_mut(&mut self, tid: i64) -> Option<&mut Thread> {
        self.threads.get_mut(&tid).map(Arc::make_mut)
    }

    /// The leader of the thread's group, or the thread itself when the leader is not known.
    fn leader_mut(&mut self, tid: i64) -> Option<&mut Thread> {
        let pid = self.thread(tid)?.info.pid;
        let owner = if self.threads.contains_key(&pid) { pid } else { tid };
        self.thread_mut(owner)
    }

    /// Takes a thread in, with its table of descriptors already chosen. Refused when the table or the model is full.
    fn insert_thread(&mut self, thread: Thread) -> bool {
        let (tid, pid, ptid) = (thread.info.tid, thread.info.pid, thread.info.ptid);
        let full = self.threads.len() >= self.limits.threads && !self.threads.contains_key(&tid);
        if full || !self.room(room::new_thread(&thread)) {
            self.counters.threads_refused += 1;
            self.files.release(thread.files);
            return false;
        }
        self.remove_thread(tid, 0);
        if pid >= 0 {
            Arc::make_mut(self.groups.entry(pid).or_default()).threads.insert(tid);
            if tid == pid {
                self.adopt(ptid, pid);
            }
        }
        self.threads.insert(tid, Arc::new(thread));
        true
    }

    /// Notes `child` as a child process of `parent`, when that is known.
    fn adopt(&mut self, parent: i64, child: i64) {
        if let Some(group) = self.groups.get_mut(&parent) {
            Arc::make_mut(group).children.insert(child);
        }
    }

    fn abandon(&mut self, parent: i64, child: i64) {
        if let Some(group) = self.groups.get_mut(&parent) {
            Arc::make_mut(group).children.remove(&child);
        }
    }

    /// Removes a thread now. With the last thread of a process its dead leader goes too, and its children get a
    /// new parent: the process of thread `reaper` when told (not 0).
    fn remove_thread(&mut self, tid: i64, reaper: i64) {
        let Some(thread) = self.threads.remove(&tid) else { return };
        self.files.release(thread.files);
        let pid = thread.info.pid;
        let Some(group) = self.groups.get_mut(&pid).map(Arc::make_mut) else { return };
        group.threads.remove(&tid);
        if group.threads.is_empty() {
            let children = self.groups.remove(&pid).map(|g| g.children.clone()).unwrap_or_default();
            self.abandon(thread.info.ptid, pid);
            if !children.is_empty() {
                let parent = self.new_parent(&thread, reaper);
                for child in children {
                    self.reparent(child, parent);
                }
            }
        } else if group.threads.len() == 1 && self.thread(pid).is_some_and(|leader| leader.dead) {
            self.remove_thread(pid, reaper);
        }
    }

    fn reparent(&mut self, child: i64, parent: i64) {
        if let Some(thread) = self.thread_mut(child) {
            thread.info.ptid = parent;
            self.adopt(parent, child);
        }
    }

    /// Who gets the children of a process that is gone.
    fn new_parent(&self, gone: &Thread, reaper: i64) -> i64 {
        if reaper > 0 {
            return self.thread(reaper).filter(|t| t.info.pid > 0).map_or(reaper, |t| t.info.pid);
        }
        self.ancestry(gone)
            .skip(1)
            .find(|t| !t.dead && (t.subreaper || t.info.vpid == 1 || t.info.pid == 1))
            .map_or(0, |t| t.info.pid)
    }

    /// Carries out the removals the event before this one asked for.
    #[inline]
    fn settle(&mut self) {
        if self.pending.fds.is_some() || self.pending.thread.is_some() {
            self.carry_out();
        }
    }

    /// A descriptor that is gone makes place for the next one.
    #[inline]
    fn recycle(&mut self, gone: Option<Entry>) {
        if let Some(Entry::Opened(place)) = gone {
            self.spare.give(place);
        }
    }

    fn carry_out(&mut self) {
        if let Some((files, first, last)) = self.pending.fds.take()
            && let Some(table) = self.files_mut(files)
        {
            if first == last {
                let gone = table.remove(first);
                self.recycle(gone);
            } else {
                for number in table.numbers(first, last) {
                    table.remove(number);
                }
            }
        }
        if let Some((tid, reaper)) = self.pending.thread.take() {
            self.remove_thread(tid, reaper);
        }
    }
}

/// `new` as shared bytes, sharing with `old` when both are equal.
fn keep(old: &Bytes, new: &[u8]) -> Bytes {
    if **old == *new { old.clone() } else { Bytes::from(new) }
}
