//! Values of the Linux programming interface by name, as far as they differ from those of the scap schema.
//! Recipes refer to them; the scap value is that of the same name in the parameter's own table.

/// Linux values and the names they have in the parameter's table.
pub type Names = &'static [(&'static str, u64)];

/// Bits of `open`, `pipe2`, `dup3` and kin. The access mode is not among them.
pub static OPEN: Names = &[
    ("O_TMPFILE", 0o20_200_000),
    ("O_SYNC", 0o4_010_000),
    ("O_DSYNC", 0o10_000),
    ("O_APPEND", 0o2_000),
    ("O_CREAT", 0o100),
    ("O_EXCL", 0o200),
    ("O_TRUNC", 0o1_000),
    ("O_NONBLOCK", 0o4_000),
    ("O_DIRECT", 0o40_000),
    ("O_LARGEFILE", 0o100_000),
    ("O_DIRECTORY", 0o200_000),
    ("O_CLOEXEC", 0o2_000_000),
];

/// Bits of `openat2`'s `resolve`.
pub static RESOLVE: Names = &[
    ("RESOLVE_NO_XDEV", 0x01),
    ("RESOLVE_NO_MAGICLINKS", 0x02),
    ("RESOLVE_NO_SYMLINKS", 0x04),
    ("RESOLVE_BENEATH", 0x08),
    ("RESOLVE_IN_ROOT", 0x10),
    ("RESOLVE_CACHED", 0x20),
];

/// Bits of `clone`, `unshare`, `setns`.
pub static CLONE: Names = &[
    ("CLONE_VM", 0x100),
    ("CLONE_FS", 0x200),
    ("CLONE_FILES", 0x400),
    ("CLONE_SIGHAND", 0x800),
    ("CLONE_PTRACE", 0x2000),
    ("CLONE_VFORK", 0x4000),
    ("CLONE_PARENT", 0x8000),
    ("CLONE_THREAD", 0x10000),
    ("CLONE_NEWNS", 0x20000),
    ("CLONE_SYSVSEM", 0x40000),
    ("CLONE_SETTLS", 0x80000),
    ("CLONE_PARENT_SETTID", 0x100000),
    ("CLONE_CHILD_CLEARTID", 0x200000),
    ("CLONE_UNTRACED", 0x800000),
    ("CLONE_CHILD_SETTID", 0x1000000),
    ("CLONE_NEWCGROUP", 0x2000000),
    ("CLONE_NEWUTS", 0x4000000),
    ("CLONE_NEWIPC", 0x8000000),
    ("CLONE_NEWUSER", 0x10000000),
    ("CLONE_NEWPID", 0x20000000),
    ("CLONE_NEWNET", 0x40000000),
    ("CLONE_IO", 0x80000000),
];

/// Bits of `mmap`'s `prot`.
pub static PROT: Names = &[
    ("PROT_READ", 1),
    ("PROT_WRITE", 2),
    ("PROT_EXEC", 4),
    ("PROT_SEM", 8),
    ("PROT_GROWSDOWN", 0x0100_0000),
    ("PROT_GROWSUP", 0x0200_0000),
];

/// Bits of `mmap`'s `flags`.
pub static MMAP: Names = &[
    ("MAP_SHARED", 0x01),
    ("MAP_PRIVATE", 0x02),
    ("MAP_FIXED", 0x10),
    ("MAP_ANONYMOUS", 0x20),
    ("MAP_32BIT", 0x40),
    ("MAP_GROWSDOWN", 0x0100),
    ("MAP_DENYWRITE", 0x0800),
    ("MAP_EXECUTABLE", 0x1000),
    ("MAP_LOCKED", 0x2000),
    ("MAP_NORESERVE", 0x4000),
    ("MAP_POPULATE", 0x8000),
    ("MAP_NONBLOCK", 0x10000),
];

