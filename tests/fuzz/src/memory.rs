//! Events made in memory, as a source.

use cscope_capture::{Error, EventSource, OwnedEvent, Snapshot, Stats, Step};

pub(crate) struct Memory {
    snapshot: Snapshot,
    events: Vec<OwnedEvent>,
    next: usize,
}

impl Memory {
    pub(crate) fn new(snapshot: Snapshot, events: Vec<OwnedEvent>) -> Self {
        Self { snapshot, events, next: 0 }
    }
}

impl EventSource for Memory {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        self.next += 1;
        Ok(match self.next {
            1 => Step::Section(&self.snapshot),
            n => self.events.get(n - 2).map_or(Step::End, |e| Step::Event(e.event())),
        })
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn stats(&self) -> Stats {
        Stats::default()
    }
}
