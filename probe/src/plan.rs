//! From the event table to work orders: which slots the kernel side fills for each call, and how the
//! parameters of the event are made from them.

mod op;

use cscope_capture::table::linux::{self, Names};
use cscope_capture::table::recipe::{Fd, Flow, Length, Message, Num, Peer, QuotaField, Recipe, TaskField};
use cscope_capture::table::{
    self, EventInfo, Extra, FlagTable, Flags, ParamInfo, ParamType, SYSCALLS, Syscall, SyscallKind, flags,
};
use cscope_capture::{EventType, Shape};

pub(crate) use self::op::{Op, PeerSlot, Source};
use crate::encode::quota;
use crate::other;
use crate::raw::{ARGS, SLOTS};
use crate::skel::types::{self, desc_flags, limits, slot, slot_arg, slot_kind, slot_length, slot_when};

/// Call numbers that can have a descriptor.
pub(crate) const CALLS: usize = limits::MAX_CALLS.0 as usize;

/// Bits or values of Linux and of the schema.
pub(crate) type Translation = Box<[(u64, u32)]>;

/// How the event of a call is made.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) shape: Shape,
    /// The call reads from a descriptor.
    pub(crate) reads: bool,
    pub(crate) ops: Vec<Op>,
    pub(crate) slots: Vec<slot>,
    /// What is told beside the event.
    pub(crate) aside: Option<Aside>,
}

/// What the kernel side knows of a call beyond its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aside {
    /// Of calls that open a file by name: slots of the name and of the path the kernel found.
    Opened(u8, u8),
    /// Of calls that change who a thread is: slot of the facts about it.
    Became(u8),
}

/// What to do with each call number.
#[derive(Debug)]
pub(crate) struct Plans {
    /// By call number; calls without a typed event have none.
    pub(crate) exit: Vec<Option<Plan>>,
    pub(crate) enter: Vec<Option<Plan>>,
    pub(crate) generic_exit: Plan,
    pub(crate) generic_enter: Plan,
    pub(crate) procexit: Plan,
    pub(crate) switch: Plan,
    pub(crate) signal: Plan,
    pub(crate) fault: Plan,
    /// Code by call number, native and 32-bit x86; 0 unknown.
    pub(crate) codes: Vec<u16>,
    pub(crate) compat_codes: Vec<u16>,
}

/// The call's number on the machine this is compiled for.
pub(crate) fn native(call: &Syscall) -> Option<u16> {
    if cfg!(target_arch = "aarch64") { call.aarch64 } else { call.x86_64 }
}

/// The number of a call by name.
pub(crate) fn number(name: &str) -> u32 {
    SYSCALLS.iter().find(|c| c.name == name).and_then(native).map_or(u32::MAX, u32::from)
}

impl Plans {
    /// Works the whole table out. `paths`: the kernel's path of what is opened is wanted.
    pub(crate) fn new(paths: bool) -> Self {
        let mut plans = Self {
            exit: (0..CALLS).map(|_| None).collect(),
            enter: (0..CALLS).map(|_| None).collect(),
            generic_exit: Plan::of(EventType::GENERIC_X),
            generic_enter: Plan::of(EventType::GENERIC_E),
            procexit: Plan::of(EventType::PROCEXIT_1_E),
            switch: Plan::of(EventType::SCHEDSWITCH_6_E),
            signal: Plan::of(EventType::SIGNALDELIVER_E),
            fault: Plan::of(EventType::PAGE_FAULT_E),
            codes: vec![0; CALLS],
            compat_codes: vec![0; CALLS],
        };
        for (code, call) in plans.compat_codes.iter_mut().zip(other::compat()) {
            *code = call.map_or(0, |call| call.code);
        }
        for call in SYSCALLS.iter().filter(|c| c.kind == SyscallKind::Syscall) {
            let Some(nr) = other::number(call).map(usize::from).filter(|nr| *nr < CALLS) else { continue };
            plans.codes[nr] = call.code;
            plans.exit[nr] = Plan::typed(call.exit);
            if let Some(plan) = &mut plans.exit[nr] {
                plan.want_credentials();
                if paths {
                    plan.want_path();
                }
            }
            plans.enter[nr] = Plan::typed(call.enter);
        }
        plans
    }
}

impl Plan {
    /// The plan of an event type that says where its parameters come from.
    fn typed(kind: EventType) -> Option<Self> {
        let info = kind.info()?;
        let known = info.params.is_empty() || info.params.iter().any(|p| p.recipe != Recipe::None);
        (known && kind.0 > 1 && info.status != table::Status::Unused).then(|| Self::of(kind))
    }

