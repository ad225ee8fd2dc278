//! Hints to users whose filter matched nothing.

use crate::fixture::capture;
use crate::harness::{run, scratch};

/// What is said on stderr about a filter over the fixture, beside the summary.
fn said(words: &[&str]) -> String {
    let dir = scratch();
    let file = capture(dir.path(), "trace.scap.zst").display().to_string();
    let ran = run([&["-r", &file, "-v"], words].concat()).ok();
    ran.err.lines().filter(|l| l.contains("nothing matched")).collect()
}

#[test]
fn a_near_miss_is_told() {
    let exact = said(&["--exact-types", "evt.type=open"]);
    assert!(exact.contains("--exact-types"), "{exact}");
    let number = said(&["evt.type=read and evt.arg.fd=3"]);
    assert!(number.contains("`evt.type=read and evt.rawarg.fd = 3` would have"), "{number}");
    let letters = said(&["user.name=Ann"]);
    assert!(letters.contains("`tolower(user.name) = ann`"), "{letters}");
    let part = said(&["fd.name=app.log"]);
    assert!(part.contains("`fd.name contains app.log`"), "{part}");
    let start = said(&["evt.type=read and evt.dir=>"]);
    assert!(start.contains("--pairs"), "{start}");
}

#[test]
fn nothing_is_said_without_need() {
    // It matches; nothing near matches; a name that is too long but of nobody.
    for filter in ["evt.type=open", "evt.type=kill", "proc.name=a-very-long-name-of-nobody", "fd.name=zzz"] {
        assert_eq!(said(&[filter]), "", "{filter}");
    }
    let dir = scratch();
    let file = capture(dir.path(), "trace.scap").display().to_string();
    // Not on a terminal, and not asked for.
    assert_eq!(run(["-r", &file, "fd.name=app.log"]).ok().err, "");
}
