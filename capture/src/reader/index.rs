//! The index of a native capture: which frame holds which events. It is collected from the notes in front of
//! the frames, so it exists for captures that were cut off, and covers all sections of joined ones.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::block;
use crate::EventType;
use crate::compress::{NOTE_MAGIC, Note, SKIPPABLE_HEADER, TypeSet, ZSTD_MAGIC, is_skippable};

/// Bytes read to look at a note: enough for its fields and every event type there is.
const NOTE_START: usize = 512;
/// Longest header of a zstd frame.
const FRAME_HEADER: usize = 18;

/// What the frames of a native capture hold, in file order.
#[derive(Debug, Clone, Default)]
pub struct Index {
    frames: Vec<Frame>,
}

/// One frame of events.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Offset in the file of the note in front of the frame.
    pub offset: u64,
    /// Offset of the frame's content in the uncompressed stream.
    pub start: u64,
    /// Size of the frame's content.
    pub size: u32,
    /// Lowest and highest time in the frame, ns since the epoch.
    pub time: (u64, u64),
    /// Number of its first event, counted from 1 over the whole file.
    pub first_event: u64,
    /// Number of events.
    pub events: u32,
    /// Time of the first and of the last event, where that is known.
    pub(crate) ends: Option<(u64, u64)>,
    types: TypeSet,
    /// Offset in the file and in the stream of the section's first frame.
    pub(crate) section: (u64, u64),
    /// Number of the last event in front of the section.
    pub(crate) section_events: u64,
}

impl Frame {
    /// True when the frame holds events of this type.
    pub fn holds(&self, kind: EventType) -> bool {
        self.types.contains(kind)
    }

    /// The event types in the frame, ascending.
    pub fn types(&self) -> impl Iterator<Item = EventType> + '_ {
        self.types.iter()
    }
}

impl Index {
    /// The frames, in file order.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Number of events in all frames.
    pub fn events(&self) -> u64 {
        self.frames.last().map_or(0, |f| (f.first_event - 1).saturating_add(u64::from(f.events)))
    }

    /// Lowest and highest time of all frames.
    pub fn time(&self) -> Option<(u64, u64)> {
        let first = self.frames.iter().map(|f| f.time.0).min()?;
        Some((first, self.frames.iter().map(|f| f.time.1).max()?))
    }

    /// The frame that holds event number `number`, or the last in front of it.
    pub(crate) fn frame_of_event(&self, number: u64) -> Option<&Frame> {
        let after = self.frames.partition_point(|f| f.first_event <= number);
        self.frames.get(after.saturating_sub(1))
    }

    /// The first frame that holds an event at or after `ts`, or the last frame.
    pub(crate) fn frame_of_time(&self, ts: u64) -> Option<&Frame> {
        self.frames.iter().find(|f| f.time.1 >= ts).or(self.frames.last())
    }

    /// Collects the index of a file. `None` when it is not a native capture. A file that is cut off or damaged
    /// is covered up to there.
    pub(crate) fn read(file: &File) -> Option<Self> {
        let mut index = Self::default();
        let mut walk = Walk {
            file,
            at: 0,
            start: 0,
            section: None,
            section_events: 0,
            events: 0,
            header: false,
            foreign: false,
        };
        // An unreadable part ends the index as the end of the file does.
        while let Ok(Some(())) = walk.member(&mut index.frames) {}
        // Frames without notes, one behind the other, hold events whose number nobody knows.
        (!walk.foreign && !index.frames.is_empty()).then_some(index)
    }
}

/// Goes from member to member of a file without decompressing them.
struct Walk<'a> {
    file: &'a File,
    at: u64,
    start: u64,
    section: Option<(u64, u64)>,
    section_events: u64,
    events: u64,
    /// The member before was a frame without note: the metadata of a section.
    header: bool,
    /// Two such frames follow one another.
    foreign: bool,
}

