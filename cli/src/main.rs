//! The `cscope` command.
//!
//! ```text
//! args -> plan (filter, formats, chisels) -> engine: Inspector -> Sink (lines | chisels | capture file)
//! ```

mod args;
mod command;
mod complete;
mod engine;
mod flight;
mod frames;
mod help;
mod hints;
mod input;
mod lists;
#[cfg(feature = "live")]
mod live;
mod losses;
mod message;
mod narrow;
mod output;
mod parallel;
mod plan;
mod printer;
#[cfg(feature = "live")]
mod privileges;
mod progress;
mod screen;
mod signals;
mod sink;
mod summary;
mod write;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Error;

use crate::message::{say, tell};

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(topic) = help::asked(&words) {
        let shown = help::text(topic).and_then(lists::print);
        return shown.map_or_else(|error| report(&error, false, args::Colour::Auto), |()| ExitCode::SUCCESS);
    }
    let parsed = match args::parse(words) {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error),
    };
    match run(&parsed) {
        Ok(code) => code,
        Err(error) => report(&error, parsed.args.json_errors, parsed.args.colour),
    }
}

fn run(parsed: &args::Parsed) -> anyhow::Result<ExitCode> {
    if parsed.args.exec_when_told {
        return command::exec_when_told(&parsed.args.command);
    }
    for note in &parsed.notes {
        say(note);
    }
    match lists::answer(parsed)? {
        Some(code) => Ok(code),
        None => engine::run(parsed),
    }
}

/// Shows help, version, or what is wrong with the command line.
fn usage(error: &clap::Error) -> ExitCode {
    let failed = error.use_stderr();
    let text = error.render().to_string();
    let safe = cscope_capture::print::masked(&text);
    if failed && safe != text {
        // What was typed may have been pasted; it is repeated, and must not act on the terminal.
        tell(safe);
    } else {
        match error.print() {
            // A reader that went away needs no help.
            Err(error) if !failed && error.kind() != std::io::ErrorKind::BrokenPipe => {
                say(format_args!("cannot write to standard output: {error}"));
                return ExitCode::FAILURE;
            }
            _ => {}
        }
    }
    ExitCode::from(u8::from(failed))
}

/// Says why the program failed; what is wrong with a filter with its place, in one line where no person reads it, or
/// as JSON. Nobody reading our output is no failure.
fn report(error: &Error, json: bool, colour: args::Colour) -> ExitCode {
    if error.is::<output::ReaderGone>() {
        return ExitCode::SUCCESS;
    }
    if let Some(error) = error.downcast_ref::<cscope_filter::FilterError>() {
        let text = if json {
            error.to_json()
        } else if std::io::stderr().is_terminal() {
            error.render(plan::coloured_stderr(colour))
        } else {
            format!("cscope: {error}")
        };
        tell(format_args!("{text}\n"));
        return ExitCode::FAILURE;
    }
    say(sentence(error));
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
