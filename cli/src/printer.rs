//! One line per event.

use cscope_enrich::EventCx;
use cscope_filter::{Format, Needs, Separator, TimeStyle};

use crate::args::Args;

/// What an event becomes.
#[derive(Debug, Clone, Copy)]
enum Form {
    Line,
    Json,
    Row(Separator),
}

/// Prints events in the format chosen.
#[derive(Debug, Clone)]
pub(crate) struct Printer {
    format: Format,
    form: Form,
}

impl Printer {
    /// A printer for `format`.
    pub(crate) fn new(format: Format, args: &Args) -> Self {
        let form = match () {
            () if args.json => Form::Json,
            () if args.csv => Form::Row(Separator::Comma),
            () if args.tsv => Form::Row(Separator::Tab),
            () => Form::Line,
        };
        Self { format, form }
    }

    /// Appends the line that stands before all others, where the form has one.
    pub(crate) fn begin(&self, out: &mut Vec<u8>) {
        if let Form::Row(separator) = self.form {
            self.format.write_titles(separator, out);
            out.push(b'\n');
        }
    }

    /// Parts of the model its fields read.
    pub(crate) fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for field in self.format.fields() {
            needs = needs.or(field.needs);
        }
        if self.format.options().time == TimeStyle::Latency {
            needs = needs.or(Needs::LATENCY);
        }
        needs
    }

    /// True when a line depends on the one before it.
    pub(crate) fn looks_back(&self) -> bool {
        self.format.looks_back()
    }

    /// Appends the line of an event; false when the format has nothing to say about it.
    #[inline]
    pub(crate) fn print(&mut self, cx: &EventCx<'_>, out: &mut Vec<u8>) -> bool {
        let written = match self.form {
            Form::Line => self.format.write(cx, out),
            Form::Json => self.format.write_json(cx, out),
            Form::Row(separator) => self.format.write_row(separator, cx, out),
        };
        if written {
            out.push(b'\n');
        }
        written
    }
}
