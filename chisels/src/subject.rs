//! Filters over the threads and descriptors of the model, not over events.

use cscope_capture::{Event, EventType, Params};
use cscope_enrich::{EventCx, Fd, State, Thread, Visibility};
use cscope_filter::{Filter, FilterOptions};

use crate::Error;

/// Classes of fields that mean something without an event.
const CLASSES: [&str; 6] = ["proc", "thread", "fd", "user", "group", "container"];

/// True when `text` is a filter over threads and descriptors alone.
pub fn is_table_filter(text: &str) -> bool {
    !text.trim().is_empty()
        && Filter::parse(text, &FilterOptions::default()).is_ok_and(|f| first_foreign(&f).is_none())
}

/// The first field that needs an event.
fn first_foreign(filter: &Filter) -> Option<&'static str> {
    let own = |name: &str| name.split_once('.').is_some_and(|(class, _)| CLASSES.contains(&class));
    filter.fields().iter().map(|f| f.name).find(|name| !own(name))
}

/// A filter given to `chisel` as an argument; `None` when there is none.
pub(crate) fn table_filter(
    chisel: &'static str,
    words: &[String],
    options: &FilterOptions,
) -> Result<Option<Filter>, Error> {
    let Some(text) = words.first() else { return Ok(None) };
    let filter = Filter::parse(text, options).map_err(|e| Error::filter(chisel, e))?;
    match first_foreign(&filter) {
        None => Ok(Some(filter)),
        Some(field) => Err(Error::Argument {
            chisel,
            message: format!("{field} belongs to an event and cannot choose among threads and descriptors"),
        }),
    }
}

/// A thread, and maybe one of its descriptors, as something filters and formats work on.
pub(crate) fn subject<'a>(state: &'a State, thread: &'a Thread, fd: Option<&'a Fd>) -> EventCx<'a> {
    let event = Event {
        ts: 0,
        tid: thread.info.tid.cast_unsigned(),
        cpu: 0,
        kind: EventType::GENERIC_E,
        flags: 0,
        latency: None,
        params: Params::new(&[], &[], false),
    };
    EventCx {
        event,
        stored: event,
        num: 0,
        visibility: Visibility::Internal,
        state,
        thread: Some(thread),
        fd_num: fd.map(|fd| fd.info.fd),
        fd,
        latency: None,
        first_ts: 0,
        prev_ts: 0,
        fd_name_changed: false,
    }
}

/// All threads by number, without the ones that ended or of which nothing is known.
pub(crate) fn threads(state: &State) -> Vec<&Thread> {
    let mut threads: Vec<&Thread> = state.threads().filter(|t| !t.dead && !t.placeholder).collect();
    threads.sort_unstable_by_key(|t| t.info.tid);
    threads
}
