//! Descriptor tables: shared between the threads of a process, and until the first change also between a
//! process and its copy in a child or in a checkpoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Entry;
use crate::Fd;

/// Numbers below this are kept in a vector, the rare ones above in a tree.
const DENSE: usize = 1024;

/// The descriptors of one process.
#[derive(Debug, Clone, Default)]
pub(crate) struct FdTable {
    dense: Vec<Option<Entry>>,
    sparse: BTreeMap<i64, Entry>,
    len: usize,
}

impl FdTable {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn entry(&self, number: i64) -> Option<&Entry> {
        match usize::try_from(number) {
            Ok(index) if index < DENSE => self.dense.get(index)?.as_ref(),
            Ok(_) => self.sparse.get(&number),
            Err(_) => None,
        }
    }

    #[inline]
    pub(crate) fn get(&self, number: i64) -> Option<&Fd> {
        self.entry(number).map(Entry::fd)
    }

    /// True when a descriptor is there and events on it are known to be of no interest.
    #[inline]
    pub(crate) fn refuses(&self, number: i64) -> bool {
        self.entry(number).is_some_and(Entry::is_refused)
    }

    #[inline]
    pub(crate) fn contains(&self, number: i64) -> bool {
        self.entry(number).is_some()
    }

    fn entry_mut(&mut self, number: i64) -> Option<&mut Entry> {
        match usize::try_from(number) {
            Ok(index) if index < DENSE => self.dense.get_mut(index)?.as_mut(),
            Ok(_) => self.sparse.get_mut(&number),
            Err(_) => None,
        }
    }

    /// The descriptor, to become another one.
    pub(crate) fn get_mut(&mut self, number: i64) -> Option<&mut Fd> {
        self.entry_mut(number)?.fd_mut()
    }

    /// Whether a descriptor is closed on exec from now on.
    pub(crate) fn set_cloexec(&mut self, number: i64, cloexec: bool) {
        if let Some(entry) = self.entry_mut(number) {
            entry.set_cloexec(cloexec);
        }
    }

    /// Puts a descriptor at its number and gives what was there. Negative numbers are refused.
    #[inline]
    pub(crate) fn insert(&mut self, new: Entry) -> Option<Entry> {
        let number = new.number();
        let index = usize::try_from(number).ok()?;
        let old = if index < DENSE {
            if self.dense.len() <= index {
                self.dense.resize(index + 1, None);
            }
            self.dense.get_mut(index).and_then(|slot| slot.replace(new))
        } else {
            self.sparse.insert(number, new)
        };
        self.len += usize::from(old.is_none());
        old
    }

    #[inline]
    pub(crate) fn remove(&mut self, number: i64) -> Option<Entry> {
        let old = match usize::try_from(number) {
            Ok(index) if index < DENSE => self.dense.get_mut(index).and_then(Option::take),
            Ok(_) => self.sparse.remove(&number),
            Err(_) => None,
        };
        self.len -= usize::from(old.is_some());
        old
    }

    /// Numbers in use from `first` to `last`, both included, in order.
    pub(crate) fn numbers(&self, first: i64, last: i64) -> Vec<i64> {
        self.entries().map(Entry::number).filter(|n| (first..=last).contains(n)).collect()
    }

    /// Bytes of the table itself.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.dense.len() * size_of::<Option<Entry>>() + self.sparse.len() * 48
    }

    /// Bytes by which the table grows for descriptor `number`.
    #[inline]
    pub(crate) fn growth(&self, number: i64) -> usize {
        match usize::try_from(number) {
            Ok(index) if index < DENSE => {
                (index + 1).saturating_sub(self.dense.len()) * size_of::<Option<Entry>>()
            }
            _ => 48,
        }
    }

    /// All descriptors in the order of their numbers, as they are kept.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.dense.iter().flatten().chain(self.sparse.values())
    }

    /// All descriptors in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fd> {
        self.entries().map(Entry::fd)
    }
}

