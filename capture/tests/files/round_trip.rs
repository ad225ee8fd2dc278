//! What is written is read back, through every form.

use cscope_capture::{
    Bytes, EventBuilder, EventType, FdInfo, FdType, FileSource, Format, GroupEntry, Interface, L4Proto,
    MachineInfo, OwnedEvent, Snapshot, ThreadInfo, Tuple, UserEntry, WriterOptions,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{FORMATS, assert_same, assert_same_snapshot, captures, drain, drain_bytes, written};

/// Every foreign capture through every form.
#[test]
fn captures_survive_every_form() {
    for path in captures() {
        let original = drain(&mut FileSource::open(&path).expect("opens"));
        for format in FORMATS {
            let options = WriterOptions { old_readers: Some(false), ..WriterOptions::default() };
            let bytes = written(format, &original.snapshot, &options, &original.events);
            let back = drain_bytes(bytes).expect("opens");
            assert!(back.error.is_none(), "{}: {:?}", path.display(), back.error);
            assert_eq!(back.events.len(), original.events.len());
            for (a, b) in original.events.iter().zip(&back.events) {
                assert_same(a, b, false);
            }
            let mut expected = original.snapshot.clone();
            written_lists_only(&mut expected);
            assert_same_snapshot(&expected, &back.snapshot);
        }
    }
}

/// What a file can hold of the descriptor lists: one for each thread, in the order of the threads.
fn written_lists_only(snapshot: &mut Snapshot) {
    let lists = std::mem::take(&mut snapshot.fds);
    for thread in &snapshot.threads {
        let tid = thread.tid.cast_unsigned();
        let list = lists.iter().rev().find(|(t, _)| *t == tid).map(|(_, l)| l.clone()).unwrap_or_default();
        snapshot.fds.push((tid, list));
    }
}

fn text(limit: usize) -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..limit).prop_map(Bytes::from)
}

/// Any event whose lengths agree with its data.
fn event() -> impl Strategy<Value = OwnedEvent> {
    let params = vec(vec(any::<u8>(), 0..80), 0..12);
    let large = prop::option::weighted(0.02, 60_000..70_000usize);
    let head = (any::<u64>(), any::<u64>(), any::<u16>(), 0..500u16, any::<u32>());
    (head, prop::option::of(any::<u64>()), params, large).prop_map(|(head, latency, params, large)| {
        let (ts, tid, cpu, kind, flags) = head;
        let mut builder = EventBuilder::new();
        builder.start(EventType(kind));
        for param in &params {
            builder.bytes(param);
        }
        if let Some(size) = large {
            builder.bytes(&vec![7; size]).bytes(&vec![8; size]);
        }
        let mut event = builder.event(ts, tid, cpu);
        event.flags = if flags & 1 == 0 { 0 } else { flags };
        event.latency = latency.map(|l| l.min(u64::MAX - 1));
        OwnedEvent::from(&event)
    })
}

fn tuple() -> impl Strategy<Value = Tuple> {
    let l4 =
        prop::sample::select(vec![L4Proto::Unknown, L4Proto::Na, L4Proto::Tcp, L4Proto::Udp, L4Proto::Raw]);
    let ports = (any::<u16>(), any::<u16>(), l4);
    (any::<bool>(), any::<[u8; 16]>(), any::<[u8; 16]>(), ports).prop_map(|(v6, a, b, (sport, dport, l4))| {
        let ip = |bytes: [u8; 16]| {
            if v6 {
                std::net::IpAddr::from(bytes)
            } else {
                std::net::IpAddr::from([bytes[0], bytes[1], bytes[2], bytes[3]])
            }
        };
        Tuple { sip: ip(a), dip: ip(b), sport, dport, l4 }
    })
}

