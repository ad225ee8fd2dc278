//! `evt.*`: the event itself.

use cscope_capture::table::{Dir, EVENTS, SYSCALLS};

use crate::field::{Arg, Class, Env, Field, Typed};
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
    Field::by_type(
        "evt.type",
        Kind::Text,
        "Name of the event, for system calls the name of the call. A name covers its variants: open also \
         matches openat and openat2.",
        "evt.type = open",
        |typed, _| Some(Value::Text(type_name(typed).as_bytes())),
    )
    .except(async_name),
    Field::by_type("evt.dir", Kind::Text, "> for the start of a call, < for its end.", "evt.dir = <", dir),
];

/// Name of the event; of generic events the name of their call.
pub(super) fn type_name(typed: Typed) -> &'static str {
    if let Some(call) = typed.code.and_then(|c| SYSCALLS.get(c)) {
        return call.name;
    }
    typed.kind.info().map_or("unknown", |i| i.name)
}

fn async_name<'a>(env: Env<'a>, _: &'a Arg, _: &'a mut Vec<u8>) -> Option<Value<'a>> {
    env.cx.event.text(1).map(Value::Text)
}

fn dir(typed: Typed, _: &Arg) -> Option<Value<'static>> {
    Some(Value::Text(match EVENTS.get(usize::from(typed.kind.0))?.dir {
        Dir::Enter => b">",
        Dir::Exit => b"<",
    }))
}
