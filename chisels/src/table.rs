//! The engine behind all chisels that rank keys by a sum.

use cscope_capture::print::json_string;
use cscope_enrich::{EventCx, State};
use cscope_filter::{FieldRef, Filter, Kind, Needs, TextOptions, Value};
use rustc_hash::FxHashMap;

use crate::line::{column, last, safe};
use crate::top::{Key, Sum, Top};
use crate::{Chisel, ChiselInfo, Error, Flow, Ready, Settings, downcast};

/// Width of every column but the last.
const WIDTH: usize = 20;
/// Width of the rule under the titles.
const RULE: usize = 80;
/// Different keys kept at most; the sums of further ones go to [`OTHERS`].
const KEYS: usize = 1 << 18;
/// Key of everything beyond [`KEYS`].
const OTHERS: &[u8] = b"(others)";
/// Keys found by their text.
const RECENT: usize = 32;
/// Between the parts of a key.
const SEPARATOR: u8 = 0;

#[derive(Clone)]
struct Column {
    field: FieldRef,
    name: String,
    title: String,
}

struct Table {
    name: &'static str,
    keys: Vec<Column>,
    /// `None`: each event counts one.
    value: Option<FieldRef>,
    top: &'static Top,
    settings: Settings,
    sums: Sums,
    key: Vec<u8>,
    scratch: Vec<u8>,
    shown: bool,
}

/// Sums by key. Events come in runs that use a few files, so the keys used lately are found by the text they are
/// made of, before it is made safe and searched for.
struct Sums {
    places: FxHashMap<Box<[u8]>, u32>,
    sums: Vec<u64>,
    recent: [Recent; RECENT],
    /// Different keys at most.
    keys: usize,
}

/// A text and the place of the sum of its key.
#[derive(Default)]
struct Recent {
    text: Vec<u8>,
    place: Option<u32>,
}

impl Sums {
    fn new(keys: usize) -> Self {
        Self { places: FxHashMap::default(), sums: Vec::new(), recent: Default::default(), keys }
    }

    fn clear(&mut self) {
        *self = Self::new(self.keys);
    }

    /// Adds the sums of a part of the events and empties it. Keys come in the order in which they were met, as that
    /// decides which ones are kept.
    fn absorb(&mut self, part: &mut Self) {
        let mut keys: Vec<_> = part.places.drain().collect();
        keys.sort_unstable_by_key(|(_, place)| *place);
        for ((key, _), sum) in keys.iter().zip(part.sums.drain(..)) {
            self.add(key, sum);
        }
        part.recent.iter_mut().for_each(|recent| recent.place = None);
    }

    /// Where a text that lies at the same place again was put the last time.
    #[inline]
    fn slot(text: &[u8]) -> usize {
        (text.as_ptr().addr() >> 4 ^ text.len()) % RECENT
    }

    /// Adds to the sum of the key made of a text; false when it was not used lately.
    #[inline]
    fn add_known(&mut self, text: &[u8], addend: u64) -> bool {
        let recent = self.recent.get(Self::slot(text)).filter(|recent| recent.text == text);
        let place =
            recent.and_then(|recent| recent.place).and_then(|place| self.sums.get_mut(place as usize));
        let Some(sum) = place else { return false };
        *sum = sum.saturating_add(addend);
        true
    }

    /// Adds to the sum of a key; gives its place.
    fn add(&mut self, key: &[u8], addend: u64) -> u32 {
        let place = match self.places.get(key) {
            Some(&place) => place,
            None => {
                let key = if self.places.len() < self.keys { key } else { OTHERS };
                let next = self.sums.len() as u32;
                let place = *self.places.entry(key.into()).or_insert(next);
                if place == next {
                    self.sums.push(0);
                }
                place
            }
        };
        if let Some(sum) = self.sums.get_mut(place as usize) {
            *sum = sum.saturating_add(addend);
        }
        place
    }

