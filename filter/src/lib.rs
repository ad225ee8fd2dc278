//! Filter language, field table and output formats of cscope.
//!
//! ```text
//! filter text -> AST with spans -> type check against THE field table -> compiled filter  -> bool
//! format text -> items          -> the same table                     -> compiled format -> line of text
//! ```
//!
//! Both work on an [`EventCx`](cscope_enrich::EventCx): an event with all that is known about it. The field
//! table ([`Field`], [`CLASSES`]) is the one place that says which fields exist, what they are and how they are taken.
#![forbid(unsafe_code)]

mod ast;
mod comparison;
mod compile;
mod constant;
mod error;
mod field;
mod field_ref;
mod fields;
mod filter;
mod format;
mod list;
mod nearest;
mod node;
mod operand;
mod options;
mod parser;
mod pattern;
mod pool;
mod resolve;
mod services;
mod text;
mod time;
mod transform;
mod types;
mod value;

pub use cscope_capture::print::DataFormat;
pub use error::FilterError;
pub use field::{ArgKind, ArgRule, Class, Field, FieldFlags, Needs, Print};
pub use field_ref::FieldRef;
pub use fields::CLASSES;
pub use filter::{Filter, Pushdown};
pub use format::{Format, Preset};
pub use list::{list_events, list_fields, list_fields_of};
pub use options::{FilterOptions, TextOptions, TimeStyle};
pub use types::TypeSet;
pub use value::{Kind, Value};
