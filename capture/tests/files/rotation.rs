//! A capture in several files.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cscope_capture::{
    ErrorKind, FileSource, FileWriter, Format, RotateRules, RotatingWriter, Snapshot, WriterOptions,
};

use crate::support::{drain, skip, small_snapshot, synthetic};

/// Writes `count` events by these rules and gives the files left, with the threads (= numbers) of their events.
fn rotated(name: &str, format: Format, rules: &RotateRules, count: u64) -> Vec<(String, Vec<u64>)> {
    rotated_on(None, name, format, rules, count)
}

/// The same, with something to be done before a file is written to.
fn rotated_on(
    begin: Option<fn() -> std::io::Result<()>>,
    name: &str,
    format: Format,
    rules: &RotateRules,
    count: u64,
) -> Vec<(String, Vec<u64>)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = WriterOptions { batch: Some(2000), begin, ..WriterOptions::default() };
    let snapshot = small_snapshot();
    let base = folder.path().join(name);
    let mut writer =
        RotatingWriter::create(&base, format, &snapshot, &options, rules.clone(), 0).expect("a writer");
    for event in synthetic(count) {
        let event = event.event();
        // The events are a microsecond apart; here a second.
        let ts = event.ts * 1_000_000;
        if writer.due(ts) {
            writer.rotate(ts, &snapshot).expect("rotates");
        }
        writer.write(&event).expect("writes");
    }
    assert_eq!(writer.events(), count);
    let last = writer.path().to_path_buf();
    let size = writer.finish().expect("finishes");
    assert!(size >= last.metadata().expect("the last file is there").len());
    let mut files: Vec<_> =
        std::fs::read_dir(folder.path()).expect("readable").map(|e| e.expect("an entry")).collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    let events = |entry: std::fs::DirEntry| {
        assert_eq!(entry.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        let seen = drain(&mut FileSource::open(entry.path()).expect("opens"));
        assert!(seen.error.is_none());
        assert_eq!(seen.snapshot.threads, snapshot.threads, "each file can be read alone");
        let name = entry.file_name().into_string().expect("utf-8");
        (name, seen.events.iter().map(|e| e.event().tid).collect())
    };
    files.into_iter().map(events).collect()
}

#[test]
fn by_events() {
    let rules = RotateRules { events: Some(100), ..RotateRules::default() };
    for format in [Format::Scap, Format::ScapGz, Format::ScapZst] {
        let files = rotated("t.scap", format, &rules, 250);
        let names: Vec<&str> = files.iter().map(|(name, _)| &name[..]).collect();
        assert_eq!(names, ["t.scap0", "t.scap1", "t.scap2"]);
        let all: Vec<u64> = files.into_iter().flat_map(|(_, events)| events).collect();
        assert_eq!(all, (0..250).collect::<Vec<_>>(), "no event is lost or doubled at a border");
    }
}

#[test]
fn ring_keeps_the_newest() {
    let rules = RotateRules { events: Some(10), keep: Some(3), ..RotateRules::default() };
    let mut files = rotated("t.scap", Format::Scap, &rules, 100);
    files.sort_by_key(|(_, events)| events[0]);
    let names: Vec<&str> = files.iter().map(|(name, _)| &name[..]).collect();
    assert_eq!(names, ["t.scap1", "t.scap2", "t.scap0"]);
    let all: Vec<u64> = files.into_iter().flat_map(|(_, events)| events).collect();
    assert_eq!(all, (70..100).collect::<Vec<_>>());
}

#[test]
fn by_time() {
    let rules = RotateRules { seconds: Some(30), ..RotateRules::default() };
    let files = rotated("t.scap", Format::ScapZst, &rules, 100);
    let starts: Vec<u64> = files.iter().map(|(_, events)| events[0]).collect();
    assert_eq!(starts, [0, 30, 60, 90]);
    let rules = RotateRules { keep: Some(2), ..rules };
    let files = rotated("t-%Y%m%d-%H%M%S.scap", Format::Scap, &rules, 100);
    let starts: Vec<u64> = files.iter().map(|(_, events)| events[0]).collect();
    assert_eq!(starts, [60, 90], "the oldest were removed: {files:?}");
}

#[test]
fn a_pattern_coarser_than_the_rules() {
    let rules = RotateRules { seconds: Some(1 << 40), events: Some(20), ..RotateRules::default() };
    let files = rotated("t-%Y.scap", Format::Scap, &rules, 100);
    let all: Vec<u64> = files.iter().flat_map(|(_, events)| events.clone()).collect();
    assert_eq!((files.len(), all), (5, (0..100).collect::<Vec<_>>()), "no file is overwritten: {files:?}");
}

