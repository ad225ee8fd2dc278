//! Native captures: latencies, index, seeking, and what damage costs.

use std::io::Cursor;

use cscope_capture::{
    EventSource, EventType, FileSource, FileWriter, Format, LeftOut, OwnedEvent, Snapshot, Step,
    WriterOptions,
};
use tempfile::TempDir;

use crate::support::{Memory, assert_same, drain, drain_bytes, small_snapshot, synthetic, written};

/// Frames of about this size, so that small captures have many.
const BATCH: usize = 4000;

fn options() -> WriterOptions {
    WriterOptions { batch: Some(BATCH), ..WriterOptions::default() }
}

fn file(bytes: &[u8]) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.scap.zst");
    std::fs::write(&path, bytes).expect("writable");
    (folder, path)
}

/// The next event of a source that stands in front of a section or an event.
fn next_event(source: &mut FileSource) -> Option<OwnedEvent> {
    loop {
        match source.step().expect("undamaged") {
            Step::Event(event) => return Some(OwnedEvent::from(&event)),
            Step::End => return None,
            Step::Section(_) | Step::Idle { .. } | Step::LeftOut(_) => {}
        }
    }
}

#[test]
fn index_and_seeking() {
    let events = synthetic(3000);
    let (_folder, path) = file(&written(Format::ScapZst, &small_snapshot(), &options(), &events));
    let mut source = FileSource::open(&path).expect("opens");
    let index = source.index().expect("native").clone();
    assert!(index.frames().len() > 20, "{} frames", index.frames().len());
    assert_eq!(index.events(), 3000);
    assert_eq!(index.time(), Some((0, 2_999_000)));
    let mut next = 1;
    for frame in index.frames() {
        assert_eq!(frame.first_event, next);
        next += u64::from(frame.events);
        assert_eq!(frame.time, ((frame.first_event - 1) * 1000, (next - 2) * 1000));
        assert!(frame.holds(EventType::SYSCALL_READ_X) && !frame.holds(EventType::SYSCALL_OPEN_X));
        let types: Vec<EventType> = frame.types().collect();
        assert_eq!(types, [EventType::SYSCALL_CLOSE_X, EventType::SYSCALL_READ_X]);
    }
    for number in
        [1, 2, 1500, 2999, 3000, 7, index.frames()[3].first_event, index.frames()[3].first_event - 1]
    {
        assert!(source.seek_to_event(number).expect("readable"));
        assert!(matches!(source.step(), Ok(Step::Section(_))));
        assert!(source.snapshot().threads == small_snapshot().threads);
        for offset in 0..150.min(3001 - number) {
            let event = next_event(&mut source).expect("an event");
            assert_same(&events[(number - 1 + offset) as usize], &event, true);
            assert_eq!(source.event_number(), number + offset);
        }
    }
    for ts in [0u64, 1, 1_000, 1_499_999, 2_999_000] {
        assert!(source.seek_to_time(ts).expect("readable"));
        let event = next_event(&mut source).expect("an event");
        assert_eq!(event.event().ts, ts.div_ceil(1000) * 1000);
    }
    assert!(source.seek_to_event(4000).expect("readable") && next_event(&mut source).is_none());
    assert!(source.seek_to_time(u64::MAX).expect("readable") && next_event(&mut source).is_none());
}

#[test]
fn no_index_elsewhere() {
    for format in [Format::Scap, Format::ScapGz] {
        let (_folder, path) = file(&written(format, &small_snapshot(), &options(), &synthetic(10)));
        let mut source = FileSource::open(path).expect("opens");
        assert!(source.index().is_none());
        assert!(!source.seek_to_event(3).expect("readable"));
        assert_eq!(drain(&mut source).events.len(), 10, "nothing changed");
    }
    let native = written(Format::ScapZst, &small_snapshot(), &options(), &synthetic(10));
    let source = FileSource::from_reader(Box::new(Cursor::new(native))).expect("opens");
    assert!(source.index().is_none(), "a pipe has none");
}

