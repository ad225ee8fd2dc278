//! `evt.*`: number, type and result of the event. `syscall.*`.

use cscope_capture::EventType;
use cscope_capture::table::{Category, Dir, Flags, SYSCALLS, Source, errno_name};
use cscope_enrich::Fd;

use super::{bool, facts, int, text, thread, uint};
use crate::field::{Arg, ArgKind, ArgRule, Env, Field, FieldFlags, Needs, Typed};
use crate::{Kind, Print, Value};

pub(super) const FIELDS: &[Field] = &[
    Field::new(
        "evt.num",
        Kind::Uint,
        "Number of the event in the stream, from 1; events that are hidden or filtered out count too.",
        "evt.num < 100",
        |env, _, _| uint(env.cx.num),
    )
    .without_args()
    .print(Print::Id),
    Field::by_type(
        "evt.type",
        Kind::Text,
        "Name of the event, for system calls the name of the call. A name covers its variants: open also \
         matches openat and openat2 (see --exact-types).",
        "evt.type = open",
        |typed, _| text(type_name(typed).as_bytes()),
    )
    .except(async_name),
    Field::by_type(
        "evt.type.is",
        Kind::Uint,
        "1 when the event is of the type given as argument (evt.type.is.open), else 0.",
        "evt.type.is.open = 1",
        |typed, arg| uint((type_name(typed) == &*arg.text).into()),
    )
    .arg(ArgRule::Required(ArgKind::EventName)),
    Field::by_type("evt.dir", Kind::Text, "> for the start of a call, < for its end.", "evt.dir = <", dir)
        .values(&[">", "<"]),
    Field::new(
        "evt.category",
        Kind::Text,
        "What the event is about. Reads and writes are file, net or ipc by their descriptor, io-read and io-write \
         when that is unknown.",
        "evt.category = net",
        category,
    )
    .values(&["file","net","ipc","memory","process","sleep","system","signal","user","time","wait","scheduler","internal","other","io","io-read","io-write","io-other","unknown"])
    .without_args()
    .needs(Needs::FDS),
    Field::new(
        "evt.cpu",
        Kind::Int,
        "Number of the CPU the event happened on.",
        "evt.cpu = 0",
        |env, _, _| int(env.cx.event.cpu.into()),
    )
    .without_args()
    .print(Print::Id),
    Field::new(
        "evt.res",
        Kind::Text,
        "Result of the call: SUCCESS or the name of the error.",
        "evt.res = ENOENT",
        |env, _, buffer| match facts::result(&env.cx.event)? {
            0.. => text(b"SUCCESS"),
            error => match errno_name(error) {
                Some(name) => text(name.as_bytes()),
                None => {
                    cscope_capture::print::write_int(error, buffer);
                    text(buffer)
                }
            },
        },
    )
    .without_args(),
    Field::new(
        "evt.rawres",
        Kind::Int,
        "Result of the call as a number; errors are negative.",
        "evt.rawres < 0",
        |env, _, _| int(facts::result(&env.cx.event)?),
    )
    .without_args(),
    Field::new("evt.failed", Kind::Bool, "The call returned an error.", "evt.failed = true", |env, _, _| {
        bool(failed(env))
    })
    .without_args(),
    Field::new("evt.count", Kind::Uint, "Always 1, for adding up.", "evt.count = 1", |_, _, _| uint(1))
        .without_args(),
    Field::new(
        "evt.count.error",
        Kind::Uint,
        "1 for calls that failed, for adding up.",
        "evt.count.error = 1",
        |env, _, _| one_if(failed(env)),
    )
    .without_args(),
    Field::new(
        "evt.count.error.file",
        Kind::Uint,
        "1 for calls on files that failed.",
        "evt.count.error.file = 1",
        |env, _, _| one_if(failed(env) && subject(env) == Subject::File),
    )
    .without_args()
    .needs(Needs::FDS),
    Field::new(
        "evt.count.error.net",
        Kind::Uint,
        "1 for calls on sockets that failed.",
        "evt.count.error.net = 1",
        |env, _, _| one_if(failed(env) && subject(env) == Subject::Net),
    )
    .without_args()
    .needs(Needs::FDS),
    Field::new(
        "evt.count.error.memory",
        Kind::Uint,
        "1 for calls on memory that failed.",
        "evt.count.error.memory = 1",
        |env, _, _| one_if(failed(env) && subject(env) == Subject::Memory),
    )
    .without_args()
    .needs(Needs::FDS),
    Field::new(
        "evt.count.error.other",
        Kind::Uint,
        "1 for calls that failed and are about neither files nor sockets nor memory.",
        "evt.count.error.other = 1",
        |env, _, _| one_if(failed(env) && subject(env) == Subject::Other),
    )
    .without_args()
    .needs(Needs::FDS),
    Field::by_type(
        "evt.count.exit",
        Kind::Uint,
        "1 for the end of calls, for adding up.",
        "evt.count.exit = 1",
        |typed, _| one_if(typed.kind.info()?.dir == Dir::Exit),
    ),
    Field::new(
        "evt.count.procinfo",
        Kind::Uint,
        "1 for the events that tell the CPU use of a process once a second.",
        "evt.count.procinfo = 1",
        |env, _, _| one_if(env.cx.event.kind == EventType::PROCINFO_E && thread(env)?.is_main()),
    )
    .flags(FieldFlags::TABLE_ONLY),
    Field::by_type(
        "evt.count.threadinfo",
        Kind::Uint,
        "1 for the events that tell the CPU use of a thread once a second.",
        "evt.count.threadinfo = 1",
        |typed, _| one_if(typed.kind == EventType::PROCINFO_E),
    )
    .flags(FieldFlags::TABLE_ONLY),
    Field::by_type(
        "evt.source",
        Kind::Text,
        "Where the event comes from: syscall, or plugin for events of plugins of other tools.",
        "evt.source = syscall",
        |typed, _| text(if typed.kind == EventType::PLUGINEVENT_E { b"plugin" } else { b"syscall" }),
    ),
    Field::by_type(
        "evt.is_async",
        Kind::Bool,
        "The event was put into the stream by a program, not by the kernel.",
        "evt.is_async = true",
        |typed, _| bool(typed.kind == EventType::ASYNCEVENT_E),
    ),
    Field::new(
        "evt.asynctype",
        Kind::Text,
        "Name of an event that was put into the stream by a program.",
        "evt.asynctype = container",
        |env, _, _| {
            if env.cx.event.kind == EventType::ASYNCEVENT_E { text(env.cx.event.text(1)?) } else { None }
        },
    ),
    Field::new(
        "evt.hostname",
        Kind::Text,
        "Name of the machine the event happened on.",
        "evt.hostname != otherhost",
        |env, _, _| text(&env.cx.state.machine()?.hostname),
    )
    .without_args(),
    Field::new(
        "evt.pluginname",
        Kind::Text,
        "For events of plugins of other tools: the number of the plugin.",
        "evt.pluginname exists",
        |env, _, buffer| {
            let event = &env.cx.event;
            let id = if event.kind == EventType::PLUGINEVENT_E { event.u64(0)? } else { return None };
            cscope_capture::print::write_uint(id, buffer);
            text(buffer)
        },
    ),
    Field::new(
        "evt.plugininfo",
        Kind::Text,
        "For events of plugins of other tools: their data.",
        "evt.plugininfo exists",
        |env, _, _| {
            let event = &env.cx.event;
            if event.kind == EventType::PLUGINEVENT_E { text(event.param(1)?) } else { None }
        },
    ),
    infra(
        "evt.infra.docker.name",
        "Name of a Docker event in old captures.",
        "evt.infra.docker.name = start",
        |env, _, _| infra_item(env, b"Event"),
    ),
    infra(
        "evt.infra.docker.container.id",
        "Container of a Docker event in old captures.",
        "evt.infra.docker.container.id exists",
        |env, _, _| infra_item(env, b"ID"),
    ),
    infra(
        "evt.infra.docker.container.name",
        "Name of the container of a Docker event in old captures.",
        "evt.infra.docker.container.name = db",
        |env, _, _| infra_item(env, b"Name"),
    ),
    infra(
        "evt.infra.docker.container.image",
        "Image of the container of a Docker event in old captures.",
        "evt.infra.docker.container.image = busybox",
        |env, _, _| infra_item(env, b"Image"),
    ),
];