/// Any descriptor that a file can hold entirely.
fn fd() -> impl Strategy<Value = FdInfo> {
    let numbers = (any::<i64>(), any::<u64>(), 0..24usize, any::<u32>(), any::<u32>());
    (numbers, tuple(), any::<(u64, u64)>(), text(1024)).prop_map(|(numbers, tuple, unix, name)| {
        let (fd, ino, kind, open_flags, dev) = numbers;
        let named = [
            FdType::File,
            FdType::Directory,
            FdType::Fifo,
            FdType::Event,
            FdType::Unsupported,
            FdType::Signal,
            FdType::EventPoll,
            FdType::Inotify,
            FdType::Timer,
            FdType::Netlink,
            FdType::Bpf,
            FdType::UserFault,
            FdType::IoUring,
            FdType::Memfd,
            FdType::Pidfd,
        ];
        let info = FdInfo { fd, ino, ..FdInfo::default() };
        let v6 = tuple.sip.is_ipv6();
        match (kind, named.get(kind)) {
            (_, Some(kind)) => FdInfo { kind: *kind, name, ..info },
            (15 | 16, _) => FdInfo { kind: FdType::FileV2, name, open_flags, dev, ..info },
            (17 | 18, _) => FdInfo { kind: FdType::Unix, name, unix: Some(unix), ..info },
            (19..=21, _) => {
                FdInfo { kind: if v6 { FdType::Ipv6 } else { FdType::Ipv4 }, tuple: Some(tuple), ..info }
            }
            _ => {
                let nowhere: std::net::IpAddr = if v6 {
                    std::net::Ipv6Addr::UNSPECIFIED.into()
                } else {
                    std::net::Ipv4Addr::UNSPECIFIED.into()
                };
                let kind = if v6 { FdType::Ipv6Server } else { FdType::Ipv4Server };
                FdInfo { kind, tuple: Some(Tuple { dip: nowhere, dport: 0, ..tuple }), ..info }
            }
        }
    })
}

