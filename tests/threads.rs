//! Captures are read with several threads, and only as much of the model is kept as is needed: what comes out is what
//! one thread makes that keeps everything, byte for byte.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::harness::{Ran, captures, cscope, run, wait};

/// Events enough for the work to be divided.
fn files(name: &str) -> Option<Vec<String>> {
    let file = captures("threads")?.join(name).display().to_string();
    Some(["-r", &file, "-r", &file, "-r", &file].map(str::to_owned).to_vec())
}

fn with_threads(threads: &str, files: &[String], words: &[&str]) -> Ran {
    let words = words.iter().map(|w| (*w).to_owned());
    run(["--threads".to_owned(), threads.to_owned()].into_iter().chain(files.iter().cloned()).chain(words))
}

/// One thread and four show the same, and so does one that keeps the whole model. Gives the number of lines.
#[track_caller]
fn compared(files: &[String], words: &[&str]) -> usize {
    let (one, four) = (with_threads("1", files, words), with_threads("4", files, words));
    let whole = with_threads("1", files, &[&["--no-pushdown"], words].concat());
    assert!(one.out == whole.out, "{files:?} {words:?}");
    assert_eq!((one.code, &one.err), (four.code, &four.err), "{words:?}");
    assert!(one.out == four.out, "{files:?} {words:?}");
    one.out.lines().count()
}

/// The same of something that has lines to show.
#[track_caller]
fn same(files: &[String], words: &[&str]) {
    assert!(compared(files, words) > 0, "{words:?}");
}

#[test]
fn lines_are_the_same() {
    for name in ["file.pairs.scap.gz", "shell.merged.scap.gz"] {
        let Some(files) = files(name) else { return };
        for words in [
            &[][..],
            &["-j"],
            &["-pc", "-t", "d"],
            &["-t", "r", "-X", "evt.type!=read"],
            &["-t", "D", "evt.dir=<"],
            &["fd.name contains /etc"],
            &["fd.type=file and fd.filename startswith l"],
            &["proc.name in (tar, sh)"],
            &["-p", "%evt.num %proc.name"],
            &["--csv", "evt.failed=true"],
            &["-p", "%evt.num %evt.deltatime %proc.vmsize %proc.aname[1] %evt.args", "proc.name!=find"],
            &["-n", "20000"],
            &["--pairs", "-q", "-S"],
        ] {
            same(&files, words);
        }
    }
}

#[test]
fn tables_are_the_same() {
    // Without containers in the captures tables of them have a heading only.
    let of_containers = ["topcontainers_error", "topcontainers_file", "topcontainers_net", "lscontainers"];
    let tables = [
        "topfiles_bytes",
        "topfiles_time",
        "topfiles_errors",
        "topprocs_file",
        "topprocs_net",
        "topprocs_errors",
        "topconns",
        "topports_server",
        "topscalls",
        "topscalls_time",
        "spy_users",
        "ps",
        "lsof",
        "netstat",
    ];
    for table in tables.into_iter().chain(of_containers) {
        let mut lines = 0;
        for name in ["file.pairs.scap.gz", "shell.pairs.scap.gz", "ipc.pairs.scap.gz", "curl_google.scap"] {
            let Some(files) = files(name) else { return };
            lines = lines.max(compared(&files, &["-c", table]));
        }
        assert!(lines > 2 || of_containers.contains(&table), "{table} shows {lines} lines");
    }
    for name in ["file.pairs.scap.gz", "shell.pairs.scap.gz"] {
        let Some(files) = files(name) else { return };
        for words in [
            &["-c", "topfiles_bytes", "-j", "proc.name=tar"][..],
            &["-c", "topscalls", "-c", "topfiles_bytes"],
            &["-c", "fdbytes_by", "fd.directory"],
            &["-c", "fdtime_by", "proc.name"],
            &["-c", "fdcount_by", "fd.directory"],
        ] {
            same(&files, words);
        }
    }
}

#[test]
fn files_are_the_same_and_damage_is_told_at_the_same_place() {
    let Some(files) = files("shell.pairs.scap.gz") else { return };
    let dir = tempfile::tempdir().expect("a directory");
    let [one, four] = ["1", "4"].map(|threads| {
        let path = dir.path().join(format!("{threads}.scap")).display().to_string();
        with_threads(threads, &files[..2], &["-w", &path]).ok();
        path
    });
    let mut bytes = std::fs::read(&one).expect("written");
    assert!(bytes == std::fs::read(&four).expect("written"));
    bytes.truncate(bytes.len() - 7);
    std::fs::write(&one, bytes).expect("written");
    let mut cut = files;
    cut.extend(["-r".to_owned(), one]);
    same(&cut, &[]);
    assert_eq!(with_threads("4", &cut, &[]).code, Some(1));
    assert_eq!(with_threads("4", &cut, &["--ignore-truncated"]).code, Some(0));
}

#[test]
fn long_files_are_read_ahead_up_to_what_is_compressed() {
    let Some(dir) = captures("threads") else { return };
    let packed = dir.join("file.pairs.scap.gz");
    let work = tempfile::tempdir().expect("a directory");
    let plain = work.path().join("plain.scap").display().to_string();
    let pairs = packed.display().to_string();
    run(["-r", &pairs, "-w", &plain].map(str::to_owned)).ok();
    // Sections of both kinds one behind the other, the plain ones longer than what is read in one go.
    let (plain, packed) = (std::fs::read(&plain).expect("written"), std::fs::read(&packed).expect("there"));
    let copies = (9 << 20) / plain.len() + 1;
    let mut bytes = plain.repeat(copies);
    bytes.extend_from_slice(&packed);
    let path = work.path().join("both.scap").display().to_string();
    std::fs::write(&path, &bytes).expect("written");
    let file = ["-r".to_owned(), path.clone()];
    for words in
        [&["-p", "%evt.num %proc.name %fd.name"][..], &["-c", "topscalls"], &["fd.name contains /etc"]]
    {
        same(&file, words);
    }
    // Damage is told at the same place.
    bytes.truncate(plain.len() * copies - 9);
    std::fs::write(&path, &bytes).expect("written");
    same(&file, &["-c", "topscalls"]);
    assert_eq!(with_threads("4", &file, &["-c", "topscalls"]).code, Some(1));
}

#[test]
fn a_reader_that_leaves_ends_all_threads() {
    let Some(files) = files("shell.merged.scap.gz") else { return };
    let mut command = cscope();
    command.args(["--threads", "4"]).args(files).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
    let ran = wait(child);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}
