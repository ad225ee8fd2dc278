//! Reading capture files.
//!
//! ```text
//! Input -> Decoder -> Feed -> FileSource -> Step::Section, Step::Event ...
//! bytes    plain/gz/  chunks  blocks parsed in the chunk they were decoded into
//!          zst
//! ```
//!
//! Blocks are parsed in place; an event borrows the chunk. Invariants:
//! * `at..chunk.end` of the chunk is what is not parsed yet, and `base + at` its offset in the stream.
//! * Lengths are compared with what is there before anything is allocated or skipped.
//! * Whole events in front of damage are delivered before its error. Damage that the format lets us step over
//!   (a native frame, an entry of a metadata block) is reported at the end, everything else ends the reading.

mod ahead;
pub(crate) mod block;
mod decode;
pub(crate) mod event;
mod feed;
mod gzip;
mod index;
mod input;
pub(crate) mod lists;
mod parts;
mod section;
mod seek;
mod stepped;
pub(crate) mod wire;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use self::block::{EventLayout, Kind};
use self::decode::{Chunk, Decoder, HEADROOM, Member, RATIO_FREE, RATIO_LIMIT};
use self::feed::Feed;
pub use self::index::{Frame, Index};
use self::input::{FileAt, Input};
use self::stepped::Unwanted;
use crate::blocks::Spares;
use crate::compress::take_latency;
use crate::{BlockSource, Blocks, Cursor, Error, ErrorKind, EventSource, LeftOut, Snapshot, Stats, Step};

/// Events of a capture file or pipe. See [`EventSource`] for how it is read.
///
/// ```no_run
/// use cscope_capture::{EventSource, FileSource, Step};
/// let mut source = FileSource::open("trace.scap.zst")?;
/// loop {
///     match source.step()? {
///         Step::Event(event) => println!("{} {:?}", event.ts, event.kind),
///         Step::End => break,
///         Step::Section(_) | Step::Idle { .. } | Step::LeftOut(_) => {}
///     }
/// }
/// # Ok::<(), cscope_capture::Error>(())
/// ```
pub struct FileSource {
    feed: Feed,
    chunk: Chunk,
    at: usize,
    /// Offset in the stream of the chunk's first byte; wraps below 0 for the free room in front of the data.
    base: u64,
    /// Offset of the encoded latencies not used yet.
    latency: usize,
    phase: Phase,
    /// Damage that was stepped over, to be reported at the end.
    deferred: Option<Error>,
    snapshot: Snapshot,
    /// Bytes that the snapshot may still take.
    room: usize,
    texts: lists::Texts,
    stats: Stats,
    /// Number of the last event, and of the last event in front of this section; lost ones count.
    number: u64,
    section_start: u64,
    /// Offset in the stream of the section's header.
    section_at: u64,
    /// The snapshot is complete.
    section_read: bool,
    /// The file, when its bytes can be read by position.
    file: Option<Arc<File>>,
    /// The file is read on another thread, and all of it up to here is uncompressed.
    ahead: bool,
    index: OnceLock<Option<Index>>,
    unwanted: Unwanted,
    /// What was left out and nobody was told of.
    left_out: Option<LeftOut>,
    /// Why there is no next block, for the next step.
    refused: Option<Error>,
    /// Buffers in place of those that were cut out.
    spares: Spares,
}

/// What stands at the current position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A section header, to be read by the next step.
    Header,
    /// Metadata blocks.
    Metadata,
    /// The place that was asked for: the section's state is known, events follow.
    Arrived,
    /// Events.
    Events,
    /// Nothing any more.
    Over,
}

/// What is there when bytes are asked for.
enum Ready {
    /// As many as asked for.
    Yes,
    /// Fewer: the stream ends.
    End,
    /// Damage or frames that nobody wants were stepped over: what was there is gone, a whole block comes next.
    Gap,
}

