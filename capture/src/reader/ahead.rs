//! Reading uncompressed files on a thread of its own.

use std::sync::Arc;

use super::FileSource;
use super::decode::Decoder;
use super::feed::Feed;
use super::input::{FileAt, Input};
use crate::Error;

/// Bytes of a file for which another thread pays.
const LONG: u64 = 8 << 20;

impl FileSource {
    /// Reads what is not compressed on a thread of its own from here on, as what is compressed always is: worth its
    /// while for long files, and when there is more than one CPU. Only before the first [`step`](EventSource::step).
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn read_ahead(&mut self) -> Result<(), Error> {
        let long = self.stats.bytes.1.is_some_and(|size| size >= LONG);
        if long && self.file.is_some() && !self.feed.is_compressed() {
            self.feed.read_ahead()?;
            self.ahead = true;
        }
        Ok(())
    }

    /// Gives up reading ahead in front of compressed data, which begins at this offset: it is read again, by whoever
    /// decodes it. False when nothing was read ahead.
    pub(super) fn turn_back(&mut self, offset: u64) -> Result<bool, Error> {
        let Some(file) = self.file.as_ref().filter(|_| self.ahead) else { return Ok(false) };
        // All up to here is uncompressed, so the offset is that in the file.
        let reader = FileAt { file: Arc::clone(file), at: offset };
        let input = Input::new(Box::new(reader), offset);
        self.feed = Feed::new(Decoder::resume(input, self.unwanted.clone()))?;
        self.ahead = false;
        Ok(true)
    }
}
