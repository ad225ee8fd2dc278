//! What was probably meant, written out, for common slips with constants.

use super::Compiler;
use crate::ast::{self, Literal, Right};
use crate::operand::Operand;
use crate::{FilterError, Kind};

/// Fields that hold numbers, and those that hold the names for them.
const NAMED: &[(&str, &str)] = &[
    ("user.uid", "user.name"),
    ("user.loginuid", "user.loginname"),
    ("group.gid", "group.name"),
    ("proc.pid", "proc.name"),
    ("proc.ppid", "proc.pname"),
    ("proc.apid", "proc.aname"),
    ("thread.tid", "proc.name"),
    ("fd.num", "fd.name"),
    ("evt.rawres", "evt.res"),
];

/// Address fields, and those that are compared with networks.
const NETWORKS: &[(&str, &str)] = &[
    ("fd.ip", "fd.net"),
    ("fd.cip", "fd.cnet"),
    ("fd.sip", "fd.snet"),
    ("fd.lip", "fd.lnet"),
    ("fd.rip", "fd.rnet"),
];

impl Compiler<'_> {
    /// Adds to the error of a comparison how it may be written.
    pub(super) fn rewritten(
        &self,
        mut error: FilterError,
        left: &Operand,
        check: &ast::Check,
    ) -> FilterError {
        let (Operand::Field(field), Right::Value(literal)) = (left, &check.right) else { return error };
        let name = field.field.name;
        let Ok(value) = std::str::from_utf8(&literal.bytes) else { return error };
        let instead =
            |table: &[(&str, &'static str)]| table.iter().find(|(n, _)| *n == name).map(|(_, i)| *i);
        let word = value.starts_with(|c: char| c.is_alphabetic() || c == '/');
        let (field, value) = match field.field.kind {
            Kind::Ip if value.contains('/') => (instead(NETWORKS), value),
            Kind::Bool if matches!(value, "1" | "yes" | "TRUE" | "True") => (Some(name), "true"),
            Kind::Bool if matches!(value, "0" | "no" | "FALSE" | "False") => (Some(name), "false"),
            _ if name == "evt.rawres" && word && !names_result(value) => {
                error.help =
                    Some("results are numbers, as in `evt.rawres = -2`; `evt.res` has their names".into());
                return error;
            }
            kind if kind.is_integer() && word => (instead(NAMED), value),
            _ => return error,
        };
        if let Some(field) = field {
            error.help = Some(format!("write `{field} {} {}`", check.op.name(), quoted(literal, value)));
        }
        error
    }
}

/// True for what results are called.
fn names_result(value: &str) -> bool {
    value == "SUCCESS"
        || value.len() > 1
            && value.starts_with('E')
            && value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// The value with quotes where it needs them.
fn quoted(literal: &Literal, value: &str) -> String {
    if literal.quoted { format!("\"{}\"", value.escape_default()) } else { value.to_owned() }
}
