//! Sockets: tuples, names and which end a process holds.

use std::net::IpAddr;

use cscope_capture::{Bytes, Event, EventType, FdInfo, FdType, L4Proto, Tuple};

use super::State;
use super::descriptors::plain;
use crate::fd::open_flags;
use crate::tuple::{self, SockAddr, SockTuple, family};
use crate::{Fd, Role};

/// `EINPROGRESS`, negative as in results.
const IN_PROGRESS: i64 = -115;

/// `SOL_SOCKET` and `SO_ERROR` as numbered in events.
const SOL_SOCKET: u64 = 1;
const SO_ERROR: u64 = 4;

/// Transport protocol by type (its low byte) and protocol number of a socket.
fn l4_of(kind: u64, protocol: u64) -> L4Proto {
    let raw = kind & 0xff == 3;
    match protocol {
        _ if raw => L4Proto::Raw,
        6 => L4Proto::Tcp,
        17 => L4Proto::Udp,
        1 => L4Proto::Icmp,
        255 => L4Proto::Raw,
        0 => match kind & 0xff {
            1 => L4Proto::Tcp,
            2 => L4Proto::Udp,
            _ => L4Proto::Unknown,
        },
        _ => L4Proto::Unknown,
    }
}

/// A socket nothing is known of but its kind.
fn new_socket(number: i64, domain: u64, kind: u64, protocol: u64, flags: u32) -> Fd {
    let fd_kind = match domain as u32 {
        family::INET => FdType::Ipv4,
        family::INET6 => FdType::Ipv6,
        family::UNIX => FdType::Unix,
        family::NETLINK => FdType::Netlink,
        _ => FdType::Unknown,
    };
    let any = match fd_kind {
        FdType::Ipv4 => Some(IpAddr::from([0u8; 4])),
        FdType::Ipv6 => Some(IpAddr::from([0u8; 16])),
        _ => None,
    };
    let l4 = l4_of(kind, protocol);
    let mut fd = plain(number, fd_kind, Bytes::default(), flags & open_flags::CLOEXEC != 0);
    fd.info.tuple = any.map(|ip| Tuple { sip: ip, dip: ip, sport: 0, dport: 0, l4 });
    fd.info.open_flags = flags;
    fd
}

impl Fd {
    /// Transport protocol, also while the tuple is not known.
    fn protocol(&self) -> L4Proto {
        self.info.tuple.map_or(L4Proto::Unknown, |t| t.l4)
    }

    /// The name anew from the tuple.
    fn rename(&mut self, scratch: &mut Vec<u8>) {
        if let Some(t) = &self.info.tuple {
            tuple::inet_name(self.info.kind, t, scratch);
            self.info.name = super::keep(&self.info.name, scratch);
        }
    }

    pub(super) fn swap_ends(&mut self) {
        if let Some(t) = &mut self.info.tuple {
            std::mem::swap(&mut t.sip, &mut t.dip);
            std::mem::swap(&mut t.sport, &mut t.dport);
        }
    }

    /// Takes over the ends of an event; true when they are new.
    fn set_ends(&mut self, ends: &SockTuple<'_>) -> bool {
        match *ends {
            SockTuple::Inet { sip, sport, dip, dport } => {
                let new = Tuple { sip, dip, sport, dport, l4: self.protocol() };
                let changed = self.info.tuple != Some(new);
                self.info.kind = tuple::socket_kind(sip);
                self.info.tuple = Some(new);
                changed
            }
            SockTuple::Unix { source, peer, .. } => {
                let changed = self.info.unix != Some((source, peer));
                self.info.kind = FdType::Unix;
                self.info.tuple = None;
                self.info.unix = Some((source, peer));
                changed
            }
        }
    }
}

impl State {
    /// socket: 0 result, 1 domain, 2 type, 3 protocol, 4 flags.
    pub(super) fn socket(&mut self, event: &Event<'_>, tid: i64) {
        let Some(number) = event.i64(0).filter(|&n| n >= 0) else { return };
        let (domain, kind) = (event.u64(1).unwrap_or(0), event.u64(2).unwrap_or(0));
        let mut flags = event.u64(4).unwrap_or(0) as u32;
        if kind & 0x8_0000 != 0 {
            flags |= open_flags::CLOEXEC;
        }
        self.put_fd(tid, new_socket(number, domain, kind, event.u64(3).unwrap_or(0), flags));
    }

