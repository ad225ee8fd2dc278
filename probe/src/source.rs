//! The probe as a source of events.

use std::time::{Duration, Instant};

use cscope_capture::{
    Batch, CallInFlight, Error, Event, EventBuilder, EventSource, Keeping, Kept, Loss, Snapshot, Stats, Step,
};

use crate::clock::Clock;
use crate::decode::{Decoder, Made};
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
const AT_ONCE: u64 = 4096;

/// How often a caller hears from us when nothing happens.
const IDLE: Duration = Duration::from_millis(20);

/// A running capture. Dropping it detaches everything from the kernel.
#[derive(Debug)]
pub struct Probe {
    kernel: Kernel,
    intake: Intake,
    builder: EventBuilder,
    /// A drop event.
    told: EventBuilder,
    /// The event in `builder`.
    waiting: Option<Built>,
    losses: Losses,
    snapshot: Snapshot,
    timings: Timings,
    phase: Phase,
    pause: Duration,
    spoken: Instant,
    mutes: Option<Mutes>,
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
            intake: Intake {
                merger: Merger::new(queues),
                decoder,
                clock,
                beside: EventBuilder::new(),
                beside_due: false,
                events: 0,
                busy: false,
                last: (0, 0, 0),
            },
            builder: EventBuilder::new(),
            told: EventBuilder::new(),
            waiting: None,
            losses: Losses::default(),
            snapshot,
            timings,
            phase: Phase::Fresh,
            pause: SHORT_PAUSE,
            spoken: Instant::now(),
            mutes,
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
            self.intake.merger.refresh(u64::MAX);
            self.losses.look(&self.kernel.losses(), u64::MAX);
            self.phase = if self.phase == Phase::Fresh { Phase::Halted } else { Phase::Draining };
        }
    }

    /// The event that waits, or what is to be told in front of it.
    fn tell(&mut self, waiting: Built) -> Event<'_> {
        if std::mem::take(&mut self.intake.beside_due) {
            return self.intake.beside.event(waiting.ts, waiting.tid, waiting.cpu);
        }
        self.waiting = None;
        waiting.event(&self.builder)
    }

    /// A drop event. The ratio of 1 says that nothing was left out on purpose.
    fn gap(&mut self, gap: Gap) -> Event<'_> {
        self.told.start(gap.kind).u32(1);
        self.told.event(self.intake.clock.epoch(gap.ts), u64::MAX, gap.cpu)
    }

    /// Looks at the rings again; pauses before when there is no hurry. False when it is time to speak.
    fn look(&mut self) -> bool {
        if self.phase == Phase::Draining {
            self.intake.merger.refresh(u64::MAX);
            return true;
        }
        if self.intake.busy {
            self.spoken = Instant::now();
        } else if self.spoken.elapsed() >= IDLE {
            return false;
        }
        if !self.intake.merger.pressed(self.kernel.ring_size) {
            let short = if self.mutes.is_some() { MUTING_PAUSE } else { SHORT_PAUSE };
            self.pause = if self.intake.busy { short } else { (self.pause * 2).min(LONG_PAUSE) };
            std::thread::sleep(self.pause);
        }
        self.intake.busy = false;
        let now = self.intake.clock.look();
        // Before there is room again: a loss after that begins another burst.
        let losses = self.kernel.losses();
        self.intake.merger.refresh(now);
        self.losses.look(&losses, now);
        true
    }
}

/// From records to events.
#[derive(Debug)]
struct Intake {
    merger: Merger,
    decoder: Decoder,
    clock: Clock,
    /// What is told in front of the last event.
    beside: EventBuilder,
    beside_due: bool,
    /// Events made so far.
    events: u64,
    /// Records seen since the last pause.
    busy: bool,
    /// Thread, mark and time of the last event.
    last: (u32, u8, u64),
}

impl Intake {
    /// Builds the next event of what was seen at the last look; gives its time, thread, CPU and latency.
    #[inline(always)]
    fn next(&mut self, b: &mut EventBuilder) -> Option<Built> {
        while let Some((record, cpu)) = self.merger.next() {
            self.busy = true;
            let raw = Raw::parse(record, cpu);
            let aside = match self.decoder.decode(&raw, b) {
                Made::Nothing => continue,
                Made::Event => None,
                Made::Call(aside) => Some(aside),
            };
            if let Some(aside) = aside {
                self.beside_due = self.decoder.beside(&raw, aside, &mut self.beside);
            }
            self.last = (raw.tid, raw.mark, raw.ts);
            self.events += 1;
            return Some(Built {
                awake: raw.ts,
                ts: self.clock.epoch(raw.ts),
                tid: u64::from(raw.tid),
                cpu: raw.cpu,
                latency: (raw.latency != 0).then_some(raw.latency),
            });
        }
        None
    }
}

/// Of an event that was built, what is not its parameters.
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
                self.waiting = self.intake.next(&mut self.builder);
            }
            let upto = self.waiting.map_or_else(|| self.intake.merger.watermark(), |waiting| waiting.awake);
            if let Some(gap) = self.losses.due(upto) {
                return Ok(Step::Event(self.gap(gap)));
            }
            if let Some(waiting) = self.waiting {
                return Ok(Step::Event(self.tell(waiting)));
            }
            if self.phase == Phase::Draining && self.intake.merger.is_empty() {
                self.phase = Phase::Ended;
                return Ok(Step::End);
            }
            if !self.look() {
                self.spoken = Instant::now();
                return Ok(Step::Idle { ts: self.intake.clock.epoch(self.intake.merger.watermark()) });
            }
        }
    }

    fn keep(&mut self, batch: &mut Batch, keeping: &Keeping<'_>) -> Kept {
        let mut kept = Kept::default();
        if matches!(self.phase, Phase::Fresh | Phase::Halted | Phase::Ended) || self.waiting.is_some() {
            return kept;
        }
        while kept.events < AT_ONCE && !batch.is_full() {
            let b = batch.builder();
            let Some(built) = self.intake.next(b) else { break };
            let Built { awake, ts, tid, cpu, latency } = built;
            let goes = keeping.takes(b.kind(), ts, kept.events)
                && !self.intake.beside_due
                && !self.losses.is_due(awake);
            if !goes || !batch.keep(ts, tid, cpu, latency) {
                self.builder.take_over(&batch.builder().event(ts, tid, cpu));
                self.waiting = Some(built);
                break;
            }
            kept.count(ts, tid);
        }
        kept
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn in_flight(&mut self) -> Result<Vec<CallInFlight>, Error> {
        self.kernel.in_flight(self.intake.decoder.plans())
    }

    fn mute(&mut self) {
        if let (Some(mutes), (tid, mark @ 1.., ts)) = (&self.mutes, self.intake.last) {
            mutes.mute(tid, mark, ts);
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
        let mut stats = Stats { events: self.intake.events, ..Stats::default() };
        self.kernel.add_counters(&mut stats);
        stats.skipped_in_kernel += self.intake.merger.skipped();
        stats
    }
}
