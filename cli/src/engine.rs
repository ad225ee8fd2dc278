//! The run: opens the source, drives the inspector, hands every item to the sink, ends cleanly.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{anyhow, bail};
use cscope_capture::EventType;
use cscope_enrich::{Inspector, Interest, Item, View};
use cscope_filter::Pushdown;

use crate::args::{Args, OnDrop, Parsed};
use crate::command::Running;
use crate::flight;
use crate::frames::Frames;
use crate::hints::Hints;
use crate::input::{Files, identities};
use crate::losses::Losses;
use crate::message::{say, tell};
use crate::output::{Output, ReaderGone};
use crate::parallel;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::signals::Signals;
use crate::sink::{Flow, Hint, Sink};
use crate::summary::{self, grouped};
use crate::write::{CaptureFile, Form};

/// Why a build without the probe cannot capture.
#[cfg(not(feature = "live"))]
pub(crate) const NO_LIVE: &str = "this cscope was built without live capture: give a file with -r";

/// Events between two looks at the losses.
const LOSSES_LOOK: u32 = 4096;

/// Time (ns) of live events between two looks at the clock.
const CLOCK_LOOK: u64 = 20_000_000;

/// Events between two looks at the command that was started.
const COMMAND_LOOK: u32 = 64;

/// Does what the command line asks for.
pub(crate) fn run(parsed: &Parsed) -> anyhow::Result<ExitCode> {
    let args = &parsed.args;
    let own_output = args.output.as_ref().filter(|path| *path != Path::new("-"));
    if args.writes_to_stdout() && own_output.is_none() && (args.summary || !parsed.chisels.is_empty()) {
        bail!("standard output is a capture (-w -): give -S and -c a file with -o");
    }
    let out = match own_output {
        Some(path) => Output::file(path, args.unbuffered)?,
        None => Output::stdout(args.unbuffered)?,
    };
    #[cfg(feature = "live")]
    let user = args.user.as_deref().map(crate::privileges::find).transpose()?;
    let plan = Plan::new(parsed, &args.filter.join(" "), &out).map_err(|error| not_a_filter(args, error))?;
    out.spare(&identities(&args.read))?;
    let form = args.write.as_ref().map(|path| Form::new(path, args.compress));
    let mut capture = match (&args.write, form) {
        (Some(path), Some(form)) => Some(CaptureFile::new(args, path, form)?),
        _ => None,
    };
    // Until the files are open there is nothing to complete, and a pipe may keep us waiting: a signal ends the program.
    let files = if args.read.is_empty() { None } else { Some(read(args, &plan)?) };
    if let Some(capture) = &mut capture {
        #[cfg(feature = "live")]
        match &user {
            Some(user) => crate::privileges::as_user(user, || capture.open_pipe())?,
            None => capture.open_pipe()?,
        }
        #[cfg(not(feature = "live"))]
        capture.open_pipe()?;
    }
    let signals = Signals::watch(args.command.is_empty())?;
    if args.in_flight {
        signals.watch_questions()?;
    }
    if plan.in_place {
        signals.watch_quit()?;
    }
    let mut command = match args.command.as_slice() {
        [] => None,
        words => Some(Running::start(words, args.writes_to_stdout())?),
    };
    // A capture for exchange keeps enter and exit events as they come.
    let pairs = args.pairs || form.is_some_and(Form::holds_pairs);
    let view = if pairs { View::Pairs } else { View::Merged };
    let mut inspector = match files {
        Some(files) => Inspector::new(Box::new(files), view),
        None => watch(args, &plan, form, view, command.as_ref())?,
    };
    // Nothing that was mistyped has cost what the file held.
    out.empty()?;
    let hints = Hints::new(args, plan.filter.as_ref());
    let in_flight = args.in_flight.then(|| plan.pushdown(args));
    let mut sink = Sink::new(args, plan, out, capture);
    if let Some(command) = &command {
        sink.follow(command.id());
    }
    #[cfg(feature = "live")]
    if let Some(user) = &user {
        sink.give_output_to(user.uid, user.gid)?;
        crate::privileges::become_user(user)?;
    }
    let started = Instant::now();
    let driven = drive(&mut inspector, &mut sink, &signals, command.as_mut(), args, in_flight.as_ref());
    let finished = sink.finish(inspector.state());
    let complete = finished.is_ok();
    let result = driven.and_then(|interrupted| finished.map(|()| interrupted));
    let gone = result.as_ref().is_err_and(anyhow::Error::is::<ReaderGone>);
    if (args.read.is_empty() && !sink.is_one_look() || args.verbose) && !gone {
        let stats = inspector.stats();
        let what = match (args.write.is_some(), complete) {
            (true, true) => "written",
            // Not all of them are in the file: the error is told behind this line.
            (true, false) => "to be written",
            (false, _) => "shown",
        };
        tell(format_args!("{}\n", summary::ending(sink.counters(), what, &stats, started.elapsed())));
        if args.verbose || stats.lost() > 0 {
            tell(format_args!("{}\n", summary::details(&stats, &inspector.losses())));
        }
    }
    match result {
        Ok(Some(_)) => say(format_args!("interrupted after {} events", grouped(sink.counters().seen))),
        Ok(None) if sink.counters().matched == 0 => hints.tell(),
        _ => {}
    }
    // What goes on alone is not slowed down, and whoever reads what it writes sees its end.
    drop((inspector, sink));
    match command {
        Some(command) if command.is_released() => see_off(command, result.map(drop), &signals, args),
        _ => result.map(|signal| signal.map_or(ExitCode::SUCCESS, killed_by)),
    }
}

