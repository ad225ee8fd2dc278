//! Blocks of a file in parts that can be read on other threads.

use super::{FileSource, Phase};
use crate::{BlockSource, Cursor, EventSource};

impl FileSource {
    /// See [`EventSource::cut`]: the part takes the buffer along, unless little of it was passed.
    pub(super) fn cut_out(&mut self, from: Cursor, part: &mut BlockSource) {
        let to = Cursor { at: self.at, latency: self.latency };
        let rest = self.rest();
        if rest.len() > to.at.saturating_sub(from.at) {
            return self.blocks_from(to).copy(from, to, part);
        }
        // What is left stays where it was, in another buffer.
        let mut buffer = self.spares.take(self.chunk.buffer.len());
        if let Some(place) = buffer.get_mut(self.at..self.chunk.end) {
            place.copy_from_slice(rest);
        }
        std::mem::swap(&mut buffer, &mut self.chunk.buffer);
        part.push(buffer, &self.chunk.latencies, from, to, Some(self.spares.clone()));
    }

    /// See [`EventSource::more`]. What is found in place of a block is for the next step.
    pub(super) fn bring_more(&mut self) -> bool {
        let there = |source: &Self| {
            let blocks = source.blocks();
            blocks.head(blocks.cursor()).is_some()
        };
        let told = self.left_out.is_some() || self.refused.is_some();
        if self.phase != Phase::Events || told || there(self) {
            return false;
        }
        match self.block() {
            Ok(found) => found.is_some() && there(self),
            Err(e) => {
                self.refused = Some(e);
                false
            }
        }
    }
}
