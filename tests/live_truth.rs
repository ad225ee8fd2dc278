//! What programs say they did against what cscope saw.
//!
//! `tests/workload` makes hundreds of different calls with known arguments and keeps its own record of them, one
//! line of JSON for each (see `record.h` there). Every line has to be found in the output of cscope, under the
//! right name and with the right text of every parameter.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cscope_capture::table::{Dir, EVENTS, Source, Status};
use serde_json::Value;

use crate::harness::{cscope, finish, has, run, scratch, skip};
use crate::running::{able, as_root, lossless};

/// How far the time of an event may lie outside the time the program measured around its call, ns.
const SLACK: u64 = 2_000_000;
/// Any run of characters in an expected text.
const ANY: char = '\u{2}';
/// What is printed of each event.
const FORMAT: &str = "*%evt.num %evt.rawtime %thread.tid %syscall.type %evt.type %evt.dir %evt.rawres %evt.args \
                      %proc.name %proc.ppid";
/// Groups of the workload that need no crowd.
const GROUPS: &[&str] = &[
    "file", "path", "io", "fd", "net", "unix", "msg", "mem", "proc", "cred", "signal", "time", "ipc",
    "sched", "mount", "kernel", "bad", "abi", "exec",
];

/// One call as the program recorded it.
struct Record {
    case: String,
    call: String,
    event: String,
    tid: u64,
    res: i64,
    began: u64,
    ended: u64,
    args: Option<Vec<(String, String)>>,
}

