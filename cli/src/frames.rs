//! Frames of native captures that make no difference to what is shown: they are not read.
//!
//! A frame makes one when an event of it can pass the filter, by its type and time, or changes what is shown of events
//! that can; or when it holds events that are not plain ends of calls. Behind the last frame whose events can pass
//! nothing makes a difference to lines.

use cscope_capture::table::Flags;
use cscope_capture::{EventType, FileSource, Frame};
use cscope_enrich::{Changes, change, is_exit};
use cscope_filter::{Pushdown, TypeSet};

use crate::args::Args;
use crate::narrow::changes;
use crate::plan::Plan;

/// What is asked of frames.
pub(crate) struct Frames {
    types: TypeSet,
    times: (u64, u64),
    changes: Changes,
    /// Only lines are made: what comes behind the last of them is of no use.
    lines: bool,
}

impl Frames {
    /// For what was planned; `None` when every event is used.
    pub(crate) fn new(args: &Args, plan: &Plan) -> Option<Self> {
        if args.no_pushdown || args.display_filter || args.write.is_some() || args.pairs {
            return None;
        }
        let Pushdown { types, times, .. } = plan.pushdown(args);
        // Every frame counts: the index need not be looked at.
        if types.is_all() && times == Pushdown::ALWAYS {
            return None;
        }
        let lines = plan.chisels.is_empty() && !args.summary;
        Some(Self { types, times, changes: changes(args, plan, None), lines })
    }

    /// Leaves out what makes no difference. Gives the number of frames left out, and of all.
    pub(crate) fn choose(&self, file: &mut FileSource) -> (usize, usize) {
        let Some(index) = file.index() else { return (0, 0) };
        let all = index.frames().len();
        let last = index.frames().iter().rfind(|frame| frame.time.0 <= self.times.1);
        let end = if self.lines { last.map_or(0, |frame| frame.offset + 1) } else { u64::MAX };
        (file.leave_out(|frame| frame.offset < end && self.wants(frame)), all)
    }

    fn wants(&self, frame: &Frame) -> bool {
        let in_time = frame.time.1 >= self.times.0 && frame.time.0 <= self.times.1;
        let counts = |kind: EventType| {
            !is_exit(kind)
                || kind.info().is_none_or(|info| info.flags.has(Flags::OLD_VERSION))
                || change(kind).is_some_and(|change| self.changes.has(change))
                || in_time && self.types.contains_kind(kind)
        };
        frame.types().any(counts)
    }
}
