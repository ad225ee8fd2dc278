//! Captures written, read again, piped, split.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::{captures, cscope, finish, has, run, scratch, wait};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of a test is text")
}

#[test]
fn what_is_written_is_read_again() {
    let Some(dir) = captures("round trips") else { return };
    let tmp = scratch();
    for name in ["ipc.pairs.scap.gz", "ipc.merged.scap.gz", "curl_google.scap"] {
        let from = dir.join(name).display().to_string();
        let fields =
            "*%evt.time %evt.cpu %proc.name %thread.tid %evt.dir %evt.type %evt.args %fd.name %proc.cwd";
        let before = run(["--pairs", "-p", fields, "-r", &from]).ok().out;
        for form in ["scap", "scap.gz"] {
            let to = tmp.path().join(format!("copy.{form}"));
            run(["-r", &from, "-w", text(&to)]).ok();
            assert_eq!(run(["--pairs", "-p", fields, "-r", text(&to)]).ok().out, before, "{name} as {form}");
        }
        // The native form holds one event per call, with its latency.
        let fields = "*%evt.time %evt.cpu %proc.name %thread.tid %evt.type %evt.args %fd.name %evt.latency";
        let before = run(["-p", fields, "-r", &from]).ok().out;
        let to = tmp.path().join("copy.scap.zst");
        run(["-r", &from, "-w", text(&to)]).ok();
        assert_eq!(run(["-p", fields, "-r", text(&to)]).ok().out, before, "{name} as scap.zst");
    }
}

#[test]
fn forms_are_what_their_names_say() {
    let Some(dir) = captures("forms") else { return };
    let from = dir.join("ipc.pairs.scap.gz").display().to_string();
    let tmp = scratch();
    let begins = |name: &str, flags: &[&str], magic: &[u8]| {
        let to = tmp.path().join(name);
        run(["-r", &from, "-w", text(&to)].iter().chain(flags)).ok();
        let bytes = std::fs::read(&to).expect("the capture was written");
        assert!(bytes.starts_with(magic), "{name}: {:?}", &bytes[..4]);
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&to).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner may read a capture");
        to
    };
    begins("a.scap", &[], b"\x0a\x0d\x0d\x0a");
    begins("a.scap.gz", &[], b"\x1f\x8b");
    begins("b.scap", &["-z"], b"\x1f\x8b");
    let native = begins("a.scap.zst", &[], b"\x28\xb5\x2f\xfd");
    if has("zstd -dc of a native capture", "zstd") {
        let plain = tmp.path().join("u.scap");
        let out = std::fs::File::create(&plain).expect("a file");
        let status = Command::new("zstd").arg("-dcq").arg(&native).stdout(out).status().expect("zstd runs");
        assert!(status.success());
        let lines = |path: &Path| run(["-r", text(path), "-p", "*%evt.num %evt.type %evt.args"]).ok().out;
        assert_eq!(lines(&plain), lines(&native));
    }
}

#[test]
fn filters_and_limits_apply_to_files() {
    let Some(dir) = captures("filtered files") else { return };
    let from = dir.join("ipc.pairs.scap.gz").display().to_string();
    let tmp = scratch();
    for form in ["scap", "scap.gz", "scap.zst"] {
        let to = tmp.path().join(format!("some.{form}"));
        run(["-r", &from, "-w", text(&to), "-n", "20", "evt.type in (read, write)"]).ok();
        let types = run(["--pairs", "-r", text(&to), "-p", "%evt.type"]).ok().out;
        assert_eq!(types.lines().count(), 20, "{form}");
        assert!(types.lines().all(|t| t.starts_with("read") || t.starts_with("write")), "{types}");
    }
    // A fat file knows the names of descriptors opened by calls that the filter left out.
    let names = |flags: &[&str]| {
        let to = tmp.path().join("fat.scap");
        run(["-r", &from, "-w", text(&to), "evt.type=read"].iter().chain(flags)).ok();
        let out = run(["--pairs", "-r", text(&to), "-p", "%evt.dir %fd.name"]).ok().out;
        assert!(!run(["--pairs", "-r", text(&to), "-p", "%evt.type"]).ok().out.contains("openat"));
        out.lines().filter(|l| l.len() > 2).count()
    };
    assert!(names(&["-F"]) > names(&[]));
}

