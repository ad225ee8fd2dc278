//! Calls on files, memory and the like.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cscope_capture::{EventSource, EventType, Step};
use cscope_probe::Options;

use crate::harness::{Seen, capture, code, only_us, open, turn};

fn c(path: &std::path::Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}

/// Calls that take only numbers and C strings.
macro_rules! call {
    ($($word:expr),*) => {{
        // SAFETY: the arguments are numbers or point to strings and buffers that outlive the call.
        unsafe { libc::syscall($($word),*) }
    }};
}

#[test]
fn opens_carry_name_flags_device_and_inode() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let name = c(&path);
    let text = path.to_str().unwrap().to_owned();
    let Some(seen) = capture(&only_us(), move || {
        let flags = libc::O_CREAT | libc::O_RDWR | libc::O_CLOEXEC;
        call!(libc::SYS_openat, libc::AT_FDCWD, name.as_ptr(), flags, 0o640);
        call!(libc::SYS_open, name.as_ptr(), libc::O_RDONLY | libc::O_NONBLOCK, 0o777);
        let how: [u64; 3] = [libc::O_WRONLY as u64, 0, 0x04];
        call!(libc::SYS_openat2, libc::AT_FDCWD, name.as_ptr(), how.as_ptr(), 24);
        call!(libc::SYS_creat, name.as_ptr(), 0o600);
        call!(libc::SYS_openat, libc::AT_FDCWD, c"/nonexistent/file".as_ptr(), 0, 0);
    }) else {
        return;
    };
    let meta = fs::metadata(&path).unwrap();
    let made = seen.one("openat", |e| e.text("name") == text);
    assert!(made.int("fd") > 2);
    assert_eq!(made.int("dirfd"), -100);
    // O_RDWR, O_CREAT, O_CLOEXEC, O_F_CREATED
    assert_eq!(made.uint("flags") & 0x7fff, 0x3 | 0x4 | 0x1000 | 0x4000);
    assert_eq!(made.uint("mode"), 0o640);
    assert_eq!((made.uint("dev"), made.uint("ino")), (meta.dev(), meta.ino()));

    let old = seen.one("open", |e| e.text("name") == text);
    assert_eq!(old.uint("flags") & 0x7fff, 0x1 | 0x40);
    assert_eq!(old.uint("mode"), 0, "a mode without O_CREAT means nothing");
    let new = seen.one("openat2", |e| e.text("name") == text);
    assert_eq!((new.uint("flags") & 0x7fff, new.uint("resolve")), (0x2, 0x8));
    let creat = seen.one("creat", |e| e.text("name") == text);
    assert_eq!((creat.uint("mode"), creat.uint("ino")), (0o600, meta.ino()));

    let failed = seen.one("openat", |e| e.text("name") == "/nonexistent/file");
    assert_eq!((failed.int("fd"), failed.uint("dev"), failed.uint("ino")), (-2, 0, 0));
}

