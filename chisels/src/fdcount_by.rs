//! `fdcount_by`: how many different descriptors there are for each value of a field.

use cscope_enrich::{EventCx, State};
use cscope_filter::{FieldRef, Needs, TextOptions};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::line::safe;
use crate::table::json_table;
use crate::{ArgKind, Chisel, ChiselArg, ChiselInfo, Error, Flow, Make, Ready, Settings};

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
    counts: FxHashMap<Vec<u8>, FxHashSet<Vec<u8>>>,
    descriptors: usize,
    key: Vec<u8>,
    descriptor: Vec<u8>,
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
        counts: FxHashMap::default(),
        descriptors: 0,
        key: Vec::new(),
        descriptor: Vec::new(),
    });
    Ok(Ready { chisel, filter: None, refresh: false, once: false, needs })
}

impl Chisel for FdcountBy {
    fn on_event(&mut self, cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        let (Some(number), Some(fd)) = (cx.fd_num, cx.fd) else { return Flow::Continue };
        if number <= 0 || fd.info.name.is_empty() || self.descriptors >= LIMIT {
            return Flow::Continue;
        }
        self.key.clear();
        if self.field.write(cx, &self.text, &mut self.key) && !self.key.is_empty() {
            self.descriptor.clear();
            self.descriptor.extend_from_slice(&number.to_le_bytes());
            self.descriptor.extend_from_slice(&fd.info.name);
            let known = match self.counts.get_mut(&self.key) {
                Some(known) => known,
                None => self.counts.entry(self.key.clone()).or_default(),
            };
            if !known.contains(&self.descriptor) {
                known.insert(self.descriptor.clone());
                self.descriptors += 1;
            }
        }
        Flow::Continue
    }

    fn on_interval(&mut self, _ts: u64, _state: &State, _out: &mut Vec<u8>) {}

    fn on_end(&mut self, ts: u64, _state: &State, out: &mut Vec<u8>) {
        let counts = self.counts.iter();
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
}
