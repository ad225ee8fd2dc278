//! From the parsed filter to the compiled one: fields are looked up, operators and constants checked against
//! their kinds, constants prepared.

mod calls;
mod constants;
mod late;
mod rewrites;
mod units;

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use self::late::Late;
use crate::ast::{self, Ast, Item, Literal, Op, Right, Span, Term};
use crate::comparison::{Comparison, Several, Test};
use crate::error::FilterError;
use crate::explain;
use crate::field::{ArgKind, ArgRule, ByType, Extract, Needs, Typed};
use crate::leaf::{FieldTest, Leaf};
use crate::nearest::did_you_mean;
use crate::operand::Operand;
use crate::parser::fields_called;
use crate::program::Program;
use crate::source::Sources;
use crate::tree::{Check, Tree};
use crate::{Field, FieldFlags, FieldRef, FilterOptions, Kind, Pushdown, TypeSet, Value, types};

/// What compiling yields.
pub(crate) struct Compiled {
    /// The steps for all events but asynchronous ones.
    pub(crate) program: Program,
    /// The steps for asynchronous events, which carry their name, when that makes a difference.
    pub(crate) asynchronous: Option<Late>,
    pub(crate) fields: Vec<&'static Field>,
    pub(crate) pushdown: Pushdown,
}

/// Compiles a parsed filter, whose macros and lists were put in.
pub(crate) fn compile(sources: &Sources, ast: Ast, options: &FilterOptions) -> Result<Compiled> {
    let mut compiler = Compiler::new(sources, options);
    let mut tree = compiler.tree(&ast)?;
    let mut pushdown = tree.pushdown();
    pushdown.needs = compiler.needs;
    let asynchronous = compiler.names_types.then(|| Late::new(sources, ast, options));
    let program = lay_out(&mut tree, true);
    Ok(Compiled { program, asynchronous, fields: compiler.fields, pushdown })
}

/// Says what becomes of a parsed filter, whose macros and lists were put in.
pub(crate) fn explained(sources: &Sources, ast: &Ast, options: &FilterOptions) -> Result<String> {
    let mut compiler = Compiler::new(sources, options);
    let mut tree = compiler.tree(ast)?;
    let mut pushdown = tree.pushdown();
    pushdown.needs = compiler.needs;
    let program = lay_out(&mut tree, true);
    let mut out = String::from("read as\n");
    explain::parsed(sources, ast, &mut out);
    out.push_str("\nchecked in this order\n");
    explain::steps(sources, &tree, &program, &mut out);
    out.push_str("\ncan match\n");
    out.push_str(&pushdown.to_string());
    Ok(out)
}

fn lay_out(tree: &mut Tree, types: bool) -> Program {
    tree.merge(types);
    tree.order();
    Program::new(tree)
}

/// Compiles a field or transformer that stands alone.
pub(crate) fn compile_term(
    text: &str,
    term: &Term,
    options: &FilterOptions,
) -> Result<(Operand, Vec<&'static Field>, Needs)> {
    let mut sources = Sources::default();
    sources.add(text);
    let mut compiler = Compiler::new(&sources, options);
    let operand = compiler.operand(term, matches!(term, Term::Call { .. }))?;
    Ok((operand, compiler.fields, compiler.needs))
}

type Result<T, E = FilterError> = std::result::Result<T, E>;

