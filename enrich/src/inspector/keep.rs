//! Events that are only kept: nobody looks at their context, and most need not be applied to the model.

use cscope_capture::{Batch, Keeping, Kept};

use super::{Inspector, View, subject};

impl Inspector {
    /// For those that only keep what a live source of the current schema sees, see [`keep`](Self::keep): the model
    /// holds who there is.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.bare = self.view == View::Merged;
        self
    }

    /// Keeps in `batch` the events that go by a [bare](Self::bare) inspector: those that change nothing of who there is,
    /// as long as they come one after the other, before `until` (ns since the epoch) and not more than `most`. Everything
    /// else comes with the next [`step`](Self::step).
    pub fn keep(&mut self, batch: &mut Batch, until: u64, most: u64) -> Kept {
        if !self.bare || !self.synthetic.is_empty() {
            return Kept::default();
        }
        let kept = self.source.keep(batch, &Keeping { kinds: subject::going_by(), until, most });
        if kept.events > 0 {
            let (first, last) = kept.time;
            if self.first_ts == 0 {
                self.first_ts = first;
            }
            self.prev_ts = last;
            self.num += kept.events;
        }
        kept
    }
}
