//! Each flag of the command line does what its documentation says, on a capture of 2018.

use std::path::PathBuf;

use crate::harness::{captures, run};

fn curl(test: &str) -> Option<String> {
    let path: PathBuf = captures(test)?.join("curl_google.scap");
    Some(path.display().to_string())
}

/// Runs on the capture; gives standard output.
fn on(file: &str, words: &[&str]) -> String {
    run(["-r", file].iter().chain(words)).ok().out
}

#[test]
fn filter_words_are_joined() {
    let Some(file) = curl("filter words") else { return };
    let quoted = on(&file, &["proc.name=curl and evt.type=open"]);
    let words = on(&file, &["proc.name", "=", "curl", "and", "evt.type=open"]);
    assert!(!quoted.is_empty());
    assert_eq!(quoted, words);
    assert!(quoted.lines().all(|l| l.contains(" curl (1749") && l.contains(" open")), "{quoted}");
}

#[test]
fn format_and_presets() {
    let Some(file) = curl("-p") else { return };
    let names = on(&file, &["-p", "%proc.name|%evt.type", "evt.type=socket and proc.name=curl"]);
    assert!(names.lines().count() > 0 && names.lines().all(|l| l == "curl|socket"), "{names}");
    let glued = on(&file, &["-p%proc.name|%evt.type", "evt.type=socket and proc.name=curl"]);
    assert_eq!(names, glued);
    let container = on(&file, &["-pc", "-n1", "proc.name=curl"]);
    assert!(container.contains(" host (host) curl (17497:"), "{container}");
    assert!(run(["-pp"]).ok().out.starts_with("*%evt.num %evt.outputtime "));
    // Without a star, lines with missing items are left out.
    let all = on(&file, &["-p", "*%evt.num %fd.name"]);
    let some = on(&file, &["-p", "%evt.num %fd.name"]);
    assert!(some.lines().count() < all.lines().count() && all.contains("<NA>") && !some.contains("<NA>"));
}

#[test]
fn columns_are_added_and_taken_away() {
    let Some(file) = curl("-o") else { return };
    let read = ["-n1", "evt.type=read and proc.name=curl"];
    let line = |flags: &[&str]| on(&file, &[flags, &read].concat());
    let (all, some) = (line(&[]), line(&["-o", "+fd.name,-evt.cpu", "-o-thread.tid"]));
    let words: Vec<&str> = all.split(' ').collect();
    let without = [&words[..2], &words[3..4], &words[5..7]].concat().join(" ");
    let fd = line(&["-p", "%fd.name"]);
    assert!(some.starts_with(&format!("{without} {} res=", fd.trim_end())), "{all}{some}");
    for (changes, word) in [("+fd.nmae", "fd.name"), ("-fd.name", "no column")] {
        let refused = run(["-r", &file, "-o", changes]);
        assert!(refused.code == Some(1) && refused.err.contains(word), "{}", refused.err);
    }
}

#[test]
fn a_format_may_be_in_a_file() {
    let Some(file) = curl("-p @FILE") else { return };
    let dir = crate::harness::scratch();
    let path = dir.path().join("format");
    std::fs::write(&path, "%evt.num|%proc.name\n").expect("a file");
    let given = format!("@{}", path.display());
    assert_eq!(on(&file, &["-n3", "-p", &given]), on(&file, &["-n3", "-p", "%evt.num|%proc.name"]));
    let missing = run(["-r", &file, "-p", "@/nowhere/at/all"]);
    assert!(missing.code == Some(1) && missing.err.contains("/nowhere/at/all"), "{}", missing.err);
}

