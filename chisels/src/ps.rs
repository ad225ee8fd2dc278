//! `ps`: the threads of the machine.

use cscope_enrich::{EventCx, State};
use cscope_filter::{FieldRef, Filter, Needs, TextOptions};

use crate::line::{column, last, safe};
use crate::lsof::user_column;
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

struct Ps {
    filter: Option<Filter>,
    user: FieldRef,
    text: TextOptions,
    raw: bool,
    shown: bool,
}

fn ready(words: &[String], settings: &Settings) -> Result<Ready, Error> {
    let chisel = INFO.name;
    let filter = table_filter(chisel, words, &settings.filter)?;
    let user = FieldRef::parse("user.name").map_err(|e| Error::filter(chisel, e))?;
    let ps = Ps { filter, user, text: settings.text, raw: settings.raw, shown: false };
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

    fn show(&mut self, state: &State, out: &mut Vec<u8>) {
        self.shown = true;
        let titles = [("TID", 8), ("PID", 8), ("USER", 12), ("VIRT", 11), ("RES", 11), ("FDLIMIT", 10)];
        for (title, width) in titles {
            column(title.as_bytes(), width, out);
        }
        last(b"CMD", out);
        let mut cell = Vec::new();
        for thread in threads(state) {
            if !self.passes(state, thread) {
                continue;
            }
            column(thread.info.tid.to_string().as_bytes(), 8, out);
            column(thread.info.pid.to_string().as_bytes(), 8, out);
            user_column(&self.user, &subject(state, thread, None), &self.text, 12, out);
            for kib in [thread.info.vmsize_kb, thread.info.vmrss_kb] {
                cell.clear();
                memory(u64::from(kib), &mut cell);
                column(&cell, 11, out);
            }
            column(thread.info.fdlimit.to_string().as_bytes(), 10, out);
            cell.clear();
            safe(&thread.info.comm, self.raw, &mut cell);
            last(&cell, out);
        }
    }
}

impl Chisel for Ps {
    fn on_event(&mut self, _cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        Flow::Continue
    }

    fn on_interval(&mut self, _ts: u64, state: &State, out: &mut Vec<u8>) {
        self.show(state, out);
    }

    fn on_end(&mut self, _ts: u64, state: &State, out: &mut Vec<u8>) {
        if !self.shown {
            self.show(state, out);
        }
    }
}
