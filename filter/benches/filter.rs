//! Evaluations per second of compiled filters, and lines per second of the default format, on events held in
//! memory.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cscope_capture::{
    Error, EventBuilder, EventSource, EventType, FdInfo, FdType, Snapshot, Stats, Step, ThreadInfo,
};
use cscope_enrich::{EventCx, Inspector, Item, View};
use cscope_filter::{Filter, FilterOptions, Format, Preset, TextOptions};

/// One read of a file by a process called `cat`.
struct Once {
    snapshot: Snapshot,
    builder: EventBuilder,
    step: u32,
}

impl Once {
    fn new() -> Self {
        let thread = ThreadInfo {
            tid: 42,
            pid: 42,
            ptid: 1,
            comm: (*b"cat").into(),
            exepath: (*b"/usr/bin/cat").into(),
            ..ThreadInfo::default()
        };
        let file = FdInfo { fd: 3, kind: FdType::FileV2, name: (*b"/etc/hosts").into(), ..FdInfo::default() };
        let mut builder = EventBuilder::new();
        builder.start(EventType::SYSCALL_READ_X).i64(832).bytes(&[b'x'; 80]).i64(3).u32(832);
        let snapshot = Snapshot { threads: vec![thread], fds: vec![(42, vec![file])], ..Snapshot::default() };
        Self { snapshot, builder, step: 0 }
    }
}

impl EventSource for Once {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        self.step += 1;
        Ok(match self.step {
            1 => Step::Section(&self.snapshot),
            2 => Step::Event(self.builder.event(1_534_527_348_514_632_619, 42, 0)),
            _ => Step::End,
        })
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn stats(&self) -> Stats {
        Stats::default()
    }
}

fn with_event(run: impl FnOnce(&EventCx<'_>)) {
    let mut inspector = Inspector::new(Box::new(Once::new()), View::Merged);
    assert!(matches!(inspector.step(), Ok(Item::Section(_))));
    match inspector.step() {
        Ok(Item::Event(cx)) => run(&cx),
        other => panic!("{other:?}"),
    }
}

const FILTERS: &[(&str, &str)] = &[
    ("two terms, the type decides", "evt.type=write and proc.name=x"),
    ("two terms, both evaluated", "evt.type=read and proc.name=x"),
    (
        "ten terms, all evaluated",
        "evt.type in (read, write) and evt.is_io_read=true and proc.name=cat and fd.name startswith /etc and \
         evt.rawres > 100 and not fd.type=ipv4 and proc.pid != 1 and evt.buffer contains xxx and \
         fd.typechar=f and not proc.exepath contains nomatch",
    ),
];

fn filters(c: &mut Criterion) {
    let mut group = c.benchmark_group("filter");
    group.throughput(Throughput::Elements(1));
    for (name, text) in FILTERS {
        let filter = Filter::parse(text, &FilterOptions::default()).expect("a filter");
        with_event(|cx| {
            assert_eq!(filter.matches(cx), name.starts_with("ten"), "{name}");
            group.bench_function(*name, |b| b.iter(|| filter.matches(black_box(cx))));
        });
    }
    group.finish();
}

fn formats(c: &mut Criterion) {
    let mut group = c.benchmark_group("format");
    group.throughput(Throughput::Elements(1));
    let mut format = Format::parse(Preset::Default.text(), &TextOptions::default()).expect("a format");
    with_event(|cx| {
        let mut out = Vec::new();
        group.bench_function("default line", |b| {
            b.iter(|| {
                out.clear();
                format.write(black_box(cx), &mut out)
            });
        });
        group.bench_function("default line as JSON", |b| {
            b.iter(|| {
                out.clear();
                format.write_json(black_box(cx), &mut out)
            });
        });
    });
    group.finish();
}

fn parse(c: &mut Criterion) {
    let text = FILTERS[2].1;
    c.bench_function("parse ten terms", |b| {
        b.iter(|| Filter::parse(black_box(text), &FilterOptions::default()))
    });
}

/// A filter of a megabyte: many conditions on many fields.
fn parse_large(c: &mut Criterion) {
    let one = |n: usize| {
        format!(
            "(evt.type in (open, close) and proc.name = p{n} or not fd.name contains /a/{n}) and evt.rawres != {n}"
        )
    };
    let mut text = one(0);
    for n in 1.. {
        if text.len() >= 1_000_000 {
            break;
        }
        text += " or ";
        text += &one(n);
    }
    let mut group = c.benchmark_group("large");
    group.sample_size(10);
    group.bench_function("parse 1 MB", |b| {
        b.iter(|| Filter::parse(black_box(&text), &FilterOptions::default()))
    });
    group.finish();
}

criterion_group!(benches, filters, formats, parse, parse_large);
criterion_main!(benches);
