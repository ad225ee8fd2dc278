//! `util.*`.

use super::uint;
use crate::field::Field;
use crate::{Kind, Print};

pub(super) const FIELDS: &[Field] = &[Field::new(
    "util.cnt",
    Kind::Uint,
    "A number that grows from event to event, for tables. sysdig counts evaluations, which depends on the filter around it; \
     here it is evt.num.",
    "util.cnt > 0",
    |env, _, _| uint(env.cx.num),
)
.without_args()
.print(Print::Id)];
