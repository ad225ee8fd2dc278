//! Reading filters and formats, and evaluating what could be read.

use std::cell::RefCell;

use cscope_capture::{EventBuilder, EventType, OwnedEvent};
use cscope_enrich::{Inspector, Item, View};
use cscope_filter::{Filter, FilterError, FilterOptions, Format, TextOptions};

use super::memory::Memory;
use super::state::machine;

thread_local! {
    static EVENTS: RefCell<Vec<OwnedEvent>> = RefCell::new(events());
}

/// Some events that have much to look at.
fn events() -> Vec<OwnedEvent> {
    let mut b = EventBuilder::new();
    let mut events = Vec::new();
    b.start(EventType::SYSCALL_OPENAT_2_X).i64(4).i64(-100).text(b"a/b").u32(1).u32(0).u32(0).u64(9);
    events.push(b.owned(1_700_000_000_000_000_000, 5, 0));
    b.start(EventType::SYSCALL_READ_X).i64(11).bytes(b"GET / HTTP\n").i64(4).u32(80);
    events.push(b.owned(1_700_000_000_000_001_000, 5, 1));
    b.start(EventType::SYSCALL_UNLINK_2_X).i64(-2).text(b"/tmp/\xff");
    events.push(b.owned(1_700_000_000_000_002_000, 7, 1));
    b.start(EventType::GENERIC_X).u16(12).u16(1);
    events.push(b.owned(1_700_000_000_000_003_000, 7, 1));
    events
}

/// ```text
/// text: read as a filter and as a format
/// ```
pub fn filters(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let exact = FilterOptions { exact_types: text.len() % 2 == 1, ..FilterOptions::default() };
    let filter = Filter::parse(&text, &exact);
    let format = Format::parse(&text, &TextOptions::default());
    for error in [filter.as_ref().err(), format.as_ref().err()].into_iter().flatten() {
        check(error, &text);
    }
    if filter.is_err() && format.is_err() {
        return;
    }
    let events = EVENTS.with_borrow(Vec::clone);
    let mut inspector = Inspector::new(Box::new(Memory::new(machine(), events)), View::Merged);
    let mut format = format.ok();
    let mut out = Vec::new();
    loop {
        match inspector.step().expect("events made in memory") {
            Item::Event(cx) => {
                if let Ok(filter) = &filter {
                    let holds = filter.matches(&cx);
                    let possible = filter.event_types().contains(&cx.event);
                    assert!(!holds || possible, "an event passed whose type cannot match");
                }
                if let Some(format) = &mut format {
                    out.clear();
                    format.write(&cx, &mut out);
                    format.write_json(&cx, &mut out);
                }
            }
            Item::End => break,
            Item::Section(_) | Item::Idle { .. } | Item::Passed | Item::LeftOut { .. } => {}
        }
    }
}

/// An error has a message that can be shown.
fn check(error: &FilterError, text: &str) {
    assert!(!error.to_string().is_empty(), "{text:?}");
}
