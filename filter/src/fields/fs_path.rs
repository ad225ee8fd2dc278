//! `fs.path.*`: paths of file system calls.

use super::evt_args::path;
use super::{facts, text};
use crate::field::{Env, Field, Needs, One};
use crate::{Kind, Value};

const fn row(name: &'static str, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, Kind::Text, doc, example, one).needs(Needs::FDS.or(Needs::THREADS))
}

pub(super) const FIELDS: &[Field] = &[
    row(
        "fs.path.name",
        "The absolute path a call with one path acts on.",
        "fs.path.name startswith /etc",
        |env, _, buffer| path(env, single(env), buffer),
    ),
    row(
        "fs.path.nameraw",
        "That path as the program gave it.",
        "fs.path.nameraw startswith ../",
        |env, _, _| raw(env, single(env)),
    ),
    row(
        "fs.path.source",
        "The absolute source of a call with two paths (rename, link, mount ...).",
        "fs.path.source startswith /tmp",
        |env, _, buffer| path(env, double(env, 0), buffer),
    ),
    row(
        "fs.path.sourceraw",
        "That path as the program gave it.",
        "fs.path.sourceraw startswith /tmp",
        |env, _, _| raw(env, double(env, 0)),
    ),
    row(
        "fs.path.target",
        "The absolute target of a call with two paths.",
        "fs.path.target startswith /etc",
        |env, _, buffer| path(env, double(env, 1), buffer),
    ),
    row(
        "fs.path.targetraw",
        "That path as the program gave it.",
        "fs.path.targetraw startswith /etc",
        |env, _, _| raw(env, double(env, 1)),
    ),
];

/// The parameter of a call with one path.
fn single(env: Env<'_>) -> Option<u8> {
    match facts::of(env.cx.event.kind).paths {
        [one, None] => one,
        _ => None,
    }
}

/// A parameter of a call with two paths.
fn double(env: Env<'_>, index: usize) -> Option<u8> {
    let paths = facts::of(env.cx.event.kind).paths;
    paths[1]?;
    paths.get(index).copied().flatten()
}

fn raw<'a>(env: Env<'a>, index: Option<u8>) -> Option<Value<'a>> {
    text(env.cx.event.text(usize::from(index?))?)
}
