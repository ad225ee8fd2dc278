//! Writing capture files.
//!
//! ```text
//! Event -> block -> batch of about 1 MiB -> bounded queue -> writing thread: compress, write
//! ```
//!
//! The caller's thread only encodes blocks; compression and the disk work beside it, and slow it down when they
//! cannot keep up. An error there is reported by the next [`write`](FileWriter::write) that hands over a batch,
//! by [`flush`](FileWriter::flush) or by [`finish`](FileWriter::finish).

mod batch;
pub(crate) mod blocks;
mod closing;
pub(crate) mod private;
mod rotate;
mod worker;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::worker::{Encoder, Job, Progress, Target, Worker};
use crate::encode::Whole;
use crate::{Error, ErrorKind, Event, Snapshot};

pub use batch::Batch;
pub use private::{is_named_pipe, open_named_pipe};
pub use rotate::{RotateRules, RotatingWriter};

/// Bytes of batches that may wait for the writing thread, and buffers kept for the next ones.
const BACKLOG: usize = 4 << 20;
const SPARE: usize = 4;
/// Size of a batch, which is a frame of a native capture.
const BATCH: usize = 1 << 20;
/// Age after which a batch is written although it is small.
const BATCH_AGE: Duration = Duration::from_secs(1);

/// Form of a capture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Uncompressed: what every reader of the format takes.
    #[default]
    Scap,
    /// gzip: what every reader of the format takes.
    ScapGz,
    /// Native: independent zstd frames with an index and latencies beside them.
    ScapZst,
}

impl Format {
    /// The form that a file name asks for: `.zst` and `.gz` name theirs, everything else is uncompressed.
    pub fn from_path(path: impl AsRef<Path>) -> Self {
        match path.as_ref().extension().and_then(|e| e.to_str()) {
            Some("zst") => Self::ScapZst,
            Some("gz") => Self::ScapGz,
            _ => Self::Scap,
        }
    }
}

/// How a capture file is written.
#[derive(Debug, Clone, Default)]
pub struct WriterOptions {
    /// Compression level of gzip (0 to 9) or zstd (negative to 22); `None`: one that costs little time.
    pub level: Option<i32>,
    /// Descriptor kinds that readers of 2022 refuse (bpf, userfaultfd, io_uring, memfd, pidfd) are written as
    /// unsupported ones. `None`: in the two forms for exchange, not in the native one.
    pub old_readers: Option<bool>,
    /// Uncompressed size of a batch, which is a frame of a native capture; `None`: 1 MiB.
    pub batch: Option<usize>,
    /// Bytes of batches that may wait while the disk is busy; `None`: 4 MiB.
    pub backlog: Option<usize>,
    /// Called on the writing thread once the file is open: the place to give up rights that writing to it does not
    /// take.
    pub begin: Option<fn() -> std::io::Result<()>>,
    /// Files that are being read, by device and inode: none of them is written to.
    pub inputs: Vec<(u64, u64)>,
}

impl WriterOptions {
    /// Bytes of batches that may wait.
    fn backlog(&self) -> usize {
        self.backlog.unwrap_or(BACKLOG)
    }
}

/// What was handed over to a file, and how much of it waits to be written.
#[derive(Debug)]
struct Backlog {
    handed: u64,
    progress: Arc<Progress>,
}

impl Backlog {
    /// Bytes that wait.
    fn bytes(&self) -> u64 {
        self.handed.saturating_sub(self.progress.load().0)
    }
}

/// Writes one capture file. Dropping it completes the file too, but hides errors: call
/// [`finish`](Self::finish).
pub struct FileWriter {
    queue: Option<SyncSender<Job>>,
    /// Buffers that were written, and some of them for the next batches.
    written: Receiver<Whole>,
    spare: Vec<Whole>,
    thread: Option<JoinHandle<Result<(), Error>>>,
    progress: Arc<Progress>,
    format: Format,
    old_readers: bool,
    batch: Batch,
    /// Bytes and events handed over, those of all sections.
    handed: u64,
    events: u64,
    last_batch: Instant,
}

