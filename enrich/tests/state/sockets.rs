//! Tuples, names, roles.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cscope_capture::{EventType, FdInfo, FdType, Interface, L4Proto, Snapshot, Tuple};
use cscope_enrich::Role;

use crate::machine::{Machine, thread};

const AF_UNIX: u32 = 1;
const AF_INET: u32 = 2;
const AF_INET6: u32 = 10;
const STREAM: u32 = 1;
const DGRAM: u32 = 2;

fn v4(text: &str) -> (u8, Vec<u8>, u16) {
    let (ip, port) = text.split_once(':').expect("ip:port");
    let ip: Ipv4Addr = ip.parse().expect("an address");
    (2, ip.octets().to_vec(), port.parse().expect("a port"))
}

fn addr(text: &str) -> Vec<u8> {
    let (family, ip, port) = v4(text);
    [&[family][..], &ip, &port.to_le_bytes()].concat()
}

fn tuple(source: &str, destination: &str) -> Vec<u8> {
    let (family, sip, sport) = v4(source);
    let (_, dip, dport) = v4(destination);
    [&[family][..], &sip, &sport.to_le_bytes(), &dip, &dport.to_le_bytes()].concat()
}

fn tuple6(source: Ipv6Addr, sport: u16, destination: Ipv6Addr, dport: u16) -> Vec<u8> {
    [&[10][..], &source.octets(), &sport.to_le_bytes(), &destination.octets(), &dport.to_le_bytes()].concat()
}

impl Machine {
    fn socket(&mut self, number: i64, domain: u32, kind: u32) {
        self.apply(10, EventType::SOCKET_SOCKET_X, |b| {
            b.i64(number).u32(domain).u32(kind).u32(0).u32(0);
        });
    }

    fn bind(&mut self, number: i64, address: &[u8]) {
        self.apply(10, EventType::SOCKET_BIND_X, |b| {
            b.i64(0).bytes(address).i64(number);
        });
    }

    fn connect(&mut self, res: i64, number: i64, tuple: &[u8], address: &[u8]) {
        self.apply(10, EventType::SOCKET_CONNECT_X, |b| {
            b.i64(res).bytes(tuple).i64(number).bytes(address);
        });
    }

    fn sendto(&mut self, number: i64, tuple: &[u8]) {
        self.apply(10, EventType::SOCKET_SENDTO_X, |b| {
            b.i64(1).bytes(b"x").i64(number).u32(1).bytes(tuple);
        });
    }

    fn recvfrom(&mut self, number: i64, tuple: &[u8]) {
        self.apply(10, EventType::SOCKET_RECVFROM_X, |b| {
            b.i64(1).bytes(b"x").bytes(tuple).i64(number).u32(1);
        });
    }

    fn role(&self, number: i64) -> Role {
        self.fd(10, number).expect("open").role
    }
}

#[test]
fn a_client_connects() {
    let mut m = Machine::new();
    m.socket(3, AF_INET, STREAM | 0x8_0000);
    assert_eq!(m.text(10, 3), "<4>", "no protocol without a role");
    assert!(m.fd(10, 3).expect("open").cloexec);
    m.connect(-111, 3, &tuple("10.0.0.1:5", "10.0.0.2:80"), &[]);
    assert_eq!(m.text(10, 3), "<4>");
    // 10
    m.connect(-115, 3, &tuple("10.0.0.1:5", "10.0.0.2:80"), &[]);
    assert_eq!((m.text(10, 3).as_str(), m.role(3)), ("<4t>10.0.0.1:5->10.0.0.2:80", Role::Client));
    assert!(!m.fd(10, 3).expect("open").connected);
    m.apply(10, EventType::SOCKET_GETSOCKOPT_X, |b| {
        b.i64(0).i64(3).u8(1).u8(4).bytes(&[1, 0, 0, 0, 0, 0, 0, 0, 0]).u32(4);
    });
    assert!(m.fd(10, 3).expect("open").connected);
    // The answer may be that it failed.
    m.socket(5, AF_INET, STREAM);
    m.connect(-115, 5, &tuple("10.0.0.1:6", "10.0.0.2:80"), &[]);
    m.apply(10, EventType::SOCKET_GETSOCKOPT_X, |b| {
        b.i64(0).i64(5).u8(1).u8(4).bytes(&[1, 145, 255, 255, 255, 255, 255, 255, 255]).u32(4);
    });
    let fd = m.fd(10, 5).expect("open");
    assert!(!fd.connected && !fd.connecting);
    // The tuple is not known: the address asked for.
    m.socket(4, AF_INET, STREAM);
    m.connect(0, 4, &[], &addr("10.0.0.9:443"));
    assert_eq!(m.text(10, 4), "<4t>0.0.0.0:0->10.0.0.9:443");
}

