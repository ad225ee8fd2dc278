//! `lsof`: the open descriptors of every thread.

use cscope_enrich::State;
use cscope_filter::Needs;

use crate::listing::Listing;
use crate::subject::{subject, threads};
use crate::view::{Choice, View, filter};
use crate::{ChiselInfo, Make};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "lsof",
    category: "System State",
    summary: "Open descriptors of every thread",
    doc: "Prints the open descriptors of every thread as they are at the end of the capture, one per line: \
          command, process, thread, user, number, kind and name. Live it shows the present, and the filter of \
          the command line chooses the moment.",
    args: &[filter("the descriptors to print, for example 'proc.name=foo and fd.name contains /etc'")],
    make: Make::View(View {
        columns: &[
            ("proc.name", "COMMAND", 20),
            ("proc.pid", "PID", 8),
            ("thread.tid", "TID", 8),
            ("user.name", "USER", 8),
            ("fd.num", "FD", 8),
            ("fd.type", "TYPE", 12),
            ("fd.name", "NAME", 0),
        ],
        rule: false,
        needs: Needs::THREADS.or(Needs::FDS).or(Needs::USERS),
        at_first_event: false,
        rows,
    }),
};

fn rows(choice: &Choice, state: &State, listing: &mut Listing<'_>) {
    for thread in threads(state) {
        for fd in state.fds(thread) {
            let cx = subject(state, thread, Some(fd));
            if !choice.takes(&cx) {
                continue;
            }
            listing.text(&thread.info.comm);
            listing.number(thread.info.pid);
            listing.number(thread.info.tid);
            listing.text(&choice.user(&cx));
            listing.number(fd.info.fd);
            listing.text(fd.type_name().as_bytes());
            // Other tools store the names of unix sockets as a line of /proc/net/unix, with its end.
            listing.text(fd.info.name.strip_suffix(b"\n").unwrap_or(&fd.info.name));
        }
    }
}
