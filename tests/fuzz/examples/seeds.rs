//! Writes the seeds of all targets: `seeds FOLDER [CAPTURE...]`.
//!
//! Without captures the seeds are made here, from the event table and the field table; these are the ones kept in
//! `corpus`. With captures the start of each is cut into seeds too, for a longer run.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use cscope_capture::table::{EVENTS, EventInfo, Status};
use cscope_capture::{
    Event, EventBuilder, EventSource, FileSource, FileWriter, Format, OwnedEvent, Step, WriterOptions,
};
use cscope_filter::Field;
use cscope_fuzz::machine;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Events of a capture that become one seed, and how many seeds.
const SLICE: usize = 60;
const SLICES: usize = 40;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = args.next().ok_or("usage: seeds FOLDER [CAPTURE...]")?;
    let events = made();
    for (name, kinds) in [
        ("current", [Status::Current].as_slice()),
        ("old", &[Status::Old]),
        ("all", &[Status::Current, Status::Old]),
    ] {
        let some: Vec<_> =
            events.iter().filter(|(info, _)| kinds.contains(&info.status)).map(|(_, e)| e).collect();
        for (n, part) in some.chunks(if name == "all" { 400 } else { 48 }).enumerate() {
            let few = part.iter().step_by(if name == "all" { 5 } else { 1 });
            seeds_of(&folder, &format!("{name}-{n}"), few.map(|e| e.event()), name == "all")?;
        }
    }
    let mut text = String::new();
    for (n, field) in Field::all().enumerate() {
        text.push_str(field.example);
        if n % 6 == 5 {
            put(&folder, "filters", &format!("fields-{n}"), text.as_bytes())?;
            text.clear();
        } else {
            text.push_str(if n % 2 == 0 { " and " } else { " or not " });
        }
    }
    for (name, text) in [
        ("lists", "evt.type in (open, execve) and (fd.name pmatch (/etc, /bin) or proc.name glob 'a*')"),
        (
            "sets",
            "fd.types intersects (file, ipv4) and fd.net = 10.0.0.0/8 and evt.rawtime > 1700000000000000000",
        ),
        ("transformers", "toupper(proc.name) = SH and b64(evt.buffer) bcontains 6162 and len(fd.name) > 3"),
        ("exists", "proc.aname[2] exists and not fd.sport in (80, 443) and evt.arg.res = ENOENT"),
        ("format", "*%evt.num %-9proc.name %10fd.name %evt.arg[0] %evt.rawarg.res\\n%%"),
        ("regex", "proc.exe regex '^/(bin|sbin)/[a-z]+$' or evt.arg.name iregex 'X'"),
    ] {
        put(&folder, "filters", name, text.as_bytes())?;
    }
    for path in args {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut source = FileSource::open(&path)?;
        let mut events: Vec<OwnedEvent> = Vec::new();
        while let Ok(Step::Event(_) | Step::Section(_)) = source.step().map(|step| {
            if let Step::Event(event) = &step {
                events.push(OwnedEvent::from(event));
            }
            step
        }) {}
        let apart = (events.len() / SLICES).max(1);
        for n in 0..SLICES {
            let slice = events.iter().skip(n * apart).take(SLICE);
            seeds_of(&folder, &format!("{name}-{n}"), slice.map(OwnedEvent::event), false)?;
        }
    }
    Ok(())
}

