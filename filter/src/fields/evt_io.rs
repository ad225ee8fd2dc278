//! `evt.*`: reads, writes, opens.

use cscope_capture::EventType;
use cscope_capture::table::{Dir, Flags, flags};
use cscope_capture::value::Value as Param;

use super::evt::{FdSubject, fd_subject, flagged};
use super::{bool, facts, text, uint};
use crate::field::{Env, Field, FieldFlags, Needs, One, Typed};
use crate::{Kind, Value};

const fn length(name: &'static str, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, Kind::Uint, doc, example, one)
        .flags(FieldFlags::TABLE_ONLY)
        .without_args()
        .needs(Needs::FDS)
}

pub(super) const FIELDS: &[Field] = &[
    Field::by_type(
        "evt.is_io",
        Kind::Bool,
        "The event reads from or writes to a descriptor.",
        "evt.is_io = true",
        |typed, _| bool(reads(typed) || writes(typed)),
    ),
    Field::by_type(
        "evt.is_io_read",
        Kind::Bool,
        "The event reads from a descriptor.",
        "evt.is_io_read = true",
        |typed, _| bool(reads(typed)),
    ),
    Field::by_type(
        "evt.is_io_write",
        Kind::Bool,
        "The event writes to a descriptor.",
        "evt.is_io_write = true",
        |typed, _| bool(writes(typed)),
    ),
    Field::by_type(
        "evt.io_dir",
        Kind::Text,
        "Which way data goes, for events that move some.",
        "evt.io_dir = write",
        |typed, _| match (reads(typed), writes(typed)) {
            (true, _) => text(b"read"),
            (_, true) => text(b"write"),
            _ => None,
        },
    )
    .values(&["read", "write"]),
    Field::by_type(
        "evt.is_wait",
        Kind::Bool,
        "The call waits by its nature (poll, sleep, wait ...).",
        "evt.is_wait = true",
        |typed, _| bool(flagged(typed, Flags::WAITS)),
    ),
    Field::new(
        "evt.is_syslog",
        Kind::Bool,
        "The event writes to the system log (/dev/log).",
        "evt.is_syslog = true",
        |env, _, _| bool(is_syslog(env)),
    )
    .needs(Needs::FDS),
    Field::new(
        "evt.is_open_read",
        Kind::Bool,
        "The event opens a file for reading.",
        "evt.is_open_read = true",
        |env, _, _| bool(opened_with(env, O_RDONLY)),
    )
    .without_args(),
    Field::new(
        "evt.is_open_write",
        Kind::Bool,
        "The event opens a file for writing.",
        "evt.is_open_write = true",
        |env, _, _| bool(opened_with(env, O_WRONLY)),
    )
    .without_args(),
    Field::new(
        "evt.is_open_exec",
        Kind::Bool,
        "The event creates a file that can be executed.",
        "evt.is_open_exec = true",
        |env, _, _| bool(creates_executable(env)),
    )
    .without_args(),
    Field::new(
        "evt.is_open_create",
        Kind::Bool,
        "The event opened a file that did not exist before.",
        "evt.is_open_create = true",
        |env, _, _| bool(opened_with(env, O_F_CREATED)),
    )
    .without_args(),
    Field::new(
        "evt.buffer",
        Kind::Bytes,
        "Bytes that were read or written, as far as they were captured (see -s).",
        "evt.buffer contains GET",
        |env, _, _| Some(Value::Bytes(facts::data(&env.cx.event)?)),
    ),
    Field::new(
        "evt.buflen",
        Kind::Uint,
        "Number of bytes that were read or written.",
        "evt.buflen > 4KiB",
        |env, _, _| uint(moved(env)?),
    )
    .without_args(),
    length("evt.buflen.in", "Bytes read.", "evt.buflen.in > 0", |env, _, _| sum(env, true, false, None)),
    length("evt.buflen.out", "Bytes written.", "evt.buflen.out > 0", |env, _, _| sum(env, false, true, None)),
    length("evt.buflen.file", "Bytes read from or written to files.", "evt.buflen.file > 0", |env, _, _| {
        sum(env, true, true, Some(FdSubject::File))
    }),
    length("evt.buflen.file.in", "Bytes read from files.", "evt.buflen.file.in > 0", |env, _, _| {
        sum(env, true, false, Some(FdSubject::File))
    }),
    length("evt.buflen.file.out", "Bytes written to files.", "evt.buflen.file.out > 0", |env, _, _| {
        sum(env, false, true, Some(FdSubject::File))
    }),
    length(
        "evt.buflen.net",
        "Bytes received or sent over the network.",
        "evt.buflen.net > 0",
        |env, _, _| sum(env, true, true, Some(FdSubject::Net)),
    ),
    length("evt.buflen.net.in", "Bytes received over the network.", "evt.buflen.net.in > 0", |env, _, _| {
        sum(env, true, false, Some(FdSubject::Net))
    }),
    length("evt.buflen.net.out", "Bytes sent over the network.", "evt.buflen.net.out > 0", |env, _, _| {
        sum(env, false, true, Some(FdSubject::Net))
    }),
];

