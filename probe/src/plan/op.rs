//! How parameters are made from records.

use cscope_capture::table::recipe::{FileField, Flow, MemoryField, QueueField, QuotaField, TaskField};

use super::Translation;

/// A number of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Const(i64),
    Ret,
    Done,
    Arg(u8),
    Field { slot: u8, at: u16, width: u8 },
    Out { slot: u8, at: u16, width: u8 },
}

/// How one parameter is made.
#[derive(Debug)]
pub(crate) enum Op {
    Empty,
    /// A number of this many bytes; the flag asks for sign extension from 32 bits.
    Num(Source, u8, bool),
    NumUnless(Source, u8, u8, &'static [u64]),
    PrctlNumber(u8),
    Bits(Source, u8, Translation),
    Enum(Source, u8, Translation, u32),
    OpenFlags {
        flags: Source,
        file: Option<u8>,
        names: Translation,
    },
    OpenMode {
        flags: Source,
        mode: Source,
    },
    CreatFlags(u8),
    CloneFlags {
        flags: Source,
        task: u8,
        names: Translation,
    },
    MountFlags(Source),
    FaultFlags(Source),
    SemFlags(Source, Translation),
    Text(u8),
    OutText(u8),
    TextIf(u8, u8, &'static [u64]),
    Bytes(u8),
    BytesIf(u8, u8, &'static [u64]),
    VectorData(u8),
    VectorSize(u8),
    MessageData(u8),
    MessageSize(u8),
    MessageControl(u8),
    Addr(u8),
    Tuple {
        socket: u8,
        flow: Flow,
        peer: PeerSlot,
    },
    Queue(u8, QueueField),
    File(u8, FileField),
    Path(u8),
    SocketPointer(u8),
    PollFds(u8, Translation),
    Timespec(u8, u8),
    SigSet(u8),
    OptLevel(u8),
    OptName(u8, u8, Translation),
    OptValue(u8),
    Variant(u8, Source),
    TextVariant {
        slot: u8,
        arg: u8,
        values: &'static [u64],
    },
    PtraceAddr,
    PtraceData(u8),
    Quota {
        slot: u8,
        field: QuotaField,
        width: u8,
        names: Translation,
    },
    Memory {
        slot: u8,
        field: MemoryField,
        in_task: bool,
    },
    Task(u8, TaskField),
    Exe(u8),
    Args(u8),
    Env(u8),
    Cgroups(u8),
    ExeFlags {
        task: u8,
        exe: u8,
    },
    ExecFile(u8),
    Code,
    Native,
}

/// Where the address beside the socket's own stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeerSlot {
    None,
    Addr(u8),
    Message(u8),
}
