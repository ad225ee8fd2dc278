//! What a caller may ask of the probe, and how long the start took.

use std::time::Duration;

use cscope_capture::table::SYSCALLS;

/// What to capture. The default captures every call of every process but our own.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes kept of the data of an I/O call.
    pub snaplen: u16,
    /// Bytes of each CPU's ring; rounded up to a power of two of at least one page.
    pub ring_size: usize,
    /// Measure the time between enter and exit of each call.
    pub latency: bool,
    /// Also give out enter events, with the parameters old readers expect there.
    pub pairs: bool,
    /// Tell the path the kernel found for each name that is opened, see [`cscope_capture::Beside`].
    pub paths: bool,
    /// Codes of [`cscope_capture::table::SYSCALLS`] to report, calls and tracepoints alike; `None` means all.
    pub syscalls: Option<Vec<u16>>,
    /// Codes of calls that are reported whoever makes them and whatever else is said here, unless they failed: they
    /// change what is known of the machine.
    pub state: Vec<u16>,
    /// Codes of those calls that tell no more than the other end of a socket: sockets of TCP are left out.
    pub peers: Vec<u16>,
    /// Codes of calls that change what is known of their thread.
    pub renewing: Vec<u16>,
    /// Of calls that are not reported for another reason, only those that failed.
    pub only_failed: bool,
    /// [`EventSource::mute`](cscope_capture::EventSource::mute) has an effect.
    pub muting: bool,
    /// Report only this process and the children it makes from now on.
    pub follow: Option<u32>,
    /// Report only these processes.
    pub only_pids: Option<Vec<u32>>,
    /// [`EventSource::in_flight`](cscope_capture::EventSource::in_flight) has an answer; with ages when latencies are
    /// measured.
    pub in_flight: bool,
    /// Report context switches.
    pub switches: bool,
    /// Report page faults.
    pub page_faults: bool,
    /// Report deliveries of signals.
    pub signals: bool,
    /// Read short data of calls by way of the kernel's own mapping of all memory, where that can be had; else, and
    /// whatever is out of the ordinary, with the kernel's helper, which costs more. Likewise for who runs, which the
    /// queue of tasks of a CPU knows.
    pub direct: bool,
    /// Collect the threads and descriptors that exist at the start.
    pub snapshot: bool,
    /// Report the calling process too. Only useful for tests: printing an event makes events.
    pub include_self: bool,
}

/// The program that lists calls which have not returned.
pub(crate) const IN_FLIGHT: &str = "each_call";

impl Options {
    /// Names of the programs that are loaded into the kernel for this.
    pub fn programs(&self) -> Vec<&'static str> {
        let clone3 = SYSCALLS.iter().find(|c| c.name == "clone3");
        let new_tasks = self.muting || self.follow.is_some() || clone3.is_some_and(|c| self.reports(c.code));
        let all = [
            (self.follow.is_some(), "on_fork"),
            (new_tasks, "on_newtask"),
            (true, "on_exit"),
            (true, "on_exec"),
            (self.latency || self.pairs, "on_sys_enter"),
            (true, "on_sys_exit"),
            (self.switches, "on_switch"),
            (self.signals, "on_signal"),
            (self.page_faults, "on_user_fault"),
            (self.page_faults, "on_kernel_fault"),
            (self.in_flight, IN_FLIGHT),
        ];
        all.into_iter().filter(|(wanted, _)| *wanted).map(|(_, name)| name).collect()
    }

    /// True when events of this call can be wanted.
    pub(crate) fn wants(&self, code: u16) -> bool {
        self.syscalls.as_ref().is_none_or(|list| list.contains(&code))
    }

    /// True when this call is reported, for one reason or another.
    pub(crate) fn reports(&self, code: u16) -> bool {
        self.wants(code) || self.state.contains(&code)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            snaplen: 80,
            ring_size: 8 << 20,
            latency: false,
            pairs: false,
            paths: false,
            syscalls: None,
            state: Vec::new(),
            peers: Vec::new(),
            renewing: Vec::new(),
            only_failed: false,
            muting: false,
            follow: None,
            only_pids: None,
            in_flight: false,
            switches: false,
            page_faults: false,
            signals: false,
            direct: true,
            snapshot: true,
            include_self: false,
        }
    }
}

/// How long the parts of the start took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// Reading the program and the kernel's type information.
    pub open: Duration,
    /// Loading, which is mostly the kernel's verifier.
    pub load: Duration,
    /// Attaching to the hooks.
    pub attach: Duration,
    /// Collecting threads, descriptors, interfaces and users.
    pub snapshot: Duration,
}
