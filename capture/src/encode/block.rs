//! Events as blocks of a file, one behind the other.

use super::{EventBuilder, put};
use crate::reader::block::EVENT_LIMIT;
use crate::{Error, ErrorKind, Event, event_flags};

/// Largest event block written.
const MAXIMUM: usize = 1 << 30;
/// Event header with the parameter count.
const HEADER: usize = 26;
/// Likewise with number and length of the block, and the CPU: everything in front of the lengths of an event without
/// flags.
pub(super) const HEAD: usize = 8 + 2 + HEADER;

/// The block of an event.
struct Block {
    number: u32,
    /// Bytes of all of it, of the event, and of nothing behind that.
    total: usize,
    stored: usize,
    padding: usize,
}

impl Block {
    /// The block of an event whose parameters and their lengths have so many bytes; nothing when it would be larger
    /// than a block can be.
    #[inline]
    fn new(params: usize, flags: u32) -> Option<Self> {
        let stored = HEADER + params;
        // The padding counts cpu and event, not the flags, whose size is a multiple of 4 anyway.
        let padding = (2 + stored).wrapping_neg() & 3;
        let total = 8 + 2 + if flags == 0 { 0 } else { 4 } + stored + padding + 4;
        let number = match (flags == 0, total - 8 > EVENT_LIMIT) {
            (true, false) => 0x216,
            (false, false) => 0x217,
            (true, true) => 0x221,
            (false, true) => 0x222,
        };
        (total <= MAXIMUM).then_some(Self { number, total, stored, padding })
    }

    /// What stands in front of the lengths. In one piece: it is written for every event there is.
    #[inline]
    fn head(&self, event: &Event<'_>) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let (block, rest) = head.split_at_mut(4);
        let (size, rest) = rest.split_at_mut(4);
        let (cpu, rest) = rest.split_at_mut(2);
        let (ts, rest) = rest.split_at_mut(8);
        let (tid, rest) = rest.split_at_mut(8);
        let (length, rest) = rest.split_at_mut(4);
        let (kind, count) = rest.split_at_mut(2);
        block.copy_from_slice(&self.number.to_le_bytes());
        size.copy_from_slice(&(self.total as u32).to_le_bytes());
        cpu.copy_from_slice(&event.cpu.to_le_bytes());
        ts.copy_from_slice(&event.ts.to_le_bytes());
        tid.copy_from_slice(&event.tid.to_le_bytes());
        length.copy_from_slice(&(self.stored as u32).to_le_bytes());
        kind.copy_from_slice(&event.kind.0.to_le_bytes());
        count.copy_from_slice(&(event.params.len() as u32).to_le_bytes());
        head
    }

    /// What stands behind the parameters, padding first, and nothing of meaning behind it.
    #[inline]
    fn tail(&self) -> [u8; 8] {
        ((self.total as u64) << (8 * self.padding)).to_le_bytes()
    }
}

impl EventBuilder {
    /// The event that was built becomes a block behind those that are there; false when it is too large for that.
    #[inline]
    pub(crate) fn keep(&mut self, ts: u64, tid: u64, cpu: u16) -> bool {
        if self.next < self.data {
            self.close_up();
        }
        let Some(block) = Block::new(self.end - self.start - HEAD, 0) else { return false };
        if self.bytes.len() < self.end + 8 {
            self.grow(8);
        }
        let head = block.head(&self.event(ts, tid, cpu));
        put(self.bytes.get_mut(self.start..).unwrap_or_default(), head);
        put(self.bytes.get_mut(self.end..).unwrap_or_default(), block.tail());
        self.start += block.total;
        true
    }

    /// The event has fewer parameters than the table says: no gap remains in front of them.
    #[cold]
    fn close_up(&mut self) {
        self.bytes.copy_within(self.data..self.end, self.next);
        self.end -= self.data - self.next;
        self.data = self.next;
    }

    /// Another event becomes a block behind those that are there. What was being built is forgotten.
    ///
    /// # Errors
    /// The event is larger than a block can be.
    pub(crate) fn add(&mut self, event: &Event<'_>) -> Result<(), Error> {
        let (lengths, data) = (event.params.lengths(), event.params.data());
        let flags = event.flags & !event_flags::LARGE;
        let Some(block) = Block::new(lengths.len() + data.len(), flags) else {
            let length = HEADER + lengths.len() + data.len();
            let message = format!("an event of {length} bytes does not fit into a capture file");
            return Err(Error::new(ErrorKind::Unsupported, message));
        };
        self.end = self.start;
        let head = block.head(event);
        if flags == 0 {
            self.append(&head);
        } else {
            let (front, header) = head.split_at(HEAD - HEADER);
            self.append(front);
            self.append(&flags.to_le_bytes());
            self.append(header);
        }
        self.append(lengths);
        self.append(data);
        self.append(block.tail().get(..block.padding + 4).unwrap_or_default());
        self.start = self.end;
        Ok(())
    }

    /// Bytes of the blocks that are there.
    #[inline]
    pub(crate) fn whole(&self) -> usize {
        self.start
    }

    /// Takes the blocks out; those that `spare` holds are forgotten. What was being built is forgotten.
    pub(crate) fn take(&mut self, spare: Whole) -> Whole {
        let bytes = std::mem::replace(&mut self.bytes, spare.bytes);
        Whole { bytes, len: std::mem::take(&mut self.start) }
    }
}

/// Whole blocks.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// These, and what is behind them is of no meaning.
    bytes: Vec<u8>,
    len: usize,
}

impl Whole {
    /// The blocks.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
