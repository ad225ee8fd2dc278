//! Flags that ask for a list or a check and end the program: `-l`, `--list-markdown`, `-L`, `-cl`, `-i`, `-pp`,
//! `--check`, `--explain`, `--doctor` and those of completion.

use std::process::ExitCode;

use anyhow::bail;
use cscope_filter::{Filter, FilterOptions, Preset};

use crate::args::{Args, Parsed};
use crate::output::Output;
use crate::plan::library;

/// Width of lists when nobody watches.
const WIDTH: usize = 100;

/// Answers such a flag; `None` when there is none.
///
/// # Errors
/// The output cannot be written, or what was asked about is wrong.
pub(crate) fn answer(parsed: &Parsed) -> anyhow::Result<Option<ExitCode>> {
    let args = &parsed.args;
    let options = FilterOptions { exact_types: args.exact_types, ..FilterOptions::default() };
    if let Some(text) = &args.check {
        Filter::parse_with(text, &options, &library(args)?)?;
        return Ok(Some(ExitCode::SUCCESS));
    }
    if let Some(text) = &args.check_syntax {
        Filter::check_syntax(text)?;
        return Ok(Some(ExitCode::SUCCESS));
    }
    let mut code = ExitCode::SUCCESS;
    let width = terminal_size::terminal_size().map_or(WIDTH, |(w, _)| usize::from(w.0));
    let text = if args.list_fields {
        fields(args, width)?
    } else if args.list_markdown {
        cscope_filter::fields_markdown(&args.filter).map_err(anyhow::Error::msg)?
    } else if args.list_events {
        events(args)?
    } else if let Some(text) = &args.explain {
        explained(parsed, text, &options)?
    } else if args.list_chisels {
        cscope_chisels::list()
    } else if let Some(name) = &args.chisel_info {
        cscope_chisels::explain(name)?
    } else if args.format.as_deref() == Some("p") {
        format!("{}\n", Preset::Default.text())
    } else if let Some(shell) = args.shell_completion {
        crate::complete::script(shell).to_owned()
    } else if args.offer {
        crate::complete::offer(&args.command)
    } else if args.doctor {
        let (text, able) = doctor();
        code = ExitCode::from(u8::from(!able));
        text
    } else {
        return Ok(None);
    };
    print(text)?;
    Ok(Some(code))
}

/// What becomes of a filter, and, together with the other flags, of a live capture with it.
fn explained(parsed: &Parsed, text: &str, options: &FilterOptions) -> anyhow::Result<String> {
    let out = Filter::explain(text, options, &library(&parsed.args)?)?;
    Ok(out + &asked_of_the_kernel(parsed, text)?)
}

#[cfg(feature = "live")]
fn asked_of_the_kernel(parsed: &Parsed, text: &str) -> anyhow::Result<String> {
    if !parsed.args.read.is_empty() {
        return Ok(String::new());
    }
    let plan = crate::plan::Plan::new(parsed, text, &Output::stdout(false)?)?;
    Ok(crate::live::explain(&parsed.args, &plan))
}

#[cfg(not(feature = "live"))]
fn asked_of_the_kernel(_parsed: &Parsed, _text: &str) -> anyhow::Result<String> {
    Ok(String::new())
}

/// Prints a text.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn print(text: String) -> anyhow::Result<()> {
    let mut out = Output::stdout(false)?;
    out.text(text)?;
    out.flush()
}

/// All fields, or those that the words behind the flag ask for.
fn fields(args: &Args, width: usize) -> anyhow::Result<String> {
    if args.filter.is_empty() {
        return Ok(cscope_filter::list_fields(width, args.verbose));
    }
    let mut text = String::new();
    for word in &args.filter {
        let found = cscope_filter::search_fields(word, width, args.verbose).map_err(anyhow::Error::msg)?;
        text.push_str(&found);
    }
    Ok(text)
}

/// The events, all or those with one of the words in their names.
fn events(args: &Args) -> anyhow::Result<String> {
    let text = cscope_filter::list_events(&args.filter, args.verbose);
    if text.is_empty() {
        bail!("no event has `{}` in its name; `cscope -L` lists all", args.filter.join("` or `"));
    }
    Ok(text)
}

/// What live capture needs, one line each, and whether all of it is there.
#[cfg(feature = "live")]
fn doctor() -> (String, bool) {
    use std::fmt::Write;

    let mut out = String::new();
    let checks = cscope_probe::doctor();
    for check in &checks {
        let mark = if check.ok { "ok     " } else { "missing" };
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{mark} {}: {}", check.name, check.detail);
        if let Some(fix) = &check.fix {
            let _ = writeln!(out, "        {fix}");
        }
    }
    let _ = writeln!(out, "kept    of all rights while capturing: {}", crate::privileges::kept());
    (out, checks.iter().all(|c| c.ok))
}

#[cfg(not(feature = "live"))]
fn doctor() -> (String, bool) {
    (format!("{}\n", crate::engine::NO_LIVE), false)
}
