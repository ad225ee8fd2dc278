//! One line per event.

use cscope_enrich::EventCx;
use cscope_filter::{Format, Needs, TimeStyle};

use crate::args::Args;

/// Prints events in the format chosen.
#[derive(Debug)]
pub(crate) struct Printer {
    format: Format,
    json: bool,
}

impl Printer {
    /// A printer for `format`.
    pub(crate) fn new(format: Format, args: &Args) -> Self {
        Self { format, json: args.json }
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

    /// Appends the line of an event; false when the format has nothing to say about it.
    #[inline]
    pub(crate) fn print(&mut self, cx: &EventCx<'_>, out: &mut Vec<u8>) -> bool {
        let written = if self.json { self.format.write_json(cx, out) } else { self.format.write(cx, out) };
        if written {
            out.push(b'\n');
        }
        written
    }
}
