//! Reading a capture with several threads. One walks ahead and keeps the model ([`Inspector::survey`]); the parts it
//! leaves behind are read again by the others, each with a sink of its own; what they print is written in order.
//! So the output is that of one thread, byte for byte.
//!
//! Whether that pays is for the sink to say ([`Sink::is_worth`]). A bounded number of parts is under way: memory does not
//! depend on the length of the capture, and when the reader of the output goes away not much was done in vain. Each part
//! has a copy of the model, so that a large one ends the dividing.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, anyhow};
use cscope_enrich::{Inspector, Interest, Item, Survey};

use crate::progress::Progress;
use crate::signals::Signals;
use crate::sink::Sink;

/// Parts under way for each thread.
const AHEAD: usize = 2;

/// A part to be read.
struct Task {
    number: u64,
    inspector: Box<Inspector>,
    sink: Sink,
}

/// A part that was read: its sink holds what is to be written.
struct Done {
    number: u64,
    sink: Sink,
    result: anyhow::Result<()>,
}

/// What was divided.
pub(crate) struct Divided {
    /// Into so many parts.
    pub(crate) parts: u64,
    /// It was all that was left; otherwise a signal came, or the rest is not to be divided.
    pub(crate) whole: bool,
}

/// Takes what is left of the source, with this many threads.
///
/// # Errors
/// As [`Inspector::step`] and [`Sink::event`].
pub(crate) fn drive(
    inspector: &mut Inspector,
    sink: &mut Sink,
    signals: &Signals,
    threads: usize,
    progress: &mut Option<Progress>,
) -> anyhow::Result<Divided> {
    let (tasks, todo) = sync_channel(threads * AHEAD);
    let (results, done) = channel();
    let todo = Mutex::new(todo);
    std::thread::scope(|scope| {
        for number in 0..threads {
            let (todo, results) = (&todo, results.clone());
            std::thread::Builder::new()
                .name(format!("cscope-read-{number}"))
                .spawn_scoped(scope, move || work(todo, &results))
                .context("cannot start a thread")?;
        }
        drop(results);
        let mut queue =
            Queue { tasks, done, waiting: BTreeMap::new(), sent: 0, written: 0, sink, spare: Vec::new() };
        let whole = queue.fill(inspector, signals, threads * AHEAD, progress)?;
        Ok(Divided { parts: queue.sent, whole })
    })
}

/// Reads parts until there are no more, or nobody wants them.
fn work(todo: &Mutex<Receiver<Task>>, results: &Sender<Done>) {
    let mut spent = None;
    loop {
        let task = todo.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { number, mut inspector, mut sink }) = task else { return };
        if let Some(spent) = spent.take() {
            inspector.resume(spent);
        }
        // A part that is never given back would be waited for without end.
        let read = std::panic::catch_unwind(AssertUnwindSafe(|| read(&mut inspector, &mut sink)));
        let result = read.unwrap_or_else(|_| Err(anyhow!("a reading thread has failed")));
        if results.send(Done { number, sink, result }).is_err() {
            return;
        }
        spent = Some(*inspector);
    }
}

fn read(inspector: &mut Inspector, sink: &mut Sink) -> anyhow::Result<()> {
    loop {
        match inspector.step_where(sink)? {
            Item::Event(cx) => drop(sink.event(&cx)?),
            Item::End => return Ok(()),
            _ => {}
        }
    }
}

/// Parts under way.
struct Queue<'a> {
    tasks: SyncSender<Task>,
    done: Receiver<Done>,
    /// Read before a part in front of them was.
    waiting: BTreeMap<u64, Done>,
    sent: u64,
    written: u64,
    sink: &'a mut Sink,
    /// Sinks to be used again.
    spare: Vec<Sink>,
}

impl Queue<'_> {
    /// Sends out all parts, with `ahead` at most under way. False when the rest is not to be divided any more, or a
    /// signal has come.
    fn fill(
        &mut self,
        inspector: &mut Inspector,
        signals: &Signals,
        ahead: usize,
        progress: &mut Option<Progress>,
    ) -> anyhow::Result<bool> {
        // Takes what stands between the parts.
        let mut between = self.fork();
        loop {
            if signals.any() {
                // What was read is shown.
                self.between(between);
                return self.collect(0).map(|()| false);
            }
            match inspector.survey(self.sink.demand().changes) {
                Ok(Survey::Part(part)) => {
                    between = self.between(between);
                    let task = Task { number: self.sent, inspector: part, sink: self.fork() };
                    self.sent += 1;
                    self.tasks.send(task).ok().context("a reading thread has ended")?;
                }
                Ok(Survey::Item(Item::Event(cx))) => drop(between.event(&cx)?),
                Ok(end @ (Survey::Item(Item::End) | Survey::Large)) => {
                    let is_end = !matches!(end, Survey::Large);
                    self.between(between);
                    return self.collect(0).map(|()| is_end);
                }
                Ok(Survey::Item(Item::LeftOut { events, ts })) => between.passed(events, ts),
                Ok(Survey::Item(_)) => {}
                Err(error) => {
                    // What stands in front of the damage is shown.
                    self.between(between);
                    self.collect(0)?;
                    return Err(error.into());
                }
            }
            self.collect(ahead as u64)?;
            if let Some(progress) = progress {
                progress.look(|| inspector.stats());
            }
        }
    }

    /// A sink for a part.
    fn fork(&mut self) -> Sink {
        self.spare.pop().unwrap_or_else(|| self.sink.fork())
    }

    /// What was printed between two parts takes its place among them; gives a sink for more.
    fn between(&mut self, between: Sink) -> Sink {
        if between.is_untouched() {
            return between;
        }
        self.waiting.insert(self.sent, Done { number: self.sent, sink: between, result: Ok(()) });
        self.sent += 1;
        self.fork()
    }

    /// Writes what can be written; waits until no more than `rest` parts are under way.
    fn collect(&mut self, rest: u64) -> anyhow::Result<()> {
        loop {
            while let Some(mut done) = self.waiting.remove(&self.written) {
                self.written += 1;
                self.sink.absorb(&mut done.sink)?;
                done.result?;
                self.spare.push(done.sink);
            }
            let done = if self.sent - self.written > rest {
                self.done.recv().context("a reading thread has ended")?
            } else if let Ok(done) = self.done.try_recv() {
                done
            } else {
                return Ok(());
            };
            self.waiting.insert(done.number, done);
        }
    }
}
