//! Reading a capture with several threads: one walks ahead and only keeps the model, leaving the model as it was in
//! front of each part; others read the parts again, each from its own copy, and show what is wanted.
//!
//! Entries of the model are shared, so such a copy costs one reference per entry, and what changes afterwards.

use cscope_capture::{BlockSource, Error, EventSource, EventType, Joiner};

use super::skim::{Interest, Ways};
use super::walk::Halt;
use super::{Demand, Inspector, Item, View};
use crate::{Changes, EventCx, State};

/// What came of a part of a capture.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "an item borrows and lives for a moment; there is one for each part"
)]
pub enum Survey<'a> {
    /// A part, to be read again.
    Part(Box<Inspector>),
    /// The model has become too large for copies of it.
    Large,
    /// What stands between parts, dealt with already.
    Item(Item<'a>),
}

/// Bytes of events in a part: enough to be worth a copy of the model and the way to another thread, and few enough that
/// many parts can be under way.
const PART: usize = 1 << 20;

/// Bytes of a model that is copied for each part.
const LIGHT: usize = 24 << 20;

/// What is kept from one part to the next.
pub(super) struct Surveyor {
    ways: Ways,
    /// What the model held when it was counted last, and what had been added up then.
    held: usize,
    charged: usize,
}

impl Surveyor {
    /// True when the model is too large for copies. It is counted when it may be.
    fn refuses(&mut self, state: &State) -> bool {
        let charged = state.charged();
        // What was added up is never less than what is held.
        let most = if charged < self.charged { charged } else { self.held + (charged - self.charged) };
        if most > LIGHT {
            (self.held, self.charged) = (state.count(), charged);
            return self.held > LIGHT;
        }
        false
    }
}

/// Wants nothing but these changes of the model.
struct Nobody(Changes);

impl Interest for Nobody {
    fn demand(&self) -> Demand {
        Demand { changes: self.0, ..Demand::NOTHING }
    }

    fn wants_type(&self, _: EventType) -> bool {
        false
    }

    fn wants(&mut self, _: &EventCx<'_>) -> bool {
        false
    }
}

impl Inspector {
    /// Walks over blocks of events, some [`PART`] bytes of them, and gives them as an inspector of its own, which can be
    /// sent to another thread; or gives what cannot be dealt with so. Only for captures in the merged view. Of the model
    /// only `changes` are made, the same at every call.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn survey(&mut self, changes: Changes) -> Result<Survey<'_>, Error> {
        if self.view != View::Merged || self.live.is_some() || !self.has_blocks() {
            return self.step().map(Survey::Item);
        }
        let mut nobody = Nobody(changes);
        let mut surveyor = self.surveyor.take().unwrap_or_else(|| {
            let charged = self.state.charged();
            Box::new(Surveyor { ways: Ways::new(&nobody), held: charged, charged })
        });
        if surveyor.refuses(&self.state) {
            return Ok(Survey::Large);
        }
        let mut part = Box::new(self.fork());
        let mut read = BlockSource::default();
        let mut start = self.source.blocks().cursor();
        loop {
            match self.skim(&surveyor.ways, &mut nobody) {
                Halt::Rest | Halt::Wanted(_) => {}
                Halt::Step => {
                    let blocks = self.source.blocks();
                    if blocks.head(blocks.cursor()).is_some() {
                        self.take()?;
                        continue;
                    }
                    self.source.cut(start, &mut read);
                    if read.bytes() >= PART || !self.has_blocks() {
                        read.more();
                        part.source = Box::new(read);
                        self.surveyor = Some(surveyor);
                        return Ok(Survey::Part(part));
                    }
                    start = self.source.blocks().cursor();
                }
            }
        }
    }

    /// True when blocks are there, or come now. What was noted in those that go away is kept.
    fn has_blocks(&mut self) -> bool {
        let blocks = self.source.blocks();
        self.joiner.keep_all(&blocks);
        blocks.head(blocks.cursor()).is_some() || self.source.more()
    }

    /// For a part: takes over what another part has prepared for the same interest.
    pub fn resume(&mut self, spent: Self) {
        (self.ways, self.refusals) = (spent.ways, spent.refusals);
    }

    /// An inspector that goes on from here; it has no source yet.
    fn fork(&self) -> Self {
        let source = Box::new(BlockSource::default());
        let joiner: Joiner = self.joiner.fork();
        Self {
            joiner,
            state: self.state.clone(),
            num: self.num,
            first_ts: self.first_ts,
            prev_ts: self.prev_ts,
            limits: self.limits,
            ..Self::new(source, self.view)
        }
    }
}
