//! Files that nothing is added to any more, while they are completed: beside everything else, in order.

use std::collections::VecDeque;
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::{Backlog, FileWriter};
use crate::{Error, ErrorKind};

/// A file to be completed, and those to be removed then.
type Job = (FileWriter, Vec<PathBuf>);

/// Completes files.
#[derive(Debug)]
pub(super) struct Closer {
    jobs: Sender<Job>,
    /// Sizes of files, as they are completed.
    sizes: Receiver<u64>,
    thread: Option<JoinHandle<Result<(), Error>>>,
    /// Those not completed so far, the oldest first, with what they wait for.
    waiting: VecDeque<(PathBuf, Backlog)>,
    /// Bytes of the files completed.
    bytes: u64,
}

impl Closer {
    /// Starts the thread that completes files.
    pub(super) fn new() -> Result<Self, Error> {
        let (jobs, files) = channel::<Job>();
        let (done, sizes) = channel();
        let work = move || {
            for (file, oldest) in files {
                let size = file.finish()?;
                for path in oldest {
                    std::fs::remove_file(&path)
                        .or_else(|e| if e.kind() == NotFound { Ok(()) } else { Err(e) })
                        .map_err(|e| Error::io(format!("cannot remove {}", path.display()), e))?;
                }
                // Whoever has no more questions has ended with an error of its own.
                let _ = done.send(size);
            }
            Ok(())
        };
        let thread = std::thread::Builder::new()
            .name("cscope-close".into())
            .spawn(work)
            .map_err(|e| Error::io("cannot start the thread that completes files", e))?;
        Ok(Self { jobs, sizes, thread: Some(thread), waiting: VecDeque::new(), bytes: 0 })
    }

    /// Completes a file, then removes the oldest ones.
    ///
    /// # Errors
    /// One handed over earlier could not be completed, or others not be removed.
    pub(super) fn close(
        &mut self,
        path: PathBuf,
        file: FileWriter,
        oldest: Vec<PathBuf>,
    ) -> Result<(), Error> {
        self.waiting.push_back((path, file.backlog()));
        if self.jobs.send((file, oldest)).is_err() { self.failed() } else { Ok(()) }
    }

    /// Waits until no more than `most` bytes wait for the disk, and `path` is none of the files.
    ///
    /// # Errors
    /// As [`close`](Self::close).
    pub(super) fn wait(&mut self, path: &Path, most: u64) -> Result<(), Error> {
        while let Ok(size) = self.sizes.try_recv() {
            self.completed(size);
        }
        while self.waiting.iter().any(|(name, _)| name == path)
            || self.waiting.iter().map(|(_, backlog)| backlog.bytes()).sum::<u64>() > most
        {
            self.wait_for_one()?;
        }
        Ok(())
    }

    /// Waits for all of them, and gives the bytes of all that were ever completed.
    ///
    /// # Errors
    /// As [`close`](Self::close).
    pub(super) fn finish(&mut self) -> Result<u64, Error> {
        while !self.waiting.is_empty() {
            self.wait_for_one()?;
        }
        if self.thread.is_none() {
            self.failed()?;
        }
        Ok(self.bytes)
    }

    /// A file of this size was completed elsewhere.
    pub(super) fn add(&mut self, size: u64) {
        self.bytes += size;
    }

    fn wait_for_one(&mut self) -> Result<(), Error> {
        match self.sizes.recv() {
            Ok(size) => self.completed(size),
            Err(_) => self.failed()?,
        }
        Ok(())
    }

    fn completed(&mut self, size: u64) {
        self.waiting.pop_front();
        self.add(size);
    }

    /// The thread has ended early: tells why.
    #[cold]
    fn failed(&mut self) -> Result<(), Error> {
        self.waiting.clear();
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Error::new(ErrorKind::Io, "completing a file panicked")),
            None => Err(Error::new(ErrorKind::Io, "cannot complete a file: an earlier one failed")),
        }
    }
}

impl Drop for Closer {
    fn drop(&mut self) {
        // As with one file: errors are reported by `finish`, here nobody could be told.
        drop(self.finish());
    }
}
