//! Captures that are cut off, changed, or made to hurt: whole events first, then one error, never a panic.

use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;

use cscope_capture::{
    Error, ErrorKind, Event, EventSource, FileSource, Format, OwnedEvent, Snapshot, Step, WriterOptions,
};

use crate::support::{
    Dice, FORMATS, Seen, assert_same, captures, drain_bytes, inflate, small_snapshot, synthetic, written,
};

/// Every how many bytes a capture is cut.
const STEP: usize = 997;

/// Offsets of the blocks of an uncompressed stream, and whether each is an event.
fn blocks(stream: &[u8]) -> Vec<(usize, bool)> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(head) = stream.get(at..at + 8) {
        let number = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        blocks.push((at, matches!(number, 0x204 | 0x208 | 0x216 | 0x217 | 0x221 | 0x222)));
        at += u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
    }
    // The end of the last block, which lies behind the stream when that is cut.
    blocks.push((at, false));
    blocks
}

/// Asserts that what was read is a prefix of what there is.
fn assert_prefix(seen: &[OwnedEvent], all: &[OwnedEvent], latencies: bool) {
    assert!(seen.len() <= all.len());
    for (a, b) in all.iter().zip(seen) {
        assert_same(a, b, latencies);
    }
}

/// What is left of an event when only equality matters.
fn digest(sum: u64, event: &Event<'_>) -> u64 {
    let data = event.params.data();
    let ends =
        u64::from(data.first().copied().unwrap_or(0)) << 8 | u64::from(data.last().copied().unwrap_or(0));
    let shape =
        (data.len() as u64) << 32 | (event.params.lengths().len() as u64) << 16 | u64::from(event.kind.0);
    (sum.rotate_left(5) ^ event.ts ^ event.tid << 40 ^ shape ^ ends << 20).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Number and digest of the events in the first `cut` bytes of a stream, and the error behind them. `all`
/// collects the digest after each event.
fn read_cut(
    stream: &Arc<[u8]>,
    cut: usize,
    mut all: Option<&mut Vec<u64>>,
) -> Result<(usize, u64, Option<Error>), Error> {
    let reader = Cursor::new(Arc::clone(stream)).take(cut as u64);
    let mut source = FileSource::from_reader(Box::new(reader))?;
    let (mut count, mut sum) = (0, 0);
    loop {
        match source.step() {
            Ok(Step::Event(event)) => {
                count += 1;
                sum = digest(sum, &event);
                if let Some(all) = &mut all {
                    all.push(sum);
                }
            }
            Ok(Step::End) => return Ok((count, sum, None)),
            Ok(_) => {}
            Err(error) => return Ok((count, sum, Some(error))),
        }
    }
}

fn cut_anywhere(path: &Path) {
    let stream: Arc<[u8]> = inflate(path).into();
    let blocks = blocks(&stream);
    let mut all = vec![0];
    read_cut(&stream, stream.len(), Some(&mut all)).expect("whole");
    for cut in (0..stream.len()).step_by(STEP) {
        let border = blocks.partition_point(|(at, _)| *at <= cut);
        // The block the cut is in does not count.
        let whole = blocks[..border.saturating_sub(1)].iter().filter(|(_, is_event)| *is_event).count();
        let at_border = border.checked_sub(1).is_some_and(|last| blocks[last].0 == cut);
        match read_cut(&stream, cut, None) {
            Ok((count, sum, error)) => {
                assert_eq!(count, whole, "{} cut at {cut}", path.display());
                assert_eq!(sum, all[count], "{} cut at {cut}", path.display());
                assert_eq!(error.is_none(), at_border, "{} cut at {cut}", path.display());
                if let Some(error) = error {
                    assert_eq!(error.kind, ErrorKind::Truncated);
                    assert!(error.offset.is_some_and(|at| at <= cut as u64));
                }
            }
            Err(error) => {
                assert!(cut < 28, "{} cut at {cut}: {error}", path.display());
                assert!(matches!(error.kind, ErrorKind::Truncated | ErrorKind::NotACapture));
            }
        }
    }
}

#[test]
fn cut_anywhere_uncompressed() {
    let captures = captures();
    let (one, other) = captures.split_at(captures.len() / 2);
    std::thread::scope(|scope| {
        for half in [one, other] {
            scope.spawn(move || half.iter().for_each(|path| cut_anywhere(path)));
        }
    });
}

#[test]
fn cut_anywhere_gzip() {
    for path in captures() {
        let bytes = std::fs::read(&path).expect("readable");
        let all = drain_bytes(bytes.clone()).expect("whole").events;
        for cut in (0..bytes.len()).step_by(STEP) {
            // What decompresses is what there is to read.
            let mut decoder = flate2::write::GzDecoder::new(Vec::new());
            decoder.write_all(&bytes[..cut]).expect("a prefix of gzip data");
            decoder.flush().expect("a prefix of gzip data");
            let stream = decoder.get_ref();
            let whole = blocks(stream).windows(2).filter(|w| w[0].1 && w[1].0 <= stream.len()).count();
            match drain_bytes(bytes[..cut].to_vec()) {
                Ok(seen) => {
                    assert!(seen.events.len() >= whole, "{} cut at {cut}", path.display());
                    assert_eq!(seen.error.map(|e| e.kind), Some(ErrorKind::Truncated));
                    assert_prefix(&seen.events, &all, false);
                }
                Err(error) => assert!(stream.len() < 28, "{} cut at {cut}: {error}", path.display()),
            }
        }
    }
}

#[test]
fn cut_anywhere_native() {
    let events = synthetic(2000);
    let options = WriterOptions { batch: Some(4000), ..WriterOptions::default() };
    let bytes = written(Format::ScapZst, &small_snapshot(), &options, &events);
    let mut most = 0;
    for cut in 0..bytes.len() {
        let Ok(seen) = drain_bytes(bytes[..cut].to_vec()) else { continue };
        assert_prefix(&seen.events, &events, true);
        // Whole frames: a frame that is there is never lost by what comes behind it.
        assert!(seen.events.len() >= most, "cut at {cut}: {} events, {most} before", seen.events.len());
        most = seen.events.len();
        assert!(matches!(seen.error, None | Some(Error { kind: ErrorKind::Truncated, .. })));
    }
    assert_eq!(most, events.len());
}

/// What a decoder makes of the start of compressed data.
fn inflate_start(mut decoder: impl Read) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut some = [0; 256];
    // An error is what is expected; the bytes in front of it count.
    while let Ok(n @ 1..) = decoder.read(&mut some) {
        stream.extend_from_slice(&some[..n]);
    }
    stream
}