pub(super) const SYSCALL: &[Field] = &[Field::by_type(
    "syscall.type",
    Kind::Text,
    "Name of the system call; missing for events that are none. Matches exactly, unlike evt.type.",
    "syscall.type = openat",
    |typed, _| {
        let info = typed.kind.info()?;
        if info.source == Source::Syscall { text(type_name(typed).as_bytes()) } else { None }
    },
)];

const fn infra(
    name: &'static str,
    doc: &'static str,
    example: &'static str,
    one: crate::field::One,
) -> Field {
    Field::new(name, Kind::Text, doc, example, one).flags(FieldFlags::TABLE_ONLY)
}

fn one_if(condition: bool) -> Option<Value<'static>> {
    if condition { uint(1) } else { None }
}

/// Name of the event; of generic events the name of their call.
pub(super) fn type_name(typed: Typed) -> &'static str {
    if let Some(call) = typed.code.and_then(|c| SYSCALLS.get(c)) {
        return call.name;
    }
    typed.kind.info().map_or("unknown", |i| i.name)
}

fn async_name<'a>(env: Env<'a>, _: &'a Arg, _: &'a mut Vec<u8>) -> Option<Value<'a>> {
    text(env.cx.event.text(1)?)
}

fn dir(typed: Typed, _: &Arg) -> Option<Value<'static>> {
    text(match typed.kind.info()?.dir {
        Dir::Enter => b">",
        Dir::Exit => b"<",
    })
}

