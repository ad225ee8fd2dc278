//! Text to [`Ast`], with nom.
//!
//! ```text
//! filter  = or
//! or      = and { "or" and }                                        also "||"
//! and     = not { "and" not }                                       also "&&"
//! not     = { "not" } ( "(" or ")" | check | identifier )           also "!"
//! check   = left ( "exists" | op [modifier] right )
//! left    = field [ "[" arg "]" ] | transformer "(" term { "," term } ")" [ "[" arg "]" ]
//! ```
//!
//! No part is read twice, so the time is linear in the length of the text. Open brackets wait in a list of their own,
//! at most [`MAX_DEPTH`] of them; only transformers recurse, at most [`MAX_CALLS`] deep.

mod term;
mod value;

use std::sync::Arc;

use nom::IResult;

use crate::ast::{Ast, Check, Item, Modifier, Op, Right, Span, Term};
use crate::constant::{self, Number};
use crate::nearest::did_you_mean;
use crate::source::Source;
use crate::{Field, FilterError};

/// How deep brackets may nest.
pub(crate) const MAX_DEPTH: usize = 10_000;
/// How deep transformers may nest.
const MAX_CALLS: usize = 100;

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

/// Parses the filter in these bytes of a source; `None` for blanks only.
pub(crate) fn parse(source: &Source, range: Span) -> Result<Option<Ast>, FilterError> {
    let text = source.read().get(..range.end).unwrap_or("");
    let parser = Parser { text, base: source.base() };
    let input = text.get(range.start..).unwrap_or("");
    if skip_blanks(input).is_empty() {
        return Ok(None);
    }
    parser.filter(input).map(Some).map_err(|e| parser.error(source, e))
}

/// Parses the field or transformer that begins at byte `start`; gives the byte behind it too.
pub(crate) fn parse_term(text: &str, start: usize) -> Result<(Term, usize), FilterError> {
    let parser = Parser { text, base: 0 };
    let input = text.get(start..).unwrap_or("");
    let (rest, term) = parser.term(input, 0, false).map_err(|e| parser.error(&Source::alone(text), e))?;
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
    /// The source up to the end of what is parsed.
    text: &'a str,
    /// Where the source begins among all sources.
    base: usize,
}

/// A bracket that is open, or the filter as a whole.
#[derive(Debug, Default)]
struct Group {
    /// Its content is negated.
    negated: bool,
    /// Operands of the `and` being read.
    ands: usize,
    /// Operands of the `or`, without that one.
    ors: usize,
}

impl Group {
    /// Ends the `and` being read.
    fn end_and(&mut self, ast: &mut Ast) {
        if self.ands > 1 {
            ast.push(Item::And(self.ands));
        }
        self.ands = 0;
        self.ors += 1;
    }

    /// Ends the group.
    fn end(mut self, ast: &mut Ast) {
        self.end_and(ast);
        if self.ors > 1 {
            ast.push(Item::Or(self.ors));
        }
        if self.negated {
            ast.push(Item::Not);
        }
    }
}

impl<'a> Parser<'a> {
    fn error(&self, source: &Source, error: nom::Err<Fail>) -> FilterError {
        match error {
            nom::Err::Failure(Fail(f)) | nom::Err::Error(Fail(f)) => {
                let start = self.text.len() - f.left;
                let mut error = source.error(start..start + f.length, f.message);
                error.help = f.help;
                error.expected(f.expected)
            }
            nom::Err::Incomplete(_) => {
                source.error(self.text.len()..self.text.len(), "the text is incomplete")
            }
        }
    }

    /// Place of the text from `start` to `end`, given as the rests at both places.
    fn span(&self, start: &str, end: &str) -> Span {
        let at = |rest: &str| self.base + self.text.len() - rest.len();
        at(start)..at(end)
    }

    /// True when what stands before `rest` ends a condition, so that a keyword may follow.
    fn after_blank_or_bracket(&self, rest: &str) -> bool {
        let before = &self.text[..self.text.len() - rest.len()];
        before.ends_with(|c| is_blank(c) || c == ')')
    }

