//! Cases that go wrong easily and have no other place; numbers as in the list of tricky cases of the state engine.

use cscope_capture::{EventBuilder, EventSource, EventType, Snapshot, Stats, Step};
use cscope_enrich::{Inspector, Item, State, View, Visibility};

use crate::machine::{Clone, Machine, file, thread};

const ID: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

/// 7: the name of a thread is what clone and exec say; the kernel's other ways to change it are not followed.
#[test]
fn names_come_from_clone_and_exec() {
    let mut m = Machine::new();
    // PR_SET_NAME
    m.apply(10, EventType::SYSCALL_PRCTL_X, |b| {
        b.i64(0).u32(15).text(b"other").i64(0);
    });
    assert_eq!(&*m.thread(10).info.comm, b"sh");
    m.exec(10, 10, "a-name-of-15-by", "cpu=/\0");
    assert_eq!(&*m.thread(10).info.comm, b"a-name-of-15-by");
}

/// 15: an event of an older version has fewer parameters; what is absent stays as it was and is not zero.
#[test]
fn absent_is_not_zero() {
    let mut m = Machine::new();
    m.exec(10, 10, "new", "cpu=/\0");
    let before = m.thread(10).info.clone();
    assert_eq!((before.uid, before.tty, before.exe_ino, before.pgid), (1000, 34816, 4, 10));
    // execve with what it had before it told of environment, terminal, session and credentials.
    m.apply(10, EventType::SYSCALL_EXECVE_19_X, |b| {
        b.i64(0).text(b"/bin/old").bytes(b"").i64(10).i64(10).i64(1).text(b"").i64(1024);
        b.u64(0).u64(0).u32(0).u32(0).u32(0).text(b"old");
    });
    let after = &m.thread(10).info;
    assert_eq!(&*after.comm, b"old");
    assert_eq!((after.uid, after.tty, after.vpgid, after.exe_ino), (1000, 34816, before.vpgid, 4));
    assert_eq!((after.pgid, after.gid), (10, 100));
    assert_eq!((&*after.env, &*after.cgroups), (&*before.env, &*before.cgroups));
    // A close without its descriptor, an open without its name: no harm and no effect.
    m.apply(10, EventType::SYSCALL_CLOSE_X, |b| {
        b.i64(0);
    });
    m.apply(10, EventType::SYSCALL_OPENAT_2_X, |b| {
        b.i64(9);
    });
    m.pass(10);
    assert_eq!(m.name(10, 0), "/dev/null");
}

/// 23: with the unified hierarchy one path stands under several names; any of them will do.
#[test]
fn any_control_group_tells_the_container() {
    for name in ["memory", "cpuset", "unified", "0::", "io"] {
        let mut m = Machine::new();
        let cgroups = format!("cpu=/user.slice\0{name}=/system.slice/docker-{ID}.scope\0");
        m.exec(10, 10, "x", &cgroups);
        assert_eq!(&*m.thread(10).container_id, &ID.as_bytes()[..12], "{name}");
    }
    // 24: a child is in the container of its own groups, whatever its parent is in.
    let mut m = Machine::new();
    m.exec(10, 10, "x", &format!("memory=/docker/{ID}\0"));
    m.clone(10, &Clone { cgroups: "memory=/user.slice\0", ..Clone::of(10, 20, 0) });
    assert_eq!(&*m.thread(20).container_id, b"");
}

/// 26: a login uid that was never set is all ones, and stays so.
#[test]
fn unset_login() {
    let mut m = Machine::new();
    m.exec(10, 10, "x", "cpu=/\0");
    assert_eq!(m.thread(10).info.loginuid, u32::MAX);
    assert_eq!(m.state.users().user(&m.thread(10).container_id, u32::MAX), None);
}

/// A source of two sections, as files joined with `cat` are.
struct Joined {
    sections: [Snapshot; 2],
    next: usize,
    b: EventBuilder,
}