#[test]
fn tables_for_programs() {
    let Some(file) = curl("--csv --tsv") else { return };
    let format = ["-p", "*%evt.num %fd.name %evt.args", "evt.type in (open, write)"];
    let csv = on(&file, &[&["--csv"][..], &format].concat());
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(reader.headers().expect("titles"), ["evt.num", "fd.name", "evt.args"].as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("a row of three")).collect();
    let json = on(&file, &[&["-j"][..], &format].concat());
    let objects: Vec<serde_json::Value> =
        json.lines().map(|l| serde_json::from_str(l).expect("an object")).collect();
    assert!(rows.len() == objects.len() && rows.len() > 10);
    for (row, object) in rows.iter().zip(&objects) {
        assert_eq!(&row[0], object["evt.num"].to_string());
        assert_eq!(&row[1], object["fd.name"].as_str().unwrap_or_default());
    }
    assert!(csv.contains('"'), "no value needed quotes");
    let tsv = on(&file, &[&["--tsv"][..], &format].concat());
    assert!(tsv.lines().all(|l| l.matches('\t').count() == 2), "{tsv}");
    assert_eq!(tsv.lines().count(), rows.len() + 1);
    assert_eq!(run(["-r", &file, "--csv", "-j"]).code, Some(1));
}

#[test]
fn keys_of_json_stand_as_asked_for() {
    let Some(file) = curl("-j") else { return };
    let asked = on(&file, &["-n1", "-j", "-p", "%proc.name %evt.type %evt.num"]);
    assert!(asked.starts_with("{\"proc.name\":\"curl\",\"evt.type\":\"execve\",\"evt.num\":"), "{asked}");
    // The default format has the order of other tools.
    assert!(on(&file, &["-n1", "-j"]).starts_with("{\"evt.cpu\":"));
}

#[test]
fn count_and_duration() {
    let Some(file) = curl("-n -M") else { return };
    assert_eq!(on(&file, &["-n", "7"]).lines().count(), 7);
    assert_eq!(on(&file, &["-n7", "evt.type=open"]).lines().count(), 7);
    let times = |out: &str| -> Vec<f64> { out.lines().map(|l| l.parse().expect(l)).collect() };
    let relative = ["-t", "r", "-p", "%evt.outputtime"];
    let all = times(&on(&file, &relative));
    let some = times(&on(&file, &["-M", "5.52", "-t", "r", "-p", "%evt.outputtime"]));
    assert!(some.iter().all(|t| *t < 5.52), "{some:?}");
    assert_eq!(some.len(), all.iter().filter(|t| **t < 5.52).count());
    assert!(some.len() < all.len() && !some.is_empty());
}

#[test]
fn what_is_counted_is_shown() {
    let Some(file) = curl("-n with lines left out") else { return };
    let whole = on(&file, &["-p", "%fd.name"]);
    let lines = whole.lines().count();
    assert!(lines > 30 && lines < on(&file, &[]).lines().count());
    assert_eq!(on(&file, &["-n", "30", "-p", "%fd.name"]).lines().count(), 30);
    let filter = "evt.type in (close, brk)";
    assert_eq!(on(&file, &["-n", "9", "-p", "%fd.name", filter]).lines().count(), 9);
    for threads in ["1", "2", "3"] {
        let ran = run(["-r", &file, "-v", "--threads", threads, "-p", "%fd.name"]).ok();
        assert_eq!(ran.lines().len(), lines, "{threads}");
        assert!(ran.err.contains(&format!(" events seen, {lines} shown, ")), "{threads}: {}", ran.err);
    }
    // What is written counts, and what is given to chisels.
    let dir = crate::harness::scratch();
    let path = dir.path().join("ten.scap.zst").display().to_string();
    run(["-r", &file, "-n", "10", "-w", &path]).ok();
    assert_eq!(on(&path, &[]).lines().count(), 10);
    let told = run(["-r", &file, "-v", "-n", "10", "-c", "topfiles_bytes"]).ok().err;
    assert!(told.contains(", 10 shown, "), "{told}");
}

#[test]
fn zero_is_no_rule() {
    let Some(file) = curl("-C 0") else { return };
    let dir = crate::harness::scratch();
    let path = |name: &str| dir.path().join(name).display().to_string();
    run(["-r", &file, "-w", &path("one.scap"), "-C", "0", "-G", "0", "-e", "0", "-W", "0"]).ok();
    run(["-r", &file, "-w", &path("all.scap"), "-e", "100", "-W", "0"]).ok();
    let mut names: Vec<String> = std::fs::read_dir(dir.path())
        .expect("our directory")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    assert!(names.len() > 3 && names[..2] == ["all.scap0", "all.scap1"], "{names:?}");
    assert_eq!(names.last().expect("files"), "one.scap");
    let refused = run(["-r", &file, "-n", "0"]);
    assert!(refused.code == Some(1) && refused.err.contains("0 is not in 1.."), "{}", refused.err);
    assert_eq!(on(&file, &["-M", "1e300"]), on(&file, &[]));
}

