//! The running machine as a source.

use std::time::Duration;

use anyhow::anyhow;
use cscope_capture::EventType;
use cscope_enrich::{Inspector, RuntimeLookup, RuntimeOptions, View};
use cscope_filter::{Filter, Needs};
use cscope_probe::{Options, Probe, Timings};

use crate::args::Args;
use crate::message::{say, tell};
use crate::plan::Plan;
use crate::privileges;
use crate::write::Form;

/// Time given to container runtimes to list what they run before the first event is shown. It passes while the
/// probe is loaded; names that come later are filled in then.
const RUNTIMES: Duration = Duration::from_millis(300);

/// What to do when it cannot be had.
const HINT: &str = "`cscope --doctor` tells what live capture needs; reading files (-r FILE) needs nothing";

/// Attaches the probe. `follow`: only this process and its children.
///
/// # Errors
/// What the machine or our privileges lack, in the probe's words.
pub(crate) fn open(
    args: &Args,
    plan: &Plan,
    form: Option<Form>,
    view: View,
    follow: Option<u32>,
) -> anyhow::Result<Inspector> {
    let containers = form.is_some() || plan.needs.has(Needs::CONTAINERS);
    // Another user's rights are taken by who becomes that user, all threads at once, and each must be able to.
    let limit: fn() -> bool =
        if args.user.is_some() { || true } else { || privileges::limit_runtimes().is_ok() };
    let ask = || RuntimeLookup::start(&RuntimeOptions::default(), limit);
    let runtimes = if containers { ask() } else { None };
    let options = options(args, plan, form, view, follow);
    let probe = Probe::open(&options).map_err(|e| anyhow!("{e}; {HINT}"))?;
    // What is watched goes first; without that it is a little slower.
    let _ = cscope_probe::wait_for_turn();
    for note in probe.notes() {
        say(note);
    }
    if args.verbose {
        let Timings { open, load, attach, snapshot } = probe.timings();
        say(format_args!(
            "ready after {} ms: reading programs {} ms, verifying them {} ms, attaching {} ms, state of the machine {} ms",
            (open + load + attach + snapshot).as_millis(),
            open.as_millis(),
            load.as_millis(),
            attach.as_millis(),
            snapshot.as_millis(),
        ));
        let data = if probe.reads_directly() { "where the kernel maps it" } else { "by the kernel's helper" };
        let task =
            if probe.looks_up_tasks() { "looked up in the queue of its CPU" } else { "told by its helper" };
        say(format_args!("short data of calls is read {data}, the caller is {task}"));
        tell(format_args!("cscope: {}", plan.narrowing.describe(probe.hooks())));
    }
    let inspector = Inspector::new(Box::new(probe), view).live();
    let inspector = if plan.only_keeps(args) { inspector.bare() } else { inspector };
    Ok(match runtimes {
        Some(mut runtimes) => {
            runtimes.wait(RUNTIMES);
            inspector.with_runtime(runtimes)
        }
        None => inspector,
    })
}

/// What the kernel would be asked for by a live capture, in words: one line for each part.
pub(crate) fn explain(args: &Args, plan: &Plan) -> String {
    let form = args.write.as_ref().map(|path| Form::new(path, args.compress));
    let pairs = args.pairs || form.is_some_and(Form::holds_pairs);
    let view = if pairs { View::Pairs } else { View::Merged };
    let follow = if args.command.is_empty() { None } else { Some(std::process::id()) };
    plan.narrowing.describe(&options(args, plan, form, view, follow).programs())
}

/// What is asked of the probe.
fn options(args: &Args, plan: &Plan, form: Option<Form>, view: View, follow: Option<u32>) -> Options {
    let narrowing = &plan.narrowing;
    Options {
        snaplen: args.snaplen,
        ring_size: usize::from(args.ring_size) << 20,
        latency: (form.is_some_and(Form::holds_latencies) && !args.no_latency)
            || plan.needs.has(Needs::LATENCY)
            || args.in_flight,
        pairs: view == View::Pairs,
        paths: form.is_some_and(Form::holds_latencies) || plan.needs.has(Needs::PATHS),
        direct: !args.no_direct,
        follow,
        in_flight: args.in_flight,
        switches: args.switches
            || plan.needs.has(Needs::SWITCHES)
            || asks_for(plan, EventType::SCHEDSWITCH_6_E),
        signals: narrowing.reports(EventType::SIGNALDELIVER_E),
        syscalls: narrowing.wanted.clone(),
        state: narrowing.state.clone(),
        peers: narrowing.peers.clone(),
        renewing: narrowing.renewing.clone(),
        only_failed: narrowing.only_failed,
        muting: narrowing.threads.is_some(),
        page_faults: args.page_faults || asks_for(plan, EventType::PAGE_FAULT_E),
        ..Options::default()
    }
}

/// True when the filter lists the types it wants and this is one of them. Filters that merely do not exclude it want
/// nothing that costs so much.
fn asks_for(plan: &Plan, kind: EventType) -> bool {
    let lists = |f: &Filter| !f.pushdown().types.contains_kind(EventType::NOTIFICATION_E);
    plan.filter.as_ref().is_some_and(|f| lists(f) && f.pushdown().types.contains_kind(kind))
}
