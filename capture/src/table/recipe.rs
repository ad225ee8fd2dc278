//! Where the probe gets a parameter's value. Recipes are plain data: from those of a row the probe computes
//! what its kernel side has to collect for the call and how the bytes become the parameter.

use super::linux::Names;

/// Source of one parameter of a live event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipe {
    /// The probe does not produce it: the parameter is empty.
    None,
    /// A number, cut to the width of the parameter's type. Descriptors and process ids are 32 bits wide in
    /// the kernel and are sign extended.
    Num(Num),
    /// As `Num`, sign extended from 32 bits whatever the type.
    Int(Num),
    /// Bits, translated by name from Linux values to those of the parameter's table.
    Bits(Num, Names),
    /// One value, translated by name; what has no name becomes the table's entry for unknown values.
    Enum(Num, Names),
    /// Flags of an open call, with the bits that only the kernel knows about the file opened.
    OpenFlags {
        /// The flags as passed.
        flags: Num,
        /// The descriptor that was opened.
        fd: Fd,
    },
    /// Mode of an open call: only meaningful when the flags ask for a new file.
    OpenMode {
        /// The flags as passed.
        flags: Num,
        /// The mode as passed.
        mode: Num,
    },
    /// Layer of an overlay file system a created file went to (`creat_flags`).
    CreatFlags(Fd),
    /// Flags of a clone call (`clone_flags`), with the bit for a child in another pid namespace.
    CloneFlags(Num),
    /// Flags of a mount call without the magic number old programs put in.
    MountFlags(u8),
    /// Error code of a page fault (`pf_flags`).
    FaultFlags(Num),
    /// Flags of a semget call: permissions as they are, the rest by name.
    SemFlags(u8),
    /// Text at the address in an argument.
    Text(u8),
    /// Text the call wrote at the address in an argument; empty when it failed.
    OutText(u8),
    /// Text at the address in an argument if another argument has this value, else empty.
    TextIf {
        /// Argument with the address.
        arg: u8,
        /// Argument that is compared.
        selector: u8,
        /// Values that mean text.
        values: &'static [u64],
    },
    /// Number if another argument has none of these values, else 0.
    NumUnless {
        /// The number.
        num: Num,
        /// Argument that is compared.
        selector: u8,
        /// Values that exclude the number.
        values: &'static [u64],
    },
    /// Second argument of prctl as a number: what the call wrote there for some options, 0 for text.
    PrctlNumber,
    /// Data of an I/O call at the address in an argument, cut to the snap length.
    Data(u8, Length),
    /// Bytes at the address in an argument, as many as another one says, if a third has one of these values; else
    /// empty.
    DataIf {
        /// Argument with the address.
        arg: u8,
        /// Argument with the length.
        length: u8,
        /// Argument that is compared.
        selector: u8,
        /// Values that mean bytes.
        values: &'static [u64],
    },
    /// Data of the iovec array at argument 0 of the pair, whose count is in the other.
    VectorData(u8, u8),
    /// Sum of the lengths of that iovec array.
    VectorSize(u8, u8),
    /// Data of a message.
    MessageData(Message),
    /// Sum of the lengths of its iovec array.
    MessageSize(Message),
    /// Its control data.
    MessageControl(Message),
    /// Socket address at an argument, its length in another.
    Addr(u8, u8),
    /// Both ends of a socket.
    Tuple {
        /// The socket.
        fd: Fd,
        /// Which end is the source.
        flow: Flow,
        /// Address the program passed or was given, for sockets that are not connected.
        peer: Peer,
    },
    /// Fill of the accept queue of a socket.
    Queue(Fd, QueueField),
    /// A fact about the open file.
    File(Fd, FileField),
    /// Path of the open file as the kernel knows it.
    FilePath(Fd),
    /// Address of the kernel's socket.
    SocketPointer(Fd),
    /// Descriptor list of `poll`: array at an argument, count in another; events at enter, results at exit.
    PollFds(u8, u8),
    /// `timespec` at an argument as ns; all ones for a null pointer.
    Timespec(u8),
    /// Low 32 bits of the signal set at an argument.
    SigSet(u8),
    /// Level of a socket option.
    OptLevel(u8),
    /// Name of a socket option: arguments level, name.
    OptName(u8, u8),
    /// Value of a socket option, whose level and name are arguments 1 and 2.
    OptValue {
        /// Argument with the address of the value.
        addr: u8,
        /// How long the value is.
        length: Length,
    },
    /// A number as this variant of a dynamic parameter.
    Variant(u8, Num),
    /// Variant 1 with the text at the address in an argument if the first argument has one of these values,
    /// else variant 0 with the argument.
    TextVariant(u8, &'static [u64]),
    /// `addr` argument of ptrace.
    PtraceAddr,
    /// `data` argument of ptrace, or the word that was read for requests that peek.
    PtraceData,
    /// A parameter of quotactl.
    Quota(QuotaField),
    /// Memory use of the process.
    Memory(MemoryField),
    /// A fact about the calling thread.
    Task(TaskField),
    /// File name of an exec as the kernel resolved it, or as passed (argument) when it failed.
    ExecFile(u8),
    /// Code of the call in the list of calls.
    Code,
    /// The call's number on this machine.
    Native,
}

