//! Lines made of columns.

use cscope_capture::print::escape_terminal;

/// Appends `text` padded with blanks to `width` characters. Longer text is kept whole, with one blank behind it:
/// nothing a user may need is cut.
pub(crate) fn column(text: &[u8], width: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(text);
    let length = String::from_utf8_lossy(text).chars().count();
    out.resize(out.len() + width.saturating_sub(length).max(1), b' ');
}

/// Appends `text` and ends the line, without blanks at its end.
pub(crate) fn last(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(text);
    let end = out.iter().rposition(|&b| b != b' ').map_or(0, |at| at + 1);
    out.truncate(end);
    out.push(b'\n');
}

/// Appends a name that comes from the traced system, safe for a terminal unless `raw`.
pub(crate) fn safe(text: &[u8], raw: bool, out: &mut Vec<u8>) {
    if raw {
        out.extend_from_slice(text);
    } else {
        escape_terminal(text, out);
    }
}
