//! Calls that have not returned: listed on request, and when they begin before a capture or end after it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::harness::{await_that, cscope, run, scratch};
use crate::running::{Running, able, await_call, begun, is_in, signal, state, summary};

/// What clocks and rounded numbers may make of a time, in seconds.
const ROUNDED: f64 = 0.01;

/// A row of the list: age in seconds, process, thread, call, descriptor.
#[derive(Debug, PartialEq)]
struct Row {
    age: Option<f64>,
    process: String,
    tid: u32,
    call: String,
    descriptor: String,
}

/// The lists on standard error.
fn lists(err: &str) -> Vec<Vec<Row>> {
    let mut lists = Vec::new();
    for part in err.split("calls have not returned\n").skip(1) {
        let rows = part.lines().skip(1).take_while(|l| !l.starts_with("cscope:"));
        lists.push(rows.map(row).collect());
    }
    lists
}

/// Lists that have as many rows as they say.
fn complete(err: &str) -> usize {
    let heads =
        err.lines().filter_map(|l| l.strip_prefix("cscope: ")?.strip_suffix(" calls have not returned"));
    let counts = heads.filter_map(|count| count.replace(',', "").parse::<usize>().ok());
    lists(err).iter().zip(counts).filter(|(list, count)| list.len() == *count).count()
}

/// A row by its columns: names may hold blanks.
fn row(line: &str) -> Row {
    let chars: Vec<char> = line.chars().collect();
    let column = |from: usize, to: usize| -> String {
        let part = chars.get(from..to.min(chars.len())).unwrap_or_default();
        part.iter().collect::<String>().trim().to_owned()
    };
    let age = column(0, 14);
    Row {
        age: age.strip_suffix(" s").map(|seconds| seconds.parse().expect("seconds")),
        process: column(16, 31),
        tid: column(32, 40).parse().unwrap_or_else(|_| panic!("no thread: {line}")),
        call: column(42, 62),
        descriptor: column(63, usize::MAX),
    }
}

/// A process that sleeps, for no longer than the test lasts, even when that fails.
struct Sleeper(Child);

impl std::ops::Deref for Sleeper {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl std::ops::DerefMut for Sleeper {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn sleeper(seconds: &str) -> Sleeper {
    Sleeper(Command::new("sleep").arg(seconds).spawn().expect("sleep runs"))
}

/// A shell that waits for a line.
fn reader() -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", "read -r line; exit 7"]).stdin(Stdio::piped()).stdout(Stdio::null());
    command.spawn().expect("sh runs")
}

/// A thread that waits for a lock until the sender goes away; its number and the time it began.
fn locked() -> (std::sync::mpsc::Sender<()>, u32) {
    let (release, held) = channel::<()>();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        tell.send(rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()).expect("heard");
        // Nobody sends: this ends with the other side.
        let _ = held.recv();
    });
    let tid = told.recv().expect("the thread runs");
    (release, tid)
}

