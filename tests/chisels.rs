//! Chisels on captures, against what sysdig 0.36.1 prints.

use std::collections::BTreeSet;
use std::path::Path;

use crate::harness::{captures, run, unxz};

fn file(dir: &Path, name: &str) -> String {
    let plain = dir.join(format!("{name}.scap"));
    let path = if plain.exists() { plain } else { dir.join(format!("{name}.scap.gz")) };
    path.display().to_string()
}

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().map(|l| l.trim_end().to_owned()).filter(|l| !l.is_empty()).collect()
}

/// Lines without user names: sysdig cuts them to the width of the column, and took those of its own machine.
fn users_cut(lines: BTreeSet<String>) -> BTreeSet<String> {
    let cut = |line: String| -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        // `ps` has the user in the third column, `lsof` in the fourth.
        let number = |i: usize| words.get(i).is_some_and(|w| w.parse::<u64>().is_ok());
        let user = match (number(0), number(1), number(2)) {
            (true, true, _) => 2,
            (false, true, true) => 3,
            _ => return line,
        };
        words.iter().enumerate().filter(|(i, _)| *i != user).flat_map(|(_, w)| [w, " "]).collect()
    };
    lines.into_iter().map(cut).collect()
}

/// Lines of the golden file of a chisel that we do not print, and the number of lines it has.
fn missing(dir: &Path, capture: &str, chisel: &[&str], golden: &str) -> (Vec<String>, usize) {
    let golden = unxz(&dir.join(format!("golden/chisels/{capture}.{golden}.sysdig-0.36.1.txt.xz")));
    let path = file(dir, capture);
    let words = ["--pairs", "-r", path.as_str(), "-c"];
    let ours = users_cut(lines(&run(words.iter().chain(chisel)).ok().out));
    let golden = users_cut(lines(&golden));
    (golden.difference(&ours).cloned().collect(), golden.len())
}

/// True when our table ends with rows of the same sum as `row`: more rows have it than fit.
fn is_tie(dir: &Path, capture: &str, chisel: &str, row: &str) -> bool {
    let out = run(["--pairs", "-r", &file(dir, capture), "-c", chisel]).ok().out;
    let sum = |line: &str| line.split(' ').next().map(str::to_owned);
    out.lines().last().is_some_and(|last| sum(last) == sum(row))
}

#[test]
fn tables_are_those_of_sysdig() {
    let Some(dir) = captures("table chisels") else { return };
    let chisels = [
        "topfiles_bytes",
        "topfiles_errors",
        "topprocs_net",
        "topprocs_file",
        "topprocs_errors",
        "topconns",
        "topports_server",
        "topscalls_time",
        "topcontainers_file",
        "topcontainers_net",
        "lscontainers",
    ];
    for capture in ["curl_google", "file.pairs", "errors.pairs", "shell.pairs", "ipc.pairs"] {
        for chisel in chisels {
            let (mut missing, of) = missing(&dir, capture, &[chisel], chisel);
            // Which rows of equal sums come last in a list is chance there: their sums must be among ours.
            missing.retain(|row| !is_tie(&dir, capture, chisel, row));
            assert!(
                missing.len() * 6 <= of,
                "{capture} {chisel}: {} of {of} missing: {missing:#?}",
                missing.len()
            );
        }
    }
}

#[test]
fn sums_by_any_field() {
    let Some(dir) = captures("chisels with a key") else { return };
    for capture in ["curl_google", "file.pairs", "shell.pairs"] {
        for (chisel, key) in [("fdbytes_by", "proc.name"), ("fdcount_by", "fd.directory")] {
            let (missing, of) = missing(&dir, capture, &[chisel, key], &format!("{chisel}_{key}"));
            assert!(
                missing.len() * 5 <= of,
                "{capture} {chisel}: {} of {of} missing: {missing:#?}",
                missing.len()
            );
        }
    }
}

