//! Brings chunks to the parser: decoded here, or on a thread of its own through a small ring of reused buffers
//! (compressed files, and long plain ones when asked for), so that reading and the work on events overlap.

use std::sync::mpsc::{Receiver, Sender, channel};

use super::decode::{CHUNK, Chunk, Decoder, HEADROOM};
use crate::{Error, ErrorKind};

/// Buffers that go round between the threads.
const RING: usize = 8;
/// Buffers that are given back together: the thread that fills them is mostly the faster one, and waking it for each
/// costs half as much as filling it.
const BATCH: usize = 6;
/// Buffers that grew beyond this for a large block are not kept.
const KEEP: usize = HEADROOM + 16 * CHUNK;

/// A source of chunks.
pub(crate) enum Feed {
    /// Decoded on the caller's thread.
    Here(Box<Decoder>, Chunk),
    /// Decoded on another thread.
    Thread {
        full: Receiver<Result<Chunk, Error>>,
        spare: Sender<Chunk>,
        parsed: Vec<Chunk>,
        compressed: bool,
    },
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
        let (full_in, full) = channel();
        let (spare, spare_out) = channel();
        // They are handed over when the first chunk is asked for.
        let parsed = (0..RING).map(|_| Chunk::default()).collect();
        std::thread::Builder::new()
            .name("cscope-decode".into())
            .spawn(move || decode(decoder, &full_in, &spare_out))
            .map_err(|e| Error::io("cannot start the decoding thread", e))?;
        Ok(Self::Thread { full, spare, parsed, compressed })
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
            Self::Thread { full, spare, parsed, .. } => {
                let ready = full.try_recv().ok();
                if ready.is_none() {
                    // What is waited for needs a buffer.
                    give_all(parsed, spare);
                }
                ready.or_else(|| full.recv().ok()).transpose()
            }
            Self::Over => return Ok(None),
        };
        if !matches!(result, Ok(Some(_))) {
            *self = Self::Over;
        }
        result
    }

    /// Gives back a chunk that was parsed.
    pub(crate) fn give_back(&mut self, chunk: Chunk) {
        let chunk = if chunk.buffer.len() > KEEP { Chunk::default() } else { chunk };
        match self {
            Self::Here(_, spare) => *spare = chunk,
            Self::Thread { spare, parsed, .. } => {
                parsed.push(chunk);
                if parsed.len() >= BATCH {
                    give_all(parsed, spare);
                }
            }
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

/// Gives back chunks; a thread that has ended needs none.
fn give_all(parsed: &mut Vec<Chunk>, spare: &Sender<Chunk>) {
    parsed.drain(..).for_each(|chunk| drop(spare.send(chunk)));
}

/// The decoding thread: ends with the stream, or when nobody listens any more.
fn decode(mut decoder: Decoder, full: &Sender<Result<Chunk, Error>>, spare: &Receiver<Chunk>) {
    while let Ok(mut chunk) = spare.recv() {
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
