//! Blocks: the outer layer of the format. A block is `u32 type, u32 total length, body, padding, u32 total
//! length`; the numbers and which of them hold the same thing are listed here once.

use nom::sequence::pair;
use nom::{IResult, Parser};

use super::wire::{array, short, u16, u32, u64};

/// Bytes in front of a body.
pub(crate) const HEADER: usize = 8;
/// Bytes a block has at least: header and trailer.
pub(crate) const SMALLEST: usize = 12;
/// Body and trailer of an event block that is not large never exceed this.
pub(crate) const EVENT_LIMIT: usize = 65_536;
/// Larger blocks are refused: one is held in memory as a whole.
pub(crate) const LARGEST: usize = 48 << 20;
/// Number of the section header; the same in both byte orders.
pub(crate) const SECTION: u32 = 0x0A0D_0D0A;
/// First word of a section header's body.
pub(crate) const SECTION_MAGIC: u32 = 0x1A2B_3C4D;

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Section header.
    Section,
    /// An event and how it is laid out.
    Event(EventLayout),
    /// Machine info.
    Machine,
    /// Process list of this version, 1 to 9.
    Threads(u8),
    /// Descriptor list of this version, 1 or 2.
    Fds(u8),
    /// Interface list of this version, 1 or 2.
    Interfaces(u8),
    /// User list of this version, 1 or 2.
    Users(u8),
    /// None of ours.
    Unknown,
}

/// How an event block is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventLayout {
    /// A flags word stands in front of the event.
    pub(crate) flags: bool,
    /// The event header holds the number of parameters (version 2).
    pub(crate) counted: bool,
    /// The block may exceed [`EVENT_LIMIT`].
    pub(crate) large: bool,
}

impl Kind {
    /// Meaning of a block number, current or interim.
    #[inline]
    pub(crate) fn of(number: u32) -> Self {
        const fn event(flags: bool, counted: bool, large: bool) -> Kind {
            Kind::Event(EventLayout { flags, counted, large })
        }
        match number {
            0x216 => event(false, true, false),
            0x217 => event(true, true, false),
            0x221 => event(false, true, true),
            0x222 => event(true, true, true),
            0x204 | 0x8010_ABCD => event(false, false, false),
            0x208 => event(true, false, false),
            SECTION => Self::Section,
            0x201 | 0x8002_ABCD => Self::Machine,
            0x202 | 0x8000_ABCD => Self::Threads(1),
            0x207 | 0x8013_ABCD => Self::Threads(2),
            0x209 | 0x8014_ABCD => Self::Threads(3),
            0x210 => Self::Threads(4),
            0x211 => Self::Threads(5),
            0x212 => Self::Threads(6),
            0x213 => Self::Threads(7),
            0x214 => Self::Threads(8),
            0x215 => Self::Threads(9),
            0x203 | 0x8001_ABCD => Self::Fds(1),
            0x218 => Self::Fds(2),
            0x205 | 0x8011_ABCD => Self::Interfaces(1),
            0x219 => Self::Interfaces(2),
            0x206 | 0x8012_ABCD => Self::Users(1),
            0x220 => Self::Users(2),
            _ => Self::Unknown,
        }
    }
}

/// Number and total length of the block that starts here.
#[inline(always)]
pub(crate) fn header(i: &[u8]) -> IResult<&[u8], (u32, u32)> {
    let (i, &[a, b, c, d, e, f, g, h]) = array(i)?;
    Ok((i, (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))))
}

/// Version fields of a section header's body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SectionHeader {
    /// Byte-order word, [`SECTION_MAGIC`] when the file is of our byte order.
    pub(crate) magic: u32,
    /// Major version; 1 is the only one.
    pub(crate) major: u16,
}

/// Body of a section header. The minor version and option bytes are of no consequence.
pub(crate) fn section(i: &[u8]) -> IResult<&[u8], SectionHeader> {
    let (i, (magic, major)) = pair(u32, u16).parse(i)?;
    let (i, _minor_and_length) = pair(u16, u64).parse(i)?;
    Ok((i, SectionHeader { magic, major }))
}

/// The parts of a block of `total` bytes at the start of `i`: body with padding, and whether the trailer
/// repeats the length.
pub(crate) fn body(i: &[u8], total: usize) -> IResult<&[u8], (&[u8], bool)> {
    let (Some(block), Some(rest)) = (i.get(..total), i.get(total..)) else { return Err(short(i)) };
    let Some((front, trailer)) = block.split_last_chunk::<4>() else { return Err(short(i)) };
    let Some(body) = front.get(HEADER..) else { return Err(short(i)) };
    Ok((rest, (body, u32::from_le_bytes(*trailer) as usize == total)))
}
