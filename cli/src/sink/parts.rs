//! Sinks for parts of a capture, which several threads read.

use std::collections::HashSet;

use super::Sink;
use crate::args::{Args, TimeType};
use crate::output::Output;
use crate::plan::Plan;
use crate::summary::Counters;

/// Events after which it is known whether most of them are printed.
const SAMPLE: u64 = 1 << 14;

/// True when what comes of an event does not depend on those in front of it but for the model.
pub(super) fn is_divisible(args: &Args, plan: &Plan) -> bool {
    plan.printer.is_some()
        && plan.chisels.is_empty()
        && !args.pairs
        && !args.summary
        && !args.unbuffered
        && args.count.is_none()
        && args.time != TimeType::Delta
        && args.read.iter().all(|path| path.is_file())
}

impl Sink {
    /// A sink for a part of the events, which gathers what it prints; [`absorb`](Self::absorb) takes it back.
    pub(crate) fn fork(&self) -> Self {
        Self {
            filter: self.filter.clone(),
            printer: self.printer.clone(),
            out: Output::memory(),
            counts: None,
            chisels: Vec::new(),
            capture: None,
            counters: Counters::default(),
            suppressed: HashSet::new(),
            internal: self.internal,
            display_filter: false,
            fat: false,
            limit: None,
            duration: None,
            end: None,
            ending: false,
            refresh_at: None,
            screen: None,
            once: false,
            awaited: None,
            ts: 0,
            picture: Vec::new(),
            demand: self.demand,
            passed: None,
            outcome: None,
            threads: None,
            hint: None,
            keeps: false,
            dense: false,
        }
    }

    /// Writes and counts what a fork printed and counted, and empties it.
    pub(crate) fn absorb(&mut self, fork: &mut Self) -> anyhow::Result<()> {
        let counters = std::mem::take(&mut fork.counters);
        self.counters.seen += counters.seen;
        self.counters.matched += counters.matched;
        self.ts = self.ts.max(std::mem::take(&mut fork.ts));
        self.out.append(&mut fork.out)
    }

    /// True for a fork that has seen nothing.
    pub(crate) fn is_untouched(&self) -> bool {
        self.ts == 0
    }

    /// True when most events are printed, and at some length: then the work can be divided among threads.
    pub(crate) fn is_dense(&self) -> bool {
        self.dense && self.counters.seen >= SAMPLE && self.counters.matched > self.counters.seen / 4
    }
}
