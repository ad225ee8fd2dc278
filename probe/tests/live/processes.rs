//! The life of processes: clone, exec, exit, and following a command.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use cscope_capture::{EventSource, OwnedEvent, Step};
use cscope_probe::Options;

use crate::harness::{Captured, Seen, capture, code, open, turn};

/// A shell that waits for a line and then is its script, with the events of it and its children.
pub(crate) fn follow(script: &str, options: Options) -> Option<(Captured, i32)> {
    let _turn = turn();
    let mut child = Command::new("/bin/sh")
        .args(["-c", &format!("read line; {script}")])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("MARK", "here")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        .spawn()
        .unwrap();
    let Some(mut probe) = open(&Options { follow: Some(child.id()), snapshot: false, ..options }) else {
        child.kill().unwrap();
        child.wait().unwrap();
        return None;
    };
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let mut events = Vec::new();
    let mut status = None;
    loop {
        match probe.step().unwrap() {
            Step::Section(_) => {}
            Step::Event(event) => events.push(OwnedEvent::from(&event)),
            Step::LeftOut(_) => panic!("only files leave events out"),
            Step::Idle { .. } => {
                if status.is_none() {
                    status = child.try_wait().unwrap();
                    if status.is_some() {
                        probe.stop();
                    }
                }
            }
            Step::End => break,
        }
    }
    let captured = Captured { events, stats: probe.stats(), tid: u64::from(child.id()) };
    Some((captured, status.unwrap().code().unwrap_or(-1)))
}

fn of<'a>(seen: &'a Captured, name: &str, tid: u64) -> Seen<'a> {
    let found: Vec<_> = seen.all(name).into_iter().filter(|e| e.0.tid == tid).collect();
    assert_eq!(found.len(), 1, "{name} of {tid}: {found:?}");
    found[0]
}

#[test]
fn a_command_and_its_children_from_clone_to_exit() {
    let script = "/bin/cat /etc/hostname \"two words\"; (exit 7); exit 3";
    let Some((seen, status)) = follow(script, Options::default()) else { return };
    assert_eq!(status, 3);
    assert_eq!(seen.stats.lost(), 0);

    let exec = seen.all("execve").into_iter().find(|e| e.int("res") == 0).unwrap();
    let cat = exec.0.tid;
    assert_eq!((exec.text("exe"), exec.list("args")), ("/bin/cat", vec!["/etc/hostname", "two words"]));
    assert!(exec.list("env").contains(&"MARK=here"), "{:?}", exec.list("env"));
    assert_eq!((exec.text("comm"), exec.text("filename"), exec.text("cwd")), ("cat", "/bin/cat", "/"));
    assert_eq!(
        (exec.int("tid"), exec.int("pid"), exec.int("ptid")),
        (cat as i64, cat as i64, seen.tid as i64)
    );
    let real = std::fs::canonicalize("/bin/cat").unwrap();
    assert_eq!(exec.text("trusted_exepath"), real.to_str().unwrap());
    assert_eq!(exec.uint("exe_ino"), std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(&real).unwrap()));
    // SAFETY: geteuid has no preconditions.
    assert_eq!(exec.uint("uid"), u64::from(unsafe { libc::geteuid() }));
    let groups = exec.list("cgroups");
    let memory = std::fs::read_to_string("/proc/self/cgroup").unwrap();
    assert!(groups.iter().any(|g| g.starts_with("memory=/")), "{groups:?} {memory}");

    // Fork shows in the parent and in the child.
    let parent = seen
        .events
        .iter()
        .map(|e| Seen(e.event()))
        .find(|e| ["clone", "clone3", "fork", "vfork"].contains(&e.name()) && e.0.tid == seen.tid)
        .unwrap();
    assert_eq!((parent.int("res"), parent.text("exe")), (cat as i64, "/bin/sh"));
    let child = of(&seen, parent.name(), cat);
    assert_eq!((child.int("res"), child.int("tid"), child.int("ptid")), (0, cat as i64, seen.tid as i64));
    assert_eq!((child.int("vtid"), child.int("vpid")), (cat as i64, cat as i64));

    // Not always the first number that is free for a child of ours: other tests open descriptors that it inherits.
    let open = seen.all("openat").into_iter().find(|e| e.0.tid == cat && e.text("name") == "/etc/hostname");
    let fd = open.unwrap().int("fd");
    let read = seen.all("read").into_iter().find(|e| e.0.tid == cat && e.int("res") > 0 && e.int("fd") == fd);
    assert!(read.is_some());
    let ends: Vec<_> = seen.all("procexit").iter().map(|e| (e.0.tid, e.int("ret"))).collect();
    assert!(ends.contains(&(cat, 1)), "cat failed on the second file: {ends:?}");
    assert!(ends.iter().any(|(_, ret)| *ret == 7), "{ends:?}");
    assert_eq!(ends.last(), Some(&(seen.tid, 3)));
    let end = of(&seen, "procexit", seen.tid);
    assert_eq!((end.int("status"), end.int("sig"), end.uint("core")), (3 << 8, 0, 0));

    // exit_group never returns, and still is seen.
    let group = u64::from(code("exit_group"));
    let left: BTreeSet<_> =
        seen.all("syscall").iter().filter(|e| e.uint("ID") == group).map(|e| e.0.tid).collect();
    assert_eq!(left, ends.iter().map(|(tid, _)| *tid).collect());
}

