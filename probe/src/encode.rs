//! Makes the parameters of an event from a record, as its plan says. Nothing is allocated per event: the
//! bytes go straight into the builder's buffers, and what has to be put together first into one that is
//! kept.

pub(crate) mod quota;
mod socket;
pub(crate) mod task;

pub(crate) use socket::unix_name;

use cscope_capture::EventBuilder;
use cscope_capture::table::recipe::{FileField, PRCTL_INT, PRCTL_TEXT};

use crate::other::Layout;
use crate::plan::{Op, Plan, Source, Translation};
use crate::raw::{Bytes, Raw, Segment};
use crate::skel::types::{self, file_layer, record_abi, record_kind, segment_flags, segment_part};
use std::mem::offset_of;

/// What an event needs beside its record.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// Put-together bytes of one parameter.
    scratch: Vec<u8>,
    /// The call should have read something but failed: its buffers hold what was there before.
    nothing_read: bool,
    /// File name of the exec that this record ends.
    pub(crate) exec_file: Vec<u8>,
    /// Code of the call.
    pub(crate) code: u16,
    /// KiB of a page.
    pub(crate) page_kib: u64,
}

impl Context {
    pub(crate) fn new(page_kib: u64) -> Self {
        Self { page_kib, ..Self::default() }
    }
}

/// Flags of open calls that make a file, as Linux has them.
const O_CREAT: u64 = 0o100;
const O_TMPFILE: u64 = 0o20_200_000;
const O_ACCMODE: u64 = 0o3;

/// Set in a file's mode when the open made it.
const FMODE_CREATED: u32 = 0x10_0000;

/// Bits of `file_flags` and kin that stand for no Linux flag.
const SCAP_CREATED: u32 = 0x4000;
const SCAP_UPPER: u32 = 0x8000;
const SCAP_LOWER: u32 = 0x10000;

/// Builds the event of `raw` in `b`.
pub(crate) fn encode(plan: &Plan, raw: &Raw<'_>, context: &mut Context, b: &mut EventBuilder) {
    b.begin(&plan.shape);
    context.nothing_read = raw.ret < 0 && plan.reads;
    for op in &plan.ops {
        parameter(op, raw, context, b);
    }
}

