//! Names that values of filters can have: on the running machine, or in the capture that is to be read.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use cscope_capture::FileSource;
use cscope_enrich::{Container, Inspector, Item, RuntimeLookup, RuntimeOptions, View};
use cscope_filter::Field;

use crate::args::Args;

/// A shell waits for the answer: what is not found in this time is not offered.
const PATIENCE: Duration = Duration::from_millis(300);

#[derive(Clone, Copy)]
enum Subject {
    Process,
    Container(fn(&Container) -> &[u8]),
}

/// Names that this field can have, sorted.
pub(super) fn of(field: &Field, args: Option<&Args>) -> BTreeSet<String> {
    let subject = match field.name {
        "proc.name" | "proc.pname" | "proc.aname" | "proc.sname" | "proc.vpgid.name" | "proc.pgid.name" => {
            Subject::Process
        }
        "container.name" => Subject::Container(|c| &c.name),
        "container.id" => Subject::Container(|c| &c.id),
        "container.image" => Subject::Container(|c| &c.image),
        _ => return BTreeSet::new(),
    };
    let mut names = match args.and_then(|a| a.read.first()) {
        Some(file) => in_capture(file, subject),
        None => on_machine(subject),
    };
    names.remove("");
    names
}

fn on_machine(subject: Subject) -> BTreeSet<String> {
    match subject {
        Subject::Process => {
            let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
            // Other entries have no such file, and processes end while we look.
            let names = entries.filter_map(|e| std::fs::read_to_string(e.path().join("comm")).ok());
            names.map(|n| n.trim_end_matches('\n').to_owned()).collect()
        }
        Subject::Container(name) => {
            let Some(mut runtimes) = RuntimeLookup::start(&RuntimeOptions::default(), || true) else {
                return BTreeSet::new();
            };
            runtimes.wait(PATIENCE);
            runtimes.listed().iter().map(|c| String::from_utf8_lossy(name(c)).into_owned()).collect()
        }
    }
}

/// Names in a capture, as far as it can be read before the user loses patience.
fn in_capture(file: &Path, subject: Subject) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let Ok(source) = FileSource::open(file) else { return names };
    let mut inspector = Inspector::new(Box::new(source), View::Merged);
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match inspector.step() {
            Ok(Item::End) | Err(_) => break,
            // The state at the end does not know who came and went.
            Ok(Item::Event(cx)) => {
                if let (Subject::Process, Some(thread)) = (subject, cx.thread)
                    && let Ok(name) = std::str::from_utf8(&thread.info.comm)
                    && !names.contains(name)
                {
                    names.insert(name.to_owned());
                }
            }
            Ok(_) => {}
        }
    }
    let state = inspector.state();
    match subject {
        Subject::Process => {
            names.extend(state.threads().map(|t| String::from_utf8_lossy(&t.info.comm).into_owned()));
        }
        Subject::Container(name) => {
            names.extend(state.containers().iter().map(|c| String::from_utf8_lossy(name(c)).into_owned()));
        }
    }
    names
}
