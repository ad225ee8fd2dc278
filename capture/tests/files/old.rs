//! Older versions of blocks, unknown ones, and files joined with `cat`.

use cscope_capture::{
    Error, ErrorKind, EventType, FdType, Format, L4Proto, OwnedEvent, Snapshot, WriterOptions,
};

use crate::support::{FORMATS, Seen, drain_bytes, small_snapshot, synthetic, written};

/// Bytes put together field by field.
#[derive(Default, Clone)]
struct Fields(Vec<u8>);

impl Fields {
    fn u8(mut self, v: u8) -> Self {
        self.0.push(v);
        self
    }
    fn u16(mut self, v: u16) -> Self {
        self.0.extend_from_slice(&v.to_le_bytes());
        self
    }
    fn u32(mut self, v: u32) -> Self {
        self.0.extend_from_slice(&v.to_le_bytes());
        self
    }
    fn u64(mut self, v: u64) -> Self {
        self.0.extend_from_slice(&v.to_le_bytes());
        self
    }
    fn bytes(mut self, v: &[u8]) -> Self {
        self.0.extend_from_slice(v);
        self
    }
    fn text(self, v: &str) -> Self {
        self.u16(v.len() as u16).bytes(v.as_bytes())
    }
    /// With its length in front, this word included or not.
    fn counted(self, itself: bool) -> Self {
        Self::default().u32(self.0.len() as u32 + if itself { 4 } else { 0 }).bytes(&self.0)
    }
    /// As the body of a block.
    fn block(self, number: u32) -> Vec<u8> {
        let padded = self.0.len().next_multiple_of(4);
        let mut body = self.0;
        body.resize(padded, 0);
        let total = body.len() as u32 + 12;
        Self::default().u32(number).u32(total).bytes(&body).u32(total).0
    }
}

fn fields() -> Fields {
    Fields::default()
}

/// Reads blocks behind a section header.
fn read(blocks: &[Vec<u8>]) -> Seen {
    let header = fields().u32(0x1A2B_3C4D).u16(1).u16(0).u64(u64::MAX).block(0x0A0D_0D0A);
    drain_bytes([header, blocks.concat()].concat()).expect("a section")
}

/// A process list entry of a version, up to `root`.
fn entry(version: u8, tid: u64) -> Fields {
    let mut f = fields().u64(tid).u64(100).u64(1);
    f = if version >= 6 { f.u64(55) } else { f };
    f = if version >= 8 { f.u64(66) } else { f };
    f = f.text("comm").text("exe");
    f = if version >= 7 { f.text("/bin/exe") } else { f };
    f = f.text("-a\0").text("/cwd/").u64(1024).u32(1).u32(1000).u32(1001);
    f = if version >= 2 { f.u32(11).u32(12).u32(13).u64(14).u64(15) } else { f };
    f = if version >= 3 { f.text("A=b\0") } else { f };
    f = if version >= 4 { f.u64(3).u64(2).text("cpu=/x\0") } else { f };
    if version >= 5 { f.text("/root") } else { f }
}

#[test]
fn process_lists_of_all_versions() {
    let numbers = [
        (1, 0x202),
        (1, 0x8000_ABCD),
        (2, 0x207),
        (2, 0x8013_ABCD),
        (3, 0x209),
        (3, 0x8014_ABCD),
        (4, 0x210),
        (5, 0x211),
        (6, 0x212),
        (7, 0x213),
        (8, 0x214),
        (9, 0x215),
    ];
    for (version, number) in numbers {
        let mut body = fields();
        for tid in [100, 101, 102] {
            let entry = entry(version, tid);
            body = body.bytes(&if version == 9 { entry.counted(true) } else { entry }.0);
        }
        let seen = read(&[body.block(number)]);
        assert!(seen.error.is_none(), "version {version}: {:?}", seen.error);
        let tids: Vec<i64> = seen.snapshot.threads.iter().map(|t| t.tid).collect();
        assert_eq!(tids, [100, 101, 102], "version {version}");
        let t = &seen.snapshot.threads[1];
        assert_eq!(
            (&*t.comm, &*t.exe, &*t.args, &*t.cwd),
            (&b"comm"[..], &b"exe"[..], &b"-a\0"[..], &b"/cwd/"[..])
        );
        assert_eq!((t.pid, t.ptid, t.fdlimit, t.flags, t.uid, t.gid), (100, 1, 1024, 1, 1000, 1001));
        assert_eq!((t.vmswap_kb, t.pfmajor, t.pfminor), if version >= 2 { (13, 14, 15) } else { (0, 0, 0) });
        assert_eq!(&*t.env, if version >= 3 { &b"A=b\0"[..] } else { b"" });
        assert_eq!((t.vtid, t.vpid), if version >= 4 { (3, 2) } else { (-1, -1) });
        assert_eq!(&*t.cgroups, if version >= 4 { &b"cpu=/x\0"[..] } else { b"" });
        assert_eq!(&*t.root, if version >= 5 { &b"/root"[..] } else { b"" });
        assert_eq!(t.sid, if version >= 6 { 55 } else { -1 });
        assert_eq!(&*t.exepath, if version >= 7 { &b"/bin/exe"[..] } else { b"" });
        assert_eq!(t.vpgid, if version >= 8 { 66 } else { -1 });
        assert_eq!((t.loginuid, t.pgid, t.tty), (u32::MAX, -1, 0));
    }
}