/// One event of every type, its parameters made of what the table says of them.
fn made() -> Vec<(&'static EventInfo, OwnedEvent)> {
    let mut b = EventBuilder::new();
    let events = EVENTS.iter().filter(|i| i.status != Status::Unused).map(|info| {
        b.start(cscope_capture::EventType(info.id));
        for (n, param) in info.params.iter().enumerate() {
            match (param.name, param.kind.width()) {
                ("fd" | "fd1" | "oldfd", Some(width)) => b.bytes(&3i64.to_le_bytes()[..width.min(8)]),
                ("tid" | "vtid", Some(8)) => b.i64(9),
                ("pid" | "vpid", Some(8)) => b.i64(5),
                (_, Some(16)) => b.bytes(&[1; 16]),
                (_, Some(width)) => b.bytes(&(n as i64 * 3 % 11).to_le_bytes()[..width]),
                ("tuple", _) => b.bytes(&[2, 127, 0, 0, 1, 0, 16, 10, 0, 0, 1, 80, 0]),
                ("addr", _) => b.bytes(&[2, 127, 0, 0, 1, 80, 0]),
                ("cgroups", _) => {
                    b.bytes(b"cpu=/docker/3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e\0")
                }
                ("args" | "env", _) => b.bytes(b"A=1\0-x\0"),
                ("fds", _) => b.bytes(&[1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
                ("json", _) => {
                    b.text(br#"{"container":{"id":"3ad7b26ded6d","type":0,"name":"db","image":"pg:1"}}"#)
                }
                ("data", _) => b.bytes(b"GET / HTTP/1.1\r\n"),
                _ => b.text(b"a/../b"),
            };
        }
        (info, b.owned(1_700_000_000_000_000_000 + u64::from(info.id), 5, 0))
    });
    events.collect()
}

/// The seeds of some events: for the state, for single events, and as captures in all forms.
fn seeds_of<'a>(
    folder: &Path,
    name: &str,
    events: impl Iterator<Item = Event<'a>>,
    captures: bool,
) -> Result<()> {
    let events: Vec<_> = events.collect();
    for options in [0, 1] {
        let mut recorder = Recorder(vec![options]);
        events.iter().for_each(|event| recorder.event(event));
        put(folder, "state", &format!("{name}-{options}"), &recorder.0)?;
    }
    let mut recorder = Recorder::default();
    events.iter().for_each(|event| recorder.event(event));
    // Every third frame of a few events, two sections; whole, and damaged in a note and elsewhere.
    for (kind, front) in
        [("whole", &[0x49, 0x92, 3, 1, 0][..]), ("damaged", &[0x49, 0x92, 2, 1, 2, 9, 0x80, 1, 0, 9, 1])]
    {
        put(folder, "frames", &format!("{name}-{kind}"), &[front, &recorder.0].concat())?;
    }
    // Every seed with another filter.
    let filter = name.bytes().fold(0, u8::wrapping_add) % 8;
    for (kind, options) in [("alone", filter | 0x18), ("pairs", filter | 0xB0)] {
        let front = [options, 1, 3, 2, 20];
        put(folder, "walks", &format!("{name}-{kind}"), &[&front, &recorder.0[..]].concat())?;
    }
    let mut single = Vec::new();
    for pair in events.chunks(2) {
        single.clear();
        single.push(single.len() as u8);
        for event in pair {
            single.extend_from_slice(&event.kind.0.to_le_bytes());
            let wide = if event.params.is_wide() { 0x80 } else { 0 };
            single.push(event.params.len() as u8 | wide);
            single.extend_from_slice(event.params.lengths());
            single.extend_from_slice(&(event.params.data().len() as u16).to_le_bytes());
            single.extend_from_slice(event.params.data());
        }
        if !captures {
            let kind = pair.first().map_or(0, |e| e.kind.0);
            put(folder, "events", &format!("{name}-{kind}"), &single)?;
        }
    }
    if !captures {
        return Ok(());
    }
    let options = WriterOptions { batch: Some(2000), ..WriterOptions::default() };
    for (form, suffix) in [(Format::Scap, "scap"), (Format::ScapGz, "gz"), (Format::ScapZst, "zst")] {
        let path = folder.join(format!("one.{suffix}"));
        let mut writer = FileWriter::create(&path, form, &machine(), &options)?;
        for event in &events {
            writer.write(event)?;
        }
        writer.finish()?;
        let bytes = std::fs::read(&path)?;
        std::fs::remove_file(&path)?;
        put(folder, "blocks", &format!("{name}.{suffix}"), &bytes)?;
        if form == Format::Scap {
            let parts = |whats: &[u8]| {
                let mut packed = Vec::new();
                for (part, what) in bytes.chunks(bytes.len() / whats.len() + 1).zip(whats) {
                    packed.push(*what);
                    packed.extend_from_slice(&(part.len() as u16).to_le_bytes());
                    packed.extend_from_slice(part);
                }
                packed
            };
            for (kind, whats) in [
                ("gz", &[1, 1][..]),
                ("zst", &[2, 2, 2]),
                ("noted", &[2, 6, 6, 5]),
                ("mixed", &[0, 4, 1, 3, 2]),
            ] {
                put(folder, "containers", &format!("{name}-{kind}"), &parts(whats))?;
            }
        } else {
            let mut raw = vec![0];
            raw.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
            raw.extend_from_slice(&bytes);
            put(folder, "containers", &format!("{name}-{suffix}"), &raw)?;
        }
    }
    Ok(())
}

fn put(folder: &Path, target: &str, name: &str, bytes: &[u8]) -> Result<()> {
    let folder = folder.join(target);
    std::fs::create_dir_all(&folder)?;
    Ok(std::fs::File::create(folder.join(name))?.write_all(bytes)?)
}

/// Writes events in the form that the targets `state`, `frames` and `walks` read.
#[derive(Debug, Default)]
struct Recorder(Vec<u8>);

impl Recorder {
    /// Appends an event; its time is 997 ns after the one before.
    fn event(&mut self, event: &Event<'_>) {
        let out = &mut self.0;
        out.extend_from_slice(&event.kind.0.to_le_bytes());
        out.extend_from_slice(&[(event.tid % 32) as u8, 1, event.params.len() as u8]);
        let table = event.info().map_or(&[][..], |i| i.params);
        for (index, bytes) in event.params.iter().enumerate() {
            match table.get(index).and_then(|p| p.kind.width()) {
                Some(width) if width == bytes.len() => {
                    let small = cscope_capture::signed(bytes).filter(|v| (-20..180).contains(v));
                    match small {
                        Some(value) => out.push((value + 20) as u8),
                        None => {
                            out.push(220);
                            out.extend_from_slice(bytes);
                        }
                    }
                }
                Some(_) => out.push(255),
                None => {
                    match bytes.len() {
                        n @ 0..250 => out.push(n as u8),
                        n => {
                            out.push(250);
                            out.extend_from_slice(&(n as u16).to_le_bytes());
                        }
                    }
                    out.extend_from_slice(bytes.get(..0xFFFF).unwrap_or(bytes));
                }
            }
        }
    }
}
