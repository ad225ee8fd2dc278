//! Facts about a thread, from the struct that the kernel side fills in at clone and exec.

use std::mem::offset_of;

use cscope_capture::table::recipe::{MemoryField, TaskField};
use cscope_capture::{Credentials, EventBuilder};

use crate::raw::{Bytes, Raw, Segment};
use crate::skel::types::{cgroup_part, file_layer, segment_flags, task_info};

use super::{append_path, device};

/// Bit of `clone_flags`: the child lives in another pid namespace than the host's.
const CHILD_IN_PIDNS: u32 = 0x2000_0000;

/// Bits of `execve_flags`.
const EXE_WRITABLE: u32 = 1;
const EXE_UPPER_LAYER: u32 = 2;
const EXE_FROM_MEMFD: u32 = 4;
const EXE_LOWER_LAYER: u32 = 8;

/// Names of control groups in the order of `enum cgroup_part`.
const CGROUPS: [&str; cgroup_part::CGROUP_COUNT.0 as usize] =
    ["cpuset", "cpu", "cpuacct", "io", "memory", "unified"];

pub(super) fn pidns_bit(raw: &Raw<'_>, task: &[u8]) -> u32 {
    let own = task.u32(offset_of!(task_info, pidns_level));
    let children = task.u32(offset_of!(task_info, child_pidns_level));
    let level = if raw.ret == 0 { own } else { own.max(children) };
    if level > 0 { CHILD_IN_PIDNS } else { 0 }
}

/// A figure of `struct memory_info` in KiB.
pub(crate) fn memory(memory: &[u8], field: MemoryField, page_kib: u64) -> u32 {
    let counter = |index: usize| memory.i64(8 + 8 * index).max(0) as u64;
    let pages = match field {
        MemoryField::Size => memory.u64(0),
        MemoryField::Rss => counter(0).saturating_add(counter(1)).saturating_add(counter(3)),
        MemoryField::Swap => counter(2),
    };
    pages.saturating_mul(page_kib).min(u64::from(u32::MAX)) as u32
}

pub(super) fn field(b: &mut EventBuilder, task: &[u8], field: TaskField) {
    let pid = |at: usize| i64::from(task.u32(at) as i32);
    match field {
        TaskField::Tid => b.i64(pid(offset_of!(task_info, tid))),
        TaskField::Pid => b.i64(pid(offset_of!(task_info, pid))),
        TaskField::Ptid => b.i64(pid(offset_of!(task_info, ptid))),
        TaskField::Vtid => b.i64(pid(offset_of!(task_info, vtid))),
        TaskField::Vpid => b.i64(pid(offset_of!(task_info, vpid))),
        TaskField::Pgid => b.i64(pid(offset_of!(task_info, pgid))),
        TaskField::Vpgid => b.i64(pid(offset_of!(task_info, vpgid))),
        TaskField::FdLimit => b.u64(task.u64(offset_of!(task_info, fdlimit))),
        TaskField::MajorFaults => b.u64(task.u64(offset_of!(task_info, major_faults))),
        TaskField::MinorFaults => b.u64(task.u64(offset_of!(task_info, minor_faults))),
        TaskField::PidnsStart => b.u64(task.u64(offset_of!(task_info, pidns_start))),
        TaskField::CapInheritable => b.u64(task.u64(offset_of!(task_info, cap_inheritable))),
        TaskField::CapPermitted => b.u64(task.u64(offset_of!(task_info, cap_permitted))),
        TaskField::CapEffective => b.u64(task.u64(offset_of!(task_info, cap_effective))),
        TaskField::ExeIno => b.u64(task.u64(offset_of!(task_info, exe_ino))),
        TaskField::ExeCtime => b.u64(task.u64(offset_of!(task_info, exe_ctime))),
        TaskField::ExeMtime => b.u64(task.u64(offset_of!(task_info, exe_mtime))),
        TaskField::Uid => b.u32(task.u32(offset_of!(task_info, uid))),
        TaskField::Gid => b.u32(task.u32(offset_of!(task_info, gid))),
        TaskField::LoginUid => b.u32(task.u32(offset_of!(task_info, loginuid))),
        TaskField::Tty => b.u32(device(task.u32(offset_of!(task_info, tty)))),
        TaskField::Comm => b.text(comm(task)),
        // These have operations of their own.
        TaskField::Exe
        | TaskField::Args
        | TaskField::Env
        | TaskField::Cgroups
        | TaskField::Cwd
        | TaskField::ExePath
        | TaskField::ExeFlags => b.empty(),
    };
}

