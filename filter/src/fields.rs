//! THE field table: one row per field, one file per class.
//!
//! A row holds name, kind, argument rule, properties, documentation, an example that a test parses and
//! evaluates, and the function that takes the value from an event in its context. Adding a field is one row.

mod evt;

use crate::field::Class;

/// All classes in the order they are listed.
pub static CLASSES: &[Class] = &[evt::CLASS];
