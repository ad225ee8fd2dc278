//! Parameters of `quotactl`: the command says what lies behind its last argument.
//!
//! Times are seconds, as the kernel counts them and as all writers of the format put them there, though their type is
//! that of nanoseconds.

use cscope_capture::EventBuilder;
use cscope_capture::table::FlagTable;
use cscope_capture::table::recipe::QuotaField;

use crate::plan::{Translation, translation};
use crate::raw::{Bytes, Raw, Segment};

use super::{argument, one_of, text};

/// Bytes of `struct if_dqblk`, the longest struct.
pub(crate) const BLOCK: u16 = 72;

const Q_QUOTAON: u64 = 0x80_0002;
const Q_GETFMT: u64 = 0x80_0004;
const Q_GETINFO: u64 = 0x80_0005;
const Q_SETINFO: u64 = 0x80_0006;
const Q_GETQUOTA: u64 = 0x80_0007;
const Q_SETQUOTA: u64 = 0x80_0008;
const Q_XGETQUOTA: u64 = 0x5803;
const Q_XSETQLIM: u64 = 0x5804;

/// Offsets of the bits that say which members of a struct are valid.
const BLOCK_VALID: usize = 64;
const INFO_VALID: usize = 20;

/// Offset and valid bit of the flags in `struct if_dqinfo`.
const INFO_FLAGS: usize = 16;
const IIF_FLAGS: u32 = 4;

/// What a format that is not asked for, or has no name, is called.
const NOT_USED: &str = "QFMT_NOT_USED";

/// The names of a field's values; for formats, that of none comes last and matches no Linux value.
pub(crate) fn names(field: QuotaField, table: &FlagTable) -> Translation {
    match field {
        QuotaField::InfoFlags(names) | QuotaField::Command(names) | QuotaField::Type(names) => {
            translation(names, table)
        }
        QuotaField::Format(names) | QuotaField::FormatOut(names) => {
            let mut list = translation(names, table).into_vec();
            list.extend(translation(&[(NOT_USED, u64::MAX)], table));
            list.into()
        }
        QuotaField::Path | QuotaField::Limit(..) | QuotaField::Grace(..) | QuotaField::Id => {
            Translation::default()
        }
    }
}

/// Appends one parameter. `segment` is the text or struct behind the last argument.
pub(super) fn parameter(
    b: &mut EventBuilder,
    raw: &Raw<'_>,
    field: QuotaField,
    segment: Segment<'_>,
    width: u8,
    names: &Translation,
) {
    let (command, id) = (command(raw), argument(raw, 2) as u32);
    let given = |valid: usize, bit: u32| segment.bytes.u32(valid) & bit != 0;
    let format = |v: u64| one_of(v, names).or_else(|| one_of(u64::MAX, names));
    let known = |v: Option<u32>| i64::from(v.unwrap_or_default());
    let v = match field {
        QuotaField::Path if command == Q_QUOTAON => return text(b, segment),
        QuotaField::Path => {
            b.empty();
            return;
        }
        QuotaField::Limit(at, bit) => match command {
            Q_GETQUOTA | Q_SETQUOTA if given(BLOCK_VALID, bit) => segment.bytes.i64(at.into()),
            _ => 0,
        },
        QuotaField::Grace(at, bit) => match command {
            Q_GETINFO | Q_SETINFO if given(INFO_VALID, bit) => segment.bytes.i64(at.into()),
            _ => 0,
        },
        QuotaField::InfoFlags(_) => match command {
            Q_GETINFO | Q_SETINFO if given(INFO_VALID, IIF_FLAGS) => {
                known(one_of(segment.bytes.u32(INFO_FLAGS).into(), names))
            }
            _ => 0,
        },
        QuotaField::FormatOut(_) => known(format(match command {
            Q_GETFMT => segment.bytes.u32(0).into(),
            _ => u64::MAX,
        })),
        QuotaField::Command(_) => known(one_of(command, names)),
        QuotaField::Type(_) => known(one_of(argument(raw, 0) & 0xff, names)),
        QuotaField::Id => match command {
            Q_GETQUOTA | Q_SETQUOTA | Q_XGETQUOTA | Q_XSETQLIM => id.into(),
            _ => 0,
        },
        QuotaField::Format(_) => known(format(match command {
            Q_QUOTAON => id.into(),
            _ => u64::MAX,
        })),
    };
    b.int(v, width);
}

/// The command without the type.
fn command(raw: &Raw<'_>) -> u64 {
    (argument(raw, 0) & 0xffff_ffff) >> 8
}
