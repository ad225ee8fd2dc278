//! clone, execve, exit; numbers in comments are those of the list of tricky cases.

use cscope_capture::{EventType, Snapshot};
use cscope_enrich::Limits;

use crate::machine::{
    AT_FDCWD, CHILD_IN_PIDNS, CLOEXEC, Clone, FILES, Machine, NEWPID, PARENT, THREAD, thread,
};

const DOCKER: &str = "cpu=/docker/aaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\0";

#[test]
fn the_caller_makes_the_child_once() {
    // 3
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 20, 0));
    let child = m.thread(20);
    assert_eq!((child.info.pid, child.info.ptid, child.info.uid, child.info.gid), (20, 10, 1000, 100));
    assert_eq!((child.info.vtid, child.clone_ts), (20, m.ts));
    assert_eq!((&*child.info.cwd, m.name(20, 0).as_str()), (&b"/home/"[..], "/dev/null"));
    m.open(20, 5, AT_FDCWD, "f", 1);
    // The child's own event changes nothing any more.
    m.clone(20, &Clone { res: 0, pid: 20, ptid: 10, ..Clone::of(20, 0, 0) });
    assert_eq!(m.name(20, 5), "/home/f");
    assert_eq!(m.state.family(m.thread(10)), (1, 1));
}

#[test]
fn the_child_may_be_first() {
    // 3: its event was read from another CPU's buffer before the caller's
    let mut m = Machine::new();
    m.clone(20, &Clone { ptid: 10, ..Clone::of(20, 0, 0) });
    assert!(m.thread(20).inverted);
    m.exec(20, 20, "ls", "cpu=/\0");
    m.clone(10, &Clone::of(10, 20, 0));
    assert_eq!(&*m.thread(20).info.comm, b"ls", "what the child did stands");
}

#[test]
fn ids_of_a_pid_namespace_are_foreign() {
    // 3
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 2, CHILD_IN_PIDNS));
    assert!(!m.knows(2), "2 is what the namespace calls it");
    m.clone(20, &Clone { res: 0, ptid: 10, vtid: 2, vpid: 2, ..Clone::of(20, 0, CHILD_IN_PIDNS) });
    assert_eq!((m.thread(20).info.vtid, m.thread(20).info.ptid), (2, 10));
    // The same from a caller that is in a namespace itself.
    m.clone(20, &Clone { vtid: 2, vpid: 2, ..Clone::of(20, 3, 0) });
    assert!(!m.knows(3));
}

#[test]
fn the_first_process_of_a_pid_namespace_tells_of_itself() {
    // 3: its caller is outside and gets an id that means something, but the event cannot tell which
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 20, NEWPID));
    assert!(!m.knows(20));
    m.clone(20, &Clone { res: 0, ptid: 10, vtid: 1, vpid: 1, ..Clone::of(20, 0, NEWPID | CHILD_IN_PIDNS) });
    let t = m.thread(20);
    assert_eq!((t.info.vtid, t.info.vpid, t.info.ptid, t.info.pidns_init_start_ts), (1, 1, 10, 7));
    assert_eq!(m.name(20, 0), "/dev/null");
    // Who is left behind in it goes to its first process.
    m.clone(20, &Clone { vtid: 1, vpid: 1, ..Clone::of(20, 2, CHILD_IN_PIDNS) });
    for (tid, parent) in [(21, 20), (22, 21)] {
        let vtid = tid - 19;
        m.clone(tid, &Clone { res: 0, ptid: parent, vtid, vpid: vtid, ..Clone::of(tid, 0, CHILD_IN_PIDNS) });
    }
    m.exit(21, 0);
    m.pass(1);
    assert_eq!(m.thread(22).info.ptid, 20);
}

