//! The ways to go through a file, which must all come to the same: step by step, walking over what nobody wants, and
//! in parts that are read again.

use std::cell::RefCell;
use std::io::Cursor;

use cscope_capture::{EventType, FileSource, Format as Form, OwnedEvent};
use cscope_enrich::{
    Changes, Demand, EventCx, Inspector, Interest, Item, Limits, Survey, Thread, View, Visibility,
};
use cscope_filter::{ArgRule, Field, FieldFlags, Filter, FilterOptions, Format, Needs, TextOptions};

use super::bytes::Bytes;
use super::frames::capture;
use super::script;

/// What is asked for: nothing, by type, by thread, by descriptor, by parameters, and everything.
const FILTERS: [&str; 8] = [
    "proc.name = nomatch",
    "evt.type in (read, close, openat, procexit)",
    "proc.name = sh or proc.pname = x",
    "fd.name contains e",
    "fd.type = ipv4 and evt.type != close",
    "evt.arg.res = ENOENT or evt.rawarg.fd = 3",
    "fd.num < 4 and proc.aname in (sh, x) and evt.latency > 900",
    "",
];
/// Most events of one stream.
const MOST: usize = 2048;
/// Lines with all fields are made of one in so many events.
const STRIDE: u64 = 7;

thread_local! {
    static KIT: RefCell<Kit> = RefCell::new(Kit::new());
}

struct Kit {
    filters: Vec<Filter>,
    /// By whether parameters and descriptors are read: all fields that do with that, the fewer the less is read.
    formats: [Format; 4],
}

impl Kit {
    fn new() -> Self {
        let filter = |text| Filter::parse(text, &FilterOptions::default()).expect("a filter");
        let formats = [0, 1, 2, 3].map(|read| {
            let lean = Needs::FDS.or(Needs::PATHS).or(Needs::MEMORY);
            let absent = [lean.or(Needs::ARGS).or(Needs::THREADS), lean, Needs::ARGS, Needs::default()][read];
            // What counts the lines it stands in differs from one reading to the next.
            let plain = |field: &&Field| {
                !field.needs.intersects(absent)
                    && !matches!(field.arg, ArgRule::Required(_))
                    && !field.has(FieldFlags::FILTER_ONLY)
                    && field.name != "util.cnt"
            };
            let fields: String = Field::all().filter(plain).map(|f| format!("|%{}", f.name)).collect();
            Format::parse(&format!("*%evt.num{fields}"), &TextOptions::default()).expect("a format")
        });
        Self { filters: FILTERS.iter().map(|text| filter(text)).collect(), formats }
    }
}

/// Takes down what passes.
struct Lines<'a> {
    filter: &'a Filter,
    format: &'a mut Format,
    demand: Demand,
    /// Every second event is taken where it is found, not handed out.
    takes: bool,
    /// All of the model is followed.
    whole: bool,
    seen: u64,
    lines: Vec<Vec<u8>>,
}

/// Events seen, lines, and what is known at the end.
type Outcome = (u64, Vec<Vec<u8>>, String);

impl Lines<'_> {
    /// What came of a reading; another can begin.
    fn outcome(&mut self, inspector: &Inspector) -> Outcome {
        let state = inspector.state();
        let snapshot = self.whole.then(|| state.snapshot());
        let end = format!("{} {:?} {snapshot:?}", inspector.num(), inspector.times());
        (std::mem::take(&mut self.seen), std::mem::take(&mut self.lines), end)
    }

    fn event(&mut self, cx: &EventCx<'_>) {
        if cx.visibility != Visibility::Shown {
            return;
        }
        self.seen += 1;
        if self.filter.matches(cx) {
            self.line(cx);
        }
    }

    fn line(&mut self, cx: &EventCx<'_>) {
        let mut line = Vec::new();
        if cx.num.is_multiple_of(STRIDE) {
            self.format.write(cx, &mut line);
        } else {
            line = format!("{} {} {:?}", cx.num, cx.event.ts, cx.event.kind).into_bytes();
        }
        self.lines.push(line);
    }
}

impl Interest for Lines<'_> {
    fn demand(&self) -> Demand {
        self.demand
    }

    fn wants_type(&self, kind: EventType) -> bool {
        self.filter.pushdown().types.contains_kind(kind)
    }

    fn wants_thread(&self, thread: &Thread) -> bool {
        self.filter.pushdown().admits_thread(thread)
    }

    fn wants(&mut self, cx: &EventCx<'_>) -> bool {
        let passes = self.filter.matches(cx);
        self.seen += u64::from(!passes);
        passes
    }

    fn take(&mut self, cx: &EventCx<'_>) -> bool {
        let taken = self.takes && cx.num.is_multiple_of(2);
        if taken {
            self.event(cx);
        }
        taken
    }

    fn passed(&mut self, events: u64, _: u64) {
        self.seen += events;
    }
}

