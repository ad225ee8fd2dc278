//! Capture files, one after the other, as one source.

use std::fs::Metadata;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use cscope_capture::{
    BlockSource, Blocks, Cursor, Error, ErrorKind, EventSource, FileSource, Snapshot, Stats, Step,
};

use crate::frames::Frames;

/// The files of `-r` in sequence.
pub(crate) struct Files {
    /// Opened files with their names, the current one last.
    files: Vec<(String, FileSource)>,
    /// Read each on a thread of its own.
    ahead: bool,
    /// Take a file that is cut off for complete.
    ignore_truncated: bool,
    /// Counters of the files read to their end.
    done: Stats,
    /// The current file is at its end, the next one is to be opened.
    ended: bool,
    /// Time of the last event.
    ts: u64,
    none: Snapshot,
}

impl Files {
    /// Opens all files, `-` being standard input; with `ahead` long ones are read on a thread of their own.
    ///
    /// # Errors
    /// One of them cannot be read, or is no capture.
    pub(crate) fn open(paths: &[PathBuf], ignore_truncated: bool, ahead: bool) -> Result<Self, Error> {
        let mut files = Vec::with_capacity(paths.len());
        for path in paths.iter().rev() {
            let (name, source) = if path == Path::new("-") {
                let name = "standard input".to_owned();
                (name, FileSource::from_reader(Box::new(std::io::stdin())))
            } else {
                (path.display().to_string(), FileSource::open(path))
            };
            let source = source.map_err(|e| named(&name, e))?;
            files.push((name, source));
        }
        let mut files = Self {
            files,
            ahead,
            ignore_truncated,
            done: Stats::default(),
            ended: false,
            ts: 0,
            none: Snapshot::default(),
        };
        files.read_ahead()?;
        Ok(files)
    }

    /// Begins to read the current file on a thread of its own, where that is wanted and pays.
    fn read_ahead(&mut self) -> Result<(), Error> {
        match self.files.last_mut() {
            Some((name, file)) if self.ahead => file.read_ahead().map_err(|e| named(name, e)),
            _ => Ok(()),
        }
    }

    /// Leaves out frames that make no difference. Gives the number of frames left out, and of all.
    pub(crate) fn choose(&mut self, frames: &Frames) -> (usize, usize) {
        let counts = self.files.iter_mut().map(|(_, file)| frames.choose(file));
        counts.fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1))
    }

    /// Closes the current file, adding up what it counted.
    fn close(&mut self) {
        if let Some((_, file)) = self.files.pop() {
            self.done = sum(self.done, file.stats());
        }
    }
}

/// Device and inode of a regular file: by any of its names it is the same.
pub(crate) fn identity(meta: &Metadata) -> Option<(u64, u64)> {
    meta.is_file().then(|| (meta.dev(), meta.ino()))
}

/// The regular files among the inputs.
pub(crate) fn identities(paths: &[PathBuf]) -> Vec<(u64, u64)> {
    let of = |path: &PathBuf| {
        if path == Path::new("-") {
            let stdin = std::io::stdin().as_fd().try_clone_to_owned().ok()?;
            return identity(&std::fs::File::from(stdin).metadata().ok()?);
        }
        identity(&path.metadata().ok()?)
    };
    paths.iter().filter_map(of).collect()
}

/// The error with the name of the file, unless the message has it.
fn named(name: &str, mut error: Error) -> Error {
    if !error.message.contains(name) {
        error.message = format!("{name}: {}", error.message);
    }
    error
}

fn sum(a: Stats, b: Stats) -> Stats {
    Stats {
        events: a.events + b.events,
        lost_ring: a.lost_ring + b.lost_ring,
        lost_other: a.lost_other + b.lost_other,
        skipped_in_kernel: a.skipped_in_kernel + b.skipped_in_kernel,
        bytes: (a.bytes.0 + b.bytes.0, b.bytes.1.map(|total| total + a.bytes.1.unwrap_or_default())),
    }
}

impl EventSource for Files {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        if self.ended {
            self.ended = false;
            self.close();
            self.read_ahead()?;
        }
        let more = self.files.len() > 1;
        let Some((name, file)) = self.files.last_mut() else { return Ok(Step::End) };
        match file.step() {
            Ok(Step::Event(event)) => {
                self.ts = event.ts;
                Ok(Step::Event(event))
            }
            Ok(Step::LeftOut(left_out)) => {
                self.ts = left_out.time.1;
                Ok(Step::LeftOut(left_out))
            }
            Err(e)
                if self.ignore_truncated && matches!(e.kind, ErrorKind::Truncated | ErrorKind::Corrupt) =>
            {
                self.ended = more;
                Ok(if more { Step::Idle { ts: self.ts } } else { Step::End })
            }
            // The borrow of this file is over only after this call: the next one is asked by the next call.
            Ok(Step::End) if more => {
                self.ended = true;
                Ok(Step::Idle { ts: self.ts })
            }
            Ok(step) => Ok(step),
            Err(e) => Err(named(name, e)),
        }
    }

    fn snapshot(&self) -> &Snapshot {
        self.files.last().map_or(&self.none, |(_, file)| file.snapshot())
    }

    fn blocks(&self) -> Blocks<'_> {
        match self.files.last() {
            Some((_, file)) if !self.ended => file.blocks(),
            _ => Blocks::default(),
        }
    }

    fn pass(&mut self, to: Cursor, events: u64, ts: u64) {
        self.ts = ts;
        if let Some((_, file)) = self.files.last_mut() {
            file.pass(to, events, ts);
        }
    }

    fn cut(&mut self, from: Cursor, part: &mut BlockSource) {
        if let Some((_, file)) = self.files.last_mut() {
            file.cut(from, part);
        }
    }

    fn more(&mut self) -> bool {
        !self.ended && self.files.last_mut().is_some_and(|(_, file)| file.more())
    }

    fn stats(&self) -> Stats {
        self.files.iter().fold(self.done, |total, (_, file)| sum(total, file.stats()))
    }
}
