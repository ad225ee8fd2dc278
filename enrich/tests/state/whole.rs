//! The model as a whole: users, containers, counters, snapshots, events of any shape.

use cscope_capture::table::EVENTS;
use cscope_capture::{Bytes, EventBuilder, EventType, Snapshot, ThreadInfo, UserEntry};
use cscope_enrich::{ContainerEngine, State};

use crate::machine::{AT_FDCWD, Clone, Machine, THREAD, file, thread};

#[test]
fn users_come_and_go() {
    // 25
    let mut m = Machine::new();
    let host = Bytes::default();
    assert_eq!(&*m.state.users().user(&host, 0).expect("always").name, b"root");
    for container in [&b""[..], b"c1"] {
        m.apply(0, EventType::USER_ADDED_E, |b| {
            b.u32(7).u32(8).text(b"u").text(b"/home/u").text(b"/bin/sh").text(container);
        });
        m.apply(0, EventType::GROUP_ADDED_E, |b| {
            b.u32(8).text(b"g").text(container);
        });
    }
    assert!(!m.knows(0), "such events have no thread");
    let inside = Bytes::from(&b"c1"[..]);
    assert_eq!(&*m.state.users().user(&inside, 7).expect("added").home, b"/home/u");
    m.apply(0, EventType::USER_DELETED_E, |b| {
        b.u32(7).u32(8).text(b"u").text(b"").text(b"").text(b"c1");
    });
    assert!(m.state.users().user(&inside, 7).is_none() && m.state.users().user(&host, 7).is_some());
    assert_eq!(&*m.state.users().group(&inside, 8).expect("stays").name, b"g");
}

#[test]
fn ids_limits_and_counters() {
    // 26
    let mut m = Machine::new();
    m.apply(10, EventType::SYSCALL_SETRESUID_X, |b| {
        b.i64(0).u32(1).u32(u32::MAX).u32(3);
    });
    assert_eq!(m.thread(10).info.uid, 0, "all ones leaves it alone");
    m.apply(10, EventType::SYSCALL_SETUID_X, |b| {
        b.i64(0).u32(33);
    });
    m.apply(10, EventType::SYSCALL_SETGID_X, |b| {
        b.i64(-1).u32(44);
    });
    m.apply(10, EventType::SYSCALL_SETRESGID_X, |b| {
        b.i64(0).u32(5).u32(55).u32(5);
    });
    m.apply(10, EventType::SYSCALL_SETSID_X, |b| {
        b.i64(10);
    });
    m.apply(10, EventType::SYSCALL_CAPSET_X, |b| {
        b.i64(0).u64(1).u64(2).u64(3);
    });
    m.apply(1, EventType::SYSCALL_PRLIMIT_X, |b| {
        b.i64(0).i64(512).i64(512).i64(1024).i64(1024).i64(10).u8(7);
    });
    m.apply(10, EventType::SYSCALL_MMAP_X, |b| {
        b.i64(0).u32(100).u32(50).u32(5);
    });
    let info = &m.thread(10).info;
    assert_eq!((info.uid, info.gid, info.sid, info.fdlimit, info.cap_permitted), (33, 55, 10, 512, 2));
    assert_eq!((info.vmsize_kb, info.vmrss_kb, info.vmswap_kb), (100, 50, 5));
    for (soft, set) in [(256, 256), (-1, 1024)] {
        // Nothing set: what it was, which the kernel told; of the caller itself.
        m.apply(10, EventType::SYSCALL_PRLIMIT_X, |b| {
            b.i64(0).i64(soft).i64(soft).i64(1024).i64(1024).i64(0).u8(7);
        });
        assert_eq!(m.thread(10).info.fdlimit, set);
    }
    m.apply(10, EventType::SYSCALL_SETRLIMIT_X, |b| {
        b.i64(0).i64(300).i64(400).u8(7);
    });
    m.apply(10, EventType::SYSCALL_GETRLIMIT_X, |b| {
        b.i64(0).i64(9).i64(9).u8(0);
    });
    assert_eq!(m.thread(10).info.fdlimit, 300, "another limit is no limit of descriptors");
    for ticks in [10u64, 60] {
        m.ts += 1_000_000_000 - 1000;
        m.apply(10, EventType::PROCINFO_E, |b| {
            b.u64(ticks).u64(5);
        });
    }
    assert_eq!(m.thread(10).cpu, Some((50.0, 0.0)));
    // 1 leaves the CPU to 10, which leaves it a microsecond later.
    for tid in [1, 10] {
        m.apply(tid, EventType::SCHEDSWITCH_6_E, |b| {
            b.i64(11 - tid).u64(3).u64(4).u32(1).u32(1).u32(1);
        });
    }
    assert_eq!((m.thread(10).exectime, m.thread(10).info.pfmajor), ((1000, 1000), 3));
}