    /// The whole text.
    fn filter(&self, input: &'a str) -> Result<Ast, nom::Err<Fail>> {
        let mut ast = Ast::new();
        let mut group = Group::default();
        let mut around: Vec<Group> = Vec::new();
        let mut rest = input;
        loop {
            let (mut after, negated) = self.nots(rest);
            if let Some(inner) = after.strip_prefix('(') {
                if around.len() >= MAX_DEPTH {
                    let message = format!("brackets nest more than {MAX_DEPTH} deep");
                    return fail(after, 1, message).map(|(_, ast)| ast);
                }
                around.push(std::mem::replace(&mut group, Group { negated, ..Group::default() }));
                rest = inner;
                continue;
            }
            let item;
            (after, item) = self.condition(after)?;
            ast.push(item);
            if negated {
                ast.push(Item::Not);
            }
            rest = loop {
                group.ands += 1;
                if let Some(next) = self.connective(after, "and", "&&") {
                    break next;
                }
                if let Some(next) = self.connective(after, "or", "||") {
                    group.end_and(&mut ast);
                    break next;
                }
                let close = skip_blanks(after);
                let Some(outer) = around.pop() else {
                    group.end(&mut ast);
                    return if close.is_empty() {
                        Ok(ast)
                    } else {
                        self.surplus(after, &["`and`", "`or`", "the end"]).map(|(_, ast)| ast)
                    };
                };
                let Some(next) = close.strip_prefix(')') else {
                    const EXPECTED: &[&str] = &["`and`", "`or`", "`)`"];
                    let failure = if close.is_empty() {
                        fail(close, 0, "a bracket is not closed").expected(EXPECTED)
                    } else {
                        self.surplus(after, EXPECTED)
                    };
                    return failure.map(|(_, ast)| ast);
                };
                std::mem::replace(&mut group, outer).end(&mut ast);
                after = next;
            };
        }
    }

