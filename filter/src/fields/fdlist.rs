//! `fdlist.*`: all descriptors that a poll waits for.

use cscope_capture::print::{write_int, write_uint};
use cscope_capture::value::{Value as Param, decode};
use cscope_enrich::Fd;

use super::fd_inet::{End, client_of, server_of};
use super::{text, thread};
use crate::field::{Env, Field, Needs, One};
use crate::text::write_plain;
use crate::{Kind, Print, Value};

const fn row(name: &'static str, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, Kind::Text, doc, example, one).needs(Needs::FDS.or(Needs::THREADS))
}

pub(super) const FIELDS: &[Field] = &[
    row(
        "fdlist.nums",
        "Numbers of the descriptors a poll waits for, with commas between.",
        "fdlist.nums contains 4",
        |env, _, buffer| {
            each(env, buffer, |number, _, out| {
                write_int(number, out);
                Some(())
            })
        },
    ),
    row(
        "fdlist.names",
        "Names of the descriptors a poll waits for, with commas between; <NA> for those without.",
        "fdlist.names contains /dev/ptmx",
        |env, _, buffer| {
            each(env, buffer, |_, fd, out| {
                let name = fd.map_or(&b""[..], |fd| &fd.info.name);
                out.extend_from_slice(if name.is_empty() { b"<NA>" } else { name });
                Some(())
            })
        },
    ),
    row(
        "fdlist.cips",
        "Addresses of the clients of the sockets a poll waits for, with commas between.",
        "fdlist.cips contains 10.0.0.1",
        |env, _, buffer| each(env, buffer, |_, fd, out| ip(client_of(fd?)?, out)),
    ),
    row(
        "fdlist.sips",
        "Addresses of the servers of the sockets a poll waits for, with commas between.",
        "fdlist.sips contains 10.0.0.1",
        |env, _, buffer| each(env, buffer, |_, fd, out| ip(server_of(fd?)?, out)),
    ),
    row(
        "fdlist.cports",
        "Ports of the clients of the sockets a poll waits for, with commas between.",
        "fdlist.cports contains 5900",
        |env, _, buffer| each(env, buffer, |_, fd, out| port(client_of(fd?)?, out)),
    ),
    row(
        "fdlist.sports",
        "Ports of the servers of the sockets a poll waits for, with commas between.",
        "fdlist.sports contains 443",
        |env, _, buffer| each(env, buffer, |_, fd, out| port(server_of(fd?)?, out)),
    ),
];

/// Appends an item for each descriptor that has one; `None` for events that are no poll, and without any item.
fn each<'a>(
    env: Env<'a>,
    buffer: &'a mut Vec<u8>,
    item: fn(i64, Option<&Fd>, &mut Vec<u8>) -> Option<()>,
) -> Option<Value<'a>> {
    let event = &env.cx.event;
    let polled =
        event.info()?.params.iter().zip(event.params.iter()).find_map(|(param, bytes)| {
            match decode(param, bytes) {
                Some(Param::FdList(list)) => Some(list),
                _ => None,
            }
        })?;
    for polled in polled {
        let fd = thread(env).and_then(|t| env.cx.state.fd(t, polled.fd));
        let start = buffer.len();
        if start > 0 {
            buffer.push(b',');
        }
        if item(polled.fd, fd, buffer).is_none() {
            buffer.truncate(start);
        }
    }
    if buffer.is_empty() { None } else { text(buffer) }
}

fn ip(end: End, out: &mut Vec<u8>) -> Option<()> {
    write_plain(&Value::Ip(end.ip), Print::Dec, out);
    Some(())
}

fn port(end: End, out: &mut Vec<u8>) -> Option<()> {
    write_uint(end.port.into(), out);
    Some(())
}
