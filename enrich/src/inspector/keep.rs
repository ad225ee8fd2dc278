//! Events that are only kept: nobody looks at their context, and most need not be applied to the model.

use cscope_capture::Event;

use super::{Inspector, View, subject};

impl Inspector {
    /// For those that only keep what a live source of the current schema sees, see [`keep`](Self::keep): the model
    /// holds who there is.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.bare = self.view == View::Merged;
        self
    }

    /// Hands the events that go by a [bare](Self::bare) inspector to `keep`: those that change nothing of who there is,
    /// as long as they come one after the other and it takes them. Gives how many. What it refused, and everything
    /// else, comes with the next [`step`](Self::step).
    pub fn keep(&mut self, mut keep: impl FnMut(&Event<'_>) -> bool) -> u32 {
        if !self.bare || !self.synthetic.is_empty() {
            return 0;
        }
        let Self { source, num, first_ts, prev_ts, .. } = self;
        let mut kept = 0;
        source.run(&mut |event| {
            if !subject::goes_by(event.kind) || !keep(event) {
                return false;
            }
            if *first_ts == 0 {
                *first_ts = event.ts;
            }
            *prev_ts = event.ts;
            *num += 1;
            kept += 1;
            true
        });
        kept
    }
}