    fn of(kind: EventType) -> Self {
        let reads = kind.info().is_some_and(|info| info.flags.has(Flags::READS_FROM_FD));
        let mut plan =
            Self { shape: Shape::of(kind), reads, ops: Vec::new(), slots: Vec::new(), aside: None };
        if let Some(info) = kind.info() {
            plan.ops = info.params.iter().map(|p| plan.op(info, p)).collect::<Vec<_>>();
        }
        plan
    }

    /// The slot that collects `wanted`, shared between parameters.
    fn slot(&mut self, wanted: slot) -> u8 {
        let same = |s: &slot| {
            (s.kind, s.arg, s.length, s.length_arg, s.when, s.unit, s.max)
                == (
                    wanted.kind,
                    wanted.arg,
                    wanted.length,
                    wanted.length_arg,
                    wanted.when,
                    wanted.unit,
                    wanted.max,
                )
        };
        let index = self.slots.iter().position(same).unwrap_or_else(|| {
            self.slots.push(wanted);
            self.slots.len() - 1
        });
        assert!(index < SLOTS, "too many slots for {:?}", self.shape.kind());
        index as u8
    }

    /// Has the path of the file collected that the call opened.
    fn want_path(&mut self) {
        let name = self.ops.iter().find_map(|op| match op {
            Op::Text(slot) => Some(*slot),
            _ => None,
        });
        let opens =
            self.ops.iter().any(|op| matches!(op, Op::OpenFlags { file: Some(_), .. } | Op::CreatFlags(_)));
        if let Some(name) = name.filter(|_| opens) {
            let path = self.slot(when_ok(of_kind(slot_kind::SLOT_PATH, fd_arg(Fd::Ret))));
            self.aside = Some(Aside::Opened(name, path));
        }
    }

    /// Has collected who the thread has become. What it asked for is a number of its user namespace.
    fn want_credentials(&mut self) {
        use EventType as E;
        let changes = matches!(
            self.shape.kind(),
            E::SYSCALL_SETUID_X
                | E::SYSCALL_SETGID_X
                | E::SYSCALL_SETREUID_X
                | E::SYSCALL_SETREGID_X
                | E::SYSCALL_SETRESUID_X
                | E::SYSCALL_SETRESGID_X
        );
        if changes {
            self.aside = Some(Aside::Became(self.slot(when_ok(of_kind(slot_kind::SLOT_TASK, 0)))));
        }
    }

    fn simple(&mut self, kind: slot_kind, arg: u8) -> u8 {
        self.slot(of_kind(kind, arg))
    }

