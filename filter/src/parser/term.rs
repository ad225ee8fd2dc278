//! Fields and transformers with their arguments.

use nom::Parser as _;
use nom::bytes::complete::take_while;

use super::{Explain, MAX_CALLS, Parsed, Parser, fail, is_word, shown, skip_blanks, token};
use crate::ast::{Literal, Term};
use crate::constant::Number;
use crate::nearest::did_you_mean;
use crate::transform;

impl<'a> Parser<'a> {
    /// A field or a transformer. `right`: it stands on the right of an operator, where a field is written
    /// `val(field)`.
    pub(super) fn term(&self, input: &'a str, depth: usize, right: bool) -> Parsed<'a, Term> {
        let end = input.find(|c| !is_word(c) && c != '.').unwrap_or(input.len());
        let (name, rest) = input.split_at(end);
        if !rest.starts_with('(') {
            return self.field(input, name);
        }
        if depth >= MAX_CALLS {
            return fail(input, end, format!("transformers nest more than {MAX_CALLS} deep"));
        }
        if name.contains('.') {
            return fail(input, end, format!("`{name}` is no transformer")).expected(transform::NAMES);
        }
        let inner = skip_blanks(&rest[1..]);
        if name == "val" {
            if !right {
                return fail(input, end, "`val` belongs on the right side of an operator")
                    .help("on the left side write the field alone");
            }
            let (rest, term) =
                self.field(inner, &inner[..inner.find(|c| !is_word(c) && c != '.').unwrap_or(0)])?;
            let Some(rest) = skip_blanks(rest).strip_prefix(')') else {
                let at = skip_blanks(rest);
                return fail(at, token(at), format!("unexpected {} in `val`", shown(at))).expected(&["`)`"]);
            };
            let arg = rest.starts_with('[');
            return if arg {
                fail(rest, 1, "the argument belongs inside: `val(field[arg])`")
            } else {
                Ok((rest, term))
            };
        }
        if !transform::NAMES.contains(&name) {
            return fail(input, end, format!("unknown transformer `{name}`"))
                .help(format!("transformers: {}", transform::NAMES.join(" ")))
                .help_maybe(did_you_mean(name, transform::NAMES.iter().copied()));
        }
        let (rest, args) = self.terms(inner, depth + 1)?;
        let (rest, arg) = self.argument(rest)?;
        Ok((rest, Term::Call { name: name.to_owned(), args, arg, span: self.span(input, rest) }))
    }

    /// Arguments of a transformer or items of a list up to the closing bracket.
    pub(super) fn terms(&self, input: &'a str, depth: usize) -> Parsed<'a, Vec<Term>> {
        let mut rest = skip_blanks(input);
        let mut terms = Vec::new();
        if let Some(rest) = rest.strip_prefix(')') {
            return Ok((rest, terms));
        }
        loop {
            let (after, term) = self.argument_term(rest, depth)?;
            terms.push(term);
            let after = skip_blanks(after);
            match after.chars().next() {
                Some(',') => rest = skip_blanks(&after[1..]),
                Some(')') => return Ok((&after[1..], terms)),
                _ => {
                    return fail(
                        after,
                        token(after),
                        format!("unexpected {} in a transformer", shown(after)),
                    )
                    .expected(&["`,`", "`)`"]);
                }
            }
        }
    }

    pub(super) fn argument_term(&self, input: &'a str, depth: usize) -> Parsed<'a, Term> {
        match input.chars().next() {
            Some('(') if depth >= MAX_CALLS => {
                fail(input, 1, format!("transformers nest more than {MAX_CALLS} deep"))
            }
            Some('(') => {
                if skip_blanks(&input[1..]).starts_with('(') {
                    return fail(input, 1, "a list cannot hold a list");
                }
                let (rest, items) = self.terms(&input[1..], depth + 1)?;
                Ok((rest, Term::List(items, self.span(input, rest))))
            }
            Some('"' | '\'') => self.quoted(input).map(|(rest, l)| (rest, Term::Literal(l))),
            Some('0'..='9' | '-' | '+') => {
                let (rest, literal) = self.literal(input)?;
                if Number::parse(&literal.bytes).is_err() {
                    return fail(input, input.len() - rest.len(), format!("{} is no number", shown(input)))
                        .help("a text among the arguments of a transformer must be quoted");
                }
                Ok((rest, Term::Literal(literal)))
            }
            _ => self.term(input, depth, false),
        }
    }

    pub(super) fn field(&self, input: &'a str, name: &str) -> Parsed<'a, Term> {
        let parts_ok = name.split('.').all(|p| p.starts_with(|c: char| c.is_ascii_alphabetic()));
        if !name.contains('.') || !parts_ok {
            let length = if name.is_empty() { token(input) } else { name.len() };
            return fail(input, length, format!("expected a field, found {}", shown(input))).help(
                "a field is written class.name, for example `proc.name`; arguments that do not begin \
                       with a letter go into brackets, for example `evt.arg[0]`; text must be quoted here",
            );
        }
        let (rest, arg) = self.argument(&input[name.len()..])?;
        Ok((rest, Term::Field { name: name.to_owned(), arg, span: self.span(input, rest) }))
    }

    /// `[arg]` when it is there.
    pub(super) fn argument(&self, input: &'a str) -> Parsed<'a, Option<Literal>> {
        let Some(inner) = input.strip_prefix('[') else {
            return Ok((input, None));
        };
        let (rest, literal) = if inner.starts_with(['"', '\'']) {
            self.quoted(inner)?
        } else {
            let (rest, bare) = take_while(|c| !matches!(c, '[' | ']' | '"' | '\'')).parse(inner)?;
            if bare.is_empty() {
                return fail(inner, token(inner).min(1), "the argument in brackets is empty or not closed");
            }
            (rest, Literal { bytes: bare.as_bytes().to_vec(), span: self.span(inner, rest), quoted: false })
        };
        match rest.strip_prefix(']') {
            Some(rest) => Ok((rest, Some(literal))),
            None => {
                fail(rest, token(rest).min(1), "the bracket of the argument is not closed").expected(&["`]`"])
            }
        }
    }
}
