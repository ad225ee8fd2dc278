//! Event blocks that lie in memory one behind the other: what a reader of whole captures walks through without a
//! call per event.
//!
//! Nearly all events of today's captures stand in blocks of one form. [`EventSource::blocks`](crate::EventSource::blocks)
//! shows those that are there; whoever has looked at some says so with
//! [`EventSource::pass`](crate::EventSource::pass). Everything else (other blocks, a block that is cut in two,
//! damage) is for [`EventSource::step`](crate::EventSource::step).

mod quiet;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

pub use self::quiet::{Brief, Passed, Quiet};
use crate::compress::take_latency;
use crate::reader::block::{EVENT_LIMIT, HEADER};
use crate::reader::event::HEADER_V2;
use crate::table::{EVENTS, Flags};
use crate::{Error, Event, EventSource, EventType, Params, Snapshot, Stats, Step};

/// Number of these blocks: no flags, with a parameter count.
const USUAL: u32 = 0x216;
/// Bytes of such a block in front of the lengths of the parameters.
const USUAL_HEADER: usize = HEADER + 2 + HEADER_V2;
/// Bytes of a block behind its body.
const TRAILER: usize = 4;

/// Types whose parameters have lengths of 32 bits.
static WIDE: std::sync::LazyLock<[u64; 8]> = std::sync::LazyLock::new(|| {
    let mut set = [0u64; 8];
    for info in EVENTS.iter().filter(|info| info.flags.has(Flags::LARGE_PAYLOAD)) {
        if let Some(word) = set.get_mut(usize::from(info.id) / 64) {
            *word |= 1 << (info.id % 64);
        }
    }
    set
});

/// A place among the blocks of a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Offset in the buffer of the next block.
    pub(crate) at: usize,
    /// Offset of its latency.
    pub(crate) latency: usize,
}

/// Blocks that are there. The offsets of blocks stay valid until the source is asked for a step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Blocks<'a> {
    pub(crate) buffer: &'a [u8],
    pub(crate) latencies: &'a [u8],
    pub(crate) cursor: Cursor,
    wide: &'static [u64],
}

/// What stands in front of the parameters of an event.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Time in ns since the epoch.
    pub ts: u64,
    /// Thread.
    pub tid: u64,
    /// CPU.
    pub cpu: u16,
    /// Type.
    pub kind: EventType,
    /// Bytes of the whole block.
    pub(crate) total: u32,
    /// Number of parameters.
    count: u32,
    /// End of the parameters in the block.
    end: u32,
    wide: bool,
}

/// The head of the block at the start of `i` when it is a [usual](USUAL) one, wholly there, and sound; the
/// general way is for all others.
#[inline(always)]
pub(crate) fn usual(i: &[u8], wide: &[u64]) -> Option<Head> {
    let head = i.first_chunk::<USUAL_HEADER>()?;
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
    let half = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
    if word(0) != USUAL {
        return None;
    }
    let (total, length, kind, count) = (word(4), word(26), EventType(half(30)), word(32));
    let wide = wide.get(usize::from(kind.0) / 64).is_some_and(|w| w >> (kind.0 % 64) & 1 != 0);
    let end = (USUAL_HEADER - HEADER_V2) as u64 + u64::from(length);
    let data = USUAL_HEADER as u64 + (u64::from(count) << if wide { 2 } else { 1 });
    let limit = i.len().min(EVENT_LIMIT + HEADER) as u64;
    let sound = data <= end && end + TRAILER as u64 <= u64::from(total) && u64::from(total) <= limit;
    let (ts, tid, cpu) = (long(10), long(18), half(8));
    // A sound end is within the block.
    sound.then_some(Head { ts, tid, cpu, kind, total, count, end: end as u32, wide })
}

impl Head {
    /// Number of parameters the event carries.
    #[inline(always)]
    pub fn params(&self) -> usize {
        self.count as usize
    }

    /// Bytes of the parameters with their lengths.
    #[inline(always)]
    pub(crate) fn size(&self) -> usize {
        self.end as usize - USUAL_HEADER
    }

    /// The event of this head in its block.
    #[inline(always)]
    pub(crate) fn event<'a>(&self, block: &'a [u8], latency: Option<u64>) -> Event<'a> {
        let data = USUAL_HEADER + (self.count as usize) * if self.wide { 4 } else { 2 };
        let lengths = block.get(USUAL_HEADER..data).unwrap_or_default();
        let data = block.get(data..self.end as usize).unwrap_or_default();
        let params = Params::new(lengths, data, self.wide);
        Event { ts: self.ts, tid: self.tid, cpu: self.cpu, kind: self.kind, flags: 0, latency, params }
    }
}

impl<'a> Blocks<'a> {
    /// The blocks in `buffer` from the cursor on.
    pub(crate) fn new(buffer: &'a [u8], latencies: &'a [u8], cursor: Cursor) -> Self {
        Self { buffer, latencies, cursor, wide: &*WIDE }
    }

    /// The place of the next block.
    #[inline]
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// The head of the block at a place; `None` when the rest is not for this way of reading.
    #[inline(always)]
    pub fn head(&self, cursor: Cursor) -> Option<Head> {
        usual(self.buffer.get(cursor.at..)?, self.wide)
    }

    /// The event at a place, and the place behind it.
    #[inline(always)]
    pub fn event(&self, mut cursor: Cursor, head: &Head) -> (Event<'a>, Cursor) {
        let block = self.buffer.get(cursor.at..).unwrap_or_default();
        let latency = self.latency(&mut cursor);
        cursor.at += head.total as usize;
        (head.event(block, latency), cursor)
    }