fn parameter(op: &Op, raw: &Raw<'_>, context: &mut Context, b: &mut EventBuilder) {
    match op {
        Op::Empty => {
            b.empty();
        }
        Op::Num(source, width, wide) => {
            let v = number(*source, raw, *wide);
            b.int(if *wide { i64::from(v as i32) } else { v }, *width);
        }
        Op::NumUnless(source, width, selector, values) => {
            let text = values.contains(&argument(raw, *selector));
            b.int(if text { 0 } else { number(*source, raw, false) }, *width);
        }
        Op::PrctlNumber(slot) => {
            let option = argument(raw, 0) & 0xffff_ffff;
            b.i64(if PRCTL_TEXT.contains(&option) {
                0
            } else if PRCTL_INT.contains(&option) {
                i64::from(raw.slot(*slot).bytes.u32(0) as i32)
            } else {
                argument(raw, 1) as i64
            });
        }
        Op::Bits(source, width, names) => {
            b.int(i64::from(bits(number(*source, raw, false) as u64, names)), *width);
        }
        Op::Enum(source, width, names, unknown) => {
            let v = number(*source, raw, false) as u32;
            b.int(i64::from(one_of(u64::from(v), names).unwrap_or(*unknown)), *width);
        }
        Op::OpenFlags { flags, file, names } => {
            let v = open_flags(number(*flags, raw, false) as u64, names);
            let file = file.map(|slot| raw.slot(slot)).unwrap_or_default();
            b.u32(v | file_bits(file));
        }
        Op::OpenMode { flags, mode } => {
            let flags = number(*flags, raw, false) as u64;
            let makes = flags & O_CREAT != 0 || flags & O_TMPFILE == O_TMPFILE;
            b.u32(if makes { number(*mode, raw, false) as u32 } else { 0 });
        }
        Op::CreatFlags(slot) => {
            b.u16(match layer(raw.slot(*slot)) {
                file_layer::LAYER_UPPER => 1,
                file_layer::LAYER_LOWER => 2,
                _ => 0,
            });
        }
        Op::CloneFlags { flags, task, names } => {
            let task = raw.slot(*task).bytes;
            let born = task.u64(offset_of!(types::task_info, clone_flags));
            // In a child the struct with the flags may be gone: the memory is its parent's too.
            let gone = raw.ret == 0 && born != 0 && matches!(flags, Source::Field { .. });
            let flags = if gone { born } else { number(*flags, raw, false) as u64 };
            b.u32(bits(flags, names) | task::pidns_bit(raw, task));
        }
        Op::MountFlags(source) => {
            b.u32(mount_flags(number(*source, raw, false) as u32));
        }
        Op::FaultFlags(source) => {
            b.u32(fault_flags(number(*source, raw, false) as u32));
        }
        Op::SemFlags(source, names) => {
            let v = number(*source, raw, false) as u64;
            b.u32(bits(v, names) | (v as u32 & 0o777));
        }
        Op::Text(slot) | Op::OutText(slot) => text(b, raw.slot(*slot)),
        Op::TextIf(slot, selector, values) => {
            if values.contains(&argument(raw, *selector)) {
                text(b, raw.slot(*slot));
            } else {
                b.empty();
            }
        }
        Op::BytesIf(slot, selector, values) => {
            let given = values.contains(&argument(raw, *selector));
            b.bytes(if given { raw.slot(*slot).bytes } else { &[] });
        }
        Op::Bytes(slot) => {
            b.bytes(raw.slot(*slot).bytes);
        }
        Op::VectorData(slot) => {
            b.bytes(raw.slot(*slot).bytes.get(8..).unwrap_or_default());
        }
        Op::VectorSize(slot) => {
            b.u32(raw.slot(*slot).bytes.u64(0) as u32);
        }
        Op::MessageData(_) | Op::MessageControl(_) if context.nothing_read => {
            b.empty();
        }
        Op::MessageData(slot) => {
            let data = raw.part(*slot, segment_part::PART_DATA.0);
            b.bytes(data.bytes.get(8..).unwrap_or_default());
        }
        Op::MessageSize(slot) => {
            b.u32(raw.part(*slot, segment_part::PART_DATA.0).bytes.u64(0) as u32);
        }
        Op::MessageControl(slot) => {
            b.bytes(raw.part(*slot, segment_part::PART_CONTROL.0).bytes);
        }
        Op::Addr(slot) => {
            socket::address(raw.slot(*slot).bytes, &mut context.scratch);
            b.bytes(&context.scratch);
        }
        Op::Tuple { socket, flow, peer } => {
            socket::tuple(raw, raw.slot(*socket), *flow, *peer, &mut context.scratch);
            b.bytes(&context.scratch);
        }
        Op::Queue(slot, field) => socket::queue(b, raw.slot(*slot).bytes, *field),
        Op::File(slot, field) => {
            let file = raw.slot(*slot).bytes;
            match field {
                FileField::Dev => b.u32(device(file.u32(offset_of!(types::file_info, dev)))),
                FileField::Ino => b.u64(file.u64(offset_of!(types::file_info, ino))),
            };
        }
        Op::Path(slot) => {
            let segment = raw.slot(*slot);
            if segment.present {
                path(segment, &mut context.scratch);
                b.text(&context.scratch);
            } else {
                b.empty();
            }
        }
        Op::SocketPointer(slot) => {
            b.u64(raw.slot(*slot).bytes.u64(offset_of!(types::socket_info, ptr)));
        }
        Op::PollFds(slot, names) => {
            poll_fds(raw, raw.slot(*slot).bytes, names, &mut context.scratch);
            b.bytes(&context.scratch);
        }
        Op::Timespec(slot, arg) => {
            let v = raw.slot(*slot).bytes;
            let (sec, nsec) = match raw.layout {
                Layout::Longs32 => (u64::from(v.u32(0)), u64::from(v.u32(4))),
                _ => (v.u64(0), v.u64(8)),
            };
            let ns = sec.wrapping_mul(1_000_000_000).wrapping_add(nsec);
            b.u64(if argument(raw, *arg) == 0 { u64::MAX } else { ns });
        }
        Op::SigSet(slot) => {
            b.u32(raw.slot(*slot).bytes.u32(0));
        }
        Op::OptLevel(arg) => {
            b.u8(socket::level(argument(raw, *arg)));
        }
        Op::OptName(level, name, names) => {
            b.u8(socket::option(argument(raw, *level), argument(raw, *name), names));
        }
        Op::OptValue(slot) => socket::option_value(b, raw, raw.slot(*slot).bytes),
        Op::Variant(index, source) => {
            b.parts(&[&[*index], &number(*source, raw, false).to_le_bytes()]);
        }
        Op::TextVariant { slot, arg, values } => {
            let (segment, value) = (raw.slot(*slot), argument(raw, *arg));
            if !values.contains(&(argument(raw, 0) & 0xffff_ffff)) {
                b.parts(&[&[0], &value.to_le_bytes()]);
            } else if value == 0 {
                b.parts(&[&[1], b"(null)\0"]);
            } else {
                b.parts(&[&[1], segment.bytes, &[0]]);
            }
        }
        Op::PtraceAddr => {
            b.parts(&[&[0], &argument(raw, 2).to_le_bytes()]);
        }
        Op::PtraceData(slot) => ptrace_data(b, raw, raw.slot(*slot)),
        Op::Quota { slot, field, width, names } => {
            quota::parameter(b, raw, *field, raw.slot(*slot), *width, names);
        }
        Op::Memory { slot, field, in_task } => {
            let at = if *in_task { offset_of!(types::task_info, memory) } else { 0 };
            let memory = raw.slot(*slot).bytes.get(at..).unwrap_or_default();
            b.u32(task::memory(memory, *field, context.page_kib));
        }
        Op::Task(slot, field) => task::field(b, raw.slot(*slot).bytes, *field),
        Op::Exe(slot) => match task::exe(raw.slot(*slot)) {
            Some(exe) => {
                b.text(exe);
            }
            None => {
                b.empty();
            }
        },
        Op::Args(slot) => task::list(b, task::args(raw.slot(*slot))),
        Op::Env(slot) => task::list(b, raw.slot(*slot)),
        Op::Cgroups(slot) => {
            task::cgroups(raw.parts(*slot), &mut context.scratch);
            b.bytes(&context.scratch);
        }
        Op::ExeFlags { task, exe } => {
            b.u32(task::exe_flags(raw.slot(*task).bytes, raw.slot(*exe)));
        }
        Op::ExecFile(slot) => {
            let failed = raw.slot(*slot);
            if failed.present {
                text(b, failed);
            } else if context.exec_file.is_empty() {
                b.empty();
            } else {
                b.text(&context.exec_file);
            }
        }
        Op::Code => {
            b.u16(context.code);
        }
        Op::Native => {
            // x32 numbers keep their mark as far as 16 bits allow: none of them reaches the top bit.
            let mark = if u32::from(raw.abi) == record_abi::ABI_X32.0 { 0x8000 } else { 0 };
            b.u16(raw.nr as u16 | mark);
        }
    }
}

