//! What native captures add to a plain stream of zstd frames: skippable frames, which every zstd reader
//! ignores.
//!
//! ```text
//! frame    section header and metadata blocks
//! note     what the next frame holds, and the latencies of its events
//! frame    whole event blocks, about 1 MiB
//! note, frame, note, frame ...
//! table    sizes of all frames above: the seek table of zstd's seekable format
//! ```
//!
//! A note stands in front of its frame, so that a reader of a pipe has the latencies when the events come and
//! knows what was lost when the frame is damaged. The first frame of a section has none, so that a file starts
//! with the magic number every tool knows. All numbers are little endian. Notes carry a version; those of
//! another version, and skippable frames of others, are passed over.

use flate2::Crc;
use nom::Parser;
use nom::bytes::complete::{tag, take};
use nom::combinator::cond;

use crate::reader::wire::{Parsed, bad, short, u8, u16, u32, u64};

/// Magic number of a zstd frame.
pub(crate) const ZSTD_MAGIC: u32 = 0xFD2F_B528;
/// Magic number of the skippable frames that hold notes.
pub(crate) const NOTE_MAGIC: u32 = 0x184D_2A5C;
/// Magic number of the skippable frame that holds a seek table.
pub(crate) const TABLE_MAGIC: u32 = 0x184D_2A5E;
/// Last word of a seek table.
pub(crate) const TABLE_FOOTER: u32 = 0x8F92_EAB1;
/// Bytes in front of the payload of a skippable frame: magic number and length.
pub(crate) const SKIPPABLE_HEADER: usize = 8;
/// First bytes of a note.
pub(crate) const NOTE_TAG: &[u8; 4] = b"CSCI";
/// Bytes of a note's payload in front of what the check sum covers: tag, version, flags, reserved, check sum.
const NOTE_FRONT: usize = 12;
/// Version of notes written here.
const NOTE_VERSION: u8 = 2;
/// Version of notes that do not tell the times of the first and the last event.
const NOTE_WITHOUT_ENDS: u8 = 1;
/// Note flag: the frame holds the first events of its section.
const FIRST_OF_SECTION: u8 = 1;
/// Largest note accepted: room for the latencies of the largest frame.
pub(crate) const NOTE_LIMIT: usize = 4 << 20;
/// Largest frame a note may announce, uncompressed. Larger ones are decoded as a stream, without their note.
pub(crate) const FRAME_LIMIT: u32 = 4 << 20;
/// log2 of the largest window a frame may ask for (128 MiB, what the zstd tool allows by default).
pub(crate) const WINDOW_LOG: u32 = 27;

/// True for the magic number of any skippable frame.
pub(crate) fn is_skippable(magic: u32) -> bool {
    magic & 0xFFFF_FFF0 == 0x184D_2A50
}

/// Set of event types, one bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TypeSet(Vec<u8>);

impl TypeSet {
    /// Adds a type.
    #[inline]
    pub(crate) fn insert(&mut self, kind: crate::EventType) {
        let byte = usize::from(kind.0 >> 3);
        if byte >= self.0.len() {
            self.0.resize(byte + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(byte) {
            *bits |= 1 << (kind.0 & 7);
        }
    }

    /// True when the type is in the set.
    pub(crate) fn contains(&self, kind: crate::EventType) -> bool {
        self.0.get(usize::from(kind.0 >> 3)).is_some_and(|bits| bits & (1 << (kind.0 & 7)) != 0)
    }

    /// All types of the set, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = crate::EventType> + '_ {
        let bits = self.0.iter().zip(0u16..);
        bits.flat_map(|(bits, byte)| {
            (0..8u16)
                .filter(move |bit| bits & (1 << bit) != 0)
                .map(move |bit| crate::EventType(byte * 8 + bit))
        })
    }
}

/// What a note says of the frame behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Note {
    /// The frame holds the first events of its section.
    pub(crate) first_of_section: bool,
    /// Size of the frame's content.
    pub(crate) size: u32,
    /// Size of the frame in the file.
    pub(crate) compressed: u32,
    /// Lowest and highest time in the frame, ns since the epoch.
    pub(crate) time: (u64, u64),
    /// Time of the first and of the last event, where that is known.
    pub(crate) ends: Option<(u64, u64)>,
    /// Number of the frame's first event within its section, from 0.
    pub(crate) first_event: u64,
    /// Number of events.
    pub(crate) events: u32,
    /// Types that occur.
    pub(crate) types: TypeSet,
}

impl Note {
    /// Appends the skippable frame for this note and the encoded latencies (empty: none known).
    pub(crate) fn encode(&self, latencies: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        let mut checked = Vec::with_capacity(64 + self.types.0.len() + latencies.len());
        checked.extend_from_slice(&self.size.to_le_bytes());
        checked.extend_from_slice(&self.compressed.to_le_bytes());
        checked.extend_from_slice(&self.time.0.to_le_bytes());
        checked.extend_from_slice(&self.time.1.to_le_bytes());
        checked.extend_from_slice(&self.first_event.to_le_bytes());
        checked.extend_from_slice(&self.events.to_le_bytes());
        checked.extend_from_slice(&(self.types.0.len() as u16).to_le_bytes());
        checked.extend_from_slice(&self.types.0);
        let (first, last) = self.ends.unwrap_or(self.time);
        checked.extend_from_slice(&first.to_le_bytes());
        checked.extend_from_slice(&last.to_le_bytes());
        checked.extend_from_slice(latencies);
        out.extend_from_slice(&NOTE_MAGIC.to_le_bytes());
        out.extend_from_slice(&((NOTE_FRONT + checked.len()) as u32).to_le_bytes());
        out.extend_from_slice(NOTE_TAG);
        let flags = if self.first_of_section { FIRST_OF_SECTION } else { 0 };
        out.extend_from_slice(&[NOTE_VERSION, flags, 0, 0]);
        out.extend_from_slice(&check_sum(&checked).to_le_bytes());
        out.append(&mut checked);
        debug_assert!(out.len() - start <= SKIPPABLE_HEADER + NOTE_LIMIT);
    }

