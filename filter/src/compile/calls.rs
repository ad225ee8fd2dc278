//! Uses of transformers: their operands are checked and compiled.

use super::{Compiler, Result};
use crate::Kind;
use crate::ast::{Literal, Span, Term};
use crate::operand::Operand;
use crate::transform::Call;

impl Compiler<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        args: &[Term],
        pick: Option<&Literal>,
        span: &Span,
    ) -> Result<Operand> {
        let usage = match name {
            "join" => "join(separator, (item, ...))",
            "concat" => "concat(text, text, ...)",
            "getopt" => "getopt((argument, ...), \"options\")",
            _ => "",
        };
        let wrong = |this: &Self, message: &str| {
            let error = this.error(span.clone(), format!("`{name}` {message}"));
            if usage.is_empty() { error } else { error.help(format!("usage: {usage}")) }
        };
        if pick.is_some() && name != "getopt" {
            return Err(wrong(self, "takes no argument in brackets"));
        }
        let operands = args.iter().map(|a| self.operand(a, true)).collect::<Result<Vec<_>>>()?;
        let is_text = |o: &Operand| matches!(o.kind(), Kind::Text | Kind::Bytes) && !o.is_list();
        let mut operands = operands.into_iter();
        let (first, second) = (operands.next(), operands.next());
        let call = match (name, first, second, operands.next()) {
            ("tolower" | "toupper" | "b64" | "basename" | "len", Some(inner), None, None) => {
                if !(is_text(&inner) || name == "len" && inner.is_list()) {
                    let what = if name == "len" { "needs a text or a list" } else { "needs a text" };
                    return Err(wrong(self, what));
                }
                match name {
                    "tolower" => Call::Lower(inner),
                    "toupper" => Call::Upper(inner),
                    "b64" => Call::B64(inner),
                    "basename" => Call::Basename(inner),
                    _ => Call::Len(inner),
                }
            }
            ("tolower" | "toupper" | "b64" | "basename" | "len", ..) => {
                return Err(wrong(self, "takes one operand"));
            }
            ("join", Some(separator), Some(items), None) => {
                if separator.is_list() || !items.is_list() {
                    return Err(wrong(self, "needs a separator and a list"));
                }
                Call::Join { separator, items }
            }
            ("concat", Some(a), Some(b), c) => {
                let items: Vec<Operand> = [a, b].into_iter().chain(c).chain(operands).collect();
                if items.iter().any(Operand::is_list) {
                    return Err(wrong(self, "takes single values, not lists; `join` takes a list"));
                }
                Call::Concat(items)
            }
            ("getopt", Some(args), Some(spec), None) => {
                let args = match args {
                    Operand::Field(f) if !f.arg.present && f.field.items.is_some() => {
                        f.field.items.map(|items| Operand::Items(f, items))
                    }
                    list if list.is_list() => Some(list),
                    _ => None,
                };
                let (Some(args), true) = (args, is_text(&spec)) else {
                    return Err(wrong(self, "needs a list of arguments and a text that names the options"));
                };
                let pick = match pick {
                    None => None,
                    Some(Literal { bytes, .. }) if bytes.len() == 1 => bytes.first().copied(),
                    Some(literal) => {
                        return Err(self.error(literal.span.clone(), "an option is one character"));
                    }
                };
                Call::GetOpt { args, spec, pick }
            }
            ("concat", ..) => return Err(wrong(self, "takes two texts or more")),
            _ => return Err(wrong(self, "has the wrong number of operands")),
        };
        Ok(Operand::Call(Box::new(call)))
    }
}
