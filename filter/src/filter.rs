//! A compiled filter.

use cscope_enrich::EventCx;

use crate::field::Needs;
use crate::types::TypeSet;
use crate::{Field, FilterError, FilterOptions};

/// What a filter can match at all: what need not be captured, read or kept for it.
#[derive(Debug, Clone)]
pub struct Pushdown {
    /// Event types (and calls of generic events) that can match. Conservative: an event that matches always
    /// has its type in the set.
    pub types: TypeSet,
    /// Parts of the model the filter reads.
    pub needs: Needs,
}

/// A compiled filter. Cloning is cheap enough to have one per thread.
#[derive(Debug, Clone)]
pub struct Filter {
    text: String,
    fields: Vec<&'static Field>,
    pushdown: Pushdown,
}

impl Filter {
    /// Reads a filter. The empty text is the filter that everything passes.
    ///
    /// # Errors
    /// The text is no filter, names something unknown, or compares what cannot be compared.
    pub fn parse(text: &str, options: &FilterOptions) -> Result<Self, FilterError> {
        let _ = options;
        let pushdown = Pushdown { types: TypeSet::all(), needs: Needs::default() };
        Ok(Self { text: text.to_owned(), fields: Vec::new(), pushdown })
    }

    /// True when the event passes.
    pub fn matches(&self, cx: &EventCx<'_>) -> bool {
        self.pushdown.types.contains(&cx.event)
    }

    /// The text it was made from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The fields it uses, each once.
    pub fn fields(&self) -> &[&'static Field] {
        &self.fields
    }

    /// What it can match at all.
    pub fn pushdown(&self) -> &Pushdown {
        &self.pushdown
    }

    /// Types of events that can match at all.
    pub fn event_types(&self) -> &TypeSet {
        &self.pushdown.types
    }
}
