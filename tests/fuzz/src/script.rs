//! A dense form of event streams, so that a mutation changes what events say and not only where they end.
//!
//! ```text
//! event  type u16, thread u8, time u8, number of parameters u8, parameters
//! number  0..=199: that number less 20; 200..=219: one below a power of two; 220..=239: bytes as they are;
//!         240..=247: another width; 248..: no bytes
//! other   length u8 (250..=254: length u16; 255: no bytes), bytes
//! ```

use cscope_capture::table::EVENTS;
use cscope_capture::{EventBuilder, EventType, OwnedEvent};

use super::bytes::Bytes;

/// Most events of one stream.
const MOST: usize = 512;
/// Time of the first event, ns since the epoch.
const START: u64 = 1_700_000_000_000_000_000;

/// The events that some bytes stand for.
pub(crate) fn events(input: &mut Bytes<'_>) -> Vec<OwnedEvent> {
    let mut b = EventBuilder::new();
    let mut ts = START;
    let mut events = Vec::new();
    while !input.is_empty() && events.len() < MOST {
        let kind = EventType(input.u16() % (EVENTS.len() as u16 + 2));
        let tid = match input.u8() {
            255 => u64::MAX,
            254 => 1 << 40,
            small => u64::from(small % 32),
        };
        ts = match input.u8() {
            255 => ts.wrapping_sub(1 << 33),
            254 => ts.wrapping_add(1 << 37),
            step => ts.wrapping_add(u64::from(step) * 997),
        };
        let table = kind.info().map_or(&[][..], |i| i.params);
        let count = match input.u8() {
            255 => table.len(),
            n => usize::from(n % 40),
        };
        b.start(kind);
        for index in 0..count {
            match table.get(index).and_then(|p| p.kind.width()) {
                Some(width) => number(input, width, &mut b),
                None => {
                    let length = match input.u8() {
                        255 => 0,
                        250..=254 => usize::from(input.u16()),
                        n => usize::from(n),
                    };
                    b.bytes(input.take(length));
                }
            }
        }
        events.push(b.owned(ts, tid, (ts % 3) as u16));
    }
    events
}

fn number(input: &mut Bytes<'_>, width: usize, b: &mut EventBuilder) {
    let value = match input.u8() {
        small @ 0..=199 => i128::from(small) - 20,
        power @ 200..=219 => (1 << ((power - 199) * 4).min(64)) - 1,
        220..=239 => {
            b.bytes(input.take(width));
            return;
        }
        other @ 240..=247 => {
            b.bytes(input.take(usize::from(other - 239)));
            return;
        }
        248.. => {
            b.empty();
            return;
        }
    };
    let bytes = value.to_le_bytes();
    b.bytes(bytes.get(..width).unwrap_or(&bytes));
}
