//! Capture files: their blocks, and what these are packed into.

use std::cell::RefCell;
use std::io::{Cursor, Seek, SeekFrom, Write};

use cscope_capture::{EventSource, FileSource, Step};
use cscope_enrich::{Inspector, Item, View};

use super::bytes::Bytes;

/// Most bytes that a target lets its input grow to.
const MOST: usize = 1 << 20;

thread_local! {
    static FILE: RefCell<tempfile::NamedTempFile> =
        RefCell::new(tempfile::NamedTempFile::new().expect("a temporary file"));
}

/// A capture as it is, read by blocks and into a model of the machine.
pub fn blocks(data: &[u8]) {
    let seen = drain(FileSource::from_reader(Box::new(Cursor::new(data.to_vec()))).ok());
    let Ok(source) = FileSource::from_reader(Box::new(Cursor::new(data.to_vec()))) else { return };
    let mut inspector = Inspector::new(Box::new(source), View::Pairs);
    let mut events = 0;
    while let Ok(item) = inspector.step() {
        match item {
            Item::Event(_) => events += 1,
            Item::End => break,
            Item::Section(_) | Item::Idle { .. } | Item::Passed | Item::LeftOut { .. } => {}
        }
    }
    assert_eq!(events, seen, "the same events in two readings");
}

/// Reads a source to its end; gives the number of its events.
fn drain(source: Option<FileSource>) -> u64 {
    let Some(mut source) = source else { return 0 };
    let (mut events, mut sections) = (0, 0u64);
    loop {
        match source.step() {
            Ok(Step::Event(event)) => {
                assert!(sections > 0, "a section comes first");
                events += 1;
                let whole: usize = event.params.iter().map(<[u8]>::len).sum();
                assert!(whole <= event.params.data().len());
            }
            Ok(Step::Section(_)) => sections += 1,
            Ok(Step::Idle { .. } | Step::LeftOut(_)) => panic!("a file that is read whole is never idle"),
            Ok(Step::End) => break,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                break;
            }
        }
    }
    assert!(matches!(source.step(), Ok(Step::End)), "nothing follows the end");
    events
}

/// Compressed members put together from a list, read as a pipe and as a file, from its start and by its index.
///
/// ```text
/// part   what u8, size u16, bytes; repeated
/// what   0 the bytes; 1 a gzip member of them; 2 a zstd frame of them; 3 a note of them with its check sum;
///        4 a skippable frame of them; 5 a seek table; 6 a zstd frame of them behind a note that fits it
/// ```
pub fn containers(data: &[u8]) {
    let mut input = Bytes(data);
    let mut packed = Vec::new();
    while !input.is_empty() && packed.len() < MOST {
        let what = input.u8();
        let size = usize::from(input.u16());
        part(what % 7, input.take(size), &mut packed);
    }
    let piped = drain(FileSource::from_reader(Box::new(Cursor::new(packed.clone()))).ok());
    FILE.with_borrow_mut(|file| {
        file.as_file().set_len(0).expect("an empty file");
        file.seek(SeekFrom::Start(0)).expect("its start");
        file.write_all(&packed).expect("room for a file");
        let open = || FileSource::open(file.path()).ok();
        assert_eq!(drain(open()), piped, "a file and a pipe hold the same events");
        let Some(mut source) = open() else { return };
        let Some((events, time)) = source.index().map(|i| (i.events(), i.time())) else { return };
        for number in [1, events / 2, events, events.saturating_add(1)] {
            if source.seek_to_event(number).unwrap_or(false) {
                let _ = source.step();
                let _ = source.step();
            }
        }
        let Some((first, last)) = time else { return };
        if source.seek_to_time(first / 2 + last / 2).unwrap_or(false) {
            drain(Some(source));
        }
    });
}

fn part(what: u8, bytes: &[u8], out: &mut Vec<u8>) {
    match what {
        0 => out.extend_from_slice(bytes),
        1 => {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(bytes).expect("memory");
            out.extend(gz.finish().expect("memory"));
        }
        2 => out.extend(zstd::bulk::compress(bytes, 1).expect("memory")),
        3 => note(bytes, out),
        4 => skippable(0x184D_2A50, bytes, out),
        5 => {
            let count = bytes.len() / 8;
            let mut table = bytes.get(..count * 8).unwrap_or_default().to_vec();
            table.extend_from_slice(&(count as u32).to_le_bytes());
            table.push(0);
            table.extend_from_slice(&0x8F92_EAB1u32.to_le_bytes());
            skippable(0x184D_2A5E, &table, out);
        }
        _ => {
            let frame = zstd::bulk::compress(bytes, 1).expect("memory");
            let mut fields = Vec::new();
            fields.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            fields.extend_from_slice(&(frame.len() as u32).to_le_bytes());
            fields.extend_from_slice(&[0; 16]);
            fields.extend_from_slice(&0u64.to_le_bytes());
            fields.extend_from_slice(&3u32.to_le_bytes());
            fields.extend_from_slice(&2u16.to_le_bytes());
            fields.extend_from_slice(&[0xFF, 0xFF, 5, 0, 0x85, 1]);
            note(&fields, out);
            out.extend(frame);
        }
    }
}

/// A native note around these fields.
fn note(fields: &[u8], out: &mut Vec<u8>) {
    let mut sum = flate2::Crc::new();
    sum.update(fields);
    let mut payload = b"CSCI\x01\x01\0\0".to_vec();
    payload.extend_from_slice(&sum.sum().to_le_bytes());
    payload.extend_from_slice(fields);
    skippable(0x184D_2A5C, &payload, out);
}

fn skippable(magic: u32, payload: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&magic.to_le_bytes());
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(payload);
}
