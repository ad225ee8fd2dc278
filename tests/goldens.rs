//! Lines against what other tools print for the same captures.

use std::path::Path;

use crate::harness::{captures, run, share, unxz};

/// Captures with pairs of enter and exit events.
const PAIRS: [&str; 4] = ["file.pairs", "errors.pairs", "shell.pairs", "ipc.pairs"];
/// Captures with one event per call.
const MERGED: [&str; 4] = ["file.merged", "errors.merged", "shell.merged", "ipc.merged"];
/// Captures of 2018.
const OLD: [&str; 3] = ["curl_google", "single_ipv6_conn", "test_ipv6_client"];

fn file(dir: &Path, name: &str) -> String {
    let plain = dir.join(format!("{name}.scap"));
    let path = if plain.exists() { plain } else { dir.join(format!("{name}.scap.gz")) };
    path.display().to_string()
}

/// A line without its event number: libs HEAD counts pairs as one event.
fn unnumbered(line: &str) -> &str {
    line.split_once(' ').map_or(line, |(_, rest)| rest)
}

/// Compares the lines for a capture with a golden file, with or without event numbers. At least this share of them must be
/// the same.
#[track_caller]
fn compare(dir: &Path, name: &str, tool: &str, flags: &[&str], numbers: bool, least: f64) {
    let golden = unxz(&dir.join(format!("golden/{name}.{tool}.txt.xz")));
    let path = file(dir, name);
    let ours = run(flags.iter().copied().chain(["-r", path.as_str()])).ok().out;
    let text = |lines: &str| -> String {
        // procinfo lines of the reference are internal events, which cscope shows with -D only.
        let lines = lines.lines().filter(|l| !l.contains(" procinfo "));
        lines.flat_map(|l| [if numbers { l } else { unnumbered(l) }, "\n"]).collect()
    };
    let share = share(&text(&golden), &text(&ours));
    assert!(share >= least, "{name} against {tool}: {:.2} % of lines are the same", share * 100.0);
}

#[test]
fn default_view_of_merged_captures_is_that_of_libs_head() {
    let Some(dir) = captures("merged captures against libs HEAD") else { return };
    for name in MERGED {
        compare(&dir, name, "libs-head", &[], true, 0.98);
    }
}

#[test]
fn default_view_of_pairs_is_that_of_libs_head() {
    let Some(dir) = captures("merged view of pairs against libs HEAD") else { return };
    for name in PAIRS {
        compare(&dir, name, "libs-head", &[], true, 0.98);
    }
    for name in OLD {
        compare(&dir, name, "libs-head", &[], false, 0.95);
    }
}

#[test]
fn pairs_as_stored_are_those_of_sysdig() {
    let Some(dir) = captures("pairs against sysdig 0.36.1") else { return };
    for name in PAIRS {
        compare(&dir, name, "sysdig-0.36.1", &["--pairs"], true, 0.998);
    }
    // Sockets without an address are shown as `<u>3` there, and as `<6>0.0.0.0:0->0.0.0.0:0`.
    for name in OLD {
        compare(&dir, name, "sysdig-0.36.1", &["--pairs"], true, 0.89);
    }
}

#[test]
fn container_columns_are_those_of_sysdig() {
    let Some(dir) = captures("-pc against sysdig 0.36.1") else { return };
    for name in PAIRS {
        compare(&dir, name, "pc.sysdig-0.36.1", &["--pairs", "-pc"], true, 0.99);
    }
}

#[test]
fn every_capture_is_read_to_its_end() {
    let Some(dir) = captures("all captures read") else { return };
    for name in PAIRS.into_iter().chain(MERGED).chain(OLD) {
        for flags in [&["-q"][..], &["-q", "--pairs"], &["-j"]] {
            let path = file(&dir, name);
            let ran = run(flags.iter().copied().chain(["-r", path.as_str()])).ok();
            assert_eq!(ran.err, "", "{name}");
        }
    }
}

#[test]
fn lines_of_json_are_json() {
    let Some(dir) = captures("JSON lines") else { return };
    for name in ["ipc.pairs", "curl_google"] {
        let ran = run(["-j", "-n", "500", "-r", &file(&dir, name)]).ok();
        assert_eq!(ran.lines().len(), 500);
        for line in ran.lines() {
            let value: serde_json::Value = serde_json::from_str(line).expect(line);
            let object = value.as_object().expect("an object");
            assert!(object["evt.num"].is_u64() && object["evt.type"].is_string(), "{line}");
            let keys: Vec<_> = object.keys().collect();
            assert!(keys.is_sorted(), "{line}");
        }
    }
}