    fn op(&mut self, info: &EventInfo, param: &ParamInfo) -> Op {
        let width = param.kind.width().unwrap_or(0) as u8;
        let table = match param.extra {
            Extra::Flags(table) => table,
            _ => &flags::FILE_FLAGS,
        };
        match param.recipe {
            Recipe::None => Op::Empty,
            Recipe::Num(num) => {
                Op::Num(self.source(num), width, matches!(param.kind, ParamType::Fd | ParamType::Pid))
            }
            Recipe::Int(num) => Op::Num(self.source(num), width, true),
            Recipe::NumUnless { num, selector, values } => {
                Op::NumUnless(self.source(num), width, selector, values)
            }
            Recipe::PrctlNumber => Op::PrctlNumber(self.slot(when_ok(fixed(1, 4)))),
            Recipe::Bits(num, names) => Op::Bits(self.source(num), width, translation(names, table)),
            Recipe::Enum(num, names) => {
                Op::Enum(self.source(num), width, translation(names, table), unknown(table))
            }
            Recipe::OpenFlags { flags, fd } => Op::OpenFlags {
                flags: self.source(flags),
                file: (fd != Fd::None).then(|| self.file(fd)),
                names: translation(linux::OPEN, table),
            },
            Recipe::OpenMode { flags, mode } => {
                Op::OpenMode { flags: self.source(flags), mode: self.source(mode) }
            }
            Recipe::CreatFlags(fd) => Op::CreatFlags(self.file(fd)),
            Recipe::CloneFlags(num) => Op::CloneFlags {
                flags: self.source(num),
                task: self.simple(slot_kind::SLOT_TASK, 0),
                names: translation(linux::CLONE, table),
            },
            Recipe::MountFlags(arg) => Op::MountFlags(Source::Arg(arg)),
            Recipe::FaultFlags(num) => Op::FaultFlags(self.source(num)),
            Recipe::SemFlags(arg) => Op::SemFlags(Source::Arg(arg), translation(linux::SEMGET, table)),
            Recipe::Text(arg) => Op::Text(self.simple(slot_kind::SLOT_STRING, arg)),
            Recipe::OutText(arg) => Op::OutText(self.slot(when_ok(of_kind(slot_kind::SLOT_STRING, arg)))),
            Recipe::TextIf { arg, selector, values } => {
                Op::TextIf(self.simple(slot_kind::SLOT_STRING, arg), selector, values)
            }
            Recipe::DataIf { arg, length, selector, values } => {
                Op::BytesIf(self.slot(bytes(arg, Length::Arg(length), 1, 0)), selector, values)
            }
            Recipe::Data(arg, length) => Op::Bytes(self.slot(bytes(arg, length, 1, 0))),
            Recipe::VectorData(arg, count) => Op::VectorData(self.vector(info, arg, count)),
            Recipe::VectorSize(arg, count) => Op::VectorSize(self.vector(info, arg, count)),
            Recipe::MessageData(m) => Op::MessageData(self.message(info, m)),
            Recipe::MessageSize(m) => Op::MessageSize(self.message(info, m)),
            Recipe::MessageControl(m) => Op::MessageControl(self.message(info, m)),
            Recipe::Addr(arg, len) => Op::Addr(self.slot(bytes(arg, Length::Arg(len), 1, SOCKADDR))),
            Recipe::Tuple { fd, flow, peer } => Op::Tuple {
                socket: self.socket(fd),
                flow,
                peer: match peer {
                    Peer::None => PeerSlot::None,
                    Peer::Addr(arg, len) => {
                        PeerSlot::Addr(self.slot(bytes(arg, Length::Arg(len), 1, SOCKADDR)))
                    }
                    Peer::AddrAt(arg, len) => {
                        PeerSlot::Addr(self.slot(bytes(arg, Length::At(len), 1, SOCKADDR)))
                    }
                    Peer::Message(m) => PeerSlot::Message(self.message(info, m)),
                },
            },
            Recipe::Queue(fd, field) => Op::Queue(self.socket(fd), field),
            Recipe::File(fd, field) => Op::File(self.file(fd), field),
            Recipe::FilePath(fd) => Op::Path(self.slot(when_ok(of_kind(slot_kind::SLOT_PATH, fd_arg(fd))))),
            Recipe::SocketPointer(fd) => Op::SocketPointer(self.socket(fd)),
            Recipe::PollFds(arg, count) => Op::PollFds(
                self.slot(bytes(arg, Length::Arg(count), 8, POLL_BYTES)),
                translation(linux::POLL, &flags::POLL_FLAGS),
            ),
            Recipe::Timespec(arg) => Op::Timespec(self.slot(fixed(arg, 16)), arg),
            Recipe::SigSet(arg) => Op::SigSet(self.slot(fixed(arg, 8))),
            Recipe::OptLevel(arg) => Op::OptLevel(arg),
            Recipe::OptName(level, name) => Op::OptName(level, name, translation(linux::SOCKOPT, table)),
            Recipe::OptValue { addr, length } => Op::OptValue(self.slot(bytes(addr, length, 1, OPTION))),
            Recipe::Variant(index, num) => Op::Variant(index, self.source(num)),
            Recipe::TextVariant(arg, values) => {
                Op::TextVariant { slot: self.simple(slot_kind::SLOT_STRING, arg), arg, values }
            }
            Recipe::PtraceAddr => Op::PtraceAddr,
            Recipe::PtraceData => Op::PtraceData(self.slot(when_ok(fixed(3, 8)))),
            Recipe::Quota(field) => {
                let slot = match field {
                    QuotaField::Path => self.simple(slot_kind::SLOT_STRING, 3),
                    _ => self.slot(when_ok(fixed(3, quota::BLOCK))),
                };
                Op::Quota { slot, field, width, names: quota::names(field, table) }
            }
            Recipe::Memory(field) => {
                // The facts about a task hold those about its memory.
                let in_task = info.params.iter().any(|p| matches!(p.recipe, Recipe::Task(_)));
                let kind = if in_task { slot_kind::SLOT_TASK } else { slot_kind::SLOT_MEMORY };
                Op::Memory { slot: self.simple(kind, 0), field, in_task }
            }
            Recipe::Task(field) => self.task(info, field),
            Recipe::ExecFile(arg) => {
                let failed =
                    slot { when: slot_when::WHEN_FAILED.0 as u8, ..of_kind(slot_kind::SLOT_STRING, arg) };
                Op::ExecFile(self.slot(failed))
            }
            Recipe::Code => Op::Code,
            Recipe::Native => Op::Native,
        }
    }

