//! A use of a field: its row and its argument. What tables and chisels work with.

use cscope_enrich::EventCx;

use crate::field::{Arg, Env, Extract};
use crate::{Field, FilterError, TextOptions, Value};

/// A field with its argument, as in `evt.arg.name` or `proc.aname[2]`.
#[derive(Debug, Clone)]
pub struct FieldRef {
    pub(crate) field: &'static Field,
    pub(crate) arg: Arg,
}

impl FieldRef {
    /// Reads a field with its argument.
    ///
    /// # Errors
    /// The name is unknown, the argument is missing, not allowed or malformed.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        match Field::find(text) {
            Some(field) => Ok(Self { field, arg: Arg::default() }),
            None => Err(FilterError::new(text, 0..text.len(), format!("unknown field `{text}`"))),
        }
    }

    /// The row.
    pub fn field(&self) -> &'static Field {
        self.field
    }

    /// The value for an event; `None` when the event has none. Of a field with several values the first.
    /// `scratch` holds text that is made on the fly.
    pub fn value<'a>(
        &'a self,
        cx: &'a EventCx<'a>,
        options: &'a TextOptions,
        scratch: &'a mut Vec<u8>,
    ) -> Option<Value<'a>> {
        scratch.clear();
        match self.field.extract {
            Extract::One(extract) => extract(Env { cx, text: options }, &self.arg, scratch),
            Extract::Each(_) => None,
        }
    }

    /// Appends the value as it is printed; false when the event has none.
    pub fn write(&self, cx: &EventCx<'_>, options: &TextOptions, out: &mut Vec<u8>) -> bool {
        let mut scratch = Vec::new();
        match self.value(cx, options, &mut scratch) {
            Some(Value::Text(text) | Value::Bytes(text)) => out.extend_from_slice(text),
            Some(other) => out.extend_from_slice(other.integer().unwrap_or_default().to_string().as_bytes()),
            None => return false,
        }
        true
    }
}