/// Everything in front of damage inside compressed data is read, not only what a whole buffer decodes to.
#[test]
fn damage_inside_compressed_data() {
    for path in captures() {
        let stream = inflate(&path);
        let all = drain_bytes(stream.clone()).expect("whole").events;
        let gz = std::fs::read(&path).expect("readable");
        let zst = zstd::bulk::compress(&stream, 3).expect("memory");
        for tenth in 1..10 {
            let at = gz.len() * tenth / 10;
            let start = inflate_start(flate2::bufread::GzDecoder::new(&gz[..at]));
            let mut damaged = gz.clone();
            damaged[at..].fill(0xFF);
            check_start(damaged, &start, &all);

            let at = zst.len() * tenth / 10;
            // The decoder is given some bytes at once; those in front of the damage may be lost with them.
            let start = &zst[..at.saturating_sub(8 << 10)];
            let start = inflate_start(zstd::stream::read::Decoder::with_buffer(start).expect("memory"));
            let mut damaged = zst.clone();
            damaged[at..].fill(0xFF);
            check_start(damaged, &start, &all);
        }
    }
}

/// Asserts that of damaged data all events are read that are in `start`, and an error follows.
fn check_start(damaged: Vec<u8>, start: &[u8], all: &[OwnedEvent]) {
    let whole = blocks(start).windows(2).filter(|w| w[0].1 && w[1].0 <= start.len()).count();
    match drain_bytes(damaged) {
        Ok(seen) => {
            assert!(seen.events.len() >= whole, "{} of {whole} events", seen.events.len());
            assert_prefix(&seen.events[..whole], all, false);
            assert!(seen.error.is_some());
        }
        Err(error) => assert!(start.len() < 28, "{error}"),
    }
}

/// Reads damaged bytes; the outcome is whatever it is, but it is reached.
fn survives(bytes: Vec<u8>) -> Option<Seen> {
    drain_bytes(bytes).ok()
}

#[test]
fn changed_bits() {
    let mut dice = Dice::new(20_261_122);
    for path in captures() {
        let stream = inflate(&path);
        let packed = std::fs::read(&path).expect("readable");
        let blocks = blocks(&stream);
        for round in 0..60 {
            let bytes = if round % 3 == 0 { &packed } else { &stream };
            let mut bytes = bytes.clone();
            // The front holds the metadata, which the events would outweigh by far.
            let end = if round % 2 == 0 { bytes.len() } else { bytes.len().min(40_000) };
            let at = dice.below(end);
            bytes[at] ^= 1 << dice.below(8);
            let seen = survives(bytes);
            if round % 3 != 0
                && let Some(seen) = seen
            {
                // Events whose block ends before the damage are all there.
                let before = blocks.windows(2).filter(|w| w[0].1 && w[1].0 <= at).count();
                assert!(seen.events.len() >= before, "{} bit at {at}", path.display());
            }
        }
    }
}

