//! Joining on demand: most events are of no interest to whoever reads a capture, and that can be told before
//! their parameters are put together.
//!
//! [`Joiner::note`] and [`Joiner::end`] do what must be done for an event; what else [`Joiner::join`] would have
//! said, the other methods say when asked.

use std::sync::LazyLock;

use super::pending::LONGEST;
use super::{CHAIN, Joined, Joiner, Role, convert, default_of, ends_thread, is_pair, rebuilt};
use crate::table::{Action, CONVERSIONS, Dir, EVENTS, EventInfo, From, Source, conversion};
use crate::{Blocks, Cursor, Event, EventType, Head};

/// What can be done with events of a type at first sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// An enter event that is kept whatever parameters it has: [`Joiner::note`].
    Enter,
    /// An enter event for which [`Joiner::entry`] tells.
    Entry,
    /// An exit event to which at most parameters are added, with the number the table knows.
    Exit(usize),
    /// It belongs to no pair and is as it should be: [`Joiner::pass_alone`].
    Alone,
    /// Nothing: give it to [`Joiner::join`].
    No,
}

/// Which types of events can be dealt with at first sight.
static PLAIN: LazyLock<Vec<Plain>> = LazyLock::new(|| EVENTS.iter().map(plain).collect());

fn plain(info: &EventInfo) -> Plain {
    let mut rules = CONVERSIONS.iter().filter(|rule| rule.kind == EventType(info.id));
    match info.dir {
        _ if info.source != Source::Syscall && rules.next().is_none() => Plain::Alone,
        _ if info.source != Source::Syscall => Plain::No,
        Dir::Enter if rules.all(|rule| rule.action == Action::Store) => Plain::Enter,
        Dir::Enter => Plain::Entry,
        Dir::Exit if rules.all(|rule| rule.action == Action::AddParams) => Plain::Exit(info.params.len()),
        Dir::Exit => Plain::No,
    }
}

impl Plain {
    /// What can be done with events of this type.
    pub fn of(kind: EventType) -> Self {
        PLAIN.get(usize::from(kind.0)).copied().unwrap_or(Self::No)
    }
}

impl Joiner {
    /// Takes note of an enter event of a type that is [`Plain::Enter`], in the block at a place.
    #[inline]
    pub fn note(&mut self, head: &Head, at: Cursor) {
        self.pending.note(head, at.at, false);
    }

    /// The same for a type that is [`Plain::Entry`]. `Some(true)`: the event is [`Role::EnterPassed`];
    /// `Some(false)`: [`Role::EnterStored`]; `None`: nothing was done, it is one for [`join`](Self::join).
    #[inline]
    pub fn entry(&mut self, head: &Head, at: Cursor) -> Option<bool> {
        let (bare, passed) = match conversion(head.kind, head.params()).map(|rule| rule.action) {
            None | Some(Action::Store) => (false, false),
            Some(Action::Pass) => (true, true),
            Some(Action::StoreAndPass) => (false, true),
            Some(Action::AddParams | Action::ChangeType(_)) => return None,
        };
        self.pending.note(head, at.at, bare);
        Some(passed)
    }

    /// True when an enter event is one to be kept.
    #[inline(always)]
    pub fn keeps(&self, enter: &Head) -> bool {
        enter.size() <= LONGEST
    }

    /// Takes note of an event of a type that is [`Plain::Alone`]: [`complete`](Self::complete) leaves it as it is.
    #[inline]
    pub fn pass_alone(&mut self, head: &Head) {
        if ends_thread(head.kind) {
            self.pending.remove(head.tid);
        }
        self.rule = None;
    }

    /// Takes note of an exit event that nobody wants to see.
    #[inline]
    pub fn leave(&mut self, tid: u64) {
        self.pending.close(tid);
    }

