//! Captures, synthetic streams, and walking over them.

use std::path::PathBuf;

use cscope_capture::{Error, EventSource, FileSource, OwnedEvent, Snapshot, Stats, Step};
use cscope_enrich::{EventCx, Inspector, Item, View};

/// Says on stderr that something is not tested here. Not with a macro: the test harness hides what those print for
/// tests that pass.
fn skip(why: &str) {
    let line = format!("SKIP: {why}\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

/// Folder of foreign captures; `None`, and a word about it, when it is not there.
pub(crate) fn captures() -> Option<PathBuf> {
    let folder = match std::env::var_os("CSCOPE_CAPTURES") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/captures")),
    };
    if folder.join("curl_google.scap").exists() {
        return Some(folder);
    }
    skip(&format!("no captures in {}; set CSCOPE_CAPTURES", folder.display()));
    None
}

/// A file of the folder with tables of the format, beside the captures.
pub(crate) fn table(name: &str) -> Option<String> {
    let path = captures()?.join("../format").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        skip(&format!("{} is not there", path.display()));
    }
    text
}

/// Calls `visit` for every event of a capture.
pub(crate) fn walk_file(path: PathBuf, view: View, visit: impl FnMut(&EventCx<'_>)) {
    let source = FileSource::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    walk(Box::new(source), view, visit);
}

/// Calls `visit` for every event of a source.
pub(crate) fn walk(source: Box<dyn EventSource + Send>, view: View, mut visit: impl FnMut(&EventCx<'_>)) {
    let mut inspector = Inspector::new(source, view);
    loop {
        match inspector.step().expect("readable") {
            Item::Event(cx) => visit(&cx),
            Item::End => return,
            Item::Section(_) | Item::Idle { .. } | Item::Passed | Item::LeftOut { .. } => {}
        }
    }
}

/// Events made in memory.
pub(crate) struct Synthetic {
    pub(crate) snapshot: Snapshot,
    pub(crate) events: Vec<OwnedEvent>,
    next: usize,
}

impl Synthetic {
    pub(crate) fn new(snapshot: Snapshot, events: Vec<OwnedEvent>) -> Box<Self> {
        Box::new(Self { snapshot, events, next: 0 })
    }
}

impl EventSource for Synthetic {
    fn step(&mut self) -> Result<Step<'_>, Error> {
        self.next += 1;
        Ok(match self.next {
            1 => Step::Section(&self.snapshot),
            n => self.events.get(n - 2).map_or(Step::End, |e| Step::Event(e.event())),
        })
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn stats(&self) -> Stats {
        Stats { events: self.next as u64, ..Stats::default() }
    }
}
