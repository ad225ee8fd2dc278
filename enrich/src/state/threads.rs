//! The table of threads. Entries live in slots; a slot keeps its number as long as its thread is there, and the
//! thread used last is found without a search, because events come in runs of one thread.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::Thread;

/// Threads by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Threads {
    index: FxHashMap<i64, u32>,
    slots: Vec<Option<Arc<Thread>>>,
    free: Vec<u32>,
    /// Thread of the last event and its slot. A slot that was freed or given to another thread does not count.
    last: (i64, u32),
}

impl Threads {
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    #[inline]
    fn slot(&self, tid: i64) -> Option<u32> {
        if self.last.0 == tid
            && let Some(Some(thread)) = self.slots.get(self.last.1 as usize)
            && thread.info.tid == tid
        {
            return Some(self.last.1);
        }
        self.index.get(&tid).copied()
    }

    /// True when the thread is there. Its next use is cheap.
    #[inline]
    pub(super) fn visit(&mut self, tid: i64) -> bool {
        match self.slot(tid) {
            Some(slot) => {
                self.last = (tid, slot);
                true
            }
            None => false,
        }
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
                (self.slots.len() - 1) as u32
            }
        };
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            *entry = Some(thread);
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
        assert!(threads.visit(2) && threads.contains_key(&2));
        assert!(threads.remove(&2).is_some_and(|t| t.info.tid == 2));
        assert!(!threads.visit(2) && threads.get(&2).is_none());
        threads.insert(9, Arc::new(Thread::placeholder(9)));
        assert!(threads.get(&2).is_none() && threads.get(&9).is_some());
        assert!(threads.insert(9, Arc::new(Thread::placeholder(9))).is_some());
        assert_eq!((threads.len(), threads.slots.len(), threads.values().count()), (3, 3, 3));
    }
}
