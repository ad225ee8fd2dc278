//! What can stand at the end of a filter that is being typed.
//!
//! The parser wants whole filters; here the text ends anywhere, so its words are only walked: a condition is a field
//! (or a transformer around one), an operator and a value or a list. What the walk expects at the end of the text, and
//! the beginning of it that is typed already, decide what is offered.

use cscope_capture::table::{EVENTS, Source};

use crate::ast::{Modifier, Op};
use crate::{ArgKind, ArgRule, CLASSES, Field, FieldFlags, Kind, compile, transform, types};

/// A word that could be put in the place of what was typed last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The word.
    pub text: String,
    /// What it is, one line; may be empty.
    pub help: String,
}

/// What can stand at the end of a text.
#[derive(Debug, Clone)]
pub struct Completion {
    /// Byte the candidates begin at: what is behind it was typed already, and all candidates begin with it.
    pub start: usize,
    /// The candidates, in the order to be shown.
    pub candidates: Vec<Candidate>,
    /// A value of this field is wanted; there may be more of them than are known here, on the machine or in a capture.
    pub field: Option<&'static Field>,
}

/// What the walk expects next.
#[derive(Debug, Clone, Copy)]
enum Want {
    Condition,
    /// An operator behind the field; none for what a transformer yields.
    Operator(Option<&'static Field>),
    Value(Option<&'static Field>, ValueIn),
    Link,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum ValueIn {
    Single,
    /// The bracket of the list is still to come.
    NoBracket,
    List,
}

/// Completes the filter `text`, typed so far.
pub fn complete(text: &str) -> Completion {
    let mut walk = Walk { text, at: 0, calls: 0 };
    let mut want = Want::Condition;
    loop {
        walk.blanks();
        let start = walk.at;
        match walk.step(want) {
            Some(next) => want = next,
            None => return offer(want, text, walk.open_text(start, want)),
        }
    }
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    /// Brackets of transformers that are open.
    calls: usize,
}

impl<'a> Walk<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// The run of characters that `member` holds for; `None` when the text ends with it (it may go on).
    fn run(&mut self, member: fn(char) -> bool) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(|c| !member(c))?;
        self.at += end;
        rest.get(..end)
    }

    /// Goes over one token; `None` when the text ends in it.
    fn step(&mut self, want: Want) -> Option<Want> {
        if self.rest().is_empty() {
            return None;
        }
        match want {
            Want::Condition => self.condition(),
            Want::Operator(field) => self.operator(field),
            Want::Value(field, place) => self.value(field, place),
            Want::Link => self.link(),
        }
    }

    fn condition(&mut self) -> Option<Want> {
        if self.eat("(") || (!self.rest().starts_with("!=") && self.eat("!")) {
            return Some(Want::Condition);
        }
        let word = self.run(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))?;
        if word.is_empty() {
            // Nothing that begins a condition; it cannot be made sense of, but the walk must go on.
            self.skip();
            return Some(Want::Condition);
        }
        if matches!(word, "not") {
            return Some(Want::Condition);
        }
        if self.rest().starts_with('(') && (transform::NAMES.contains(&word) || word == "val") {
            self.at += 1;
            self.calls += 1;
            return Some(Want::Condition);
        }
        let field = field_of(word);
        if self.eat("[") {
            let close = self.rest().find(']')?;
            self.at += close + 1;
        }
        Some(Want::Operator(field))
    }

    fn operator(&mut self, field: Option<&'static Field>) -> Option<Want> {
        if self.calls > 0 {
            if self.eat(")") {
                self.calls -= 1;
                return Some(Want::Operator(None));
            }
            if self.eat(",") {
                return Some(Want::Condition);
            }
        }
        if self.rest().starts_with(['=', '!', '<', '>']) {
            let length =
                self.rest().find(|c| !matches!(c, '=' | '!' | '<' | '>')).unwrap_or(self.rest().len());
            self.at += length;
            return Some(Want::Value(field, ValueIn::Single));
        }
        let word = self.run(|c| c.is_ascii_alphabetic())?;
        if Modifier::NAMES.iter().any(|(name, _)| *name == word) {
            return Some(Want::Operator(field));
        }
        match Op::ALL.iter().find(|(name, _)| *name == word) {
            Some((_, Op::Exists)) => Some(Want::Link),
            Some((_, op)) if op.takes_list() => Some(Want::Value(field, ValueIn::NoBracket)),
            Some(_) => Some(Want::Value(field, ValueIn::Single)),
            None => {
                if word.is_empty() {
                    self.skip();
                }
                Some(Want::Operator(field))
            }
        }
    }

