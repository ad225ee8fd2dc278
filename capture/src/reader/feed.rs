//! Brings chunks to the parser: decoded here, or on a thread of its own through a small ring of reused buffers
//! (compressed files, and long plain ones when asked for), so that reading and the work on events overlap.

use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};

use super::decode::{CHUNK, Chunk, Decoder, HEADROOM};
use crate::{Error, ErrorKind};

/// Chunks in flight between the threads.
const RING: usize = 4;
/// Buffers that grew beyond this for a large block are not kept.
const KEEP: usize = HEADROOM + 16 * CHUNK;

/// A source of chunks.
pub(crate) enum Feed {
    /// Decoded on the caller's thread.
    Here(Box<Decoder>, Chunk),
    /// Decoded on another thread.
    Thread { full: Receiver<Result<Chunk, Error>>, spare: Sender<Chunk>, compressed: bool },
    /// The end was reached.
    Over,
}

impl Feed {
    /// Chunks of `decoder`; on another thread when they are compressed.
    pub(crate) fn new(mut decoder: Decoder) -> Result<Self, Error> {
        if !decoder.is_compressed()? {
            return Ok(Self::Here(Box::new(decoder), Chunk::default()));
        }
        Self::on_thread(decoder, true)
    }

    fn on_thread(decoder: Decoder, compressed: bool) -> Result<Self, Error> {
        let (full_in, full) = sync_channel(RING);
        let (spare, spare_out) = channel();
        std::thread::Builder::new()
            .name("cscope-decode".into())
            .spawn(move || decode(decoder, &full_in, &spare_out))
            .map_err(|e| Error::io("cannot start the decoding thread", e))?;
        Ok(Self::Thread { full, spare, compressed })
    }

    /// Uncompressed chunks are read on another thread, too.
    pub(crate) fn read_ahead(&mut self) -> Result<(), Error> {
        *self = match std::mem::replace(self, Self::Over) {
            Self::Here(decoder, _) => Self::on_thread(*decoder, false)?,
            other => other,
        };
        Ok(())
    }

    /// True when what is there may be many times what the file holds.
    pub(crate) fn is_compressed(&self) -> bool {
        matches!(self, Self::Thread { compressed: true, .. })
    }

    /// The next chunk; `None` at the end. After an error the end follows.
    pub(crate) fn next(&mut self) -> Result<Option<Chunk>, Error> {
        let result = match self {
            Self::Here(decoder, spare) => {
                let mut chunk = std::mem::take(spare);
                decoder.fill(&mut chunk).map(|found| found.then_some(chunk))
            }
            Self::Thread { full, .. } => full.recv().ok().transpose(),
            Self::Over => return Ok(None),
        };
        if !matches!(result, Ok(Some(_))) {
            *self = Self::Over;
        }
        result
    }

    /// Gives back a chunk that was parsed.
    pub(crate) fn give_back(&mut self, chunk: Chunk) {
        if chunk.buffer.len() > KEEP {
            return;
        }
        match self {
            Self::Here(_, spare) => *spare = chunk,
            // A thread that has ended needs no buffers.
            Self::Thread { spare, .. } => drop(spare.send(chunk)),
            Self::Over => {}
        }
    }

    /// Goes on behind an uncompressed section with a compressed one that begins with the bytes in `rest`.
    pub(crate) fn turn(&mut self, rest: &[u8]) -> Result<(), Error> {
        match std::mem::replace(self, Self::Over) {
            Self::Here(mut decoder, _) => {
                decoder.turn(rest);
                *self = Self::new(*decoder)?;
                Ok(())
            }
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                "compressed data behind an uncompressed section that itself followed compressed data",
            )),
        }
    }
}

/// The decoding thread: ends with the stream, or when nobody listens any more.
fn decode(mut decoder: Decoder, full: &SyncSender<Result<Chunk, Error>>, spare: &Receiver<Chunk>) {
    loop {
        let mut chunk = match spare.try_recv() {
            Ok(chunk) => chunk,
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => Chunk::default(),
        };
        let sent = match decoder.fill(&mut chunk) {
            Ok(true) => full.send(Ok(chunk)),
            Ok(false) => return,
            Err(e) => {
                // The receiver may be gone; then nobody wants the error.
                drop(full.send(Err(e)));
                return;
            }
        };
        if sent.is_err() {
            return;
        }
    }
}
