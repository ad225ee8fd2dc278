//! `evt.*`: arguments of the event.

use cscope_capture::print::{print_args, print_param};
use cscope_capture::table::{Extra, ParamType};
use cscope_capture::value::{Value as Param, decode_as, dyn_variant};

use super::{facts, text};
use crate::field::{Arg, ArgKind, ArgRule, Env, Field, FieldFlags, Needs};
use crate::resolve::Resolver;
use crate::{Kind, Value};

const STATE: Needs = Needs::FDS.or(Needs::THREADS).or(Needs::USERS);

pub(super) const FIELDS: &[Field] = &[
    Field::new(
        "evt.args",
        Kind::Text,
        "All arguments: name=value(meaning), with blanks between.",
        "evt.args contains passwd",
        args,
    )
    .write(write_args)
    .flags(FieldFlags::LAYOUT)
    .needs(STATE),
    Field::new(
        "evt.info",
        Kind::Text,
        "What there is to say of the event: the same as evt.args.",
        "evt.info contains passwd",
        args,
    )
    .write(write_args)
    .flags(FieldFlags::LAYOUT)
    .needs(STATE),
    Field::new(
        "evt.arg",
        Kind::Text,
        "One argument as text, by name or number: evt.arg.name, evt.arg[0]. Where a number has a meaning, such as \
         a descriptor, an error or flags, the text is the meaning; evt.rawarg is the number.",
        "evt.arg.flags contains O_CREAT",
        |env, arg, buffer| {
            let event = &env.cx.event;
            let index = arg.param(event.kind)?;
            if !print_param(event, index, &Resolver(env), &env.text.print(), buffer) {
                return None;
            }
            text(buffer)
        },
    )
    .arg(ArgRule::Required(ArgKind::Param))
    .flags(FieldFlags::LAYOUT)
    .needs(STATE),
    Field::new(
        "evt.rawarg",
        Kind::Dyn,
        "One argument by name as it was stored: a number, a text or bytes.",
        "evt.rawarg.res < 0",
        raw_arg,
    )
    .arg(ArgRule::Required(ArgKind::Param))
    .flags(FieldFlags::NO_RHS.or(FieldFlags::NO_TRANSFORMER)),
    Field::new(
        "evt.abspath",
        Kind::Text,
        "Absolute path of calls that take a directory and a path (openat ...); evt.abspath.src and \
         evt.abspath.dst for calls that take two.",
        "evt.abspath startswith /etc",
        |env, arg, buffer| {
            let [first, second] = facts::of(env.cx.event.kind).paths;
            let index = if &*arg.text == "dst" { second } else { first };
            path(env, index, buffer)
        },
    )
    .arg(ArgRule::Allowed(ArgKind::Key))
    .needs(STATE),
];

fn args<'a>(env: Env<'a>, arg: &'a Arg, buffer: &'a mut Vec<u8>) -> Option<Value<'a>> {
    write_args(env, arg, buffer);
    text(buffer)
}

fn write_args<'a>(env: Env<'a>, _: &'a Arg, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    print_args(&env.cx.event, &Resolver(env), &env.text.print(), out);
    // Old tools leave the blank behind the last argument, in JSON too.
    if env.text.pairs && out.len() > start {
        out.push(b' ');
    }
    true
}

/// A path parameter, absolute.
pub(super) fn path<'a>(env: Env<'a>, index: Option<u8>, buffer: &'a mut Vec<u8>) -> Option<Value<'a>> {
    let event = &env.cx.event;
    let index = usize::from(index?);
    event.text(index)?;
    print_param(event, index, &Resolver(env), &env.text.print(), buffer);
    text(buffer)
}

fn raw_arg<'a>(env: Env<'a>, arg: &'a Arg, _: &'a mut Vec<u8>) -> Option<Value<'a>> {
    let event = &env.cx.event;
    let index = arg.param(event.kind)?;
    let param = event.info()?.params.get(index)?;
    let bytes = event.param(index)?;
    if let (ParamType::Errno | ParamType::Fd | ParamType::Int64, &[a, b, c, d, e, f, g, h]) =
        (param.kind, bytes)
    {
        return Some(Value::Int(i64::from_le_bytes([a, b, c, d, e, f, g, h])));
    }
    let value = match param.extra {
        Extra::Dyn(variants) => {
            let (kind, _, payload) = dyn_variant(variants, bytes)?;
            decode_as(kind, &Extra::None, payload)
        }
        _ => decode_as(param.kind, &param.extra, bytes),
    };
    match value {
        // A text that is absent reads like this, as it prints.
        None if param.kind.width().is_none() && bytes.is_empty() => text(b"<NA>"),
        None => None,
        Some(Param::Text(v) | Param::Path(v) | Param::RelPath { path: v, .. }) => text(v),
        Some(Param::Bytes(v) | Param::TextList(v)) => Some(Value::Bytes(v)),
        Some(Param::Uint(v) | Param::RelTime(v) | Param::AbsTime(v)) => Some(Value::Uint(v)),
        Some(Param::Ipv4(ip)) => Some(Value::Ip(ip.into())),
        Some(Param::Ipv6(ip)) => Some(Value::Ip(ip.into())),
        Some(other) => other.as_int().map(Value::Int),
    }
}
