//! The error of this crate: what is wrong with a filter or a format, and where in its text.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use cscope_capture::print::{escaped, masked, safe_json};

/// Why a filter or a format was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The text that was parsed.
    pub text: String,
    /// The file the text is from.
    pub origin: Option<Box<str>>,
    /// Bytes of `text` the error is about; empty at the end when something is missing there.
    pub span: Range<usize>,
    /// Lower-case sentence.
    pub message: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
    /// What could stand there instead.
    pub expected: Box<[String]>,
}

impl FilterError {
    pub(crate) fn new(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            text: text.to_owned(),
            origin: None,
            span,
            message: message.into(),
            help: None,
            expected: Box::default(),
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn expected<S: Into<String>>(mut self, expected: impl IntoIterator<Item = S>) -> Self {
        self.expected = expected.into_iter().map(Into::into).collect();
        self
    }

    /// Line of the error, from 1.
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    /// Column of the error in characters, from 1.
    pub fn column(&self) -> usize {
        self.before().rsplit('\n').next().map_or(0, |s| s.chars().count()) + 1
    }

    /// The text in front of the error.
    fn before(&self) -> &str {
        self.text.get(..self.span.start).unwrap_or("")
    }

    /// The error as several lines for a terminal: the text with a mark under the place, then what was
    /// expected and what to do. `color`: with terminal colours.
    pub fn render(&self, color: bool) -> String {
        let label = if self.expected.is_empty() {
            String::new()
        } else {
            format!("expected {}", one_of(&self.expected))
        };
        let start = self.span.start.min(self.text.len());
        let span = start..self.span.end.clamp(start, self.text.len());
        let annotation = AnnotationKind::Primary.span(span).label(label.as_str());
        let mut snippet = Snippet::source(masked(&self.text)).annotation(annotation);
        if let Some(origin) = &self.origin {
            snippet = snippet.path(escaped(origin));
        }
        let mut group = Level::ERROR.primary_title(escaped(&self.message)).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(escaped(help)));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

impl FilterError {
    /// The error about a text that is no filter, but given with this flag, unless it is from a file.
    #[must_use]
    pub fn about(mut self, flag: &str) -> Self {
        self.origin.get_or_insert_with(|| flag.into());
        self
    }

    /// One JSON object: `message`, `file` (null for a filter of the command line, else also the flag), `line`, `column`,
    /// `start` and `end` (bytes of the text), `expected` (a list), `help`, `text`.
    pub fn to_json(&self) -> String {
        let json = serde_json::json!({
            "message": self.message,
            "file": self.origin,
            "line": self.line(),
            "column": self.column(),
            "start": self.span.start,
            "end": self.span.end,
            "expected": self.expected,
            "help": self.help,
            "text": self.text,
        });
        safe_json(&json.to_string())
    }
}

/// One line: `filter:COLUMN: message, expected this or that (what to do)`, with the file and its line where the text is
/// from a file.
impl std::fmt::Display for FilterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{}:{}:{}: ", escaped(origin), self.line(), self.column())?,
            None if self.text.contains('\n') => write!(f, "filter:{}:{}: ", self.line(), self.column())?,
            None => write!(f, "filter:{}: ", self.column())?,
        }
        f.write_str(&escaped(&self.message))?;
        if !self.expected.is_empty() && !self.message.starts_with("expected") {
            write!(f, ", expected {}", one_of(&self.expected))?;
        }
        match &self.help {
            Some(help) => write!(f, " ({})", escaped(help)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FilterError {}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn one_of(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
