//! Names of containers, live and in captures, with a dockerd of our own.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::dockerd::Docker;
use crate::harness::{cscope, run, scratch};
use crate::running::{Running, able, hooked, summary};

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
    command.env("DOCKER_HOST", &host).args(["-p", format, filter]);
    let capture = Running::of(&mut command);
    let open = |name: &str| {
        docker.run(&["exec", name, "/bin/busybox", "cat", "/etc/passwd"]).expect("the command runs");
    };
    capture.wait_until_seen(|| open("db"), " db bb:1 busybox openat /etc/passwd");
    let mut delays = Vec::new();
    for _ in 0..5 {
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
    delays.sort_unstable();
    assert!(delays[delays.len() / 2] < WITHIN, "ns from call to line: {delays:?}");
}

#[test]
fn a_container_that_comes_later_is_seen_from_its_first_call_on() {
    if !able("containers that come later") {
        return;
    }
    let Some(docker) = Docker::start() else { return };
    let host = format!("unix://{}", docker.socket().display());
    let tmp = scratch();
    let file = tmp.path().join("all.scap.zst");
    let name = file.to_str().expect("text");
    const FORMAT: &str = "*%thread.vtid|%proc.name|%evt.type|%fd.name|%evt.args";
    let start = |words: &[&str]| {
        let mut command = cscope();
        command.env("DOCKER_HOST", &host).args(["--ring-size", "64"]).args(words);
        Running::of(&mut command)
    };
    let all = start(&["--no-pushdown", "-w", name]);
    let late = start(&["-v", "-p", FORMAT, "container.name=late"]);
    let opens = start(&["-p", FORMAT, "container.name=late and evt.type in (execve, open)"]);
    hooked(&[&all, &late, &opens]);
    let (id, _) = docker.container("late");
    docker.run(&["exec", "late", "/bin/busybox", "cat", "/etc/passwd"]).expect("the command runs");
    std::thread::sleep(Duration::from_millis(300));
    let (narrow, ran) = late.finish("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("kept back in the kernel: "), "{}", ran.err);
    let (opens, ran) = opens.finish("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(all.end("INT").code, Some(0));
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
    assert!(execs.iter().any(|l| l.contains("args=sleep.60.")), "{execs:?}");
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
        hooked(&[&capture]);
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
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
