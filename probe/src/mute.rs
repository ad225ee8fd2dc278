//! Threads that are not listened to: see `struct mute` of `bpf/record.h`.

use std::io;
use std::mem::offset_of;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

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

    /// Nothing more of this thread as long as its state is the one that had this mark at the time `ts` (ns awake).
    pub(crate) fn mute(&self, tid: u32, mark: u8, ts: u64) {
        let slot = tid as usize & (SLOTS - 1);
        let (word, wrapped) = (self.word(slot), self.wrapped(slot));
        if is_of_before(ts, wrapped.load(Ordering::SeqCst)) {
            return;
        }
        word.store(u64::from(mark) << 32 | u64::from(tid), Ordering::SeqCst);
        // The kernel side takes it back when marks begin anew; it may have done so just before it was there.
        if is_of_before(ts, wrapped.load(Ordering::SeqCst)) {
            word.store(0, Ordering::Relaxed);
        }
    }

    /// Everyone is listened to again.
    pub(crate) fn clear(&self) {
        (0..SLOTS).for_each(|slot| self.word(slot).store(0, Ordering::Relaxed));
    }

    /// When the marks of a slot began anew.
    fn wrapped(&self, slot: usize) -> &AtomicU32 {
        let at = slot * size_of::<mute>() + offset_of!(mute, wrapped);
        // SAFETY: slots are below `SLOTS`, so the number lies in the mapping, and it is aligned; both sides access it as
        // a whole.
        unsafe { &*self.memory.start.as_ptr().add(at).cast::<AtomicU32>() }
    }

    /// Thread and mark of a slot.
    fn word(&self, slot: usize) -> &AtomicU64 {
        // SAFETY: slots are below `SLOTS`, so the word lies in the mapping, and it is the aligned first one of a
        // slot; both sides access it as a whole.
        unsafe { &*self.memory.start.as_ptr().add(slot * size_of::<mute>()).cast::<AtomicU64>() }
    }
}

/// True when a mark of this time may be one of before the marks began anew at `wrapped` (0: never).
fn is_of_before(ts: u64, wrapped: u32) -> bool {
    // As the kernel side counts, which begins anew itself after some weeks.
    let coarse = (ts >> limits::COARSE.0) as u32;
    wrapped != 0 && coarse.wrapping_sub(wrapped).cast_signed() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_before_are_known() {
        let at = |coarse: u64| coarse << limits::COARSE.0 | 0xfffff;
        assert!(!is_of_before(at(5), 0), "they never began anew");
        assert!(is_of_before(at(5), 7) && is_of_before(at(7), 7) && is_of_before(at(8), 7));
        assert!(!is_of_before(at(9), 7));
        // The count itself begins anew.
        assert!(is_of_before(at(0xffff_ffff), 3) && !is_of_before(at(0x1_0000_0003), 0xffff_fffe));
    }
}