    /// The key at a place is made of this text.
    fn remember(&mut self, text: &[u8], place: u32) {
        if let Some(recent) = self.recent.get_mut(Self::slot(text)) {
            recent.text.clear();
            recent.text.extend_from_slice(text);
            recent.place = Some(place);
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.places.iter().filter_map(|(key, &place)| Some((&**key, *self.sums.get(place as usize)?)))
    }
}

/// Makes a declaration ready to run; `words` holds the key field when the declaration has none.
pub(crate) fn ready(
    info: &'static ChiselInfo,
    top: &'static Top,
    words: &[String],
    settings: &Settings,
) -> Result<Ready, Error> {
    let failed = |e| Error::filter(info.name, e);
    let declared = if settings.containers { top.container_keys } else { top.keys };
    let mut keys = Vec::new();
    for Key(name, title) in declared {
        keys.push(Column::new(name, title).map_err(failed)?);
    }
    if declared.is_empty() {
        for name in words {
            keys.push(Column::new(name, name).map_err(failed)?);
        }
    }
    let value = match top.sum {
        Sum::Count => None,
        Sum::Of(name) => Some(FieldRef::parse(name).map_err(failed)?),
    };
    let filter = match top.filter {
        "" => None,
        text => Some(Filter::parse(text, &settings.filter).map_err(failed)?),
    };
    let mut needs = filter.as_ref().map_or(Needs::default(), |f| f.pushdown().needs);
    for field in keys.iter().map(|k| &k.field).chain(&value) {
        needs = needs.or(field.needs());
    }
    let table = Table {
        name: info.name,
        keys,
        value,
        top,
        settings: *settings,
        sums: Sums::new(KEYS),
        key: Vec::new(),
        scratch: Vec::new(),
        shown: false,
    };
    Ok(Ready { chisel: Box::new(table), filter, refresh: true, once: false, needs })
}

impl Column {
    fn new(name: &str, title: &str) -> Result<Self, cscope_filter::FilterError> {
        Ok(Self { field: FieldRef::parse(name)?, name: name.to_owned(), title: title.to_owned() })
    }
}

impl Table {
    /// What this event adds; `None` when it adds nothing.
    fn addend(&self, cx: &EventCx<'_>) -> Option<u64> {
        match &self.value {
            None => Some(1),
            Some(value) => u64::try_from(value.number(cx)?).ok().filter(|&n| n > 0),
        }
    }

    /// Adds to the sum of this event's key, when it has one.
    fn add(&mut self, cx: &EventCx<'_>, addend: u64) {
        let Self { keys, settings, sums, key, scratch, .. } = self;
        let text = match keys.as_slice() {
            [only] if only.field.field().kind == Kind::Text => {
                match only.field.value(cx, &settings.text, scratch) {
                    Some(Value::Text(text)) => Some(text),
                    _ => None,
                }
            }
            _ => None,
        };
        if text.is_some_and(|text| sums.add_known(text, addend)) || !fill_key(keys, cx, &settings.text, key) {
            return;
        }
        let place = sums.add(key, addend);
        if let Some(text) = text {
            sums.remember(text, place);
        }
    }

    /// Rows to show, largest sum first, equal sums by key.
    fn rows(&self) -> Vec<(&[u8], u64)> {
        let mut rows: Vec<(&[u8], u64)> = self.sums.iter().collect();
        rows.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        rows.truncate(self.top.rows);
        rows
    }

    fn show(&mut self, ts: u64, out: &mut Vec<u8>) {
        self.shown = true;
        if self.settings.json {
            self.show_json(ts, out);
        } else {
            self.show_text(out);
        }
    }

    fn show_text(&self, out: &mut Vec<u8>) {
        column(self.top.title.as_bytes(), WIDTH, out);
        for key in &self.keys {
            column(key.title.as_bytes(), WIDTH, out);
        }
        last(b"", out);
        out.resize(out.len() + RULE, b'-');
        out.push(b'\n');
        let (mut sum, mut shown) = (Vec::new(), Vec::new());
        for (key, value) in self.rows() {
            sum.clear();
            self.top.unit.write(value, &mut sum);
            column(&sum, WIDTH, out);
            let mut parts = key.split(|&b| b == SEPARATOR).peekable();
            while let Some(part) = parts.next() {
                shown.clear();
                safe(part, self.settings.raw, &mut shown);
                match parts.peek() {
                    Some(_) => column(&shown, WIDTH, out),
                    None => last(&shown, out),
                }
            }
        }
    }

    fn show_json(&self, ts: u64, out: &mut Vec<u8>) {
        let value = match self.top.sum {
            Sum::Count => "evt.count",
            Sum::Of(name) => name,
        };
        let keys: Vec<_> = self.keys.iter().map(|k| (k.name.as_str(), k.title.as_str())).collect();
        json_table(self.name, ts, &self.rows(), &keys, (value, self.top.title), out);
    }
}

/// Puts the key of an event into `key`; false when a part of it is missing.
fn fill_key(keys: &[Column], cx: &EventCx<'_>, options: &TextOptions, key: &mut Vec<u8>) -> bool {
    key.clear();
    for (i, column) in keys.iter().enumerate() {
        if i > 0 {
            key.push(SEPARATOR);
        }
        let start = key.len();
        if !column.field.write(cx, options, key) {
            return false;
        }
        if key.len() == start && column.field.field().kind == Kind::Text {
            return false;
        }
    }
    true
}

/// A table of sums by key as one line of JSON; the columns of the key, and that of the sum, by field and title.
pub(crate) fn json_table(
    chisel: &str,
    ts: u64,
    rows: &[(&[u8], u64)],
    keys: &[(&str, &str)],
    sum: (&str, &str),
    out: &mut Vec<u8>,
) {
    json_begin(chisel, ts, out);
    for (i, (key, value)) in rows.iter().enumerate() {
        out.extend_from_slice(if i == 0 { b"[" } else { b",[" });
        for part in key.split(|&b| b == SEPARATOR) {
            json_string(part, out);
            out.push(b',');
        }
        out.extend_from_slice(format!("{value}]").as_bytes());
    }
    json_end(keys.iter().map(|(name, title)| (*name, *title, true)).chain([(sum.0, sum.1, false)]), out);
}

/// What stands in front of the rows of a table in JSON.
pub(crate) fn json_begin(chisel: &str, ts: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"chisel\":");
    json_string(chisel.as_bytes(), out);
    out.extend_from_slice(format!(",\"ts\":\"{ts}\",\"data\":[").as_bytes());
}