#[test]
fn data_is_cut_to_the_snap_length() {
    let Some(seen) = capture(&Options { snaplen: 16, ..only_us() }, || {
        let mut ends = [0i32; 2];
        call!(libc::SYS_pipe2, ends.as_mut_ptr(), libc::O_CLOEXEC);
        let long = [b'x'; 100];
        call!(libc::SYS_write, ends[1], long.as_ptr(), 100);
        let (first, second) = ([b'a'; 10], [b'b'; 10]);
        let parts = [first, second].map(|p| p);
        let iov: Vec<_> =
            parts.iter().map(|p| libc::iovec { iov_base: p.as_ptr() as *mut _, iov_len: 10 }).collect();
        call!(libc::SYS_writev, ends[1], iov.as_ptr(), 2);
        let mut buffer = [0u8; 200];
        call!(libc::SYS_read, ends[0], buffer.as_mut_ptr(), 200);
        call!(libc::SYS_write, 9999, c"nowhere".as_ptr(), 7);
        call!(libc::SYS_close, ends[0]);
    }) else {
        return;
    };
    let pipe = seen.one("pipe2", |e| e.int("res") == 0);
    let (from, to) = (pipe.int("fd1"), pipe.int("fd2"));
    assert_eq!(pipe.uint("flags"), 0x1000);
    assert!(pipe.uint("ino") > 0);
    let write = seen.one("write", |e| e.int("fd") == to);
    assert_eq!((write.int("res"), write.uint("size"), write.bytes("data")), (100, 100, &[b'x'; 16][..]));
    let writev = seen.one("writev", |e| e.int("fd") == to);
    assert_eq!((writev.int("res"), writev.uint("size")), (20, 20));
    assert_eq!(writev.bytes("data"), b"aaaaaaaaaabbbbbb");
    let read = seen.one("read", |e| e.int("fd") == from);
    assert_eq!((read.int("res"), read.uint("size"), read.bytes("data")), (120, 200, &[b'x'; 16][..]));
    let failed = seen.one("write", |e| e.int("fd") == 9999);
    assert_eq!((failed.int("res"), failed.bytes("data")), (-9, &b"nowhere"[..]));
    assert_eq!(seen.one("close", |e| e.int("fd") == from).int("res"), 0);
}

#[test]
fn paths_of_two_places_and_partial_strings() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    fs::write(&a, "").unwrap();
    let (from, to) = (a.to_str().unwrap().to_owned(), b.to_str().unwrap().to_owned());
    let (ca, cb) = (c(&a), c(&b));
    let Some(seen) = capture(&only_us(), move || {
        let cwd = libc::AT_FDCWD;
        call!(libc::SYS_renameat2, cwd, ca.as_ptr(), cwd, cb.as_ptr(), 1);
        call!(libc::SYS_linkat, cwd, cb.as_ptr(), cwd, ca.as_ptr(), 0x400);
        call!(libc::SYS_symlinkat, c"target".as_ptr(), cwd, c"/nonexistent/link".as_ptr());
        call!(libc::SYS_unlinkat, cwd, cb.as_ptr(), 0);
        call!(libc::SYS_fchmodat, cwd, ca.as_ptr(), 0o4755);
        call!(libc::SYS_fchownat, cwd, ca.as_ptr(), 12, 34, 0x100);
        call!(libc::SYS_unlink, std::ptr::null::<u8>());
        // A string that runs into a page that is not there.
        // SAFETY: two new pages, of which the second is taken away again; the first is written in bounds.
        unsafe {
            let prot = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let pages = libc::mmap(std::ptr::null_mut(), 8192, prot, flags, -1, 0).cast::<u8>();
            libc::munmap(pages.add(4096).cast(), 4096);
            pages.add(4092).copy_from(c"/cut".as_ptr().cast(), 4);
            libc::syscall(libc::SYS_rmdir, pages.add(4092));
        }
    }) else {
        return;
    };
    let rename = seen.one("renameat2", |e| e.int("res") == 0);
    assert_eq!((rename.text("oldpath"), rename.text("newpath")), (&*from, &*to));
    assert_eq!((rename.int("olddirfd"), rename.int("newdirfd"), rename.uint("flags")), (-100, -100, 1));
    let link = seen.one("linkat", |_| true);
    assert_eq!((link.text("oldpath"), link.text("newpath"), link.uint("flags")), (&*to, &*from, 0x400));
    let symlink = seen.one("symlinkat", |_| true);
    assert_eq!((symlink.int("res"), symlink.text("target")), (-2, "target"));
    assert_eq!(seen.one("unlinkat", |e| e.text("name") == to).int("res"), 0);
    assert_eq!(seen.one("fchmodat", |_| true).uint("mode"), 0o4755);
    let chown = seen.one("fchownat", |_| true);
    assert_eq!((chown.uint("uid"), chown.uint("gid"), chown.uint("flags")), (12, 34, 0x400));
    let null = seen.one("unlink", |_| true);
    assert_eq!((null.int("res"), null.bytes("path")), (-14, &b""[..]));
    let cut = seen.one("rmdir", |_| true);
    assert_eq!((cut.int("res"), cut.text("path")), (-14, "/cut"));
}

