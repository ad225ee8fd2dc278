//! Fields that need more than one event or thread, and those that only cscope has.

use std::net::IpAddr;

use cscope_capture::{
    Beside, EventBuilder, EventType, FdInfo, FdType, L4Proto, OwnedEvent, Snapshot, ThreadInfo, Tuple,
};
use cscope_enrich::View;
use cscope_filter::{Filter, Format, TextOptions};

use crate::support::{Synthetic, walk};

fn thread(tid: i64, ptid: i64) -> ThreadInfo {
    ThreadInfo {
        tid,
        pid: tid,
        ptid,
        vtid: tid,
        vpid: tid,
        comm: format!("p{tid}").into_bytes().into(),
        cwd: (*b"/srv/").into(),
        ..ThreadInfo::default()
    }
}

/// init - 10 - 11, and 20 below init.
fn snapshot() -> Snapshot {
    let ip = |last| IpAddr::from([10, 0, 0, last]);
    let tuple = Tuple { sip: ip(5), dip: ip(9), sport: 40000, dport: 443, l4: L4Proto::Tcp };
    let name = (*b"10.0.0.5:40000->10.0.0.9:443").into();
    let socket = FdInfo { fd: 4, kind: FdType::Ipv4, name, tuple: Some(tuple), ..FdInfo::default() };
    let file = FdInfo { fd: 5, kind: FdType::FileV2, name: (*b"/etc/hosts").into(), ..FdInfo::default() };
    Snapshot {
        threads: vec![thread(1, 0), thread(10, 1), thread(11, 10), thread(20, 1)],
        fds: vec![(11, vec![socket, file])],
        ..Snapshot::default()
    }
}

/// Lines of a format for the events that pass a filter.
fn lines(filter: &str, format: &str, events: &[OwnedEvent]) -> Vec<String> {
    let filter = Filter::parse(filter, &Default::default()).unwrap_or_else(|e| panic!("{}", e.render(false)));
    let mut format =
        Format::parse(format, &TextOptions::default()).unwrap_or_else(|e| panic!("{}", e.render(false)));
    let mut lines = Vec::new();
    walk(Synthetic::new(snapshot(), events.to_vec()), View::Merged, |cx| {
        let mut line = Vec::new();
        if filter.matches(cx) && format.write(cx, &mut line) {
            lines.push(String::from_utf8(line).expect("text"));
        }
    });
    lines
}

fn event(kind: EventType, ts: u64, tid: u64, params: impl FnOnce(&mut EventBuilder)) -> OwnedEvent {
    let mut b = EventBuilder::new();
    b.start(kind);
    params(&mut b);
    b.owned(ts, tid, 0)
}

fn getuid(ts: u64, tid: u64) -> OwnedEvent {
    event(EventType::SYSCALL_GETUID_X, ts, tid, |b| {
        b.u32(0);
    })
}

#[test]
fn processes_below_one() {
    let events = [getuid(1, 1), getuid(2, 10), getuid(3, 11), getuid(4, 20)];
    let pids = |filter: &str| lines(filter, "%proc.pid", &events);
    assert_eq!(pids("proc.tree = 1"), ["1", "10", "11", "20"]);
    assert_eq!(pids("proc.tree = 10"), ["10", "11"]);
    assert_eq!(pids("proc.tree in (11, 20)"), ["11", "20"]);
    assert_eq!(pids("proc.tree != 10"), ["1", "20"], "all differ");
    assert_eq!(pids("not proc.tree = 10"), ["1", "20"]);
    assert_eq!(lines("", "%proc.tree", &events)[2], "11,10,1");
}

#[test]
fn descriptors_of_a_poll() {
    let poll = |kind, tid| {
        event(kind, 1, tid, |b| {
            let mut list = vec![3, 0];
            for fd in [4i64, 5, 6] {
                list.extend_from_slice(&fd.to_le_bytes());
                list.extend_from_slice(&[1, 0]);
            }
            b.i64(1).bytes(&list);
        })
    };
    let events = [poll(EventType::SYSCALL_POLL_X, 11)];
    let format = "%fdlist.nums %fdlist.names %fdlist.sports %fdlist.cips %fdlist.sips %fdlist.cports";
    assert_eq!(
        lines("fdlist.nums contains 4", format, &events),
        ["4,5,6 10.0.0.5:40000->10.0.0.9:443,/etc/hosts,<NA> 443 10.0.0.5 10.0.0.9 40000"]
    );
    assert_eq!(lines("", "*%fdlist.sips", &[poll(EventType::SYSCALL_POLL_X, 20)]), ["<NA>"]);
    assert_eq!(lines("fdlist.nums exists", "%evt.num", &[getuid(1, 11)]), [""; 0]);
}