/// What stands behind them: the name and title of every column, and whether it is a part of the key.
pub(crate) fn json_end<'a>(columns: impl Iterator<Item = (&'a str, &'a str, bool)>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"],\"info\":[");
    for (i, (name, title, is_key)) in columns.enumerate() {
        out.extend_from_slice(if i == 0 { b"{\"name\":" } else { b",{\"name\":" });
        json_string(name.as_bytes(), out);
        out.extend_from_slice(b",\"desc\":");
        json_string(title.as_bytes(), out);
        out.extend_from_slice(format!(",\"is_key\":{is_key}}}").as_bytes());
    }
    out.extend_from_slice(b"]}\n");
}

impl Chisel for Table {
    fn on_event(&mut self, cx: &EventCx<'_>, _out: &mut Vec<u8>) -> Flow {
        if let Some(addend) = self.addend(cx) {
            self.add(cx, addend);
        }
        Flow::Continue
    }

    fn on_interval(&mut self, ts: u64, _state: &State, out: &mut Vec<u8>) {
        self.show(ts, out);
        self.sums.clear();
    }

    fn on_end(&mut self, ts: u64, _state: &State, out: &mut Vec<u8>) {
        // Live, the last second is worth showing only when something happened in it.
        if !self.shown || !self.sums.places.is_empty() {
            self.show(ts, out);
        }
    }

    fn fork(&self) -> Option<Box<dyn Chisel>> {
        let Self { name, top, settings, .. } = *self;
        Some(Box::new(Self {
            name,
            keys: self.keys.clone(),
            value: self.value.clone(),
            top,
            settings,
            // Which keys are kept is decided where all parts come together.
            sums: Sums::new(usize::MAX),
            key: Vec::new(),
            scratch: Vec::new(),
            shown: false,
        }))
    }

    fn absorb(&mut self, fork: &mut dyn Chisel) {
        if let Some(fork) = downcast::<Self>(fork) {
            self.sums.absorb(&mut fork.sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_key_used_lately_is_found_by_its_text() {
        let mut sums = Sums::new(KEYS);
        let (text, other) = (b"a\x1bb", b"c\x1bd");
        assert!(!sums.add_known(text, 1));
        let place = sums.add(b"a\\x1bb", 1);
        sums.remember(text, place);
        assert!(sums.add_known(text, 2) && !sums.add_known(other, 4));
        // Another text that lies where the first one lay.
        let mut same_place = text.to_vec();
        let place = sums.add(&same_place, 8);
        sums.remember(&same_place, place);
        same_place.copy_from_slice(other);
        assert!(!sums.add_known(&same_place, 16));
        let mut all: Vec<_> = sums.iter().map(|(key, sum)| (key.to_vec(), sum)).collect();
        all.sort();
        assert_eq!(all, [(text.to_vec(), 8), (b"a\\x1bb".to_vec(), 3)]);
        sums.clear();
        assert!(sums.iter().next().is_none() && !sums.add_known(text, 1));
    }

    #[test]
    fn what_is_beyond_the_limit_is_summed_up_together() {
        let mut sums = Sums::new(KEYS);
        for key in 0..KEYS as u32 + 5 {
            sums.add(&key.to_le_bytes(), 1);
        }
        let others: Vec<_> = sums.iter().filter(|(key, _)| *key == OTHERS).collect();
        assert_eq!((others, sums.iter().count()), (vec![(OTHERS, 5)], KEYS + 1));
    }

    #[test]
    fn parts_add_up_to_the_whole_beyond_the_limit_too() {
        let keys = [3u32, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9];
        let all = |sums: &Sums| sums.iter().map(|(key, sum)| (key.to_vec(), sum)).collect::<BTreeMap<_, _>>();
        for limit in 1..12 {
            let mut whole = Sums::new(limit);
            for key in keys {
                whole.add(&key.to_le_bytes(), u64::from(key));
            }
            for size in 1..=keys.len() {
                let (mut sums, mut part) = (Sums::new(limit), Sums::new(usize::MAX));
                for keys in keys.chunks(size) {
                    for key in keys {
                        let text = key.to_le_bytes();
                        if !part.add_known(&text, u64::from(*key)) {
                            let place = part.add(&text, u64::from(*key));
                            part.remember(&text, place);
                        }
                    }
                    sums.absorb(&mut part);
                }
                assert_eq!(all(&sums), all(&whole), "{limit} keys, {size} at once");
            }
        }
    }
}