#[test]
fn a_sibling_has_the_image_of_its_caller() {
    // 3: CLONE_PARENT; the child's own event names the parent of both, who is another program
    let mut m = Machine::new();
    m.open(1, 7, AT_FDCWD, "/of/init", 1);
    m.exec(10, 10, "runner", "cpu=/\0");
    m.clone(10, &Clone::of(10, 20, PARENT));
    m.clone(20, &Clone { res: 0, ptid: 1, ..Clone::of(20, 0, PARENT) });
    let t = m.thread(20);
    assert_eq!((t.info.ptid, &*t.info.exepath), (1, &b"/usr/bin/runner"[..]));
    assert_eq!((m.name(20, 0).as_str(), m.name(20, 7).as_str()), ("/dev/null", "-"));
    assert_eq!((m.state.family(m.thread(1)), m.state.family(m.thread(10))), ((1, 2), (1, 0)));
}

#[test]
fn the_child_of_a_long_vfork_stays_what_it_became() {
    // 3: its caller is told of it when it ends or runs another program, however late
    let mut m = Machine::new();
    m.clone(20, &Clone { ptid: 10, ..Clone::of(20, 0, 0) });
    m.exec(20, 20, "ls", "cpu=/\0");
    m.ts += 60_000_000_000;
    m.clone_that_took(61_000_000_000, 10, &Clone::of(10, 20, 0));
    assert_eq!((&*m.thread(20).info.comm, m.state.counters().tids_reused), (&b"ls"[..], 0));
}

#[test]
fn events_without_a_name_leave_that_of_the_program() {
    // Old captures: neither clone nor execve tells comm.
    let old_clone = |m: &mut Machine, tid: i64, child: i64| {
        m.apply(tid, EventType::SYSCALL_CLONE_20_X, |b| {
            b.i64(child).text(b"/bin/make").bytes(b"").i64(tid).i64(tid).i64(1).text(b"").i64(1024);
        });
    };
    let mut m = Machine::new();
    m.chdir(10, "/srv");
    old_clone(&mut m, 10, 20);
    assert_eq!((&*m.thread(20).info.comm, &*m.thread(20).info.cwd), (&b"sh"[..], &b"/srv/"[..]));
    old_clone(&mut m, 70, 71);
    assert_eq!((&*m.thread(70).info.comm, &*m.thread(71).info.comm), (&b"/bin/make"[..], &b"/bin/make"[..]));
    m.apply(20, EventType::SYSCALL_EXECVE_19_X, |b| {
        b.i64(0).text(b"/bin/cc").bytes(b"").i64(20).i64(20).i64(10);
    });
    assert_eq!(&*m.thread(20).info.comm, b"/bin/cc");
    assert_eq!(&*m.thread(20).info.exepath, b"", "and nothing tells the path");
    // What the call was given is a path from the directory of the caller.
    m.apply(20, EventType::SYSCALL_EXECVE_19_X, |b| {
        b.i64(0).text(b"./cc").bytes(b"").i64(20).i64(20).i64(10).text(b"").i64(9);
        b.u64(0).u64(0).u32(0).u32(0).u32(0).text(b"cc").bytes(b"").bytes(b"").u32(0).i64(20).u32(0).u32(0);
        b.u64(0).u64(0).u64(0).u64(0).u64(0).u64(0).u32(0).text(b"").i64(20).u32(0).text(b"./bin/cc");
    });
    assert_eq!(&*m.thread(20).info.exepath, b"/srv/bin/cc");
}

#[test]
fn a_thread_has_the_directory_of_its_process() {
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 11, THREAD | FILES));
    m.chdir(10, "/srv");
    // A child of the thread starts where the process is, not where it was when the thread began.
    m.clone(11, &Clone { vtid: 11, ..Clone::of(10, 20, 0) });
    assert_eq!(&*m.thread(20).info.cwd, b"/srv/");
}

