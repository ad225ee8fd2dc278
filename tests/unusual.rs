//! Programs that are rarely met: of 32 bits, with threads that end together, in directories without end.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::harness::{Ran, cscope, finish, has, scratch, skip};
use crate::running::{Running, able, as_root};

/// Compiles a program of the workload that stands alone; `None`, and a loud line, when that cannot be done here.
fn built(test: &str, dir: &Path, source: &str, flags: &[&str]) -> Option<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/workload/alone").join(source);
    let program = dir.join(source.split('.').next().unwrap_or(source));
    let made = finish(Command::new("cc").args(flags).arg("-o").arg(&program).arg(from).stdin(Stdio::null()));
    // One that the kernel does not run is as good as none.
    if made.code == Some(0) && Command::new(&program).status().is_ok_and(|status| status.success()) {
        return Some(program);
    }
    skip(test, &format!("{source} cannot be compiled and run here: {}", made.err));
    None
}

/// A thread that was of no interest is of interest again as a 32-bit program.
#[test]
fn a_muted_thread_becomes_a_program_of_32_bits() {
    let test = "32-bit programs";
    if !able(test) || !has(test, "cc") || !has(test, "perl") {
        return;
    }
    let dir = scratch();
    let flags = ["-m32", "-nostdlib", "-static", "-no-pie"];
    let Some(program) = built(test, dir.path(), "ia32.S", &flags) else { return };
    let script = "for (1 .. 300) { getppid; select undef, undef, undef, 0.002 } exec @ARGV";
    let mut command = cscope();
    command.args(["-p", "%evt.type %evt.rawres", "proc.name = ia32 and evt.type = close", "--"]);
    let ran = finish(command.args(["perl", "-e", script]).arg(&program)).ok();
    assert_eq!(ran.lines(), vec!["close -9"; 20], "{}", ran.err);
}

/// How often a thread has changed is not counted without end: one that is muted by then must not stay so.
#[test]
fn a_thread_changes_many_times() {
    let test = "a thread that changes many times";
    if !able(test) || !as_root(test) || !has(test, "cc") {
        return;
    }
    let dir = scratch();
    let Some(program) = built(test, dir.path(), "changes.c", &[]) else { return };
    let mut command = cscope();
    command.args([
        "-p",
        "%evt.type",
        "user.uid = 65534 and proc.name = changes and evt.type = getppid",
        "--",
    ]);
    let ran = finish(command.arg(&program)).ok();
    assert_eq!(ran.lines().len(), 1000, "{}", ran.err);
}

/// Of more arguments than are kept, the end is marked.
#[test]
fn arguments_without_end() {
    let test = "long lists of arguments";
    if !able(test) || !has(test, "perl") {
        return;
    }
    let script = "for my $n (3, 9999) { for my $run ('/bin/true', '/nonexistent') {
        my $pid = fork; if (!$pid) { exec { $run } 'asked', 1 .. $n; exit } waitpid $pid, 0 } }";
    let mut command = cscope();
    command.args(["-p", "%evt.failed %evt.arg.args", "evt.type = execve and evt.arg.exe = asked", "--"]);
    let ran = finish(command.args(["perl", "-e", script])).ok();
    let lines = ran.lines();
    assert_eq!(lines[..2], ["false 1.2.3.", "true 1.2.3."], "{}", ran.err);
    assert_eq!(lines.len(), 4);
    for line in &lines[2..] {
        assert!(line.len() > 1000 && line.ends_with("...."), "{line}");
        assert!(line.split(' ').nth(1).is_some_and(|args| args.starts_with("1.2.3.4.")), "{line}");
    }
}

