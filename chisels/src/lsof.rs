//! `lsof`: the open descriptors of every thread.

use cscope_enrich::{EventCx, State};
use cscope_filter::{FieldRef, Filter, Needs, TextOptions};

use crate::listing::{Column, Form, Listing};
use crate::subject::{subject, table_filter, threads};
use crate::{ArgKind, Chisel, ChiselArg, ChiselInfo, Error, Flow, Make, Ready, Settings};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "lsof",
    category: "System State",
    summary: "Open descriptors of every thread",
    doc: "Prints the open descriptors of every thread as they are at the end of the capture, one per line: \
          command, process, thread, user, number, kind and name. Live it shows the present, and the filter of \
          the command line chooses the moment.",
    args: &[ChiselArg {
        name: "filter",
        kind: ArgKind::Filter,
        required: false,
        doc: "the descriptors to print, for example 'proc.name=foo and fd.name contains /etc'",
    }],
    make: Make::Own(ready),
};

const COLUMNS: [Column; 7] = [
    ("proc.name", "COMMAND", 20),
    ("proc.pid", "PID", 8),
    ("thread.tid", "TID", 8),
    ("user.name", "USER", 8),
    ("fd.num", "FD", 8),
    ("fd.type", "TYPE", 12),
    ("fd.name", "NAME", 0),
];

struct Lsof {
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
    let needs = Needs::THREADS.or(Needs::FDS).or(Needs::USERS);
    let lsof = Lsof { filter, user, text: settings.text, form: settings.into(), shown: false };
    Ok(Ready { chisel: Box::new(lsof), filter: None, refresh: true, once: true, needs })
}

impl Lsof {
    fn show(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        self.shown = true;
        let mut listing = Listing::new(INFO.name, &COLUMNS, self.form, ts, out);
        for thread in threads(state) {
            for fd in state.fds(thread) {
                let cx = subject(state, thread, Some(fd));
                if self.filter.as_ref().is_some_and(|f| !f.matches(&cx)) {
                    continue;
                }
                listing.text(&thread.info.comm);
                listing.number(thread.info.pid);
                listing.number(thread.info.tid);
                listing.text(&user(&self.user, &cx, &self.text));
                listing.number(fd.info.fd);
                listing.text(fd.type_name().as_bytes());
                // Other tools store the names of unix sockets as a line of /proc/net/unix, with its end.
                listing.text(fd.info.name.strip_suffix(b"\n").unwrap_or(&fd.info.name));
            }
        }
        listing.end();
    }
}

/// The user's name, or the number when the name is not known.
pub(crate) fn user(user: &FieldRef, cx: &EventCx<'_>, text: &TextOptions) -> Vec<u8> {
    let mut name = Vec::new();
    let known = user.write(cx, text, &mut name);
    if !known || name.is_empty() {
        name = cx.thread.map(|t| t.info.uid.to_string()).unwrap_or_default().into_bytes();
    }
    name
}

impl Chisel for Lsof {
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