#[test]
fn a_server_is_bound_to_a_port() {
    // 8, 9
    let mut m = Machine::new();
    m.socket(3, AF_INET, STREAM);
    m.bind(3, &addr("0.0.0.0:0"));
    assert_eq!((m.text(10, 3).as_str(), m.role(3)), ("<4>0.0.0.0:0", Role::None));
    m.bind(3, &addr("0.0.0.0:80"));
    assert_eq!((m.text(10, 3).as_str(), m.role(3)), ("<4t>0.0.0.0:80", Role::Server));
    assert_eq!(m.fd(10, 3).expect("open").info.kind, FdType::Ipv4Server);
    m.apply(10, EventType::SOCKET_ACCEPT4_6_X, |b| {
        b.i64(4).bytes(&tuple("10.0.0.9:5555", "10.0.0.1:80")).u8(0).u32(0).u32(9).u32(0x1000);
    });
    assert_eq!((m.text(10, 4).as_str(), m.role(4)), ("<4t>10.0.0.9:5555->10.0.0.1:80", Role::Server));
    assert!(m.fd(10, 4).expect("open").connected && m.fd(10, 4).expect("open").cloexec);
    let ends = m.fd(10, 4).and_then(|fd| fd.info.tuple).map(|t| (t.sport, t.dport));
    assert_eq!(ends, Some((5555, 80)));
    // TCP keeps its tuple whatever messages say.
    m.sendto(4, &tuple("1.1.1.1:1", "2.2.2.2:2"));
    assert_eq!(m.name(10, 4), "10.0.0.9:5555->10.0.0.1:80");
}

#[test]
fn the_first_datagram_tells_who_serves() {
    // 11: whose port is bound serves, else who receives at an unbound port has asked
    let mut m = Machine::new();
    m.socket(3, AF_INET, DGRAM);
    m.bind(3, &addr("10.0.0.1:53"));
    m.recvfrom(3, &tuple("10.0.0.9:4000", "10.0.0.1:53"));
    assert_eq!((m.text(10, 3).as_str(), m.role(3)), ("<4u>10.0.0.9:4000->10.0.0.1:53", Role::Server));
    m.sendto(3, &tuple("10.0.0.1:53", "10.0.0.8:4001"));
    assert_eq!(m.name(10, 3), "10.0.0.8:4001->10.0.0.1:53", "the client's end is first");
    m.socket(4, AF_INET, DGRAM);
    m.sendto(4, &tuple("10.0.0.1:6000", "10.0.0.7:123"));
    assert_eq!((m.text(10, 4).as_str(), m.role(4)), ("<4u>10.0.0.1:6000->10.0.0.7:123", Role::Client));
    m.recvfrom(4, &tuple("10.0.0.7:123", "10.0.0.1:6000"));
    assert_eq!(m.name(10, 4), "10.0.0.1:6000->10.0.0.7:123");
    // Who asks another socket of the same process is its client, and who answers there without being bound serves.
    for number in [5, 6, 9] {
        m.socket(number, AF_INET, DGRAM);
    }
    m.bind(9, &addr("10.0.0.1:54"));
    m.sendto(5, &tuple("10.0.0.1:6002", "10.0.0.1:54"));
    assert_eq!((m.text(10, 5).as_str(), m.role(5)), ("<4u>10.0.0.1:6002->10.0.0.1:54", Role::Client));
    m.recvfrom(6, &tuple("10.0.0.9:4002", "10.0.0.1:54"));
    assert_eq!((m.text(10, 6).as_str(), m.role(6)), ("<4u>10.0.0.9:4002->10.0.0.1:54", Role::Server));
    m.socket(7, AF_INET, DGRAM);
    m.recvfrom(7, &tuple("10.0.0.9:4003", "10.0.0.1:6003"));
    assert_eq!((m.text(10, 7).as_str(), m.role(7)), ("<4u>10.0.0.1:6003->10.0.0.9:4003", Role::Client));
    // A message whose sender was not asked for tells nothing new.
    m.recvfrom(7, &tuple("0.0.0.0:0", "0.0.0.0:6003"));
    assert_eq!(m.name(10, 7), "10.0.0.1:6003->10.0.0.9:4003");
    // A descriptor nothing is known of becomes a socket.
    m.sendto(8, &tuple("10.0.0.1:6001", "10.0.0.7:123"));
    assert_eq!(m.text(10, 8), "<4u>10.0.0.1:6001->10.0.0.7:123");
    // A file does not.
    m.sendto(0, &tuple("10.0.0.1:6001", "10.0.0.7:123"));
    assert_eq!(m.text(10, 0), "<f>/dev/null");
}

