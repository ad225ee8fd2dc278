//! From an event to the rule that handles it.

use std::sync::LazyLock;

use cscope_capture::table::EVENTS;
use cscope_capture::{Event, EventType};

use super::State;
use super::threads::Mark;
use crate::Thread;
use crate::fd::FdTable;

impl State {
    /// Applies one event of the current schema. The only place where the model changes.
    pub fn apply(&mut self, event: &Event<'_>) {
        self.settle();
        self.fd_name_changed = false;
        if self.apply_threadless(event) {
            return;
        }
        let tid = event.tid.cast_signed();
        if !self.touch(event.kind, tid) {
            return;
        }
        self.apply_call(event, tid);
    }

    /// Applies an exit event whose enter event was lost: what should have come from there is made up, so calls
    /// that would change the descriptor it names change nothing.
    pub(crate) fn apply_unpaired(&mut self, event: &Event<'_>) {
        use EventType as E;
        if matches!(
            event.kind,
            E::SYSCALL_CLOSE_X
                | E::SOCKET_BIND_X
                | E::SOCKET_CONNECT_X
                | E::SOCKET_SEND_X
                | E::SOCKET_SENDTO_X
                | E::SOCKET_SENDMSG_X
                | E::SOCKET_RECV_X
                | E::SOCKET_RECVFROM_X
                | E::SOCKET_RECVMSG_X
        ) {
            self.apply_enter(event, false);
        } else {
            self.apply(event);
        }
    }

    /// What an enter event does: removals that wait are carried out and its thread is noted. With `names`, a
    /// connect gives its socket the address as name already now, as readers that keep pairs apart do.
    pub(crate) fn apply_enter(&mut self, event: &Event<'_>, names: bool) {
        let tid = event.tid.cast_signed();
        self.apply_unchanging(event.kind, tid);
        if names && event.kind == EventType::SOCKET_CONNECT_E {
            self.connect_enter(event, tid);
        }
    }

    /// What an event does that changes nothing: removals that wait are carried out and its thread is noted. True
    /// when the thread is there: then further events of it do nothing until another event of any thread.
    #[inline]
    pub(crate) fn apply_unchanging(&mut self, kind: EventType, tid: i64) -> bool {
        self.settle();
        self.fd_name_changed = false;
        self.touch(kind, tid)
    }

    /// The same for a thread that is there and was noted by the event before.
    #[inline]
    pub(crate) fn apply_nothing(&mut self) {
        self.settle();
        self.fd_name_changed = false;
    }

    /// Whether events of a thread can be of interest by what the thread is; `wanted` tells for a thread that has
    /// changed. Threads that are not known can.
    #[inline]
    pub(crate) fn mark(&mut self, tid: i64, wanted: impl FnOnce(&Thread) -> bool) -> Mark {
        let Some(slot) = self.threads.visit(tid) else { return Mark::Wanted };
        if self.threads.mark(slot) == Mark::Unknown
            && let Some((thread, mark)) = self.threads.marked(slot)
        {
            *mark = if wanted(thread) { Mark::Wanted } else { Mark::Refused };
        }
        self.threads.mark(slot)
    }

    /// The descriptors of a thread's process.
    #[inline]
    pub(crate) fn descriptors(&self, tid: i64) -> Option<&FdTable> {
        self.files.table(self.threads.get(&tid)?.files)
    }

    /// Events that belong to no thread. True when `event` was one.
    fn apply_threadless(&mut self, event: &Event<'_>) -> bool {
        match event.kind {
            EventType::CONTAINER_JSON_2_E => self.container_json(event, 0),
            EventType::ASYNCEVENT_E => self.async_event(event),
            EventType::USER_ADDED_E => self.user_added(event),
            EventType::USER_DELETED_E => self.user_deleted(event),
            EventType::GROUP_ADDED_E => self.group_added(event),
            EventType::GROUP_DELETED_E => self.group_deleted(event),
            EventType::DROP_E
            | EventType::DROP_X
            | EventType::SCAPEVENT_E
            | EventType::NOTIFICATION_E
            | EventType::INFRASTRUCTURE_EVENT_E
            | EventType::CPU_HOTPLUG_E
            | EventType::PLUGINEVENT_E => {}
            _ => return false,
        }
        true
    }

