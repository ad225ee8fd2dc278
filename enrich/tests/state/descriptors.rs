//! Files and other descriptors, paths.

use cscope_capture::{Beside, EventType, FdInfo, FdType};

use crate::machine::{AT_FDCWD, CLOEXEC, Clone, FILES, Machine, THREAD};

#[test]
fn closing_takes_effect_with_the_next_event() {
    // 1
    let mut m = Machine::new();
    m.close(10, 0, 0);
    assert_eq!(m.name(10, 0), "/dev/null");
    m.pass(1);
    assert_eq!(m.name(10, 0), "-");
    m.open(10, 0, AT_FDCWD, "/y", 1);
    m.close(10, -5, 0);
    m.pass(10);
    assert_eq!(m.name(10, 0), "/y", "a failed close keeps");
}

#[test]
fn paths_start_where_they_should() {
    // 13, 14
    let mut m = Machine::new();
    m.open(10, 3, AT_FDCWD, "a/../b", 1);
    m.open(10, 4, AT_FDCWD, "/srv", 0x400);
    m.open(10, 5, 4, "www/index", 1);
    m.open(10, 6, 77, "lost", 1);
    m.open(10, 7, 77, "/abs", 1);
    m.open(10, -2, AT_FDCWD, "none", 1);
    let names: Vec<_> = (3..8).map(|n| m.name(10, n)).collect();
    assert_eq!(names, ["/home/b", "/srv", "/srv/www/index", "<UNKNOWN>/lost", "/abs"]);
    assert_eq!(m.fd(10, 4).expect("open").info.kind, FdType::Directory);
    let fd = m.fd(10, 5).expect("open");
    assert_eq!((&*fd.raw_name, fd.info.dev, fd.info.ino), (&b"www/index"[..], 0xfe00, 42));
    // 19
    m.open(10, 8, AT_FDCWD, &"d/".repeat(1000), 1);
    assert_eq!(m.name(10, 8), "/DIR_TOO_LONG/FILENAME_TOO_LONG");
}

#[test]
fn every_call_that_opens_a_file_tells_the_same() {
    use EventType as E;
    let mut m = Machine::new();
    m.apply(10, E::SYSCALL_OPEN_X, |b| {
        b.i64(3).text(b"a").u32(1).u32(0).u32(0xfe00).u64(43);
    });
    m.apply(10, E::SYSCALL_CREAT_X, |b| {
        b.i64(4).text(b"a").u32(0o600).u32(0xfe00).u64(43).u16(1);
    });
    m.open(10, 9, AT_FDCWD, "/srv", 0x400);
    m.apply(10, E::SYSCALL_OPENAT2_X, |b| {
        b.i64(5).i64(9).text(b"a").u32(1 | CLOEXEC).u32(0).u32(0).u32(0xfe00).u64(43);
    });
    m.apply(10, E::SYSCALL_OPEN_BY_HANDLE_AT_X, |b| {
        b.i64(6).i64(9).u32(1).text(b"/a").u32(0xfe00).u64(43);
    });
    for (number, name) in [(3, "/home/a"), (4, "/home/a"), (5, "/srv/a"), (6, "/a")] {
        let fd = m.fd(10, number).expect("open");
        assert_eq!((m.name(10, number).as_str(), fd.info.dev, fd.info.ino), (name, 0xfe00, 43), "{number}");
        assert_eq!((fd.cloexec, fd.upper_layer), (number == 5, number == 4), "{number}");
    }
}

#[test]
fn the_path_the_kernel_found_belongs_to_the_next_open() {
    let found = |m: &mut Machine, fd: i64, path: &[u8]| {
        m.apply(10, EventType::ASYNCEVENT_E, |b| Beside::Path { fd, path }.build(b));
    };
    let real = |m: &Machine, fd: i64| m.fd(10, fd).expect("open").real_path.clone();
    let mut m = Machine::new();
    found(&mut m, 3, b"/usr/lib/x");
    m.open(10, 3, AT_FDCWD, "/lib/x", 1);
    assert_eq!((m.name(10, 3).as_str(), &*real(&m, 3)), ("/lib/x", &b"/usr/lib/x"[..]));
    m.dup2(10, 3, 9);
    assert_eq!(&*real(&m, 9), b"/usr/lib/x", "a copy is the same file");
    m.open(10, 4, AT_FDCWD, "/lib/y", 1);
    assert_eq!(&*real(&m, 4), b"");
    found(&mut m, 5, b"/home/z");
    m.open(10, 5, AT_FDCWD, "z", 1);
    assert_eq!(&*real(&m, 5), b"", "what the name says already");
    found(&mut m, 6, b"/elsewhere");
    m.open(10, -2, AT_FDCWD, "none", 1);
    m.open(10, 6, AT_FDCWD, "/here", 1);
    assert_eq!(&*real(&m, 6), b"", "it belonged to an open that failed");
}

