//! `netstat`: the network sockets of every process.

use std::net::IpAddr;

use cscope_capture::{FdType, L4Proto};
use cscope_enrich::{Fd, State};
use cscope_filter::Needs;

use crate::listing::Listing;
use crate::subject::{subject, threads};
use crate::view::{Choice, View, filter};
use crate::{ChiselInfo, Make};

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "netstat",
    category: "System State",
    summary: "Network connections and listening sockets",
    doc: "Prints the internet sockets of every process: protocol, both ends, state and owner. It shows the \
          moment of the first event that passes the filter of the command line, and ends the capture there; \
          live on a terminal it shows the present again every second.",
    args: &[filter("the sockets to print, for example 'fd.type=ipv4' or 'proc.name=nginx'")],
    make: Make::View(View {
        columns: &[
            ("fd.l4proto", "Proto", 6),
            ("fd.server", "Server Address", 25),
            ("fd.client", "Client Address", 25),
            ("state", "State", 15),
            ("proc", "TID/PID/Program Name", 0),
        ],
        rule: false,
        needs: Needs::THREADS.or(Needs::FDS),
        at_first_event: true,
        rows,
    }),
};

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

fn rows(choice: &Choice, state: &State, listing: &mut Listing<'_>) {
    let mut owner = Vec::new();
    for thread in threads(state).into_iter().filter(|t| t.is_main()) {
        for fd in state.fds(thread).filter(|fd| fd.is_inet()) {
            let Some(tuple) = fd.tuple() else { continue };
            if !choice.takes(&subject(state, thread, Some(fd))) {
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
}
