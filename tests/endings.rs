//! However a live capture ends, the kernel is rid of it and its file can be read; with what rights it runs.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{PATIENCE, Ran, await_that, cscope, finish, has, run, scratch, skip, wait};
use crate::running::{Running, able, as_root, await_call, begun, summary};

/// A process that opens files until it is dropped, and counts in a file how often it did.
struct Busy(Child);

impl Drop for Busy {
    fn drop(&mut self) {
        // It never ends by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A capture into `file` that has begun; it keeps being fed by a process that opens files, and some of these opens fell
/// into it. Whatever becomes of the test, it ends.
fn capturing(file: &Path, more: &[&str]) -> (Running, Busy) {
    let limit = PATIENCE.as_secs().to_string();
    let capture = Running::of(cscope().args(["-M", &limit, "-w"]).arg(file).args(more));
    let count = PathBuf::from(format!("{}.count", file.display()));
    let script = "while :; do cat /etc/hostname; n=$((n+1)); echo $n > \"$0\"; sleep 0.02; done";
    let busy = Command::new("sh")
        .args(["-c", script])
        .arg(&count)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let busy = Busy(busy.expect("sh runs"));
    begun(&[&capture]);
    // Nothing while the number is being written.
    let rounds = || std::fs::read_to_string(&count).ok().and_then(|n| n.trim().parse::<u32>().ok());
    let mut before = None;
    await_that("the first open", || {
        before = rounds();
        before.is_some()
    });
    await_that("opens", || rounds() > before.map(|n| n + 2));
    (capture, busy)
}

/// Opens of cat that a capture file holds.
fn opens(file: &Path) -> usize {
    let name = file.to_str().expect("text");
    let ran = run([
        "-r",
        name,
        "--ignore-truncated",
        "-p",
        "%fd.name",
        "evt.type=openat and fd.name=/etc/hostname",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.lines().len()
}

/// Numbers of the BPF programs that this process holds.
fn programs(pid: u32) -> BTreeSet<u64> {
    let infos = std::fs::read_dir(format!("/proc/{pid}/fdinfo")).expect("it runs").flatten();
    let texts = infos.filter_map(|info| std::fs::read_to_string(info.path()).ok());
    let id = |text: String| text.lines().find_map(|l| l.strip_prefix("prog_id:")?.trim().parse().ok());
    texts.filter_map(id).collect()
}

fn all_programs() -> BTreeSet<u64> {
    let out = finish(Command::new("bpftool").args(["-j", "prog", "list"])).ok().out;
    let list: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    list.as_array().into_iter().flatten().filter_map(|p| p["id"].as_u64()).collect()
}

#[test]
fn sudden_death_leaves_nothing_in_the_kernel() {
    if !able("kill -9") || !has("kill -9", "bpftool") {
        return;
    }
    let tmp = scratch();
    let file = tmp.path().join("killed.scap.zst");
    let (capture, busy) = capturing(&file, &[]);
    let held = programs(capture.id());
    assert!(held.len() >= 3 && held.is_subset(&all_programs()), "{held:?}");
    // What is older than a second is in the file: it comes to be there while the capture runs.
    let mut before = 0;
    await_that("opens in the file of a capture that runs", || {
        before = opens(&file);
        before > 0
    });
    let (_, ran) = capture.finish("KILL");
    assert_eq!(ran.code, None);
    await_that("the end of its programs", || all_programs().intersection(&held).next().is_none());
    drop(busy);
    assert!(opens(&file) >= before);
}

#[test]
fn signals_complete_the_file() {
    if !able("signals with -w") {
        return;
    }
    let tmp = scratch();
    for signal in ["TERM", "HUP", "INT"] {
        for form in ["scap", "scap.gz", "scap.zst"] {
            let file = tmp.path().join(format!("ended-{signal}.{form}"));
            let (capture, busy) = capturing(&file, &[]);
            let ran = capture.end(signal);
            drop(busy);
            assert_eq!(ran.code, Some(0), "{signal} {form}: {}", ran.err);
            summary(&ran.err);
            assert!(opens(&file) > 0, "{signal} {form}: {}", ran.err);
            let mode = file.metadata().expect("it is there").mode();
            assert_eq!(mode & 0o777, 0o600, "{signal} {form}");
        }
    }
}

#[test]
fn a_reader_that_leaves_ends_a_live_capture() {
    if !able("live broken pipe") {
        return;
    }
    let tmp = scratch();
    let once = tmp.path().join("once");
    let name = once.to_str().expect("text");
    // The second one has one line to show, and none after it that could fail to be written.
    let rare = format!("fd.name = {name} and evt.type = openat and proc.name = sh");
    for filter in ["evt.type exists", &rare] {
        let mut command = cscope();
        command.args(["-M", &PATIENCE.as_secs().to_string(), filter]);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
        let shown = std::thread::spawn(move || {
            let mut line = String::new();
            lines.read_line(&mut line).expect("a line");
            line
        });
        await_that("the first line", || {
            let made = Command::new("sh").args(["-c", ": > \"$0\"", name]).status();
            assert!(made.expect("sh runs").success());
            shown.is_finished()
        });
        assert!(!shown.join().expect("no panic").is_empty());
        let left = Instant::now();
        let ran = wait(child);
        assert!(left.elapsed() < PATIENCE / 2, "{filter}: {:?}", left.elapsed());
        // On a machine this busy there may be losses to tell of.
        let quiet = ran.err.lines().all(|l| l.contains("events lost"));
        assert!(ran.code == Some(0) && quiet, "{:?}: {}", ran.code, ran.err);
    }
}

#[test]
fn a_full_disk_leaves_a_readable_file() {
    if !able("live full disk") || !has("live full disk", "mount") {
        return;
    }
    let tmp = scratch();
    // The state of a machine with thousands of threads has to fit.
    let mounted =
        Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(tmp.path()).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return skip("live full disk", "no file system can be mounted");
    }
    let file = tmp.path().join("full.scap");
    let load = "dd if=/dev/zero of=/dev/null bs=1 count=200000 2>/dev/null; cat /etc/hostname > /dev/null";
    let name = file.to_str().expect("text");
    let ran = run(["-w", name, "--", "sh", "-c", load]);
    let read = run(["-r", name, "-q"]);
    let umounted = Command::new("umount").arg(tmp.path()).status();
    assert!(umounted.is_ok_and(|status| status.success()));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("No space left on device"), "{}", ran.err);
    assert!(ran.err.contains(" to be written, "), "{}", ran.err);
    assert_eq!(read.code, Some(0), "{}", read.err);
}

#[test]
fn two_captures_do_not_see_each_other() {
    if !able("two captures") {
        return;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_cscope")).canonicalize().expect("it is there");
    let filter = format!("proc.exepath={}", program.display());
    let narrow = || Running::start(&["-p", "%evt.type", &filter]);
    let loud = Running::start(&["-q"]);
    let first = narrow();
    begun(&[&loud, &first]);
    let second = narrow();
    begun(&[&second]);
    // What one of them does now is what all the others might see.
    std::thread::sleep(Duration::from_secs(1));
    for (out, ran) in [first, second].map(|capture| capture.finish("INT")) {
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let (seen, ..) = summary(&ran.err);
        assert!(seen > 0, "both capture");
        // A process that was on its way to become one of us when the state of the machine was looked at is seen up to
        // its exec. What captures do is not: they sleep, and ask BPF.
        let theirs = |line: &&str| ["execve", "clock_nanosleep", "bpf", "openat", "write"].contains(line);
        assert_eq!(out.lines().filter(theirs).count(), 0, "{out}");
    }
    assert_eq!(loud.end("INT").code, Some(0));
}

/// Values of a line of `/proc/PID/status`.
fn status(pid: u32, key: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = text.lines().find_map(|l| l.strip_prefix(key)).unwrap_or_else(|| panic!("{key}: {text}"));
    line.trim().to_owned()
}

fn hexadecimal(text: &str) -> u64 {
    u64::from_str_radix(text.trim(), 16).unwrap_or_else(|_| panic!("not hexadecimal: {text}"))
}

/// Name, effective rights and no_new_privs of each thread of a process.
fn rights(pid: u32) -> Vec<(String, u64, bool)> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    let one = |task: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(task.ok()?.path().join("status")).ok()?;
        let value = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)).map(|v| v.trim().to_owned());
        Some((value("Name:")?, hexadecimal(&value("CapEff:")?), value("NoNewPrivs:")? == "1"))
    };
    tasks.filter_map(one).collect()
}