    /// socketpair: 0 result, 1 and 2 descriptors, 3 and 4 pointers, 5 domain, 6 type.
    pub(super) fn socketpair(&mut self, event: &Event<'_>, tid: i64) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let (source, peer) = (event.u64(3).unwrap_or(0), event.u64(4).unwrap_or(0));
        let cloexec = event.u64(6).unwrap_or(0) & 0x8_0000 != 0;
        for (index, ends) in [(1, (source, peer)), (2, (peer, source))] {
            let Some(number) = event.i64(index) else { continue };
            let mut fd = plain(number, FdType::Unix, Bytes::default(), cloexec);
            fd.info.unix = Some(ends);
            fd.connected = true;
            self.put_fd(tid, fd);
        }
    }

    /// bind: 0 result, 1 address, 2 descriptor. A bound port makes a server.
    pub(super) fn bind(&mut self, event: &Event<'_>, tid: i64) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let (Some(address), Some(number)) = (event.param(1).and_then(tuple::address), event.i64(2)) else {
            return;
        };
        let mut name = std::mem::take(&mut self.scratch);
        if let Some(fd) = self.fd_of_mut(tid, number) {
            match address {
                SockAddr::Inet { ip, port, .. } => {
                    tuple::end_name(ip, port, &mut name);
                    let bound = tuple::bound(ip, port, fd.protocol());
                    if port > 0 {
                        fd.info.kind = tuple::server_kind(ip);
                        fd.info.tuple = Some(bound);
                        fd.role = Role::Server;
                    }
                }
                SockAddr::Unix { path } => {
                    name.clear();
                    name.extend_from_slice(path);
                }
            }
            fd.info.name = Bytes::from(&name[..]);
            self.fd_name_changed = true;
        }
        self.scratch = name;
    }

    /// The path a connect asks for as name of its unix socket: what enter events tell.
    pub(super) fn connect_enter(&mut self, event: &Event<'_>, tid: i64) {
        if let Some(number) = event.i64(0)
            && let Some(SockAddr::Unix { path }) = event.param(1).and_then(tuple::address)
            && let Some(fd) = self.fd_of_mut(tid, number)
        {
            fd.info.name = Bytes::from(path);
        }
    }

    /// connect: 0 result, 1 tuple, 2 descriptor, 3 address asked for.
    pub(super) fn connect(&mut self, event: &Event<'_>, tid: i64) {
        let (Some(res), Some(number)) = (event.i64(0), event.i64(2)) else { return };
        if res < 0 && res != IN_PROGRESS {
            return;
        }
        let mut name = std::mem::take(&mut self.scratch);
        let mut changed = false;
        if let Some(fd) = self.fd_of_mut(tid, number) {
            (fd.connected, fd.connecting) = (res == 0, res == IN_PROGRESS);
            if let Some(ends) = event.param(1).and_then(tuple::tuple) {
                fd.set_ends(&ends);
                changed = true;
                match ends {
                    SockTuple::Unix { source, peer, path } => {
                        tuple::unix_name(source, peer, path, &mut name);
                        fd.info.name = Bytes::from(&name[..]);
                    }
                    SockTuple::Inet { .. } => {
                        connect_role(fd);
                        fd.rename(&mut name);
                    }
                }
            } else if let Some(address) = event.param(3).and_then(tuple::address) {
                changed = true;
                connect_address(fd, address, &mut name);
            }
            if fd.role == Role::None {
                fd.role = Role::Client;
            }
        }
        self.fd_name_changed = changed;
        self.scratch = name;
    }

    /// accept: 0 result, 1 tuple (the client is its source), flags behind the queue numbers.
    pub(super) fn accept(&mut self, event: &Event<'_>, tid: i64) {
        let Some(number) = event.i64(0).filter(|&n| n >= 0) else { return };
        let cloexec = event.kind == EventType::SOCKET_ACCEPT4_6_X
            && event.u64(5).unwrap_or(0) as u32 & (open_flags::CLOEXEC | 0x8_0000) != 0;
        let mut fd = plain(number, FdType::Unknown, Bytes::default(), cloexec);
        let mut name = std::mem::take(&mut self.scratch);
        match event.param(1).and_then(tuple::tuple) {
            Some(ends @ SockTuple::Inet { .. }) => {
                fd.set_ends(&ends);
                if let Some(t) = &mut fd.info.tuple {
                    t.l4 = L4Proto::Tcp;
                }
                fd.rename(&mut name);
            }
            Some(ends @ SockTuple::Unix { source, peer, path }) => {
                fd.set_ends(&ends);
                tuple::unix_name(source, peer, path, &mut name);
                fd.info.name = Bytes::from(&name[..]);
            }
            None => {}
        }
        self.scratch = name;
        (fd.role, fd.connected) = (Role::Server, true);
        self.put_fd(tid, fd);
        self.fd_name_changed = true;
    }

    /// getsockopt: 1 descriptor, 2 level, 3 option, 4 value. The answer to a pending connect.
    pub(super) fn getsockopt(&mut self, event: &Event<'_>, tid: i64) {
        if event.i64(0) != Some(0) || event.u64(2) != Some(SOL_SOCKET) || event.u64(3) != Some(SO_ERROR) {
            return;
        }
        let (Some(number), Some([1, value @ ..])) = (event.i64(1), event.param(4)) else { return };
        let ok = value.iter().all(|&b| b == 0);
        if self.fd_of(tid, number).is_some_and(|fd| fd.connecting)
            && let Some(fd) = self.fd_of_mut(tid, number)
        {
            (fd.connecting, fd.connected) = (false, ok);
        }
    }

    /// send, sendto, sendmsg, sendmmsg.
    pub(super) fn send(&mut self, event: &Event<'_>, tid: i64) {
        let (fd, ends) = match event.kind {
            EventType::SOCKET_SENDMMSG_X => (1, 4),
            _ => (2, 4),
        };
        self.datagram(event, tid, fd, ends, false);
    }

    /// recv, recvfrom, recvmsg, recvmmsg.
    pub(super) fn recv(&mut self, event: &Event<'_>, tid: i64) {
        let (fd, ends) = match event.kind {
            EventType::SOCKET_RECV_X => (2, 4),
            EventType::SOCKET_RECVFROM_X => (3, 2),
            EventType::SOCKET_RECVMSG_X => (5, 3),
            _ => (1, 4),
        };
        self.datagram(event, tid, fd, ends, true);
    }

    /// The tuple of a message names a socket that has no name yet, or is not one of TCP.
    fn datagram(&mut self, event: &Event<'_>, tid: i64, fd: usize, ends: usize, incoming: bool) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let (Some(number), Some(ends)) = (event.i64(fd), event.param(ends).and_then(tuple::tuple)) else {
            return;
        };
        let nobody = match ends {
            SockTuple::Inet { sport, dport, .. } => (if incoming { sport } else { dport }) == 0,
            SockTuple::Unix { .. } => false,
        };
        // Without a port the other end was not told (no address buffer): what is known of it stays.
        if number < 0 || nobody {
            return;
        }
        if self.fd_of(tid, number).is_none() {
            let domain = match ends {
                SockTuple::Inet { sip, .. } if sip.is_ipv4() => family::INET,
                SockTuple::Inet { .. } => family::INET6,
                SockTuple::Unix { .. } => family::UNIX,
            };
            self.put_fd(tid, new_socket(number, domain.into(), 2, 0, 0));
        }
        // Most messages tell nothing new: their socket is one of TCP and has its name.
        let told = |fd: &Fd| !fd.is_socket() || (!fd.info.name.is_empty() && fd.protocol() == L4Proto::Tcp);
        if self.fd_of(tid, number).is_none_or(told) {
            return;
        }
        let owns_port = matches!(ends, SockTuple::Inet { dport, .. } if self.serves_port(tid, dport));
        let interfaces = self.interfaces.clone();
        let mut name = std::mem::take(&mut self.scratch);
        if let Some(fd) = self.fd_of_mut(tid, number)
            && (fd.set_ends(&ends) || fd.info.name.is_empty())
        {
            match ends {
                SockTuple::Unix { source, peer, path } => {
                    tuple::unix_name(source, peer, path, &mut name);
                    fd.info.name = Bytes::from(&name[..]);
                }
                SockTuple::Inet { .. } => {
                    if let Some(t) = &mut fd.info.tuple {
                        if t.l4 == L4Proto::Unknown {
                            t.l4 = L4Proto::Udp;
                        }
                        fill_local(&interfaces, t);
                    }
                    if fd.role == Role::None {
                        // Who sends to a port of its own process asks itself.
                        fd.role = if owns_port && incoming { Role::Server } else { Role::Client };
                    }
                    if (fd.role == Role::Client) == incoming {
                        fd.swap_ends();
                    }
                    fd.rename(&mut name);
                }
            }
            self.fd_name_changed = true;
        }
        self.scratch = name;
    }

    /// A descriptor of the process is bound to this port.
    pub(super) fn serves_port(&self, tid: i64, port: u16) -> bool {
        self.thread(tid).is_some_and(|thread| {
            self.fds(thread).any(|fd| {
                matches!(fd.info.kind, FdType::Ipv4Server | FdType::Ipv6Server)
                    && fd.info.tuple.is_some_and(|t| t.sport == port)
            })
        })
    }
}