#[test]
fn a_bound_udp_socket_that_connects_stays_the_server() {
    let mut m = Machine::new();
    m.socket(3, AF_INET, DGRAM);
    m.bind(3, &addr("10.0.0.1:53"));
    m.connect(0, 3, &tuple("10.0.0.1:53", "10.0.0.9:4000"), &[]);
    assert_eq!((m.text(10, 3).as_str(), m.role(3)), ("<4u>10.0.0.9:4000->10.0.0.1:53", Role::Server));
}

#[test]
fn missing_local_ends_are_filled_in() {
    // 21
    let interface = |text: &str| {
        let (name, addr) = text.split_once(' ').expect("name and address");
        Interface {
            name: name.into(),
            addr: addr.parse().expect("an address"),
            mask: [255, 255, 255, 0].into(),
            broadcast: [0, 0, 0, 0].into(),
            linkspeed: 0,
        }
    };
    let interfaces = ["lo 127.0.0.1", "a 10.0.0.1", "b 10.0.5.2", "c 10.0.5.1"].map(interface).to_vec();
    let mut m =
        Machine::with(Snapshot { interfaces, threads: vec![thread(10, 10, 1)], ..Snapshot::default() });
    for (number, to, from) in [
        (3, "10.0.5.7:1", "10.0.5.2"),
        (4, "8.8.8.8:53", "10.0.0.1"),
        (5, "127.0.0.1:9", "127.0.0.1"),
        (6, "10.0.5.1:8", "10.0.5.1"),
    ] {
        m.socket(number, AF_INET, DGRAM);
        m.sendto(number, &tuple("0.0.0.0:7", to));
        assert_eq!(m.name(10, number), format!("{from}:7->{to}"));
    }
    m.socket(7, AF_INET, DGRAM);
    m.recvfrom(7, &tuple("10.0.5.7:1", "0.0.0.0:7"));
    assert_eq!(m.name(10, 7), "10.0.5.2:7->10.0.5.7:1");
}

#[test]
fn a_server_that_connects_is_a_client() {
    let mut m = Machine::new();
    m.socket(3, AF_INET, STREAM);
    m.bind(3, &addr("10.0.0.1:80"));
    m.connect(0, 3, &tuple("10.0.0.1:80", "10.0.0.9:443"), &[]);
    assert_eq!((m.text(10, 3).as_str(), m.role(3)), ("<4t>10.0.0.1:80->10.0.0.9:443", Role::Client));
}

#[test]
fn mapped_addresses_are_ipv4() {
    // 22
    let mut m = Machine::new();
    m.socket(3, AF_INET6, STREAM);
    let (a, b) = (Ipv4Addr::new(10, 0, 0, 1).to_ipv6_mapped(), Ipv4Addr::new(10, 0, 0, 2).to_ipv6_mapped());
    m.connect(0, 3, &tuple6(a, 5, b, 80), &[]);
    assert_eq!(m.text(10, 3), "<4t>10.0.0.1:5->10.0.0.2:80");
    m.socket(4, AF_INET6, STREAM);
    m.connect(0, 4, &tuple6(Ipv6Addr::LOCALHOST, 5, "2001:db8::1".parse().expect("v6"), 80), &[]);
    assert_eq!(m.text(10, 4), "<6t>::1:5->2001:db8::1:80");
    // The loopback is no mapped address, and one end alone is not enough.
    m.socket(5, AF_INET6, STREAM);
    m.connect(0, 5, &tuple6(Ipv6Addr::LOCALHOST, 5, Ipv6Addr::LOCALHOST, 80), &[]);
    assert_eq!(m.text(10, 5), "<6t>::1:5->::1:80");
    m.socket(6, AF_INET6, STREAM);
    m.connect(0, 6, &tuple6(Ipv6Addr::LOCALHOST, 5, b, 80), &[]);
    assert_eq!(m.text(10, 6), "<6t>::1:5->::ffff:10.0.0.2:80");
}

