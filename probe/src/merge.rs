//! Brings the records of all CPUs into the order of their times.
//!
//! A record is given out when no CPU can still bring an earlier one: all were looked at after its time plus
//! [`MARGIN`], the longest a program takes from reading the clock to having its record in place. Within a
//! lane or ring order is kept as it is.

use crate::lane::Lane;
use crate::raw::Raw;
use crate::ring::{Head, Ring};

/// ns a record may take to appear in its ring.
const MARGIN: u64 = 500_000;

/// Where records of a CPU come from.
#[derive(Debug)]
pub(crate) enum Queue {
    /// Nearly all of them.
    Lane(Lane),
    /// The others.
    Ring(Ring),
}

/// Calls a method that both kinds have.
macro_rules! either {
    ($queue:expr, $name:ident $(, $arg:expr)*) => {
        match $queue {
            Queue::Lane(queue) => queue.$name($($arg),*),
            Queue::Ring(queue) => queue.$name($($arg),*),
        }
    };
}

/// All queues.
#[derive(Debug)]
pub(crate) struct Merger {
    sources: Vec<Source>,
    /// The source whose head is the earliest, and the time up to which it stays that.
    current: usize,
    bound: u64,
    /// Records up to this time may be given out.
    watermark: u64,
    /// The record given out last is still to be taken off its queue.
    taken: bool,
}

#[derive(Debug)]
struct Source {
    queue: Queue,
    cpu: u16,
    /// Time of the head; `u64::MAX` when empty.
    time: u64,
    len: usize,
    busy: bool,
}

impl Source {
    #[inline]
    fn look(&mut self) {
        self.busy = false;
        match either!(&mut self.queue, head) {
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
                self.time = Raw::time(either!(&self.queue, record, len));
            }
        }
    }
}

impl Merger {
    /// Merges queues, each of a CPU.
    pub(crate) fn new(queues: Vec<(u16, Queue)>) -> Self {
        let source = |(cpu, queue)| Source { queue, cpu, time: u64::MAX, len: 0, busy: false };
        let sources = queues.into_iter().map(source).collect();
        Self { sources, current: 0, bound: 0, watermark: 0, taken: false }
    }

    /// Looks at all queues. `now` (ns awake since boot) must be read before; `u64::MAX` when nothing writes any more.
    pub(crate) fn refresh(&mut self, now: u64) {
        for source in &mut self.sources {
            either!(&mut source.queue, release);
            either!(&mut source.queue, refresh);
            if source.time == u64::MAX || source.busy {
                source.look();
            }
        }
        self.watermark = if now == u64::MAX { now - 1 } else { now.saturating_sub(MARGIN) };
        self.bound = 0;
    }

    /// Time (ns awake since boot) up to which everything has been given out once [`Merger::next`] gives nothing.
    pub(crate) fn watermark(&self) -> u64 {
        self.watermark
    }

    /// True when a lane was filled above a sixteenth at the last look.
    pub(crate) fn pressed(&self, size: usize) -> bool {
        self.sources.iter().any(|source| either!(&source.queue, unread) > size / 16)
    }

    /// Calls that the kernel side kept back, those on CPUs without a lane left out.
    pub(crate) fn skipped(&self) -> u64 {
        let skipped = |source: &Source| match &source.queue {
            Queue::Lane(lane) => lane.skipped(),
            Queue::Ring(_) => 0,
        };
        self.sources.iter().map(skipped).sum()
    }

    /// True when nothing was left at the last look.
    pub(crate) fn is_empty(&self) -> bool {
        self.sources.iter().all(|source| source.time == u64::MAX)
    }

