//! The rows of the event table. Format of a row:
//!
//! ```text
//! id KEY "name" Enter|Exit Category Source [FLAG ...] Current|Old|Unused { "param": Type Format extra = recipe; ... }
//! ```
//!
//! `extra` is one of `@flags(TABLE)`, `@dyn(TABLE)`, `@dirfd(INDEX)` or nothing; `= recipe` says where the
//! probe gets the value and is left out where it produces none.

use super::linux;
use super::recipe::{
    DONE, Fd, Flow, KEYCTL_TEXT_2, KEYCTL_TEXT_3, KEYCTL_TEXT_4, Length, MemoryField, Message, Num,
    OPEN_HOW_FLAGS, OPEN_HOW_MODE, OPEN_HOW_RESOLVE, PRCTL_TEXT, Peer, QueueField, QuotaField, RET,
    TaskField, ZERO, arg, bits, dev, field, ino, int, memory, one_of, open_flags, open_mode, out, quota,
    second_semop, task, text, tuple,
};
use super::{
    Category, Dir, EventInfo, Extra, Flags, ParamFormat, ParamInfo, ParamType, Recipe, Source, Status, flags,
};
use crate::EventType;

macro_rules! extra {
    () => {
        Extra::None
    };
    (flags $table:ident) => {
        Extra::Flags(&flags::$table)
    };
    (dyn $table:ident) => {
        Extra::Dyn(flags::$table)
    };
    (dirfd $index:literal) => {
        Extra::Dirfd($index)
    };
}

macro_rules! recipe {
    () => {
        Recipe::None
    };
    ($recipe:expr) => {
        $recipe
    };
}

macro_rules! event_table {
    ($(
        $id:literal $key:ident $name:literal $dir:ident $category:ident $source:ident [$($flag:ident)*] $status:ident {
            $( $param:literal: $kind:ident $format:ident $(@$extra:ident($of:tt))? $(= $recipe:expr)?; )*
        }
    )*) => {
        /// All event types; the index of a row is its number.
        pub static EVENTS: &[EventInfo] = &[$(
            EventInfo {
                id: $id,
                key: stringify!($key),
                name: $name,
                dir: Dir::$dir,
                category: Category::$category,
                source: Source::$source,
                flags: Flags(0 $(| Flags::$flag.0)*),
                status: Status::$status,
                params: &[$(
                    ParamInfo {
                        name: $param,
                        kind: ParamType::$kind,
                        format: ParamFormat::$format,
                        extra: extra!($($extra $of)?),
                        recipe: recipe!($($recipe)?),
                    },
                )*],
            },
        )*];

        impl EventType {
            $(
                #[doc = concat!("`", $name, "` (", stringify!($dir), ", ", stringify!($status), ")")]
                pub const $key: Self = Self($id);
            )*
        }
    };
}

