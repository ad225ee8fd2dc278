//! Chisels: small programs over the stream of events, each in a file of its own.
//!
//! A chisel that ranks keys by a sum is a declaration in [`top`](self) (key fields, value field, filter, unit,
//! number of rows) run by one table engine; one that shows what there is at one moment is a declaration (columns,
//! and what writes the rows) run by the engine of views. Everything else implements the three methods of
//! [`Chisel`]. To add one: write the file, name it in a `mod` line, and put its [`ChiselInfo`] into the list of
//! [`all`].
#![forbid(unsafe_code)]

mod fdcount_by;
mod line;
mod list;
mod listing;
mod lscontainers;
mod lsof;
mod netstat;
mod ps;
mod registry;
mod spy_users;
mod subject;
mod table;
mod top;
mod unit;
mod view;

use std::any::Any;

use cscope_enrich::{EventCx, State};
use cscope_filter::{Filter, FilterError, FilterOptions, Needs, Pushdown, TextOptions};

pub use list::{explain, list};
pub use registry::{all, find};
pub use subject::is_table_filter;

/// What the caller is to do after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// End the capture: the chisel has all it wants.
    Stop,
}

/// A program over the stream of events. What it has to say it appends to `out`, whole lines, safe to show on a
/// terminal.
///
/// Captures are read by several threads, a part each, when all chisels of a run can be [forked](Self::fork).
pub trait Chisel: Any + Send {
    /// An event that passed the chisel's filter.
    fn on_event(&mut self, cx: &EventCx<'_>, out: &mut Vec<u8>) -> Flow;

    /// A second went by (live only, and only when [`Ready::refresh`] is set). `ts` is in ns since the epoch.
    fn on_interval(&mut self, ts: u64, state: &State, out: &mut Vec<u8>);

    /// The capture ends.
    fn on_end(&mut self, ts: u64, state: &State, out: &mut Vec<u8>);

    /// One like this that has seen nothing, for a part of the events. `None`, which is the default, is for chisels
    /// that need all events one after the other: those that end the capture, and those that make of an event
    /// something that also depends on earlier ones, other than through the model.
    fn fork(&self) -> Option<Box<dyn Chisel>> {
        None
    }

    /// Takes over what a fork of this one has gathered, and leaves it as it was when new. Forks come in the order of
    /// their parts. What they print comes out in that order, too, so there is nothing to do for those that only print.
    fn absorb(&mut self, fork: &mut dyn Chisel) {
        let _ = fork;
    }
}

/// A chisel of this type, which may be any.
pub(crate) fn downcast<T: Chisel>(chisel: &mut dyn Chisel) -> Option<&mut T> {
    let any: &mut dyn Any = chisel;
    any.downcast_mut()
}

/// Choices of the user that concern all chisels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// `-pc`: show containers.
    pub containers: bool,
    /// `-j`: tables as JSON.
    pub json: bool,
    /// Pictures are drawn again and again (live): a view of the state does not end the capture.
    pub refresh: bool,
    /// Colours may be used.
    pub colour: bool,
    /// Names and data as they are, control characters included.
    pub raw: bool,
    /// How values become text.
    pub text: TextOptions,
    /// How filters are read.
    pub filter: FilterOptions,
}

/// A chisel ready to run.
pub struct Ready {
    /// The program.
    pub chisel: Box<dyn Chisel>,
    /// Events it is called for; `None` means all.
    pub filter: Option<Filter>,
    /// It gives a new picture every second when live.
    pub refresh: bool,
    /// It is a view of the state at one moment: live and not on a terminal, one look is all it takes.
    pub once: bool,
    /// Parts of the model its filter and its fields read.
    pub needs: Needs,
}

impl Ready {
    /// The events that can make a difference to it. A view of the state is made of none.
    pub fn pushdown(&self) -> Pushdown {
        match &self.filter {
            _ if self.once => Pushdown::none(),
            Some(filter) => filter.pushdown().clone(),
            None => Pushdown::all(),
        }
    }

    /// One like it for a part of the events, see [`Chisel::fork`].
    pub fn fork(&self) -> Option<Self> {
        let Self { refresh, once, needs, .. } = *self;
        Some(Self { chisel: self.chisel.fork()?, filter: self.filter.clone(), refresh, once, needs })
    }
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ready").field("filter", &self.filter).field("refresh", &self.refresh).finish()
    }
}

/// What an argument of a chisel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgKind {
    /// A number.
    Int,
    /// Any word.
    Text,
    /// A field of the field table.
    Field,
    /// A filter over threads and descriptors.
    Filter,
}

impl ArgKind {
    /// The name in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "number",
            Self::Text => "text",
            Self::Field => "field",
            Self::Filter => "filter",
        }
    }
}

/// An argument of a chisel.
#[derive(Debug)]
pub struct ChiselArg {
    /// Name.
    pub name: &'static str,
    /// What it is.
    pub kind: ArgKind,
    /// It must be given.
    pub required: bool,
    /// What it does.
    pub doc: &'static str,
}

/// A row of the registry.
#[derive(Debug)]
pub struct ChiselInfo {
    /// Name.
    pub name: &'static str,
    /// Group in lists.
    pub category: &'static str,
    /// One line.
    pub summary: &'static str,
    /// The whole story.
    pub doc: &'static str,
    /// Arguments in order, required ones first.
    pub args: &'static [ChiselArg],
    pub(crate) make: Make,
}

/// How a chisel is made ready.
pub(crate) enum Make {
    /// A declaration, run by the table engine.
    Table(top::Top),
    /// A declaration, run by the engine of views.
    View(view::View),
    /// A program of its own.
    Own(fn(&[String], &Settings) -> Result<Ready, Error>),
}

impl std::fmt::Debug for Make {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Table(_) => "Table",
            Self::View(_) => "View",
            Self::Own(_) => "Own",
        })
    }
}

impl ChiselInfo {
    /// Makes the chisel ready with the words given as its arguments.
    ///
    /// # Errors
    /// An argument is not what it should be.
    pub fn ready(&'static self, words: &[String], settings: &Settings) -> Result<Ready, Error> {
        match &self.make {
            Make::Table(top) => table::ready(self, top, words, settings),
            Make::View(view) => view::ready(self, view, words, settings),
            Make::Own(make) => make(words, settings),
        }
    }
}

/// Why a chisel cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such chisel.
    #[error("there is no chisel `{name}`{hint}; `cscope -cl` lists them")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The nearest name, as part of the sentence.
        hint: String,
    },
    /// An argument is not what it should be.
    #[error("chisel {chisel}: {message}")]
    Argument {
        /// Name of the chisel.
        chisel: &'static str,
        /// What is wrong.
        message: String,
    },
    /// A field or filter given as argument cannot be used.
    #[error("chisel {chisel}: {error}")]
    Filter {
        /// Name of the chisel.
        chisel: &'static str,
        /// Where and why.
        error: Box<FilterError>,
    },
}

impl Error {
    /// A filter or field of `chisel` was refused.
    pub(crate) fn filter(chisel: &'static str, error: FilterError) -> Self {
        Self::Filter { chisel, error: Box::new(error) }
    }
}

/// True when `text` is a filter, so that it is not an argument of a chisel.
pub fn is_filter(text: &str) -> bool {
    !text.trim().is_empty() && Filter::parse(text, &FilterOptions::default()).is_ok()
}