/// The one break of version 9: two fields were inserted behind `root`, and 29 bytes or fewer mean an old entry.
#[test]
fn login_uid_of_old_and_new_entries() {
    let old = entry(9, 1).u32(500).u8(1).u64(7).u64(8).u64(9);
    let new = entry(9, 2).u64(123_456).u32(34_816).u32(501).u8(0).u64(17).u64(18).u64(19);
    let newest =
        Fields(new.0.clone()).u8(1).u64(20).u64(21).u64(22).u8(1).u8(1).u64(77).bytes(b"more, from later");
    let shortest = entry(9, 3).u32(502);
    let body = fields()
        .bytes(&old.counted(true).0)
        .bytes(&new.counted(true).0)
        .bytes(&newest.counted(true).0)
        .bytes(&shortest.counted(true).0);
    let seen = read(&[body.block(0x215)]);
    assert!(seen.error.is_none(), "{:?}", seen.error);
    let [old, new, newest, shortest] = &seen.snapshot.threads[..] else { panic!("four threads") };
    assert_eq!((old.loginuid, old.tty, old.pidns_init_start_ts), (500, 0, 0));
    assert!(old.exe_writable);
    assert_eq!((old.cap_inheritable, old.cap_permitted, old.cap_effective), (7, 8, 9));
    assert_eq!((new.loginuid, new.tty, new.pidns_init_start_ts), (501, 34_816, 123_456));
    assert_eq!((new.cap_inheritable, new.cap_effective, new.exe_ino, new.pgid), (17, 19, 0, -1));
    assert_eq!((newest.exe_ino, newest.exe_ino_ctime, newest.exe_ino_mtime, newest.pgid), (20, 21, 22, 77));
    assert!(newest.exe_upper_layer && newest.exe_from_memfd && newest.exe_lower_layer);
    assert_eq!((shortest.loginuid, shortest.exe_writable), (502, false));
}

#[test]
fn descriptor_lists() {
    let v4 = |f: Fields| f.u8(3).bytes(&[10, 0, 0, 1, 10, 0, 0, 2]).u16(1234).u16(80).u8(2);
    let file = |f: Fields| f.u8(16).u32(0x1001).text("/etc/hosts");
    let head = |fd: u64| fields().u64(fd).u64(99);
    for number in [0x203, 0x8001_ABCD] {
        let body =
            fields().u64(7).bytes(&v4(head(3)).0).bytes(&file(head(4)).0).bytes(&head(5).u8(7).text("p").0);
        let seen = read(&[body.block(number)]);
        assert!(seen.error.is_none(), "{:?}", seen.error);
        let (tid, fds) = &seen.snapshot.fds[0];
        assert_eq!((*tid, fds.len()), (7, 3));
        let tuple = fds[0].tuple.expect("a socket");
        assert_eq!((tuple.sip.to_string(), tuple.dport, tuple.l4), ("10.0.0.1".into(), 80, L4Proto::Tcp));
        assert_eq!(
            (fds[1].kind, fds[1].open_flags, fds[1].dev, &*fds[1].name),
            (FdType::FileV2, 0x1001, 0, &b"/etc/hosts"[..])
        );
    }
    let unknown = head(6).u8(200).bytes(b"layout of the future");
    let body = fields()
        .u64(7)
        .bytes(&unknown.clone().counted(true).0)
        .bytes(&file(head(4)).u32(0x801).bytes(b"more").counted(true).0)
        .bytes(&v4(head(3)).counted(true).0);
    let seen = read(&[body.block(0x218)]);
    assert!(seen.error.is_none(), "{:?}", seen.error);
    let fds = &seen.snapshot.fds[0].1;
    assert_eq!((fds[0].kind, &*fds[0].name), (FdType::Unsupported, &b"unknown-type:[200]"[..]));
    assert_eq!((fds[1].dev, fds[2].fd), (0x801, 3));
    // Without entry lengths nobody knows where an unknown entry ends: the rest of the list is lost, and said so.
    let seen = read(&[fields().u64(7).bytes(&v4(head(3)).0).bytes(&unknown.0).block(0x203)]);
    assert_eq!(seen.snapshot.fds[0].1.len(), 1);
    assert_eq!(seen.error.map(|e| e.kind), Some(ErrorKind::Corrupt));
}

