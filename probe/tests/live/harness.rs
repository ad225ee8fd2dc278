//! Runs something under the probe and gives its events.

use std::sync::mpsc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cscope_capture::table::SYSCALLS;
use cscope_capture::{Event, EventSource, OwnedEvent, Step};
use cscope_probe::{Options, Probe};

/// Longest a test waits for its events.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// One probe at a time: the tests share two CPUs' worth of patience.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says on stderr that something is not tested here. Not with a macro: the test harness hides what those print for
/// tests that pass.
pub(crate) fn skip(why: &str) {
    let line = format!("SKIP: {why}\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

/// Opens a probe; says why not when this process may not.
pub(crate) fn open(options: &Options) -> Option<Probe> {
    match Probe::open(options) {
        Ok(probe) => Some(probe),
        Err(e) if e.to_string().contains("CAP_") => {
            skip(&e.to_string());
            None
        }
        Err(e) => panic!("{e}"),
    }
}

/// Options that report this process only.
pub(crate) fn only_us() -> Options {
    Options {
        include_self: true,
        only_pids: Some(vec![std::process::id()]),
        snapshot: false,
        ring_size: 4 << 20,
        ..Options::default()
    }
}

/// The code of a call.
pub(crate) fn code(name: &str) -> u16 {
    SYSCALLS.iter().find(|c| c.name == name).unwrap().code
}

/// What was captured.
pub(crate) struct Captured {
    pub(crate) events: Vec<OwnedEvent>,
    pub(crate) stats: cscope_capture::Stats,
    /// Thread that ran the body.
    pub(crate) tid: u64,
}

impl Captured {
    /// The events of one type, by any thread.
    pub(crate) fn all(&self, name: &str) -> Vec<Seen<'_>> {
        self.events.iter().map(|e| Seen(e.event())).filter(|e| e.name() == name).collect()
    }

    /// The events of one type by the thread that ran the body.
    pub(crate) fn ours(&self, name: &str) -> Vec<Seen<'_>> {
        self.all(name).into_iter().filter(|e| e.0.tid == self.tid).collect()
    }

    /// The only event of its type by the thread that ran the body for which `is` holds.
    pub(crate) fn one(&self, name: &str, is: impl Fn(&Seen<'_>) -> bool) -> Seen<'_> {
        let found: Vec<_> = self.ours(name).into_iter().filter(is).collect();
        assert_eq!(found.len(), 1, "{name}: {found:?} of {:?}", self.ours(name));
        found[0]
    }
}

/// An event with access by parameter name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a>(pub(crate) Event<'a>);

impl<'a> Seen<'a> {
    pub(crate) fn name(&self) -> &'static str {
        self.0.info().unwrap().name
    }

    fn index(&self, param: &str) -> usize {
        self.0.info().unwrap().param_index(param).unwrap_or_else(|| panic!("{} has no {param}", self.name()))
    }

    pub(crate) fn int(&self, param: &str) -> i64 {
        self.0.i64(self.index(param)).unwrap()
    }

    pub(crate) fn uint(&self, param: &str) -> u64 {
        self.0.u64(self.index(param)).unwrap()
    }

    pub(crate) fn text(&self, param: &str) -> &'a str {
        std::str::from_utf8(self.0.text(self.index(param)).unwrap_or_default()).unwrap()
    }

    pub(crate) fn bytes(&self, param: &str) -> &'a [u8] {
        self.0.param(self.index(param)).unwrap()
    }

    /// A list of strings that each end in NUL.
    pub(crate) fn list(&self, param: &str) -> Vec<&'a str> {
        let bytes = self.bytes(param);
        bytes.split_terminator_nul().map(|s| std::str::from_utf8(s).unwrap()).collect()
    }
}

trait SplitNul {
    fn split_terminator_nul(&self) -> impl Iterator<Item = &[u8]>;
}

impl SplitNul for [u8] {
    fn split_terminator_nul(&self) -> impl Iterator<Item = &[u8]> {
        self.strip_suffix(&[0]).unwrap_or_default().split(|b| *b == 0)
    }
}

/// Runs `body` in a thread of its own under a probe with these options.
pub(crate) fn capture(options: &Options, body: impl FnOnce() + Send + 'static) -> Option<Captured> {
    let _turn = turn();
    let mut probe = open(options)?;
    let (done, finished) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        // SAFETY: gettid has no preconditions.
        let tid = unsafe { libc::gettid() };
        body();
        done.send(tid as u64).unwrap();
    });
    let mut events = Vec::new();
    let mut tid = None;
    let start = Instant::now();
    loop {
        match probe.step().unwrap() {
            Step::Section(_) | Step::Idle { .. } | Step::LeftOut(_) => {}
            Step::Event(event) => events.push(OwnedEvent::from(&event)),
            Step::End => break,
        }
        if tid.is_none() {
            tid = finished.try_recv().ok();
            if tid.is_some() {
                probe.stop();
            }
            assert!(start.elapsed() < PATIENCE, "the body does not end");
        }
    }
    thread.join().unwrap();
    Some(Captured { events, stats: probe.stats(), tid: tid.unwrap() })
}
