//! What a filter can match at all is never too little.

use cscope_capture::EventType;
use cscope_enrich::View;
use cscope_filter::{Filter, FilterOptions, Needs, Pushdown};
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
    let Some(folder) = captures() else { return };
    let exit = filter("evt.dir = <");
    walk_file(folder.join("curl_google.scap"), View::Pairs, |cx| {
        let is_exit = cx.event.info().is_some_and(|i| i.dir == cscope_capture::table::Dir::Exit);
        assert_eq!(exit.matches(cx), is_exit, "{:?}", cx.event);
    });
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

#[test]
fn attributes_follow_from_the_filter() {
    let push = |text: &str| filter(text).pushdown().clone();
    let listed = |text: &str| push(text).pids.listed().map(|s| s.iter().copied().collect::<Vec<_>>());
    assert_eq!(listed("proc.pid = 5"), Some(vec![5]));
    assert_eq!(listed("proc.pid in (5, 6) and proc.pid != 6 and evt.type = read"), Some(vec![5]));
    assert_eq!(listed("proc.pid = 5 or proc.pid = 7 and fd.num = 1"), Some(vec![5, 7]));
    assert_eq!(listed("proc.pid = 5 or proc.name = x"), None);
    assert_eq!(listed("not (proc.pid != 5)"), None, "events without a process pass too");
    assert_eq!(listed("not not proc.pid = 5"), Some(vec![5]));
    assert!(push("not proc.name in (sshd, bash)").comms.excluded().is_some_and(|s| s.len() == 2));
    assert!(push("proc.name != sshd").comms.admits(None::<&[u8]>));
    assert!(push("container.id != host").containers.excluded().is_some());
    assert!(push("container.name = db").container_names.listed().is_some());
    assert!(push("thread.tid = 9").tids.admits(Some(&9)) && !push("thread.tid = 9").tids.admits(Some(&8)));
    assert!(push("user.uid = 0").uids.listed().is_some());
    let failed = [
        "evt.failed = true",
        "evt.rawres < 0",
        "evt.rawres = -2",
        "evt.res = ENOENT",
        "evt.res != SUCCESS",
        "evt.count.error = 1",
        "not evt.failed = false",
        "evt.rawres in (-1, -2)",
        "evt.failed != false",
    ];
    for text in failed {
        assert!(push(text).only_failed(), "{text}");
    }
    for text in ["evt.failed = false", "evt.rawres >= 0", "evt.rawres > -1", "evt.res = SUCCESS"] {
        assert!(!push(text).failed && push(text).unfailed, "{text}");
    }
    for text in
        ["evt.rawres >= -1", "evt.rawres != -2", "evt.rawres = 3 or evt.failed = true", "not evt.rawres >= 0"]
    {
        assert!(push(text).failed && push(text).unfailed, "{text}");
    }
    // What stands in a descriptor is missing where there is none.
    for text in
        ["fd.name contains /etc", "fd.type != file", "fd.ip = 127.0.0.1", "fd.num exists and proc.name = x"]
    {
        let types = push(text).types;
        assert!(types.contains_kind(EventType::SYSCALL_READ_X), "{text}");
        assert!(types.contains_kind(EventType::SYSCALL_OPENAT_2_X), "{text}");
        assert!(!types.contains_kind(EventType::SYSCALL_BRK_4_X) && !types.contains_call(0), "{text}");
    }
    for text in ["not fd.name contains /etc", "fd.name = x or proc.name = y", "fd.types intersects (ipv4)"] {
        assert!(push(text).types.contains_kind(EventType::SYSCALL_BRK_4_X), "{text}");
    }
    let times = |text: &str| push(text).times;
    assert_eq!(times("evt.rawtime >= 5 and evt.rawtime < 9"), (5, 8));
    assert_eq!(times("evt.rawtime = 7 or evt.rawtime in (3, 5)"), (3, 7));
    assert_eq!(times("not evt.rawtime <= 5"), (6, u64::MAX));
    assert_eq!(times("not evt.rawtime != 5 and proc.name = x"), (5, 5));
    assert_eq!(times("not evt.rawtime in (3, 5)"), Pushdown::ALWAYS);
    assert_eq!(times("evt.rawtime > 5 or proc.name = x"), Pushdown::ALWAYS);
    assert_eq!(times("evt.time < 1970-01-01T00:00:01Z"), (0, 999_999_999));
    for text in
        ["evt.rawtime < 0", "evt.rawtime > 18446744073709551615", "evt.rawtime < 5 and evt.rawtime > 5"]
    {
        assert!(push(text).is_none(), "{text}");
    }
    // Attributes are united one by one; what nothing can match adds nothing.
    let mixed = push("evt.type = read and proc.name = a or evt.type = write and proc.name = b");
    assert!(mixed.comms.listed().is_some_and(|s| s.len() == 2));
    let one =
        push("evt.type = read and proc.name = a or evt.type = write and proc.name = b and proc.name = c");
    assert!(one.comms.listed().is_some_and(|s| s.len() == 1));
    assert!(!one.types.contains_kind(EventType::SYSCALL_WRITE_X));
    assert!(push("proc.pid = 1 and proc.pid = 2").is_none());
}

