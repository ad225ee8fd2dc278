//! Captures that come to an early end, and what becomes of the command beside them.

use std::process::Stdio;

use crate::harness::{await_that, cscope, run, scratch, wait};
use crate::running::{Running, able, has_ended};

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
    let capture = Running::start(&["-n", "1", "-q", "--", "sh", "-c", "echo; sleep 30; exit 4"]);
    await_that("the end of the capture", || capture.told().contains(" events seen, "));
    await_that("the end of its programs", || programs(capture.id()) == 0);
    assert!(!has_ended(capture.id()), "{}", capture.told());
    let ran = capture.end("TERM");
    assert_eq!(ran.code, Some(143), "{}", ran.err);
}

/// How many BPF programs a process holds.
fn programs(pid: u32) -> usize {
    let infos = std::fs::read_dir(format!("/proc/{pid}/fdinfo")).expect("it runs").flatten();
    infos
        .filter_map(|info| std::fs::read_to_string(info.path()).ok())
        .filter(|t| t.contains("prog_id:"))
        .count()
}
