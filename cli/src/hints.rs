//! A word to the user whose filter matched nothing, when something close to it would have matched.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cscope_enrich::{Inspector, Item, View, Visibility};
use cscope_filter::{Filter, NearMiss, near_misses};

use crate::args::Args;
use crate::input::Files;
use crate::message::say;
use crate::plan;

/// Time for a second look into the files.
const PATIENCE: Duration = Duration::from_secs(1);
/// Events between two looks at the clock.
const CLOCK: u64 = 1024;

/// What may have been meant.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    near: Vec<NearMiss>,
    files: Vec<PathBuf>,
    pairs: bool,
}

impl Hints {
    /// Hints for a filter, when there is somebody to read them: a terminal, or a user who wants to know more (-v).
    pub(crate) fn new(args: &Args, filter: Option<&Filter>) -> Self {
        let Some(filter) = filter.filter(|_| args.verbose || plan::stderr_is_terminal()) else {
            return Self::default();
        };
        let near = near_misses(filter.text(), filter.options());
        Self { near, files: args.read.clone(), pairs: args.pairs }
    }

    /// Nothing matched: says what would have. Of files the events are looked through once more; of the running
    /// machine only that is said which is likely.
    pub(crate) fn tell(&self) {
        let again = !self.files.is_empty() && self.files.iter().all(|f| f != Path::new("-"));
        if again {
            if let Some(NearMiss { filter, why, .. }) = self.look() {
                say(format_args!("nothing matched, but `{}` would have: {why}", filter.text()));
            }
        } else if let Some(NearMiss { filter, why, .. }) = self.near.iter().find(|n| n.likely) {
            say(format_args!("nothing matched; did you mean `{}`? {why}", filter.text()));
        }
    }

    /// The first of the changed filters that matches an event.
    fn look(&self) -> Option<&NearMiss> {
        // What was wrong with a file has been said.
        let files = Files::open(&self.files, true, false).ok().filter(|_| !self.near.is_empty())?;
        let view = if self.pairs { View::Pairs } else { View::Merged };
        let mut inspector = Inspector::new(Box::new(files), view);
        let (started, mut events) = (Instant::now(), 0u64);
        while let Ok(item) = inspector.step() {
            match item {
                Item::Event(cx) if cx.visibility == Visibility::Shown => {
                    if let Some(hint) = self.near.iter().find(|n| n.filter.matches(&cx)) {
                        return Some(hint);
                    }
                }
                Item::End => break,
                _ => {}
            }
            events += 1;
            if events.is_multiple_of(CLOCK) && started.elapsed() > PATIENCE {
                break;
            }
        }
        None
    }
}