    /// The enter event of the call that `exit` ends, if it is noted and still in its block.
    #[inline]
    pub fn noted<'b>(&mut self, exit: &Head, blocks: &Blocks<'b>) -> Option<Event<'b>> {
        let enter = self.pending.in_block(exit.tid, blocks)?;
        (enter.kind.exit() == exit.kind && enter.ts <= exit.ts).then_some(enter)
    }

    /// What was noted of a thread is copied: its next event is for [`join`](Self::join).
    #[inline]
    pub fn keep(&mut self, tid: u64, blocks: &Blocks<'_>) {
        self.pending.keep(tid, blocks);
    }

    /// What was noted of all threads is copied: the blocks are about to go away.
    pub fn keep_all(&mut self, blocks: &Blocks<'_>) {
        self.pending.keep_all(blocks);
    }

    /// Takes note of an exit event of a type that is [`Plain::Exit`], with parameters, but no more than the
    /// table knows: the time from enter to exit, and whether parameters are missing, so that it is
    /// [`Role::Merged`] when it is complete.
    #[inline]
    pub fn end(&mut self, event: &Event<'_>) -> (Option<u64>, bool) {
        let latency = match self.pending.close(event.tid) {
            Some(enter) if is_pair(enter.kind, event.kind) => event.ts.checked_sub(enter.ts),
            _ => None,
        };
        self.rule = conversion(event.kind, event.params.len());
        (latency.or(event.latency), self.rule.is_some())
    }

    /// The same for an exit event right behind its enter event, whose block is at a place. Nothing else is noted of
    /// the thread.
    #[inline]
    pub fn end_pair(&mut self, enter: &Head, at: Cursor, exit: &Event<'_>) -> (Option<u64>, bool) {
        self.pending.close_pair(*enter, at.at);
        self.rule = conversion(exit.kind, exit.params.len());
        (exit.ts.checked_sub(enter.ts).or(exit.latency), self.rule.is_some())
    }

    /// The number of parameters with which an exit event has its parameter `index` from its enter event, as it is,
    /// and which one of that it is.
    pub fn from_enter(exit: EventType, index: usize) -> Option<(usize, usize)> {
        (1..=index).find_map(|count| match conversion(exit, count)?.fill.get(index - count)?.from {
            From::EnterOrDefault(n) | From::EnterOrEmpty(n) => Some((count, usize::from(n))),
            _ => None,
        })
    }

    /// Parameter `index` of the exit event that [ended](Self::end) last, as it will be when it is complete.
    #[inline]
    pub fn late_param<'a>(
        &'a self,
        event: &Event<'a>,
        index: usize,
        blocks: &Blocks<'a>,
    ) -> Option<&'a [u8]> {
        let mut count = event.params.len();
        if index < count {
            return event.param(index);
        }
        let mut rule = self.rule?;
        for _ in 0..CHAIN {
            if let Some(fill) = rule.fill.get(index - count) {
                let missing: &[u8] = match fill.from {
                    From::EnterOrDefault(_) | From::Default => default_of(event.kind, index),
                    _ => &[],
                };
                let taken = match fill.from {
                    From::Old(n) => event.param(usize::from(n)),
                    From::EnterOrEmpty(n) | From::EnterOrDefault(n) => self
                        .pending
                        .closed(blocks)
                        .filter(|e| e.kind.exit() == event.kind && e.kind != event.kind)
                        .and_then(|enter| enter.param(usize::from(n))),
                    From::Empty | From::Default | From::Container => None,
                };
                return Some(taken.unwrap_or(missing));
            }
            count += rule.fill.len();
            rule = conversion(event.kind, count)?;
        }
        None
    }

    /// The exit event that ended last with all its parameters.
    pub fn complete<'a>(
        &'a mut self,
        event: &Event<'a>,
        latency: Option<u64>,
        blocks: &Blocks<'a>,
    ) -> Joined<'a> {
        let Self { pending, work, spare, rule } = self;
        match *rule {
            None => Joined { event: Event { latency, ..*event }, role: Role::Whole },
            Some(rule) => {
                convert(rule, event, pending.closed(blocks), work, spare);
                Joined { event: rebuilt(work, event, latency), role: Role::Merged }
            }
        }
    }
}
