//! The bytes as they are in the file or pipe: a buffered reader that can look ahead and take bytes back.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Bytes read from compressed files at once. What a decoder makes of it may be lost when the next bytes are
/// damaged, and is what an interactive reader waits for.
const BUFFER: usize = 64 << 10;

/// A file read by position: seeking needs no shared cursor, and several readers can use one file.
#[derive(Debug)]
pub(crate) struct FileAt {
    pub(crate) file: Arc<File>,
    pub(crate) at: u64,
}

impl Read for FileAt {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_at(out, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// Buffered input that knows how many bytes were consumed.
pub(crate) struct Input {
    inner: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    consumed: u64,
}

impl Input {
    /// Input whose first byte stands at offset `at` of the file.
    pub(crate) fn new(inner: Box<dyn Read + Send>, at: u64) -> Self {
        Self { inner, buffer: vec![0; BUFFER], start: 0, end: 0, consumed: at }
    }

    /// Offset in the file of the next byte.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// What is buffered.
    pub(crate) fn buffered(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Puts bytes back in front of the rest.
    pub(crate) fn unread(&mut self, bytes: &[u8]) {
        let mut buffer = Vec::with_capacity(BUFFER.max(bytes.len() + self.end - self.start));
        buffer.extend_from_slice(bytes);
        buffer.extend_from_slice(self.buffered());
        (self.start, self.end) = (0, buffer.len());
        self.consumed = self.consumed.saturating_sub(bytes.len() as u64);
        buffer.resize(buffer.len().max(BUFFER), 0);
        self.buffer = buffer;
    }

    /// At least `n` bytes of look-ahead, fewer only at the end.
    pub(crate) fn peek(&mut self, n: usize) -> io::Result<&[u8]> {
        while self.end - self.start < n && self.more()? {}
        Ok(self.buffered())
    }

    /// Reads once behind what is buffered; false at the end.
    pub(crate) fn more(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.buffer.len() {
            self.buffer.resize(self.end * 2, 0);
        }
        let n = read_once(&mut *self.inner, self.buffer.get_mut(self.end..).unwrap_or_default())?;
        self.end += n;
        Ok(n > 0)
    }

    /// Appends exactly `n` bytes to `out`, fewer at the end; memory grows with the bytes that are there.
    pub(crate) fn take_into(&mut self, n: usize, out: &mut Vec<u8>) -> io::Result<usize> {
        self.take(n as u64).read_to_end(out)
    }

    /// Passes over `n` bytes; false when the input ends before.
    pub(crate) fn skip(&mut self, n: u64) -> io::Result<bool> {
        Ok(io::copy(&mut self.take(n), &mut io::sink())? == n)
    }
}

impl Read for Input {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = if self.start == self.end && out.len() >= BUFFER {
            read_once(&mut *self.inner, out)?
        } else {
            let mut ready = self.fill_buf()?;
            ready.read(out)?
        };
        if self.start < self.end {
            self.start += n;
        }
        self.consumed += n as u64;
        Ok(n)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.more()?;
        }
        Ok(self.buffered())
    }

    fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
        self.consumed += n as u64;
    }
}

/// One read that a signal does not interrupt.
fn read_once(inner: &mut dyn Read, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match inner.read(out) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
