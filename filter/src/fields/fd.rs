//! `fd.*`: the descriptor of the event.

use cscope_capture::FdType;
use cscope_capture::table::{Dir, Flags};
use cscope_enrich::Fd;

use super::{bool, evt_args, facts, int, text, thread};
use crate::field::{Arg, ArgKind, ArgRule, Env, Field, FieldFlags, Needs, One};
use crate::{Kind, Print, Value};

const fn row(name: &'static str, kind: Kind, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, kind, doc, example, one)
        .without_args()
        .needs(Needs::FDS.or(Needs::THREADS))
        .flags(FieldFlags::OF_CALLS_ON_FDS)
}

/// A row that reads nothing but the descriptor where that is known.
const fn own(name: &'static str, kind: Kind, doc: &'static str, example: &'static str, one: One) -> Field {
    row(name, kind, doc, example, one).flags(FieldFlags::DESCRIPTOR)
}

pub(super) const FIELDS: &[Field] = &[
    row(
        "fd.num",
        Kind::Int,
        "Number of the descriptor; of calls that failed to make one, the negative error number.",
        "fd.num < 3",
        |env, _, _| int(env.cx.fd_num.or_else(|| failed_number(env))?),
    )
    .print(Print::Id),
    own(
        "fd.name",
        Kind::Text,
        "Path of a file, ends of a connection (1.2.3.4:40000->5.6.7.8:443), path of a unix socket. Of a failed \
         open the path that was asked for; empty when the descriptor is not known.",
        "fd.name startswith /etc",
        name,
    ),
    own(
        "fd.nameraw",
        Kind::Text,
        "The path as the program gave it.",
        "fd.nameraw startswith ../",
        |env, _, _| match fd(env) {
            Some(fd) => text(&fd.raw_name),
            None => text(env.cx.event.text(usize::from(failed_path(env)?))?),
        },
    ),
    own("fd.type", Kind::Text, "Kind of the descriptor.", "fd.type in (ipv4, ipv6)", |env, _, _| {
        text(fd(env)?.type_name().as_bytes())
    })
    .values(&[
        "file",
        "directory",
        "ipv4",
        "ipv6",
        "unix",
        "pipe",
        "event",
        "signalfd",
        "eventpoll",
        "inotify",
        "timerfd",
        "netlink",
        "bpf",
        "userfaultfd",
        "io_uring",
        "memfd",
        "pidfd",
        "unsupported",
    ]),
    own(
        "fd.typechar",
        Kind::Text,
        "Kind as one letter: f file, d directory, 4 ipv4, 6 ipv6, u unix, p pipe, e event, s signalfd, l eventpoll, \
         i inotify, t timerfd, n netlink, b bpf, r io_uring, m memfd, P pidfd, o other.",
        "fd.typechar = f",
        |env, _, buffer| match fd(env) {
            Some(fd) => {
                buffer.push(fd.type_char() as u8);
                text(buffer)
            }
            None => text(expected_letter(env)?),
        },
    ),
    row(
        "fd.types",
        Kind::Text,
        "Kinds of all descriptors of the process, or of the one with the number given as argument.",
        "fd.types intersects (ipv4, ipv6)",
        |_, _, _| None,
    )
    .arg(ArgRule::Allowed(ArgKind::Index))
    .flags(FieldFlags::LIST.or(FieldFlags::NO_RHS))
    .clear(FieldFlags::OF_CALLS_ON_FDS)
    .each(each_type),
    own(
        "fd.directory",
        Kind::Text,
        "Directory of a file; of a directory its own path.",
        "fd.directory = /etc",
        |env, _, buffer| text(directory(path_of(env, buffer)?)),
    ),
    own(
        "fd.filename",
        Kind::Text,
        "Last part of the path of a file.",
        "fd.filename = passwd",
        |env, _, buffer| {
            if fd(env).is_some_and(|fd| fd.info.kind == FdType::Directory) {
                return None;
            }
            text(last_part(path_of(env, buffer)?))
        },
    ),
    own(
        "fd.path.real",
        Kind::Text,
        "Path of a file with links and mounts resolved, as the kernel found it when it was opened; fd.name where the \
         capture does not tell.",
        "fd.path.real startswith /usr",
        |env, _, _| {
            let fd = fd(env).filter(|fd| fd.is_file() || fd.info.kind == FdType::Directory)?;
            text(if fd.real_path.is_empty() { &fd.info.name } else { &fd.real_path })
        },
    )
    .needs(Needs::PATHS),
    row(
        "fd.containername",
        Kind::Text,
        "Id of the container, colon, name of the descriptor: a key that tells equal paths apart.",
        "fd.containername startswith host:",
        |env, arg, buffer| {
            let mut path = Vec::new();
            let name = name(env, arg, &mut path)?.bytes()?;
            in_container(env, name, buffer)
        },
    )
    .needs(Needs::CONTAINERS),
    row(
        "fd.containerdirectory",
        Kind::Text,
        "Id of the container, colon, directory of the file.",
        "fd.containerdirectory = host:/etc",
        |env, _, buffer| {
            let mut path = Vec::new();
            let directory = directory(path_of(env, &mut path)?);
            in_container(env, directory, buffer)
        },
    )
    .needs(Needs::CONTAINERS),
    row("fd.ino", Kind::Int, "Inode number of the file.", "fd.ino = 4026531841", |env, _, _| {
        int(fd(env)?.info.ino.cast_signed())
    }),
    row("fd.dev", Kind::Int, "Device number of the file.", "fd.dev = 0x801", |env, _, _| {
        int(fd(env)?.info.dev.into())
    })
    .print(Print::Hex),
    row("fd.dev.major", Kind::Int, "Major part of the device number.", "fd.dev.major = 8", |env, _, _| {
        int((fd(env)?.info.dev >> 8 & 0xfff).into())
    }),
    row("fd.dev.minor", Kind::Int, "Minor part of the device number.", "fd.dev.minor = 1", |env, _, _| {
        let dev = fd(env)?.info.dev;
        int((dev & 0xff | dev >> 12 & 0xf_ff00).into())
    }),
    row(
        "fd.is_upper_layer",
        Kind::Bool,
        "The file lies in the upper layer of an overlay.",
        "fd.is_upper_layer = true",
        |env, _, _| bool(fd(env)?.upper_layer),
    ),
    row(
        "fd.is_lower_layer",
        Kind::Bool,
        "The file lies in a lower layer of an overlay.",
        "fd.is_lower_layer = true",
        |env, _, _| bool(fd(env)?.lower_layer),
    ),
    row(
        "fd.name_changed",
        Kind::Bool,
        "This event changed the name of the descriptor, for example by connecting a socket.",
        "fd.name_changed = true",
        |env, _, _| {
            fd(env)?;
            bool(env.cx.fd_name_changed)
        },
    ),
    row(
        "fd.uid",
        Kind::Text,
        "Thread id followed by the number of the descriptor: a key for tables.",
        "fd.uid = 17493",
        |env, _, buffer| {
            let number = env.cx.fd_num?;
            cscope_capture::print::write_uint(env.cx.event.tid, buffer);
            cscope_capture::print::write_int(number, buffer);
            text(buffer)
        },
    ),
];

