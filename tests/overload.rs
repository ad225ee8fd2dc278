//! More events than the reader takes: what is lost is counted, told and marked, what runs is not held up, and what is
//! known of the machine is right again afterwards.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use crate::harness::{await_that, cscope, run, scratch, wait};
use crate::running::{able, elapsed, signal, state, summary};

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
    await_that(&format!("{}: the command is held up", path.display()), || path.exists());
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
    assert!(told as f64 <= elapsed(&ran.err) + 1.0, "not more than once a second: {told}");
    assert!(ran.err.lines().any(|l| l.starts_with("cscope: lost: ")), "{}", ran.err);
}

#[test]
fn a_stopped_capture_holds_nobody_up() {
    if !able("a stopped capture") {
        return;
    }
    let tmp = scratch();
    let (ready, go, done) = (tmp.path().join("ready"), tmp.path().join("go"), tmp.path().join("done"));
    let script = format!(
        ": > {}; while [ ! -e {} ]; do sleep 0.05; done; \
         dd if=/dev/zero of=/dev/null bs=1 count={CALLS} 2>/dev/null; : > {}",
        ready.display(),
        go.display(),
        done.display()
    );
    let (child, out) = stuck(&["-q", "--", "sh", "-c", &script]);
    await_file(&ready);
    signal(child.id(), "STOP");
    await_that("the stop", || state(child.id()) == Some('T'));
    File::create(&go).expect("a file can be made");
    await_file(&done);
    signal(child.id(), "CONT");
    let (_, ran) = read_on(child, out);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let (.., lost) = summary(&ran.err);
    assert!(lost > 0, "{}", ran.err);
}

