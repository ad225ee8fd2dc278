//! Choices of the user that change how filters are read and how values become text.

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

/// How bytes parameters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DataStyle {
    /// Dots in the place of what cannot be printed.
    #[default]
    Dots,
    /// `-x`: rows of hexadecimal numbers.
    Hex,
    /// `-X`: rows of hexadecimal numbers and text.
    HexAscii,
    /// `-A`: what can be printed, line by line.
    Ascii,
    /// `-b`: base64.
    Base64,
}

/// How values become text.
#[derive(Debug, Clone, Copy)]
pub struct TextOptions {
    /// How bytes are written.
    pub data: DataStyle,
    /// Cut the text of bytes at 80 characters (only with [`DataStyle::Dots`]).
    pub cut: bool,
    /// `-R`: ports by service name.
    pub resolve_ports: bool,
    /// Users and groups by name; false with `-E`.
    pub resolve_users: bool,
    /// How `evt.outputtime` is written.
    pub time: TimeStyle,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            data: DataStyle::Dots,
            cut: true,
            resolve_ports: false,
            resolve_users: true,
            time: TimeStyle::Clock,
        }
    }
}
