//! How fast events come out of a capture in memory, and go into one.

use std::hint::black_box;
use std::io::{Cursor, Read, Write};
use std::sync::{Arc, Mutex};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use cscope_capture::{
    EventBuilder, EventSource, EventType, FileSource, FileWriter, Format, Snapshot, Step, WriterOptions,
};

const EVENTS: u64 = 500_000;

/// Memory that a writer fills and the bench reads afterwards.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panicked").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Bytes shared between runs, so that a run copies nothing before it starts.
struct Shared(Cursor<Arc<Vec<u8>>>);

impl Read for Shared {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let mut rest = self.0.get_ref().get(self.0.position() as usize..).unwrap_or_default();
        let n = rest.read(out)?;
        self.0.set_position(self.0.position() + n as u64);
        Ok(n)
    }
}

/// A capture of reads, writes, opens and closes as a busy machine has them.
fn capture(format: Format) -> Vec<u8> {
    let memory = Memory::default();
    let mut writer = FileWriter::to_writer(
        Box::new(memory.clone()),
        format,
        &Snapshot::default(),
        &WriterOptions::default(),
    )
    .expect("a writer");
    let mut builder = EventBuilder::new();
    for i in 0..EVENTS {
        match i % 8 {
            0 => {
                builder.start(EventType::SYSCALL_OPENAT_2_X);
                builder.i64(5).i64(-100).text(b"/usr/lib/x86_64-linux-gnu/libc.so.6");
                builder.u32(1).u32(0).u32(2049).u64(i);
            }
            7 => drop(builder.start(EventType::SYSCALL_CLOSE_X).i64(0).i64(5)),
            k if k & 1 == 0 => {
                builder.start(EventType::SYSCALL_READ_X);
                builder.i64(80).bytes(&[b'x'; 80]).i64(5).u32(4096);
            }
            _ => {
                builder.start(EventType::SYSCALL_WRITE_X);
                builder.i64(12).bytes(b"hello, world").i64(1).u32(12);
            }
        }
        let mut event = builder.event(1_700_000_000_000_000_000 + i * 1_313, 4_000 + i % 17, (i % 2) as u16);
        event.latency = Some(900 + i % 1000);
        writer.write(&event).expect("memory");
    }
    writer.finish().expect("memory");
    std::mem::take(&mut *memory.0.lock().expect("no writer panicked"))
}

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(EVENTS));
    group.sample_size(20);
    for (name, format) in [("plain", Format::Scap), ("gz", Format::ScapGz), ("zst", Format::ScapZst)] {
        let bytes = Arc::new(capture(format));
        group.bench_function(BenchmarkId::from_parameter(name), |b| {
            b.iter(|| {
                let reader = Shared(Cursor::new(Arc::clone(&bytes)));
                let mut source = FileSource::from_reader(Box::new(reader)).expect("a capture");
                let mut sum = 0u64;
                loop {
                    match source.step().expect("an undamaged capture") {
                        Step::Event(event) => sum = sum.wrapping_add(event.ts ^ event.params.len() as u64),
                        Step::End => break,
                        Step::Section(_) | Step::Idle { .. } | Step::LeftOut(_) => {}
                    }
                }
                assert_eq!(source.stats().events, EVENTS);
                black_box(sum)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
