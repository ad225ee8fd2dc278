//! The vocabulary of the event table.

/// Enter or exit half of a call. One-sided events count as enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dir {
    /// `>`
    Enter,
    /// `<`
    Exit,
}

/// What produces events of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A reserved number.
    Unknown,
    /// A system call.
    Syscall,
    /// A kernel tracepoint.
    Tracepoint,
    /// The capturing tool itself.
    Meta,
    /// A plugin of another tool.
    Plugin,
    /// Start-up iterators of another tool; not found in files.
    Iter,
}

/// Whether current tools write the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Yes.
    Current,
    /// Only found in captures with enter events or in old ones.
    Old,
    /// Reserved, never written.
    Unused,
}

/// What an event is about. I/O on a descriptor is resolved further by the kind of the descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Category {
    Unknown,
    Other,
    File,
    Net,
    Ipc,
    Memory,
    Process,
    Sleep,
    System,
    Signal,
    User,
    Time,
    Io,
    IoRead,
    IoWrite,
    IoOther,
    Wait,
    Scheduler,
    Internal,
}

impl Category {
    /// The name in `evt.category`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Other => "other",
            Self::File => "file",
            Self::Net => "net",
            Self::Ipc => "ipc",
            Self::Memory => "memory",
            Self::Process => "process",
            Self::Sleep => "sleep",
            Self::System => "system",
            Self::Signal => "signal",
            Self::User => "user",
            Self::Time => "time",
            Self::Io => "io",
            Self::IoRead => "io-read",
            Self::IoWrite => "io-write",
            Self::IoOther => "io-other",
            Self::Wait => "wait",
            Self::Scheduler => "scheduler",
            Self::Internal => "internal",
        }
    }
}

/// Properties of an event type, a bit set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// The call makes a descriptor.
    pub const CREATES_FD: Self = Self(1);
    /// The call closes a descriptor.
    pub const DESTROYS_FD: Self = Self(1 << 1);
    /// The call works on a descriptor (its first PT_FD parameter).
    pub const USES_FD: Self = Self(1 << 2);
    /// The call reads from its descriptor.
    pub const READS_FROM_FD: Self = Self(1 << 3);
    /// The call writes to its descriptor.
    pub const WRITES_TO_FD: Self = Self(1 << 4);
    /// The event changes the state of the machine model.
    pub const MODIFIES_STATE: Self = Self(1 << 5);
    /// Reserved number.
    pub const UNUSED: Self = Self(1 << 6);
    /// The call blocks by its nature.
    pub const WAITS: Self = Self(1 << 7);
    /// The event does not end an open enter event of its thread.
    pub const SKIPPARSERESET: Self = Self(1 << 8);
    /// Only found in old captures or in captures with enter events.
    pub const OLD_VERSION: Self = Self(1 << 9);
    /// Parameter lengths are 32 bits wide.
    pub const LARGE_PAYLOAD: Self = Self(1 << 11);
    /// Pairs of this type are joined by rules (see the conversions table).
    pub const CONVERTER_MANAGED: Self = Self(1 << 12);

    /// True when all bits of `other` are set.
    #[inline]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How a number is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParamFormat {
    /// Not a number.
    Na,
    /// Decimal.
    Dec,
    /// Upper-case hexadecimal without prefix.
    Hex,
    /// Octal with a leading 0.
    Oct,
}

/// Type of a parameter: layout on disk and meaning. Numbers are those of the scap format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names say it; types.tsv-style details are with the decoder")]
pub enum ParamType {
    None = 0,
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    Uint8 = 5,
    Uint16 = 6,
    Uint32 = 7,
    Uint64 = 8,
    CharBuf = 9,
    ByteBuf = 10,
    Errno = 11,
    SockAddr = 12,
    SockTuple = 13,
    Fd = 14,
    Pid = 15,
    FdList = 16,
    FsPath = 17,
    SyscallId = 18,
    SigType = 19,
    RelTime = 20,
    AbsTime = 21,
    Port = 22,
    L4Proto = 23,
    SockFamily = 24,
    Bool = 25,
    Ipv4Addr = 26,
    Dyn = 27,
    Flags8 = 28,
    Flags16 = 29,
    Flags32 = 30,
    Uid = 31,
    Gid = 32,
    Double = 33,
    SigSet = 34,
    CharBufArray = 35,
    CharBufPairArray = 36,
    Ipv4Net = 37,
    Ipv6Addr = 38,
    Ipv6Net = 39,
    IpAddr = 40,
    IpNet = 41,
    Mode = 42,
    FsRelPath = 43,
    EnumFlags8 = 44,
    EnumFlags16 = 45,
    EnumFlags32 = 46,
    Fd32 = 47,
    Pid32 = 48,
}

impl ParamType {
    /// Width in bytes of a number of this type; `None` for types of variable length.
    pub const fn width(self) -> Option<usize> {
        Some(match self {
            Self::Int8 | Self::Uint8 | Self::SigType | Self::Flags8 | Self::EnumFlags8 | Self::L4Proto => 1,
            Self::SockFamily => 1,
            Self::Int16 | Self::Uint16 | Self::SyscallId | Self::Port | Self::Flags16 | Self::EnumFlags16 => {
                2
            }
            Self::Int32 | Self::Uint32 | Self::Bool | Self::Flags32 | Self::EnumFlags32 | Self::Mode => 4,
            Self::Uid | Self::Gid | Self::SigSet | Self::Fd32 | Self::Pid32 | Self::Ipv4Addr => 4,
            Self::Int64 | Self::Uint64 | Self::Errno | Self::Fd | Self::Pid | Self::RelTime => 8,
            Self::AbsTime | Self::Double => 8,
            Self::Ipv6Addr => 16,
            _ => return None,
        })
    }
}

/// How the names of a table combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagTableKind {
    /// Bits; see the printing rules of flag types.
    Bitmask,
    /// One value, one or more names.
    Enum,
    /// File mode bits.
    Mode,
}

/// Names of the values or bits of a parameter, in the order they are printed.
#[derive(Debug, PartialEq, Eq)]
pub struct FlagTable {
    /// Name of the table.
    pub name: &'static str,
    /// How its entries combine.
    pub kind: FlagTableKind,
    /// Name and value of each entry.
    pub entries: &'static [(&'static str, u32)],
}

/// Variants of a dynamic parameter: the first byte of the value is an index into this list.
pub type DynTable = &'static [(ParamType, ParamFormat)];
