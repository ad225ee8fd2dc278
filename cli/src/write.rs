//! `-w`: events into a capture file, or into one after the other.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use cscope_capture::{
    Batch, Beside, Error, Event, FileWriter, Format, Kept, OwnedEvent, RotateRules, RotatingWriter, Snapshot,
    WriterOptions, is_named_pipe, open_named_pipe,
};
use cscope_enrich::{EventCx, State};

use crate::args::Args;
use crate::input::identities;
use crate::output::ReaderGone;

/// Form of a capture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form(Format);

impl Form {
    /// The form that the name asks for; `gzip` compresses one that names none.
    pub(crate) fn new(path: &Path, gzip: bool) -> Self {
        match Format::from_path(path) {
            Format::Scap if gzip => Self(Format::ScapGz),
            form => Self(form),
        }
    }

    /// Forms for exchange hold enter and exit events, as older readers expect.
    pub(crate) fn holds_pairs(self) -> bool {
        self.0 != Format::ScapZst
    }

    /// The native form holds one event per call and its latency.
    pub(crate) fn holds_latencies(self) -> bool {
        !self.holds_pairs()
    }
}

enum Writer {
    /// Nothing written yet: the state of the machine waits for the first event.
    Pending(Box<Snapshot>),
    Stream(Box<FileWriter>),
    Files(Box<RotatingWriter>),
}

/// Where captured events are kept.
pub(crate) struct CaptureFile {
    path: PathBuf,
    form: Form,
    rules: RotateRules,
    writer: Writer,
    options: WriterOptions,
    /// A named pipe, which has a reader.
    pipe: Option<File>,
    /// Told of the next event, to be kept if that is.
    beside: Option<OwnedEvent>,
    /// Thread of the last event kept.
    last_tid: u64,
}

impl CaptureFile {
    /// A capture file that begins with the first section.
    ///
    /// # Errors
    /// The flags contradict each other.
    pub(crate) fn new(args: &Args, path: &Path, form: Form) -> anyhow::Result<Self> {
        let rules = RotateRules {
            bytes: args.file_size.map(|mb| mb.saturating_mul(1_000_000)),
            seconds: args.file_seconds,
            events: args.file_events,
            keep: args.file_limit,
        };
        if path == Path::new("-") {
            if !rules.is_single() {
                bail!("standard output cannot be split into several files");
            }
            if io::stdout().is_terminal() {
                bail!("a capture is not for a terminal: give -w a file, or send it to another program");
            }
        } else if !rules.is_single() && is_named_pipe(path) {
            bail!("a pipe cannot be split into several files");
        }
        let options = WriterOptions {
            backlog: args.backlog(),
            inputs: identities(&args.read),
            ..WriterOptions::default()
        };
        Ok(Self {
            path: path.to_owned(),
            form,
            rules,
            writer: Writer::Pending(Box::default()),
            options,
            pipe: None,
            beside: None,
            last_tid: u64::MAX,
        })
    }

