//! The probe as a source of events.

use std::time::{Duration, Instant};

use cscope_capture::{CallInFlight, Error, Event, EventBuilder, EventSource, Loss, Snapshot, Stats, Step};

use crate::clock::Clock;
use crate::decode::Decoder;
use crate::kernel::Kernel;
use crate::losses::{Gap, Losses};
use crate::merge::Merger;
use crate::mute::Mutes;
use crate::raw::Raw;
use crate::{Options, Timings, snapshot};

/// Pauses between looks at the rings: under load, likewise where threads are to be muted before they are gone, and the
/// longest when nothing happens. A ring of the default size holds more than the fastest CPU writes in the longest pause.
const SHORT_PAUSE: Duration = Duration::from_millis(4);
const MUTING_PAUSE: Duration = Duration::from_millis(1);
const LONG_PAUSE: Duration = Duration::from_millis(10);

/// In this time programs come to their end that were running when their hook went away.
const DETACHED: Duration = Duration::from_millis(1);

/// Events given out at most without a step.
const AT_ONCE: u32 = 4096;

/// How often a caller hears from us when nothing happens.
const IDLE: Duration = Duration::from_millis(20);

/// A running capture. Dropping it detaches everything from the kernel.
#[derive(Debug)]
pub struct Probe {
    kernel: Kernel,
    merger: Merger,
    decoder: Decoder,
    builder: EventBuilder,
    /// What is told in front of the event in `builder`, which waits meanwhile.
    beside: EventBuilder,
    beside_due: bool,
    /// A drop event.
    told: EventBuilder,
    waiting: Option<Built>,
    losses: Losses,
    clock: Clock,
    snapshot: Snapshot,
    stats: Stats,
    timings: Timings,
    phase: Phase,
    pause: Duration,
    spoken: Instant,
    /// Records seen since the last pause.
    busy: bool,
    mutes: Option<Mutes>,
    /// Thread and mark of the last event.
    last: (u32, u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Fresh,
    /// Detached before the first step.
    Halted,
    Running,
    /// Detached; what is in the rings is still to be given out.
    Draining,
    Ended,
}

impl Probe {
    /// Loads and attaches the BPF programs and collects the state of the machine.
    ///
    /// # Errors
    /// When the kernel lacks something or refuses it; the message names what and the command that mends it.
    pub fn open(options: &Options) -> Result<Probe, Error> {
        let mut timings = Timings::default();
        let iterators = options.snapshot.then(snapshot::Loading::start).transpose()?;
        let decoder = Decoder::new(options.paths);
        let (mut kernel, queues) = Kernel::start(options, decoder.plans(), &mut timings)?;
        let mutes = kernel.mutes(options)?;
        let clock = Clock::new();
        let started = Instant::now();
        let snapshot = snapshot::collect(clock, iterators, &mut kernel.notes);
        timings.snapshot = started.elapsed();
        Ok(Self {
            kernel,
            merger: Merger::new(queues),
            decoder,
            builder: EventBuilder::new(),
            beside: EventBuilder::new(),
            beside_due: false,
            told: EventBuilder::new(),
            waiting: None,
            losses: Losses::default(),
            clock,
            snapshot,
            stats: Stats::default(),
            timings,
            phase: Phase::Fresh,
            pause: SHORT_PAUSE,
            spoken: Instant::now(),
            busy: false,
            mutes,
            last: (0, 0),
        })
    }

    /// How long the parts of [`Probe::open`] took.
    pub fn timings(&self) -> Timings {
        self.timings
    }

    /// True when short data is read by way of the kernel's mapping of all memory, see [`Options::direct`].
    pub fn reads_directly(&self) -> bool {
        self.kernel.direct
    }

    /// True when the programs look up who runs, and need not ask, see [`Options::direct`].
    pub fn looks_up_tasks(&self) -> bool {
        self.kernel.queues
    }

    /// Names of the programs that are attached.
    pub fn hooks(&self) -> &[String] {
        &self.kernel.hooks
    }

    /// What was asked for and could not be had, a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.kernel.notes
    }

    /// Detaches. What happened before still comes out of [`EventSource::step`], then [`Step::End`].
    pub fn stop(&mut self) {
        if matches!(self.phase, Phase::Fresh | Phase::Running) {
            self.kernel.detach();
            std::thread::sleep(DETACHED);
            self.merger.refresh(u64::MAX);
            self.losses.look(&self.kernel.losses(), u64::MAX);
            self.phase = if self.phase == Phase::Fresh { Phase::Halted } else { Phase::Draining };
        }
    }

