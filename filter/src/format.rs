//! Output formats: text with `%field` items.

use cscope_enrich::EventCx;

use crate::{Field, FilterError, TextOptions};

/// A format given by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// One line per event.
    Default,
    /// The same with colours for a terminal.
    DefaultColor,
    /// `-pc`: with the container.
    Container,
    /// `-pk`: with the pod.
    Kubernetes,
}

impl Preset {
    /// The text of the format.
    pub fn text(self) -> &'static str {
        match self {
            Self::Default => {
                "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"
            }
            Self::DefaultColor => {
                "*%evt.num %evt.outputtime %evt.cpu \\e[01;32m%proc.name\\e[00m (\\e[01;36m%proc.pid\\e[00m.\
                 %thread.tid) %evt.dir \\e[01;34m%evt.type\\e[00m %evt.info"
            }
            Self::Container => {
                "*%evt.num %evt.outputtime %evt.cpu %container.name (%container.id) %proc.name \
                 (%thread.tid:%thread.vtid) %evt.dir %evt.type %evt.info"
            }
            Self::Kubernetes => {
                "*%evt.num %evt.outputtime %evt.cpu %k8s.pod.name (%container.id) %proc.name \
                 (%thread.tid:%thread.vtid) %evt.dir %evt.type %evt.info"
            }
        }
    }
}

/// A parsed format. Keeps the time of the last line for the time style `D`; one per output.
#[derive(Debug, Clone)]
pub struct Format {
    text: String,
    options: TextOptions,
    fields: Vec<&'static Field>,
}

impl Format {
    /// Reads a format.
    ///
    /// # Errors
    /// An item is malformed or names an unknown field.
    pub fn parse(text: &str, options: &TextOptions) -> Result<Self, FilterError> {
        Ok(Self { text: text.to_owned(), options: *options, fields: Vec::new() })
    }

    /// The text it was made from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The options it was made with.
    pub fn options(&self) -> &TextOptions {
        &self.options
    }

    /// The fields it uses, each once.
    pub fn fields(&self) -> &[&'static Field] {
        &self.fields
    }

    /// Appends the line of an event, without line feed. False, and nothing is appended, when an item is
    /// missing and the format does not begin with `*`.
    pub fn write(&mut self, cx: &EventCx<'_>, out: &mut Vec<u8>) -> bool {
        let _ = (cx, &out);
        false
    }

    /// Appends the event as one JSON object, without line feed: the fields of the format as keys in
    /// alphabetical order. False, and nothing is appended, as for [`write`](Self::write).
    pub fn write_json(&mut self, cx: &EventCx<'_>, out: &mut Vec<u8>) -> bool {
        let _ = (cx, &out);
        false
    }
}
