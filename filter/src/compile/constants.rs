//! Constants on the right side, read as the kind on the left wants them.

use rustc_hash::FxHashSet;

use super::units::Measure;
use super::{Compiler, Result, operators, takes};
use crate::ast::{Literal, Modifier, Op, Span};
use crate::comparison::Test;
use crate::constant::{self, Number};
use crate::field::ArgKind;
use crate::operand::Operand;
use crate::pattern::PathSet;
use crate::{FilterError, Kind};
use cscope_capture::EventType;
use cscope_capture::table::{EVENTS, Extra, ParamType};
use memchr::memmem::Finder;

/// Largest compiled regular expression, in bytes.
const REGEX_SIZE: usize = 1 << 20;
/// Longest path of `pmatch`, that of Linux.
const PATH_MAX: usize = 4096;

impl Compiler<'_> {
    /// The test for one constant behind an operator that takes one.
    pub(super) fn value_test(&self, left: &Operand, op: Op, literal: &Literal) -> Result<Test> {
        if let Operand::Field(f) = left {
            if takes(f.field, ArgKind::Time) {
                let ms = self.integer(literal, Measure::Bytes)?;
                return Ok(Test::Integer(Op::Le, ms.saturating_mul(1_000_000)));
            }
            if matches!(f.field.name, "evt.type" | "syscall.type") && matches!(op, Op::Eq | Op::Ne) {
                let names = self.type_names(f.field, std::slice::from_ref(literal))?;
                let test = Test::texts(names);
                return Ok(if op == Op::Ne { Test::Differs(Box::new(test)) } else { test });
            }
            if f.field.name == "evt.dir" && matches!(op, Op::Eq | Op::Ne) {
                self.direction(literal)?;
            }
            if f.field.kind == Kind::Dyn {
                return self.param_test(f, op, literal);
            }
        }
        self.kind_test(left.kind(), Measure::of(left), op, literal)
    }

    /// The test for a list of constants.
    pub(super) fn list_test(&self, left: &Operand, op: Op, items: &[Literal], span: &Span) -> Result<Test> {
        if op == Op::PMatch {
            if let Operand::Field(f) = left
                && f.field.kind == Kind::Dyn
                && !ParamClasses::of(f).text
            {
                return self.by_class(None, None, span);
            }
            for item in items {
                self.no_zero(item)?;
                if item.bytes.len() > PATH_MAX {
                    return Err(self.error(item.span.clone(), "the path is longer than 4096 bytes"));
                }
            }
            return Ok(Test::Below(Box::new(PathSet::new(items.iter().map(|i| &*i.bytes)))));
        }
        if let Operand::Field(f) = left {
            if matches!(f.field.name, "evt.type" | "syscall.type") {
                return Ok(Test::texts(self.type_names(f.field, items)?));
            }
            if f.field.name == "evt.dir" {
                items.iter().try_for_each(|i| self.direction(i))?;
            }
            if f.field.kind == Kind::Dyn {
                let classes = ParamClasses::of(f);
                let number = classes.number.then(|| self.set(Kind::Int, Measure::Any, items));
                let text = classes.text.then(|| self.set(Kind::Text, Measure::Any, items));
                return self.by_class(number, text, span);
            }
        }
        self.set(left.kind(), Measure::of(left), items)
    }

    fn set(&self, kind: Kind, measure: Measure, items: &[Literal]) -> Result<Test> {
        Ok(match kind {
            Kind::Text => {
                items.iter().try_for_each(|i| self.no_zero(i))?;
                Test::texts(items.iter().map(|i| i.bytes.as_slice().into()).collect())
            }
            Kind::Bytes => Test::texts(items.iter().map(|i| i.bytes.as_slice().into()).collect()),
            Kind::Bool => {
                let all = items.iter().map(|i| self.boolean(i)).collect::<Result<Vec<_>>>()?;
                Test::BoolSet(all.contains(&false), all.contains(&true))
            }
            Kind::Ip => self.addresses(items)?,
            Kind::Net => Test::NetSet(
                items
                    .iter()
                    .map(|i| constant::network(i).map_err(|e| self.constant(i, e)))
                    .collect::<Result<_>>()?,
            ),
            Kind::Double => Test::DoubleSet(items.iter().map(|i| self.double(i)).collect::<Result<_>>()?),
            Kind::Port => {
                Test::integers(items.iter().map(|i| Ok(self.port(i)?.into())).collect::<Result<Vec<_>>>()?)
            }
            Kind::Int | Kind::Uint | Kind::RelTime | Kind::AbsTime | Kind::Dyn => {
                Test::integers(items.iter().map(|i| self.integer(i, measure)).collect::<Result<Vec<_>>>()?)
            }
        })
    }

    fn kind_test(&self, kind: Kind, measure: Measure, op: Op, literal: &Literal) -> Result<Test> {
        let negate = |test| if op == Op::Ne { Test::Differs(Box::new(test)) } else { test };
        Ok(match kind {
            Kind::Text => {
                self.no_zero(literal)?;
                self.text_test(op, literal)?
            }
            Kind::Bytes => self.text_test(op, literal)?,
            Kind::Bool => negate(Test::Bool(self.boolean(literal)?)),
            Kind::Ip => negate(Test::Ip(constant::address(literal).map_err(|e| self.constant(literal, e))?)),
            Kind::Net => {
                negate(Test::Net(constant::network(literal).map_err(|e| self.constant(literal, e))?))
            }
            Kind::Double => Test::Double(op, self.double(literal)?),
            Kind::Port => Test::Integer(op, self.port(literal)?.into()),
            Kind::Int | Kind::Uint | Kind::RelTime | Kind::AbsTime | Kind::Dyn => {
                Test::Integer(op, self.integer(literal, measure)?)
            }
        })
    }

    /// Addresses, and networks among them.
    fn addresses(&self, items: &[Literal]) -> Result<Test> {
        let (mut single, mut nets) = (FxHashSet::default(), Vec::new());
        for item in items {
            if item.bytes.contains(&b'/') {
                nets.push(constant::network(item).map_err(|e| self.constant(item, e))?);
            } else {
                single.insert(constant::address(item).map_err(|e| self.constant(item, e))?);
            }
        }
        let single = Test::IpSet(single);
        if nets.is_empty() {
            return Ok(single);
        }
        Ok(Test::Modified(Modifier::Any, Box::from([single, Test::NetSet(nets.into())])))
    }

    fn text_test(&self, op: Op, literal: &Literal) -> Result<Test> {
        let bytes = || Box::<[u8]>::from(literal.bytes.as_slice());
        Ok(match op {
            Op::Eq => Test::Equal(bytes()),
            Op::Ne => Test::Differs(Box::new(Test::Equal(bytes()))),
            Op::Lt | Op::Le | Op::Gt | Op::Ge => {
                self.number(literal)?;
                Test::Order(op, bytes())
            }
            Op::Contains => Test::Contains(Box::new(Finder::new(&literal.bytes).into_owned())),
            Op::IContains => Test::ContainsFolded(literal.bytes.to_ascii_lowercase().into()),
            Op::StartsWith => Test::StartsWith(bytes()),
            Op::EndsWith => Test::EndsWith(bytes()),
            Op::Glob | Op::IGlob => Test::Glob(bytes(), op == Op::IGlob),
            Op::Regex => Test::Regex(Box::new(self.regex(literal)?)),
            Op::BContains | Op::BStartsWith => {
                let Some(decoded) = constant::hex(literal) else {
                    return Err(self
                        .error(
                            literal.span.clone(),
                            format!("`{}` needs pairs of hexadecimal digits", op.name()),
                        )
                        .help("for example 474554 for GET"));
                };
                if op == Op::BContains {
                    Test::Contains(Box::new(Finder::new(&decoded).into_owned()))
                } else {
                    Test::StartsWith(decoded.into())
                }
            }
            Op::In | Op::Intersects | Op::PMatch | Op::Exists => Test::Exists,
        })
    }

    fn regex(&self, literal: &Literal) -> Result<regex::bytes::Regex> {
        let Ok(pattern) = std::str::from_utf8(&literal.bytes) else {
            return Err(self.error(literal.span.clone(), "the expression is no UTF-8 text"));
        };
        let build = |pattern: &str| {
            regex::bytes::RegexBuilder::new(pattern).unicode(false).size_limit(REGEX_SIZE).build().map_err(
                |e| {
                    let reason = match &e {
                        regex::Error::Syntax(text) => {
                            text.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned()
                        }
                        regex::Error::CompiledTooBig(limit) => {
                            format!("it takes more than {limit} bytes when compiled")
                        }
                        other => other.to_string(),
                    };
                    self.error(literal.span.clone(), format!("invalid regular expression: {reason}"))
                },
            )
        };
        // Alone first: brackets must match within it.
        build(pattern)?;
        build(&format!("\\A(?:{pattern})\\z"))
    }

    /// A parameter of events by name: its kind may differ between events.
    fn param_test(&self, field: &crate::FieldRef, op: Op, literal: &Literal) -> Result<Test> {
        let classes = ParamClasses::of(field);
        let applies = |kind| operators(kind, false).contains(&op);
        let number = (classes.number && applies(Kind::Int))
            .then(|| self.kind_test(Kind::Int, Measure::Any, op, literal));
        let kind = if applies(Kind::Text) { Kind::Text } else { Kind::Bytes };
        let text = (classes.text && applies(kind)).then(|| self.kind_test(kind, Measure::Any, op, literal));
        self.by_class(number, text, &literal.span)
    }

    fn by_class(
        &self,
        number: Option<Result<Test>>,
        text: Option<Result<Test>>,
        span: &Span,
    ) -> Result<Test> {
        match (number, text) {
            (None, None) => Err(self
                .error(span.clone(), "the operator does not apply to this parameter")
                .help("`evt.arg` compares the text of a parameter")),
            (Some(Err(error)), None) | (None, Some(Err(error))) | (Some(Err(error)), Some(Err(_))) => {
                Err(error)
            }
            (number, text) => {
                let boxed = |t: Option<Result<Test>>| t.and_then(Result::ok).map(Box::new);
                Ok(Test::ByKind { number: boxed(number), text: boxed(text) })
            }
        }
    }

    fn constant(&self, literal: &Literal, (message, help): (String, Option<String>)) -> FilterError {
        let mut error = self.error(literal.span.clone(), message);
        error.help = help;
        error
    }

    fn direction(&self, literal: &Literal) -> Result<()> {
        if matches!(&*literal.bytes, b"<" | b">") {
            return Ok(());
        }
        let shown = String::from_utf8_lossy(&literal.bytes);
        Err(self
            .error(literal.span.clone(), format!("`{shown}` is no direction"))
            .expected(["`>` (the start of a call)", "`<` (its end)"]))
    }

    fn boolean(&self, literal: &Literal) -> Result<bool> {
        constant::boolean(literal).map_err(|e| self.constant(literal, e))
    }

    fn port(&self, literal: &Literal) -> Result<u16> {
        constant::port(literal).map_err(|e| self.constant(literal, e))
    }

    fn number(&self, literal: &Literal) -> Result<Number> {
        Number::parse(&literal.bytes).map_err(|_| {
            let shown = String::from_utf8_lossy(&literal.bytes);
            self.error(literal.span.clone(), format!("`{shown}` is no number"))
        })
    }

    fn double(&self, literal: &Literal) -> Result<f64> {
        Ok(self.number(literal)?.value)
    }
}

/// Which kinds of values a parameter has in the events that carry it.
struct ParamClasses {
    number: bool,
    text: bool,
}

impl ParamClasses {
    fn of(field: &crate::FieldRef) -> Self {
        let mut classes = Self { number: false, text: false };
        for event in EVENTS {
            let Some(param) = field.arg.param(EventType(event.id)).and_then(|i| event.params.get(i)) else {
                continue;
            };
            match (param.kind, &param.extra) {
                (ParamType::Dyn, Extra::Dyn(variants)) => variants.iter().for_each(|(k, _)| classes.add(*k)),
                (kind, _) => classes.add(kind),
            }
        }
        classes
    }

    fn add(&mut self, kind: ParamType) {
        use ParamType as T;
        match kind {
            T::CharBuf | T::FsPath | T::FsRelPath | T::ByteBuf | T::CharBufArray | T::CharBufPairArray => {
                self.text = true;
            }
            T::SockAddr | T::SockTuple | T::FdList | T::Ipv6Addr | T::Double | T::None | T::Dyn => {}
            T::Ipv4Net | T::Ipv6Net | T::IpAddr | T::IpNet => {}
            _ => self.number = true,
        }
    }
}
