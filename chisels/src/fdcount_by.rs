//! `fdcount_by`: how many different descriptors there are for each value of a field.

use cscope_enrich::{EventCx, State};
use cscope_filter::{FieldRef, Needs, TextOptions};
use rustc_hash::FxHashMap;

use crate::line::safe;
use crate::table::json_table;
use crate::{ArgKind, Chisel, ChiselArg, ChiselInfo, Error, Flow, Make, Ready, Settings, downcast};

/// Descriptors remembered at most; later ones are not counted.
const LIMIT: usize = 1 << 20;

pub(crate) const INFO: ChiselInfo = ChiselInfo {
    name: "fdcount_by",
    category: "I/O",
    summary: "Number of descriptors, grouped by any field",
    doc: "Counts the different descriptors (number and name) that calls worked on, for each value of a field: \
          for example connections per process with proc.name, or files per directory with fd.directory.",
    args: &[ChiselArg { name: "key", kind: ArgKind::Field, required: true, doc: "the field to group by" }],
    make: Make::Own(ready),
};

struct FdcountBy {
    field: FieldRef,
    /// As it was given.
    name: String,
    text: TextOptions,
    raw: bool,
    json: bool,
    counts: Counts,
    key: Vec<u8>,
    descriptor: Vec<u8>,
}

/// Different descriptors by key.
struct Counts {
    /// Each with the number of those that were met before it.
    keys: FxHashMap<Vec<u8>, FxHashMap<Vec<u8>, usize>>,
    descriptors: usize,
    /// Descriptors remembered at most.
    limit: usize,
}

impl Counts {
    fn new(limit: usize) -> Self {
        Self { keys: FxHashMap::default(), descriptors: 0, limit }
    }

    fn is_full(&self) -> bool {
        self.descriptors >= self.limit
    }

    fn add(&mut self, key: &[u8], descriptor: &[u8]) {
        if self.is_full() {
            return;
        }
        let known = match self.keys.get_mut(key) {
            Some(known) => known,
            None => self.keys.entry(key.to_owned()).or_default(),
        };
        if !known.contains_key(descriptor) {
            known.insert(descriptor.to_owned(), self.descriptors);
            self.descriptors += 1;
        }
    }

    /// Adds the descriptors of a part of the events and empties it. They come in the order in which they were met, as
    /// that decides which ones are counted.
    fn absorb(&mut self, part: &mut Self) {
        let mut met = vec![(&[][..], &[][..]); part.descriptors];
        for (key, known) in &part.keys {
            for (descriptor, number) in known {
                if let Some(place) = met.get_mut(*number) {
                    *place = (key, descriptor);
                }
            }
        }
        met.iter().for_each(|(key, descriptor)| self.add(key, descriptor));
        *part = Self::new(part.limit);
    }
}

fn ready(words: &[String], settings: &Settings) -> Result<Ready, Error> {
    let name = words.first().map_or("", String::as_str);
    let field = FieldRef::parse(name).map_err(|e| Error::filter(INFO.name, e))?;
    let needs = field.needs().or(Needs::FDS);
    let chisel = Box::new(FdcountBy {
        field,
        name: name.to_owned(),
        text: settings.text,
        raw: settings.raw,
        json: settings.json,
        counts: Counts::new(LIMIT),
        key: Vec::new(),
        descriptor: Vec::new(),
    });
    Ok(Ready { chisel, filter: None, refresh: false, once: false, needs })
}

impl Chisel for FdcountBy {
    fn on_event(&mut self, cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        let (Some(number), Some(fd)) = (cx.fd_num, cx.fd) else { return Flow::Continue };
        if number <= 0 || fd.info.name.is_empty() || self.counts.is_full() {
            return Flow::Continue;
        }
        self.key.clear();
        if self.field.write(cx, &self.text, &mut self.key) && !self.key.is_empty() {
            self.descriptor.clear();
            self.descriptor.extend_from_slice(&number.to_le_bytes());
            self.descriptor.extend_from_slice(&fd.info.name);
            self.counts.add(&self.key, &self.descriptor);
        }
        Flow::Continue
    }

    fn on_interval(&mut self, _ts: u64, _state: &State, _out: &mut Vec<u8>) {}

    fn on_end(&mut self, ts: u64, _state: &State, out: &mut Vec<u8>) {
        let counts = self.counts.keys.iter();
        let mut rows: Vec<(&[u8], u64)> = counts.map(|(key, known)| (&**key, known.len() as u64)).collect();
        rows.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        if self.json {
            let key = (self.name.as_str(), self.name.as_str());
            return json_table(INFO.name, ts, &rows, &[key], ("fd.count", "Count"), out);
        }
        for (key, count) in rows {
            safe(key, self.raw, out);
            out.extend_from_slice(format!("\t{count}\n").as_bytes());
        }
    }

    fn fork(&self) -> Option<Box<dyn Chisel>> {
        Some(Box::new(Self {
            field: self.field.clone(),
            name: self.name.clone(),
            // Which descriptors are counted is decided where all parts come together.
            counts: Counts::new(usize::MAX),
            key: Vec::new(),
            descriptor: Vec::new(),
            ..*self
        }))
    }

    fn absorb(&mut self, fork: &mut dyn Chisel) {
        if let Some(fork) = downcast::<Self>(fork) {
            self.counts.absorb(&mut fork.counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole_beyond_the_limit_too() {
        let met = [(3, 1), (1, 1), (3, 1), (3, 2), (1, 2), (2, 1), (1, 1), (2, 2), (2, 3), (4, 1), (3, 3)];
        let met = met.map(|(key, descriptor)| ([key], [descriptor]));
        for limit in 1..10 {
            let mut whole = Counts::new(limit);
            met.iter().for_each(|(key, descriptor)| whole.add(key, descriptor));
            for size in 1..=met.len() {
                let (mut counts, mut part) = (Counts::new(limit), Counts::new(usize::MAX));
                for met in met.chunks(size) {
                    met.iter().for_each(|(key, descriptor)| part.add(key, descriptor));
                    counts.absorb(&mut part);
                }
                assert_eq!(counts.keys, whole.keys, "{limit} descriptors, {size} at once");
            }
        }
    }
}
