//! Files that nothing is added to any more, while they are completed: beside everything else, in order.

use std::collections::VecDeque;
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::{Backlog, FileWriter};
use crate::{Error, ErrorKind};

/// Files that may be there to be completed: each holds a thread, a descriptor and the state of the machine.
const FILES: usize = 32;

/// A file to be completed, and those to be removed then.
type Job = (FileWriter, Vec<PathBuf>);

/// The same, seen from outside.
#[derive(Debug)]
struct Waiting {
    path: PathBuf,
    oldest: Vec<PathBuf>,
    backlog: Backlog,
}

/// Completes files.
#[derive(Debug)]
pub(super) struct Closer {
    jobs: Sender<Job>,
    /// Sizes of files, as they are completed.
    sizes: Receiver<u64>,
    thread: Option<JoinHandle<Result<(), Error>>>,
    /// Those not completed so far, the oldest first.
    waiting: VecDeque<Waiting>,
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
        self.waiting.push_back(Waiting { path, oldest: oldest.clone(), backlog: file.backlog() });
        if self.jobs.send((file, oldest)).is_err() { self.failed() } else { Ok(()) }
    }

    /// Waits until one more file may come: no more than `most` bytes wait for the disk, and `path` is none of those that
    /// are completed, or removed, here.
    ///
    /// # Errors
    /// As [`close`](Self::close).
    pub(super) fn wait(&mut self, path: &Path, most: u64) -> Result<(), Error> {
        while let Ok(size) = self.sizes.try_recv() {
            self.completed(size);
        }
        while self.waiting.len() >= FILES || self.names(path) || self.bytes_waiting() > most {
            self.wait_for_one()?;
        }
        Ok(())
    }

    /// True when something is still to be done with this file.
    fn names(&self, path: &Path) -> bool {
        self.waiting.iter().any(|file| file.path == path || file.oldest.iter().any(|oldest| oldest == path))
    }

    fn bytes_waiting(&self) -> u64 {
        self.waiting.iter().map(|file| file.backlog.bytes()).sum()
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
