//! `fd.*`: ends of a connection. The source end of a tuple is the client; a bound socket has one end, the server.

use std::net::IpAddr;
use std::sync::OnceLock;

use cscope_capture::{FdType, L4Proto};
use cscope_enrich::{Fd, Role};
use rustc_hash::FxHashMap;

use super::fd::fd;
use super::{bool, text, uint};
use crate::field::{Arg, Each, Env, Field, FieldFlags, Needs, One};
use crate::{Kind, Print, Value, services};

const fn row(name: &'static str, kind: Kind, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, kind, doc, example, one)
        .without_args()
        .needs(Needs::FDS.or(Needs::THREADS))
        .flags(FieldFlags::OF_CALLS_ON_FDS)
}

/// A field that cannot be printed, transformed, or stand on the right.
const FILTER: FieldFlags = FieldFlags::FILTER_ONLY.or(FieldFlags::NO_RHS).or(FieldFlags::NO_TRANSFORMER);

/// A field with the values of both ends.
const fn ends(name: &'static str, kind: Kind, doc: &'static str, example: &'static str, each: Each) -> Field {
    row(name, kind, doc, example, |_, _, _| None).each(each).flags(FILTER.or(FieldFlags::ENDS))
}

const fn net(name: &'static str, doc: &'static str, example: &'static str, one: One) -> Field {
    row(name, Kind::Net, doc, example, one).flags(FILTER)
}

const fn host(name: &'static str, doc: &'static str, example: &'static str, one: One) -> Field {
    row(name, Kind::Text, doc, example, one).flags(FieldFlags::NO_RHS.or(FieldFlags::NO_TRANSFORMER))
}

pub(super) const FIELDS: &[Field] = &[
    ends("fd.ip", Kind::Ip, "Address of either end.", "fd.ip = 127.0.0.1", each_ip),
    row("fd.cip", Kind::Ip, "Address of the client.", "fd.cip = 127.0.0.1", |env, _, _| ip(client(env))),
    row("fd.sip", Kind::Ip, "Address of the server.", "fd.sip = 127.0.0.1", |env, _, _| ip(server(env))),
    row("fd.lip", Kind::Ip, "Address of the end on this machine.", "fd.lip = 127.0.0.1", |env, _, _| {
        ip(local(env))
    }),
    row("fd.rip", Kind::Ip, "Address of the other end.", "fd.rip != 127.0.0.1", |env, _, _| ip(remote(env))),
    ends("fd.net", Kind::Net, "Network of either end.", "fd.net = 10.0.0.0/8", each_ip),
    net("fd.cnet", "Network of the client.", "fd.cnet = 10.0.0.0/8", |env, _, _| ip(client(env))),
    net("fd.snet", "Network of the server.", "fd.snet = 10.0.0.0/8", |env, _, _| ip(server(env))),
    net("fd.lnet", "Network of the end on this machine.", "fd.lnet = 10.0.0.0/8", |env, _, _| ip(local(env))),
    net("fd.rnet", "Network of the other end.", "fd.rnet = 10.0.0.0/8", |env, _, _| ip(remote(env))),
    ends("fd.port", Kind::Port, "Port of either end.", "fd.port = https", each_port),
    row("fd.cport", Kind::Port, "Port of the client.", "fd.cport > 1024", |env, _, _| port(client(env))),
    row("fd.sport", Kind::Port, "Port of the server.", "fd.sport = 443", |env, _, _| port(server(env))),
    row("fd.lport", Kind::Port, "Port of the end on this machine.", "fd.lport = 22", |env, _, _| {
        port(local(env))
    }),
    row("fd.rport", Kind::Port, "Port of the other end.", "fd.rport = 53", |env, _, _| port(remote(env))),
    ends("fd.proto", Kind::Port, "Service of either end, by name.", "fd.proto = https", each_port),
    row("fd.cproto", Kind::Text, "Service at the client's port.", "fd.cproto exists", |env, _, buffer| {
        proto(env, client(env), buffer)
    }),
    row("fd.sproto", Kind::Text, "Service at the server's port.", "fd.sproto = https", |env, _, buffer| {
        proto(env, server(env), buffer)
    }),
    row(
        "fd.lproto",
        Kind::Text,
        "Service at the port on this machine.",
        "fd.lproto = ssh",
        |env, _, buffer| proto(env, local(env), buffer),
    ),
    row(
        "fd.rproto",
        Kind::Text,
        "Service at the port of the other end.",
        "fd.rproto = domain",
        |env, _, buffer| proto(env, remote(env), buffer),
    ),
    host("fd.cip.name", "Name of the client in the hosts file.", "fd.cip.name = localhost", |env, _, _| {
        host_name(client(env))
    }),
    host("fd.sip.name", "Name of the server in the hosts file.", "fd.sip.name = localhost", |env, _, _| {
        host_name(server(env))
    }),
    host(
        "fd.lip.name",
        "Name of the end on this machine in the hosts file.",
        "fd.lip.name = localhost",
        |env, _, _| host_name(local(env)),
    ),
    host(
        "fd.rip.name",
        "Name of the other end in the hosts file.",
        "fd.rip.name = localhost",
        |env, _, _| host_name(remote(env)),
    ),
    row(
        "fd.l4proto",
        Kind::Text,
        "Transport protocol; missing until it is known who is the client.",
        "fd.l4proto = tcp",
        |env, _, _| {
            let fd = fd(env).filter(|fd| fd.role != Role::None)?;
            text(match fd.l4()? {
                L4Proto::Tcp => b"tcp",
                L4Proto::Udp => b"udp",
                L4Proto::Icmp => b"icmp",
                L4Proto::Raw => b"raw",
                L4Proto::Unknown | L4Proto::Na => return None,
            })
        },
    )
    .values(&["tcp", "udp", "icmp", "raw"]),
    row(
        "fd.sockfamily",
        Kind::Text,
        "Family of a socket: ip or unix.",
        "fd.sockfamily = unix",
        |env, _, _| {
            let fd = fd(env)?;
            match fd.info.kind {
                FdType::Unix => text(b"unix"),
                _ if fd.is_inet() => text(b"ip"),
                _ => None,
            }
        },
    ),
    row(
        "fd.is_server",
        Kind::Bool,
        "The server's end belongs to this machine.",
        "fd.is_server = true",
        |env, _, _| {
            let fd = fd(env).filter(|fd| fd.is_inet())?;
            let tuple = fd.tuple()?;
            bool(is_bound(fd) || is_local(env, tuple.dip))
        },
    ),
    row("fd.connected", Kind::Bool, "The connection is established.", "fd.connected = true", |env, _, _| {
        bool(fd(env).filter(|fd| fd.is_inet() || fd.info.kind == FdType::Unix)?.connected)
    }),
];

