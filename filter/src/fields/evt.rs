//! `evt.*`: the event itself.

use cscope_capture::EventType;
use cscope_capture::table::{Dir, SYSCALLS};

use crate::field::{Arg, Class, Env, Field, FieldFlags};
use crate::{Kind, Value};

pub(super) const CLASS: Class = Class { name: "evt", doc: "The event itself.", fields: FIELDS };

const FIELDS: &[Field] = &[
    Field::new(
        "evt.num",
        Kind::Uint,
        "Number of the event in the stream, from 1; events that are hidden or filtered out count too.",
        "evt.num < 100",
        |env, _, _| Some(Value::Uint(env.cx.num)),
    ),
    Field::new(
        "evt.type",
        Kind::Text,
        "Name of the event, for system calls the name of the call. A name covers its variants: open also \
         matches openat and openat2.",
        "evt.type = open",
        |env, _, _| Some(Value::Text(type_name(env).as_bytes())),
    )
    .flags(FieldFlags::BY_TYPE),
    Field::new("evt.dir", Kind::Text, "> for the start of a call, < for its end.", "evt.dir = <", dir)
        .flags(FieldFlags::BY_TYPE),
];

/// Name of the event; of generic events the name of their call.
pub(super) fn type_name(env: Env<'_>) -> &'static str {
    let event = &env.cx.event;
    if matches!(event.kind, EventType::GENERIC_E | EventType::GENERIC_X) {
        let code = event.u64(0).and_then(|c| usize::try_from(c).ok());
        if let Some(call) = code.and_then(|c| SYSCALLS.get(c)) {
            return call.name;
        }
    }
    event.info().map_or("unknown", |i| i.name)
}

fn dir<'a>(env: Env<'a>, _: &'a Arg, _: &'a mut Vec<u8>) -> Option<Value<'a>> {
    Some(Value::Text(match env.cx.event.info()?.dir {
        Dir::Enter => b">",
        Dir::Exit => b"<",
    }))
}
