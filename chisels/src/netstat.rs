//! `netstat`: the network sockets of every process.

use std::net::IpAddr;

use cscope_capture::{FdType, L4Proto};
use cscope_enrich::{EventCx, Fd, State};
use cscope_filter::{Filter, Needs};

use crate::line::{column, last, safe};
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

struct Netstat {
    filter: Option<Filter>,
    raw: bool,
    refresh: bool,
    any: bool,
    shown: bool,
}

fn ready(words: &[String], settings: &Settings) -> Result<Ready, Error> {
    let filter = table_filter(INFO.name, words, &settings.filter)?;
    let netstat = Netstat { filter, raw: settings.raw, refresh: settings.refresh, any: false, shown: false };
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
    fn show(&mut self, state: &State, out: &mut Vec<u8>) {
        self.shown = true;
        for (title, width) in [("Proto", 6), ("Server Address", 25), ("Client Address", 25), ("State", 15)] {
            column(title.as_bytes(), width, out);
        }
        last(b"TID/PID/Program Name", out);
        let mut cell = Vec::new();
        for thread in threads(state).into_iter().filter(|t| t.is_main()) {
            for fd in state.fds(thread).filter(|fd| fd.is_inet()) {
                let Some(tuple) = fd.tuple() else { continue };
                let cx = subject(state, thread, Some(fd));
                if self.filter.as_ref().is_some_and(|f| !f.matches(&cx)) {
                    continue;
                }
                column(protocol(fd).as_bytes(), 6, out);
                if matches!(fd.info.kind, FdType::Ipv4Server | FdType::Ipv6Server) {
                    column(&end(tuple.sip, tuple.sport), 25, out);
                    let any: &[u8] = if tuple.sip.is_ipv6() { b":::*" } else { b"0.0.0.0:*" };
                    column(any, 25, out);
                    column(b"LISTEN", 15, out);
                } else {
                    column(&end(tuple.dip, tuple.dport), 25, out);
                    column(&end(tuple.sip, tuple.sport), 25, out);
                    column(b"ESTABLISHED", 15, out);
                }
                cell.clear();
                cell.extend_from_slice(format!("{}/{}/", thread.info.tid, thread.info.pid).as_bytes());
                safe(&thread.info.comm, self.raw, &mut cell);
                last(&cell, out);
            }
        }
    }
}

impl Chisel for Netstat {
    fn on_event(&mut self, _cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        self.any = true;
        if self.refresh { Flow::Continue } else { Flow::Stop }
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
