//! Lines and objects.

use cscope_capture::{EventBuilder, EventType, OwnedEvent, Snapshot, ThreadInfo};
use cscope_enrich::View;
use cscope_filter::{DataFormat, Format, Preset, TextOptions, TimeStyle};

use crate::support::{Synthetic, captures, walk, walk_file};

/// Three events of a process called `c`, with escape characters in its name and data.
fn stream() -> Box<Synthetic> {
    let thread = ThreadInfo {
        tid: 7,
        pid: 7,
        ptid: 1,
        comm: (*b"c\x1b[31m").into(),
        cwd: (*b"/tmp/").into(),
        ..ThreadInfo::default()
    };
    let snapshot = Snapshot { threads: vec![thread], ..Snapshot::default() };
    let mut b = EventBuilder::new();
    let mut events: Vec<OwnedEvent> = Vec::new();
    b.start(EventType::SYSCALL_OPENAT_2_X).i64(3).i64(-100).text(b"a b").u32(1).u32(0o644).u32(0x801).u64(9);
    events.push(b.owned(1_000_000_000, 7, 1));
    b.start(EventType::SYSCALL_READ_X).i64(4).bytes(b"x\n\x00y").i64(3).u32(100);
    events.push(b.owned(1_000_000_500, 7, 1));
    b.start(EventType::SYSCALL_READ_X).i64(-9).bytes(b"").i64(-1).u32(100);
    events.push(b.owned(2_500_000_000, 7, 0));
    Synthetic::new(snapshot, events)
}

fn lines(text: &str, options: TextOptions) -> Vec<String> {
    let mut format = Format::parse(text, &options).unwrap_or_else(|e| panic!("{}", e.render(false)));
    let mut lines = Vec::new();
    walk(stream(), View::Merged, |cx| {
        let mut line = Vec::new();
        if format.write(cx, &mut line) {
            lines.push(String::from_utf8(line).expect("UTF-8"));
        } else {
            assert!(line.is_empty());
        }
    });
    lines
}

fn objects(text: &str) -> Vec<String> {
    let mut format =
        Format::parse(text, &TextOptions::default()).unwrap_or_else(|e| panic!("{}", e.render(false)));
    let mut lines = Vec::new();
    walk(stream(), View::Merged, |cx| {
        let mut line = Vec::new();
        if format.write_json(cx, &mut line) {
            serde_json::from_slice::<serde_json::Value>(&line).expect("valid JSON");
            lines.push(String::from_utf8(line).expect("UTF-8"));
        }
    });
    lines
}

#[test]
fn fields_and_text() {
    let plain = TextOptions::default();
    assert_eq!(lines("%evt.num:%evt.type", plain), ["1:openat", "2:read", "3:read"]);
    assert_eq!(lines("%fd.name", plain), ["/tmp/a b", "/tmp/a b", ""]);
    assert_eq!(lines("%fd.type", plain), ["file", "file"], "lines with something missing are left out");
    assert_eq!(lines("*%fd.type", plain), ["file", "file", "<NA>"]);
    assert_eq!(lines("a%%b\\t\\\\%evt.cpu", plain), ["a%b\t\\1", "a%b\t\\1", "a%b\t\\0"]);
    assert_eq!(lines("*%evt.arg.name|%evt.arg[0]|%evt.rawarg.res", plain)[0], "/tmp/a b|<f>/tmp/a b|<NA>");
    assert_eq!(lines("*%evt.arg.name|%evt.arg[0]|%evt.rawarg.res", plain)[2], "<NA>|EBADF|-9");
    assert_eq!(lines("%toupper(evt.type).%evt.type.", plain)[0], "OPENAT.openat.");
    assert_eq!(lines("%evt.types", plain)[0], "openats", "the longest known name, then text");
}

#[test]
fn widths() {
    let plain = TextOptions::default();
    assert_eq!(lines("%5evt.type|", plain), ["opena|", "read |", "read |"]);
    assert_eq!(lines("%-6evt.type|", plain), ["openat|", "  read|", "  read|"]);
    assert_eq!(lines("*%4fd.type|", plain)[2], "<NA>|");
}

