//! The texts a filter is read from: the one asked for, and files with macros and lists. Places in them are counted
//! through, so that one span names both the text and the bytes of it.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::FilterError;
use crate::ast::Span;

/// A text, and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Name of the file; none for the command line.
    origin: Option<Arc<str>>,
    text: Arc<str>,
    /// The text with blanks in place of comments, when it may have some.
    masked: Option<Arc<str>>,
    base: usize,
}

impl Source {
    /// A text that stands for itself.
    pub(crate) fn alone(text: &str) -> Self {
        Self { origin: None, text: text.into(), masked: None, base: 0 }
    }

    /// What is parsed: the text without comments, byte for byte at the same place.
    pub(crate) fn read(&self) -> &str {
        self.masked.as_deref().unwrap_or(&self.text)
    }

    /// The same with another text to parse, as long as this one.
    pub(crate) fn reading(&self, text: String) -> Self {
        Self { masked: Some(text.into()), ..self.clone() }
    }

    /// Where it begins among all sources.
    pub(crate) fn base(&self) -> usize {
        self.base
    }

    /// An error about bytes of this text.
    pub(crate) fn error(&self, span: Range<usize>, message: impl Into<String>) -> FilterError {
        let mut error = FilterError::new(&self.text, span, message);
        error.origin = self.origin.as_deref().map(Box::from);
        error
    }
}

/// All texts that belong together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    all: Vec<Source>,
    end: usize,
}

impl Sources {
    /// Adds the text of a filter.
    pub(crate) fn add(&mut self, text: &str) -> Source {
        self.push(None, text, None)
    }

    /// Adds a file, in which `#` begins a comment.
    pub(crate) fn add_file(&mut self, name: &str, text: &str) -> Source {
        let masked = match without_comments(text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(masked.into()),
        };
        self.push(Some(name.into()), text, masked)
    }

    fn push(&mut self, origin: Option<Arc<str>>, text: &str, masked: Option<Arc<str>>) -> Source {
        let base = self.end;
        // One byte between two texts: the end of one is not the start of the next.
        self.end += text.len() + 1;
        let source = Source { origin, text: text.into(), masked, base };
        self.all.push(source.clone());
        source
    }

    fn find(&self, span: &Span) -> Option<(&Source, Range<usize>)> {
        let after = self.all.partition_point(|s| s.base <= span.start);
        let source = self.all.get(after.checked_sub(1)?)?;
        Some((source, span.start - source.base..span.end.saturating_sub(source.base)))
    }

    /// The text of a place.
    pub(crate) fn text(&self, span: &Span) -> Option<&str> {
        let (source, range) = self.find(span)?;
        source.text.get(range)
    }

    /// The name of the file and the line of a place, for places in files.
    pub(crate) fn line(&self, span: &Span) -> Option<(&str, usize)> {
        let (source, range) = self.find(span)?;
        let lines = source.text.get(..range.start)?.matches('\n').count();
        Some((source.origin.as_deref()?, lines + 1))
    }

    /// An error about a place.
    pub(crate) fn error(&self, span: Span, message: impl Into<String>) -> FilterError {
        match self.find(&span) {
            Some((source, range)) => source.error(range, message),
            None => FilterError::new("", 0..0, message),
        }
    }
}

/// The text with blanks in place of comments: `#` at the start of a line or behind a blank, outside of quotes, up to
/// the end of the line.
fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains('#') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut before = '\n';
    let mut comment = false;
    let mut escaped = false;
    for c in text.chars() {
        match (quote, c) {
            (_, '\n') => (comment, escaped) = (false, false),
            _ if comment => {}
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') if before.is_ascii_whitespace() => comment = true,
            _ => {}
        }
        if comment {
            (0..c.len_utf8()).for_each(|_| out.push(' '));
        } else {
            out.push(c);
        }
        before = c;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_become_blanks() {
        let text = "# ä\na.b = 'x # y' # z'\nc.d = e#f";
        assert_eq!(without_comments(text), "    \na.b = 'x # y'     \nc.d = e#f");
        assert_eq!(without_comments(text).len(), text.len());
    }

    #[test]
    fn places_name_the_text_they_are_in() {
        let mut sources = Sources::default();
        let first = sources.add("abc").base();
        let second = sources.add_file("f", "x\nyz").base();
        assert_eq!(sources.text(&(first..first + 3)), Some("abc"));
        assert_eq!(sources.text(&(second + 2..second + 4)), Some("yz"));
        assert_eq!(sources.line(&(second + 2..second + 4)), Some(("f", 2)));
        assert_eq!(sources.error(first + 3..first + 3, "end").span, 3..3);
        assert_eq!(sources.error(second..second + 1, "x").origin.as_deref(), Some("f"));
    }
}
