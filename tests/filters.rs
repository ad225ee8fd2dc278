//! Filters as the user gives them: from files, checked, explained, refused.

use crate::harness::{captures, run};

const FILE: &str = "\
# programs that fetch
- list: fetchers
  items: [curl, wget]
macro fetches: proc.name in (fetchers)
macro opens: evt.type = open  # and its variants
fetches and fd.name exists
";

#[test]
fn files_hold_macros_and_conditions() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fetch.txt");
    std::fs::write(&path, FILE).expect("written");
    let file = path.to_str().expect("UTF-8");
    run(["-f", file, "--check", "opens and fetches"]).ok();
    let explained = run(["-f", file, "--explain", "opens"]).ok().out;
    assert!(explained.contains("process names   curl wget\\n".trim_end_matches("\\n")), "{explained}");
    assert!(explained.contains(&format!("[{file}:5]")), "{explained}");
    let Some(capture) = captures("filters from files") else { return };
    let capture = capture.join("curl_google.scap").display().to_string();
    let with_file = run(["-r", &capture, "-f", file, "opens"]).ok().out;
    let plain = "evt.type = open and proc.name in (curl, wget) and fd.name exists";
    assert!(with_file.lines().count() > 3);
    assert_eq!(with_file, run(["-r", &capture, plain]).ok().out);

    std::fs::write(&path, "macro a: proc.name = \n").expect("written");
    let refused = run(["-f", file, "--check", "a"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.starts_with(&format!("cscope: {file}:1:21: expected a value")), "{}", refused.err);
    let missing = run(["-f", "/nonexistent/x", "evt.type=open"]);
    assert!(missing.code == Some(1) && missing.err.contains("/nonexistent/x"), "{}", missing.err);
}

#[test]
fn errors_are_one_line_or_json_when_nobody_watches() {
    let plain = run(["--check", "proc.nmae = x"]);
    assert_eq!(plain.code, Some(1));
    assert_eq!(plain.err.lines().count(), 1, "{}", plain.err);
    assert!(
        plain.err.starts_with("cscope: filter:1: unknown field `proc.nmae` (did you mean"),
        "{}",
        plain.err
    );
    let json = run(["--json-errors", "--check", "proc.name = x and evt.type=opne"]);
    let error: serde_json::Value = serde_json::from_str(&json.err).expect("JSON");
    assert_eq!((&error["start"], &error["end"], &error["column"]), (&27.into(), &31.into(), &28.into()));
    assert!(error["help"].as_str().is_some_and(|h| h.contains("`open`")), "{error}");
}

#[test]
fn form_alone_may_be_checked() {
    for filter in ["some.thing[x] = y and a_macro", "not (x)"] {
        run(["--check-syntax", filter]).ok();
        assert_eq!(run(["--check", filter]).code, Some(1));
    }
    assert_eq!(run(["--check-syntax", "proc.name = = x"]).code, Some(1));
}

#[test]
fn filters_are_explained() {
    let out =
        run(["--explain", "fd.name contains /etc and not proc.name=sshd and evt.type in (open, close)"])
            .ok()
            .out;
    let order: Vec<usize> = ["  1. evt.type in", "  2. fd.name contains", "  3. not proc.name"]
        .iter()
        .filter_map(|l| out.find(l))
        .collect();
    assert!(order.len() == 3 && order.is_sorted(), "{out}");
    assert!(out.contains("process names   any but sshd"), "{out}");
    assert!(out.contains("types           close open openat openat2"), "{out}");
}

/// A line of what a live capture asks of the kernel.
#[cfg(feature = "live")]
fn asked(words: &[&str], part: &str) -> String {
    let out = run(words).ok().out;
    let (_, live) = out.split_once("asked of the kernel by a live capture:\n").expect("a live part");
    let line = live.lines().find_map(|l| l.trim_start().strip_prefix(part));
    line.map_or_else(String::new, |l| l.trim_start().to_owned())
}

#[cfg(feature = "live")]
#[test]
fn what_live_capture_asks_of_the_kernel_is_explained() {
    let filter = "evt.type in (open, write) and container.name=db and user.uid=7 and evt.failed=true";
    let words = ["--explain", filter];
    assert_eq!(asked(&words, "calls"), "open openat openat2 write");
    assert_eq!(asked(&words, "results"), "failed calls only");
    assert_eq!(asked(&words, "container names"), "db");
    assert_eq!(asked(&words, "users"), "7");
    assert!(asked(&words, "kept for state").contains("clone"));
    let programs = "on_newtask on_exit on_exec on_sys_exit";
    assert_eq!(asked(&words, "programs"), programs);
    let more = |more: &[&str]| asked(&[&words[..], more].concat(), "programs");
    assert_eq!(more(&["--switches"]), format!("{programs} on_switch"));
    // Times of calls, wherever they are asked for.
    for flags in [&["-p", "%evt.latency"][..], &["-w", "x.scap.zst"], &["-c", "topscalls_time"]] {
        assert!(more(flags).contains("on_sys_enter on_sys_exit"), "{flags:?}");
    }
    // What no field of the line reads is not kept.
    let bare = ["--explain", "evt.type=open", "-p", "%evt.type"];
    assert_eq!(asked(&bare, "kept for state"), "");
    assert_eq!(asked(&["--explain", "evt.type=open", "--no-pushdown"], "calls"), "all");
    // Chisels decide too.
    assert_eq!(asked(&["--explain", "", "-c", "spy_users"], "calls"), "chdir execve execveat");
    assert!(asked(&["--explain", "", "-c", "topfiles_bytes"], "calls").contains(" pread64 "));
    assert_eq!(asked(&["--explain", "evt.type=read", "-c", "topfiles_bytes"], "calls"), "read");
    assert_eq!(asked(&["--explain", "", "-c", "ps"], "calls"), "none");
    assert_eq!(asked(&["--explain", "", "-c", "topscalls_time"], "calls"), "all");
    assert_eq!(asked(&["--explain", "", "-c", "topfiles_bytes", "-S"], "calls"), "all");
    assert!(!run(["--explain", "evt.type=read", "-r", "x.scap"]).ok().out.contains("asked of"));
}