#[test]
fn unix_sockets() {
    let mut m = Machine::new();
    let ends = |source: u64, peer: u64, path: &[u8]| {
        [&[1][..], &source.to_le_bytes(), &peer.to_le_bytes(), path, &[0]].concat()
    };
    m.socket(3, AF_UNIX, STREAM);
    m.bind(3, b"\x01/run/x.sock\0");
    assert_eq!(m.text(10, 3), "<u>/run/x.sock");
    m.socket(4, AF_UNIX, STREAM);
    m.connect(0, 4, &ends(0xabc, 0xdef, b"/run/x.sock"), b"");
    assert_eq!(m.text(10, 4), "<u>abc->def /run/x.sock");
    m.apply(10, EventType::SOCKET_SOCKETPAIR_X, |b| {
        b.i64(0).i64(5).i64(6).u64(1).u64(2).u32(1).u32(1).u32(0);
    });
    let unix = |m: &Machine, number: i64| m.fd(10, number).and_then(|fd| fd.info.unix);
    assert_eq!((unix(&m, 5), unix(&m, 6)), (Some((1, 2)), Some((2, 1))));
    assert!(m.fd(10, 5).is_some_and(|fd| fd.connected && !fd.cloexec));
    m.apply(10, EventType::SOCKET_SOCKETPAIR_X, |b| {
        b.i64(0).i64(7).i64(8).u64(3).u64(4).u32(1).u32(1 | 0x8_0000).u32(0);
    });
    assert!([7, 8].iter().all(|&number| m.fd(10, number).is_some_and(|fd| fd.cloexec)));
    assert_eq!((m.text(10, 5).as_str(), m.text(10, 6).as_str()), ("<u>", "<u>"));
    m.sendto(5, &ends(2, 1, b""));
    assert_eq!(m.text(10, 5), "<u>2->1 ");
}

#[test]
fn sockets_of_before_the_capture() {
    // 12: an end with a bound port is the server's
    let inet = |number, kind, sip: [u8; 4], sport, dip: [u8; 4], dport| FdInfo {
        fd: number,
        kind,
        tuple: Some(Tuple { sip: IpAddr::from(sip), dip: IpAddr::from(dip), sport, dport, l4: L4Proto::Tcp }),
        ..FdInfo::default()
    };
    let fds = vec![
        inet(3, FdType::Ipv4Server, [0, 0, 0, 0], 80, [0, 0, 0, 0], 0),
        inet(4, FdType::Ipv4, [10, 0, 0, 1], 80, [10, 0, 0, 9], 5555),
        inet(5, FdType::Ipv4, [10, 0, 0, 1], 6000, [10, 0, 0, 7], 443),
    ];
    let open = vec![inet(3, FdType::Ipv4, [0, 0, 0, 0], 7, [127, 0, 0, 1], 9)];
    let interfaces = vec![Interface {
        name: "lo".into(),
        addr: [127, 0, 0, 1].into(),
        mask: [255, 0, 0, 0].into(),
        broadcast: [0, 0, 0, 0].into(),
        linkspeed: 0,
    }];
    let threads = vec![thread(10, 10, 1)];
    let m = Machine::with(Snapshot { threads, fds: vec![(10, open)], interfaces, ..Snapshot::default() });
    assert_eq!(m.text(10, 3), "<4t>127.0.0.1:7->127.0.0.1:9", "21: missing ends of these, too");
    let snapshot = Snapshot { threads: vec![thread(10, 10, 1)], fds: vec![(10, fds)], ..Snapshot::default() };
    let m = Machine::with(snapshot.clone());
    assert_eq!(m.text(10, 3), "<4t>0.0.0.0:80");
    assert_eq!((m.text(10, 4).as_str(), m.role(4)), ("<4t>10.0.0.9:5555->10.0.0.1:80", Role::Server));
    assert_eq!((m.text(10, 5).as_str(), m.role(5)), ("<4t>10.0.0.1:6000->10.0.0.7:443", Role::Client));
    // Written and read again it is the same.
    assert_eq!(m.state.snapshot().fds, snapshot.fds);
}
