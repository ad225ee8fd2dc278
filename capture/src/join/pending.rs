//! Enter events that wait for their exit, one per thread, within limits.

use rustc_hash::FxHashMap;

use crate::{Event, OwnedEvent};

/// Threads kept at most; few in tests, which fill them.
const THREADS: usize = if cfg!(test) { 64 } else { 65_536 };
/// Bytes of parameters kept at most, all threads together.
const BYTES: usize = if cfg!(test) { 256 << 10 } else { 16 << 20 };
/// Longest parameters of one enter event.
const LONGEST: usize = 64 << 10;

/// The last system-call event of one thread, if it was an enter event.
#[derive(Debug)]
struct Slot {
    tid: u64,
    enter: OwnedEvent,
    open: bool,
}

/// Enter events by thread. A thread keeps its buffer from call to call.
#[derive(Debug, Default)]
pub(super) struct Pending {
    index: FxHashMap<u64, u32>,
    slots: Vec<Slot>,
    /// Slot used last: events come in runs of one thread.
    last: usize,
    /// Slot whose enter event was taken out last.
    closed: Option<usize>,
    open: usize,
    bytes: usize,
    dropped: u64,
}

impl Pending {
    pub(super) fn clear(&mut self) {
        self.index.clear();
        self.slots.clear();
        self.closed = None;
        (self.open, self.bytes) = (0, 0);
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    #[inline]
    fn find(&mut self, tid: u64) -> Option<usize> {
        if self.slots.get(self.last).is_none_or(|slot| slot.tid != tid) {
            self.last = *self.index.get(&tid)? as usize;
        }
        Some(self.last)
    }

    /// Keeps an enter event, in place of what its thread had before. Without `params` only the fact.
    #[inline]
    pub(super) fn open(&mut self, event: &Event<'_>, params: bool) {
        self.closed = None;
        if event.params.data().len() + event.params.lengths().len() > LONGEST {
            self.close(event.tid);
            self.dropped += 1;
            return;
        }
        let bare = Event { params: crate::Params::new(&[], &[], false), ..*event };
        let event = if params { event } else { &bare };
        if let Some(slot) = self.find(event.tid).and_then(|at| self.slots.get_mut(at)) {
            self.open += usize::from(!slot.open);
            self.bytes -= slot.enter.capacity();
            slot.enter.assign(event);
            slot.open = true;
            self.bytes += slot.enter.capacity();
        } else {
            self.insert(event);
        }
        if self.bytes > BYTES {
            self.shed();
        }
    }

    #[cold]
    fn insert(&mut self, event: &Event<'_>) {
        if self.slots.len() >= THREADS {
            self.shed();
        }
        let slot = Slot { tid: event.tid, enter: OwnedEvent::from(event), open: true };
        self.open += 1;
        self.bytes += slot.enter.capacity();
        self.index.insert(event.tid, self.slots.len() as u32);
        self.last = self.slots.len();
        self.slots.push(slot);
    }

    /// Takes out the enter event of a thread; [`closed`](Self::closed) has it until the next call.
    #[inline]
    pub(super) fn close(&mut self, tid: u64) -> Option<Event<'_>> {
        self.closed = None;
        // Streams without enter events pay for this comparison only.
        if self.open == 0 {
            return None;
        }
        let at = self.find(tid)?;
        let slot = self.slots.get_mut(at).filter(|slot| slot.open)?;
        slot.open = false;
        self.open -= 1;
        self.closed = Some(at);
        Some(slot.enter.event())
    }

    /// The enter event that the last call took out.
    #[inline]
    pub(super) fn closed(&self) -> Option<Event<'_>> {
        Some(self.slots.get(self.closed?)?.enter.event())
    }

    /// Forgets a thread that has ended.
    pub(super) fn remove(&mut self, tid: u64) {
        self.closed = None;
        let Some(at) = self.index.remove(&tid) else { return };
        let at = at as usize;
        if at >= self.slots.len() {
            return;
        }
        let slot = self.slots.swap_remove(at);
        self.open -= usize::from(slot.open);
        self.bytes -= slot.enter.capacity();
        if let Some(moved) = self.slots.get(at) {
            self.index.insert(moved.tid, at as u32);
        }
    }

    /// Makes room: drops what is idle or has a big buffer without need, then, when that is not enough, the
    /// older half. Happens at most once per many thousand enter events, so its cost does not show.
    #[cold]
    fn shed(&mut self) {
        self.slots.retain(|slot| slot.open);
        if self.slots.len() > THREADS / 2 || self.held() > BYTES / 2 {
            let mut times: Vec<u64> = self.slots.iter().map(|slot| slot.enter.event().ts).collect();
            let middle = times.len() / 2;
            let (_, &mut limit, _) = times.select_nth_unstable(middle);
            let before = self.slots.len();
            self.slots.retain(|slot| slot.enter.event().ts > limit);
            self.dropped += (before - self.slots.len()) as u64;
        }
        self.index = self.slots.iter().map(|slot| slot.tid).zip(0..).collect();
        self.open = self.slots.len();
        self.bytes = self.held();
    }

    fn held(&self) -> usize {
        self.slots.iter().map(|slot| slot.enter.capacity()).sum()
    }
}