/// Who connects is the client; a bound UDP socket stays the server and has its peer first.
fn connect_role(fd: &mut Fd) {
    match (fd.role, fd.protocol()) {
        (Role::Server, L4Proto::Udp) => fd.swap_ends(),
        _ => fd.role = Role::Client,
    }
}

/// A connect whose tuple is not known: the address asked for is the destination.
fn connect_address(fd: &mut Fd, address: SockAddr<'_>, name: &mut Vec<u8>) {
    match address {
        SockAddr::Inet { ip, port, .. } => {
            let l4 = fd.protocol();
            let any = tuple::unspecified(ip);
            let (sip, sport) = match fd.info.tuple {
                Some(t) if t.sip.is_ipv4() == ip.is_ipv4() => (t.sip, t.sport),
                _ => (any, 0),
            };
            fd.info.kind = tuple::socket_kind(ip);
            fd.info.tuple = Some(Tuple { sip, dip: ip, sport, dport: port, l4 });
            connect_role(fd);
            fd.rename(name);
        }
        SockAddr::Unix { path } => {
            fd.info.kind = FdType::Unix;
            fd.info.tuple = None;
            fd.info.name = Bytes::from(path);
        }
    }
}

/// Fills in the end of a tuple that has no address: the interface with the address of the other end, else one of
/// its network, else the first that is not loopback.
pub(super) fn fill_local(interfaces: &[cscope_capture::Interface], t: &mut Tuple) {
    if t.sip.is_unspecified() {
        t.sip = local_for(interfaces, t.dip).unwrap_or(t.sip);
    } else if t.dip.is_unspecified() {
        t.dip = local_for(interfaces, t.sip).unwrap_or(t.dip);
    }
}