/// One end of a connection.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) ip: IpAddr,
    pub(super) port: u16,
}

fn is_bound(fd: &Fd) -> bool {
    matches!(fd.info.kind, FdType::Ipv4Server | FdType::Ipv6Server)
}

/// Source and destination; of a bound socket only the first.
fn both(env: Env<'_>) -> Option<(End, Option<End>)> {
    both_of(fd(env)?)
}

fn both_of(fd: &Fd) -> Option<(End, Option<End>)> {
    let tuple = fd.tuple()?;
    let source = End { ip: tuple.sip, port: tuple.sport };
    Some((source, (!is_bound(fd)).then_some(End { ip: tuple.dip, port: tuple.dport })))
}

fn client(env: Env<'_>) -> Option<End> {
    client_of(fd(env)?)
}

fn server(env: Env<'_>) -> Option<End> {
    server_of(fd(env)?)
}

/// The client's end of a connection whose roles are known.
pub(super) fn client_of(fd: &Fd) -> Option<End> {
    let (source, destination) = both_of(fd)?;
    destination.filter(|_| fd.role != Role::None).map(|_| source)
}

/// The server's end, of a bound socket its only one.
pub(super) fn server_of(fd: &Fd) -> Option<End> {
    let (source, destination) = both_of(fd)?;
    match destination {
        None => Some(source),
        Some(end) if fd.role != Role::None => Some(end),
        Some(_) => None,
    }
}

fn is_local(env: Env<'_>, ip: IpAddr) -> bool {
    ip.is_loopback() || env.cx.state.interfaces().iter().any(|i| i.addr == ip)
}

fn local(env: Env<'_>) -> Option<End> {
    let (source, destination) = both(env)?;
    match destination {
        Some(end) if !is_local(env, source.ip) => Some(end),
        _ => Some(source),
    }
}

fn remote(env: Env<'_>) -> Option<End> {
    let (source, destination) = both(env)?;
    let end = destination?;
    Some(if is_local(env, source.ip) { end } else { source })
}

fn ip(end: Option<End>) -> Option<Value<'static>> {
    Some(Value::Ip(end?.ip))
}

fn port(end: Option<End>) -> Option<Value<'static>> {
    uint(end?.port.into())
}

fn each_ip<'a>(env: Env<'a>, _: &'a Arg, _: &mut Vec<u8>, visit: &mut dyn FnMut(Value<'_>) -> bool) {
    let Some((first, second)) = both(env) else { return };
    if !visit(Value::Ip(first.ip))
        && let Some(end) = second
    {
        visit(Value::Ip(end.ip));
    }
}

fn each_port<'a>(env: Env<'a>, _: &'a Arg, _: &mut Vec<u8>, visit: &mut dyn FnMut(Value<'_>) -> bool) {
    let Some((first, second)) = both(env) else { return };
    if !visit(Value::Uint(first.port.into()))
        && let Some(end) = second
    {
        visit(Value::Uint(end.port.into()));
    }
}

/// Name of the service, or the number where it has none.
fn proto<'a>(env: Env<'a>, end: Option<End>, buffer: &'a mut Vec<u8>) -> Option<Value<'a>> {
    let udp = fd(env)?.l4() == Some(L4Proto::Udp);
    let end = end?;
    match services::name_of(end.port, udp) {
        Some(name) => text(name.as_bytes()),
        None => {
            crate::text::write_plain(&Value::Uint(end.port.into()), Print::Id, buffer);
            text(buffer)
        }
    }
}

/// Name of an address in the hosts file of this machine. The network is never asked.
fn host_name(end: Option<End>) -> Option<Value<'static>> {
    static HOSTS: OnceLock<FxHashMap<IpAddr, String>> = OnceLock::new();
    let hosts = HOSTS.get_or_init(|| parse_hosts(&std::fs::read_to_string("/etc/hosts").unwrap_or_default()));
    text(hosts.get(&end?.ip)?.as_bytes())
}

fn parse_hosts(file: &str) -> FxHashMap<IpAddr, String> {
    let mut hosts = FxHashMap::default();
    for line in file.lines() {
        let mut words = line.split('#').next().unwrap_or("").split_whitespace();
        if let (Some(Ok(ip)), Some(name)) = (words.next().map(str::parse), words.next()) {
            hosts.entry(ip).or_insert_with(|| name.to_owned());
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_file() {
        let hosts =
            parse_hosts("127.0.0.1 localhost lo # x\n# 1.2.3.4 no\n::1 ip6\nbad line\n127.0.0.1 second\n");
        assert_eq!(hosts.get(&IpAddr::from([127, 0, 0, 1])).map(String::as_str), Some("localhost"));
        assert_eq!(hosts.len(), 2);
    }
}
