//! Captures are read with several threads, and only as much of the model is kept as is needed: what comes out is what
//! one thread makes that keeps everything, byte for byte.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use cscope_capture::{EventBuilder, EventType, FileWriter, Format, Snapshot, ThreadInfo, WriterOptions};
use cscope_chisels::{ArgKind, ChiselInfo, Settings};
use cscope_filter::{ArgRule, CLASSES, Field, FieldFlags};

use crate::fixture::START;
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
    for (info, chisel) in chisels() {
        let mut lines = 0;
        for name in ["file.pairs.scap.gz", "shell.pairs.scap.gz", "ipc.pairs.scap.gz", "curl_google.scap"] {
            let Some(files) = files(name) else { return };
            lines = lines.max(compared(&files, &chisel));
        }
        // Without containers in the captures tables of them have a heading only.
        assert!(lines > 2 || info.name.contains("container"), "{chisel:?} shows {lines} lines");
    }
    for name in ["file.pairs.scap.gz", "shell.pairs.scap.gz"] {
        let Some(files) = files(name) else { return };
        for words in [
            &["-c", "topfiles_bytes", "-j", "proc.name=tar"][..],
            &["-c", "topscalls", "-c", "topfiles_bytes"],
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

/// One, two and three threads show the same and end the same. Gives what is shown.
#[track_caller]
fn equal(files: &[String], words: &[&str]) -> Ran {
    let one = with_threads("1", files, words);
    for threads in ["2", "3"] {
        let more = with_threads(threads, files, words);
        assert_eq!((one.code, &one.err), (more.code, &more.err), "{threads} threads: {words:?}");
        assert!(one.out == more.out, "{threads} threads: {files:?} {words:?}");
    }
    one
}

/// True when several threads read at all.
fn is_divided(files: &[String], words: &[&str]) -> bool {
    with_threads("2", files, &[&["-v"], words].concat()).err.contains("cscope: 2 threads have read")
}

/// A chisel with each choice of the arguments it must have.
fn chisels() -> Vec<(&'static ChiselInfo, Vec<&'static str>)> {
    let keys = ["proc.name", "fd.directory", "evt.type"];
    let choices = |info: &'static ChiselInfo| match info.args {
        [first, ..] if first.required && first.kind == ArgKind::Field => {
            keys.map(|key| (info, vec!["-c", info.name, key])).to_vec()
        }
        args => {
            assert!(args.iter().all(|arg| !arg.required), "{}: which arguments?", info.name);
            vec![(info, vec!["-c", info.name])]
        }
    };
    cscope_chisels::all().flat_map(choices).collect()
}

#[test]
fn all_chisels_are_divided_or_say_that_they_are_not() {
    let Some(files) = files("file.pairs.scap.gz") else { return };
    for (info, chisel) in chisels() {
        let words: Vec<String> = chisel.iter().skip(2).map(|w| (*w).to_owned()).collect();
        let ready = info.ready(&words, &Settings::default()).expect("a chisel");
        assert_eq!(is_divided(&files, &chisel), ready.fork().is_some() && !ready.once, "{chisel:?}");
        for more in [
            &["-j", "-pc", "evt.failed=false and proc.name!=tar"][..],
            &["-n", "20000"],
            &["-M", "0.01"],
            &["-c", "topscalls", "evt.num > 10000 and evt.num < 40000"],
        ] {
            equal(&files, &[&chisel[..], more].concat());
        }
    }
}

#[test]
fn chisels_and_lines_together_say_the_same() {
    let Some(files) = files("shell.pairs.scap.gz") else { return };
    for words in [
        &["-c", "spy_users", "-c", "topscalls", "-c", "fdcount_by", "proc.name", "-c", "lsof"][..],
        &["-c", "spy_users", "-S"],
        &["-c", "ps", "-c", "topprocs_file", "-c", "topfiles_time", "evt.type in (read, write)"],
        &["-S", "evt.type=openat"],
        &["-S", "-q"],
    ] {
        assert!(is_divided(&files, words), "{words:?}");
        assert!(equal(&files, words).ok().lines().len() > 2, "{words:?}");
    }
    // These stay whole: what is shown of an event depends on others.
    for words in [
        &["-t", "D"][..],
        &["-n", "20000"],
        &["-c", "netstat"],
        &["-c", "topscalls", "-c", "netstat"],
        &["-c", "ps"],
    ] {
        assert!(!is_divided(&files, words), "{words:?}");
        assert!(!equal(&files, words).ok().out.is_empty(), "{words:?}");
    }
    // Without the time of the line nothing looks back.
    for words in [&["-t", "D", "-p", "%evt.num %evt.deltatime"][..], &["-t", "d"], &["-t", "a"]] {
        assert!(is_divided(&files, words), "{words:?}");
        equal(&files, words);
    }
}

#[test]
fn all_fields_are_the_same() {
    let Some(files) = files("shell.pairs.scap.gz") else { return };
    for class in CLASSES {
        let named = |field: &Field| match field.arg {
            ArgRule::Required(_) => field.example.split([' ', ')']).next().unwrap_or_default().to_owned(),
            _ => field.name.to_owned(),
        };
        let of = |flag| class.fields().filter(move |f: &&Field| !f.has(flag));
        let format: Vec<String> = of(FieldFlags::FILTER_ONLY).map(|f| format!("%{}", named(f))).collect();
        // Few lines of many parts: the formats are long.
        let few = "evt.type in (openat, connect, execve, clone, clone3, write, close)";
        if !format.is_empty() {
            let format = format!("*%evt.num {}", format.join(" "));
            for form in [&["-p", &format, few][..], &["-j", "-p", &format, few]] {
                assert!(equal(&files, form).ok().lines().len() > 500, "{form:?}");
            }
            assert!(is_divided(&files, &["-p", &format, few]));
        }
        let examples: Vec<&str> = of(FieldFlags::PRINT_ONLY).map(|f| f.example).collect();
        let filter = format!("({})", examples.join(") or ("));
        if !examples.is_empty() {
            equal(&files, &["-p", "%evt.num %proc.name", &filter]);
        }
    }
}

#[test]
fn native_captures_are_the_same() {
    let Some(files) = files("file.pairs.scap.gz") else { return };
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("native.scap.zst").display().to_string();
    with_threads("1", &files, &["-w", &path]).ok();
    let native = ["-r".to_owned(), path.clone()];
    for words in [
        &[][..],
        &["-p", "%evt.num %evt.latency %proc.name %fd.name"],
        &["-c", "topscalls_time"],
        &["-c", "fdcount_by", "proc.name", "evt.num > 20000"],
        &["evt.type=openat", "-j"],
        &["-c", "topfiles_bytes", "evt.reltime > 20ms"],
    ] {
        assert!(is_divided(&native, words), "{words:?}");
        assert!(!equal(&native, words).ok().out.is_empty(), "{words:?}");
    }
    let mut bytes = std::fs::read(&path).expect("written");
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&path, bytes).expect("written");
    for words in [&["-c", "topscalls_time"][..], &["-p", "%evt.num %evt.latency"]] {
        assert_eq!(equal(&native, words).code, Some(1), "{words:?}");
    }
}