#[test]
fn seeking_in_joined_and_cut_files() {
    let events = synthetic(1000);
    let mut other = small_snapshot();
    other.threads.truncate(3);
    other.fds.truncate(3);
    let second = written(Format::ScapZst, &other, &options(), &events);
    let joined = [written(Format::ScapZst, &small_snapshot(), &options(), &events), second].concat();
    let (_folder, path) = file(&joined[..joined.len() - 3000]);
    let mut source = FileSource::open(path).expect("opens");
    let index = source.index().expect("native").clone();
    assert!((1500..2000).contains(&index.events()), "{}", index.events());
    for (number, threads) in [(1400, 3), (5, 19), (1001, 3), (1000, 19)] {
        assert!(source.seek_to_event(number).expect("readable"));
        assert!(matches!(source.step(), Ok(Step::Section(_))));
        assert_eq!(source.snapshot().threads.len(), threads);
        let event = next_event(&mut source).expect("an event");
        assert_same(&events[(number as usize - 1) % 1000], &event, true);
        assert_eq!(source.event_number(), number);
    }
}

/// Each byte of a native capture is damaged in turn: at most the events of one frame are missing, the loss is
/// counted, the numbers of the others stay right, and an error is reported.
#[test]
fn damage_costs_one_frame() {
    let events = synthetic(400);
    let bytes = written(Format::ScapZst, &small_snapshot(), &options(), &events);
    let (_folder, path) = file(&bytes);
    let source = FileSource::open(path).expect("opens");
    let index = source.index().expect("native");
    assert!(index.frames().len() >= 5);
    let first_frame = index.frames()[0].offset as usize;
    let table = bytes.len() - (8 + 9 + 8 * (1 + 2 * index.frames().len()));
    for at in first_frame..table {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let mut source = FileSource::from_reader(Box::new(Cursor::new(damaged))).expect("opens");
        let mut seen = 0u64;
        let error = loop {
            match source.step() {
                Ok(Step::Event(event)) => {
                    assert_eq!(event.ts / 1000, event.tid);
                    let (tid, latency) = (event.tid, event.latency);
                    assert!(latency.is_none() || latency == Some(tid * 77));
                    assert_eq!(source.event_number(), tid + 1, "byte {at}");
                    seen += 1;
                }
                Ok(Step::End) => break None,
                Ok(_) => {}
                Err(e) => break Some(e),
            }
        };
        let frame = index.frames().iter().rev().find(|f| f.offset as usize <= at).expect("a frame");
        let lost = 400 - seen;
        assert!(lost <= u64::from(frame.events), "byte {at}: {lost} lost: {error:?}");
        let is_last = frame.first_event + u64::from(frame.events) > 400;
        if lost > 0 {
            assert!(error.is_some(), "byte {at}: {lost} lost without a word");
            assert!(source.stats().lost_other == lost || is_last, "byte {at}: {:?}", source.stats());
        }
    }
}

#[test]
fn sections_and_flushes() {
    let events = synthetic(100);
    let memory = Memory::default();
    let snapshot = small_snapshot();
    let mut writer = FileWriter::to_writer(Box::new(memory.clone()), Format::ScapZst, &snapshot, &options())
        .expect("a writer");
    for (i, event) in events.iter().enumerate() {
        if i == 60 {
            writer.section(&Snapshot::default()).expect("memory");
        }
        writer.write(&event.event()).expect("memory");
        if i % 10 == 0 {
            writer.flush().expect("memory");
            let seen = drain_bytes(memory.bytes()).expect("a capture");
            assert_eq!(
                (seen.events.len(), seen.error.is_none()),
                (i + 1, true),
                "all flushed events are readable"
            );
        }
    }
    drop(writer);
    let seen = drain_bytes(memory.bytes()).expect("a capture");
    assert_eq!((seen.events.len(), seen.sections), (100, 2));
    assert!(seen.error.is_none() && seen.snapshot.threads.is_empty());
    for (a, b) in events.iter().zip(&seen.events) {
        assert_same(a, b, true);
    }
}

