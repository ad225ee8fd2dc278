//! `netstat`: the network sockets of every process.

use std::net::IpAddr;

use cscope_capture::{FdType, L4Proto};
use cscope_enrich::{EventCx, Fd, State};
use cscope_filter::{Filter, Needs};

use crate::listing::{Column, Form, Listing};
use crate::subject::{subject, table_filter, threads};
use crate::{ArgKind, Chisel, ChiselArg, ChiselInfo, Error, Flow, Make, Ready, Settings};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "netstat",
    category: "System State",
    summary: "Network connections and listening sockets",
    doc: "Prints the internet sockets of every process: protocol, both ends, state and owner. It shows the \
          moment of the first event that passes the filter of the command line, and ends the capture there; \
          live on a terminal it shows the present again every second.",
    args: &[ChiselArg {
        name: "filter",
        kind: ArgKind::Filter,
        required: false,
        doc: "the sockets to print, for example 'fd.type=ipv4' or 'proc.name=nginx'",
    }],
    make: Make::Own(ready),
};

const COLUMNS: [Column; 5] = [
    ("fd.l4proto", "Proto", 6),
    ("fd.server", "Server Address", 25),
    ("fd.client", "Client Address", 25),
    ("state", "State", 15),
    ("proc", "TID/PID/Program Name", 0),
];

struct Netstat {
    filter: Option<Filter>,
    form: Form,
    refresh: bool,
    any: bool,
    shown: bool,
}

fn ready(words: &[String], settings: &Settings) -> Result<Ready, Error> {
    let filter = table_filter(INFO.name, words, &settings.filter)?;
    let netstat =
        Netstat { filter, form: settings.into(), refresh: settings.refresh, any: false, shown: false };
    let needs = Needs::THREADS.or(Needs::FDS);
    Ok(Ready { chisel: Box::new(netstat), filter: None, refresh: true, once: true, needs })
}

/// Name of the transport; the columns of the table are made for these.
fn protocol(fd: &Fd) -> &'static str {
    match fd.l4() {
        Some(L4Proto::Udp) => "udp",
        Some(L4Proto::Icmp) => "icmp",
        Some(L4Proto::Raw) => "raw",
        _ => "tcp",
    }
}

fn end(ip: IpAddr, port: u16) -> Vec<u8> {
    format!("{ip}:{port}").into_bytes()
}

impl Netstat {
    fn show(&mut self, ts: u64, state: &State, out: &mut Vec<u8>) {
        self.shown = true;
        let mut listing = Listing::new(INFO.name, &COLUMNS, self.form, ts, out);
        let mut owner = Vec::new();
        for thread in threads(state).into_iter().filter(|t| t.is_main()) {
            for fd in state.fds(thread).filter(|fd| fd.is_inet()) {
                let Some(tuple) = fd.tuple() else { continue };
                let cx = subject(state, thread, Some(fd));
                if self.filter.as_ref().is_some_and(|f| !f.matches(&cx)) {
                    continue;
                }
                listing.text(protocol(fd).as_bytes());
                if matches!(fd.info.kind, FdType::Ipv4Server | FdType::Ipv6Server) {
                    listing.text(&end(tuple.sip, tuple.sport));
                    listing.text(if tuple.sip.is_ipv6() { b":::*" } else { b"0.0.0.0:*" });
                    listing.text(b"LISTEN");
                } else {
                    listing.text(&end(tuple.dip, tuple.dport));
                    listing.text(&end(tuple.sip, tuple.sport));
                    listing.text(b"ESTABLISHED");
                }
                owner.clear();
                owner.extend_from_slice(format!("{}/{}/", thread.info.tid, thread.info.pid).as_bytes());
                owner.extend_from_slice(&thread.info.comm);
                listing.text(&owner);
            }
        }
        listing.end();
    }
}

impl Chisel for Netstat {
    fn on_event(&mut self, _cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        self.any = true;
        if self.refresh { Flow::Continue } else { Flow::Stop }
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
