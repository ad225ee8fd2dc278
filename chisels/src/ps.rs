//! `ps`: the threads of the machine.

use cscope_enrich::{State, Thread};
use cscope_filter::Needs;

use crate::listing::Listing;
use crate::subject::{subject, threads};
use crate::unit::memory;
use crate::view::{Choice, View, filter};
use crate::{ChiselInfo, Make};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "ps",
    category: "System State",
    summary: "Threads of the machine",
    doc: "Prints the threads as they are at the end of the capture: thread, process, user, virtual and resident \
          memory, limit of descriptors and command. Live it shows the present.",
    args: &[filter("the threads to print, for example 'proc.name=foo or fd.type=ipv4'")],
    make: Make::View(View {
        columns: &[
            ("thread.tid", "TID", 8),
            ("proc.pid", "PID", 8),
            ("user.name", "USER", 12),
            ("thread.vmsize", "VIRT", 11),
            ("thread.vmrss", "RES", 11),
            ("proc.fdlimit", "FDLIMIT", 10),
            ("proc.name", "CMD", 0),
        ],
        rule: false,
        needs: Needs::THREADS.or(Needs::FDS).or(Needs::USERS).or(Needs::MEMORY),
        at_first_event: false,
        rows,
    }),
};

/// True when the thread, or one of its descriptors, is to be shown.
fn passes(choice: &Choice, state: &State, thread: &Thread) -> bool {
    choice.takes(&subject(state, thread, None))
        || state.fds(thread).any(|fd| choice.takes(&subject(state, thread, Some(fd))))
}

fn rows(choice: &Choice, state: &State, listing: &mut Listing<'_>) {
    let mut cell = Vec::new();
    for thread in threads(state).into_iter().filter(|thread| passes(choice, state, thread)) {
        listing.number(thread.info.tid);
        listing.number(thread.info.pid);
        listing.text(&choice.user(&subject(state, thread, None)));
        for kib in [thread.info.vmsize_kb, thread.info.vmrss_kb] {
            cell.clear();
            memory(u64::from(kib), &mut cell);
            listing.shown(i64::from(kib), &cell);
        }
        listing.number(thread.info.fdlimit);
        listing.text(&thread.info.comm);
    }
}
