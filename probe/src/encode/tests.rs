//! Records made by hand, as the kernel side would write them, become the parameters they should.

use std::mem::{offset_of, size_of};

use cscope_capture::{EventBuilder, EventType, OwnedEvent};

use crate::decode::{Decoder, Made};
use crate::plan::number;
use crate::raw::Raw;
use crate::skel::types::{
    self, cgroup_part, file_info, full_record, record, record_abi, record_kind, segment, segment_flags,
    segment_part, slot_kind, socket_info, task_info,
};

/// A record under construction.
struct Draft {
    bytes: Vec<u8>,
    plans: Decoder,
    nr: u32,
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

impl Draft {
    fn new(call: &str, ret: i64, args: &[u64]) -> Self {
        let mut bytes = vec![0; size_of::<full_record>()];
        let nr = number(call);
        put(&mut bytes, offset_of!(record, ts), &123u64.to_ne_bytes());
        put(&mut bytes, offset_of!(record, tid), &42u32.to_ne_bytes());
        put(&mut bytes, offset_of!(record, kind), &[record_kind::RECORD_EXIT.0 as u8]);
        put(&mut bytes, offset_of!(record, nr), &nr.to_ne_bytes());
        put(&mut bytes, offset_of!(record, ret), &ret.to_ne_bytes());
        for (i, arg) in args.iter().enumerate() {
            put(&mut bytes, offset_of!(full_record, args) + 8 * i, &arg.to_ne_bytes());
        }
        put(&mut bytes, offset_of!(record, nargs), &[6]);
        Self { bytes, plans: Decoder::new(false), nr }
    }

    /// Slot of the call's plan that collects `kind` from argument `arg`.
    fn slot(&self, kind: slot_kind, arg: u8) -> u8 {
        let plan = self.plans.plans().exit[self.nr as usize].as_ref().unwrap();
        let is = |s: &types::slot| u32::from(s.kind) == kind.0 && s.arg == arg;
        plan.slots.iter().position(is).unwrap_or_else(|| panic!("{:?}", plan.slots)) as u8
    }

    fn segment(mut self, slot: u8, part: u32, flags: u32, payload: &[u8]) -> Self {
        let mut header = vec![0; size_of::<segment>()];
        put(&mut header, offset_of!(segment, slot), &[slot]);
        put(&mut header, offset_of!(segment, part), &[part as u8]);
        put(&mut header, offset_of!(segment, flags), &[flags as u8]);
        put(&mut header, offset_of!(segment, len), &(payload.len() as u32).to_ne_bytes());
        self.bytes.extend_from_slice(&header);
        self.bytes.extend_from_slice(payload);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let size = self.bytes.len() as u32;
        put(&mut self.bytes, offset_of!(record, size), &size.to_ne_bytes());
        self
    }

    fn payload(self, kind: slot_kind, arg: u8, payload: &[u8]) -> Self {
        let slot = self.slot(kind, arg);
        self.segment(slot, 0, 0, payload)
    }

