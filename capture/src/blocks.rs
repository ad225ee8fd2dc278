//! Event blocks that lie in memory one behind the other: what a reader of whole captures walks through without a
//! call per event.
//!
//! Nearly all events of today's captures stand in blocks of one form. [`EventSource::blocks`](crate::EventSource::blocks)
//! shows those that are there; whoever has looked at some says so with
//! [`EventSource::pass`](crate::EventSource::pass). Everything else (other blocks, a block that is cut in two,
//! damage) is for [`EventSource::step`](crate::EventSource::step).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

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

/// A [`Head`] of which little is wanted.
#[derive(Clone, Copy)]
struct QuietHead {
    ts: u64,
    kind: u16,
    total: u32,
    count: u32,
}

/// Which events of a thread nobody looks at, by type: see [`Blocks::pass_quiet`].
#[derive(Debug, Clone)]
pub struct Quiet(Box<[u8]>);

impl Quiet {
    /// Added for types of exit events of which not all are quiet.
    const SOME: u8 = 0x80;
    /// Mark of types of enter events.
    const ENTER: u8 = 0xff;

    /// No types.
    pub fn new() -> Self {
        Self(vec![0; EVENTS.len()].into())
    }

    /// Adds a type of exit events with 1 to `params` parameters, and with `enter` that of the enter events in front
    /// of them. Not `all` of them may be quiet.
    pub fn add(&mut self, exit: EventType, params: u8, enter: bool, all: bool) {
        let is_wide = |kind: u16| WIDE.get(usize::from(kind) / 64).is_some_and(|w| w >> (kind % 64) & 1 != 0);
        let kinds = if enter { exit.0 & !1..=exit.0 } else { exit.0..=exit.0 };
        let params = if all { params } else { params | Self::SOME };
        if params & !Self::SOME < !Self::SOME && !kinds.clone().any(is_wide) {
            for kind in kinds {
                if let Some(place) = self.0.get_mut(usize::from(kind)) {
                    *place = if kind == exit.0 { params } else { Self::ENTER };
                }
            }
        }
    }

    #[inline(always)]
    fn of(&self, kind: u16) -> u8 {
        self.0.get(usize::from(kind)).copied().unwrap_or(0)
    }
}

impl Default for Quiet {
    fn default() -> Self {
        Self::new()
    }
}

/// What [`Blocks::pass_quiet`] went over.
#[derive(Debug, Clone, Copy)]
pub struct Passed {
    /// The place behind it.
    pub cursor: Cursor,
    /// Events, enter events included.
    pub events: u64,
    /// Exit events.
    pub exits: u64,
    /// Time of the last event.
    pub ts: u64,
    /// The latest time of an exit event.
    pub latest: u64,
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

    /// Goes over events of one thread that nobody looks at, as far as they stand one behind the other and no more
    /// than about `limit`: exit events of these types, and enter events right in front of theirs. Of types of which not
    /// all are quiet, `is_quiet` tells which are, by type and number of parameters of the exit event, the place of the
    /// enter event, if there is one, and that of the exit event.
    #[inline]
    pub fn pass_quiet(
        &self,
        from: Cursor,
        tid: u64,
        quiet: &Quiet,
        limit: u64,
        is_quiet: impl Fn(EventType, usize, Option<Cursor>, Cursor) -> bool,
    ) -> Passed {
        let mut passed = Passed { cursor: from, events: 0, exits: 0, ts: 0, latest: 0 };
        while passed.events < limit {
            let Some(first) = self.quiet(passed.cursor.at, tid) else { break };
            let mut exit = first;
            let mut entered = 0;
            let mut next = passed.cursor;
            if quiet.of(first.kind) == Quiet::ENTER {
                next = self.next(next, first.total);
                match self.quiet(next.at, tid) {
                    Some(second) if second.kind == first.kind | 1 => exit = second,
                    _ => break,
                }
                entered = 1;
            }
            let mut known = quiet.of(exit.kind);
            if known >= Quiet::SOME {
                let enter = (entered > 0).then_some(passed.cursor);
                let (kind, params) = (EventType(exit.kind), exit.count as usize);
                if known == Quiet::ENTER || !is_quiet(kind, params, enter, next) {
                    break;
                }
                known &= !Quiet::SOME;
            }
            if exit.count.wrapping_sub(1) >= u32::from(known) {
                break;
            }
            passed = Passed {
                cursor: self.next(next, exit.total),
                events: passed.events + 1 + entered,
                exits: passed.exits + 1,
                ts: exit.ts,
                latest: passed.latest.max(exit.ts),
            };
        }
        passed
    }

    /// The time of the event at a place that was gone over.
    #[inline(always)]
    pub fn time(&self, at: Cursor) -> Option<u64> {
        Some(u64::from_le_bytes(*self.buffer.get(at.at + HEADER + 2..)?.first_chunk()?))
    }

    /// A parameter of the event at a place that was gone over, when it is a number of eight bytes.
    #[inline(always)]
    pub fn number(&self, at: Cursor, index: usize) -> Option<i64> {
        let block = self.buffer.get(at.at..)?;
        let head = block.first_chunk::<USUAL_HEADER>()?;
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (count, end) = (word(32) as usize, word(26) as usize + (USUAL_HEADER - HEADER_V2));
        let length = |index: usize| {
            let length = block.get(USUAL_HEADER + 2 * index..)?.first_chunk()?;
            Some(usize::from(u16::from_le_bytes(*length)))
        };
        let mut data = USUAL_HEADER + 2 * count;
        for before in 0..index {
            data += length(before)?;
        }
        if index >= count || length(index)? != 8 || data + 8 > end {
            return None;
        }
        Some(i64::from_le_bytes(*block.get(data..)?.first_chunk()?))
    }

    /// False when [`pass_quiet`](Self::pass_quiet) would go over nothing from here, as far as the type tells.
    #[inline(always)]
    pub fn may_be_quiet(&self, at: Cursor, quiet: &Quiet) -> bool {
        let kind = self.buffer.get(at.at + USUAL_HEADER - 6..).and_then(<[u8]>::first_chunk);
        kind.is_some_and(|kind| quiet.of(u16::from_le_bytes(*kind)) != 0)
    }

    /// True when the block at a place is a sound usual one of this thread.
    #[inline]
    pub fn is_of(&self, at: Cursor, tid: u64) -> bool {
        self.quiet(at.at, tid).is_some()
    }

    /// What [`pass_quiet`](Self::pass_quiet) has to know of the block at an offset, when it is a sound
    /// [usual](USUAL) one of this thread. Its lengths are those of most types.
    #[inline(always)]
    fn quiet(&self, at: usize, tid: u64) -> Option<QuietHead> {
        let rest = self.buffer.get(at..)?;
        let head = rest.first_chunk::<USUAL_HEADER>()?;
        let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        let (total, length, count) = (word(4), word(26), word(32));
        let end = (USUAL_HEADER - HEADER_V2) as u64 + u64::from(length);
        let limit = rest.len().min(EVENT_LIMIT + HEADER) as u64;
        let sound = word(0) == USUAL
            && long(18) == tid
            && USUAL_HEADER as u64 + 2 * u64::from(count) <= end
            && end + TRAILER as u64 <= u64::from(total)
            && u64::from(total) <= limit;
        sound.then_some(QuietHead {
            ts: long(10),
            kind: u16::from_le_bytes([head[30], head[31]]),
            total,
            count,
        })
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