event_table! {
    0 GENERIC_E "syscall" Enter Other Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "ID": SyscallId Dec = Recipe::Code; "nativeID": Uint16 Dec = Recipe::Native; }
    1 GENERIC_X "syscall" Exit Other Syscall [CONVERTER_MANAGED] Current {
        "ID": SyscallId Dec = Recipe::Code;
        "nativeID": Uint16 Dec = Recipe::Native;
    }
    2 SYSCALL_OPEN_E "open" Enter File Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "name": FsPath Na = text(0);
        "flags": Flags32 Hex @flags(FILE_FLAGS) = open_flags(1, Fd::None);
        "mode": Uint32 Oct = open_mode(1, 2);
    }
    3 SYSCALL_OPEN_X "open" Exit File Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "fd": Fd Dec = RET;
        "name": FsPath Na = text(0);
        "flags": Flags32 Hex @flags(FILE_FLAGS) = open_flags(1, Fd::Ret);
        "mode": Uint32 Oct = open_mode(1, 2);
        "dev": Uint32 Hex = dev(Fd::Ret);
        "ino": Uint64 Dec = ino(Fd::Ret);
    }
    4 SYSCALL_CLOSE_E "close" Enter IoOther Syscall [DESTROYS_FD USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec = arg(0); }
    5 SYSCALL_CLOSE_X "close" Exit IoOther Syscall [DESTROYS_FD USES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
    }
    6 SYSCALL_READ_E "read" Enter IoRead Syscall [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec = arg(0); "size": Uint32 Dec = arg(2); }
    7 SYSCALL_READ_X "read" Exit IoRead Syscall [USES_FD READS_FROM_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::Data(1, Length::Ret);
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = arg(2);
    }
    8 SYSCALL_WRITE_E "write" Enter IoWrite Syscall [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec = arg(0); "size": Uint32 Dec = arg(2); }
    9 SYSCALL_WRITE_X "write" Exit IoWrite Syscall [USES_FD WRITES_TO_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::Data(1, Length::Done(2));
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = arg(2);
    }
    10 SYSCALL_BRK_1_E "brk" Enter Memory Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "size": Uint32 Dec; }
    11 SYSCALL_BRK_1_X "brk" Exit Memory Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "res": Uint64 Hex; }
    12 SYSCALL_EXECVE_8_E "execve" Enter Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {}
    13 SYSCALL_EXECVE_8_X "execve" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Errno Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Uint64 Dec;
    }
    14 SYSCALL_CLONE_11_E "clone" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    15 SYSCALL_CLONE_11_X "clone" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Pid Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Int64 Dec; "flags": Flags32 Hex @flags(CLONE_FLAGS); "uid": Uint32 Dec; "gid": Uint32 Dec;
    }
    16 PROCEXIT_E "procexit" Enter Process Tracepoint [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {}
    17 PROCEXIT_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    18 SOCKET_SOCKET_E "socket" Enter Net Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "domain": EnumFlags32 Dec @flags(SOCKET_FAMILIES) = arg(0); "type": Uint32 Dec = arg(1); "proto": Uint32 Dec = arg(2);
    }
    19 SOCKET_SOCKET_X "socket" Exit Net Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "fd": Fd Dec = RET;
        "domain": EnumFlags32 Dec @flags(SOCKET_FAMILIES) = arg(0);
        "type": Uint32 Dec = arg(1);
        "proto": Uint32 Dec = arg(2);
        "flags": Flags32 Hex @flags(FILE_FLAGS) = bits(1, linux::OPEN);
    }
    20 SOCKET_BIND_E "bind" Enter Net Syscall [USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec = arg(0); }
    21 SOCKET_BIND_X "bind" Exit Net Syscall [USES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "addr": SockAddr Na = Recipe::Addr(1, 2);
        "fd": Fd Dec = arg(0);
    }
    22 SOCKET_CONNECT_E "connect" Enter Net Syscall [USES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "fd": Fd Dec = arg(0);
        "addr": SockAddr Na = Recipe::Addr(1, 2);
    }
    23 SOCKET_CONNECT_X "connect" Exit Net Syscall [USES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "tuple": SockTuple Na = tuple(0, Flow::Connect, Peer::Addr(1, 2));
        "fd": Fd Dec = arg(0);
        "addr": SockAddr Na = Recipe::Addr(1, 2);
    }
    24 SOCKET_LISTEN_E "listen" Enter Net Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec = arg(0); "backlog": Int32 Dec = arg(1); }
    25 SOCKET_LISTEN_X "listen" Exit Net Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "backlog": Int32 Dec = arg(1);
    }
    26 SOCKET_ACCEPT_E "accept" Enter Net Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    27 SOCKET_ACCEPT_X "accept" Exit Net Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec; "tuple": SockTuple Na; "queuepct": Uint8 Dec;
    }
    28 SOCKET_SEND_E "send" Enter IoWrite Syscall [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec; "size": Uint32 Dec; }
    29 SOCKET_SEND_X "send" Exit IoWrite Syscall [USES_FD WRITES_TO_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::Data(1, Length::Done(2));
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = arg(2);
        "tuple": SockTuple Na = tuple(0, Flow::Out, Peer::None);
    }
    30 SOCKET_SENDTO_E "sendto" Enter IoWrite Syscall [USES_FD WRITES_TO_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "size": Uint32 Dec = arg(2); "tuple": SockTuple Na = tuple(0, Flow::Out, Peer::Addr(4, 5));
    }
    31 SOCKET_SENDTO_X "sendto" Exit IoWrite Syscall [USES_FD WRITES_TO_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::Data(1, Length::Done(2));
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = arg(2);
        "tuple": SockTuple Na = tuple(0, Flow::Out, Peer::Addr(4, 5));
    }
    32 SOCKET_RECV_E "recv" Enter IoRead Syscall [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec; "size": Uint32 Dec; }
    33 SOCKET_RECV_X "recv" Exit IoRead Syscall [USES_FD READS_FROM_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::Data(1, Length::Ret);
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = arg(2);
        "tuple": SockTuple Na = tuple(0, Flow::In, Peer::None);
    }
    34 SOCKET_RECVFROM_E "recvfrom" Enter IoRead Syscall [USES_FD READS_FROM_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "size": Uint32 Dec = arg(2);
    }
    35 SOCKET_RECVFROM_X "recvfrom" Exit IoRead Syscall [USES_FD READS_FROM_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::Data(1, Length::Ret);
        "tuple": SockTuple Na = tuple(0, Flow::In, Peer::AddrAt(4, 5));
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = arg(2);
    }
    36 SOCKET_SHUTDOWN_E "shutdown" Enter Net Syscall [USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "how": EnumFlags8 Hex @flags(SHUTDOWN_HOW) = arg(1);
    }
    37 SOCKET_SHUTDOWN_X "shutdown" Exit Net Syscall [USES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "how": EnumFlags8 Hex @flags(SHUTDOWN_HOW) = arg(1);
    }
    38 SOCKET_GETSOCKNAME_E "getsockname" Enter Net Syscall [OLD_VERSION] Old {}
    39 SOCKET_GETSOCKNAME_X "getsockname" Exit Net Syscall [] Current {}
    40 SOCKET_GETPEERNAME_E "getpeername" Enter Net Syscall [OLD_VERSION] Old {}
    41 SOCKET_GETPEERNAME_X "getpeername" Exit Net Syscall [] Current {}
    42 SOCKET_SOCKETPAIR_E "socketpair" Enter Ipc Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "domain": EnumFlags32 Dec @flags(SOCKET_FAMILIES) = arg(0); "type": Uint32 Dec = arg(1); "proto": Uint32 Dec = arg(2);
    }
    43 SOCKET_SOCKETPAIR_X "socketpair" Exit Ipc Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd1": Fd Dec = out(3, 8, 0, 4);
        "fd2": Fd Dec = out(3, 8, 4, 4);
        "source": Uint64 Hex = Recipe::SocketPointer(Fd::First(3));
        "peer": Uint64 Hex = Recipe::SocketPointer(Fd::Second(3));
        "domain": EnumFlags32 Dec @flags(SOCKET_FAMILIES) = arg(0);
        "type": Uint32 Dec = arg(1);
        "proto": Uint32 Dec = arg(2);
    }
    44 SOCKET_SETSOCKOPT_E "setsockopt" Enter Net Syscall [OLD_VERSION] Old {}
    45 SOCKET_SETSOCKOPT_X "setsockopt" Exit Net Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "level": EnumFlags8 Dec @flags(SOCKOPT_LEVELS) = Recipe::OptLevel(1);
        "optname": EnumFlags8 Dec @flags(SOCKOPT_OPTIONS) = Recipe::OptName(1, 2);
        "val": Dyn Dec @dyn(SOCKOPT_DYNAMIC_PARAM) = Recipe::OptValue { addr: 3, length: Length::Arg(4) };
        "optlen": Uint32 Dec = arg(4);
    }
    46 SOCKET_GETSOCKOPT_E "getsockopt" Enter Net Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    47 SOCKET_GETSOCKOPT_X "getsockopt" Exit Net Syscall [USES_FD MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "level": EnumFlags8 Dec @flags(SOCKOPT_LEVELS) = Recipe::OptLevel(1);
        "optname": EnumFlags8 Dec @flags(SOCKOPT_OPTIONS) = Recipe::OptName(1, 2);
        "val": Dyn Dec @dyn(SOCKOPT_DYNAMIC_PARAM) = Recipe::OptValue { addr: 3, length: Length::At(4) };
        "optlen": Uint32 Dec = field(4, 4, 0, 4);
    }
    48 SOCKET_SENDMSG_E "sendmsg" Enter IoWrite Syscall [USES_FD WRITES_TO_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "size": Uint32 Dec = Recipe::MessageSize(Message::One(1)); "tuple": SockTuple Na = tuple(0, Flow::Out, Peer::Message(Message::One(1)));
    }
    49 SOCKET_SENDMSG_X "sendmsg" Exit IoWrite Syscall [USES_FD WRITES_TO_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::MessageData(Message::One(1));
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = Recipe::MessageSize(Message::One(1));
        "tuple": SockTuple Na = tuple(0, Flow::Out, Peer::Message(Message::One(1)));
    }
    50 SOCKET_SENDMMSG_E "sendmmsg" Enter IoWrite Syscall [OLD_VERSION] Old {}
    51 SOCKET_SENDMMSG_X "sendmmsg" Exit IoWrite Syscall [USES_FD WRITES_TO_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = Recipe::MessageSize(Message::Each(1));
        "data": ByteBuf Na = Recipe::MessageData(Message::Each(1));
        "tuple": SockTuple Na = tuple(0, Flow::Out, Peer::Message(Message::Each(1)));
    }
    52 SOCKET_RECVMSG_E "recvmsg" Enter IoRead Syscall [USES_FD READS_FROM_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec = arg(0); }
    53 SOCKET_RECVMSG_X "recvmsg" Exit IoRead Syscall [USES_FD READS_FROM_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "size": Uint32 Dec = DONE;
        "data": ByteBuf Na = Recipe::MessageData(Message::One(1));
        "tuple": SockTuple Na = tuple(0, Flow::In, Peer::Message(Message::One(1)));
        "msgcontrol": ByteBuf Na = Recipe::MessageControl(Message::One(1));
        "fd": Fd Dec = arg(0);
    }
    54 SOCKET_RECVMMSG_E "recvmmsg" Enter IoRead Syscall [OLD_VERSION] Old {}
    55 SOCKET_RECVMMSG_X "recvmmsg" Exit IoRead Syscall [USES_FD READS_FROM_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = DONE;
        "data": ByteBuf Na = Recipe::MessageData(Message::Each(1));
        "tuple": SockTuple Na = tuple(0, Flow::In, Peer::Message(Message::Each(1)));
        "msgcontrol": ByteBuf Na = Recipe::MessageControl(Message::Each(1));
    }
    56 SOCKET_ACCEPT4_E "accept" Enter Net Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "flags": Int32 Hex; }
    57 SOCKET_ACCEPT4_X "accept" Exit Net Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec; "tuple": SockTuple Na; "queuepct": Uint8 Dec;
    }
    58 SYSCALL_CREAT_E "creat" Enter File Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "name": FsPath Na = text(0);
        "mode": Uint32 Oct = arg(1);
    }
    59 SYSCALL_CREAT_X "creat" Exit File Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "fd": Fd Dec = RET;
        "name": FsPath Na = text(0);
        "mode": Uint32 Oct = arg(1);
        "dev": Uint32 Hex = dev(Fd::Ret);
        "ino": Uint64 Dec = ino(Fd::Ret);
        "creat_flags": Flags16 Hex @flags(CREAT_FLAGS) = Recipe::CreatFlags(Fd::Ret);
    }
    60 SYSCALL_PIPE_E "pipe" Enter Ipc Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    61 SYSCALL_PIPE_X "pipe" Exit Ipc Syscall [CREATES_FD MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "fd1": Fd Dec = out(0, 8, 0, 4);
        "fd2": Fd Dec = out(0, 8, 4, 4);
        "ino": Uint64 Dec = ino(Fd::First(0));
    }
    62 SYSCALL_EVENTFD_E "eventfd" Enter Ipc Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "initval": Uint64 Dec = arg(0); "flags": Uint32 Hex = ZERO;
    }
    63 SYSCALL_EVENTFD_X "eventfd" Exit Ipc Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Fd Dec = RET;
        "initval": Uint64 Dec = arg(0);
        "flags": Uint32 Hex = ZERO;
    }
    64 SYSCALL_FUTEX_E "futex" Enter Ipc Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "addr": Uint64 Hex = arg(0); "op": Flags16 Hex @flags(FUTEX_OPERATIONS) = arg(1); "val": Uint64 Dec = arg(2);
    }
    65 SYSCALL_FUTEX_X "futex" Exit Ipc Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "addr": Uint64 Hex = arg(0);
        "op": Flags16 Hex @flags(FUTEX_OPERATIONS) = arg(1);
        "val": Uint64 Dec = arg(2);
    }
    66 SYSCALL_STAT_E "stat" Enter File Syscall [OLD_VERSION] Old {}
    67 SYSCALL_STAT_X "stat" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "path": FsPath Na = text(0);
    }
    68 SYSCALL_LSTAT_E "lstat" Enter File Syscall [OLD_VERSION] Old {}
    69 SYSCALL_LSTAT_X "lstat" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "path": FsPath Na = text(0);
    }
    70 SYSCALL_FSTAT_E "fstat" Enter File Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Na = arg(0); }
    71 SYSCALL_FSTAT_X "fstat" Exit File Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Na = arg(0);
    }
    72 SYSCALL_STAT64_E "stat64" Enter File Syscall [OLD_VERSION] Old {}
    73 SYSCALL_STAT64_X "stat64" Exit File Syscall [] Current {
        "res": Errno Dec;
        "path": FsPath Na;
    }
    74 SYSCALL_LSTAT64_E "lstat64" Enter File Syscall [OLD_VERSION] Old {}
    75 SYSCALL_LSTAT64_X "lstat64" Exit File Syscall [] Current {
        "res": Errno Dec;
        "path": FsPath Na;
    }
    76 SYSCALL_FSTAT64_E "fstat64" Enter File Syscall [USES_FD OLD_VERSION] Old { "fd": Fd Na; }
    77 SYSCALL_FSTAT64_X "fstat64" Exit File Syscall [] Current { "res": Errno Dec; }
    78 SYSCALL_EPOLLWAIT_E "epoll_wait" Enter Wait Syscall [WAITS OLD_VERSION CONVERTER_MANAGED] Old { "maxevents": Errno Dec = int(2); }
    79 SYSCALL_EPOLLWAIT_X "epoll_wait" Exit Wait Syscall [WAITS CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "maxevents": Errno Dec = int(2);
    }
    80 SYSCALL_POLL_E "poll" Enter Wait Syscall [WAITS OLD_VERSION CONVERTER_MANAGED] Old { "fds": FdList Dec = Recipe::PollFds(0, 1); "timeout": Int64 Dec = int(2); }
    81 SYSCALL_POLL_X "poll" Exit Wait Syscall [WAITS CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fds": FdList Dec = Recipe::PollFds(0, 1);
        "timeout": Int64 Dec = int(2);
    }
    82 SYSCALL_SELECT_E "select" Enter Wait Syscall [WAITS OLD_VERSION] Old {}
    83 SYSCALL_SELECT_X "select" Exit Wait Syscall [WAITS] Current { "res": Errno Dec = RET; }
    84 SYSCALL_NEWSELECT_E "select" Enter Wait Syscall [WAITS OLD_VERSION] Old {}
    85 SYSCALL_NEWSELECT_X "select" Exit Wait Syscall [WAITS OLD_VERSION CONVERTER_MANAGED] Old { "res": Errno Dec; }
    86 SYSCALL_LSEEK_E "lseek" Enter File Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "offset": Uint64 Dec = arg(1); "whence": EnumFlags8 Dec @flags(LSEEK_WHENCE) = arg(2);
    }
    87 SYSCALL_LSEEK_X "lseek" Exit File Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "offset": Uint64 Dec = arg(1);
        "whence": EnumFlags8 Dec @flags(LSEEK_WHENCE) = arg(2);
    }
    88 SYSCALL_LLSEEK_E "llseek" Enter File Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec; "offset": Uint64 Dec; "whence": EnumFlags8 Dec @flags(LSEEK_WHENCE);
    }
    89 SYSCALL_LLSEEK_X "llseek" Exit File Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec;
        "fd": Fd Dec;
        "offset": Uint64 Dec;
        "whence": EnumFlags8 Dec @flags(LSEEK_WHENCE);
    }
    90 SYSCALL_IOCTL_2_E "ioctl" Enter IoOther Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec; "request": Uint64 Hex; }
    91 SYSCALL_IOCTL_2_X "ioctl" Exit IoOther Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old { "res": Errno Dec; }
    92 SYSCALL_GETCWD_E "getcwd" Enter File Syscall [OLD_VERSION] Old {}
    93 SYSCALL_GETCWD_X "getcwd" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "path": CharBuf Na = Recipe::OutText(0);
    }
    94 SYSCALL_CHDIR_E "chdir" Enter File Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    95 SYSCALL_CHDIR_X "chdir" Exit File Syscall [MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "path": CharBuf Na = text(0);
    }
    96 SYSCALL_FCHDIR_E "fchdir" Enter File Syscall [USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Na = arg(0); }
    97 SYSCALL_FCHDIR_X "fchdir" Exit File Syscall [USES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Na = arg(0);
    }
    98 SYSCALL_MKDIR_E "mkdir" Enter File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "path": FsPath Na; "mode": Uint32 Hex; }
    99 SYSCALL_MKDIR_X "mkdir" Exit File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "res": Errno Dec; }
    100 SYSCALL_RMDIR_E "rmdir" Enter File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "path": FsPath Na; }
    101 SYSCALL_RMDIR_X "rmdir" Exit File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "res": Errno Dec; }
    102 SYSCALL_OPENAT_E "openat" Enter File Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "dirfd": Fd Dec; "name": CharBuf Na; "flags": Flags32 Hex @flags(FILE_FLAGS); "mode": Uint32 Oct;
    }
    103 SYSCALL_OPENAT_X "openat" Exit File Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec; }
    104 SYSCALL_LINK_E "link" Enter File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "oldpath": FsPath Na; "newpath": FsPath Na; }
    105 SYSCALL_LINK_X "link" Exit File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "res": Errno Dec; }
    106 SYSCALL_LINKAT_E "linkat" Enter File Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "olddir": Fd Dec; "oldpath": CharBuf Na; "newdir": Fd Dec; "newpath": CharBuf Na;
    }
    107 SYSCALL_LINKAT_X "linkat" Exit File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "res": Errno Dec; }
    108 SYSCALL_UNLINK_E "unlink" Enter File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "path": FsPath Na; }
    109 SYSCALL_UNLINK_X "unlink" Exit File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "res": Errno Dec; }
    110 SYSCALL_UNLINKAT_E "unlinkat" Enter File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "dirfd": Fd Dec; "name": CharBuf Na; }
    111 SYSCALL_UNLINKAT_X "unlinkat" Exit File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "res": Errno Dec; }
    112 SYSCALL_PREAD_E "pread" Enter IoRead Syscall [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "size": Uint32 Dec = arg(2); "pos": Uint64 Dec = arg(3);
    }
    113 SYSCALL_PREAD_X "pread" Exit IoRead Syscall [USES_FD READS_FROM_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::Data(1, Length::Ret);
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = arg(2);
        "pos": Uint64 Dec = arg(3);
    }
    114 SYSCALL_PWRITE_E "pwrite" Enter IoWrite Syscall [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "size": Uint32 Dec = arg(2); "pos": Uint64 Dec = arg(3);
    }
    115 SYSCALL_PWRITE_X "pwrite" Exit IoWrite Syscall [USES_FD WRITES_TO_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::Data(1, Length::Done(2));
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = arg(2);
        "pos": Uint64 Dec = arg(3);
    }
    116 SYSCALL_READV_E "readv" Enter IoRead Syscall [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec = arg(0); }
    117 SYSCALL_READV_X "readv" Exit IoRead Syscall [USES_FD READS_FROM_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "size": Uint32 Dec = DONE;
        "data": ByteBuf Na = Recipe::VectorData(1, 2);
        "fd": Fd Dec = arg(0);
    }
    118 SYSCALL_WRITEV_E "writev" Enter IoWrite Syscall [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec = arg(0); "size": Uint32 Dec = Recipe::VectorSize(1, 2); }
    119 SYSCALL_WRITEV_X "writev" Exit IoWrite Syscall [USES_FD WRITES_TO_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::VectorData(1, 2);
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = Recipe::VectorSize(1, 2);
    }
    120 SYSCALL_PREADV_E "preadv" Enter IoRead Syscall [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec = arg(0); "pos": Uint64 Dec = arg(3); }
    121 SYSCALL_PREADV_X "preadv" Exit IoRead Syscall [USES_FD READS_FROM_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "size": Uint32 Dec = DONE;
        "data": ByteBuf Na = Recipe::VectorData(1, 2);
        "fd": Fd Dec = arg(0);
        "pos": Uint64 Dec = arg(3);
    }
    122 SYSCALL_PWRITEV_E "pwritev" Enter IoWrite Syscall [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "size": Uint32 Dec = Recipe::VectorSize(1, 2); "pos": Uint64 Dec = arg(3);
    }
    123 SYSCALL_PWRITEV_X "pwritev" Exit IoWrite Syscall [USES_FD WRITES_TO_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "data": ByteBuf Na = Recipe::VectorData(1, 2);
        "fd": Fd Dec = arg(0);
        "size": Uint32 Dec = Recipe::VectorSize(1, 2);
        "pos": Uint64 Dec = arg(3);
    }
    124 SYSCALL_DUP_E "dup" Enter IoOther Syscall [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Dec; }
    125 SYSCALL_DUP_X "dup" Exit IoOther Syscall [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "res": Fd Dec; }
    126 SYSCALL_SIGNALFD_E "signalfd" Enter Signal Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "mask": Uint32 Hex = Recipe::SigSet(1); "flags": Uint8 Hex = ZERO;
    }
    127 SYSCALL_SIGNALFD_X "signalfd" Exit Signal Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Fd Dec = RET;
        "fd": Fd Dec = arg(0);
        "mask": Uint32 Hex = Recipe::SigSet(1);
        "flags": Uint8 Hex = ZERO;
    }
    128 SYSCALL_KILL_E "kill" Enter Signal Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "pid": Pid Dec = arg(0); "sig": SigType Dec = arg(1); }
    129 SYSCALL_KILL_X "kill" Exit Signal Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "pid": Pid Dec = arg(0);
        "sig": SigType Dec = arg(1);
    }
    130 SYSCALL_TKILL_E "tkill" Enter Signal Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "tid": Pid Dec = arg(0); "sig": SigType Dec = arg(1); }
    131 SYSCALL_TKILL_X "tkill" Exit Signal Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "tid": Pid Dec = arg(0);
        "sig": SigType Dec = arg(1);
    }
    132 SYSCALL_TGKILL_E "tgkill" Enter Signal Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "pid": Pid Dec = arg(0); "tid": Pid Dec = arg(1); "sig": SigType Dec = arg(2); }
    133 SYSCALL_TGKILL_X "tgkill" Exit Signal Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "pid": Pid Dec = arg(0);
        "tid": Pid Dec = arg(1);
        "sig": SigType Dec = arg(2);
    }
    134 SYSCALL_NANOSLEEP_E "nanosleep" Enter Sleep Syscall [WAITS OLD_VERSION CONVERTER_MANAGED] Old { "interval": RelTime Dec = Recipe::Timespec(0); }
    135 SYSCALL_NANOSLEEP_X "nanosleep" Exit Sleep Syscall [WAITS CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "interval": RelTime Dec = Recipe::Timespec(0);
    }
    136 SYSCALL_TIMERFD_CREATE_E "timerfd_create" Enter Time Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "clockid": Uint8 Dec = arg(0); "flags": Uint8 Hex = arg(1);
    }
    137 SYSCALL_TIMERFD_CREATE_X "timerfd_create" Exit Time Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Fd Dec = RET;
        "clockid": Uint8 Dec = arg(0);
        "flags": Uint8 Hex = arg(1);
    }
    138 SYSCALL_INOTIFY_INIT_E "inotify_init" Enter Ipc Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "flags": Uint8 Hex = ZERO; }
    139 SYSCALL_INOTIFY_INIT_X "inotify_init" Exit Ipc Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Fd Dec = RET;
        "flags": Uint8 Hex = ZERO;
    }
    140 SYSCALL_GETRLIMIT_E "getrlimit" Enter Process Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "resource": EnumFlags8 Dec @flags(RLIMIT_RESOURCES) = arg(0);
    }
    141 SYSCALL_GETRLIMIT_X "getrlimit" Exit Process Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "cur": Int64 Dec = out(1, 16, 0, 8);
        "max": Int64 Dec = out(1, 16, 8, 8);
        "resource": EnumFlags8 Dec @flags(RLIMIT_RESOURCES) = arg(0);
    }
    142 SYSCALL_SETRLIMIT_E "setrlimit" Enter Process Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "resource": EnumFlags8 Dec @flags(RLIMIT_RESOURCES) = arg(0);
    }
    143 SYSCALL_SETRLIMIT_X "setrlimit" Exit Process Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "cur": Int64 Dec = field(1, 16, 0, 8);
        "max": Int64 Dec = field(1, 16, 8, 8);
        "resource": EnumFlags8 Dec @flags(RLIMIT_RESOURCES) = arg(0);
    }
    144 SYSCALL_PRLIMIT_E "prlimit" Enter Process Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "pid": Pid Dec = int(0); "resource": EnumFlags8 Dec @flags(RLIMIT_RESOURCES) = arg(1);
    }
    145 SYSCALL_PRLIMIT_X "prlimit" Exit Process Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "newcur": Int64 Dec = field(2, 16, 0, 8);
        "newmax": Int64 Dec = field(2, 16, 8, 8);
        "oldcur": Int64 Dec = out(3, 16, 0, 8);
        "oldmax": Int64 Dec = out(3, 16, 8, 8);
        "pid": Int64 Dec = int(0);
        "resource": EnumFlags8 Dec @flags(RLIMIT_RESOURCES) = arg(1);
    }
    146 SCHEDSWITCH_1_E "switch" Enter Scheduler Tracepoint [SKIPPARSERESET OLD_VERSION CONVERTER_MANAGED] Old { "next": Pid Dec; }
    147 SCHEDSWITCH_1_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    148 DROP_E "drop" Enter Internal Meta [SKIPPARSERESET] Current { "ratio": Uint32 Dec; }
    149 DROP_X "drop" Exit Internal Meta [SKIPPARSERESET] Current { "ratio": Uint32 Dec; }
    150 SYSCALL_FCNTL_E "fcntl" Enter IoOther Syscall [USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "cmd": EnumFlags8 Dec @flags(FCNTL_COMMANDS) = one_of(1, linux::FCNTL);
    }
    151 SYSCALL_FCNTL_X "fcntl" Exit IoOther Syscall [USES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Fd Dec = RET;
        "fd": Fd Dec = arg(0);
        "cmd": EnumFlags8 Dec @flags(FCNTL_COMMANDS) = one_of(1, linux::FCNTL);
        "arg": Uint64 Hex = arg(2);
    }
    152 SCHEDSWITCH_6_E "switch" Enter Scheduler Tracepoint [] Current {
        "next": Pid Dec = arg(0);
        "pgft_maj": Uint64 Dec = arg(1);
        "pgft_min": Uint64 Dec = arg(2);
        "vm_size": Uint32 Dec = arg(3);
        "vm_rss": Uint32 Dec = arg(4);
        "vm_swap": Uint32 Dec = arg(5);
    }
    153 SCHEDSWITCH_6_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    154 SYSCALL_EXECVE_13_E "execve" Enter Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {}
    155 SYSCALL_EXECVE_13_X "execve" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Errno Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Uint64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
    }
    156 SYSCALL_CLONE_16_E "clone" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    157 SYSCALL_CLONE_16_X "clone" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Pid Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Int64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "flags": Flags32 Hex @flags(CLONE_FLAGS); "uid": Uint32 Dec; "gid": Uint32 Dec;
    }
    158 SYSCALL_BRK_4_E "brk" Enter Memory Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "addr": Uint64 Hex = arg(0); }
    159 SYSCALL_BRK_4_X "brk" Exit Memory Syscall [CONVERTER_MANAGED] Current {
        "res": Uint64 Hex = RET;
        "vm_size": Uint32 Dec = memory(MemoryField::Size);
        "vm_rss": Uint32 Dec = memory(MemoryField::Rss);
        "vm_swap": Uint32 Dec = memory(MemoryField::Swap);
        "addr": Uint64 Hex = arg(0);
    }
    160 SYSCALL_MMAP_E "mmap" Enter Memory Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "addr": Uint64 Hex = arg(0); "length": Uint64 Dec = arg(1); "prot": Flags32 Hex @flags(PROT_FLAGS) = bits(2, linux::PROT); "flags": Flags32 Hex @flags(MMAP_FLAGS) = bits(3, linux::MMAP); "fd": Fd Dec = arg(4);
        "offset": Uint64 Dec = arg(5);
    }
    161 SYSCALL_MMAP_X "mmap" Exit Memory Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Hex = RET;
        "vm_size": Uint32 Dec = memory(MemoryField::Size);
        "vm_rss": Uint32 Dec = memory(MemoryField::Rss);
        "vm_swap": Uint32 Dec = memory(MemoryField::Swap);
        "addr": Uint64 Hex = arg(0);
        "length": Uint64 Dec = arg(1);
        "prot": Flags32 Hex @flags(PROT_FLAGS) = bits(2, linux::PROT);
        "flags": Flags32 Hex @flags(MMAP_FLAGS) = bits(3, linux::MMAP);
        "fd": Fd Dec = arg(4);
        "offset": Uint64 Dec = arg(5);
    }
    162 SYSCALL_MMAP2_E "mmap2" Enter Memory Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "addr": Uint64 Hex; "length": Uint64 Dec; "prot": Flags32 Hex @flags(PROT_FLAGS); "flags": Flags32 Hex @flags(MMAP_FLAGS); "fd": Fd Dec;
        "pgoffset": Uint64 Dec;
    }
    163 SYSCALL_MMAP2_X "mmap2" Exit Memory Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Hex;
        "vm_size": Uint32 Dec;
        "vm_rss": Uint32 Dec;
        "vm_swap": Uint32 Dec;
        "addr": Uint64 Hex;
        "length": Uint64 Dec;
        "prot": Flags32 Hex @flags(PROT_FLAGS);
        "flags": Flags32 Hex @flags(MMAP_FLAGS);
        "fd": Fd Dec;
        "pgoffset": Uint64 Dec;
    }
    164 SYSCALL_MUNMAP_E "munmap" Enter Memory Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "addr": Uint64 Hex = arg(0); "length": Uint64 Dec = arg(1); }
    165 SYSCALL_MUNMAP_X "munmap" Exit Memory Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "vm_size": Uint32 Dec = memory(MemoryField::Size);
        "vm_rss": Uint32 Dec = memory(MemoryField::Rss);
        "vm_swap": Uint32 Dec = memory(MemoryField::Swap);
        "addr": Uint64 Hex = arg(0);
        "length": Uint64 Dec = arg(1);
    }
    166 SYSCALL_SPLICE_E "splice" Enter IoOther Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fd_in": Fd Dec = arg(0); "fd_out": Fd Dec = arg(2); "size": Uint64 Dec = arg(4); "flags": Flags32 Hex @flags(SPLICE_FLAGS) = arg(5);
    }
    167 SYSCALL_SPLICE_X "splice" Exit IoOther Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd_in": Fd Dec = arg(0);
        "fd_out": Fd Dec = arg(2);
        "size": Uint64 Dec = arg(4);
        "flags": Flags32 Hex @flags(SPLICE_FLAGS) = arg(5);
    }
    168 SYSCALL_PTRACE_E "ptrace" Enter Process Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "request": EnumFlags16 Dec @flags(PTRACE_REQUESTS) = one_of(0, linux::PTRACE); "pid": Pid Dec = arg(1);
    }
    169 SYSCALL_PTRACE_X "ptrace" Exit Process Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "addr": Dyn Hex @dyn(PTRACE_DYNAMIC_PARAM) = Recipe::PtraceAddr;
        "data": Dyn Hex @dyn(PTRACE_DYNAMIC_PARAM) = Recipe::PtraceData;
        "request": EnumFlags16 Dec @flags(PTRACE_REQUESTS) = one_of(0, linux::PTRACE);
        "pid": Pid Dec = arg(1);
    }
    170 SYSCALL_IOCTL_3_E "ioctl" Enter IoOther Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "request": Uint64 Hex = arg(1); "argument": Uint64 Hex = arg(2);
    }
    171 SYSCALL_IOCTL_3_X "ioctl" Exit IoOther Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "request": Uint64 Hex = arg(1);
        "argument": Uint64 Hex = arg(2);
    }
    172 SYSCALL_EXECVE_14_E "execve" Enter Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {}
    173 SYSCALL_EXECVE_14_X "execve" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Errno Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Uint64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "env": ByteBuf Na;
    }
    174 SYSCALL_RENAME_E "rename" Enter File Syscall [OLD_VERSION] Old {}
    175 SYSCALL_RENAME_X "rename" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "oldpath": FsPath Na = text(0);
        "newpath": FsPath Na = text(1);
    }
    176 SYSCALL_RENAMEAT_E "renameat" Enter File Syscall [OLD_VERSION] Old {}
    177 SYSCALL_RENAMEAT_X "renameat" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "olddirfd": Fd Dec = arg(0);
        "oldpath": FsRelPath Na @dirfd(1) = text(1);
        "newdirfd": Fd Dec = arg(2);
        "newpath": FsRelPath Na @dirfd(3) = text(3);
    }
    178 SYSCALL_SYMLINK_E "symlink" Enter File Syscall [OLD_VERSION] Old {}
    179 SYSCALL_SYMLINK_X "symlink" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "target": CharBuf Na = text(0);
        "linkpath": FsPath Na = text(1);
    }
    180 SYSCALL_SYMLINKAT_E "symlinkat" Enter File Syscall [OLD_VERSION] Old {}
    181 SYSCALL_SYMLINKAT_X "symlinkat" Exit File Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "target": CharBuf Na = text(0);
        "linkdirfd": Fd Dec = arg(1);
        "linkpath": FsRelPath Na @dirfd(2) = text(2);
    }
    182 SYSCALL_FORK_E "fork" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    183 SYSCALL_FORK_X "fork" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Pid Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Int64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "flags": Flags32 Hex @flags(CLONE_FLAGS); "uid": Uint32 Dec; "gid": Uint32 Dec;
    }
    184 SYSCALL_VFORK_E "vfork" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    185 SYSCALL_VFORK_X "vfork" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Pid Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Int64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "flags": Flags32 Hex @flags(CLONE_FLAGS); "uid": Uint32 Dec; "gid": Uint32 Dec;
    }
    186 PROCEXIT_1_E "procexit" Enter Process Tracepoint [MODIFIES_STATE] Current {
        "status": Errno Dec = arg(0);
        "ret": Errno Dec = arg(1);
        "sig": SigType Dec = arg(2);
        "core": Uint8 Dec = arg(3);
        "reaper_tid": Pid Dec = arg(4);
    }
    187 PROCEXIT_1_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    188 SYSCALL_SENDFILE_E "sendfile" Enter IoWrite Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "out_fd": Fd Dec = arg(0); "in_fd": Fd Dec = arg(1); "offset": Uint64 Dec = field(2, 8, 0, 8); "size": Uint64 Dec = arg(3);
    }
    189 SYSCALL_SENDFILE_X "sendfile" Exit IoWrite Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "offset": Uint64 Dec = field(2, 8, 0, 8);
        "out_fd": Fd Dec = arg(0);
        "in_fd": Fd Dec = arg(1);
        "size": Uint64 Dec = arg(3);
    }
    190 SYSCALL_QUOTACTL_E "quotactl" Enter User Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "cmd": Flags16 Dec @flags(QUOTACTL_CMDS) = quota(QuotaField::Command(linux::QUOTACTL));
        "type": Flags8 Dec @flags(QUOTACTL_TYPES) = quota(QuotaField::Type(linux::QUOTA_TYPE));
        "id": Uint32 Dec = quota(QuotaField::Id);
        "quota_fmt": Flags8 Dec @flags(QUOTACTL_QUOTA_FMTS) = quota(QuotaField::Format(linux::QUOTA_FORMAT));
    }
    191 SYSCALL_QUOTACTL_X "quotactl" Exit User Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "special": CharBuf Na = text(1);
        "quotafilepath": CharBuf Na = quota(QuotaField::Path);
        "dqb_bhardlimit": Uint64 Dec = quota(QuotaField::Limit(0, 1));
        "dqb_bsoftlimit": Uint64 Dec = quota(QuotaField::Limit(8, 1));
        "dqb_curspace": Uint64 Dec = quota(QuotaField::Limit(16, 2));
        "dqb_ihardlimit": Uint64 Dec = quota(QuotaField::Limit(24, 4));
        "dqb_isoftlimit": Uint64 Dec = quota(QuotaField::Limit(32, 4));
        "dqb_btime": RelTime Dec = quota(QuotaField::Limit(48, 16));
        "dqb_itime": RelTime Dec = quota(QuotaField::Limit(56, 32));
        "dqi_bgrace": RelTime Dec = quota(QuotaField::Grace(0, 1));
        "dqi_igrace": RelTime Dec = quota(QuotaField::Grace(8, 2));
        "dqi_flags": Flags8 Dec @flags(QUOTACTL_DQI_FLAGS) = quota(QuotaField::InfoFlags(linux::QUOTA_INFO));
        "quota_fmt_out": Flags8 Dec @flags(QUOTACTL_QUOTA_FMTS) = quota(QuotaField::FormatOut(linux::QUOTA_FORMAT));
        "cmd": Flags16 Dec @flags(QUOTACTL_CMDS) = quota(QuotaField::Command(linux::QUOTACTL));
        "type": Flags8 Dec @flags(QUOTACTL_TYPES) = quota(QuotaField::Type(linux::QUOTA_TYPE));
        "id": Uint32 Dec = quota(QuotaField::Id);
        "quota_fmt": Flags8 Dec @flags(QUOTACTL_QUOTA_FMTS) = quota(QuotaField::Format(linux::QUOTA_FORMAT));
    }
    192 SYSCALL_SETRESUID_E "setresuid" Enter User Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "ruid": Uid Dec = arg(0); "euid": Uid Dec = arg(1); "suid": Uid Dec = arg(2);
    }
    193 SYSCALL_SETRESUID_X "setresuid" Exit User Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "ruid": Uid Dec = arg(0);
        "euid": Uid Dec = arg(1);
        "suid": Uid Dec = arg(2);
    }
    194 SYSCALL_SETRESGID_E "setresgid" Enter User Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "rgid": Gid Dec = arg(0); "egid": Gid Dec = arg(1); "sgid": Gid Dec = arg(2);
    }
    195 SYSCALL_SETRESGID_X "setresgid" Exit User Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "rgid": Gid Dec = arg(0);
        "egid": Gid Dec = arg(1);
        "sgid": Gid Dec = arg(2);
    }
    196 SCAPEVENT_E "scapevent" Enter Internal Meta [SKIPPARSERESET] Current {
        "event_type": Uint32 Dec;
        "event_data": Uint64 Dec;
    }
    197 SCAPEVENT_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    198 SYSCALL_SETUID_E "setuid" Enter User Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "uid": Uid Dec = arg(0); }
    199 SYSCALL_SETUID_X "setuid" Exit User Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "uid": Uid Dec = arg(0);
    }
    200 SYSCALL_SETGID_E "setgid" Enter User Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "gid": Gid Dec = arg(0); }
    201 SYSCALL_SETGID_X "setgid" Exit User Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "gid": Gid Dec = arg(0);
    }
    202 SYSCALL_GETUID_E "getuid" Enter User Syscall [OLD_VERSION] Old {}
    203 SYSCALL_GETUID_X "getuid" Exit User Syscall [] Current { "uid": Uid Dec = RET; }
    204 SYSCALL_GETEUID_E "geteuid" Enter User Syscall [OLD_VERSION] Old {}
    205 SYSCALL_GETEUID_X "geteuid" Exit User Syscall [] Current { "euid": Uid Dec = RET; }
    206 SYSCALL_GETGID_E "getgid" Enter User Syscall [OLD_VERSION] Old {}
    207 SYSCALL_GETGID_X "getgid" Exit User Syscall [] Current { "gid": Gid Dec = RET; }
    208 SYSCALL_GETEGID_E "getegid" Enter User Syscall [OLD_VERSION] Old {}
    209 SYSCALL_GETEGID_X "getegid" Exit User Syscall [] Current { "egid": Gid Dec = RET; }
    210 SYSCALL_GETRESUID_E "getresuid" Enter User Syscall [OLD_VERSION] Old {}
    211 SYSCALL_GETRESUID_X "getresuid" Exit User Syscall [] Current {
        "res": Errno Dec = RET;
        "ruid": Uid Dec = out(0, 4, 0, 4);
        "euid": Uid Dec = out(1, 4, 0, 4);
        "suid": Uid Dec = out(2, 4, 0, 4);
    }
    212 SYSCALL_GETRESGID_E "getresgid" Enter User Syscall [OLD_VERSION] Old {}
    213 SYSCALL_GETRESGID_X "getresgid" Exit User Syscall [] Current {
        "res": Errno Dec = RET;
        "rgid": Gid Dec = out(0, 4, 0, 4);
        "egid": Gid Dec = out(1, 4, 0, 4);
        "sgid": Gid Dec = out(2, 4, 0, 4);
    }
    214 SYSCALL_EXECVE_15_E "execve" Enter Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {}
    215 SYSCALL_EXECVE_15_X "execve" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Errno Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Uint64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "comm": CharBuf Na; "env": ByteBuf Na;
    }
    216 SYSCALL_CLONE_17_E "clone" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    217 SYSCALL_CLONE_17_X "clone" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Pid Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Int64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "comm": CharBuf Na; "flags": Flags32 Hex @flags(CLONE_FLAGS); "uid": Uint32 Dec; "gid": Uint32 Dec;
    }
    218 SYSCALL_FORK_17_E "fork" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    219 SYSCALL_FORK_17_X "fork" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Pid Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Int64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "comm": CharBuf Na; "flags": Flags32 Hex @flags(CLONE_FLAGS); "uid": Uint32 Dec; "gid": Uint32 Dec;
    }
    220 SYSCALL_VFORK_17_E "vfork" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    221 SYSCALL_VFORK_17_X "vfork" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Pid Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Int64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "comm": CharBuf Na; "flags": Flags32 Hex @flags(CLONE_FLAGS); "uid": Uint32 Dec; "gid": Uint32 Dec;
    }
    222 SYSCALL_CLONE_20_E "clone" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    223 SYSCALL_CLONE_20_X "clone" Exit Process Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Pid Dec = RET;
        "exe": CharBuf Na = task(TaskField::Exe);
        "args": ByteBuf Na = task(TaskField::Args);
        "tid": Pid Dec = task(TaskField::Tid);
        "pid": Pid Dec = task(TaskField::Pid);
        "ptid": Pid Dec = task(TaskField::Ptid);
        "cwd": CharBuf Na = task(TaskField::Cwd);
        "fdlimit": Int64 Dec = task(TaskField::FdLimit);
        "pgft_maj": Uint64 Dec = task(TaskField::MajorFaults);
        "pgft_min": Uint64 Dec = task(TaskField::MinorFaults);
        "vm_size": Uint32 Dec = memory(MemoryField::Size);
        "vm_rss": Uint32 Dec = memory(MemoryField::Rss);
        "vm_swap": Uint32 Dec = memory(MemoryField::Swap);
        "comm": CharBuf Na = task(TaskField::Comm);
        "cgroups": ByteBuf Na = task(TaskField::Cgroups);
        "flags": Flags32 Hex @flags(CLONE_FLAGS) = Recipe::CloneFlags(Num::Arg(0));
        "uid": Uint32 Dec = task(TaskField::Uid);
        "gid": Uint32 Dec = task(TaskField::Gid);
        "vtid": Pid Dec = task(TaskField::Vtid);
        "vpid": Pid Dec = task(TaskField::Vpid);
        "pidns_init_start_ts": Uint64 Dec = task(TaskField::PidnsStart);
    }
    224 SYSCALL_FORK_20_E "fork" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    225 SYSCALL_FORK_20_X "fork" Exit Process Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Pid Dec = RET;
        "exe": CharBuf Na = task(TaskField::Exe);
        "args": ByteBuf Na = task(TaskField::Args);
        "tid": Pid Dec = task(TaskField::Tid);
        "pid": Pid Dec = task(TaskField::Pid);
        "ptid": Pid Dec = task(TaskField::Ptid);
        "cwd": CharBuf Na = task(TaskField::Cwd);
        "fdlimit": Int64 Dec = task(TaskField::FdLimit);
        "pgft_maj": Uint64 Dec = task(TaskField::MajorFaults);
        "pgft_min": Uint64 Dec = task(TaskField::MinorFaults);
        "vm_size": Uint32 Dec = memory(MemoryField::Size);
        "vm_rss": Uint32 Dec = memory(MemoryField::Rss);
        "vm_swap": Uint32 Dec = memory(MemoryField::Swap);
        "comm": CharBuf Na = task(TaskField::Comm);
        "cgroups": ByteBuf Na = task(TaskField::Cgroups);
        "flags": Flags32 Hex @flags(CLONE_FLAGS) = Recipe::CloneFlags(Num::Const(0));
        "uid": Uint32 Dec = task(TaskField::Uid);
        "gid": Uint32 Dec = task(TaskField::Gid);
        "vtid": Pid Dec = task(TaskField::Vtid);
        "vpid": Pid Dec = task(TaskField::Vpid);
        "pidns_init_start_ts": Uint64 Dec = task(TaskField::PidnsStart);
    }
    226 SYSCALL_VFORK_20_E "vfork" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    227 SYSCALL_VFORK_20_X "vfork" Exit Process Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Pid Dec = RET;
        "exe": CharBuf Na = task(TaskField::Exe);
        "args": ByteBuf Na = task(TaskField::Args);
        "tid": Pid Dec = task(TaskField::Tid);
        "pid": Pid Dec = task(TaskField::Pid);
        "ptid": Pid Dec = task(TaskField::Ptid);
        "cwd": CharBuf Na = task(TaskField::Cwd);
        "fdlimit": Int64 Dec = task(TaskField::FdLimit);
        "pgft_maj": Uint64 Dec = task(TaskField::MajorFaults);
        "pgft_min": Uint64 Dec = task(TaskField::MinorFaults);
        "vm_size": Uint32 Dec = memory(MemoryField::Size);
        "vm_rss": Uint32 Dec = memory(MemoryField::Rss);
        "vm_swap": Uint32 Dec = memory(MemoryField::Swap);
        "comm": CharBuf Na = task(TaskField::Comm);
        "cgroups": ByteBuf Na = task(TaskField::Cgroups);
        "flags": Flags32 Hex @flags(CLONE_FLAGS) = Recipe::CloneFlags(Num::Const(0x4100));
        "uid": Uint32 Dec = task(TaskField::Uid);
        "gid": Uint32 Dec = task(TaskField::Gid);
        "vtid": Pid Dec = task(TaskField::Vtid);
        "vpid": Pid Dec = task(TaskField::Vpid);
        "pidns_init_start_ts": Uint64 Dec = task(TaskField::PidnsStart);
    }
    228 CONTAINER_E "container" Enter Internal Meta [MODIFIES_STATE SKIPPARSERESET OLD_VERSION CONVERTER_MANAGED] Old {
        "id": CharBuf Na; "type": Uint32 Dec; "name": CharBuf Na; "image": CharBuf Na;
    }
    229 CONTAINER_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    230 SYSCALL_EXECVE_16_E "execve" Enter Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {}
    231 SYSCALL_EXECVE_16_X "execve" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Errno Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Uint64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "comm": CharBuf Na; "cgroups": ByteBuf Na; "env": ByteBuf Na;
    }
    232 SIGNALDELIVER_E "signaldeliver" Enter Signal Tracepoint [] Current {
        "spid": Pid Dec = arg(0);
        "dpid": Pid Dec = arg(1);
        "sig": SigType Dec = arg(2);
    }
    233 SIGNALDELIVER_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    234 PROCINFO_E "procinfo" Enter Internal Meta [SKIPPARSERESET] Current {
        "cpu_usr": Uint64 Dec;
        "cpu_sys": Uint64 Dec;
    }
    235 PROCINFO_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    236 SYSCALL_GETDENTS_E "getdents" Enter File Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Na = arg(0); }
    237 SYSCALL_GETDENTS_X "getdents" Exit File Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Na = arg(0);
    }
    238 SYSCALL_GETDENTS64_E "getdents64" Enter File Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old { "fd": Fd Na = arg(0); }
    239 SYSCALL_GETDENTS64_X "getdents64" Exit File Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Na = arg(0);
    }
    240 SYSCALL_SETNS_E "setns" Enter Process Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Na = arg(0); "nstype": Flags32 Hex @flags(CLONE_FLAGS) = bits(1, linux::CLONE);
    }
    241 SYSCALL_SETNS_X "setns" Exit Process Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Na = arg(0);
        "nstype": Flags32 Hex @flags(CLONE_FLAGS) = bits(1, linux::CLONE);
    }
    242 SYSCALL_FLOCK_E "flock" Enter File Syscall [USES_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Na = arg(0); "operation": Flags32 Hex @flags(FLOCK_FLAGS) = arg(1);
    }
    243 SYSCALL_FLOCK_X "flock" Exit File Syscall [USES_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fd": Fd Na = arg(0);
        "operation": Flags32 Hex @flags(FLOCK_FLAGS) = arg(1);
    }
    244 CPU_HOTPLUG_E "cpu_hotplug" Enter System Meta [MODIFIES_STATE SKIPPARSERESET] Current {
        "cpu": Uint32 Dec;
        "action": Uint32 Dec;
    }
    245 CPU_HOTPLUG_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    246 SOCKET_ACCEPT_5_E "accept" Enter Net Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    247 SOCKET_ACCEPT_5_X "accept" Exit Net Syscall [CREATES_FD MODIFIES_STATE] Current {
        "fd": Fd Dec = RET;
        "tuple": SockTuple Na = Recipe::Tuple { fd: Fd::Ret, flow: Flow::In, peer: Peer::None };
        "queuepct": Uint8 Dec = Recipe::Queue(Fd::Arg(0), QueueField::Percent);
        "queuelen": Uint32 Dec = Recipe::Queue(Fd::Arg(0), QueueField::Length);
        "queuemax": Uint32 Dec = Recipe::Queue(Fd::Arg(0), QueueField::Max);
    }
    248 SOCKET_ACCEPT4_5_E "accept" Enter Net Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "flags": Int32 Hex; }
    249 SOCKET_ACCEPT4_5_X "accept" Exit Net Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec; "tuple": SockTuple Na; "queuepct": Uint8 Dec; "queuelen": Uint32 Dec; "queuemax": Uint32 Dec;
    }
    250 SYSCALL_SEMOP_E "semop" Enter Process Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "semid": Int32 Dec = arg(0); }
    251 SYSCALL_SEMOP_X "semop" Exit Process Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "nsops": Uint32 Dec = arg(2);
        "sem_num_0": Uint16 Dec = field(1, 12, 0, 2);
        "sem_op_0": Int16 Dec = field(1, 12, 2, 2);
        "sem_flg_0": Flags16 Hex @flags(SEMOP_FLAGS) = Recipe::Bits(Num::Field { arg: 1, size: 12, at: 4, width: 2 }, linux::SEMOP);
        "sem_num_1": Uint16 Dec = second_semop(6);
        "sem_op_1": Int16 Dec = second_semop(8);
        "sem_flg_1": Flags16 Hex @flags(SEMOP_FLAGS) = Recipe::Bits(Num::Field { arg: 1, size: 12, at: 10, width: 2 }, linux::SEMOP);
        "semid": Int32 Dec = arg(0);
    }
    252 SYSCALL_SEMCTL_E "semctl" Enter Process Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "semid": Int32 Dec = arg(0); "semnum": Int32 Dec = arg(1); "cmd": Flags16 Hex @flags(SEMCTL_COMMANDS) = one_of(2, linux::SEMCTL); "val": Int32 Dec = arg(3);
    }
    253 SYSCALL_SEMCTL_X "semctl" Exit Process Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "semid": Int32 Dec = arg(0);
        "semnum": Int32 Dec = arg(1);
        "cmd": Flags16 Hex @flags(SEMCTL_COMMANDS) = one_of(2, linux::SEMCTL);
        "val": Int32 Dec = arg(3);
    }
    254 SYSCALL_PPOLL_E "ppoll" Enter Wait Syscall [WAITS OLD_VERSION CONVERTER_MANAGED] Old {
        "fds": FdList Dec = Recipe::PollFds(0, 1); "timeout": RelTime Dec = Recipe::Timespec(2); "sigmask": SigSet Dec = Recipe::SigSet(3);
    }
    255 SYSCALL_PPOLL_X "ppoll" Exit Wait Syscall [WAITS CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fds": FdList Dec = Recipe::PollFds(0, 1);
        "timeout": RelTime Dec = Recipe::Timespec(2);
        "sigmask": SigSet Dec = Recipe::SigSet(3);
    }
    256 SYSCALL_MOUNT_E "mount" Enter File Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "flags": Flags32 Hex @flags(MOUNT_FLAGS) = Recipe::MountFlags(3); }
    257 SYSCALL_MOUNT_X "mount" Exit File Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "dev": CharBuf Na = text(0);
        "dir": FsPath Na = text(1);
        "type": CharBuf Na = text(2);
        "flags": Flags32 Hex @flags(MOUNT_FLAGS) = Recipe::MountFlags(3);
    }
    258 SYSCALL_UMOUNT_E "umount" Enter File Syscall [MODIFIES_STATE OLD_VERSION] Old { "flags": Flags32 Hex @flags(UMOUNT_FLAGS); }
    259 SYSCALL_UMOUNT_X "umount" Exit File Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "res": Errno Dec; "name": FsPath Na; }
    260 K8S_E "k8s" Enter Internal Meta [MODIFIES_STATE SKIPPARSERESET OLD_VERSION] Old { "json": CharBuf Na; }
    261 K8S_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    262 SYSCALL_SEMGET_E "semget" Enter Process Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "key": Int32 Hex = arg(0); "nsems": Int32 Dec = arg(1); "semflg": Flags32 Hex @flags(SEMGET_FLAGS) = Recipe::SemFlags(2);
    }
    263 SYSCALL_SEMGET_X "semget" Exit Process Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "key": Int32 Hex = arg(0);
        "nsems": Int32 Dec = arg(1);
        "semflg": Flags32 Hex @flags(SEMGET_FLAGS) = Recipe::SemFlags(2);
    }
    264 SYSCALL_ACCESS_E "access" Enter File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "mode": Flags32 Hex @flags(ACCESS_FLAGS) = arg(1); }
    265 SYSCALL_ACCESS_X "access" Exit File Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "name": FsPath Na = text(0);
        "mode": Flags32 Hex @flags(ACCESS_FLAGS) = arg(1);
    }
    266 SYSCALL_CHROOT_E "chroot" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    267 SYSCALL_CHROOT_X "chroot" Exit Process Syscall [MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "path": FsPath Na = text(0);
    }
    268 TRACER_E "tracer" Enter Other Meta [OLD_VERSION] Old { "id": Int64 Dec; "tags": CharBufArray Na; "args": CharBufPairArray Na; }
    269 TRACER_X "NA" Exit Unknown Unknown [UNUSED] Unused { "id": Int64 Dec; "tags": CharBufArray Na; "args": CharBufPairArray Na; }
    270 MESOS_E "mesos" Enter Internal Meta [MODIFIES_STATE SKIPPARSERESET OLD_VERSION] Old { "json": CharBuf Na; }
    271 MESOS_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    272 CONTAINER_JSON_E "container" Enter Process Meta [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "json": CharBuf Na; }
    273 CONTAINER_JSON_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    274 SYSCALL_SETSID_E "setsid" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    275 SYSCALL_SETSID_X "setsid" Exit Process Syscall [MODIFIES_STATE] Current { "res": Pid Dec = RET; }
    276 SYSCALL_MKDIR_2_E "mkdir" Enter File Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "mode": Uint32 Hex = arg(1); }
    277 SYSCALL_MKDIR_2_X "mkdir" Exit File Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "path": FsPath Na = text(0);
        "mode": Uint32 Hex = arg(1);
    }
    278 SYSCALL_RMDIR_2_E "rmdir" Enter File Syscall [OLD_VERSION] Old {}
    279 SYSCALL_RMDIR_2_X "rmdir" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "path": FsPath Na = text(0);
    }
    280 NOTIFICATION_E "notification" Enter Other Meta [SKIPPARSERESET] Current {
        "id": CharBuf Dec;
        "desc": CharBuf Na;
    }
    281 NOTIFICATION_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    282 SYSCALL_EXECVE_17_E "execve" Enter Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {}
    283 SYSCALL_EXECVE_17_X "execve" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Errno Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Uint64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "comm": CharBuf Na; "cgroups": ByteBuf Na; "env": ByteBuf Na; "tty": Int32 Dec;
    }
    284 SYSCALL_UNSHARE_E "unshare" Enter Process Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "flags": Flags32 Hex @flags(CLONE_FLAGS) = bits(0, linux::CLONE); }
    285 SYSCALL_UNSHARE_X "unshare" Exit Process Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "flags": Flags32 Hex @flags(CLONE_FLAGS) = bits(0, linux::CLONE);
    }
    286 INFRASTRUCTURE_EVENT_E "infra" Enter Internal Meta [SKIPPARSERESET] Current {
        "source": CharBuf Dec;
        "name": CharBuf Na;
        "description": CharBuf Na;
        "scope": CharBuf Na;
    }
    287 INFRASTRUCTURE_EVENT_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    288 SYSCALL_EXECVE_18_E "execve" Enter Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "filename": FsPath Na; }
    289 SYSCALL_EXECVE_18_X "execve" Exit Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "res": Errno Dec; "exe": CharBuf Na; "args": ByteBuf Na; "tid": Pid Dec; "pid": Pid Dec; "ptid": Pid Dec; "cwd": CharBuf Na;
        "fdlimit": Uint64 Dec; "pgft_maj": Uint64 Dec; "pgft_min": Uint64 Dec; "vm_size": Uint32 Dec; "vm_rss": Uint32 Dec; "vm_swap": Uint32 Dec;
        "comm": CharBuf Na; "cgroups": ByteBuf Na; "env": ByteBuf Na; "tty": Int32 Dec;
    }
    290 PAGE_FAULT_E "page_fault" Enter Other Tracepoint [SKIPPARSERESET] Current {
        "addr": Uint64 Hex = arg(0);
        "ip": Uint64 Hex = arg(1);
        "error": Flags32 Hex @flags(PF_FLAGS) = Recipe::FaultFlags(Num::Arg(2));
    }
    291 PAGE_FAULT_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    292 SYSCALL_EXECVE_19_E "execve" Enter Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "filename": FsPath Na = text(0); }
    293 SYSCALL_EXECVE_19_X "execve" Exit Process Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "exe": CharBuf Na = task(TaskField::Exe);
        "args": ByteBuf Na = task(TaskField::Args);
        "tid": Pid Dec = task(TaskField::Tid);
        "pid": Pid Dec = task(TaskField::Pid);
        "ptid": Pid Dec = task(TaskField::Ptid);
        "cwd": CharBuf Na = task(TaskField::Cwd);
        "fdlimit": Uint64 Dec = task(TaskField::FdLimit);
        "pgft_maj": Uint64 Dec = task(TaskField::MajorFaults);
        "pgft_min": Uint64 Dec = task(TaskField::MinorFaults);
        "vm_size": Uint32 Dec = memory(MemoryField::Size);
        "vm_rss": Uint32 Dec = memory(MemoryField::Rss);
        "vm_swap": Uint32 Dec = memory(MemoryField::Swap);
        "comm": CharBuf Na = task(TaskField::Comm);
        "cgroups": ByteBuf Na = task(TaskField::Cgroups);
        "env": ByteBuf Na = task(TaskField::Env);
        "tty": Uint32 Dec = task(TaskField::Tty);
        "vpgid": Pid Dec = task(TaskField::Vpgid);
        "loginuid": Uid Dec = task(TaskField::LoginUid);
        "flags": Flags32 Hex @flags(EXECVE_FLAGS) = task(TaskField::ExeFlags);
        "cap_inheritable": Uint64 Hex = task(TaskField::CapInheritable);
        "cap_permitted": Uint64 Hex = task(TaskField::CapPermitted);
        "cap_effective": Uint64 Hex = task(TaskField::CapEffective);
        "exe_ino": Uint64 Dec = task(TaskField::ExeIno);
        "exe_ino_ctime": AbsTime Dec = task(TaskField::ExeCtime);
        "exe_ino_mtime": AbsTime Dec = task(TaskField::ExeMtime);
        "uid": Uid Dec = task(TaskField::Uid);
        "trusted_exepath": FsPath Na = task(TaskField::ExePath);
        "pgid": Pid Na = task(TaskField::Pgid);
        "gid": Gid Dec = task(TaskField::Gid);
        "filename": FsPath Na = Recipe::ExecFile(0);
    }
    294 SYSCALL_SETPGID_E "setpgid" Enter Process Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "pid": Pid Dec = arg(0); "pgid": Pid Dec = arg(1); }
    295 SYSCALL_SETPGID_X "setpgid" Exit Process Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "pid": Pid Dec = arg(0);
        "pgid": Pid Dec = arg(1);
    }
    296 SYSCALL_BPF_E "bpf" Enter Other Syscall [CREATES_FD OLD_VERSION CONVERTER_MANAGED] Old { "cmd": Int64 Dec; }
    297 SYSCALL_BPF_X "bpf" Exit Other Syscall [CREATES_FD OLD_VERSION CONVERTER_MANAGED] Old { "res_or_fd": Dyn Dec @dyn(BPF_DYNAMIC_PARAM); }
    298 SYSCALL_SECCOMP_E "seccomp" Enter Other Syscall [OLD_VERSION CONVERTER_MANAGED] Old { "op": Uint64 Dec = arg(0); "flags": Uint64 Hex = arg(1); }
    299 SYSCALL_SECCOMP_X "seccomp" Exit Other Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "op": Uint64 Dec = arg(0);
        "flags": Uint64 Hex = arg(1);
    }
    300 SYSCALL_UNLINK_2_E "unlink" Enter File Syscall [OLD_VERSION] Old {}
    301 SYSCALL_UNLINK_2_X "unlink" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "path": FsPath Na = text(0);
    }
    302 SYSCALL_UNLINKAT_2_E "unlinkat" Enter File Syscall [OLD_VERSION] Old {}
    303 SYSCALL_UNLINKAT_2_X "unlinkat" Exit File Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "dirfd": Fd Dec = arg(0);
        "name": FsRelPath Na @dirfd(1) = text(1);
        "flags": Flags32 Hex @flags(UNLINKAT_FLAGS) = arg(2);
    }
    304 SYSCALL_MKDIRAT_E "mkdirat" Enter File Syscall [OLD_VERSION] Old {}
    305 SYSCALL_MKDIRAT_X "mkdirat" Exit File Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "dirfd": Fd Dec = arg(0);
        "path": FsRelPath Na @dirfd(1) = text(1);
        "mode": Uint32 Hex = arg(2);
    }
    306 SYSCALL_OPENAT_2_E "openat" Enter File Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "dirfd": Fd Dec = arg(0);
        "name": FsRelPath Na @dirfd(0) = text(1);
        "flags": Flags32 Hex @flags(FILE_FLAGS) = open_flags(2, Fd::None);
        "mode": Uint32 Oct = open_mode(2, 3);
    }
    307 SYSCALL_OPENAT_2_X "openat" Exit File Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "fd": Fd Dec = RET;
        "dirfd": Fd Dec = arg(0);
        "name": FsRelPath Na @dirfd(1) = text(1);
        "flags": Flags32 Hex @flags(FILE_FLAGS) = open_flags(2, Fd::Ret);
        "mode": Uint32 Oct = open_mode(2, 3);
        "dev": Uint32 Hex = dev(Fd::Ret);
        "ino": Uint64 Dec = ino(Fd::Ret);
    }
    308 SYSCALL_LINK_2_E "link" Enter File Syscall [OLD_VERSION] Old {}
    309 SYSCALL_LINK_2_X "link" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "oldpath": FsPath Na = text(0);
        "newpath": FsPath Na = text(1);
    }
    310 SYSCALL_LINKAT_2_E "linkat" Enter File Syscall [OLD_VERSION] Old {}
    311 SYSCALL_LINKAT_2_X "linkat" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "olddir": Fd Dec = arg(0);
        "oldpath": FsRelPath Na @dirfd(1) = text(1);
        "newdir": Fd Dec = arg(2);
        "newpath": FsRelPath Na @dirfd(3) = text(3);
        "flags": Flags32 Hex @flags(LINKAT_FLAGS) = arg(4);
    }
    312 SYSCALL_FCHMODAT_E "fchmodat" Enter File Syscall [OLD_VERSION] Old {}
    313 SYSCALL_FCHMODAT_X "fchmodat" Exit File Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "dirfd": Fd Dec = arg(0);
        "filename": FsRelPath Na @dirfd(1) = text(1);
        "mode": Mode Oct @flags(CHMOD_MODE) = arg(2);
    }
    314 SYSCALL_CHMOD_E "chmod" Enter File Syscall [OLD_VERSION] Old {}
    315 SYSCALL_CHMOD_X "chmod" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "filename": FsPath Na = text(0);
        "mode": Mode Oct @flags(CHMOD_MODE) = arg(1);
    }
    316 SYSCALL_FCHMOD_E "fchmod" Enter File Syscall [OLD_VERSION] Old {}
    317 SYSCALL_FCHMOD_X "fchmod" Exit File Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "mode": Mode Oct @flags(CHMOD_MODE) = arg(1);
    }
    318 SYSCALL_RENAMEAT2_E "renameat2" Enter File Syscall [OLD_VERSION] Old {}
    319 SYSCALL_RENAMEAT2_X "renameat2" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "olddirfd": Fd Dec = arg(0);
        "oldpath": FsRelPath Na @dirfd(1) = text(1);
        "newdirfd": Fd Dec = arg(2);
        "newpath": FsRelPath Na @dirfd(3) = text(3);
        "flags": Flags32 Hex @flags(RENAMEAT2_FLAGS) = arg(4);
    }
    320 SYSCALL_USERFAULTFD_E "userfaultfd" Enter File Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    321 SYSCALL_USERFAULTFD_X "userfaultfd" Exit File Syscall [CREATES_FD MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "flags": Flags32 Hex @flags(FILE_FLAGS) = bits(0, linux::OPEN);
    }
    322 PLUGINEVENT_E "pluginevent" Enter Other Plugin [LARGE_PAYLOAD] Current {
        "plugin_id": Uint32 Dec;
        "event_data": ByteBuf Na;
    }
    323 PLUGINEVENT_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    324 CONTAINER_JSON_2_E "container" Enter Process Meta [MODIFIES_STATE LARGE_PAYLOAD] Current {
        "json": CharBuf Na;
    }
    325 CONTAINER_JSON_2_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    326 SYSCALL_OPENAT2_E "openat2" Enter File Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "dirfd": Fd Dec = arg(0);
        "name": FsRelPath Na @dirfd(0) = text(1);
        "flags": Flags32 Hex @flags(FILE_FLAGS) = Recipe::OpenFlags { flags: OPEN_HOW_FLAGS, fd: Fd::None };
        "mode": Uint32 Oct = OPEN_HOW_MODE;
        "resolve": Flags32 Hex @flags(OPENAT2_FLAGS) = Recipe::Bits(OPEN_HOW_RESOLVE, linux::RESOLVE);
    }
    327 SYSCALL_OPENAT2_X "openat2" Exit File Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "fd": Fd Dec = RET;
        "dirfd": Fd Dec = arg(0);
        "name": FsRelPath Na @dirfd(1) = text(1);
        "flags": Flags32 Hex @flags(FILE_FLAGS) = Recipe::OpenFlags { flags: OPEN_HOW_FLAGS, fd: Fd::Ret };
        "mode": Uint32 Oct = OPEN_HOW_MODE;
        "resolve": Flags32 Hex @flags(OPENAT2_FLAGS) = Recipe::Bits(OPEN_HOW_RESOLVE, linux::RESOLVE);
        "dev": Uint32 Hex = dev(Fd::Ret);
        "ino": Uint64 Dec = ino(Fd::Ret);
    }
    328 SYSCALL_MPROTECT_E "mprotect" Enter Memory Syscall [OLD_VERSION CONVERTER_MANAGED] Old {
        "addr": Uint64 Hex = arg(0); "length": Uint64 Dec = arg(1); "prot": Flags32 Hex @flags(PROT_FLAGS) = bits(2, linux::PROT);
    }
    329 SYSCALL_MPROTECT_X "mprotect" Exit Memory Syscall [CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "addr": Uint64 Hex = arg(0);
        "length": Uint64 Dec = arg(1);
        "prot": Flags32 Hex @flags(PROT_FLAGS) = bits(2, linux::PROT);
    }
    330 SYSCALL_EXECVEAT_E "execveat" Enter Process Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "dirfd": Fd Dec = arg(0); "pathname": FsRelPath Na @dirfd(0) = text(1); "flags": Flags32 Hex @flags(EXECVEAT_FLAGS) = bits(4, linux::EXECVEAT);
    }
    331 SYSCALL_EXECVEAT_X "execveat" Exit Process Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "exe": CharBuf Na = task(TaskField::Exe);
        "args": ByteBuf Na = task(TaskField::Args);
        "tid": Pid Dec = task(TaskField::Tid);
        "pid": Pid Dec = task(TaskField::Pid);
        "ptid": Pid Dec = task(TaskField::Ptid);
        "cwd": CharBuf Na = task(TaskField::Cwd);
        "fdlimit": Uint64 Dec = task(TaskField::FdLimit);
        "pgft_maj": Uint64 Dec = task(TaskField::MajorFaults);
        "pgft_min": Uint64 Dec = task(TaskField::MinorFaults);
        "vm_size": Uint32 Dec = memory(MemoryField::Size);
        "vm_rss": Uint32 Dec = memory(MemoryField::Rss);
        "vm_swap": Uint32 Dec = memory(MemoryField::Swap);
        "comm": CharBuf Na = task(TaskField::Comm);
        "cgroups": ByteBuf Na = task(TaskField::Cgroups);
        "env": ByteBuf Na = task(TaskField::Env);
        "tty": Uint32 Dec = task(TaskField::Tty);
        "vpgid": Pid Dec = task(TaskField::Vpgid);
        "loginuid": Uid Dec = task(TaskField::LoginUid);
        "flags": Flags32 Hex @flags(EXECVE_FLAGS) = task(TaskField::ExeFlags);
        "cap_inheritable": Uint64 Hex = task(TaskField::CapInheritable);
        "cap_permitted": Uint64 Hex = task(TaskField::CapPermitted);
        "cap_effective": Uint64 Hex = task(TaskField::CapEffective);
        "exe_ino": Uint64 Dec = task(TaskField::ExeIno);
        "exe_ino_ctime": AbsTime Dec = task(TaskField::ExeCtime);
        "exe_ino_mtime": AbsTime Dec = task(TaskField::ExeMtime);
        "uid": Uid Dec = task(TaskField::Uid);
        "trusted_exepath": FsPath Na = task(TaskField::ExePath);
        "pgid": Pid Na = task(TaskField::Pgid);
        "gid": Gid Dec = task(TaskField::Gid);
    }
    332 SYSCALL_COPY_FILE_RANGE_E "copy_file_range" Enter File Syscall [USES_FD READS_FROM_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] Old {
        "fdin": Fd Dec = arg(0); "offin": Uint64 Dec = field(1, 8, 0, 8); "len": Uint64 Dec = arg(4);
    }
    333 SYSCALL_COPY_FILE_RANGE_X "copy_file_range" Exit File Syscall [USES_FD READS_FROM_FD WRITES_TO_FD CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "fdout": Fd Dec = arg(2);
        "offout": Uint64 Dec = field(3, 8, 0, 8);
        "fdin": Fd Dec = arg(0);
        "offin": Uint64 Dec = field(1, 8, 0, 8);
        "len": Uint64 Dec = arg(4);
    }
    334 SYSCALL_CLONE3_E "clone3" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    335 SYSCALL_CLONE3_X "clone3" Exit Process Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Pid Dec = RET;
        "exe": CharBuf Na = task(TaskField::Exe);
        "args": ByteBuf Na = task(TaskField::Args);
        "tid": Pid Dec = task(TaskField::Tid);
        "pid": Pid Dec = task(TaskField::Pid);
        "ptid": Pid Dec = task(TaskField::Ptid);
        "cwd": CharBuf Na = task(TaskField::Cwd);
        "fdlimit": Int64 Dec = task(TaskField::FdLimit);
        "pgft_maj": Uint64 Dec = task(TaskField::MajorFaults);
        "pgft_min": Uint64 Dec = task(TaskField::MinorFaults);
        "vm_size": Uint32 Dec = memory(MemoryField::Size);
        "vm_rss": Uint32 Dec = memory(MemoryField::Rss);
        "vm_swap": Uint32 Dec = memory(MemoryField::Swap);
        "comm": CharBuf Na = task(TaskField::Comm);
        "cgroups": ByteBuf Na = task(TaskField::Cgroups);
        "flags": Flags32 Hex @flags(CLONE_FLAGS) = Recipe::CloneFlags(Num::Field { arg: 0, size: 8, at: 0, width: 8 });
        "uid": Uint32 Dec = task(TaskField::Uid);
        "gid": Uint32 Dec = task(TaskField::Gid);
        "vtid": Pid Dec = task(TaskField::Vtid);
        "vpid": Pid Dec = task(TaskField::Vpid);
        "pidns_init_start_ts": Uint64 Dec = task(TaskField::PidnsStart);
    }
    336 SYSCALL_OPEN_BY_HANDLE_AT_E "open_by_handle_at" Enter File Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    337 SYSCALL_OPEN_BY_HANDLE_AT_X "open_by_handle_at" Exit File Syscall [CREATES_FD MODIFIES_STATE] Current {
        "fd": Fd Dec = RET;
        "mountfd": Fd Dec = arg(0);
        "flags": Flags32 Hex @flags(FILE_FLAGS) = open_flags(2, Fd::Ret);
        "path": FsPath Na = Recipe::FilePath(Fd::Ret);
        "dev": Uint32 Hex = dev(Fd::Ret);
        "ino": Uint64 Dec = ino(Fd::Ret);
    }
    338 SYSCALL_IO_URING_SETUP_E "io_uring_setup" Enter IoOther Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    339 SYSCALL_IO_URING_SETUP_X "io_uring_setup" Exit IoOther Syscall [CREATES_FD MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "entries": Uint32 Dec = arg(0);
        "sq_entries": Uint32 Dec = out(1, 24, 0, 4);
        "cq_entries": Uint32 Dec = out(1, 24, 4, 4);
        "flags": Flags32 Hex @flags(IO_URING_SETUP_FLAGS) = Recipe::Bits(Num::Field { arg: 1, size: 24, at: 8, width: 4 }, linux::IO_URING_SETUP);
        "sq_thread_cpu": Uint32 Dec = field(1, 24, 12, 4);
        "sq_thread_idle": Uint32 Dec = field(1, 24, 16, 4);
        "features": Flags32 Hex @flags(IO_URING_SETUP_FEATS) = out(1, 24, 20, 4);
    }
    340 SYSCALL_IO_URING_ENTER_E "io_uring_enter" Enter IoOther Syscall [OLD_VERSION] Old {}
    341 SYSCALL_IO_URING_ENTER_X "io_uring_enter" Exit IoOther Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "to_submit": Uint32 Dec = arg(1);
        "min_complete": Uint32 Dec = arg(2);
        "flags": Flags32 Hex @flags(IO_URING_ENTER_FLAGS) = arg(3);
        "sig": SigSet Dec = Recipe::SigSet(4);
    }
    342 SYSCALL_IO_URING_REGISTER_E "io_uring_register" Enter IoOther Syscall [OLD_VERSION] Old {}
    343 SYSCALL_IO_URING_REGISTER_X "io_uring_register" Exit IoOther Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "opcode": EnumFlags16 Dec @flags(IO_URING_REGISTER_OPCODES) = arg(1);
        "arg": Uint64 Hex = arg(2);
        "nr_args": Uint32 Dec = arg(3);
    }
    344 SYSCALL_MLOCK_E "mlock" Enter Memory Syscall [OLD_VERSION] Old {}
    345 SYSCALL_MLOCK_X "mlock" Exit Memory Syscall [] Current {
        "res": Errno Dec = RET;
        "addr": Uint64 Hex = arg(0);
        "len": Uint64 Dec = arg(1);
    }
    346 SYSCALL_MUNLOCK_E "munlock" Enter Memory Syscall [OLD_VERSION] Old {}
    347 SYSCALL_MUNLOCK_X "munlock" Exit Memory Syscall [] Current {
        "res": Errno Dec = RET;
        "addr": Uint64 Hex = arg(0);
        "len": Uint64 Dec = arg(1);
    }
    348 SYSCALL_MLOCKALL_E "mlockall" Enter Memory Syscall [OLD_VERSION] Old {}
    349 SYSCALL_MLOCKALL_X "mlockall" Exit Memory Syscall [] Current {
        "res": Errno Dec = RET;
        "flags": Flags32 Hex @flags(MLOCKALL_FLAGS) = arg(0);
    }
    350 SYSCALL_MUNLOCKALL_E "munlockall" Enter Memory Syscall [OLD_VERSION] Old {}
    351 SYSCALL_MUNLOCKALL_X "munlockall" Exit Memory Syscall [] Current { "res": Errno Dec = RET; }
    352 SYSCALL_CAPSET_E "capset" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    353 SYSCALL_CAPSET_X "capset" Exit Process Syscall [MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "cap_inheritable": Uint64 Hex = task(TaskField::CapInheritable);
        "cap_permitted": Uint64 Hex = task(TaskField::CapPermitted);
        "cap_effective": Uint64 Hex = task(TaskField::CapEffective);
    }
    354 USER_ADDED_E "useradded" Enter Process Meta [MODIFIES_STATE] Current {
        "uid": Uint32 Dec;
        "gid": Uint32 Dec;
        "name": CharBuf Na;
        "home": CharBuf Na;
        "shell": CharBuf Na;
        "container_id": CharBuf Na;
    }
    355 USER_ADDED_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    356 USER_DELETED_E "userdeleted" Enter Process Meta [MODIFIES_STATE] Current {
        "uid": Uint32 Dec;
        "gid": Uint32 Dec;
        "name": CharBuf Na;
        "home": CharBuf Na;
        "shell": CharBuf Na;
        "container_id": CharBuf Na;
    }
    357 USER_DELETED_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    358 GROUP_ADDED_E "groupadded" Enter Process Meta [MODIFIES_STATE] Current {
        "gid": Uint32 Dec;
        "name": CharBuf Na;
        "container_id": CharBuf Na;
    }
    359 GROUP_ADDED_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    360 GROUP_DELETED_E "groupdeleted" Enter Process Meta [MODIFIES_STATE] Current {
        "gid": Uint32 Dec;
        "name": CharBuf Na;
        "container_id": CharBuf Na;
    }
    361 GROUP_DELETED_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    362 SYSCALL_DUP2_E "dup2" Enter IoOther Syscall [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION] Old { "fd": Fd Dec = arg(0); }
    363 SYSCALL_DUP2_X "dup2" Exit IoOther Syscall [CREATES_FD USES_FD MODIFIES_STATE] Current {
        "res": Fd Dec = RET;
        "oldfd": Fd Dec = arg(0);
        "newfd": Fd Dec = arg(1);
    }
    364 SYSCALL_DUP3_E "dup3" Enter IoOther Syscall [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION] Old { "fd": Fd Dec = arg(0); }
    365 SYSCALL_DUP3_X "dup3" Exit IoOther Syscall [CREATES_FD USES_FD MODIFIES_STATE] Current {
        "res": Fd Dec = RET;
        "oldfd": Fd Dec = arg(0);
        "newfd": Fd Dec = arg(1);
        "flags": Flags32 Hex @flags(FILE_FLAGS) = bits(2, linux::OPEN);
    }
    366 SYSCALL_DUP_1_E "dup" Enter IoOther Syscall [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION] Old { "fd": Fd Dec = arg(0); }
    367 SYSCALL_DUP_1_X "dup" Exit IoOther Syscall [CREATES_FD USES_FD MODIFIES_STATE] Current {
        "res": Fd Dec = RET;
        "oldfd": Fd Dec = arg(0);
    }
    368 SYSCALL_BPF_2_E "bpf" Enter Other Syscall [CREATES_FD OLD_VERSION] Old { "cmd": Int64 Dec = arg(0); }
    369 SYSCALL_BPF_2_X "bpf" Exit Other Syscall [CREATES_FD] Current {
        "fd": Fd Dec = RET;
        "cmd": EnumFlags32 Dec @flags(BPF_COMMANDS) = arg(0);
    }
    370 SYSCALL_MLOCK2_E "mlock2" Enter Memory Syscall [OLD_VERSION] Old {}
    371 SYSCALL_MLOCK2_X "mlock2" Exit Memory Syscall [] Current {
        "res": Errno Dec = RET;
        "addr": Uint64 Hex = arg(0);
        "len": Uint64 Dec = arg(1);
        "flags": Flags32 Hex @flags(MLOCK2_FLAGS) = arg(2);
    }
    372 SYSCALL_FSCONFIG_E "fsconfig" Enter System Syscall [OLD_VERSION] Old {}
    373 SYSCALL_FSCONFIG_X "fsconfig" Exit System Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "cmd": EnumFlags32 Dec @flags(FSCONFIG_CMDS) = arg(1);
        "key": CharBuf Na = text(2);
        "value_bytebuf": ByteBuf Na = Recipe::DataIf { arg: 3, length: 4, selector: 1, values: &[2] };
        "value_charbuf": CharBuf Na = Recipe::TextIf { arg: 3, selector: 1, values: &[1, 3, 4] };
        "aux": Int32 Dec = arg(4);
    }
    374 SYSCALL_EPOLL_CREATE_E "epoll_create" Enter Wait Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "size": Int32 Dec = arg(0); }
    375 SYSCALL_EPOLL_CREATE_X "epoll_create" Exit Wait Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "size": Int32 Dec = arg(0);
    }
    376 SYSCALL_EPOLL_CREATE1_E "epoll_create1" Enter Wait Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "flags": Flags32 Hex @flags(EPOLL_CREATE1_FLAGS) = bits(0, linux::EPOLL);
    }
    377 SYSCALL_EPOLL_CREATE1_X "epoll_create1" Exit Wait Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "flags": Flags32 Hex @flags(EPOLL_CREATE1_FLAGS) = bits(0, linux::EPOLL);
    }
    378 SYSCALL_CHOWN_E "chown" Enter File Syscall [OLD_VERSION] Old {}
    379 SYSCALL_CHOWN_X "chown" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "path": FsPath Na = text(0);
        "uid": Uint32 Dec = arg(1);
        "gid": Uint32 Dec = arg(2);
    }
    380 SYSCALL_LCHOWN_E "lchown" Enter File Syscall [OLD_VERSION] Old {}
    381 SYSCALL_LCHOWN_X "lchown" Exit File Syscall [] Current {
        "res": Errno Dec = RET;
        "path": FsPath Na = text(0);
        "uid": Uint32 Dec = arg(1);
        "gid": Uint32 Dec = arg(2);
    }
    382 SYSCALL_FCHOWN_E "fchown" Enter File Syscall [OLD_VERSION] Old {}
    383 SYSCALL_FCHOWN_X "fchown" Exit File Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "uid": Uint32 Dec = arg(1);
        "gid": Uint32 Dec = arg(2);
    }
    384 SYSCALL_FCHOWNAT_E "fchownat" Enter File Syscall [OLD_VERSION] Old {}
    385 SYSCALL_FCHOWNAT_X "fchownat" Exit File Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "dirfd": Fd Dec = arg(0);
        "pathname": FsRelPath Na @dirfd(1) = text(1);
        "uid": Uint32 Dec = arg(2);
        "gid": Uint32 Dec = arg(3);
        "flags": Flags32 Hex @flags(FCHOWNAT_FLAGS) = bits(4, linux::FCHOWNAT);
    }
    386 SYSCALL_UMOUNT_1_E "umount" Enter File Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    387 SYSCALL_UMOUNT_1_X "umount" Exit File Syscall [MODIFIES_STATE] Current {
        "res": Errno Dec;
        "name": FsPath Na;
    }
    388 SOCKET_ACCEPT4_6_E "accept4" Enter Net Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "flags": Int32 Hex = bits(3, linux::OPEN); }
    389 SOCKET_ACCEPT4_6_X "accept4" Exit Net Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "fd": Fd Dec = RET;
        "tuple": SockTuple Na = Recipe::Tuple { fd: Fd::Ret, flow: Flow::In, peer: Peer::None };
        "queuepct": Uint8 Dec = Recipe::Queue(Fd::Arg(0), QueueField::Percent);
        "queuelen": Uint32 Dec = Recipe::Queue(Fd::Arg(0), QueueField::Length);
        "queuemax": Uint32 Dec = Recipe::Queue(Fd::Arg(0), QueueField::Max);
        "flags": Int32 Hex = bits(3, linux::OPEN);
    }
    390 SYSCALL_UMOUNT2_E "umount2" Enter File Syscall [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "flags": Flags32 Hex @flags(UMOUNT_FLAGS) = arg(1);
    }
    391 SYSCALL_UMOUNT2_X "umount2" Exit File Syscall [MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Errno Dec = RET;
        "name": FsPath Na = text(0);
        "flags": Flags32 Hex @flags(UMOUNT_FLAGS) = arg(1);
    }
    392 SYSCALL_PIPE2_E "pipe2" Enter Ipc Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    393 SYSCALL_PIPE2_X "pipe2" Exit Ipc Syscall [CREATES_FD MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "fd1": Fd Dec = out(0, 8, 0, 4);
        "fd2": Fd Dec = out(0, 8, 4, 4);
        "ino": Uint64 Dec = ino(Fd::First(0));
        "flags": Flags32 Hex @flags(FILE_FLAGS) = bits(1, linux::OPEN);
    }
    394 SYSCALL_INOTIFY_INIT1_E "inotify_init1" Enter Ipc Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    395 SYSCALL_INOTIFY_INIT1_X "inotify_init1" Exit Ipc Syscall [CREATES_FD MODIFIES_STATE] Current {
        "res": Fd Dec = RET;
        "flags": Flags16 Hex @flags(FILE_FLAGS) = bits(0, linux::OPEN);
    }
    396 SYSCALL_EVENTFD2_E "eventfd2" Enter Ipc Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old { "initval": Uint64 Dec = arg(0); }
    397 SYSCALL_EVENTFD2_X "eventfd2" Exit Ipc Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Fd Dec = RET;
        "flags": Flags16 Hex @flags(FILE_FLAGS) = bits(1, linux::OPEN);
        "initval": Uint64 Dec = arg(0);
    }
    398 SYSCALL_SIGNALFD4_E "signalfd4" Enter Signal Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] Old {
        "fd": Fd Dec = arg(0); "mask": Uint32 Hex = Recipe::SigSet(1);
    }
    399 SYSCALL_SIGNALFD4_X "signalfd4" Exit Signal Syscall [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] Current {
        "res": Fd Dec = RET;
        "flags": Flags16 Hex @flags(FILE_FLAGS) = bits(3, linux::OPEN);
        "fd": Fd Dec = arg(0);
        "mask": Uint32 Hex = Recipe::SigSet(1);
    }
    400 SYSCALL_PRCTL_E "prctl" Enter Process Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    401 SYSCALL_PRCTL_X "prctl" Exit Process Syscall [MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "option": EnumFlags32 Dec @flags(PRCTL_OPTIONS) = arg(0);
        "arg2_str": CharBuf Na = Recipe::TextIf { arg: 1, selector: 0, values: PRCTL_TEXT };
        "arg2_int": Int64 Dec = Recipe::PrctlNumber;
    }
    402 ASYNCEVENT_E "asyncevent" Enter Other Meta [LARGE_PAYLOAD] Current {
        "plugin_id": Uint32 Dec;
        "name": CharBuf Na;
        "data": ByteBuf Na;
    }
    403 ASYNCEVENT_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    404 SYSCALL_MEMFD_CREATE_E "memfd_create" Enter Memory Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    405 SYSCALL_MEMFD_CREATE_X "memfd_create" Exit Memory Syscall [CREATES_FD MODIFIES_STATE] Current {
        "fd": Fd Dec = RET;
        "name": CharBuf Na = text(0);
        "flags": Flags32 Hex @flags(MEMFD_CREATE_FLAGS) = arg(1);
    }
    406 SYSCALL_PIDFD_GETFD_E "pidfd_getfd" Enter Process Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    407 SYSCALL_PIDFD_GETFD_X "pidfd_getfd" Exit Process Syscall [CREATES_FD MODIFIES_STATE] Current {
        "fd": Fd Dec = RET;
        "pid_fd": Fd Dec = arg(0);
        "target_fd": Fd Dec = arg(1);
        "flags": Uint32 Hex = arg(2);
    }
    408 SYSCALL_PIDFD_OPEN_E "pidfd_open" Enter Process Syscall [CREATES_FD MODIFIES_STATE OLD_VERSION] Old {}
    409 SYSCALL_PIDFD_OPEN_X "pidfd_open" Exit Process Syscall [CREATES_FD MODIFIES_STATE] Current {
        "fd": Fd Dec = RET;
        "pid": Pid Dec = arg(0);
        "flags": Flags32 Hex @flags(PIDFD_OPEN_FLAGS) = bits(1, linux::PIDFD);
    }
    410 SYSCALL_INIT_MODULE_E "init_module" Enter Other Syscall [OLD_VERSION] Old {}
    411 SYSCALL_INIT_MODULE_X "init_module" Exit Other Syscall [] Current {
        "res": Errno Dec = RET;
        "img": ByteBuf Na = Recipe::Data(0, Length::Arg(1));
        "length": Uint64 Dec = arg(1);
        "uargs": CharBuf Na = text(2);
    }
    412 SYSCALL_FINIT_MODULE_E "finit_module" Enter Other Syscall [OLD_VERSION] Old {}
    413 SYSCALL_FINIT_MODULE_X "finit_module" Exit Other Syscall [USES_FD READS_FROM_FD] Current {
        "res": Errno Dec = RET;
        "fd": Fd Dec = arg(0);
        "uargs": CharBuf Na = text(1);
        "flags": Flags32 Hex @flags(FINIT_MODULE_FLAGS) = arg(2);
    }
    414 SYSCALL_MKNOD_E "mknod" Enter Other Syscall [OLD_VERSION] Old {}
    415 SYSCALL_MKNOD_X "mknod" Exit Other Syscall [] Current {
        "res": Errno Dec = RET;
        "path": FsPath Na = text(0);
        "mode": Mode Oct @flags(MKNOD_MODE) = arg(1);
        "dev": Uint32 Dec = arg(2);
    }
    416 SYSCALL_MKNODAT_E "mknodat" Enter Other Syscall [OLD_VERSION] Old {}
    417 SYSCALL_MKNODAT_X "mknodat" Exit Other Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "dirfd": Fd Dec = arg(0);
        "path": FsRelPath Na @dirfd(1) = text(1);
        "mode": Mode Oct @flags(MKNOD_MODE) = arg(2);
        "dev": Uint32 Dec = arg(3);
    }
    418 SYSCALL_NEWFSTATAT_E "newfstatat" Enter File Syscall [OLD_VERSION] Old {}
    419 SYSCALL_NEWFSTATAT_X "newfstatat" Exit File Syscall [USES_FD] Current {
        "res": Errno Dec = RET;
        "dirfd": Fd Dec = arg(0);
        "path": FsRelPath Na @dirfd(1) = text(1);
        "flags": Flags32 Hex @flags(NEWFSTATAT_FLAGS) = arg(3);
    }
    420 SYSCALL_PROCESS_VM_READV_E "process_vm_readv" Enter Ipc Syscall [OLD_VERSION] Old {}
    421 SYSCALL_PROCESS_VM_READV_X "process_vm_readv" Exit Ipc Syscall [] Current {
        "res": Int64 Dec = RET;
        "pid": Pid Dec = arg(0);
        "data": ByteBuf Na = Recipe::VectorData(1, 2);
    }
    422 SYSCALL_PROCESS_VM_WRITEV_E "process_vm_writev" Enter Ipc Syscall [OLD_VERSION] Old {}
    423 SYSCALL_PROCESS_VM_WRITEV_X "process_vm_writev" Exit Ipc Syscall [] Current {
        "res": Int64 Dec = RET;
        "pid": Pid Dec = arg(0);
        "data": ByteBuf Na = Recipe::VectorData(1, 2);
    }
    424 SYSCALL_DELETE_MODULE_E "delete_module" Enter Other Syscall [OLD_VERSION] Old {}
    425 SYSCALL_DELETE_MODULE_X "delete_module" Exit Other Syscall [] Current {
        "res": Errno Dec = RET;
        "name": CharBuf Na = text(0);
        "flags": Flags32 Hex @flags(DELETE_MODULE_FLAGS) = bits(1, linux::DELETE_MODULE);
    }
    426 SYSCALL_SETREUID_E "setreuid" Enter User Syscall [MODIFIES_STATE OLD_VERSION] Old {}
    427 SYSCALL_SETREUID_X "setreuid" Exit User Syscall [MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "ruid": Uid Dec = arg(0);
        "euid": Uid Dec = arg(1);
    }
    428 SYSCALL_SETREGID_E "setregid" Enter User Syscall [OLD_VERSION] Old {}
    429 SYSCALL_SETREGID_X "setregid" Exit User Syscall [MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "rgid": Uid Dec = arg(0);
        "egid": Uid Dec = arg(1);
    }
    430 ITER_TASK_E "task" Enter Process Iter [MODIFIES_STATE] Current {
        "ppid": Pid32 Dec;
        "pgid": Pid32 Dec;
        "vpgid": Pid32 Dec;
        "sid": Pid32 Dec;
        "comm": CharBuf Na;
        "argv": CharBufArray Na;
        "exepath": FsPath Na;
        "flags": Flags32 Hex @flags(EXECVE_FLAGS);
        "env": CharBufArray Na;
        "cwd": CharBuf Na;
        "fdlimit": Uint64 Dec;
        "euid": Uid Dec;
        "egid": Gid Dec;
        "cap_permitted": Uint64 Hex;
        "cap_effective": Uint64 Hex;
        "cap_inheritable": Uint64 Hex;
        "exe_ino_num": Uint64 Dec;
        "exe_ino_ctime": AbsTime Dec;
        "exe_ino_mtime": AbsTime Dec;
        "vm_size": Uint32 Dec;
        "vm_rss": Uint32 Dec;
        "vm_swap": Uint32 Dec;
        "pgft_maj": Uint64 Dec;
        "pgft_min": Uint64 Dec;
        "vtgid": Pid32 Dec;
        "vpid": Pid32 Dec;
        "pidns_init_start_ts": Uint64 Dec;
        "cgroups": CharBufArray Na;
        "root": FsPath Na;
        "start_time": AbsTime Dec;
        "tty": Uint32 Dec;
        "loginuid": Uid Dec;
    }
    431 ITER_TASK_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    432 ITER_TASK_FILE_PIPE_E "task_file_pipe" Enter File Iter [MODIFIES_STATE] Current {
        "fd": Fd32 Dec;
        "path": FsPath Na;
        "ino_num": Uint64 Dec;
    }
    433 ITER_TASK_FILE_PIPE_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    434 ITER_TASK_FILE_MEMFD_E "task_file_memfd" Enter File Iter [MODIFIES_STATE] Current {
        "fd": Fd32 Dec;
        "path": FsPath Na;
        "ino_num": Uint64 Dec;
    }
    435 ITER_TASK_FILE_MEMFD_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    436 ITER_TASK_FILE_REGULAR_E "task_file_regular" Enter File Iter [MODIFIES_STATE] Current {
        "fd": Fd32 Dec;
        "path": FsPath Na;
        "flags": Flags32 Hex @flags(FILE_FLAGS);
        "mnt_id": Uint32 Dec;
        "ino_num": Uint64 Dec;
    }
    437 ITER_TASK_FILE_REGULAR_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    438 ITER_TASK_FILE_DIRECTORY_E "task_file_directory" Enter File Iter [MODIFIES_STATE] Current {
        "fd": Fd32 Dec;
        "path": FsPath Na;
        "ino_num": Uint64 Dec;
    }
    439 ITER_TASK_FILE_DIRECTORY_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    440 ITER_TASK_FILE_SOCKET_INET_E "task_file_socket_inet" Enter File Iter [MODIFIES_STATE] Current {
        "fd": Fd32 Dec;
        "sk_type": Uint16 Dec;
        "sk_proto": Uint16 Dec;
        "local_ip": Ipv4Addr Hex;
        "local_port": Port Hex;
        "remote_ip": Ipv4Addr Hex;
        "remote_port": Port Hex;
        "ino_num": Uint64 Dec;
    }
    441 ITER_TASK_FILE_SOCKET_INET_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    442 ITER_TASK_FILE_SOCKET_INET6_E "task_file_socket_inet6" Enter File Iter [MODIFIES_STATE] Current {
        "fd": Fd32 Dec;
        "sk_type": Uint16 Dec;
        "sk_proto": Uint16 Dec;
        "local_ip": Ipv6Addr Hex;
        "local_port": Port Hex;
        "remote_ip": Ipv6Addr Hex;
        "remote_port": Port Hex;
        "ino_num": Uint64 Dec;
    }
    443 ITER_TASK_FILE_SOCKET_INET6_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    444 ITER_TASK_FILE_SOCKET_UNIX_E "task_file_socket_unix" Enter File Iter [MODIFIES_STATE] Current {
        "fd": Fd32 Dec;
        "sk_type": Uint16 Dec;
        "sk_proto": Uint16 Dec;
        "sk_pointer": Uint64 Na;
        "sun_path": FsPath Na;
        "ino_num": Uint64 Dec;
    }
    445 ITER_TASK_FILE_SOCKET_UNIX_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    446 ITER_TASK_FILE_SOCKET_NETLINK_E "task_file_socket_netlink" Enter File Iter [MODIFIES_STATE] Current {
        "fd": Fd32 Dec;
        "sk_type": Uint16 Dec;
        "sk_proto": Uint16 Dec;
        "ino_num": Uint64 Dec;
    }
    447 ITER_TASK_FILE_SOCKET_NETLINK_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    448 ITER_TASK_FILE_ANON_INODE_E "task_file_anon_inode" Enter File Iter [MODIFIES_STATE] Current {
        "fd": Fd32 Dec;
        "fd_type": Flags8 Dec @flags(ANON_INODE_FD_TYPES);
        "path": FsPath Na;
        "ino_num": Uint64 Dec;
    }
    449 ITER_TASK_FILE_ANON_INODE_X "NA" Exit Unknown Unknown [UNUSED] Unused {}
    450 SYSCALL_CLOSE_RANGE_E "NA" Enter Unknown Unknown [UNUSED] Unused {}
    451 SYSCALL_CLOSE_RANGE_X "close_range" Exit IoOther Syscall [MODIFIES_STATE] Current {
        "res": Errno Dec = RET;
        "first": Uint32 Dec = arg(0);
        "last": Uint32 Dec = arg(1);
        "flags": Flags32 Hex @flags(CLOSE_RANGE_FLAGS) = arg(2);
    }
    452 SYSCALL_KEYCTL_E "NA" Enter Unknown Unknown [UNUSED] Unused {}
    453 SYSCALL_KEYCTL_X "keyctl" Exit Other Syscall [] Current {
        "res": Errno Dec = RET;
        "operation": EnumFlags32 Dec @flags(KEYCTL_OPERATIONS) = arg(0);
        "arg2": Dyn Dec @dyn(KEYCTL_DYNAMIC_PARAM) = Recipe::TextVariant(1, KEYCTL_TEXT_2);
        "arg3": Dyn Dec @dyn(KEYCTL_DYNAMIC_PARAM) = Recipe::TextVariant(2, KEYCTL_TEXT_3);
        "arg4": Dyn Dec @dyn(KEYCTL_DYNAMIC_PARAM) = Recipe::TextVariant(3, KEYCTL_TEXT_4);
        "arg5": Dyn Dec @dyn(KEYCTL_DYNAMIC_PARAM) = Recipe::Variant(0, Num::Arg(4));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_a_row_is_its_number() {
        assert_eq!(EVENTS.len(), 454);
        for (i, row) in EVENTS.iter().enumerate() {
            assert_eq!(usize::from(row.id), i);
            assert_eq!(row.dir == Dir::Enter, i % 2 == 0, "{}", row.key);
            assert!(row.params.len() <= 32, "{}", row.key);
            for p in row.params {
                if let Extra::Dirfd(of) = p.extra {
                    assert_eq!(row.params[usize::from(of)].kind, ParamType::Fd, "{} {}", row.key, p.name);
                }
            }
        }
    }
}
