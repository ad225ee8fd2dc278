//! The words of a line as a shell sees them, the last one unfinished.

/// A line up to the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Words before the cursor, the program's name left out.
    pub(super) before: Vec<String>,
    /// The word that is being typed, without quotes; empty behind a blank.
    pub(super) current: String,
    /// A quote is open in it.
    pub(super) quoted: bool,
}

impl Line {
    /// Splits a line at blanks, heeding quotes and backslashes.
    pub(super) fn split(line: &str) -> Self {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        let mut characters = line.chars();
        while let Some(c) = characters.next() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (None, '\'' | '"') => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
                (None, c) if c.is_whitespace() => words.extend(word.take()),
                _ => word.get_or_insert_default().push(c),
            }
        }
        words.drain(..1.min(words.len()));
        Self { before: words, current: word.unwrap_or_default(), quoted: quote.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_the_shell_ends_them() {
        let split = |line: &str| {
            let line = Line::split(line);
            (line.before.join("|"), line.current, line.quoted)
        };
        assert_eq!(split("cscope -r a\\ b 'x y' z"), ("-r|a b|x y".into(), "z".into(), false));
        assert_eq!(split("cscope 'a=b and c"), (String::new(), "a=b and c".into(), true));
        assert_eq!(split("cscope x "), ("x".into(), String::new(), false));
        assert_eq!(split("cscope \"it's\" \"\\\""), ("it's".into(), "\"".into(), true));
        assert_eq!(split(""), (String::new(), String::new(), false));
    }
}