/// A number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Num {
    /// A fixed value.
    Const(i64),
    /// The call's result.
    Ret,
    /// The call's result; 0 when it failed.
    Done,
    /// A raw argument.
    Arg(u8),
    /// A member of the struct in user memory that an argument points to; 0 when the pointer is null.
    Field {
        /// Argument with the address.
        arg: u8,
        /// Bytes of the struct.
        size: u16,
        /// Offset of the member.
        at: u16,
        /// Bytes of the member.
        width: u8,
    },
    /// Such a member that the call writes: 0 when it failed, -1 where that is a descriptor.
    Out {
        /// Argument with the address.
        arg: u8,
        /// Bytes of the struct.
        size: u16,
        /// Offset of the member.
        at: u16,
        /// Bytes of the member.
        width: u8,
    },
}

/// A descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fd {
    /// None is known yet.
    None,
    /// The call's result.
    Ret,
    /// An argument.
    Arg(u8),
    /// First int at the address in an argument.
    First(u8),
    /// Second int at the address in an argument.
    Second(u8),
}

/// Length of a piece of user memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// What the call transferred; nothing when it failed.
    Ret,
    /// What the call transferred, or the argument when it failed.
    Done(u8),
    /// The argument.
    Arg(u8),
    /// The int at the address in the argument.
    At(u8),
}

/// Direction of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// From the other end to this one: the other end is the source.
    In,
    /// From this end to the other one.
    Out,
    /// As `Out`, only when the call succeeded or is under way.
    Connect,
}

/// Address beside the socket's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// None.
    None,
    /// Address at an argument, length in another.
    Addr(u8, u8),
    /// Address at an argument, length at the address in another.
    AddrAt(u8, u8),
    /// Address of a message.
    Message(Message),
}

/// A message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// The `msghdr` at an argument.
    One(u8),
    /// Each `mmsghdr` of the array at an argument: the call gives an event per message, whose result is
    /// the length of the message.
    Each(u8),
}

/// Accept queue of a listening socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueField {
    /// Percentage in use.
    Percent,
    /// Connections waiting.
    Length,
    /// Most connections that may wait.
    Max,
}

/// Facts about an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileField {
    /// Device of its file system, as user space encodes it.
    Dev,
    /// Inode.
    Ino,
}

/// What quotactl is asked for and gives. Limits and times are only there when the call got or set them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaField {
    /// File with the quotas, when they are turned on.
    Path,
    /// Member of `struct if_dqblk`: offset, bit that says it is valid.
    Limit(u8, u32),
    /// Member of `struct if_dqinfo`, likewise.
    Grace(u8, u32),
    /// Flags of `struct if_dqinfo`.
    InfoFlags(Names),
    /// Format the kernel told.
    FormatOut(Names),
    /// Command.
    Command(Names),
    /// Type.
    Type(Names),
    /// User or group.
    Id,
    /// Format of the quotas to turn on.
    Format(Names),
}

/// Memory use, KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum MemoryField {
    Size,
    Rss,
    Swap,
}

/// Facts about a thread and its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the parameters")]
pub enum TaskField {
    Exe,
    Args,
    Env,
    Tid,
    Pid,
    Ptid,
    Cwd,
    FdLimit,
    MajorFaults,
    MinorFaults,
    Comm,
    Cgroups,
    Uid,
    Gid,
    Vtid,
    Vpid,
    PidnsStart,
    Tty,
    Pgid,
    Vpgid,
    LoginUid,
    ExeFlags,
    CapInheritable,
    CapPermitted,
    CapEffective,
    ExeIno,
    ExeCtime,
    ExeMtime,
    ExePath,
}

/// The result.
pub(super) const RET: Recipe = Recipe::Num(Num::Ret);

