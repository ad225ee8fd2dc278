//! Socket calls: tuples as the kernel's sockets have them, addresses, data, options.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::sync::mpsc;

use crate::harness::{Captured, Seen, capture, only_us};

/// An IPv4 `SOCKTUPLE`.
fn tuple4(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16)) -> Vec<u8> {
    let end = |(ip, port): (Ipv4Addr, u16)| [&ip.octets()[..], &port.to_le_bytes()].concat();
    [vec![2], end(from), end(to)].concat()
}

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;

#[test]
fn tcp_tuples_of_both_ends() {
    let (send, ports) = mpsc::channel();
    let Some(seen) = capture(&only_us(), move || {
        let listener = TcpListener::bind((HERE, 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        client.write_all(b"request").unwrap();
        let mut buffer = [0; 7];
        server.read_exact(&mut buffer).unwrap();
        let ours = client.local_addr().unwrap().port();
        let theirs = listener.local_addr().unwrap().port();
        let fds = (listener.as_raw_fd(), client.as_raw_fd(), server.as_raw_fd());
        send.send((ours, theirs, fds)).unwrap();
        assert!(TcpStream::connect((HERE, 1)).is_err());
    }) else {
        return;
    };
    let (client, server, (listening, connected, accepted)) = ports.recv().unwrap();
    let forth = tuple4((HERE, client), (HERE, server));

    let socket = seen.ours("socket")[0];
    assert_eq!((socket.uint("domain"), socket.uint("type") & 0xf, socket.uint("flags")), (2, 1, 0x1000));
    let bind = seen.one("bind", |_| true);
    assert_eq!(bind.bytes("addr"), [&[2][..], &HERE.octets(), &[0, 0]].concat());
    assert_eq!(seen.one("listen", |_| true).int("fd"), i64::from(listening));
    let connect = seen.one("connect", |e| e.int("fd") == i64::from(connected) && e.int("res") == 0);
    assert_eq!(connect.bytes("tuple"), forth);
    assert_eq!(connect.bytes("addr"), [&[2][..], &HERE.octets(), &server.to_le_bytes()].concat());
    let accept = seen.one("accept4", |_| true);
    assert_eq!((accept.int("fd"), accept.bytes("tuple")), (i64::from(accepted), &*forth));
    assert_eq!((accept.uint("flags"), accept.uint("queuelen")), (0x1000, 0));
    assert!(accept.uint("queuemax") > 0);
    let sent = seen.one("sendto", |e| e.bytes("data") == b"request");
    assert_eq!((sent.bytes("tuple"), sent.int("res"), sent.uint("size")), (&*forth, 7, 7));
    let got = seen.one("recvfrom", |e| e.bytes("data") == b"request");
    assert_eq!((got.bytes("tuple"), got.int("fd")), (&*forth, i64::from(accepted)));
    let refused = seen.one("connect", |e| e.int("res") == -111);
    assert_eq!(refused.bytes("tuple"), b"");
    assert_eq!(refused.bytes("addr")[5..], 1u16.to_le_bytes());
}

#[test]
fn datagrams_name_their_other_end() {
    let (send, ports) = mpsc::channel();
    let Some(seen) = capture(&only_us(), move || {
        let a = UdpSocket::bind((HERE, 0)).unwrap();
        let b = UdpSocket::bind((HERE, 0)).unwrap();
        a.send_to(b"ping", b.local_addr().unwrap()).unwrap();
        b.recv_from(&mut [0; 16]).unwrap();
        send.send((a.local_addr().unwrap().port(), b.local_addr().unwrap().port())).unwrap();
    }) else {
        return;
    };
    let (a, b) = ports.recv().unwrap();
    let forth = tuple4((HERE, a), (HERE, b));
    let sent = seen.one("sendto", |e| e.bytes("data") == b"ping");
    assert_eq!(sent.bytes("tuple"), forth);
    let got = seen.one("recvfrom", |e| e.bytes("data") == b"ping");
    assert_eq!(got.bytes("tuple"), forth, "from the sender to us");
}

#[test]
fn ipv6_addresses_are_whole() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        crate::harness::skip("no IPv6 here");
        return;
    };
    let addr = listener.local_addr().unwrap();
    let Some(seen) = capture(&only_us(), move || {
        let _client = TcpStream::connect(addr).unwrap();
        listener.accept().unwrap();
    }) else {
        return;
    };
    let connect = seen.one("connect", |e| e.int("res") == 0);
    let tuple = connect.bytes("tuple");
    assert_eq!((tuple.len(), tuple[0]), (37, 10));
    let one = std::net::Ipv6Addr::LOCALHOST.octets();
    assert_eq!((&tuple[1..17], &tuple[19..35]), (&one[..], &one[..]));
    assert_eq!(tuple[35..37], addr.port().to_le_bytes());
    assert_eq!(seen.one("accept4", |_| true).bytes("tuple"), tuple);
}

/// Pointers and path of a unix `SOCKTUPLE`.
fn unix(tuple: &[u8]) -> (u64, u64, &[u8]) {
    assert_eq!(tuple[0], 1, "{tuple:?}");
    let word = |at: usize| u64::from_le_bytes(tuple[at..at + 8].try_into().unwrap());
    (word(1), word(9), tuple[17..].strip_suffix(&[0]).unwrap())
}

