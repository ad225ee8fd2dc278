//! Captures of other tools, printed without any knowledge of the machine, against what those tools print.
//!
//! A parameter is its plain text and, in parentheses, what that stands for. The plain text must be equal, and so
//! must names that need no state (errors, flags, signals, times). What needs state (the file of a descriptor,
//! the name of a thread or user, the directory of a relative path) is for the machine model's own tests.

use std::path::PathBuf;
use std::process::Command;

use cscope_capture::print::{
    DataFormat, PrintOptions, Style, Unresolved, print_args, print_param, print_raw_param, write_datetime,
};
use cscope_capture::table::{Dir, ParamType, SYSCALLS};
use cscope_capture::{Event, EventSource, EventType, FileSource, Joiner, Role, Step};

/// Says on stderr that something is not tested here. Not with a macro: the test harness hides what those print for
/// tests that pass.
fn skip(why: &str) {
    let line = format!("SKIP: {why}\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
}

fn captures() -> Option<PathBuf> {
    let folder = std::env::var_os("CSCOPE_CAPTURES").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/captures")),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    skip(&format!("no captures in {}", folder.display()));
    None
}

/// The lines of a golden file; `None` when it cannot be unpacked here.
fn golden(path: &std::path::Path) -> Option<Vec<Vec<u8>>> {
    assert!(path.is_file(), "{} is missing", path.display());
    let output = match Command::new("xz").arg("-dc").arg(path).output() {
        Ok(output) => output,
        Err(error) => {
            skip(&format!("cannot run xz: {error}"));
            return None;
        }
    };
    assert!(output.status.success());
    Some(output.stdout.split(|&c| c == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
}

/// Events that carry state for the reader and have no line in any view.
fn is_meta(kind: EventType) -> bool {
    let name = kind.info().map_or("", |info| info.name);
    matches!(name, "container" | "useradded" | "groupadded" | "userdeleted" | "groupdeleted" | "notification")
}

/// True when the text in parentheses depends on what else happened on the machine.
fn needs_state(kind: ParamType, plain: &[u8]) -> bool {
    use ParamType as T;
    let negative = plain.first() == Some(&b'-');
    matches!(kind, T::FsPath | T::FsRelPath) || matches!(kind, T::Fd | T::Pid | T::Uid | T::Gid) && !negative
}

/// The line as far as it needs no state.
fn printed(number: u64, event: &Event<'_>, options: &PrintOptions) -> Vec<u8> {
    let info = event.info().expect("a type of the table");
    let mut line = format!("{number} ").into_bytes();
    let mut time = Vec::new();
    write_datetime(event.ts, 0, &mut time);
    line.extend_from_slice(&time[11..]);
    let sign = if info.dir == Dir::Exit { "<" } else { ">" };
    line.extend_from_slice(format!(" {} ({}) {sign} ", event.cpu, event.tid.cast_signed()).as_bytes());
    if matches!(event.kind, EventType::GENERIC_E | EventType::GENERIC_X) {
        line.extend_from_slice(SYSCALLS[event.u64(0).expect("a code") as usize].name.as_bytes());
        print_args(event, &Unresolved, options, &mut line);
        return line;
    }
    line.extend_from_slice(info.name.as_bytes());
    for (index, param) in info.params.iter().enumerate().take(event.params.len()) {
        let (mut plain, mut resolved) = (Vec::new(), Vec::new());
        assert!(print_raw_param(event, index, options, &mut plain));
        assert!(print_param(event, index, &Unresolved, options, &mut resolved));
        line.push(b' ');
        line.extend_from_slice(options.style.param_name(event.kind, index).expect("a parameter").as_bytes());
        line.push(b'=');
        line.extend_from_slice(&plain);
        if resolved != plain && !needs_state(param.kind, &plain) {
            line.push(b'(');
            line.extend_from_slice(&resolved);
            line.push(b')');
        }
    }
    line
}

/// True when `golden` is `own`, but for the name of the process, for text in parentheses at the end of
/// a parameter, and for the letters of descriptors in poll lists.
fn equal(own: &[u8], golden: &[u8]) -> bool {
    let (mut o, mut g) = (0, 0);
    // Number, time, CPU; then the name, which may hold anything.
    while own[o] != b'(' {
        if golden.get(g) != Some(&own[o]) {
            return false;
        }
        (o, g) = (o + 1, g + 1);
    }
    let tid = &own[o..=o + own[o..].iter().position(|&c| c == b')').expect("a thread")];
    let Some(at) = golden[g..].windows(tid.len()).position(|w| w == tid) else { return false };
    g += at;
    while let Some(&c) = own.get(o) {
        match golden.get(g) {
            Some(&d) if d == c => (o, g) = (o + 1, g + 1),
            Some(d) if c == b'?' && own[o - 1] == b':' && d.is_ascii_alphanumeric() => {
                (o, g) = (o + 1, g + 1)
            }
            Some(b'(') if c == b' ' => {
                let name = own[o..].iter().position(|&c| c == b'=').expect("a next parameter");
                let next = [b")", &own[o..=o + name]].concat();
                let Some(skip) = golden[g..].windows(next.len()).position(|w| w == next) else {
                    return false;
                };
                g += skip + 1;
            }
            _ => return false,
        }
    }
    let rest = golden[g..].trim_ascii();
    rest.is_empty() || rest.starts_with(b"(") && rest.ends_with(b")")
}

/// Prints a capture in one of the two views and compares every line; gives the number of lines.
fn check(name: &str, golden_name: &str, options: PrintOptions) {
    let Some(folder) = captures() else { return };
    let Some(lines) = golden(&folder.join("golden").join(golden_name)) else { return };
    let mut source = FileSource::open(folder.join(name)).expect("a capture");
    let mut joiner = Joiner::new();
    let (mut number, mut at, mut differences) = (0u64, 0usize, Vec::new());
    loop {
        let event = match source.step().expect("a whole capture") {
            Step::Event(event) => event,
            Step::Section(_) => continue,
            Step::Idle { .. } | Step::LeftOut(_) => unreachable!("a file that is read whole is never idle"),
            Step::End => break,
        };
        let joined = joiner.join(&event);
        let (event, role) = match options.style {
            Style::Merged => (joined.event, joined.role),
            Style::Pairs => (event, Role::Whole),
        };
        number += u64::from(role.is_counted());
        // sysdig does not show procinfo events.
        let hidden =
            is_meta(event.kind) || options.style == Style::Pairs && event.kind == EventType::PROCINFO_E;
        if !role.is_shown() || hidden {
            continue;
        }
        let Some(line) = lines.get(at) else {
            at += 1;
            continue;
        };
        at += 1;
        let own = printed(number, &event, &options);
        if !equal(&own, line) {
            let (own, line) = (String::from_utf8_lossy(&own), String::from_utf8_lossy(line));
            differences.push(format!("  ours: {own}\ngolden: {line}"));
        }
    }
    assert_eq!(at, lines.len(), "number of lines of {name}");
    assert!(
        differences.is_empty(),
        "{} of {at} lines of {name} differ, the first:\n{}",
        differences.len(),
        differences[..differences.len().min(10)].join("\n")
    );
    assert_eq!(joiner.dropped(), 0);
    eprintln!("{name} against {golden_name}: {at} lines");
}

fn merged() -> PrintOptions {
    PrintOptions::default()
}

fn pairs() -> PrintOptions {
    PrintOptions { data: DataFormat::Dotted, cut: Some(PrintOptions::TERMINAL_CUT), style: Style::Pairs }
}

macro_rules! goldens {
    ($($test:ident $capture:literal $golden:literal $options:ident;)*) => {
        $(
            #[test]
            fn $test() {
                check($capture, $golden, $options());
            }
        )*
    };
}

goldens! {
    curl_google_merged "curl_google.scap" "curl_google.libs-head.txt.xz" merged;
    curl_google_pairs "curl_google.scap" "curl_google.sysdig-0.36.1.txt.xz" pairs;
    ipv6_conn_merged "single_ipv6_conn.scap" "single_ipv6_conn.libs-head.txt.xz" merged;
    ipv6_conn_pairs "single_ipv6_conn.scap" "single_ipv6_conn.sysdig-0.36.1.txt.xz" pairs;
    ipv6_client_merged "test_ipv6_client.scap" "test_ipv6_client.libs-head.txt.xz" merged;
    ipv6_client_pairs "test_ipv6_client.scap" "test_ipv6_client.sysdig-0.36.1.txt.xz" pairs;
    ipc_current "ipc.merged.scap.gz" "ipc.merged.libs-head.txt.xz" merged;
    ipc_merged "ipc.pairs.scap.gz" "ipc.pairs.libs-head.txt.xz" merged;
    ipc_pairs "ipc.pairs.scap.gz" "ipc.pairs.sysdig-0.36.1.txt.xz" pairs;
    errors_current "errors.merged.scap.gz" "errors.merged.libs-head.txt.xz" merged;
    errors_merged "errors.pairs.scap.gz" "errors.pairs.libs-head.txt.xz" merged;
    errors_pairs "errors.pairs.scap.gz" "errors.pairs.sysdig-0.36.1.txt.xz" pairs;
    shell_current "shell.merged.scap.gz" "shell.merged.libs-head.txt.xz" merged;
    shell_merged "shell.pairs.scap.gz" "shell.pairs.libs-head.txt.xz" merged;
    shell_pairs "shell.pairs.scap.gz" "shell.pairs.sysdig-0.36.1.txt.xz" pairs;
    file_current "file.merged.scap.gz" "file.merged.libs-head.txt.xz" merged;
    file_merged "file.pairs.scap.gz" "file.pairs.libs-head.txt.xz" merged;
    file_pairs "file.pairs.scap.gz" "file.pairs.sysdig-0.36.1.txt.xz" pairs;
}
