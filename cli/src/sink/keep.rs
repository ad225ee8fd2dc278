//! Events that go into the capture file as they are.

use cscope_capture::Event;

use super::Sink;

impl Sink {
    /// True when events go into the capture file as they are, see [`keep`](Self::keep).
    #[inline]
    pub(crate) fn keeps(&self) -> bool {
        self.keeps
    }

    /// An event that nobody looks at goes into the file; false when there is more to do than that.
    #[inline]
    pub(crate) fn keep(&mut self, event: &Event<'_>) -> bool {
        let ends = self.end.is_some_and(|end| event.ts >= end)
            || self.limit.is_some_and(|n| self.counters.matched + 1 >= n);
        if ends || self.awaited.is_some() {
            return false;
        }
        if let Err(e) = self.capture.as_mut().map_or(Ok(()), |capture| capture.keep(event)) {
            self.outcome = Some(Err(e));
            return false;
        }
        if let Some(counts) = &mut self.counts {
            counts.event(event);
        }
        self.ts = self.ts.max(event.ts);
        self.counters.seen += 1;
        self.counters.matched += 1;
        true
    }
}