#[test]
fn numbers_are_translated_to_the_schema() {
    let Some(seen) = capture(&only_us(), || {
        // SAFETY: a new mapping that is given back; the other calls take numbers or pointers to locals.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let page = libc::syscall(libc::SYS_mmap, 0, 8192, libc::PROT_READ, flags, -1, 0);
            libc::syscall(libc::SYS_mprotect, page, 4096, libc::PROT_READ | libc::PROT_WRITE);
            libc::syscall(libc::SYS_munmap, page, 8192);
            libc::syscall(libc::SYS_fcntl, 0, libc::F_DUPFD_CLOEXEC, 100);
            libc::syscall(libc::SYS_eventfd2, 7, libc::O_CLOEXEC | libc::O_NONBLOCK);
            libc::syscall(libc::SYS_epoll_create1, libc::EPOLL_CLOEXEC);
            libc::syscall(libc::SYS_memfd_create, c"mem".as_ptr(), libc::MFD_CLOEXEC);
            libc::syscall(libc::SYS_prctl, libc::PR_SET_NAME, c"renamed".as_ptr());
            libc::syscall(libc::SYS_prctl, libc::PR_CAPBSET_READ, 5);
            let limit = [1000u64, 2000];
            libc::syscall(libc::SYS_prlimit64, 0, libc::RLIMIT_CORE, limit.as_ptr(), 0);
            let mut polled = libc::pollfd { fd: 9999, events: libc::POLLIN | libc::POLLHUP, revents: 0 };
            libc::syscall(libc::SYS_poll, &raw mut polled, 1, 5);
            libc::syscall(libc::SYS_kill, -1234567, 0);
            let time = libc::timespec { tv_sec: 0, tv_nsec: 1_000 };
            libc::syscall(libc::SYS_nanosleep, &raw const time, 0);
            libc::syscall(libc::SYS_getcwd, [0u8; 4096].as_mut_ptr(), 4096);
        }
    }) else {
        return;
    };
    let mmap = seen.one("mmap", |e| e.uint("length") == 8192 && e.uint("flags") & 0x40 != 0);
    assert_eq!((mmap.uint("prot"), mmap.uint("flags"), mmap.int("fd")), (1, 0x2 | 0x8 | 0x40, -1));
    assert!(mmap.uint("vm_size") > 1000 && mmap.uint("vm_rss") > 100);
    let at = mmap.int("res");
    assert_eq!(seen.one("mprotect", |e| e.int("addr") == at).uint("prot"), 3);
    assert_eq!(seen.one("munmap", |e| e.int("addr") == at).uint("length"), 8192);
    let dup = seen.one("fcntl", |e| e.uint("arg") == 100);
    assert_eq!((dup.uint("cmd"), dup.int("fd")), (0x1a, 0));
    assert!(dup.int("res") >= 100);
    let event = seen.one("eventfd2", |_| true);
    assert_eq!((event.uint("initval"), event.uint("flags")), (7, 0x1040));
    assert_eq!(seen.one("epoll_create1", |_| true).uint("flags"), 1);
    assert_eq!(seen.one("memfd_create", |_| true).text("name"), "mem");
    let named = seen.one("prctl", |e| e.uint("option") == 15 && e.text("arg2_str") == "renamed");
    assert_eq!(named.int("arg2_int"), 0);
    let read = seen.one("prctl", |e| e.uint("option") == 23);
    assert_eq!((read.bytes("arg2_str"), read.int("arg2_int")), (&b""[..], 5));
    let limit = seen.one("prlimit", |e| e.uint("resource") == 4);
    assert_eq!((limit.int("newcur"), limit.int("newmax"), limit.int("oldcur")), (1000, 2000, 0));
    let poll = seen.one("poll", |_| true);
    assert_eq!(poll.int("timeout"), 5);
    let nval = [&[1u8, 0][..], &9999i64.to_le_bytes(), &[0x40, 0]].concat();
    assert_eq!(poll.bytes("fds"), nval);
    let kill = seen.one("kill", |_| true);
    assert_eq!((kill.int("pid"), kill.int("sig"), kill.int("res")), (-1_234_567, 0, -3));
    assert!(seen.ours("nanosleep").iter().any(|e| e.uint("interval") == 1_000));
    let cwd = std::env::current_dir().unwrap();
    assert_eq!(seen.one("getcwd", |_| true).text("path"), cwd.to_str().unwrap());
}

