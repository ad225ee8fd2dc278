//! Enter events that wait for their exit, one per thread, within limits.
//!
//! An enter event that stands in a block of the source is kept as its offset there, because most are never
//! looked at; [`Pending::keep`] takes a copy before the block goes away or is needed.

use rustc_hash::FxHashMap;

use crate::{Blocks, Event, EventType, Head, OwnedEvent, Params};

/// Threads kept at most; few in tests, which fill them.
const THREADS: usize = if cfg!(test) { 64 } else { 65_536 };
/// Bytes of parameters kept at most, all threads together.
const BYTES: usize = if cfg!(test) { 256 << 10 } else { 16 << 20 };
/// Longest parameters of one enter event.
pub(super) const LONGEST: usize = 64 << 10;
/// Threads found without a search.
const RECENT: usize = 64;

/// Where the enter event of a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// There is none.
    Nowhere,
    /// In the block at this offset of the source.
    Block(usize),
    /// In the slot.
    Here,
}

/// The last system-call event of one thread, if it was an enter event.
#[derive(Debug, Clone)]
struct Slot {
    tid: u64,
    ts: u64,
    kind: EventType,
    /// Its parameters are of no use.
    bare: bool,
    place: Place,
    enter: OwnedEvent,
    /// The slot is in the list of those in blocks since this turn.
    turn: u32,
}

/// Where an enter event is that was taken out.
#[derive(Debug, Clone, Copy)]
enum Closed {
    /// There is none, or its parameters are of no use.
    Nowhere,
    /// In the block at this offset of the source.
    Block(usize),
    /// The same, with its head.
    Pair(Head, usize),
    /// In this slot.
    Slot(usize),
}

/// An enter event that was taken out: what is known of it without its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entered {
    pub(super) ts: u64,
    pub(super) kind: EventType,
}

/// Enter events by thread. A thread keeps its buffer from call to call.
#[derive(Debug)]
pub(super) struct Pending {
    index: FxHashMap<u64, u32>,
    slots: Vec<Slot>,
    /// Slots used lately, by the low bits of the thread.
    recent: [u32; RECENT],
    /// Threads whose enter events may be in blocks.
    in_blocks: Vec<u64>,
    turn: u32,
    /// The enter event that was taken out last.
    closed: Closed,
    open: usize,
    bytes: usize,
    dropped: u64,
}

impl Default for Pending {
    fn default() -> Self {
        Self {
            index: FxHashMap::default(),
            slots: Vec::new(),
            recent: [0; RECENT],
            in_blocks: Vec::new(),
            turn: 1,
            closed: Closed::Nowhere,
            open: 0,
            bytes: 0,
            dropped: 0,
        }
    }
}

impl Pending {
    pub(super) fn clear(&mut self) {
        *self = Self { dropped: self.dropped, ..Self::default() };
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What waits, for a reader that goes on from here.
    pub(super) fn fork(&self) -> Self {
        let slots: Vec<Slot> = self.slots.iter().filter(|s| s.place != Place::Nowhere).cloned().collect();
        let index = slots.iter().map(|slot| slot.tid).zip(0..).collect();
        let mut fork = Self { index, open: slots.len(), slots, ..Self::default() };
        fork.bytes = fork.held();
        fork
    }

    #[inline]
    fn find(&mut self, tid: u64) -> Option<usize> {
        let recent = self.recent.get_mut(tid as usize % RECENT)?;
        let at = *recent as usize;
        if self.slots.get(at).is_some_and(|slot| slot.tid == tid) {
            return Some(at);
        }
        let at = *self.index.get(&tid)?;
        *recent = at;
        Some(at as usize)
    }

    /// Notes an enter event in the block at offset `at`, in place of what its thread had before.
    #[inline]
    pub(super) fn note(&mut self, head: &Head, at: usize, bare: bool) {
        self.closed = Closed::Nowhere;
        let found = self.find(head.tid).and_then(|at| self.slots.get_mut(at));
        let Some(slot) = found.filter(|_| head.size() <= LONGEST) else {
            return self.note_new(head, at, bare);
        };
        self.open += usize::from(slot.place == Place::Nowhere);
        (slot.ts, slot.kind, slot.bare, slot.place) = (head.ts, head.kind, bare, Place::Block(at));
        if slot.turn != self.turn {
            slot.turn = self.turn;
            self.in_blocks.push(head.tid);
        }
    }

    /// The first enter event of a thread, or one that is too long.
    #[cold]
    fn note_new(&mut self, head: &Head, at: usize, bare: bool) {
        let params = Params::new(&[], &[], false);
        let (flags, latency) = (0, None);
        let event =
            Event { ts: head.ts, tid: head.tid, cpu: head.cpu, kind: head.kind, flags, latency, params };
        if head.size() > LONGEST {
            self.close(head.tid);
            self.dropped += 1;
            return;
        }
        self.open(&event, false);
        self.note(head, at, bare);
    }

    /// Keeps an enter event, in place of what its thread had before. Without `params` only the fact.
    #[inline]
    pub(super) fn open(&mut self, event: &Event<'_>, params: bool) {
        self.closed = Closed::Nowhere;
        if event.params.data().len() + event.params.lengths().len() > LONGEST {
            self.close(event.tid);
            self.dropped += 1;
            return;
        }
        let bare = Event { params: Params::new(&[], &[], false), ..*event };
        let event = if params { event } else { &bare };
        if let Some(slot) = self.find(event.tid).and_then(|at| self.slots.get_mut(at)) {
            self.open += usize::from(slot.place == Place::Nowhere);
            self.bytes -= slot.enter.capacity();
            slot.enter.assign(event);
            (slot.ts, slot.kind, slot.bare, slot.place) = (event.ts, event.kind, !params, Place::Here);
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
        let (tid, ts, kind) = (event.tid, event.ts, event.kind);
        let bare = event.params.is_empty();
        let enter = OwnedEvent::from(event);
        self.open += 1;
        self.bytes += enter.capacity();
        self.index.insert(tid, self.slots.len() as u32);
        self.slots.push(Slot { tid, ts, kind, bare, place: Place::Here, enter, turn: 0 });
    }

    /// The enter event of a thread that is still in a block becomes a copy.
    #[inline]
    pub(super) fn keep(&mut self, tid: u64, blocks: &Blocks<'_>) {
        let Some(slot) = self.find(tid).and_then(|at| self.slots.get_mut(at)) else { return };
        let Place::Block(at) = slot.place else { return };
        let Some(event) = blocks.event_at(at) else {
            // These are not the blocks it was noted in.
            slot.place = Place::Nowhere;
            self.open -= 1;
            return;
        };
        slot.place = Place::Here;
        self.bytes -= slot.enter.capacity();
        let params = if slot.bare { Params::new(&[], &[], false) } else { event.params };
        slot.enter.assign(&Event { params, ..event });
        self.bytes += slot.enter.capacity();
    }

    /// All enter events that are still in blocks become copies.
    pub(super) fn keep_all(&mut self, blocks: &Blocks<'_>) {
        let mut threads = std::mem::take(&mut self.in_blocks);
        for tid in threads.drain(..) {
            self.keep(tid, blocks);
        }
        self.in_blocks = threads;
        self.turn = self.turn.wrapping_add(1).max(1);
        if self.bytes > BYTES {
            self.shed();
        }
    }

    /// The enter event of a thread, if it is in a block.
    #[inline]
    pub(super) fn in_block<'b>(&mut self, tid: u64, blocks: &Blocks<'b>) -> Option<Event<'b>> {
        let at = self.find(tid)?;
        match self.slots.get(at)? {
            Slot { place: Place::Block(at), bare: false, .. } => blocks.event_at(*at),
            _ => None,
        }
    }

