//! Vectors of filters with their expected result on small captures.

use std::collections::{BTreeMap, BTreeSet};

use cscope_enrich::View;
use cscope_filter::{Filter, FilterOptions};

use crate::support::{captures, table, walk_file};

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
    let (mut checked, mut skipped) = (0, 0);
    for (context, vectors) in &by_context {
        let path = contexts.join(format!("{context}.scap"));
        if !path.exists() {
            missing.insert(*context);
        }
        let mut compiled = Vec::new();
        for &(expected, text) in vectors {
            match Filter::parse(text, &exact()) {
                Ok(filter) if expected != "error" => compiled.push((expected, filter)),
                Ok(_) => wrong.push(format!("{context}: {text}: should be refused")),
                Err(_) if expected == "error" => checked += 1,
                Err(error) => wrong.push(format!("{context}: {}", error.render(false))),
            }
        }
        if missing.contains(context) {
            skipped += compiled.len();
            continue;
        }
        let mut results = Vec::new();
        walk_file(path, View::Merged, |cx| {
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
    if !missing.is_empty() {
        eprintln!("SKIP: {skipped} vectors have no capture: {missing:?}");
    }
    assert!(checked > 200, "{checked}");
    assert!(wrong.is_empty(), "{} of {checked}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn lists_of_what_compiles() {
    let mut wrong = Vec::new();
    for line in table("filter_compile_accept.txt").unwrap_or_default().lines().filter(|l| !l.is_empty()) {
        // Fields of a test class of the other tool.
        let text = if line.starts_with("c.buffer") {
            line.replace("c.buffer", "evt.buffer")
        } else if line.starts_with("c.true") {
            continue;
        } else {
            line.to_owned()
        };
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
