//! The engine behind all chisels that rank keys by a sum.

use cscope_capture::print::json_string;
use cscope_enrich::{EventCx, State};
use cscope_filter::{FieldRef, Filter, Kind, Needs};
use rustc_hash::FxHashMap;

use crate::line::{column, last, safe};
use crate::top::{Key, Sum, Top};
use crate::{Chisel, ChiselInfo, Error, Flow, Ready, Settings};

/// Width of every column but the last.
const WIDTH: usize = 20;
/// Width of the rule under the titles.
const RULE: usize = 80;
/// Different keys kept at most; the sums of further ones go to [`OTHERS`].
const KEYS: usize = 1 << 18;
/// Key of everything beyond [`KEYS`].
const OTHERS: &[u8] = b"(others)";
/// Between the parts of a key.
const SEPARATOR: u8 = 0;

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
    sums: FxHashMap<Box<[u8]>, u64>,
    key: Vec<u8>,
    shown: bool,
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
        sums: FxHashMap::default(),
        key: Vec::new(),
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

    /// Puts the key of this event into `self.key`; false when a part of it is missing.
    fn fill_key(&mut self, cx: &EventCx<'_>) -> bool {
        self.key.clear();
        for (i, column) in self.keys.iter().enumerate() {
            if i > 0 {
                self.key.push(SEPARATOR);
            }
            let start = self.key.len();
            if !column.field.write(cx, &self.settings.text, &mut self.key) {
                return false;
            }
            if self.key.len() == start && column.field.field().kind == Kind::Text {
                return false;
            }
        }
        true
    }

    /// Rows to show, largest sum first, equal sums by key.
    fn rows(&self) -> Vec<(&[u8], u64)> {
        let mut rows: Vec<(&[u8], u64)> = self.sums.iter().map(|(k, &v)| (&**k, v)).collect();
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
        if let Some(addend) = self.addend(cx)
            && self.fill_key(cx)
        {
            if let Some(sum) = self.sums.get_mut(self.key.as_slice()) {
                *sum = sum.saturating_add(addend);
            } else {
                let key = if self.sums.len() < KEYS { self.key.as_slice() } else { OTHERS };
                let sum = self.sums.entry(key.into()).or_default();
                *sum = sum.saturating_add(addend);
            }
        }
        Flow::Continue
    }

    fn on_interval(&mut self, ts: u64, _state: &State, out: &mut Vec<u8>) {
        self.show(ts, out);
        self.sums.clear();
    }

    fn on_end(&mut self, ts: u64, _state: &State, out: &mut Vec<u8>) {
        // Live, the last second is worth showing only when something happened in it.
        if !self.shown || !self.sums.is_empty() {
            self.show(ts, out);
        }
    }
}
