//! Every field of the field table, evaluated and printed.

use cscope_enrich::EventCx;
use cscope_filter::{ArgRule, Field, FieldFlags, Filter, FilterOptions, Format, TextOptions};

pub(crate) struct Fields {
    filters: Vec<Filter>,
    formats: Vec<Format>,
    out: Vec<u8>,
}

impl Fields {
    pub(crate) fn new() -> Self {
        let mut filters = Vec::new();
        let mut formats = Vec::new();
        for field in Field::all() {
            if !field.has(FieldFlags::PRINT_ONLY) {
                let filter = Filter::parse(field.example, &FilterOptions::default());
                filters.push(filter.unwrap_or_else(|e| panic!("{}: {e}", field.name)));
            }
            if !field.has(FieldFlags::FILTER_ONLY) {
                // The use in the example has the argument that the field asks for.
                let argument = match field.arg {
                    ArgRule::None | ArgRule::Allowed(_) => "",
                    ArgRule::Required(_) => {
                        let behind = field.example.split_once(field.name).map_or("", |(_, rest)| rest);
                        let end = behind.find([' ', '=', '<', '>', '!', '\\']).unwrap_or(behind.len());
                        &behind[..end]
                    }
                };
                let text = format!("*%{}{argument}", field.name);
                let format = Format::parse(&text, &TextOptions::default());
                formats.push(format.unwrap_or_else(|e| panic!("{text}: {e}")));
            }
        }
        Self { filters, formats, out: Vec::new() }
    }

    pub(crate) fn evaluate(&mut self, cx: &EventCx<'_>) {
        for filter in &self.filters {
            filter.matches(cx);
        }
        for format in &mut self.formats {
            self.out.clear();
            assert!(format.write(cx, &mut self.out), "a format with * has a line for every event");
            self.out.clear();
            format.write_json(cx, &mut self.out);
        }
    }
}
