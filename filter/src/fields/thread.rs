//! `thread.*`: the thread of the event.

use super::{bool, int, join_items, text, thread, uint, value_of};
use crate::field::{ArgKind, ArgRule, Field, FieldFlags, Needs, One};
use crate::{Kind, Print, Value};
use cscope_capture::print::write_int;
use cscope_enrich::Thread;

const fn row(name: &'static str, kind: Kind, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, kind, doc, example, one).without_args().needs(Needs::THREADS)
}

pub(super) const FIELDS: &[Field] = &[
    Field::new("thread.tid", Kind::Int, "Id of the thread.", "thread.tid = 1", |env, _, _| {
        int(env.cx.event.tid.cast_signed())
    })
    .print(Print::Id),
    row(
        "thread.vtid",
        Kind::Int,
        "Id of the thread in its pid namespace.",
        "thread.vtid = 1",
        |env, _, _| int(Some(thread(env)?.info.vtid).filter(|&tid| tid >= 0)?),
    )
    .print(Print::Id),
    row(
        "thread.ismain",
        Kind::Bool,
        "The thread is the first one of its process.",
        "thread.ismain = false",
        |env, _, _| bool(thread(env)?.is_main()),
    ),
    row(
        "thread.nametid",
        Kind::Text,
        "Name and id of the thread: a key for tables.",
        "thread.nametid startswith curl",
        |env, _, buffer| {
            let thread = thread(env)?;
            buffer.extend_from_slice(&thread.info.comm);
            write_int(thread.info.tid, buffer);
            text(buffer)
        },
    )
    .flags(FieldFlags::TABLE_ONLY),
    row(
        "thread.cgroups",
        Kind::Text,
        "All control groups: subsystem=path, with blanks between.",
        "thread.cgroups contains docker",
        |env, _, buffer| {
            join_items(thread(env)?.cgroups(), buffer);
            text(buffer)
        },
    ),
    row(
        "thread.cgroup",
        Kind::Text,
        "Control group of a subsystem: thread.cgroup.cpuset.",
        "thread.cgroup.cpuset startswith /",
        |env, arg, _| text(thread(env)?.cgroups().find_map(|item| value_of(item, arg.text.as_bytes()))?),
    )
    .arg(ArgRule::Required(ArgKind::Key)),
    row(
        "thread.cpu",
        Kind::Double,
        "CPU use of the thread in the last second, in percent.",
        "thread.cpu > 50",
        |env, _, _| thread(env)?.cpu.map(|(user, system)| Value::Double(user + system)),
    ),
    row(
        "thread.cpu.user",
        Kind::Double,
        "The part of thread.cpu outside the kernel.",
        "thread.cpu.user > 50",
        |env, _, _| thread(env)?.cpu.map(|(user, _)| Value::Double(user)),
    ),
    row(
        "thread.cpu.system",
        Kind::Double,
        "The part of thread.cpu in the kernel.",
        "thread.cpu.system > 50",
        |env, _, _| thread(env)?.cpu.map(|(_, system)| Value::Double(system)),
    ),
    row(
        "thread.exectime",
        Kind::RelTime,
        "Time in ns the thread was on a CPU before it was switched away; only for switch events.",
        "thread.exectime > 1ms",
        |env, _, _| {
            let switch = env.cx.event.info()?.name == "switch";
            if switch { uint(thread(env)?.exectime.0) } else { None }
        },
    )
    .needs(Needs::SWITCHES),
    row(
        "thread.totexectime",
        Kind::RelTime,
        "Time in ns the thread was on a CPU since the capture began; needs switch events.",
        "thread.totexectime > 1s",
        |env, _, _| uint(thread(env)?.exectime.1),
    )
    .needs(Needs::SWITCHES),
    row(
        "thread.pfmajor",
        Kind::Uint,
        "Major page faults of the thread.",
        "thread.pfmajor > 100",
        |env, _, _| uint(thread(env)?.info.pfmajor),
    ),
    row(
        "thread.pfminor",
        Kind::Uint,
        "Minor page faults of the thread.",
        "thread.pfminor > 100",
        |env, _, _| uint(thread(env)?.info.pfminor),
    ),
    row(
        "thread.vmsize",
        Kind::Uint,
        "Virtual size in KiB; 0 for threads that are not the first of their process, so that sums are right.",
        "thread.vmsize > 1000000",
        |env, _, _| uint(of_main(thread(env)?, |t| t.info.vmsize_kb)),
    )
    .needs(Needs::MEMORY),
    row(
        "thread.vmrss",
        Kind::Uint,
        "Resident size in KiB; 0 for threads that are not the first of their process.",
        "thread.vmrss > 100000",
        |env, _, _| uint(of_main(thread(env)?, |t| t.info.vmrss_kb)),
    )
    .needs(Needs::MEMORY),
    row("thread.vmsize.b", Kind::Uint, "thread.vmsize in bytes.", "thread.vmsize.b > 1GiB", |env, _, _| {
        uint(of_main(thread(env)?, |t| t.info.vmsize_kb) * 1024)
    })
    .needs(Needs::MEMORY)
    .flags(FieldFlags::TABLE_ONLY),
    row("thread.vmrss.b", Kind::Uint, "thread.vmrss in bytes.", "thread.vmrss.b > 1GiB", |env, _, _| {
        uint(of_main(thread(env)?, |t| t.info.vmrss_kb) * 1024)
    })
    .needs(Needs::MEMORY)
    .flags(FieldFlags::TABLE_ONLY),
    row(
        "thread.cap_permitted",
        Kind::Text,
        "Permitted capabilities, names with blanks between.",
        "thread.cap_permitted contains CAP_SYS_ADMIN",
        |env, _, buffer| capabilities(thread(env)?.info.cap_permitted, buffer),
    ),
    row(
        "thread.cap_effective",
        Kind::Text,
        "Effective capabilities.",
        "thread.cap_effective contains CAP_NET_RAW",
        |env, _, buffer| capabilities(thread(env)?.info.cap_effective, buffer),
    ),
    row(
        "thread.cap_inheritable",
        Kind::Text,
        "Inheritable capabilities.",
        "thread.cap_inheritable = ''",
        |env, _, buffer| capabilities(thread(env)?.info.cap_inheritable, buffer),
    ),
];

fn of_main(thread: &Thread, value: fn(&Thread) -> u32) -> u64 {
    if thread.is_main() { value(thread).into() } else { 0 }
}

/// Capabilities in the order of their numbers.
const CAPABILITIES: [&str; 41] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

fn capabilities(bits: u64, buffer: &mut Vec<u8>) -> Option<Value<'_>> {
    for (number, name) in CAPABILITIES.iter().enumerate() {
        if bits >> number & 1 == 1 {
            if !buffer.is_empty() {
                buffer.push(b' ');
            }
            buffer.extend_from_slice(name.as_bytes());
        }
    }
    text(buffer)
}