    fn value(&mut self, field: Option<&'static Field>, place: ValueIn) -> Option<Want> {
        if place == ValueIn::NoBracket && self.eat("(") {
            return Some(Want::Value(field, ValueIn::List));
        }
        if place == ValueIn::List {
            if self.eat(",") {
                return Some(Want::Value(field, ValueIn::List));
            }
            if self.eat(")") {
                return Some(Want::Link);
            }
        }
        if let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let close = self.rest().get(1..)?.find(quote)?;
            self.at += close + 2;
        } else {
            let word = self.run(|c| !c.is_whitespace() && !matches!(c, ',' | ')' | '('))?;
            if word.is_empty() {
                self.skip();
            }
        }
        Some(if place == ValueIn::List { Want::Value(field, place) } else { Want::Link })
    }

    fn link(&mut self) -> Option<Want> {
        if self.eat(")") {
            return Some(Want::Link);
        }
        if self.eat("&&") || self.eat("||") {
            return Some(Want::Condition);
        }
        let word = self.run(|c| c.is_ascii_alphabetic())?;
        match word {
            "and" | "or" => Some(Want::Condition),
            "" => {
                self.skip();
                Some(Want::Link)
            }
            _ => Some(Want::Link),
        }
    }

    /// Leaves out one character.
    fn skip(&mut self) {
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    /// Where the token that the text ends in begins: behind its quote, when it is a value.
    fn open_text(&self, start: usize, want: Want) -> usize {
        let quoted = matches!(want, Want::Value(..)) && self.text[start..].starts_with(['"', '\'']);
        start + usize::from(quoted)
    }
}

/// The field that a word of a filter names, an argument behind a dot left out.
fn field_of(word: &str) -> Option<&'static Field> {
    Field::find(word).or_else(|| {
        let (name, _) = word
            .match_indices('.')
            .filter_map(|(i, _)| word.split_at_checked(i))
            .rfind(|(name, _)| Field::find(name).is_some_and(|f| f.arg != ArgRule::None))?;
        Field::find(name)
    })
}

fn offer(want: Want, text: &str, start: usize) -> Completion {
    let typed = text.get(start..).unwrap_or_default();
    let mut candidates = Vec::new();
    let mut field = None;
    match want {
        Want::Condition => conditions(typed, &mut candidates),
        Want::Operator(of) => operators(of, &mut candidates),
        Want::Value(of, place) => {
            if place == ValueIn::NoBracket {
                push(&mut candidates, "(", "a list: (a, b)");
            } else if let Some(of) = of {
                field = Some(of);
                values(of, &mut candidates);
            }
        }
        Want::Link => {
            for (word, help) in
                [("and", "both"), ("or", "either"), ("and not", "the first without the second")]
            {
                push(&mut candidates, word, help);
            }
        }
    }
    candidates.retain(|c| c.text.starts_with(typed));
    Completion { start, candidates, field }
}

fn push(candidates: &mut Vec<Candidate>, text: &str, help: &str) {
    candidates.push(Candidate { text: text.to_owned(), help: help.to_owned() });
}

/// Classes while more than one suits, then fields, then their arguments.
fn conditions(typed: &str, candidates: &mut Vec<Candidate>) {
    let fields = |class: &'static crate::Class| {
        class.fields().filter(|f| !f.has(FieldFlags::PRINT_ONLY) && !f.has(FieldFlags::TABLE_ONLY))
    };
    if !typed.contains('.') {
        for class in CLASSES.iter().filter(|c| fields(c).next().is_some()) {
            push(candidates, &format!("{}.", class.name), class.doc);
        }
        for name in transform::NAMES {
            push(candidates, &format!("{name}("), "transformer");
        }
        push(candidates, "not", "the contrary of what follows");
        return;
    }
    for field in CLASSES.iter().flat_map(fields).filter(|f| f.name.starts_with(typed)) {
        push(candidates, field.name, field.doc);
    }
    if let Some(field) = field_of(typed)
        && matches!(field.arg, ArgRule::Required(ArgKind::Param) | ArgRule::Allowed(ArgKind::Param))
    {
        for name in parameters() {
            push(candidates, &format!("{}.{name}", field.name), "argument of events");
        }
    }
}