#[test]
fn unix_sockets_have_pointers_and_a_path() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("socket");
    let name = path.to_str().unwrap().to_owned();
    let Some(seen) = capture(&only_us(), move || {
        let listener = UnixListener::bind(&path).unwrap();
        let mut client = UnixStream::connect(&path).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        client.write_all(b"question").unwrap();
        server.read_exact(&mut [0; 8]).unwrap();
        server.write_all(b"answer").unwrap();
        let (a, b) = UnixDatagram::pair().unwrap();
        // SAFETY: the pointer and the length are those of the text.
        unsafe { libc::send(a.as_raw_fd(), c"paired".as_ptr().cast(), 6, 0) };
        drop(b);
    }) else {
        return;
    };
    let bind = seen.one("bind", |_| true);
    assert_eq!(bind.bytes("addr"), [&[1][..], name.as_bytes(), &[0]].concat());
    let (client, server, path) = unix(seen.one("connect", |e| e.int("res") == 0).bytes("tuple"));
    assert_eq!(path, name.as_bytes());
    assert!(client != 0 && server != 0 && client != server);
    assert_eq!(unix(seen.one("accept4", |_| true).bytes("tuple")), (client, server, path));
    let answer =
        seen.ours("sendto").into_iter().chain(seen.ours("write")).find(|e| e.bytes("data") == b"answer");
    if let Some(answer) = answer.filter(|e| e.name() == "sendto") {
        assert_eq!(unix(answer.bytes("tuple")), (server, client, &b""[..]));
    }
    let pair = seen.one("socketpair", |_| true);
    assert!(pair.int("fd1") > 2 && pair.int("fd2") > pair.int("fd1"));
    assert!(pair.uint("source") != 0 && pair.uint("peer") != 0);
    let paired = seen.one("sendto", |e| e.bytes("data") == b"paired");
    assert_eq!(unix(paired.bytes("tuple")), (pair.uint("source"), pair.uint("peer"), &b""[..]));
}

/// Sends two datagrams in one call, and one with a descriptor beside it.
fn messages() {
    let to = UdpSocket::bind((HERE, 0)).unwrap();
    let from = UdpSocket::bind((HERE, 0)).unwrap();
    from.connect(to.local_addr().unwrap()).unwrap();
    let (one, two) = (*b"one", *b"second");
    // SAFETY: all pointers are to locals that outlive the calls, and the lengths are theirs.
    unsafe {
        let iov = |b: &[u8]| libc::iovec { iov_base: b.as_ptr() as *mut _, iov_len: b.len() };
        let mut parts = [iov(&one), iov(&two)];
        let mut list: [libc::mmsghdr; 2] = std::mem::zeroed();
        for (entry, part) in list.iter_mut().zip(&mut parts) {
            entry.msg_hdr.msg_iov = part;
            entry.msg_hdr.msg_iovlen = 1;
        }
        assert_eq!(libc::sendmmsg(from.as_raw_fd(), list.as_mut_ptr(), 2, 0), 2);

        let (a, b) = UnixDatagram::pair().unwrap();
        let mut part = iov(b"with fd");
        let mut control = [0u64; 3];
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(4) as usize;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(4) as usize;
        libc::CMSG_DATA(header).cast::<i32>().write_unaligned(a.as_raw_fd());
        assert_eq!(libc::sendmsg(a.as_raw_fd(), &message, 0), 7);
        let mut buffer = [0u8; 32];
        let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: 32 };
        message.msg_iov = &mut part;
        assert_eq!(libc::recvmsg(b.as_raw_fd(), &mut message, 0), 7);
    }
}

#[test]
fn messages_carry_data_control_and_an_event_each() {
    let Some(seen) = capture(&only_us(), messages) else { return };
    let sent = seen.ours("sendmmsg");
    let what: Vec<_> = sent.iter().map(|e| (e.int("res"), e.uint("size"), e.bytes("data"))).collect();
    assert_eq!(what, [(3, 3, &b"one"[..]), (6, 6, &b"second"[..])]);
    assert!(sent.iter().all(|e| e.bytes("tuple").len() == 13));
    let sent = seen.one("sendmsg", |_| true);
    assert_eq!((sent.int("res"), sent.uint("size"), sent.bytes("data")), (7, 7, &b"with fd"[..]));
    let got = seen.one("recvmsg", |_| true);
    assert_eq!((got.int("res"), got.bytes("data")), (7, &b"with fd"[..]));
    let control = got.bytes("msgcontrol");
    assert_eq!(control[8..16], [&1i32.to_le_bytes()[..], &1i32.to_le_bytes()].concat(), "SCM_RIGHTS");
    let (_, peer, _) = unix(sent.bytes("tuple"));
    assert_eq!(unix(got.bytes("tuple")).1, peer);
}

fn options(seen: &Captured) -> Vec<(u64, u64, Vec<u8>, u64)> {
    let facts =
        |e: &Seen<'_>| (e.uint("level"), e.uint("optname"), e.bytes("val").to_vec(), e.uint("optlen"));
    seen.ours("setsockopt").iter().chain(&seen.ours("getsockopt")).map(facts).collect()
}

#[test]
fn options_have_typed_values() {
    let Some(seen) = capture(&only_us(), || {
        let socket = UdpSocket::bind((HERE, 0)).unwrap();
        socket.set_broadcast(true).unwrap();
        socket.set_read_timeout(Some(std::time::Duration::from_millis(1500))).unwrap();
        assert!(socket.take_error().unwrap().is_none());
    }) else {
        return;
    };
    let timeout = [&[4u8][..], &1_500_000_000u64.to_le_bytes()].concat();
    assert_eq!(
        options(&seen),
        [
            (1, 6, vec![2, 1, 0, 0, 0], 4),
            (1, 20, timeout, 16),
            (1, 4, [&[1u8][..], &0i64.to_le_bytes()].concat(), 4)
        ]
    );
}
