//! Cost of keeping the model: applying the events of a capture, with and without what surrounds it.
//!
//! Works on the captures in `CSCOPE_CAPTURES` or beside the workspace; without them on events made here.

use std::hint::black_box;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use cscope_capture::{
    EventBuilder, EventSource, EventType, FileSource, Joiner, OwnedEvent, Role, Snapshot, Step, ThreadInfo,
};
use cscope_enrich::{Demand, EventCx, Inspector, Item, State, View};

struct Load {
    name: &'static str,
    snapshot: Snapshot,
    events: Vec<OwnedEvent>,
}

fn captures() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    std::env::var_os("CSCOPE_CAPTURES").map_or_else(beside, PathBuf::from)
}

/// A capture's events, joined.
fn captured(name: &'static str) -> Option<Load> {
    let mut source = FileSource::open(captures().join(name)).ok()?;
    let (mut joiner, mut snapshot, mut events) = (Joiner::new(), Snapshot::default(), Vec::new());
    loop {
        match source.step().ok()? {
            Step::Section(s) => snapshot = s.clone(),
            Step::Event(event) => {
                let joined = joiner.join(&event);
                if matches!(joined.role, Role::Whole | Role::Merged) {
                    events.push(OwnedEvent::from(&joined.event));
                }
            }
            Step::Idle { .. } | Step::LeftOut(_) => {}
            Step::End => return Some(Load { name, snapshot, events }),
        }
    }
}

/// 10,000 threads that open, read and close.
fn made() -> Load {
    let threads = (1..=10_000).map(|tid| ThreadInfo { tid, pid: tid, ..ThreadInfo::default() }).collect();
    let mut events = Vec::new();
    let mut b = EventBuilder::new();
    for n in 0..50_000u64 {
        let (tid, ts) = (n % 10_000 + 1, n * 100);
        b.start(EventType::SYSCALL_OPENAT_2_X)
            .i64(3)
            .i64(-100)
            .text(b"/etc/passwd")
            .u32(1)
            .u32(0)
            .u32(1)
            .u64(2);
        events.push(b.owned(ts, tid, 0));
        b.start(EventType::SYSCALL_READ_X).i64(5).bytes(b"hello").i64(3).u32(80);
        events.push(b.owned(ts + 10, tid, 0));
        b.start(EventType::SYSCALL_CLOSE_X).i64(0).i64(3);
        events.push(b.owned(ts + 20, tid, 0));
    }
    Load { name: "made", snapshot: Snapshot { threads, ..Snapshot::default() }, events }
}

fn state(c: &mut Criterion) {
    let names = ["file.merged.scap.gz", "shell.merged.scap.gz", "file.pairs.scap.gz"];
    let mut loads: Vec<Load> = names.into_iter().filter_map(captured).collect();
    loads.push(made());
    for load in &loads {
        let mut group = c.benchmark_group(load.name);
        group.throughput(Throughput::Elements(load.events.len() as u64));
        let seeded = State::from_snapshot(&load.snapshot);
        group.bench_function("apply", |bench| {
            bench.iter_batched(
                || seeded.clone(),
                |mut state| {
                    for event in &load.events {
                        state.apply(&event.event());
                    }
                    state
                },
                BatchSize::LargeInput,
            );
        });
        group.bench_function("checkpoint", |bench| bench.iter(|| black_box(&seeded).clone()));
        group.finish();
    }
}

/// The whole loop of an inspector over a plain capture in memory: read, join, apply, look up.
fn inspector(c: &mut Criterion) {
    for name in ["file.merged.scap.gz", "file.pairs.scap.gz"] {
        let Some(bytes) = plain(name) else { continue };
        let run = |bytes: &Arc<[u8]>, view| {
            let source = FileSource::from_reader(Box::new(Cursor::new(bytes.clone()))).expect("a capture");
            let mut inspector = Inspector::new(Box::new(source), view);
            loop {
                match inspector.step().expect("readable") {
                    Item::Event(cx) => drop(black_box(cx.fd_num)),
                    Item::End => return inspector.num(),
                    _ => {}
                }
            }
        };
        let pass_over = |bytes: &Arc<[u8]>| {
            let source = FileSource::from_reader(Box::new(Cursor::new(bytes.clone()))).expect("a capture");
            let mut inspector = Inspector::new(Box::new(source), View::Merged);
            let mut nobody = (Demand::NOTHING, |_: &EventCx<'_>| false);
            while !matches!(inspector.step_where(&mut nobody).expect("readable"), Item::End) {}
            inspector.num()
        };
        assert_eq!(pass_over(&bytes), run(&bytes, View::Merged));
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(run(&bytes, View::Merged)));
        group.bench_function("pass over", |bench| bench.iter(|| pass_over(&bytes)));
        group.bench_function("inspect", |bench| bench.iter(|| run(&bytes, View::Merged)));
        group.bench_function("inspect pairs", |bench| bench.iter(|| run(&bytes, View::Pairs)));
        group.finish();
    }
}

/// A capture, unpacked by gzip.
fn plain(name: &str) -> Option<Arc<[u8]>> {
    let output = Command::new("gzip").arg("-dc").arg(captures().join(name)).output().ok()?;
    output.status.success().then(|| output.stdout.into())
}

criterion_group!(benches, state, inspector);
criterion_main!(benches);
