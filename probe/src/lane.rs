//! The way of nearly all records: memory of a CPU that its programs write and we read in place.
//!
//! Layout: `struct lane` of `bpf/record.h`, the ring at `LANE_DATA`, and slack that a record at the end of the
//! ring runs into. There is no lock and no helper call: one CPU writes, one reader reads, two positions that
//! only grow say how far each is.

use std::io;
use std::mem::offset_of;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::raw::Raw;
use crate::ring::{Head, Mapping, page_size};
use crate::skel::types::{lane, limits, record};

/// Smallest and largest ring: the verifier wants offsets below 512 MiB.
const SMALLEST: usize = 4096;
const LARGEST: usize = 256 << 20;

/// Bytes of the ring for `asked` bytes: a power of two.
pub(crate) fn ring_size(asked: usize) -> usize {
    asked.clamp(SMALLEST, LARGEST).next_power_of_two()
}

/// Bytes of a whole lane with a ring of `ring` bytes.
pub(crate) fn lane_size(ring: usize) -> usize {
    (limits::LANE_DATA.0 as usize + ring + limits::LANE_SLACK.0 as usize).next_multiple_of(page_size())
}

/// The reading side of a lane. There is only one reader per lane.
#[derive(Debug)]
pub(crate) struct Lane {
    memory: Mapping,
    ring: usize,
    /// Where we read; what the kernel side knows of it runs behind until [`Lane::release`].
    position: u64,
    released: u64,
    /// How far it had written at the last look.
    limit: u64,
}

// SAFETY: the mapping belongs to this value alone, and what the kernel writes is read through atomics or after
// the record that holds it was published.
unsafe impl Send for Lane {}

impl Lane {
    /// Maps lane number `index` of the array of lanes, whose rings have `ring` bytes.
    pub(crate) fn new(map: BorrowedFd<'_>, index: usize, ring: usize) -> io::Result<Self> {
        let size = lane_size(ring);
        let memory = Mapping::new(map, size, index * size, libc::PROT_READ | libc::PROT_WRITE)?;
        Ok(Self { memory, ring, position: 0, released: 0, limit: 0 })
    }

    /// Looks how far the kernel has written.
    pub(crate) fn refresh(&mut self) {
        self.limit = self.word(offset_of!(lane, head)).load(Ordering::Acquire);
    }

    /// Calls that were not reported because they were not asked for.
    pub(crate) fn skipped(&self) -> u64 {
        self.word(offset_of!(lane, skipped)).load(Ordering::Relaxed)
    }

    /// Bytes that were there at the last look and are not read yet.
    pub(crate) fn unread(&self) -> usize {
        self.limit.saturating_sub(self.position) as usize
    }

    /// Looks at the head.
    #[inline]
    pub(crate) fn head(&mut self) -> Head {
        if self.position >= self.limit {
            return Head::Empty;
        }
        let size = Raw::size(self.record(size_of::<record>()));
        // What the kernel side writes is never shorter; anything else would be read for ever.
        Head::Record(size.clamp(size_of::<record>(), limits::LANE_SLACK.0 as usize))
    }

    /// The record at the head, whose length [`Lane::head`] told.
    #[inline]
    pub(crate) fn record(&self, len: usize) -> &[u8] {
        let at = limits::LANE_DATA.0 as usize + (self.position as usize & (self.ring - 1));
        // SAFETY: a record begins in the ring, and `len` is at most the slack behind it, so it ends in the
        // mapping. The kernel does not write there before the position it knows has moved past it, which
        // takes `&mut self`.
        unsafe { std::slice::from_raw_parts(self.memory.start.as_ptr().add(at), len) }
    }

    /// Goes past the record at the head.
    #[inline]
    pub(crate) fn advance(&mut self, len: usize) {
        self.position += (len as u64).next_multiple_of(8);
        // Giving space back in larger pieces spares the kernel side cache misses.
        if self.position - self.released > (self.ring / 16) as u64 {
            self.release();
        }
    }

    /// Gives what was read back to the kernel.
    pub(crate) fn release(&mut self) {
        if self.released != self.position {
            self.word(offset_of!(lane, tail)).store(self.position, Ordering::Release);
            self.released = self.position;
        }
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        // SAFETY: the offset is that of an aligned word in `struct lane`, which the page-aligned mapping begins
        // with; both sides access it with loads and stores of the whole word.
        unsafe { &*self.memory.start.as_ptr().add(at).cast::<AtomicU64>() }
    }
}

/// A lane whose kernel side is played by the test, in a memory file of the same layout.
#[cfg(test)]
pub(crate) mod fake {
    use std::fs::File;
    use std::os::fd::{AsFd, FromRawFd};
    use std::os::unix::fs::FileExt;

    use super::*;

    pub(crate) struct Fake {
        file: File,
        ring: usize,
        at: u64,
    }

    impl Fake {
        pub(crate) fn new(ring: usize) -> Self {
            // SAFETY: the name is a C string; the new descriptor belongs to the file alone.
            let file = unsafe { File::from_raw_fd(libc::memfd_create(c"lane".as_ptr(), 0)) };
            file.set_len(lane_size(ring) as u64).unwrap();
            Self { file, ring, at: 0 }
        }

        pub(crate) fn lane(&self) -> Lane {
            Lane::new(self.file.as_fd(), 0, self.ring).unwrap()
        }

        /// A record of this time whose argument is `mark`, followed by so many words.
        pub(crate) fn write(&mut self, time: u64, mark: u64, words: usize) {
            let mut bytes = vec![0; size_of::<record>() + 8 + 8 * words];
            let size = bytes.len() as u32;
            bytes[offset_of!(record, ts)..][..8].copy_from_slice(&time.to_ne_bytes());
            bytes[offset_of!(record, size)..][..4].copy_from_slice(&size.to_ne_bytes());
            bytes[offset_of!(record, nargs)] = 1;
            bytes[size_of::<record>()..][..8].copy_from_slice(&mark.to_ne_bytes());
            let at = u64::from(limits::LANE_DATA.0) + (self.at & (self.ring as u64 - 1));
            self.file.write_all_at(&bytes, at).unwrap();
            self.at += bytes.len() as u64;
            self.file.write_all_at(&self.at.to_ne_bytes(), offset_of!(lane, head) as u64).unwrap();
        }

        pub(crate) fn written(&self) -> u64 {
            self.at
        }

        pub(crate) fn consumed(&self) -> u64 {
            let mut word = [0; 8];
            self.file.read_exact_at(&mut word, offset_of!(lane, tail) as u64).unwrap();
            u64::from_ne_bytes(word)
        }
    }
}
