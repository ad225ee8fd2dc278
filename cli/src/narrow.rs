//! What live capture leaves out: what cannot pass the filter and changes nothing that is shown of what does.
//!
//! Calls are chosen by their number. Threads are chosen here, by what the model says of them, and muted in the
//! kernel until something about them changes, so that the answer is the one that the filter alone would give.

use std::collections::BTreeSet;
use std::fmt::Write;

use cscope_capture::EventType;
use cscope_capture::table::{SYSCALLS, Syscall, SyscallKind};
use cscope_enrich::{Change, Changes, change};
use cscope_filter::{Needs, Pushdown, TypeSet};

use crate::args::Args;
use crate::plan::Plan;
use crate::write::Form;

/// Names of calls shown of many.
const SHOWN: usize = 24;

/// What is reported at all.
#[derive(Debug, Default)]
#[cfg_attr(not(feature = "live"), expect(dead_code, reason = "files hold what they hold"))]
pub(crate) struct Narrowing {
    /// Codes of calls whose events can pass; `None`: all.
    pub(crate) wanted: Option<Vec<u16>>,
    /// Codes of calls that are reported because of what they change.
    pub(crate) state: Vec<u16>,
    /// Codes of those that tell no more than the other end of a socket.
    pub(crate) peers: Vec<u16>,
    /// Codes of calls that change who their thread is.
    pub(crate) renewing: Vec<u16>,
    pub(crate) only_failed: bool,
    /// What threads must be for their events to pass; `None`: anything.
    pub(crate) threads: Option<Pushdown>,
}

/// Changes of the model that make a difference to what the plan says of events; `threads`: what is asked of threads
/// where other threads are muted.
pub(crate) fn changes(args: &Args, plan: &Plan, threads: Option<&Pushdown>) -> Changes {
    // Where a program lies is told at its start today.
    let needs = if args.read.is_empty() { plan.needs.without(Needs::PROGRAMS) } else { plan.needs };
    let whole = args.no_pushdown || args.write.is_some();
    let mut changes = if whole { Changes::ALL } else { needs.changes() };
    if !args.command.is_empty() || threads.is_some() {
        changes = changes.with(Change::Identity).with(Change::Thread);
    }
    // Threads of one process share descriptors, so what one of them does to a socket can show at another.
    let apart = threads.is_some_and(|t| t.tids.is_any() && t.comms.is_any() && t.uids.is_any());
    if apart { changes.without(Change::Peer) } else { changes }
}

impl Narrowing {
    /// What the plan allows.
    pub(crate) fn new(args: &Args, plan: &Plan) -> Self {
        if !args.read.is_empty() || args.no_pushdown || args.display_filter || args.fat_file {
            return Self::default();
        }
        let pushdown = plan.pushdown(args);
        let threads = threads(&pushdown);
        // The result of a call is not known at its enter event.
        let pairs =
            args.pairs || args.write.as_ref().is_some_and(|w| Form::new(w, args.compress).holds_pairs());
        let only_failed = pushdown.only_failed() && !pairs;
        if pushdown.types.is_all() && threads.is_none() && !only_failed {
            return Self::default();
        }
        let kept = changes(args, plan, threads.as_ref());
        let codes = |reported: &dyn Fn(Change) -> bool| {
            let changes = |kinds: [_; 2]| kinds.into_iter().find_map(change).is_some_and(reported);
            SYSCALLS.iter().filter(|c| changes(kinds(c))).map(|c| c.code).collect::<Vec<_>>()
        };
        let state = codes(&|change| kept.has(change));
        let peers = codes(&|change| change == Change::Peer);
        let renewing = codes(&|change| change == Change::Identity);
        let wanted = (!pushdown.types.is_all()).then(|| wanted(&pushdown.types));
        Self { wanted, state, peers, renewing, only_failed, threads }
    }

    /// True when events of this type are reported.
    #[cfg_attr(not(feature = "live"), expect(dead_code, reason = "nothing is left out of a file"))]
    pub(crate) fn reports(&self, kind: EventType) -> bool {
        let rows = |codes: &[u16]| {
            codes.iter().filter_map(|c| SYSCALLS.get(usize::from(*c))).any(|c| kinds(c).contains(&kind))
        };
        self.wanted.as_ref().is_none_or(|wanted| rows(wanted) || rows(&self.state))
    }

