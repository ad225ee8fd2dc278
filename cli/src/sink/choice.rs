//! Which events of a capture are wanted, and what is read of them.

use cscope_capture::EventType;
use cscope_enrich::{Demand, EventCx, Interest, Thread};
use cscope_filter::{Filter, Needs};

use super::{Flow, Sink};
use crate::args::Args;
use crate::narrow::changes;
use crate::plan::Plan;

/// What is read of events by what was planned: of files, when no event but those that pass is used.
pub(super) fn demand(args: &Args, plan: &Plan) -> Option<Demand> {
    // Without a filter, what chisels pass over counts for the limit.
    let counted = args.count.is_some() && plan.filter.is_none() && !plan.chisels.is_empty();
    let all = args.read.is_empty()
        || args.write.is_some()
        || args.display_filter
        || args.duration.is_some()
        || !args.suppress_comm.is_empty()
        || counted;
    if all {
        return None;
    }
    let chisels = plan.chisels.iter().filter_map(|c| c.filter.as_ref());
    let filters = plan.filter.iter().chain(chisels);
    let choice = filters.clone().fold(Needs::default(), |needs, f| needs.or(f.pushdown().needs));
    let by_descriptor = match (filters.count(), &plan.filter) {
        (1, Some(filter)) => filter.is_of_descriptor(),
        _ => false,
    };
    Some(Demand {
        choice_args: choice.has(Needs::ARGS),
        choice_fds: choice.has(Needs::FDS),
        by_descriptor,
        args: plan.needs.has(Needs::ARGS) || args.summary,
        fds: plan.needs.has(Needs::FDS) || args.summary,
        changes: changes(args, plan, None),
    })
}

impl Sink {
    /// True when no line or count is made of events that no chisel wants.
    pub(super) fn only_chisels(&self) -> bool {
        self.printer.is_none() && self.counts.is_none()
    }

    /// True when a chisel may want events that a filter can match by `admits`.
    fn for_chisels(&self, admits: impl Fn(&Filter) -> bool) -> bool {
        !self.only_chisels() || self.chisels.iter().any(|c| c.filter.as_ref().is_none_or(&admits))
    }

    /// An event that is wanted, for an only chisel.
    #[inline]
    fn give(&mut self, cx: &EventCx<'_>) -> anyhow::Result<Flow> {
        if self.time(cx.event.ts, cx.state)? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        self.counters.seen += 1;
        self.counters.matched += 1;
        self.counters.shown += 1;
        let Some(only) = self.chisels.first_mut() else { return Ok(Flow::Continue) };
        let stops = only.chisel.on_event(cx, self.out.buffer()) == cscope_chisels::Flow::Stop;
        self.out.wrote()?;
        let full = self.limit.is_some_and(|n| self.counters.shown >= n);
        Ok(if stops || full { Flow::Stop } else { Flow::Continue })
    }

    fn admits(&self, admits: impl Fn(&Filter) -> bool) -> bool {
        // Events that pass the filter are counted, whether a chisel wants them or not.
        self.filter.as_ref().map_or_else(|| self.for_chisels(&admits), &admits)
    }
}

impl Interest for Sink {
    fn demand(&self) -> Demand {
        self.demand.unwrap_or(Demand::EVERYTHING)
    }

    fn wants_type(&self, kind: EventType) -> bool {
        self.admits(|filter| filter.pushdown().types.contains_kind(kind))
    }

    fn wants_thread(&self, thread: &Thread) -> bool {
        self.admits(|filter| filter.pushdown().admits_thread(thread))
    }

    #[inline]
    fn wants(&mut self, cx: &EventCx<'_>) -> bool {
        let passed = self.filter.as_ref().is_none_or(|f| f.matches(cx));
        let chosen = if self.only_chisels()
            && let [only] = self.chisels.as_slice()
        {
            // What its filter says need not be asked for twice.
            passed && only.filter.as_ref().is_none_or(|f| f.matches(cx))
        } else {
            passed
        };
        if chosen {
            self.passed = Some(cx.num);
            return true;
        }
        self.ts = self.ts.max(cx.event.ts);
        self.counters.seen += 1;
        // Not chosen but passed: nothing to an only chisel, and lines are not made.
        self.counters.matched += u64::from(passed);
        self.counters.shown += u64::from(passed);
        false
    }

    #[inline]
    fn take(&mut self, cx: &EventCx<'_>) -> bool {
        let outcome = if self.lone { self.give(cx) } else { self.event(cx) };
        let goes_on = matches!(outcome, Ok(Flow::Continue));
        if !goes_on {
            self.outcome = Some(outcome);
        }
        goes_on
    }

    fn passed(&mut self, events: u64, ts: u64) {
        self.ts = self.ts.max(ts);
        self.unasked += events;
        self.counters.seen += events;
        let matched = if self.filter.is_none() { events } else { 0 };
        self.counters.matched += matched;
        self.counters.shown += matched;
    }
}
