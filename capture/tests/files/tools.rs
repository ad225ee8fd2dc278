//! What Debian's tools make of our files.

use std::path::Path;
use std::process::{Command, Output};

use cscope_capture::{FileSource, Format, OwnedEvent, WriterOptions};

use crate::support::{captures, drain, drain_bytes, skip, small_snapshot, synthetic, written};

/// Runs a tool; `None`, and a loud line, when it is not installed.
fn run(tool: &str, args: &[&str]) -> Option<Output> {
    match Command::new(tool).args(args).env("TZ", "UTC").output() {
        Ok(output) => Some(output),
        Err(e) => {
            skip(&format!("{tool} cannot be run ({e})"));
            None
        }
    }
}

fn arg(path: &Path) -> &str {
    path.to_str().expect("utf-8")
}

#[test]
fn zstd_reads_native_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.scap.zst");
    let options = WriterOptions { batch: Some(5000), ..WriterOptions::default() };
    let events = synthetic(5000);
    std::fs::write(&path, written(Format::ScapZst, &small_snapshot(), &options, &events)).expect("writable");
    let Some(test) = run("zstd", &["-t", arg(&path)]) else { return };
    assert!(test.status.success(), "{}", String::from_utf8_lossy(&test.stderr));
    let unpacked = run("zstd", &["-dc", arg(&path)]).expect("ran before");
    assert!(unpacked.status.success());
    let plain = WriterOptions { old_readers: Some(false), ..options };
    assert_eq!(unpacked.stdout, written(Format::Scap, &small_snapshot(), &plain, &events));
    assert_eq!(drain_bytes(unpacked.stdout).expect("a capture").events.len(), 5000);
}

#[test]
fn gzip_reads_ours() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.scap.gz");
    std::fs::write(
        &path,
        written(Format::ScapGz, &small_snapshot(), &WriterOptions::default(), &synthetic(500)),
    )
    .expect("writable");
    let Some(unpacked) = run("gzip", &["-dc", arg(&path)]) else { return };
    assert!(unpacked.status.success());
    assert_eq!(drain_bytes(unpacked.stdout).expect("a capture").events.len(), 500);
}

/// sysdig prints the same for a capture and for what we make of it, in all views that use the metadata.
#[test]
fn sysdig_reads_ours() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pairs = |path: &std::path::PathBuf| !path.to_string_lossy().contains("merged");
    for path in captures().into_iter().filter(pairs) {
        let seen = drain(&mut FileSource::open(&path).expect("opens"));
        for format in [Format::Scap, Format::ScapGz] {
            let ours = folder.path().join("ours.scap");
            let bytes = written(format, &seen.snapshot, &WriterOptions::default(), &seen.events);
            std::fs::write(&ours, bytes).expect("writable");
            let views: [&[&str]; 4] = [
                &["-pc"],
                &["-c", "lsof"],
                &["-c", "ps"],
                &[
                    "-p",
                    "*%evt.num %proc.name %proc.cmdline %proc.pname %user.name %group.name %fd.name %evt.args",
                ],
            ];
            for view in views {
                let of = |file| run("sysdig", &[&["-r", arg(file)], view].concat());
                let (Some(original), Some(rewritten)) = (of(&path), of(&ours)) else { return };
                assert!(original.status.success() && !original.stdout.is_empty(), "{}", path.display());
                let error = String::from_utf8_lossy(&rewritten.stderr).into_owned();
                assert!(rewritten.status.success(), "{} {view:?}: {error}", path.display());
                let (original, rewritten) = (lines(&original), lines(&rewritten));
                let other = original.iter().zip(&rewritten).find(|(a, b)| a != b);
                assert!(original == rewritten, "{} {format:?} {view:?}: {other:?}", path.display());
            }
        }
    }
}

/// The lines of an output, sorted: lsof and ps print in the order of a hash table.
fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// sysdig accepts the longest strings we write and the descriptor kinds it does not know.
#[test]
fn sysdig_takes_our_limits() {
    use cscope_capture::{Bytes, FdInfo, FdType, UserEntry};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.scap");
    let mut snapshot = small_snapshot();
    let long = |n| Bytes::from(vec![b'a'; n]);
    let thread = &mut snapshot.threads[3];
    (thread.exe, thread.exepath, thread.cwd, thread.root) = (long(9000), long(9000), long(9000), long(9000));
    (thread.args, thread.env, thread.cgroups) = (long(9000), long(9000), long(9000));
    snapshot.users.push(UserEntry {
        name: long(300),
        home: long(300),
        shell: long(300),
        ..UserEntry::default()
    });
    snapshot.fds[3].1.push(FdInfo { fd: 50, kind: FdType::Bpf, name: long(9000), ..FdInfo::default() });
    let events: Vec<OwnedEvent> = synthetic(20);
    std::fs::write(&path, written(Format::Scap, &snapshot, &WriterOptions::default(), &events))
        .expect("writable");
    let Some(output) = run("sysdig", &["-r", arg(&path), "-p", "%evt.num %evt.type %fd.name"]) else {
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 20);
}

/// sysdig knows the threads of a process list that goes on in a second block.
#[test]
fn sysdig_takes_long_process_lists() {
    use cscope_capture::{Bytes, EventBuilder, EventType, ThreadInfo};
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.scap");
    let mut snapshot = small_snapshot();
    let env = Bytes::from([vec![b'e'; 3999], vec![0]].concat());
    for tid in 100..5000 {
        let comm = Bytes::from(format!("thread-{tid}").into_bytes());
        snapshot.threads.push(ThreadInfo { tid, pid: tid, comm, env: env.clone(), ..ThreadInfo::default() });
    }
    let mut builder = EventBuilder::new();
    builder.start(EventType::SYSCALL_CLOSE_E).i64(1);
    let events = [builder.owned(1, 101, 0), builder.owned(2, 4999, 0)];
    let bytes = written(Format::Scap, &snapshot, &WriterOptions::default(), &events);
    let lists = bytes.windows(4).filter(|w| *w == 0x215u32.to_le_bytes()).count();
    assert!(lists >= 3, "{lists} blocks");
    std::fs::write(&path, bytes).expect("writable");
    let Some(output) = run("sysdig", &["-r", arg(&path), "-p", "%proc.name %thread.tid"]) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "thread-101 101\nthread-4999 4999\n");
}
