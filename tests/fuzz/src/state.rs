//! Streams of events through joiner, state, fields and formats.

use std::cell::RefCell;
use std::net::IpAddr;

use cscope_capture::{
    FdInfo, FdType, GroupEntry, Interface, L4Proto, MachineInfo, Snapshot, ThreadInfo, Tuple, UserEntry,
};
use cscope_enrich::{Inspector, Item, Limits, View};
use cscope_filter::{Filter, FilterOptions, Format, Preset, TextOptions};

use super::bytes::Bytes;
use super::fields::Fields;
use super::memory::Memory;
use super::script;

thread_local! {
    static FIELDS: RefCell<Fields> = RefCell::new(Fields::new());
}

/// The machine that the streams begin with: init, a shell with two threads, a process of a container.
pub fn machine() -> Snapshot {
    let thread = |tid: i64, pid: i64, ptid: i64| ThreadInfo {
        tid,
        pid,
        ptid,
        vtid: tid,
        vpid: pid,
        comm: b"sh"[..].into(),
        exe: b"/bin/sh"[..].into(),
        args: b"-c\0x\0"[..].into(),
        cwd: b"/home"[..].into(),
        ..ThreadInfo::default()
    };
    let docker = b"cpu=/docker/3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e\0";
    let contained = ThreadInfo { vtid: 1, vpid: 1, cgroups: docker[..].into(), ..thread(7, 7, 1) };
    let file = |fd: i64| FdInfo { fd, kind: FdType::FileV2, name: b"/etc/x"[..].into(), ..FdInfo::default() };
    let addr = IpAddr::from([10, 0, 0, 1]);
    let tuple = Tuple { sip: addr, dip: addr, sport: 4096, dport: 80, l4: L4Proto::Tcp };
    let socket = FdInfo { fd: 3, kind: FdType::Ipv4, tuple: Some(tuple), ..FdInfo::default() };
    let eth0 = Interface { name: b"eth0".to_vec(), addr, mask: addr, broadcast: addr, linkspeed: 0 };
    Snapshot {
        machine: Some(MachineInfo { num_cpus: 3, boot_ts: 1, ..MachineInfo::default() }),
        threads: vec![thread(1, 1, 0), thread(5, 5, 1), thread(6, 5, 1), contained],
        fds: vec![(5, vec![file(0), file(1), socket]), (7, vec![file(0)])],
        interfaces: vec![eth0],
        users: vec![UserEntry { uid: 0, gid: 0, name: b"root"[..].into(), ..UserEntry::default() }],
        groups: vec![GroupEntry { gid: 0, name: b"root"[..].into() }],
    }
}

/// ```text
/// options u8, events
/// ```
pub fn state(data: &[u8]) {
    let mut input = Bytes(data);
    let options = input.u8();
    let events = script::events(&mut input);
    let view = if options & 1 == 0 { View::Merged } else { View::Pairs };
    let limits =
        if options & 2 == 0 { Limits::default() } else { Limits { threads: 8, ..Limits::default() } };
    let stride = [5, 23, 101, 1009][usize::from(options >> 2 & 3)];
    let mut inspector = Inspector::new(Box::new(Memory::new(machine(), events)), view).with_limits(limits);
    let text = TextOptions { pairs: view == View::Pairs, ..TextOptions::default() };
    let mut line = Format::parse(Preset::Container.text(), &text).expect("a preset");
    let filter = Filter::parse("fd.name contains e and proc.aname in (sh, x)", &FilterOptions::default())
        .expect("a filter");
    let mut out = Vec::new();
    FIELDS.with_borrow_mut(|fields| {
        loop {
            // Memory has no damage.
            match inspector.step().expect("events made in memory") {
                Item::Event(cx) => {
                    out.clear();
                    line.write(&cx, &mut out);
                    filter.matches(&cx);
                    if cx.num % stride == 0 {
                        fields.evaluate(&cx);
                    }
                }
                Item::End => break,
                Item::Section(_) | Item::Idle { .. } | Item::Passed | Item::LeftOut { .. } => {}
            }
        }
    });
    assert!(inspector.state().threads().count() <= 4096, "threads are bounded by their events");
}
