//! Sinks for parts of a capture, which several threads read: what can be divided, and when that pays.

use std::collections::HashSet;

use cscope_chisels::Ready;

use super::Sink;
use crate::args::Args;
use crate::output::Output;
use crate::plan::Plan;
use crate::summary::{Counters, TypeCounts};

/// Events after which it is known what most of them cost.
const SAMPLE: u64 = 1 << 14;

/// True when what comes of an event does not depend on those in front of it but for the model. How many events are
/// shown (`-n`) depends on them, and so does the time since the line before (`-t D`); views of the state are made of no
/// event at all.
pub(super) fn is_divisible(args: &Args, plan: &Plan) -> bool {
    let of_events = plan.printer.is_some() || args.summary || plan.chisels.iter().any(|c| !c.once);
    of_events
        && plan.printer.as_ref().is_none_or(|printer| !printer.looks_back())
        && plan.chisels.iter().all(|chisel| chisel.fork().is_some())
        && !args.pairs
        && !args.unbuffered
        && args.count.is_none()
        && args.read.iter().all(|path| path.is_file())
}

impl Sink {
    /// A sink for a part of the events, which gathers what it prints; [`absorb`](Self::absorb) takes it back.
    pub(crate) fn fork(&self) -> Self {
        Self {
            lone: self.lone,
            filter: self.filter.clone(),
            printer: self.printer.clone(),
            out: Output::memory(),
            counts: self.counts.as_ref().map(|_| TypeCounts::default()),
            // All of them can be forked, else nothing is divided.
            chisels: self.chisels.iter().filter_map(Ready::fork).collect(),
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
            divisible: false,
            unasked: 0,
        }
    }

    /// Takes over what a fork printed, counted and gathered, and empties it.
    pub(crate) fn absorb(&mut self, fork: &mut Self) -> anyhow::Result<()> {
        let counters = std::mem::take(&mut fork.counters);
        self.counters.seen += counters.seen;
        self.counters.matched += counters.matched;
        self.counters.shown += counters.shown;
        self.ts = self.ts.max(std::mem::take(&mut fork.ts));
        if let (Some(counts), Some(more)) = (&mut self.counts, &mut fork.counts) {
            counts.absorb(more);
        }
        for (ready, fork) in self.chisels.iter_mut().zip(&mut fork.chisels) {
            ready.chisel.absorb(&mut *fork.chisel);
        }
        self.out.append(&mut fork.out)
    }

    /// True for a fork that has seen nothing.
    pub(crate) fn is_untouched(&self) -> bool {
        self.ts == 0 && self.counters.seen == 0
    }

    /// True when the rest is to be read by so many threads. Who `asked` for them gets them; else it must pay.
    ///
    /// One more thread walks ahead of them, which costs what going over events costs that nobody asks about, and what
    /// they read comes from the cache of another CPU. So half of the events must be asked about, or a quarter be shown.
    /// Two threads with the third get little more done than one thread does, unless lines are long: then walking ahead
    /// is a tenth of the work.
    pub(crate) fn is_worth(&self, threads: usize, asked: bool) -> bool {
        if !self.divisible || threads < 2 {
            return false;
        }
        let Counters { seen, matched, .. } = self.counters;
        let shows = self.printer.is_some() && matched > seen / 4;
        let costs = match threads {
            2 => shows && self.demand.is_some_and(|demand| demand.args),
            _ => shows || seen - self.unasked > seen / 2,
        };
        asked || seen >= SAMPLE && costs
    }

    /// What is left is not to be divided.
    pub(crate) fn stay_whole(&mut self) {
        self.divisible = false;
    }
}