    /// The next record in the order of time, and its CPU.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(&[u8], u16)> {
        if self.taken {
            self.taken = false;
            let source = self.sources.get_mut(self.current)?;
            either!(&mut source.queue, advance, source.len);
            source.look();
        }
        let head = self.sources.get(self.current)?;
        if head.busy || head.time > self.bound {
            self.choose();
        }
        let source = self.sources.get_mut(self.current)?;
        if source.busy {
            source.look();
        }
        if source.busy || source.time > self.watermark {
            return None;
        }
        self.taken = true;
        Some((either!(&source.queue, record, source.len), source.cpu))
    }

    /// Finds the source with the earliest head.
    fn choose(&mut self) {
        let (mut first, mut second) = (u64::MAX, u64::MAX);
        for (index, source) in self.sources.iter().enumerate() {
            if source.time < first {
                (first, second, self.current) = (source.time, first, index);
            } else if source.time < second {
                second = source.time;
            }
        }
        self.bound = second;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::Bytes;
    use crate::{lane, ring};

    /// Takes everything out as (time, mark) in the order given.
    fn drain(merger: &mut Merger) -> Vec<(u64, u64)> {
        let mut all = Vec::new();
        while let Some((record, cpu)) = merger.next() {
            let raw = Raw::parse(record, cpu);
            // Records of rings are shorter than real ones: the mark is where a size would be.
            let mark = if record.len() == 16 { record.u64(8) } else { raw.args.at(0) };
            all.push((Raw::time(record), mark));
        }
        all
    }

    fn record(time: u64, mark: u64) -> Vec<u8> {
        [time.to_ne_bytes(), mark.to_ne_bytes()].concat()
    }

    fn merger(lanes: &[lane::fake::Fake], rings: &[ring::fake::Fake]) -> Merger {
        let lanes = lanes.iter().map(|fake| Queue::Lane(fake.lane()));
        let rings = rings.iter().map(|fake| Queue::Ring(fake.ring()));
        Merger::new((0..).zip(lanes.chain(rings)).collect())
    }

    #[test]
    fn records_of_all_queues_come_in_the_order_of_time() {
        let mut lanes: Vec<_> = (0..2).map(|_| lane::fake::Fake::new(1 << 16)).collect();
        let mut rings = [ring::fake::Fake::new(1 << 16)];
        let mut merger = merger(&lanes, &rings);
        let mut expected = Vec::new();
        for step in 0..1000u64 {
            let queue = step * 7 % 11 % 3;
            match lanes.get_mut(queue as usize) {
                Some(lane) => lane.write(step, queue, (step % 5) as usize),
                None => rings[0].write(&record(step, queue)),
            }
            expected.push((step, queue));
        }
        merger.refresh(MARGIN + 600);
        assert_eq!(drain(&mut merger), expected[..=600]);
        assert_eq!(drain(&mut merger), [], "nothing before all queues were looked at again");
        merger.refresh(u64::MAX);
        assert_eq!(drain(&mut merger), expected[601..]);
        assert!(merger.is_empty());
    }

    #[test]
    fn a_record_that_is_being_written_holds_the_others_back() {
        let mut rings: Vec<_> = (0..2).map(|_| ring::fake::Fake::new(1 << 12)).collect();
        let mut merger = merger(&[], &rings);
        let pending = rings[0].begin(&record(5, 0));
        rings[1].write(&record(6, 1));
        merger.refresh(u64::MAX);
        assert_eq!(drain(&mut merger), []);
        assert!(!merger.is_empty());
        rings[0].commit(pending);
        merger.refresh(u64::MAX);
        assert_eq!(drain(&mut merger), [(5, 0), (6, 1)]);
    }

    #[test]
    fn queues_wrap_around_and_rings_skip_what_was_given_up() {
        let (mut lane, mut ring) = (lane::fake::Fake::new(1 << 12), ring::fake::Fake::new(1 << 12));
        let mut merger = Merger::new(vec![(0, Queue::Lane(lane.lane())), (1, Queue::Ring(ring.ring()))]);
        for round in 0..500u64 {
            let given_up = ring.begin(&record(round, 9));
            ring.discard(given_up);
            ring.write(&record(2 * round, 1));
            lane.write(2 * round + 1, 0, round as usize % 100);
            merger.refresh(u64::MAX);
            assert_eq!(drain(&mut merger), [(2 * round, 1), (2 * round + 1, 0)]);
        }
        merger.refresh(u64::MAX);
        assert_eq!(ring.consumed(), ring.written());
        assert_eq!(lane.consumed(), lane.written());
    }
}
