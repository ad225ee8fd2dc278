//! One gzip member, decoded so that everything in front of damage is given before its error.

use std::io::{self, BufRead};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::input::Input;

/// Header flags: a check sum of the header, extra bytes, a file name and a comment follow it.
const HEADER_SUM: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
/// Bits that no version of the format uses.
const RESERVED: u8 = 0xE0;

/// What a step of decoding came to.
pub(crate) enum Outcome {
    /// There is more.
    More,
    /// The member is complete and its check sum right.
    Done,
    /// Nothing can be decoded any more.
    Failed(Fault),
}

/// Why a member cannot be decoded.
pub(crate) enum Fault {
    /// It ends too early.
    CutOff,
    /// It is damaged: how that was seen.
    Damaged(&'static str),
    /// It could not be read.
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// A member that is being decoded.
pub(crate) struct Member {
    inflate: Decompress,
    crc: Crc,
}

impl Member {
    /// Reads the header of a member.
    pub(crate) fn start(input: &mut Input) -> Result<Self, Fault> {
        let [_, _, method, flags, _, _, _, _, _, _] = array(input)?;
        if method != 8 || flags & RESERVED != 0 {
            return Err(Fault::Damaged("damaged gzip header"));
        }
        if flags & EXTRA != 0 {
            let length = u16::from_le_bytes(array(input)?);
            if !input.skip(u64::from(length))? {
                return Err(Fault::CutOff);
            }
        }
        for text in [NAME, COMMENT] {
            while flags & text != 0 && array::<1>(input)? != [0] {}
        }
        if flags & HEADER_SUM != 0 {
            array::<2>(input)?;
        }
        Ok(Self { inflate: Decompress::new(false), crc: Crc::new() })
    }

    /// Decodes some of the member into `out`: the number of bytes made, and how it goes on.
    pub(crate) fn decode(&mut self, input: &mut Input, out: &mut [u8]) -> (usize, Outcome) {
        let compressed = match input.fill_buf() {
            Ok(compressed) => compressed,
            Err(e) => return (0, Outcome::Failed(e.into())),
        };
        let at_end = compressed.is_empty();
        let (taken, made) = (self.inflate.total_in(), self.inflate.total_out());
        let result = self.inflate.decompress(compressed, out, FlushDecompress::None);
        let (taken, made) = (self.inflate.total_in() - taken, (self.inflate.total_out() - made) as usize);
        input.consume(taken as usize);
        self.crc.update(out.get(..made).unwrap_or_default());
        let outcome = match result {
            Ok(Status::StreamEnd) => match self.trailer(input) {
                Ok(()) => Outcome::Done,
                Err(fault) => Outcome::Failed(fault),
            },
            Ok(_) if at_end && made == 0 => Outcome::Failed(Fault::CutOff),
            Ok(_) => Outcome::More,
            Err(_) => Outcome::Failed(Fault::Damaged("damaged gzip data")),
        };
        (made, outcome)
    }

    /// Compares what was decoded with the check sum and length behind it.
    fn trailer(&self, input: &mut Input) -> Result<(), Fault> {
        let sum = u32::from_le_bytes(array(input)?);
        let length = u32::from_le_bytes(array(input)?);
        if sum == self.crc.sum() && length == self.crc.amount() {
            Ok(())
        } else {
            Err(Fault::Damaged("the check sum of the gzip data is wrong"))
        }
    }
}

/// The next `N` bytes.
fn array<const N: usize>(input: &mut Input) -> Result<[u8; N], Fault> {
    let Some(bytes) = input.peek(N)?.first_chunk().copied() else { return Err(Fault::CutOff) };
    input.consume(N);
    Ok(bytes)
}
