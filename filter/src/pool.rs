//! Scratch buffers that live as long as a filter or format, so that no event allocates.

/// Buffers not in use.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    first: Vec<u8>,
    free: Vec<Vec<u8>>,
    /// One for each value that is kept for an event.
    kept: Vec<Vec<u8>>,
}

impl Pool {
    /// The buffer for the operand of a comparison with constants, empty.
    #[inline]
    pub(crate) fn first(&mut self) -> &mut Vec<u8> {
        self.first.clear();
        &mut self.first
    }

    /// An empty buffer.
    #[inline]
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.free.pop().unwrap_or_default()
    }

    /// Gives a buffer back.
    #[inline]
    pub(crate) fn give(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.free.push(buffer);
    }

    /// The buffers of kept values, not cleared.
    #[inline]
    pub(crate) fn take_kept(&mut self, count: usize) -> Vec<Vec<u8>> {
        if self.kept.len() < count {
            self.kept.resize_with(count, Vec::new);
        }
        std::mem::take(&mut self.kept)
    }

    /// Gives them back.
    #[inline]
    pub(crate) fn give_kept(&mut self, kept: Vec<Vec<u8>>) {
        self.kept = kept;
    }
}
