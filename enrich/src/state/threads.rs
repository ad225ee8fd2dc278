//! The table of threads. Entries live in slots; a slot keeps its number as long as its thread is there, and the
//! thread used last is found without a search, because events come in runs of one thread.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::Thread;

/// Threads found without a search.
const RECENT: usize = 64;

/// Whether events of a thread can be of interest, as long as the thread is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mark {
    /// Not asked yet.
    #[default]
    Unknown,
    /// They can.
    Wanted,
    /// They cannot.
    Refused,
}

/// Threads by id.
#[derive(Debug, Clone)]
pub(super) struct Threads {
    index: FxHashMap<i64, u32>,
    slots: Vec<Option<Arc<Thread>>>,
    /// One for each slot; unknown again after every change of its thread.
    marks: Vec<Mark>,
    free: Vec<u32>,
    /// Threads used lately and their slots, by the low bits of the id. A slot that was freed or given to another
    /// thread does not count.
    recent: [(i64, u32); RECENT],
}

impl Default for Threads {
    fn default() -> Self {
        Self {
            index: FxHashMap::default(),
            slots: Vec::new(),
            marks: Vec::new(),
            free: Vec::new(),
            recent: [(0, 0); RECENT],
        }
    }
}

impl Threads {
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    #[inline]
    fn slot(&self, tid: i64) -> Option<u32> {
        if let Some(&(recent, slot)) = self.recent.get(tid as usize % RECENT)
            && recent == tid
            && let Some(Some(thread)) = self.slots.get(slot as usize)
            && thread.info.tid == tid
        {
            return Some(slot);
        }
        self.index.get(&tid).copied()
    }

    /// The slot of a thread, when it is there. Its next use is cheap.
    #[inline]
    pub(super) fn visit(&mut self, tid: i64) -> Option<u32> {
        let slot = self.slot(tid)?;
        if let Some(recent) = self.recent.get_mut(tid as usize % RECENT) {
            *recent = (tid, slot);
        }
        Some(slot)
    }

    /// What is known of the thread in a slot.
    #[inline]
    pub(super) fn mark(&self, slot: u32) -> Mark {
        self.marks.get(slot as usize).copied().unwrap_or_default()
    }

    /// The thread in a slot, and the place for its mark.
    pub(super) fn marked(&mut self, slot: u32) -> Option<(&Thread, &mut Mark)> {
        let thread = self.slots.get(slot as usize)?.as_deref()?;
        Some((thread, self.marks.get_mut(slot as usize)?))
    }

    pub(super) fn contains_key(&self, tid: &i64) -> bool {
        self.slot(*tid).is_some()
    }

    #[inline]
    pub(super) fn get(&self, tid: &i64) -> Option<&Arc<Thread>> {
        self.slots.get(self.slot(*tid)? as usize)?.as_ref()
    }

    #[inline]
    pub(super) fn get_mut(&mut self, tid: &i64) -> Option<&mut Arc<Thread>> {
        let slot = self.slot(*tid)?;
        *self.marks.get_mut(slot as usize)? = Mark::Unknown;
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    /// Puts a thread under its id; gives back the one that was there.
    pub(super) fn insert(&mut self, tid: i64, thread: Arc<Thread>) -> Option<Arc<Thread>> {
        if let Some(entry) = self.get_mut(&tid) {
            return Some(std::mem::replace(entry, thread));
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(None);
                self.marks.push(Mark::Unknown);
                (self.slots.len() - 1) as u32
            }
        };
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            *entry = Some(thread);
        }
        if let Some(mark) = self.marks.get_mut(slot as usize) {
            *mark = Mark::Unknown;
        }
        self.index.insert(tid, slot);
        None
    }

    pub(super) fn remove(&mut self, tid: &i64) -> Option<Arc<Thread>> {
        let slot = self.index.remove(tid)?;
        self.free.push(slot);
        self.slots.get_mut(slot as usize)?.take()
    }

    /// All threads, in no order.
    pub(super) fn values(&self) -> impl Iterator<Item = &Arc<Thread>> {
        self.slots.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_used_again_and_the_last_thread_is_no_ghost() {
        let mut threads = Threads::default();
        for tid in 1..=3 {
            assert!(threads.insert(tid, Arc::new(Thread::placeholder(tid))).is_none());
        }
        let slot = threads.visit(2).expect("there");
        *threads.marked(slot).expect("there").1 = Mark::Refused;
        assert!(threads.contains_key(&2) && threads.mark(slot) == Mark::Refused);
        assert!(threads.get_mut(&2).is_some() && threads.mark(slot) == Mark::Unknown);
        assert!(threads.remove(&2).is_some_and(|t| t.info.tid == 2));
        assert!(threads.visit(2).is_none() && threads.get(&2).is_none());
        threads.insert(9, Arc::new(Thread::placeholder(9)));
        assert!(threads.get(&2).is_none() && threads.get(&9).is_some());
        assert!(threads.insert(9, Arc::new(Thread::placeholder(9))).is_some());
        assert_eq!((threads.len(), threads.slots.len(), threads.values().count()), (3, 3, 3));
    }
}