/// ```text
/// options u8: filter, modulo 8; bit 3, 4: parameters and descriptors are read; bit 5: events are taken where they
///             are found; bit 6: of the model only what is read is followed; bit 7: enter events in front of all others
/// repeats u8  bit 7: a small model; modulo 8, then each: first event u8, events u8 (modulo 16), times u8 (modulo 32): what is put behind
/// events
/// ```
pub fn walks(data: &[u8]) {
    let mut input = Bytes(data);
    let options = input.u8();
    let repeats = input.u8();
    let small = repeats & 0x80 != 0;
    let repeats: Vec<_> = (0..repeats % 8).map(|_| (input.u8(), input.u8(), input.u8())).collect();
    let mut events = script::events(&mut input);
    if options & 0x80 != 0 {
        events = events.into_iter().flat_map(with_enter).collect();
    }
    for (first, count, times) in repeats {
        let (first, count) = (usize::from(first), usize::from(count % 16));
        let run: Vec<_> = events.iter().skip(first).take(count).cloned().collect();
        for _ in 0..times % 32 {
            events.extend(run.iter().take(MOST.saturating_sub(events.len())).cloned());
        }
    }
    let file = capture(&events, Form::Scap, None);
    KIT.with_borrow_mut(|kit| {
        let Kit { filters, formats } = kit;
        let Some(filter) = filters.get(usize::from(options % 8)) else { return };
        let Some(format) = formats.get_mut(usize::from(options >> 3 & 3)) else { return };
        compare(&file, filter, format, options, small);
    });
}

/// An event behind its enter event, when its type has one that is part of it.
fn with_enter(exit: OwnedEvent) -> Vec<OwnedEvent> {
    let event = exit.event();
    let kind = EventType(event.kind.0 & !1);
    if event.kind.0.is_multiple_of(2) || kind.info().is_none() {
        return vec![exit];
    }
    let mut b = cscope_capture::EventBuilder::new();
    b.start(kind);
    let count = kind.info().map_or(0, |info| info.params.len());
    // The parameters of a call stand behind its result.
    for param in event.params.iter().skip(1).take(count) {
        b.bytes(param);
    }
    let enter = b.owned(event.ts.wrapping_sub(500), event.tid, event.cpu);
    vec![enter, exit]
}

fn compare(file: &[u8], filter: &Filter, format: &mut Format, options: u8, small: bool) {
    let read = filter.pushdown().needs;
    let whole = options & 0x40 == 0 || small;
    let demand = Demand {
        choice_args: read.has(Needs::ARGS),
        choice_fds: read.has(Needs::FDS),
        by_descriptor: filter.is_of_descriptor(),
        args: options & 8 != 0,
        fds: options & 16 != 0,
        changes: if whole { Changes::ALL } else { read.or(format.needs()).changes() },
    };
    let limits = if small { Limits { threads: 8, ..Limits::default() } } else { Limits::default() };
    let open = || {
        let source = FileSource::from_reader(Box::new(Cursor::new(file.to_vec()))).expect("a capture");
        Inspector::new(Box::new(source), View::Merged).with_limits(limits)
    };
    let takes = options & 0x20 != 0;
    let mut lines = Lines { filter, format, demand, takes, whole, seen: 0, lines: Vec::new() };

    let mut inspector = open();
    loop {
        match inspector.step().expect("no damage") {
            Item::Event(cx) => lines.event(&cx),
            Item::End => break,
            _ => {}
        }
    }
    let plain = lines.outcome(&inspector);

    let mut inspector = open();
    walk(&mut inspector, &mut lines);
    same(&plain, &lines.outcome(&inspector), "walked");

    let mut inspector = open();
    let mut spent = None;
    loop {
        match inspector.survey(demand.changes).expect("no damage") {
            Survey::Part(mut part) => {
                if let Some(spent) = spent.take() {
                    part.resume(spent);
                }
                walk(&mut part, &mut lines);
                spent = Some(*part);
            }
            Survey::Large => panic!("the model is small"),
            Survey::Item(Item::Event(cx)) => lines.event(&cx),
            Survey::Item(Item::End) => break,
            Survey::Item(_) => {}
        }
    }
    same(&plain, &lines.outcome(&inspector), "in parts");
}

fn walk(inspector: &mut Inspector, lines: &mut Lines<'_>) {
    loop {
        match inspector.step_where(lines).expect("no damage") {
            Item::Event(cx) => lines.event(&cx),
            Item::End => return,
            _ => {}
        }
    }
}

fn same(a: &Outcome, b: &Outcome, how: &str) {
    if let Some((a, b)) = a.1.iter().zip(&b.1).find(|(a, b)| a != b) {
        let (a, b) = (String::from_utf8_lossy(a), String::from_utf8_lossy(b));
        let at = a.split('|').zip(b.split('|')).position(|(a, b)| a != b);
        panic!("{how}: part {at:?} of a line differs:\n{a}\n{b}");
    }
    assert_eq!((a.0, a.1.len()), (b.0, b.1.len()), "{how}: events seen, and lines");
    assert_eq!(a.2, b.2, "{how}: the end");
}