/// Which table of [`Files`] a thread uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FilesId(u32);

impl FilesId {
    /// No table.
    pub(crate) const NONE: Self = Self(u32::MAX);
}

impl Default for FilesId {
    fn default() -> Self {
        Self::NONE
    }
}

/// All descriptor tables, each with the number of threads that use it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Files {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    table: Arc<FdTable>,
    users: u32,
}

impl Files {
    /// A new table holding what `table` holds, with one user.
    pub(crate) fn create(&mut self, table: Arc<FdTable>) -> FilesId {
        let slot = Slot { table, users: 1 };
        match self.free.pop() {
            Some(id) => {
                if let Some(place) = self.slots.get_mut(id as usize) {
                    *place = slot;
                }
                FilesId(id)
            }
            None => {
                self.slots.push(slot);
                FilesId((self.slots.len() - 1) as u32)
            }
        }
    }

    /// One more user.
    pub(crate) fn share(&mut self, id: FilesId) -> FilesId {
        if let Some(slot) = self.slots.get_mut(id.0 as usize) {
            slot.users += 1;
        }
        id
    }

    /// One user less; the last one takes the table along.
    pub(crate) fn release(&mut self, id: FilesId) {
        if let Some(slot) = self.slots.get_mut(id.0 as usize).filter(|s| s.users > 0) {
            slot.users -= 1;
            if slot.users == 0 {
                slot.table = Arc::default();
                self.free.push(id.0);
            }
        }
    }

    /// Number of threads that use the table.
    pub(crate) fn users(&self, id: FilesId) -> u32 {
        self.slots.get(id.0 as usize).map_or(0, |s| s.users)
    }

    #[inline]
    pub(crate) fn table(&self, id: FilesId) -> Option<&FdTable> {
        Some(&self.slots.get(id.0 as usize)?.table)
    }

    /// The table, to be shared with a copy.
    pub(crate) fn shared(&self, id: FilesId) -> Arc<FdTable> {
        self.slots.get(id.0 as usize).map(|s| s.table.clone()).unwrap_or_default()
    }

    /// True when others hold the table too: a change copies it.
    #[inline]
    pub(crate) fn is_shared(&self, id: FilesId) -> bool {
        self.slots.get(id.0 as usize).is_some_and(|s| Arc::strong_count(&s.table) > 1)
    }

    /// All tables.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Arc<FdTable>> {
        self.slots.iter().map(|s| &s.table)
    }

    #[inline]
    pub(crate) fn table_mut(&mut self, id: FilesId) -> Option<&mut FdTable> {
        Some(Arc::make_mut(&mut self.slots.get_mut(id.0 as usize)?.table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cscope_capture::FdInfo;

    fn fd(number: i64) -> Entry {
        Entry::Made(Arc::new(Fd { info: FdInfo { fd: number, ..Default::default() }, ..Default::default() }))
    }

    #[test]
    fn small_and_large_numbers() {
        let mut table = FdTable::default();
        for n in [5, 100_000, 0, 1024, 1023, -1] {
            table.insert(fd(n));
        }
        table.insert(fd(5));
        assert_eq!(table.len(), 5);
        assert_eq!(table.numbers(0, i64::MAX), [0, 5, 1023, 1024, 100_000]);
        table.remove(100_000);
        table.remove(100_000);
        table.remove(-3);
        assert!(table.get(100_000).is_none());
        assert_eq!(table.numbers(5, 1024), [5, 1023, 1024]);
    }

    #[test]
    fn a_released_table_is_reused_empty() {
        let mut files = Files::default();
        let a = files.create(Arc::default());
        files.table_mut(a).expect("made").insert(fd(3));
        let b = files.share(a);
        files.release(a);
        assert_eq!(files.table(b).expect("shared").len(), 1);
        files.release(b);
        let c = files.create(Arc::default());
        assert_eq!((c, files.table(c).expect("made").len()), (a, 0));
    }
}