#[test]
fn nothing_raw_reaches_the_terminal() {
    for data in
        [DataFormat::Dotted, DataFormat::Hex, DataFormat::HexAscii, DataFormat::Ascii, DataFormat::Base64]
    {
        let options = TextOptions { data, ..TextOptions::default() };
        for line in lines("*%proc.name %evt.info %evt.buffer %evt.arg.data", options) {
            assert!(!line.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')), "{line:?}");
        }
    }
    assert_eq!(lines("%proc.name", TextOptions::default())[0], "c\\x1b[31m");
}

#[test]
fn bytes_in_all_forms() {
    let with = |data| lines("%evt.buffer", TextOptions { data, ..TextOptions::default() })[0].clone();
    assert_eq!(with(DataFormat::Dotted), "x..y");
    assert_eq!(with(DataFormat::Hex), "\n\t0x0000: 780a 0079\n");
    assert!(with(DataFormat::HexAscii).ends_with("x..y\n"));
    assert_eq!(with(DataFormat::Ascii), "\nx\ny");
    assert_eq!(with(DataFormat::Base64), "eAoAeQ==");
}

#[test]
fn times() {
    let with = |time| lines("%evt.outputtime", TextOptions { time, ..TextOptions::default() });
    assert_eq!(with(TimeStyle::Absolute), ["1.000000000", "1.000000500", "2.500000000"]);
    assert_eq!(with(TimeStyle::Relative), ["0.000000000", "0.000000500", "1.500000000"]);
    assert_eq!(with(TimeStyle::Delta), ["0.000000000", "0.000000500", "1.499999500"]);
    assert_eq!(with(TimeStyle::Latency), ["0.000000000"; 3]);
    assert_eq!(with(TimeStyle::Clock)[2].len(), 18);
    assert_eq!(lines("%evt.time.iso8601", TextOptions::default())[0], "1970-01-01T00:00:01.000000000+0000");
    assert_eq!(
        lines("%evt.reltime %evt.reltime.s %evt.reltime.ns %evt.deltatime", TextOptions::default())[2],
        "1500000000 1 500000000 1499999500"
    );
}

#[test]
fn json() {
    assert_eq!(
        objects(
            "*%proc.name %evt.num %fd.dev %evt.outputtime %evt.failed %fd.type %evt.rawtime.ns %fd.types"
        )[0],
        r#"{"proc.name":"c\u001b[31m","evt.num":1,"fd.dev":"801","evt.outputtime":1000000000,"evt.failed":false,"fd.type":"file","evt.rawtime.ns":"000000000","fd.types":["file"]}"#
    );
    assert_eq!(objects("*%fd.type %evt.num")[2], r#"{"fd.type":null,"evt.num":3}"#);
    assert_eq!(objects("%fd.type %evt.num").len(), 2);
    assert_eq!(objects("%evt.num %evt.num")[0], r#"{"evt.num":1}"#);
    assert_eq!(objects("%evt.args")[1], r#"{"evt.args":"res=4 data=x..y fd=3(<f>/tmp/a b) size=100"}"#);
}

#[test]
fn presets_are_formats_and_the_default_has_colors_on_a_terminal() {
    for preset in [Preset::Default, Preset::DefaultColor, Preset::Container, Preset::Kubernetes] {
        let all = lines(preset.text(), TextOptions::default());
        assert_eq!(all.len(), 3, "{preset:?}");
        assert_eq!(all[0].contains('\u{1b}'), preset == Preset::DefaultColor, "{:?}", all[0]);
    }
    let line = &lines(Preset::DefaultColor.text(), TextOptions::default())[1];
    assert!(
        line.contains("(\u{1b}[01;36m7\u{1b}[00m.7)") && line.contains("\u{1b}[01;34mread\u{1b}[00m"),
        "{line:?}"
    );
}

/// The default line of a capture of 2018, as sysdig 0.36.1 prints it, event by event.
#[test]
fn default_lines_of_an_old_capture() {
    let Some(folder) = captures() else { return };
    let mut format = Format::parse(
        "*%evt.num %evt.time.iso8601 %proc.name (%thread.tid) %evt.dir %evt.type",
        &TextOptions::default(),
    )
    .expect("a format");
    let mut count = 0;
    let mut first = String::new();
    walk_file(folder.join("curl_google.scap"), View::Pairs, |cx| {
        let mut line = Vec::new();
        assert!(format.write(cx, &mut line));
        count += 1;
        if cx.num == 231 {
            first = String::from_utf8(line).expect("UTF-8");
        }
    });
    assert_eq!(first, "231 2018-08-17T17:35:48.514700898+0000 curl (17497) < read");
    assert!(count >= 1221);
}
