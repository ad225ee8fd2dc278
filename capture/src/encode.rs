//! Building events: what the probe, the pair joiner and tests use instead of bytes written by hand.

use crate::table::Flags;
use crate::{Event, EventType, Params};

/// Builds the parameters of one event after the other, reusing its buffers.
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
#[derive(Debug, Clone)]
pub struct EventBuilder {
    kind: EventType,
    lengths: Vec<u8>,
    data: Vec<u8>,
    wide: bool,
}

impl Default for EventBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl EventBuilder {
    /// A builder with empty buffers.
    pub fn new() -> Self {
        Self {
            kind: EventType(0),
            lengths: Vec::with_capacity(64),
            data: Vec::with_capacity(1024),
            wide: false,
        }
    }

    /// Forgets the last event and begins one of type `kind`.
    pub fn start(&mut self, kind: EventType) -> &mut Self {
        self.kind = kind;
        self.lengths.clear();
        self.data.clear();
        self.wide = kind.info().is_some_and(|i| i.flags.has(Flags::LARGE_PAYLOAD));
        self
    }

    /// Appends a parameter made of these bytes, cut to 65,535 unless the type has wide lengths.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        if bytes.len() > usize::from(u16::MAX) {
            return self.parts(&[bytes]);
        }
        self.data.extend_from_slice(bytes);
        let length = bytes.len() as u32;
        if self.wide {
            self.lengths.extend_from_slice(&length.to_le_bytes());
        } else {
            self.lengths.extend_from_slice(&(length as u16).to_le_bytes());
        }
        self
    }

    /// Appends one parameter whose bytes are the concatenation of `parts`.
    pub fn parts(&mut self, parts: &[&[u8]]) -> &mut Self {
        let limit = if self.wide { u32::MAX as usize } else { usize::from(u16::MAX) };
        let start = self.data.len();
        for part in parts {
            let room = limit - (self.data.len() - start);
            self.data.extend_from_slice(part.get(..room).unwrap_or(part));
        }
        let length = (self.data.len() - start) as u32;
        let bytes = length.to_le_bytes();
        self.lengths.extend_from_slice(if self.wide { &bytes } else { &bytes[..2] });
        self
    }

    /// Appends the parameters of an event, those that are whole.
    pub(crate) fn params(&mut self, params: &Params<'_>) -> &mut Self {
        let total: usize = (0..params.len()).filter_map(|n| params.length(n)).sum();
        match params.data().get(..total) {
            Some(data) if self.wide == params.is_wide() => {
                self.lengths.extend_from_slice(params.lengths());
                self.data.extend_from_slice(data);
            }
            _ => params.iter().for_each(|bytes| {
                self.bytes(bytes);
            }),
        }
        self
    }

    /// Appends text with its final NUL.
    pub fn text(&mut self, text: &[u8]) -> &mut Self {
        self.parts(&[text.get(..65_534).unwrap_or(text), &[0]])
    }

    /// Appends an empty parameter (absent text, empty bytes).
    #[inline]
    pub fn empty(&mut self) -> &mut Self {
        self.bytes(&[])
    }

    /// Appends an 8-byte signed integer.
    #[inline]
    pub fn i64(&mut self, v: i64) -> &mut Self {
        self.bytes(&v.to_le_bytes())
    }

    /// Appends an 8-byte unsigned integer.
    #[inline]
    pub fn u64(&mut self, v: u64) -> &mut Self {
        self.bytes(&v.to_le_bytes())
    }

    /// Appends a 4-byte unsigned integer.
    #[inline]
    pub fn u32(&mut self, v: u32) -> &mut Self {
        self.bytes(&v.to_le_bytes())
    }

    /// Appends a 2-byte unsigned integer.
    #[inline]
    pub fn u16(&mut self, v: u16) -> &mut Self {
        self.bytes(&v.to_le_bytes())
    }

    /// Appends a 1-byte unsigned integer.
    #[inline]
    pub fn u8(&mut self, v: u8) -> &mut Self {
        self.bytes(&[v])
    }

    /// Type of the event that is being built.
    pub(crate) fn kind(&self) -> EventType {
        self.kind
    }

    /// Number of parameters appended so far.
    pub fn len(&self) -> usize {
        self.lengths.len() >> if self.wide { 2 } else { 1 }
    }

    /// True when no parameter was appended yet.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// The event as built so far.
    pub fn event(&self, ts: u64, tid: u64, cpu: u16) -> Event<'_> {
        Event {
            ts,
            tid,
            cpu,
            kind: self.kind,
            flags: 0,
            latency: None,
            params: Params::new(&self.lengths, &self.data, self.wide),
        }
    }

    /// The event as built so far, with its own copy of the parameters.
    pub fn owned(&self, ts: u64, tid: u64, cpu: u16) -> OwnedEvent {
        OwnedEvent::from(&self.event(ts, tid, cpu))
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
