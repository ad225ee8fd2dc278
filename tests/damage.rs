//! Files made to hurt: whatever they claim, memory stays bounded and the end is one clear line.

use std::path::Path;
use std::process::Command;

use cscope_capture::{
    EventBuilder, EventType, FdInfo, FdType, FileWriter, Format, Snapshot, ThreadInfo, WriterOptions,
};

use crate::fixture::{EVENTS, capture};
use crate::harness::{Ran, finish, run, scratch};

/// What the program may ask the kernel for, all mappings together, in KiB: 256 MiB.
const LIMIT: u32 = 256 << 10;

/// Reads a file with so much memory and no more.
#[track_caller]
fn read(path: &Path, flags: &str) -> Ran {
    let program = env!("CARGO_BIN_EXE_cscope");
    let line = format!("ulimit -v {LIMIT}; exec {program} {flags} -r {}", path.display());
    // Arenas of the C library reserve 64 MiB for each thread, of which they use a fraction.
    let ran = finish(Command::new("sh").args(["-c", &line]).env("TZ", "UTC").env("MALLOC_ARENA_MAX", "1"));
    assert!(matches!(ran.code, Some(0 | 1)), "{}: {:?} {}", path.display(), ran.code, ran.err);
    assert!(!ran.err.contains("panicked") && ran.err.lines().count() <= 2, "{}", ran.err);
    ran
}

fn event(b: &mut EventBuilder, kind: EventType, params: impl FnOnce(&mut EventBuilder)) -> &EventBuilder {
    b.start(kind);
    params(b);
    b
}

/// A clone event of which every text is as long as it may be.
fn clone(b: &mut EventBuilder, child: i64, text: &[u8]) {
    event(b, EventType::SYSCALL_CLONE_20_X, |b| {
        b.i64(child).text(text).bytes(text).i64(1).i64(1).i64(0).text(text);
        b.i64(1024).u64(0).u64(0).u32(0).u32(0).u32(0).text(text).bytes(text).u32(0).u32(0).u32(0);
        b.i64(1).i64(1).u64(0);
    });
}

#[test]
fn threads_without_end() {
    let tmp = scratch();
    for (name, frame) in [("clones.scap.zst", None), ("large.frames.scap.zst", Some(8 << 20))] {
        let path = tmp.path().join(name);
        let options = WriterOptions { batch: frame, level: Some(1), ..WriterOptions::default() };
        let mut writer =
            FileWriter::create(&path, Format::ScapZst, &Snapshot::default(), &options).expect("a file");
        let mut b = EventBuilder::new();
        for child in 0..100_000i64 {
            let text = format!("{child:0>3000}");
            clone(&mut b, child + 10, text.as_bytes());
            writer.write(&b.event(child as u64 + 1, 1, 0)).expect("room");
        }
        writer.finish().expect("room");
        let ran = read(&path, "-q");
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    }
}

#[test]
fn descriptors_without_end() {
    let tmp = scratch();
    let path = tmp.path().join("fds.scap.zst");
    let options = WriterOptions::default();
    let mut writer =
        FileWriter::create(&path, Format::ScapZst, &Snapshot::default(), &options).expect("a file");
    let mut b = EventBuilder::new();
    // A process with many descriptors forks, and each child changes one of its own copy.
    for n in 0..20_000i64 {
        event(&mut b, EventType::SYSCALL_OPENAT_2_X, |b| {
            b.i64(n * 3).i64(-100).text(&[b'x'; 900]).u32(1).u32(0).u32(0).u64(0);
        });
        writer.write(&b.event(n as u64 + 1, 1, 0)).expect("room");
    }
    for child in 10..3_000i64 {
        clone(&mut b, child, b"x");
        writer.write(&b.event(30_000 + child as u64, 1, 0)).expect("room");
        event(&mut b, EventType::SYSCALL_CLOSE_X, |b| {
            b.i64(0).i64(3);
        });
        writer.write(&b.event(30_000 + child as u64, child as u64, 0)).expect("room");
    }
    writer.finish().expect("room");
    assert_eq!(read(&path, "-q").ok().err, "");
}

