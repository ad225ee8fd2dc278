//! Names from a real dockerd.

use cscope_capture::ThreadInfo;
use cscope_enrich::{Inspector, Item, RuntimeLookup, RuntimeOptions, View};

use crate::dockerd::Docker;
use crate::source::Script;
use crate::{PATIENCE, run};

fn cgroups(pid: i64) -> String {
    let text = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).expect("the process runs");
    text.lines().filter_map(|l| l.splitn(3, ':').nth(2)).map(|path| format!("x={path}\0")).collect()
}

#[test]
fn names_from_a_real_daemon() {
    let Some(docker) = Docker::start() else { return };
    let (_, first) = docker.container("db");
    let options = RuntimeOptions { sockets: vec![docker.socket()], timeout: PATIENCE };
    let mut lookup = RuntimeLookup::start(&options, || true).expect("a thread");
    lookup.wait(PATIENCE);
    let groups = cgroups(first);
    let thread =
        ThreadInfo { tid: first, pid: first, cgroups: groups.as_bytes().into(), ..ThreadInfo::default() };
    let script = Script::new(vec![thread]);
    let control = script.control();
    script.read(first.cast_unsigned(), 1_000_000_000);
    let mut inspector = Inspector::new(Box::new(script), View::Merged).with_runtime(lookup);

    // What ran before is known with the first event, its users a little later.
    run(&mut inspector, |item| match item {
        Item::Event(cx) if cx.stored.kind == cscope_capture::EventType::SYSCALL_READ_X => {
            let container = cx.container().expect("in a container");
            assert_eq!((&*container.name, &*container.image), (&b"db"[..], &b"bb:1"[..]));
            true
        }
        _ => false,
    });
    run(&mut inspector, |item| match item {
        Item::Idle { state, .. } => {
            let id = &state.thread(first).expect("seeded").container_id;
            state.users().user(id, 1234).is_some_and(|u| *u.name == *b"app")
        }
        _ => false,
    });

    // A new one is known when its first process shows up.
    let (id, second) = docker.container("web");
    let short = id.get(..12).expect("64 digits").as_bytes().to_vec();
    run(&mut inspector, |item| match item {
        Item::Idle { state, .. } => state.containers().get(&short).is_some_and(|c| *c.name == *b"web"),
        _ => false,
    });
    control.clone_into(1, second, &cgroups(second), 2_000_000_000);
    run(&mut inspector, |item| match item {
        Item::Event(cx) if cx.thread.is_some_and(|t| t.info.tid == 1) => {
            let thread = cx.state.thread(second).expect("cloned");
            assert_eq!(&*cx.state.containers().get(&thread.container_id).expect("known").name, b"web");
            true
        }
        _ => false,
    });
}
