//! Events that go into the capture file as they are.

use cscope_enrich::Inspector;

use super::Sink;

impl Sink {
    /// Events that nobody looks at go into the file as long as there is no more to do than that. Gives how many.
    pub(crate) fn keep(&mut self, inspector: &mut Inspector) -> anyhow::Result<u32> {
        let Some(capture) = self.capture.as_mut().filter(|_| self.keeps && self.awaited.is_none()) else {
            return Ok(0);
        };
        let until = self.end.unwrap_or(u64::MAX);
        // What ends the run comes with a step.
        let most = self.limit.map_or(u64::MAX, |n| n.saturating_sub(self.counters.shown + 1));
        let kept = capture.keep(|batch| inspector.keep(batch, until, most))?;
        self.ts = self.ts.max(kept.time.1);
        self.counters.seen += kept.events;
        self.counters.matched += kept.events;
        self.counters.shown += kept.events;
        Ok(kept.events as u32)
    }
}
