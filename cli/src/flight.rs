//! `--in-flight`: the calls that have not returned.

use std::fmt::Write;

use cscope_capture::CallInFlight;
use cscope_capture::print::escape_terminal;
use cscope_capture::table::{SYSCALLS, Syscall};
use cscope_enrich::{Inspector, State};
use cscope_filter::Pushdown;

use crate::message::{say, tell};
use crate::summary::grouped;

/// Lists those on standard error that can pass the filter.
pub(crate) fn list(inspector: &mut Inspector, wanted: &Pushdown) {
    match inspector.in_flight() {
        Ok(mut calls) => {
            let state = inspector.state();
            calls.retain(|call| admits(wanted, call, state));
            tell(table(&calls, state));
        }
        Err(e) => say(format_args!("the calls that have not returned are not known: {e}")),
    }
}

/// True when the call can pass once it returns, whatever it returns.
fn admits(wanted: &Pushdown, call: &CallInFlight, state: &State) -> bool {
    let row = SYSCALLS.iter().find(|row| row.name == call.call);
    let typed = |row: &Syscall| !row.is_generic() && wanted.types.contains_kind(row.exit);
    let generic = |row: &Syscall| row.is_generic() && wanted.types.contains_call(u64::from(row.code));
    // Of a thread that is not known nothing can be said.
    let unknown = || wanted.callers().to_string().is_empty();
    let caller = state.thread(call.tid.cast_signed());
    row.is_none_or(|row| typed(row) || generic(row))
        && caller.map_or_else(unknown, |thread| wanted.admits_thread(thread))
}

/// The table, oldest first. A call that was made before the capture began has no age.
fn table(calls: &[CallInFlight], state: &State) -> String {
    let mut out = format!("cscope: {} calls have not returned\n", grouped(calls.len() as u64));
    if calls.is_empty() {
        return out;
    }
    // Writing into a string cannot fail.
    let _ = writeln!(out, "{:>14}  {:15} {:>8}  {:20} DESCRIPTOR", "AGE", "PROCESS", "TID", "CALL");
    for call in calls {
        let thread = state.thread(call.tid.cast_signed());
        let age = call.age.map_or("before start".to_owned(), seconds);
        let comm = printable(thread.map_or(&call.comm, |t| &t.info.comm));
        let fd = call.fd.filter(|fd| *fd >= 0).map(|number| {
            let fd = thread.and_then(|t| state.fd(t, number));
            let name = fd.map(|fd| match printable(&fd.info.name) {
                name if name.is_empty() => fd.type_name().to_owned(),
                name => name,
            });
            format!("{number}({})", name.unwrap_or_default())
        });
        let _ = writeln!(
            out,
            "{age:>14}  {comm:15} {:>8}  {:20} {}",
            call.tid,
            call.call,
            fd.unwrap_or_default()
        );
    }
    out
}

/// ns as seconds.
fn seconds(ns: u64) -> String {
    format!("{}.{:06} s", ns / 1_000_000_000, ns / 1_000 % 1_000_000)
}

/// Names come from the traced system: nothing of them may act on the terminal.
fn printable(name: &[u8]) -> String {
    let mut out = Vec::new();
    escape_terminal(name, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_seconds_and_names_are_harmless() {
        let call = |age| CallInFlight { tid: 7, comm: b"cat".into(), call: "read", fd: Some(3), age };
        let text = table(&[call(None), call(Some(1_500_000_999))], &State::default());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "cscope: 2 calls have not returned");
        assert!(lines[2].trim_start().starts_with("before start") && lines[2].ends_with("3()"), "{text}");
        assert!(lines[2].contains(" cat "), "of a thread that is not known yet: {text}");
        assert!(lines[3].trim_start().starts_with("1.500000 s"), "{text}");
        assert_eq!(printable(b"a\x1b[2J\xff"), "a\\x1b[2J\\xff");
    }
}
