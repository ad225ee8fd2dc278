//! A capture made here, event by event, with names and data as an attacker would choose them.

use std::path::{Path, PathBuf};

use cscope_capture::{
    EventBuilder, EventType, FdInfo, FdType, FileWriter, Format, Snapshot, ThreadInfo, UserEntry,
    WriterOptions,
};

/// Time of the first event, ns since the epoch: 2023-11-14 22:13:20 UTC.
pub(crate) const START: u64 = 1_700_000_000_000_000_000;

/// A process name that clears the screen.
const NAME: &[u8] = b"e\x1b[2Jvil";
/// A path with a line break, a byte that is no UTF-8, and an override of the writing direction.
const PATH: &[u8] = b"/tmp/a\nb\xff\xe2\x80\xae";
/// Data with a terminal's answer-back sequence.
const DATA: &[u8] = b"key=\x1b]0;title\x07 end\n";

fn thread(tid: i64, ptid: i64, comm: &[u8]) -> ThreadInfo {
    ThreadInfo {
        tid,
        pid: tid,
        ptid,
        vtid: tid,
        vpid: tid,
        comm: comm.into(),
        exe: comm.into(),
        cwd: b"/tmp"[..].into(),
        uid: 1000,
        gid: 1000,
        ..ThreadInfo::default()
    }
}

/// State of the machine: a shell and its child, which has a file open.
pub(crate) fn snapshot() -> Snapshot {
    let file =
        FdInfo { fd: 5, kind: FdType::FileV2, name: b"/var/log/app.log"[..].into(), ..FdInfo::default() };
    Snapshot {
        threads: vec![thread(100, 1, b"bash"), thread(200, 100, NAME)],
        fds: vec![(200, vec![file])],
        users: vec![UserEntry { uid: 1000, gid: 1000, name: b"ann"[..].into(), ..UserEntry::default() }],
        ..Snapshot::default()
    }
}

/// Events of the capture: for each of ten rounds the evil process opens its path, reads from it, writes to its log,
/// fails to open, and closes.
pub(crate) const EVENTS: usize = 50;

/// Writes the capture into `dir`, in the form its name asks for.
pub(crate) fn capture(dir: &Path, name: &str) -> PathBuf {
    let path = dir.join(name);
    let options = WriterOptions::default();
    let mut writer = FileWriter::create(&path, Format::from_path(&path), &snapshot(), &options)
        .expect("the file can be made");
    let mut b = EventBuilder::new();
    for round in 0..10 {
        let ts = START + round * 1_000_000;
        let mut write = |b: &EventBuilder, at: u64, latency: u64| {
            let mut event = b.event(ts + at, 200, (round % 2) as u16);
            event.latency = Some(latency);
            writer.write(&event).expect("the event can be written");
        };
        b.start(EventType::SYSCALL_OPENAT_2_X).i64(3).i64(-100).text(PATH).u32(1).u32(0).u32(0).u64(0);
        write(&b, 100, 5_000);
        b.start(EventType::SYSCALL_READ_X).i64(DATA.len() as i64).bytes(DATA).i64(3).u32(4096);
        write(&b, 200, 7_000);
        b.start(EventType::SYSCALL_WRITE_X).i64(100).bytes(&[b'x'; 80]).i64(5).u32(100);
        write(&b, 300, 9_000);
        b.start(EventType::SYSCALL_OPENAT_2_X)
            .i64(-2)
            .i64(-100)
            .text(b"/nowhere")
            .u32(1)
            .u32(0)
            .u32(0)
            .u64(0);
        write(&b, 400, 3_000);
        b.start(EventType::SYSCALL_CLOSE_X).i64(0).i64(3);
        write(&b, 500, 1_000);
    }
    writer.finish().expect("the file can be completed");
    path
}