    fn event(mut self) -> OwnedEvent {
        let mut b = EventBuilder::new();
        assert_ne!(self.plans.decode(&Raw::parse(&self.bytes, 0), &mut b), Made::Nothing);
        b.owned(0, 42, 0)
    }
}

/// Bytes of a shared struct with some members set.
fn with<const N: usize>(size: usize, members: [(usize, Vec<u8>); N]) -> Vec<u8> {
    let mut bytes = vec![0; size];
    for (at, value) in members {
        put(&mut bytes, at, &value);
    }
    bytes
}

#[test]
fn an_open_takes_numbers_from_the_call_and_facts_from_the_file() {
    let file = with(
        size_of::<file_info>(),
        [
            (offset_of!(file_info, ino), 77u64.to_ne_bytes().into()),
            (offset_of!(file_info, dev), (8u32 << 20 | 300).to_ne_bytes().into()),
            (offset_of!(file_info, fmode), 0x10_0000u32.to_ne_bytes().into()),
            (offset_of!(file_info, layer), vec![1]),
        ],
    );
    let flags = (libc::O_CREAT | libc::O_WRONLY | libc::O_SYNC) as u64;
    let owned = Draft::new("openat", 5, &[-100i64 as u32 as u64, 0x1000, flags, 0o644])
        .payload(slot_kind::SLOT_STRING, 1, b"etc/x")
        .payload(slot_kind::SLOT_FILE, 6, &file)
        .event();
    let e = owned.event();
    assert_eq!(e.kind, EventType::SYSCALL_OPENAT_2_X);
    assert_eq!((e.i64(0), e.i64(1), e.text(2)), (Some(5), Some(-100), Some(&b"etc/x"[..])));
    // O_WRONLY, O_CREAT, O_SYNC, O_F_CREATED, FD_UPPER_LAYER
    assert_eq!(e.u64(3), Some(0x2 | 0x4 | 0x80 | 0x4000 | 0x8000));
    assert_eq!((e.u64(4), e.u64(5), e.u64(6)), (Some(0o644), Some(0x10_082c), Some(77)));
}

#[test]
fn what_was_not_collected_is_absent() {
    let owned = Draft::new("openat", -14, &[0; 6]).event();
    let e = owned.event();
    assert_eq!((e.param(2), e.u64(5), e.u64(6)), (Some(&b""[..]), Some(0), Some(0)));
    let owned = Draft::new("ppoll", 0, &[0; 6]).event();
    let e = owned.event();
    assert_eq!((e.param(1), e.u64(2)), (Some(&[0, 0][..]), Some(u64::MAX)));
    let owned = Draft::new("pipe2", -24, &[0; 6]).event();
    assert_eq!((owned.event().i64(1), owned.event().i64(2)), (Some(-1), Some(-1)));
}

fn socket(family: u16, local: (&[u8], u16), remote: (&[u8], u16)) -> Vec<u8> {
    with(
        size_of::<socket_info>(),
        [
            (offset_of!(socket_info, family), family.to_ne_bytes().into()),
            (offset_of!(socket_info, local), local.0.into()),
            (offset_of!(socket_info, local_port), local.1.to_ne_bytes().into()),
            (offset_of!(socket_info, remote), remote.0.into()),
            (offset_of!(socket_info, remote_port), remote.1.to_ne_bytes().into()),
        ],
    )
}

#[test]
fn tuples_turn_with_the_direction() {
    let connected = socket(2, (&[10, 0, 0, 1], 1111), (&[10, 0, 0, 2], 80));
    let tuple = |call: &str| {
        let owned = Draft::new(call, 3, &[4, 0x1000, 3, 0, 0, 0])
            .payload(slot_kind::SLOT_SOCKET, 0, &connected)
            .event();
        let e = owned.event();
        e.param(e.info().unwrap().param_index("tuple").unwrap()).unwrap().to_vec()
    };
    let end = |ip: u8, port: u16| [&[10, 0, 0, ip][..], &port.to_le_bytes()].concat();
    assert_eq!(tuple("sendto"), [vec![2], end(1, 1111), end(2, 80)].concat());
    assert_eq!(tuple("recvfrom"), [vec![2], end(2, 80), end(1, 1111)].concat());

    // Not connected: the address of the message counts, of the same family only.
    let message = |name: &[u8]| {
        let draft = Draft::new("sendmsg", 3, &[4, 0x1000]);
        let slot = draft.slot(slot_kind::SLOT_MSGHDR, 1);
        let owned = draft
            .payload(slot_kind::SLOT_SOCKET, 0, &socket(2, (&[10, 0, 0, 1], 1111), (&[0; 4], 0)))
            .segment(slot, segment_part::PART_NAME.0, 0, name)
            .segment(slot, segment_part::PART_DATA.0, 0, &[&9u64.to_ne_bytes()[..], b"abc"].concat())
            .event();
        let e = owned.event();
        assert_eq!((e.param(1), e.u64(3)), (Some(&b"abc"[..]), Some(9)));
        e.param(4).unwrap().to_vec()
    };
    let to = [&2u16.to_ne_bytes()[..], &53u16.to_be_bytes(), &[10, 0, 0, 9], &[0; 8]].concat();
    assert_eq!(message(&to), [vec![2], end(1, 1111), end(9, 53)].concat());
    let other = [&10u16.to_ne_bytes()[..], &[1; 26]].concat();
    assert_eq!(message(&other)[7..], [0; 6]);
}

#[test]
fn addresses_of_any_family_and_length() {
    let addr = |bytes: &[u8]| {
        let owned = Draft::new("bind", 0, &[4, 0x1000, bytes.len() as u64])
            .payload(slot_kind::SLOT_BYTES, 1, bytes)
            .event();
        owned.event().param(1).unwrap().to_vec()
    };
    assert_eq!(addr(b"\x01\0/run/x\0junk"), b"\x01/run/x\0");
    assert_eq!(addr(b"\x01\0\0abstract"), b"\x01abstract\0");
    assert_eq!(addr(b"\x10\0"), b"\x10");
    assert_eq!(addr(b"\x02\0\0"), b"\x02", "too short for its family");
    assert_eq!(addr(b"\x02"), b"");
}

fn clone_with(task: Vec<u8>, ret: i64) -> OwnedEvent {
    let none = types::slot_arg::ARG_NONE.0 as u8;
    let draft = Draft::new("clone", ret, &[u64::from(libc::CLONE_VM as u32 | libc::CLONE_THREAD as u32)]);
    let groups = draft.slot(slot_kind::SLOT_CGROUPS, 0);
    let same = segment_flags::SEGMENT_SAME.0;
    draft
        .payload(slot_kind::SLOT_TASK, 0, &task)
        .payload(slot_kind::SLOT_ARGS, none, b"prog\0one\0tw")
        .segment(groups, cgroup_part::CGROUP_CPUSET.0, 0, b"")
        .segment(groups, cgroup_part::CGROUP_CPU.0, same, b"")
        .segment(groups, cgroup_part::CGROUP_MEMORY.0, 0, b"leaf\0docker\0")
        .segment(groups, cgroup_part::CGROUP_UNIFIED.0, 0, b"unit.scope\0")
        .event()
}

#[test]
fn facts_of_a_task() {
    let task = with(
        size_of::<task_info>(),
        [
            (offset_of!(task_info, tid), 42u32.to_ne_bytes().into()),
            (offset_of!(task_info, comm), b"name".to_vec()),
            (offset_of!(task_info, pidns_level), 1u32.to_ne_bytes().into()),
            (offset_of!(task_info, memory), 100u64.to_ne_bytes().into()),
            (offset_of!(task_info, memory) + 8, 7i64.to_ne_bytes().into()),
            (offset_of!(task_info, memory) + 16, (-3i64).to_ne_bytes().into()),
        ],
    );
    let owned = clone_with(task, 0);
    let e = owned.event();
    let param = |name: &str| e.info().unwrap().param_index(name).unwrap();
    let kib = crate::ring::page_size() as u64 / 1024;
    assert_eq!(e.text(param("exe")), Some(&b"prog"[..]));
    assert_eq!(e.param(param("args")), Some(&b"one\0tw\0"[..]), "a list always ends in NUL");
    assert_eq!((e.i64(param("tid")), e.text(param("comm"))), (Some(42), Some(&b"name"[..])));
    assert_eq!(
        e.param(param("cgroups")),
        Some(&b"cpuset=/\0cpu=/\0memory=/docker/leaf\0unified=/unit.scope\0"[..])
    );
    // CLONE_VM, CLONE_THREAD, CLONE_CHILD_IN_PIDNS
    assert_eq!(e.u64(param("flags")), Some(0x8000 | 0x2000 | 0x2000_0000));
    assert_eq!(e.u64(param("vm_size")), Some(100 * kib));
    assert_eq!(e.u64(param("vm_rss")), Some(7 * kib), "counters run below zero for a while");
    assert_eq!(e.param(param("cwd")), Some(&b""[..]));
}

#[test]
fn other_numberings_become_generic_events() {
    let mut draft = Draft::new("writev", 1234, &[0; 6]);
    put(&mut draft.bytes, offset_of!(record, abi), &[record_abi::ABI_COMPAT.0 as u8]);
    let owned = draft.event();
    let e = owned.event();
    assert_eq!(e.kind, EventType::GENERIC_X);
    let getpid = cscope_capture::table::SYSCALLS.iter().find(|c| c.name == "getpid").unwrap();
    assert_eq!((e.u64(0), e.u64(1)), (Some(u64::from(getpid.code)), Some(20)));
}

#[test]
fn a_record_cut_anywhere_is_no_danger() {
    let task = vec![0xff; size_of::<task_info>()];
    let none = types::slot_arg::ARG_NONE.0 as u8;
    let full = Draft::new("clone", 7, &[u64::MAX; 6])
        .payload(slot_kind::SLOT_TASK, 0, &task)
        .payload(slot_kind::SLOT_ARGS, none, &[0xff; 100])
        .bytes;
    let mut decoder = Decoder::new(false);
    let mut b = EventBuilder::new();
    for cut in 0..full.len() {
        decoder.decode(&Raw::parse(&full[..cut], 0), &mut b);
    }
    for nr in 0..600u32 {
        let mut bytes = full.clone();
        put(&mut bytes, offset_of!(record, nr), &nr.to_ne_bytes());
        for kind in 0..12 {
            bytes[offset_of!(record, kind)] = kind;
            decoder.decode(&Raw::parse(&bytes, 0), &mut b);
        }
    }
}

#[test]
fn a_quota_that_was_got_has_the_members_that_are_valid() {
    let limits = [(0, 100u64), (8, 90), (16, 4096), (24, 7), (48, 5)];
    let mut block = vec![0; 72];
    for (at, value) in limits {
        put(&mut block, at, &value.to_ne_bytes());
    }
    // Limits of blocks and the space in use, neither inodes nor times.
    put(&mut block, 64, &3u32.to_ne_bytes());
    let owned = Draft::new("quotactl", 0, &[0x8000_0701, 0x1000, 42, 0x2000])
        .payload(slot_kind::SLOT_STRING, 1, b"/dev/x")
        .payload(slot_kind::SLOT_BYTES, 3, &block)
        .event();
    let e = owned.event();
    assert_eq!(e.kind, EventType::SYSCALL_QUOTACTL_X);
    assert_eq!((e.i64(0), e.text(1)), (Some(0), Some(&b"/dev/x"[..])));
    assert_eq!((3..=9).map(|i| e.u64(i)).collect::<Option<Vec<_>>>(), Some(vec![100, 90, 4096, 0, 0, 0, 0]));
    // No format is asked for: QFMT_NOT_USED. Q_GETQUOTA, GRPQUOTA, the group.
    let rest: Option<Vec<_>> = (13..=17).map(|i| e.u64(i)).collect();
    assert_eq!(rest, Some(vec![1, 0x20, 2, 42, 1]));
}

#[test]
fn a_text_of_keyctl_may_be_absent() {
    let owned = Draft::new("keyctl", 9, &[1, 0, 5, 0, 0]).event();
    let e = owned.event();
    assert_eq!(e.param(2), Some(&b"\x01(null)\0"[..]));
    assert_eq!(e.param(3), Some(&[0, 5, 0, 0, 0, 0, 0, 0, 0][..]));
}

#[test]
fn the_child_of_clone3_takes_its_flags_from_the_kernel() {
    let born = (libc::CLONE_VM | libc::CLONE_THREAD) as u64;
    let task =
        with(size_of::<task_info>(), [(offset_of!(task_info, clone_flags), born.to_ne_bytes().into())]);
    let stale = 0xffff_ffffu64.to_ne_bytes();
    let flags = |ret| {
        let owned = Draft::new("clone3", ret, &[0x1000, 88])
            .payload(slot_kind::SLOT_BYTES, 0, &stale)
            .payload(slot_kind::SLOT_TASK, 0, &task)
            .event();
        owned.event().u64(15)
    };
    assert_eq!(flags(0), Some(0x2000 | 0x8000));
    assert_ne!(flags(7), flags(0));
}
