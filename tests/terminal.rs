//! Live capture on a terminal that is stopped, or goes away.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::harness::{await_that, has, run, scratch};
use crate::running::{able, has_ended};

/// Letters that stop and start the output of a terminal.
const CTRL_S: &[u8] = b"\x13";
const CTRL_Q: &[u8] = b"\x11";

/// A command line on a terminal of its own.
fn on_terminal(line: &str) -> Child {
    let mut command = Command::new("script");
    command.env("TERM", "xterm").args(["-qec", line, "/dev/null"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("script runs")
}

fn lines_of(path: &Path) -> usize {
    std::fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

#[test]
fn a_stopped_terminal_holds_nobody_up() {
    if !able("a stopped terminal") || !has("a stopped terminal", "script") {
        return;
    }
    let tmp = scratch();
    let (ready, go, done) = (tmp.path().join("ready"), tmp.path().join("go"), tmp.path().join("done"));
    // What it is waiting for comes when the terminal is stopped. Then it makes more lines than terminal, pipe and rings
    // hold.
    let script = tmp.path().join("script");
    let text = format!(
        "echo > {}; while [ ! -e {} ]; do sleep 0.05; done; dd if=/dev/zero of=/dev/null bs=1 count=200000 2>/dev/null; echo > {}",
        ready.display(),
        go.display(),
        done.display()
    );
    std::fs::write(&script, text).expect("a file can be written");
    let program = env!("CARGO_BIN_EXE_cscope");
    let mut terminal =
        on_terminal(&format!("{program} --ring-size 1 evt.type=write -- sh {}", script.display()));
    let mut keys = terminal.stdin.take().expect("a pipe");
    let mut screen = terminal.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        screen.read_to_end(&mut text).expect("it can be read");
        String::from_utf8_lossy(&text).into_owned()
    });
    await_that("the command", || ready.exists());
    keys.write_all(CTRL_S).expect("a key");
    std::thread::sleep(Duration::from_millis(300));
    File::create(&go).expect("a file can be made");
    await_that("the command on a stopped terminal", || done.exists());
    assert!(terminal.try_wait().expect("it is ours").is_none(), "what is to be shown waits");
    keys.write_all(CTRL_Q).expect("a key");
    let mut ended = None;
    await_that("cscope", || {
        ended = terminal.try_wait().expect("it is ours");
        ended.is_some()
    });
    let shown = reader.join().expect("no panic");
    assert!(ended.is_some_and(|status| status.success()), "{shown:.2000}");
    let summary =
        shown.lines().find(|l| l.contains(" events seen, ")).unwrap_or_else(|| panic!("{shown:.2000}"));
    assert!(!summary.contains(" 0 lost"), "the rings were full meanwhile: {summary}");
    assert!(shown.contains("events lost, in all"), "told: {summary}");
}

#[test]
fn a_terminal_that_goes_away_ends_a_capture() {
    if !able("a terminal that goes away") || !has("a terminal that goes away", "script") {
        return;
    }
    let tmp = scratch();
    let file = tmp.path().join("gone.scap.zst");
    let (name, program) = (file.display(), env!("CARGO_BIN_EXE_cscope"));
    // One that writes a file, and one that writes lines to the terminal.
    for line in
        [format!("exec {program} -w {name}"), format!("exec {program} -o {}/lines", tmp.path().display())]
    {
        let mut terminal = on_terminal(&line);
        let written = || {
            let size = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
            size(&file) > 10_000 || lines_of(&tmp.path().join("lines")) > 10
        };
        await_that("the capture", written);
        let pid = child_of(terminal.id());
        // With its master the terminal is gone, and its session is told so.
        terminal.kill().expect("it runs");
        terminal.wait().expect("it ends");
        await_that("the end of cscope", || has_ended(pid));
        if file.exists() {
            let ran = run(["-r", &name.to_string(), "-q", "-v"]);
            assert_eq!(ran.code, Some(0), "the file is complete: {}", ran.err);
            std::fs::remove_file(&file).expect("it is there");
        }
    }
}

/// The process that this one started.
fn child_of(pid: u32) -> u32 {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = std::fs::read_to_string(path).expect("it runs");
    children.split_whitespace().next().and_then(|c| c.parse().ok()).expect("a child")
}
