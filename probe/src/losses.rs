//! Losses: the kernel side counts them per CPU and cause and notes when; here they become drop events at the place
//! in the stream where they happened.
//!
//! Losses come in bursts. One gives a `drop` enter event at its first loss, and a `drop` exit event when the CPU has
//! lost nothing for [`CALM`]. While the reader is held up all losses are one burst.

use std::mem::offset_of;

use cscope_capture::{EventType, Loss};

use crate::raw::Bytes;
use crate::skel::types::counters;

/// ns without a loss after which a burst is over.
const CALM: u64 = 100_000_000;

/// What the kernel side has counted on one CPU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) ring: u64,
    pub(crate) other: u64,
    /// First and last loss of the latest burst, ns awake since boot.
    from: u64,
    at: u64,
}

impl Count {
    /// Reads the counters of a CPU.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        Self {
            ring: bytes.u64(offset_of!(counters, lost_ring)),
            other: bytes.u64(offset_of!(counters, lost_scratch)),
            from: bytes.u64(offset_of!(counters, lost_from)),
            at: bytes.u64(offset_of!(counters, lost_at)),
        }
    }

    /// As told to callers.
    pub(crate) fn loss(self, cpu: usize) -> Loss {
        Loss { cpu: cpu as u16, ring: self.ring, other: self.other }
    }

    fn total(self) -> u64 {
        self.ring + self.other
    }
}

/// Begin or end of a burst, to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap {
    /// ns awake since boot.
    pub(crate) ts: u64,
    pub(crate) cpu: u16,
    pub(crate) kind: EventType,
}

/// What was counted and told so far.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    cpus: Vec<Cpu>,
    due: Vec<Gap>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cpu {
    total: u64,
    open: bool,
    /// End of the burst before.
    over: u64,
}

impl Losses {
    /// Takes note of the counters as they are at `now` (ns awake since boot; `u64::MAX` when nothing is counted any more).
    pub(crate) fn look(&mut self, counts: &[Count], now: u64) {
        self.cpus.resize(counts.len().max(self.cpus.len()), Cpu::default());
        for (index, (cpu, count)) in self.cpus.iter_mut().zip(counts).enumerate() {
            let gap = |ts, kind| Gap { ts, cpu: index as u16, kind };
            if count.total() > cpu.total {
                cpu.total = count.total();
                if !std::mem::replace(&mut cpu.open, true) {
                    self.due.push(gap(count.from.max(cpu.over), EventType::DROP_E));
                }
            }
            if cpu.open && now.saturating_sub(count.at) > CALM {
                cpu.open = false;
                cpu.over = count.at;
                self.due.push(gap(count.at, EventType::DROP_X));
            }
        }
        self.due.sort_by_key(|gap| std::cmp::Reverse(gap.ts));
    }

    /// Takes out the earliest gap up to `ts`.
    #[inline]
    pub(crate) fn due(&mut self, ts: u64) -> Option<Gap> {
        if self.is_due(ts) { self.due.pop() } else { None }
    }

    /// True when there is a gap up to `ts`.
    #[inline]
    pub(crate) fn is_due(&self, ts: u64) -> bool {
        self.due.last().is_some_and(|gap| gap.ts <= ts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(ring: u64, from: u64, at: u64) -> Count {
        Count { ring, other: 0, from, at }
    }

    #[test]
    fn a_burst_has_a_begin_and_an_end() {
        let mut losses = Losses::default();
        losses.look(&[count(0, 0, 0), count(0, 0, 0)], 1_000);
        assert_eq!(losses.due(u64::MAX), None);
        losses.look(&[count(5, 2_000, 2_500), count(0, 0, 0)], 3_000);
        losses.look(&[count(9, 2_000, 3_500), count(1, 1_900, 1_900)], 4_000);
        assert_eq!(losses.due(1_800), None, "not before its time");
        let begins = [losses.due(5_000), losses.due(5_000), losses.due(5_000)];
        let gap = |ts, cpu, kind| Some(Gap { ts, cpu, kind });
        assert_eq!(begins, [gap(1_900, 1, EventType::DROP_E), gap(2_000, 0, EventType::DROP_E), None]);
        losses.look(&[count(9, 2_000, 3_500), count(1, 1_900, 1_900)], 3_600 + CALM);
        let ends = [losses.due(u64::MAX), losses.due(u64::MAX), losses.due(u64::MAX)];
        assert_eq!(ends, [gap(1_900, 1, EventType::DROP_X), gap(3_500, 0, EventType::DROP_X), None]);
        // What the kernel side takes for the same burst goes on behind what was told.
        losses.look(&[count(10, 2_000, 2 * CALM), count(1, 1_900, 1_900)], 2 * CALM);
        assert_eq!(losses.due(u64::MAX), gap(3_500, 0, EventType::DROP_E));
    }
}