pub(super) fn fd(env: Env<'_>) -> Option<&Fd> {
    env.cx.fd
}

/// The error a call returned in the place of a descriptor.
fn failed_number(env: Env<'_>) -> Option<i64> {
    let event = &env.cx.event;
    let info = event.info()?;
    if info.dir == Dir::Exit && info.flags.has(Flags::CREATES_FD) && info.params.first()?.name == "fd" {
        event.i64(0).filter(|&n| n < 0)
    } else {
        None
    }
}

/// Letter of what a call that makes descriptors would have made, for those that failed or did not end yet.
fn expected_letter(env: Env<'_>) -> Option<&'static [u8]> {
    Some(match env.cx.event.info()?.name {
        "open" | "openat" | "openat2" | "open_by_handle_at" | "creat" => b"f",
        "socket" | "socketpair" | "accept" | "accept4" => b"4",
        "pipe" | "pipe2" => b"p",
        "eventfd" | "eventfd2" => b"e",
        "signalfd" | "signalfd4" => b"s",
        "timerfd_create" => b"t",
        "inotify_init" | "inotify_init1" => b"i",
        _ => return None,
    })
}

/// Path parameter of an open that failed.
fn failed_path(env: Env<'_>) -> Option<u8> {
    let facts = facts::of(env.cx.event.kind);
    if facts.open && facts::result(&env.cx.event)? < 0 { facts.paths[0] } else { None }
}

fn name<'a>(env: Env<'a>, _: &'a Arg, buffer: &'a mut Vec<u8>) -> Option<Value<'a>> {
    if let Some(fd) = fd(env) {
        return text(&fd.info.name);
    }
    if failed_path(env).is_some() {
        return evt_args::path(env, failed_path(env), buffer);
    }
    // An event on a descriptor of which nothing is known has the empty name, as in other tools.
    let info = env.cx.event.info()?;
    let flags = info.flags;
    let works_on_fd = info.dir == Dir::Exit
        && [Flags::USES_FD, Flags::CREATES_FD, Flags::DESTROYS_FD].iter().any(|f| flags.has(*f));
    if works_on_fd && env.cx.thread.is_some() { text(b"") } else { None }
}

/// Path of a file or directory.
fn path_of<'a>(env: Env<'a>, buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    match fd(env) {
        Some(fd) if fd.is_file() => Some(&fd.info.name),
        Some(fd) if fd.info.kind == FdType::Directory => {
            // A directory stands for itself: its name keeps a slash that `directory` takes away again.
            buffer.extend_from_slice(&fd.info.name);
            buffer.push(b'/');
            Some(buffer)
        }
        Some(_) => None,
        None => evt_args::path(env, failed_path(env), buffer)?.bytes(),
    }
}

/// The part of a path before its last slash; `/` for files in the root directory.
pub(super) fn directory(path: &[u8]) -> &[u8] {
    match memchr::memrchr(b'/', path) {
        Some(0) => b"/",
        Some(end) => &path[..end],
        None => path,
    }
}

/// The part of a path behind its last slash.
fn last_part(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).and_then(|i| path.get(i + 1..)).unwrap_or(path)
}

fn in_container<'a>(env: Env<'a>, name: &[u8], buffer: &'a mut Vec<u8>) -> Option<Value<'a>> {
    buffer.extend_from_slice(thread(env)?.place());
    buffer.push(b':');
    buffer.extend_from_slice(name);
    text(buffer)
}

fn each_type<'a>(env: Env<'a>, arg: &'a Arg, _: &mut Vec<u8>, visit: &mut dyn FnMut(Value<'_>) -> bool) {
    let Some(thread) = thread(env) else { return };
    if let Some(number) = arg.number {
        let found = i64::try_from(number).ok().and_then(|n| env.cx.state.fd(thread, n));
        if let Some(fd) = found {
            visit(Value::Text(fd.type_name().as_bytes()));
        }
        return;
    }
    for fd in env.cx.state.fds(thread) {
        if visit(Value::Text(fd.type_name().as_bytes())) {
            return;
        }
    }
}