pub(crate) fn checks() -> impl Strategy<Value = String> {
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
        "proc.name in (curl, ls, head, nginx, bash)",
        "proc.name != curl",
        "proc.name startswith c",
        "proc.name = val(proc.exe)",
        "proc.pid != 1",
        "container.id = host",
        "container.id != host",
        "container.name = host",
        "container.name != db",
        "user.uid = 0",
        "user.uid != 0",
        "user.uid > 0",
        "evt.failed = false",
        "evt.failed != true",
        "evt.count.error = 1",
        "evt.count.error exists",
        "evt.res = ENOENT",
        "evt.res = SUCCESS",
        "evt.res != SUCCESS",
        "evt.res in (SUCCESS, EAGAIN)",
        "evt.rawres < 0",
        "evt.rawres <= -1",
        "evt.rawres > -11",
        "evt.rawres >= 0",
        "evt.rawres != 0",
        "evt.rawres in (-2, 3)",
        "evt.rawres in (-1, -2, -3, -4, -11, -13)",
    ])
    .prop_map(str::to_owned)
    .boxed()
    .prop_union(ids().boxed())
    .boxed()
    .prop_union(times().boxed())
}

/// Times within the captures.
fn times() -> impl Strategy<Value = String> {
    let ops = prop::sample::select(vec!["<", "<=", ">", ">=", "=", "!="]);
    let times = prop::sample::select(vec![
        0u64,
        1_534_527_348_515_553_554,
        1_795_360_077_514_875_964,
        1_795_360_084_002_651_320,
    ]);
    (ops, times).prop_map(|(op, time)| format!("evt.rawtime {op} {time}"))
}

/// Threads and processes of the captures, and others.
fn ids() -> impl Strategy<Value = String> {
    let fields = prop::sample::select(vec!["thread.tid", "proc.pid"]);
    let ids = prop::collection::vec(
        prop::sample::select(vec![17_497, 17_498, 11_662, 11_672, 11_670, 0, 1, -1]),
        1..7,
    );
    (fields, ids).prop_map(|(field, ids)| {
        let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
        format!("{field} in ({})", ids.join(", "))
    })
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
    let (mut selective, mut by_type) = (0, 0);
    for view in [View::Merged, View::Pairs] {
        for name in ["curl_google.scap", "ipc.pairs.scap.gz", "ipc.merged.scap.gz"] {
            walk_file(folder.join(name), view, |cx| {
                for filter in &compiled {
                    let possible = filter.pushdown().admits(cx);
                    assert!(possible || !filter.matches(cx), "{} matches {:?}", filter.text(), cx.event);
                    selective += usize::from(!possible);
                    by_type += usize::from(!filter.event_types().contains(&cx.event));
                }
            });
        }
    }
    assert!(by_type > 10_000 && selective > by_type + 10_000, "{by_type} {selective}");
}
