//! THE field table: one row per field, one file per class.
//!
//! A row holds name, kind, argument rule, properties, documentation, an example that a test parses and
//! evaluates, and the function that takes the value from an event in its context. Adding a field is one row.

mod container;
mod evt;
mod evt_args;
mod evt_io;
mod evt_time;
mod facts;
mod fd;
mod fd_inet;
mod fdlist;
mod fs_path;
mod k8s;
mod proc;
mod proc_family;
mod syslog;
mod thread;
mod user;
mod util;

pub(crate) use evt_time::write_line_time;
pub(crate) use facts::failed as failed_event;

use cscope_enrich::Thread;

use crate::Value;
use crate::field::{Class, Env};

/// All classes in the order they are listed.
pub static CLASSES: &[Class] = &[
    Class {
        name: "evt",
        doc: "The event: what happened, when, with which result and arguments.",
        fields: &[evt::FIELDS, evt_time::FIELDS, evt_io::FIELDS, evt_args::FIELDS],
    },
    Class { name: "syscall", doc: "The system call of the event.", fields: &[evt::SYSCALL] },
    Class {
        name: "proc",
        doc: "The process that made the event, and its relatives.",
        fields: &[proc::FIELDS, proc_family::FIELDS],
    },
    Class { name: "thread", doc: "The thread that made the event.", fields: &[thread::FIELDS] },
    Class { name: "user", doc: "The user the thread runs as.", fields: &[user::USER] },
    Class { name: "group", doc: "The group the thread runs as.", fields: &[user::GROUP] },
    Class { name: "container", doc: "The container of the process.", fields: &[container::FIELDS] },
    Class {
        name: "fd",
        doc: "The file, socket or other descriptor the event works on.",
        fields: &[fd::FIELDS, fd_inet::FIELDS],
    },
    Class { name: "fdlist", doc: "The descriptors that a poll waits for.", fields: &[fdlist::FIELDS] },
    Class { name: "fs", doc: "The paths a file system call acts on.", fields: &[fs_path::FIELDS] },
    Class { name: "syslog", doc: "Messages written to the system log.", fields: &[syslog::FIELDS] },
    Class {
        name: "k8s",
        doc: "The Kubernetes pod of the container, from the labels of the container.",
        fields: &[k8s::FIELDS],
    },
    Class { name: "util", doc: "Numbers for tables.", fields: &[util::FIELDS] },
];

/// Thread of the event.
fn thread<'a>(env: Env<'a>) -> Option<&'a Thread> {
    env.cx.thread
}

/// Leader of the thread's process.
fn process<'a>(env: Env<'a>) -> Option<&'a Thread> {
    env.cx.process()
}

fn text(bytes: &[u8]) -> Option<Value<'_>> {
    Some(Value::Text(bytes))
}

fn int(v: i64) -> Option<Value<'static>> {
    Some(Value::Int(v))
}

fn uint(v: u64) -> Option<Value<'static>> {
    Some(Value::Uint(v))
}

fn bool(v: bool) -> Option<Value<'static>> {
    Some(Value::Bool(v))
}

/// Value of an item `key=value`.
fn value_of<'a>(item: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    item.strip_prefix(key)?.strip_prefix(b"=")
}

/// Appends items with blanks between.
fn join_items<'a>(items: impl Iterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
    for (n, item) in items.enumerate() {
        if n > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(item);
    }
}
