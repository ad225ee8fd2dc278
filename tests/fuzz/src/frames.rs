//! Native captures read with frames left out.

use std::cell::RefCell;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cscope_capture::{EventSource, FileSource, FileWriter, Format, LeftOut, OwnedEvent, Step, WriterOptions};

use super::bytes::Bytes;
use super::script;
use super::state::machine;

/// Magic number of the skippable frames that hold notes.
const NOTE_MAGIC: [u8; 4] = [0x5C, 0x2A, 0x4D, 0x18];
/// Offset of a note's check sum in its skippable frame, and of what it covers.
const SUM: usize = 16;
const FIELDS: usize = 20;
/// Most steps that a reading takes: every event of a script and every section of a few, many times over.
const STEPS: u32 = 1 << 16;

thread_local! {
    static FILE: RefCell<tempfile::NamedTempFile> =
        RefCell::new(tempfile::NamedTempFile::new().expect("a temporary file"));
}

/// Where a capture is written to.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One thing that a reading gave: an event by its number, time and thread, a section, or what was left out, by the
/// number of its last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Event(u64, u64, u64),
    Section,
    LeftOut(u64, LeftOut),
}

/// A native capture of some events, damaged or not, read whole and with frames left out.
///
/// ```text
/// choice u16   bit n of 16: whether frame n, counted modulo 16, is wanted
/// batch u8     bytes of a frame, in steps of 64
/// sections u8  of how many files it is joined, modulo 4; bit 7: with a gzip member between
/// damages u8   modulo 16, then each: place u16, byte u8; a place with bit 15 set is one in the fields of a note,
///              whose check sum is put right
/// events
/// ```
pub fn frames(data: &[u8]) {
    let mut input = Bytes(data);
    let choice = input.u16();
    let batch = usize::from(input.u8()) * 64 + 64;
    let sections = input.u8();
    let damages: Vec<_> = (0..input.u8() % 16).map(|_| (input.u16(), input.u8())).collect();
    let events = script::events(&mut input);
    let mut file = Vec::new();
    let count = usize::from(sections % 4) + 1;
    for part in events.chunks(events.len().div_ceil(count).max(1)) {
        file.extend(capture(part, Format::ScapZst, Some(batch)));
        if sections & 0x80 != 0 {
            file.extend(capture(part.get(..2).unwrap_or(part), Format::ScapGz, None));
        }
    }
    for (place, byte) in &damages {
        damage(&mut file, *place, *byte);
    }
    FILE.with_borrow_mut(|temporary| {
        temporary.as_file().set_len(0).expect("an empty file");
        temporary.seek(SeekFrom::Start(0)).expect("its start");
        temporary.write_all(&file).expect("room for a file");
        compare(temporary.path(), choice, damages.is_empty());
    });
}

/// Reads a file in both ways; where it is `whole`, what is seen must fit together.
fn compare(path: &Path, choice: u16, whole: bool) {
    let Ok(mut source) = FileSource::open(path) else { return };
    let all = read(&mut source);
    let total = source.stats();
    let Ok(mut source) = FileSource::open(path) else { panic!("it could be opened before") };
    let mut number = 0;
    let mut wanted = Vec::new();
    let left_out = source.leave_out(|frame| {
        number += 1;
        let want = (choice >> ((number - 1) % 16)) & 1 != 0;
        if want {
            wanted.push(frame.first_event..frame.first_event.saturating_add(u64::from(frame.events)));
        }
        want
    });
    assert!(left_out <= number);
    assert_eq!(source.leave_out(|_| false), 0, "only the first choice counts");
    let some = read(&mut source);
    if !whole {
        return;
    }
    let mut rest = all.iter().filter(|seen| **seen != Seen::Section);
    for seen in &some {
        match *seen {
            Seen::Event(..) => assert_eq!(rest.next(), Some(seen), "the same event"),
            Seen::Section => {}
            Seen::LeftOut(last, left_out) => {
                let span: Vec<_> = rest.by_ref().take(left_out.events as usize).collect();
                let ends = [span.first(), span.last()].map(|end| match end {
                    Some(Seen::Event(number, ts, _)) => (*number, *ts),
                    other => panic!("{other:?} was left out"),
                });
                let [(first, first_ts), (end, last_ts)] = ends;
                assert_eq!((end, left_out.time), (last, (first_ts, last_ts)));
                let missed = wanted.iter().find(|w| w.start <= end && first < w.end && !w.is_empty());
                assert!(missed.is_none(), "events {missed:?} are wanted");
            }
        }
    }
    assert_eq!(rest.next(), None, "every event is seen or counted");
    let sections = |seen: &[Seen]| seen.iter().filter(|s| **s == Seen::Section).count();
    assert_eq!(sections(&all), sections(&some));
    assert_eq!((source.stats().events, source.stats().lost()), (total.events, total.lost()));
}

/// What a source gives up to its end.
fn read(source: &mut FileSource) -> Vec<Seen> {
    let mut seen = Vec::new();
    for _ in 0..STEPS {
        let step = match source.step() {
            Ok(Step::Event(event)) => {
                let (ts, tid) = (event.ts, event.tid);
                Seen::Event(source.event_number(), ts, tid)
            }
            Ok(Step::Section(_)) => Seen::Section,
            Ok(Step::LeftOut(left_out)) => Seen::LeftOut(source.event_number(), left_out),
            Ok(Step::Idle { .. }) => panic!("a file is never idle"),
            Ok(Step::End) | Err(_) => {
                assert!(matches!(source.step(), Ok(Step::End)), "nothing follows the end");
                return seen;
            }
        };
        seen.push(step);
    }
    panic!("no end after {STEPS} steps");
}

/// A capture of these events.
pub(crate) fn capture(events: &[OwnedEvent], format: Format, batch: Option<usize>) -> Vec<u8> {
    let out = Shared::default();
    let options =
        WriterOptions { level: Some(1), batch, old_readers: Some(false), ..WriterOptions::default() };
    let mut writer =
        FileWriter::to_writer(Box::new(out.clone()), format, &machine(), &options).expect("a writer");
    for event in events {
        writer.write(&event.event()).expect("written");
    }
    writer.finish().expect("completed");
    out.bytes()
}

/// Puts a byte into the file.
fn damage(file: &mut [u8], place: u16, byte: u8) {
    if place & 0x8000 == 0 {
        let scaled = (usize::from(place) * file.len()) >> 15;
        if let Some(to) = file.get_mut(scaled) {
            *to = byte;
        }
        return;
    }
    let notes: Vec<usize> =
        file.windows(4).enumerate().filter(|(_, w)| *w == NOTE_MAGIC).map(|(at, _)| at).collect();
    let (note, field) = (usize::from(place >> 8 & 0x7F), usize::from(place & 0xFF));
    let Some(note) = notes.get(note % notes.len().max(1)).and_then(|at| file.get_mut(*at..)) else { return };
    let Some(&[a, b, c, d]) = note.get(4..8) else { return };
    let end = 8 + u32::from_le_bytes([a, b, c, d]) as usize;
    let Some(note) = note.get_mut(..end) else { return };
    if let Some(to) = note.get_mut(FIELDS + field) {
        *to = byte;
    }
    let mut sum = flate2::Crc::new();
    sum.update(note.get(FIELDS..).unwrap_or_default());
    if let Some(to) = note.get_mut(SUM..FIELDS) {
        to.copy_from_slice(&sum.sum().to_le_bytes());
    }
}
