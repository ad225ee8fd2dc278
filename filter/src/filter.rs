//! A compiled filter.

use std::cell::RefCell;

use cscope_enrich::EventCx;

use crate::field::{Env, Needs};
use crate::node::Node;
use crate::pool::Pool;
use crate::types::TypeSet;
use crate::{Field, FilterError, FilterOptions, Pushdown, compile, parser};

/// A compiled filter. It owns scratch buffers; for use in several threads give each its own clone.
pub struct Filter {
    text: String,
    node: Option<Node>,
    options: FilterOptions,
    fields: Vec<&'static Field>,
    pushdown: Pushdown,
    pool: RefCell<Pool>,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("text", &self.text).finish_non_exhaustive()
    }
}

impl Clone for Filter {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            node: self.node.clone(),
            options: self.options,
            fields: self.fields.clone(),
            pushdown: self.pushdown.clone(),
            pool: RefCell::default(),
        }
    }
}

impl Filter {
    /// Reads a filter. The empty text is the filter that everything passes.
    ///
    /// # Errors
    /// The text is no filter, names something unknown, or compares what cannot be compared.
    pub fn parse(text: &str, options: &FilterOptions) -> Result<Self, FilterError> {
        let (node, fields, needs) = match parser::parse(text)? {
            Some(expr) => {
                let compiled = compile::compile(text, &expr, options)?;
                (Some(compiled.node), compiled.fields, compiled.needs)
            }
            None => (None, Vec::new(), Needs::default()),
        };
        let mut pushdown = node.as_ref().map_or_else(Pushdown::all, |n| n.sides().yes);
        pushdown.needs = needs;
        Ok(Self {
            text: text.to_owned(),
            node,
            options: *options,
            fields,
            pushdown,
            pool: RefCell::default(),
        })
    }

    /// True when the event passes. Allocates nothing once its buffers have grown (but for `getopt`).
    #[inline]
    pub fn matches(&self, cx: &EventCx<'_>) -> bool {
        let Some(node) = &self.node else { return true };
        node.holds(Env { cx, text: &self.options.text }, &mut self.pool.borrow_mut())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn can_be_sent_to_other_threads() {
        fn check<T: Send + Clone>(_: &T) {}
        check(&Filter::parse("proc.name = x", &FilterOptions::default()).expect("a filter"));
    }

    #[test]
    fn types_by_name_are_those_found_one_by_one() {
        let set = |text: &str| {
            let options = FilterOptions { exact_types: true, ..FilterOptions::default() };
            Filter::parse(text, &options).unwrap_or_else(|e| panic!("{e}")).event_types().clone()
        };
        for name in crate::types::names() {
            // Once by name, once by comparing every type.
            assert_eq!(set(&format!("evt.type = {name}")), set(&format!("evt.type regex {name}")), "{name}");
        }
    }
}
