//! Prints live events raw: time, CPU, thread, type and parameters, as the probe makes them.
//!
//! ```sh
//! sudo cargo run -p cscope-probe --example dump -- [SECONDS] [--latency] [--pairs] [--self] [--quiet]
//! ```

use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

use cscope_capture::table::ParamType;
use cscope_capture::{Event, EventSource, Step};
use cscope_probe::{Options, Probe, doctor};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|a| a == flag);
    if has("--doctor") {
        for check in doctor() {
            println!("{check:?}");
        }
        return Ok(());
    }
    let seconds = args.iter().find_map(|a| a.parse().ok()).unwrap_or(2.0);
    let options = Options {
        latency: has("--latency"),
        pairs: has("--pairs"),
        include_self: has("--self"),
        switches: has("--switches"),
        signals: has("--signals"),
        page_faults: has("--faults"),
        ..Options::default()
    };
    let mut probe = Probe::open(&options)?;
    eprintln!("{:?} {:?}", probe.timings(), probe.notes());
    if has("--snapshot") {
        println!("{:#?}", probe.snapshot().machine);
        for thread in &probe.snapshot().threads {
            println!("{thread:?}");
        }
        for (tid, fds) in &probe.snapshot().fds {
            for fd in fds {
                println!("{tid} {fd:?}");
            }
        }
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let mut stopped = false;
    loop {
        match probe.step()? {
            Step::Section(_) => {}
            Step::Event(event) => {
                if !has("--quiet") {
                    print(&mut out, &event)?;
                }
            }
            Step::Idle { .. } | Step::LeftOut(_) => out.flush()?,
            Step::End => break,
        }
        if !stopped && Instant::now() > end {
            stopped = true;
            probe.stop();
        }
    }
    out.flush()?;
    let snapshot = probe.snapshot();
    let fds: usize = snapshot.fds.iter().map(|(_, l)| l.len()).sum();
    eprintln!("{:?}; snapshot: {} threads, {fds} fds", probe.stats(), snapshot.threads.len());
    Ok(())
}

fn print(out: &mut impl Write, event: &Event<'_>) -> std::io::Result<()> {
    let Some(info) = event.info() else { return Ok(()) };
    write!(out, "{} {} {} {}", event.ts, event.cpu, event.tid, info.name)?;
    for (i, param) in info.params.iter().enumerate() {
        write!(out, " {}=", param.name)?;
        match param.kind {
            _ if event.param(i).is_none_or(<[u8]>::is_empty) => write!(out, "-")?,
            ParamType::CharBuf | ParamType::FsPath | ParamType::FsRelPath => {
                write!(out, "{}", event.text(i).unwrap_or_default().escape_ascii())?;
            }
            ParamType::Errno | ParamType::Fd | ParamType::Pid | ParamType::Int64 => {
                write!(out, "{}", event.i64(i).unwrap_or_default())?;
            }
            kind if kind.width().is_some_and(|w| w <= 8) => {
                write!(out, "{:#x}", event.u64(i).unwrap_or_default())?;
            }
            _ => write!(out, "\"{}\"", event.param(i).unwrap_or_default().escape_ascii())?,
        }
    }
    if let Some(latency) = event.latency {
        write!(out, " latency={latency}")?;
    }
    writeln!(out)
}
