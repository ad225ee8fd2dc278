//! Where events come from: a file or the running kernel, behind one trait.

use crate::{Batch, BlockSource, Blocks, Cursor, Error, Event, EventType, Snapshot};

/// What a source has to say next.
#[derive(Debug)]
pub enum Step<'a> {
    /// A new section begins: all state is to be rebuilt from this snapshot. Always the first step of a source,
    /// and again at each section header of files joined with `cat`.
    Section(&'a Snapshot),
    /// The next event.
    Event(Event<'a>),
    /// Nothing happened for a while (live sources only, within some tens of milliseconds); a chance to
    /// refresh a screen or to look at a signal flag. `ts` is the current time, ns since the epoch.
    Idle {
        /// ns since the epoch; all events before it have been delivered.
        ts: u64,
    },
    /// Events that the source was told to leave out.
    LeftOut(LeftOut),
    /// No more events will come.
    End,
}

/// Events that were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub events: u64,
    /// Time of the first and of the last of them, ns since the epoch.
    pub time: (u64, u64),
}

/// Which events [`EventSource::keep`] may keep.
#[derive(Debug, Clone, Copy)]
pub struct Keeping<'a> {
    /// By type, whether such events may be kept; others may not.
    pub kinds: &'a [bool],
    /// Those from this time on may not, ns since the epoch.
    pub until: u64,
    /// Nor more than so many.
    pub most: u64,
}

impl Keeping<'_> {
    /// True for an event that may be kept behind so many others.
    #[inline]
    pub fn takes(&self, kind: EventType, ts: u64, kept: u64) -> bool {
        ts < self.until && kept < self.most && self.kinds.get(usize::from(kind.0)).is_some_and(|kept| *kept)
    }
}

/// The events that [`EventSource::keep`] has kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many.
    pub events: u64,
    /// Time of the first and of the last, ns since the epoch.
    pub time: (u64, u64),
    /// Thread of the last.
    pub tid: u64,
}

impl Kept {
    /// Counts an event.
    #[inline]
    pub fn count(&mut self, ts: u64, tid: u64) {
        self.time = (if self.events == 0 { ts } else { self.time.0 }, ts);
        self.tid = tid;
        self.events += 1;
    }
}

/// Counters of a source. All are totals since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Events that were delivered.
    pub events: u64,
    /// Events that were lost because a ring was full.
    pub lost_ring: u64,
    /// Events that were lost for another cause (scratch space, faults of the probe).
    pub lost_other: u64,
    /// Events the kernel side discarded because the filter cannot match them.
    pub skipped_in_kernel: u64,
    /// Bytes read so far, and their total where it is known (files: compressed bytes).
    pub bytes: (u64, Option<u64>),
}

impl Stats {
    /// All losses together.
    pub fn lost(&self) -> u64 {
        self.lost_ring + self.lost_other
    }
}

/// Losses on one CPU. Totals since the start of the source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loss {
    /// The CPU.
    pub cpu: u16,
    /// Events that were lost because its ring was full.
    pub ring: u64,
    /// Events that were lost for another cause.
    pub other: u64,
}

/// A call that has not returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallInFlight {
    /// Thread that made it.
    pub tid: u64,
    /// Name of that thread.
    pub comm: Vec<u8>,
    /// Name of the call.
    pub call: &'static str,
    /// The descriptor it works on.
    pub fd: Option<i64>,
    /// ns since it was made; `None`: it was made before the source began to look.
    pub age: Option<u64>,
}

/// A stream of events with the state of the machine in front of it. Lending: an event borrows the source
/// until the next call.
pub trait EventSource {
    /// The next step. After [`Step::End`] or an error every further call gives [`Step::End`].
    ///
    /// # Errors
    /// Damage in a file, after all whole events before it were delivered; a failure of the probe.
    fn step(&mut self) -> Result<Step<'_>, Error>;

    /// State of the machine at the start of the current section.
    fn snapshot(&self) -> &Snapshot;

    /// Counters up to now.
    fn stats(&self) -> Stats;

    /// The calls that have not returned, oldest first; none from sources that cannot know.
    ///
    /// # Errors
    /// The source knows and cannot tell.
    fn in_flight(&mut self) -> Result<Vec<CallInFlight>, Error> {
        Ok(Vec::new())
    }

    /// The thread of the last event is of no interest as long as it stays what it is: sources that can spare
    /// themselves its events may do so, but for those that change what is known of the machine.
    fn mute(&mut self) {}

    /// Every thread may be of interest again.
    fn unmute(&mut self) {}

    /// Losses up to now, an entry per CPU; none for sources that lose nothing.
    fn losses(&self) -> Vec<Loss> {
        Vec::new()
    }

    /// Keeps the next events in a batch without a step each, as long as more are there that may be kept. The first that
    /// may not, and everything that is no event, comes with the next [`step`](Self::step). Sources that gain nothing by
    /// it keep none.
    fn keep(&mut self, batch: &mut Batch, keeping: &Keeping<'_>) -> Kept {
        let _ = (batch, keeping);
        Kept::default()
    }

    /// Events that are there and can be looked at without a step each; none for sources that have no such
    /// blocks. The offsets in it hold until the next [`step`](Self::step).
    fn blocks(&self) -> Blocks<'_> {
        Blocks::default()
    }

    /// Takes note that the blocks up to this place were dealt with: `events` events, the last at `ts`.
    fn pass(&mut self, to: Cursor, events: u64, ts: u64) {
        let _ = (to, events, ts);
    }

    /// Moves the blocks between a place and the one that all have been [passed](Self::pass) up to into a part, behind
    /// those that it has. The offsets of blocks that were passed are not valid any more.
    fn cut(&mut self, from: Cursor, part: &mut BlockSource) {
        let blocks = self.blocks();
        blocks.copy(from, blocks.cursor(), part);
    }

    /// When all blocks that were there have been [passed](Self::pass), brings more. False when there are none, or
    /// something else comes first, which is for the next [`step`](Self::step). The offsets of blocks that were passed
    /// are not valid any more.
    fn more(&mut self) -> bool {
        false
    }
}

impl<S: EventSource + ?Sized> EventSource for Box<S> {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        (**self).step()
    }

    fn snapshot(&self) -> &Snapshot {
        (**self).snapshot()
    }

    fn stats(&self) -> Stats {
        (**self).stats()
    }

    fn in_flight(&mut self) -> Result<Vec<CallInFlight>, Error> {
        (**self).in_flight()
    }

    fn mute(&mut self) {
        (**self).mute();
    }

    fn keep(&mut self, batch: &mut Batch, keeping: &Keeping<'_>) -> Kept {
        (**self).keep(batch, keeping)
    }

    fn unmute(&mut self) {
        (**self).unmute();
    }

    fn losses(&self) -> Vec<Loss> {
        (**self).losses()
    }

    fn blocks(&self) -> Blocks<'_> {
        (**self).blocks()
    }

    fn pass(&mut self, to: Cursor, events: u64, ts: u64) {
        (**self).pass(to, events, ts);
    }

    fn cut(&mut self, from: Cursor, part: &mut BlockSource) {
        (**self).cut(from, part);
    }

    fn more(&mut self) -> bool {
        (**self).more()
    }
}
