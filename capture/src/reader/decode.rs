//! From the bytes of a file to the bytes of the stream in it: plain, gzip and zstd, recognised by content, and
//! any sequence of them (files joined with `cat`).
//!
//! Native zstd frames (those announced by a note) are decoded whole or not at all: damage in one loses that
//! one. Everything else is decoded as far as it goes. Memory never exceeds what is there by more than a chunk.

use std::io::{self, BufRead, Read};

use zstd::bulk::Decompressor;
use zstd::stream::raw::{DParameter, InBuffer, Operation, OutBuffer};

use super::block;
use super::gzip::{self, Fault, Outcome};
use super::input::Input;
use super::stepped::Unwanted;
use crate::compress::{
    FRAME_LIMIT, NOTE_LIMIT, NOTE_MAGIC, NOTE_TAG, Note, SKIPPABLE_HEADER, WINDOW_LOG, ZSTD_MAGIC,
    is_skippable,
};
use crate::{Error, ErrorKind};

/// Free bytes in front of a chunk's data: what is left of the chunk before is put there, so that a block on
/// the border needs no other buffer. An event that is not large always fits. The allocator puts large buffers 16 bytes
/// behind the start of a page, and to such an offset the kernel copies more slowly than to the start itself.
pub(crate) const HEADROOM: usize = (72 << 10) - 16;
/// Bytes a chunk holds, where its decoder chooses.
pub(crate) const CHUNK: usize = 256 << 10;
/// Bytes given at once to the decoder of a zstd stream.
const STREAM_STEP: usize = 4 << 10;
/// Compressed data may grow by this factor before a single frame or block is refused.
pub(crate) const RATIO_LIMIT: u64 = 1000;
/// Size up to which nothing is refused for its ratio.
pub(crate) const RATIO_FREE: u64 = 16 << 20;

/// Some decoded bytes and what is known of them.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The bytes, from [`HEADROOM`] to `end`.
    pub(crate) buffer: Vec<u8>,
    /// End of the data in `buffer`.
    pub(crate) end: usize,
    /// Offset in the file behind the bytes this was made of.
    pub(crate) consumed: u64,
    /// The note of the frame, when the chunk is one native frame.
    pub(crate) note: Option<Note>,
    /// Encoded latencies of the frame's events.
    pub(crate) latencies: Vec<u8>,
    /// In place of data: the frame of the note was not wanted.
    pub(crate) left_out: bool,
    /// In place of data: something before this chunk was damaged, the next begins with a whole block.
    pub(crate) damage: Option<Error>,
}

impl Chunk {
    /// Makes room for `n` bytes of data and gives it.
    fn room(&mut self, n: usize) -> &mut [u8] {
        if self.buffer.len() < HEADROOM + n {
            self.buffer.resize(HEADROOM + n, 0);
        }
        self.buffer.get_mut(HEADROOM..HEADROOM + n).unwrap_or_default()
    }
}

/// Where the decoder stands.
enum State {
    /// In front of a member: anything may come.
    Between(Input),
    /// In an uncompressed part, which ends with the file.
    Plain(Input),
    /// In a gzip member.
    Gz(Input, gzip::Member),
    /// In a zstd frame that is decoded as a stream.
    Zst(Input, zstd::stream::raw::Decoder<'static>),
    /// Behind what was decoded in front of damage.
    Damaged(Input, Error),
    /// Behind the end or an error.
    Over,
}

/// Turns the bytes of a file into chunks.
pub(crate) struct Decoder {
    state: State,
    /// Nothing was recognised yet.
    fresh: bool,
    /// Note in front of the next frame, and its latencies; none when the frame is not wanted.
    note: Option<(Note, Option<Vec<u8>>)>,
    whole: Option<Decompressor<'static>>,
    compressed: Vec<u8>,
    unwanted: Unwanted,
}

impl Decoder {
    /// A decoder in front of the first byte of `input`.
    pub(crate) fn new(input: Input, unwanted: Unwanted) -> Self {
        let state = State::Between(input);
        Self { state, fresh: true, note: None, whole: None, compressed: Vec::new(), unwanted }
    }

    /// A decoder in front of a member in the middle of a file.
    pub(crate) fn resume(input: Input, unwanted: Unwanted) -> Self {
        Self { fresh: false, ..Self::new(input, unwanted) }
    }