/// Names of all parameters of current events, sorted.
fn parameters() -> Vec<&'static str> {
    let known = EVENTS.iter().filter(|e| e.source != Source::Unknown);
    let mut names: Vec<_> = known.flat_map(|e| e.params.iter().map(|p| p.name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn operators(field: Option<&'static Field>, candidates: &mut Vec<Candidate>) {
    let (kind, list) = field.map_or((Kind::Dyn, false), |f| (f.kind, f.has(FieldFlags::LIST)));
    for op in compile::operators(kind, list) {
        push(candidates, op.name(), op.meaning());
    }
}

fn values(field: &Field, candidates: &mut Vec<Candidate>) {
    if matches!(field.name, "evt.type" | "syscall.type") {
        let mut names: Vec<_> = types::names().collect();
        names.sort_unstable();
        for name in names {
            push(candidates, name, "");
        }
    }
    if field.kind == Kind::Bool {
        push(candidates, "true", "");
        push(candidates, "false", "");
    }
    for value in field.values {
        push(candidates, value, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(filter: &str) -> Vec<String> {
        complete(filter).candidates.into_iter().map(|c| c.text).collect()
    }

    #[track_caller]
    fn has(filter: &str, wanted: &[&str], unwanted: &[&str]) {
        let texts = texts(filter);
        for word in wanted {
            assert!(texts.iter().any(|t| t == word), "{filter:?}: no {word} among {texts:?}");
        }
        for word in unwanted {
            assert!(texts.iter().all(|t| t != word), "{filter:?}: {word}");
        }
    }

    #[test]
    fn fields_where_a_condition_begins() {
        for before in [
            "",
            "not ",
            "(",
            "evt.type=open and ",
            "proc.name in (a, b) or not (",
            "fd.name exists and ",
            "!",
        ] {
            has(&format!("{before}pro"), &["proc."], &["evt.", "and"]);
            has(&format!("{before}proc.na"), &["proc.name"], &["proc.pid"]);
        }
        has("", &["proc.", "tolower(", "not"], &["and"]);
        has("tolower(proc.n", &["proc.name"], &[]);
        has("evt.arg.fl", &["evt.arg.flags"], &["evt.arg.name"]);
        assert_eq!(complete("evt.type=open and proc.na").start, 18);
    }

    #[test]
    fn operators_behind_a_field() {
        has("proc.name ", &["=", "contains", "in"], &["bcontains"]);
        has("proc.pid ", &["=", "<"], &["contains"]);
        has("proc.name con", &["contains"], &["="]);
        has("tolower(proc.name) st", &["startswith"], &[]);
    }

    #[test]
    fn values_behind_an_operator() {
        has("evt.type=ope", &["open", "openat", "openat2"], &["close"]);
        has("evt.type = 'ope", &["openat"], &[]);
        has("evt.type in (open, cl", &["close", "clone"], &["open"]);
        has("evt.failed=", &["true", "false"], &[]);
        has("fd.type in (ipv4,", &["ipv6"], &[]);
        has("evt.type in ", &["("], &["open"]);
        let names = complete("proc.name=ngi");
        assert_eq!((names.field.map(|f| f.name), names.start), (Some("proc.name"), 10));
    }

    #[test]
    fn links_behind_a_condition() {
        has("proc.name=x ", &["and", "or"], &["proc."]);
        has("proc.name in (x) o", &["or"], &["and"]);
        has("proc.name exists ", &["and"], &[]);
    }

    #[test]
    fn no_text_is_a_trap() {
        for text in
            ["=", ")))", "a.b=((", "proc.name=\"", "é é", "proc.name in (é", "val(val(", "evt.arg[", "\u{0}"]
        {
            for (end, _) in text.char_indices() {
                let completion = complete(&text[..end]);
                assert!(completion.start <= end);
            }
            complete(text);
        }
    }
}
