//! What the numbers of a field count, and constants with units turned into that.

use super::{Compiler, Result};
use crate::ast::{self, Literal, Op, Right};
use crate::constant::{self, Number, Unit};
use crate::field::ArgKind;
use crate::operand::Operand;
use crate::{ArgRule, Field, FieldRef, Kind, Print};

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Times in ns.
    Nanoseconds,
    /// Times in whole seconds.
    Seconds,
    /// Points in time, ns since the epoch.
    Epoch,
    /// Sizes in bytes, or plain numbers that may be sizes.
    Bytes,
    /// Sizes in KiB.
    Kibibytes,
    /// The type of a parameter decides.
    Any,
    /// Numbers that name something.
    Name,
}

impl Measure {
    /// That of an operand.
    pub(super) fn of(operand: &Operand) -> Self {
        match operand {
            Operand::Field(FieldRef { field, .. }) => Self::of_field(field),
            _ => Self::Bytes,
        }
    }

    fn of_field(field: &Field) -> Self {
        let ends = |with: &[&str]| with.iter().any(|w| field.name.ends_with(w));
        match field.kind {
            Kind::RelTime | Kind::AbsTime if ends(&[".s"]) => Self::Seconds,
            Kind::RelTime if ends(&[".ts"]) => Self::Epoch,
            Kind::AbsTime if !ends(&[".ns", "_start"]) => Self::Epoch,
            Kind::RelTime | Kind::AbsTime => Self::Nanoseconds,
            Kind::Dyn => Self::Any,
            _ if ends(&[".vmsize", ".vmrss", ".vmswap"]) => Self::Kibibytes,
            _ if matches!(field.print, Print::Id) || names_something(field) => Self::Name,
            _ => Self::Bytes,
        }
    }
}

/// Numbers of these kinds are compared, never measured.
fn names_something(field: &Field) -> bool {
    field.kind == Kind::Port || matches!(field.arg, ArgRule::Allowed(ArgKind::Level))
}

impl Compiler<'_> {
    /// A whole number in the measure of the operand.
    pub(super) fn integer(&self, literal: &Literal, measure: Measure) -> Result<i128> {
        if measure == Measure::Epoch
            && let Some(ns) = constant::time(literal)
        {
            return Ok(ns);
        }
        let number = Number::parse(&literal.bytes).map_err(|_| {
            let shown = String::from_utf8_lossy(&literal.bytes);
            let error = self.error(literal.span.clone(), format!("`{shown}` is no number"));
            match measure {
                Measure::Epoch => {
                    error.help("times are ns since the epoch, or written 2026-11-22T10:00:00.5")
                }
                Measure::Nanoseconds => error.help("times are in ns, or have a unit: ns us ms s min h d"),
                _ => error,
            }
        })?;
        let divisor = self.divisor(literal, number.unit, measure)?;
        let limit = 1i128 << 64;
        match number.whole {
            Some(whole) if whole % divisor != 0 => Err(self.error(
                literal.span.clone(),
                if measure == Measure::Seconds {
                    "the field holds whole seconds"
                } else {
                    "the field holds whole KiB"
                },
            )),
            Some(whole) if -limit < whole && whole < limit => Ok(whole / divisor),
            Some(_) => Err(self.error(literal.span.clone(), "the number does not fit 64 bits")),
            None => {
                let error = self.error(literal.span.clone(), "the field holds whole numbers only");
                Err(match measure {
                    Measure::Nanoseconds | Measure::Epoch => {
                        error.help("times are in ns; units: ns us ms s min h d")
                    }
                    _ => error,
                })
            }
        }
    }

    /// What a constant with this unit is divided by.
    fn divisor(&self, literal: &Literal, unit: Unit, measure: Measure) -> Result<i128> {
        let wrong = |message: &str| Err(self.error(literal.span.clone(), message));
        match (unit, measure) {
            (Unit::None, _) | (_, Measure::Any) => Ok(1),
            (Unit::Time, Measure::Nanoseconds | Measure::Epoch) | (Unit::Size, Measure::Bytes) => Ok(1),
            (Unit::Time, Measure::Seconds) => Ok(1_000_000_000),
            (Unit::Size, Measure::Kibibytes) => Ok(1024),
            (Unit::Time, _) => wrong("this is a span of time, and the field is none"),
            (Unit::Size, Measure::Name) => wrong("this is a size, and the field is none"),
            (Unit::Size, _) => wrong("this is a size, and the field is a time"),
        }
    }

    /// A field that has the time of the event as text, compared with a point in time, is compared as a time.
    pub(super) fn as_time(&self, left: Operand, check: &ast::Check) -> Operand {
        const TEXTS: [&str; 3] = ["evt.time", "evt.datetime", "evt.time.iso8601"];
        let is_text = matches!(&left, Operand::Field(f) if TEXTS.contains(&f.field.name));
        let compares = check.op.is_order() || matches!(check.op, Op::Eq | Op::Ne);
        match &check.right {
            Right::Value(literal) if is_text && compares && constant::time(literal).is_some() => {
                FieldRef::resolve("evt.rawtime", None).map_or(left, Operand::Field)
            }
            _ => left,
        }
    }
}
