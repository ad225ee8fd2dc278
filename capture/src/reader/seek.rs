//! Going to an event or a time of a native capture without reading what is in front of it.

use std::sync::Arc;

use super::block::{self, Kind};
use super::decode::{Chunk, Decoder, HEADROOM};
use super::event;
use super::feed::Feed;
use super::index::{Frame, Index};
use super::input::{FileAt, Input};
use super::{FileSource, Phase};
use crate::Error;

impl FileSource {
    /// The index, when this is a native capture in a file. It is collected at the first call.
    pub fn index(&self) -> Option<&Index> {
        let file = self.file.as_ref()?;
        self.index.get_or_init(|| Index::read(file)).as_ref()
    }

    /// Goes to event `number` (counted from 1 over the whole file) or, behind the last, to the end. The next
    /// step is [`Step::Section`](crate::Step::Section) with the state at the start of the event's section, the
    /// one after it the event. False, and nothing changed, when there is no index.
    ///
    /// # Errors
    /// The file cannot be read there.
    pub fn seek_to_event(&mut self, number: u64) -> Result<bool, Error> {
        let Some(frame) = self.index().and_then(|index| index.frame_of_event(number)).cloned() else {
            return Ok(false);
        };
        self.go_to(&frame)?;
        self.pass_over(|next, _| next < number)?;
        Ok(true)
    }

    /// Goes to the first event at or after `ts` (ns since the epoch) in file order; for the rest as
    /// [`seek_to_event`](Self::seek_to_event).
    ///
    /// # Errors
    /// The file cannot be read there.
    pub fn seek_to_time(&mut self, ts: u64) -> Result<bool, Error> {
        let Some(frame) = self.index().and_then(|index| index.frame_of_time(ts)).cloned() else {
            return Ok(false);
        };
        self.go_to(&frame)?;
        self.pass_over(|_, event_ts| event_ts < ts)?;
        Ok(true)
    }

    /// Puts the position in front of a frame, with the snapshot of its section.
    fn go_to(&mut self, frame: &Frame) -> Result<(), Error> {
        let (section, start) = frame.section;
        if !self.section_read || self.section_at != start {
            self.jump(section, start)?;
            self.section_header()?;
            self.metadata()?;
        }
        self.jump(frame.offset, frame.start)?;
        self.number = frame.first_event - 1;
        self.section_start = frame.section_events;
        self.deferred = None;
        self.phase = Phase::Arrived;
        Ok(())
    }

    /// Decodes from offset `at` of the file on, which is offset `start` of the stream.
    fn jump(&mut self, at: u64, start: u64) -> Result<(), Error> {
        let Some(file) = &self.file else { return Ok(()) };
        let reader = FileAt { file: Arc::clone(file), at };
        let input = Input::new(Box::new(reader), at);
        self.feed = Feed::new(Decoder::resume(input, self.unwanted.clone()))?;
        self.left_out = None;
        self.ahead = false;
        self.chunk = Chunk { end: HEADROOM, ..Chunk::default() };
        self.at = HEADROOM;
        self.latency = 0;
        self.base = start.wrapping_sub(HEADROOM as u64);
        Ok(())
    }

    /// Passes over events as long as `skip` says so of their number and time.
    fn pass_over(&mut self, skip: impl Fn(u64, u64) -> bool) -> Result<(), Error> {
        while let Some((Kind::Event(layout), total)) = self.block()? {
            let body = self.at + block::HEADER..self.at + total - 4;
            let parsed = self.chunk.buffer.get(body).and_then(|body| event::event(body, layout).ok());
            // What does not parse is left for the step that will report it.
            let Some((_, event)) = parsed else { break };
            if !skip(self.number.saturating_add(1), event.ts) {
                break;
            }
            self.next_latency();
            self.at += total;
            self.number = self.number.saturating_add(1);
        }
        Ok(())
    }
}