    /// Makes sure of the thread of the event, with a new placeholder when it is not known. Events that make
    /// or end threads make none. False when there is no such thread and no need to go on.
    #[inline]
    fn touch(&mut self, kind: EventType, tid: i64) -> bool {
        self.threads.visit(tid).is_some() || self.meet(kind, tid)
    }

    /// A thread that is not known.
    #[cold]
    fn meet(&mut self, kind: EventType, tid: i64) -> bool {
        use EventType as E;
        match kind {
            E::SYSCALL_CLONE_20_X | E::SYSCALL_FORK_20_X | E::SYSCALL_VFORK_20_X | E::SYSCALL_CLONE3_X => {
                true
            }
            E::SCHEDSWITCH_6_E | E::PROCEXIT_1_E => true,
            _ => self.insert_placeholder(tid),
        }
    }

    pub(super) fn insert_placeholder(&mut self, tid: i64) -> bool {
        let files = self.files.create(Default::default());
        let inserted = self.insert_thread(Thread { files, ..Thread::placeholder(tid) });
        self.counters.placeholders += u64::from(inserted);
        inserted
    }

    #[inline]
    fn apply_call(&mut self, event: &Event<'_>, tid: i64) {
        if let Some(Some(rule)) = RULES.get(usize::from(event.kind.0)) {
            rule(self, event, tid);
        }
    }
}

