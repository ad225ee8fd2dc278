//! A live source that says what a test tells it to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cscope_capture::{
    Batch, Error, EventBuilder, EventSource, EventType, Keeping, Kept, OwnedEvent, Snapshot, Stats, Step,
    ThreadInfo,
};

type Queue = Arc<Mutex<VecDeque<OwnedEvent>>>;

pub(crate) struct Script {
    snapshot: Snapshot,
    queue: Queue,
    begun: bool,
    current: Option<OwnedEvent>,
}

/// Adds events to a script that runs.
pub(crate) struct Control(Queue);

impl Script {
    pub(crate) fn new(threads: Vec<ThreadInfo>) -> Self {
        let snapshot = Snapshot { threads, ..Snapshot::default() };
        Self { snapshot, queue: Queue::default(), begun: false, current: None }
    }

    pub(crate) fn control(&self) -> Control {
        Control(self.queue.clone())
    }

    pub(crate) fn read(&self, tid: u64, ts: u64) {
        let mut b = EventBuilder::new();
        b.start(EventType::SYSCALL_READ_X).i64(1).bytes(b"x").i64(3).u32(1);
        self.control().push(b.owned(ts, tid, 0));
    }
}

impl Control {
    pub(crate) fn push(&self, event: OwnedEvent) {
        self.0.lock().expect("no test panics with it").push_back(event);
    }

    /// Thread `caller` forks `child` into these control groups.
    pub(crate) fn clone_into(&self, caller: u64, child: i64, cgroups: &str, ts: u64) {
        let mut b = EventBuilder::new();
        b.start(EventType::SYSCALL_CLONE_20_X).i64(child).text(b"/bin/sh").bytes(b"");
        b.i64(caller as i64).i64(caller as i64).i64(0).text(b"/").i64(1024);
        b.u64(0).u64(0).u32(0).u32(0).u32(0).text(b"sh").bytes(cgroups.as_bytes());
        b.u32(0).u32(0).u32(0).i64(caller as i64).i64(caller as i64).u64(0);
        self.push(b.owned(ts, caller, 0));
    }
}

impl EventSource for Script {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        if !self.begun {
            self.begun = true;
            return Ok(Step::Section(&self.snapshot));
        }
        let next = self.queue.lock().expect("no test panics with it").pop_front();
        match next {
            Some(event) => Ok(Step::Event(self.current.insert(event).event())),
            None => {
                std::thread::sleep(Duration::from_millis(2));
                let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
                Ok(Step::Idle { ts: now.as_nanos() as u64 })
            }
        }
    }

    fn keep(&mut self, batch: &mut Batch, keeping: &Keeping<'_>) -> Kept {
        let mut queue = self.queue.lock().expect("no test panics with it");
        let mut kept = Kept::default();
        while let Some(event) = queue.front().map(OwnedEvent::event)
            && keeping.takes(event.kind, event.ts, kept.events)
        {
            batch.builder().take_over(&event);
            assert!(batch.keep(event.ts, event.tid, event.cpu, event.latency));
            kept.count(event.ts, event.tid);
            queue.pop_front();
        }
        kept
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn stats(&self) -> Stats {
        Stats::default()
    }
}