impl Walk<'_> {
    /// Steps over one member and takes down the frame behind it when it is a note.
    fn member(&mut self, frames: &mut Vec<Frame>) -> io::Result<Option<()>> {
        let mut head = [0; NOTE_START];
        let head = read_at(self.file, &mut head, self.at)?;
        let Ok((_, (magic, length))) = block::header(head) else { return Ok(None) };
        let behind_header = std::mem::replace(&mut self.header, magic == ZSTD_MAGIC);
        if magic == ZSTD_MAGIC {
            self.foreign |= behind_header;
            let Some((compressed, content)) = frame_sizes(self.file, self.at)? else { return Ok(None) };
            self.section = Some((self.at, self.start));
            self.at += compressed;
            self.start = self.start.saturating_add(content);
            return Ok(Some(()));
        }
        if !is_skippable(magic) {
            return Ok(None);
        }
        let payload = self.at + SKIPPABLE_HEADER as u64 + u64::from(length);
        let note = head.get(SKIPPABLE_HEADER..).and_then(|i| Note::parse_start(i).ok());
        match (note, self.section) {
            (Some((_, note)), Some(section)) if magic == NOTE_MAGIC => {
                if payload + u64::from(note.compressed) > self.file.metadata()?.len() {
                    return Ok(None);
                }
                if note.first_of_section {
                    self.section_events = self.events;
                }
                let first_event = self.section_events.saturating_add(note.first_event).saturating_add(1);
                frames.push(Frame {
                    offset: self.at,
                    start: self.start,
                    size: note.size,
                    time: note.time,
                    first_event,
                    events: note.events,
                    ends: note.ends,
                    types: note.types,
                    section,
                    section_events: self.section_events,
                });
                self.events = (first_event - 1).saturating_add(u64::from(note.events));
                self.start = self.start.saturating_add(u64::from(note.size));
                self.at = payload + u64::from(note.compressed);
            }
            _ => self.at = payload,
        }
        Ok(Some(()))
    }
}

/// As much as there is of `out` from offset `at` on.
fn read_at<'a>(file: &File, out: &'a mut [u8], at: u64) -> io::Result<&'a [u8]> {
    let mut filled = 0;
    while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(out.get(..filled).unwrap_or_default())
}

/// Size in the file of the zstd frame at `at`, and of its content as its header says (0 when it does not).
/// Found by its block headers; `None` when the file ends before the frame does.
fn frame_sizes(file: &File, at: u64) -> io::Result<Option<(u64, u64)>> {
    let mut head = [0; FRAME_HEADER];
    let head = read_at(file, &mut head, at)?;
    let Some(&descriptor) = head.get(4) else { return Ok(None) };
    let single = descriptor & 0x20 != 0;
    let window = usize::from(!single);
    let dictionary = [0usize, 1, 2, 4][usize::from(descriptor & 3)];
    let content_bytes = match descriptor >> 6 {
        0 => usize::from(single),
        n => 1usize << n,
    };
    let from = 5 + window + dictionary;
    let Some(content) = head.get(from..from + content_bytes) else { return Ok(None) };
    let mut number = [0; 8];
    number.iter_mut().zip(content).for_each(|(to, byte)| *to = *byte);
    // A two-byte size counts from 256.
    let content = u64::from_le_bytes(number) + if content_bytes == 2 { 256 } else { 0 };
    let mut next = at + (from + content_bytes) as u64;
    loop {
        let mut block = [0; 3];
        let &[a, b, c] = read_at(file, &mut block, next)? else { return Ok(None) };
        let word = u32::from_le_bytes([a, b, c, 0]);
        let run = word >> 1 & 3 == 1;
        next += 3 + if run { 1 } else { u64::from(word >> 3) };
        if word & 1 != 0 {
            break;
        }
    }
    next += if descriptor & 4 != 0 { 4 } else { 0 };
    Ok((next <= file.metadata()?.len()).then_some((next - at, content)))
}
