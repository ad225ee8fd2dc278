//! Joining on demand: most events are of no interest to whoever reads a capture, and that can be told before
//! their parameters are put together.
//!
//! [`Joiner::glance`] does what must be done for every event; what else [`Joiner::join`] would have said, the
//! other methods say when asked.

use std::sync::LazyLock;

use super::{CHAIN, Joined, Joiner, Role, convert, default_of, is_pair, rebuilt};
use crate::table::{Action, CONVERSIONS, Dir, EVENTS, EventInfo, From, Source, conversion};
use crate::{Event, EventType};

/// What an event is at first sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// An enter event that was kept: what [`Role::EnterStored`] is.
    Kept,
    /// An exit event with parameters whose type is final and whose parameters stand where they will; what comes behind them
    /// is given by [`Joiner::late_param`] and [`Joiner::complete`] until the next event.
    Exit {
        /// Time from enter to exit in ns.
        latency: Option<u64>,
        /// Parameters are missing: completed, it is [`Role::Merged`].
        merged: bool,
    },
    /// Anything else: give it to [`Joiner::join`].
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plain {
    Enter,
    /// With the number of parameters the table knows.
    Exit(usize),
    No,
}

/// Which types of events can be dealt with at first sight.
static PLAIN: LazyLock<Vec<Plain>> = LazyLock::new(|| EVENTS.iter().map(plain).collect());

fn plain(info: &EventInfo) -> Plain {
    let mut rules = CONVERSIONS.iter().filter(|rule| rule.kind == EventType(info.id));
    match info.dir {
        _ if info.source != Source::Syscall => Plain::No,
        Dir::Enter if rules.all(|rule| rule.action == Action::Store) => Plain::Enter,
        Dir::Exit if rules.all(|rule| rule.action == Action::AddParams) => Plain::Exit(info.params.len()),
        _ => Plain::No,
    }
}

impl Joiner {
    /// Takes note of an event, in place of [`join`](Self::join) unless the answer is [`Glance::Other`].
    #[inline]
    pub fn glance(&mut self, event: &Event<'_>) -> Glance {
        match PLAIN.get(usize::from(event.kind.0)) {
            Some(Plain::Enter) => {
                self.pending.open(event, true);
                Glance::Kept
            }
            Some(&Plain::Exit(known)) if (1..=known).contains(&event.params.len()) => {
                let latency = match self.pending.close(event.tid) {
                    Some(enter) if is_pair(enter.kind, event.kind) => event.ts.checked_sub(enter.ts),
                    _ => None,
                };
                let merged = conversion(event.kind, event.params.len()).is_some();
                Glance::Exit { latency: latency.or(event.latency), merged }
            }
            _ => Glance::Other,
        }
    }

    /// Parameter `index` of the exit event that was glanced at last, as it will be when it is complete.
    #[inline]
    pub fn late_param<'a>(&'a self, event: &Event<'a>, index: usize) -> Option<&'a [u8]> {
        let mut count = event.params.len();
        if index < count {
            return event.param(index);
        }
        let enter = self.pending.closed().filter(|e| e.kind.exit() == event.kind && e.kind != event.kind);
        for _ in 0..CHAIN {
            let rule = conversion(event.kind, count)?;
            if let Some(fill) = rule.fill.get(index - count) {
                let missing: &[u8] = match fill.from {
                    From::EnterOrDefault(_) | From::Default => default_of(event.kind, index),
                    _ => &[],
                };
                let taken = match fill.from {
                    From::Old(n) => event.param(usize::from(n)),
                    From::EnterOrEmpty(n) | From::EnterOrDefault(n) => {
                        enter.and_then(|enter| enter.param(usize::from(n)))
                    }
                    From::Empty | From::Default | From::Container => None,
                };
                return Some(taken.unwrap_or(missing));
            }
            count += rule.fill.len();
        }
        None
    }

    /// The exit event that was glanced at last with all its parameters.
    pub fn complete<'a>(&'a mut self, event: &Event<'a>, latency: Option<u64>) -> Joined<'a> {
        let Self { pending, work, spare } = self;
        match conversion(event.kind, event.params.len()) {
            None => Joined { event: Event { latency, ..*event }, role: Role::Whole },
            Some(rule) => {
                convert(rule, event, pending.closed(), work, spare);
                Joined { event: rebuilt(work, event, latency), role: Role::Merged }
            }
        }
    }
}
