//! What the tests of capture files share: where the foreign captures are, and reading a source to its end.

use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cscope_capture::{
    Bytes, Error, EventBuilder, EventSource, EventType, FdInfo, FdType, FileSource, FileWriter, Format,
    GroupEntry, MachineInfo, OwnedEvent, Snapshot, Step, ThreadInfo, WriterOptions, event_flags,
};

/// Says on stderr that something is not tested here. Not with a macro: the test harness hides what those print for
/// tests that pass.
pub(crate) fn skip(why: &str) {
    let line = format!("SKIP: {why}\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

/// The captures of other tools; none, and a loud line, when they are not there.
pub(crate) fn captures() -> Vec<PathBuf> {
    let folder = std::env::var_os("CSCOPE_CAPTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        skip(&format!("no captures in {} (set CSCOPE_CAPTURES)", folder.display()));
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.retain(|p| p.to_string_lossy().ends_with(".scap") || p.to_string_lossy().ends_with(".scap.gz"));
    paths.sort();
    paths
}

/// Everything a source gave.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<OwnedEvent>,
    pub(crate) sections: usize,
    pub(crate) snapshot: Snapshot,
    pub(crate) error: Option<Error>,
}

/// Reads a source to its end or error; after either only the end may follow.
pub(crate) fn drain(source: &mut FileSource) -> Seen {
    let mut seen = Seen::default();
    loop {
        match source.step() {
            Ok(Step::Event(event)) => seen.events.push(OwnedEvent::from(&event)),
            Ok(Step::Section(snapshot)) => {
                seen.sections += 1;
                seen.snapshot = snapshot.clone();
            }
            Ok(Step::Idle { .. } | Step::LeftOut(_)) => panic!("a file that is read whole is never idle"),
            Ok(Step::End) => break,
            Err(e) => {
                seen.error = Some(e);
                break;
            }
        }
    }
    assert!(matches!(source.step(), Ok(Step::End)), "nothing follows the end");
    seen
}

/// Reads a capture in memory.
pub(crate) fn drain_bytes(bytes: Vec<u8>) -> Result<Seen, Error> {
    Ok(drain(&mut FileSource::from_reader(Box::new(Cursor::new(bytes)))?))
}

/// The uncompressed stream of a plain or gzip capture.
pub(crate) fn inflate(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).expect("readable");
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return bytes;
    }
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("gzip");
    plain
}

/// Memory that a writer fills and a test reads afterwards.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    /// What was written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("no writer panicked").clone()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panicked").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The three forms.
pub(crate) const FORMATS: [Format; 3] = [Format::Scap, Format::ScapGz, Format::ScapZst];

/// A capture of these events in memory.
pub(crate) fn written(
    format: Format,
    snapshot: &Snapshot,
    options: &WriterOptions,
    events: &[OwnedEvent],
) -> Vec<u8> {
    let memory = Memory::default();
    let mut writer =
        FileWriter::to_writer(Box::new(memory.clone()), format, snapshot, options).expect("a writer");
    for event in events {
        writer.write(&event.event()).expect("memory takes everything");
    }
    assert_eq!(writer.events(), events.len() as u64);
    let size = writer.finish().expect("memory takes everything");
    let bytes = memory.bytes();
    assert_eq!(size, bytes.len() as u64);
    bytes
}

/// Asserts that two events are the same, with their latencies where these are kept.
pub(crate) fn assert_same(a: &OwnedEvent, b: &OwnedEvent, latencies: bool) {
    let (a, b) = (a.event(), b.event());
    assert_eq!((a.ts, a.tid, a.cpu, a.kind), (b.ts, b.tid, b.cpu, b.kind));
    assert_eq!(a.flags & !event_flags::LARGE, b.flags);
    assert_eq!(a.params.is_wide(), b.params.is_wide());
    assert_eq!(a.params.lengths(), b.params.lengths());
    assert_eq!(a.params.data(), b.params.data());
    assert_eq!(if latencies { a.latency } else { None }, b.latency);
}

/// Asserts that two snapshots hold the same.
pub(crate) fn assert_same_snapshot(a: &Snapshot, b: &Snapshot) {
    assert_eq!(a.machine, b.machine);
    assert_eq!(a.threads, b.threads);
    assert_eq!(a.interfaces, b.interfaces);
    assert_eq!(a.users, b.users);
    assert_eq!(a.groups, b.groups);
    assert_eq!(a.fds, b.fds);
}

/// `count` small events with latencies: event `i` is of thread `i`, at time `1_000 * i`.
pub(crate) fn synthetic(count: u64) -> Vec<OwnedEvent> {
    let mut builder = EventBuilder::new();
    let event = |i: u64| {
        if i.is_multiple_of(3) {
            builder.start(EventType::SYSCALL_CLOSE_X).i64(0).i64(i.cast_signed());
        } else {
            builder.start(EventType::SYSCALL_READ_X).i64(12).bytes(b"hello, world").i64(3).u32(100);
        }
        let mut event = builder.event(1_000 * i, i, 0);
        event.latency = (!i.is_multiple_of(5)).then_some(i * 77);
        OwnedEvent::from(&event)
    };
    (0..count).map(event).collect()
}

/// A snapshot with something of everything.
pub(crate) fn small_snapshot() -> Snapshot {
    let machine = MachineInfo { num_cpus: 2, hostname: b"host-a".to_vec(), ..MachineInfo::default() };
    let mut snapshot = Snapshot { machine: Some(machine), ..Snapshot::default() };
    for tid in 1..20 {
        let name = Bytes::from(format!("thread-{tid}").into_bytes());
        snapshot.threads.push(ThreadInfo { tid, pid: 1, comm: name.clone(), ..ThreadInfo::default() });
        let fd = FdInfo { fd: tid, kind: FdType::File, name, ..FdInfo::default() };
        snapshot.fds.push((tid.cast_unsigned(), vec![fd]));
    }
    snapshot.groups.push(GroupEntry { gid: 0, name: Bytes::from(&b"root"[..]) });
    snapshot
}

/// A generator of numbers that are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}