#[test]
fn many_changed_bits() {
    let mut dice = Dice::new(7);
    let events = synthetic(600);
    let options = WriterOptions { batch: Some(3000), ..WriterOptions::default() };
    for format in FORMATS {
        let bytes = written(format, &small_snapshot(), &options, &events);
        for round in 0..1500 {
            let mut bytes = bytes.clone();
            for _ in 0..=round % 8 {
                let at = dice.below(bytes.len());
                bytes[at] = match dice.below(3) {
                    0 => 0xFF,
                    1 => 0,
                    _ => bytes[at] ^ 1 << dice.below(8),
                };
            }
            if round % 5 == 0 {
                bytes.truncate(dice.below(bytes.len()));
            }
            survives(bytes);
        }
    }
}

/// One block around a body.
fn block(number: u32, body: &[u8]) -> Vec<u8> {
    let total = (12 + body.len() as u32).to_le_bytes();
    [&number.to_le_bytes()[..], &total, body, &total].concat()
}

fn header() -> Vec<u8> {
    written(Format::Scap, &Snapshot::default(), &WriterOptions::default(), &[])
}

#[test]
fn claims_larger_than_the_file() {
    // A block of 4 GiB in 100 bytes: refused without the memory for it.
    let mut bytes = header();
    bytes.extend_from_slice(&0x215u32.to_le_bytes());
    bytes.extend_from_slice(&0xFFFF_FFF0u32.to_le_bytes());
    bytes.extend_from_slice(&[0; 100]);
    let seen = drain_bytes(bytes).expect("a section");
    let error = seen.error.expect("refused");
    assert_eq!(error.kind, ErrorKind::Corrupt);
    assert!(error.message.contains("impossible length"), "{error}");

    // The same in compressed form, with gigabytes of zeros behind it that take no room in the file.
    let mut bomb = header();
    bomb.extend_from_slice(&0x215u32.to_le_bytes());
    bomb.extend_from_slice(&0xFFFF_FFF0u32.to_le_bytes());
    bomb.resize(8 << 20, 0);
    let bomb = zstd::bulk::compress(&bomb, 19).expect("memory");
    let seen = drain_bytes(bomb).expect("a section");
    let error = seen.error.expect("refused");
    assert_eq!(error.kind, ErrorKind::Corrupt);
    assert!(error.message.contains("far more than the file can hold"), "{error}");

    // Lengths inside a block that point out of it.
    for body in [&[0xFF; 60][..], &[0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3, 4], &[0; 8]] {
        for number in [0x201, 0x202, 0x207, 0x209, 0x210, 0x215, 0x203, 0x218, 0x205, 0x219, 0x206, 0x220] {
            let seen = drain_bytes([header(), block(number, body)].concat()).expect("a section");
            assert_eq!(seen.sections, 1);
            assert!(matches!(seen.error, None | Some(Error { kind: ErrorKind::Corrupt, .. })));
        }
    }
}

#[test]
fn messages_name_what_was_found() {
    let message = |bytes: &[u8]| drain_bytes(bytes.to_vec()).expect_err("no capture").to_string();
    assert!(message(b"").contains("the file is empty"));
    assert!(message(b"hello").contains("not a capture"));
    assert!(message(b"\xFD7zXZ\0\0\0").contains("xz -dc"));
    let mut other_order = header();
    other_order[8..12].reverse();
    assert!(message(&other_order).contains("byte order"));
    let mut newer = header();
    newer[12] = 2;
    assert!(message(&newer).contains("version 2"));
    let network = [header(), block(1, &[0; 8])].concat();
    let seen = drain_bytes(network).expect("looks like a capture");
    assert!(seen.error.expect("is none").to_string().contains("pcapng"));
    assert!(
        message(&written(Format::ScapGz, &Snapshot::default(), &WriterOptions::default(), &[])[..8])
            .contains("cut off")
    );
}

/// A block among the events that does not belong there ends the reading.
#[test]
fn metadata_among_events() {
    let bytes = written(Format::Scap, &Snapshot::default(), &WriterOptions::default(), &synthetic(3));
    for number in [0x215, 0x999] {
        let seen = drain_bytes([bytes.clone(), block(number, &[0; 8])].concat()).expect("a section");
        assert_eq!(seen.events.len(), 3);
        let error = seen.error.expect("unexpected");
        assert_eq!((error.kind, error.offset), (ErrorKind::Corrupt, Some(bytes.len() as u64)));
    }
}

/// Damage inside one entry of a list costs that entry and those behind it, not the events.
#[test]
fn damaged_metadata_entry() {
    let events = synthetic(5);
    let mut bytes = written(Format::Scap, &small_snapshot(), &WriterOptions::default(), &events);
    let at = bytes.windows(9).position(|w| w == b"thread-10").expect("in the process list");
    bytes[at - 1] = 0xFF;
    let seen = drain_bytes(bytes).expect("a section");
    assert_eq!(seen.events.len(), 5);
    assert_eq!(seen.snapshot.threads.len(), 9);
    let error = seen.error.expect("reported at the end");
    assert!(error.to_string().contains("damaged entry in the process list"), "{error}");
}
