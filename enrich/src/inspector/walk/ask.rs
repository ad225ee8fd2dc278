//! Exit events that may be of interest: what is decided about them without putting them together, and the question.

use cscope_capture::{Blocks, Brief, Cursor, Event, Head, Joiner};

use super::{Enter, Walk};
use crate::inspector::skim::Interest;
use crate::inspector::subject::{self, Place, Places};
use crate::{EventCx, State, Visibility};

/// An exit event that is wanted.
#[derive(Clone, Copy)]
pub(in crate::inspector) struct Found {
    pub(super) head: Head,
    pub(super) at: Cursor,
    pub(super) latency: Option<u64>,
    pub(super) merged: bool,
    num: u64,
    prev_ts: u64,
    fd_name_changed: bool,
}

impl Found {
    /// The event in its context, without descriptor.
    #[inline]
    pub(super) fn context<'a>(&self, stored: Event<'a>, state: &'a State, first_ts: u64) -> EventCx<'a> {
        EventCx {
            event: Event { latency: self.latency, ..stored },
            stored,
            num: self.num,
            visibility: Visibility::Shown,
            state,
            thread: state.thread(stored.tid.cast_signed()),
            fd_num: None,
            fd: None,
            latency: self.latency,
            first_ts,
            prev_ts: self.prev_ts,
            fd_name_changed: self.fd_name_changed,
        }
    }
}

/// The descriptor of an exit event that ended last.
pub(super) fn descriptor(
    exit: &Event<'_>,
    latency: Option<u64>,
    merged: bool,
    joiner: &Joiner,
    blocks: &Blocks<'_>,
) -> Option<i64> {
    // Without its enter event, what should come from there is not to be relied on.
    let paired = !merged || latency.is_some();
    if paired { subject::fd_number(exit.kind, |n| joiner.late_param(exit, n, blocks)) } else { None }
}

/// Puts the descriptor into a context.
#[inline]
pub(super) fn with_descriptor(cx: &mut EventCx<'_>, number: Option<i64>) {
    cx.fd_num = number;
    cx.fd = number.and_then(|number| cx.state.fd(cx.thread?, number));
}

/// The number of the descriptor an exit event works on, negative for none, where it plainly stands in the event or in
/// the enter event in front of it; `places` are those of all types.
#[inline(always)]
pub(super) fn number_of(
    blocks: &Blocks<'_>,
    places: &[Places],
    enter: Option<(Brief, Cursor)>,
    (exit, at): (Brief, Cursor),
) -> Option<i64> {
    // An enter event behind its exit event is not to be relied on.
    let enter = || enter.filter(|(enter, _)| enter.ts <= exit.ts);
    match places.get(usize::from(exit.kind.0))?.place(exit.params())? {
        Place::Own { at: index, whole } if whole || enter().is_some() => blocks.number(at, &exit, index),
        Place::Own { .. } => None,
        Place::Entered(index) => {
            let (enter, at) = enter()?;
            blocks.number(at, &enter, index)
        }
        Place::Nowhere => Some(-1),
    }
}

impl<I: Interest> Walk<'_, '_, I> {
    /// True when events on this descriptor, or without one, are known to be of no interest.
    #[inline(always)]
    pub(super) fn refuses(&self, exit: &Head, number: Option<i64>) -> bool {
        if !self.demand.by_descriptor {
            return false;
        }
        let tid = exit.tid.cast_signed();
        match number {
            Some(number) => self.state.descriptors(tid).is_some_and(|table| table.refuses(number)),
            None => self.refusals.absent(exit.kind) && self.state.thread(tid).is_some(),
        }
    }

    /// What an open with all its parameters does. True when it is known to be of no interest.
    #[inline]
    pub(super) fn open(&mut self, exit: &Head, at: Cursor, asked: bool) -> bool {
        let (stored, _) = self.blocks.event(at, exit);
        let asked = asked && self.demand.by_descriptor && !self.state.knows_path();
        let refused = asked && self.refusals.open(&stored);
        let done = self.state.open_as(&stored, exit.tid.cast_signed(), refused);
        self.noted = asked && !refused && done;
        refused && done
    }

    /// An exit event that is of no interest went by.
    #[inline(always)]
    pub(super) fn unasked(&mut self, exit: &Head) -> Option<Found> {
        self.unasked += 1;
        self.latest = self.latest.max(exit.ts);
        None
    }

    /// An exit event that may be of interest; `known`: its latency and whether parameters are missing; `number`: that
    /// of its descriptor, where it stands plainly and is not refused. Gives it when it is wanted and to be handed out.
    pub(super) fn ask(
        &mut self,
        exit: &Head,
        at: Cursor,
        enter: Enter<'_>,
        known: Option<(Option<u64>, bool)>,
        number: Option<i64>,
    ) -> Option<Found> {
        let (blocks, demand, chooses) = (self.blocks, self.demand, self.chooses);
        let noted = std::mem::take(&mut self.noted);
        let (stored, _) = blocks.event(at, exit);
        let (latency, merged) = match (known, enter) {
            (Some(known), _) => known,
            (None, Some((enter, _))) if !self.completes && (number.is_some() || !chooses) => {
                (exit.ts.checked_sub(enter.ts).or(stored.latency), false)
            }
            (None, Some((enter, at))) => self.joiner.end_pair(enter, at, &stored),
            (None, None) => {
                self.run.left = self.run.tid.is_some();
                self.joiner.end(&stored)
            }
        };
        let told = |joiner: &Joiner| descriptor(&stored, latency, merged, joiner, blocks);
        let descriptor = match number {
            Some(number) => Some(number).filter(|&n| n >= 0),
            None if chooses => {
                let number = told(self.joiner);
                if self.refuses(exit, number) {
                    return self.unasked(exit);
                }
                number
            }
            None => None,
        };
        let prev_ts = if *self.prev_ts == 0 { exit.ts } else { *self.prev_ts };
        let first_ts = if *self.first_ts == 0 { exit.ts } else { *self.first_ts };
        let fd_name_changed = self.state.fd_name_changed();
        let found = Found { head: *exit, at, latency, merged, num: *self.num, prev_ts, fd_name_changed };
        let Self { joiner, state, interest, refusals, .. } = self;
        let mut cx = found.context(stored, state, first_ts);
        if chooses {
            with_descriptor(&mut cx, descriptor);
        }
        let goes_on = if demand.choice_args {
            cx.event = joiner.complete(&stored, latency, blocks).event;
            !interest.wants(&cx) || interest.take(&cx)
        } else if interest.wants(&cx) {
            if demand.fds && !chooses {
                with_descriptor(&mut cx, told(joiner));
            }
            if demand.args {
                cx.event = joiner.complete(&stored, latency, blocks).event;
            }
            interest.take(&cx)
        } else {
            // What was decided by the descriptor holds for all events on it, or for all of this type without one.
            match (cx.fd, descriptor) {
                _ if !demand.by_descriptor => {}
                (Some(fd), _) => fd.verdict.refuse(),
                (None, None) if cx.thread.is_some() && subject::makes_none(exit.kind) => {
                    refusals.add_absent(exit.kind);
                }
                (None, _) => {}
            }
            if noted {
                refusals.add_open(&stored);
            }
            true
        };
        if goes_on {
            return None;
        }
        match (known, enter) {
            (None, Some((enter, at))) => {
                let (latency, merged) = self.joiner.end_pair(enter, at, &stored);
                Some(Found { latency, merged, ..found })
            }
            _ => Some(found),
        }
    }
}
