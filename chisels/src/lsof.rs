//! `lsof`: the open descriptors of every thread.

use cscope_enrich::{EventCx, State};
use cscope_filter::{FieldRef, Filter, Needs, TextOptions};

use crate::line::{column, last, safe};
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

struct Lsof {
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
    let needs = Needs::THREADS.or(Needs::FDS).or(Needs::USERS);
    let lsof = Lsof { filter, user, text: settings.text, raw: settings.raw, shown: false };
    Ok(Ready { chisel: Box::new(lsof), filter: None, refresh: true, once: true, needs })
}

impl Lsof {
    fn show(&mut self, state: &State, out: &mut Vec<u8>) {
        self.shown = true;
        let titles = [("COMMAND", 20), ("PID", 8), ("TID", 8), ("USER", 8), ("FD", 8), ("TYPE", 12)];
        for (title, width) in titles {
            column(title.as_bytes(), width, out);
        }
        last(b"NAME", out);
        let mut cell = Vec::new();
        for thread in threads(state) {
            for fd in state.fds(thread) {
                let cx = subject(state, thread, Some(fd));
                if self.filter.as_ref().is_some_and(|f| !f.matches(&cx)) {
                    continue;
                }
                cell.clear();
                safe(&thread.info.comm, self.raw, &mut cell);
                column(&cell, 20, out);
                column(thread.info.pid.to_string().as_bytes(), 8, out);
                column(thread.info.tid.to_string().as_bytes(), 8, out);
                user_column(&self.user, &cx, &self.text, 8, out);
                column(fd.info.fd.to_string().as_bytes(), 8, out);
                column(fd.type_name().as_bytes(), 12, out);
                cell.clear();
                // Other tools store the names of unix sockets as a line of /proc/net/unix, with its end.
                let name = fd.info.name.strip_suffix(b"\n").unwrap_or(&fd.info.name);
                safe(name, self.raw, &mut cell);
                last(&cell, out);
            }
        }
    }
}

/// The user's name, or the number when the name is not known.
pub(crate) fn user_column(
    user: &FieldRef,
    cx: &EventCx<'_>,
    text: &TextOptions,
    width: usize,
    out: &mut Vec<u8>,
) {
    let (mut name, mut cell) = (Vec::new(), Vec::new());
    let known = user.write(cx, text, &mut name);
    if !known || name.is_empty() {
        name = cx.thread.map(|t| t.info.uid.to_string()).unwrap_or_default().into_bytes();
    }
    safe(&name, false, &mut cell);
    column(&cell, width, out);
}

impl Chisel for Lsof {
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
