//! `proc.*`: parent, ancestors, session and process group.

use cscope_enrich::Thread;

use super::proc::{command_line, row, start};
use super::{bool, int, join_items, process, text, thread, uint, value_of};
use crate::field::{Arg, ArgKind, ArgRule, Each, Env, Field, FieldFlags, Needs};
use crate::{Kind, Print, Value};

/// A field of ancestors: with an argument of one, without one of all but the process itself.
const fn ancestors(name: &'static str, doc: &'static str, example: &'static str, each: Each) -> Field {
    row(name, Kind::Text, doc, example, |_, _, _| None)
        .arg(ArgRule::Allowed(ArgKind::Level))
        .flags(FieldFlags::NO_RHS.or(FieldFlags::NO_TRANSFORMER))
        .each(each)
}

pub(super) const FIELDS: &[Field] = &[
    row("proc.ppid", Kind::Int, "Process id of the parent.", "proc.ppid = 1", |env, _, _| {
        int(process(env)?.info.ptid)
    })
    .print(Print::Id),
    row(
        "proc.pvpid",
        Kind::Int,
        "Process id of the parent in its pid namespace.",
        "proc.pvpid = 1",
        |env, _, _| int(parent(env)?.info.vpid),
    )
    .print(Print::Id),
    row("proc.pname", Kind::Text, "Name of the parent.", "proc.pname = bash", |env, _, _| {
        text(&parent(env)?.info.comm)
    }),
    row(
        "proc.pexe",
        Kind::Text,
        "First word of the parent's command line.",
        "proc.pexe = -bash",
        |env, _, _| text(&parent(env)?.info.exe),
    ),
    row(
        "proc.pexepath",
        Kind::Text,
        "Path of the parent's executable.",
        "proc.pexepath = /bin/sh",
        |env, _, _| text(&parent(env)?.info.exepath),
    )
    .needs(Needs::PROGRAMS),
    row(
        "proc.pcmdline",
        Kind::Text,
        "Name of the parent followed by its arguments.",
        "proc.pcmdline contains cron",
        |env, _, buffer| text(command_line(parent(env)?, buffer)),
    ),
    row(
        "proc.ppid.ts",
        Kind::RelTime,
        "Start of the parent in ns since the epoch.",
        "proc.ppid.ts > 1534527348514632619",
        |env, _, _| uint(start(parent(env)?)?),
    ),
    row(
        "proc.ppid.duration",
        Kind::RelTime,
        "Time in ns since the parent started.",
        "proc.ppid.duration < 1s",
        |env, _, _| uint(env.cx.event.ts.saturating_sub(start(parent(env)?)?)),
    ),
    ancestors(
        "proc.aname",
        "Name of an ancestor: proc.aname[1] is the parent, [2] its parent, [0] the process itself. Without a \
         number any ancestor will do.",
        "proc.aname = sshd",
        |env, arg, buffer, visit| each(env, arg, buffer, visit, |t, _| Some(Value::Text(&t.info.comm))),
    ),
    ancestors(
        "proc.apid",
        "Process id of an ancestor, see proc.aname.",
        "proc.apid[2] = 1",
        |env, arg, buffer, visit| each(env, arg, buffer, visit, |t, _| int(t.info.pid)),
    )
    .kind(Kind::Int)
    .print(Print::Id),
    row(
        "proc.tree",
        Kind::Int,
        "Process ids from the process itself up to its oldest ancestor: proc.tree = PID holds for the process with \
         this id and for all below it.",
        "proc.tree = 1",
        |_, _, _| None,
    )
    .print(Print::Id)
    .flags(FieldFlags::NO_RHS.or(FieldFlags::NO_TRANSFORMER).or(FieldFlags::ENDS))
    .each(|env, _, _, visit| {
        for ancestor in process(env).into_iter().flat_map(|t| env.cx.state.ancestry(t)) {
            if visit(Value::Int(ancestor.info.pid)) {
                return;
            }
        }
    }),
    ancestors(
        "proc.aexe",
        "First word of the command line of an ancestor, see proc.aname.",
        "proc.aexe endswith containerd",
        |env, arg, buffer, visit| each(env, arg, buffer, visit, |t, _| Some(Value::Text(&t.info.exe))),
    ),
    ancestors(
        "proc.aexepath",
        "Path of the executable of an ancestor, see proc.aname.",
        "proc.aexepath startswith /tmp",
        |env, arg, buffer, visit| each(env, arg, buffer, visit, |t, _| Some(Value::Text(&t.info.exepath))),
    )
    .needs(Needs::PROGRAMS),
    ancestors(
        "proc.acmdline",
        "Name and arguments of an ancestor, see proc.aname.",
        "proc.acmdline contains 'sh -c'",
        |env, arg, buffer, visit| each(env, arg, buffer, visit, |t, b| text(command_line(t, b))),
    ),
    ancestors(
        "proc.aargs",
        "Arguments of an ancestor, see proc.aname.",
        "proc.aargs[1] contains -c",
        |env, arg, buffer, visit| {
            each(env, arg, buffer, visit, |t, b| {
                join_items(t.args(), b);
                text(b)
            });
        },
    )
    .clear(FieldFlags::NO_RHS.or(FieldFlags::NO_TRANSFORMER)),
    ancestors(
        "proc.aenv",
        "Environment of an ancestor: of any, of the one with this number, or with a name the variable of the \
         nearest ancestor that has it.",
        "proc.aenv[HOME] = /root",
        each_env,
    )
    .arg(ArgRule::Allowed(ArgKind::IndexOrKey)),
    row(
        "proc.loginshellid",
        Kind::Int,
        "Process id of the oldest ancestor that is a shell: tells logins apart.",
        "proc.loginshellid = 4711",
        |env, _, _| {
            let shells = env.cx.state.ancestry(process(env)?).filter(|t| t.info.comm.ends_with(b"sh"));
            int(shells.last()?.info.pid)
        },
    )
    .print(Print::Id),
    row("proc.sid", Kind::Int, "Session id.", "proc.sid = 1", |env, _, _| int(thread(env)?.info.sid))
        .print(Print::Id),
    row("proc.sname", Kind::Text, "Name of the session's leader.", "proc.sname = bash", |env, _, _| {
        text(&session(env)?.info.comm)
    }),
    row(
        "proc.sid.exe",
        Kind::Text,
        "First word of the command line of the session's leader.",
        "proc.sid.exe = -bash",
        |env, _, _| text(&session(env)?.info.exe),
    ),
    row(
        "proc.sid.exepath",
        Kind::Text,
        "Path of the executable of the session's leader.",
        "proc.sid.exepath = /bin/bash",
        |env, _, _| text(&session(env)?.info.exepath),
    )
    .needs(Needs::PROGRAMS),
    row(
        "proc.is_sid_leader",
        Kind::Bool,
        "It leads its session.",
        "proc.is_sid_leader = true",
        |env, _, _| {
            let info = &thread(env)?.info;
            bool(info.sid == info.vpid)
        },
    ),
    row("proc.pgid", Kind::Int, "Process group id on the host.", "proc.pgid = 4711", |env, _, _| {
        int(thread(env)?.info.pgid)
    })
    .print(Print::Id),
    row("proc.pgid.name", Kind::Text, "Name of the group's leader.", "proc.pgid.name = make", |env, _, _| {
        text(&group(env)?.info.comm)
    }),
    row(
        "proc.pgid.exe",
        Kind::Text,
        "First word of the command line of the group's leader.",
        "proc.pgid.exe = make",
        |env, _, _| text(&group(env)?.info.exe),
    ),
    row(
        "proc.pgid.exepath",
        Kind::Text,
        "Path of the executable of the group's leader.",
        "proc.pgid.exepath = /usr/bin/make",
        |env, _, _| text(&group(env)?.info.exepath),
    )
    .needs(Needs::PROGRAMS),
    row(
        "proc.is_pgid_leader",
        Kind::Bool,
        "It leads its group.",
        "proc.is_pgid_leader = true",
        |env, _, _| {
            let info = &thread(env)?.info;
            bool(info.pgid == info.pid)
        },
    ),
    row(
        "proc.vpgid",
        Kind::Int,
        "Process group id in the pid namespace of the process.",
        "proc.vpgid = 1",
        |env, _, _| int(thread(env)?.info.vpgid),
    )
    .print(Print::Id),
    row(
        "proc.vpgid.name",
        Kind::Text,
        "Name of the group's leader, found by proc.vpgid.",
        "proc.vpgid.name = make",
        |env, _, _| text(&virtual_group(env)?.info.comm),
    ),
    row(
        "proc.vpgid.exe",
        Kind::Text,
        "First word of the command line of the group's leader, found by proc.vpgid.",
        "proc.vpgid.exe = make",
        |env, _, _| text(&virtual_group(env)?.info.exe),
    ),
    row(
        "proc.vpgid.exepath",
        Kind::Text,
        "Path of the executable of the group's leader, found by proc.vpgid.",
        "proc.vpgid.exepath = /usr/bin/make",
        |env, _, _| text(&virtual_group(env)?.info.exepath),
    )
    .needs(Needs::PROGRAMS),
    row(
        "proc.is_vpgid_leader",
        Kind::Bool,
        "It leads its group, by proc.vpgid.",
        "proc.is_vpgid_leader = true",
        |env, _, _| {
            let info = &thread(env)?.info;
            bool(info.vpgid == info.vpid)
        },
    ),
];