#[test]
fn damage_is_told_behind_what_stands_in_front_of_it() {
    let Some(files) = files("file.pairs.scap.gz") else { return };
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("cut.scap").display().to_string();
    with_threads("1", &files, &["-w", &path]).ok();
    let bytes = std::fs::read(&path).expect("written");
    let cut = ["-r".to_owned(), path.clone()];
    // Compressed data that ends too early is told as that, not as the block that is cut off by it.
    let packed = dir.path().join("cut.scap.gz").display().to_string();
    with_threads("1", &files, &["-w", &packed]).ok();
    let whole = std::fs::read(&packed).expect("written");
    std::fs::write(&packed, &whole[..whole.len() / 5 * 4]).expect("written");
    let ran = equal(&["-r".to_owned(), packed], &["-c", "topfiles_bytes"]);
    assert!(ran.code == Some(1) && ran.err.contains("the compressed data ends"), "{}", ran.err);
    for words in [
        &["-p", "%evt.num %proc.name"][..],
        &["fd.name contains /etc"],
        &["-S", "-q"],
        &["-c", "topfiles_bytes"],
        &["-c", "fdcount_by", "fd.directory"],
    ] {
        std::fs::write(&path, &bytes).expect("written");
        assert!(is_divided(&cut, words), "{words:?}");
        std::fs::write(&path, &bytes[..bytes.len() / 5 * 4]).expect("written");
        let ran = equal(&cut, words);
        assert!(
            ran.code == Some(1) && ran.err.contains("cut off") && !ran.out.is_empty(),
            "{words:?}: {ran:?}"
        );
        let ran = equal(&cut, &[&["--ignore-truncated"], words].concat()).ok();
        assert!(!ran.out.is_empty());
    }
}

