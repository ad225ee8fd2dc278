//! A compiled filter.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use cscope_capture::EventType;
use cscope_enrich::EventCx;

use crate::compile::Compiled;
use crate::field::Env;
use crate::pool::Pool;
use crate::source::Source;
use crate::types::TypeSet;
use crate::{Field, FieldFlags, FilterError, FilterOptions, Library, Pushdown, compile, parser};

/// A compiled filter. It owns scratch buffers; for use in several threads give each its own clone, which is cheap.
pub struct Filter {
    text: Arc<str>,
    /// None for the filter that everything passes.
    compiled: Option<Arc<Compiled>>,
    options: FilterOptions,
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
            text: Arc::clone(&self.text),
            compiled: self.compiled.clone(),
            options: self.options,
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
        Self::parse_with(text, options, &Library::default())
    }

    /// Reads a filter that may name macros and lists of a library, and is joined with its conditions.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); about the files of the library too.
    pub fn parse_with(text: &str, options: &FilterOptions, library: &Library) -> Result<Self, FilterError> {
        let mut sources = library.sources().clone();
        let source = sources.add(text);
        let ast = library.complete(&sources, parser::parse(&source, 0..text.len())?)?;
        let compiled = ast.map(|ast| compile::compile(&sources, ast, options)).transpose()?;
        Ok(Self {
            text: text.into(),
            compiled: compiled.map(Arc::new),
            options: *options,
            pool: RefCell::default(),
        })
    }

    /// Says what becomes of a filter: how it was read, in which order it is checked, and what it can match at all (its
    /// [`Pushdown`]). Lines of text, for people.
    ///
    /// # Errors
    /// As [`parse_with`](Self::parse_with).
    pub fn explain(text: &str, options: &FilterOptions, library: &Library) -> Result<String, FilterError> {
        let mut sources = library.sources().clone();
        let source = sources.add(text);
        match library.complete(&sources, parser::parse(&source, 0..text.len())?)? {
            Some(ast) => compile::explained(&sources, &ast, options),
            None => Ok("the empty filter: every event passes\n".to_owned()),
        }
    }

    /// Checks that a text has the form of a filter, whatever fields and macros it names.
    ///
    /// # Errors
    /// It has not.
    pub fn check_syntax(text: &str) -> Result<(), FilterError> {
        parser::parse(&Source::alone(text), 0..text.len()).map(drop)
    }

    /// True when the event passes. Allocates nothing once its buffers have grown (but for `getopt`).
    ///
    /// ```no_run
    /// use cscope_capture::FileSource;
    /// use cscope_enrich::{Inspector, Item, View};
    /// use cscope_filter::{Filter, FilterOptions};
    ///
    /// let filter = Filter::parse("evt.type = open and evt.failed = true", &FilterOptions::default())?;
    /// let mut inspector = Inspector::new(Box::new(FileSource::open("trace.scap.zst")?), View::Merged);
    /// let mut failed = 0;
    /// loop {
    ///     match inspector.step()? {
    ///         Item::Event(cx) => failed += u32::from(filter.matches(&cx)),
    ///         Item::End => break,
    ///         Item::Section(_) | Item::Idle { .. } | Item::Passed | Item::LeftOut { .. } => {}
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn matches(&self, cx: &EventCx<'_>) -> bool {
        let Some(compiled) = &self.compiled else { return true };
        let program = match &compiled.asynchronous {
            Some(late) if cx.event.kind == EventType::ASYNCEVENT_E => late.program(),
            _ => &compiled.program,
        };
        program.holds(Env { cx, text: &self.options.text }, &mut self.pool.borrow_mut())
    }

    /// The text it was made from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The options it was made with.
    pub fn options(&self) -> &FilterOptions {
        &self.options
    }

    /// The fields it uses, each once.
    pub fn fields(&self) -> &[&'static Field] {
        self.compiled.as_ref().map_or(&[], |c| &c.fields)
    }

    /// True when whether an event on a known descriptor passes depends on nothing but the descriptor.
    pub fn is_of_descriptor(&self) -> bool {
        let fields = self.fields();
        !fields.is_empty() && fields.iter().all(|field| field.has(FieldFlags::DESCRIPTOR))
    }

    /// What it can match at all.
    pub fn pushdown(&self) -> &Pushdown {
        static ALL: LazyLock<Pushdown> = LazyLock::new(Pushdown::all);
        self.compiled.as_ref().map_or(&ALL, |c| &c.pushdown)
    }

    /// Types of events that can match at all.
    pub fn event_types(&self) -> &TypeSet {
        &self.pushdown().types
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
