//! The `cscope` command.
//!
//! ```text
//! args -> plan (filter, formats, chisels) -> engine: Inspector -> Sink (lines | chisels | capture file)
//! ```

mod args;
mod command;
mod complete;
mod engine;
mod help;
mod input;
mod lists;
#[cfg(feature = "live")]
mod live;
mod losses;
mod output;
mod plan;
mod printer;
mod progress;
mod screen;
mod signals;
mod sink;
mod summary;
mod write;

use std::process::ExitCode;

use anyhow::Error;

fn main() -> ExitCode {
    let words = std::env::args_os().skip(1).collect();
    match run(words) {
        Ok(code) => code,
        Err(error) => report(&error),
    }
}

fn run(words: Vec<std::ffi::OsString>) -> anyhow::Result<ExitCode> {
    if let Some(topic) = help::asked(&words) {
        lists::print(help::text(topic)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let parsed = match args::parse(words) {
        Ok(parsed) => parsed,
        Err(error) => return Ok(usage(&error)),
    };
    if parsed.args.exec_when_told {
        return command::exec_when_told(&parsed.args.command);
    }
    for note in &parsed.notes {
        eprintln!("cscope: {note}");
    }
    match lists::answer(&parsed.args)? {
        Some(code) => Ok(code),
        None => engine::run(&parsed),
    }
}

/// Shows help, version, or what is wrong with the command line.
fn usage(error: &clap::Error) -> ExitCode {
    let failed = error.use_stderr();
    // A reader that went away needs no help.
    let _ = error.print();
    ExitCode::from(u8::from(failed))
}

/// Says why the program failed. Nobody reading our output is no failure.
fn report(error: &Error) -> ExitCode {
    if error.is::<output::ReaderGone>() {
        return ExitCode::SUCCESS;
    }
    if let Some(error) = error.downcast_ref::<cscope_filter::FilterError>() {
        eprintln!("{}", error.render(plan::coloured_stderr()));
        return ExitCode::FAILURE;
    }
    eprintln!("cscope: {}", sentence(error));
    match error.downcast_ref::<command::Unrunnable>() {
        Some(unrunnable) => ExitCode::from(unrunnable.status),
        None => ExitCode::FAILURE,
    }
}

/// The error with its causes. Causes that an error tells itself are not told twice.
fn sentence(error: &Error) -> String {
    let mut sentence = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if sentence.ends_with(&cause) {
            continue;
        }
        if !sentence.is_empty() {
            sentence.push_str(": ");
        }
        sentence.push_str(&cause);
    }
    sentence
}
