//! When a thread was off the CPU, from context switches.

use std::collections::VecDeque;

/// Spans kept; of a call with more the first ones count as long as all of them lie within it.
const SPANS: usize = 32;

/// The last times a thread was off the CPU.
#[derive(Debug, Clone, Default)]
pub struct Waits {
    /// When it left the CPU, while it is off.
    left: Option<u64>,
    spans: VecDeque<(u64, u64)>,
    /// Spans that found no room: start of the first, and their total.
    older: Option<(u64, u64)>,
}

impl Waits {
    /// The thread left the CPU.
    pub(crate) fn leave(&mut self, ts: u64) {
        self.left = Some(ts);
    }

    /// The thread is on a CPU again.
    pub(crate) fn back(&mut self, ts: u64) {
        let Some(left) = self.left.take() else { return };
        if self.spans.len() == SPANS
            && let Some((from, to)) = self.spans.pop_front()
        {
            let (first, total) = self.older.unwrap_or((from, 0));
            self.older = Some((first, total.saturating_add(to.saturating_sub(from))));
        }
        self.spans.push_back((left, ts));
    }

    /// ns off the CPU between two times, of which `to` is the present, when the thread is on the CPU. Who gave it the
    /// CPU back may not be among the processes that are captured: then it was off until now.
    pub fn between(&self, from: u64, to: u64) -> u64 {
        let last = self.left.filter(|&left| left >= from).map_or(0, |left| to.saturating_sub(left));
        let within = self.spans.iter().filter(|span| span.0 >= from && span.1 <= to);
        let spans = within.fold(0u64, |sum, span| sum.saturating_add(span.1.saturating_sub(span.0)));
        let older = self.older.filter(|older| older.0 >= from).map_or(0, |older| older.1);
        spans.saturating_add(older).saturating_add(last)
    }
}

#[cfg(test)]
mod tests {
    use super::Waits;

    #[test]
    fn spans_within_a_call() {
        let mut waits = Waits::default();
        waits.back(5);
        assert_eq!(waits.between(0, 10), 0, "nothing is known of when it left");
        waits.leave(10);
        waits.back(15);
        waits.leave(20);
        waits.back(50);
        assert_eq!(waits.between(0, 60), 35);
        assert_eq!(waits.between(18, 60), 30, "the first was before the call");
        waits.leave(70);
        assert_eq!(waits.between(60, 90), 20, "nothing told that it is back, but it is");
        assert_eq!(waits.between(75, 90), 0, "it left before the call");
        for n in 0..100 {
            waits.leave(100 + n * 10);
            waits.back(103 + n * 10);
        }
        assert_eq!(waits.between(100 + 80 * 10, 2000), 60);
        assert_eq!(waits.between(0, 2000), 335);
    }
}
