//! What does not go through a lane: the kernel's BPF ring buffer mapped into our memory and read in place.
//!
//! Layout (kernel, `kernel/bpf/ringbuf.c`): a page with the consumer's position, which we write; a page with
//! the producer's position; then the data, mapped twice in a row so that a record is never split. A record
//! is a `u32` length with two flag bits, a `u32` of the kernel's own, and the bytes, padded to 8.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

const HEADER: usize = 8;
const BUSY: u32 = 1 << 31;
const DISCARD: u32 = 1 << 30;

/// What stands at the head of a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// Nothing.
    Empty,
    /// A record that is still being written.
    Busy,
    /// A record of this many bytes.
    Record(usize),
}

/// The reading side of a ring. There is only one reader per ring.
#[derive(Debug)]
pub(crate) struct Ring {
    consumer: Mapping,
    producer: Mapping,
    page: usize,
    size: usize,
    /// Where we read; the consumer's position runs behind until [`Ring::release`].
    position: u64,
    released: u64,
    /// Producer's position as last looked at.
    limit: u64,
}

// SAFETY: the mappings belong to this value alone, and what the kernel writes is read through atomics or
// after the record that holds it was published.
unsafe impl Send for Ring {}

impl Ring {
    /// Maps the ring buffer `map` of `size` bytes.
    pub(crate) fn new(map: BorrowedFd<'_>, size: usize) -> io::Result<Self> {
        let page = page_size();
        Ok(Self {
            consumer: Mapping::new(map, page, 0, libc::PROT_READ | libc::PROT_WRITE)?,
            producer: Mapping::new(map, page + 2 * size, page, libc::PROT_READ)?,
            page,
            size,
            position: 0,
            released: 0,
            limit: 0,
        })
    }

    /// Looks how far the kernel has written.
    pub(crate) fn refresh(&mut self) {
        self.limit = self.producer.position().load(Ordering::Acquire);
    }

    /// Bytes that were there at the last look and are not read yet.
    pub(crate) fn unread(&self) -> usize {
        self.limit.saturating_sub(self.position) as usize
    }

    /// Looks at the head, skipping records the kernel has given up.
    pub(crate) fn head(&mut self) -> Head {
        while self.position < self.limit {
            let header = self.header().load(Ordering::Acquire);
            let len = (header & !(BUSY | DISCARD)) as usize;
            if header & BUSY != 0 {
                return Head::Busy;
            }
            if header & DISCARD == 0 && len <= self.size {
                return Head::Record(len);
            }
            self.skip(len);
        }
        Head::Empty
    }

    /// The record at the head, whose length [`Ring::head`] told.
    pub(crate) fn record(&self, len: usize) -> &[u8] {
        let at = self.offset() + HEADER;
        // SAFETY: `at` lies in the first copy of the data and `len` is at most `size`, so the slice ends in
        // the second copy, behind which a page's worth of slack is never needed: offset < size, and the
        // kernel never makes a record that with its header is longer than the ring. The kernel does not
        // write there before the consumer's position has moved past it, which takes `&mut self`.
        unsafe { std::slice::from_raw_parts(self.producer.start.as_ptr().add(self.page + at), len) }
    }

    /// Goes past the record at the head.
    pub(crate) fn advance(&mut self, len: usize) {
        self.skip(len);
        // Giving space back in larger pieces spares the producer cache misses.
        if self.position - self.released > (self.size / 16) as u64 {
            self.release();
        }
    }

    /// Gives what was read back to the kernel.
    pub(crate) fn release(&mut self) {
        if self.released != self.position {
            self.consumer.position().store(self.position, Ordering::Release);
            self.released = self.position;
        }
    }

    fn skip(&mut self, len: usize) {
        self.position += ((len + HEADER + 7) & !7) as u64;
    }

    fn offset(&self) -> usize {
        self.position as usize & (self.size - 1)
    }

    fn header(&self) -> &AtomicU32 {
        // SAFETY: the offset is below `size` and a multiple of 8, so the word lies inside the mapping and is
        // aligned; the kernel accesses it with atomic operations.
        unsafe { &*self.producer.start.as_ptr().add(self.page + self.offset()).cast::<AtomicU32>() }
    }
}

/// Bytes of a page.
pub(crate) fn page_size() -> usize {
    // SAFETY: sysconf has no preconditions.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// A piece of a map in our memory.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) start: NonNull<u8>,
    len: usize,
}

