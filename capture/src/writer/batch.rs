//! What becomes a frame: events as they will stand in the file, and what there is to say of them.

use crate::compress::{Note, put_latency};
use crate::encode::Whole;
use crate::{Error, Event, EventBuilder};

/// Events on their way into a file. They can be built where they will be written from:
///
/// ```
/// use cscope_capture::{EventType, FileWriter, Format, Snapshot, WriterOptions};
/// # fn main() -> Result<(), cscope_capture::Error> {
/// let sink = Box::new(std::io::sink());
/// let options = WriterOptions::default();
/// let mut writer = FileWriter::to_writer(sink, Format::ScapZst, &Snapshot::default(), &options)?;
/// let batch = writer.batch();
/// batch.builder().start(EventType::SYSCALL_CLOSE_X).i64(0).i64(5);
/// assert!(batch.keep(1_000, 42, 0, Some(700)));
/// writer.kept()?;
/// assert_eq!(writer.events(), 1);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Batch {
    builder: EventBuilder,
    /// Bytes of blocks that make it full.
    limit: usize,
    /// Latencies are wanted.
    native: bool,
    latencies: Vec<u8>,
    any_latency: bool,
    note: Note,
}

/// A batch that is whole.
pub(super) struct Filled {
    pub(super) blocks: Whole,
    pub(super) note: Note,
    /// Encoded; empty when none is known.
    pub(super) latencies: Vec<u8>,
}

impl Batch {
    /// A batch that is full with so many bytes. `native`: latencies have a place in the file.
    pub(super) fn new(limit: usize, native: bool) -> Self {
        Self {
            builder: EventBuilder::new(),
            limit,
            native,
            latencies: Vec::new(),
            any_latency: false,
            note: Note::default(),
        }
    }

    /// Where the next event is built.
    #[inline]
    pub fn builder(&mut self) -> &mut EventBuilder {
        &mut self.builder
    }

    /// True when what is there should be written before more comes.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.builder.whole() >= self.limit
    }

    /// Keeps the event that was [built](Self::builder); false when it is too large for a file.
    #[inline]
    pub fn keep(&mut self, ts: u64, tid: u64, cpu: u16, latency: Option<u64>) -> bool {
        let kind = self.builder.kind();
        self.builder.keep(ts, tid, cpu) && {
            self.note(kind, ts, latency);
            true
        }
    }

    /// Keeps an event as it is.
    ///
    /// # Errors
    /// It is too large for a file.
    #[inline]
    pub(super) fn add(&mut self, event: &Event<'_>) -> Result<(), Error> {
        self.builder.add(event)?;
        self.note(event.kind, event.ts, event.latency);
        Ok(())
    }

    #[inline]
    fn note(&mut self, kind: crate::EventType, ts: u64, latency: Option<u64>) {
        if self.native {
            put_latency(latency, &mut self.latencies);
            self.any_latency |= latency.is_some();
        }
        let note = &mut self.note;
        match &mut note.ends {
            Some(ends) => {
                ends.1 = ts;
                note.time = (note.time.0.min(ts), note.time.1.max(ts));
            }
            None => (note.time, note.ends) = ((ts, ts), Some((ts, ts))),
        }
        note.events += 1;
        note.types.insert(kind);
    }

    /// Events in it.
    #[inline]
    pub(super) fn events(&self) -> u64 {
        u64::from(self.note.events)
    }

    /// Bytes of their blocks.
    pub(super) fn size(&self) -> usize {
        self.builder.whole()
    }

    /// ns between the earliest and the latest event.
    #[inline]
    pub(super) fn span(&self) -> u64 {
        self.note.time.1 - self.note.time.0
    }

    /// What comes is the first of a section.
    pub(super) fn begin_section(&mut self) {
        self.note = Note { first_of_section: true, ..Note::default() };
    }

    /// Takes out what is there; the next events go on behind it, into the buffer of a batch that was written.
    pub(super) fn take(&mut self, spare: Whole) -> Filled {
        let latencies = std::mem::take(&mut self.latencies);
        let latencies = if std::mem::take(&mut self.any_latency) { latencies } else { Vec::new() };
        let next = Note { first_event: self.note.first_event + self.events(), ..Note::default() };
        let note = std::mem::replace(&mut self.note, next);
        Filled { blocks: self.builder.take(spare), note, latencies }
    }
}