#[test]
fn path_as_the_kernel_found_it() {
    let open = |ts, fd: i64, name: &[u8]| {
        event(EventType::SYSCALL_OPENAT_2_X, ts, 11, |b| {
            b.i64(fd).i64(-100).text(name).u32(1).u32(0).u32(0).u64(0);
        })
    };
    let found =
        event(EventType::ASYNCEVENT_E, 1, 11, |b| Beside::Path { fd: 7, path: b"/usr/bin/x" }.build(b));
    let events = [found, open(2, 7, b"/bin/x"), open(3, 8, b"/bin/y")];
    assert_eq!(
        lines("evt.type = open", "%fd.name %fd.path.real", &events),
        ["/bin/x /usr/bin/x", "/bin/y /bin/y"]
    );
    assert_eq!(lines("fd.path.real startswith /usr", "%fd.num", &events), ["7"]);
}

#[test]
fn time_off_the_cpu() {
    let switch = |ts, from, to: i64| {
        event(EventType::SCHEDSWITCH_6_E, ts, from, |b| {
            b.i64(to).u64(0).u64(0).u32(0).u32(0).u32(0);
        })
    };
    let read = |ts, latency| {
        let mut b = EventBuilder::new();
        b.start(EventType::SYSCALL_READ_X).i64(0).bytes(b"").i64(5).u32(1);
        let mut event = b.event(ts, 11, 0);
        event.latency = Some(latency);
        OwnedEvent::from(&event)
    };
    let waits = |events: &[OwnedEvent]| lines("evt.type = read", "*%evt.latency %evt.wait", events);
    assert_eq!(waits(&[read(50, 40)]), ["40 <NA>"], "without switch events nothing is known");
    let events = [
        switch(10, 11, 20),
        switch(20, 20, 11),
        read(100, 60),
        switch(210, 11, 20),
        switch(260, 20, 11),
        switch(270, 11, 20),
        switch(275, 20, 11),
        read(300, 100),
    ];
    assert_eq!(waits(&events), ["60 0", "100 55"]);
    assert_eq!(lines("evt.wait > 50", "%evt.latency", &events), ["100"]);
}

/// Of a thread that the capture does not introduce nobody can say that it is outside of containers.
#[test]
fn unknown_threads_are_in_no_known_place() {
    let format = "*%container.name (%container.id) %proc.name (%thread.tid:%thread.vtid)";
    assert_eq!(lines("", format, &[getuid(1, 77)]), ["<NA> () <NA> (77:<NA>)"]);
    assert_eq!(lines("", format, &[getuid(1, 11)]), ["host (host) p11 (11:11)"]);
    assert_eq!(lines("container.id = host", "%thread.tid", &[getuid(1, 77), getuid(2, 11)]), ["11"]);
}

#[test]
fn counter() {
    let events = [getuid(1, 11), getuid(2, 11), getuid(3, 11)];
    assert_eq!(lines("util.cnt > 1", "%util.cnt", &events), ["2", "3"]);
}

/// A filter sees the state after an event that changes it, and the descriptor that a close takes away.
#[test]
fn filters_see_the_state_after_the_event() {
    let chdir = event(EventType::SYSCALL_CHDIR_X, 1, 11, |b| {
        b.i64(0).text(b"/new");
    });
    assert_eq!(lines("proc.cwd = /new/", "%evt.type", &[chdir]), ["chdir"]);
    let close = |ts| {
        event(EventType::SYSCALL_CLOSE_X, ts, 11, |b| {
            b.i64(0).i64(5);
        })
    };
    assert_eq!(
        lines("fd.name = /etc/hosts", "%evt.num", &[close(1), close(2)]),
        ["1"],
        "gone with the next event"
    );
}

/// `proc.ppid.duration` is the age of the parent, not of the process.
#[test]
fn age_of_the_parent() {
    let clone = |ts, caller: i64, child: i64| {
        event(EventType::SYSCALL_CLONE_20_X, ts, caller.cast_unsigned(), |b| {
            b.i64(child).text(b"/bin/x").bytes(b"").i64(caller).i64(caller).i64(1).text(b"").i64(1024);
            b.u64(0).u64(0).u32(0).u32(0).u32(0).text(b"x").bytes(b"").u32(0).u32(0).u32(0);
            b.i64(caller).i64(caller).u64(0);
        })
    };
    let events = [clone(1_000, 11, 30), clone(5_000, 30, 31), getuid(9_000, 31)];
    assert_eq!(lines("evt.type = getuid", "%proc.duration %proc.ppid.duration", &events), ["4000 8000"]);
}

/// Codes that no table has are numbers, and nothing stops.
#[test]
fn unknown_codes() {
    let generic = event(EventType::GENERIC_X, 1, 11, |b| {
        b.u16(60_000).u16(60_000);
    });
    let flags = event(EventType::SYSCALL_OPENAT_2_X, 2, 11, |b| {
        b.i64(-4000).i64(-100).text(b"x").u32(u32::MAX).u32(u32::MAX).u32(0).u64(0);
    });
    let beyond = event(EventType(9_999), 3, 11, |b| {
        b.i64(1);
    });
    let shown = lines("", "*%evt.num %evt.type %evt.res %evt.args", &[generic, flags, beyond]);
    assert_eq!(shown.len(), 3, "{shown:?}");
    assert!(
        shown[1].contains("openat -4000") || shown[1].contains("res=-4000") || shown[1].contains("fd=-4000"),
        "{shown:?}"
    );
}