    fn task(&mut self, info: &EventInfo, field: TaskField) -> Op {
        // Of a failed exec, what it was asked to run; of anything else, what the process runs.
        let (args, env) = match info.name {
            "execve" => (1, 2),
            "execveat" => (2, 3),
            _ => (slot_arg::ARG_NONE.0 as u8, slot_arg::ARG_NONE.0 as u8),
        };
        match field {
            TaskField::Exe => Op::Exe(self.simple(slot_kind::SLOT_ARGS, args)),
            TaskField::Args => Op::Args(self.simple(slot_kind::SLOT_ARGS, args)),
            TaskField::Env => Op::Env(self.simple(slot_kind::SLOT_ENV, env)),
            TaskField::Cgroups => Op::Cgroups(self.simple(slot_kind::SLOT_CGROUPS, 0)),
            TaskField::Cwd => Op::Path(self.simple(slot_kind::SLOT_CWD, 0)),
            TaskField::ExePath => Op::Path(self.simple(slot_kind::SLOT_EXE, 0)),
            TaskField::ExeFlags => Op::ExeFlags {
                task: self.simple(slot_kind::SLOT_TASK, 0),
                exe: self.simple(slot_kind::SLOT_EXE, 0),
            },
            _ => Op::Task(self.simple(slot_kind::SLOT_TASK, 0), field),
        }
    }

    fn source(&mut self, num: Num) -> Source {
        match num {
            Num::Const(v) => Source::Const(v),
            Num::Ret => Source::Ret,
            Num::Done => Source::Done,
            Num::Arg(n) => Source::Arg(n),
            Num::Field { arg, size, at, width } => {
                Source::Field { slot: self.slot(fixed(arg, size)), at, width }
            }
            Num::Out { arg, size, at, width } => {
                Source::Out { slot: self.slot(when_ok(fixed(arg, size))), at, width }
            }
        }
    }

    fn file(&mut self, fd: Fd) -> u8 {
        self.slot(when_ok(of_kind(slot_kind::SLOT_FILE, fd_arg(fd))))
    }

    fn socket(&mut self, fd: Fd) -> u8 {
        let slot = of_kind(slot_kind::SLOT_SOCKET, fd_arg(fd));
        self.slot(if matches!(fd, Fd::Arg(_)) { slot } else { when_ok(slot) })
    }

    fn vector(&mut self, info: &EventInfo, arg: u8, count: u8) -> u8 {
        let slot = slot { length_arg: count, ..of_kind(slot_kind::SLOT_IOVEC, arg) };
        // What was to be written is there even when it was not; what was to be read is not.
        let writes = info.params.iter().any(|p| matches!(p.recipe, Recipe::VectorSize(..)));
        self.slot(if writes { slot } else { when_ok(slot) })
    }

    fn message(&mut self, info: &EventInfo, message: Message) -> u8 {
        // Descriptors come with what is received.
        let max = u16::from(info.flags.has(Flags::READS_FROM_FD));
        let slot = match message {
            Message::One(arg) => of_kind(slot_kind::SLOT_MSGHDR, arg),
            Message::Each(arg) => of_kind(slot_kind::SLOT_MMSGHDR, arg),
        };
        self.slot(types::slot { max, ..slot })
    }

    /// How many leading arguments the parameters are made from.
    fn args(&self) -> u8 {
        let of = |source: &Source| match source {
            Source::Arg(n) => n + 1,
            _ => 0,
        };
        let args = self.ops.iter().map(|op| match op {
            Op::Empty
            | Op::Bytes(_)
            | Op::Text(_)
            | Op::OutText(_)
            | Op::Tuple { .. }
            | Op::Code
            | Op::Native => 0,
            Op::Num(source, ..) | Op::Bits(source, ..) | Op::Enum(source, ..) => of(source),
            _ => ARGS as u8,
        });
        args.max().unwrap_or(0)
    }

