//! Filter language, field table and output formats of cscope.
//!
//! ```text
//! filter text -> AST with spans -> type check against THE field table -> compiled filter  -> bool
//! format text -> items          -> the same table                     -> compiled format -> line of text
//! ```
//!
//! Both work on an [`EventCx`](cscope_enrich::EventCx): an event with all that is known about it. The field
//! table ([`Field`], [`CLASSES`]) is the one place that says which fields exist, what they are and how they are taken.
//!
//! ```
//! use cscope_filter::{Filter, FilterOptions};
//! let filter = Filter::parse("evt.type = open and fd.name startswith /etc", &FilterOptions::default())?;
//! assert!(filter.event_types().names().any(|n| n == "openat"));
//!
//! // What inspectors hand out is matched: `filter.matches(&cx)`.
//!
//! let error = Filter::parse("proc.nmae = cat", &FilterOptions::default()).unwrap_err();
//! assert_eq!((error.column(), error.span.clone()), (1, 0..9));
//! assert!(error.render(false).contains("did you mean `proc.name`"));
//! # Ok::<(), cscope_filter::FilterError>(())
//! ```
//!
//! What an event can match at all is known before any event is seen, as a [`Pushdown`]; live capture and readers of
//! indexed captures use it to leave out what cannot matter:
//!
//! ```
//! use cscope_filter::{Filter, FilterOptions};
//! let filter = Filter::parse("evt.type = read and proc.pid in (7, 8) and evt.rawres < 0", &FilterOptions::default())?;
//! let possible = filter.pushdown();
//! assert!(possible.only_failed());
//! assert_eq!(possible.pids.listed().map(|pids| pids.len()), Some(2));
//! # Ok::<(), cscope_filter::FilterError>(())
//! ```
//!
//! The language is that of the current libs, its meaning included; [LANGUAGE.md](../LANGUAGE.md) tells what was
//! added and what differs. Of the fields, on purpose:
//!
//! * `evt.latency` exists on merged events, and nothing else resets it.
//! * `proc.ppid.duration` is what it says; `evt.deltatime` counts from the event before, whatever was filtered.
//! * `fd.*ip.name` looks into the hosts file and never asks the network.
//! * A format may hold `%%`, and `%-12field` puts the blanks in front.
#![forbid(unsafe_code)]

mod among;
mod ast;
mod comparison;
mod compile;
mod completion;
mod constant;
mod error;
mod explain;
mod field;
mod field_ref;
mod fields;
mod filter;
mod format;
mod leaf;
mod library;
mod list;
mod near;
mod nearest;
mod operand;
mod options;
mod order;
mod parser;
mod pattern;
mod pool;
mod program;
mod pushdown;
mod resolve;
mod services;
mod source;
mod text;
mod time;
mod transform;
mod tree;
mod types;
mod value;

pub use among::Among;
pub use completion::{Candidate, Completion, complete};
pub use cscope_capture::print::DataFormat;
pub use error::FilterError;
pub use field::{ArgKind, ArgRule, Class, Field, FieldFlags, Needs, Print};
pub use field_ref::FieldRef;
pub use fields::CLASSES;
pub use filter::Filter;
pub use format::{Format, Preset, Separator};
pub use library::Library;
pub use list::{fields_markdown, list_events, list_fields, search_fields};
pub use near::{NearMiss, near_misses};
pub use options::{FilterOptions, TextOptions, TimeStyle};
pub use pushdown::Pushdown;
pub use types::TypeSet;
pub use value::{Kind, Value};
