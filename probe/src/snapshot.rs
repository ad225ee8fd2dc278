//! The state of the machine when a capture starts: threads, descriptors, interfaces, users.
//!
//! Threads and descriptors come from BPF iterators, which see everything in some milliseconds. Where the
//! kernel refuses them, `/proc` tells (almost) the same.

mod files;
pub(crate) mod iterators;
mod machine;
mod process;
mod procfs;

pub(crate) use files::Files;
pub(crate) use iterators::Loading;

use cscope_capture::Snapshot;

use crate::clock::Clock;

/// Collects everything; `iterators` are there when threads and descriptors are wanted.
pub(crate) fn collect(clock: Clock, iterators: Option<Loading>, notes: &mut Vec<String>) -> Snapshot {
    let mut snapshot = machine::collect(clock);
    let Some(iterators) = iterators else { return snapshot };
    if let Err(e) = iterators.collect(clock, &mut snapshot) {
        notes.push(format!("processes are read from /proc: {e}"));
        snapshot.threads.clear();
        snapshot.fds.clear();
    }
    // Also for processes that a kernel keeps from the iterators.
    procfs::complete(clock, &mut snapshot);
    snapshot
}