#[test]
fn captures_come_through_pipes() {
    let Some(dir) = captures("standard input") else { return };
    let path = dir.join("ipc.pairs.scap.gz");
    let direct = run(["-r", text(&path)]).ok().out;
    let mut command = cscope();
    let child = command.args(["-r", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().expect("the program starts");
    let bytes = std::fs::read(&path).expect("the capture is there");
    let mut stdin = child.stdin.take().expect("a pipe");
    let feeder = std::thread::spawn(move || stdin.write_all(&bytes));
    assert_eq!(wait(child).ok().out, direct);
    feeder.join().expect("no panic").expect("all was taken");
    // Out through a pipe as well.
    let plain = cscope().args(["-r", text(&path), "-w", "-"]).output().expect("the program runs").stdout;
    assert!(plain.starts_with(b"\x0a\x0d\x0d\x0a"), "standard output is an uncompressed capture");
}

#[test]
fn files_are_read_in_sequence() {
    let Some(dir) = captures("several -r") else { return };
    let a = dir.join("ipc.pairs.scap.gz").display().to_string();
    let b = dir.join("curl_google.scap").display().to_string();
    let types = |words: &[&str]| run(words.iter().copied().chain(["-p", "*%proc.name %evt.type"])).ok().out;
    let both = types(&["-r", &a, "-r", &b]);
    assert_eq!(both, types(&["-r", &a]) + &types(&["-r", &b]));
}

#[test]
fn rotation_loses_nothing_at_the_border() {
    let Some(dir) = captures("rotation") else { return };
    let from = dir.join("ipc.pairs.scap.gz").display().to_string();
    let tmp = scratch();
    let base = tmp.path().join("part.scap");
    run(["-r", &from, "-w", text(&base), "-e", "1000"]).ok();
    let lines =
        |words: &[&str]| run(words.iter().copied().chain(["--pairs", "-p", "*%evt.time %evt.type"])).ok().out;
    let mut parts = Vec::new();
    for index in 0.. {
        let part = tmp.path().join(format!("part.scap{index}"));
        if !part.exists() {
            break;
        }
        parts.extend(["-r".to_owned(), text(&part).to_owned()]);
    }
    assert!(parts.len() >= 4, "{parts:?}");
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    assert_eq!(lines(&parts), lines(&["-r", &from]));
    // A ring keeps the last ones only.
    let ring = tmp.path().join("ring.scap");
    run(["-r", &from, "-w", text(&ring), "-e", "500", "-W", "2"]).ok();
    let names: Vec<String> = std::fs::read_dir(tmp.path())
        .expect("a directory")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|n| n.starts_with("ring."))
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn sysdig_reads_what_we_write() {
    let Some(dir) = captures("sysdig as second reader") else { return };
    if !has("sysdig as second reader", "sysdig") {
        return;
    }
    let from = dir.join("shell.pairs.scap.gz").display().to_string();
    let tmp = scratch();
    // sysdig 0.29.3 crashes on calls newer than its table: only ones that it knows.
    let filter = "proc.name=cat and evt.type in (openat, read, close, execve, write)";
    for form in ["scap", "scap.gz"] {
        let to = tmp.path().join(format!("exchange.{form}"));
        run(["-r", &from, "-w", text(&to), filter]).ok();
        let fields =
            "*%evt.rawtime %proc.name %thread.tid %evt.dir %evt.type %fd.num %evt.rawarg.res %evt.buffer";
        // Where a call made no descriptor, sysdig prints -1.
        let words = ["-r", text(&to), "-p", fields, "evt.dir=< and evt.failed=false"];
        let theirs = finish(Command::new("sysdig").args(words)).ok();
        let ours = run(["--pairs"].iter().chain(&words)).ok();
        assert!(ours.lines().len() > 10);
        assert_eq!(theirs.out, ours.out, "{form}");
    }
}
