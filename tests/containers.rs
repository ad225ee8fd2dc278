//! Names of containers, live and in captures, with a dockerd of our own.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::dockerd::Docker;
use crate::harness::{await_that, cscope, run, scratch};
use crate::running::{Running, able, begun, summary};

/// Nanoseconds from a call to its line on standard output, for half of the lines at least.
const WITHIN: u64 = 100_000_000;

#[test]
fn opens_in_a_container_are_shown_with_its_name() {
    if !able("containers live") {
        return;
    }
    let Some(docker) = Docker::start() else { return };
    docker.container("other");
    docker.container("db");
    let host = format!("unix://{}", docker.socket().display());
    let filter = "container.name=db and evt.type=open and fd.name=/etc/passwd";
    let format = "%evt.rawtime %container.name %container.image %proc.name %evt.type %fd.name";
    let mut command = cscope();
    command.env("DOCKER_HOST", &host).args(["--ring-size", "64", "-p", format, filter]);
    let capture = Running::of(&mut command);
    let open = |name: &str| {
        docker.run(&["exec", name, "/bin/busybox", "cat", "/etc/passwd"]).expect("the command runs");
    };
    capture.wait_until_seen(|| open("db"), " db bb:1 busybox openat /etc/passwd");
    // A machine that has other things to do may be late with many.
    let mut delays = Vec::new();
    while delays.len() < 5 || delays.len() < 60 && half(&delays) >= WITHIN {
        open("other");
        open("db");
        let (at, line) = capture.line(|l| l.contains(" /etc/passwd"));
        let now = SystemTime::now() - at.elapsed();
        let now = now.duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() as u64;
        let (time, rest) = line.split_once(' ').expect("a time");
        assert_eq!(rest, "db bb:1 busybox openat /etc/passwd");
        delays.push(now.saturating_sub(time.parse::<u64>().expect("a time")));
    }
    let ran = capture.end("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(summary(&ran.err).2, 0, "nothing lost");
    assert!(half(&delays) < WITHIN, "ns from call to line: {delays:?}");
}

/// The time within which half of the last five lines came.
fn half(delays: &[u64]) -> u64 {
    let mut last: Vec<u64> = delays.iter().rev().take(5).copied().collect();
    last.sort_unstable();
    last[last.len() / 2]
}

#[test]
fn a_container_that_comes_later_is_seen_from_its_first_call_on() {
    if !able("containers that come later") {
        return;
    }
    let Some(docker) = Docker::start() else { return };
    let complete = ["64", "128", "256"].into_iter().any(|size| comes_later(&docker, size));
    assert!(complete, "events were lost each time");
}

/// A container that comes while captures run, with rings of this size. False when events were lost.
fn comes_later(docker: &Docker, size: &str) -> bool {
    let host = format!("unix://{}", docker.socket().display());
    let tmp = scratch();
    let file = tmp.path().join("all.scap.zst");
    let name = file.to_str().expect("text");
    const FORMAT: &str = "*%thread.vtid|%proc.name|%evt.type|%fd.name|%evt.args";
    let start = |words: &[&str]| {
        let mut command = cscope();
        command.env("DOCKER_HOST", &host).args(["--ring-size", size]).args(words);
        Running::of(&mut command)
    };
    let all = start(&["--no-pushdown", "-w", name]);
    let late = start(&["-v", "-p", FORMAT, "container.name=late"]);
    let opens = start(&["-p", FORMAT, "container.name=late and evt.type in (execve, open)"]);
    begun(&[&all, &late, &opens]);
    let (id, _) = docker.container("late");
    docker.run(&["exec", "late", "/bin/busybox", "cat", "/etc/passwd"]).expect("the command runs");
    // It ends before the captures do, so that all of them see the whole of it.
    docker.run(&["rm", "-f", "late"]).expect("it can be removed");
    let groups =
        ["/sys/fs/cgroup", "/sys/fs/cgroup/memory"].map(|top| Path::new(top).join("docker").join(&id));
    await_that("the end of the container", || groups.iter().all(|group| !group.exists()));
    let [(narrow, first), (opens, second), (_, third)] =
        [late, opens, all].map(|capture| capture.finish("INT"));
    for ran in [&first, &second, &third] {
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        if summary(&ran.err).2 > 0 {
            return false;
        }
    }
    assert!(first.err.contains("kept back in the kernel: "), "{}", first.err);
    // What happened in it, by its id, which is known from its first process on.
    let inside = |more: &str| -> Vec<String> {
        let filter = format!("container.id={} {more}", &id[..12]);
        let out = run(["-r", name, "-p", FORMAT, &filter]).ok().out;
        out.lines().map(str::to_owned).collect()
    };
    for (seen, expected) in [(narrow, inside("")), (opens, inside("and evt.type in (execve, open)"))] {
        let seen: Vec<&str> = seen.lines().collect();
        assert!(expected.len() > 4, "{expected:#?}");
        let first = &expected[..4];
        assert_eq!(seen.get(..4).unwrap_or_default(), first, "{} of {} lines", seen.len(), expected.len());
        assert_eq!(seen.len(), expected.len());
    }
    let execs = inside("and evt.type=execve and evt.failed=false");
    assert!(execs.iter().any(|l| l.contains("args=sleep.3600.")), "{execs:?}");
    true
}

#[test]
fn names_of_containers_are_kept_in_captures() {
    if !able("containers in captures") {
        return;
    }
    let Some(docker) = Docker::start() else { return };
    docker.container("db");
    let host = format!("unix://{}", docker.socket().display());
    let tmp = scratch();
    for form in ["scap", "scap.gz", "scap.zst"] {
        let file = tmp.path().join(format!("containers.{form}"));
        let name = file.to_str().expect("text");
        let mut command = cscope();
        let filter = "container.name=db and evt.type in (openat, read, execve, close)";
        command.env("DOCKER_HOST", &host).args(["-w", name, filter]);
        let capture = Running::of(&mut command);
        begun(&[&capture]);
        for _ in 0..3 {
            docker.run(&["exec", "db", "/bin/busybox", "cat", "/etc/passwd"]).expect("the command runs");
        }
        let ran = capture.end("INT");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let out = run(["-pc", "-r", name, "evt.type=openat and fd.name=/etc/passwd"]).ok().out;
        assert!(out.lines().count() > 0 && out.lines().all(|l| l.contains(" db (")), "{form}: {out}");
        let known = run(["-r", name, "-c", "lscontainers"]).ok().out;
        assert!(
            known.lines().any(|l| l.starts_with("docker         bb:1            db ")),
            "{form}: {known}"
        );
    }
}