#[test]
fn a_user_namespace_of_its_own_gives_all_capabilities() {
    const NEWUSER: u32 = 0x10_0000;
    const NEWNET: u32 = 0x10;
    for kind in [EventType::SYSCALL_UNSHARE_X, EventType::SYSCALL_SETNS_X] {
        let mut m = Machine::new();
        for (res, flags, all) in [(-1, NEWUSER, false), (0, NEWNET, false), (0, NEWUSER, true)] {
            m.apply(10, kind, |b| {
                b.i64(res);
                if kind == EventType::SYSCALL_SETNS_X {
                    b.i64(3);
                }
                b.u32(flags);
            });
            let info = &m.thread(10).info;
            assert_eq!((info.cap_effective, info.cap_permitted), if all { (ALL, ALL) } else { (0, 0) });
        }
    }
}

/// Every capability there is.
const ALL: u64 = (1 << 41) - 1;

#[test]
fn container_events() {
    let mut m = Machine::new();
    m.apply(0, EventType::CONTAINER_JSON_2_E, |b| {
        b.text(br#"{"container":{"id":"aaaaaaaaaaaa","type":0,"name":"db","image":"pg:1"}}"#);
    });
    m.apply(0, EventType::CONTAINER_JSON_2_E, |b| {
        b.text(br#"{"container":{"id":"aaaaaaaaaaaa","type":0,"name":"","lookup_state":2}}"#);
    });
    m.apply(0, EventType::ASYNCEVENT_E, |b| {
        b.u32(1).text(b"container").bytes(br#"{"container":{"id":"bb","type":7,"name":"web"}}"#);
    });
    m.apply(0, EventType::CONTAINER_JSON_2_E, |b| {
        b.text(b"no JSON");
    });
    let name =
        |id: &[u8]| m.state.containers().get(id).map(|c| String::from_utf8_lossy(&c.name).into_owned());
    assert_eq!((name(b"aaaaaaaaaaaa").as_deref(), name(b"bb").as_deref()), (Some("db"), Some("web")));
    assert_eq!(m.state.containers().len(), 2);
    // They can be told to another capture.
    let mut other = State::default();
    for event in m.state.container_events(5) {
        other.apply(&event.event());
    }
    assert_eq!(other.containers().get(b"bb").map(|c| c.name.to_vec()), Some(b"web".to_vec()));
}

#[test]
fn apps_of_pods() {
    const POD: &str = "77a4e9b2-1c3d-4e5f-8a6b-0c1d2e3f4a5b";
    let id = |app: &str| format!("{POD}:{app}").into_bytes();
    let list = |items: &[&str]| Bytes::from(items.join("\0").as_bytes());
    let groups = |app: &str| list(&["cpu=/", &format!("memory=/rkt.service/system.slice/{app}.service"), ""]);
    // The process of an app in front of what started it, and a service that has nothing to do with pods.
    let app = ThreadInfo { cgroups: groups("web"), ..thread(30, 30, 20) };
    let other = ThreadInfo { cgroups: groups("cron"), ..thread(40, 40, 1) };
    let (uuid, machine) = (format!("--uuid={POD}"), format!("--machine=rkt-{POD}"));
    let nspawn = ThreadInfo { args: list(&["--boot", &uuid, &machine, ""]), ..thread(20, 20, 1) };
    let threads = vec![app, other, nspawn, thread(1, 1, 0)];
    let mut m = Machine::with(Snapshot { threads, ..Snapshot::default() });
    assert_eq!(m.thread(30).container_id[..], id("web"));
    assert_eq!((&m.thread(40).container_id[..], &m.thread(20).container_id[..]), (&b""[..], &b""[..]));
    // Another app of it, made while events come.
    let cgroups = "memory=/rkt.service/system.slice/db.service\0";
    m.clone(20, &Clone { cgroups, ..Clone::of(20, 50, 0) });
    assert_eq!(m.thread(50).container_id[..], id("db"));
    let web = m.state.containers().get(&id("web")).expect("met");
    assert_eq!((web.engine, &*web.name), (ContainerEngine::Rkt, &b"web"[..]));
    // A machine of systemd is told by the same argument; a root directory tells enough.
    let machine = ThreadInfo { args: list(&[&uuid, "--machine=web", ""]), ..thread(20, 20, 1) };
    let inside = ThreadInfo { cgroups: groups("web"), ..thread(30, 30, 20) };
    let root = format!("/var/lib/rkt/pods/run/{POD}/stage1/rootfs/opt/stage2/fly/rootfs");
    let fly = ThreadInfo { root: root.as_bytes().into(), ..thread(60, 60, 1) };
    let m = Machine::with(Snapshot { threads: vec![machine, inside, fly], ..Snapshot::default() });
    assert_eq!((&m.thread(30).container_id[..], &*m.thread(60).container_id), (&b""[..], &*id("fly")));
}

#[test]
fn a_snapshot_tells_all() {
    let user = UserEntry { uid: 5, gid: 6, name: Bytes::from(&b"u"[..]), ..UserEntry::default() };
    let mut m = Machine::with(Snapshot {
        threads: vec![thread(11, 10, 1), thread(10, 10, 1), thread(1, 1, 0)],
        fds: vec![(10, vec![file(3, "/a")]), (11, vec![])],
        users: vec![user.clone()],
        ..Snapshot::default()
    });
    m.pass(99);
    m.clone(10, &Clone::of(10, 20, 0));
    m.clone(20, &Clone::of(20, 21, THREAD));
    m.open(20, 4, AT_FDCWD, "b", 1);
    let snapshot = m.state.snapshot();
    let again = State::from_snapshot(&snapshot);
    assert_eq!(snapshot.threads.iter().map(|t| t.tid).collect::<Vec<_>>(), [1, 10, 11, 20, 21]);
    assert!(snapshot.users.contains(&user));
    let names = |state: &State, tid| {
        let t = state.thread(tid).expect("known");
        state.fds(t).map(|fd| fd.info.name.to_vec()).collect::<Vec<_>>()
    };
    for tid in [1, 10, 11, 20, 21] {
        assert_eq!(names(&again, tid), names(&m.state, tid), "of {tid}");
        assert_eq!(
            again.thread(tid).map(|t| t.info.clone()),
            snapshot.threads.iter().find(|t| t.tid == tid).cloned()
        );
        assert_eq!(again.family(again.thread(tid).expect("known")), m.state.family(m.thread(tid)));
    }
}

#[test]
fn a_checkpoint_does_not_see_later_events() {
    let mut m = Machine::new();
    let before = m.state.clone();
    m.open(10, 3, AT_FDCWD, "x", 1);
    m.chdir(10, "/");
    m.clone(10, &Clone::of(10, 20, 0));
    m.exit(10, 0);
    m.pass(1);
    let shell = before.thread(10).expect("still there");
    assert!(before.fd(shell, 3).is_none() && before.thread(20).is_none());
    assert_eq!((&**before.cwd(shell), before.family(shell)), (&b"/home/"[..], (1, 0)));
}

#[test]
fn events_of_any_shape_do_no_harm() {
    // 15: parameters that are missing, too short, too long, absurd
    let values: [&[u8]; 9] = [
        b"",
        b"\0",
        b"\xff",
        b"\xff\xff\xff\xff",
        b"\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\0\0\0\0\0\0\0\0",
        b"\x0a\0\0\0\0\0\0\0",
        b"\x02\x7f\0\0\x01\0\0\x7f\0\0\x01\0\0",
        b"../../x\0",
    ];
    let mut m = Machine::new();
    let mut b = EventBuilder::new();
    let mut seed = 1u64;
    for round in 0..40u64 {
        for info in EVENTS {
            b.start(EventType(info.id));
            for _ in 0..(info.params.len() as u64 * round / 20) {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                b.bytes(values[(seed >> 33) as usize % values.len()]);
            }
            m.state.apply(&b.event(round, seed >> 40 & 31, (seed >> 20) as u16));
        }
    }
    let snapshot = m.state.snapshot();
    assert_eq!(snapshot.threads.len(), State::from_snapshot(&snapshot).threads().count());
}
