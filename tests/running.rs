//! A live capture that runs beside a test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cscope_capture::table::SYSCALLS;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{PATIENCE, Ran, await_that, cscope, run, skip, wait};

/// True for root; else says so.
pub(crate) fn as_root(test: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip(test, "not root");
    }
    root
}

/// True when this machine lets us capture; else says why not.
pub(crate) fn able(test: &str) -> bool {
    let doctor = run(["--doctor"]);
    if doctor.code != Some(0) {
        skip(test, &format!("live capture is not possible here:\n{}{}", doctor.out, doctor.err));
    }
    doctor.code == Some(0)
}

/// A capture that runs beside the test.
pub(crate) struct Running {
    child: Option<Child>,
    lines: Receiver<(Instant, String)>,
    told: Arc<Mutex<String>>,
    telling: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts it with these words.
    pub(crate) fn start(words: &[&str]) -> Self {
        Self::of(cscope().args(words))
    }

    /// Starts this command.
    pub(crate) fn of(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send((Instant::now(), line)).is_err() {
                    break;
                }
            }
        });
        let err = BufReader::new(child.stderr.take().expect("a pipe"));
        let told = Arc::new(Mutex::new(String::new()));
        let all = told.clone();
        let telling = std::thread::spawn(move || {
            for line in err.split(b'\n').map_while(Result::ok) {
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.push_str(&String::from_utf8_lossy(&line));
                all.push('\n');
            }
        });
        Self { child: Some(child), lines, told, telling: Some(telling) }
    }

    /// What it said on standard error so far.
    pub(crate) fn told(&self) -> String {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The next line that `wanted` accepts.
    #[track_caller]
    pub(crate) fn line(&self, wanted: impl Fn(&str) -> bool) -> (Instant, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok((at, line)) if wanted(&line) => return (at, line),
                Ok(_) => {}
                Err(e) => panic!("no such line within {PATIENCE:?}: {e}"),
            }
        }
    }

    /// Makes `cause` happen until a line says that it was seen: the capture has begun.
    #[track_caller]
    pub(crate) fn wait_until_seen(&self, mut cause: impl FnMut(), wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            cause();
            let until = Instant::now() + Duration::from_millis(100);
            while let Ok((_, line)) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                if line.contains(wanted) {
                    return;
                }
            }
        }
        panic!("`{wanted}` was not seen within {PATIENCE:?}");
    }

    /// Sends it a signal.
    #[track_caller]
    pub(crate) fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().expect("running").id()
    }

    /// Ends it with a signal; gives all lines that were not taken, and how it ended.
    pub(crate) fn finish(self, signal: &str) -> (String, Ran) {
        self.signal(signal);
        self.ended()
    }

    /// Waits for its end; gives all lines that were not taken, and how it ended.
    pub(crate) fn ended(mut self) -> (String, Ran) {
        let mut ran = wait(self.child.take().expect("running"));
        self.telling.take().expect("running").join().expect("messages were read");
        ran.err = self.told();
        let lines: Vec<String> = self.lines.iter().map(|(_, line)| line).collect();
        (lines.join("\n"), ran)
    }

    /// Ends it with a signal.
    pub(crate) fn end(self, signal: &str) -> Ran {
        self.finish(signal).1
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Only reached when a test fails: nothing may go on capturing.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until these captures have begun: all is attached, the state of the machine is known, and the rights that this
/// took are given up, which is the last step before the first event.
#[track_caller]
pub(crate) fn begun(captures: &[&Running]) {
    let limited = |process: &str| {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"));
        status.is_ok_and(|text| text.lines().any(|l| l == "NoNewPrivs:\t1"))
    };
    assert!(!limited("self"), "no_new_privs is set from the start: tests cannot see that a capture begins");
    for capture in captures {
        let id = capture.id().to_string();
        await_that("the beginning of a capture", || {
            assert!(!has_ended(capture.id()), "it ended before: {}", capture.told());
            limited(&id)
        });
    }
}

/// Sends a process a signal by its name.
#[track_caller]
pub(crate) fn signal(pid: u32, name: &str) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
    let signal = match name {
        "INT" => Signal::INT,
        "TERM" => Signal::TERM,
        "HUP" => Signal::HUP,
        "USR1" => Signal::USR1,
        "STOP" => Signal::STOP,
        "CONT" => Signal::CONT,
        "KILL" => Signal::KILL,
        _ => panic!("no signal {name}"),
    };
    kill_process(pid, signal).expect("it runs");
}

/// True when a process is no more, or waits for its parent to ask.
pub(crate) fn has_ended(pid: u32) -> bool {
    state(pid).is_none_or(|state| state == 'Z')
}

/// State of a process, as a letter.
pub(crate) fn state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Waits until a thread sleeps in this call.
#[track_caller]
pub(crate) fn await_call(tid: u32, name: &str) {
    await_that(&format!("{name} of {tid}"), || is_in(tid, name));
}

/// True when a thread sleeps in this call.
pub(crate) fn is_in(tid: u32, name: &str) -> bool {
    let call = SYSCALLS.iter().find(|c| c.name == name).expect("a call");
    let number = if cfg!(target_arch = "x86_64") { call.x86_64 } else { call.aarch64 };
    let number = number.expect("a call of this machine").to_string();
    let text = std::fs::read_to_string(format!("/proc/{tid}/syscall")).unwrap_or_default();
    text.split(' ').next() == Some(&number)
}

/// A run in which nothing was lost. Where the summary counts losses it is made again with larger rings: `run` gets
/// their size.
#[track_caller]
pub(crate) fn lossless(mut run: impl FnMut(&str) -> Ran) -> Ran {
    let mut told = Vec::new();
    for size in ["16", "64", "256"] {
        let ran = run(size);
        if summary(&ran.err).2 == 0 {
            return ran;
        }
        told.push(ran.err);
    }
    panic!("events were lost each time: {told:#?}");
}

/// The counters of the last message: seen, shown or written, lost.
#[track_caller]
pub(crate) fn summary(err: &str) -> (u64, u64, u64) {
    let line =
        err.lines().find(|l| l.contains(" events seen, ")).unwrap_or_else(|| panic!("no summary: {err}"));
    let numbers: Vec<u64> = line.split([' ']).filter_map(|w| w.replace(',', "").parse().ok()).collect();
    match numbers.as_slice() {
        [seen, shown, lost, ..] => (*seen, *shown, *lost),
        _ => panic!("{line}"),
    }
}

/// How long the run took, in seconds, as its last message has it.
#[track_caller]
pub(crate) fn elapsed(err: &str) -> f64 {
    let line =
        err.lines().find(|l| l.contains(" events seen, ")).unwrap_or_else(|| panic!("no summary: {err}"));
    let seconds = line.rsplit_once(" in ").and_then(|(_, rest)| rest.strip_suffix(" s")?.parse().ok());
    seconds.unwrap_or_else(|| panic!("no time: {line}"))
}
