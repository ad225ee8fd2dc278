//! How far reading of a file has come, on stderr: share, speed and time left.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use cscope_capture::Stats;

/// Events between two looks at the clock.
const EVERY: u64 = 8192;
/// Reading shorter than this shows nothing, unless it was asked for.
const PATIENCE: Duration = Duration::from_millis(700);
/// Time between two pictures.
const PERIOD: Duration = Duration::from_millis(200);

/// Shows on stderr how far reading has come; what it showed is erased when it goes away.
#[derive(Debug)]
pub(crate) struct Progress {
    events: u64,
    started: Instant,
    next: Instant,
    forced: bool,
    terminal: bool,
    shown: bool,
}

impl Progress {
    /// Nothing shown yet. `forced`: also when stderr is no terminal, and from the beginning. `watched`: lines go to
    /// a terminal, which progress would only disturb.
    pub(crate) fn new(forced: bool, watched: bool) -> Option<Self> {
        let (started, terminal) = (Instant::now(), io::stderr().is_terminal());
        let next = if forced { started } else { started + PATIENCE };
        (forced || terminal && !watched).then_some(Self {
            events: 0,
            started,
            next,
            forced,
            terminal,
            shown: false,
        })
    }

    /// Takes note of an event; now and then shows the position.
    #[inline]
    pub(crate) fn event(&mut self, stats: impl FnOnce() -> Stats) {
        self.events += 1;
        if self.events.is_multiple_of(EVERY) {
            self.look(stats);
        }
    }

    /// Shows the position when it is time to.
    pub(crate) fn look(&mut self, stats: impl FnOnce() -> Stats) {
        let now = Instant::now();
        if now >= self.next {
            self.next = now + PERIOD;
            self.show(&stats());
        }
    }

    /// Shows the last position, where that was asked for.
    pub(crate) fn finish(&mut self, stats: &Stats) {
        if self.forced {
            self.show(stats);
        }
    }

    fn show(&mut self, stats: &Stats) {
        let text = text(stats, self.started.elapsed());
        let erase = if self.terminal { "\x1b[K" } else { "" };
        self.shown = true;
        // A message that cannot be shown is no reason to stop.
        let _ = write!(io::stderr(), "\r{text}{erase}");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let end = if self.terminal { "\r\x1b[K" } else { "\n" };
            let _ = write!(io::stderr(), "{end}");
        }
    }
}

/// The position as text.
fn text(stats: &Stats, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(1e-3);
    let speed = (stats.events as f64 / seconds) as u64;
    match stats.bytes {
        (read, Some(total)) if total > 0 => {
            let share = (read as f64 / total as f64).min(1.0);
            let left = if share > 0.0 { seconds / share - seconds } else { 0.0 };
            format!("{:6.2} %  {speed} events/s  {left:.0} s left", share * 100.0)
        }
        (read, _) => format!("{} MB  {speed} events/s", read / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_speed_and_time_left() {
        let mut stats = Stats { events: 3_000_000, bytes: (25, Some(100)), ..Stats::default() };
        assert_eq!(text(&stats, Duration::from_secs(2)), " 25.00 %  1500000 events/s  6 s left");
        stats.bytes = (7_900_000, None);
        assert_eq!(text(&stats, Duration::from_secs(2)), "7 MB  1500000 events/s");
    }
}