#[test]
fn calls_that_have_not_returned_are_listed_with_their_ages() {
    if !able("--in-flight") {
        return;
    }
    let mut old = sleeper("3600");
    let all = Running::start(&["--in-flight", "--ring-size", "64", "-p", "%evt.type %thread.tid"]);
    let narrow = Running::start(&["--in-flight", "-p", "%evt.type %thread.tid", "proc.name=sleep"]);
    let reads = Running::start(&["--in-flight", "-q", "evt.type=read"]);
    begun(&[&all, &narrow, &reads]);
    let started = Instant::now();
    let (mut read, mut sleep, (release, futex)) = (reader(), sleeper("3600"), locked());
    for (tid, call) in [
        (read.id(), "read"),
        (sleep.id(), "clock_nanosleep"),
        (futex, "futex"),
        (old.id(), "clock_nanosleep"),
    ] {
        await_call(tid, call);
    }
    let asleep = Instant::now();
    // They are known by now.
    for capture in [&all, &narrow] {
        capture.line(|line| line == format!("execve {}", sleep.id()));
    }
    // For each list the least and the most time, in seconds, for which calls may have been waiting.
    let mut bounds = Vec::new();
    std::thread::sleep(Duration::from_millis(700));
    let least = asleep.elapsed().as_secs_f64();
    all.signal("USR1");
    await_that("a list", || complete(&all.told()) == 1);
    bounds.push((least, started.elapsed().as_secs_f64()));
    std::thread::sleep(Duration::from_millis(700));
    let least = asleep.elapsed().as_secs_f64();
    let ran = all.end("INT");
    bounds.push((least, started.elapsed().as_secs_f64()));
    let (narrow, reads) = (narrow.end("INT"), reads.end("INT"));
    drop(release);
    let ids = (old.id(), read.id(), sleep.id());
    for child in [&mut *old, &mut read, &mut *sleep] {
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }

    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let lists = lists(&ran.err);
    assert_eq!(lists.len(), 2, "one for each signal: {}", ran.err);
    for (list, (least, most)) in lists.iter().zip(&bounds) {
        let of =
            |tid: u32| list.iter().find(|row| row.tid == tid).unwrap_or_else(|| panic!("{tid}: {list:#?}"));
        let fresh = |tid: u32| {
            let row = of(tid);
            let seen = row.age.unwrap_or_else(|| panic!("it began before our eyes: {row:?}"));
            assert!((least - ROUNDED..most + ROUNDED).contains(&seen), "{row:?} after {least} to {most} s");
            row
        };
        let row = fresh(ids.1);
        assert_eq!((row.process.as_str(), row.call.as_str()), ("sh", "read"));
        assert!(row.descriptor.starts_with("0(pipe"), "{row:?}");
        let row = fresh(ids.2);
        assert_eq!((row.process.as_str(), row.call.as_str()), ("sleep", "clock_nanosleep"));
        assert_eq!(fresh(futex).call, "futex");
        let row = of(ids.0);
        assert_eq!((row.age, row.call.as_str()), (None, "clock_nanosleep"));
        // The oldest comes first.
        let ages: Vec<f64> = list.iter().map(|row| row.age.unwrap_or(f64::MAX)).collect();
        assert!(ages.is_sorted_by(|a, b| a >= b), "{ages:?}");
    }
    // Between the lists every age grows by the time between them.
    let age = |list: usize, tid| lists[list].iter().find(|r: &&Row| r.tid == tid).and_then(|r| r.age);
    for tid in [ids.1, ids.2, futex] {
        let grown = age(1, tid).zip(age(0, tid)).map(|(b, a)| b - a).expect("ages");
        let (least, most) = (bounds[1].0 - bounds[0].1, bounds[1].1 - bounds[0].0);
        assert!((least - ROUNDED..most + ROUNDED).contains(&grown), "{grown} s in {least} to {most} s");
    }
    // Of what the filter can match.
    let names = |err: &str| -> Vec<(String, String)> {
        let rows = self::lists(err).pop().unwrap_or_else(|| panic!("no list: {err}"));
        rows.into_iter().map(|row| (row.process, row.call)).collect()
    };
    let rows = names(&narrow.err);
    assert!(rows.len() >= 2 && rows.iter().all(|(process, _)| process == "sleep"), "{rows:?}");
    let rows = names(&reads.err);
    assert!(!rows.is_empty() && rows.iter().all(|(_, call)| call == "read"), "{rows:?}");
}

#[test]
fn calls_made_before_the_start_are_whole_when_they_return() {
    if !able("calls in flight") {
        return;
    }
    // One of the calls ends by itself: where that comes before the captures have begun it is made to last longer. Where
    // events are lost rings are made larger.
    let seen = [(6, "64"), (60, "128"), (120, "256")].into_iter().any(made_before_the_start);
    assert!(seen, "the captures do not begin in time, or lose events");
}