    /// True when the next bytes are compressed.
    pub(crate) fn is_compressed(&mut self) -> Result<bool, Error> {
        let State::Between(input) = &mut self.state else { return Ok(false) };
        let magic = input.peek(4).map_err(read_error)?;
        Ok(matches!(Member::of(magic), Member::Gz | Member::Zst | Member::Skippable))
    }

    /// Leaves the uncompressed part: `rest` is the unparsed end of what was delivered, and a member begins
    /// there.
    pub(crate) fn turn(&mut self, rest: &[u8]) {
        self.state = match std::mem::replace(&mut self.state, State::Over) {
            State::Plain(mut input) => {
                input.unread(rest);
                State::Between(input)
            }
            other => other,
        };
    }

    /// Fills `chunk` with what comes next; false at the end. After an error the end follows.
    pub(crate) fn fill(&mut self, chunk: &mut Chunk) -> Result<bool, Error> {
        chunk.end = HEADROOM;
        chunk.note = None;
        chunk.damage = None;
        chunk.left_out = false;
        chunk.latencies.clear();
        loop {
            let (state, found) = match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Ok(false),
                State::Between(input) => self.between(input, chunk)?,
                State::Plain(mut input) => {
                    let n = input.read(chunk.room(CHUNK)).map_err(read_error)?;
                    chunk.end = HEADROOM + n;
                    chunk.consumed = input.consumed();
                    if n == 0 {
                        return Ok(false);
                    }
                    (State::Plain(input), true)
                }
                State::Gz(input, member) => gz(input, member, chunk)?,
                State::Zst(input, decoder) => stream(input, decoder, chunk)?,
                State::Damaged(input, error) => resync(input, error, chunk)?,
            };
            self.state = state;
            if found {
                return Ok(true);
            }
        }
    }

    /// In front of a member: finds out what it is.
    fn between(&mut self, mut input: Input, chunk: &mut Chunk) -> Result<(State, bool), Error> {
        if let Some((note, latencies)) = self.note.take()
            && u64::from(note.size) <= RATIO_FREE.max(u64::from(note.compressed) * RATIO_LIMIT)
            && note.size <= FRAME_LIMIT
        {
            return self.frame(input, note, latencies, chunk);
        }
        let head = input.peek(8).map_err(read_error)?;
        let member = Member::of(head);
        let fresh = std::mem::replace(&mut self.fresh, false);
        match member {
            Member::Gz => {
                let member = gzip::Member::start(&mut input).map_err(gzip_error)?;
                Ok((State::Gz(input, member), false))
            }
            Member::Zst => {
                let mut decoder = zstd::stream::raw::Decoder::new().map_err(|e| broken("zstd", e))?;
                let limit = DParameter::WindowLogMax(WINDOW_LOG);
                decoder.set_parameter(limit).map_err(|e| broken("zstd", e))?;
                Ok((State::Zst(input, decoder), false))
            }
            Member::Skippable => {
                self.fresh = fresh;
                self.skippable(input, chunk)
            }
            Member::Plain => Ok((State::Plain(input), false)),
            Member::Nothing if fresh => Err(Error::new(ErrorKind::NotACapture, "the file is empty")),
            Member::Nothing => {
                chunk.consumed = input.consumed();
                Ok((State::Over, false))
            }
            Member::Unknown if fresh => Err(not_a_capture(head)),
            Member::Unknown if head.len() < 4 => Err(cut_off()),
            Member::Unknown => {
                let error = Error::new(
                    ErrorKind::Corrupt,
                    "what follows the compressed data is neither compressed nor a capture",
                );
                resync(input, error, chunk)
            }
        }
    }

