//! A picture that is drawn again in place: the second screen of the terminal, left again at the end.

use std::io::{self, Write};

/// Enters the second screen, hides the cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l";
/// Shows the cursor, goes back to the first screen.
const LEAVE: &[u8] = b"\x1b[?25h\x1b[?1049l";
/// Clears the rest of a line, ends it.
const END_OF_LINE: &[u8] = b"\x1b[K\r\n";

/// The second screen while it is in use.
#[derive(Debug)]
pub(crate) struct Screen {
    entered: bool,
}

impl Screen {
    /// A screen that is entered with the first picture.
    pub(crate) fn new() -> Self {
        Self { entered: false }
    }

    /// Bytes that show `picture`, cut to the size of the terminal.
    pub(crate) fn draw(&mut self, picture: &[u8], out: &mut Vec<u8>) {
        let (width, height) = terminal_size::terminal_size().map_or((80, 24), |(w, h)| (w.0, h.0));
        if !self.entered {
            out.extend_from_slice(ENTER);
            self.entered = true;
        }
        out.extend_from_slice(b"\x1b[H");
        let rows = usize::from(height).saturating_sub(1).max(1);
        for line in picture.split(|&b| b == b'\n').take(rows) {
            out.extend_from_slice(clip(line, usize::from(width)));
            out.extend_from_slice(END_OF_LINE);
        }
        out.extend_from_slice(b"\x1b[J");
    }

    /// Bytes that bring the first screen back.
    pub(crate) fn leave(&mut self, out: &mut Vec<u8>) {
        if self.entered {
            out.extend_from_slice(LEAVE);
            self.entered = false;
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.entered {
            // The terminal may be gone; then there is nothing to restore.
            let _ = io::stdout().write_all(LEAVE).and_then(|()| io::stdout().flush());
        }
    }
}

/// The first `width` characters of a line.
fn clip(line: &[u8], width: usize) -> &[u8] {
    let Ok(text) = std::str::from_utf8(line) else { return line.get(..width).unwrap_or(line) };
    match text.char_indices().nth(width) {
        Some((at, _)) => &line[..at],
        None => line,
    }
}
