//! Captures that come to an early end, and what becomes of the command beside them.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::harness::{PATIENCE, Ran, await_that, captures, cscope, finish, run, scratch, wait};
use crate::running::{Running, able, await_call, begun, has_ended, signal};

#[test]
fn a_command_waits_for_the_capture_file() {
    if !able("a capture file that cannot be made") {
        return;
    }
    let tmp = scratch();
    let side = tmp.path().join("side");
    let name = side.to_str().expect("text");
    for flags in [&[][..], &["--user", "nobody"]] {
        let ran = run([flags, &["-w", "/nodir/x.scap.zst", "--", "touch", name]].concat());
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains("cannot create /nodir/x.scap.zst"), "{}", ran.err);
        assert!(!side.exists(), "{flags:?}");
    }
}

#[test]
fn a_command_is_waited_for_when_its_capture_is_over() {
    if !able("a command that goes on") {
        return;
    }
    let tmp = scratch();
    let side = tmp.path().join("side");
    let script = format!("sleep 1; echo > {}; exit 3", side.display());
    let end = || std::fs::remove_file(&side).is_ok();
    // Nobody reads the lines.
    let mut command = cscope();
    let child =
        command.args(["--", "sh", "-c", &script]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program starts");
    drop(child.stdout.take());
    let ran = wait(child);
    assert!(ran.code == Some(3) && end(), "{:?}: {}", ran.code, ran.err);
    // The capture has failed.
    let ran = run(["-w", "/dev/full", "--", "sh", "-c", &script]);
    assert!(ran.code == Some(1) && end(), "{:?}: {}", ran.code, ran.err);
    assert!(ran.err.contains("No space left on device"), "{}", ran.err);
    // Enough was seen: there is no probe beside the rest.
    let capture = Running::start(&["-n", "1", "-q", "--", "sh", "-c", "echo; exec sleep 30"]);
    await_that("the end of the capture", || capture.told().contains(" events seen, "));
    await_that("the end of its programs", || programs(capture.id()) == 0);
    assert!(!has_ended(capture.id()), "{}", capture.told());
    let ran = capture.end("TERM");
    assert_eq!(ran.code, Some(143), "{}", ran.err);
}

/// What cannot be handed on to the command ends the capture when it comes again.
#[test]
fn a_capture_whose_lines_nobody_takes_can_be_ended() {
    if !able("lines that nobody takes") {
        return;
    }
    let mut command = cscope();
    command.args(["--", "dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000000"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let untaken = child.stdout.take();
    await_call(child.id(), "write");
    let mut ended = None;
    await_that("the end of the capture", || {
        signal(child.id(), "TERM");
        std::thread::sleep(Duration::from_millis(100));
        ended = child.try_wait().expect("it is ours");
        ended.is_some()
    });
    assert_eq!(ended.and_then(|status| status.code()), Some(143));
    drop(untaken);
}

/// How many BPF programs a process holds.
fn programs(pid: u32) -> usize {
    let infos = std::fs::read_dir(format!("/proc/{pid}/fdinfo")).expect("it runs").flatten();
    infos
        .filter_map(|info| std::fs::read_to_string(info.path()).ok())
        .filter(|t| t.contains("prog_id:"))
        .count()
}

#[test]
fn a_duration_may_be_longer_than_any_clock() {
    if !able("-M 1e300") {
        return;
    }
    for seconds in ["1e300", "1e19"] {
        let ran = run(["-M", seconds, "-q", "--", "sh", "-c", "exit 7"]);
        assert_eq!(ran.code, Some(7), "{}", ran.err);
    }
}

/// A shell that ignores these signals, and becomes a capture.
fn ignoring(signals: &str, words: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("trap '' {signals}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_cscope")]);
    command.args(words).stdin(Stdio::null());
    command
}

#[test]
fn ignored_signals_stay_ignored() {
    if !able("nohup") {
        return;
    }
    let tmp = scratch();
    let file = tmp.path().join("kept.scap.zst");
    let name = file.to_str().expect("text");
    let limit = PATIENCE.as_secs().to_string();
    let capture = Running::of(&mut ignoring("HUP INT", &["-M", &limit, "-w", name]));
    begun(&[&capture]);
    capture.signal("HUP");
    std::thread::sleep(Duration::from_millis(300));
    assert!(!has_ended(capture.id()), "{}", capture.told());
    let ran = capture.end("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    run(["-r", name, "-q"]).ok();
    // A command inherits them; those that we watch for it are its own.
    for (signals, expected) in [("HUP INT QUIT", 7), ("QUIT", 4)] {
        let ran = finish(&mut ignoring(signals, &["-q", "--", "grep", "SigIgn", "/proc/self/status"])).ok();
        let mask = ran.out.trim_start_matches("SigIgn:").trim();
        let mask = u64::from_str_radix(mask, 16).expect("a mask");
        assert_eq!(mask & 7, expected, "{signals}");
    }
}

/// Reads a capture again and again with these words, and sends a signal as soon as something is written; nobody takes
/// more until then. Gives what was written.
fn interrupted(words: &[&str]) -> Option<(Vec<u8>, Ran)> {
    let source = captures("an interrupted -r")?.join("shell.pairs.scap.gz");
    let mut command = cscope();
    for _ in 0..100 {
        command.arg("-r").arg(&source);
    }
    let child = command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program starts");
    let mut out = child.stdout.take().expect("a pipe");
    let mut written = vec![0];
    out.read_exact(&mut written).expect("a byte");
    signal(child.id(), "TERM");
    out.read_to_end(&mut written).expect("it ends");
    Some((written, wait(child)))
}

/// The number of events in the message that reading was interrupted.
fn events_before(ran: &Ran) -> usize {
    assert_eq!(ran.code, Some(143), "{}", ran.err);
    let line =
        ran.err.lines().find_map(|l| l.strip_prefix("cscope: interrupted after ")?.strip_suffix(" events"));
    line.and_then(|n| n.replace(',', "").parse().ok()).unwrap_or_else(|| panic!("{}", ran.err))
}

#[test]
fn reading_that_is_interrupted_completes_its_output() {
    for threads in ["1", "2"] {
        let Some((out, ran)) = interrupted(&["-S", "-p", "*%evt.type", "--threads", threads]) else { return };
        let out = String::from_utf8(out).expect("text");
        let (lines, table) = out.split_once("-----").expect("a table");
        assert!(table.contains("#Calls"), "{table}");
        assert_eq!(lines.lines().count(), events_before(&ran), "{threads}");
    }
    let Some((out, ran)) = interrupted(&["-w", "-"]) else { return };
    let tmp = scratch();
    let file = tmp.path().join("part.scap");
    std::fs::write(&file, out).expect("a file can be written");
    let kept = run(["-r", file.to_str().expect("text"), "--pairs", "-p", "*%evt.type"]).ok();
    assert_eq!(kept.lines().len(), events_before(&ran));
}

#[test]
fn a_capture_on_standard_output_stands_alone() {
    let tmp = scratch();
    let source = crate::fixture::capture(tmp.path(), "t.scap.zst").display().to_string();
    for words in [&["-S"][..], &["-c", "topfiles_bytes"], &["-o", "-", "-S"]] {
        let ran = run([&["-r", &source, "-w", "-"], words].concat());
        assert!(ran.code == Some(1) && ran.err.contains("with -o"), "{words:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{words:?}");
    }
    let table = tmp.path().join("table");
    run(["-r", &source, "-w", "-", "-S", "-o", table.to_str().expect("text")]).ok();
    assert!(std::fs::read_to_string(&table).expect("a table").contains("#Calls"));
    if !able("-w - with a command") {
        return;
    }
    let file = tmp.path().join("command.scap");
    let to = std::fs::File::create(&file).expect("a file can be made");
    let mut command = cscope();
    command.args(["-w", "-", "--", "echo", "said by it"]).stdout(to).stderr(Stdio::piped());
    let ran = wait(command.spawn().expect("the program starts")).ok();
    assert!(ran.err.contains("said by it\n"), "{}", ran.err);
    let kept = run(["-r", file.to_str().expect("text"), "-p", "%evt.args", "evt.type = write"]).ok();
    assert!(kept.out.contains("said by it"), "{}", kept.out);
}