#[test]
fn received_descriptors_are_those_of_the_sender() {
    let mut m = Machine::new();
    let info = FdInfo { fd: 12, kind: FdType::FileV2, name: b"/passed"[..].into(), ..FdInfo::default() };
    m.apply(10, EventType::ASYNCEVENT_E, |b| Beside::Received(info.clone()).build(b));
    assert_eq!(m.name(10, 12), "/passed");
}

#[test]
fn directories_change() {
    let mut m = Machine::new();
    m.chdir(10, "..");
    m.open(10, 3, AT_FDCWD, "srv", 0x400);
    m.apply(10, EventType::SYSCALL_FCHDIR_X, |b| {
        b.i64(0).i64(3);
    });
    assert_eq!(&**m.state.cwd(m.thread(10)), b"/srv/");
    m.apply(10, EventType::SYSCALL_FCHDIR_X, |b| {
        b.i64(-20).i64(0);
    });
    m.apply(10, EventType::SYSCALL_GETCWD_X, |b| {
        b.i64(9).text(b"/other");
    });
    assert_eq!(&**m.state.cwd(m.thread(10)), b"/other/");
    m.apply(10, EventType::SYSCALL_CHROOT_X, |b| {
        b.i64(0).text(b"jail");
    });
    assert_eq!(&*m.thread(10).info.root, b"/other/jail");
}

#[test]
fn copies() {
    // 20
    let mut m = Machine::new();
    m.open(10, 3, AT_FDCWD, "/a", 1 | CLOEXEC);
    m.dup2(10, 3, 0);
    assert_eq!((m.name(10, 0).as_str(), m.fd(10, 0).expect("open").cloexec), ("/a", false));
    m.dup2(10, 3, 3);
    assert!(m.fd(10, 3).expect("open").cloexec, "onto itself nothing happens");
    m.apply(10, EventType::SYSCALL_DUP3_X, |b| {
        b.i64(5).i64(0).i64(5).u32(CLOEXEC);
    });
    assert!(m.fd(10, 5).expect("open").cloexec);
    m.dup2(10, 66, 0);
    assert_eq!(m.name(10, 0), "-", "nothing is known of what it is now");
    // fcntl: F_DUPFD, F_DUPFD_CLOEXEC, F_SETFD, F_GETFD
    for (res, number, command, argument) in [(8, 3, 1, 8u64), (9, 3, 26, 9), (0, 3, 3, 0), (1, 9, 2, 0)] {
        m.apply(10, EventType::SYSCALL_FCNTL_X, |b| {
            b.i64(res).i64(number).u8(command).u64(argument);
        });
    }
    assert_eq!((m.name(10, 9).as_str(), m.fd(10, 9).expect("open").cloexec), ("/a", true));
    assert_eq!((m.name(10, 8).as_str(), m.fd(10, 8).expect("open").cloexec), ("/a", false));
    assert!(!m.fd(10, 3).expect("open").cloexec);
}

#[test]
fn what_is_looked_at_late_is_what_was_opened() {
    let mut m = Machine::new();
    m.open(10, 3, AT_FDCWD, "a", 1 | CLOEXEC);
    m.open(10, 4, AT_FDCWD, "dir", 0x400);
    m.open(10, 5, 4, "b", 1);
    m.apply(10, EventType::SYSCALL_DUP_1_X, |b| {
        b.i64(6).i64(3);
    });
    m.clone(10, &Clone::of(10, 20, 0));
    let long = format!("/{}", "x".repeat(200));
    m.open(20, 7, AT_FDCWD, &long, 1);
    // What has changed since makes no difference.
    m.apply(10, EventType::SYSCALL_CHDIR_X, |b| {
        b.i64(0).text(b"/other");
    });
    m.apply(10, EventType::SYSCALL_FCNTL_X, |b| {
        b.i64(0).i64(3).u8(3).u64(0);
    });
    m.dup2(10, 3, 4);
    let before = m.state.clone();
    for _ in 0..100 {
        m.close(10, 0, 3);
        m.open(10, 3, AT_FDCWD, "c", 1);
    }
    assert_eq!((m.name(10, 3).as_str(), m.name(10, 4).as_str()), ("/other/c", "/home/a"));
    assert_eq!((m.name(10, 5).as_str(), m.name(10, 6).as_str()), ("/home/dir/b", "/home/a"));
    assert_eq!((m.name(20, 3).as_str(), m.name(20, 4).as_str()), ("/home/a", "/home/dir"));
    assert_eq!((m.name(20, 7), m.name(10, 7)), (long, "-".to_owned()));
    let cloexec = |tid, number| m.fd(tid, number).expect("open").cloexec;
    assert_eq!([(10, 3), (10, 6), (20, 3), (20, 6)].map(|(t, n)| cloexec(t, n)), [false, false, true, false]);
    let old = before.fd(before.thread(10).expect("there"), 3).expect("open");
    assert_eq!((&*old.info.name, &*old.raw_name, old.cloexec), (&b"/home/a"[..], &b"a"[..], false));
}