    /// Of a call that sends or receives one piece of data: slots of the data and of the socket, its first argument.
    /// There may be a slot of an address besides, which says nothing of a socket that is connected.
    fn message_slots(&self) -> Option<(usize, usize)> {
        let address = self.ops.iter().find_map(|op| match op {
            Op::Tuple { flow: Flow::In | Flow::Out, peer: PeerSlot::None, .. } => Some(None),
            Op::Tuple { flow: Flow::In | Flow::Out, peer: PeerSlot::Addr(slot), .. } => {
                Some(Some(usize::from(*slot)))
            }
            _ => None,
        })?;
        let mut others = (0..self.slots.len()).filter(|index| Some(*index) != address);
        let (first, second) = (others.next()?, others.next()?);
        if others.next().is_some() {
            return None;
        }
        let is = |index: usize, kind: slot_kind| u32::from(self.slots[index].kind) == kind.0;
        let bytes = slot_kind::SLOT_BYTES;
        let socket = |index: usize| is(index, slot_kind::SLOT_SOCKET) && self.slots[index].arg == 0;
        [(first, second), (second, first)].into_iter().find(|(data, end)| is(*data, bytes) && socket(*end))
    }

    /// The descriptor of the call for the kernel side.
    pub(crate) fn descriptor(&self, snaplen: u16) -> types::desc {
        let longest = limits::QUICK_DATA.0 as u16;
        let short = |s: &slot| u32::from(s.kind) == slot_kind::SLOT_BYTES.0 && s.max.max(snaplen) <= longest;
        let quick = match self.slots.as_slice() {
            [] => true,
            [only] => short(only),
            _ => false,
        };
        let message = self.message_slots().filter(|(data, _)| short(&self.slots[*data]));
        let flag = |set: bool, flag: desc_flags| if set { flag.0 as u8 } else { 0 };
        let flags = flag(quick, desc_flags::DESC_QUICK) | flag(message.is_some(), desc_flags::DESC_MESSAGE);
        let (data, socket) = message.unwrap_or_default();
        let mut desc = types::desc {
            flags,
            slots: self.slots.len() as u8,
            args: self.args(),
            data: data as u8,
            socket: socket as u8,
            ..types::desc::default()
        };
        for (to, from) in desc.slot.iter_mut().zip(&self.slots) {
            *to = *from;
        }
        desc
    }
}

/// Longest socket address that is looked at.
const SOCKADDR: u16 = 128;

/// Longest socket option value that is kept.
const OPTION: u16 = 64;

/// Most bytes of a poll list: 1024 descriptors.
const POLL_BYTES: u16 = 1024 * 8;

fn of_kind(kind: slot_kind, arg: u8) -> slot {
    slot { kind: kind.0 as u8, arg, unit: 1, ..slot::default() }
}

fn when_ok(slot: slot) -> slot {
    types::slot { when: slot_when::WHEN_OK.0 as u8, ..slot }
}

/// A struct of known size in user memory.
fn fixed(arg: u8, size: u16) -> slot {
    slot { length: slot_length::LENGTH_MAX.0 as u8, max: size, ..of_kind(slot_kind::SLOT_BYTES, arg) }
}

/// User memory of variable length; `max` 0 is the snap length.
fn bytes(arg: u8, length: Length, unit: u8, max: u16) -> slot {
    let slot = slot { unit, max, ..of_kind(slot_kind::SLOT_BYTES, arg) };
    let (length, length_arg) = match length {
        Length::Ret => return when_ok(types::slot { length: slot_length::LENGTH_RET.0 as u8, ..slot }),
        Length::Done(n) => (slot_length::LENGTH_DONE, n),
        Length::Arg(n) => (slot_length::LENGTH_ARG, n),
        Length::At(n) => (slot_length::LENGTH_POINTER, n),
    };
    types::slot { length: length.0 as u8, length_arg, ..slot }
}

fn fd_arg(fd: Fd) -> u8 {
    match fd {
        Fd::None => slot_arg::ARG_NONE.0 as u8,
        Fd::Ret => slot_arg::ARG_RET.0 as u8,
        Fd::Arg(n) => n,
        Fd::First(n) => n | slot_arg::ARG_DEREF.0 as u8,
        Fd::Second(n) => n | slot_arg::ARG_DEREF2.0 as u8,
    }
}

/// Pairs of Linux and schema values of the same name. A name the table lacks is left out.
pub(crate) fn translation(names: Names, table: &FlagTable) -> Translation {
    let scap = |name: &str| table.entries.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    names.iter().filter_map(|(name, linux)| Some((*linux, scap(name)?))).collect()
}

/// The value of a table for what has no name in it.
fn unknown(table: &FlagTable) -> u32 {
    table.entries.iter().find(|(n, _)| n.ends_with("UNKNOWN")).map_or(0, |(_, v)| *v)
}

#[cfg(test)]
mod tests;