#[test]
fn a_child_that_is_gone_is_not_made() {
    // vfork: the caller's event comes when the child has exited
    let mut m = Machine::new();
    m.exit(20, 0);
    m.clone(10, &Clone::of(10, 20, 0));
    assert!(!m.knows(20));
    // Much later the number is free again.
    m.ts += 60_000_000_000;
    m.clone(10, &Clone::of(10, 20, 0));
    assert!(m.knows(20));
}

#[test]
fn an_unknown_caller_is_described_by_its_event() {
    let mut m = Machine::new();
    m.pass(77);
    assert!(m.thread(77).placeholder);
    m.open(77, 3, AT_FDCWD, "/etc/hosts", 1);
    m.clone(77, &Clone { comm: "make", ..Clone::of(77, 78, 0) });
    assert_eq!((&*m.thread(77).info.comm, m.thread(77).info.pid), (&b"make"[..], 77));
    assert_eq!(m.name(77, 3), "/etc/hosts", "what was learnt of it stays");
    assert_eq!(m.name(78, 3), "/etc/hosts");
}

#[test]
fn tids_are_reused() {
    // 17
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 20, 0));
    m.open(20, 9, AT_FDCWD, "/old", 1);
    m.ts += 60_000_000_000;
    m.clone(10, &Clone::of(10, 20, 0));
    assert_eq!((m.name(20, 9), m.state.counters().tids_reused), ("-".to_owned(), 1));
    m.ts += 60_000_000_000;
    m.clone(20, &Clone { ptid: 10, comm: "own", ..Clone::of(20, 0, 0) });
    assert_eq!((&*m.thread(20).info.comm, m.state.counters().tids_reused), (&b"own"[..], 2));
    assert_eq!(m.state.family(m.thread(10)), (1, 1));
}

#[test]
fn threads_share_descriptors_and_directory() {
    // 6
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 11, THREAD | FILES));
    assert_eq!((m.thread(11).info.pid, m.thread(11).info.ptid), (10, 1));
    m.open(11, 4, AT_FDCWD, "a", 1);
    assert_eq!(m.name(10, 4), "/home/a");
    m.chdir(11, "/srv");
    m.open(10, 5, AT_FDCWD, "b", 1);
    assert_eq!((m.name(11, 5), &**m.state.cwd(m.thread(11))), ("/srv/b".to_owned(), &b"/srv/"[..]));
    assert_eq!(m.state.family(m.thread(10)), (2, 0));
}

#[test]
fn a_thread_of_an_unknown_process_gets_a_leader() {
    // 6
    let mut m = Machine::new();
    m.clone(31, &Clone { res: 0, ptid: 1, vtid: 31, ..Clone::of(30, 0, THREAD) });
    assert_eq!((m.thread(30).info.pid, m.thread(31).info.pid), (30, 30));
    m.open(30, 3, AT_FDCWD, "/x", 1);
    assert_eq!(m.name(31, 3), "/x");
}

#[test]
fn a_fork_has_its_own_descriptors() {
    // 5
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 20, 0));
    m.open(20, 3, AT_FDCWD, "/child", 1);
    m.close(10, 0, 0);
    m.pass(10);
    assert_eq!((m.name(10, 3), m.name(10, 0)), ("-".to_owned(), "-".to_owned()));
    assert_eq!((m.name(20, 3), m.name(20, 0)), ("/child".to_owned(), "/dev/null".to_owned()));
}

#[test]
fn a_clone_with_files_shares_them_until_exec() {
    // As the kernel does it; other readers copy here, too.
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 20, FILES));
    m.open(20, 3, AT_FDCWD, "/both", 1);
    assert_eq!(m.name(10, 3), "/both");
    m.exec(20, 20, "ls", "cpu=/\0");
    m.open(20, 4, AT_FDCWD, "/own", 1);
    assert_eq!((m.name(10, 4), m.name(20, 3)), ("-".to_owned(), "/both".to_owned()));
    m.clone(10, &Clone::of(10, 21, THREAD | FILES));
    m.apply(21, EventType::SYSCALL_UNSHARE_X, |b| {
        b.i64(0).u32(FILES);
    });
    m.open(21, 5, AT_FDCWD, "/alone", 1);
    assert_eq!((m.name(10, 5), m.name(21, 5)), ("-".to_owned(), "/alone".to_owned()));
}