fn thread() -> impl Strategy<Value = ThreadInfo> {
    let names = (text(20), text(1024), text(1024), text(1024), text(1024));
    let lists = (text(4097), text(300), text(300));
    let ids = (any::<[i64; 7]>(), any::<[u32; 8]>(), any::<[u64; 9]>(), any::<[bool; 4]>());
    (names, lists, ids).prop_map(|(names, lists, (ids, words, longs, flags))| ThreadInfo {
        tid: ids[0],
        pid: ids[1],
        ptid: ids[2],
        sid: ids[3],
        vpgid: ids[4],
        pgid: ids[5],
        comm: names.0,
        exe: names.1,
        exepath: names.2,
        args: lists.0,
        env: lists.1,
        cwd: names.3,
        root: names.4,
        cgroups: lists.2,
        fdlimit: ids[6],
        flags: words[0],
        uid: words[1],
        gid: words[2],
        loginuid: words[3],
        vtid: ids[2],
        vpid: ids[3],
        vmsize_kb: words[4],
        vmrss_kb: words[5],
        vmswap_kb: words[6],
        pfmajor: longs[0],
        pfminor: longs[1],
        tty: words[7],
        pidns_init_start_ts: longs[2],
        exe_writable: flags[0],
        exe_upper_layer: flags[1],
        exe_lower_layer: flags[2],
        exe_from_memfd: flags[3],
        cap_inheritable: longs[3],
        cap_permitted: longs[4],
        cap_effective: longs[5],
        exe_ino: longs[6],
        exe_ino_ctime: longs[7],
        exe_ino_mtime: longs[8],
        start_ts: 0,
    })
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let machine = (any::<u32>(), any::<[u64; 4]>(), vec(1..=255u8, 0..128));
    let machine = machine.prop_map(|(num_cpus, [memory_bytes, max_pid, boot_ts, flags], hostname)| {
        MachineInfo { num_cpus, memory_bytes, max_pid, hostname, boot_ts, flags }
    });
    let interface = (tuple(), any::<[u8; 4]>(), vec(any::<u8>(), 0..20), any::<u64>());
    let interface = interface.prop_map(|(ips, mask, name, linkspeed)| {
        let mask = if ips.sip.is_ipv6() { ips.dip } else { mask.into() };
        Interface { name, addr: ips.sip, mask, broadcast: ips.dip, linkspeed }
    });
    let user = (any::<u32>(), any::<u32>(), text(256), text(256), text(256));
    let user = user.prop_map(|(uid, gid, name, home, shell)| UserEntry { uid, gid, name, home, shell });
    let group = (any::<u32>(), text(256)).prop_map(|(gid, name)| GroupEntry { gid, name });
    let threads = vec((thread(), vec(fd(), 0..5)), 0..5);
    (prop::option::of(machine), threads, vec(interface, 0..3), vec(user, 0..3), vec(group, 0..3)).prop_map(
        |(machine, threads, interfaces, users, groups)| {
            let mut snapshot = Snapshot { machine, interfaces, users, groups, ..Snapshot::default() };
            for (number, (mut thread, fds)) in threads.into_iter().enumerate() {
                thread.tid = number as i64;
                snapshot.threads.push(thread);
                snapshot.fds.push((number as u64, fds));
            }
            snapshot
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn events(events in vec(event(), 0..60), format in 0..3usize, batch in 1..20_000usize) {
        let format = FORMATS[format];
        let options = WriterOptions { batch: Some(batch), ..WriterOptions::default() };
        let back = drain_bytes(written(format, &Snapshot::default(), &options, &events)).expect("opens");
        prop_assert!(back.error.is_none(), "{:?}", back.error);
        prop_assert_eq!(back.events.len(), events.len());
        for (a, b) in events.iter().zip(&back.events) {
            assert_same(a, b, format == Format::ScapZst);
        }
    }

    #[test]
    fn snapshots(snapshot in snapshot(), format in 0..3usize) {
        let options = WriterOptions { old_readers: Some(false), ..WriterOptions::default() };
        let back = drain_bytes(written(FORMATS[format], &snapshot, &options, &[])).expect("opens");
        prop_assert!(back.error.is_none(), "{:?}", back.error);
        prop_assert_eq!(back.sections, 1);
        assert_same_snapshot(&snapshot, &back.snapshot);
    }
}

/// Values beyond the limits of other readers are cut, and kinds old readers refuse are renamed.
#[test]
fn limits_of_other_readers() {
    let long = |n| Bytes::from(vec![b'a'; n]);
    let mut snapshot = Snapshot::default();
    let list = Bytes::from([vec![b'a'; 5000], vec![0]].concat());
    snapshot.threads.push(ThreadInfo { tid: 1, comm: long(2000), args: list, ..ThreadInfo::default() });
    let info = FdInfo { fd: 3, name: long(70_000), ..FdInfo::default() };
    let kinds = [FdType::Unknown, FdType::Bpf, FdType::Pidfd, FdType::File];
    snapshot.fds.push((1, kinds.map(|kind| FdInfo { kind, ..info.clone() }).to_vec()));
    snapshot.users.push(UserEntry { name: long(300), ..UserEntry::default() });
    let back = drain_bytes(written(Format::Scap, &snapshot, &WriterOptions::default(), &[])).expect("opens");
    assert!(back.error.is_none());
    let thread = &back.snapshot.threads[0];
    assert_eq!((thread.comm.len(), thread.args.len(), thread.args.last()), (1023, 4096, Some(&0)));
    let fds = &back.snapshot.fds[0].1;
    let kinds: Vec<FdType> = fds.iter().map(|fd| fd.kind).collect();
    assert_eq!(kinds, [FdType::Unsupported, FdType::Unsupported, FdType::File]);
    assert!(fds.iter().all(|fd| fd.name.len() == 1023));
    assert_eq!(back.snapshot.users[0].name.len(), 255);
}

/// A machine with 100,000 threads: one list entry and one descriptor list each, strings shared in memory.
#[test]
fn many_threads() {
    let name = Bytes::from(&b"java"[..]);
    let env = Bytes::from(vec![b'e'; 2000]);
    let mut snapshot = Snapshot::default();
    for tid in 1..=100_000 {
        let (comm, env) = (name.clone(), env.clone());
        snapshot.threads.push(ThreadInfo { tid, pid: 1, comm, env, ..ThreadInfo::default() });
    }
    let bytes = written(Format::ScapZst, &snapshot, &WriterOptions::default(), &[]);
    let seen = drain_bytes(bytes).expect("opens");
    assert!(seen.error.is_none(), "{:?}", seen.error);
    assert_eq!((seen.snapshot.threads.len(), seen.snapshot.fds.len()), (100_000, 100_000));
    let (first, last) = (&seen.snapshot.threads[0], &seen.snapshot.threads[99_999]);
    assert!(std::sync::Arc::ptr_eq(&first.env, &last.env), "equal strings are kept once");
}
