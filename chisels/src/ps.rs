//! `ps`: the threads of the machine.

use cscope_enrich::{EventCx, State};
use cscope_filter::{FieldRef, Filter, Needs, TextOptions};

use crate::listing::{Column, Form, Listing};
use crate::lsof::user;
use crate::subject::{subject, table_filter, threads};
use crate::unit::memory;
use crate::{ArgKind, Chisel, ChiselArg, ChiselInfo, Error, Flow, Make, Ready, Settings};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "ps",
    category: "System State",
    summary: "Threads of the machine",
    doc: "Prints the threads as they are at the end of the capture: thread, process, user, virtual and resident \
          memory, limit of descriptors and command. Live it shows the present.",
    args: &[ChiselArg {
        name: "filter",
        kind: ArgKind::Filter,
        required: false,
        doc: "the threads to print, for example 'proc.name=foo or fd.type=ipv4'",
    }],
    make: Make::Own(ready),
};

const COLUMNS: [Column; 7] = [
    ("thread.tid", "TID", 8),
    ("proc.pid", "PID", 8),
    ("user.name", "USER", 12),
    ("thread.vmsize", "VIRT", 11),
    ("thread.vmrss", "RES", 11),
    ("proc.fdlimit", "FDLIMIT", 10),
    ("proc.name", "CMD", 0),
];

struct Ps {
    filter: Option<Filter>,
    user: FieldRef,
    text: TextOptions,
    form: Form,
    shown: bool,
}

fn ready(words: &[String], settings: &Settings) -> Result<Ready, Error> {
    let chisel = INFO.name;
    let filter = table_filter(chisel, words, &settings.filter)?;
    let user = FieldRef::parse("user.name").map_err(|e| Error::filter(chisel, e))?;
    let ps = Ps { filter, user, text: settings.text, form: settings.into(), shown: false };
    let needs = Needs::THREADS.or(Needs::FDS).or(Needs::USERS).or(Needs::MEMORY);
    Ok(Ready { chisel: Box::new(ps), filter: None, refresh: true, once: true, needs })
}

impl Ps {
    /// True when the thread, or one of its descriptors, passes the filter.
    fn passes(&self, state: &State, thread: &cscope_enrich::Thread) -> bool {
        let Some(filter) = &self.filter else { return true };
        filter.matches(&subject(state, thread, None))
            || state.fds(thread).any(|fd| filter.matches(&subject(state, thread, Some(fd))))
    }

    fn show(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        self.shown = true;
        let mut listing = Listing::new(INFO.name, &COLUMNS, self.form, ts, out);
        let mut cell = Vec::new();
        for thread in threads(state) {
            if !self.passes(state, thread) {
                continue;
            }
            listing.number(thread.info.tid);
            listing.number(thread.info.pid);
            listing.text(&user(&self.user, &subject(state, thread, None), &self.text));
            for kib in [thread.info.vmsize_kb, thread.info.vmrss_kb] {
                cell.clear();
                memory(u64::from(kib), &mut cell);
                listing.shown(i64::from(kib), &cell);
            }
            listing.number(thread.info.fdlimit);
            listing.text(&thread.info.comm);
        }
        listing.end();
    }
}

impl Chisel for Ps {
    fn on_event(&mut self, _cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        Flow::Continue
    }

    fn on_interval(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        self.show(ts, state, out);
    }

    fn on_end(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        if !self.shown {
            self.show(ts, state, out);
        }
    }
}
