//! A capture in several files: when the next one begins, what it is called, which ones are kept.
//!
//! The next file begins with the state of the machine at the border, so each file can be read alone and together they
//! hold every event once. The file before is completed beside that: a disk that is busy holds up nobody.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, Local};

use super::closing::Closer;
use super::{Batch, FileWriter, Format, WriterOptions};
use crate::{Error, ErrorKind, Event, Snapshot};

/// When a capture goes on in another file. No rule: never, and the file has the name that was given.
#[derive(Debug, Clone, Default)]
pub struct RotateRules {
    /// Size in the file system at which a file is full, in bytes (estimated while data waits for compression).
    pub bytes: Option<u64>,
    /// Seconds that a file covers, by the clock the caller passes.
    pub seconds: Option<u64>,
    /// Events that a file holds.
    pub events: Option<u64>,
    /// Files that are kept; the oldest makes room for the newest.
    pub keep: Option<u32>,
}

impl RotateRules {
    /// True when there is never more than one file.
    pub fn is_single(&self) -> bool {
        self.bytes.is_none() && self.seconds.is_none() && self.events.is_none()
    }
}

/// Writes a capture to one file after the other.
///
/// Names are the name given plus a number from 0; when the number of files is limited, the numbers are padded
/// with zeros to one length and begin again. With a time rule, a name may instead hold `strftime` items, which
/// are filled with the local time of the file's start.
///
/// For each event, in this order: [`due`](Self::due), when true [`rotate`](Self::rotate) with the state before
/// the event, and [`write`](Self::write).
#[derive(Debug)]
pub struct RotatingWriter {
    base: PathBuf,
    format: Format,
    options: WriterOptions,
    rules: RotateRules,
    writer: FileWriter,
    /// Number of the current file, from 0.
    index: u64,
    /// Time the current file began at.
    started: u64,
    /// What the time pattern made of it, before a number was added.
    stamp: Option<PathBuf>,
    /// Files made from a time pattern that exist, oldest first, and the current one last.
    paths: VecDeque<PathBuf>,
    /// The files before the current one, while they are completed; from the second file on.
    closer: Option<Closer>,
    /// Events of the files before the current one.
    events: u64,
}

impl RotatingWriter {
    /// Creates the first file. `ts` is the time it begins at, ns since the epoch: of the first event, or now
    /// for live captures.
    ///
    /// # Errors
    /// The file cannot be created; the name holds an unknown time item.
    pub fn create(
        base: impl AsRef<Path>,
        format: Format,
        snapshot: &Snapshot,
        options: &WriterOptions,
        rules: RotateRules,
        ts: u64,
    ) -> Result<Self, Error> {
        let base = base.as_ref().to_path_buf();
        let stamp = stamp(&base, &rules, ts)?;
        let path = name(&base, &rules, 0, stamp.as_deref(), None);
        Ok(Self {
            writer: FileWriter::create(&path, format, snapshot, options)?,
            base,
            format,
            options: options.clone(),
            rules,
            index: 0,
            started: ts,
            stamp,
            paths: VecDeque::from([path]),
            closer: None,
            events: 0,
        })
    }

    /// True when an event at time `ts` belongs into the next file.
    #[inline]
    pub fn due(&self, ts: u64) -> bool {
        let rules = &self.rules;
        !rules.is_single()
            && self.writer.events() > 0
            && (rules.events.is_some_and(|n| self.writer.events() >= n)
                || rules.bytes.is_some_and(|n| self.writer.size() >= n)
                || rules.seconds.is_some_and(|n| ts.saturating_sub(self.started) / 1_000_000_000 >= n.max(1)))
    }

    /// Begins the next file, which starts at `ts` with this state of the machine. It is created, the current one
    /// completed, and the oldest removed beside that; waited for is only when too much is to be written to files before,
    /// and for a file that is to be overwritten.
    ///
    /// # Errors
    /// The name holds an unknown time item; the file before the current one could not be completed, or the oldest then
    /// not be removed. That the next cannot be created, the next [`write`](Self::write) that hands over a batch tells.
    pub fn rotate(&mut self, ts: u64, snapshot: &Snapshot) -> Result<(), Error> {
        self.index += 1;
        let stamp = stamp(&self.base, &self.rules, ts)?;
        let path = name(&self.base, &self.rules, self.index, stamp.as_deref(), self.stamp.as_deref());
        self.events += self.writer.events();
        let again = self.path() == path;
        let closer = match &mut self.closer {
            Some(closer) => closer,
            none => none.insert(Closer::new()?),
        };
        if again {
            closer.add(self.writer.complete()?);
        }
        closer.wait(&path, (self.options.backlog() as u64).saturating_sub(self.writer.backlog().bytes()))?;
        let next = FileWriter::create_beside(&path, self.format, snapshot, &self.options)?;
        let current = std::mem::replace(&mut self.writer, next);
        (self.started, self.stamp) = (ts, stamp);
        let last = self.paths.back().unwrap_or(&self.base).clone();
        // A name made again means that its file was overwritten.
        self.paths.retain(|p| *p != path);
        self.paths.push_back(path);
        let keep = self.rules.keep.map_or(usize::MAX, |n| n.max(1) as usize);
        let oldest = self.paths.drain(..self.paths.len().saturating_sub(keep)).collect();
        if again { Ok(()) } else { closer.close(last, current, oldest) }
    }

