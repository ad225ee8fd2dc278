//! A record as the kernel side wrote it: a fixed header, then segments of payload. Layouts are those of
//! `bpf/record.h`. Everything is read with bounds checks: a short record gives zeros and empty payload.

use std::mem::{offset_of, size_of};

use crate::other::{self, Layout};
use crate::skel::types;

/// Most segments of one call.
pub(crate) const SLOTS: usize = types::limits::MAX_SLOTS.0 as usize;

/// Arguments of a call.
pub(crate) const ARGS: usize = 6;

/// Little helpers to read numbers of the kernel's byte order, which is ours.
pub(crate) trait Bytes {
    /// `N` bytes at `at`, zeros when there are fewer.
    fn array<const N: usize>(&self, at: usize) -> [u8; N];

    fn u8(&self, at: usize) -> u8 {
        u8::from_ne_bytes(self.array(at))
    }

    fn u16(&self, at: usize) -> u16 {
        u16::from_ne_bytes(self.array(at))
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_ne_bytes(self.array(at))
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_ne_bytes(self.array(at))
    }

    fn i64(&self, at: usize) -> i64 {
        i64::from_ne_bytes(self.array(at))
    }
}

impl Bytes for [u8] {
    #[inline]
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        match self.get(at..).and_then(|s| s.first_chunk::<N>()) {
            Some(chunk) => *chunk,
            None => [0; N],
        }
    }
}

/// Payload of one slot.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Segment<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) flags: u8,
    pub(crate) present: bool,
}

/// Arguments of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Args<'a> {
    /// As the program passed them; those that nobody asks for are left out.
    Passed(&'a [u8]),
    /// As they would be on this machine.
    Made([u64; ARGS]),
}

impl Args<'_> {
    /// Argument `n`, 0 for one that is left out.
    #[inline]
    pub(crate) fn at(&self, n: usize) -> u64 {
        match self {
            Self::Passed(bytes) => bytes.u64(n * size_of::<u64>()),
            Self::Made(args) => args.get(n).copied().unwrap_or_default(),
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> [u64; ARGS] {
        std::array::from_fn(|n| self.at(n))
    }
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a> {
    /// ns awake since boot.
    pub(crate) ts: u64,
    pub(crate) tid: u32,
    pub(crate) kind: u8,
    pub(crate) abi: u8,
    /// State of the thread, see `Mutes`; 0 not known.
    pub(crate) mark: u8,
    pub(crate) cpu: u16,
    /// Number of the call as it was made.
    pub(crate) nr: u32,
    /// Of a call of another numbering, the number here; other calls have the same one.
    pub(crate) native: Option<u32>,
    pub(crate) layout: Layout,
    pub(crate) ret: i64,
    pub(crate) latency: u64,
    pub(crate) args: Args<'a>,
    /// All payload: few calls have any, fewer more than two segments, so it is walked when asked for.
    payload: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Takes a record of CPU `cpu` apart, with numbers and arguments as the program passed them.
    // In one piece where it is used: the fields are read back at once, in other widths than they would be moved in.
    #[inline(always)]
    pub(crate) fn parse(bytes: &'a [u8], cpu: u16) -> Self {
        const NOTHING: [u8; size_of::<types::record>()] = [0; size_of::<types::record>()];
        let (head, rest) = bytes.split_first_chunk().unwrap_or((&NOTHING, &[]));
        let count = usize::from(head.u8(offset_of!(types::record, nargs))).min(ARGS);
        let (passed, payload) = rest.split_at_checked(count * size_of::<u64>()).unwrap_or((rest, &[]));
        let nr = head.u32(offset_of!(types::record, nr));
        Self {
            ts: head.u64(offset_of!(types::record, ts)),
            tid: head.u32(offset_of!(types::record, tid)),
            kind: head.u8(offset_of!(types::record, kind)),
            abi: head.u8(offset_of!(types::record, abi)),
            mark: head.u8(offset_of!(types::record, mark)),
            cpu,
            nr,
            native: Some(nr),
            layout: Layout::Native,
            ret: head.i64(offset_of!(types::record, ret)),
            latency: head.u64(offset_of!(types::record, latency)),
            args: Args::Passed(passed),
            payload,
        }
    }

    /// True for a call by a number of this machine, whose arguments are what they are here.
    #[inline]
    pub(crate) fn is_native(&self) -> bool {
        u32::from(self.abi) == types::record_abi::ABI_NATIVE.0
    }

    /// The same with number and arguments as they are on this machine.
    #[cold]
    pub(crate) fn adjusted(&self) -> Self {
        let mut raw = *self;
        if !raw.is_native() {
            raw.native = (raw.nr >> 16).checked_sub(1);
            raw.nr &= 0xffff;
            other::adjust(&mut raw);
        }
        raw
    }

    /// Time of a record without taking it apart.
    #[inline]
    pub(crate) fn time(bytes: &[u8]) -> u64 {
        bytes.u64(offset_of!(types::record, ts))
    }

    /// Bytes of the record that `bytes` begin with.
    #[inline]
    pub(crate) fn size(bytes: &[u8]) -> usize {
        bytes.u32(offset_of!(types::record, size)) as usize
    }

    /// Payload of slot `slot`, of one with parts the first; empty when there is none.
    #[inline]
    pub(crate) fn slot(&self, slot: u8) -> Segment<'a> {
        let mut rest = self.payload;
        while let Some((header, segment, tail)) = split(rest) {
            if header.slot == slot {
                return segment;
            }
            rest = tail;
        }
        Segment::default()
    }

    /// The parts of slot `slot` in order, each with its number.
    pub(crate) fn parts(&self, slot: u8) -> impl Iterator<Item = (u8, Segment<'a>)> + use<'a> {
        let mut rest = self.payload;
        std::iter::from_fn(move || {
            let (header, segment, tail) = split(rest)?;
            rest = tail;
            Some((header, segment))
        })
        .filter(move |(header, _)| header.slot == slot)
        .map(|(header, segment)| (header.part, segment))
    }

    /// Part `part` of slot `slot`.
    pub(crate) fn part(&self, slot: u8, part: u32) -> Segment<'a> {
        self.parts(slot).find(|(p, _)| u32::from(*p) == part).map(|(_, s)| s).unwrap_or_default()
    }
}

struct Header {
    slot: u8,
    part: u8,
}

/// Splits the first segment off.
#[inline]
fn split(bytes: &[u8]) -> Option<(Header, Segment<'_>, &[u8])> {
    let header = size_of::<types::segment>();
    let body = bytes.get(header..)?;
    let len = bytes.u32(offset_of!(types::segment, len)) as usize;
    let payload = body.get(..len)?;
    let tail = body.get(len.checked_next_multiple_of(8)?..).unwrap_or_default();
    Some((
        Header {
            slot: bytes.u8(offset_of!(types::segment, slot)),
            part: bytes.u8(offset_of!(types::segment, part)),
        },
        Segment { bytes: payload, flags: bytes.u8(offset_of!(types::segment, flags)), present: true },
        tail,
    ))
}
