//! Frames of native captures that make no difference are not read, and nobody can tell but by the time it takes.

use std::path::{Path, PathBuf};

use cscope_capture::{EventBuilder, EventType, FileWriter, Format, WriterOptions};

use crate::fixture::{START, snapshot};
use crate::harness::{captures, run};

/// A capture of many small frames: a process opens and closes files, then only reads for a while, then fails to find
/// one, again and again. Some events are older than the one in front of them.
fn capture(dir: &Path) -> PathBuf {
    let path = dir.join("frames.scap.zst");
    let options = WriterOptions { batch: Some(2000), ..WriterOptions::default() };
    let mut writer = FileWriter::create(&path, Format::ScapZst, &snapshot(), &options).expect("can be made");
    let mut b = EventBuilder::new();
    let mut ts = START;
    for round in 0..20 {
        for n in 0..200u64 {
            ts += 1_000_000;
            let tid = if n % 3 == 0 { 100 } else { 200 };
            let reads = (20..160).contains(&n);
            if reads {
                b.start(EventType::SYSCALL_READ_X).i64(4).bytes(b"data").i64(5).u32(4);
            } else if n < 20 && n % 2 == 0 {
                let name = format!("/tmp/{round}-{n}");
                b.start(EventType::SYSCALL_OPENAT_2_X).i64(7).i64(-100).text(name.as_bytes());
                b.u32(1).u32(0).u32(0).u64(0);
            } else if n < 20 {
                b.start(EventType::SYSCALL_CLOSE_X).i64(0).i64(7);
            } else {
                b.start(EventType::SYSCALL_OPENAT_2_X).i64(-2).i64(-100).text(b"/nowhere");
                b.u32(1).u32(0).u32(0).u64(0);
            }
            let late = if n % 50 == 49 { 1_500_000 } else { 0 };
            let mut event = b.event(ts - late, tid, 0);
            event.latency = Some(n);
            writer.write(&event).expect("can be written");
        }
    }
    writer.finish().expect("can be completed");
    path
}

/// How many frames were not read, of how many, as `-v` tells.
fn not_read(err: &str) -> (u64, u64) {
    let line = err.lines().find(|l| l.contains("frames make no difference")).unwrap_or_default();
    let mut numbers = line.split_whitespace().filter_map(|w| w.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[test]
fn frames_that_make_no_difference_are_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = capture(folder.path()).display().to_string();
    let second = |s: u64| START + s * 1_000_000_000;
    let late = format!("evt.rawtime >= {}", second(3));
    let middle = format!("evt.rawtime >= {} and evt.rawtime < {}", second(2), second(3));
    let early = format!("evt.rawtime < {}", second(1));
    let plain = "-p%evt.num %evt.rawtime %evt.type %evt.latency %evt.deltatime %evt.reltime";
    // What is asked, and whether frames can be spared.
    let asked: Vec<(Vec<&str>, bool)> = vec![
        (vec![plain, "evt.type=open"], true),
        (vec![plain, "evt.type=open and evt.failed=true"], true),
        (vec![plain, "evt.type=execve"], true),
        (vec![plain, &late], true),
        (vec![plain, &middle], true),
        (vec![plain, &early], true),
        (vec!["-p%evt.num %fd.name %proc.name", &early], true),
        (vec!["-p%evt.num %fd.name %proc.name", &middle], true),
        (vec!["-p%evt.num %fd.name %proc.name", &late], true),
        (vec!["-p%evt.num %proc.name", "evt.type=open"], true),
        (vec!["-j", "evt.type=close"], true),
        (vec!["-n", "3", plain, "evt.type=close"], true),
        (vec!["-t", "D", "evt.type=close"], true),
        (vec!["-S", "-q", "evt.type=close"], true),
        (vec!["-c", "topfiles_bytes", &middle], true),
        (vec!["-c", "lsof", &early], false),
        (vec!["-c", "topscalls"], false),
        (vec![plain], false),
        (vec![], false),
        (vec!["--pairs", "evt.type=close"], false),
        (vec!["-p%evt.num %evt.type", "evt.num > 3000"], false),
    ];
    let mut spared = 0;
    for (words, can) in &asked {
        let read = |more: &[&str]| {
            let all =
                ["-v", "-r", &path].into_iter().chain(more.iter().copied()).chain(words.iter().copied());
            run(all).ok()
        };
        let (with, without) = (read(&[]), read(&["--no-pushdown"]));
        let (out, all) = not_read(&with.err);
        assert!(!can || out > 5 && all > 100, "{words:?}: {}", with.err);
        assert_eq!(not_read(&without.err), (0, 0), "{words:?}");
        assert!(with.out == without.out, "{words:?}:\n{}\n{}", with.out, without.out);
        spared += out;
        // Both count the same events.
        let count = |err: &str| {
            err.lines()
                .find(|l| l.contains("events seen"))
                .map(|l| l[..l.find(" lost").unwrap_or(0)].to_owned())
        };
        assert_eq!(count(&with.err), count(&without.err), "{words:?}");
        assert_eq!(with.out, read(&["--threads", "2"]).out, "{words:?}");
    }
    assert!(spared > 1000, "{spared}");
}

/// The same with a capture from a real machine.
#[test]
fn frames_of_a_real_capture() {
    let Some(folder) = captures("frames of a real capture") else { return };
    let own = tempfile::tempdir().expect("a folder");
    let path = own.path().join("file.scap.zst").display().to_string();
    let theirs = folder.join("file.pairs.scap.gz").display().to_string();
    run(["-r", &theirs, "-w", &path]).ok();
    for words in [
        &["-p%evt.num %evt.time %evt.type %evt.deltatime", "evt.type=execve"][..],
        &["evt.type=execve"],
        &["-p%evt.num %evt.type", "evt.time < 1999-01-01T00:00"],
        &["-j", "evt.type=connect or evt.type=mkdir"],
    ] {
        let with = run(["-r", &path].into_iter().chain(words.iter().copied())).ok();
        let without = run(["--no-pushdown", "-r", &path].into_iter().chain(words.iter().copied())).ok();
        assert!(with.out == without.out, "{words:?}");
    }
}
