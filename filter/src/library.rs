//! Macros, lists and conditions from files.
//!
//! A file is read line by line. A line that is not indented begins something, indented lines continue it:
//!
//! ```text
//! # a comment, at the start of a line or behind a blank
//! list shells: [bash, sh, "my shell"]
//! macro opens: evt.type = open and
//!     not evt.failed = true
//!
//! - list: editors            the same in the syntax of Falco, items of a YAML list
//!   items: [vi, nano, shells]
//! - macro: edited
//!   condition: opens and proc.name in (editors)
//! - rule: Anything           its condition counts as a filter; of several rules one must hold
//!   condition: >
//!     edited and fd.name startswith /etc
//!
//! opens and proc.name in (shells)        all other lines together are a filter
//! ```
//!
//! A macro is named where a condition may stand, a list among the constants in brackets. What is defined again replaces
//! what was there; the order does not matter.

mod items;
mod lines;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::FilterError;
use crate::ast::{Ast, Check, Item, Literal, Right, Span};
use crate::nearest::did_you_mean;
use crate::source::Sources;

/// How deep macros and lists may refer to one another.
const MAX_DEPTH: usize = 100;
/// Most conditions and constants a filter may grow to.
const MAX_SIZE: usize = 4_000_000;

/// Macros and lists that filters may name, and conditions they are joined with.
///
/// ```
/// use cscope_filter::{Filter, FilterOptions, Library};
/// let mut library = Library::default();
/// library.add("shells.txt", "list shells: [bash, sh]\nmacro in_shell: proc.name in (shells)\n")?;
/// let filter = Filter::parse_with("evt.type = open and in_shell", &FilterOptions::default(), &library)?;
/// assert!(filter.pushdown().comms.listed().is_some_and(|names| names.len() == 2));
///
/// let error = library.add("more.txt", "macro broken: proc.name ==\n").unwrap_err();
/// assert_eq!((error.origin.as_deref(), error.line()), (Some("more.txt"), 1));
/// # Ok::<(), cscope_filter::FilterError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Library {
    sources: Sources,
    macros: FxHashMap<Box<str>, Ast>,
    lists: FxHashMap<Box<str>, Vec<Literal>>,
    /// Each must hold.
    conditions: Vec<Ast>,
}

impl Library {
    /// Adds what a file with this name and text defines.
    ///
    /// # Errors
    /// A line cannot be read; the error names the file. Nothing is added then.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), FilterError> {
        let mut sources = self.sources.clone();
        let source = sources.add_file(name, text);
        let found = lines::read(&source)?;
        self.sources = sources;
        self.macros.extend(found.macros);
        for (name, items, append) in found.lists {
            let list = self.lists.entry(name).or_default();
            if !append {
                list.clear();
            }
            list.extend(items);
        }
        self.conditions.extend(found.filter);
        self.conditions.extend(any_of(found.rules));
        Ok(())
    }

    /// True when its files hold conditions, not only names for some.
    pub fn has_conditions(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// The texts read so far.
    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The filter together with the conditions of the files, with everything put in that it names.
    pub(crate) fn complete(
        &self,
        sources: &Sources,
        filter: Option<Ast>,
    ) -> Result<Option<Ast>, FilterError> {
        let all: Vec<Ast> = self.conditions.iter().cloned().chain(filter).collect();
        let count = all.len();
        let mut ast: Ast = all.into_iter().flatten().collect();
        match count {
            0 => return Ok(None),
            1 => {}
            n => ast.push(Item::And(n)),
        }
        if self.macros.is_empty() && self.lists.is_empty() {
            return Ok(Some(ast));
        }
        let mut resolver = Resolver { library: self, sources, size: 0, open: Vec::new() };
        let mut out = Ast::with_capacity(ast.len());
        resolver.put_in(&ast, &mut out)?;
        Ok(Some(out))
    }
}

/// One condition of several.
fn any_of(mut rules: Vec<Ast>) -> Option<Ast> {
    match rules.len() {
        0 | 1 => rules.pop(),
        n => {
            let mut all: Ast = rules.into_iter().flatten().collect();
            all.push(Item::Or(n));
            Some(all)
        }
    }
}

/// Puts macros and lists in where they are named.
struct Resolver<'l> {
    library: &'l Library,
    sources: &'l Sources,
    size: usize,
    /// The macros and lists being put in, outermost first.
    open: Vec<&'l str>,
}

impl<'l> Resolver<'l> {
    fn put_in(&mut self, ast: &Ast, out: &mut Ast) -> Result<(), FilterError> {
        for item in ast {
            match item {
                Item::Ident(name, span) => {
                    let Some((name, body)) = self.library.macros.get_key_value(name) else {
                        return Err(self.unknown(name, span));
                    };
                    self.enter(name, span)?;
                    self.put_in(body, out)?;
                    self.open.pop();
                }
                Item::Check(check) => {
                    self.count(1, &check.span)?;
                    let mut check = Arc::clone(check);
                    if let Right::List(items, span) = &check.right
                        && items.iter().any(|i| self.list(i).is_some())
                    {
                        let mut all = Vec::new();
                        self.list_items(items, &mut all)?;
                        let right = Right::List(all, span.clone());
                        check = Arc::new(Check { right, ..Check::clone(&check) });
                    }
                    out.push(Item::Check(check));
                }
                other => out.push(other.clone()),
            }
        }
        Ok(())
    }

    /// The list an item names.
    fn list(&self, item: &Literal) -> Option<(&'l str, &'l [Literal])> {
        if item.quoted {
            return None;
        }
        let (name, items) = self.library.lists.get_key_value(std::str::from_utf8(&item.bytes).ok()?)?;
        Some((name, items))
    }

    fn list_items(&mut self, items: &[Literal], out: &mut Vec<Literal>) -> Result<(), FilterError> {
        for item in items {
            match self.list(item) {
                Some((name, inner)) => {
                    self.enter(name, &item.span)?;
                    self.list_items(inner, out)?;
                    self.open.pop();
                }
                None => {
                    self.count(1, &item.span)?;
                    out.push(item.clone());
                }
            }
        }
        Ok(())
    }

    fn enter(&mut self, name: &'l str, span: &Span) -> Result<(), FilterError> {
        if self.open.contains(&name) {
            let way: Vec<String> = self.open.iter().chain([&name]).map(|n| format!("`{n}`")).collect();
            return Err(self
                .sources
                .error(span.clone(), format!("`{name}` is defined by itself"))
                .help(way.join(" -> ")));
        }
        if self.open.len() >= MAX_DEPTH {
            let message = format!("macros and lists name one another more than {MAX_DEPTH} deep");
            return Err(self.sources.error(span.clone(), message));
        }
        self.open.push(name);
        Ok(())
    }

    fn count(&mut self, more: usize, span: &Span) -> Result<(), FilterError> {
        self.size += more;
        if self.size > MAX_SIZE {
            let message = format!("with its macros and lists the filter has more than {MAX_SIZE} parts");
            return Err(self.sources.error(span.clone(), message));
        }
        Ok(())
    }

    fn unknown(&self, name: &str, span: &Span) -> FilterError {
        let error = self.sources.error(span.clone(), format!("there is no macro `{name}`"));
        if self.library.lists.contains_key(name) {
            return error.help("it is a list: lists are named among the constants of `in (...)`");
        }
        match did_you_mean(name, self.library.macros.keys().map(|k| &**k)) {
            Some(help) => error.help(help),
            None => error,
        }
    }
}
