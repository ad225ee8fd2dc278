//! What a filter is parsed into, with the bytes of the text each part came from.

use std::ops::Range;
use std::sync::Arc;

/// Bytes of the text, counted over all texts that were read together, see [`Sources`](crate::source::Sources).
pub(crate) type Span = Range<usize>;

/// A filter in postfix order: operands stand in front of what joins them. Nothing in it nests, so that the depth of
/// a filter costs no stack, neither here nor where it is dropped.
pub(crate) type Ast = Vec<Item>;

/// A condition, or what is made of the conditions in front of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A comparison; shared, as macros are put in many times.
    Check(Arc<Check>),
    /// A name without a dot: a macro.
    Ident(Box<str>, Span),
    /// Not the one in front.
    Not,
    /// All of this many in front; at least two.
    And(usize),
    /// One of this many in front; at least two.
    Or(usize),
}

/// A comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Check {
    pub(crate) left: Term,
    pub(crate) op: Op,
    pub(crate) op_span: Span,
    pub(crate) modifier: Option<Modifier>,
    pub(crate) right: Right,
    /// All of it.
    pub(crate) span: Span,
}

/// What yields a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Term {
    /// `proc.name`, `evt.arg[0]`.
    Field { name: String, arg: Option<Literal>, span: Span },
    /// `tolower(proc.name)`, `getopt(proc.args, "a:")[a]`.
    Call { name: String, args: Vec<Term>, arg: Option<Literal>, span: Span },
    /// Quoted text or a number among the arguments of a transformer.
    Literal(Literal),
    /// `(a, b)` among the arguments of a transformer.
    List(Vec<Term>, Span),
}

impl Term {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Field { span, .. } | Self::Call { span, .. } | Self::List(_, span) => span.clone(),
            Self::Literal(literal) => literal.span.clone(),
        }
    }
}

/// A constant as written. Escapes may make bytes that are no UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) bytes: Vec<u8>,
    pub(crate) span: Span,
    /// It stood in quotes.
    pub(crate) quoted: bool,
}

/// What stands on the right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Right {
    /// Nothing (`exists`).
    None,
    /// One constant.
    Value(Literal),
    /// Constants in brackets, or one bare constant after an operator that takes a list.
    List(Vec<Literal>, Span),
    /// `val(field)` or a transformer.
    Term(Term),
}

/// How many items of a list must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modifier {
    /// Exactly one.
    One,
    /// At least one.
    Any,
    /// Every one, of at least one.
    All,
}

impl Modifier {
    /// All of them as written.
    pub(crate) const NAMES: [(&'static str, Self); 3] =
        [("oneof", Self::One), ("anyof", Self::Any), ("allof", Self::All)];
}

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Contains,
    IContains,
    BContains,
    StartsWith,
    BStartsWith,
    EndsWith,
    Glob,
    IGlob,
    Regex,
    In,
    Intersects,
    PMatch,
    Exists,
}

impl Op {
    /// All of them as written; what begins another one stands behind it.
    pub(crate) const ALL: [(&'static str, Self); 20] = [
        ("==", Self::Eq),
        ("=", Self::Eq),
        ("!=", Self::Ne),
        ("<=", Self::Le),
        ("<", Self::Lt),
        (">=", Self::Ge),
        (">", Self::Gt),
        ("contains", Self::Contains),
        ("icontains", Self::IContains),
        ("bcontains", Self::BContains),
        ("startswith", Self::StartsWith),
        ("bstartswith", Self::BStartsWith),
        ("endswith", Self::EndsWith),
        ("glob", Self::Glob),
        ("iglob", Self::IGlob),
        ("regex", Self::Regex),
        ("intersects", Self::Intersects),
        ("in", Self::In),
        ("pmatch", Self::PMatch),
        ("exists", Self::Exists),
    ];

    /// The usual spelling.
    pub(crate) fn name(self) -> &'static str {
        if self == Self::Eq {
            return "=";
        }
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("", |(name, _)| name)
    }

    /// What it asks, in a few words.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Eq => "is",
            Self::Ne => "is something else",
            Self::Lt => "is less than",
            Self::Le => "is at most",
            Self::Gt => "is more than",
            Self::Ge => "is at least",
            Self::Contains => "has the text in it",
            Self::IContains => "has the text in it, in any case of letters",
            Self::BContains => "has the bytes (hexadecimal) in it",
            Self::StartsWith => "begins with",
            Self::BStartsWith => "begins with the bytes (hexadecimal)",
            Self::EndsWith => "ends with",
            Self::Glob => "matches the pattern of `*` and `?`",
            Self::IGlob => "matches the pattern, in any case of letters",
            Self::Regex => "matches the regular expression as a whole",
            Self::In => "is one of the list",
            Self::Intersects => "has a value in common with the list",
            Self::PMatch => "is one of the paths of the list or below it",
            Self::Exists => "has a value",
        }
    }

    /// `<`, `<=`, `>`, `>=`.
    pub(crate) fn is_order(self) -> bool {
        matches!(self, Self::Lt | Self::Le | Self::Gt | Self::Ge)
    }

    /// Operators with a list on the right.
    pub(crate) fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::Intersects | Self::PMatch)
    }
}
