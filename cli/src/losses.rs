//! Losses of a live capture, told on stderr while it runs: at once, but not more often than once a second.

use std::fmt::Write;
use std::time::{Duration, Instant};

use cscope_capture::Loss;

use crate::message::say;
use crate::summary::grouped;

/// Time between two messages.
const PAUSE: Duration = Duration::from_secs(1);

/// What was told.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    told: u64,
    at: Option<Instant>,
}

impl Losses {
    /// True when it is time to look again.
    pub(crate) fn is_due(&self) -> bool {
        self.at.is_none_or(|at| at.elapsed() >= PAUSE)
    }

    /// Tells of losses that are new. True when there are any.
    pub(crate) fn look(&mut self, losses: &[Loss]) -> bool {
        let all: u64 = losses.iter().map(|l| l.ring + l.other).sum();
        let new = all > self.told;
        if new && self.is_due() {
            let (more, advice) = match self.told {
                0 => ("", "; a filter, a larger --ring-size, or -w instead of lines helps"),
                _ => (" more", ""),
            };
            let count = grouped(all - self.told);
            say(format_args!("{count}{more} events lost, in all {}{advice}", causes(losses)));
            self.told = all;
            self.at = Some(Instant::now());
        }
        new
    }
}

/// Where events were lost, and why.
pub(crate) fn causes(losses: &[Loss]) -> String {
    let cause = |what: &str, of: fn(&Loss) -> u64| {
        let all: u64 = losses.iter().map(of).sum();
        let mut text = format!("{} because {what}", grouped(all));
        let cpus = losses.iter().filter(|l| of(l) > 0);
        for (index, loss) in cpus.enumerate() {
            let before = if index == 0 { " (" } else { ", " };
            // Writing into a string cannot fail.
            let _ = write!(text, "{before}CPU {}: {}", loss.cpu, grouped(of(loss)));
        }
        (all > 0).then(|| if text.contains(" (") { text + ")" } else { text })
    };
    let causes = [
        cause("the ring of a CPU was full", |l| l.ring),
        cause("the probe was busy or short of memory", |l| l.other),
    ];
    causes.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_by_cpu() {
        let losses =
            [Loss { cpu: 0, ring: 1200, other: 0 }, Loss::default(), Loss { cpu: 2, ring: 3, other: 1 }];
        assert_eq!(
            causes(&losses),
            "1,203 because the ring of a CPU was full (CPU 0: 1,200, CPU 2: 3), 1 because the probe was busy or \
             short of memory (CPU 2: 1)"
        );
        assert_eq!(causes(&[]), "");
    }

    #[test]
    fn a_loss_is_told_once_and_not_too_often() {
        let mut losses = Losses::default();
        let lost = |ring| [Loss { cpu: 0, ring, other: 0 }];
        assert!(!losses.look(&lost(0)));
        assert!(losses.look(&lost(5)));
        assert!(!losses.look(&lost(5)));
        assert!(losses.look(&lost(6)), "new, but told later");
        assert_eq!(losses.told, 5);
    }
}