    /// Opens a named pipe, if it is one, which waits until somebody reads from it: until then there is nothing to watch
    /// for, and a signal may end the program on the spot.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) fn open_pipe(&mut self) -> anyhow::Result<()> {
        if self.path != Path::new("-") {
            self.pipe = open_named_pipe(&self.path)?;
        }
        Ok(())
    }

    /// A section begins with this state. Live captures know the time it is; files begin with their first event.
    pub(crate) fn section(&mut self, state: &State, now: Option<u64>) -> anyhow::Result<()> {
        let snapshot = state.snapshot();
        match &mut self.writer {
            Writer::Pending(pending) => {
                **pending = snapshot;
                #[cfg(feature = "live")]
                let begin =
                    now.is_some().then_some(crate::privileges::limit_writing as fn() -> io::Result<()>);
                #[cfg(not(feature = "live"))]
                let begin = None;
                self.options.begin = begin;
                now.map_or(Ok(()), |ts| self.create(ts))
            }
            Writer::Stream(writer) => writer.section(&snapshot).map_err(explain),
            Writer::Files(writer) => writer.section(&snapshot).map_err(explain),
        }
    }

    fn create(&mut self, ts: u64) -> anyhow::Result<()> {
        let Writer::Pending(snapshot) = &self.writer else { return Ok(()) };
        let options = self.options.clone();
        let pipe = match self.pipe.take() {
            None if self.path == Path::new("-") => {
                Some(File::from(io::stdout().as_fd().try_clone_to_owned().context("standard output")?))
            }
            pipe => pipe,
        };
        self.writer = if let Some(pipe) = pipe {
            Writer::Stream(Box::new(FileWriter::to_writer(Box::new(pipe), self.form.0, snapshot, &options)?))
        } else {
            let rules = self.rules.clone();
            let writer = RotatingWriter::create(&self.path, self.form.0, snapshot, &options, rules, ts)?;
            Writer::Files(Box::new(writer))
        };
        Ok(())
    }

    /// Keeps what an event tells of descriptors if the call beside it is kept. Forms for exchange have no place
    /// for it.
    pub(crate) fn beside(&mut self, cx: &EventCx<'_>, what: &Beside<'_>) -> anyhow::Result<()> {
        if self.form.holds_pairs() {
            return Ok(());
        }
        match what {
            Beside::Path { .. } | Beside::Credentials(_) => self.beside = Some(OwnedEvent::from(&cx.event)),
            Beside::Received(_) if self.last_tid == cx.event.tid => self.put(&cx.event, cx.state)?,
            Beside::Received(_) => {}
        }
        Ok(())
    }

    /// Keeps an event, with these flags added.
    #[inline]
    pub(crate) fn event(&mut self, cx: &EventCx<'_>, flags: u32) -> anyhow::Result<()> {
        if let Some(beside) = self.beside.take() {
            let beside = beside.event();
            if (beside.ts, beside.tid) == (cx.event.ts, cx.event.tid) {
                self.put(&beside, cx.state)?;
            }
        }
        self.last_tid = cx.event.tid;
        // Forms for exchange get what was stored; the native form the joined event with its latency.
        let event = if self.form.holds_pairs() { cx.stored } else { cx.event };
        let latency = if self.form.holds_latencies() { cx.latency } else { None };
        self.put(&Event { flags: event.flags | flags, latency, ..event }, cx.state)
    }

    /// Lets `fill` put events into what is written next, of a file that no other follows.
    pub(crate) fn keep(&mut self, fill: impl FnOnce(&mut Batch) -> Kept) -> anyhow::Result<Kept> {
        let batch = match &mut self.writer {
            Writer::Stream(writer) => writer.batch(),
            Writer::Files(writer) => writer.batch(),
            Writer::Pending(_) => return Ok(Kept::default()),
        };
        let kept = fill(batch);
        if kept.events == 0 {
            return Ok(kept);
        }
        // The call that it was told for has not passed, or has come without it.
        self.beside = None;
        self.last_tid = kept.tid;
        match &mut self.writer {
            Writer::Stream(writer) => writer.kept(),
            Writer::Files(writer) => writer.kept(),
            Writer::Pending(_) => Ok(()),
        }
        .map_err(explain)?;
        Ok(kept)
    }

    #[inline]
    fn write(&mut self, event: &Event<'_>) -> anyhow::Result<()> {
        match &mut self.writer {
            Writer::Stream(writer) => writer.write(event).map_err(explain),
            Writer::Files(writer) => writer.write(event).map_err(explain),
            Writer::Pending(_) => {
                self.create(event.ts)?;
                self.write(event)
            }
        }
    }

    #[inline]
    fn put(&mut self, event: &Event<'_>, state: &State) -> anyhow::Result<()> {
        if let Writer::Files(writer) = &mut self.writer
            && writer.due(event.ts)
        {
            rotate(writer, event.ts, state)?;
        }
        self.write(event)
    }

    /// Nothing happened for a while: what is older than a second goes to the disk.
    pub(crate) fn idle(&mut self) -> anyhow::Result<()> {
        match &mut self.writer {
            Writer::Pending(_) => Ok(()),
            Writer::Stream(writer) => writer.flush_due(Instant::now()).map_err(explain),
            Writer::Files(writer) => writer.flush_due(Instant::now()).map_err(explain),
        }
    }

    /// Completes the file.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.create(0)?;
        match self.writer {
            Writer::Pending(_) => Ok(()),
            Writer::Stream(writer) => writer.finish().map(drop).map_err(explain),
            Writer::Files(writer) => writer.finish().map(drop).map_err(explain),
        }
    }
}

/// Goes on in the next file, which begins with the state of now: containers, which the process list of a capture
/// has no place for, come as events again.
fn rotate(writer: &mut RotatingWriter, ts: u64, state: &State) -> anyhow::Result<()> {
    writer.rotate(ts, &state.snapshot())?;
    for event in state.container_events(ts) {
        writer.write(&event.event()).map_err(explain)?;
    }
    Ok(())
}

/// A reader of our output that went away is no error.
fn explain(error: Error) -> anyhow::Error {
    match &error.source {
        Some(source) if source.kind() == io::ErrorKind::BrokenPipe => ReaderGone.into(),
        _ => error.into(),
    }
}