fn parent<'a>(env: Env<'a>) -> Option<&'a Thread> {
    env.cx.state.parent(process(env)?)
}

/// The thread with this id when it belongs to the same group, else the oldest ancestor that does.
fn leader<'a>(env: Env<'a>, id: fn(&Thread) -> i64) -> Option<&'a Thread> {
    let process = process(env)?;
    let wanted = id(process);
    let same = |t: &&Thread| id(t) == wanted;
    let named = env.cx.state.thread(wanted).filter(same);
    named.or_else(|| env.cx.state.ancestry(process).take_while(same).last())
}

fn session<'a>(env: Env<'a>) -> Option<&'a Thread> {
    leader(env, |t| t.info.sid)
}

fn group<'a>(env: Env<'a>) -> Option<&'a Thread> {
    leader(env, |t| t.info.pgid)
}

fn virtual_group<'a>(env: Env<'a>) -> Option<&'a Thread> {
    leader(env, |t| t.info.vpgid)
}

/// The ancestors an argument stands for, from the nearest.
fn chosen<'a>(env: Env<'a>, arg: &'a Arg) -> impl Iterator<Item = &'a Thread> {
    let (skip, take) = match arg.number {
        Some(level) => (usize::try_from(level).unwrap_or(usize::MAX), 1),
        None => (1, usize::MAX),
    };
    thread(env).into_iter().flat_map(move |t| env.cx.state.ancestry(t).skip(skip).take(take))
}

fn each<'a>(
    env: Env<'a>,
    arg: &'a Arg,
    buffer: &mut Vec<u8>,
    visit: &mut dyn FnMut(Value<'_>) -> bool,
    value: for<'v> fn(&'v Thread, &'v mut Vec<u8>) -> Option<Value<'v>>,
) {
    for thread in chosen(env, arg) {
        buffer.clear();
        if value(thread, buffer).is_some_and(&mut *visit) {
            return;
        }
    }
}

fn each_env<'a>(env: Env<'a>, arg: &'a Arg, buffer: &mut Vec<u8>, visit: &mut dyn FnMut(Value<'_>) -> bool) {
    if arg.present && arg.number.is_none() {
        let found =
            chosen(env, arg).find_map(|t| t.env().find_map(|item| value_of(item, arg.text.as_bytes())));
        if let Some(value) = found {
            visit(Value::Text(value));
        }
        return;
    }
    each(env, arg, buffer, visit, |t, b| {
        join_items(t.env(), b);
        text(b)
    });
}
