//! What is said to the user on standard error.

use std::fmt::Display;
use std::io::{self, Write};

use cscope_capture::print::escaped;

/// Says something in one line. Names in it, of files for example, may be chosen by others: nothing of them acts on the
/// terminal.
pub(crate) fn say(what: impl Display) {
    tell(format_args!("cscope: {}\n", escaped(&what.to_string())));
}

/// Writes a text as it is, in one piece. A capture does not end because nobody can be told.
pub(crate) fn tell(text: impl Display) {
    let _ = io::stderr().write_all(text.to_string().as_bytes());
}