/// Bits of `poll`'s `events` and `revents`.
pub static POLL: Names = &[
    ("POLLIN", 0x001),
    ("POLLPRI", 0x002),
    ("POLLOUT", 0x004),
    ("POLLERR", 0x008),
    ("POLLHUP", 0x010),
    ("POLLNVAL", 0x020),
    ("POLLRDNORM", 0x040),
    ("POLLRDBAND", 0x080),
    ("POLLWRNORM", 0x100),
    ("POLLWRBAND", 0x200),
    ("POLLRDHUP", 0x2000),
];

/// Commands of `fcntl`.
pub static FCNTL: Names = &[
    ("F_DUPFD", 0),
    ("F_GETFD", 1),
    ("F_SETFD", 2),
    ("F_GETFL", 3),
    ("F_SETFL", 4),
    ("F_GETLK", 5),
    ("F_SETLK", 6),
    ("F_SETLKW", 7),
    ("F_SETOWN", 8),
    ("F_GETOWN", 9),
    ("F_SETSIG", 10),
    ("F_GETSIG", 11),
    ("F_SETOWN_EX", 15),
    ("F_GETOWN_EX", 16),
    ("F_OFD_GETLK", 36),
    ("F_OFD_SETLK", 37),
    ("F_OFD_SETLKW", 38),
    ("F_SETLEASE", 1024),
    ("F_GETLEASE", 1025),
    ("F_NOTIFY", 1026),
    ("F_CANCELLK", 1029),
    ("F_DUPFD_CLOEXEC", 1030),
    ("F_SETPIPE_SZ", 1031),
    ("F_GETPIPE_SZ", 1032),
];

/// Requests of `ptrace`.
pub static PTRACE: Names = &[
    ("PTRACE_TRACEME", 0),
    ("PTRACE_PEEKTEXT", 1),
    ("PTRACE_PEEKDATA", 2),
    ("PTRACE_PEEKUSR", 3),
    ("PTRACE_POKETEXT", 4),
    ("PTRACE_POKEDATA", 5),
    ("PTRACE_POKEUSR", 6),
    ("PTRACE_CONT", 7),
    ("PTRACE_KILL", 8),
    ("PTRACE_SINGLESTEP", 9),
    ("PTRACE_GETREGS", 12),
    ("PTRACE_SETREGS", 13),
    ("PTRACE_GETFPREGS", 14),
    ("PTRACE_SETFPREGS", 15),
    ("PTRACE_ATTACH", 16),
    ("PTRACE_DETACH", 17),
    ("PTRACE_GETFPXREGS", 18),
    ("PTRACE_SETFPXREGS", 19),
    ("PTRACE_OLDSETOPTIONS", 21),
    ("PTRACE_SYSCALL", 24),
    ("PTRACE_GET_THREAD_AREA", 25),
    ("PTRACE_SET_THREAD_AREA", 26),
    ("PTRACE_ARCH_PRCTL", 30),
    ("PTRACE_SYSEMU", 31),
    ("PTRACE_SYSEMU_SINGLESTEP", 32),
    ("PTRACE_SINGLEBLOCK", 33),
    ("PTRACE_SETOPTIONS", 0x4200),
    ("PTRACE_GETEVENTMSG", 0x4201),
    ("PTRACE_GETSIGINFO", 0x4202),
    ("PTRACE_SETSIGINFO", 0x4203),
    ("PTRACE_GETREGSET", 0x4204),
    ("PTRACE_SETREGSET", 0x4205),
    ("PTRACE_SEIZE", 0x4206),
    ("PTRACE_INTERRUPT", 0x4207),
    ("PTRACE_LISTEN", 0x4208),
    ("PTRACE_PEEKSIGINFO", 0x4209),
    ("PTRACE_GETSIGMASK", 0x420a),
    ("PTRACE_SETSIGMASK", 0x420b),
];

