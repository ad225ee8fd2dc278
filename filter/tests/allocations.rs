//! No event costs an allocation: not to join it, to filter it, or to print it.
//!
//! Events that teach the model something new (an opened file) allocate what is kept; the others must not.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use cscope_capture::{
    Error, EventBuilder, EventSource, EventType, FdInfo, FdType, FileSource, FileWriter, Format, OwnedEvent,
    Snapshot, Stats, Step, ThreadInfo, WriterOptions,
};
use cscope_enrich::{Demand, EventCx, Inspector, Item, View};
use cscope_filter::{Filter, FilterOptions, Format as LineFormat, Preset, TextOptions};

const EVENTS: usize = 1_000_000;
/// Allocations of a whole run: tables and buffers that grow at the start.
const ALLOWED: u64 = 2_000;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the rules of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: `at` came from `alloc` above, thus from the system's allocator.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: `at` came from `alloc` above, thus from the system's allocator.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The same few calls of a few threads over and over, as pairs.
struct Loop {
    snapshot: Snapshot,
    calls: Vec<OwnedEvent>,
    given: usize,
}

impl Loop {
    fn new() -> Self {
        let mut snapshot = Snapshot::default();
        let mut calls = Vec::new();
        let mut b = EventBuilder::new();
        for tid in 1..=8u64 {
            let id = tid.cast_signed();
            let comm = b"worker"[..].into();
            snapshot.threads.push(ThreadInfo { tid: id, pid: id, comm, ..ThreadInfo::default() });
            let name = b"/var/log/messages"[..].into();
            snapshot.fds.push((tid, vec![FdInfo { fd: 3, kind: FdType::FileV2, name, ..FdInfo::default() }]));
            b.start(EventType::SYSCALL_READ_E).i64(3).u32(4096);
            calls.push(b.owned(1, tid, 0));
            b.start(EventType::SYSCALL_READ_X).i64(5).bytes(b"hello\x01world");
            calls.push(b.owned(1, tid, 0));
            b.start(EventType::SYSCALL_NEWFSTATAT_X).i64(-2).i64(-100).text(b"etc/\xffnone").u32(0);
            calls.push(b.owned(1, tid, 0));
            b.start(EventType::SYSCALL_NANOSLEEP_E).u64(1_000_000);
            calls.push(b.owned(1, tid, 0));
            b.start(EventType::SYSCALL_NANOSLEEP_X).i64(0);
            calls.push(b.owned(1, tid, 0));
        }
        Self { snapshot, calls, given: 0 }
    }
}

impl EventSource for Loop {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        self.given += 1;
        if self.given == 1 {
            return Ok(Step::Section(&self.snapshot));
        }
        if self.given > EVENTS {
            return Ok(Step::End);
        }
        let mut event = self.calls[self.given % self.calls.len()].event();
        event.ts = 1_700_000_000_000_000_000 + self.given as u64 * 1_000;
        Ok(Step::Event(event))
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn stats(&self) -> Stats {
        Stats::default()
    }
}

/// The same events in a file, where they lie in blocks.
fn capture() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("allocations.scap");
    let mut source = Loop::new();
    let options = WriterOptions::default();
    let mut writer = FileWriter::create(&path, Format::Scap, source.snapshot(), &options).expect("a file");
    loop {
        match source.step().expect("no damage") {
            Step::Event(event) => writer.write(&event).expect("written"),
            Step::End => break,
            _ => {}
        }
    }
    writer.finish().expect("completed");
    path
}

/// Allocations of a run over all events, and lines printed.
fn run(file: Option<&Path>, filter: &str, json: bool, demand: Option<Demand>) -> (u64, u64) {
    let filter = Filter::parse(filter, &FilterOptions::default()).expect("a filter");
    let mut format = LineFormat::parse(Preset::Default.text(), &TextOptions::default()).expect("a format");
    let source: Box<dyn EventSource + Send> = match file {
        Some(path) => Box::new(FileSource::open(path).expect("a capture")),
        None => Box::new(Loop::new()),
    };
    let mut inspector = Inspector::new(source, View::Merged);
    let (mut out, mut lines) = (Vec::new(), 0);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    loop {
        let item = match demand {
            Some(demand) => inspector.step_where(&mut (demand, |cx: &EventCx<'_>| filter.matches(cx))),
            None => inspector.step(),
        };
        match item.expect("no damage") {
            Item::Event(cx) if filter.matches(&cx) => {
                out.clear();
                lines += u64::from(if json {
                    format.write_json(&cx, &mut out)
                } else {
                    format.write(&cx, &mut out)
                });
            }
            Item::End => return (ALLOCATIONS.load(Ordering::Relaxed) - before, lines),
            _ => {}
        }
    }
}

#[test]
fn no_event_costs_an_allocation() {
    let file = capture();
    let eager = Demand::EVERYTHING;
    let lazy = Demand { choice_args: false, ..eager };
    for (filter, demand, some) in [
        ("proc.name = nomatch", Some(lazy), false),
        ("fd.name contains /etc", Some(lazy), false),
        ("fd.name contains /var and evt.arg.size > 100", Some(eager), true),
        ("proc.pname exists or evt.res = ENOENT", None, true),
        ("", None, true),
    ] {
        for (json, file) in [(false, None), (true, None), (false, Some(&*file))] {
            let (allocations, lines) = run(file, filter, json, demand);
            assert_eq!(lines > 0, some, "{filter}");
            assert!(allocations < ALLOWED, "{filter} ({json} {file:?}): {allocations} in {EVENTS} events");
        }
    }
}
