//! More events than the reader takes: what is lost is counted, told and marked, what runs is not held up, and what is
//! known of the machine is right again afterwards.

use std::io::Read;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{cscope, run, scratch, wait};
use crate::running::{able, summary};

/// Calls that fill rings of 1 MiB many times over.
const CALLS: usize = 200_000;

/// A capture with small rings whose standard output nobody reads yet.
fn stuck(words: &[&str]) -> (Child, ChildStdout) {
    let mut command = cscope();
    command.args(["--ring-size", "1"]).args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let out = child.stdout.take().expect("a pipe");
    (child, out)
}

/// Reads it to its end after all.
fn read_on(mut child: Child, mut out: ChildStdout) -> (Vec<u8>, crate::harness::Ran) {
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        out.read_to_end(&mut bytes).expect("output can be read");
        bytes
    });
    child.stdout = None;
    let ran = wait(child);
    (reader.join().expect("read"), ran)
}

/// Waits for a file that the traced command makes.
#[track_caller]
fn await_file(path: &Path) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !path.exists() {
        assert!(Instant::now() < deadline, "{} did not come: the command is held up", path.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A script that makes calls on all CPUs at once.
fn storm() -> String {
    let cpus = std::thread::available_parallelism().map_or(2, usize::from);
    let one = format!("dd if=/dev/zero of=/dev/null bs=1 count={} 2>/dev/null &", CALLS / 2);
    one.repeat(cpus) + " wait;"
}

#[test]
fn a_stuck_reader_holds_nobody_up_and_losses_add_up() {
    if !able("overload") {
        return;
    }
    let tmp = scratch();
    let done = tmp.path().join("done");
    let script = format!(
        "dd if=/dev/zero of=/dev/null bs=1 count={CALLS} 2>/dev/null; : > {}; sleep 0.3",
        done.display()
    );
    let (child, out) = stuck(&["-p", "%evt.type", "evt.type in (read, write)", "--", "sh", "-c", &script]);
    await_file(&done);
    let (bytes, ran) = read_on(child, out);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let (seen, shown, lost) = summary(&ran.err);
    assert_eq!(shown as usize, bytes.iter().filter(|b| **b == b'\n').count());
    assert!(lost > 0, "{}", ran.err);
    // Reads and writes of dd, and a few calls of the shell.
    let all = (seen + lost) as usize;
    assert!((2 * CALLS..2 * CALLS + 2_000).contains(&all), "{seen} seen, {lost} lost: {all}");
    let told = ran.err.lines().find(|l| l.contains("events lost, in all")).expect("told while it ran");
    assert!(told.contains("because the ring of a CPU was full (CPU "), "{told}");
    let told = ran.err.lines().filter(|l| l.contains("events lost, in all")).count();
    assert!(told < 60, "not more than once a second: {told}");
    assert!(ran.err.lines().any(|l| l.starts_with("cscope: lost: ")), "{}", ran.err);
}

#[test]
fn a_stopped_capture_holds_nobody_up() {
    if !able("a stopped capture") {
        return;
    }
    let tmp = scratch();
    let (ready, done) = (tmp.path().join("ready"), tmp.path().join("done"));
    let script = format!(
        ": > {}; sleep 0.5; dd if=/dev/zero of=/dev/null bs=1 count={CALLS} 2>/dev/null; : > {}",
        ready.display(),
        done.display()
    );
    let (child, out) = stuck(&["-q", "--", "sh", "-c", &script]);
    await_file(&ready);
    let id = child.id().to_string();
    let kill =
        |signal: &str| assert!(Command::new("kill").args([signal, &id]).status().expect("runs").success());
    kill("-STOP");
    await_file(&done);
    kill("-CONT");
    let (_, ran) = read_on(child, out);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let (.., lost) = summary(&ran.err);
    assert!(lost > 0, "{}", ran.err);
}

#[test]
fn a_capture_marks_its_gaps() {
    if !able("drop events") {
        return;
    }
    let tmp = scratch();
    let (done, file) = (tmp.path().join("done"), tmp.path().join("gaps.scap.zst"));
    let script = format!("{} : > {}; sleep 0.5; cat /dev/null", storm(), done.display());
    // A capture to a pipe that is not read.
    let (child, out) = stuck(&["-w", "-", "--", "sh", "-c", &script]);
    await_file(&done);
    let (bytes, ran) = read_on(child, out);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(summary(&ran.err).2 > 0, "{}", ran.err);
    std::fs::write(&file, &bytes).expect("a file can be written");
    let name = file.to_str().expect("text");
    let out = run(["-r", name, "-D", "-p", "%evt.type %evt.dir %evt.cpu %evt.rawtime"]).ok().out;
    let events: Vec<(&str, u32, u64)> = out
        .lines()
        .filter_map(|l| {
            let mut words = l.split(' ');
            let kind = words.next()?;
            let direction = words.next()?;
            let kind = if kind == "drop" && direction == "<" { "over" } else { kind };
            Some((kind, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        })
        .collect();
    let at = events.iter().position(|e| e.0 == "drop").expect("a drop event");
    let (_, cpu, ts) = events[at];
    let before = events[..at].iter().rev().find(|e| e.1 == cpu && e.0 != "drop").expect("events before");
    let after = events[at + 1..].iter().find(|e| e.1 == cpu && !["drop", "over"].contains(&e.0));
    let after = after.expect("events after");
    assert!(before.2 <= ts && ts <= after.2, "{before:?} {ts} {after:?}");
    // The ring was full: what came last before the gap came just before.
    assert!(ts - before.2 < 100_000_000, "{} ns", ts - before.2);
    assert!(events[at..].iter().any(|e| e.0 == "over"), "the gap has an end");
}

#[test]
fn what_was_missed_is_looked_up_afterwards() {
    if !able("state after losses") {
        return;
    }
    let tmp = scratch();
    let (done, opened) = (tmp.path().join("done"), tmp.path().join("opened-unseen"));
    std::fs::write(&opened, "what was read").expect("a file can be written");
    // The file is opened while all rings are full, and read when all is quiet again, by a copy of the descriptor.
    let script = format!(
        "({}) & sleep 0.4; exec 7<{}; wait; : > {}; sleep 3; read -r line <&7; sleep 0.2; :",
        storm().replace(&format!("count={}", CALLS / 2), &format!("count={}", 4 * CALLS)),
        opened.display(),
        done.display()
    );
    let (child, out) = stuck(&["-p", "*%evt.type|%fd.num|%fd.name|%proc.name", "--", "bash", "-c", &script]);
    await_file(&done);
    let (bytes, ran) = read_on(child, out);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(summary(&ran.err).2 > 0, "{}", ran.err);
    let out = String::from_utf8_lossy(&bytes);
    let read = out.lines().rev().find(|l| l.starts_with("read|0|")).unwrap_or("no read of descriptor 0");
    assert_eq!(read, format!("read|0|{}|bash", opened.display()));
}

#[test]
fn a_loss_can_end_the_capture() {
    if !able("--on-drop") {
        return;
    }
    let tmp = scratch();
    let done = tmp.path().join("done");
    let script = format!("{} : > {}; sleep 1", storm(), done.display());
    let (child, out) = stuck(&["--on-drop=stop", "-w", "-", "--", "sh", "-c", &script]);
    await_file(&done);
    let (bytes, ran) = read_on(child, out);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("stopped because events were lost"), "{}", ran.err);
    let file = tmp.path().join("stopped.scap.zst");
    std::fs::write(&file, &bytes).expect("a file can be written");
    run(["-r", file.to_str().expect("text"), "-q"]).ok();
}
