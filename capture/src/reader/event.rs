//! Event blocks: `u16 cpu, [u32 flags], u64 ts, u64 tid, u32 length, u16 type, [u32 parameter count]`, the
//! lengths of the parameters, their bytes. This is the hot path: one bounds check per header, no copy.

use nom::IResult;

use super::block::EventLayout;
use super::wire::{array, bad, short, u16, u32};
use crate::table::Flags;
use crate::{Event, EventType, Params};

/// Event header without and with the parameter count.
const HEADER_V1: usize = 22;
pub(crate) const HEADER_V2: usize = 26;
/// Types whose length a version 1 file states 3 too large.
const THREE_TOO_LONG: [EventType; 2] = [EventType::NOTIFICATION_E, EventType::INFRASTRUCTURE_EVENT_E];

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
