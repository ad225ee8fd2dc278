//! `proc.*`: the process itself.

use cscope_enrich::{EventCx, Fd, Thread};

use super::{bool, int, join_items, process, text, thread, uint, value_of};
use crate::field::{ArgKind, ArgRule, Env, Field, Needs, One};
use crate::{Kind, Print, Value};

pub(super) const fn row(
    name: &'static str,
    kind: Kind,
    doc: &'static str,
    example: &'static str,
    one: One,
) -> Field {
    Field::new(name, kind, doc, example, one).without_args().needs(Needs::THREADS)
}

const fn stdio(name: &'static str, doc: &'static str, example: &'static str, one: One) -> Field {
    row(name, Kind::Text, doc, example, one).needs(Needs::FDS)
}

pub(super) const FIELDS: &[Field] = &[
    row("proc.name", Kind::Text, "Name of the process, 15 bytes at most.", "proc.name = sshd", |env, _, _| {
        text(&thread(env)?.info.comm)
    }),
    row("proc.pid", Kind::Int, "Process id.", "proc.pid = 1", |env, _, _| int(thread(env)?.info.pid))
        .print(Print::Id),
    row("proc.vpid", Kind::Int, "Process id in the pid namespace of the process.", "proc.vpid = 1", |env, _, _| {
        int(thread(env)?.info.vpid)
    })
    .print(Print::Id),
    row("proc.exe", Kind::Text, "First word of the command line.", "proc.exe = -bash", |env, _, _| {
        text(&thread(env)?.info.exe)
    }),
    row(
        "proc.exepath",
        Kind::Text,
        "Path of the executable.",
        "proc.exepath startswith /usr/bin",
        |env, _, _| text(&thread(env)?.info.exepath),
    )
    .needs(Needs::PROGRAMS),
    row(
        "proc.args",
        Kind::Text,
        "Arguments after the first word of the command line, with blanks between; proc.args[0] is one of them.",
        "proc.args contains --verbose",
        |env, arg, buffer| {
            let thread = thread(env)?;
            if arg.present {
                return text(thread.args().nth(usize::try_from(arg.number?).ok()?)?);
            }
            join_items(thread.args(), buffer);
            text(buffer)
        },
    )
    .arg(ArgRule::Allowed(ArgKind::Index))
    .items(|env, _, _, visit| {
        for item in thread(env).into_iter().flat_map(Thread::args) {
            if visit(Value::Text(item)) {
                return;
            }
        }
    }),
    row(
        "proc.cmdline",
        Kind::Text,
        "Name of the process followed by its arguments.",
        "proc.cmdline contains 'curl http'",
        |env, _, buffer| text(command_line(thread(env)?, buffer)),
    ),
    row(
        "proc.exeline",
        Kind::Text,
        "First word of the command line followed by the arguments.",
        "proc.exeline startswith /bin/sh",
        |env, _, buffer| {
            let thread = thread(env)?;
            join_items(std::iter::once(&thread.info.exe[..]).chain(thread.args()), buffer);
            text(buffer)
        },
    ),
    row("proc.cmdnargs", Kind::Uint, "Number of arguments.", "proc.cmdnargs > 100", |env, _, _| {
        uint(thread(env)?.args().count() as u64)
    }),
    row("proc.cmdlenargs", Kind::Uint, "Length of all arguments together.", "proc.cmdlenargs > 1000", |env, _, _| {
        uint(thread(env)?.args().map(|a| a.len() as u64).sum())
    }),
    row(
        "proc.env",
        Kind::Text,
        "Environment with blanks between; proc.env[HOME] is the value of one variable.",
        "proc.env[HOME] = /root",
        |env, arg, buffer| {
            let process = process(env)?;
            if arg.present {
                return text(process.env().find_map(|item| value_of(item, arg.text.as_bytes()))?);
            }
            join_items(process.env(), buffer);
            text(buffer)
        },
    )
    .arg(ArgRule::Allowed(ArgKind::Key)),
    row("proc.cwd", Kind::Text, "Current directory, ending in a slash.", "proc.cwd = /root/", |env, _, _| {
        text(env.cx.state.cwd(thread(env)?))
    })
    .needs(Needs::DIRECTORIES),
    row(
        "proc.tty",
        Kind::Uint,
        "Number of the controlling terminal, 0 for none.",
        "proc.tty != 0",
        |env, _, _| uint(thread(env)?.info.tty.into()),
    )
    .print(Print::Id),
    row(
        "proc.duration",
        Kind::RelTime,
        "Time in ns since the process started; missing when the start is not known.",
        "proc.duration < 1s",
        |env, _, _| uint(env.cx.event.ts.saturating_sub(start(process(env)?)?)),
    ),
    row(
        "proc.pid.ts",
        Kind::RelTime,
        "Start of the process in ns since the epoch.",
        "proc.pid.ts > 1534527348514632619",
        |env, _, _| uint(start(process(env)?)?),
    ),
    row(
        "proc.pidns_init_start_ts",
        Kind::Uint,
        "Start of the first process of the pid namespace in ns since the epoch.",
        "proc.pidns_init_start_ts > 0",
        |env, _, _| uint(thread(env)?.info.pidns_init_start_ts),
    ),
    row("proc.fdopencount", Kind::Uint, "Number of open descriptors.", "proc.fdopencount > 100", |env, _, _| {
        uint(env.cx.state.fd_count(thread(env)?) as u64)
    })
    .needs(Needs::FDS),
    row("proc.fdlimit", Kind::Int, "Most descriptors it may have.", "proc.fdlimit < 1024", |env, _, _| {
        int(thread(env)?.info.fdlimit)
    }),
    row(
        "proc.fdusage",
        Kind::Double,
        "Open descriptors in percent of the limit.",
        "proc.fdusage > 90",
        |env, _, _| {
            let thread = thread(env)?;
            let limit = thread.info.fdlimit;
            let count = env.cx.state.fd_count(thread) as f64;
            Some(Value::Double(if limit > 0 { 100.0 * count / limit as f64 } else { 0.0 }))
        },
    )
    .needs(Needs::FDS),
    row("proc.nthreads", Kind::Uint, "Number of its threads.", "proc.nthreads > 1", |env, _, _| {
        uint(env.cx.state.family(thread(env)?).0)
    }),
    row("proc.nchilds", Kind::Uint, "Number of its child processes.", "proc.nchilds > 10", |env, _, _| {
        uint(env.cx.state.family(thread(env)?).1)
    }),
    row("proc.vmsize", Kind::Uint, "Virtual size in KiB.", "proc.vmsize > 1000000", |env, _, _| {
        uint(process(env)?.info.vmsize_kb.into())
    })
    .needs(Needs::MEMORY),
    row("proc.vmrss", Kind::Uint, "Resident size in KiB.", "proc.vmrss > 100000", |env, _, _| {
        uint(process(env)?.info.vmrss_kb.into())
    })
    .needs(Needs::MEMORY),
    row("proc.vmswap", Kind::Uint, "Swapped size in KiB.", "proc.vmswap > 0", |env, _, _| {
        uint(process(env)?.info.vmswap_kb.into())
    })
    .needs(Needs::MEMORY),
    row(
        "proc.is_exe_writable",
        Kind::Bool,
        "The executable can be written by the user that runs it.",
        "proc.is_exe_writable = true",
        |env, _, _| bool(thread(env)?.info.exe_writable),
    ),
    row(
        "proc.is_exe_upper_layer",
        Kind::Bool,
        "The executable lies in the upper layer of an overlay: it was added to the container.",
        "proc.is_exe_upper_layer = true",
        |env, _, _| bool(thread(env)?.info.exe_upper_layer),
    ),
    row(
        "proc.is_exe_lower_layer",
        Kind::Bool,
        "The executable lies in a lower layer of an overlay.",
        "proc.is_exe_lower_layer = true",
        |env, _, _| bool(thread(env)?.info.exe_lower_layer),
    ),
    row(
        "proc.is_exe_from_memfd",
        Kind::Bool,
        "The executable exists in memory only.",
        "proc.is_exe_from_memfd = true",
        |env, _, _| bool(thread(env)?.info.exe_from_memfd),
    ),
    row("proc.exe_ino", Kind::Int, "Inode number of the executable.", "proc.exe_ino > 0", |env, _, _| {
        int(thread(env)?.info.exe_ino.cast_signed())
    }),
    row(
        "proc.exe_ino.ctime",
        Kind::AbsTime,
        "Last change of the executable's inode, ns since the epoch.",
        "proc.exe_ino.ctime > 1534527348514632619",
        |env, _, _| uint(thread(env)?.info.exe_ino_ctime),
    ),
    row(
        "proc.exe_ino.mtime",
        Kind::AbsTime,
        "Last change of the executable's content, ns since the epoch.",
        "proc.exe_ino.mtime > 1534527348514632619",
        |env, _, _| uint(thread(env)?.info.exe_ino_mtime),
    ),
    row(
        "proc.exe_ino.ctime_duration_proc_start",
        Kind::AbsTime,
        "Time in ns from the last change of the executable's inode to the start of the process.",
        "proc.exe_ino.ctime_duration_proc_start < 10s",
        |env, _, _| {
            let process = process(env)?;
            uint(start(process)?.checked_sub(changed(process)?)?)
        },
    ),
    row(
        "proc.exe_ino.ctime_duration_pidns_start",
        Kind::AbsTime,
        "Time in ns from the start of the pid namespace to the last change of the executable's inode.",
        "proc.exe_ino.ctime_duration_pidns_start > 10s",
        |env, _, _| {
            let process = process(env)?;
            uint(changed(process)?.checked_sub(Some(process.info.pidns_init_start_ts).filter(|&t| t > 0)?)?)
        },
    ),
    stdio("proc.stdin.name", "Name of descriptor 0.", "proc.stdin.name = /dev/null", |env, _, _| {
        text(&standard(env.cx, 0)?.info.name)
    }),
    stdio("proc.stdin.type", "Kind of descriptor 0.", "proc.stdin.type = pipe", |env, _, _| {
        text(standard(env.cx, 0)?.type_name().as_bytes())
    }),
    stdio("proc.stdout.name", "Name of descriptor 1.", "proc.stdout.name = /dev/null", |env, _, _| {
        text(&standard(env.cx, 1)?.info.name)
    }),
    stdio("proc.stdout.type", "Kind of descriptor 1.", "proc.stdout.type = ipv4", |env, _, _| {
        text(standard(env.cx, 1)?.type_name().as_bytes())
    }),
    stdio("proc.stderr.name", "Name of descriptor 2.", "proc.stderr.name = /dev/null", |env, _, _| {
        text(&standard(env.cx, 2)?.info.name)
    }),
    stdio("proc.stderr.type", "Kind of descriptor 2.", "proc.stderr.type = file", |env, _, _| {
        text(standard(env.cx, 2)?.type_name().as_bytes())
    }),
    row(
        "proc.is_container_healthcheck",
        Kind::Bool,
        "The process runs as the health check of its container.",
        "proc.is_container_healthcheck = true",
        |env, _, _| bool(runs_probe(env, |c| c.healthcheck.as_deref())),
    )
    .needs(Needs::CONTAINERS),
    row(
        "proc.is_container_liveness_probe",
        Kind::Bool,
        "The process runs as the liveness probe of its container.",
        "proc.is_container_liveness_probe = true",
        |env, _, _| bool(runs_probe(env, |c| c.liveness_probe.as_deref())),
    )
    .needs(Needs::CONTAINERS),
    row(
        "proc.is_container_readiness_probe",
        Kind::Bool,
        "The process runs as the readiness probe of its container.",
        "proc.is_container_readiness_probe = true",
        |env, _, _| bool(runs_probe(env, |c| c.readiness_probe.as_deref())),
    )
    .needs(Needs::CONTAINERS),
];