#[test]
fn what_waits_for_a_busy_disk_is_not_lost() {
    if !able("a busy disk") {
        return;
    }
    let tmp = scratch();
    let done = tmp.path().join("done");
    // 48 MB of data, in pieces that a ring holds.
    let piece = "dd if=/dev/zero of=/dev/null bs=4000 count=500 2>/dev/null; sleep 0.1; ";
    let script = format!("{} : > {}", piece.repeat(12), done.display());
    let mut command = cscope();
    command
        .args(["-s", "4000", "-w", "-", "--", "sh", "-c", &script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let out = child.stdout.take().expect("a pipe");
    await_file(&done);
    let (_, ran) = read_on(child, out);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let (seen, written, lost) = summary(&ran.err);
    assert!(written == seen && seen > 12_000 && lost == 0, "{}", ran.err);
}

/// Begins (`drop`) and ends (`over`) of gaps, and calls: each with its CPU and time.
fn gaps_and_calls(out: &str) -> Vec<(&'static str, u32, u64)> {
    let event = |line: &str| {
        let mut words = line.split(' ');
        let kind = match (words.next()?, words.next()?) {
            ("drop", ">") => "drop",
            ("drop", _) => "over",
            _ => "call",
        };
        Some((kind, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    };
    out.lines().filter_map(event).collect()
}

#[test]
fn a_capture_marks_its_gaps() {
    if !able("drop events") {
        return;
    }
    let tmp = scratch();
    let [done, go, file] = ["done", "go", "gaps.scap.zst"].map(|name| tmp.path().join(name));
    let script = format!(
        "{} : > {}; while [ ! -e {} ]; do cat /dev/null; sleep 0.01; done",
        storm(),
        done.display(),
        go.display()
    );
    // A capture to a pipe that is not read until the storm is over.
    let (mut child, mut out) = stuck(&["-w", "-", "--", "sh", "-c", &script]);
    await_file(&done);
    let mut to = File::create(&file).expect("a file can be made");
    let copying = std::thread::spawn(move || std::io::copy(&mut out, &mut to).expect("it is copied"));
    let name = file.to_str().expect("text");
    let format = "%evt.type %evt.dir %evt.cpu %evt.rawtime";
    let read = || run(["-r", name, "--ignore-truncated", "-D", "-p", format]).out;
    // The command goes on until calls are seen again on the CPU that lost some first.
    await_that("the end of the gap", || {
        let out = read();
        let events = gaps_and_calls(&out);
        let first = events.iter().position(|e| e.0 == "drop");
        first.is_some_and(|at| {
            let own = |name: &str| events[at..].iter().any(|e| e.0 == name && e.1 == events[at].1);
            own("over") && own("call")
        })
    });
    File::create(&go).expect("a file can be made");
    child.stdout = None;
    let ran = wait(child);
    copying.join().expect("copied");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(summary(&ran.err).2 > 0, "{}", ran.err);
    let out = run(["-r", name, "-D", "-p", format]).ok().out;
    let events = gaps_and_calls(&out);
    let at = events.iter().position(|e| e.0 == "drop").expect("a drop event");
    let (_, cpu, ts) = events[at];
    let before = events[..at].iter().rev().find(|e| e.1 == cpu && e.0 == "call").expect("events before");
    let after = events[at + 1..].iter().find(|e| e.1 == cpu && e.0 == "call");
    let after = after.expect("events after");
    assert!(before.2 <= ts && ts <= after.2, "{before:?} {ts} {after:?}");
    let over = events[at..].iter().find(|e| e.0 == "over" && e.1 == cpu).expect("the gap has an end");
    // The ring was full: what came last before the gap came just before, not when somebody noticed.
    assert!(ts - before.2 < over.2 - ts, "{} ns before a gap of {} ns", ts - before.2, over.2 - ts);
}

#[test]
fn what_was_missed_is_looked_up_afterwards() {
    if !able("state after losses") {
        return;
    }
    // The file is opened while the rings are full, and read when what was lost is over, by a copy of the descriptor.
    // Where the ring of the CPU that opens it had room, it is done once more.
    let missed = (0..5).find_map(|_| {
        let tmp = scratch();
        let [done, opened, stop] = ["done", "opened-unseen", "stop"].map(|name| tmp.path().join(name));
        std::fs::write(&opened, "what was read").expect("a file can be written");
        let script = format!(
            "{} exec 7<{}; : > {}; while [ ! -e {} ]; do read -r line <&7; sleep 0.1; done",
            storm(),
            opened.display(),
            done.display(),
            stop.display()
        );
        let format = "*%evt.type|%fd.num|%fd.name|%proc.name";
        let (mut child, out) = stuck(&["-p", format, "--", "bash", "-c", &script]);
        await_file(&done);
        let (mut seen, mut reads) = (false, Vec::new());
        let known = format!("read|0|{}|bash", opened.display());
        for line in BufReader::new(out).lines().map(|line| line.expect("text")) {
            seen |= line.starts_with("openat|7|");
            if line.starts_with("read|0|") && line.ends_with("|bash") && !stop.exists() {
                if line == known {
                    File::create(&stop).expect("a file can be made");
                }
                reads.push(line);
                assert!(reads.len() < 3_000, "what descriptor 0 is is not looked up: {:?}", reads.last());
            }
        }
        child.stdout = None;
        let ran = wait(child);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(summary(&ran.err).2 > 0, "{}", ran.err);
        assert_eq!(reads.last(), Some(&known));
        (!seen).then_some(reads)
    });
    assert!(missed.is_some(), "the open was seen each time");
}

#[test]
fn a_loss_can_end_the_capture() {
    if !able("--on-drop") {
        return;
    }
    let tmp = scratch();
    let done = tmp.path().join("done");
    let script = format!("{} : > {}", storm(), done.display());
    let (child, out) = stuck(&["--on-drop=stop", "-w", "-", "--", "sh", "-c", &script]);
    await_file(&done);
    let (bytes, ran) = read_on(child, out);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("stopped because events were lost"), "{}", ran.err);
    let file = tmp.path().join("stopped.scap.zst");
    std::fs::write(&file, &bytes).expect("a file can be written");
    run(["-r", file.to_str().expect("text"), "-q"]).ok();
}
