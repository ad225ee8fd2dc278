//! Events that nobody looks at: a thread's stretch of them is gone over in one tight loop.

use super::{Blocks, Cursor, Head, TRAILER, USUAL, USUAL_HEADER, WIDE};
use crate::EventType;
use crate::reader::block::{EVENT_LIMIT, HEADER};
use crate::reader::event::HEADER_V2;
use crate::table::EVENTS;

/// A [`Head`] of which little is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Brief {
    /// Time in ns since the epoch.
    pub ts: u64,
    /// Type.
    pub kind: EventType,
    total: u32,
    count: u32,
    end: u32,
}

impl Brief {
    /// Number of parameters the event carries.
    #[inline(always)]
    pub fn params(&self) -> usize {
        self.count as usize
    }
}

impl From<&Head> for Brief {
    #[inline(always)]
    fn from(head: &Head) -> Self {
        let &Head { ts, kind, total, count, end, .. } = head;
        Self { ts, kind, total, count, end }
    }
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
    fn of(&self, kind: EventType) -> u8 {
        self.0.get(usize::from(kind.0)).copied().unwrap_or(0)
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

impl Blocks<'_> {
    /// Goes over events of one thread that nobody looks at, as far as they stand one behind the other and no more
    /// than about `limit`: exit events of these types, and enter events right in front of theirs. Of types of which not
    /// all are quiet, `is_quiet` tells which are, by the enter event, if there is one, and the exit event, each with its
    /// place.
    #[inline]
    pub fn pass_quiet(
        &self,
        from: Cursor,
        tid: u64,
        quiet: &Quiet,
        limit: u64,
        is_quiet: impl Fn(Option<(Brief, Cursor)>, (Brief, Cursor)) -> bool,
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
                    Some(second) if second.kind.0 == first.kind.0 | 1 => exit = second,
                    _ => break,
                }
                entered = 1;
            }
            let known = quiet.of(exit.kind);
            if known == Quiet::ENTER || exit.count.wrapping_sub(1) >= u32::from(known & !Quiet::SOME) {
                break;
            }
            if known >= Quiet::SOME {
                let enter = (entered > 0).then_some((first, passed.cursor));
                if !is_quiet(enter, (exit, next)) {
                    break;
                }
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

    /// A parameter of the event of this head at a place, when it is a number of eight bytes; for types whose lengths
    /// are those of most types.
    #[inline(always)]
    pub fn number(&self, at: Cursor, head: &Brief, index: usize) -> Option<i64> {
        let params = self.buffer.get(at.at + USUAL_HEADER..at.at + head.end as usize)?;
        let (lengths, data) = params.split_at_checked(2 * head.params())?;
        let (lengths, _) = lengths.as_chunks::<2>();
        let (length, before) = lengths.get(..=index)?.split_last()?;
        let at = before.iter().map(|&length| usize::from(u16::from_le_bytes(length))).sum::<usize>();
        if u16::from_le_bytes(*length) != 8 {
            return None;
        }
        Some(i64::from_le_bytes(*data.get(at..)?.first_chunk()?))
    }

    /// False when [`pass_quiet`](Self::pass_quiet) would go over nothing from here, as far as the type tells.
    #[inline(always)]
    pub fn may_be_quiet(&self, at: Cursor, quiet: &Quiet) -> bool {
        let kind = self.buffer.get(at.at + USUAL_HEADER - 6..).and_then(<[u8]>::first_chunk);
        kind.is_some_and(|kind| quiet.of(EventType(u16::from_le_bytes(*kind))) != 0)
    }

    /// True when the block at a place is a sound usual one of this thread.
    #[inline]
    pub fn is_of(&self, at: Cursor, tid: u64) -> bool {
        self.quiet(at.at, tid).is_some()
    }

    /// What [`pass_quiet`](Self::pass_quiet) has to know of the block at an offset, when it is a sound
    /// [usual](USUAL) one of this thread. Its lengths are those of most types.
    #[inline(always)]
    fn quiet(&self, at: usize, tid: u64) -> Option<Brief> {
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
        let kind = EventType(u16::from_le_bytes([head[30], head[31]]));
        // A sound end is within the block.
        sound.then_some(Brief { ts: long(10), kind, total, count, end: end as u32 })
    }
}