/// Which file is removed and which is made do not depend on how long the disk takes.
#[test]
fn names_that_come_again() {
    let slow = || {
        std::thread::sleep(Duration::from_millis(3));
        Ok(())
    };
    for keep in [2, 10, 59] {
        let rules = RotateRules { seconds: Some(1), keep: Some(keep), ..RotateRules::default() };
        let mut files = rotated_on(Some(slow), "t-%S.scap", Format::Scap, &rules, 200);
        files.sort_by_key(|(_, events)| events[0]);
        let all: Vec<u64> = files.into_iter().flat_map(|(_, events)| events).collect();
        assert_eq!(all, (200 - u64::from(keep)..200).collect::<Vec<_>>());
    }
}

#[test]
fn by_size() {
    let rules = RotateRules { bytes: Some(20_000), ..RotateRules::default() };
    let files = rotated("t.scap", Format::Scap, &rules, 1000);
    assert!((3..8).contains(&files.len()), "{} files", files.len());
    let all: Vec<u64> = files.into_iter().flat_map(|(_, events)| events).collect();
    assert_eq!(all, (0..1000).collect::<Vec<_>>());
    // A limit below the size of the metadata still takes an event for each file.
    let tiny = RotateRules { bytes: Some(1), ..RotateRules::default() };
    assert_eq!(rotated("t.scap", Format::Scap, &tiny, 3).len(), 3);
}

#[test]
fn one_file_without_rules() {
    let files = rotated("t.scap.gz", Format::ScapGz, &RotateRules::default(), 10);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].0, "t.scap.gz");
}

#[test]
fn links_are_not_followed_and_files_are_private() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (target, link) = (folder.path().join("target"), folder.path().join("link.scap"));
    std::fs::write(&target, "precious").expect("writable");
    symlink(&target, &link).expect("a link");
    let create =
        |path| FileWriter::create(path, Format::Scap, &Snapshot::default(), &WriterOptions::default());
    let error = create(&link).expect_err("a link");
    assert!(error.to_string().contains("symbolic links are not followed"), "{error}");
    assert_eq!(std::fs::read(&target).expect("there"), b"precious");
    std::fs::write(folder.path().join("old.scap"), vec![1; 100_000]).expect("writable");
    let size = create(&folder.path().join("old.scap")).expect("overwrites").finish().expect("writes");
    assert_eq!(std::fs::metadata(folder.path().join("old.scap")).expect("there").len(), size);
}

#[test]
fn one_at_a_time_writes_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.scap");
    let create = || FileWriter::create(&path, Format::Scap, &small_snapshot(), &WriterOptions::default());
    let first = create().expect("a writer");
    let error = create().expect_err("it is being written");
    assert!(error.to_string().contains("t.scap is being written"), "{error}");
    let size = first.finish().expect("finishes");
    assert_eq!(path.metadata().expect("it is there").len(), size);
    create().expect("it is free").finish().expect("finishes");
}

/// A full disk is reported, and what fitted is readable without an error.
#[test]
fn full_disk() {
    let full = std::path::Path::new("/dev/full");
    if !full.exists() {
        skip("no /dev/full here");
        return;
    }
    for format in [Format::Scap, Format::ScapGz, Format::ScapZst] {
        let mut writer =
            FileWriter::create(full, format, &small_snapshot(), &WriterOptions::default()).expect("opens");
        for event in synthetic(10) {
            // The thread may or may not have failed by now.
            if writer.write(&event.event()).is_err() {
                break;
            }
        }
        let error = writer.finish().expect_err("nothing fits");
        assert_eq!(error.kind, ErrorKind::Io);
        assert!(error.to_string().starts_with("cannot write /dev/full: No space left"), "{error}");
    }
}

#[test]
fn a_file_that_cannot_be_made_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let snapshot = small_snapshot();
    let rules = RotateRules { events: Some(10), ..RotateRules::default() };
    let base = folder.path().join("t.scap");
    symlink("/nowhere", folder.path().join("t.scap1")).expect("a link can be made");
    let mut writer =
        RotatingWriter::create(&base, Format::Scap, &snapshot, &WriterOptions::default(), rules, 0)
            .expect("a writer");
    let mut written = Ok(());
    for event in synthetic(100) {
        let event = event.event();
        let next = if writer.due(event.ts) { writer.rotate(event.ts, &snapshot) } else { Ok(()) };
        written = written.and(next).and_then(|()| writer.write(&event));
    }
    // Whoever goes on is told at the end at the latest.
    let finished = writer.finish();
    assert!(finished.is_err());
    let error = written.err().or(finished.err()).expect("an error");
    assert!(error.to_string().contains("cannot create"), "{error}");
}