impl EventSource for Joined {
    fn step(&mut self) -> Result<Step<'_>, cscope_capture::Error> {
        self.next += 1;
        Ok(match self.next {
            1 => Step::Section(&self.sections[0]),
            2 => {
                self.b.start(EventType::SYSCALL_DUP2_X).i64(7).i64(0).i64(7);
                Step::Event(self.b.event(1_000, 10, 0))
            }
            3 => Step::Section(&self.sections[1]),
            4 => {
                self.b.start(EventType::SYSCALL_GETUID_X).u32(0);
                Step::Event(self.b.event(500, 10, 0))
            }
            _ => Step::End,
        })
    }

    fn snapshot(&self) -> &Snapshot {
        &self.sections[usize::from(self.next > 2)]
    }

    fn stats(&self) -> Stats {
        Stats::default()
    }
}

/// A read as old captures have it, in two events.
struct Halves {
    snapshot: Snapshot,
    next: u64,
    b: EventBuilder,
}

impl EventSource for Halves {
    fn step(&mut self) -> Result<Step<'_>, cscope_capture::Error> {
        self.next += 1;
        Ok(match self.next {
            1 => Step::Section(&self.snapshot),
            2 => {
                self.b.start(EventType::SYSCALL_READ_E).i64(3).u32(100);
                Step::Event(self.b.event(1_000, 10, 0))
            }
            3 => {
                self.b.start(EventType::SYSCALL_READ_X).i64(4).bytes(b"data");
                Step::Event(self.b.event(2_000, 10, 0))
            }
            _ => Step::End,
        })
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn stats(&self) -> Stats {
        Stats::default()
    }
}

/// 27: what only the enter event tells stands there as stored, and with the exit event in the merged view.
#[test]
fn parameters_of_the_enter_event_stand_where_the_view_has_them() {
    for (view, expected) in [
        (View::Pairs, vec![(EventType::SYSCALL_READ_E, Some(3), 2), (EventType::SYSCALL_READ_X, None, 2)]),
        (View::Merged, vec![(EventType::SYSCALL_READ_X, Some(3), 4)]),
    ] {
        let snapshot = Snapshot {
            threads: vec![thread(10, 10, 1)],
            fds: vec![(10, vec![file(3, "/data")])],
            ..Snapshot::default()
        };
        let source = Halves { snapshot, next: 0, b: EventBuilder::new() };
        let mut inspector = Inspector::new(Box::new(source), view);
        let mut seen = Vec::new();
        loop {
            match inspector.step().expect("no damage") {
                Item::Event(cx) => {
                    // The descriptor is known of both halves, whichever has its number.
                    assert_eq!(cx.fd.map(|fd| fd.info.name.to_vec()), Some(b"/data".to_vec()));
                    let at = if cx.event.kind == EventType::SYSCALL_READ_E { 0 } else { 2 };
                    if cx.visibility == Visibility::Shown {
                        seen.push((cx.event.kind, cx.event.i64(at), cx.event.params.len()));
                    }
                }
                Item::End => break,
                _ => {}
            }
        }
        assert_eq!(seen, expected, "{view:?}");
    }
}

/// 29: a section header starts everything anew, a latency or a name from before it is not carried over.
#[test]
fn sections_start_anew() {
    let first = Snapshot {
        threads: vec![thread(10, 10, 1), thread(1, 1, 0)],
        fds: vec![(10, vec![file(0, "/first")])],
        ..Snapshot::default()
    };
    let second = Snapshot { threads: vec![thread(10, 10, 3)], ..Snapshot::default() };
    let source = Joined { sections: [first, second], next: 0, b: EventBuilder::new() };
    let mut inspector = Inspector::new(Box::new(source), View::Merged);
    let mut seen = Vec::new();
    let look = |state: &State| {
        let thread = state.thread(10).expect("known");
        (thread.info.ptid, state.fd(thread, 7).is_some(), state.thread(1).is_some())
    };
    loop {
        match inspector.step().expect("no damage") {
            Item::Event(cx) => seen.push((cx.num, look(cx.state))),
            Item::End => break,
            _ => {}
        }
    }
    assert_eq!(seen, [(1, (1, true, true)), (2, (3, false, false))]);
}