impl FileSource {
    /// Opens a capture file. What it is compressed with is seen from its content.
    ///
    /// # Errors
    /// The file cannot be read, or does not begin like a capture.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |e| Error::io(format!("cannot open {}", path.display()), e);
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(std::io::ErrorKind::IsADirectory.into()));
        }
        if !metadata.is_file() {
            return Self::new(Box::new(file), None);
        }
        let file = Arc::new(file);
        let reader = FileAt { file: Arc::clone(&file), at: 0 };
        let mut source = Self::new(Box::new(reader), Some(metadata.len()))?;
        source.file = Some(file);
        Ok(source)
    }

    /// Reads a capture from a pipe, standard input, or memory.
    ///
    /// # Errors
    /// The first read fails, or the stream does not begin like a capture.
    pub fn from_reader(reader: Box<dyn Read + Send>) -> Result<Self, Error> {
        Self::new(reader, None)
    }

    fn new(reader: Box<dyn Read + Send>, size: Option<u64>) -> Result<Self, Error> {
        let unwanted = Unwanted::default();
        let feed = Feed::new(Decoder::new(Input::new(reader, 0), unwanted.clone()))?;
        let mut source = Self {
            feed,
            chunk: Chunk { end: HEADROOM, ..Chunk::default() },
            at: HEADROOM,
            base: 0u64.wrapping_sub(HEADROOM as u64),
            latency: 0,
            phase: Phase::Header,
            deferred: None,
            snapshot: Snapshot::default(),
            room: lists::ROOM,
            texts: lists::Texts::default(),
            stats: Stats { bytes: (0, size), ..Stats::default() },
            number: 0,
            section_start: 0,
            section_at: 0,
            section_read: false,
            file: None,
            ahead: false,
            index: OnceLock::new(),
            unwanted,
            left_out: None,
            refused: None,
            spares: Spares::default(),
        };
        source.section_header()?;
        Ok(source)
    }

    /// Number of the last event that [`EventSource::step`] gave, counted from 1 over the whole file; events
    /// lost to damage have numbers too.
    pub fn event_number(&self) -> u64 {
        self.number
    }

    /// Offset in the uncompressed stream of the next byte to parse.
    fn offset(&self) -> u64 {
        self.base.wrapping_add(self.at as u64)
    }

    /// What is decoded and not parsed yet.
    #[inline(always)]
    fn rest(&self) -> &[u8] {
        self.chunk.buffer.get(self.at..self.chunk.end).unwrap_or_default()
    }

    /// Makes sure that `n` bytes of the stream are there.
    #[inline(always)]
    fn need(&mut self, n: usize) -> Result<Ready, Error> {
        if self.chunk.end - self.at >= n { Ok(Ready::Yes) } else { self.refill(n) }
    }

    /// Takes chunks from the feed until `n` bytes are there.
    #[cold]
    fn refill(&mut self, n: usize) -> Result<Ready, Error> {
        while self.chunk.end - self.at < n {
            let left = self.chunk.end - self.at;
            let next = self.feed.next().map_err(|e| match e.kind {
                ErrorKind::Io => e,
                _ => e.at(self.offset() + left as u64),
            })?;
            let Some(next) = next else {
                self.stats.bytes.0 = self.stats.bytes.1.unwrap_or(self.stats.bytes.0);
                return Ok(Ready::End);
            };
            self.stats.bytes.0 = next.consumed;
            if next.damage.is_some() {
                self.gap(next);
                return Ok(Ready::Gap);
            }
            if next.left_out {
                self.leave(next);
                return Ok(Ready::Gap);
            }
            self.append(next);
        }
        Ok(Ready::Yes)
    }

    /// Puts a chunk behind what is not parsed yet: the rest moves in front of the new data, or, when the room
    /// there is too small for it, the new data behind the rest.
    fn append(&mut self, mut next: Chunk) {
        let offset = self.offset();
        let rest = self.chunk.buffer.get(self.at..self.chunk.end).unwrap_or_default();
        let left = rest.len();
        if let Some(room) = HEADROOM.checked_sub(left).and_then(|from| next.buffer.get_mut(from..HEADROOM)) {
            room.copy_from_slice(rest);
            self.at = HEADROOM - left;
            self.latency = if left == 0 { 0 } else { next.latencies.len() };
            std::mem::swap(&mut self.chunk, &mut next);
            if left == 0 {
                self.count_lost();
            }
        } else {
            self.chunk.buffer.truncate(self.chunk.end);
            self.chunk.buffer.drain(..self.at);
            self.chunk.buffer.extend_from_slice(next.buffer.get(HEADROOM..next.end).unwrap_or_default());
            self.chunk.end = self.chunk.buffer.len();
            self.chunk.consumed = next.consumed;
            self.at = 0;
            self.latency = self.chunk.latencies.len();
        }
        self.base = offset.wrapping_sub(self.at as u64);
        self.feed.give_back(next);
    }

    /// What is decoded, from a place on.
    #[inline(always)]
    fn blocks_from(&self, cursor: Cursor) -> Blocks<'_> {
        let buffer = self.chunk.buffer.get(..self.chunk.end).unwrap_or_default();
        Blocks::new(buffer, &self.chunk.latencies, cursor)
    }

    /// Latency of the event at the current position.
    #[inline(always)]
    fn next_latency(&mut self) -> Option<u64> {
        let mut rest = self.chunk.latencies.get(self.latency..).filter(|rest| !rest.is_empty())?;
        let latency = take_latency(&mut rest);
        self.latency = self.chunk.latencies.len() - rest.len();
        latency
    }

    /// Number and length of the next block; `None` at the end of the stream.
    #[inline(always)]
    fn block(&mut self) -> Result<Option<(Kind, usize)>, Error> {
        loop {
            match self.need(block::HEADER)? {
                Ready::Yes => {}
                Ready::Gap => continue,
                Ready::End if self.at == self.chunk.end => return Ok(None),
                Ready::End => return Err(self.cut_off(block::HEADER)),
            }
            let Ok((_, (number, total))) = block::header(self.rest()) else { continue };
            let kind = Kind::of(number);
            let total = total as usize;
            if let Some(error) = self.refusal(kind, number, total) {
                if self.turned()? {
                    continue;
                }
                return Err(error);
            }
            match self.need(total)? {
                Ready::Yes => return Ok(Some((kind, total))),
                Ready::Gap => {}
                Ready::End => return Err(self.cut_off(total)),
            }
        }
    }

    /// Why a block of this number and length cannot be read, before its bytes are there.
    #[inline(always)]
    fn refusal(&self, kind: Kind, number: u32, total: usize) -> Option<Error> {
        let limit = match kind {
            Kind::Event(EventLayout { large: false, .. }) => block::EVENT_LIMIT + block::HEADER,
            // A compressed member may begin where a block should; only unknown blocks can be taken for one.
            Kind::Unknown if Member::of(&number.to_le_bytes()) != Member::Unknown => 0,
            Kind::Unknown if self.phase == Phase::Events => 0,
            _ => block::LARGEST,
        };
        if (block::SMALLEST..=limit).contains(&total) && total as u64 <= RATIO_FREE {
            return None;
        }
        self.refusal_of(number, total, limit)
    }

    #[cold]
    fn refusal_of(&self, number: u32, total: usize, limit: usize) -> Option<Error> {
        let message = if limit == 0 {
            format!("unexpected block 0x{number:x} among the events")
        } else if self.feed.is_compressed()
            && total as u64 > RATIO_FREE.max(self.stats.bytes.0.saturating_mul(RATIO_LIMIT))
        {
            format!("block 0x{number:x} claims {total} bytes, far more than the file can hold")
        } else if total < block::SMALLEST || total > limit {
            format!("block 0x{number:x} has an impossible length of {total} bytes")
        } else {
            return None;
        };
        Some(Error::new(ErrorKind::Corrupt, message).at(self.offset()))
    }

    /// True when compressed data begins at the current position (files joined with `cat`): it is decoded from
    /// here on.
    fn turned(&mut self) -> Result<bool, Error> {
        let rest = self.rest();
        if !matches!(Member::of(rest), Member::Gz | Member::Zst | Member::Skippable) {
            return Ok(false);
        }
        let rest = rest.to_vec();
        self.base = self.base.wrapping_sub(rest.len() as u64);
        self.at = self.chunk.end;
        let offset = self.offset();
        if !self.turn_back(offset)? {
            self.feed.turn(&rest).map_err(|e| e.at(offset))?;
        }
        Ok(true)
    }

    #[cold]
    fn cut_off(&self, needed: usize) -> Error {
        let there = self.chunk.end - self.at;
        let message = format!(
            "the capture ends within a block ({there} of {needed} bytes): it was cut off, or is still being written"
        );
        Error::new(ErrorKind::Truncated, message).at(self.offset())
    }

    /// Ends the reading with an error found earlier or none.
    fn end(&mut self) -> Result<Step<'_>, Error> {
        self.phase = Phase::Over;
        if let Some(left_out) = self.left_out.take() {
            return Ok(Step::LeftOut(left_out));
        }
        self.deferred.take().map_or(Ok(Step::End), Err)
    }

    /// Ends the reading because of `error`.
    #[cold]
    fn fail(&mut self, error: Error) -> Error {
        self.phase = Phase::Over;
        self.feed = Feed::Over;
        self.deferred = None;
        error
    }

    /// Begins a section: its metadata is read, damage behind it waits for the next step.
    #[cold]
    fn section(&mut self) -> Result<Step<'_>, Error> {
        if self.phase == Phase::Header {
            self.section_header().map_err(|e| self.fail(e))?;
        }
        match self.metadata() {
            Ok(phase) => self.phase = phase,
            Err(e) if e.kind == ErrorKind::NotACapture => return Err(self.fail(e)),
            Err(e) => self.deferred = Some(self.fail(e)),
        }
        Ok(Step::Section(&self.snapshot))
    }
}