/// What writing threads wait for.
struct Disk {
    is_free: Mutex<bool>,
    freed: Condvar,
}

impl Disk {
    const fn busy() -> Self {
        Self { is_free: Mutex::new(false), freed: Condvar::new() }
    }

    fn wait(&self) {
        let free = self.is_free.lock().expect("not poisoned");
        drop(self.freed.wait_while(free, |free| !*free).expect("not poisoned"));
    }

    fn free(&self) {
        *self.is_free.lock().expect("not poisoned") = true;
        self.freed.notify_all();
    }
}

/// Writes `count` events to files of `rules.events`, and tells when all of them were taken.
fn taken_by(
    base: PathBuf,
    begin: fn() -> std::io::Result<()>,
    rules: RotateRules,
    count: u64,
) -> (JoinHandle<()>, mpsc::Receiver<u64>) {
    let options = WriterOptions { begin: Some(begin), ..WriterOptions::default() };
    let (tell, told) = mpsc::channel();
    let work = move || {
        let snapshot = small_snapshot();
        let mut writer =
            RotatingWriter::create(&base, Format::ScapZst, &snapshot, &options, rules, 0).expect("a writer");
        for event in synthetic(count) {
            let event = event.event();
            if writer.due(event.ts) {
                writer.rotate(event.ts, &snapshot).expect("rotates");
            }
            writer.write(&event).expect("writes");
        }
        tell.send(writer.events()).expect("somebody listens");
        writer.finish().expect("finishes");
    };
    (std::thread::spawn(work), told)
}

#[test]
fn a_busy_disk_does_not_hold_up_what_comes_next() {
    static DISK: Disk = Disk::busy();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = RotateRules { events: Some(100), ..RotateRules::default() };
    let begin = || {
        DISK.wait();
        Ok(())
    };
    // Were a file waited for, this would go on only when told to.
    let (writing, told) = taken_by(folder.path().join("t.scap"), begin, rules, 400);
    let taken = told.recv_timeout(Duration::from_secs(20));
    DISK.free();
    writing.join().expect("ends");
    assert_eq!(taken, Ok(400), "all were taken while nothing could be written");
    for first in [0, 100, 200, 300] {
        let file = folder.path().join(format!("t.scap{}", first / 100));
        let seen = drain(&mut FileSource::open(file).expect("opens"));
        assert!(seen.error.is_none());
        assert_eq!(
            seen.events.iter().map(|e| e.event().tid).collect::<Vec<_>>(),
            (first..first + 100).collect::<Vec<_>>()
        );
    }
}

/// Each of them holds a thread and a descriptor.
#[test]
fn files_that_wait_for_a_busy_disk_are_few() {
    static DISK: Disk = Disk::busy();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = RotateRules { events: Some(1), ..RotateRules::default() };
    let begin = || {
        DISK.wait();
        Ok(())
    };
    let (writing, told) = taken_by(folder.path().join("t.scap"), begin, rules, 300);
    let files = || std::fs::read_dir(folder.path()).expect("it is there").count();
    while files() < 33 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(told.recv_timeout(Duration::from_millis(200)).is_err());
    assert!(files() < 40, "{}", files());
    DISK.free();
    assert_eq!(told.recv(), Ok(300));
    writing.join().expect("ends");
    assert_eq!(files(), 300);
}

/// Few events, for a long time: what is due each second waits in one piece.
#[test]
fn a_trickle_does_not_fill_the_queue() {
    static DISK: Disk = Disk::busy();
    let begin = || {
        DISK.wait();
        Ok(())
    };
    let (tell, told) = mpsc::channel();
    let work = move || {
        let options = WriterOptions { begin: Some(begin), ..WriterOptions::default() };
        let sink = Box::new(std::io::sink());
        let mut writer =
            FileWriter::to_writer(sink, Format::Scap, &small_snapshot(), &options).expect("a writer");
        let mut now = Instant::now();
        for event in synthetic(1000) {
            writer.write(&event.event()).expect("writes");
            now += Duration::from_secs(2);
            writer.flush_due(now).expect("is taken");
        }
        tell.send(writer.events()).expect("somebody listens");
        writer.finish().expect("finishes");
    };
    let writing = std::thread::spawn(work);
    let taken = told.recv_timeout(Duration::from_secs(20));
    DISK.free();
    writing.join().expect("ends");
    assert_eq!(taken, Ok(1000));
}