#[test]
fn views_of_the_state() {
    let Some(dir) = captures("netstat, lsof, ps") else { return };
    for capture in ["curl_google", "file.pairs", "shell.pairs", "ipc.pairs"] {
        for chisel in ["lsof", "ps"] {
            let (missing, of) = missing(&dir, capture, &[chisel], chisel);
            assert!(
                missing.len() * 20 <= of,
                "{capture} {chisel}: {} of {of} missing: {missing:#?}",
                missing.len()
            );
        }
    }
    let file = file(&dir, "curl_google");
    let sockets = run(["-r", &file, "-c", "netstat"]).ok().out;
    assert!(
        sockets.contains(
            "tcp   10.0.0.79:22             50.207.137.246:63740     ESTABLISHED    3199/3199/sshd\n"
        ),
        "{sockets}"
    );
    assert!(
        sockets.contains(
            "tcp   0.0.0.0:22               0.0.0.0:*                LISTEN         1397/1397/sshd\n"
        )
    );
    let v4 = run(["-r", &file, "-c", "netstat", "fd.type=ipv4"]).ok().out;
    assert!(v4.lines().count() > 1 && !v4.contains(":::22"), "{v4}");
    let some = run(["-r", &file, "-c", "lsof", "proc.name=sshd and fd.type=ipv4"]).ok().out;
    assert!(some.lines().count() > 1 && some.lines().skip(1).all(|l| l.starts_with("sshd ")), "{some}");
}

#[test]
fn commands_of_users() {
    let Some(dir) = captures("spy_users") else { return };
    let out = run(["-r", &file(&dir, "curl_google"), "-c", "spy_users"]).ok().out;
    assert!(out.starts_with("3200 17:35:48 ") && out.ends_with(") curl -6 http://www.google.com\n"), "{out}");
    let out = run(["-r", &file(&dir, "shell.pairs"), "-c", "spy_users"]).ok().out;
    assert_eq!(out, "9885 15:07:35 root) date\n");
    let out = run(["-pc", "-r", &file(&dir, "shell.pairs"), "-c", "spy_users"]).ok().out;
    assert_eq!(out, "9885 15:07:35 root@host) date\n");
    let out = run(["-r", &file(&dir, "shell.pairs"), "-c", "spy_users", "0"]).ok().out;
    assert_eq!(out, "");
}

#[test]
fn every_chisel_has_json() {
    let Some(dir) = captures("chisels as JSON") else { return };
    for capture in ["curl_google", "shell.pairs"] {
        let file = file(&dir, capture);
        for chisel in cscope_chisels::all() {
            let words = ["-r", &file, "-c", chisel.name];
            let needed = chisel.args.iter().filter(|arg| arg.required).map(|_| "proc.name");
            let words: Vec<&str> = words.into_iter().chain(needed).collect();
            let text = run(&words).ok().out;
            let json = run(["-j"].iter().chain(&words)).ok().out;
            let lines: Vec<serde_json::Value> = json
                .lines()
                .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{words:?}: {e}: {line}")))
                .collect();
            if chisel.name == "spy_users" {
                assert_eq!(lines.len(), text.lines().count(), "{capture}");
                assert!(lines.iter().all(|line| line["command"].is_string()), "{json}");
                continue;
            }
            let [table] = lines.as_slice() else { panic!("{words:?}: {json}") };
            let columns = table["info"].as_array().expect("columns").len();
            let rows = table["data"].as_array().expect("rows");
            assert!(rows.iter().all(|row| row.as_array().expect("cells").len() == columns), "{json}");
            // The text has titles, some with a rule below.
            let more = text.lines().count().checked_sub(rows.len());
            assert!(more.is_some_and(|titles| titles <= 2), "{words:?}: {} rows for\n{text}", rows.len());
        }
    }
}

#[test]
fn tables_as_json() {
    let Some(dir) = captures("chisels as JSON") else { return };
    let out = run(["-j", "-r", &file(&dir, "curl_google"), "-c", "topprocs_net"]).ok().out;
    let value: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(value["data"], serde_json::json!([["curl", "17497", 11672]]));
    assert_eq!(value["info"][0]["name"], "proc.name");
    assert_eq!(value["info"][2]["is_key"], false);
}

#[test]
fn several_chisels_and_containers() {
    let Some(dir) = captures("several chisels") else { return };
    let path = file(&dir, "errors.pairs");
    let out = run(["-r", &path, "-pc", "-c", "topprocs_file", "-c", "topfiles_bytes"]).ok().out;
    let titles: Vec<&str> = out.lines().filter(|l| l.starts_with("Bytes ")).collect();
    assert_eq!(titles.len(), 2);
    assert_eq!(
        titles[0],
        "Bytes               Process             Host_pid            Container_pid       container.name"
    );
    assert!(out.lines().any(|l| l.ends_with(" host")), "{out}");
}