#[test]
fn exec_replaces_the_program() {
    let mut m = Machine::new();
    m.open(10, 3, AT_FDCWD, "/kept", 1);
    m.open(10, 4, AT_FDCWD, "/dropped", 1 | CLOEXEC);
    m.exec(10, 10, "ls", DOCKER);
    let t = m.thread(10);
    assert_eq!(
        (&*t.info.comm, &*t.info.exepath, &*t.info.cwd),
        (&b"ls"[..], &b"/usr/bin/ls"[..], &b"/home/"[..])
    );
    assert_eq!(
        (t.info.tty, t.info.loginuid, t.info.cap_effective, t.info.exe_writable),
        (34816, u32::MAX, 3, true)
    );
    assert_eq!((t.args().count(), t.env().next()), (1, Some(&b"A=1"[..])));
    assert_eq!(&*t.container_id, b"aaaaaaaaaaaa", "24: the groups at exec count");
    assert_eq!((m.name(10, 3), m.name(10, 4)), ("/kept".to_owned(), "-".to_owned()));
    // A failed one changes nothing.
    m.apply(10, EventType::SYSCALL_EXECVE_19_X, |b| {
        b.i64(-2).text(b"/bin/none").bytes(b"").i64(10).i64(10).i64(1);
    });
    assert_eq!(&*m.thread(10).info.comm, b"ls");
}

#[test]
fn exec_of_a_thread_ends_the_others() {
    // 4: the event comes with the leader's id, or still with the caller's own
    for tid in [10, 12] {
        let mut m = Machine::new();
        m.clone(10, &Clone::of(10, 11, THREAD | FILES));
        m.clone(10, &Clone::of(10, 12, THREAD | FILES));
        m.open(12, 3, AT_FDCWD, "/kept", 1);
        m.exec(tid, 10, "ls", "cpu=/\0");
        assert!(!m.knows(11) && !m.knows(12), "event of {tid}");
        assert_eq!((&*m.thread(10).info.comm, m.name(10, 3).as_str()), (&b"ls"[..], "/kept"));
        assert_eq!(m.state.family(m.thread(10)), (1, 0));
    }
}

#[test]
fn exec_of_a_thread_revives_its_dead_leader() {
    // 4: the kernel reports the exit of the leader before the call ends, with the id of either
    for tid in [10, 12] {
        let mut m = Machine::new();
        m.clone(10, &Clone::of(10, 11, THREAD | FILES));
        m.clone(10, &Clone::of(10, 12, THREAD | FILES));
        m.open(12, 3, AT_FDCWD, "/kept", 1);
        m.exit(11, 0);
        m.exit(10, 0);
        m.exec(tid, 10, "ls", "cpu=/\0");
        assert!(!m.knows(12) && !m.thread(10).dead, "event of {tid}");
        assert_eq!((&*m.thread(10).info.comm, m.name(10, 3).as_str()), (&b"ls"[..], "/kept"));
        assert_eq!(m.state.family(m.thread(10)), (1, 0));
        m.pass(1);
        assert!(m.knows(10), "it stays");
        m.exit(10, 0);
        m.pass(1);
        assert!(!m.knows(10), "until it exits itself");
    }
}

#[test]
fn exits_take_effect_with_the_next_event() {
    // 1
    let mut m = Machine::new();
    m.exit(10, 0);
    assert!(m.knows(10));
    m.pass(1);
    assert!(!m.knows(10));
}

#[test]
fn a_leader_stays_while_threads_live() {
    // 18
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 11, THREAD | FILES));
    m.exit(10, 0);
    m.pass(11);
    assert!(m.thread(10).dead);
    assert_eq!((m.name(11, 0), m.state.family(m.thread(11))), ("/dev/null".to_owned(), (1, 0)));
    m.exit(11, 0);
    m.pass(1);
    assert!(!m.knows(11) && !m.knows(10));
}

