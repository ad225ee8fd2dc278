//! A live capture that runs beside a test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::harness::{Ran, cscope, run, skip, wait};

/// Time in which an event must be on standard output.
const SOON: Duration = Duration::from_secs(10);

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
        Self { child: Some(child), lines }
    }

    /// The next line that `wanted` accepts.
    #[track_caller]
    pub(crate) fn line(&self, wanted: impl Fn(&str) -> bool) -> (Instant, String) {
        let deadline = Instant::now() + SOON;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok((at, line)) if wanted(&line) => return (at, line),
                Ok(_) => {}
                Err(e) => panic!("no such line within {SOON:?}: {e}"),
            }
        }
    }

    /// Makes `cause` happen until a line says that it was seen: the capture has begun.
    #[track_caller]
    pub(crate) fn wait_until_seen(&self, mut cause: impl FnMut(), wanted: &str) {
        let deadline = Instant::now() + SOON;
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
        panic!("`{wanted}` was not seen within {SOON:?}");
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.as_ref().expect("running").id().to_string();
        let status = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill runs");
        assert!(status.success());
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
        let ran = wait(self.child.take().expect("running"));
        let lines: Vec<String> = self.lines.iter().map(|(_, line)| line).collect();
        (lines.join("\n"), ran)
    }

    /// Ends it with a signal.
    pub(crate) fn end(mut self, signal: &str) -> Ran {
        self.signal(signal);
        wait(self.child.take().expect("running"))
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

/// Waits until these captures are attached: the numbers of their hooks are what they will be.
pub(crate) fn hooked(captures: &[&Running]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let (mut last, mut since) = (Vec::new(), Instant::now());
    while Instant::now() < deadline {
        let counts: Vec<usize> = captures.iter().map(|c| hooks(c)).collect();
        if counts != last {
            (last, since) = (counts, Instant::now());
        }
        if last.iter().all(|count| *count > 0) && since.elapsed() > Duration::from_millis(400) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the captures do not attach: {last:?}");
}

/// Hooks of a capture.
fn hooks(capture: &Running) -> usize {
    let fds = std::fs::read_dir(format!("/proc/{}/fd", capture.id())).into_iter().flatten().flatten();
    let links = fds.filter_map(|fd| std::fs::read_link(fd.path()).ok());
    links.filter(|to| to.to_string_lossy().contains("bpf_link") || is_perf(to)).count()
}

fn is_perf(to: &Path) -> bool {
    to.to_string_lossy().contains("bpf-raw-tracepoint")
}

/// A run in which nothing was lost. Where the summary counts losses it is made again with larger rings: `run` gets
/// their size.
#[track_caller]
pub(crate) fn lossless(run: impl Fn(&str) -> Ran) -> Ran {
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