/// Operators of each kind.
pub(crate) fn operators(kind: Kind, list: bool) -> &'static [Op] {
    use Op::*;
    const NUMBER: &[Op] = &[Eq, Ne, Lt, Le, Gt, Ge, In, Intersects, Exists];
    if list {
        return &[In, Intersects, Exists];
    }
    match kind {
        Kind::Text => &[
            Eq, Ne, Lt, Le, Gt, Ge, Contains, IContains, StartsWith, EndsWith, Glob, IGlob, Regex, In,
            Intersects, PMatch, Exists,
        ],
        Kind::Bytes => {
            &[Eq, Ne, Contains, StartsWith, EndsWith, BContains, BStartsWith, In, Intersects, Exists]
        }
        Kind::Bool | Kind::Ip | Kind::Net => &[Eq, Ne, In, Intersects, Exists],
        Kind::Int | Kind::Uint | Kind::Double | Kind::RelTime | Kind::AbsTime | Kind::Port => NUMBER,
        Kind::Dyn => &[
            Eq,
            Ne,
            Lt,
            Le,
            Gt,
            Ge,
            Contains,
            IContains,
            StartsWith,
            EndsWith,
            Glob,
            IGlob,
            Regex,
            BContains,
            BStartsWith,
            In,
            Intersects,
            PMatch,
            Exists,
        ],
    }
}

/// A use of a field, told apart by its argument.
type FieldKey = (*const Field, Box<str>);

struct Compiler<'t> {
    sources: &'t Sources,
    options: &'t FilterOptions,
    fields: Vec<&'static Field>,
    needs: Needs,
    /// A field says which name the event has: asynchronous events are told apart by theirs.
    names_types: bool,
    /// Uses of fields by the text they were written as: long filters repeat them.
    known: FxHashMap<Box<str>, FieldRef>,
    keys: FxHashMap<FieldKey, usize>,
    values: FxHashMap<FieldKey, Rc<ValuesByType>>,
}