#[test]
fn calls_without_a_type_are_generic_and_none_is_missed() {
    let Some(seen) = capture(&only_us(), || {
        for _ in 0..10_000 {
            call!(libc::SYS_getppid);
        }
        call!(libc::SYS_sched_yield);
        call!(400_000i64);
    }) else {
        return;
    };
    assert_eq!(seen.stats.lost(), 0);
    let generic = seen.ours("syscall");
    let of = |name: &str| generic.iter().filter(|e| e.uint("ID") == u64::from(code(name))).count();
    assert_eq!(of("getppid"), 10_000);
    assert_eq!(of("sched_yield"), 1);
    let unknown: Vec<_> = generic.iter().filter(|e| e.uint("ID") == 0).collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].uint("nativeID"), 400_000 & 0xffff);
}

#[test]
fn what_does_not_fit_is_counted_to_the_last_event() {
    const CALLS: u64 = 300_000;
    let options = Options { ring_size: 4096, syscalls: Some(vec![code("getppid")]), ..only_us() };
    let Some(seen) = capture(&options, || {
        for _ in 0..CALLS {
            call!(libc::SYS_getppid);
        }
    }) else {
        return;
    };
    let got = seen.ours("syscall").len() as u64;
    assert!(got > 0 && seen.stats.lost_ring > 0, "{got} {:?}", seen.stats);
    assert_eq!(got + seen.stats.lost(), CALLS, "{:?}", seen.stats);
    let told = seen.all("drop").len() as u64;
    assert!(told > 0);
    assert_eq!(seen.events.len() as u64, got + told, "only what was asked for");
    assert!(seen.stats.skipped_in_kernel > 0, "{:?}", seen.stats);
}

#[test]
fn a_reader_that_was_held_up_is_told_of_one_gap_from_its_first_loss() {
    let _turn = turn();
    let options = Options { ring_size: 4096, syscalls: Some(vec![code("getppid")]), ..only_us() };
    let Some(mut probe) = open(&options) else { return };
    assert!(matches!(probe.step().unwrap(), Step::Section(_)));
    let mut first = None;
    for _ in 0..3 {
        for _ in 0..1_000 {
            call!(libc::SYS_getppid);
        }
        first.get_or_insert_with(SystemTime::now);
        // Longer than bursts are apart that are told one by one.
        std::thread::sleep(Duration::from_millis(150));
    }
    probe.stop();
    let mut gaps = Vec::new();
    loop {
        match probe.step().unwrap() {
            Step::Event(event) if event.kind == EventType::DROP_E => gaps.push((event.cpu, event.ts)),
            Step::End => break,
            _ => {}
        }
    }
    let first = first.unwrap().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert!(gaps.iter().any(|(_, ts)| *ts < first), "{gaps:?} after {first}");
    let cpus: BTreeSet<u16> = gaps.iter().map(|(cpu, _)| *cpu).collect();
    assert_eq!(cpus.len(), gaps.len(), "{gaps:?}");
}

#[test]
fn latency_is_the_time_between_enter_and_exit() {
    let Some(seen) = capture(&Options { latency: true, ..only_us() }, || {
        std::thread::sleep(Duration::from_millis(30));
        for _ in 0..100 {
            call!(libc::SYS_getppid);
        }
    }) else {
        return;
    };
    let slept: Vec<_> =
        seen.events.iter().filter_map(|e| e.event().latency).filter(|l| *l > 29_000_000).collect();
    assert!(!slept.is_empty());
    let quick = seen.ours("syscall");
    let quick = quick.iter().filter(|e| e.uint("ID") == u64::from(code("getppid")));
    // Not each of them keeps its CPU to the end.
    assert!(quick.filter_map(|e| e.0.latency).min().unwrap() < 10_000_000);
}