/// Name and arguments of a process.
pub(super) fn command_line<'a>(thread: &Thread, buffer: &'a mut Vec<u8>) -> &'a [u8] {
    join_items(std::iter::once(&thread.info.comm[..]).chain(thread.args()), buffer);
    buffer
}

/// Start of a process, when it is known.
pub(super) fn start(process: &Thread) -> Option<u64> {
    [process.clone_ts, process.info.start_ts].into_iter().find(|&ts| ts > 0)
}

fn changed(process: &Thread) -> Option<u64> {
    Some(process.info.exe_ino_ctime).filter(|&t| t > 0)
}

fn standard<'a>(cx: &'a EventCx<'a>, number: i64) -> Option<&'a Fd> {
    cx.state.fd(cx.thread?, number)
}

/// True when the process, or an ancestor in the same container, was started with a command of the container's
/// configuration.
fn runs_probe(env: Env<'_>, probe: fn(&cscope_enrich::Container) -> Option<&str>) -> bool {
    let found = || -> Option<bool> {
        let command = probe(env.cx.container()?)?;
        let thread = thread(env)?;
        let mut within = env.cx.state.ancestry(thread).take_while(|t| t.container_id == thread.container_id);
        Some(within.any(|t| is_command(t, command.as_bytes())))
    };
    found().unwrap_or(false)
}

/// True when the words of the command line, with blanks between, are the command.
fn is_command(thread: &Thread, command: &[u8]) -> bool {
    let mut rest = command;
    for (n, word) in std::iter::once(&thread.info.exe[..]).chain(thread.args()).enumerate() {
        let after = if n == 0 { Some(rest) } else { rest.strip_prefix(b" ") };
        match after.and_then(|r| r.strip_prefix(word)) {
            Some(r) => rest = r,
            None => return false,
        }
    }
    rest.is_empty()
}