#[test]
fn interfaces_and_users() {
    let with_speed =
        fields().u16(1).u16(4).bytes(&[127, 0, 0, 1, 255, 0, 0, 0, 0, 0, 0, 0]).u64(1000).bytes(b"eth0");
    let without = fields().u16(3).u16(2).bytes(&[10, 0, 0, 1, 255, 0, 0, 0, 10, 255, 255, 255]).bytes(b"lo");
    let v6 = fields().u16(4).u16(3).bytes(&[1; 48]).bytes(b"v6x");
    let user = fields().u8(0).u32(1000).u32(1001).text("joe").text("/home/joe").text("/bin/sh");
    let group = fields().u8(1).u32(1001).text("staff");
    for (version, il, ul) in [(1, 0x205, 0x206), (1, 0x8011_ABCD, 0x8012_ABCD), (2, 0x219, 0x220)] {
        let counted =
            |f: &Fields, itself| if version == 2 { f.clone().counted(itself).0 } else { f.0.clone() };
        let interfaces = [&with_speed, &without, &v6].map(|f| counted(f, false)).concat();
        let users = [&user, &group].map(|f| counted(f, true)).concat();
        let seen = read(&[fields().bytes(&interfaces).block(il), fields().bytes(&users).block(ul)]);
        assert!(seen.error.is_none(), "{:?}", seen.error);
        let names: Vec<&[u8]> = seen.snapshot.interfaces.iter().map(|i| &i.name[..]).collect();
        assert_eq!(names, [&b"eth0"[..], b"lo", b"v6x"]);
        assert_eq!((seen.snapshot.interfaces[0].linkspeed, seen.snapshot.interfaces[1].linkspeed), (1000, 0));
        assert_eq!((&*seen.snapshot.users[0].home, seen.snapshot.users[0].gid), (&b"/home/joe"[..], 1001));
        assert_eq!((&*seen.snapshot.groups[0].name, seen.snapshot.groups[0].gid), (&b"staff"[..], 1001));
    }
}

/// An event block without the parameter count.
fn v1(number: u32, kind: EventType, extra: u32, lengths: &[u16], data: &[u8]) -> Vec<u8> {
    let length = 22 + 2 * lengths.len() + data.len();
    let mut f = fields().u16(3);
    f = if number == 0x208 { f.u32(1) } else { f };
    f = f.u64(111).u64(222).u32(length as u32 + extra).u16(kind.0);
    for length in lengths {
        f = f.u16(*length);
    }
    f.bytes(data).block(number)
}

#[test]
fn events_of_version_1() {
    let read_x = EventType::SYSCALL_READ_X;
    let data = [&5i64.to_le_bytes()[..], b"hello"].concat();
    let seen = read(&[
        v1(0x204, read_x, 0, &[8, 5], &data),
        v1(0x8010_ABCD, read_x, 0, &[8, 5], &data),
        v1(0x208, read_x, 0, &[8], &data[..8]),
        v1(0x204, EventType::PROCEXIT_E, 0, &[], &[]),
        v1(0x204, EventType::NOTIFICATION_E, 3, &[3, 4], b"id\0txt\0"),
        v1(0x204, EventType(5000), 0, &[1], b"x"),
    ]);
    assert!(seen.error.is_none(), "{:?}", seen.error);
    let params: Vec<usize> = seen.events.iter().map(|e| e.event().params.len()).collect();
    assert_eq!(params, [2, 2, 1, 0, 2, 0]);
    let first = seen.events[0].event();
    assert_eq!((first.i64(0), first.param(1), first.param(2)), (Some(5), Some(&b"hello"[..]), None));
    assert_eq!((first.ts, first.tid, first.cpu, first.flags), (111, 222, 3, 0));
    assert_eq!(seen.events[2].event().flags, 1);
    assert_eq!(seen.events[4].event().text(1), Some(&b"txt"[..]));
    // Lengths that fill the event with no number of parameters.
    let seen = read(&[v1(0x204, read_x, 0, &[8, 5], &data), v1(0x204, read_x, 0, &[8, 4], &data)]);
    assert_eq!(seen.events.len(), 1);
    assert_eq!(seen.error.map(|e| e.kind), Some(ErrorKind::Corrupt));
}

