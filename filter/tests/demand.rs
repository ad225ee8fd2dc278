//! What fields say they need is what they need: without the rest they give the same.

use std::path::PathBuf;

use cscope_capture::FileSource;
use cscope_enrich::{Demand, EventCx, Inspector, Item, View, Visibility};
use cscope_filter::{ArgRule, Field, FieldRef, Filter, FilterOptions, Needs, TextOptions};

const PAIRS: [&str; 7] = [
    "file.pairs.scap.gz",
    "ipc.pairs.scap.gz",
    "shell.pairs.scap.gz",
    "errors.pairs.scap.gz",
    "curl_google.scap",
    "single_ipv6_conn.scap",
    "test_ipv6_client.scap",
];

/// Says on stderr that something is not tested here. Not with a macro: the test harness hides what those print for
/// tests that pass.
fn skip(why: &str) {
    let line = format!("SKIP: {why}\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

fn captures() -> Option<PathBuf> {
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

/// The fields that do without some parts of the model, as they are written for each event.
fn fields(absent: Needs) -> Vec<FieldRef> {
    Field::all()
        .filter(|f| !f.needs.intersects(absent) && !matches!(f.arg, ArgRule::Required(_)))
        .map(|f| FieldRef::parse(f.name).expect("a field without argument"))
        .collect()
}

fn lines(path: PathBuf, fields: &[FieldRef], demand: Option<Demand>) -> Vec<Vec<u8>> {
    let options = TextOptions::default();
    let line = |cx: &EventCx<'_>| {
        let mut line = format!("{} ", cx.num).into_bytes();
        for field in fields {
            line.push(b'|');
            field.write(cx, &options, &mut line);
        }
        line
    };
    let mut inspector = Inspector::new(Box::new(FileSource::open(path).expect("a capture")), View::Merged);
    let mut lines = Vec::new();
    loop {
        let item = match demand {
            Some(demand) => inspector.step_where(&mut (demand, |_: &EventCx<'_>| true)),
            None => inspector.step(),
        };
        match item.expect("no damage") {
            Item::Event(cx) if cx.visibility == Visibility::Shown => lines.push(line(&cx)),
            Item::End => return lines,
            _ => {}
        }
    }
}

#[test]
fn fields_do_without_what_they_do_not_ask_for() {
    let Some(folder) = captures() else { return };
    let none = Demand::NOTHING;
    let descriptors = Needs::FDS.or(Needs::PATHS).or(Needs::DIRECTORIES).or(Needs::PROGRAMS);
    let people = Needs::THREADS.or(Needs::CONTAINERS).or(Needs::USERS).or(Needs::MEMORY);
    let everything = Demand { args: true, fds: true, ..none };
    for (absent, demand) in [
        (Needs::default(), everything),
        (Needs::default(), Demand { choice_args: true, choice_fds: true, ..everything }),
        (Needs::ARGS, Demand { fds: true, ..none }),
        (Needs::ARGS.or(Needs::FDS), none),
        (
            Needs::MEMORY,
            Demand { changes: people.without(Needs::MEMORY).or(descriptors).changes(), ..everything },
        ),
        (descriptors, Demand { changes: people.changes(), ..everything }),
        (descriptors.or(people), Demand { changes: Needs::ARGS.changes(), ..everything }),
    ] {
        let fields = fields(absent);
        assert!(fields.len() > 50, "{} fields", fields.len());
        for name in PAIRS {
            let path = folder.join(name);
            if !path.exists() {
                skip(&format!("no capture {name}"));
                continue;
            }
            let whole = lines(path.clone(), &fields, None);
            let lazy = lines(path, &fields, Some(demand));
            assert_eq!(whole.len(), lazy.len(), "{name}");
            if let Some((a, b)) = whole.iter().zip(&lazy).find(|(a, b)| a != b) {
                let (a, b) = (String::from_utf8_lossy(a), String::from_utf8_lossy(b));
                let differs = a.split('|').zip(b.split('|')).position(|(a, b)| a != b);
                let field = differs.and_then(|n| fields.get(n.checked_sub(1)?)).map(|f| f.field().name);
                panic!("{name} {demand:?}: {field:?} differs:\n{a}\n{b}");
            }
        }
    }
}

#[test]
fn what_was_refused_by_its_descriptor_is_refused_again_and_nothing_else() {
    let Some(folder) = captures() else { return };
    for text in [
        "fd.name contains /etc",
        "not fd.name contains /lib",
        "fd.name = ''",
        "fd.typechar != f",
        "fd.filename endswith so or not fd.type exists",
        "fd.directory exists and fd.nameraw != fd.name",
    ] {
        let filter = Filter::parse(text, &FilterOptions::default()).expect("a filter");
        assert!(filter.is_of_descriptor(), "{text}");
        let demand = Demand {
            choice_args: filter.pushdown().needs.has(Needs::ARGS),
            choice_fds: true,
            by_descriptor: true,
            ..Demand::EVERYTHING
        };
        for name in PAIRS {
            let path = folder.join(name);
            if !path.exists() {
                skip(&format!("no capture {name}"));
                continue;
            }
            let open = || {
                let source = FileSource::open(&path).expect("a capture");
                Inspector::new(Box::new(source), View::Merged)
            };
            let (mut whole, mut walked) = (Vec::new(), Vec::new());
            let mut inspector = open();
            loop {
                match inspector.step().expect("no damage") {
                    Item::Event(cx) if cx.visibility == Visibility::Shown && filter.matches(&cx) => {
                        whole.push(cx.num);
                    }
                    Item::End => break,
                    _ => {}
                }
            }
            let mut inspector = open();
            let mut wanted = (demand, |cx: &EventCx<'_>| filter.matches(cx));
            loop {
                match inspector.step_where(&mut wanted).expect("no damage") {
                    // An event that was stepped to was not asked about.
                    Item::Event(cx) if cx.visibility == Visibility::Shown && filter.matches(&cx) => {
                        walked.push(cx.num);
                    }
                    Item::End => break,
                    _ => {}
                }
            }
            assert_eq!(whole, walked, "{text} {name}");
        }
    }
}
