//! The error of this crate: what went wrong, and where in the stream.

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused a read or write.
    Io,
    /// The stream is not a capture file.
    NotACapture,
    /// The stream ends in the middle of something.
    Truncated,
    /// A length or a value contradicts the format.
    Corrupt,
    /// The format is known, but this version or byte order of it is not supported.
    Unsupported,
    /// The live probe failed.
    Probe,
}

/// An error with its kind and, for files, the byte offset (in the uncompressed stream) it was found at.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    /// What kind of thing went wrong.
    pub kind: ErrorKind,
    /// Byte offset in the uncompressed stream, when the error belongs to one.
    pub offset: Option<u64>,
    /// Lower-case sentence: the thing that failed, and what to do where that is known.
    pub message: String,
    /// The system error behind it.
    #[source]
    pub source: Option<std::io::Error>,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if let Some(offset) = self.offset {
            write!(f, " (at byte {offset})")?;
        }
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl Error {
    /// An error of `kind` with a message and no offset.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, offset: None, message: message.into(), source: None }
    }

    /// The same error, found at byte `offset` of the uncompressed stream.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// A system error met while doing `what`.
    pub fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self { kind: ErrorKind::Io, offset: None, message: what.into(), source: Some(source) }
    }
}
