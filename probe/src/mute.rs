//! Threads that are not listened to: see `struct mute` of `bpf/record.h`.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ring::{Mapping, page_size};
use crate::skel::types::{limits, mute};

const SLOTS: usize = limits::MUTE_SLOTS.0 as usize;

/// Our side of the table.
#[derive(Debug)]
pub(crate) struct Mutes {
    memory: Mapping,
}

// SAFETY: the mapping belongs to this value alone and is accessed through atomics.
unsafe impl Send for Mutes {}

impl Mutes {
    /// Maps the table.
    pub(crate) fn new(map: BorrowedFd<'_>) -> io::Result<Self> {
        let len = (SLOTS * size_of::<mute>()).next_multiple_of(page_size());
        Ok(Self { memory: Mapping::new(map, len, 0, libc::PROT_READ | libc::PROT_WRITE)? })
    }

    /// Nothing more of this thread as long as its state is the one with this mark.
    pub(crate) fn mute(&self, tid: u32, mark: u8) {
        let slot = tid as usize & (SLOTS - 1);
        self.word(slot).store(u64::from(mark) << 32 | u64::from(tid), Ordering::Relaxed);
    }

    /// Everyone is listened to again.
    pub(crate) fn clear(&self) {
        (0..SLOTS).for_each(|slot| self.word(slot).store(0, Ordering::Relaxed));
    }

    /// Thread and mark of a slot.
    fn word(&self, slot: usize) -> &AtomicU64 {
        // SAFETY: slots are below `SLOTS`, so the word lies in the mapping, and it is the aligned first one of a
        // slot; both sides access it as a whole.
        unsafe { &*self.memory.start.as_ptr().add(slot * size_of::<mute>()).cast::<AtomicU64>() }
    }
}
