//! Captures are read with several threads: what comes out is what one thread makes, byte for byte.

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

#[track_caller]
fn same(files: &[String], words: &[&str]) {
    let (one, four) = (with_threads("1", files, words), with_threads("4", files, words));
    assert!(!one.out.is_empty(), "{words:?}");
    assert_eq!((one.code, &one.err), (four.code, &four.err), "{words:?}");
    assert!(one.out == four.out, "{files:?} {words:?}");
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
    for name in ["file.pairs.scap.gz", "shell.pairs.scap.gz"] {
        let Some(files) = files(name) else { return };
        for words in [
            &["-c", "topfiles_bytes"][..],
            &["-c", "topscalls_time"],
            &["-c", "fdcount_by", "fd.directory"],
            &["-c", "spy_users"],
            &["-c", "ps"],
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
