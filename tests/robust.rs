//! Damage, full disks, readers that go away.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::harness::{captures, cscope, run, scratch, wait};

#[test]
fn a_cut_file_gives_its_events_and_then_an_error() {
    let Some(dir) = captures("cut files") else { return };
    let path = dir.join("curl_google.scap");
    let bytes = std::fs::read(&path).expect("the capture is there");
    let whole = run(["-r", path.to_str().expect("text")]).ok().out;
    let tmp = scratch();
    let cut = tmp.path().join("cut.scap");
    let name = cut.to_str().expect("text");
    let mut longest = 0;
    for end in (0..bytes.len()).step_by(bytes.len() / 60).chain([bytes.len() - 1]) {
        std::fs::write(&cut, &bytes[..end]).expect("a file can be written");
        let ran = run(["-r", name]);
        assert!(whole.starts_with(&ran.out), "cut at {end}: other lines than the whole file");
        assert!(matches!(ran.code, Some(0 | 1)), "cut at {end}: {ran:?}");
        assert!(ran.code == Some(0) || ran.err.starts_with("cscope: "), "cut at {end}: {}", ran.err);
        longest = longest.max(ran.lines().len());
    }
    assert!(longest > whole.lines().count() * 9 / 10, "{longest}");
    let ran = run(["-r", name]);
    assert_eq!(ran.code, Some(1), "the last byte is missing");
    assert!(ran.err.contains("cut.scap"), "{}", ran.err);
    assert_eq!(run(["--ignore-truncated", "-r", name]).ok().out, ran.out);
}

#[test]
fn no_capture_is_said_so() {
    let tmp = scratch();
    let file = tmp.path().join("text");
    // What a shell makes of a pattern behind -r.
    let ran = run(["-r", file.to_str().expect("text"), "/etc/passwd", "/etc/group"]);
    assert!(ran.code == Some(1) && ran.err.contains("/etc/passwd is a file and no filter"), "{}", ran.err);
    std::fs::write(&file, "just a text\n".repeat(100)).expect("a file can be written");
    for path in [file.to_str().expect("text"), "/dev/null"] {
        let ran = run(["-r", path]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{path}");
        assert!(ran.err.starts_with("cscope: "), "{}", ran.err);
    }
}

#[test]
fn what_is_mistyped_empties_no_file() {
    let Some(dir) = captures("-o with a mistake") else { return };
    let path = dir.join("curl_google.scap").display().to_string();
    let tmp = scratch();
    let out = tmp.path().join("lines");
    let name = out.to_str().expect("text");
    std::fs::write(&out, "old\n".repeat(100_000)).expect("a file can be written");
    for words in [
        &["-r", &path, "nosuch.field = 1"][..],
        &["-r", "/nonexistent"],
        &["-r", "/dev/null"],
        &["-r", &path, "-p", "%nosuch.field"],
        &["--", "/nonexistent"],
    ] {
        let ran = run(["-o", name].iter().chain(words));
        assert!(ran.code != Some(0), "{words:?}: {}", ran.err);
        assert_eq!(std::fs::metadata(&out).expect("it is there").len(), 400_000, "{words:?}");
    }
    run(["-r", &path, "-o", name]).ok();
    assert_eq!(std::fs::read_to_string(&out).expect("lines"), run(["-r", &path]).ok().out);
}

#[test]
fn what_is_read_is_not_written_to() {
    let tmp = scratch();
    let source = crate::fixture::capture(tmp.path(), "t.scap.zst");
    let bytes = std::fs::read(&source).expect("the capture is there");
    for name in ["link.scap", "r.scap1"] {
        std::fs::hard_link(&source, tmp.path().join(name)).expect("a link can be made");
    }
    let path = |name: &str| tmp.path().join(name).display().to_string();
    let (own, link) = (path("t.scap.zst"), path("link.scap"));
    for words in [
        &["-r", &own, "-w", &own][..],
        &["-r", &own, "-w", &link],
        &["-r", &link, "-w", &own, "proc.name = nobody"],
        &["-r", &own, "-o", &link],
        &["-r", &own, "-e", "10", "-w", &path("r.scap")],
    ] {
        let ran = run(words);
        assert_eq!(ran.code, Some(1), "{words:?}: {}", ran.err);
        assert!(ran.err.contains("is being read: give "), "{words:?}: {}", ran.err);
        assert!(std::fs::read(&source).expect("still there") == bytes, "{words:?}");
    }
    let input = std::fs::File::open(&source).expect("the capture is there");
    let child = cscope().args(["-r", "-", "-w", &own]).stdin(input).stderr(Stdio::piped()).spawn();
    let ran = wait(child.expect("the program starts"));
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    run(["-r", &own, "-w", &path("other.scap")]).ok();
    assert!(std::fs::read(&source).expect("still there") == bytes);
}

#[test]
fn a_full_disk_is_an_error() {
    let Some(dir) = captures("full disk") else { return };
    let path = dir.join("ipc.pairs.scap.gz").display().to_string();
    let full = || OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    for flags in [&["-q", "-S"][..], &[], &["-j"], &["-c", "topfiles_bytes"], &["-w", "-"]] {
        let mut command = cscope();
        command.args(flags).args(["-r", &path]).stdout(full()).stderr(Stdio::piped());
        let ran = wait(command.spawn().expect("the program starts"));
        assert_eq!(ran.code, Some(1), "{flags:?}");
        assert!(ran.err.contains("No space left on device"), "{flags:?}: {}", ran.err);
    }
    for word in ["-l", "--help", "--version"] {
        let mut command = cscope();
        let child = command.arg(word).stdout(full()).stderr(Stdio::piped()).spawn();
        let ran = wait(child.expect("the program starts"));
        assert_eq!(ran.code, Some(1), "{word}");
        assert!(ran.err.contains("No space left on device"), "{word}: {}", ran.err);
    }
    let ran = run(["-r", &path, "-w", "/dev/full"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
}

#[test]
fn what_nobody_can_be_told_changes_nothing() {
    let Some(dir) = captures("full stderr") else { return };
    let path = dir.join("ipc.pairs.scap.gz").display().to_string();
    let path = path.as_str();
    for words in [
        &["-v", "-r", path][..],
        &["-r", path, "nosuch.field = 1"],
        &["--json-errors", "-r", path, "nosuch.field = 1"],
        &["-r", "/nonexistent"],
        &["--nosuch"],
        &["--nosuch\x1b[2J"],
    ] {
        let told = run(words);
        let full = OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let child = cscope().args(words).stdout(Stdio::piped()).stderr(full).spawn();
        let ran = wait(child.expect("the program starts"));
        assert_eq!((ran.code, ran.out), (told.code, told.out), "{words:?}: {}", told.err);
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let Some(dir) = captures("broken pipe") else { return };
    let path = dir.join("file.pairs.scap.gz").display().to_string();
    for flags in [&[][..], &["-j"], &["--unbuffered"]] {
        let mut command = cscope();
        command.args(flags).args(["-r", &path]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("a line");
        assert!(line.ends_with('\n'));
        drop(lines);
        let ran = wait(child);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{flags:?}");
    }
}