    /// Writes an event into the current file.
    ///
    /// # Errors
    /// As [`FileWriter::write`].
    #[inline]
    pub fn write(&mut self, event: &Event<'_>) -> Result<(), Error> {
        self.writer.write(event)
    }

    /// As [`FileWriter::batch`].
    #[inline]
    pub fn batch(&mut self) -> &mut Batch {
        self.writer.batch()
    }

    /// As [`FileWriter::kept`].
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn kept(&mut self) -> Result<(), Error> {
        self.writer.kept()
    }

    /// As [`FileWriter::section`].
    ///
    /// # Errors
    /// As [`FileWriter::write`].
    pub fn section(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        self.writer.section(snapshot)
    }

    /// As [`FileWriter::flush_due`].
    ///
    /// # Errors
    /// As [`FileWriter::write`].
    pub fn flush_due(&mut self, now: Instant) -> Result<(), Error> {
        self.writer.flush_due(now)
    }

    /// As [`FileWriter::flush`].
    ///
    /// # Errors
    /// As [`FileWriter::write`].
    pub fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush()
    }

    /// Path of the current file.
    pub fn path(&self) -> &Path {
        self.paths.back().map_or(&self.base, PathBuf::as_path)
    }

    /// Events written to all files.
    pub fn events(&self) -> u64 {
        self.events + self.writer.events()
    }

    /// Completes the last file and gives the size of all files written, removed ones too.
    ///
    /// # Errors
    /// As [`FileWriter::finish`], of any of the files.
    pub fn finish(mut self) -> Result<u64, Error> {
        let last = self.writer.complete();
        let before = self.closer.as_mut().map_or(Ok(0), Closer::finish)?;
        Ok(before + last?)
    }
}

/// What the time `ts` makes of a name with a pattern; `None` for names without one.
fn stamp(base: &Path, rules: &RotateRules, ts: u64) -> Result<Option<PathBuf>, Error> {
    let Some(pattern) = base.to_str().filter(|base| rules.seconds.is_some() && base.contains('%')) else {
        return Ok(None);
    };
    let time: DateTime<Local> = DateTime::from_timestamp_nanos(i64::try_from(ts).unwrap_or(i64::MAX)).into();
    let mut path = String::new();
    write!(path, "{}", time.format(pattern)).map_err(|_| {
        Error::new(ErrorKind::Unsupported, format!("the file name {pattern} holds an unknown time item"))
    })?;
    Ok(Some(path.into()))
}

/// Name of file number `index`, of which the time pattern has made `stamp`, and `last` of the one before.
fn name(base: &Path, rules: &RotateRules, index: u64, stamp: Option<&Path>, last: Option<&Path>) -> PathBuf {
    if rules.is_single() {
        return base.to_path_buf();
    }
    if let Some(stamp) = stamp {
        let mut path = OsString::from(stamp);
        if last == Some(stamp) {
            // A pattern coarser than the rule, or two rules: nothing written may be overwritten at once.
            path.push(format!(".{index}"));
        }
        return path.into();
    }
    let mut path = OsString::from(base);
    match rules.keep {
        Some(keep) => {
            let keep = u64::from(keep.max(1));
            let width = keep.to_string().len();
            path.push(format!("{:0width$}", index % keep));
        }
        None => path.push(index.to_string()),
    }
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let base = Path::new("t.scap");
        let events = RotateRules { events: Some(5), ..RotateRules::default() };
        let named = |rules: &RotateRules, index| name(base, rules, index, None, None);
        assert_eq!(named(&RotateRules::default(), 0), Path::new("t.scap"));
        assert_eq!(named(&events, 12), Path::new("t.scap12"));
        let ring = RotateRules { keep: Some(10), ..events };
        assert_eq!(named(&ring, 3), Path::new("t.scap03"));
        assert_eq!(named(&ring, 13), Path::new("t.scap03"));
        let timed = RotateRules { seconds: Some(60), ..RotateRules::default() };
        let ts = 1_700_000_000_000_000_000;
        assert_eq!(stamp(base, &timed, ts).expect("no pattern"), None);
        let pattern = Path::new("t-%Y.scap");
        assert_eq!(stamp(pattern, &ring, ts).expect("no time rule"), None);
        let stamp = |pattern: &str| super::stamp(Path::new(pattern), &timed, ts);
        let year = stamp("t-%Y.scap").expect("a name");
        assert_eq!(year.as_deref(), Some(Path::new("t-2023.scap")));
        let year = year.as_deref();
        assert_eq!(name(pattern, &timed, 0, year, None), Path::new("t-2023.scap"));
        assert_eq!(name(pattern, &timed, 1, year, year), Path::new("t-2023.scap.1"));
        assert_eq!(name(pattern, &timed, 2, year, Some(Path::new("t-2022.scap"))), Path::new("t-2023.scap"));
        assert!(stamp("%!").is_err());
    }
}
