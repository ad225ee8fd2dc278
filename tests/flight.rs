//! Calls that have not returned: listed on request, and when they begin before a capture or end after it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::harness::{cscope, run, scratch};
use crate::running::{Running, able, hooked};

/// How late, on a busy machine, a process may be to fall asleep or a capture to hear a signal.
const LATE: f64 = 1.5;

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

fn sleeper(seconds: &str) -> Child {
    Command::new("sleep").arg(seconds).spawn().expect("sleep runs")
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
    let mut old = sleeper("60");
    let all = Running::start(&["--in-flight", "-q"]);
    let narrow = Running::start(&["--in-flight", "-q", "proc.name=sleep"]);
    let reads = Running::start(&["--in-flight", "-q", "evt.type=read"]);
    hooked(&[&all, &narrow, &reads]);
    let begun = Instant::now();
    let (mut read, mut sleep, (release, futex)) = (reader(), sleeper("60"), locked());
    std::thread::sleep(Duration::from_millis(1500));
    all.signal("USR1");
    let first = begun.elapsed().as_secs_f64();
    std::thread::sleep(Duration::from_millis(1500));
    let second = begun.elapsed().as_secs_f64();
    let ran = all.end("INT");
    let (narrow, reads) = (narrow.end("INT"), reads.end("INT"));
    drop(release);
    let ids = (old.id(), read.id(), sleep.id());
    for child in [&mut old, &mut read, &mut sleep] {
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }

    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let lists = lists(&ran.err);
    assert_eq!(lists.len(), 2, "one for each signal: {}", ran.err);
    for (list, age) in lists.iter().zip([first, second]) {
        let of =
            |tid: u32| list.iter().find(|row| row.tid == tid).unwrap_or_else(|| panic!("{tid}: {list:#?}"));
        let fresh = |tid: u32| {
            let row = of(tid);
            let seen = row.age.unwrap_or_else(|| panic!("it began before our eyes: {row:?}"));
            assert!(age - LATE < seen && seen < age + LATE, "{row:?} after {age} s");
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
        assert!((grown - (second - first)).abs() < LATE, "{grown} s in {} s", second - first);
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
            std::thread::sleep(Duration::from_secs(6));
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
    std::thread::sleep(Duration::from_millis(300));

    let tmp = scratch();
    let file = tmp.path().join("before.scap.zst");
    let name = file.to_str().expect("text");
    const FORMAT: &str = "*%thread.tid|%evt.latency|%evt.rawres|%evt.type|%evt.args";
    let lines = Running::of(cscope().args(["--ring-size", "64", "-p", FORMAT]));
    let kept = Running::of(cscope().args(["--ring-size", "64", "-w", name]));
    hooked(&[&lines, &kept]);
    read.stdin.take().expect("a pipe").write_all(b"a line\n").expect("it reads");
    drop(wait.stdin.take());
    theirs.write_all(b"answer").expect("it is read");
    let _client = std::net::TcpStream::connect(address).expect("it accepts");
    *gate.0.lock().expect("no panic") = true;
    gate.1.notify_all();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    assert_eq!(read.wait().expect("it ends").code(), Some(7));
    assert_eq!(wait.wait().expect("it ends").code(), Some(8));
    std::thread::sleep(Duration::from_millis(300));
    let (live, ran) = lines.finish("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let ran = kept.end("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
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
    hooked(&[&capture]);
    let mut read = reader();
    std::thread::sleep(Duration::from_millis(800));
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
    const FORMAT: &str = "*%proc.pid|%evt.latency|%evt.type";
    let capture = Running::start(&["--ring-size", "64", "-p", FORMAT, "proc.name=sleep"]);
    hooked(&[&capture]);
    let began = Instant::now();
    let mut sleep = sleeper("1.2");
    let id = sleep.id().to_string();
    let signal = |name: &str| {
        std::thread::sleep(Duration::from_millis(300));
        assert!(Command::new("kill").args([name, &id]).status().expect("kill runs").success());
    };
    signal("-STOP");
    signal("-CONT");
    sleep.wait().expect("it ends");
    let (out, ran) = capture.finish("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let calls: Vec<Vec<&str>> = out.lines().map(|l| l.split('|').collect()).collect();
    let of = |call: &str| -> Vec<f64> {
        let own = calls.iter().filter(|c| c[0] == id && c[2] == call);
        own.map(|c| c[1].parse::<f64>().expect("a time") / 1e9).collect()
    };
    let (cut, rest) = (of("clock_nanosleep"), of("restart_syscall"));
    assert_eq!((cut.len(), rest.len()), (1, 1), "{out}");
    // Each has its own time; while it was stopped the process was in neither.
    assert!((0.2..0.3 + LATE).contains(&cut[0]) && (0.05..1.2).contains(&rest[0]), "{cut:?} {rest:?}");
    assert!(cut[0] + rest[0] < began.elapsed().as_secs_f64() - 0.2, "{cut:?} {rest:?}");
}