#[test]
fn what_a_call_finds_not_open_is_gone() {
    const EBADF: i64 = -9;
    let mut m = Machine::new();
    for n in 3..=9 {
        m.open(10, n, AT_FDCWD, "/f", 1);
    }
    m.close(10, -5, 3);
    m.close(10, EBADF, 4);
    m.apply(10, EventType::SYSCALL_DUP_1_X, |b| {
        b.i64(EBADF).i64(5);
    });
    // F_DUPFD, F_SETFD; a lock needs the right mode, too.
    for (number, command) in [(6, 1), (7, 3), (8, 8)] {
        m.apply(10, EventType::SYSCALL_FCNTL_X, |b| {
            b.i64(EBADF).i64(number).u8(command).u64(10);
        });
    }
    // The new number may be too large.
    m.apply(10, EventType::SYSCALL_DUP2_X, |b| {
        b.i64(EBADF).i64(9).i64(1 << 40);
    });
    assert_eq!(m.state.fds(m.thread(10)).map(|fd| fd.info.fd).collect::<Vec<_>>(), [0, 3, 8, 9]);
}

#[test]
fn ranges_are_closed() {
    let mut m = Machine::new();
    for n in [3, 4, 5, 2000] {
        m.open(10, n, AT_FDCWD, "/f", 1);
    }
    m.apply(10, EventType::SYSCALL_CLOSE_RANGE_X, |b| {
        b.i64(0).u32(5).u32(u32::MAX).u32(4);
    });
    assert!(m.fd(10, 5).expect("open").cloexec && m.fd(10, 2000).expect("open").cloexec);
    assert!(!m.fd(10, 4).expect("open").cloexec);
    m.apply(10, EventType::SYSCALL_CLOSE_RANGE_X, |b| {
        b.i64(0).u32(4).u32(u32::MAX).u32(0);
    });
    assert_eq!(m.name(10, 2000), "/f");
    m.pass(10);
    assert_eq!(m.state.fds(m.thread(10)).map(|fd| fd.info.fd).collect::<Vec<_>>(), [0, 3]);
    // CLOSE_RANGE_UNSHARE: those the table was shared with keep theirs.
    m.clone(10, &Clone::of(10, 11, THREAD | FILES));
    m.apply(11, EventType::SYSCALL_CLOSE_RANGE_X, |b| {
        b.i64(0).u32(3).u32(3).u32(2);
    });
    m.pass(10);
    assert_eq!((m.name(10, 3).as_str(), m.name(11, 3).as_str()), ("/f", "-"));
}

#[test]
fn other_kinds() {
    use EventType as E;
    let mut m = Machine::new();
    m.apply(10, E::SYSCALL_PIPE2_X, |b| {
        b.i64(0).i64(3).i64(4).u64(77).u32(CLOEXEC);
    });
    m.apply(10, E::SYSCALL_EVENTFD2_X, |b| {
        b.i64(5).u16(0).u64(0);
    });
    m.apply(10, E::SYSCALL_SIGNALFD4_X, |b| {
        b.i64(6).u16(0).i64(-1).u32(0);
    });
    m.apply(10, E::SYSCALL_TIMERFD_CREATE_X, |b| {
        b.i64(7).u8(1).u8(0);
    });
    m.apply(10, E::SYSCALL_INOTIFY_INIT1_X, |b| {
        b.i64(8).u16(0);
    });
    m.apply(10, E::SYSCALL_EPOLL_CREATE1_X, |b| {
        b.i64(9).u32(1);
    });
    m.apply(10, E::SYSCALL_USERFAULTFD_X, |b| {
        b.i64(11).u32(0);
    });
    m.apply(10, E::SYSCALL_IO_URING_SETUP_X, |b| {
        b.i64(12).u32(8);
    });
    m.apply(10, E::SYSCALL_MEMFD_CREATE_X, |b| {
        b.i64(13).text(b"shm").u32(1);
    });
    m.apply(10, E::SYSCALL_BPF_2_X, |b| {
        b.i64(14).u32(0);
    });
    m.apply(10, E::SYSCALL_BPF_2_X, |b| {
        b.i64(0).u32(2);
    });
    let letters: String = m.state.fds(m.thread(10)).map(cscope_enrich::Fd::type_char).collect();
    assert_eq!(letters, "fppestilurmb");
    assert_eq!((m.text(10, 13).as_str(), m.fd(10, 4).expect("open").info.ino), ("<m>shm", 77));
    assert_eq!(m.name(10, 0), "/dev/null", "an update of a map makes no descriptor 0");
}

#[test]
fn descriptors_of_other_processes() {
    let mut m = Machine::new();
    m.apply(1, EventType::SYSCALL_PIDFD_OPEN_X, |b| {
        b.i64(3).i64(10).u32(0);
    });
    assert_eq!(m.text(1, 3), "<P>/proc/10");
    m.apply(1, EventType::SYSCALL_PIDFD_GETFD_X, |b| {
        b.i64(4).i64(3).i64(0).u32(0);
    });
    assert_eq!((m.name(1, 4).as_str(), m.fd(1, 4).expect("copied").info.fd), ("/dev/null", 4));
}
