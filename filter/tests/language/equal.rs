//! Filters that are written differently and mean the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cscope_enrich::View;
use cscope_filter::{Filter, FilterOptions, Library};

use crate::support::{captures, walk_file};

/// Pairs of filters; the first is not everything and not nothing.
const EQUAL: &[(&str, &str)] = &[
    ("evt.rawres = 0x10", "evt.rawres = 16"),
    ("evt.rawres = 0o20", "evt.rawres = 16"),
    ("evt.rawres > 1_000", "evt.rawres > 1000"),
    ("evt.rawres >= 4KiB", "evt.rawres >= 4096"),
    ("evt.buflen > 1kB", "evt.buflen > 1000"),
    ("evt.rawres in (0x10, 832)", "evt.rawres = 832 or evt.rawres = 16"),
    ("evt.latency > 10us", "evt.latency > 10000"),
    ("evt.latency > 0.1ms", "evt.latency > 100_000"),
    ("evt.latency.s >= 0s", "evt.latency exists"),
    ("evt.reltime < 5s and evt.reltime.s >= 1s", "evt.reltime < 5000000000 and evt.reltime.s >= 1"),
    ("proc.vmsize > 8MiB", "proc.vmsize > 8192"),
    ("evt.time >= 2018-08-17T17:35:48.7Z", "evt.rawtime >= 1534527348700000000"),
    ("evt.datetime < '2018-08-17 19:35:48.7+02:00'", "evt.rawtime < 1534527348700000000"),
    ("evt.rawtime >= 2018-08-17T17:35:48.7Z", "evt.rawtime >= 1534527348700000000"),
    ("fd.ip in (10.0.0.0/8, 2607:f8b0::/32, ::1)", "fd.net = 2607:f8b0::/32"),
    ("fd.sip in (2001:4860::/32, 2607:f8b0:4004:802::2004)", "fd.sport exists and fd.net exists"),
    (
        "!proc.name=curl || evt.type=close && fd.num==3",
        "not proc.name = curl or (evt.type = close and fd.num = 3)",
    ),
    ("proc.name regex '(?i)CU.*'", "proc.name startswith cu"),
    ("fd.name regex '/etc/(passwd|hosts)'", "fd.name in (/etc/passwd, /etc/hosts)"),
    ("fd.name contains etc or fd.name contains lib", "fd.name contains anyof (etc, lib)"),
    ("not fd.name contains etc and not fd.name contains lib", "not fd.name contains anyof (etc, lib)"),
    ("evt.type = close or evt.type = read or evt.type = mmap", "evt.type in (read, close, mmap)"),
    ("fd.num != 3 and fd.num != 4", "fd.num exists and not fd.num in (3, 4)"),
    ("proc.name != curl and proc.name != bash", "proc.name exists and not proc.name in (curl, bash)"),
    ("in_etc and by_curl", "fd.name startswith /etc and proc.name in (curl, wget, 'curl ')"),
    ("not(in_etc)or by_curl", "not fd.name startswith /etc or proc.name in (curl, wget)"),
    ("from_yaml and folded", "evt.type in (open, openat, close, read) and not fd.name exists"),
];

const DEFINITIONS: &str = "\
# files and programs
list fetchers: [curl, wget, # not all of them
    'curl ']
macro in_etc: fd.name startswith '/etc'   # a comment with a ' quote
macro by_curl:
    proc.name
    in (fetchers)
- list: calls
  items: [open, close,
          openat]
- list: more_calls
  items:
  - calls
  - \"read\"
- macro: from_yaml
  condition: evt.type in (more_calls)
  append: false

- macro: folded
  condition: >
    not
    fd.name exists
";

#[test]
fn both_forms_hold_for_the_same_events() {
    let Some(folder) = captures() else { return };
    let mut library = Library::default();
    library.add("definitions.txt", DEFINITIONS).unwrap_or_else(|e| panic!("{}", e.render(false)));
    let parse = |text: &str| {
        Filter::parse_with(text, &FilterOptions::default(), &library)
            .unwrap_or_else(|e| panic!("{}", e.render(false)))
    };
    let pairs: Vec<_> =
        EQUAL.iter().map(|(a, b)| (parse(a), parse(b), Arc::new(AtomicUsize::new(0)))).collect();
    let mut events = 0;
    for name in ["curl_google.scap", "ipc.merged.scap.gz"] {
        walk_file(folder.join(name), View::Merged, |cx| {
            events += 1;
            for (a, b, count) in &pairs {
                let holds = a.matches(cx);
                assert_eq!(holds, b.matches(cx), "{} | {} on {:?}", a.text(), b.text(), cx.event);
                count.fetch_add(usize::from(holds), Ordering::Relaxed);
            }
        });
    }
    let idle: Vec<&str> = pairs
        .iter()
        .filter(|(_, _, count)| [0, events].contains(&count.load(Ordering::Relaxed)))
        .map(|(a, _, _)| a.text())
        .collect();
    assert!(idle.is_empty(), "always the same: {idle:?}");
}

#[test]
fn files_hold_conditions_too() {
    let mut library = Library::default();
    library.add("a", "macro m: proc.pid in (l)\n\nevt.type = read\nand m\n").expect("definitions");
    library.add("b", "list l: [5, 6]\n").expect("a list");
    let push = |text: &str| {
        Filter::parse_with(text, &FilterOptions::default(), &library).expect("a filter").pushdown().clone()
    };
    assert!(library.has_conditions());
    assert!(push("").pids.listed().is_some_and(|pids| pids.len() == 2));
    let both = push("evt.type in (read, write) and proc.pid = 5");
    assert!(both.pids.listed().is_some_and(|pids| pids.len() == 1));
    assert!(both.types.names().any(|n| n == "read") && !both.types.names().any(|n| n == "write"));

    let mut rules = Library::default();
    let text = "- rule: One thing\n  desc: x\n  condition: proc.pid = 7\n  priority: INFO\n  output: \"%evt.num # x\"\n\
                - rule: Another\n  condition: proc.pid = 8\n\
                - rule: Off\n  condition: proc.pid = 9\n  enabled: false\n\
                - rule: Elsewhere\n  condition: ka.verb = get\n  source: k8s_audit\n\
                - required_engine_version: 0.31.0\n";
    rules.add("rules.yaml", text).unwrap_or_else(|e| panic!("{}", e.render(false)));
    let filter = Filter::parse_with("", &FilterOptions::default(), &rules).expect("a filter");
    assert!(filter.pushdown().pids.listed().is_some_and(|pids| pids.iter().eq([7, 8].iter())));
}

#[test]
fn names_do_not_run_away() {
    let mut doubling = String::from("macro m0: evt.num = 1\nlist l0: [1, 2]\n");
    for n in 1..=40 {
        doubling += &format!("macro m{n}: m{} or m{}\nlist l{n}: [l{}, l{}]\n", n - 1, n - 1, n - 1, n - 1);
    }
    for n in 0..300 {
        doubling += &format!("macro d{n}: d{}\n", n + 1);
    }
    let mut library = Library::default();
    library.add("x", &doubling).expect("definitions");
    for (text, message) in
        [("m40", "has more than"), ("proc.pid in (l40)", "has more than"), ("d0", "more than 100 deep")]
    {
        let error = Filter::parse_with(text, &FilterOptions::default(), &library).expect_err(text);
        assert!(error.message.contains(message), "{error}");
    }
    assert!(Filter::parse_with("m10 and proc.pid in (l10)", &FilterOptions::default(), &library).is_ok());
}
