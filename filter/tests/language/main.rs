//! Filters, formats and fields against captures and synthetic streams.

mod counts;
mod engine;
mod equal;
mod eval;
mod fields;
mod formats;
mod messages;
mod own;
mod pushdown;
mod semantics;
mod support;
