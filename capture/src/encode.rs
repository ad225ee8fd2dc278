//! Building events: what the probe, the pair joiner and tests use instead of bytes written by hand.

mod block;

pub(crate) use block::Whole;

use crate::table::Flags;
use crate::{Event, EventType, Params};

/// What is known of an event before its parameters are: what the table says of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    kind: EventType,
    /// Bytes of the lengths of its parameters.
    lengths: usize,
    wide: bool,
}

impl Shape {
    /// The shape of events of type `kind`.
    pub fn of(kind: EventType) -> Self {
        let (params, wide) =
            kind.info().map_or((0, false), |info| (info.params.len(), info.flags.has(Flags::LARGE_PAYLOAD)));
        Self { kind, lengths: params << if wide { 2 } else { 1 }, wide }
    }

    /// The type.
    #[inline]
    pub fn kind(self) -> EventType {
        self.kind
    }
}

/// Builds the parameters of one event after the other, reusing its buffer.
///
/// ```
/// use cscope_capture::{EventBuilder, EventType};
/// let mut b = EventBuilder::new();
/// b.start(EventType::SYSCALL_READ_X);
/// b.i64(5).bytes(b"hello").i64(3).u32(80);
/// let event = b.event(1_000, 42, 0);
/// assert_eq!(event.i64(0), Some(5));
/// assert_eq!(event.param(1), Some(&b"hello"[..]));
/// ```
///
/// It puts them where they lie in the block of a file, with room in front for the head of the block; what is built in
/// a [`Batch`](crate::Batch) need not be moved to be written.
#[derive(Debug, Clone)]
pub struct EventBuilder {
    kind: EventType,
    wide: bool,
    /// Whole blocks, then that of the event; what is behind it is of no meaning.
    bytes: Vec<u8>,
    /// Where the block of the event begins.
    start: usize,
    /// Where the next length goes, where the first byte of the parameters is, and where the next one goes.
    next: usize,
    data: usize,
    end: usize,
}

impl Default for EventBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// Room for an event that hardly any needs more than.
const ROOM: usize = 512;

impl EventBuilder {
    /// A builder with nothing in it.
    pub fn new() -> Self {
        let mut builder = Self {
            kind: EventType(0),
            wide: false,
            bytes: vec![0; 2 * ROOM],
            start: 0,
            next: 0,
            data: 0,
            end: 0,
        };
        builder.start(EventType(0));
        builder
    }

    /// Forgets the last event and begins one of type `kind`.
    pub fn start(&mut self, kind: EventType) -> &mut Self {
        self.begin(&Shape::of(kind))
    }

    /// Forgets the last event and begins one of this shape.
    #[inline]
    pub fn begin(&mut self, shape: &Shape) -> &mut Self {
        self.kind = shape.kind;
        self.wide = shape.wide;
        self.next = self.start + block::HEAD;
        self.data = self.next + shape.lengths;
        self.end = self.data;
        if self.bytes.len() < self.end + ROOM {
            self.grow(ROOM);
        }
        self
    }

    /// Makes room for so many bytes of parameters.
    #[cold]
    fn grow(&mut self, more: usize) {
        self.bytes.resize((2 * self.bytes.len()).max(self.end + more + ROOM), 0);
    }

    /// Moves the parameters: the event has more of them than the table says. The more there are the further, or it
    /// would be done too often.
    #[cold]
    fn part(&mut self, by: usize) {
        let by = by.max(self.next - self.start);
        if self.bytes.len() < self.end + by {
            self.grow(by);
        }
        self.bytes.copy_within(self.data..self.end, self.data + by);
        self.data += by;
        self.end += by;
    }

    /// Appends the length of a parameter.
    #[inline]
    fn length(&mut self, length: u32) {
        let width = if self.wide { 4 } else { 2 };
        if self.next + width > self.data {
            self.part(width);
        }
        let bytes = length.to_le_bytes();
        let room = self.bytes.get_mut(self.next..).unwrap_or_default();
        if self.wide {
            put(room, bytes);
        } else {
            put(room, [bytes[0], bytes[1]]);
        }
        self.next += width;
    }