#[test]
fn a_failed_exec_says_what_was_asked_for() {
    let Some((seen, _)) = follow("exec /does/not/exist 'an arg' b", Options::default()) else { return };
    let exec = of(&seen, "execve", seen.tid);
    assert_eq!((exec.int("res"), exec.text("exe")), (-2, "/does/not/exist"));
    assert_eq!((exec.text("filename"), exec.list("args")), ("/does/not/exist", vec!["an arg", "b"]));
    assert!(exec.list("env").contains(&"MARK=here"));
    assert_eq!(exec.text("comm"), "sh");
}

#[test]
fn long_argument_lists_are_kept_or_marked_by_their_end() {
    let script =
        "set --; i=0; while [ $i -lt 300 ]; do set -- \"$@\" argument-$i; i=$((i+1)); done; /bin/true \"$@\"";
    let Some((seen, _)) = follow(script, Options::default()) else { return };
    let exec = seen.all("execve").into_iter().find(|e| e.int("res") == 0).unwrap();
    let args = exec.list("args");
    assert_eq!((args.len(), args[0], args[299]), (300, "argument-0", "argument-299"));
}

#[test]
fn signals_end_processes_and_are_delivered() {
    let options = Options { signals: true, switches: true, ..Options::default() };
    let Some((seen, _)) = follow("sh -c 'kill -9 $$'; true", options) else { return };
    let killed = seen.all("procexit").into_iter().find(|e| e.int("sig") == 9).unwrap();
    assert_eq!((killed.int("status"), killed.int("ret")), (9, 0));
    let kill = seen.all("kill").into_iter().next();
    assert!(kill.is_none_or(|k| k.int("sig") == 9));
    let child = seen.all("signaldeliver").into_iter().find(|e| e.int("sig") == 17);
    if let Some(child) = child {
        assert_eq!((child.int("spid"), child.int("dpid")), (killed.0.tid as i64, seen.tid as i64));
    }
    assert!(!seen.all("switch").is_empty());
}

#[test]
fn nobody_else_is_followed() {
    let noise = std::thread::spawn(|| {
        for _ in 0..200 {
            let _ = std::fs::metadata("/nonexistent/noise");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    });
    let result = follow("sleep 0.1; true", Options::default());
    noise.join().unwrap();
    let Some((seen, _)) = result else { return };
    let mut known = BTreeSet::from([seen.tid]);
    for event in seen.events.iter().map(|e| Seen(e.event())) {
        if ["clone", "clone3", "fork", "vfork"].contains(&event.name()) && event.int("res") > 0 {
            known.insert(event.int("res") as u64);
        }
    }
    let seen: BTreeSet<_> = seen.events.iter().map(|e| e.event().tid).collect();
    assert!(seen.is_subset(&known), "{seen:?} {known:?}");
}

#[test]
fn threads_are_clones_with_a_process_in_common() {
    let us = std::process::id();
    let Some(seen) = capture(&crate::harness::only_us(), || {
        std::thread::spawn(|| {}).join().unwrap();
    }) else {
        return;
    };
    let clones = seen.ours("clone3").into_iter().chain(seen.ours("clone"));
    let clone = clones.into_iter().find(|e| e.int("res") > 0).unwrap();
    let thread = clone.int("res");
    // CLONE_THREAD, CLONE_FILES, CLONE_VM
    assert_eq!(clone.uint("flags") & 0xa001, 0xa001, "{:x}", clone.uint("flags"));
    let child = of(&seen, clone.name(), thread as u64);
    assert_eq!((child.int("tid"), child.int("pid")), (thread, i64::from(us)));
}

/// Set in the copy of this program that makes calls of another numbering.
const COMPAT: &str = "CSCOPE_PROBE_COMPAT";

#[test]
#[cfg(target_arch = "x86_64")]
fn calls_of_other_numberings_are_not_taken_for_ours() {
    if std::env::var_os(COMPAT).is_some() {
        let _ = std::io::stdin().read_line(&mut String::new());
        compat_calls();
        return;
    }
    let program = std::env::current_exe().unwrap();
    let script = format!(
        "exec env {COMPAT}=1 {} --exact processes::calls_of_other_numberings_are_not_taken_for_ours --nocapture </dev/null",
        program.display()
    );
    let Some((seen, status)) = follow(&script, Options::default()) else { return };
    if status != 0 {
        crate::harness::skip("this kernel has no 32-bit calls");
        return;
    }
    // Number 20 is writev for us and getpid for 32-bit programs.
    let found: Vec<_> = seen.all("syscall").into_iter().filter(|e| e.uint("nativeID") == 20).collect();
    assert!(!found.is_empty());
    assert!(found.iter().all(|e| e.uint("ID") == u64::from(code("getpid"))), "{found:?}");
}

#[cfg(target_arch = "x86_64")]
fn compat_calls() {
    let mut result: i64 = 20;
    // SAFETY: call 20 of the 32-bit numbering is getpid, which takes nothing and changes rax only.
    unsafe {
        std::arch::asm!("int 0x80", inout("rax") result, out("r8") _, out("r9") _, out("r10") _, out("r11") _)
    };
    assert_eq!(result, i64::from(std::process::id()));
}