impl Mapping {
    /// Maps `len` bytes of `map` from `offset` on, both whole pages.
    pub(crate) fn new(
        map: BorrowedFd<'_>,
        len: usize,
        offset: usize,
        protection: libc::c_int,
    ) -> io::Result<Self> {
        // SAFETY: a new mapping at an address of the kernel's choice; nothing of ours is overwritten.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                protection,
                libc::MAP_SHARED,
                map.as_raw_fd(),
                offset as libc::off_t,
            )
        };
        match NonNull::new(start.cast::<u8>()) {
            Some(start) if start.as_ptr().cast() != libc::MAP_FAILED => Ok(Self { start, len }),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// The position at the start of the first page.
    fn position(&self) -> &AtomicU64 {
        // SAFETY: the mapping is at least a page long and page aligned; both sides access the word with
        // atomic operations.
        unsafe { &*self.start.as_ptr().cast::<AtomicU64>() }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this is the mapping made in `new`, and no reference into it outlives the ring.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

/// A ring whose kernel side is played by the test, in a memory file of the same layout.
#[cfg(test)]
pub(crate) mod fake {
    use std::fs::File;
    use std::os::fd::{AsFd, FromRawFd};
    use std::os::unix::fs::FileExt;

    use super::{BUSY, DISCARD, HEADER, Mapping, Ring, page_size};

    pub(crate) struct Fake {
        file: File,
        size: usize,
        at: u64,
    }

    impl Fake {
        pub(crate) fn new(size: usize) -> Self {
            // SAFETY: the name is a C string; the new descriptor belongs to the file alone.
            let file = unsafe { File::from_raw_fd(libc::memfd_create(c"ring".as_ptr(), 0)) };
            file.set_len((2 * page_size() + size) as u64).unwrap();
            Self { file, size, at: 0 }
        }

        /// The reading side. The kernel maps the data twice; here the second copy is a mapping of its own
        /// laid over the end of the first.
        pub(crate) fn ring(&self) -> Ring {
            let page = page_size();
            let fd = self.file.as_fd();
            let read = libc::PROT_READ;
            let producer = Mapping::new(fd, page + 2 * self.size, page, read).unwrap();
            // SAFETY: the target lies inside the mapping just made, which nothing refers to yet.
            let second = unsafe {
                libc::mmap(
                    producer.start.as_ptr().add(page + self.size).cast(),
                    self.size,
                    read,
                    libc::MAP_SHARED | libc::MAP_FIXED,
                    std::os::fd::AsRawFd::as_raw_fd(&fd),
                    2 * page as libc::off_t,
                )
            };
            assert_ne!(second, libc::MAP_FAILED);
            let consumer = Mapping::new(fd, page, 0, read | libc::PROT_WRITE).unwrap();
            Ring { consumer, producer, page, size: self.size, position: 0, released: 0, limit: 0 }
        }

        fn put(&self, at: u64, bytes: &[u8]) {
            for (i, byte) in bytes.iter().enumerate() {
                let offset = (at as usize + i) & (self.size - 1);
                self.file.write_all_at(&[*byte], (2 * page_size() + offset) as u64).unwrap();
            }
        }

        fn header(&self, at: u64, word: u32) {
            self.put(at, &word.to_ne_bytes());
        }

        /// Takes space and fills it, but does not publish it yet.
        pub(crate) fn begin(&mut self, record: &[u8]) -> (u64, u32) {
            let (at, len) = (self.at, record.len() as u32);
            self.header(at, len | BUSY);
            self.put(at + HEADER as u64, record);
            self.at += ((record.len() + HEADER + 7) & !7) as u64;
            self.file.write_all_at(&self.at.to_ne_bytes(), page_size() as u64).unwrap();
            (at, len)
        }

        pub(crate) fn commit(&mut self, (at, len): (u64, u32)) {
            self.header(at, len);
        }

        pub(crate) fn discard(&mut self, (at, len): (u64, u32)) {
            self.header(at, len | DISCARD);
        }

        pub(crate) fn write(&mut self, record: &[u8]) {
            let pending = self.begin(record);
            self.commit(pending);
        }

        pub(crate) fn written(&self) -> u64 {
            self.at
        }

        pub(crate) fn consumed(&self) -> u64 {
            let mut word = [0; 8];
            self.file.read_exact_at(&mut word, 0).unwrap();
            u64::from_ne_bytes(word)
        }
    }
}