    /// A skippable frame: a note to keep, or anything else to pass over.
    fn skippable(&mut self, mut input: Input, chunk: &mut Chunk) -> Result<(State, bool), Error> {
        let unwanted = self.unwanted.has(input.consumed());
        let head = input.peek(SKIPPABLE_HEADER).map_err(read_error)?;
        let Ok((_, (magic, length))) = block::header(head) else { return Err(cut_off()) };
        input.consume(SKIPPABLE_HEADER);
        if magic != NOTE_MAGIC {
            let whole = input.skip(u64::from(length)).map_err(read_error)?;
            return if whole { Ok((State::Between(input), false)) } else { Err(cut_off()) };
        }
        if length as usize > NOTE_LIMIT {
            return resync(input, damaged("note in front of a zstd frame"), chunk);
        }
        let mut payload = Vec::new();
        let n = input.take_into(length as usize, &mut payload).map_err(read_error)?;
        let foreign = match Note::parse(&payload) {
            Ok((latencies, note)) => {
                self.note = Some((note, (!unwanted).then(|| latencies.to_vec())));
                return Ok((State::Between(input), false));
            }
            Err(e) => matches!(e, nom::Err::Error(_)),
        };
        if input.peek(4).map_err(read_error)?.starts_with(&ZSTD_MAGIC.to_le_bytes()) {
            // The events are there, only what the note says of them is not.
            if !foreign {
                chunk.damage = Some(damaged("note in front of a zstd frame"));
            }
            return Ok((State::Between(input), !foreign));
        }
        let error = if n < length as usize { cut_off() } else { damaged("note in front of a zstd frame") };
        input.unread(&payload);
        resync(input, error, chunk)
    }

    /// A frame whose note is known: decoded whole, or reported as damaged.
    fn frame(
        &mut self,
        mut input: Input,
        note: Note,
        latencies: Option<Vec<u8>>,
        chunk: &mut Chunk,
    ) -> Result<(State, bool), Error> {
        let Some(latencies) = latencies else {
            if !input.skip(u64::from(note.compressed)).map_err(read_error)? {
                return Err(cut_off());
            }
            chunk.left_out = true;
            chunk.note = Some(note);
            chunk.consumed = input.consumed();
            return Ok((State::Between(input), true));
        };
        let mut compressed = std::mem::take(&mut self.compressed);
        compressed.clear();
        let n = input.take_into(note.compressed as usize, &mut compressed).map_err(read_error)?;
        if n < note.compressed as usize {
            return Err(cut_off());
        }
        let decompressor = match &mut self.whole {
            Some(decompressor) => decompressor,
            none => none.insert(Decompressor::new().map_err(|e| broken("zstd", e))?),
        };
        let size = note.size as usize;
        match decompressor.decompress_to_buffer(&compressed, chunk.room(size)) {
            Ok(n) if n == size => chunk.end = HEADROOM + n,
            _ => chunk.damage = Some(damaged("zstd frame")),
        }
        self.compressed = compressed;
        chunk.note = Some(note);
        chunk.latencies = latencies;
        chunk.consumed = input.consumed();
        Ok((State::Between(input), true))
    }
}

/// The next part of a gzip member.
fn gz(mut input: Input, mut member: gzip::Member, chunk: &mut Chunk) -> Result<(State, bool), Error> {
    let (made, outcome) = member.decode(&mut input, chunk.room(CHUNK));
    chunk.end = HEADROOM + made;
    chunk.consumed = input.consumed();
    let state = match outcome {
        Outcome::More => State::Gz(input, member),
        Outcome::Done => State::Between(input),
        Outcome::Failed(fault) => State::Damaged(input, gzip_error(fault)),
    };
    Ok((state, made > 0))
}

/// The next part of a frame that is decoded as a stream. The decoder gets little at a time, because what it
/// makes of it is lost when there is damage.
fn stream(
    mut input: Input,
    mut decoder: zstd::stream::raw::Decoder<'static>,
    chunk: &mut Chunk,
) -> Result<(State, bool), Error> {
    let mut made = 0;
    let state = loop {
        let compressed = input.fill_buf().map_err(read_error)?;
        let at_end = compressed.is_empty();
        let mut from = InBuffer::around(compressed.get(..STREAM_STEP).unwrap_or(compressed));
        let room = chunk.room(CHUNK).get_mut(made..).unwrap_or_default();
        let mut to = OutBuffer::around(room);
        let result = decoder.run(&mut from, &mut to);
        let (taken, step) = (from.pos(), to.pos());
        let left = match result {
            Ok(left) => left,
            Err(e) => break State::Damaged(input, broken("zstd", e)),
        };
        input.consume(taken);
        made += step;
        if left == 0 {
            break State::Between(input);
        }
        if at_end && step == 0 {
            break State::Damaged(input, cut_off());
        }
        if made == CHUNK || input.buffered().is_empty() && made > 0 {
            break State::Zst(input, decoder);
        }
    };
    chunk.end = HEADROOM + made;
    chunk.consumed = match &state {
        State::Between(input) | State::Zst(input, _) | State::Damaged(input, _) => input.consumed(),
        _ => chunk.consumed,
    };
    Ok((state, made > 0))
}