#[test]
fn orphans_get_a_new_parent() {
    let mut m = Machine::new();
    m.clone(10, &Clone::of(10, 20, 0));
    m.clone(20, &Clone::of(20, 30, 0));
    m.clone(20, &Clone::of(20, 31, 0));
    m.apply(10, EventType::SYSCALL_PRCTL_X, |b| {
        b.i64(0).u32(36).empty().i64(1);
    });
    // Not told: the nearest sub-reaper.
    m.exit(20, 0);
    m.pass(1);
    assert_eq!((m.thread(30).info.ptid, m.thread(31).info.ptid), (10, 10));
    assert_eq!(m.state.family(m.thread(10)), (1, 2));
    // Told by the event, even where another one was nearer.
    m.clone(30, &Clone::of(30, 40, 0));
    m.clone(1, &Clone::of(1, 50, 0));
    m.exit(30, 50);
    m.pass(1);
    assert_eq!(m.thread(40).info.ptid, 50);
    m.exit(10, 1);
    m.pass(1);
    assert_eq!(m.thread(31).info.ptid, 1);
    assert_eq!(m.state.ancestry(m.thread(31)).map(|t| t.info.tid).collect::<Vec<_>>(), [31, 1]);
}

#[test]
fn loops_of_parents_are_cut() {
    let snapshot = Snapshot { threads: vec![thread(5, 5, 6), thread(6, 6, 5)], ..Snapshot::default() };
    let mut m = Machine::with(snapshot);
    assert!(m.state.ancestry(m.thread(5)).count() <= 64);
    m.exit(5, 0);
    m.pass(6);
    assert!(!m.knows(5));
}

#[test]
fn unknown_threads_get_placeholders() {
    // 16, and not for what makes or ends threads
    let mut m = Machine::new();
    m.pass(99);
    let t = m.thread(99);
    assert_eq!((t.info.pid, &*t.info.comm, t.info.uid, t.placeholder), (-1, &b"<NA>"[..], u32::MAX, true));
    m.open(99, 3, AT_FDCWD, "/x", 1);
    assert_eq!(m.name(99, 3), "/x");
    m.exit(98, 0);
    m.apply(97, EventType::SCHEDSWITCH_6_E, |b| {
        b.i64(0);
    });
    m.clone(96, &Clone::of(96, -11, 0));
    m.pass(1);
    assert!(!m.knows(98) && !m.knows(97) && !m.knows(96));
    assert_eq!(m.state.counters().placeholders, 1);
    // An exec tells who it is.
    m.exec(99, 99, "cat", "cpu=/\0");
    assert_eq!(
        (m.thread(99).info.pid, &*m.thread(99).info.comm, m.name(99, 3).as_str()),
        (99, &b"cat"[..], "/x")
    );
}

#[test]
fn the_table_is_bounded() {
    let snapshot = Snapshot { threads: vec![thread(1, 1, 0)], ..Snapshot::default() };
    let limits = Limits { threads: 10, fds: 4, list_bytes: 4, ..Limits::default() };
    let mut m = Machine::with(Snapshot::default());
    m.state = cscope_enrich::State::seeded(&snapshot, limits);
    for tid in 100..200 {
        m.clone(1, &Clone::of(1, tid, 0));
        m.pass(tid + 1000);
        m.open(1, tid, AT_FDCWD, "/f", 1);
    }
    let counters = m.state.counters();
    assert_eq!(m.state.threads().count(), 10);
    assert_eq!(m.state.fd_count(m.thread(1)), 4);
    assert!(counters.threads_refused >= 190 && counters.fds_refused == 96 && counters.lists_cut > 0);
    assert_eq!(&*m.thread(100).info.args, b"-c\0x");
}