impl EventSource for FileSource {
    #[inline]
    fn step(&mut self) -> Result<Step<'_>, Error> {
        match self.phase {
            Phase::Events => {
                let blocks = self.blocks();
                let cursor = blocks.cursor();
                if let Some(head) = blocks.head(cursor) {
                    let behind = blocks.behind(cursor, &head);
                    self.pass(behind, 1, head.ts);
                    let (event, _) = self.blocks_from(cursor).event(cursor, &head);
                    return Ok(Step::Event(event));
                }
            }
            Phase::Header | Phase::Metadata => return self.section(),
            Phase::Arrived => {
                self.phase = Phase::Events;
                return Ok(Step::Section(&self.snapshot));
            }
            Phase::Over => return self.end(),
        }
        let block = self.refused.take().map_or_else(|| self.block(), Err);
        if let Some(left_out) = self.left_out.take() {
            // What comes behind is for the next step.
            if let Err(e) = block {
                self.deferred = Some(self.fail(e));
            }
            return Ok(Step::LeftOut(left_out));
        }
        let (layout, total) = match block {
            Ok(Some((Kind::Event(layout), total))) => (layout, total),
            Ok(Some((Kind::Section, _))) => {
                self.phase = Phase::Header;
                return self.section();
            }
            Ok(Some(_)) => {
                let error =
                    Error::new(ErrorKind::Corrupt, "unexpected block among the events").at(self.offset());
                return Err(self.fail(error));
            }
            Ok(None) => return self.end(),
            Err(e) => return Err(self.fail(e)),
        };
        let latency = self.next_latency();
        let body = self.at + block::HEADER..self.at + total - 4;
        let parsed = self.chunk.buffer.get(body).and_then(|body| event::event(body, layout).ok());
        let Some((_, mut event)) = parsed else {
            let error = Error::new(ErrorKind::Corrupt, "the lengths within an event contradict its block");
            let error = error.at(self.base.wrapping_add(self.at as u64));
            self.phase = Phase::Over;
            self.feed = Feed::Over;
            self.deferred = None;
            return Err(error);
        };
        event.latency = latency;
        self.at += total;
        self.number = self.number.saturating_add(1);
        self.stats.events += 1;
        Ok(Step::Event(event))
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn stats(&self) -> Stats {
        self.stats
    }

    #[inline]
    fn blocks(&self) -> Blocks<'_> {
        if self.phase == Phase::Events && self.left_out.is_none() {
            self.blocks_from(Cursor { at: self.at, latency: self.latency })
        } else {
            Blocks::default()
        }
    }

    #[inline]
    fn pass(&mut self, to: Cursor, events: u64, _ts: u64) {
        (self.at, self.latency) = (to.at, to.latency);
        self.number = self.number.saturating_add(events);
        self.stats.events += events;
    }

    fn cut(&mut self, from: Cursor, part: &mut BlockSource) {
        self.cut_out(from, part);
    }

    fn more(&mut self) -> bool {
        self.bring_more()
    }
}

impl std::fmt::Debug for FileSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileSource")
            .field("phase", &self.phase)
            .field("offset", &self.offset())
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}