#[test]
fn state_at_the_start_without_end() {
    let tmp = scratch();
    let thread = |tid| ThreadInfo { tid, pid: tid, args: vec![b'a'; 2000].into(), ..ThreadInfo::default() };
    let fds = |tid: u64| {
        let fd = |fd| FdInfo { fd, kind: FdType::FileV2, name: vec![b'n'; 200].into(), ..FdInfo::default() };
        (tid, (0..50).map(fd).collect())
    };
    for (name, threads, tables) in [("threads", 20_000, 0), ("fds", 10, 4_000)] {
        let snapshot = Snapshot {
            threads: (1..threads).map(thread).collect(),
            fds: (1..tables).map(fds).collect(),
            ..Snapshot::default()
        };
        for form in ["scap", "scap.gz", "scap.zst"] {
            let path = tmp.path().join(format!("{name}.{form}"));
            let options = WriterOptions::default();
            let mut writer =
                FileWriter::create(&path, Format::from_path(&path), &snapshot, &options).expect("a file");
            let mut b = EventBuilder::new();
            let b = event(&mut b, EventType::SYSCALL_GETUID_X, |b| {
                b.u32(0);
            });
            writer.write(&b.event(1, 5, 0)).expect("room");
            writer.finish().expect("room");
            let ran = read(&path, "");
            assert_eq!(ran.out.lines().count(), 1, "the event is shown, {}", ran.err);
        }
    }
}

#[test]
fn compressed_nothing() {
    let tmp = scratch();
    let header = std::fs::read(capture(tmp.path(), "made.scap")).expect("readable");
    let zeros = vec![0u8; 1 << 20];
    let gz = tmp.path().join("bomb.scap.gz");
    let mut encoder = flate2::write::GzEncoder::new(
        std::fs::File::create(&gz).expect("a file"),
        flate2::Compression::best(),
    );
    let zst = tmp.path().join("bomb.scap.zst");
    let mut frames = zstd::stream::write::Encoder::new(std::fs::File::create(&zst).expect("a file"), 1)
        .expect("an encoder");
    frames.window_log(27).expect("the largest window that is read");
    // A block of 40 MiB, which is not too much, and gigabytes that belong to nothing.
    for writer in [&mut encoder as &mut dyn std::io::Write, &mut frames] {
        writer.write_all(&header).expect("room");
        writer.write_all(&0x216u32.to_le_bytes()).expect("room");
        writer.write_all(&(40u32 << 20).to_le_bytes()).expect("room");
        for _ in 0..600 {
            writer.write_all(&zeros).expect("room");
        }
    }
    encoder.finish().expect("room");
    frames.finish().expect("room");
    for path in [gz, zst] {
        let ran = read(&path, "");
        assert_eq!((ran.code, ran.out.lines().count()), (Some(1), EVENTS), "{}", ran.err);
        assert!(ran.err.contains("block 0x216"), "{}", ran.err);
    }
}

/// A flipped bit anywhere: all events in front of it are shown, then one line says where and what.
#[test]
fn flipped_and_spliced() {
    let tmp = scratch();
    for name in ["made.scap", "made.scap.gz", "made.scap.zst"] {
        let path = capture(tmp.path(), name);
        let bytes = std::fs::read(&path).expect("readable");
        let whole = run(["-r", path.to_str().expect("text")]).ok().out;
        let damaged = tmp.path().join(format!("damaged.{name}"));
        let mut refused = 0;
        for at in (0..bytes.len()).step_by(bytes.len() / 40) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x40;
            std::fs::write(&damaged, &flipped).expect("room");
            let ran = read(&damaged, "");
            // A bit within a name or a number is no damage that can be seen.
            if ran.code == Some(1) {
                refused += 1;
                assert!(ran.err.starts_with("cscope: ") && ran.err.contains("damaged.made"), "{}", ran.err);
                let place = ran.err.contains("at byte") || ran.err.contains("not a capture");
                assert!(place, "{name} at {at}: {}", ran.err);
                assert_eq!(read(&damaged, "--ignore-truncated").out, ran.out);
            }
        }
        // In a plain file most bytes are names and data, in packed ones check sums see everything.
        let least = if name == "made.scap" { 1 } else { 20 };
        assert!(refused >= least, "{name}: {refused}");
        // Two captures, the first cut off in the middle of an event.
        let spliced = [&bytes[..bytes.len() * 2 / 3], &bytes].concat();
        std::fs::write(&damaged, &spliced).expect("room");
        let ran = read(&damaged, "");
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.err);
        let common = whole.lines().zip(ran.out.lines()).take_while(|(a, b)| a == b).count();
        // A frame or member of so few events is read as a whole or not at all.
        assert!(name != "made.scap" || common >= EVENTS / 2, "{name}: {common} lines");
    }
}