/// The call failed.
pub(super) fn failed(env: Env<'_>) -> bool {
    facts::failed(&env.cx.event)
}

fn category<'a>(env: Env<'a>, _: &'a Arg, _: &'a mut Vec<u8>) -> Option<Value<'a>> {
    let category = env.cx.event.info()?.category;
    let io = matches!(category, Category::Io | Category::IoRead | Category::IoWrite | Category::IoOther);
    let Some(fd) = env.cx.fd.filter(|_| io) else { return text(category.name().as_bytes()) };
    text(match fd_subject(fd) {
        FdSubject::File => b"file",
        FdSubject::Net => b"net",
        FdSubject::Ipc => b"ipc",
        FdSubject::Other => b"other",
    })
}

/// What kind of thing a descriptor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FdSubject {
    File,
    Net,
    Ipc,
    Other,
}

pub(super) fn fd_subject(fd: &Fd) -> FdSubject {
    use cscope_capture::FdType as T;
    match fd.info.kind {
        T::File | T::FileV2 | T::Directory => FdSubject::File,
        T::Ipv4 | T::Ipv6 | T::Ipv4Server | T::Ipv6Server => FdSubject::Net,
        T::Fifo | T::Unix | T::Event | T::Signal | T::Inotify | T::UserFault => FdSubject::Ipc,
        _ => FdSubject::Other,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    File,
    Net,
    Memory,
    Other,
}

/// What a call is about: by its descriptor, else by its category.
fn subject(env: Env<'_>) -> Subject {
    match env.cx.fd.map(fd_subject) {
        Some(FdSubject::File) => return Subject::File,
        Some(FdSubject::Net) => return Subject::Net,
        _ => {}
    }
    let Some(info) = env.cx.event.info() else { return Subject::Other };
    match info.category {
        Category::File => Subject::File,
        Category::Net => Subject::Net,
        Category::Memory => Subject::Memory,
        _ => Subject::Other,
    }
}

/// An item of the description of an infrastructure event: `Event: start; ID: 3f4a; Image: busybox`.
fn infra_item<'a>(env: Env<'a>, key: &[u8]) -> Option<Value<'a>> {
    let event = &env.cx.event;
    if event.kind != EventType::INFRASTRUCTURE_EVENT_E {
        return None;
    }
    event.text(2)?.split(|&b| b == b';').find_map(|item| {
        let value = item.trim_ascii().strip_prefix(key)?.strip_prefix(b":")?;
        text(value.trim_ascii())
    })
}

/// True when the type has these flags.
pub(super) fn flagged(typed: Typed, flags: Flags) -> bool {
    facts::flagged(typed.kind, flags)
}