/// Calls that wait before captures begin, one of them for so many seconds. False when it was over too early, or events
/// were lost from rings of this size.
fn made_before_the_start((seconds, size): (u64, &str)) -> bool {
    // All of them wait before the capture begins.
    let mut read = reader();
    let mut wait = Command::new("sh");
    let mut wait = wait.args(["-c", "cat; exit 8"]).stdin(Stdio::piped()).spawn().expect("sh runs");
    let (ours, mut theirs) = UnixStream::pair().expect("sockets");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let own = || rustix::thread::gettid().as_raw_nonzero().get();
    let (tell, told) = channel();
    let told_by = tell.clone();
    let mut threads = Vec::new();
    {
        let (tell, mut ours) = (tell.clone(), ours);
        threads.push(std::thread::spawn(move || {
            tell.send(("recvfrom", own())).expect("heard");
            ours.read_exact(&mut [0; 6]).expect("six bytes");
        }));
        let tell = told_by.clone();
        threads.push(std::thread::spawn(move || {
            tell.send(("accept4", own())).expect("heard");
            listener.accept().expect("somebody comes");
        }));
    }
    {
        let tell = tell.clone();
        threads.push(std::thread::spawn(move || {
            tell.send(("clock_nanosleep", own())).expect("heard");
            std::thread::sleep(Duration::from_secs(seconds));
        }));
    }
    {
        let (tell, gate) = (tell, gate.clone());
        threads.push(std::thread::spawn(move || {
            tell.send(("futex", own())).expect("heard");
            let open = gate.1.wait_while(gate.0.lock().expect("no panic"), |open| !*open);
            drop(open.expect("no panic"));
        }));
    }
    let mut waiting: Vec<(&str, i32)> = told.iter().take(4).collect();
    waiting.push(("read", read.id().cast_signed()));
    waiting.push(("wait4", wait.id().cast_signed()));
    waiting.iter().for_each(|(call, tid)| await_call(tid.cast_unsigned(), call));

    let tmp = scratch();
    let file = tmp.path().join("before.scap.zst");
    let name = file.to_str().expect("text");
    const FORMAT: &str = "*%thread.tid|%evt.latency|%evt.rawres|%evt.type|%evt.args";
    let lines = Running::of(cscope().args(["--ring-size", size, "-p", FORMAT]));
    let kept = Running::of(cscope().args(["--ring-size", size, "-w", name]));
    begun(&[&lines, &kept]);
    let in_time = waiting.iter().all(|(call, tid)| is_in(tid.cast_unsigned(), call));
    read.stdin.take().expect("a pipe").write_all(b"a line\n").expect("it reads");
    drop(wait.stdin.take());
    theirs.write_all(b"answer").expect("it is read");
    let _client = std::net::TcpStream::connect(address).expect("it accepts");
    *gate.0.lock().expect("no panic") = true;
    gate.1.notify_all();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    assert_eq!(read.wait().expect("it ends").code(), Some(7));
    assert_eq!(wait.wait().expect("it ends").code(), Some(8));
    let (live, ran) = lines.finish("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let lost = summary(&ran.err).2;
    let ran = kept.end("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    if !in_time || lost + summary(&ran.err).2 > 0 {
        return false;
    }
    let again = run(["-r", name, "-p", FORMAT]).ok().out;
    for out in [&live, &again] {
        for (call, tid) in &waiting {
            // The first call of the thread that is seen is the one it was in.
            let mine = out.lines().find(|l| l.starts_with(&format!("{tid}|")));
            let mine = mine.unwrap_or_else(|| panic!("{call} of {tid} is not seen"));
            let parts: Vec<&str> = mine.splitn(5, '|').collect();
            assert_eq!((parts[3], parts[1]), (*call, "<NA>"), "a time nobody measured: {mine}");
            let expected: &[&str] = match *call {
                "read" => &["res=1 ", "data=a ", "fd=0(<p>pipe:[", "size=1"],
                "recvfrom" => &["res=6 ", "data=answer ", "(<u>", "size=6"],
                "accept4" => &["(<4t>127.0.0.1:", &format!("->{address})")],
                "futex" => &["op=137", "val="],
                _ => &[],
            };
            expected.iter().for_each(|part| assert!(parts[4].contains(part), "{part}: {mine}"));
        }
        // The calls behind them are measured as ever.
        let (_, latencies): (Vec<_>, Vec<_>) = out
            .lines()
            .filter_map(|l| l.split_once('|'))
            .map(|(t, rest)| (t, rest.split('|').next()))
            .unzip();
        if out == &again {
            assert!(latencies.iter().flatten().any(|l| l.parse::<u64>().is_ok()), "{latencies:?}");
        }
    }
    true
}

#[test]
fn a_call_that_outlives_the_capture_is_kept_as_it_was_made() {
    if !able("calls in flight") {
        return;
    }
    let tmp = scratch();
    let file = tmp.path().join("after.scap");
    let name = file.to_str().expect("text");
    let capture = Running::of(cscope().args(["-w", name]));
    begun(&[&capture]);
    let mut read = reader();
    await_call(read.id(), "read");
    let ran = capture.end("INT");
    let id = read.id();
    read.kill().expect("it waits");
    read.wait().expect("it ends");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let filter = format!("proc.pid={id}");
    let stored = run(["-r", name, "--pairs", "-p", "%evt.dir %evt.type %evt.args", &filter]).ok().out;
    let last = stored.lines().last().expect("it was seen");
    assert!(last.starts_with("> read fd=0(<p>") && last.trim_end().ends_with("size=1"), "{last}");
    // One line per call: this one has not ended.
    let merged = run(["-r", name, "-p", "%evt.dir %evt.type %evt.latency", &filter]).ok().out;
    assert!(merged.lines().count() > 3 && merged.lines().all(|l| l.starts_with("< ")), "{merged}");
    assert!(merged.lines().all(|l| !l.starts_with("< read 0")), "{merged}");
}

#[test]
fn stopped_and_interrupted_calls_go_on_under_their_own_times() {
    if !able("restarted calls") {
        return;
    }
    // It is stopped and woken while it sleeps; where that takes too long it sleeps longer.
    let seen = ["1.2", "12", "120"].into_iter().any(stopped_and_interrupted);
    assert!(seen, "nothing happens in time");
}

/// A process that sleeps so many seconds, is stopped and goes on. False when it was over before.
fn stopped_and_interrupted(seconds: &str) -> bool {
    const FORMAT: &str = "*%proc.pid|%evt.latency|%evt.type";
    let capture = Running::start(&["--ring-size", "64", "-p", FORMAT, "proc.name=sleep"]);
    begun(&[&capture]);
    let began = Instant::now();
    let mut sleep = sleeper(seconds);
    let id = sleep.id();
    await_call(id, "clock_nanosleep");
    let asleep = Instant::now();
    std::thread::sleep(Duration::from_millis(300));
    let least = asleep.elapsed().as_secs_f64();
    signal(id, "STOP");
    await_that("the stop", || state(id) != Some('S') && state(id) != Some('R'));
    let (stopped, most) = (Instant::now(), began.elapsed().as_secs_f64());
    std::thread::sleep(Duration::from_millis(300));
    let pause = stopped.elapsed().as_secs_f64();
    // Enough of the time that it is to sleep is left.
    let in_time = began.elapsed().as_secs_f64() + 0.2 < seconds.parse().expect("seconds");
    signal(id, "CONT");
    sleep.wait().expect("it ends");
    let total = began.elapsed().as_secs_f64();
    let (out, ran) = capture.finish("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    if !in_time {
        return false;
    }
    let id = id.to_string();
    let calls: Vec<Vec<&str>> = out.lines().map(|l| l.split('|').collect()).collect();
    let of = |call: &str| -> Vec<f64> {
        let own = calls.iter().filter(|c| c[0] == id && c[2] == call);
        own.map(|c| c[1].parse::<f64>().expect("a time") / 1e9).collect()
    };
    let (cut, rest) = (of("clock_nanosleep"), of("restart_syscall"));
    assert_eq!((cut.len(), rest.len()), (1, 1), "{out}");
    // Each has its own time; while it was stopped the process was in neither.
    assert!((least - ROUNDED..most + ROUNDED).contains(&cut[0]) && rest[0] > 0.05, "{cut:?} {rest:?}");
    assert!(
        cut[0] + rest[0] < total - pause + ROUNDED,
        "{cut:?} {rest:?} of {total} with a pause of {pause}"
    );
    true
}