    /// The first parameter of the event with this head at a place, when it is a number of eight bytes.
    #[inline(always)]
    pub fn first_long(&self, cursor: Cursor, head: &Head) -> Option<i64> {
        let block = self.buffer.get(cursor.at..)?;
        let data = USUAL_HEADER + 2 * head.count as usize;
        let length = block.get(USUAL_HEADER..)?.first_chunk()?;
        if head.wide || head.count == 0 || u16::from_le_bytes(*length) != 8 || data + 8 > head.end as usize {
            return None;
        }
        Some(i64::from_le_bytes(*block.get(data..)?.first_chunk()?))
    }

    /// The place behind the block of this head.
    #[inline(always)]
    pub fn behind(&self, cursor: Cursor, head: &Head) -> Cursor {
        self.next(cursor, head.total)
    }

    #[inline(always)]
    fn next(&self, mut cursor: Cursor, total: u32) -> Cursor {
        if !self.latencies.is_empty() {
            self.latency(&mut cursor);
        }
        cursor.at += total as usize;
        cursor
    }

    /// Puts a copy of the blocks between two places behind others.
    pub(crate) fn copy(&self, from: Cursor, to: Cursor, part: &mut BlockSource) {
        let buffer = self.buffer.get(from.at..to.at).unwrap_or_default().to_vec();
        let end = Cursor { at: buffer.len(), latency: to.latency };
        part.push(buffer, self.latencies, Cursor { at: 0, latency: from.latency }, end, None);
    }

    /// The event of the block at this offset with this head.
    #[inline(always)]
    pub(crate) fn event_of(&self, at: usize, head: &Head) -> Event<'a> {
        head.event(self.buffer.get(at..).unwrap_or_default(), None)
    }

    /// The event of the block at this offset, which was looked at before.
    #[inline]
    pub(crate) fn event_at(&self, at: usize) -> Option<Event<'a>> {
        let block = self.buffer.get(at..)?;
        Some(usual(block, self.wide)?.event(block, None))
    }

    #[inline(always)]
    fn latency(&self, cursor: &mut Cursor) -> Option<u64> {
        let mut rest = self.latencies.get(cursor.latency..).filter(|rest| !rest.is_empty())?;
        let latency = take_latency(&mut rest);
        cursor.latency = self.latencies.len() - rest.len();
        latency
    }
}

/// Buffers of parts that are done, for the next ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spares(Arc<Mutex<Vec<Vec<u8>>>>);

impl Spares {
    /// Buffers kept.
    const MOST: usize = 64;
    /// Buffers that grew beyond this for a large block are not kept.
    const LARGEST: usize = 1 << 20;

    /// A buffer of at least this length.
    pub(crate) fn take(&self, length: usize) -> Vec<u8> {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.filter(|spare| spare.len() >= length).unwrap_or_else(|| vec![0; length])
    }

    fn give(&self, buffer: Vec<u8>) {
        let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spares.len() < Self::MOST && buffer.len() <= Self::LARGEST {
            spares.push(buffer);
        }
    }
}

/// A buffer that goes to the spare ones in the end.
#[derive(Debug, Default)]
struct Lent {
    bytes: Vec<u8>,
    spares: Option<Spares>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(spares) = &self.spares {
            spares.give(std::mem::take(&mut self.bytes));
        }
    }
}

/// Blocks that lie one behind the other in a buffer of a [`BlockSource`].
#[derive(Debug, Default)]
struct Stretch {
    buffer: Lent,
    /// Where they end.
    end: usize,
    latencies: Vec<u8>,
    cursor: Cursor,
}

impl Stretch {
    fn blocks(&self) -> Blocks<'_> {
        let buffer = self.buffer.bytes.get(..self.end).unwrap_or_default();
        Blocks::new(buffer, &self.latencies, self.cursor)
    }
}

/// Some blocks, see [`EventSource::cut`]. It has no section in front.
#[derive(Debug, Default)]
pub struct BlockSource {
    now: Stretch,
    /// What comes then.
    then: VecDeque<Stretch>,
    bytes: usize,
    snapshot: Snapshot,
    stats: Stats,
}

impl BlockSource {
    /// Bytes of all blocks.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts the blocks between two places in a buffer behind the others; the buffer goes to the spare ones in the end.
    pub(crate) fn push(
        &mut self,
        bytes: Vec<u8>,
        latencies: &[u8],
        from: Cursor,
        to: Cursor,
        spares: Option<Spares>,
    ) {
        let latencies = latencies.get(from.latency..to.latency).unwrap_or_default().to_vec();
        let (buffer, cursor) = (Lent { bytes, spares }, Cursor { at: from.at, latency: 0 });
        self.bytes += to.at.saturating_sub(from.at);
        self.then.push_back(Stretch { buffer, end: to.at, latencies, cursor });
    }
}

impl EventSource for BlockSource {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        self.more();
        let cursor = self.now.cursor;
        let Some(head) = self.now.blocks().head(cursor) else { return Ok(Step::End) };
        self.now.cursor = self.now.blocks().behind(cursor, &head);
        self.stats.events += 1;
        let (event, _) = self.now.blocks().event(cursor, &head);
        Ok(Step::Event(event))
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn stats(&self) -> Stats {
        self.stats
    }

    fn blocks(&self) -> Blocks<'_> {
        self.now.blocks()
    }

    fn pass(&mut self, to: Cursor, events: u64, _ts: u64) {
        self.now.cursor = to;
        self.stats.events += events;
    }

    fn more(&mut self) -> bool {
        if self.now.cursor.at < self.now.end {
            return false;
        }
        self.then.pop_front().map(|next| self.now = next).is_some()
    }
}
