//! Tables of what there is: lines of columns, or with `-j` one line of JSON.

use cscope_capture::print::json_string;

use crate::Settings;
use crate::line::{column, last, safe};
use crate::table::{json_begin, json_end};

/// A column: field or name in JSON, title, and width; that of the last is not used.
pub(crate) type Column = (&'static str, &'static str, usize);

/// How tables are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) json: bool,
    pub(crate) raw: bool,
}

impl From<&Settings> for Form {
    fn from(settings: &Settings) -> Self {
        Self { json: settings.json, raw: settings.raw }
    }
}

/// A table that is being written, cell by cell. Numbers and names are [`text`](Self::text) and
/// [`number`](Self::number).
pub(crate) struct Listing<'a> {
    out: &'a mut Vec<u8>,
    columns: &'static [Column],
    form: Form,
    /// The column of the next cell.
    at: usize,
    rows: usize,
    cell: Vec<u8>,
}

impl<'a> Listing<'a> {
    /// Begins a table of this chisel with its titles.
    pub(crate) fn new(
        chisel: &str,
        columns: &'static [Column],
        form: Form,
        ts: u64,
        out: &'a mut Vec<u8>,
    ) -> Self {
        let mut listing = Self { out, columns, form, at: 0, rows: 0, cell: Vec::new() };
        if form.json {
            json_begin(chisel, ts, listing.out);
        } else {
            columns.iter().for_each(|(_, title, _)| listing.put(title.as_bytes()));
        }
        listing
    }

    /// A rule under each title.
    pub(crate) fn rule(&mut self) {
        if !self.form.json {
            self.columns.iter().for_each(|(_, _, width)| self.put("-".repeat(width - 1).as_bytes()));
        }
    }

    /// A name that may come from the traced system.
    pub(crate) fn text(&mut self, text: &[u8]) {
        if self.form.json {
            self.between();
            json_string(text, self.out);
            self.next();
        } else {
            let mut cell = std::mem::take(&mut self.cell);
            cell.clear();
            safe(text, self.form.raw, &mut cell);
            self.put(&cell);
            self.cell = cell;
        }
    }

    /// A number.
    pub(crate) fn number(&mut self, number: i64) {
        self.shown(number, number.to_string().as_bytes());
    }

    /// A number that people get as this text.
    pub(crate) fn shown(&mut self, number: i64, text: &[u8]) {
        if self.form.json {
            self.between();
            self.out.extend_from_slice(number.to_string().as_bytes());
            self.next();
        } else {
            self.put(text);
        }
    }

    /// Ends the table.
    pub(crate) fn end(self) {
        if self.form.json {
            json_end(self.columns.iter().map(|(name, title, _)| (*name, *title, false)), self.out);
        }
    }

    /// What stands in front of a cell in JSON.
    fn between(&mut self) {
        let front: &[u8] = match (self.at, self.rows) {
            (0, 0) => b"[",
            (0, _) => b",[",
            _ => b",",
        };
        self.out.extend_from_slice(front);
    }

    fn next(&mut self) {
        self.at += 1;
        if self.at == self.columns.len() {
            self.out.push(b']');
            self.at = 0;
            self.rows += 1;
        }
    }

    fn put(&mut self, text: &[u8]) {
        match self.columns.get(self.at) {
            Some((_, _, width)) if self.at + 1 < self.columns.len() => {
                column(text, *width, self.out);
                self.at += 1;
            }
            _ => {
                last(text, self.out);
                self.at = 0;
            }
        }
    }
}