/// On behalf of whom a thread acts.
pub(crate) fn credentials(task: &[u8]) -> Credentials {
    Credentials {
        uid: task.u32(offset_of!(task_info, uid)),
        gid: task.u32(offset_of!(task_info, gid)),
        inheritable: task.u64(offset_of!(task_info, cap_inheritable)),
        permitted: task.u64(offset_of!(task_info, cap_permitted)),
        effective: task.u64(offset_of!(task_info, cap_effective)),
    }
}

/// The name of a thread.
pub(crate) fn comm(task: &[u8]) -> &[u8] {
    let at = offset_of!(task_info, comm);
    let name = task.get(at..at + 16).unwrap_or_default();
    name.split(|b| *b == 0).next().unwrap_or_default()
}

/// First string of an argument vector.
pub(crate) fn exe(args: Segment<'_>) -> Option<&[u8]> {
    args.present.then(|| args.bytes.split(|b| *b == 0).next().unwrap_or_default())
}

/// The strings behind the first.
pub(crate) fn args(args: Segment<'_>) -> Segment<'_> {
    let end = args.bytes.iter().position(|b| *b == 0);
    let bytes = end.and_then(|end| args.bytes.get(end + 1..)).unwrap_or_default();
    Segment { bytes, ..args }
}

/// What completes a list of strings, each of which ends in NUL: of one that was cut, dots in the place of the rest.
pub(crate) fn list_end(list: Segment<'_>) -> &'static [u8] {
    let has = |flag: segment_flags| u32::from(list.flags) & flag.0 != 0;
    let cut =
        has(segment_flags::SEGMENT_TRUNCATED) || has(segment_flags::SEGMENT_FAULT) && !list.bytes.is_empty();
    match list.bytes.last() {
        _ if cut => b"...\0",
        None | Some(0) => b"",
        Some(_) => b"\0",
    }
}

pub(super) fn list(b: &mut EventBuilder, list: Segment<'_>) {
    b.parts(&[list.bytes, list_end(list)]);
}

/// The list `subsystem=path` from the parts of a task's groups.
pub(crate) fn cgroups<'a>(parts: impl Iterator<Item = (u8, Segment<'a>)>, out: &mut Vec<u8>) {
    out.clear();
    let mut path: &[u8] = &[];
    let mut known: [&[u8]; CGROUPS.len()] = [&[]; CGROUPS.len()];
    for (part, segment) in parts {
        let Some(name) = CGROUPS.get(usize::from(part)) else { continue };
        if u32::from(segment.flags) & segment_flags::SEGMENT_SAME.0 == 0 {
            path = segment.bytes;
        }
        // The unified hierarchy repeats what the controllers say, unless it has a group of its own.
        if u32::from(part) == cgroup_part::CGROUP_UNIFIED.0 && (path.is_empty() || known.contains(&path)) {
            continue;
        }
        if let Some(slot) = known.get_mut(usize::from(part)) {
            *slot = path;
        }
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        append_path(path, out);
        out.push(0);
    }
}

/// `execve_flags` of the program a task runs.
pub(crate) fn exe_flags(task: &[u8], exe: Segment<'_>) -> u32 {
    let mut flags = if writable(task) { EXE_WRITABLE } else { 0 };
    flags |= match file_layer(u32::from(task.u8(offset_of!(task_info, exe_layer)))) {
        file_layer::LAYER_UPPER => EXE_UPPER_LAYER,
        file_layer::LAYER_LOWER => EXE_LOWER_LAYER,
        _ => 0,
    };
    flags | if exe.bytes.starts_with(b"memfd:") { EXE_FROM_MEMFD } else { 0 }
}

/// True when the user that runs the program may write to its file.
fn writable(task: &[u8]) -> bool {
    const S_IMMUTABLE: u32 = 8;
    const CAP_DAC_OVERRIDE: u64 = 1 << 1;
    let mode = task.u16(offset_of!(task_info, exe_mode));
    if mode == 0 || task.u32(offset_of!(task_info, exe_flags)) & S_IMMUTABLE != 0 {
        return false;
    }
    let same = |a: usize, b: usize| task.u32(a) == task.u32(b);
    task.u64(offset_of!(task_info, cap_effective)) & CAP_DAC_OVERRIDE != 0
        || mode & 0o002 != 0
        || (mode & 0o200 != 0 && same(offset_of!(task_info, exe_uid), offset_of!(task_info, uid)))
        || (mode & 0o020 != 0 && same(offset_of!(task_info, exe_gid), offset_of!(task_info, gid)))
}