/// Events of version 2 with more and fewer parameters than the table, of unknown type, and in a large block.
#[test]
fn events_of_version_2() {
    let v2 = |number: u32, kind: u16, lengths: &[u16], data: &[u8]| {
        let length = 26 + 2 * lengths.len() + data.len();
        let mut f = fields().u16(0).u64(1).u64(2).u32(length as u32).u16(kind).u32(lengths.len() as u32);
        for length in lengths {
            f = f.u16(*length);
        }
        f.bytes(data).block(number)
    };
    let many = [1u16; 30];
    let big = vec![9u8; 130_000];
    let seen = read(&[
        v2(0x216, EventType::SYSCALL_CLOSE_X.0, &many, &[5; 30]),
        v2(0x216, EventType::SYSCALL_CLOSE_X.0, &[], &[]),
        v2(0x216, 9999, &[2], b"xy"),
        v2(0x221, EventType::SYSCALL_READ_X.0, &[65_000, 65_000], &big),
    ]);
    assert!(seen.error.is_none(), "{:?}", seen.error);
    let lengths: Vec<usize> = seen.events.iter().map(|e| e.event().params.len()).collect();
    assert_eq!(lengths, [30, 0, 1, 2]);
    assert_eq!(seen.events[2].event().param(0), Some(&b"xy"[..]));
    assert_eq!(seen.events[3].event().param(1).map(<[u8]>::len), Some(65_000));
    // The same size in a block that is not large.
    let seen = read(&[v2(0x216, EventType::SYSCALL_READ_X.0, &[65_000, 65_000], &big)]);
    assert!(matches!(seen.error, Some(Error { kind: ErrorKind::Corrupt, .. })));
}

#[test]
fn unknown_blocks_in_front_of_events() {
    let event = v1(0x204, EventType::PROCEXIT_E, 0, &[], &[]);
    let seen = read(&[fields().bytes(&[1; 33]).block(0x777), fields().block(0x20A), event]);
    assert!(seen.error.is_none(), "{:?}", seen.error);
    assert_eq!(seen.events.len(), 1);
}

#[test]
fn section_without_events() {
    for format in FORMATS {
        let bytes = written(format, &small_snapshot(), &WriterOptions::default(), &[]);
        let seen = drain_bytes(bytes).expect("a section");
        assert_eq!((seen.sections, seen.events.len(), seen.error.is_none()), (1, 0, true));
        assert_eq!(seen.snapshot.threads.len(), 19);
    }
}

/// Any form behind any other, as `cat` joins them.
#[test]
fn joined_files() {
    let events = synthetic(700);
    let part = |format, threads: usize, events: &[OwnedEvent]| {
        let mut snapshot = small_snapshot();
        snapshot.threads.truncate(threads);
        let options = WriterOptions { batch: Some(9000), ..WriterOptions::default() };
        written(format, &snapshot, &options, events)
    };
    for a in FORMATS {
        for b in FORMATS {
            let joined = [part(a, 3, &events[..500]), part(b, 2, &[]), part(b, 5, &events[500..])].concat();
            let seen = drain_bytes(joined).expect("a section");
            assert!(seen.error.is_none(), "{a:?} {b:?}: {:?}", seen.error);
            assert_eq!(
                (seen.sections, seen.events.len(), seen.snapshot.threads.len()),
                (3, 700, 5),
                "{a:?} {b:?}"
            );
            let tids: Vec<u64> = seen.events.iter().map(|e| e.event().tid).collect();
            assert_eq!(tids, (0..700).collect::<Vec<_>>());
        }
    }
    let triple =
        [part(Format::Scap, 1, &events), part(Format::ScapGz, 1, &events), part(Format::Scap, 1, &events)];
    let seen = drain_bytes(triple.concat()).expect("a section");
    assert_eq!((seen.sections, seen.events.len(), seen.error.is_none()), (3, 2100, true));
    // Something else behind a capture is said, after all events.
    for format in FORMATS {
        let seen = drain_bytes([part(format, 1, &events), b"garbage, 28 bytes at least..".to_vec()].concat());
        let seen = seen.expect("a section");
        assert_eq!((seen.events.len(), seen.error.is_some()), (700, true), "{format:?}");
    }
    let plain = written(Format::Scap, &Snapshot::default(), &WriterOptions::default(), &events);
    let frames = zstd::bulk::compress(&plain, 3).expect("memory");
    assert_eq!(drain_bytes(frames).expect("one plain frame").events.len(), 700);
}