const O_RDONLY: &str = "O_RDONLY";
const O_WRONLY: &str = "O_WRONLY";
const O_CREAT: &str = "O_CREAT";
const O_TMPFILE: &str = "O_TMPFILE";
const O_F_CREATED: &str = "O_F_CREATED";

/// The bit with this name in the table of open flags.
fn bit(name: &str) -> u32 {
    flags::FILE_FLAGS.entries.iter().find(|(n, _)| *n == name).map_or(0, |(_, bit)| *bit)
}

fn reads(typed: Typed) -> bool {
    flagged(typed, Flags::READS_FROM_FD)
}

fn writes(typed: Typed) -> bool {
    flagged(typed, Flags::WRITES_TO_FD)
}

/// Flags of a call that opens a file by path.
fn open_flags(env: Env<'_>) -> Option<u32> {
    if !facts::of(env.cx.event.kind).open {
        return None;
    }
    match facts::param(&env.cx.event, "flags")? {
        Param::Flags { bits, .. } => Some(bits),
        _ => None,
    }
}

fn opened_with(env: Env<'_>, name: &str) -> bool {
    open_flags(env).is_some_and(|flags| flags & bit(name) != 0)
}

fn creates_executable(env: Env<'_>) -> bool {
    let event = &env.cx.event;
    if !facts::of(event.kind).open {
        return false;
    }
    let creates = event.kind == EventType::SYSCALL_CREAT_X
        || open_flags(env).is_some_and(|flags| flags & (bit(O_CREAT) | bit(O_TMPFILE)) != 0);
    let mode = facts::param(event, "mode").and_then(|v| v.as_int());
    creates && mode.is_some_and(|m| m & 0o111 != 0)
}

/// Bytes that were read or written.
fn moved(env: Env<'_>) -> Option<u64> {
    let typed = Typed::of(&env.cx.event);
    let exit = typed.kind.info()?.dir == Dir::Exit;
    if !exit || !(reads(typed) || writes(typed)) {
        return None;
    }
    facts::result(&env.cx.event).and_then(|r| u64::try_from(r).ok())
}

/// Bytes moved when direction and kind of the descriptor suit, else 0.
fn sum(env: Env<'_>, read: bool, write: bool, subject: Option<FdSubject>) -> Option<Value<'static>> {
    let typed = Typed::of(&env.cx.event);
    let direction = (read && reads(typed)) || (write && writes(typed));
    let suits = subject.is_none_or(|s| env.cx.fd.is_some_and(|fd| fd_subject(fd) == s));
    uint(if direction && suits { moved(env).unwrap_or(0) } else { 0 })
}

/// A write to the socket of the system log.
pub(super) fn is_syslog(env: Env<'_>) -> bool {
    writes(Typed::of(&env.cx.event)) && env.cx.fd.is_some_and(|fd| fd.info.name.ends_with(b"/dev/log"))
}