#[test]
fn a_reader_that_leaves_ends_sparse_lines_too() {
    let Some(files) = files("file.pairs.scap.gz") else { return };
    for words in [&["-p", "%evt.num %proc.name"][..], &["fd.name contains /usr"], &["-c", "spy_users"]] {
        let mut command = cscope();
        command.args(["--threads", "3"]).args(&files).args(words);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let ran = wait(child);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn a_model_that_is_too_large_for_copies_is_kept_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("large.scap");
    let thread = |tid: i64| ThreadInfo {
        tid,
        pid: tid,
        ptid: 1,
        comm: format!("thread {tid}").into_bytes().into(),
        args: b"word\0".repeat(100).into(),
        ..ThreadInfo::default()
    };
    let snapshot = Snapshot { threads: (2..30_000).map(thread).collect(), ..Snapshot::default() };
    let options = WriterOptions::default();
    let mut writer = FileWriter::create(&path, Format::Scap, &snapshot, &options).expect("a file");
    let mut b = EventBuilder::new();
    for n in 0..30_000u64 {
        b.start(EventType::SYSCALL_GETCWD_X).i64(0).text(b"/");
        writer.write(&b.event(START + n, 2 + n * 7 % 20_000, 0)).expect("written");
    }
    writer.finish().expect("written");
    let file = ["-r".to_owned(), path.display().to_string()];
    for words in
        [&["-c", "topprocs_file"][..], &["-c", "fdcount_by", "proc.name"], &["-p", "%evt.num %proc.name"]]
    {
        let verbose = with_threads("2", &file, &[&["-v"], words].concat()).err;
        assert!(verbose.contains("0 parts; the model is too large"), "{words:?}: {verbose}");
        equal(&file, words);
    }
    same(&file, &["-p", "%evt.num %proc.name"]);
}

#[test]
fn unasked_only_what_pays_is_divided() {
    let Some(files) = files("file.pairs.scap.gz") else { return };
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for (least, words) in [
        (2, &[][..]),
        (2, &["-j", "evt.type!=read"]),
        (3, &["-p", "%evt.num %proc.name"]),
        (3, &["-c", "topscalls"]),
        (3, &["-c", "fdcount_by", "fd.directory"]),
        (usize::MAX, &["proc.name=nomatch"]),
        (usize::MAX, &["fd.name contains /etc"]),
        (usize::MAX, &["-c", "spy_users"]),
        (usize::MAX, &["-c", "lsof"]),
    ] {
        let words = words.iter().map(|w| (*w).to_owned());
        let ran = run(["-v".to_owned()].into_iter().chain(files.iter().cloned()).chain(words)).ok();
        assert_eq!(ran.err.contains("threads have read"), cpus >= least, "{cpus} CPUs: {}", ran.err);
    }
}
