//! What was found out to be of no interest beside the descriptors themselves, when whether an event is of interest
//! depends on its descriptor.

use std::hash::BuildHasher;

use cscope_capture::table::EVENTS;
use cscope_capture::{Event, EventType};
use rustc_hash::FxBuildHasher;

use crate::fd::Layout;

/// Opens that are remembered; of those that fall on one place the last one is.
const OPENS: usize = 512;
/// Bytes of parameters, lengths included, of an open that is remembered.
const ROOM: usize = 116;

/// Types of events and ways of opening that are refused.
#[derive(Default)]
pub(in crate::inspector) struct Refusals {
    /// By type: events that could have a descriptor and have none.
    absent: Vec<bool>,
    opens: Vec<Open>,
}

/// An open with an absolute name: whoever opens the same in the same way gets a descriptor that differs in nothing but
/// its number, or fails in the same way.
#[derive(Clone, Copy)]
struct Open {
    kind: EventType,
    failed: bool,
    lengths: u8,
    end: u8,
    bytes: [u8; ROOM],
}

impl Open {
    const NONE: Self = Self { kind: EventType(0), failed: false, lengths: 0, end: 0, bytes: [0; ROOM] };
}

/// What there is to an open but its result: type, whether it failed, lengths and data of its parameters.
type Key<'a> = (EventType, bool, &'a [u8], &'a [u8]);

/// `None` when its first parameter is no result.
#[inline]
fn key<'a>(event: &Event<'a>) -> Option<Key<'a>> {
    let params = event.params;
    let (result, data) = params.data().split_first_chunk()?;
    let whole = params.length(0) == Some(8) && !params.is_wide();
    whole.then_some((event.kind, i64::from_le_bytes(*result) < 0, params.lengths(), data))
}

#[inline]
fn place_of(data: &[u8]) -> usize {
    FxBuildHasher.hash_one(data) as usize % OPENS
}

impl Refusals {
    pub(super) fn new() -> Self {
        Self { absent: vec![false; EVENTS.len()], opens: vec![Open::NONE; OPENS] }
    }

    /// True when events of this type without a descriptor are refused.
    #[inline(always)]
    pub(super) fn absent(&self, kind: EventType) -> bool {
        self.absent.get(usize::from(kind.0)).is_some_and(|&refused| refused)
    }

    /// Events of this type without a descriptor are.
    pub(super) fn add_absent(&mut self, kind: EventType) {
        if let Some(refused) = self.absent.get_mut(usize::from(kind.0)) {
            *refused = true;
        }
    }

    /// True when an open is, and the descriptor it made.
    #[inline]
    pub(super) fn open(&self, event: &Event<'_>) -> bool {
        let Some((kind, failed, lengths, data)) = key(event) else { return false };
        let Some(open) = self.opens.get(place_of(data)) else { return false };
        let known = open.bytes.get(..usize::from(open.end)).unwrap_or_default();
        (open.kind, open.failed) == (kind, failed)
            && known.split_at_checked(usize::from(open.lengths)) == Some((lengths, data))
    }

    /// An open is, and the descriptor it made.
    pub(super) fn add_open(&mut self, event: &Event<'_>) {
        let absolute =
            event.param(Layout::of(event.kind).name).is_some_and(|name| name.first() == Some(&b'/'));
        let Some((kind, failed, lengths, data)) = key(event).filter(|_| absolute) else { return };
        let (middle, end) = (lengths.len(), lengths.len() + data.len());
        let Some(place) = self.opens.get_mut(place_of(data)) else { return };
        if let Some((head, tail)) = place.bytes.get_mut(..end).and_then(|b| b.split_at_mut_checked(middle)) {
            head.copy_from_slice(lengths);
            tail.copy_from_slice(data);
            (place.kind, place.failed, place.lengths, place.end) = (kind, failed, middle as u8, end as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use cscope_capture::EventBuilder;

    use super::*;

    /// An openat with this result, directory and name, and a file with this inode.
    fn open(res: i64, dir: i64, name: &str, ino: u64) -> EventBuilder {
        let mut b = EventBuilder::new();
        let event = b.start(EventType::SYSCALL_OPENAT_2_X).i64(res).i64(dir);
        event.bytes(format!("{name}\0").as_bytes()).u32(1).u32(0).u32(0x801).u64(ino);
        b
    }

    #[test]
    fn only_the_same_file_opened_in_the_same_way_is_refused() {
        let mut refusals = Refusals::new();
        refusals.add_open(&open(3, -100, "/etc/passwd", 7).event(1, 1, 0));
        refusals.add_open(&open(-2, -100, "/etc/missing", 0).event(1, 1, 0));
        refusals.add_open(&open(3, -100, "passwd", 7).event(1, 1, 0));
        refusals.add_open(&open(3, -100, &format!("/{}", "d".repeat(ROOM)), 7).event(1, 1, 0));
        for (refused, res, dir, name, ino) in [
            (true, 3, -100, "/etc/passwd", 7),
            (true, 9, -100, "/etc/passwd", 7),
            (false, 3, -100, "/etc/passwd", 8),
            (false, 3, 4, "/etc/passwd", 7),
            (false, -2, -100, "/etc/passwd", 7),
            (false, 3, -100, "/etc/group", 7),
            (false, 3, -100, "passwd", 7),
            (true, -13, -100, "/etc/missing", 0),
            (false, 3, -100, "/etc/missing", 0),
        ] {
            assert_eq!(
                refusals.open(&open(res, dir, name, ino).event(2, 2, 0)),
                refused,
                "{res} {name} {ino}"
            );
        }
        let long = format!("/{}", "d".repeat(ROOM));
        assert!(!refusals.open(&open(3, -100, &long, 7).event(1, 1, 0)));
        assert!(!Refusals::default().open(&open(3, -100, "/etc/passwd", 7).event(1, 1, 0)));
    }
}
