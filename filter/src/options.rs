//! Choices of the user that change how filters are read and how values become text.

use cscope_capture::print::{DataFormat, PrintOptions, Style};

/// How a filter is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct FilterOptions {
    /// `evt.type=open` matches `open` only, not its variants `openat` and `openat2`.
    pub exact_types: bool,
    /// How values that are compared as text are made.
    pub text: TextOptions,
}

/// How `evt.outputtime` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeStyle {
    /// `h`: local time of day.
    #[default]
    Clock,
    /// `a`: seconds since the epoch.
    Absolute,
    /// `r`: seconds since the first event of the stream.
    Relative,
    /// `d`: latency of the call.
    Latency,
    /// `D`: seconds since the line before.
    Delta,
}

impl TimeStyle {
    /// The style with this letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'h' => Self::Clock,
            'a' => Self::Absolute,
            'r' => Self::Relative,
            'd' => Self::Latency,
            'D' => Self::Delta,
            _ => return None,
        })
    }
}

/// How values become text.
#[derive(Debug, Clone, Copy)]
pub struct TextOptions {
    /// How bytes are written.
    pub data: DataFormat,
    /// Cut the dotted text of bytes at 80 characters.
    pub cut: bool,
    /// `--pairs`: parameters as old tools name them.
    pub pairs: bool,
    /// `-R`: ports by service name.
    pub resolve_ports: bool,
    /// Users and groups by name; false with `-E`.
    pub resolve_users: bool,
    /// How `evt.outputtime` is written.
    pub time: TimeStyle,
    /// Text as it is, control characters included; else it is made safe for a terminal. JSON is always escaped.
    pub raw: bool,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            data: DataFormat::Dotted,
            cut: true,
            pairs: false,
            resolve_ports: false,
            resolve_users: true,
            time: TimeStyle::Clock,
            raw: false,
        }
    }
}

impl TextOptions {
    /// The part that concerns parameters of events.
    pub(crate) fn print(&self) -> PrintOptions {
        PrintOptions {
            data: self.data,
            cut: self.cut.then_some(PrintOptions::TERMINAL_CUT),
            style: if self.pairs { Style::Pairs } else { Style::Merged },
        }
    }
}