#[test]
fn pairs_hold_the_old_parameters_at_enter() {
    let Some(seen) = capture(&Options { pairs: true, ..only_us() }, || {
        call!(libc::SYS_lseek, 9999, 17, 1);
        call!(libc::SYS_openat, libc::AT_FDCWD, c"/dev/null".as_ptr(), libc::O_RDONLY);
        call!(libc::SYS_getppid);
    }) else {
        return;
    };
    let both = |name: &str, is: &dyn Fn(&Seen<'_>) -> bool| -> Vec<EventType> {
        seen.ours(name).into_iter().filter(|e| is(e)).map(|e| e.0.kind).collect()
    };
    let lseek = both("lseek", &|e| e.int("fd") == 9999);
    assert_eq!(lseek, [EventType::SYSCALL_LSEEK_E, EventType::SYSCALL_LSEEK_X]);
    let open = both("openat", &|e| e.text("name") == "/dev/null");
    assert_eq!(open, [EventType::SYSCALL_OPENAT_2_E, EventType::SYSCALL_OPENAT_2_X]);
    let generic = both("syscall", &|e| e.uint("ID") == u64::from(code("getppid")));
    assert_eq!(generic, [EventType::GENERIC_E, EventType::GENERIC_X]);
}

/// Where a virtual CPU is taken away at a bad moment an event may come too late: once in three runs.
#[test]
fn events_come_in_the_order_of_their_times() {
    let in_order = (0..3).filter(|_| backward() == 0);
    assert_eq!(in_order.take(2).count(), 2, "times went back in two of three runs");
}

/// How often the time of an event is before that of the last one, with threads on all CPUs.
fn backward() -> usize {
    let Some(seen) = capture(&only_us(), || {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                std::thread::spawn(|| {
                    for _ in 0..5_000 {
                        call!(libc::SYS_getppid);
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
    }) else {
        return 0;
    };
    let times: Vec<_> = seen.events.iter().map(|e| e.event().ts).collect();
    let cpus: std::collections::BTreeSet<_> = seen.events.iter().map(|e| e.event().cpu).collect();
    let backward = times.windows(2).filter(|w| w[1] < w[0]).count();
    eprintln!("{backward} times back in {} events on {} CPUs", times.len(), cpus.len());
    assert!(times.len() >= 40_000);
    backward
}

#[test]
fn strings_are_those_of_the_caller() {
    let odd = c"/odd \xff\x1b[31m\n";
    let Some(seen) = capture(&only_us(), move || {
        call!(libc::SYS_chdir, odd.as_ptr());
        let long = CString::new(vec![b'y'; 5000]).unwrap();
        call!(libc::SYS_chdir, long.as_ptr());
    }) else {
        return;
    };
    let chdir = seen.ours("chdir");
    assert_eq!(chdir[0].0.text(1), Some(odd.to_bytes()));
    assert_eq!((chdir[1].int("res"), chdir[1].bytes("path").len()), (-36, 4096));
}

#[test]
fn what_is_stopped_before_its_first_step_comes_to_its_end() {
    let _turn = turn();
    let options = Options { syscalls: Some(vec![code("getppid")]), ..only_us() };
    let Some(mut probe) = open(&options) else { return };
    call!(libc::SYS_getppid);
    probe.stop();
    assert!(matches!(probe.step().unwrap(), Step::Section(_)));
    let us = call!(libc::SYS_gettid).cast_unsigned();
    let mut seen = 0;
    // It neither says that it is idle nor waits for anything.
    while let Step::Event(event) = probe.step().unwrap() {
        seen += u32::from(event.tid == us);
    }
    assert_eq!(seen, 1, "what happened before still comes");
    assert!(matches!(probe.step().unwrap(), Step::End));
}