/// In place of an error about the filter, what went wrong when it begins with a file: the shell made several of one
/// pattern.
fn not_a_filter(args: &Args, error: anyhow::Error) -> anyhow::Error {
    let file = args.filter.first().filter(|word| !args.read.is_empty() && Path::new(word).is_file());
    match file {
        Some(file) => anyhow!("{file} is a file and no filter: repeat -r for each file that is to be read"),
        None => error,
    }
}

/// The exit status of a program that this signal has ended.
fn killed_by(signal: i32) -> ExitCode {
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(1))
}

/// Waits for a command whose capture is over. What went wrong is told before, and is the exit status; that nobody reads
/// our output any more is nothing wrong.
fn see_off(
    mut command: Running,
    captured: anyhow::Result<()>,
    signals: &Signals,
    args: &Args,
) -> anyhow::Result<ExitCode> {
    let failed = captured.err().filter(|error| !error.is::<ReaderGone>());
    let failed = failed.map(|error| crate::report(&error, args.json_errors, args.colour));
    let ended = command.exit_code(signals)?;
    Ok(failed.unwrap_or(ended))
}

/// The files of `-r`.
fn read(args: &Args, plan: &Plan) -> anyhow::Result<Files> {
    let mut files = Files::open(&args.read, args.ignore_truncated, threads(args) > 1)?;
    if let Some((out, all)) = Frames::new(args, plan).map(|frames| files.choose(&frames))
        && args.verbose
        && out > 0
    {
        say(format_args!("{out} of {all} frames make no difference and are not read"));
    }
    Ok(files)
}

/// An inspector over the running machine.
fn watch(
    args: &Args,
    plan: &Plan,
    form: Option<Form>,
    view: View,
    command: Option<&Running>,
) -> anyhow::Result<Inspector> {
    #[cfg(feature = "live")]
    {
        crate::live::open(args, plan, form, view, command.map(Running::id))
    }
    #[cfg(not(feature = "live"))]
    {
        let _ = (args, plan, form, view, command);
        bail!(NO_LIVE)
    }
}