/// The result, 0 when the call failed.
pub(super) const DONE: Recipe = Recipe::Num(Num::Done);

/// The number 0.
pub(super) const ZERO: Recipe = Recipe::Num(Num::Const(0));

/// `flags` of openat2's struct.
pub(super) const OPEN_HOW_FLAGS: Num = Num::Field { arg: 2, size: 24, at: 0, width: 8 };

/// `mode` of openat2's struct.
pub(super) const OPEN_HOW_MODE: Recipe = field(2, 24, 8, 8);

/// `resolve` of openat2's struct.
pub(super) const OPEN_HOW_RESOLVE: Num = Num::Field { arg: 2, size: 24, at: 16, width: 8 };

/// Options of prctl (PR_SET_NAME, PR_GET_NAME) whose second argument is text.
pub const PRCTL_TEXT: &[u64] = &[15, 16];

/// Options of prctl (PR_GET_CHILD_SUBREAPER) that write an int to where their second argument points.
pub const PRCTL_INT: &[u64] = &[37];

/// Operations of keyctl (JOIN_SESSION_KEYRING) whose second argument is text.
pub(super) const KEYCTL_TEXT_2: &[u64] = &[1];

/// Operations (SEARCH, PKEY_ENCRYPT to PKEY_VERIFY, RESTRICT_KEYRING) whose third argument is text.
pub(super) const KEYCTL_TEXT_3: &[u64] = &[10, 25, 26, 27, 28, 29];

/// Operations (SEARCH, PKEY_QUERY, RESTRICT_KEYRING) whose fourth argument is text.
pub(super) const KEYCTL_TEXT_4: &[u64] = &[10, 24, 29];

/// A raw argument.
pub(super) const fn arg(n: u8) -> Recipe {
    Recipe::Num(Num::Arg(n))
}

/// An argument that is a signed 32-bit number.
pub(super) const fn int(n: u8) -> Recipe {
    Recipe::Int(Num::Arg(n))
}

/// A member of a struct in user memory.
pub(super) const fn field(arg: u8, size: u16, at: u16, width: u8) -> Recipe {
    Recipe::Num(Num::Field { arg, size, at, width })
}

/// A member of a struct in user memory that the call writes.
pub(super) const fn out(arg: u8, size: u16, at: u16, width: u8) -> Recipe {
    Recipe::Num(Num::Out { arg, size, at, width })
}

/// A member of the second operation of semop, which has one when its count is above 1.
pub(super) const fn second_semop(at: u16) -> Recipe {
    Recipe::NumUnless { num: Num::Field { arg: 1, size: 12, at, width: 2 }, selector: 2, values: &[0, 1] }
}

/// An argument made of bits with Linux names.
pub(super) const fn bits(n: u8, names: Names) -> Recipe {
    Recipe::Bits(Num::Arg(n), names)
}

/// An argument that is one of several values with Linux names.
pub(super) const fn one_of(n: u8, names: Names) -> Recipe {
    Recipe::Enum(Num::Arg(n), names)
}

/// Text at the address in an argument.
pub(super) const fn text(n: u8) -> Recipe {
    Recipe::Text(n)
}

/// A fact about the calling thread.
pub(super) const fn task(field: TaskField) -> Recipe {
    Recipe::Task(field)
}

/// Memory use of the process.
pub(super) const fn memory(field: MemoryField) -> Recipe {
    Recipe::Memory(field)
}

/// Open flags passed in an argument.
pub(super) const fn open_flags(n: u8, fd: Fd) -> Recipe {
    Recipe::OpenFlags { flags: Num::Arg(n), fd }
}

/// Mode of an open call: arguments flags and mode.
pub(super) const fn open_mode(flags: u8, mode: u8) -> Recipe {
    Recipe::OpenMode { flags: Num::Arg(flags), mode: Num::Arg(mode) }
}

/// A parameter of quotactl.
pub(super) const fn quota(field: QuotaField) -> Recipe {
    Recipe::Quota(field)
}

/// Device of an open file.
pub(super) const fn dev(fd: Fd) -> Recipe {
    Recipe::File(fd, FileField::Dev)
}

/// Inode of an open file.
pub(super) const fn ino(fd: Fd) -> Recipe {
    Recipe::File(fd, FileField::Ino)
}

/// Tuple of the socket in an argument.
pub(super) const fn tuple(n: u8, flow: Flow, peer: Peer) -> Recipe {
    Recipe::Tuple { fd: Fd::Arg(n), flow, peer }
}
