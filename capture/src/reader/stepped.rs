//! Frames that are stepped over: damaged ones, and those of a native capture that nobody wants, which are not even
//! decompressed.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashSet;

use super::decode::Chunk;
use super::{FileSource, Frame};
use crate::LeftOut;

/// Frames to leave out, by the offsets of their notes: chosen by the reader once it has seen the index, looked at by
/// the decoder, which may have decoded some of them by then.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unwanted(Arc<OnceLock<FxHashSet<u64>>>);

impl Unwanted {
    /// True for the frame whose note stands at this offset of the file.
    pub(crate) fn has(&self, note: u64) -> bool {
        self.0.get().is_some_and(|all| all.contains(&note))
    }
}

impl FileSource {
    /// Leaves out the frames that are not wanted, as far as they are not decoded yet: they become
    /// [`Step::LeftOut`](crate::Step::LeftOut). Gives the number of frames to be left
    /// out: none without an index, and none of files whose notes do not tell how frames begin and end. Only the first call counts.
    pub fn leave_out(&mut self, mut wanted: impl FnMut(&Frame) -> bool) -> usize {
        let Some(index) = self.index() else { return 0 };
        let unwanted = index.frames().iter().filter(|frame| frame.ends.is_some() && !wanted(frame));
        let unwanted: FxHashSet<u64> = unwanted.map(|frame| frame.offset).collect();
        let count = unwanted.len();
        if self.unwanted.0.set(unwanted).is_ok() { count } else { 0 }
    }

    /// Steps over a frame that the decoder has left out.
    pub(super) fn leave(&mut self, chunk: Chunk) {
        let offset = self.offset() + (self.chunk.end - self.at) as u64;
        self.at = self.chunk.end;
        self.base = offset.wrapping_sub(self.at as u64);
        if let Some(note) = &chunk.note {
            self.base = self.base.wrapping_add(u64::from(note.size));
            if note.first_of_section {
                self.section_start = self.number;
            }
            self.lost_until(note.first_event);
            let events = u64::from(note.events);
            self.number = self.number.saturating_add(events);
            self.stats.events += events;
            let (first, last) = note.ends.unwrap_or(note.time);
            let before = self.left_out.unwrap_or(LeftOut { events: 0, time: (first, last) });
            self.left_out = Some(LeftOut { events: before.events + events, time: (before.time.0, last) });
        }
        self.feed.give_back(chunk);
    }

    /// Steps over damage: keeps its error for the end, and counts the events of the frame it hit.
    pub(super) fn gap(&mut self, mut damaged: Chunk) {
        let offset = self.offset() + (self.chunk.end - self.at) as u64;
        let error = damaged.damage.take().map(|e| e.at(offset));
        if self.deferred.is_none() {
            self.deferred = error;
        }
        self.at = self.chunk.end;
        self.base = offset.wrapping_sub(self.at as u64);
        if let Some(note) = &damaged.note {
            self.base = self.base.wrapping_add(u64::from(note.size));
            self.lost_until(note.first_event.saturating_add(u64::from(note.events)));
        }
        self.feed.give_back(damaged);
    }

    /// Compares the number a note gives its first event with the events seen.
    pub(super) fn count_lost(&mut self) {
        let Some(note) = &self.chunk.note else { return };
        if note.first_of_section {
            self.section_start = self.number;
        }
        let first = note.first_event;
        self.lost_until(first);
    }

    /// The next event is number `next` of its section, from 0: what was not seen before it is lost.
    fn lost_until(&mut self, next: u64) {
        let lost = self.section_start.saturating_add(next).saturating_sub(self.number);
        // Without damage seen, a number that does not fit is the mistake of whoever wrote it, not a loss.
        if self.deferred.is_some() {
            self.stats.lost_other = self.stats.lost_other.saturating_add(lost);
            self.number = self.number.saturating_add(lost);
        }
    }
}
