//! What clap cannot express: `-cl`, `-c NAME` with its arguments in the words behind it, and `-o`, which takes a file or
//! (beginning with a sign) changes of columns.
//!
//! The words are walked as getopt would: a cluster of short flags, of which the last may take the rest of
//! the word or the next word as its value. `-c` is replaced by `--chisel=NAME`, and its arguments are kept aside.

use std::ffi::{OsStr, OsString};

use clap::error::ErrorKind;
use cscope_chisels::{ArgKind, ChiselArg, ChiselInfo};

/// A chisel asked for, with the words taken as its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChiselWords {
    /// Name, known to be in the registry.
    pub(crate) name: &'static str,
    /// Arguments in order.
    pub(crate) words: Vec<String>,
}

/// The command line for clap, and what was taken out of it.
#[derive(Debug)]
pub(crate) struct Split {
    /// Words for clap.
    pub(crate) words: Vec<OsString>,
    /// Chisels in order.
    pub(crate) chisels: Vec<ChiselWords>,
}

/// Takes chisels and their arguments out of `words`.
///
/// # Errors
/// An unknown chisel, or one without its required arguments.
pub(crate) fn split(words: Vec<OsString>, command: &clap::Command) -> Result<Split, clap::Error> {
    let mut out = Split { words: Vec::with_capacity(words.len()), chisels: Vec::new() };
    let mut rest: &[OsString] = &words;
    while let Some((word, after)) = rest.split_first() {
        rest = after;
        let Some(text) = word.to_str() else {
            out.words.push(word.clone());
            continue;
        };
        if text == "--" {
            out.words.push(word.clone());
            out.words.extend_from_slice(rest);
            break;
        }
        if let Some(long) = text.strip_prefix("--") {
            match long.split_once('=') {
                Some(("chisel", name)) => rest = chisel(name, rest, &mut out)?,
                None if long == "chisel" => rest = named(rest, &mut out)?,
                None if takes_next(command, long) => rest = copy_with_value(word, rest, &mut out.words),
                _ => out.words.push(word.clone()),
            }
        } else if let Some(cluster) = text.strip_prefix('-').filter(|c| !c.is_empty()) {
            rest = short(cluster, word, rest, command, &mut out)?;
        } else {
            out.words.push(word.clone());
        }
    }
    Ok(out)
}

/// One word of short flags.
fn short<'a>(
    cluster: &str,
    word: &OsStr,
    rest: &'a [OsString],
    command: &clap::Command,
    out: &mut Split,
) -> Result<&'a [OsString], clap::Error> {
    for (at, flag) in cluster.char_indices() {
        let value = &cluster[at + flag.len_utf8()..];
        if flag == 'c' {
            let before = &cluster[..at];
            if !before.is_empty() {
                out.words.push(format!("-{before}").into());
            }
            return match value {
                "l" => {
                    out.words.push("--list-chisels".into());
                    Ok(rest)
                }
                "" => named(rest, out),
                name => chisel(name.strip_prefix('=').unwrap_or(name), rest, out),
            };
        }
        if flag == 'o'
            && let Some(changes) = columns(value, rest)
        {
            let before = &cluster[..at];
            if !before.is_empty() {
                out.words.push(format!("-{before}").into());
            }
            out.words.push(format!("--columns={changes}").into());
            return Ok(if value.is_empty() { rest.get(1..).unwrap_or_default() } else { rest });
        }
        let Some(arg) = command.get_arguments().find(|a| a.get_short() == Some(flag)) else { break };
        if arg.get_action().takes_values() {
            if value.is_empty() && !arg.is_require_equals_set() {
                return Ok(copy_with_value(word, rest, &mut out.words));
            }
            break;
        }
    }
    out.words.push(word.to_owned());
    Ok(rest)
}

/// The value of `-o`, when it changes columns: in the same word or the next one.
fn columns<'a>(value: &'a str, rest: &'a [OsString]) -> Option<&'a str> {
    let changes = if value.is_empty() { rest.first()?.to_str()? } else { value };
    (changes.len() > 1 && changes.starts_with(['+', '-'])).then_some(changes)
}

/// Copies a flag and the word behind it, which is its value whatever it looks like.
fn copy_with_value<'a>(flag: &OsStr, rest: &'a [OsString], words: &mut Vec<OsString>) -> &'a [OsString] {
    words.push(flag.to_owned());
    match rest.split_first() {
        Some((value, after)) => {
            words.push(value.clone());
            after
        }
        None => rest,
    }
}

/// True when a long flag (or the beginning of one) takes the next word as its value.
fn takes_next(command: &clap::Command, long: &str) -> bool {
    let mut found = command.get_arguments().filter(|a| {
        let aliases = a.get_all_aliases().unwrap_or_default();
        a.get_long().into_iter().chain(aliases).any(|name| name.starts_with(long))
    });
    match (found.next(), found.next()) {
        (Some(arg), None) => arg.get_action().takes_values() && !arg.is_require_equals_set(),
        (Some(_), Some(_)) => command
            .get_arguments()
            .find(|a| a.get_long_and_visible_aliases().is_some_and(|n| n.contains(&long)))
            .is_some_and(|a| a.get_action().takes_values() && !a.is_require_equals_set()),
        _ => false,
    }
}

/// A chisel whose name is the next word.
fn named<'a>(rest: &'a [OsString], out: &mut Split) -> Result<&'a [OsString], clap::Error> {
    match rest.split_first() {
        Some((name, after)) => chisel(&name.to_string_lossy(), after, out),
        None => Err(refuse("-c needs the name of a chisel; `cscope -cl` lists them")),
    }
}

fn refuse(text: impl std::fmt::Display) -> clap::Error {
    clap::Error::raw(ErrorKind::InvalidValue, format!("{text}\n"))
}

/// A chisel with its arguments from the words behind its name.
fn chisel<'a>(name: &str, mut rest: &'a [OsString], out: &mut Split) -> Result<&'a [OsString], clap::Error> {
    let info = cscope_chisels::find(name).map_err(refuse)?;
    let mut words = Vec::new();
    for arg in info.args {
        let next = rest.first().map(|w| w.to_string_lossy().into_owned());
        match next {
            Some(word) if arg.required => words.push(word),
            None if arg.required => return Err(refuse(usage(info, arg))),
            Some(word) if is_argument(arg, &word, rest) => words.push(word),
            _ => break,
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    out.words.push(format!("--chisel={}", info.name).into());
    out.chisels.push(ChiselWords { name: info.name, words });
    Ok(rest)
}

fn usage(info: &ChiselInfo, arg: &ChiselArg) -> String {
    format!("chisel {} needs the argument <{}>: {}", info.name, arg.name, arg.doc)
}

/// Whether a word is an optional argument: not a flag, not the filter of the command line.
fn is_argument(arg: &ChiselArg, word: &str, rest: &[OsString]) -> bool {
    if word.starts_with('-') {
        return false;
    }
    match arg.kind {
        ArgKind::Int => word.parse::<i64>().is_ok(),
        ArgKind::Filter => cscope_chisels::is_table_filter(word),
        ArgKind::Text | ArgKind::Field => {
            let line: Vec<_> = rest
                .iter()
                .map(|w| w.to_string_lossy())
                .take_while(|w| w != "--" && !w.starts_with('-'))
                .collect();
            !cscope_chisels::is_filter(word) && !cscope_chisels::is_filter(&line.join(" "))
        }
    }
}