    /// Builds the next event of what was seen at the last look; gives its time, thread, CPU and latency.
    #[inline]
    fn build(&mut self) -> Option<Built> {
        while let Some((record, cpu)) = self.merger.next() {
            self.busy = true;
            let raw = Raw::parse(record, cpu);
            if self.decoder.decode(&raw, &mut self.builder) {
                self.last = (raw.tid, raw.mark);
                let built = Built {
                    awake: raw.ts,
                    ts: self.clock.epoch(raw.ts),
                    tid: u64::from(raw.tid),
                    cpu: raw.cpu,
                    latency: (raw.latency != 0).then_some(raw.latency),
                };
                self.beside_due = self.decoder.beside(&raw, &mut self.beside);
                self.stats.events += 1;
                return Some(built);
            }
        }
        None
    }

    /// The event that waits, or what is to be told in front of it.
    fn tell(&mut self, waiting: Built) -> Event<'_> {
        if std::mem::take(&mut self.beside_due) {
            return self.beside.event(waiting.ts, waiting.tid, waiting.cpu);
        }
        self.waiting = None;
        waiting.event(&self.builder)
    }

    /// A drop event. The ratio of 1 says that nothing was left out on purpose.
    fn gap(&mut self, gap: Gap) -> Event<'_> {
        self.told.start(gap.kind).u32(1);
        self.told.event(self.clock.epoch(gap.ts), u64::MAX, gap.cpu)
    }

    /// Looks at the rings again; pauses before when there is no hurry. False when it is time to speak.
    fn look(&mut self) -> bool {
        if self.phase == Phase::Draining {
            self.merger.refresh(u64::MAX);
            return true;
        }
        if self.busy {
            self.spoken = Instant::now();
        } else if self.spoken.elapsed() >= IDLE {
            return false;
        }
        if !self.merger.pressed(self.kernel.ring_size) {
            let short = if self.mutes.is_some() { MUTING_PAUSE } else { SHORT_PAUSE };
            self.pause = if self.busy { short } else { (self.pause * 2).min(LONG_PAUSE) };
            std::thread::sleep(self.pause);
        }
        self.busy = false;
        let now = self.clock.look();
        // Before there is room again: a loss after that begins another burst.
        let losses = self.kernel.losses();
        self.merger.refresh(now);
        self.losses.look(&losses, now);
        true
    }
}

#[derive(Debug, Clone, Copy)]
struct Built {
    awake: u64,
    ts: u64,
    tid: u64,
    cpu: u16,
    latency: Option<u64>,
}

impl Built {
    fn event(self, builder: &EventBuilder) -> Event<'_> {
        Event { latency: self.latency, ..builder.event(self.ts, self.tid, self.cpu) }
    }
}

impl EventSource for Probe {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        match self.phase {
            Phase::Fresh | Phase::Halted => {
                self.phase = if self.phase == Phase::Fresh { Phase::Running } else { Phase::Draining };
                return Ok(Step::Section(&self.snapshot));
            }
            Phase::Ended => return Ok(Step::End),
            Phase::Running | Phase::Draining => {}
        }
        loop {
            if self.waiting.is_none() {
                self.waiting = self.build();
            }
            let upto = self.waiting.map_or_else(|| self.merger.watermark(), |waiting| waiting.awake);
            if let Some(gap) = self.losses.due(upto) {
                return Ok(Step::Event(self.gap(gap)));
            }
            if let Some(waiting) = self.waiting {
                return Ok(Step::Event(self.tell(waiting)));
            }
            if self.phase == Phase::Draining && self.merger.is_empty() {
                self.phase = Phase::Ended;
                return Ok(Step::End);
            }
            if !self.look() {
                self.spoken = Instant::now();
                return Ok(Step::Idle { ts: self.clock.epoch(self.merger.watermark()) });
            }
        }
    }

    fn run(&mut self, keep: &mut dyn FnMut(&Event<'_>) -> bool) {
        if matches!(self.phase, Phase::Fresh | Phase::Halted | Phase::Ended) || self.waiting.is_some() {
            return;
        }
        for _ in 0..AT_ONCE {
            let Some(built) = self.build() else { return };
            if self.beside_due || self.losses.is_due(built.awake) || !keep(&built.event(&self.builder)) {
                self.waiting = Some(built);
                return;
            }
        }
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn in_flight(&mut self) -> Result<Vec<CallInFlight>, Error> {
        self.kernel.in_flight(self.decoder.plans())
    }

    fn mute(&mut self) {
        if let (Some(mutes), (tid, mark @ 1..)) = (&self.mutes, self.last) {
            mutes.mute(tid, mark);
        }
    }

    fn unmute(&mut self) {
        if let Some(mutes) = &self.mutes {
            mutes.clear();
        }
    }

    fn losses(&self) -> Vec<Loss> {
        self.kernel.losses().into_iter().enumerate().map(|(cpu, count)| count.loss(cpu)).collect()
    }

    fn stats(&self) -> Stats {
        let mut stats = self.stats;
        self.kernel.add_counters(&mut stats);
        stats.skipped_in_kernel += self.merger.skipped();
        stats
    }
}
