//! Container names from runtimes: a fake daemon on a unix socket that answers, hangs, closes and comes back, and
//! a real dockerd of our own.

mod daemon;
mod docker;
#[path = "../../../tests/dockerd.rs"]
mod dockerd;
mod source;

use std::time::{Duration, Instant};

use cscope_capture::{EventType, FileWriter, Format, Snapshot, ThreadInfo, WriterOptions};
use cscope_enrich::{Inspector, Item, RuntimeLookup, RuntimeOptions, View, Visibility};

use daemon::{Daemon, Mood};
use source::Script;

const ID: &str = "aaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const SHORT: &[u8] = b"aaaaaaaaaaaa";

/// Longest wait for what is to happen: the machine may be busy with anything else.
const PATIENCE: Duration = Duration::from_secs(120);

fn options(socket: &std::path::Path) -> RuntimeOptions {
    RuntimeOptions { sockets: vec![socket.to_owned()], timeout: PATIENCE }
}

/// Steps until `done`, with patience. Gives the JSON of the container events handed out meanwhile.
fn run(inspector: &mut Inspector, mut done: impl FnMut(&Item<'_>) -> bool) -> Vec<String> {
    let end = Instant::now() + PATIENCE;
    let mut handed_out = Vec::new();
    while Instant::now() < end {
        let item = inspector.step().expect("the script has no errors");
        if let Item::Event(cx) = &item
            && cx.stored.kind == EventType::CONTAINER_JSON_2_E
        {
            assert_eq!(cx.visibility, Visibility::Internal);
            assert!(cx.thread.is_none() && cx.stored.ts > 0);
            handed_out.push(String::from_utf8_lossy(cx.stored.text(0).expect("JSON")).into_owned());
        }
        if done(&item) {
            return handed_out;
        }
    }
    panic!("did not happen within {PATIENCE:?}; handed out: {handed_out:?}");
}

fn name_is(item: &Item<'_>, name: &[u8]) -> bool {
    let state = match item {
        Item::Section(state) | Item::Idle { state, .. } => state,
        Item::Event(cx) => cx.state,
        Item::End | Item::Passed | Item::LeftOut { .. } => return false,
    };
    state.containers().get(SHORT).is_some_and(|c| *c.name == *name)
}

fn thread_in_container(tid: i64) -> ThreadInfo {
    let cgroups = format!("cpu=/docker/{ID}\0memory=/docker/{ID}\0");
    ThreadInfo {
        tid,
        pid: tid,
        ptid: 1,
        comm: (*b"sh").as_slice().into(),
        cgroups: cgroups.as_bytes().into(),
        ..ThreadInfo::default()
    }
}

#[test]
fn listed_containers_are_known_with_the_first_event() {
    let daemon = Daemon::start(Mood::Serve);
    daemon.add(ID, "db", true);
    let mut lookup = RuntimeLookup::start(&options(daemon.socket()), || true).expect("a thread");
    lookup.wait(PATIENCE);
    let script = Script::new(vec![thread_in_container(70)]);
    script.read(70, 1_000_000_000);
    let mut inspector = Inspector::new(Box::new(script), View::Merged).with_runtime(lookup);
    assert!(
        matches!(inspector.step(), Ok(Item::Section(state)) if state.containers().get(SHORT).is_some_and(|c| *c.name == *b"db"))
    );
    let Ok(Item::Event(cx)) = inspector.step() else { panic!("the first event") };
    assert_eq!(cx.visibility, Visibility::Shown);
    assert_eq!(&*cx.container().expect("of the thread").name, b"db");
    // Inspection tells the rest, and all of it is handed out for writers.
    let events = run(&mut inspector, |item| match item {
        Item::Event(cx) => cx.state.containers().get(SHORT).is_some_and(|c| c.privileged),
        Item::Idle { state, .. } => state.containers().get(SHORT).is_some_and(|c| c.privileged),
        _ => false,
    });
    let last = events.last().expect("handed out");
    assert!(last.contains(r#""image":"busybox:1""#) && last.contains(r#""imagetag":"1""#), "{last}");
    let container = inspector.state().containers().get(SHORT).expect("known");
    assert_eq!((&*container.ip, container.created), (&b"172.17.0.2"[..], 1_795_371_293));
    assert_eq!(container.labels, [("tier".to_owned(), "back".to_owned())]);
    assert_eq!(container.env, ["MESOS_TASK_ID=t1"]);
    assert_eq!(container.healthcheck.as_deref(), Some("/bin/sh -c test -e /ok"));
    let shared = (container.host_pid, container.host_network, container.host_ipc);
    assert_eq!(shared, (Some(true), Some(false), Some(false)));
    assert!(last.contains(r#""host_pid":true"#), "{last}");
}

#[test]
fn a_new_container_is_announced_before_its_first_call() {
    let daemon = Daemon::start(Mood::Serve);
    let mut lookup = RuntimeLookup::start(&options(daemon.socket()), || true).expect("a thread");
    lookup.wait(PATIENCE);
    let script = Script::new(vec![ThreadInfo { tid: 1, pid: 1, ..ThreadInfo::default() }]);
    let control = script.control();
    let mut inspector = Inspector::new(Box::new(script), View::Merged).with_runtime(lookup);
    run(&mut inspector, |item| matches!(item, Item::Idle { .. }));
    daemon.add(ID, "web", true);
    daemon.announce("create", ID, "web");
    run(&mut inspector, |item| name_is(item, b"web"));
    control.clone_into(1, 90, &format!("cpu=/docker/{ID}\0"), 2_000_000_000);
    run(&mut inspector, |item| match item {
        Item::Event(cx) if cx.stored.kind == EventType::SYSCALL_CLONE_20_X => {
            let child = cx.state.thread(90).expect("made");
            assert_eq!(&*cx.state.containers().get(&child.container_id).expect("known").name, b"web");
            true
        }
        _ => false,
    });
    daemon.announce("rename", ID, "shop");
    run(&mut inspector, |item| name_is(item, b"shop"));
}

#[test]
fn a_daemon_that_hangs_delays_nothing() {
    let daemon = Daemon::start(Mood::Hang);
    let started = Instant::now();
    let mut lookup = RuntimeLookup::start(&options(daemon.socket()), || true).expect("a thread");
    lookup.wait(Duration::from_millis(200));
    assert!(started.elapsed() < PATIENCE / 2, "waited {:?}", started.elapsed());
    let script = Script::new(vec![thread_in_container(70)]);
    for n in 0..1000 {
        script.read(70, 1_000_000_000 + n);
    }
    let mut inspector = Inspector::new(Box::new(script), View::Merged).with_runtime(lookup);
    let started = Instant::now();
    let mut seen = 0;
    run(&mut inspector, |item| {
        seen += u32::from(matches!(item, Item::Event(_)));
        seen == 1000
    });
    assert!(started.elapsed() < PATIENCE / 2, "took {:?}", started.elapsed());
    let container = inspector.state().containers().get(SHORT).expect("by its id");
    assert!(!container.complete && container.name.is_empty());
    let started = Instant::now();
    drop(inspector);
    assert!(started.elapsed() < PATIENCE / 2, "ending took {:?}", started.elapsed());
}

#[test]
fn a_daemon_that_closes_is_tried_again() {
    let daemon = Daemon::start(Mood::Close);
    daemon.add(ID, "db", true);
    let mut lookup = RuntimeLookup::start(&options(daemon.socket()), || true).expect("a thread");
    lookup.wait(Duration::from_secs(1));
    let script = Script::new(vec![thread_in_container(70)]);
    let mut inspector = Inspector::new(Box::new(script), View::Merged).with_runtime(lookup);
    run(&mut inspector, |item| matches!(item, Item::Idle { .. }) && daemon.calls() > 0);
    daemon.set(Mood::Serve);
    run(&mut inspector, |item| name_is(item, b"db"));
    // A restart: all connections break, another name is there afterwards.
    daemon.set(Mood::Close);
    daemon.break_events();
    daemon.add(ID, "db2", true);
    run(&mut inspector, |item| matches!(item, Item::Idle { .. }));
    daemon.set(Mood::Serve);
    run(&mut inspector, |item| name_is(item, b"db2"));
}

#[test]
fn a_socket_that_comes_later_is_found() {
    let dir = tempfile::tempdir().expect("a directory");
    let socket = dir.path().join("later.sock");
    let mut lookup = RuntimeLookup::start(&options(&socket), || true).expect("a thread");
    lookup.wait(Duration::from_secs(5));
    let script = Script::new(vec![thread_in_container(70)]);
    let mut inspector = Inspector::new(Box::new(script), View::Merged).with_runtime(lookup);
    run(&mut inspector, |item| matches!(item, Item::Idle { .. }));
    let daemon = Daemon::at(socket, Mood::Serve);
    daemon.add(ID, "late", false);
    run(&mut inspector, |item| name_is(item, b"late"));
}

#[test]
fn what_is_only_kept_goes_by_the_model() {
    let script = Script::new(vec![ThreadInfo { tid: 7, pid: 7, ..ThreadInfo::default() }]);
    let control = script.control();
    script.read(7, 10);
    script.read(7, 11);
    control.clone_into(7, 8, "", 12);
    script.read(8, 13);
    let mut inspector = Inspector::new(Box::new(script), View::Merged).live().bare();
    assert!(matches!(inspector.step(), Ok(Item::Section(_))));
    let out = Box::new(std::io::sink());
    let options = WriterOptions::default();
    let mut writer =
        FileWriter::to_writer(out, Format::ScapZst, &Snapshot::default(), &options).expect("a writer");
    let mut keep = |inspector: &mut Inspector, until, most| {
        let kept = inspector.keep(writer.batch(), until, most);
        writer.kept().expect("nothing that fails");
        (kept.events, kept.time, kept.tid)
    };
    assert_eq!(keep(&mut inspector, 11, u64::MAX), (1, (10, 10), 7));
    assert_eq!(keep(&mut inspector, u64::MAX, 0), (0, (0, 0), 0));
    assert_eq!(keep(&mut inspector, u64::MAX, 1), (1, (11, 11), 7));
    // Who makes a thread is not passed over.
    assert_eq!(keep(&mut inspector, u64::MAX, u64::MAX).0, 0);
    assert!(matches!(inspector.step(), Ok(Item::Event(cx)) if cx.event.ts == 12 && cx.num == 3));
    assert!(inspector.state().thread(8).is_some());
    assert_eq!(keep(&mut inspector, u64::MAX, u64::MAX), (1, (13, 13), 8));
    assert_eq!((inspector.num(), inspector.times()), (4, (10, 13)));

    // Others look at everything.
    let script = Script::new(Vec::new());
    script.read(7, 10);
    let mut inspector = Inspector::new(Box::new(script), View::Merged);
    assert!(matches!(inspector.step(), Ok(Item::Section(_))));
    assert_eq!(keep(&mut inspector, u64::MAX, u64::MAX).0, 0);
    assert_eq!(writer.events(), 3);
}
