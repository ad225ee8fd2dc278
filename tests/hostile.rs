//! Names and data from the traced system reach a terminal only in a safe form, on a capture made here.

use std::path::{Path, PathBuf};
use std::process::Command;

use cscope_capture::{
    Bytes, EventBuilder, EventType, FdInfo, FdType, FileWriter, Format, GroupEntry, MachineInfo, Snapshot,
    ThreadInfo, UserEntry, WriterOptions,
};

use crate::fixture::{EVENTS, START, capture};
use crate::harness::{finish, has, run, scratch};

const CHISELS: [&str; 5] = ["topfiles_bytes", "topprocs_file", "lsof", "ps", "topfiles_errors"];

/// Characters that must not reach a terminal: those that act on it, change the direction of writing, or are not there.
fn unsafe_in(text: &str) -> Option<char> {
    let layout = |c: char| c == '\n';
    let marks = |c: char| {
        matches!(c,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{61c}' | '\u{2028}'
            | '\u{2029}' | '\u{feff}' | '\u{fffd}')
    };
    text.chars().find(|c| (c.is_control() && !layout(*c)) || marks(*c))
}

/// Every way to do harm, in one name: colours, a cleared screen, a link (OSC 8, ended both ways), the title, a C1 control
/// as one byte and as UTF-8, a line break, a return, a bell, marks, overrides and isolates of the writing direction,
/// nothing wide, and what is no UTF-8.
const HARM: &str = "h\u{1b}[31m\u{1b}[2J\u{1b}]8;;http://x\u{7}l\u{1b}]8;;\u{1b}\\\u{1b}]0;t\u{7}\u{9b}31m\u{85}\n\r\t\u{8}\u{7f}\
    \u{202e}\u{202d}\u{202a}\u{202b}\u{202c}\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}\u{200b}\u{feff}\u{2028}z";

/// The name as bytes, with some that are no UTF-8.
fn harm() -> Bytes {
    [HARM.as_bytes(), b"\x9b2J\xff\xc0\x80"].concat().as_slice().into()
}

/// A capture in which every text does harm: of threads, descriptors, users, groups, containers, arguments, data.
fn all_harm(dir: &Path) -> PathBuf {
    let path = dir.join("harm.scap.zst");
    let id = "0123456789ab";
    let cgroup = format!("cpu=/docker/{id}{}", "0".repeat(52));
    let thread = |tid: i64, ptid: i64| ThreadInfo {
        tid,
        pid: tid,
        ptid,
        vtid: tid,
        vpid: tid,
        sid: 100,
        comm: harm(),
        exe: harm(),
        exepath: harm(),
        args: [&harm()[..], b"\0", &harm()].concat().as_slice().into(),
        env: [b"A=", &harm()[..]].concat().as_slice().into(),
        cgroups: [cgroup.as_bytes(), b"\0x=/", &harm()].concat().as_slice().into(),
        cwd: harm(),
        root: harm(),
        uid: 1000,
        gid: 1000,
        loginuid: 1000,
        tty: 34816,
        ..ThreadInfo::default()
    };
    let fds = |tid| {
        let file = FdInfo { fd: 5, kind: FdType::FileV2, name: harm(), ..FdInfo::default() };
        let unix = FdInfo { fd: 6, kind: FdType::Unix, name: harm(), ..FdInfo::default() };
        (tid, vec![file, unix])
    };
    let snapshot = Snapshot {
        machine: Some(MachineInfo { hostname: harm().to_vec(), ..MachineInfo::default() }),
        threads: vec![thread(100, 1), thread(200, 100)],
        fds: vec![fds(100), fds(200)],
        users: vec![UserEntry { uid: 1000, gid: 1000, name: harm(), home: harm(), shell: harm() }],
        groups: vec![GroupEntry { gid: 1000, name: harm() }],
        ..Snapshot::default()
    };
    let mut writer = FileWriter::create(&path, Format::ScapZst, &snapshot, &WriterOptions::default())
        .expect("the file can be made");
    let mut b = EventBuilder::new();
    let mut ts = START;
    let mut write = |b: &EventBuilder, tid: u64| {
        ts += 1_000_000;
        let mut event = b.event(ts, tid, 0);
        event.latency = Some(1000);
        writer.write(&event).expect("the event can be written");
    };
    let json = serde_json::json!({ "container": {
        "type": 0, "id": id, "full_id": format!("{id}{}", "0".repeat(52)), "name": HARM, "image": HARM,
        "imagerepo": HARM, "imagetag": HARM, "imageid": HARM, "imagedigest": HARM, "ip": "10.0.0.1",
        "privileged": true, "labels": { HARM: HARM, "io.kubernetes.pod.name": HARM, "io.kubernetes.pod.namespace": HARM },
        "Mounts": [{ "Source": HARM, "Destination": HARM, "Mode": HARM, "RW": true, "Propagation": HARM }],
        "port_mappings": [], "env": [HARM],
    }});
    b.start(EventType::CONTAINER_JSON_2_E).text(json.to_string().as_bytes());
    write(&b, 1);
    for _ in 0..3 {
        b.start(EventType::SYSCALL_OPENAT_2_X).i64(3).i64(-100).text(&harm()).u32(1).u32(0).u32(0).u64(0);
        write(&b, 200);
        b.start(EventType::SYSCALL_OPENAT_2_X).i64(-2).i64(-100).text(&harm()).u32(1).u32(0).u32(0).u64(0);
        write(&b, 200);
        for fd in [3, 5, 6] {
            b.start(EventType::SYSCALL_READ_X).i64(harm().len() as i64).bytes(&harm()).i64(fd).u32(4096);
            write(&b, 200);
            b.start(EventType::SYSCALL_WRITE_X).i64(harm().len() as i64).bytes(&harm()).i64(fd).u32(4096);
            write(&b, 200);
        }
        b.start(EventType::SYSCALL_CHDIR_X).i64(0).text(&harm());
        write(&b, 100);
        b.start(EventType::SYSCALL_RENAME_X).i64(-13).text(&harm()).text(&harm());
        write(&b, 100);
    }
    writer.finish().expect("the file can be completed");
    path
}

