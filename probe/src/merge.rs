//! Brings the records of all CPUs into the order of their times.
//!
//! A record is given out when no ring can still bring an earlier one: all rings were looked at after its
//! time plus [`MARGIN`], the longest a program takes from reading the clock to having its record in the
//! ring. Within a ring order is kept as it is.

use crate::raw::Raw;
use crate::ring::{Head, Ring};

/// ns a record may take to appear in its ring.
const MARGIN: u64 = 500_000;

/// All rings.
#[derive(Debug)]
pub(crate) struct Merger {
    lanes: Vec<Lane>,
    /// The lane whose head is the earliest, and the time up to which it stays that.
    current: usize,
    bound: u64,
    /// Records up to this time may be given out.
    watermark: u64,
    /// The record given out last is still to be taken off its ring.
    taken: bool,
}

#[derive(Debug)]
struct Lane {
    ring: Ring,
    /// Time of the head; `u64::MAX` when empty.
    time: u64,
    len: usize,
    busy: bool,
}

impl Lane {
    fn look(&mut self) {
        self.busy = false;
        match self.ring.head() {
            Head::Empty => self.time = u64::MAX,
            // It will be no earlier than the one before it.
            Head::Busy => {
                self.busy = true;
                if self.time == u64::MAX {
                    self.time = 0;
                }
            }
            Head::Record(len) => {
                self.len = len;
                self.time = Raw::time(self.ring.record(len));
            }
        }
    }
}

impl Merger {
    pub(crate) fn new(rings: Vec<Ring>) -> Self {
        let lanes =
            rings.into_iter().map(|ring| Lane { ring, time: u64::MAX, len: 0, busy: false }).collect();
        Self { lanes, current: 0, bound: 0, watermark: 0, taken: false }
    }

    /// Looks at all rings. `now` (ns since boot) must be read before; `u64::MAX` when nothing writes any more.
    pub(crate) fn refresh(&mut self, now: u64) {
        for lane in &mut self.lanes {
            lane.ring.release();
            lane.ring.refresh();
            if lane.time == u64::MAX || lane.busy {
                lane.look();
            }
        }
        self.watermark = if now == u64::MAX { now - 1 } else { now.saturating_sub(MARGIN) };
        self.bound = 0;
    }

    /// Time (ns since boot) up to which everything has been given out once [`Merger::next`] gives nothing.
    pub(crate) fn watermark(&self) -> u64 {
        self.watermark
    }

    /// True when a ring is filled above a eighth.
    pub(crate) fn pressed(&self, size: usize) -> bool {
        self.lanes.iter().any(|lane| lane.ring.unread() > size / 8)
    }

    /// True when nothing was left at the last look.
    pub(crate) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.time == u64::MAX)
    }

    /// The next record in the order of time.
    pub(crate) fn next(&mut self) -> Option<&[u8]> {
        if self.taken {
            self.taken = false;
            let lane = self.lanes.get_mut(self.current)?;
            lane.ring.advance(lane.len);
            lane.look();
        }
        let head = self.lanes.get(self.current)?;
        if head.busy || head.time > self.bound {
            self.choose();
        }
        let lane = self.lanes.get_mut(self.current)?;
        if lane.busy {
            lane.look();
        }
        if lane.busy || lane.time > self.watermark {
            return None;
        }
        self.taken = true;
        Some(lane.ring.record(lane.len))
    }

    /// Finds the lane with the earliest head.
    fn choose(&mut self) {
        let (mut first, mut second) = (u64::MAX, u64::MAX);
        for (index, lane) in self.lanes.iter().enumerate() {
            if lane.time < first {
                (first, second, self.current) = (lane.time, first, index);
            } else if lane.time < second {
                second = lane.time;
            }
        }
        self.bound = second;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ring::fake::Fake;

    /// Takes everything out as (time, ring) in the order given.
    fn drain(merger: &mut Merger) -> Vec<(u64, u64)> {
        let mut all = Vec::new();
        while let Some(record) = merger.next() {
            all.push((Raw::time(record), u64::from_ne_bytes(record[8..16].try_into().unwrap())));
        }
        all
    }

    fn record(time: u64, mark: u64) -> Vec<u8> {
        [time.to_ne_bytes(), mark.to_ne_bytes()].concat()
    }

    #[test]
    fn records_of_all_rings_come_in_the_order_of_time() {
        let mut fakes: Vec<_> = (0..3).map(|_| Fake::new(1 << 16)).collect();
        let mut merger = Merger::new(fakes.iter().map(Fake::ring).collect());
        let mut expected = Vec::new();
        for step in 0..1000u64 {
            let lane = (step * 7 % 11 % 3) as usize;
            fakes[lane].write(&record(step, lane as u64));
            expected.push((step, lane as u64));
        }
        merger.refresh(MARGIN + 600);
        assert_eq!(drain(&mut merger), expected[..=600]);
        assert_eq!(drain(&mut merger), [], "nothing before all rings were looked at again");
        merger.refresh(u64::MAX);
        assert_eq!(drain(&mut merger), expected[601..]);
        assert!(merger.is_empty());
    }

    #[test]
    fn a_record_that_is_being_written_holds_the_others_back() {
        let mut fakes: Vec<_> = (0..2).map(|_| Fake::new(1 << 12)).collect();
        let mut merger = Merger::new(fakes.iter().map(Fake::ring).collect());
        let pending = fakes[0].begin(&record(5, 0));
        fakes[1].write(&record(6, 1));
        merger.refresh(u64::MAX);
        assert_eq!(drain(&mut merger), []);
        assert!(!merger.is_empty());
        fakes[0].commit(pending);
        merger.refresh(u64::MAX);
        assert_eq!(drain(&mut merger), [(5, 0), (6, 1)]);
    }

    #[test]
    fn rings_wrap_around_and_skip_what_was_given_up() {
        let mut fake = Fake::new(1 << 12);
        let mut merger = Merger::new(vec![fake.ring()]);
        for round in 0..500u64 {
            let given_up = fake.begin(&record(round, 9));
            fake.discard(given_up);
            fake.write(&record(round, round));
            merger.refresh(u64::MAX);
            assert_eq!(drain(&mut merger), [(round, round)]);
        }
        merger.refresh(u64::MAX);
        assert_eq!(fake.consumed(), fake.written());
    }
}