    /// Takes out the enter event of a thread; [`closed`](Self::closed) has it until the next call.
    #[inline]
    pub(super) fn close(&mut self, tid: u64) -> Option<Entered> {
        self.closed = Closed::Nowhere;
        // Streams without enter events pay for this comparison only.
        if self.open == 0 {
            return None;
        }
        let at = self.find(tid)?;
        let slot = self.slots.get_mut(at).filter(|slot| slot.place != Place::Nowhere)?;
        let place = std::mem::replace(&mut slot.place, Place::Nowhere);
        self.open -= 1;
        self.closed = match place {
            Place::Here => Closed::Slot(at),
            Place::Block(at) if !slot.bare => Closed::Block(at),
            _ => Closed::Nowhere,
        };
        Some(Entered { ts: slot.ts, kind: slot.kind })
    }

    /// Takes an enter event that was not noted for one that was taken out.
    #[inline]
    pub(super) fn close_pair(&mut self, enter: Head, at: usize) {
        self.closed = Closed::Pair(enter, at);
    }

    /// The enter event that the last call took out.
    #[inline]
    pub(super) fn closed<'a>(&'a self, blocks: &Blocks<'a>) -> Option<Event<'a>> {
        match self.closed {
            Closed::Nowhere => None,
            Closed::Block(at) => blocks.event_at(at),
            Closed::Pair(head, at) => Some(blocks.event_of(at, &head)),
            Closed::Slot(at) => Some(self.slots.get(at)?.enter.event()),
        }
    }

    /// Forgets a thread that has ended.
    pub(super) fn remove(&mut self, tid: u64) {
        self.closed = Closed::Nowhere;
        let Some(at) = self.index.remove(&tid) else { return };
        let at = at as usize;
        if at >= self.slots.len() {
            return;
        }
        let slot = self.slots.swap_remove(at);
        self.open -= usize::from(slot.place != Place::Nowhere);
        self.bytes -= slot.enter.capacity();
        if let Some(moved) = self.slots.get(at) {
            self.index.insert(moved.tid, at as u32);
        }
    }

    /// Makes room: drops what is idle or has a big buffer without need, then, when that is not enough, the
    /// older half. Happens at most once per many thousand enter events, so its cost does not show.
    #[cold]
    fn shed(&mut self) {
        self.closed = Closed::Nowhere;
        self.slots.retain(|slot| slot.place != Place::Nowhere);
        if self.slots.len() > THREADS / 2 || self.held() > BYTES / 2 {
            let mut times: Vec<u64> = self.slots.iter().map(|slot| slot.ts).collect();
            let middle = times.len() / 2;
            let (_, &mut limit, _) = times.select_nth_unstable(middle);
            let before = self.slots.len();
            self.slots.retain(|slot| slot.ts > limit);
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
