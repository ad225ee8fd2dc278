//! What an event of live capture costs from its record to the file, without the kernel.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cscope_capture::{FileWriter, Format, Snapshot, WriterOptions};
use cscope_probe::measure::{Call, Records};

const ROUNDS: usize = 1000;

/// Calls of a server of small requests and of its client, as many of each as they make.
fn records() -> Records {
    let call = |name, ret, data| Call { name, ret, data };
    let request = b"*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000042\r\n$3\r\nabc\r\n";
    let calls = [
        call("epoll_ctl", 0, &b""[..]),
        call("epoll_ctl", 0, b""),
        call("epoll_ctl", 0, b""),
        call("epoll_ctl", 0, b""),
        call("epoll_ctl", 0, b""),
        call("read", request.len() as i64, request),
        call("write", 5, b"+OK\r\n"),
        call("recvfrom", 5, b"+OK\r\n"),
        call("sendto", request.len() as i64, request),
    ];
    Records::of(&calls.repeat(ROUNDS))
}

fn benches(c: &mut Criterion) {
    let mut records = records();
    let sink = Box::new(std::io::sink());
    let options = WriterOptions::default();
    let mut writer =
        FileWriter::to_writer(sink, Format::Scap, &Snapshot::default(), &options).expect("a writer");
    let mut group = c.benchmark_group("live");
    group.throughput(Throughput::Elements(9 * ROUNDS as u64));
    group.bench_function("decode and write", |b| {
        b.iter(|| {
            records.decode(writer.batch());
            writer.kept().expect("nothing that fails");
        })
    });
    group.finish();
}

criterion_group!(live, benches);
criterion_main!(live);
