//! Makes a long capture of a short one: writes its events several times, each time later than the time before.
//!
//! ```sh
//! cargo run --release -p cscope-capture --example multiply -- IN OUT TIMES [--threads]
//! ```
//!
//! With `--threads` each repetition has threads of its own, so that the number of threads grows too.

use std::path::Path;

use cscope_capture::table::ParamType;
use cscope_capture::{
    Event, EventBuilder, EventSource, FileSource, FileWriter, Format, Snapshot, Step, ThreadInfo,
    WriterOptions,
};

/// Between the numbers of a thread in one repetition and the next.
const TID_STEP: u64 = 1 << 23;
/// Nanoseconds between the last event of one repetition and the first of the next.
const PAUSE: u64 = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [input, output, times, options @ ..] = args.as_slice() else {
        return Err("usage: multiply IN OUT TIMES [--threads]".into());
    };
    let (times, threads) = (times.parse::<u64>()?, options.iter().any(|o| o == "--threads"));
    let (snapshot, span) = survey(input)?;
    let output = Path::new(output);
    let repetitions = if threads { times } else { 1 };
    let snapshot = multiplied(&snapshot, repetitions);
    let options = WriterOptions::default();
    let mut writer = FileWriter::create(output, Format::from_path(output), &snapshot, &options)?;
    let mut builder = EventBuilder::new();
    for n in 0..times {
        let mut source = FileSource::open(input)?;
        let offset = if threads { n * TID_STEP } else { 0 };
        loop {
            match source.step()? {
                Step::Event(event) => {
                    let event = Event { ts: event.ts + n * (span + PAUSE), ..event };
                    if offset == 0 {
                        writer.write(&event)?;
                    } else {
                        writer.write(&renumbered(&event, offset, &mut builder))?;
                    }
                }
                Step::End => break,
                Step::Section(_) | Step::Idle { .. } | Step::LeftOut(_) => {}
            }
        }
    }
    let events = writer.events();
    eprintln!("{events} events, {} bytes", writer.finish()?);
    Ok(())
}

/// The state at the start of a capture, and the time from its first event to its last.
fn survey(path: &str) -> Result<(Snapshot, u64), cscope_capture::Error> {
    let mut source = FileSource::open(path)?;
    let (mut snapshot, mut first, mut last) = (Snapshot::default(), None, 0);
    loop {
        match source.step()? {
            Step::Section(found) => snapshot = found.clone(),
            Step::Event(event) => {
                first.get_or_insert(event.ts);
                last = last.max(event.ts);
            }
            Step::Idle { .. } | Step::LeftOut(_) => {}
            Step::End => return Ok((snapshot, last - first.unwrap_or(last))),
        }
    }
}

/// The same machine with all threads several times.
fn multiplied(snapshot: &Snapshot, repetitions: u64) -> Snapshot {
    let mut all = snapshot.clone();
    for n in 1..repetitions {
        let moved = |id: i64| if id > 0 { id + (n * TID_STEP).cast_signed() } else { id };
        all.threads.extend(snapshot.threads.iter().map(|t| ThreadInfo {
            tid: moved(t.tid),
            pid: moved(t.pid),
            ptid: moved(t.ptid),
            ..t.clone()
        }));
        all.fds.extend(snapshot.fds.iter().map(|(tid, fds)| (tid + n * TID_STEP, fds.clone())));
    }
    all
}

/// The event with other thread ids, its own and those in its parameters.
fn renumbered<'a>(event: &Event<'_>, offset: u64, builder: &'a mut EventBuilder) -> Event<'a> {
    builder.start(event.kind);
    let params = event.info().map_or(&[][..], |info| info.params);
    for (index, bytes) in event.params.iter().enumerate() {
        let is_thread = params.get(index).is_some_and(|p| p.kind == ParamType::Pid);
        match (is_thread, event.i64(index)) {
            (true, Some(id)) if id > 0 => builder.i64(id + offset.cast_signed()),
            _ => builder.bytes(bytes),
        };
    }
    let made = builder.event(event.ts, event.tid + offset, event.cpu);
    Event { flags: event.flags, latency: event.latency, ..made }
}