/// Argument `n` as the program passed it.
#[inline]
fn argument(raw: &Raw<'_>, n: u8) -> u64 {
    raw.args.at(usize::from(n))
}

/// The number `source` stands for. `fd`: it is a descriptor or process id.
#[inline(always)]
fn number(source: Source, raw: &Raw<'_>, fd: bool) -> i64 {
    match source {
        Source::Const(v) => v,
        Source::Ret => raw.ret,
        Source::Done => raw.ret.max(0),
        Source::Arg(n) => argument(raw, n) as i64,
        Source::Field { slot, at, width } => found(raw, slot, at, width, false),
        Source::Out { slot, at, width } => found(raw, slot, at, width, fd),
    }
}

/// A number in a struct of slot `slot`; -1 for a descriptor when there is no such struct.
#[inline(never)]
fn found(raw: &Raw<'_>, slot: u8, at: u16, width: u8, fd: bool) -> i64 {
    let segment = raw.slot(slot);
    if fd && !segment.present { -1 } else { member(raw.layout, segment.bytes, at, width) }
}

fn member(layout: Layout, bytes: &[u8], at: u16, width: u8) -> i64 {
    let at = usize::from(at);
    match layout {
        Layout::Native => {}
        // Without limit in 32 bits is without limit.
        Layout::Longs32 => {
            return match bytes.u32(at / 2) {
                u32::MAX => -1,
                v => i64::from(v),
            };
        }
        Layout::Ids16 => return i64::from(bytes.u16(at)),
    }
    match width {
        1 => i64::from(bytes.u8(at)),
        2 => i64::from(bytes.u16(at)),
        4 => i64::from(bytes.u32(at)),
        _ => bytes.i64(at),
    }
}

fn text(b: &mut EventBuilder, segment: Segment<'_>) {
    if segment.present {
        b.text(segment.bytes);
    } else {
        b.empty();
    }
}

/// Translates bits; a name of several bits takes them out of those that follow.
fn bits(mut v: u64, names: &Translation) -> u32 {
    let mut scap = 0;
    for (linux, bit) in names {
        if v & linux == *linux {
            scap |= bit;
            v &= !linux;
        }
    }
    scap
}

fn one_of(v: u64, names: &Translation) -> Option<u32> {
    names.iter().find(|(linux, _)| *linux == v).map(|(_, scap)| *scap)
}

