//! What kinds of changes of the model there are, and which events make them.

use cscope_capture::EventType;

use super::apply::changes_state;

/// What events change in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Who a thread is: that it exists, its name, user, container.
    Identity,
    /// What else is known of threads: directories, limits, sessions.
    Thread,
    /// Their memory.
    Memory,
    /// Descriptors.
    Descriptors,
    /// The other end of a socket its caller has already.
    Peer,
}

/// What events of this type change; `None` when that is nothing.
pub fn change(kind: EventType) -> Option<Change> {
    use EventType as E;
    if !changes_state(kind) {
        return None;
    }
    Some(match kind {
        E::SYSCALL_CLONE_20_X
        | E::SYSCALL_FORK_20_X
        | E::SYSCALL_VFORK_20_X
        | E::SYSCALL_CLONE3_X
        | E::SYSCALL_EXECVE_19_X
        | E::SYSCALL_EXECVEAT_X
        | E::PROCEXIT_1_E
        | E::SYSCALL_SETUID_X
        | E::SYSCALL_SETREUID_X
        | E::SYSCALL_SETRESUID_X
        | E::SYSCALL_SETGID_X
        | E::SYSCALL_SETREGID_X
        | E::SYSCALL_SETRESGID_X
        | E::SYSCALL_UNSHARE_X
        | E::SYSCALL_SETNS_X
        | E::SYSCALL_PRCTL_X => Change::Identity,
        E::SYSCALL_CHDIR_X
        | E::SYSCALL_FCHDIR_X
        | E::SYSCALL_GETCWD_X
        | E::SYSCALL_CHROOT_X
        | E::SYSCALL_SETSID_X
        | E::SYSCALL_CAPSET_X
        | E::SYSCALL_GETRLIMIT_X
        | E::SYSCALL_SETRLIMIT_X
        | E::SYSCALL_PRLIMIT_X => Change::Thread,
        E::SYSCALL_BRK_4_X | E::SYSCALL_MMAP_X | E::SYSCALL_MMAP2_X | E::SYSCALL_MUNMAP_X => Change::Memory,
        E::SOCKET_SEND_X
        | E::SOCKET_SENDTO_X
        | E::SOCKET_SENDMSG_X
        | E::SOCKET_SENDMMSG_X
        | E::SOCKET_RECV_X
        | E::SOCKET_RECVFROM_X => Change::Peer,
        // Messages that are received can bring descriptors.
        _ => Change::Descriptors,
    })
}

/// A set of [`Change`]s: those that make a difference to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes(u8);

impl Changes {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every one.
    pub const ALL: Self = Self(u8::MAX);

    /// The set with `change`.
    #[must_use]
    pub const fn with(self, change: Change) -> Self {
        Self(self.0 | 1 << change as u8)
    }

    /// The set but for `change`.
    #[must_use]
    pub const fn without(self, change: Change) -> Self {
        Self(self.0 & !(1 << change as u8))
    }

    /// True when `change` makes a difference.
    pub const fn has(self, change: Change) -> bool {
        self.0 & 1 << change as u8 != 0
    }
}
