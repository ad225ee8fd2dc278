//! Text to [`Expr`], with nom.
//!
//! ```text
//! filter  = or
//! or      = and { "or" and }
//! and     = not { "and" not }
//! not     = { "not" } ( "(" or ")" | check | identifier )
//! check   = left ( "exists" | op [modifier] right )
//! left    = field [ "[" arg "]" ] | transformer "(" term { "," term } ")" [ "[" arg "]" ]
//! ```
//!
//! No part is read twice, so the time is linear in the length of the text. Brackets nest at most
//! [`MAX_DEPTH`] deep, which bounds the stack.

mod term;
mod value;

use nom::IResult;

use crate::ast::{Check, Expr, Modifier, Op, Right, Span, Term};
use crate::constant::Number;
use crate::nearest::did_you_mean;
use crate::{Field, FilterError};

/// How deep brackets and transformers may nest.
const MAX_DEPTH: usize = 100;

/// An error with the number of bytes that were left where it was found.
#[derive(Debug)]
struct Fail(Box<Failure>);

#[derive(Debug, Default)]
struct Failure {
    left: usize,
    length: usize,
    message: String,
    help: Option<String>,
    expected: Vec<String>,
}

impl nom::error::ParseError<&str> for Fail {
    fn from_error_kind(input: &str, kind: nom::error::ErrorKind) -> Self {
        Self(Box::new(Failure { left: input.len(), message: format!("{kind:?}"), ..Failure::default() }))
    }

    fn append(_: &str, _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

type Parsed<'a, T> = IResult<&'a str, T, Fail>;

/// An error about the first `length` bytes of `rest`.
fn fail<'a, T>(rest: &'a str, length: usize, message: impl Into<String>) -> Parsed<'a, T> {
    let failure = Failure { left: rest.len(), length, message: message.into(), ..Failure::default() };
    Err(nom::Err::Failure(Fail(Box::new(failure))))
}

/// Adds to an error.
trait Explain: Sized {
    fn help(self, help: impl Into<String>) -> Self;
    fn help_maybe(self, help: Option<String>) -> Self;
    fn expected(self, expected: &[&str]) -> Self;
}

impl<T> Explain for Parsed<'_, T> {
    fn help(self, help: impl Into<String>) -> Self {
        self.help_maybe(Some(help.into()))
    }

    fn help_maybe(mut self, help: Option<String>) -> Self {
        if let Err(nom::Err::Failure(Fail(failure))) = &mut self {
            failure.help = help.or(failure.help.take());
        }
        self
    }

    fn expected(mut self, expected: &[&str]) -> Self {
        if let Err(nom::Err::Failure(Fail(failure))) = &mut self {
            failure.expected = expected.iter().map(|&e| e.to_owned()).collect();
        }
        self
    }
}

/// Parses a filter; `None` for a text of blanks only.
pub(crate) fn parse(text: &str) -> Result<Option<Expr>, FilterError> {
    let parser = Parser { text };
    if skip_blanks(text).is_empty() {
        return Ok(None);
    }
    let parsed = parser.or(text, 0).and_then(|(rest, expr)| parser.end(rest).map(|_| expr));
    parsed.map(Some).map_err(|e| parser.error(e))
}

/// Parses the field or transformer that begins at byte `start`; gives the byte behind it too.
pub(crate) fn parse_term(text: &str, start: usize) -> Result<(Term, usize), FilterError> {
    let parser = Parser { text };
    let input = text.get(start..).unwrap_or("");
    let (rest, term) = parser.term(input, 0, false).map_err(|e| parser.error(e))?;
    Ok((term, text.len() - rest.len()))
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Characters of a bare value.
fn is_bare(c: char) -> bool {
    !is_blank(c) && !matches!(c, '(' | ')' | '"' | '\'' | '=' | ',')
}

fn skip_blanks(input: &str) -> &str {
    input.trim_start_matches(is_blank)
}

/// Length of the word, number or single character `input` begins with: what an error points at.
fn token(input: &str) -> usize {
    match input.chars().next() {
        None => 0,
        Some(c) if is_bare(c) => input.find(|c| !is_bare(c)).unwrap_or(input.len()),
        Some(c) => c.len_utf8(),
    }
}

/// What stands at `input`, for messages.
fn shown(input: &str) -> String {
    match input.get(..token(input)) {
        None | Some("") => "the end of the filter".to_owned(),
        Some(t) if t.chars().count() > 40 => format!("`{}...`", t.chars().take(40).collect::<String>()),
        Some(t) => format!("`{t}`"),
    }
}

/// The rest behind a keyword, which must be followed by a blank or a bracket.
fn keyword<'a>(input: &'a str, word: &str) -> Option<&'a str> {
    let rest = input.strip_prefix(word)?;
    rest.starts_with(|c| is_blank(c) || c == '(').then_some(rest)
}

struct Parser<'a> {
    text: &'a str,
}

