//! Names and data from the traced system reach a terminal only in a safe form, on a capture made here.

use std::process::Command;

use crate::fixture::{EVENTS, capture};
use crate::harness::{finish, has, run, scratch};

const CHISELS: [&str; 5] = ["topfiles_bytes", "topprocs_file", "lsof", "ps", "topfiles_errors"];

/// Characters that must not reach a terminal.
fn unsafe_in(text: &str) -> Option<char> {
    let layout = |c: char| c == '\n';
    text.chars()
        .find(|c| (c.is_control() && !layout(*c)) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{fffd}'))
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
    let raw = run(["-r", file, "--raw-output", "-p", "%proc.name", "-n1"]).ok().out;
    assert_eq!(raw, "e\u{1b}[2Jvil\n");
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
