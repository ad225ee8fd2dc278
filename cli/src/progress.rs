//! `-P`: how far reading of a file has come, on stderr.

use std::io::Write;

use cscope_capture::Stats;

/// Events between two looks at the position.
const EVERY: u64 = 8192;

/// Shows the share of the input that was read, in percent.
#[derive(Debug)]
pub(crate) struct Progress {
    events: u64,
    shown: Option<u64>,
}

impl Progress {
    /// Nothing shown yet.
    pub(crate) fn new() -> Self {
        Self { events: 0, shown: None }
    }

    /// Takes note of an event; now and then shows the position.
    pub(crate) fn event(&mut self, stats: impl FnOnce() -> Stats) {
        self.events += 1;
        if self.events.is_multiple_of(EVERY) {
            self.show(stats());
        }
    }

    /// Shows the position when it changed by a hundredth of a percent.
    fn show(&mut self, stats: Stats) {
        let (read, Some(total)) = stats.bytes else { return };
        let share = read.saturating_mul(10_000) / total.max(1);
        if self.shown != Some(share) {
            self.shown = Some(share);
            eprint!("\r{}.{:02}", share / 100, share % 100);
            // A message that cannot be shown is no reason to stop.
            let _ = std::io::stderr().flush();
        }
    }

    /// Shows the end.
    pub(crate) fn finish(&mut self, stats: Stats) {
        self.show(stats);
        if self.shown.is_some() {
            eprintln!();
        }
    }
}