impl<'a> Parser<'a> {
    fn error(&self, error: nom::Err<Fail>) -> FilterError {
        match error {
            nom::Err::Failure(Fail(f)) | nom::Err::Error(Fail(f)) => {
                let start = self.text.len() - f.left;
                let mut error = FilterError::new(self.text, start..start + f.length, f.message);
                error.help = f.help;
                error.expected(f.expected)
            }
            nom::Err::Incomplete(_) => {
                FilterError::new(self.text, self.text.len()..self.text.len(), "the text is incomplete")
            }
        }
    }

    /// Bytes of the text from `start` to `end`, given as the rests at both places.
    fn span(&self, start: &str, end: &str) -> Span {
        self.text.len() - start.len()..self.text.len() - end.len()
    }

    /// True when what stands before `rest` ends a condition, so that a keyword may follow.
    fn after_blank_or_bracket(&self, rest: &str) -> bool {
        let before = &self.text[..self.text.len() - rest.len()];
        before.ends_with(|c| is_blank(c) || c == ')')
    }

    fn or(&self, input: &'a str, depth: usize) -> Parsed<'a, Expr> {
        let (mut rest, first) = self.and(input, depth)?;
        let mut all = vec![first];
        while let Some(after) = self.connective(rest, "or") {
            let (next, expr) = self.and(after, depth)?;
            all.push(expr);
            rest = next;
        }
        Ok((rest, if all.len() == 1 { all.remove(0) } else { Expr::Or(all) }))
    }

    fn and(&self, input: &'a str, depth: usize) -> Parsed<'a, Expr> {
        let (mut rest, first) = self.not(input, depth)?;
        let mut all = vec![first];
        while let Some(after) = self.connective(rest, "and") {
            let (next, expr) = self.not(after, depth)?;
            all.push(expr);
            rest = next;
        }
        Ok((rest, if all.len() == 1 { all.remove(0) } else { Expr::And(all) }))
    }

    fn connective(&self, input: &'a str, word: &str) -> Option<&'a str> {
        let rest = skip_blanks(input);
        if self.after_blank_or_bracket(rest) { keyword(rest, word) } else { None }
    }

    fn not(&self, input: &'a str, depth: usize) -> Parsed<'a, Expr> {
        let mut rest = skip_blanks(input);
        let mut negated = false;
        while let Some(after) = keyword(rest, "not") {
            negated = !negated;
            rest = skip_blanks(after);
        }
        let (rest, expr) = self.primary(rest, depth)?;
        Ok((rest, if negated { Expr::Not(Box::new(expr)) } else { expr }))
    }

    fn primary(&self, input: &'a str, depth: usize) -> Parsed<'a, Expr> {
        if let Some(inner) = input.strip_prefix('(') {
            if depth >= MAX_DEPTH {
                return fail(input, 1, format!("brackets nest more than {MAX_DEPTH} deep"));
            }
            let (rest, expr) = self.or(inner, depth + 1)?;
            let close = skip_blanks(rest);
            return match close.strip_prefix(')') {
                Some(rest) => Ok((rest, expr)),
                None if close.is_empty() => {
                    fail(close, 0, "a bracket is not closed").expected(&["`and`", "`or`", "`)`"])
                }
                None => self.surplus(rest, &["`and`", "`or`", "`)`"]),
            };
        }
        let word_end = input.find(|c| !is_word(c) && c != '.').unwrap_or(input.len());
        let word = &input[..word_end];
        if word.is_empty() || matches!(word, "and" | "or" | "not") {
            return self.no_condition(input);
        }
        if word.contains('.') || input[word_end..].starts_with('(') {
            let (rest, check) = self.check(input, depth)?;
            return Ok((rest, Expr::Check(check)));
        }
        if !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return fail(input, word_end, format!("`{word}` is no field name")).expected(&["a condition"]);
        }
        let rest = &input[word_end..];
        let after = skip_blanks(rest);
        let after_word = &after[..after.find(|c| !is_word(c)).unwrap_or(after.len())];
        if after.starts_with(['=', '<', '>']) || Op::ALL.iter().any(|(name, _)| *name == after_word) {
            return fail(input, word_end, format!("`{word}` is no field")).help(fields_called(word));
        }
        Ok((rest, Expr::Ident(word.to_owned(), self.span(input, rest))))
    }

    fn no_condition<T>(&self, input: &'a str) -> Parsed<'a, T> {
        let failure = fail(input, token(input), format!("expected a condition, found {}", shown(input)))
            .expected(&["a field", "a transformer", "`not`", "`(`"]);
        match input.chars().next() {
            Some('!') => failure.help("write `not` with a blank behind it instead of `!`"),
            Some('%') => failure.help("fields are written without `%` in filters"),
            Some('"' | '\'') => {
                failure.help("a condition begins with a field, for example `proc.name = \"x\"`")
            }
            _ => failure,
        }
    }

    /// Nothing but blanks may be left.
    fn end(&self, rest: &'a str) -> Parsed<'a, ()> {
        match skip_blanks(rest) {
            "" => Ok(("", ())),
            _ => self.surplus(rest, &["`and`", "`or`", "the end"]),
        }
    }

    /// The error for text behind a whole condition.
    fn surplus<T>(&self, input: &'a str, expected: &[&str]) -> Parsed<'a, T> {
        let rest = skip_blanks(input);
        let length = token(rest);
        let word = &rest[..length];
        let failure = fail(rest, length, format!("unexpected {}", shown(rest))).expected(expected);
        let touching = rest.len() == input.len();
        match rest.chars().next() {
            Some(')') => failure.help("there is no open bracket for it"),
            Some('=' | ',' | '(' | '"' | '\'') if touching => {
                failure.help("a value that holds any of ( ) \" ' = , or a blank must be quoted")
            }
            Some('&') => failure.help("write `and`"),
            Some('|') => failure.help("write `or`"),
            _ => match word.to_ascii_lowercase().as_str() {
                lower @ ("and" | "or" | "not") if lower != word => {
                    failure.help(format!("keywords are lower case: `{lower}`"))
                }
                "and" | "or" | "not" => failure.help("a condition must follow, behind a blank"),
                _ => failure.help("join conditions with `and` or `or`; quote values that hold blanks"),
            },
        }
    }

    fn check(&self, input: &'a str, depth: usize) -> Parsed<'a, Check> {
        let (rest, left) = self.term(input, depth, false)?;
        let at = skip_blanks(rest);
        let (rest, op) = self.op(at)?;
        let op_span = self.span(at, rest);
        let (rest, (modifier, right)) = self.right(rest, op, depth)?;
        Ok((rest, Check { left, op, op_span, modifier, right }))
    }

    fn op(&self, input: &'a str) -> Parsed<'a, Op> {
        let word_end = input.find(|c| !is_word(c)).unwrap_or(input.len());
        let word = &input[..word_end];
        let found = Op::ALL
            .iter()
            .find(|(name, _)| if word.is_empty() { input.starts_with(name) } else { *name == word });
        let Some((name, op)) = found else {
            let length = if word.is_empty() { token(input) } else { word_end };
            let what = if input.is_empty() { "expected an operator" } else { "unknown operator" };
            let message = if input.is_empty() { what.to_owned() } else { format!("{what} {}", shown(input)) };
            let lower = word.to_ascii_lowercase();
            let names = || Op::ALL.iter().map(|(name, _)| *name);
            return fail(input, length, message)
                .expected(&["`=`", "`!=`", "`<`", "`<=`", "`>`", "`>=`", "a word such as `contains` or `in`"])
                .help(format!("operators: {}", names().collect::<Vec<_>>().join(" ")))
                .help_maybe(did_you_mean(&lower, names()));
        };
        let rest = &input[name.len()..];
        let needs_blank = !word.is_empty() && *op != Op::Exists && !op.takes_list();
        if needs_blank && !rest.is_empty() && !rest.starts_with(is_blank) {
            return fail(rest, token(rest), format!("a blank must follow `{name}`"));
        }
        Ok((rest, *op))
    }

    fn right(&self, input: &'a str, op: Op, depth: usize) -> Parsed<'a, (Option<Modifier>, Right)> {
        let at = skip_blanks(input);
        if op == Op::Exists {
            return Ok((input, (None, Right::None)));
        }
        if !op.is_order() && !op.takes_list() && at.len() < input.len() {
            for (word, modifier) in Modifier::NAMES {
                if let Some(after) = at.strip_prefix(word).filter(|a| a.starts_with(is_blank)) {
                    let list = skip_blanks(after);
                    if list.is_empty() || list.starts_with(')') || is_connective(list) {
                        break;
                    }
                    let (rest, right) = self.list(list)?;
                    return Ok((rest, (Some(modifier), right)));
                }
            }
        }
        let name_end = at.find(|c| !is_word(c)).unwrap_or(at.len());
        if name_end > 0 && at[name_end..].starts_with('(') {
            let (rest, term) = self.term(at, depth, true)?;
            return Ok((rest, (None, Right::Term(term))));
        }
        if op.takes_list() {
            let (rest, right) = self.list(at)?;
            return Ok((rest, (None, right)));
        }
        let (rest, literal) = self.literal(at)?;
        if op.is_order() && Number::parse(&literal.bytes).is_err() {
            return fail(at, at.len() - rest.len(), format!("`{}` needs a number on its right", op.name()))
                .expected(&["a number", "`val(field)`"]);
        }
        Ok((rest, (None, Right::Value(literal))))
    }
}

/// Help for who wrote a field without its class.
pub(crate) fn fields_called(name: &str) -> String {
    let suffix = format!(".{name}");
    let mut near: Vec<&str> = Field::all().map(|f| f.name).filter(|n| n.ends_with(&suffix)).collect();
    near.sort_by_key(|n| n.len());
    let near: Vec<String> = near.into_iter().take(4).map(|n| format!("`{n}`")).collect();
    if near.is_empty() {
        "a field is written class.name, for example `proc.name`".to_owned()
    } else {
        format!("fields have a class in front: {}", crate::error::one_of(&near))
    }
}

/// True for `and` and `or` as keywords.
fn is_connective(input: &str) -> bool {
    keyword(input, "and").is_some() || keyword(input, "or").is_some()
}

#[cfg(test)]
mod tests;
