//! Vectors of filters with their expected result on small captures.

use std::collections::{BTreeMap, BTreeSet};

use cscope_capture::{EventBuilder, EventSource, EventType, FileSource, OwnedEvent, Snapshot, ThreadInfo};
use cscope_enrich::View;
use cscope_filter::{Filter, FilterOptions};

use crate::support::{Synthetic, captures, table, walk};

/// Lines that are meant to differ, with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    ("join(\",\", (evt.num, evt.num)) = \"1,1\"", "the event is the second of its capture"),
    ("fd.name = 'hello \"quoted\"'", "the file of the capture has a slash in front"),
    ("fd.lip == 2001:4860:4860::8888", "the source is the loopback address, which is local on any machine"),
];

/// Filters other tools refuse and this one reads.
const MORE_COMPILES: &[(&str, &str)] =
    &[("thread.cpu = 1.0", "fractions are read for fields that hold them")];

fn exact() -> FilterOptions {
    FilterOptions { exact_types: true, ..FilterOptions::default() }
}

/// Contexts without a capture: a process `good-exe` below `init`, and its last event.
fn synthetic(context: &str) -> Option<Box<dyn EventSource + Send>> {
    let mut b = EventBuilder::new();
    let mut events: Vec<OwnedEvent> = Vec::new();
    match context {
        "execve_empty_params" => {
            b.start(EventType::SYSCALL_EXECVE_19_X);
            let count = EventType::SYSCALL_EXECVE_19_X.info().map_or(0, |i| i.params.len());
            (0..count).for_each(|_| _ = b.empty());
        }
        "open_by_handle_bad_utf8" => {
            b.start(EventType::SYSCALL_OPEN_BY_HANDLE_AT_X)
                .i64(4)
                .i64(5)
                .u32(1)
                .text(b"/tmp/a\xff")
                .u32(0)
                .u64(0);
        }
        "proc_exit_2" => {
            b.start(EventType::PROCEXIT_1_E).i64(2).i64(2).u8(0).u8(0).i64(1);
        }
        "proc_tree_good_exe" => {
            b.start(EventType::SYSCALL_BRK_4_X).u64(0).u32(0).u32(0).u32(0);
        }
        "socket_and_open" => {
            b.start(EventType::SOCKET_SOCKET_X).i64(3).u32(2).u32(1).u32(0);
            events.push(b.owned(1_000, 2, 0));
            b.start(EventType::SYSCALL_OPEN_X).i64(4).text(b"/tmp/x").u32(1).u32(0).u32(0).u64(0);
        }
        "timerfd_255" => {
            b.start(EventType::SYSCALL_TIMERFD_CREATE_X).i64(3).u8(0).u8(255);
        }
        _ => return None,
    }
    events.push(b.owned(2_000, 2, 0));
    let thread = |tid: i64, ptid, comm: &str| ThreadInfo {
        tid,
        pid: tid,
        ptid,
        comm: comm.as_bytes().into(),
        ..ThreadInfo::default()
    };
    let threads = vec![thread(1, 0, "init"), thread(2, 1, "good-exe")];
    Some(Synthetic::new(Snapshot { threads, ..Snapshot::default() }, events))
}

#[test]
fn vectors_of_evaluation() {
    let Some(tsv) = table("filter_eval.tsv") else { return };
    let Some(folder) = captures() else { return };
    let contexts = folder.join("../format/ctx");
    let mut by_context: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for line in tsv.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [context, expected, filter, portable, ..] = cells[..] else { panic!("{line}") };
        let filter = if portable.is_empty() { filter } else { portable };
        by_context.entry(context).or_default().push((expected, filter));
    }
    let mut missing = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (context, vectors) in &by_context {
        let mut compiled = Vec::new();
        for &(expected, text) in vectors {
            match Filter::parse(text, &exact()) {
                Ok(filter) if expected != "error" => compiled.push((expected, filter)),
                Ok(_) => wrong.push(format!("{context}: {text}: should be refused")),
                Err(_) if expected == "error" => checked += 1,
                Err(error) => wrong.push(format!("{context}: {}", error.render(false))),
            }
        }
        let file = || FileSource::open(contexts.join(format!("{context}.scap"))).ok();
        let Some(source) = synthetic(context).or_else(|| Some(Box::new(file()?))) else {
            missing.insert(*context);
            continue;
        };
        let mut results = Vec::new();
        walk(source, View::Merged, |cx| {
            results = compiled.iter().map(|(_, f)| f.matches(cx)).collect();
        });
        for ((expected, filter), result) in compiled.iter().zip(results) {
            if DIFFERENT.iter().any(|(text, _)| *text == filter.text()) || *expected == "compiles" {
                continue;
            }
            checked += 1;
            if result != (*expected == "true") {
                wrong.push(format!("{context}: {} is {result}", filter.text()));
            }
        }
    }
    assert!(missing.is_empty(), "no capture for {missing:?}");
    assert!(checked > 300, "{checked}");
    assert!(wrong.is_empty(), "{} of {checked}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn lists_of_what_compiles() {
    let mut wrong = Vec::new();
    for line in table("filter_compile_accept.txt").unwrap_or_default().lines().filter(|l| !l.is_empty()) {
        // Fields of a test class of the other tool: bytes and a text.
        let text = line.replace("c.buffer", "evt.buffer").replace("c.true", "proc.name");
        if let Err(error) = Filter::parse(&text, &exact()) {
            wrong.push(error.render(false));
        }
    }
    for line in table("filter_compile_reject.txt").unwrap_or_default().lines().filter(|l| !l.is_empty()) {
        let text = line.replace("c.buffer", "evt.buffer");
        if MORE_COMPILES.iter().any(|(more, _)| *more == text) {
            continue;
        }
        if Filter::parse(&text, &exact()).is_ok() {
            wrong.push(format!("accepted: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