#[test]
fn nothing_from_a_capture_acts_on_a_terminal() {
    let tmp = scratch();
    let file = all_harm(tmp.path());
    let file = file.to_str().expect("text");
    let check = |words: &[&str]| {
        let ran = run(["-r", file].iter().chain(words)).ok();
        assert!(ran.out.lines().count() > 1, "{words:?} shows nothing: {}", ran.err);
        // Layouts of data and tables of values have tabs of their own.
        let layout = words.iter().any(|w| ["-X", "-x", "-A", "-b", "--tsv"].contains(w));
        let out = if layout { ran.out.replace('\t', " ") } else { ran.out };
        // JSON has that for what is no UTF-8.
        let out = if words.contains(&"-j") { out.replace('\u{fffd}', "") } else { out };
        assert_eq!(unsafe_in(&out), None, "{words:?}: {out:?}");
        assert_eq!(unsafe_in(&ran.err), None, "{words:?}: {:?}", ran.err);
        out
    };
    let plain = check(&["-D"]);
    assert!(
        plain.lines().all(|l| l.starts_with(|c: char| c.is_ascii_digit())),
        "one line per event: {plain}"
    );
    for words in [
        &["-v"][..],
        &["-pc"],
        &["-pk"],
        &["-x"],
        &["-X"],
        &["-A"],
        &["-b"],
        &["-j"],
        &["--csv"],
        &["--tsv"],
        &["--pairs"],
        &["-j", "-X"],
        &["-S", "-q"],
        &["-o", "+fd.name,+proc.cmdline,+container.name"],
        &["-t", "a"],
    ] {
        check(words);
    }
    for chisel in [
        "topcontainers_error",
        "topfiles_errors",
        "topprocs_errors",
        "fdbytes_by fd.name",
        "fdcount_by proc.name",
        "fdtime_by fd.directory",
        "topcontainers_file",
        "topfiles_bytes",
        "topfiles_time",
        "topprocs_file",
        "topscalls",
        "spy_users",
        "lscontainers",
        "lsof",
        "ps",
    ] {
        let words: Vec<&str> = ["-c"].into_iter().chain(chisel.split(' ')).collect();
        let all = run(["-r", file].iter().chain(&words)).ok().out.replace('\t', " ");
        assert_eq!(unsafe_in(&all), None, "{chisel}: {all:?}");
        let json = run(["-r", file, "-j"].iter().chain(&words)).ok().out;
        assert_eq!(unsafe_in(&json.replace(['\u{fffd}', '\t'], "")), None, "{chisel}: {json:?}");
    }
    // What is shown is there in its safe form.
    assert!(plain.contains(r"\x1b]8;;http://x\x07l\x1b]8;;\x1b\"), "{plain}");
    assert!(
        plain.contains(r"\u{202e}") && plain.contains(r"\u{2066}") && plain.contains(r"\xff\xc0\x80"),
        "{plain}"
    );
}

/// The fields of every class, one after the other.
#[test]
fn no_field_acts_on_a_terminal() {
    let tmp = scratch();
    let file = all_harm(tmp.path());
    let file = file.to_str().expect("text");
    let names: Vec<&str> = cscope_filter::Field::all()
        .filter(|f| f.arg == cscope_filter::ArgRule::None && !f.has(cscope_filter::FieldFlags::FILTER_ONLY))
        .map(|f| f.name)
        .collect();
    assert!(names.len() > 250, "{}", names.len());
    let mut with_text = 0;
    for some in names.chunks(25) {
        let format = some.iter().map(|n| format!("%{n}")).collect::<Vec<_>>().join(" | ");
        let out = run(["-r", file, "-D", "-p", &format!("*{format}")]).ok().out;
        assert_eq!(unsafe_in(&out), None, "{some:?}: {out:?}");
        with_text += usize::from(out.contains(r"\x1b"));
        let json = run(["-r", file, "-D", "-j", "-p", &format!("*{format}")]).ok().out;
        assert_eq!(unsafe_in(&json.replace('\u{fffd}', "")), None, "{some:?}: {json:?}");
    }
    assert!(with_text > 4, "{with_text}");
}

/// Names of files and filters from others stand in messages.
#[test]
fn messages_do_not_act_on_a_terminal() {
    let tmp = scratch();
    let junk = tmp.path().join(HARM.replace('/', "_"));
    std::fs::write(&junk, "junk").expect("a file can be written");
    let rules = tmp.path().join("rules");
    std::fs::write(&rules, format!("proc.nmae = \"{HARM}\"")).expect("a file can be written");
    let (junk, rules) = (junk.to_str().expect("text"), rules.to_str().expect("text"));
    let gone = format!("{junk}/gone");
    for words in [
        &["-r", junk][..],
        &["-r", &gone],
        &["-f", junk, "evt.type=open"],
        &["-f", rules, "--check", "evt.type=open"],
        &["-i", HARM],
        &["--check", &format!("proc.name = {HARM}")],
        &["--check", &format!("proc.name = \"{HARM}")],
        &["--check", &format!("evt.type = \"{HARM}\"")],
        &["-w", &gone, "-r", junk],
        &["-p", &format!("%proc.nmae{HARM}"), "-r", junk],
        &["--json-errors", "--check", &format!("proc.nmae = \"{HARM}\"")],
        &["-c", HARM, "-r", junk],
        &["-t", HARM],
        &[&format!("--{HARM}")],
    ] {
        let ran = run(words);
        assert!(ran.code.is_some_and(|c| c > 0), "{words:?}");
        assert_eq!(unsafe_in(&ran.err.replace(['\u{fffd}', '\t'], "")), None, "{words:?}: {:?}", ran.err);
        assert!(ran.err.trim_end().lines().count() <= 12, "{words:?}: {}", ran.err);
    }
    // What others wrote is explained, not done.
    let text = HARM.replace('\\', "\\\\");
    let explained =
        run(["--explain", &format!("proc.name = \"{text}\" or fd.name in (\"{text}\", x)")]).ok().out;
    assert!(explained.contains("proc.name = \"h\\x1b[31m"), "{explained}");
    assert_eq!(unsafe_in(&explained), None, "{explained:?}");
    if !has("messages on a terminal", "script") {
        return;
    }
    let command = format!("{} -f '{rules}' --check evt.type=open", env!("CARGO_BIN_EXE_cscope"));
    let shown = finish(Command::new("script").env("TERM", "dumb").args(["-qec", &command, "/dev/null"])).out;
    assert!(shown.contains("proc.nmae"), "{shown}");
    assert_eq!(unsafe_in(&shown.replace("\r\n", "\n").replace('\u{fffd}', "")), None, "{shown:?}");
}

#[test]
fn lines_and_tables_are_safe() {
    let tmp = scratch();
    let file = capture(tmp.path(), "evil.scap.zst");
    let file = file.to_str().expect("text");
    let out = run(["-r", file]).ok().out;
    assert_eq!(out.lines().count(), EVENTS, "one line per event: {out}");
    assert_eq!(unsafe_in(&out), None, "{out}");
    assert!(out.contains(r" e\x1b[2Jvil (200) < openat fd=3(<f>/tmp/a\x0ab\xff\u{202e})"), "{out}");
    for chisel in CHISELS {
        let out = run(["-r", file, "-c", chisel]).ok().out;
        assert_eq!(unsafe_in(&out), None, "{chisel}: {out}");
        assert!(out.lines().count() > 1, "{chisel}: {out}");
    }
    for flag in ["-x", "-X", "-b", "-A"] {
        let out = run(["-r", file, flag]).ok().out.replace("\n\t", "\n");
        assert_eq!(unsafe_in(&out), None, "{flag}: {out}");
    }
    let names = "%proc.name %toupper(proc.name)";
    let raw = run(["-r", file, "--raw-output", "-p", names, "-n1"]).ok().out;
    assert_eq!(raw, "e\u{1b}[2Jvil E\u{1b}[2JVIL\n");
    let safe = run(["-r", file, "-p", names, "-n1"]).ok().out;
    assert_eq!(safe, "e\\x1b[2Jvil E\\x1b[2JVIL\n");
}

#[test]
fn json_is_valid_and_safe() {
    let tmp = scratch();
    let file = capture(tmp.path(), "evil.scap.gz");
    let file = file.to_str().expect("text");
    for words in [&["-r", file, "-j"][..], &["-r", file, "-j", "--raw-output"], &["-r", file, "-j", "-X"]] {
        let out = run(words).ok().out;
        assert_eq!(out.lines().count(), EVENTS);
        for line in out.lines() {
            let value: serde_json::Value = serde_json::from_str(line).expect(line);
            assert_eq!(value["proc.name"], "e\u{1b}[2Jvil");
            assert_eq!(unsafe_in(&line.replace('\u{fffd}', "")), None, "{line}");
        }
    }
    for chisel in ["topfiles_bytes", "topprocs_file"] {
        let out = run(["-r", file, "-j", "-c", chisel]).ok().out;
        let value: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(value["chisel"], chisel);
        assert!(value["data"].as_array().is_some_and(|rows| !rows.is_empty()), "{out}");
    }
}

#[test]
fn a_made_capture_answers_questions() {
    let tmp = scratch();
    for name in ["evil.scap", "evil.scap.gz", "evil.scap.zst"] {
        let file = capture(tmp.path(), name);
        let file = file.to_str().expect("text");
        let lines = |words: &[&str]| run(["-r", file].iter().chain(words)).ok().out;
        assert_eq!(lines(&["evt.type=open"]).lines().count(), 20);
        assert_eq!(lines(&["evt.type=open and evt.failed=true"]).lines().count(), 10);
        assert_eq!(
            lines(&["-n", "3", "-p", "%user.name %fd.name", "evt.type=write"]),
            "ann /var/log/app.log\n".repeat(3)
        );
        assert_eq!(lines(&["-n", "2", "-t", "r", "-p", "%evt.outputtime"]), "0.000000000\n0.000000100\n");
        assert_eq!(lines(&["-n", "1"]).split(' ').nth(1), Some("22:13:20.000000100"));
        let latency = lines(&["-n", "1", "-p", "%evt.latency", "evt.type=read"]);
        assert_eq!(
            latency,
            if name.ends_with("zst") { "7000\n" } else { "" },
            "only the native form keeps it"
        );
        let table = lines(&["-c", "topfiles_bytes"]);
        assert_eq!(table.lines().nth(2), Some("1000B               /var/log/app.log"), "{table}");
        assert_eq!(lines(&["-q", "-S"]).lines().nth(3), Some("< openat          20"));
    }
}

#[test]
fn any_cut_is_survived() {
    let tmp = scratch();
    for name in ["evil.scap", "evil.scap.gz", "evil.scap.zst"] {
        let bytes = std::fs::read(capture(tmp.path(), name)).expect("the capture is there");
        let cut = tmp.path().join("cut");
        for end in (0..bytes.len()).step_by(bytes.len() / 20) {
            std::fs::write(&cut, &bytes[..end]).expect("a file can be written");
            let ran = run(["-r", cut.to_str().expect("text")]);
            assert_eq!(ran.code, Some(1), "{name} cut at {end}: {ran:?}");
            assert!(ran.err.starts_with("cscope: "), "{name} cut at {end}: {}", ran.err);
        }
    }
}

#[test]
fn colours_are_for_terminals() {
    if !has("colours", "script") {
        return;
    }
    let tmp = scratch();
    let file = capture(tmp.path(), "evil.scap.zst");
    let command = format!("{} -n 1 -r {}", env!("CARGO_BIN_EXE_cscope"), file.display());
    let on_terminal = |variable: &str, value: &str| {
        let mut script = Command::new("script");
        script.env("TERM", "xterm").env("TZ", "UTC").env_remove("NO_COLOR").env(variable, value);
        finish(script.args(["-qec", &command, "/dev/null"])).ok().out
    };
    let coloured = on_terminal("LANG", "C");
    assert!(
        coloured.contains("\u{1b}[01;32me\\x1b[2Jvil\u{1b}[00m (\u{1b}[01;36m200\u{1b}[00m.200) < \u{1b}[01;34mopenat\u{1b}[00m "),
        "{coloured:?}"
    );
    assert!(on_terminal("NO_COLOR", "1").contains(" e\\x1b[2Jvil (200) < openat "), "plain");
    assert!(on_terminal("TERM", "dumb").contains(" e\\x1b[2Jvil (200) < openat "), "plain");
    let piped = run(["-n", "1", "--color", "always", "-r", file.to_str().expect("text")]).ok().out;
    assert!(piped.contains("\u{1b}[01;32m"), "{piped:?}");
}
