//! `-cl` and `-i`: what chisels there are, and what one does.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{Error, all, find};

/// Width of the column of names.
const NAME: usize = 20;
/// Width of explanations.
const WIDTH: usize = 79;

/// All chisels by category.
pub fn list() -> String {
    let mut categories: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for info in all() {
        categories.entry(info.category).or_default().insert(info.name, info.summary);
    }
    let mut out = String::new();
    for (category, chisels) in categories {
        heading(&mut out, category);
        for (name, summary) in chisels {
            // Writing into a string cannot fail, here and below.
            let _ = writeln!(out, "{name:NAME$}{summary}");
        }
    }
    out.push_str("\nUse `-i NAME` for more about one.\n");
    out
}

fn heading(out: &mut String, category: &str) {
    let title = format!("Category: {category}");
    let _ = writeln!(out, "\n{title}\n{}", "-".repeat(title.len()));
}

/// One chisel with its arguments.
///
/// # Errors
/// There is no such chisel.
pub fn explain(name: &str) -> Result<String, Error> {
    let info = find(name)?;
    let mut out = String::new();
    heading(&mut out, info.category);
    let _ = writeln!(out, "{:NAME$}{}\n", info.name, info.summary);
    for line in wrapped(info.doc, WIDTH) {
        let _ = writeln!(out, "{line}");
    }
    out.push_str("Arguments:\n");
    for arg in info.args {
        let optional = if arg.required { "" } else { ", optional" };
        let _ = writeln!(out, "  {} ({}{optional}): {}", arg.name, arg.kind.name(), arg.doc);
    }
    if info.args.is_empty() {
        out.push_str("  none\n");
    }
    Ok(out)
}

/// `text` in lines of at most `width` characters, broken at blanks.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}
