//! The writing thread: compresses batches of blocks and writes them, in order. Every write to the file is a
//! whole unit (frame with its note, batch of whole blocks), so that what is on disk can be read at any moment.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender};

use flate2::Compression;
use flate2::write::GzEncoder;
use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

use super::Format;
use super::batch::Filled;
use crate::Error;
use crate::compress::{Note, SeekTable};
use crate::encode::Whole;

/// Level of gzip, and of zstd, unless told otherwise: what costs less time than capturing does.
const GZ_LEVEL: i32 = 3;
const ZST_LEVEL: i32 = 1;

/// What the writing thread is asked to do. It finishes the file when nobody can ask any more.
pub(crate) enum Job {
    /// Section header and metadata.
    Section(Vec<u8>),
    /// Events.
    Events(Filled),
    /// Everything handed over so far is to be readable in the file; answered when it is.
    Flush(Option<SyncSender<()>>),
}

/// Where the bytes go.
pub(crate) enum Target {
    /// A file, emptied before anything is written.
    File(File),
    /// A pipe, or anything else that can only be appended to.
    Stream(Box<dyn Write + Send>),
}

impl Target {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::File(file) => file,
            Self::Stream(stream) => stream,
        }
    }
}

/// What the writing thread has done, seen from outside.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Bytes of blocks that were compressed and written.
    taken: AtomicU64,
    /// Bytes in the file.
    pub(crate) written: AtomicU64,
}

impl Progress {
    /// Bytes of blocks, and the bytes they became.
    pub(crate) fn load(&self) -> (u64, u64) {
        (self.taken.load(Ordering::Relaxed), self.written.load(Ordering::Relaxed))
    }
}

/// State of the writing thread.
pub(crate) struct Worker {
    target: Target,
    /// Name of the target, for messages.
    name: String,
    encoder: Encoder,
    progress: Arc<Progress>,
}

/// How the bytes are compressed.
pub(crate) enum Encoder {
    Plain,
    Gz(GzEncoder<Vec<u8>>),
    Zst { compressor: Compressor<'static>, table: SeekTable, unit: Vec<u8>, frame: Vec<u8> },
}

impl Encoder {
    /// One that compresses at this level, or at one that costs little time.
    pub(crate) fn new(format: Format, level: Option<i32>) -> Result<Self, Error> {
        Ok(match format {
            Format::Scap => Self::Plain,
            Format::ScapGz => {
                let level = level.unwrap_or(GZ_LEVEL).clamp(0, 9).cast_unsigned();
                Self::Gz(GzEncoder::new(Vec::new(), Compression::new(level)))
            }
            Format::ScapZst => {
                let failed = |e| Error::io("cannot set up zstd compression", e);
                let mut compressor = Compressor::new(level.unwrap_or(ZST_LEVEL)).map_err(failed)?;
                compressor.set_parameter(CParameter::ChecksumFlag(true)).map_err(failed)?;
                if level.is_none() {
                    // Events repeat each other in pieces of a few bytes. A small table that stays in the cache of the
                    // processor, literals as they are, and fewer places to begin a piece at take much less time than
                    // the level alone; files become at most some percent larger.
                    compressor.set_parameter(CParameter::HashLog(13)).map_err(failed)?;
                    compressor.set_parameter(CParameter::MinMatch(6)).map_err(failed)?;
                    compressor.set_parameter(CParameter::TargetLength(2)).map_err(failed)?;
                }
                Self::Zst { compressor, table: SeekTable::default(), unit: Vec::new(), frame: Vec::new() }
            }
        })
    }
}

impl Worker {
    /// A worker that tells what it has done in `progress`.
    pub(crate) fn new(target: Target, name: String, encoder: Encoder, progress: Arc<Progress>) -> Self {
        Self { target, name, encoder, progress }
    }

    /// Works until the queue is closed, then completes the file.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>, spare: &Sender<Whole>) -> Result<(), Error> {
        let result = self.work(jobs, spare);
        result.map_err(|e| Error::io(format!("cannot write {}", self.name), e))
    }

    fn work(&mut self, jobs: &Receiver<Job>, spare: &Sender<Whole>) -> io::Result<()> {
        if let Target::File(file) = &self.target
            && file.metadata()?.is_file()
        {
            file.set_len(0)?;
        }
        for job in jobs {
            match job {
                Job::Section(blocks) => self.unit(&blocks, None)?,
                Job::Events(Filled { blocks, note, latencies }) => {
                    self.unit(blocks.bytes(), Some((note, &latencies)))?;
                    // The other side may have finished already and need no buffers.
                    drop(spare.send(blocks));
                }
                Job::Flush(answer) => {
                    if let Encoder::Gz(gz) = &mut self.encoder {
                        gz.flush()?;
                        let made = std::mem::take(gz.get_mut());
                        self.put(&made)?;
                    }
                    self.target.writer().flush()?;
                    if let Some(answer) = answer {
                        // Whoever asked may have given up waiting.
                        let _ = answer.send(());
                    }
                }
            }
        }
        self.complete()
    }

    /// Compresses and writes whole blocks.
    fn unit(&mut self, blocks: &[u8], note: Option<(Note, &[u8])>) -> io::Result<()> {
        match &mut self.encoder {
            Encoder::Plain => self.put(blocks)?,
            Encoder::Gz(gz) => {
                gz.write_all(blocks)?;
                let made = std::mem::take(gz.get_mut());
                self.put(&made)?;
            }
            Encoder::Zst { compressor, table, unit, frame } => {
                frame.clear();
                frame.reserve(zstd::zstd_safe::compress_bound(blocks.len()));
                compressor.compress_to_buffer(blocks, frame)?;
                unit.clear();
                if let Some((mut note, latencies)) = note {
                    note.size = blocks.len() as u32;
                    note.compressed = frame.len() as u32;
                    note.encode(latencies, unit);
                    table.push(unit.len(), 0);
                }
                table.push(frame.len(), blocks.len());
                unit.extend_from_slice(frame);
                let unit = std::mem::take(unit);
                self.put(&unit)?;
                if let Encoder::Zst { unit: empty, .. } = &mut self.encoder {
                    *empty = unit;
                }
            }
        }
        self.progress.taken.fetch_add(blocks.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Writes bytes that belong together. When the disk is full, what was written of them is taken away again
    /// where that is possible: the file stays readable without an error.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let result = self.target.writer().write_all(bytes);
        match (&result, &self.target, &self.encoder) {
            (Ok(()), ..) => {
                self.progress.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
            (Err(_), Target::File(file), Encoder::Plain | Encoder::Zst { .. }) => {
                // Reported is the failed write; without the cut the reader sees an incomplete last unit.
                drop(file.set_len(self.progress.written.load(Ordering::Relaxed)));
            }
            _ => {}
        }
        result
    }

    /// Writes what belongs at the end of the file.
    fn complete(&mut self) -> io::Result<()> {
        let end = match &mut self.encoder {
            Encoder::Plain => Vec::new(),
            Encoder::Gz(gz) => {
                gz.try_finish()?;
                std::mem::take(gz.get_mut())
            }
            Encoder::Zst { table, .. } => {
                let mut end = Vec::new();
                table.encode(&mut end);
                end
            }
        };
        self.put(&end)?;
        self.target.writer().flush()
    }
}
