//! Enter events that wait for their exit, one per thread, within limits.

use rustc_hash::FxHashMap;

use crate::{Event, OwnedEvent};

/// Threads kept at most; few in tests, which fill them.
const THREADS: usize = if cfg!(test) { 64 } else { 262_144 };
/// Bytes of parameters kept at most, all threads together.
const BYTES: usize = if cfg!(test) { 256 << 10 } else { 64 << 20 };
/// Longest parameters of one enter event.
const LONGEST: usize = 64 << 10;

/// The last system-call event of one thread, if it was an enter event.
#[derive(Debug)]
struct Slot {
    enter: OwnedEvent,
    open: bool,
}

/// Enter events by thread. A thread keeps its buffer from call to call.
#[derive(Debug, Default)]
pub(super) struct Pending {
    slots: FxHashMap<u64, Slot>,
    open: usize,
    bytes: usize,
    dropped: u64,
}

impl Pending {
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        (self.open, self.bytes) = (0, 0);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Keeps an enter event, in place of what its thread had before. Without `params` only the fact.
    pub(super) fn open(&mut self, event: &Event<'_>, params: bool) {
        if event.params.data().len() + event.params.lengths().len() > LONGEST {
            self.close(event.tid);
            self.dropped += 1;
            return;
        }
        let bare = Event { params: crate::Params::new(&[], &[], false), ..*event };
        let event = if params { event } else { &bare };
        if let Some(slot) = self.slots.get_mut(&event.tid) {
            self.open += usize::from(!slot.open);
            self.bytes -= slot.enter.capacity();
            slot.enter.assign(event);
            slot.open = true;
            self.bytes += slot.enter.capacity();
        } else {
            if self.slots.len() >= THREADS {
                self.shed();
            }
            let slot = Slot { enter: OwnedEvent::from(event), open: true };
            self.open += 1;
            self.bytes += slot.enter.capacity();
            self.slots.insert(event.tid, slot);
        }
        if self.bytes > BYTES {
            self.shed();
        }
    }

    /// Takes out the enter event of a thread; it stays readable until the next call.
    #[inline]
    pub(super) fn close(&mut self, tid: u64) -> Option<Event<'_>> {
        // Streams without enter events pay for this comparison only.
        if self.open == 0 {
            return None;
        }
        let slot = self.slots.get_mut(&tid).filter(|slot| slot.open)?;
        slot.open = false;
        self.open -= 1;
        Some(slot.enter.event())
    }

    /// Forgets a thread that has ended.
    pub(super) fn remove(&mut self, tid: u64) {
        if let Some(slot) = self.slots.remove(&tid) {
            self.open -= usize::from(slot.open);
            self.bytes -= slot.enter.capacity();
        }
    }

    /// Makes room: drops what is idle or has a big buffer without need, then, when that is not enough, the
    /// older half. Happens at most once per many thousand enter events, so its cost does not show.
    fn shed(&mut self) {
        self.slots.retain(|_, slot| slot.open);
        if self.slots.len() > THREADS / 2 || self.held() > BYTES / 2 {
            let mut times: Vec<u64> = self.slots.values().map(|slot| slot.enter.event().ts).collect();
            let middle = times.len() / 2;
            let (_, &mut limit, _) = times.select_nth_unstable(middle);
            let before = self.slots.len();
            self.slots.retain(|_, slot| slot.enter.event().ts > limit);
            self.dropped += (before - self.slots.len()) as u64;
        }
        self.open = self.slots.len();
        self.bytes = self.held();
    }

    fn held(&self) -> usize {
        self.slots.values().map(|slot| slot.enter.capacity()).sum()
    }
}
