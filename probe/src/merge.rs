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