#[test]
fn forms_of_time() {
    let Some(file) = curl("-t") else { return };
    let time = |form: &str| on(&file, &["-n1", "-t", form, "-p", "%evt.outputtime", "evt.type=read"]);
    let is_clock = |t: &str| t.len() == 18 && t.as_bytes()[2] == b':' && t.as_bytes()[8] == b'.';
    assert!(is_clock(time("h").trim_end()), "{}", time("h"));
    assert!(time("a").starts_with("1534527348."), "{}", time("a"));
    assert!(time("r").starts_with("5."), "{}", time("r"));
    assert!(time("d").starts_with("0.00000"), "{}", time("d"));
    assert_eq!(run(["-t", "x", "-r", &file]).code, Some(1));
    let deltas = on(&file, &["-n3", "-t", "D", "-p", "%evt.outputtime", "proc.name=curl"]);
    let deltas: Vec<f64> = deltas.lines().map(|l| l.parse().expect(l)).collect();
    assert!(deltas[0] == 0.0 && deltas[1] > 0.0 && deltas[1] < 1.0, "{deltas:?}");
}

#[test]
fn forms_of_data() {
    let Some(file) = curl("-x -X -A -b") else { return };
    // The program reads the head of a shared library: an ELF header.
    let read =
        |flag: &str| on(&file, &[flag, "-n1", "-p", "%evt.args", "evt.type=read and fd.name contains .so"]);
    assert!(read("-x").contains("\n\t0x0000: 7f45 4c46 "), "{}", read("-x"));
    let both = read("-X");
    assert!(both.contains("\n\t0x0000: 7f45 4c46 ") && both.contains("  .ELF"), "{both}");
    assert!(read("-A").contains("ELF"), "{}", read("-A"));
    assert!(read("-b").contains("f0VMR"), "{}", read("-b"));
    assert!(read("-v").contains(".ELF"), "{}", read("-v"));
    let refused = run(["-x", "-X", "-r", &file]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("cannot be used with"), "{}", refused.err);
}

#[test]
fn verbose_does_not_cut() {
    let Some(file) = curl("-v") else { return };
    let longest = |words: &[&str]| on(&file, words).lines().map(str::len).max();
    // Lines that no screen limits are whole anyway, but for those that are to be as other tools print them.
    let plain = ["--pairs", "-p", "%evt.args", "evt.type=execve"];
    assert!(longest(&plain) < longest(&[&["-v"][..], &plain].concat()));
    let ran = run(["-v", "-q", "-r", &file]).ok();
    assert!(ran.err.contains(" events seen, "), "{}", ran.err);
}

#[test]
fn summary_and_quiet() {
    let Some(file) = curl("-S -q") else { return };
    assert_eq!(on(&file, &["-q"]), "");
    let table = on(&file, &["-q", "-S"]);
    assert!(table.starts_with("----------------------\nEvent           #Calls\n---"), "{table}");
    assert!(table.lines().any(|l| l.starts_with("< open            ")), "{table}");
    let counts: Vec<u64> = table
        .lines()
        .skip(3)
        .map(|l| l.split(' ').next_back().unwrap_or_default().parse().expect(l))
        .collect();
    assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
    assert_eq!(counts.iter().sum::<u64>(), on(&file, &[]).lines().count() as u64);
}

#[test]
fn internal_events() {
    let Some(file) = curl("-D") else { return };
    assert!(!on(&file, &[]).contains(" procinfo "));
    assert!(on(&file, &["-D"]).contains(" procinfo "));
    assert!(on(&file, &["--debug"]).contains(" procinfo "));
}

#[test]
fn suppressed_names() {
    let Some(dir) = captures("-U") else { return };
    let file = dir.join("shell.pairs.scap.gz").display().to_string();
    let names = |flags: &[&str]| on(&file, &[flags, &["-p", "%proc.name"]].concat());
    assert!(names(&[]).lines().any(|l| l == "ls"));
    let left = names(&["-U", "ls", "-U", "python3"]);
    assert!(!left.is_empty() && !left.lines().any(|l| l == "ls" || l == "python3"));
}

