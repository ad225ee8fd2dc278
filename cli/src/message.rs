//! What is said to the user on standard error.

use std::fmt::Display;

use cscope_capture::print::escaped;

/// Says something in one line. Names in it, of files for example, may be chosen by others: nothing of them acts on the
/// terminal.
pub(crate) fn say(what: impl Display) {
    eprintln!("cscope: {}", escaped(&what.to_string()));
}