#[test]
fn rights_are_given_up() {
    if !able("rights of root") || !as_root("rights of root") {
        return;
    }
    let tmp = scratch();
    let (dac_override, dac_read_search, kill_others, ptrace, bpf) =
        (1u64 << 1, 1 << 2, 1 << 5, 1 << 19, 1 << 39);
    let always = bpf | ptrace | dac_read_search;
    // A capture asks container runtimes, on a thread of its own, and compresses on another.
    for (flags, main) in [(&[][..], always), (&["-G", "1000"], always | dac_override)] {
        let file = tmp.path().join(format!("rights{}.scap.zst", flags.len()));
        let capture = Running::of(cscope().arg("-w").arg(&file).args(flags));
        // Attaching takes all rights of root; what comes after does not.
        begun(&[&capture]);
        let mut threads = Vec::new();
        await_that("threads without rights", || {
            threads = rights(capture.id());
            threads.len() >= 3 && threads.iter().all(|(.., alone)| *alone)
        });
        let ran = capture.end("INT");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        for (name, effective, alone) in &threads {
            let allowed = if name == "cscope-runtime" { ptrace | dac_read_search } else { main };
            assert!(
                effective & !allowed == 0 && *alone,
                "{name}: {effective:x} of {allowed:x}: {threads:x?}"
            );
        }
        assert!(threads.iter().any(|(name, ..)| name == "cscope-runtime"), "{threads:x?}");
    }
    // Signals are handed on to a command, which may have become another user.
    let script = "while grep -hq 'NoNewPrivs:.0' /proc/$PPID/task/*/status; do sleep 0.05; done
        for s in /proc/$PPID/task/*/status; do grep -h CapEff $s; done";
    let ran = run(["-q", "--", "sh", "-c", script]).ok();
    let sets: Vec<u64> = ran.lines().iter().map(|l| hexadecimal(l.trim_start_matches("CapEff:"))).collect();
    assert!(
        sets.contains(&(always | kill_others)) && sets.iter().all(|s| s & !(always | kill_others) == 0),
        "{sets:x?}"
    );
    // All of it is told.
    let told = run(["--doctor"]).out;
    for name in ["CAP_BPF", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_KILL", "CAP_DAC_OVERRIDE"] {
        let kept = told.lines().find(|l| l.starts_with("kept ")).unwrap_or_else(|| panic!("{told}"));
        assert!(kept.contains(name), "{name}: {kept}");
    }
}

#[test]
fn another_user_goes_on() {
    if !able("--user") || !as_root("--user") {
        return;
    }
    let dir = open_to_all();
    let file = dir.path().join("theirs.scap.zst");
    let (capture, busy) = capturing(&file, &["--user", "nobody"]);
    assert_eq!(status(capture.id(), "Uid:"), "65534\t65534\t65534\t65534");
    let ran = capture.end("INT");
    drop(busy);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let meta = file.metadata().expect("it is there");
    assert_eq!((meta.uid(), meta.mode() & 0o777), (65534, 0o600));
    assert!(opens(&file) > 0);
    // A pipe of that user's is used, where anybody may have made it, and one of root's is not.
    let pipe = named_pipe(dir.path());
    let write = || {
        let mut command = cscope();
        command.args(["--user", "nobody", "-n", "1", "-w"]).arg(&pipe).args(["--", "true"]);
        command
    };
    let ran = finish(&mut write());
    assert!(ran.code == Some(1) && ran.err.contains("another user"), "{}", ran.err);
    std::os::unix::fs::chown(&pipe, Some(65534), None).expect("root may");
    let path = pipe.clone();
    let reader = std::thread::spawn(move || std::fs::read(path).expect("it can be read"));
    finish(&mut write()).ok();
    assert!(!reader.join().expect("no panic").is_empty());
    // A command goes on as who we were, and its signals and status come through.
    let ran = run(["--user", "nobody", "-q", "--", "sh", "-c", "test $(id -u) = 0 && exit 5"]);
    assert_eq!(ran.code, Some(5), "{}", ran.err);
    let ran = run(["--user", "nobody-here", "-n", "1"]);
    assert!(ran.code == Some(1) && ran.err.contains("there is no user nobody-here"), "{}", ran.err);
}

fn named_pipe(dir: &Path) -> PathBuf {
    let path = dir.join("pipe.scap.zst");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
    path
}

#[test]
fn a_named_pipe_waits_for_its_reader() {
    let dir = scratch();
    let pipe = named_pipe(dir.path());
    let Some(captures) = crate::harness::captures("a named pipe") else { return };
    let source = captures.join("curl_google.scap");
    let copy = || {
        let mut command = cscope();
        command.arg("-r").arg(&source).arg("-w").arg(&pipe);
        command
    };
    // Nobody reads: a signal ends the program.
    let waits = Running::of(&mut copy());
    await_call(waits.id(), "openat");
    let ran = waits.end("TERM");
    assert_eq!(ran.code, None, "{}", ran.err);
    // What cannot be done is told at once: it cannot be had in parts, and there must be something to read.
    let ran = finish(copy().args(["-C", "1"]));
    assert!(ran.code == Some(1) && ran.err.contains("cannot be split"), "{}", ran.err);
    let ran = finish(cscope().args(["-r", "/no-such-file", "-w"]).arg(&pipe));
    assert!(ran.code == Some(1) && ran.err.contains("/no-such-file"), "{}", ran.err);
    // Who reads gets what a file would hold.
    let path = pipe.clone();
    let reader = std::thread::spawn(move || std::fs::read(path).expect("it can be read"));
    finish(&mut copy()).ok();
    let file = dir.path().join("file.scap.zst");
    finish(cscope().arg("-r").arg(&source).arg("-w").arg(&file)).ok();
    assert!(reader.join().expect("no panic") == std::fs::read(&file).expect("it is there"));
}

#[test]
fn a_named_pipe_waits_for_its_writer() {
    let dir = scratch();
    let pipe = named_pipe(dir.path());
    let Some(captures) = crate::harness::captures("a named pipe") else { return };
    let source = captures.join("curl_google.scap");
    // Nobody writes: a signal ends the program.
    let waits = Running::of(cscope().arg("-r").arg(&pipe));
    await_call(waits.id(), "openat");
    let ran = waits.end("TERM");
    assert_eq!(ran.code, None, "{}", ran.err);
    // What is written is read.
    let content = std::fs::read(&source).expect("it is there");
    let to = pipe.clone();
    let writer = std::thread::spawn(move || std::fs::write(to, content).expect("it can be written"));
    let ran = finish(cscope().arg("-r").arg(&pipe)).ok();
    writer.join().expect("no panic");
    assert_eq!(ran.out, finish(cscope().arg("-r").arg(&source)).ok().out);
}

/// A directory as `/tmp` is.
fn open_to_all() -> tempfile::TempDir {
    let dir = scratch();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o1777)).expect("our directory");
    dir
}

#[test]
fn nobody_plants_files() {
    let dir = open_to_all();
    let (victim, link) = (dir.path().join("victim"), dir.path().join("link.scap"));
    std::fs::write(&victim, "precious").expect("a file can be written");
    symlink(&victim, &link).expect("a link can be made");
    let source = crate::harness::captures("planted files").map(|dir| dir.join("curl_google.scap"));
    let Some(source) = source else { return };
    let text = |path: &PathBuf| path.to_str().expect("text").to_owned();
    let write = |flag: &str, to: &PathBuf| -> Ran { run(["-r", &text(&source), flag, &text(to)]) };
    for flag in ["-w", "-o"] {
        let ran = write(flag, &link);
        assert_eq!(ran.code, Some(1), "{flag}: {}", ran.err);
    }
    assert_eq!(std::fs::read_to_string(&victim).expect("still there"), "precious");
    if rustix::process::geteuid().is_root() {
        let planted = dir.path().join("planted.scap");
        std::fs::write(&planted, "mine").expect("a file can be written");
        std::os::unix::fs::chown(&planted, Some(65534), None).expect("root may");
        let ran = write("-w", &planted);
        assert!(ran.code == Some(1) && ran.err.contains("another user"), "{}", ran.err);
        assert_eq!(std::fs::read_to_string(&planted).expect("still there"), "mine");
    }
    // Whoever has made a pipe would read what goes through it.
    if rustix::process::geteuid().is_root() {
        let pipe = named_pipe(dir.path());
        std::os::unix::fs::chown(&pipe, Some(65534), None).expect("root may");
        let ran = write("-w", &pipe);
        assert!(ran.code == Some(1) && ran.err.contains("another user"), "{}", ran.err);
    }
    // One's own file is emptied and closed to others.
    let own = dir.path().join("own.scap");
    std::fs::write(&own, vec![b'x'; 9_000_000]).expect("a file can be written");
    write("-w", &own).ok();
    let meta = own.metadata().expect("it is there");
    assert!(meta.len() < 8_000_000 && meta.mode() & 0o777 == 0o600, "{meta:?}");
}

#[test]
fn what_is_missing_is_named() {
    if !able("simulated machines") || !as_root("simulated machines") {
        return;
    }
    let program = env!("CARGO_BIN_EXE_cscope");
    let shell = |words: &[&str], script: String| {
        finish(Command::new("unshare").args(words).args(["sh", "-c", &script]).stdin(Stdio::null()))
    };
    if !has("simulated machines", "unshare") || !has("simulated machines", "setpriv") {
        return;
    }
    // Processes that have other numbers than the kernel tells.
    let ran = shell(&["-pf", "--mount-proc"], format!("{program} -- echo ran; {program} --doctor; true"));
    assert_eq!(ran.err.matches("docker run --pid=host").count(), 1, "{}", ran.err);
    assert!(ran.out.contains("missing numbers of processes") && !ran.out.contains("ran\n"), "{}", ran.out);
    // A kernel without type information.
    let ran = shell(&["-m"], format!("mount -t tmpfs none /sys/kernel/btf && {program} -n 1"));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    for word in ["/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF=y", "--doctor"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
    // A kernel from before all that is used.
    let old = "echo 5.10.0-28-amd64 > /mnt/old && mount --bind /mnt/old /proc/sys/kernel/osrelease";
    let ran = shell(
        &["-m"],
        format!("mount -t tmpfs none /mnt && {old} && {program} -n 1; {program} --doctor; true"),
    );
    for word in ["kernel 5.10.0-28-amd64 is too old", "Linux 5.17 or newer", "linux-image-amd64"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
    assert!(ran.out.contains("missing kernel: Linux 5.10.0-28-amd64"), "{}", ran.out);
    // A user namespace, as in a container without the host's users.
    let ran = shell(&["-Ur"], format!("{program} -n 1"));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("user namespace") || ran.err.contains("CAP_BPF"), "{}", ran.err);
    let ran = shell(&["-Ur"], format!("{program} --doctor"));
    assert!(ran.out.contains("missing capabilities"), "{}", ran.out);
    // One capability of two.
    let dir = open_to_all();
    let copy = dir.path().join("cscope");
    std::fs::copy(program, &copy).expect("a copy");
    let ran = finish(
        Command::new("setpriv")
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
            .args(["--inh-caps=+bpf", "--ambient-caps=+bpf"])
            .arg(&copy)
            .args(["-n", "1"]),
    );
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("needs CAP_PERFMON") && !ran.err.contains("CAP_BPF and"), "{}", ran.err);
    // No control groups of version 2 to be seen: the kernel still tells the others.
    let hide = "mount -t tmpfs none /sys/fs/cgroup";
    let ran = shell(&["-m"], format!("{hide} && {program} -n 3 -p %evt.type"));
    assert_eq!((ran.code, ran.lines().len()), (Some(0), 3), "{}", ran.err);
}