/// The values a field has by event type, each once, and the types that have it.
type ValuesByType = Vec<(Value<'static>, TypeSet)>;

impl<'t> Compiler<'t> {
    fn new(sources: &'t Sources, options: &'t FilterOptions) -> Self {
        Self {
            sources,
            options,
            fields: Vec::new(),
            needs: Needs::default(),
            names_types: false,
            known: FxHashMap::default(),
            keys: FxHashMap::default(),
            values: FxHashMap::default(),
        }
    }

    fn error(&self, span: Span, message: impl Into<String>) -> FilterError {
        self.sources.error(span, message)
    }

    /// The text of a place, for messages.
    fn shown(&self, span: &Span) -> &'t str {
        self.sources.text(span).unwrap_or("it")
    }

    /// Compiles the comparisons and joins them. What is negated is found from the end, where the operators of the
    /// postfix form stand.
    fn tree(&mut self, ast: &Ast) -> Result<Tree> {
        let mut negated = vec![false; ast.len()];
        let mut pending = vec![false];
        for (at, item) in ast.iter().enumerate().rev() {
            let outside = pending.pop().unwrap_or(false);
            negated[at] = outside;
            match item {
                Item::Check(_) | Item::Ident(..) => {}
                Item::Not => pending.push(!outside),
                Item::And(n) | Item::Or(n) => pending.extend(std::iter::repeat_n(outside, *n)),
            }
        }
        let mut tree = Tree::default();
        let mut stack: Vec<usize> = Vec::new();
        for (item, negated) in ast.iter().zip(negated) {
            let node = match item {
                Item::Check(check) => {
                    let check = self.check(check, negated)?;
                    tree.check(check)
                }
                Item::Ident(name, span) => return Err(self.identifier(name, span)),
                Item::Not => continue,
                Item::And(n) | Item::Or(n) => {
                    let children = stack.split_off(stack.len().saturating_sub(*n));
                    tree.group(matches!(item, Item::And(_)) != negated, &children)
                }
            };
            stack.push(node);
        }
        Ok(tree)
    }

    fn identifier(&self, name: &str, span: &Span) -> FilterError {
        let error = self.error(span.clone(), format!("`{name}` is no condition"));
        if let Some(op) = Op::ALL.iter().map(|(n, _)| *n).find(|n| *n == name) {
            return error.help(format!("a field must stand before `{op}`"));
        }
        match name.to_ascii_lowercase().as_str() {
            "and" | "or" | "not" => error.help("keywords are lower case"),
            _ if Field::all().any(|f| f.name.ends_with(&format!(".{name}"))) => {
                error.help(fields_called(name))
            }
            _ => error.help(
                "a condition is a field, an operator and a value, or the name of a macro of a file given with -f",
            ),
        }
    }

    fn check(&mut self, check: &ast::Check, negated: bool) -> Result<Check> {
        let left = self.operand(&check.left, false)?;
        if let Operand::Field(f) = &left
            && f.field.has(FieldFlags::PRINT_ONLY)
        {
            return Err(self.error(check.left.span(), format!("`{}` can only be printed", f.field.name)));
        }
        let left = self.as_time(left, check);
        let comparison = self.comparison(left, check)?;
        let (leaf, types) = self.leaf(comparison);
        Ok(Check { leaf, negated, types, span: check.span.clone(), others: Vec::new() })
    }

    fn comparison(&mut self, left: Operand, check: &ast::Check) -> Result<Comparison> {
        self.check_operator(&left, check)?;
        let one = |test| Box::from([test]);
        let several = self.several(&left, check.op);
        let (modifier, tests): (_, Box<[Test]>) = match &check.right {
            Right::None => (None, one(Test::Exists)),
            Right::Term(term) => (None, one(self.right_term(&left, check, term)?)),
            Right::Value(literal) => {
                let test = self.value_test(&left, check.op, literal);
                (None, one(test.map_err(|e| self.rewritten(e, &left, check))?))
            }
            Right::List(items, span) => match check.modifier {
                Some(modifier) => {
                    let tests =
                        items.iter().map(|l| self.value_test(&left, check.op, l)).collect::<Result<_>>();
                    (Some(modifier), tests?)
                }
                None => (None, one(self.list_test(&left, check.op, items, span)?)),
            },
        };
        Ok(Comparison { left, several, modifier, tests })
    }

    /// Of several values one must do; all, when none may be equal (both ends of a connection), or when all
    /// items of a list must be in a set.
    fn several(&self, left: &Operand, op: Op) -> Several {
        let ends = matches!(left, Operand::Field(f) if f.field.has(FieldFlags::ENDS));
        let all = (ends && op == Op::Ne) || (left.is_list() && op == Op::In);
        if all { Several::All } else { Several::Any }
    }

    fn check_operator(&self, left: &Operand, check: &ast::Check) -> Result<()> {
        let allowed = match left {
            Operand::Field(f) if takes(f.field, ArgKind::Time) => &[Op::Eq][..],
            _ => operators(left.kind(), left.is_list()),
        };
        if allowed.contains(&check.op) {
            return Ok(());
        }
        let what = if left.is_list() { "a list" } else { left.kind().article_name() };
        let shown = self.shown(&check.left.span());
        let message = format!("`{}` does not apply to `{shown}`, which is {what}", check.op.name());
        let mut error = self
            .error(check.op_span.clone(), message)
            .expected(allowed.iter().map(|op| format!("`{}`", op.name())));
        if left.kind() == Kind::Bytes && matches!(check.op, Op::IContains | Op::Glob | Op::Regex) {
            error = error
                .help("bytes can be compared as text with `contains`, or with `bcontains` in hexadecimal");
        }
        Err(error)
    }

    /// The form of a comparison that is evaluated fastest; what follows from the type of the event is decided now.
    fn leaf(&mut self, comparison: Comparison) -> (Leaf, Option<Arc<TypeSet>>) {
        let Operand::Field(field) = &comparison.left else {
            return (Leaf::Compare(Arc::new(comparison)), None);
        };
        if comparison.tests.iter().any(|t| matches!(t, Test::Against(..))) {
            return (Leaf::Compare(Arc::new(comparison)), None);
        }
        match field.field.extract {
            Extract::ByType(by_type, other) => {
                self.names_types |= other.is_some();
                let set = named_types(field.field, &comparison).unwrap_or_else(|| {
                    let mut set = TypeSet::none();
                    for (value, types) in self.values_by_type(field, by_type).iter() {
                        if comparison.holds_constant(*value) {
                            set.unite(types);
                        }
                    }
                    set
                });
                (Leaf::Compare(Arc::new(comparison)), Some(Arc::new(set)))
            }
            Extract::One(extract) => {
                let types = match field.field.arg {
                    ArgRule::Required(ArgKind::Param) => Some(Arc::new(TypeSet::build(|kind, _| {
                        usize::from(kind.0) >= field.arg.params.len() || field.arg.param(kind).is_some()
                    }))),
                    _ => None,
                };
                let key = self.key(field);
                let next = self.keys.len();
                let key = *self.keys.entry(key).or_insert(next);
                let (field, arg) = (field.field, field.arg.clone());
                let test = match comparison.modifier {
                    None => comparison.tests.into_iter().next(),
                    Some(modifier) => Some(Test::modified(modifier, comparison.tests)),
                };
                let test = test.unwrap_or(Test::OneOf(Box::default()));
                (Leaf::Field(Arc::new(FieldTest { extract, arg, test, key, field, types })), None)
            }
            Extract::Each(_) => (Leaf::Compare(Arc::new(comparison)), None),
        }
    }

    fn key(&self, field: &FieldRef) -> FieldKey {
        let arg = if field.arg.present { field.arg.text.clone() } else { Box::default() };
        (std::ptr::from_ref(field.field), arg)
    }

    fn values_by_type(&mut self, field: &FieldRef, by_type: ByType) -> Rc<ValuesByType> {
        let key = self.key(field);
        let values = self.values.entry(key).or_insert_with(|| {
            let mut values: ValuesByType = Vec::new();
            let mut texts: FxHashMap<&'static [u8], usize> = FxHashMap::default();
            TypeSet::build(|kind, code| {
                if let Some(value) = by_type(Typed { kind, code }, &field.arg) {
                    // Names are many, other values few.
                    let known = match value.bytes() {
                        Some(text) => texts.get(text).copied(),
                        None => values.iter().position(|(v, _)| *v == value),
                    };
                    let at = known.unwrap_or_else(|| {
                        values.push((value, TypeSet::none()));
                        texts.extend(value.bytes().map(|text| (text, values.len() - 1)));
                        values.len() - 1
                    });
                    let types = &mut values[at].1;
                    match code {
                        Some(code) => types.insert_generic(kind, code),
                        None => types.insert(kind),
                    }
                }
                false
            });
            Rc::new(values)
        });
        Rc::clone(values)
    }

    /// An operand on the left, in a transformer (`inner`), or on the right.
    fn operand(&mut self, term: &Term, inner: bool) -> Result<Operand> {
        match term {
            Term::Field { name, arg, span } => {
                let known = self.sources.text(span).and_then(|text| self.known.get(text)).cloned();
                let field =
                    known.map_or_else(|| FieldRef::of_literal(name, arg.as_ref()), Ok).map_err(|r| {
                        let span = match arg {
                            Some(arg) if r.argument => arg.span.clone(),
                            _ => span.start..span.start + name.len(),
                        };
                        let mut error = self.error(span, r.message);
                        error.help = r.help;
                        error
                    })?;
                if inner && field.field.has(FieldFlags::NO_TRANSFORMER) {
                    let message = format!("`{}` cannot be used in a transformer", field.field.name);
                    return Err(self.error(span.clone(), message));
                }
                if !self.fields.iter().any(|f| std::ptr::eq(*f, field.field)) {
                    self.fields.push(field.field);
                    self.needs = self.needs.or(field.field.needs);
                }
                if let Some(text) = self.sources.text(span)
                    && !self.known.contains_key(text)
                {
                    self.known.insert(text.into(), field.clone());
                }
                Ok(Operand::Field(field))
            }
            Term::Literal(literal) => {
                self.no_zero(literal)?;
                Ok(Operand::Text(literal.bytes.as_slice().into()))
            }
            Term::List(items, _) => {
                let items = items.iter().map(|i| self.operand(i, true)).collect::<Result<_>>()?;
                Ok(Operand::List(items))
            }
            Term::Call { name, args, arg, span } => self.call(name, args, arg.as_ref(), span),
        }
    }

    fn right_term(&mut self, left: &Operand, check: &ast::Check, term: &Term) -> Result<Test> {
        let right = self.operand(term, matches!(term, Term::Call { .. }))?;
        if let Operand::Field(f) = &right
            && (f.field.has(FieldFlags::NO_RHS) || f.field.has(FieldFlags::PRINT_ONLY))
        {
            let message = format!("`{}` cannot stand on the right side", f.field.name);
            return Err(self.error(term.span(), message));
        }
        if matches!(left, Operand::Field(f) if f.field.has(FieldFlags::NO_RHS)) {
            let shown = self.shown(&check.left.span());
            return Err(self.error(term.span(), format!("`{shown}` can only be compared with constants")));
        }
        if matches!(check.op, Op::Regex | Op::BContains | Op::BStartsWith) {
            let message = format!("`{}` needs a constant on its right", check.op.name());
            return Err(self.error(term.span(), message));
        }
        let numeric = |k: Kind| k.is_integer();
        let same = left.kind() == right.kind() || (numeric(left.kind()) && numeric(right.kind()));
        if !same {
            let (a, b) = (left.kind().article_name(), right.kind().article_name());
            return Err(self.error(term.span(), format!("cannot compare {a} with {b}")));
        }
        if right.is_list() && !matches!(check.op, Op::In | Op::Intersects) {
            return Err(self
                .error(check.op_span.clone(), "a list on the right needs `in` or `intersects`")
                .expected(["`in`", "`intersects`"]));
        }
        Ok(Test::Against(check.op, Box::new(right)))
    }

    fn no_zero(&self, literal: &Literal) -> Result<()> {
        if literal.bytes.contains(&0) {
            return Err(self.error(literal.span.clone(), "a text cannot hold a zero byte"));
        }
        Ok(())
    }

    /// Names of event types in constants are checked, and stand for their variants too.
    fn type_names(&self, field: &Field, literals: &[Literal]) -> Result<Vec<Box<[u8]>>> {
        let mut all = Vec::new();
        for literal in literals {
            let name = std::str::from_utf8(&literal.bytes).unwrap_or("");
            if types::named(name).is_none() {
                let mut error = self.error(literal.span.clone(), format!("unknown event type `{name}`"));
                error.help = did_you_mean(name, types::names())
                    .or_else(|| Some("`cscope -L` lists the event types".to_owned()));
                return Err(error);
            }
            all.push(literal.bytes.as_slice().into());
            if field.name == "evt.type" && !self.options.exact_types {
                all.extend(types::variants(name).iter().map(|v| Box::from(v.as_bytes())));
            }
        }
        Ok(all)
    }
}

/// True when the field takes an argument of this kind.
fn takes(field: &Field, kind: ArgKind) -> bool {
    field.arg == ArgRule::Required(kind)
}

/// The types of `evt.type = x` and `evt.type in (...)`, looked up by name: long lists of them are common.
fn named_types(field: &Field, comparison: &Comparison) -> Option<TypeSet> {
    let [test] = &*comparison.tests else { return None };
    let mut set = TypeSet::none();
    let mut add = |name: &[u8]| {
        if let Some(types) = std::str::from_utf8(name).ok().and_then(types::named) {
            set.unite(types);
        }
    };
    match test {
        Test::Equal(name) => add(name),
        Test::OneOf(names) => names.iter().for_each(|n| add(n)),
        Test::Hash(names) => names.iter().for_each(|n| add(n)),
        _ => return None,
    }
    (field.name == "evt.type" && comparison.modifier.is_none()).then_some(set)
}