    /// Parses the payload of a skippable frame; the rest is the encoded latencies. `Error` for what is not a
    /// note of our version, `Failure` for one that is damaged.
    pub(crate) fn parse(payload: &[u8]) -> Parsed<'_, Self> {
        let (i, front) = front(payload)?;
        let (checked, sum) = u32(i)?;
        if check_sum(checked) != sum {
            return Err(bad(payload));
        }
        fields(checked, front)
    }

    /// Parses as much of a note as an index needs from the start of its payload, unchecked against damage.
    pub(crate) fn parse_start(payload: &[u8]) -> Parsed<'_, Self> {
        let (i, front) = front(payload)?;
        let (i, _sum) = u32(i)?;
        fields(i, front)
    }
}

/// Tag of a note, and its version and flags.
fn front(i: &[u8]) -> Parsed<'_, (u8, u8)> {
    let (i, _) = tag(&NOTE_TAG[..]).parse(i)?;
    let (i, (version, flags, _reserved)) = (u8, u8, u16).parse(i)?;
    let known = (NOTE_WITHOUT_ENDS..=NOTE_VERSION).contains(&version);
    if known { Ok((i, (version, flags))) } else { Err(short(i)) }
}

/// The fields of a note in front of the latencies.
fn fields(i: &[u8], (version, flags): (u8, u8)) -> Parsed<'_, Note> {
    let (i, (size, compressed, first_ts, last_ts)) = (u32, u32, u64, u64).parse(i)?;
    let (i, (first_event, events, bitmap)) = (u64, u32, u16).parse(i)?;
    let (i, types) = take(bitmap).parse(i)?;
    let types = TypeSet(types.to_vec());
    let time = (first_ts, last_ts);
    let (i, ends) = cond(version != NOTE_WITHOUT_ENDS, (u64, u64)).parse(i)?;
    let first_of_section = flags & FIRST_OF_SECTION != 0;
    Ok((i, Note { first_of_section, size, compressed, time, ends, first_event, events, types }))
}

/// Check sum of a note.
fn check_sum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Appends one event's latency: 0 for none, else the value plus one, 7 bits a byte, low ones first.
#[inline]
pub(crate) fn put_latency(latency: Option<u64>, out: &mut Vec<u8>) {
    let mut value = latency.map_or(0, |l| l.saturating_add(1));
    // Most calls take between 127 ns and 16 us.
    if (0x80..0x4000).contains(&value) {
        out.extend_from_slice(&[value as u8 | 0x80, (value >> 7) as u8]);
        return;
    }
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes one event's latency off the front of `i`.
#[inline]
pub(crate) fn take_latency(i: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    let mut shift = 0u32;
    while let Some((&byte, rest)) = i.split_first() {
        *i = rest;
        value |= u64::from(byte & 0x7F).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    value.checked_sub(1)
}

/// Collects the sizes of all frames of a file and becomes its seek table.
#[derive(Debug, Default)]
pub(crate) struct SeekTable {
    entries: Vec<(u32, u32)>,
}

impl SeekTable {
    /// Adds a frame; a skippable one has no content.
    pub(crate) fn push(&mut self, compressed: usize, content: usize) {
        self.entries.push((compressed as u32, content as u32));
    }

    /// Appends the table as the skippable frame that ends a file.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let payload = self.entries.len() * 8 + 9;
        out.extend_from_slice(&TABLE_MAGIC.to_le_bytes());
        out.extend_from_slice(&(payload as u32).to_le_bytes());
        for (compressed, content) in &self.entries {
            out.extend_from_slice(&compressed.to_le_bytes());
            out.extend_from_slice(&content.to_le_bytes());
        }
        out.extend_from_slice(&(self.entries.len() as u32).to_le_bytes());
        out.push(0);
        out.extend_from_slice(&TABLE_FOOTER.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EventType;

    #[test]
    fn note_round_trip() {
        let mut types = TypeSet::default();
        types.insert(EventType(7));
        types.insert(EventType(453));
        let note = Note {
            first_of_section: true,
            size: 1 << 20,
            compressed: 12_345,
            time: (5, u64::MAX),
            ends: Some((7, 6)),
            first_event: 1 << 40,
            events: 3,
            types,
        };
        let mut latencies = Vec::new();
        for l in [None, Some(0), Some(u64::MAX - 1)] {
            put_latency(l, &mut latencies);
        }
        let mut out = Vec::new();
        note.encode(&latencies, &mut out);
        let payload = &out[SKIPPABLE_HEADER..];
        let (mut rest, back) = Note::parse(payload).expect("own note");
        assert_eq!(back, note);
        assert_eq!(back.types.iter().collect::<Vec<_>>(), [EventType(7), EventType(453)]);
        assert_eq!(take_latency(&mut rest), None);
        assert_eq!(take_latency(&mut rest), Some(0));
        assert_eq!(take_latency(&mut rest), Some(u64::MAX - 1));
        assert!(rest.is_empty());
        for at in 0..payload.len() {
            let mut damaged = payload.to_vec();
            damaged[at] ^= 0x10;
            let flags_or_reserved = (5..8).contains(&at);
            assert_eq!(Note::parse(&damaged).is_ok(), flags_or_reserved, "byte {at}");
        }
    }
}