/// One line of cscope's output.
struct Seen {
    time: u64,
    call: String,
    event: String,
    res: Option<i64>,
    latency: Option<u64>,
    args: Vec<(&'static str, String)>,
    name: String,
    parent: Option<i64>,
    used: bool,
}

/// A difference: where, call, what, wanted, got.
type Row = [String; 5];

/// The workload, compiled into `dir`; `None` with a word about it where there is no compiler.
fn build(test: &str, dir: &Path) -> Option<PathBuf> {
    if !has(test, "cc") {
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/workload");
    let mut files: Vec<PathBuf> = fs::read_dir(source)
        .expect("the workload is in the tree")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    files.sort();
    let program = dir.join("calls");
    let built = finish(
        Command::new("cc").args(["-std=gnu17", "-O1", "-w", "-pthread", "-o"]).arg(&program).args(&files),
    );
    assert_eq!(built.code, Some(0), "the workload compiles: {}", built.err);
    Some(program)
}

/// The lines of the record: eight bytes that count, then text.
fn records(path: &Path) -> Vec<Record> {
    let bytes = fs::read(path).expect("the workload wrote its record");
    let (used, text) = bytes.split_first_chunk::<8>().expect("a counter");
    let used = usize::try_from(u64::from_le_bytes(*used)).expect("a length");
    let text = std::str::from_utf8(text.get(..used).expect("all of it")).expect("ASCII");
    text.lines().map(record).collect()
}

fn record(line: &str) -> Record {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let text = |name: &str| bytes(value[name].as_str().expect("a text"));
    let args = value["args"].as_array().map(|args| {
        let pair = |pair: &Value| {
            (bytes(pair[0].as_str().expect("a name")), bytes(pair[1].as_str().expect("a text")))
        };
        args.iter().map(pair).collect()
    });
    Record {
        case: text("case"),
        call: text("call"),
        event: text("event"),
        tid: value["tid"].as_u64().expect("a tid"),
        res: value["res"].as_i64().expect("a result"),
        began: value["t0"].as_u64().expect("a time"),
        ended: value["t1"].as_u64().expect("a time"),
        args,
    }
}

/// The text whose bytes the characters of `text` are, as JSON can have it: what is not UTF-8 replaced.
fn bytes(text: &str) -> String {
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("a byte")).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The lines of cscope by thread, in their order.
fn seen(output: &str) -> HashMap<u64, Vec<Seen>> {
    let mut threads: HashMap<u64, Vec<Seen>> = HashMap::new();
    for line in output.lines() {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let (event, dir) = (text("evt.type"), text("evt.dir"));
        let one = Seen {
            time: value["evt.rawtime"].as_u64().expect("a time"),
            call: text("syscall.type"),
            res: value["evt.rawres"].as_i64(),
            latency: value["evt.latency"].as_u64(),
            args: split(&event, &dir, &text("evt.args")),
            name: text("proc.name"),
            parent: value["proc.ppid"].as_i64(),
            event,
            used: false,
        };
        threads.entry(value["thread.tid"].as_u64().expect("a tid")).or_default().push(one);
    }
    threads
}

/// Takes `name=value name=value` apart by the names of the event's parameters, as values may hold anything.
fn split(event: &str, dir: &str, text: &str) -> Vec<(&'static str, String)> {
    let dir = if dir == "<" { Dir::Exit } else { Dir::Enter };
    let info = EVENTS.iter().find(|e| e.name == event && e.dir == dir && e.status == Status::Current);
    let mut starts = Vec::new();
    let mut from = 0;
    for param in info.map_or(&[][..], |info| info.params) {
        let key = if starts.is_empty() { format!("{}=", param.name) } else { format!(" {}=", param.name) };
        let Some(at) = text[from..].find(&key) else { continue };
        starts.push((param.name, from + at, from + at + key.len()));
        from += at + key.len();
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|s| s.1).chain([text.len()]).collect();
    starts.iter().zip(ends).map(|(&(name, _, value), end)| (name, text[value..end].to_owned())).collect()
}

/// Whether `text` is what `pattern` describes.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split(ANY);
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether a value is the expected one.
fn right(wanted: &str, got: Option<&str>) -> bool {
    match (wanted, got) {
        ("?", _) => true,
        (_, None) => false,
        ("#", Some(got)) => got.parse::<i64>().is_ok(),
        (wanted, Some(got)) => fits(wanted, got),
    }
}

/// What is wrong with an event that should be that of a record.
fn differences(record: &Record, seen: &Seen) -> Vec<(String, String, String)> {
    if !fits(&record.event, &seen.event) {
        return vec![("evt.type".into(), record.event.clone(), seen.event.clone())];
    }
    let mut wrong = Vec::new();
    // Parts of the schema have no result.
    if let Some(res) = seen.res.filter(|&res| res != record.res && record.call != "procexit") {
        wrong.push(("evt.rawres".into(), record.res.to_string(), res.to_string()));
    }
    // The program looked at the clock before and after.
    let longest = record.ended.saturating_sub(record.began) + SLACK;
    if let Some(latency) = seen.latency.filter(|latency| *latency > longest) {
        wrong.push(("evt.latency".into(), format!("at most {longest}"), latency.to_string()));
    }
    for (name, wanted) in record.args.iter().flatten() {
        let got = seen.args.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        if !right(wanted, got) {
            let wanted = wanted.replace(ANY, "*");
            wrong.push((name.clone(), wanted, got.unwrap_or("(no such parameter)").to_owned()));
        }
    }
    wrong
}

/// Finds the event of each record. What a record does not find, or finds changed, is a row of the result.
fn compare(records: &mut [Record], threads: &mut HashMap<u64, Vec<Seen>>) -> Vec<Row> {
    let mut rows = Vec::new();
    records.sort_by_key(|record| record.ended);
    for record in records.iter() {
        let row = |what: &str, wanted: &str, got: &str| {
            [&record.case, &record.call, what, wanted, got].map(str::to_owned)
        };
        let events = threads.entry(record.tid).or_default();
        let may_be = |seen: &Seen| {
            let called = seen.call == record.call || fits(&record.event, &seen.event);
            let from = record.began.saturating_sub(SLACK);
            called && !seen.used && (from..=record.ended + SLACK).contains(&seen.time)
        };
        let outside =
            |seen: &Seen| record.began.saturating_sub(seen.time) + seen.time.saturating_sub(record.ended);
        let best = events
            .iter_mut()
            .filter(|seen| may_be(seen))
            .map(|seen| (differences(record, seen), outside(seen), seen))
            .min_by_key(|(wrong, outside, _)| (wrong.len(), *outside));
        let Some((wrong, _, seen)) = best else {
            rows.push(row("event", &record.event.replace(ANY, "*"), "(none)"));
            continue;
        };
        seen.used = true;
        rows.extend(wrong.iter().map(|(what, wanted, got)| row(what, wanted, got)));
    }
    rows
}

/// Fails with a table of what is wrong.
#[track_caller]
fn expect_none(rows: &[Row], records: usize) {
    let mut table = String::new();
    for row in rows.iter().take(200) {
        let cell = |text: &String| text.chars().take(160).collect::<String>().replace('\n', " ");
        let _ = writeln!(table, "| {} |", row.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    assert!(
        rows.is_empty(),
        "{} differences in {records} records\n| where | call | argument | wanted | got |\n{table}",
        rows.len()
    );
}

/// A run of the workload under cscope.
struct Truth {
    records: Vec<Record>,
    threads: HashMap<u64, Vec<Seen>>,
}

/// Runs groups of the workload with `words` before the command; the workload's record and all that was printed.
fn capture(test: &str, words: &[&str], groups: &[&str]) -> Option<(Vec<Record>, String)> {
    if !able(test) || !as_root(test) {
        return None;
    }
    let dir = scratch();
    let program = build(test, dir.path())?;
    let mut record = PathBuf::new();
    let ran = lossless(|size| {
        record = dir.path().join(format!("record{size}"));
        let work = dir.path().join(format!("work{size}"));
        fs::create_dir(&work).expect("a directory for the workload");
        let command = [&program, &record, &work];
        finish(cscope().args(["--ring-size", size]).args(words).arg("--").args(command).args(groups)).ok()
    });
    for line in ran.err.lines().filter(|line| line.starts_with("SKIP:")) {
        skip(test, line);
    }
    Some((records(&record), ran.out))
}

fn truth(test: &str, groups: &[&str]) -> Option<Truth> {
    let (records, out) = capture(test, &["-j", "-p", FORMAT], groups)?;
    Some(Truth { records, threads: seen(&out) })
}

#[test]
fn calls_are_seen_as_they_were_made() {
    let Some(mut truth) = truth("live truth", GROUPS) else { return };
    let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
    for record in &truth.records {
        *calls.entry(&record.call).or_default() += 1;
    }
    assert!(calls.len() >= 300, "only {} different calls were made", calls.len());
    let rows = compare(&mut truth.records, &mut truth.threads);
    expect_none(&rows, truth.records.len());
}

#[test]
fn a_capture_file_says_the_same() {
    let dir = scratch();
    let file = dir.path().join("truth.scap.zst");
    let file = file.to_str().expect("UTF-8");
    let Some((mut records, _)) = capture("live truth through a file", &["-w", file], GROUPS) else { return };
    let timed = format!("{FORMAT} %evt.latency");
    let read = run(["-r", file, "-j", "-p", &timed]).ok().out;
    let mut threads = seen(&read);
    let rows = compare(&mut records, &mut threads);
    expect_none(&rows, records.len());
    // The time is that of the call; there is one wherever a call was entered and left.
    let found: Vec<&Seen> = threads.values().flatten().filter(|seen| seen.used).collect();
    let without: BTreeMap<&str, usize> =
        found.iter().filter(|seen| seen.latency.is_none()).fold(BTreeMap::new(), |mut all, seen| {
            *all.entry(seen.event.as_str()).or_default() += 1;
            all
        });
    // The other ends of clones, ends of threads, and the one call that seccomp denied were never entered.
    let never = ["clone", "clone3", "fork", "vfork", "exit", "exit_group", "procexit", "signaldeliver"];
    let odd: Vec<_> = without.iter().filter(|(event, _)| !never.contains(event)).collect();
    assert!(odd == [(&"mkdir", &1)] || odd.is_empty(), "without a time: {odd:?}");
}

/// Events of the kernel that the workload does not cause, and why.
const NOT_CAUSED: &[(&str, &str)] = &[
    ("syscall", "stands for calls without a type of their own, each shown under its name"),
    ("stat64", "32-bit x86 only, called stat"),
    ("lstat64", "32-bit x86 only, called lstat"),
    ("fstat64", "32-bit x86 only, called fstat"),
    ("llseek", "32-bit x86 only, called lseek"),
    ("mmap2", "32-bit x86 only, called mmap"),
    ("umount", "32-bit x86 only, called umount2"),
];

#[test]
fn every_event_of_the_kernel_is_seen() {
    let words = ["--switches", "--page-faults", "-j", "-p", "*%evt.type %evt.dir"];
    let Some((_, out)) = capture("every event", &words, GROUPS) else { return };
    let seen: std::collections::BTreeSet<(String, String)> = out
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|v| Some((v["evt.type"].as_str()?.to_owned(), v["evt.dir"].as_str()?.to_owned())))
        .collect();
    let mut wrong = Vec::new();
    for info in EVENTS.iter().filter(|info| info.status == Status::Current) {
        let direction = match (info.source, info.dir) {
            (Source::Syscall, Dir::Exit) => "<",
            (Source::Tracepoint, Dir::Enter) => ">",
            _ => continue,
        };
        let is_seen = seen.contains(&(info.name.to_owned(), direction.to_owned()));
        let excused = NOT_CAUSED.iter().any(|(name, _)| *name == info.name);
        if is_seen == excused {
            wrong.push(format!("{}: {}", info.name, if is_seen { "seen after all" } else { "not seen" }));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn two_hundred_processes_at_once() {
    let Some(mut truth) = truth("200 processes", &["crowd"]) else { return };
    let rows = compare(&mut truth.records, &mut truth.threads);
    expect_none(&rows, truth.records.len());
}

#[test]
fn four_thousand_short_lives() {
    let Some(mut truth) = truth("4,000 forks", &["storm"]) else { return };
    let forks: Vec<(u64, i64)> = truth
        .records
        .iter()
        .filter(|record| record.call == "fork" && record.res > 0)
        .filter_map(|record| Some((u64::try_from(record.res).ok()?, i64::try_from(record.tid).ok()?)))
        .collect();
    assert!(forks.len() >= 4000, "{} forks", forks.len());
    let rows = compare(&mut truth.records, &mut truth.threads);
    expect_none(&rows, truth.records.len());
    let nameless: Vec<u64> = forks
        .iter()
        .filter(|(child, parent)| {
            let events = truth.threads.get(child).map_or(&[][..], Vec::as_slice);
            events.is_empty() || events.iter().any(|e| e.name != "calls" || e.parent != Some(*parent))
        })
        .map(|(child, _)| *child)
        .collect();
    assert!(nameless.is_empty(), "{} children without name or parent: {nameless:?}", nameless.len());
}
