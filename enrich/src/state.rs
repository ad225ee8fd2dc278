//! The model itself.

use cscope_capture::{Event, Interface, MachineInfo, Snapshot};
use rustc_hash::FxHashMap;

use crate::{Containers, Fd, Thread, Users};

/// All that is known of the machine at one moment of the stream.
#[derive(Debug, Clone, Default)]
pub struct State {
    threads: FxHashMap<i64, Thread>,
    fds: FxHashMap<(i64, i64), Fd>,
    users: Users,
    containers: Containers,
    machine: Option<MachineInfo>,
    interfaces: Vec<Interface>,
}

impl State {
    /// The model a capture starts with.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        Self { machine: snapshot.machine.clone(), interfaces: snapshot.interfaces.clone(), ..Self::default() }
    }

    /// Applies one event of the current schema. The only place where the model changes.
    pub fn apply(&mut self, event: &Event<'_>) {
        let _ = event;
    }

    /// The thread with this id.
    pub fn thread(&self, tid: i64) -> Option<&Thread> {
        self.threads.get(&tid)
    }

    /// All threads, in no order.
    pub fn threads(&self) -> impl Iterator<Item = &Thread> {
        self.threads.values()
    }

    /// Leader of the thread's group (itself for leaders).
    pub fn leader<'a>(&'a self, thread: &'a Thread) -> Option<&'a Thread> {
        self.thread(thread.info.pid)
    }

    /// Parent process.
    pub fn parent<'a>(&'a self, thread: &Thread) -> Option<&'a Thread> {
        self.thread(thread.info.ptid)
    }

    /// The thread itself, its parent, its grandparent and so on; loops are cut.
    pub fn ancestry<'a>(&'a self, thread: &'a Thread) -> impl Iterator<Item = &'a Thread> {
        std::iter::successors(Some(thread), |t| self.parent(t)).take(64)
    }

    /// Descriptor `number` of the thread's process.
    pub fn fd(&self, thread: &Thread, number: i64) -> Option<&Fd> {
        self.fds.get(&(thread.info.pid, number))
    }

    /// All descriptors of the thread's process, in the order of their numbers.
    pub fn fds<'a>(&'a self, thread: &Thread) -> Box<dyn Iterator<Item = &'a Fd> + 'a> {
        let pid = thread.info.pid;
        let mut numbers: Vec<i64> = self.fds.keys().filter(|k| k.0 == pid).map(|k| k.1).collect();
        numbers.sort_unstable();
        Box::new(numbers.into_iter().filter_map(move |n| self.fds.get(&(pid, n))))
    }

    /// Number of threads of the thread's process, and of its child processes.
    pub fn family(&self, thread: &Thread) -> (u64, u64) {
        let pid = thread.info.pid;
        let threads = self.threads.values().filter(|t| t.info.pid == pid && !t.dead).count();
        let children = self.threads.values().filter(|t| t.info.ptid == pid && t.is_main()).count();
        (threads as u64, children as u64)
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
        self.machine.as_ref()
    }

    /// Network interfaces.
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }
}
