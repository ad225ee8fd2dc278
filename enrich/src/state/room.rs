//! How much the model may hold. What is taken in is added up; when that reaches the limit, what is really held is counted,
//! which is less by all that was dropped since.

use std::mem::size_of;
use std::sync::Arc;

use cscope_capture::Bytes;
use rustc_hash::FxHashSet;

use super::State;
use crate::fd::{Entry, FdTable, Opened};
use crate::{Fd, Thread};

/// A thread or a descriptor with its entries in tables, and what a process has beside its first thread.
const THREAD: usize = size_of::<Thread>() + 64;
const PROCESS: usize = 400;
const FD: usize = size_of::<Fd>() + 96;
const OPENED: usize = size_of::<Opened>() + 96;
/// Requests that are refused between two counts of a model that is nearly full.
const PATIENCE: u32 = 16_384;

/// What the model holds, estimated in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    bytes: usize,
    refused: u32,
    /// The last count found little room.
    tight: bool,
}

impl State {
    /// Takes room for `bytes` more; false when there is none.
    #[inline]
    pub(super) fn room(&mut self, bytes: usize) -> bool {
        let wanted = self.held.bytes.saturating_add(bytes);
        if wanted <= self.limits.bytes {
            self.held.bytes = wanted;
            return true;
        }
        self.room_after_count(bytes)
    }

    #[cold]
    fn room_after_count(&mut self, bytes: usize) -> bool {
        if self.held.tight && self.held.refused < PATIENCE {
            self.held.refused += 1;
            return false;
        }
        let held = self.count();
        self.held = Held { bytes: held, refused: 0, tight: held > self.limits.bytes / 8 * 7 };
        let wanted = held.saturating_add(bytes);
        let fits = wanted <= self.limits.bytes;
        if fits {
            self.held.bytes = wanted;
        }
        fits
    }

    /// What is held at most, as added up.
    pub(crate) fn charged(&self) -> usize {
        self.held.bytes
    }

    /// What is held. What is there once counts once, whoever else has it: copies of the model make no difference.
    pub(crate) fn count(&self) -> usize {
        let mut met = FxHashSet::default();
        let mut first = |place: *const ()| met.insert(place.addr());
        let mut held = self.users.size();
        for table in self.files.tables() {
            if first(Arc::as_ptr(table).cast()) {
                let entries = table.entries().filter(|entry| first(entry.place()));
                held += table.size() + entries.map(fd).sum::<usize>();
            }
        }
        held += self.containers.iter().map(|c| container(c.json.len())).sum::<usize>();
        let mut own = |text: &Bytes| if first(Arc::as_ptr(text).cast()) { text.len() } else { 0 };
        held + self.threads.values().map(|t| thread(t, &mut own)).sum::<usize>()
    }

    /// The table of descriptors to be changed, `None` when that would take a copy for which there is no room.
    #[inline]
    pub(super) fn files_mut(&mut self, files: crate::fd::FilesId) -> Option<&mut FdTable> {
        if self.files.is_shared(files) && !self.room_for_copy(files) {
            return None;
        }
        self.files.table_mut(files)
    }

    fn room_for_copy(&mut self, files: crate::fd::FilesId) -> bool {
        let fits = self.files.table(files).map(FdTable::size).is_some_and(|copied| self.room(copied));
        self.counters.fds_refused += u64::from(!fits);
        fits
    }
}

/// Cost of a thread; `text` says what one of its texts costs.
fn thread(thread: &Thread, text: impl FnMut(&Bytes) -> usize) -> usize {
    let i = &thread.info;
    let texts = [&i.comm, &i.exe, &i.exepath, &i.args, &i.env, &i.cwd, &i.root, &i.cgroups];
    let process = if thread.is_main() { PROCESS } else { 0 };
    THREAD + process + texts.into_iter().map(text).sum::<usize>()
}

/// Cost of a thread that is taken in; texts that others hold already cost nothing.
pub(super) fn new_thread(new: &Thread) -> usize {
    thread(new, |text| if Arc::strong_count(text) > 1 { 0 } else { text.len() })
}

/// Cost of a descriptor.
#[inline]
pub(super) fn fd(entry: &Entry) -> usize {
    entry.size()
        + match entry {
            Entry::Made(_) => FD,
            Entry::Opened(_) => OPENED,
        }
}

/// Cost of a container with a text of this length, which is also kept in parts.
pub(super) fn container(json: usize) -> usize {
    1024 + json.saturating_mul(3)
}