/// Socket options whose Linux number is not that of the schema; the others are equal.
pub static SOCKOPT: Names = &[("SO_MEMINFO", 55), ("SO_COOKIE", 57), ("SO_PEERGROUPS", 59)];

/// Bits of `epoll_create1`.
pub static EPOLL: Names = &[("EPOLL_CLOEXEC", 0o2_000_000)];

/// Bits of `pidfd_open`.
pub static PIDFD: Names = &[("PIDFD_NONBLOCK", 0o4_000)];

/// Bits of `execveat`.
pub static EXECVEAT: Names = &[("AT_SYMLINK_NOFOLLOW", 0x100), ("AT_EMPTY_PATH", 0x1000)];

/// Bits of `fchownat`.
pub static FCHOWNAT: Names = &[("AT_SYMLINK_NOFOLLOW", 0x100), ("AT_EMPTY_PATH", 0x1000)];

/// Bits of `delete_module`.
pub static DELETE_MODULE: Names = &[("O_NONBLOCK", 0o4_000), ("O_TRUNC", 0o1_000)];

/// Bits of `io_uring_setup`.
pub static IO_URING_SETUP: Names = &[
    ("IORING_SETUP_IOPOLL", 0x01),
    ("IORING_SETUP_SQPOLL", 0x02),
    ("IORING_SETUP_SQ_AFF", 0x04),
    ("IORING_SETUP_CQSIZE", 0x08),
    ("IORING_SETUP_CLAMP", 0x10),
    ("IORING_SETUP_ATTACH_RW", 0x20),
    ("IORING_SETUP_R_DISABLED", 0x40),
];

/// Bits of one `semop` operation.
pub static SEMOP: Names = &[("IPC_NOWAIT", 0o4_000), ("SEM_UNDO", 0x1000)];

/// Bits of `semget` above the permissions.
pub static SEMGET: Names = &[("IPC_CREAT", 0o1_000), ("IPC_EXCL", 0o2_000)];

/// Commands of `semctl`.
pub static SEMCTL: Names = &[
    ("IPC_RMID", 0),
    ("IPC_SET", 1),
    ("IPC_STAT", 2),
    ("IPC_INFO", 3),
    ("GETPID", 11),
    ("GETVAL", 12),
    ("GETALL", 13),
    ("GETNCNT", 14),
    ("GETZCNT", 15),
    ("SETVAL", 16),
    ("SETALL", 17),
    ("SEM_STAT", 18),
    ("SEM_INFO", 19),
];

/// Commands of `quotactl`, without the type in the low byte.
pub static QUOTACTL: Names = &[
    ("Q_SYNC", 0x80_0001),
    ("Q_QUOTAON", 0x80_0002),
    ("Q_QUOTAOFF", 0x80_0003),
    ("Q_GETFMT", 0x80_0004),
    ("Q_GETINFO", 0x80_0005),
    ("Q_SETINFO", 0x80_0006),
    ("Q_GETQUOTA", 0x80_0007),
    ("Q_SETQUOTA", 0x80_0008),
    ("Q_XQUOTAON", 0x5801),
    ("Q_XQUOTAOFF", 0x5802),
    ("Q_XGETQUOTA", 0x5803),
    ("Q_XSETQLIM", 0x5804),
    ("Q_XGETQSTAT", 0x5805),
    ("Q_XQUOTARM", 0x5806),
    ("Q_XQUOTASYNC", 0x5807),
];

/// Types of quota.
pub static QUOTA_TYPE: Names = &[("USRQUOTA", 0), ("GRPQUOTA", 1)];

/// Formats of quota files.
pub static QUOTA_FORMAT: Names = &[("QFMT_VFS_OLD", 1), ("QFMT_VFS_V0", 2), ("QFMT_VFS_V1", 4)];

/// Flags of a file system's quota information.
pub static QUOTA_INFO: Names = &[("DQF_NONE", 0), ("V1_DQF_RSQUASH", 1)];
