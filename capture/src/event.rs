//! One event, borrowed from the buffer it was read into.

use crate::table::{self, EventInfo};

/// Number of an event type, as stored in capture files. Numbers this table does not know are carried along
/// and have no [`info`](EventType::info). The named constants are generated from the event table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventType(pub u16);

impl EventType {
    /// The table row of this type; `None` for numbers beyond the table.
    #[inline]
    pub fn info(self) -> Option<&'static EventInfo> {
        table::EVENTS.get(usize::from(self.0))
    }

    /// True for the enter half of a pair (even numbers).
    #[inline]
    pub fn is_enter(self) -> bool {
        self.0 & 1 == 0
    }

    /// The exit type of the same call.
    #[inline]
    pub fn exit(self) -> Self {
        Self(self.0 | 1)
    }
}

impl std::fmt::Debug for EventType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.info() {
            Some(info) => write!(f, "{}({})", info.key, self.0),
            None => write!(f, "event({})", self.0),
        }
    }
}

/// Flag bits of an event block.
pub mod event_flags {
    /// Written only because it changes state; readers apply it and do not show it.
    pub const STATE_ONLY: u32 = 1;
    /// Obsolete tracer event.
    pub const TRACER: u32 = 2;
    /// Large block; internal to writers, never found in a file.
    pub const LARGE: u32 = 4;
}

/// One event as it was stored or captured. Cheap to copy; the parameters stay in the buffer of the source.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// Time in ns since the epoch.
    pub ts: u64,
    /// Thread the event belongs to, as numbered on the host.
    pub tid: u64,
    /// CPU the event happened on.
    pub cpu: u16,
    /// Type; the row of [`crate::table::EVENTS`] with this index describes the parameters.
    pub kind: EventType,
    /// Block flags, see [`event_flags`].
    pub flags: u32,
    /// Time between enter and exit in ns, where the source knows it (native captures, live).
    pub latency: Option<u64>,
    /// Lengths and bytes of the parameters.
    pub params: Params<'a>,
}

impl<'a> Event<'a> {
    /// Bytes of parameter `index`; `None` when the event does not carry it.
    #[inline]
    pub fn param(&self, index: usize) -> Option<&'a [u8]> {
        self.params.bytes(index)
    }

    /// Row of the event table; `None` for unknown types.
    #[inline]
    pub fn info(&self) -> Option<&'static EventInfo> {
        self.kind.info()
    }

    /// Parameter `index` as an integer, sign extended from its stored width (1, 2, 4 or 8 bytes) when `signed`.
    #[inline]
    pub fn int(&self, index: usize, signed: bool) -> Option<i64> {
        int_of(self.param(index)?, signed)
    }

    /// Parameter `index` as a signed integer of its stored width.
    #[inline]
    pub fn i64(&self, index: usize) -> Option<i64> {
        self.int(index, true)
    }

    /// Parameter `index` as an unsigned integer of its stored width.
    #[inline]
    pub fn u64(&self, index: usize) -> Option<u64> {
        self.int(index, false).map(i64::cast_unsigned)
    }

    /// Parameter `index` as text: the bytes without the final NUL. `None` when absent or of length 0.
    #[inline]
    pub fn text(&self, index: usize) -> Option<&'a [u8]> {
        match self.param(index)? {
            [] => None,
            [text @ .., 0] => Some(text),
            text => Some(text),
        }
    }
}

impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event")
            .field("ts", &self.ts)
            .field("tid", &self.tid)
            .field("cpu", &self.cpu)
            .field("kind", &self.kind)
            .field("params", &self.params.iter().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The signed integer that a parameter of 1, 2, 4 or 8 bytes holds; `None` for any other length.
#[inline]
pub fn signed(bytes: &[u8]) -> Option<i64> {
    int_of(bytes, true)
}

/// Little-endian integer of 1, 2, 4 or 8 bytes; `None` for any other length.
#[inline]
fn int_of(bytes: &[u8], signed: bool) -> Option<i64> {
    Some(match (bytes, signed) {
        (&[a], true) => i64::from(a.cast_signed()),
        (&[a], false) => i64::from(a),
        (&[a, b], true) => i64::from(i16::from_le_bytes([a, b])),
        (&[a, b], false) => i64::from(u16::from_le_bytes([a, b])),
        (&[a, b, c, d], true) => i64::from(i32::from_le_bytes([a, b, c, d])),
        (&[a, b, c, d], false) => i64::from(u32::from_le_bytes([a, b, c, d])),
        (&[a, b, c, d, e, f, g, h], _) => i64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => return None,
    })
}

/// Parameters of one event: an array of lengths (u16 or u32, little endian) and the bytes one after the other.
#[derive(Clone, Copy)]
pub struct Params<'a> {
    lengths: &'a [u8],
    data: &'a [u8],
    wide: bool,
}

impl<'a> Params<'a> {
    /// Parameters made of a raw length array and the data behind it. `wide`: the lengths are u32.
    /// The sum of the lengths may be less than `data`; a parameter past the end of `data` reads as absent.
    #[inline]
    pub fn new(lengths: &'a [u8], data: &'a [u8], wide: bool) -> Self {
        Self { lengths, data, wide }
    }

    /// Number of parameters the event carries, which may differ from the number in the table.
    #[inline]
    pub fn len(&self) -> usize {
        self.lengths.len() >> if self.wide { 2 } else { 1 }
    }

    /// True when the event carries no parameters.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The raw length array, as stored.
    pub fn lengths(&self) -> &'a [u8] {
        self.lengths
    }

    /// The raw bytes of all parameters, as stored.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// True when the lengths are stored as u32.
    pub fn is_wide(&self) -> bool {
        self.wide
    }

    /// Length of parameter `index` as stored.
    #[inline]
    pub fn length(&self, index: usize) -> Option<usize> {
        if self.wide {
            let b = self.lengths.get(index * 4..index * 4 + 4)?;
            Some(u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
        } else {
            let b = self.lengths.get(index * 2..index * 2 + 2)?;
            Some(usize::from(u16::from_le_bytes([b[0], b[1]])))
        }
    }

    /// Bytes of parameter `index`; `None` when the event does not carry it.
    #[inline]
    pub fn bytes(&self, index: usize) -> Option<&'a [u8]> {
        let length = self.length(index)?;
        let mut start = 0usize;
        for i in 0..index {
            start += self.length(i)?;
        }
        self.data.get(start..start.checked_add(length)?)
    }

    /// All parameters in order; stops at the first that is cut off.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        let mut start = 0usize;
        (0..this.len()).map_while(move |i| {
            let end = start.checked_add(this.length(i)?)?;
            let bytes = this.data.get(start..end)?;
            start = end;
            Some(bytes)
        })
    }
}