impl FileWriter {
    /// Creates a capture file that only its owner can read, or overwrites a regular one.
    ///
    /// # Errors
    /// The file cannot be created; it is a symbolic link, which is not followed; it belongs to somebody else in a
    /// directory where anybody may put files.
    pub fn create(
        path: impl AsRef<Path>,
        format: Format,
        snapshot: &Snapshot,
        options: &WriterOptions,
    ) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = private::create(path, &options.inputs)?;
        let name = path.display().to_string();
        Self::new(|| Ok(Target::File(file)), name, format, snapshot, options)
    }

    /// As [`create`](Self::create), on the writing thread: a busy disk takes its time for that, too. That the file
    /// cannot be created is told as if writing to it had failed.
    ///
    /// # Errors
    /// The writing thread cannot be started.
    fn create_beside(
        path: &Path,
        format: Format,
        snapshot: &Snapshot,
        options: &WriterOptions,
    ) -> Result<Self, Error> {
        let (path, name) = (path.to_path_buf(), path.display().to_string());
        let inputs = options.inputs.clone();
        let open = move || private::create(&path, &inputs).map(Target::File);
        Self::new(open, name, format, snapshot, options)
    }

    /// Writes a capture to a pipe, standard output, or memory.
    ///
    /// # Errors
    /// The writing thread cannot be started.
    pub fn to_writer(
        writer: Box<dyn Write + Send>,
        format: Format,
        snapshot: &Snapshot,
        options: &WriterOptions,
    ) -> Result<Self, Error> {
        Self::new(|| Ok(Target::Stream(writer)), "the capture".into(), format, snapshot, options)
    }

    /// `open` is called first on the writing thread.
    fn new(
        open: impl FnOnce() -> Result<Target, Error> + Send + 'static,
        name: String,
        format: Format,
        snapshot: &Snapshot,
        options: &WriterOptions,
    ) -> Result<Self, Error> {
        let progress = Arc::new(Progress::default());
        let encoder = Encoder::new(format, options.level)?;
        let told = Arc::clone(&progress);
        let begin = options.begin;
        let batch = options.batch.unwrap_or(BATCH);
        let (queue, jobs) = sync_channel((options.backlog() / batch.max(1)).max(1));
        let (used, written) = channel();
        let thread = std::thread::Builder::new()
            .name("cscope-write".into())
            .spawn(move || {
                let target = open()?;
                begin.map_or(Ok(()), |begin| begin()).map_err(|e| Error::io("cannot begin to write", e))?;
                Worker::new(target, name, encoder, told).run(&jobs, &used)
            })
            .map_err(|e| Error::io("cannot start the writing thread", e))?;
        let mut writer = Self {
            queue: Some(queue),
            written,
            spare: Vec::new(),
            thread: Some(thread),
            progress,
            format,
            old_readers: options.old_readers.unwrap_or(format != Format::ScapZst),
            batch: Batch::new(batch, format == Format::ScapZst),
            handed: 0,
            events: 0,
            last_batch: Instant::now(),
        };
        writer.section(snapshot)?;
        Ok(writer)
    }

    /// Begins a section: the events that follow start from this state of the machine. The first section begins
    /// by itself.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn section(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        self.hand_over()?;
        let mut blocks = Vec::new();
        blocks::section(snapshot, self.old_readers, &mut blocks);
        if u32::try_from(blocks.len()).is_err() {
            return Err(Error::new(ErrorKind::Unsupported, "the state of this machine exceeds 4 GiB"));
        }
        self.batch.begin_section();
        self.handed += blocks.len() as u64;
        self.send(Job::Section(blocks))
    }

    /// Writes an event as it is.
    ///
    /// # Errors
    /// An earlier write failed (disk full, broken pipe); the event is larger than 1 GiB.
    #[inline]
    pub fn write(&mut self, event: &Event<'_>) -> Result<(), Error> {
        self.batch.add(event)?;
        self.kept()
    }

    /// Where the next events go, to put some there directly. To be told when that is done: [`kept`](Self::kept).
    #[inline]
    pub fn batch(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// Takes note that there may be more in the [batch](Self::batch), and hands it over when it is due.
    ///
    /// # Errors
    /// An earlier write failed (disk full, broken pipe).
    #[inline]
    pub fn kept(&mut self) -> Result<(), Error> {
        if self.batch.is_full() {
            self.hand_over()
        } else if self.batch.span() > BATCH_AGE.as_nanos() as u64 {
            // The clock is looked at only where event time says that it may be due.
            self.flush_due(Instant::now())
        } else {
            Ok(())
        }
    }

    /// Hands over what is there when a second has passed since the last time, unless what was handed over then still
    /// waits: the batch grows until it is full. To be called now and then while no events come.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn flush_due(&mut self, now: Instant) -> Result<(), Error> {
        if self.batch.events() == 0
            || now.saturating_duration_since(self.last_batch) < BATCH_AGE
            || self.handed > self.progress.load().0
        {
            return Ok(());
        }
        self.hand_over()?;
        self.send(Job::Flush(None))
    }

    /// Waits until everything written so far can be read from the file.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn flush(&mut self) -> Result<(), Error> {
        self.hand_over()?;
        let (answer, done) = sync_channel(1);
        self.send(Job::Flush(Some(answer)))?;
        if done.recv().is_err() { self.failed() } else { Ok(()) }
    }

    /// Completes the file and gives its size.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(mut self) -> Result<u64, Error> {
        self.complete()
    }

    /// Completes the file; nothing can be written to it any more.
    fn complete(&mut self) -> Result<u64, Error> {
        self.hand_over()?;
        if self.thread.is_none() {
            self.failed()?;
        }
        self.join()?;
        Ok(self.progress.written.load(Ordering::Relaxed))
    }

    /// Events written so far.
    pub fn events(&self) -> u64 {
        self.events + self.batch.events()
    }

    /// Size of the file if it were completed now: what is in it, and an estimate of what is still to be
    /// compressed. Exact for uncompressed files.
    pub fn size(&self) -> u64 {
        let given = self.handed + self.batch.size() as u64;
        if self.format == Format::Scap {
            return given;
        }
        let (taken, written) = self.progress.load();
        let waiting = given.saturating_sub(taken);
        let expected = waiting.saturating_mul(written).checked_div(taken).unwrap_or(waiting / 5);
        written + expected
    }

    /// What waits to be written, the current batch included.
    fn backlog(&self) -> Backlog {
        Backlog { handed: self.handed + self.batch.size() as u64, progress: Arc::clone(&self.progress) }
    }

    /// Gives the current batch to the writing thread.
    fn hand_over(&mut self) -> Result<(), Error> {
        self.last_batch = Instant::now();
        if self.batch.events() == 0 {
            return Ok(());
        }
        self.handed += self.batch.size() as u64;
        self.events += self.batch.events();
        // Many come back when the disk was busy; that memory is given back.
        self.spare.extend(self.written.try_iter());
        self.spare.truncate(SPARE);
        let filled = self.batch.take(self.spare.pop().unwrap_or_default());
        self.send(Job::Events(filled))
    }

    fn send(&mut self, job: Job) -> Result<(), Error> {
        match &self.queue {
            Some(queue) if queue.send(job).is_ok() => Ok(()),
            _ => self.failed(),
        }
    }

    /// The writing thread has ended early: tells why.
    #[cold]
    fn failed(&mut self) -> Result<(), Error> {
        self.join()?;
        Err(Error::new(ErrorKind::Io, "cannot write the capture: an earlier write failed"))
    }

    /// Lets the writing thread complete the file and waits for it.
    fn join(&mut self) -> Result<(), Error> {
        self.queue = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Error::new(ErrorKind::Io, "the writing thread panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        // `finish` is where errors are reported; here nobody could be told.
        if self.hand_over().is_ok() {
            drop(self.join());
        }
    }
}

impl std::fmt::Debug for FileWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileWriter").field("events", &self.events()).finish_non_exhaustive()
    }
}
