//! Steps for asynchronous events.

use std::sync::OnceLock;

use super::{Compiler, lay_out};
use crate::FilterOptions;
use crate::ast::Ast;
use crate::program::Program;
use crate::source::Sources;

/// Steps that are made when they are needed, which is seldom.
pub(crate) struct Late {
    sources: Sources,
    ast: Ast,
    options: FilterOptions,
    program: OnceLock<Program>,
}

impl Late {
    /// The steps of what was compiled from these.
    pub(super) fn new(sources: &Sources, ast: Ast, options: &FilterOptions) -> Self {
        Self { sources: sources.clone(), ast, options: *options, program: OnceLock::new() }
    }

    /// The steps.
    pub(crate) fn program(&self) -> &Program {
        self.program.get_or_init(|| {
            let tree = Compiler::new(&self.sources, &self.options).tree(&self.ast);
            lay_out(&mut tree.expect("what was compiled once compiles again"), false)
        })
    }
}