fn local_for(interfaces: &[cscope_capture::Interface], other: IpAddr) -> Option<IpAddr> {
    let family = || interfaces.iter().filter(|i| i.addr.is_ipv4() == other.is_ipv4());
    let same_net = |i: &&cscope_capture::Interface| match (i.addr, i.mask, other) {
        (IpAddr::V4(a), IpAddr::V4(m), IpAddr::V4(o)) => {
            a.to_bits() & m.to_bits() == o.to_bits() & m.to_bits()
        }
        (IpAddr::V6(a), IpAddr::V6(m), IpAddr::V6(o)) => {
            a.to_bits() & m.to_bits() == o.to_bits() & m.to_bits()
        }
        _ => false,
    };
    family()
        .find(|i| i.addr == other)
        .or_else(|| family().find(same_net))
        .or_else(|| family().find(|i| !i.addr.is_loopback()))
        .map(|i| i.addr)
}

/// A descriptor of the snapshot: name from the tuple, and the server's end when its port is a bound one.
pub(super) fn seeded(info: &FdInfo, server_port: impl Fn(u16) -> bool, scratch: &mut Vec<u8>) -> Fd {
    let mut fd = Fd {
        info: info.clone(),
        raw_name: info.name.clone(),
        cloexec: info.open_flags & open_flags::CLOEXEC != 0,
        ..Fd::default()
    };
    match info.kind {
        FdType::Ipv4 | FdType::Ipv6 => {
            let connected = info.tuple.is_some_and(|t| t.dport != 0);
            fd.connected = connected && fd.protocol() == L4Proto::Tcp;
            if info.tuple.is_some_and(|t| server_port(t.sport)) {
                fd.swap_ends();
                fd.role = Role::Server;
            } else {
                fd.role = Role::Client;
            }
            fd.rename(scratch);
        }
        FdType::Ipv4Server | FdType::Ipv6Server => {
            fd.role = Role::Server;
            fd.rename(scratch);
        }
        _ => {}
    }
    fd
}