/// Takes items until the source or the user ends it. Gives the signal that has ended it before the files were read to
/// their end; a live capture has no other end.
fn drive(
    inspector: &mut Inspector,
    sink: &mut Sink,
    signals: &Signals,
    mut command: Option<&mut Running>,
    args: &Args,
    in_flight: Option<&Pushdown>,
) -> anyhow::Result<Option<i32>> {
    let live = args.read.is_empty();
    let mut progress = if live { None } else { Progress::new(args.progress, sink.is_watched()) };
    let threads = threads(args);
    let mut until_look = 0u32;
    let (mut losses, mut since_losses) = (Losses::default(), 0u32);
    let mut looked = 0u64;
    // The clock of the events may be set while we run; this one is not.
    let duration = args.duration.filter(|_| live).and_then(|s| Duration::try_from_secs_f64(s).ok());
    // What no clock can tell never comes.
    let mut deadline = duration.and_then(|duration| Instant::now().checked_add(duration));
    loop {
        if signals.any() && !sink.is_ending() {
            if let Some(wanted) = in_flight {
                flight::list(inspector, wanted);
            }
            match (&command, signals.take()) {
                (Some(command), Some(signal)) => command.pass_on(signal),
                _ if live => sink.end_at(now()),
                (_, signal) => return Ok(signal),
            }
        }
        let kept = sink.keep(inspector)?;
        let item = if sink.is_choosy() { inspector.step_where(sink)? } else { inspector.step()? };
        let mut due = false;
        let (flow, idle) = match item {
            Item::Passed => {
                sink.rest()?;
                if let Some(progress) = &mut progress {
                    progress.look(|| inspector.stats());
                }
                (Flow::Continue, false)
            }
            Item::Section(state) => {
                let flow = sink.section(state, if live { now() } else { 0 })?;
                // The capture file is there: from here on less is needed.
                #[cfg(feature = "live")]
                if live && args.user.is_none() {
                    crate::privileges::give_up(!args.command.is_empty(), args.rotates())?;
                }
                // Nothing is done in vain: what the command does can be kept.
                command.as_mut().map_or(Ok(()), |command| command.release())?;
                (flow, false)
            }
            Item::Event(cx) => {
                let ts = cx.event.ts;
                due = live && ts.abs_diff(looked) > CLOCK_LOOK
                    || matches!(cx.event.kind, EventType::DROP_E | EventType::DROP_X);
                looked = if due { ts } else { looked };
                let flow = sink.event(&cx)?;
                if let Some(progress) = &mut progress {
                    progress.event(|| inspector.stats());
                }
                (flow, false)
            }
            Item::LeftOut { events, ts } => {
                sink.passed(events, ts);
                (Flow::Continue, false)
            }
            Item::Idle { ts, state } => (sink.idle(ts, state)?, true),
            Item::End => (Flow::Stop, false),
        };
        if let Some(wanted) = in_flight.filter(|_| signals.asked()) {
            flight::list(inspector, wanted);
        }
        match sink.take_hint() {
            Some(Hint::Mute(tid)) => inspector.mute(tid),
            Some(Hint::Unmute) => inspector.unmute(),
            None => {}
        }
        let mut ended = flow == Flow::Stop;
        if !ended && sink.is_worth(threads, args.threads.is_some()) {
            let divided = parallel::drive(inspector, sink, signals, threads, &mut progress)?;
            if args.verbose {
                let rest =
                    if divided.whole || signals.any() { "" } else { "; the model is too large for more" };
                say(format_args!("{threads} threads have read {} parts{rest}", divided.parts));
            }
            sink.stay_whole();
            ended = divided.whole;
        }
        if ended {
            if let Some(progress) = &mut progress {
                progress.finish(&inspector.stats());
            }
            return Ok(None);
        }
        since_losses += 1 + kept;
        if live && (due || idle || since_losses >= LOSSES_LOOK) {
            since_losses = 0;
            if deadline.is_some_and(|at| Instant::now() >= at) {
                deadline = None;
                sink.end_at(now());
            }
            if losses.is_due() && losses.look(&inspector.losses()) && args.on_drop == OnDrop::Stop {
                bail!("stopped because events were lost (--on-drop=stop)");
            }
        }
        if let Some(command) = &mut command {
            until_look = if idle { 0 } else { until_look.saturating_sub(1 + kept) };
            if until_look == 0 {
                until_look = COMMAND_LOOK;
                if !sink.is_ending() && command.has_ended()? {
                    sink.end_at(now());
                }
            }
        }
    }
}

/// Threads to read with.
fn threads(args: &Args) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    args.threads.map_or_else(all, usize::from)
}

/// The time, ns since the epoch.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
