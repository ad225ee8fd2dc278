//! Event blocks: `u16 cpu, [u32 flags], u64 ts, u64 tid, u32 length, u16 type, [u32 parameter count]`, the
//! lengths of the parameters, their bytes. This is the hot path: one bounds check per header, no copy.

use nom::IResult;

use super::block::{EVENT_LIMIT, EventLayout, HEADER};
use super::wire::{array, bad, short, u16, u32};
use crate::table::Flags;
use crate::{Event, EventType, Params};

/// Event header without and with the parameter count.
const HEADER_V1: usize = 22;
const HEADER_V2: usize = 26;
/// Bytes of a block behind its body.
const TRAILER: usize = 4;
/// Types whose length a version 1 file states 3 too large.
const THREE_TOO_LONG: [EventType; 2] = [EventType::NOTIFICATION_E, EventType::INFRASTRUCTURE_EVENT_E];

/// Number of the blocks nearly all events of today's captures stand in: no flags, with a parameter count.
const USUAL: u32 = 0x216;
/// Bytes of such a block in front of the lengths of the parameters.
const USUAL_HEADER: usize = HEADER + 2 + HEADER_V2;

/// What stands in front of the parameters of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) ts: u64,
    pub(crate) tid: u64,
    pub(crate) cpu: u16,
    pub(crate) kind: EventType,
    pub(crate) wide: bool,
    /// Bytes of the whole block.
    pub(crate) total: usize,
    /// Where lengths and bytes of the parameters begin in the block, and where they end.
    lengths: usize,
    data: usize,
    end: usize,
}

/// The head of the block at the start of `i` when it is a [usual](USUAL) one, wholly there, and sound; the
/// general way is for all others. This is [`event`] with one bounds check.
#[inline(always)]
pub(crate) fn usual(i: &[u8]) -> Option<Head> {
    let head = i.first_chunk::<USUAL_HEADER>()?;
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
    let half = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
    if word(0) != USUAL {
        return None;
    }
    let (total, length, kind) = (word(4) as usize, word(26) as usize, EventType(half(30)));
    let wide = kind.info().is_some_and(|info| info.flags.has(Flags::LARGE_PAYLOAD));
    let end = USUAL_HEADER + length.checked_sub(HEADER_V2)?;
    let data = USUAL_HEADER + (word(32) as usize).checked_mul(if wide { 4 } else { 2 })?;
    let sound = data <= end && end + TRAILER <= total && total <= i.len().min(EVENT_LIMIT + HEADER);
    let (ts, tid, cpu) = (long(10), long(18), half(8));
    sound.then_some(Head { ts, tid, cpu, kind, wide, total, lengths: USUAL_HEADER, data, end })
}

impl Head {
    /// The event of this head in its block.
    #[inline(always)]
    pub(crate) fn event<'a>(&self, block: &'a [u8], latency: Option<u64>) -> Event<'a> {
        let lengths = block.get(self.lengths..self.data).unwrap_or_default();
        let data = block.get(self.data..self.end).unwrap_or_default();
        let params = Params::new(lengths, data, self.wide);
        Event { ts: self.ts, tid: self.tid, cpu: self.cpu, kind: self.kind, flags: 0, latency, params }
    }
}

/// Parses the body of an event block (with padding). The latency is not in the block.
#[inline]
pub(crate) fn event(body: &[u8], layout: EventLayout) -> IResult<&[u8], Event<'_>> {
    let (i, cpu) = u16(body)?;
    let (i, flags) = if layout.flags { u32(i)? } else { (i, 0) };
    let (rest, head) = array::<HEADER_V1>(i)?;
    let &[a, b, c, d, e, f, g, h, j, k, l, m, n, o, p, q, l0, l1, l2, l3, t0, t1] = head;
    let ts = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let tid = u64::from_le_bytes([j, k, l, m, n, o, p, q]);
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    let kind = EventType(u16::from_le_bytes([t0, t1]));
    let wide = kind.info().is_some_and(|info| info.flags.has(Flags::LARGE_PAYLOAD));
    let params = if layout.counted {
        let (rest, count) = u32(rest)?;
        let Some(payload) = length.checked_sub(HEADER_V2).and_then(|length| rest.get(..length)) else {
            return Err(short(i));
        };
        let Some((lengths, data)) = split(payload, count as usize, wide) else { return Err(bad(i)) };
        Params::new(lengths, data, wide)
    } else {
        let length = if THREE_TOO_LONG.contains(&kind) { length.saturating_sub(3) } else { length };
        let Some(payload) = length.checked_sub(HEADER_V1).and_then(|length| rest.get(..length)) else {
            return Err(short(i));
        };
        let Some(params) = count_parameters(kind, payload, wide) else { return Err(bad(i)) };
        params
    };
    Ok((&[], Event { ts, tid, cpu, kind, flags, latency: None, params }))
}

/// The payload cut behind `count` lengths.
#[inline(always)]
fn split(payload: &[u8], count: usize, wide: bool) -> Option<(&[u8], &[u8])> {
    payload.split_at_checked(count.checked_mul(if wide { 4 } else { 2 })?)
}

/// Version 1 events do not say how many parameters they have: the number is the largest not above the
/// table's for which lengths and bytes fill the event exactly. `None` when there is none.
fn count_parameters(kind: EventType, payload: &[u8], wide: bool) -> Option<Params<'_>> {
    let Some(info) = kind.info() else { return Some(Params::new(&[], payload, wide)) };
    (0..=info.params.len()).rev().find_map(|count| {
        let (lengths, data) = split(payload, count, wide)?;
        let params = Params::new(lengths, data, wide);
        let total = (0..count).try_fold(0usize, |sum, i| sum.checked_add(params.length(i)?))?;
        (total == data.len()).then_some(params)
    })
}