/// What a call changes.
type Rule = fn(&mut State, &Event<'_>, i64);

static RULES: LazyLock<Vec<Option<Rule>>> =
    LazyLock::new(|| EVENTS.iter().map(|info| rule(EventType(info.id))).collect());

/// True when events of this type change more than that their thread is known.
#[inline]
pub(crate) fn changes_state(kind: EventType) -> bool {
    matches!(RULES.get(usize::from(kind.0)), Some(Some(_)))
}

fn rule(kind: EventType) -> Option<Rule> {
    use EventType as E;
    Some(match kind {
        E::SYSCALL_CLONE_20_X | E::SYSCALL_FORK_20_X | E::SYSCALL_VFORK_20_X | E::SYSCALL_CLONE3_X => {
            State::clone_exit
        }
        E::SYSCALL_EXECVE_19_X | E::SYSCALL_EXECVEAT_X => State::exec,
        E::PROCEXIT_1_E => State::thread_exit,

        E::SYSCALL_OPEN_X
        | E::SYSCALL_CREAT_X
        | E::SYSCALL_OPENAT_2_X
        | E::SYSCALL_OPENAT2_X
        | E::SYSCALL_OPEN_BY_HANDLE_AT_X => State::open,
        E::SYSCALL_CLOSE_X => State::close,
        E::SYSCALL_CLOSE_RANGE_X => State::close_range,
        E::SYSCALL_DUP_1_X | E::SYSCALL_DUP2_X | E::SYSCALL_DUP3_X => State::dup,
        E::SYSCALL_FCNTL_X => State::fcntl,
        E::SYSCALL_PIPE_X | E::SYSCALL_PIPE2_X => State::pipe,
        E::SYSCALL_EVENTFD_X
        | E::SYSCALL_EVENTFD2_X
        | E::SYSCALL_SIGNALFD_X
        | E::SYSCALL_SIGNALFD4_X
        | E::SYSCALL_TIMERFD_CREATE_X
        | E::SYSCALL_INOTIFY_INIT_X
        | E::SYSCALL_INOTIFY_INIT1_X
        | E::SYSCALL_EPOLL_CREATE_X
        | E::SYSCALL_EPOLL_CREATE1_X
        | E::SYSCALL_USERFAULTFD_X
        | E::SYSCALL_IO_URING_SETUP_X => State::anonymous_fd,
        E::SYSCALL_BPF_2_X => State::bpf,
        E::SYSCALL_MEMFD_CREATE_X => State::memfd_create,
        E::SYSCALL_PIDFD_OPEN_X => State::pidfd_open,
        E::SYSCALL_PIDFD_GETFD_X => State::pidfd_getfd,

        E::SOCKET_SOCKET_X => State::socket,
        E::SOCKET_SOCKETPAIR_X => State::socketpair,
        E::SOCKET_BIND_X => State::bind,
        E::SOCKET_CONNECT_X => State::connect,
        E::SOCKET_ACCEPT_5_X | E::SOCKET_ACCEPT4_6_X => State::accept,
        E::SOCKET_GETSOCKOPT_X => State::getsockopt,
        E::SOCKET_SEND_X | E::SOCKET_SENDTO_X | E::SOCKET_SENDMSG_X | E::SOCKET_SENDMMSG_X => State::send,
        E::SOCKET_RECV_X | E::SOCKET_RECVFROM_X | E::SOCKET_RECVMSG_X | E::SOCKET_RECVMMSG_X => State::recv,

        E::SYSCALL_CHDIR_X => State::chdir,
        E::SYSCALL_FCHDIR_X => State::fchdir,
        E::SYSCALL_GETCWD_X => State::getcwd,
        E::SYSCALL_CHROOT_X => State::chroot,

        E::SYSCALL_SETUID_X
        | E::SYSCALL_SETREUID_X
        | E::SYSCALL_SETRESUID_X
        | E::SYSCALL_SETGID_X
        | E::SYSCALL_SETREGID_X
        | E::SYSCALL_SETRESGID_X => State::set_ids,
        E::SYSCALL_SETSID_X => State::setsid,
        E::SYSCALL_CAPSET_X => State::capset,
        E::SYSCALL_UNSHARE_X => State::unshare,
        E::SYSCALL_SETNS_X => State::setns,
        E::SYSCALL_PRCTL_X => State::prctl,
        E::SYSCALL_GETRLIMIT_X | E::SYSCALL_SETRLIMIT_X => State::rlimit,
        E::SYSCALL_PRLIMIT_X => State::prlimit,

        E::SYSCALL_BRK_4_X | E::SYSCALL_MMAP_X | E::SYSCALL_MMAP2_X | E::SYSCALL_MUNMAP_X => State::memory,
        E::SCHEDSWITCH_6_E => State::switch,
        E::PROCINFO_E => State::procinfo,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use cscope_capture::{EventBuilder, FdInfo, FdType, Snapshot, ThreadInfo};

    use super::*;

    #[test]
    fn what_is_made_up_for_a_lost_enter_event_closes_nothing() {
        let file = FdInfo {
            fd: 0,
            kind: FdType::FileV2,
            name: (*b"/dev/null").as_slice().into(),
            ..FdInfo::default()
        };
        let snapshot = Snapshot {
            threads: vec![ThreadInfo { tid: 10, pid: 10, ..ThreadInfo::default() }],
            fds: vec![(10, vec![file])],
            ..Snapshot::default()
        };
        let mut state = State::from_snapshot(&snapshot);
        let mut b = EventBuilder::new();
        b.start(EventType::SYSCALL_CLOSE_X).i64(0).i64(0);
        let close = b.event(1, 10, 0);
        let is_open = |state: &mut State| {
            // A removal waits for the next event.
            state.apply_unchanging(EventType::SYSCALL_GETCWD_X, 10);
            state.fd_of(10, 0).is_some()
        };
        state.apply_unpaired(&close);
        assert!(is_open(&mut state));
        state.apply(&close);
        assert!(!is_open(&mut state));
    }
}