/// A gap in event time is no reason to write small frames, a second of waiting is.
#[test]
fn old_batches_are_written() {
    for format in [Format::Scap, Format::ScapGz, Format::ScapZst] {
        let memory = Memory::default();
        let mut writer = FileWriter::to_writer(
            Box::new(memory.clone()),
            format,
            &Snapshot::default(),
            &WriterOptions::default(),
        )
        .expect("a writer");
        for event in synthetic(10) {
            writer.write(&event.event()).expect("memory");
        }
        let now = std::time::Instant::now();
        writer.flush_due(now).expect("memory");
        // Not while what was handed over before is still to be written.
        for _ in 0..3000 {
            writer.flush_due(now + std::time::Duration::from_secs(2)).expect("memory");
            if drain_bytes(memory.bytes()).is_ok_and(|seen| seen.events.len() == 10) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(drain_bytes(memory.bytes()).expect("a capture").events.len(), 10, "{format:?}");
        writer.finish().expect("memory");
    }
}

/// What is left out counts, and nothing else changes.
#[test]
fn frames_can_be_left_out() {
    let events = synthetic(6000);
    let bytes = written(Format::ScapZst, &small_snapshot(), &options(), &events);
    let (_folder, path) = file(&bytes);
    for every in [2, 3, 1] {
        let mut source = FileSource::open(&path).expect("opens");
        let frames = source.index().expect("native").frames().to_vec();
        let unwanted = |first: u64| {
            frames.iter().position(|f| f.first_event == first).is_none_or(|n| n > 20 && n % every == 0)
        };
        let out = source.leave_out(|frame| !unwanted(frame.first_event));
        assert_eq!(out, frames.iter().filter(|f| unwanted(f.first_event)).count());
        let (mut number, mut left_out) = (0, 0);
        loop {
            match source.step().expect("undamaged") {
                Step::Section(snapshot) => assert!(snapshot.threads == small_snapshot().threads),
                Step::Event(event) => {
                    assert_same(&events[number as usize], &OwnedEvent::from(&event), true);
                    number += 1;
                    assert_eq!(source.event_number(), number);
                }
                Step::LeftOut(LeftOut { events, time: (first, last) }) => {
                    assert_eq!((first, last), (number * 1000, (number + events - 1) * 1000));
                    number += events;
                    left_out += events;
                }
                Step::Idle { .. } => panic!("a file is never idle"),
                Step::End => break,
            }
        }
        let expected: u32 = frames.iter().filter(|f| unwanted(f.first_event)).map(|f| f.events).sum();
        assert_eq!((number, source.stats().events, left_out), (6000, 6000, u64::from(expected)));
        assert_eq!(source.stats().lost(), 0);
    }
}

/// A file of which every frame is left out: whether the decoder was quicker with the first ones is chance, so it is tried
/// until it was not.
#[test]
fn all_frames_can_be_left_out() {
    let bytes = written(Format::ScapZst, &small_snapshot(), &options(), &synthetic(3000));
    let (_folder, path) = file(&bytes);
    let index = FileSource::open(&path).expect("opens").index().expect("native").clone();
    let first = index.frames()[0].offset;
    let mut none_decoded = 0;
    for _ in 0..200 {
        let mut source = FileSource::open(&path).expect("opens");
        source.leave_out(|_| false);
        // Going to the first event again makes the decoder begin anew, with the choice made.
        assert!(source.seek_to_event(1).expect("readable"), "{first}");
        let (mut events, mut left_out) = (0, 0);
        loop {
            match source.step().expect("undamaged") {
                Step::Event(_) => events += 1,
                Step::LeftOut(out) => left_out += out.events,
                Step::End => break,
                _ => {}
            }
        }
        assert_eq!(events + left_out, 3000);
        none_decoded += u32::from(events == 0);
    }
    assert!(none_decoded > 0);
}

/// Damage behind frames that were left out, and in them, where only their notes were read.
#[test]
fn damage_behind_frames_left_out_is_reported() {
    let events = synthetic(6000);
    let bytes = written(Format::ScapZst, &small_snapshot(), &options(), &events);
    let (_folder, path) = file(&bytes);
    let frames = FileSource::open(&path).expect("opens").index().expect("native").frames().to_vec();
    let last = frames.last().expect("frames").clone();
    std::fs::write(&path, &bytes[..last.offset as usize + 100]).expect("writable");
    let mut source = FileSource::open(&path).expect("opens");
    assert!(source.leave_out(|_| false) >= frames.len() - 1);
    let mut left_out = 0;
    let error = loop {
        match source.step() {
            Ok(Step::LeftOut(out)) => left_out += out.events,
            Ok(Step::End) => break None,
            Ok(_) => {}
            Err(e) => break Some(e),
        }
    };
    assert!(left_out > 1000, "{left_out}");
    assert_eq!(error.expect("the cut").kind, cscope_capture::ErrorKind::Truncated);
    assert!(matches!(source.step(), Ok(Step::End)));
}