/// Looks for the next undamaged note behind damage. Found: the chunk reports the damage and decoding goes on
/// there. Not found: the damage is the end.
fn resync(mut input: Input, error: Error, chunk: &mut Chunk) -> Result<(State, bool), Error> {
    let magic = NOTE_MAGIC.to_le_bytes();
    loop {
        let Some(at) = memchr::memmem::find(input.buffered(), &magic) else {
            let keep = input.buffered().len().min(magic.len() - 1);
            input.consume(input.buffered().len() - keep);
            if input.more().map_err(read_error)? {
                continue;
            }
            return Err(error);
        };
        input.consume(at);
        let head = input.peek(SKIPPABLE_HEADER + NOTE_TAG.len()).map_err(read_error)?;
        if let Ok((tag, (_, length))) = block::header(head)
            && tag.starts_with(NOTE_TAG)
            && length as usize <= NOTE_LIMIT
        {
            let end = SKIPPABLE_HEADER + length as usize;
            let note = input.peek(end).map_err(read_error)?.get(SKIPPABLE_HEADER..end);
            if note.is_some_and(|payload| Note::parse(payload).is_ok()) {
                chunk.damage = Some(error);
                chunk.consumed = input.consumed();
                return Ok((State::Between(input), true));
            }
        }
        input.consume(magic.len());
    }
}

/// What the bytes at the start of a member say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    /// No byte is there.
    Nothing,
    /// An uncompressed section.
    Plain,
    /// A gzip member.
    Gz,
    /// A zstd frame.
    Zst,
    /// A zstd skippable frame.
    Skippable,
    /// Anything else.
    Unknown,
}

impl Member {
    /// Looks at the first bytes; four are enough.
    pub(crate) fn of(head: &[u8]) -> Self {
        if head.starts_with(&[0x1F, 0x8B]) {
            return Self::Gz;
        }
        match head.first_chunk().map(|magic| u32::from_le_bytes(*magic)) {
            Some(block::SECTION) => Self::Plain,
            Some(ZSTD_MAGIC) => Self::Zst,
            Some(magic) if is_skippable(magic) => Self::Skippable,
            _ if head.is_empty() => Self::Nothing,
            _ => Self::Unknown,
        }
    }
}

/// Says what a file is that is no capture, where the first bytes tell.
fn not_a_capture(head: &[u8]) -> Error {
    let known: [(&[u8], &str); 7] = [
        (b"\xFD7zXZ", "the file is compressed with xz: unpack it first (xz -dc)"),
        (b"BZh", "the file is compressed with bzip2: unpack it first (bzip2 -dc)"),
        (b"\x04\x22\x4D\x18", "the file is compressed with lz4: unpack it first (lz4 -dc)"),
        (b"PK\x03\x04", "the file is a zip archive: unpack it first"),
        (b"\xD4\xC3\xB2\xA1", "the file is a network capture (pcap), not one of system calls"),
        (b"\x7FELF", "the file is a program, not a capture"),
        (b"PERFILE2", "the file was written by perf, not a capture"),
    ];
    let said = known.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, message)| *message);
    Error::new(
        ErrorKind::NotACapture,
        said.unwrap_or("the file is not a capture (.scap, .scap.gz, .scap.zst)"),
    )
}

/// The error of a read that the system refused.
fn read_error(e: io::Error) -> Error {
    Error::io("cannot read the capture", e)
}

/// The error of gzip data that does not decode.
fn gzip_error(fault: Fault) -> Error {
    match fault {
        Fault::CutOff => cut_off(),
        Fault::Damaged(how) => Error::new(ErrorKind::Corrupt, how),
        Fault::Io(e) => read_error(e),
    }
}

/// The error of zstd data that does not decode.
fn broken(what: &str, e: io::Error) -> Error {
    match e.kind() {
        io::ErrorKind::UnexpectedEof => cut_off(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other => {
            Error::new(ErrorKind::Corrupt, format!("the {what} data is damaged: {e}"))
        }
        _ => read_error(e),
    }
}

/// The error of a part that does not hold what it should.
fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("a {what} is damaged"))
}

/// The error of compressed data that ends too early.
fn cut_off() -> Error {
    Error::new(
        ErrorKind::Truncated,
        "the compressed data ends too early: the capture was cut off, or is still being written",
    )
}
