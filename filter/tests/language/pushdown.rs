//! The event types a filter can match are never too few.

use cscope_capture::EventType;
use cscope_enrich::View;
use cscope_filter::{Filter, FilterOptions, Needs};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use crate::support::{captures, walk_file};

fn filter(text: &str) -> Filter {
    Filter::parse(text, &FilterOptions::default()).unwrap_or_else(|e| panic!("{}", e.render(false)))
}

#[test]
fn types_follow_from_the_filter() {
    let names = |text: &str| {
        let mut names: Vec<&str> = filter(text).event_types().names().collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|n| *n != "asyncevent");
        names
    };
    assert_eq!(names("evt.type = open"), ["open", "openat", "openat2"]);
    assert_eq!(names("evt.type = close and proc.name = x"), ["close"]);
    assert_eq!(names("evt.type in (read, write) and evt.is_io_write = true"), ["write"]);
    assert_eq!(names("syscall.type = openat or (evt.type = close and fd.num = 3)"), ["close", "openat"]);
    assert_eq!(names("not not evt.type = getppid"), ["getppid"]);
    assert_eq!(names("evt.type = read and evt.type = write"), [""; 0]);
    assert!(names("evt.rawarg.cgroups exists").contains(&"clone"));
    assert!(!names("evt.arg.cgroups contains x").contains(&"read"));
    assert!(filter("proc.name = x").event_types().is_all());
    assert!(filter("").event_types().is_all());
    assert!(filter("evt.type = read or proc.name = x").event_types().is_all());
    let not = filter("not evt.type = read");
    assert!(!not.event_types().contains_kind(EventType::SYSCALL_READ_X));
    assert!(not.event_types().contains_kind(EventType::SYSCALL_WRITE_X));
    // Missing and different are not the same: what `not` lets through stays.
    assert!(filter("not evt.arg.name = x").event_types().is_all());
}

#[test]
fn directions_are_told_apart() {
    let enter = filter("evt.type = read and evt.dir = >");
    assert!(enter.event_types().contains_kind(EventType::SYSCALL_READ_E));
    assert!(!enter.event_types().contains_kind(EventType::SYSCALL_READ_X));
}

#[test]
fn needs_are_those_of_the_fields() {
    let needs = |text: &str| filter(text).pushdown().needs;
    assert_eq!(needs("evt.type = read"), Needs::default());
    assert!(needs("evt.latency > 1ms").has(Needs::LATENCY));
    assert!(needs("evt.type = open and container.name = db").has(Needs::CONTAINERS));
    assert!(!needs("evt.type = open and container.name = db").has(Needs::FDS));
    assert!(needs("len(fd.name) = 3").has(Needs::FDS));
    assert!(needs("proc.name = val(user.name)").has(Needs::USERS));
}

fn checks() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "evt.type = open",
        "evt.type != read",
        "evt.type in (read, write, mmap)",
        "evt.type startswith e",
        "evt.type.is.close = 1",
        "syscall.type exists",
        "syscall.type = futex",
        "evt.dir = <",
        "evt.dir = >",
        "evt.is_io = true",
        "evt.is_wait = true",
        "evt.io_dir = write",
        "evt.failed = true",
        "evt.rawarg.res < 0",
        "evt.arg.fd exists",
        "evt.arg[1] contains e",
        "evt.category = file",
        "proc.name = curl",
        "fd.name exists",
        "fd.types intersects (ipv4)",
        "evt.num > 300",
        "evt.count.exit = 1",
        "evt.source = syscall",
        "tolower(evt.type) = open",
    ])
    .prop_map(str::to_owned)
}

fn filters() -> impl Strategy<Value = String> {
    checks().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|f| format!("not ({f})")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" and "))),
            prop::collection::vec(inner, 2..4).prop_map(|all| format!("({})", all.join(" or "))),
        ]
    })
}

#[test]
fn what_matches_is_in_the_set() {
    let Some(folder) = captures() else { return };
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let compiled: Vec<Filter> =
        (0..300).map(|_| filter(&filters().new_tree(&mut runner).expect("a filter").current())).collect();
    let mut selective = 0;
    for view in [View::Merged, View::Pairs] {
        for name in ["curl_google.scap", "ipc.pairs.scap.gz", "ipc.merged.scap.gz"] {
            walk_file(folder.join(name), view, |cx| {
                for filter in &compiled {
                    let possible = filter.event_types().contains(&cx.event);
                    assert!(possible || !filter.matches(cx), "{} matches {:?}", filter.text(), cx.event);
                    selective += usize::from(!possible);
                }
            });
        }
    }
    assert!(selective > 10_000, "{selective}");
}