#[test]
fn names_of_users_and_ports() {
    let Some(file) = curl("-E -R") else { return };
    let users = ["-n1", "-p", "%user.name", "proc.name=curl"];
    assert_ne!(on(&file, &users), on(&file, &[&["-E"][..], &users].concat()));
    let ports = ["-n1", "-p", "%fd.sport", "fd.sport=80"];
    assert_eq!(on(&file, &ports), "80\n");
    assert_eq!(on(&file, &[&["-R"][..], &ports].concat()), "http\n");
}

#[test]
fn display_filter_leaves_chisels_alone() {
    let Some(file) = curl("-d") else { return };
    let count = |words: &[&str]| on(&file, words).lines().count();
    assert_eq!(count(&["-c", "fdcount_by", "fd.type", "evt.num=1"]), 0);
    assert!(count(&["-d", "-c", "fdcount_by", "fd.type", "evt.num=1"]) > 0);
}

#[test]
fn progress_goes_to_stderr() {
    let Some(file) = curl("-P") else { return };
    let ran = run(["-P", "-q", "-r", &file]).ok();
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("100.00"), "{:?}", ran.err);
}

#[test]
fn unbuffered_output_is_the_same() {
    let Some(file) = curl("--unbuffered") else { return };
    assert_eq!(on(&file, &["--unbuffered"]), on(&file, &[]));
}

#[test]
fn names_of_sysdig_work() {
    let Some(file) = curl("aliases") else { return };
    let ours = on(&file, &["-n", "3", "-j"]);
    assert_eq!(ours, run(["--readfile", &file, "--numevents", "3", "--json"]).ok().out);
    assert_eq!(ours, run([&format!("--readfile={file}"), "--numev=3", "--js"]).ok().out);
    assert_eq!(ours, run([&format!("-jr{file}"), "-n3"]).ok().out);
}

#[test]
fn obsolete_flags_are_judged() {
    let Some(file) = curl("obsolete flags") else { return };
    let ran = run(["-B", "-n1", "-r", &file]).ok();
    assert!(ran.err.contains("-B (--bpf) has no effect: "), "{}", ran.err);
    assert_eq!(ran.lines().len(), 1);
    let ran = run(["-I", "dummy", "-r", &file]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("-I (--input) is not supported: "), "{}", ran.err);
}

#[test]
fn variants_of_a_call_belong_to_it() {
    let Some(dir) = captures("--exact-types") else { return };
    let file = dir.join("ipc.merged.scap.gz").display().to_string();
    let wide = on(&file, &["-p", "%evt.type", "evt.type=open"]);
    assert!(wide.lines().count() > 0 && wide.lines().all(|l| l.starts_with("open")), "{wide}");
    assert!(wide.contains("openat"));
    let exact = on(&file, &["--exact-types", "-p", "%evt.type", "evt.type=open"]);
    assert!(exact.lines().all(|l| l == "open"), "{exact}");
}

#[test]
fn mistakes_are_explained() {
    let ran = run(["proc.nme=cat"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(
        ran.err.starts_with("cscope: filter:1: ")
            && ran.err.contains("proc.nme")
            && ran.err.contains("proc.name"),
        "{}",
        ran.err
    );
    let ran = run(["-r", "/nonexistent/file.scap"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("/nonexistent/file.scap"), "{}", ran.err);
    let ran = run(["--no-such-flag"]);
    assert_eq!(ran.code, Some(1));
    let ran = run(["-c", "topfile_bytes"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("did you mean `topfiles_bytes`?"), "{}", ran.err);
    let ran = run(["-c", "fdbytes_by"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("needs the argument <key>"), "{}", ran.err);
    let ran = run(["-p", "%proc.nme", "-r", "/dev/null"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("proc.nme"), "{}", ran.err);
    assert_eq!(run(["--check", "proc.name=cat and evt.type in (open, close)"]).ok().out, "");
    assert_eq!(run(["--check", "proc.name="]).code, Some(1));
}