/// Who a process is in a user namespace is told in the numbers of the host, live and from a file.
#[test]
fn users_of_a_namespace() {
    let test = "user namespaces";
    if !able(test) || !as_root(test) || !has(test, "cc") {
        return;
    }
    let dir = scratch();
    let Some(program) = built(test, dir.path(), "userns.c", &[]) else { return };
    let expected = ["100000 200005 true", "100007 200005 false", "100007 200005 false"];
    let print =
        ["-p", "%user.uid %group.gid %thread.cap_effective", "proc.name = userns and evt.type = getppid"];
    let told = |ran: &Ran| -> Vec<String> {
        let line = |line: &str| {
            let mut words = line.split(' ');
            let (uid, gid) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            format!("{uid} {gid} {}", words.any(|word| word == "CAP_CHOWN"))
        };
        ran.lines().iter().map(|l| line(l)).collect()
    };
    let live = finish(cscope().args(print).arg("--").arg(&program)).ok();
    assert_eq!(told(&live), expected, "{}", live.err);
    let file = dir.path().join("users.scap.zst");
    finish(cscope().arg("-w").arg(&file).arg("--").arg(&program)).ok();
    let read = finish(cscope().arg("-r").arg(&file).args(print)).ok();
    assert_eq!(told(&read), expected, "{}", read.err);
}

/// Of a process that ends all threads end, the first of which may be the last to.
#[test]
fn all_threads_of_a_command_end() {
    let test = "threads of a command";
    if !able(test) || !has(test, "cc") {
        return;
    }
    let dir = scratch();
    let Some(program) = built(test, dir.path(), "threads.c", &["-pthread"]) else { return };
    let mut command = cscope();
    command.args(["--ring-size", "64", "-p", "%evt.type", "evt.type = procexit", "--"]);
    let ran = finish(command.arg(&program).args(["1000", "7"])).ok();
    assert_eq!(ran.lines().len(), 1000 * 8 + 1, "{}", ran.err);
}

/// The kernel puts the number of a call that seccomp keeps from being where its result stands.
#[test]
fn a_call_that_never_ran_has_no_result() {
    let test = "calls kept from being";
    if !able(test) || !has(test, "cc") {
        return;
    }
    let dir = scratch();
    let Some(program) = built(test, dir.path(), "refused.c", &[]) else { return };
    let mut command = cscope();
    command.args(["-p", "%evt.rawres %evt.failed", "evt.type = dup and proc.name = refused", "--"]);
    let ran = finish(command.arg(&program)).ok();
    assert_eq!(ran.out, "-38 true\n", "{}", ran.err);
}

#[test]
fn a_deep_directory_is_told_whole() {
    if !able("deep directories") {
        return;
    }
    let dir = scratch();
    let top = dir.path().canonicalize().expect("a directory");
    let deep = top.join(["d"; 400].join("/"));
    std::fs::create_dir_all(&deep).expect("a directory");
    let mut command = cscope();
    command.args(["-p", "%evt.arg.cwd", "evt.type = execve and proc.name = true", "--", "true"]);
    let ran = finish(command.current_dir(&deep)).ok();
    assert_eq!(ran.lines(), [deep.to_str().expect("text")], "{}", ran.err);
}

/// Anybody can be somewhere whose name takes more than the kernel tells at once. The rest is told all the same.
#[test]
fn a_directory_without_end_hides_nothing() {
    let test = "directories without end";
    if !able(test) || !has(test, "perl") {
        return;
    }
    let dir = scratch();
    let script = r#"$n = "q" x 255; for (1 .. 140) { mkdir $n; chdir $n } open F, ">x"; $| = 1; print "there\n"; sleep 600"#;
    let mut deep = Command::new("perl");
    let deep = Running::of(deep.args(["-e", script]).current_dir(dir.path()));
    deep.line(|line| line == "there");
    let ran = finish(cscope().args(["-M", "0.1", "proc.name = no-such-process"])).ok();
    assert!(!ran.err.contains("/proc"), "{}", ran.err);
    let ran = finish(cscope().args(["-c", "ps", &format!("proc.pid = {}", deep.id())])).ok();
    assert!(ran.out.contains("perl"), "{}", ran.out);
    deep.end("KILL");
}