    /// What the kernel is asked for, in words: a line for each part, and one for the programs that do it.
    #[cfg_attr(not(feature = "live"), expect(dead_code, reason = "nothing is left out of a file"))]
    pub(crate) fn describe(&self, programs: &[impl AsRef<str>]) -> String {
        let mut out = String::from("asked of the kernel by a live capture:\n");
        let mut line = |what: &str, text: &str| {
            // Writing into a string cannot fail.
            let _ = writeln!(out, "  {what:<16}{text}");
        };
        line("calls", &self.wanted.as_deref().map_or_else(|| "all".to_owned(), named));
        if self.only_failed {
            line("results", "failed calls only");
        }
        if let Some(threads) = &self.threads {
            line("callers", "only those here; others are muted while nothing about them changes");
            let callers = threads.callers().to_string();
            callers.lines().for_each(|text| line("", text.trim_start()));
        }
        if !self.state.is_empty() {
            line("kept for state", &named(&self.state));
        }
        let programs: Vec<&str> = programs.iter().map(AsRef::as_ref).collect();
        line("programs", &programs.join(" "));
        out
    }
}

/// Calls by name.
fn named(codes: &[u16]) -> String {
    let name = |code: &u16| SYSCALLS.get(usize::from(*code)).map_or("?", |c| c.name);
    let names: BTreeSet<&str> = codes.iter().map(name).collect();
    let others: BTreeSet<&str> = SYSCALLS.iter().map(|c| c.name).filter(|n| !names.contains(n)).collect();
    match (names.len(), others.len()) {
        (0, _) => "none".to_owned(),
        (_, 0) => "all".to_owned(),
        (within, without) if within <= SHOWN || within < without => some(&names),
        _ => format!("all but {}", some(&others)),
    }
}

/// Some of many names.
fn some(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().copied().take(SHOWN).collect();
    match names.len() - shown.len() {
        0 => shown.join(" "),
        more => format!("{} and {more} more", shown.join(" ")),
    }
}

/// What the filter asks of threads alone.
fn threads(pushdown: &Pushdown) -> Option<Pushdown> {
    let all = Pushdown::all();
    let threads = Pushdown {
        types: TypeSet::all(),
        times: Pushdown::ALWAYS,
        failed: true,
        unfailed: true,
        needs: Needs::default(),
        ..pushdown.clone()
    };
    (threads != all).then_some(threads)
}

/// Types of the events of a call, or of a tracepoint, whose row names none.
fn kinds(call: &Syscall) -> [EventType; 2] {
    let kind = match (call.kind, call.name) {
        (SyscallKind::Tracepoint, "sched_process_exit") => EventType::PROCEXIT_1_E,
        (SyscallKind::Tracepoint, "sched_switch") => EventType::SCHEDSWITCH_6_E,
        (SyscallKind::Tracepoint, "signal_deliver") => EventType::SIGNALDELIVER_E,
        (SyscallKind::Tracepoint, "page_fault_user" | "page_fault_kernel") => EventType::PAGE_FAULT_E,
        _ => return [call.enter, call.exit],
    };
    [kind, kind]
}

/// Codes of calls with an event among these types.
fn wanted(types: &TypeSet) -> Vec<u16> {
    let typed = |kind: EventType| {
        ![EventType::GENERIC_E, EventType::GENERIC_X].contains(&kind) && types.contains_kind(kind)
    };
    let wanted = |c: &Syscall| kinds(c).into_iter().any(typed) || types.contains_call(u64::from(c.code));
    let mut codes: Vec<u16> = SYSCALLS.iter().filter(|c| wanted(c)).map(|c| c.code).collect();
    // An execveat that succeeds ends as an execve.
    let code = |name: &str| SYSCALLS.iter().find(|c| c.name == name).map(|c| c.code);
    if let (Some(execveat), Some(execve)) = (code("execveat"), code("execve"))
        && codes.contains(&execveat)
    {
        codes.push(execve);
    }
    if types.contains_call(0) && !codes.contains(&0) {
        codes.push(0);
    }
    codes
}