    /// Appends bytes of a parameter whose length is there.
    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        if self.bytes.len() < self.end + bytes.len() {
            self.grow(bytes.len());
        }
        let end = self.end + bytes.len();
        if let Some(room) = self.bytes.get_mut(self.end..end) {
            room.copy_from_slice(bytes);
        }
        self.end = end;
    }

    /// Appends a number.
    #[inline]
    fn number<const N: usize>(&mut self, bytes: [u8; N]) -> &mut Self {
        self.length(N as u32);
        if self.bytes.len() < self.end + N {
            self.grow(N);
        }
        put(self.bytes.get_mut(self.end..).unwrap_or_default(), bytes);
        self.end += N;
        self
    }

    /// Appends an integer, cut to its lower `width` bytes, of which there are 8 at most.
    #[inline]
    pub fn int(&mut self, v: i64, width: u8) -> &mut Self {
        let width = width.min(8);
        self.length(u32::from(width));
        if self.bytes.len() < self.end + 8 {
            self.grow(8);
        }
        // What is too much is written over by what comes next.
        put(self.bytes.get_mut(self.end..).unwrap_or_default(), v.to_le_bytes());
        self.end += usize::from(width);
        self
    }

    /// Appends a parameter made of these bytes, cut to 65,535 unless the type has wide lengths.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        if bytes.len() > usize::from(u16::MAX) {
            return self.parts(&[bytes]);
        }
        self.length(bytes.len() as u32);
        self.append(bytes);
        self
    }

    /// Appends one parameter whose bytes are the concatenation of `parts`.
    pub fn parts(&mut self, parts: &[&[u8]]) -> &mut Self {
        let limit = if self.wide { u32::MAX as usize } else { usize::from(u16::MAX) };
        let total = parts.iter().map(|part| part.len()).sum::<usize>().min(limit);
        self.length(total as u32);
        let mut room = total;
        for part in parts {
            let part = part.get(..room).unwrap_or(part);
            self.append(part);
            room -= part.len();
        }
        self
    }

    /// Appends the parameters of an event, those that are whole.
    pub(crate) fn params(&mut self, params: &Params<'_>) -> &mut Self {
        let total: usize = (0..params.len()).filter_map(|n| params.length(n)).sum();
        match params.data().get(..total) {
            Some(data) if self.wide == params.is_wide() => {
                let lengths = params.lengths();
                let next = self.next + lengths.len();
                if next > self.data {
                    self.part(next - self.data);
                }
                if let Some(room) = self.bytes.get_mut(self.next..next) {
                    room.copy_from_slice(lengths);
                }
                self.next = next;
                self.append(data);
            }
            _ => params.iter().for_each(|bytes| {
                self.bytes(bytes);
            }),
        }
        self
    }

    /// Forgets the last event and takes over the type and the parameters of another one.
    pub fn take_over(&mut self, other: &Event<'_>) {
        self.start(other.kind).params(&other.params);
    }

    /// Appends text with its final NUL.
    pub fn text(&mut self, text: &[u8]) -> &mut Self {
        self.parts(&[text.get(..65_534).unwrap_or(text), &[0]])
    }

    /// Appends an empty parameter (absent text, empty bytes).
    #[inline]
    pub fn empty(&mut self) -> &mut Self {
        self.length(0);
        self
    }

    /// Appends an 8-byte signed integer.
    #[inline]
    pub fn i64(&mut self, v: i64) -> &mut Self {
        self.number(v.to_le_bytes())
    }

    /// Appends an 8-byte unsigned integer.
    #[inline]
    pub fn u64(&mut self, v: u64) -> &mut Self {
        self.number(v.to_le_bytes())
    }

    /// Appends a 4-byte unsigned integer.
    #[inline]
    pub fn u32(&mut self, v: u32) -> &mut Self {
        self.number(v.to_le_bytes())
    }

    /// Appends a 2-byte unsigned integer.
    #[inline]
    pub fn u16(&mut self, v: u16) -> &mut Self {
        self.number(v.to_le_bytes())
    }

    /// Appends a 1-byte unsigned integer.
    #[inline]
    pub fn u8(&mut self, v: u8) -> &mut Self {
        self.number([v])
    }

    /// Type of the event that is being built.
    #[inline]
    pub fn kind(&self) -> EventType {
        self.kind
    }

    /// Number of parameters appended so far.
    pub fn len(&self) -> usize {
        self.built().len()
    }

    /// True when no parameter was appended yet.
    pub fn is_empty(&self) -> bool {
        self.built().is_empty()
    }

    /// The parameters appended so far.
    fn built(&self) -> Params<'_> {
        let lengths = self.bytes.get(self.start + block::HEAD..self.next).unwrap_or_default();
        let data = self.bytes.get(self.data..self.end).unwrap_or_default();
        Params::new(lengths, data, self.wide)
    }

    /// The event as built so far.
    pub fn event(&self, ts: u64, tid: u64, cpu: u16) -> Event<'_> {
        Event { ts, tid, cpu, kind: self.kind, flags: 0, latency: None, params: self.built() }
    }

    /// The event as built so far, with its own copy of the parameters.
    pub fn owned(&self, ts: u64, tid: u64, cpu: u16) -> OwnedEvent {
        OwnedEvent::from(&self.event(ts, tid, cpu))
    }
}

/// Puts bytes at the beginning of a room that is large enough.
#[inline]
fn put<const N: usize>(room: &mut [u8], bytes: [u8; N]) {
    if let Some(to) = room.first_chunk_mut() {
        *to = bytes;
    }
}

/// An event with its own copy of the parameters: kept enter events, synthetic events, tests.
#[derive(Debug, Clone)]
pub struct OwnedEvent {
    ts: u64,
    tid: u64,
    cpu: u16,
    kind: EventType,
    flags: u32,
    latency: Option<u64>,
    wide: bool,
    split: usize,
    bytes: Vec<u8>,
}

impl From<&Event<'_>> for OwnedEvent {
    fn from(event: &Event<'_>) -> Self {
        let mut owned = Self {
            ts: 0,
            tid: 0,
            cpu: 0,
            kind: event.kind,
            flags: 0,
            latency: None,
            wide: false,
            split: 0,
            bytes: Vec::with_capacity(event.params.lengths().len() + event.params.data().len()),
        };
        owned.assign(event);
        owned
    }
}

impl OwnedEvent {
    /// Takes over another event, keeping the allocation.
    pub fn assign(&mut self, event: &Event<'_>) {
        self.ts = event.ts;
        self.tid = event.tid;
        self.cpu = event.cpu;
        self.kind = event.kind;
        self.flags = event.flags;
        self.latency = event.latency;
        self.wide = event.params.is_wide();
        self.split = event.params.lengths().len();
        self.bytes.clear();
        self.bytes.extend_from_slice(event.params.lengths());
        self.bytes.extend_from_slice(event.params.data());
    }

    /// Bytes set aside for the parameters.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The event, borrowed.
    pub fn event(&self) -> Event<'_> {
        let (lengths, data) = self.bytes.split_at(self.split);
        Event {
            ts: self.ts,
            tid: self.tid,
            cpu: self.cpu,
            kind: self.kind,
            flags: self.flags,
            latency: self.latency,
            params: Params::new(lengths, data, self.wide),
        }
    }
}