/// Flags of an open call or file in the schema's terms.
pub(crate) fn open_flags(v: u64, names: &Translation) -> u32 {
    let access = match v & O_ACCMODE {
        0 => 1,
        1 => 2,
        _ => 3,
    };
    access | bits(v, names)
}

fn layer(file: Segment<'_>) -> file_layer {
    file_layer(u32::from(file.bytes.u8(offset_of!(types::file_info, layer))))
}

fn file_bits(file: Segment<'_>) -> u32 {
    let created = file.bytes.u32(offset_of!(types::file_info, fmode)) & FMODE_CREATED != 0;
    let layer = match layer(file) {
        file_layer::LAYER_UPPER => SCAP_UPPER,
        file_layer::LAYER_LOWER => SCAP_LOWER,
        _ => 0,
    };
    layer | if created { SCAP_CREATED } else { 0 }
}

/// Device numbers as `stat` gives them, from the kernel's own form.
pub(crate) fn device(kernel: u32) -> u32 {
    let (major, minor) = (kernel >> 20, kernel & 0xf_ffff);
    (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12)
}

fn mount_flags(v: u32) -> u32 {
    if v >> 16 == 0xc0ed { v & 0xffff } else { v }
}

/// The error code of a fault, each bit as one of two names.
fn fault_flags(v: u32) -> u32 {
    let mut scap = if v & 1 != 0 { 0x01 } else { 0x02 };
    scap |= if v & 2 != 0 { 0x04 } else { 0x08 };
    scap |= if v & 4 != 0 { 0x10 } else { 0x20 };
    scap |= if v & 8 != 0 { 0x40 } else { 0 };
    scap | if v & 16 != 0 { 0x80 } else { 0 }
}

fn poll_fds(raw: &Raw<'_>, list: &[u8], names: &Translation, out: &mut Vec<u8>) {
    let at = if u32::from(raw.kind) == record_kind::RECORD_ENTER.0 { 4 } else { 6 };
    out.clear();
    let entries = list.chunks_exact(8);
    out.extend_from_slice(&(entries.len() as u16).to_le_bytes());
    for entry in entries {
        let fd = i64::from(entry.u32(0) as i32);
        out.extend_from_slice(&fd.to_le_bytes());
        out.extend_from_slice(&(bits(u64::from(entry.u16(at)), names) as u16).to_le_bytes());
    }
}

/// `data` of ptrace is a signal for requests that let the tracee run, where a word goes for those that peek
/// (the word is told, 0 when there is none), else an address or value.
fn ptrace_data(b: &mut EventBuilder, raw: &Raw<'_>, read: Segment<'_>) {
    const PEEKTEXT: u64 = 1;
    const PEEKUSR: u64 = 3;
    const CONT: u64 = 7;
    const SINGLESTEP: u64 = 9;
    const DETACH: u64 = 17;
    const SYSCALL: u64 = 24;
    let data = argument(raw, 3);
    if [CONT, SINGLESTEP, DETACH, SYSCALL].contains(&argument(raw, 0)) {
        b.parts(&[&[1], &[data as u8]]);
    } else if (PEEKTEXT..=PEEKUSR).contains(&argument(raw, 0)) {
        let word = match record_abi(u32::from(raw.abi)) {
            record_abi::ABI_COMPAT => u64::from(read.bytes.u32(0)),
            _ => read.bytes.u64(0),
        };
        b.parts(&[&[0], &word.to_le_bytes()]);
    } else {
        b.parts(&[&[0], &data.to_le_bytes()]);
    }
}

/// Puts a path together from its parts, the last one first, each ending in NUL.
pub(crate) fn path(segment: Segment<'_>, out: &mut Vec<u8>) {
    let has = |flag: segment_flags| u32::from(segment.flags) & flag.0 != 0;
    out.clear();
    // What does not lead to the root is no absolute path.
    if has(segment_flags::SEGMENT_TRUNCATED) {
        out.extend_from_slice(b"...");
    }
    append_path(segment.bytes, out);
    // A memfd never had a name in a directory; the kernel calls that deleted too.
    let memfd = has(segment_flags::SEGMENT_PSEUDO) && segment.bytes.starts_with(b"memfd:");
    if has(segment_flags::SEGMENT_DELETED) || memfd {
        out.extend_from_slice(b" (deleted)");
    }
}

fn append_path(parts: &[u8], out: &mut Vec<u8>) {
    let parts = parts.strip_suffix(&[0]).unwrap_or(parts);
    if parts.is_empty() {
        out.push(b'/');
        return;
    }
    for part in parts.rsplit(|b| *b == 0) {
        out.push(b'/');
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests;
