//! Standard output (or the file of `-o`) behind one large buffer, with the errors of writing told apart.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::input::identity;

/// Bytes gathered before they are written.
const CAPACITY: usize = 1 << 18;

/// Nanoseconds after which gathered lines are written although events keep coming.
const PATIENCE_NS: u64 = 20_000_000;

/// How standard output is called in messages.
const STDOUT: &str = "standard output";

/// Nobody reads our output any more: the program ends quietly.
#[derive(Debug, thiserror::Error)]
#[error("the reader of the output is gone")]
pub(crate) struct ReaderGone;

/// Where lines go.
#[derive(Debug)]
pub(crate) struct Output {
    /// `None`: everything stays in the buffer.
    file: Option<File>,
    name: String,
    terminal: bool,
    buffer: Vec<u8>,
    unbuffered: bool,
    /// All input is there already: nothing is gained by writing before the buffer is full.
    patient: bool,
    /// Something was written: whoever reads wants it, and is missed when gone.
    read: bool,
    flushed_ts: u64,
}

impl Output {
    /// Standard output.
    pub(crate) fn stdout(unbuffered: bool) -> anyhow::Result<Self> {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let file = File::from(stdout.as_fd().try_clone_to_owned().context("standard output")?);
        Ok(Self::new(file, STDOUT.to_owned(), terminal, unbuffered))
    }

    /// A file, made readable by its owner only. What it holds stays until [`empty`](Self::empty).
    pub(crate) fn file(path: &Path, unbuffered: bool) -> anyhow::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if dir.metadata().is_ok_and(|meta| meta.mode() & 0o002 != 0) {
            // Anybody may have put a link there.
            options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
        }
        let file = options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
        let terminal = file.is_terminal();
        Ok(Self::new(file, path.display().to_string(), terminal, unbuffered))
    }

    fn new(file: File, name: String, terminal: bool, unbuffered: bool) -> Self {
        Self {
            file: Some(file),
            name,
            terminal,
            buffer: Vec::with_capacity(CAPACITY + 4096),
            unbuffered,
            patient: false,
            read: false,
            flushed_ts: 0,
        }
    }

    /// Takes away what a file of our own held before.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn empty(&self) -> anyhow::Result<()> {
        match self.regular() {
            Some(file) => file.set_len(0).with_context(|| format!("cannot empty {}", self.name)),
            None => Ok(()),
        }
    }

    /// Refuses to write over one of the files that are being read.
    ///
    /// # Errors
    /// It is one of them.
    pub(crate) fn spare(&self, inputs: &[(u64, u64)]) -> anyhow::Result<()> {
        let own = self.regular().and_then(|file| identity(&file.metadata().ok()?));
        match own {
            Some(own) if inputs.contains(&own) => bail!("{} is being read: give -o another name", self.name),
            _ => Ok(()),
        }
    }

    /// The file, when it is a regular one that we have opened.
    fn regular(&self) -> Option<&File> {
        let file = self.file.as_ref().filter(|_| self.name != STDOUT)?;
        file.metadata().is_ok_and(|meta| meta.is_file()).then_some(file)
    }

    /// Makes it another user's, when it is a file of its own.
    #[cfg(feature = "live")]
    pub(crate) fn give_to(&self, uid: u32, gid: u32) -> anyhow::Result<()> {
        if let Some(file) = self.regular() {
            std::os::unix::fs::fchown(file, Some(uid), Some(gid))
                .with_context(|| format!("cannot give {} to another user", self.name))?;
        }
        Ok(())
    }

    /// Keeps everything in memory, to be [appended](Self::append) to another output.
    pub(crate) fn memory() -> Self {
        let (file, name, buffer) = (None, String::new(), Vec::new());
        Self {
            file,
            name,
            terminal: false,
            buffer,
            unbuffered: false,
            patient: true,
            read: false,
            flushed_ts: 0,
        }
    }

    /// Writes what `other` gathered behind what was written here.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub(crate) fn append(&mut self, other: &mut Self) -> anyhow::Result<()> {
        self.flush()?;
        std::mem::swap(&mut self.buffer, &mut other.buffer);
        let written = self.flush();
        std::mem::swap(&mut self.buffer, &mut other.buffer);
        written
    }

    /// True when a person watches.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Lines wait until there are many: nobody waits for events that are still to come.
    pub(crate) fn wait_for_many(&mut self) {
        self.patient = true;
    }

    /// The buffer to append to; [`wrote`](Self::wrote) is to be called after each line.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Takes note that a line was appended.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub(crate) fn wrote(&mut self) -> anyhow::Result<()> {
        if self.unbuffered || self.buffer.len() >= CAPACITY {
            return self.flush();
        }
        Ok(())
    }

    /// Appends text and takes note of it.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub(crate) fn text(&mut self, text: impl AsRef<[u8]>) -> anyhow::Result<()> {
        self.buffer.extend_from_slice(text.as_ref());
        self.wrote()
    }

    /// Writes what was gathered when the last writing is long enough ago; `ts` is the time of the stream.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    #[inline]
    pub(crate) fn tick(&mut self, ts: u64) -> anyhow::Result<()> {
        if !self.patient && ts.saturating_sub(self.flushed_ts) >= PATIENCE_NS {
            self.flushed_ts = ts;
            if !self.buffer.is_empty() {
                return self.flush();
            }
            // The next line may be hours away.
            if self.read && self.file.as_ref().is_some_and(is_deserted) {
                return Err(ReaderGone.into());
            }
        }
        Ok(())
    }

    /// Writes everything gathered.
    ///
    /// # Errors
    /// [`ReaderGone`] for a broken pipe; else what the system says, with the name of the output.
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        let Some(file) = self.file.as_mut().filter(|_| !self.buffer.is_empty()) else { return Ok(()) };
        let result = file.write_all(&self.buffer);
        self.read = true;
        self.buffer.clear();
        match result {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == ErrorKind::BrokenPipe => Err(ReaderGone.into()),
            Err(e) => Err(e).with_context(|| format!("cannot write to {}", self.name)),
        }
    }
}

/// True for a pipe or socket that nobody reads from any more.
fn is_deserted(file: &File) -> bool {
    let mut files = [PollFd::new(file, PollFlags::empty())];
    let told = poll(&mut files, Some(&Timespec::default()));
    told.is_ok_and(|n| n > 0) && files.iter().any(|f| f.revents().contains(PollFlags::ERR))
}
