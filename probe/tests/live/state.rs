//! The state of the machine at the start.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use cscope_capture::{EventSource, FdInfo, FdType, L4Proto, Step};
use cscope_probe::Options;

use crate::harness::{PATIENCE, open, turn};

#[test]
fn the_snapshot_knows_us_and_our_descriptors() {
    let _turn = turn();
    let file = File::open("/etc/hostname").unwrap();
    let dir = File::open("/etc").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (left, right) = UnixStream::pair().unwrap();
    // Other tests end and begin beside this one: their threads are the same before and after where none did.
    let tasks = || -> BTreeSet<i64> {
        let names = std::fs::read_dir("/proc/self/task").unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.to_str().unwrap().parse().unwrap()).collect()
    };
    let start = Instant::now();
    let (tasks, mut probe) = loop {
        let before = tasks();
        let Some(probe) = open(&Options::default()) else { return };
        if tasks() == before {
            break (before, probe);
        }
        assert!(start.elapsed() < PATIENCE, "threads come and go");
    };
    assert!(probe.notes().is_empty(), "{:?}", probe.notes());
    let Step::Section(snapshot) = probe.step().unwrap() else { panic!("the first step is the section") };

    let us = i64::from(std::process::id());
    let me = snapshot.threads.iter().find(|t| t.tid == us).unwrap();
    assert_eq!(me.pid, us);
    assert_eq!(me.ptid, i64::from(std::os::unix::process::parent_id()));
    let exe = std::env::current_exe().unwrap();
    assert_eq!(std::str::from_utf8(&me.exepath).unwrap(), exe.to_str().unwrap());
    let cwd = std::env::current_dir().unwrap();
    assert_eq!(std::str::from_utf8(&me.cwd).unwrap(), cwd.to_str().unwrap());
    assert_eq!(&*me.exe, std::env::args_os().next().unwrap().as_encoded_bytes());
    assert_eq!(me.exe_ino, std::fs::metadata(&exe).unwrap().ino());
    let args: Vec<u8> =
        std::env::args_os().skip(1).flat_map(|a| [a.as_encoded_bytes(), &[0]].concat()).collect();
    assert_eq!(&*me.args, args);
    assert!(me.env.split(|b| *b == 0).any(|v| v.starts_with(b"PATH=")));
    assert!(me.cgroups.windows(8).any(|w| w == b"memory=/"), "{}", me.cgroups.escape_ascii());
    assert!(me.vmrss_kb > 500 && me.start_ts > 0 && me.fdlimit > 0);
    let threads: Vec<i64> = snapshot.threads.iter().filter(|t| t.pid == us).map(|t| t.tid).collect();
    assert_eq!((threads.len(), threads.into_iter().collect()), (tasks.len(), tasks));

    let (_, fds) = snapshot.fds.iter().find(|(tid, _)| *tid == us as u64).unwrap();
    let fd = |n: i32| -> &FdInfo { fds.iter().find(|f| f.fd == i64::from(n)).unwrap() };
    let opened = fd(file.as_raw_fd());
    let meta = file.metadata().unwrap();
    assert_eq!((opened.kind, &*opened.name), (FdType::FileV2, &b"/etc/hostname"[..]));
    assert_eq!((opened.ino, u64::from(opened.dev)), (meta.ino(), meta.dev()));
    assert_eq!(opened.open_flags & 0x1003, 0x1001);
    assert_eq!((fd(dir.as_raw_fd()).kind, &*fd(dir.as_raw_fd()).name), (FdType::Directory, &b"/etc"[..]));
    let listening = fd(listener.as_raw_fd());
    assert_eq!(listening.kind, FdType::Ipv4Server);
    let connected = fd(client.as_raw_fd());
    let tuple = connected.tuple.unwrap();
    assert_eq!((connected.kind, tuple.l4), (FdType::Ipv4, L4Proto::Tcp));
    assert_eq!(tuple.sport, client.local_addr().unwrap().port());
    assert_eq!(tuple.dport, listener.local_addr().unwrap().port());
    let (a, b) = (fd(left.as_raw_fd()).unix.unwrap(), fd(right.as_raw_fd()).unix.unwrap());
    assert_eq!((a.0, a.1), (b.1, b.0));

    let machine = snapshot.machine.as_ref().unwrap();
    assert!(machine.num_cpus > 0 && machine.memory_bytes > 1 << 20 && machine.boot_ts > 0);
    assert!(snapshot.users.iter().any(|u| u.uid == 0 && &*u.name == b"root"));
    assert!(!snapshot.interfaces.is_empty() && !snapshot.groups.is_empty());
    assert!(probe.timings().load.as_nanos() > 0);
}

#[test]
fn an_idle_source_speaks_and_a_stopped_one_ends() {
    let _turn = turn();
    // No call has this code, so nothing is reported.
    let quiet = Options { syscalls: Some(vec![u16::MAX]), snapshot: false, ..Options::default() };
    let Some(mut probe) = open(&quiet) else { return };
    let mut idle = Vec::new();
    std::process::Command::new("/bin/true").status().unwrap();
    let start = Instant::now();
    while idle.len() < 5 {
        assert!(start.elapsed() < PATIENCE, "{}", idle.len());
        match probe.step().unwrap() {
            Step::Idle { ts } => idle.push(ts),
            Step::Section(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(idle.is_sorted());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert!(now.abs_diff(idle[idle.len() - 1]) < 60_000_000_000, "it is a time of day");
    probe.stop();
    assert!(matches!(probe.step().unwrap(), Step::End));
    assert!(matches!(probe.step().unwrap(), Step::End));
    assert!(probe.stats().skipped_in_kernel > 0);
}

#[test]
fn a_call_that_nobody_heard_return_is_not_in_flight() {
    let _turn = turn();
    let options =
        Options { latency: true, in_flight: true, only_failed: true, snapshot: false, ..Options::default() };
    let Some(mut probe) = open(&options) else { return };
    let mut sleeping = std::process::Command::new("sleep").arg("3600").spawn().unwrap();
    // Its last call was a success, and none follows.
    let mut busy = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
    let start = Instant::now();
    let mut in_flight = || {
        let calls = probe.in_flight().unwrap();
        let age = |pid: u32| calls.iter().find(|c| c.tid == u64::from(pid)).map(|c| (c.call, c.age));
        (age(sleeping.id()), age(busy.id()))
    };
    // Both have to come so far first.
    let mut seen = in_flight();
    while !matches!(seen, (Some(("clock_nanosleep", Some(100_000_000..))), None))
        && start.elapsed() < PATIENCE
    {
        std::thread::sleep(std::time::Duration::from_millis(20));
        seen = in_flight();
    }
    let most = start.elapsed().as_nanos() as u64 + 1_000_000_000;
    for child in [&mut sleeping, &mut busy] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (call, age) = seen.0.expect("it sleeps");
    assert_eq!(call, "clock_nanosleep");
    let age = age.expect("it began before our eyes");
    assert!((100_000_000..most).contains(&age), "{age}");
    assert_eq!(seen.1, None, "it runs");
}