    /// What stands behind `and` or `or`.
    fn connective(&self, input: &'a str, word: &str, sign: &str) -> Option<&'a str> {
        let rest = skip_blanks(input);
        if let Some(after) = rest.strip_prefix(sign) {
            return Some(after);
        }
        if self.after_blank_or_bracket(rest) { keyword(rest, word) } else { None }
    }

    /// Steps over any number of `not`; true when they are odd.
    fn nots(&self, input: &'a str) -> (&'a str, bool) {
        let mut rest = skip_blanks(input);
        let mut negated = false;
        while let Some(after) = keyword(rest, "not").or_else(|| rest.strip_prefix('!')) {
            negated = !negated;
            rest = skip_blanks(after);
        }
        (rest, negated)
    }

    /// A comparison or an identifier.
    fn condition(&self, input: &'a str) -> Parsed<'a, Item> {
        let word_end = input.find(|c| !is_word(c) && c != '.').unwrap_or(input.len());
        let word = &input[..word_end];
        if word.is_empty() || matches!(word, "and" | "or" | "not") {
            return self.no_condition(input);
        }
        if word.contains('.') || input[word_end..].starts_with('(') {
            let (rest, check) = self.check(input)?;
            return Ok((rest, Item::Check(Arc::new(check))));
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
        Ok((rest, Item::Ident(word.into(), self.span(input, rest))))
    }

    fn no_condition<T>(&self, input: &'a str) -> Parsed<'a, T> {
        let failure = fail(input, token(input), format!("expected a condition, found {}", shown(input)))
            .expected(&["a field", "a transformer", "`not`", "`(`"]);
        match input.chars().next() {
            Some('%') => failure.help("fields are written without `%` in filters"),
            Some('"' | '\'') => {
                failure.help("a condition begins with a field, for example `proc.name = \"x\"`")
            }
            _ => failure,
        }
    }

    /// The error for text behind a whole condition.
    fn surplus<T>(&self, input: &'a str, expected: &[&str]) -> Parsed<'a, T> {
        let rest = skip_blanks(input);
        let length = token(rest);
        let word = &rest[..length];
        let failure = fail(rest, length, format!("unexpected {}", shown(rest))).expected(expected);
        let touching = rest.len() == input.len();
        // Of what stands in front blanks belong to `input`, unless a comparison ended there.
        let before = &self.text[..self.text.len() - input.len()];
        let value = before.rsplit(|c| !is_bare(c)).next().unwrap_or("");
        if let Some(sign) = ["&&", "||"].into_iter().find(|sign| value.contains(sign)) {
            return failure
                .help(format!("the value is `{value}`: put a blank in front of `{sign}`, or quote it"));
        }
        match rest.chars().next() {
            Some(')') => failure.help("there is no open bracket for it"),
            Some('=' | ',' | '(' | '"' | '\'') if touching && !value.is_empty() => {
                let whole = &rest[..rest.find(is_blank).unwrap_or(rest.len())];
                let whole = whole.replace(['"', '\'', ')'], "");
                failure.help(format!(
                    "a value that holds any of ( ) \" ' = , or a blank must be quoted: \"{value}{whole}\""
                ))
            }
            Some('&') => failure.help("write `and` or `&&`"),
            Some('|') => failure.help("write `or` or `||`"),
            _ => match word.to_ascii_lowercase().as_str() {
                lower @ ("and" | "or" | "not") if lower != word => {
                    failure.help(format!("keywords are lower case: `{lower}`"))
                }
                "and" | "or" | "not" => failure.help("a condition must follow, behind a blank"),
                _ if is_bare_word(value) && !touching && is_bare_word(word) => failure.help(format!(
                    "quote a value with blanks, `\"{value} {}\"`, and the whole filter with ' so that the shell \
                     leaves the quotes; or join conditions with `and` or `or`",
                    words(rest)
                )),
                _ => failure.help("join conditions with `and` or `or`; quote values that hold blanks"),
            },
        }
    }

    fn check(&self, input: &'a str) -> Parsed<'a, Check> {
        let (rest, left) = self.term(input, 0, false)?;
        let at = skip_blanks(rest);
        let (rest, op) = self.op(at)?;
        let op_span = self.span(at, rest);
        let (rest, (modifier, right)) = self.right(rest, op)?;
        Ok((rest, Check { left, op, op_span, modifier, right, span: self.span(input, rest) }))
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

    fn right(&self, input: &'a str, op: Op) -> Parsed<'a, (Option<Modifier>, Right)> {
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
            let (rest, term) = self.term(at, 0, true)?;
            return Ok((rest, (None, Right::Term(term))));
        }
        if op.takes_list() {
            let (rest, right) = self.list(at)?;
            return Ok((rest, (None, right)));
        }
        let (rest, literal) = self.literal(at)?;
        if op.is_order() && Number::parse(&literal.bytes).is_err() && constant::time(&literal).is_none() {
            return fail(at, at.len() - rest.len(), format!("`{}` needs a number on its right", op.name()))
                .expected(&["a number", "a time such as 2026-11-22T10:00", "`val(field)`"])
                .help_maybe(no_number(&literal.bytes));
        }
        Ok((rest, (None, Right::Value(literal))))
    }
}

/// What may be wrong with a number or a time.
fn no_number(literal: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(literal).ok()?;
    let digits = text.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
    match &text[digits..] {
        clock if clock.starts_with(':') => {
            Some("a time of day needs its date, as in 2026-11-22T10:00".to_owned())
        }
        unit if unit.chars().all(char::is_alphabetic) => {
            Some(format!("`{unit}` is no unit: there are {}", constant::units()))
        }
        _ => None,
    }
}

/// A word that may be part of a value that was meant to be quoted.
fn is_bare_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(is_bare) && Op::ALL.iter().all(|(name, _)| *name != word)
}

/// The words up to the next keyword or condition.
fn words(input: &str) -> String {
    let end = input.find(|c: char| !is_blank(c) && !is_bare(c)).unwrap_or(input.len());
    let words = input[..end].split(is_blank).filter(|w| !w.is_empty());
    words.take_while(|w| !matches!(*w, "and" | "or" | "not")).take(5).collect::<Vec<_>>().join(" ")
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
