//! Lines come in the order of time, however busy the machine is.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::harness::{cscope, wait};
use crate::running::{able, summary};

/// ns that a record may come late: the window in which those of all CPUs are brought into order.
const WINDOW: u64 = 500_000;

/// Calls of each process.
const CALLS: usize = 60_000;

/// Where a virtual CPU is taken away at a bad moment a record may come later than that: once in three runs.
#[test]
fn eight_busy_processes_are_shown_in_the_order_of_time() {
    if !able("order of events") {
        return;
    }
    let mut told = Vec::new();
    let in_order = (0..3).filter(|_| {
        let (back, late, count) = disorder();
        told.push(format!("back by {back} ns, {late} of {count} lines out of order"));
        back <= WINDOW
    });
    let good = in_order.take(2).count();
    assert_eq!(good, 2, "{told:#?}");
}

/// By how many ns at most the time of a line is before that of one before it, for how many of how many lines.
fn disorder() -> (u64, u64, usize) {
    let one = format!("dd if=/dev/zero of=/dev/null bs=1 count={} 2>/dev/null & ", CALLS / 2);
    let script = format!("{} wait", one.repeat(8));
    let mut command = cscope();
    command.args(["--ring-size", "64", "-p", "%evt.rawtime %evt.cpu %proc.pid %proc.name"]);
    command.args(["--", "sh", "-c", &script]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let (mut last, mut back, mut late) = (0u64, 0u64, 0u64);
    let (mut count, mut switches, mut on) = (0usize, 0, String::new());
    let mut processes = std::collections::BTreeSet::new();
    for line in lines.map(|l| l.expect("text")).filter(|l| l.ends_with(" dd")) {
        let mut words = line.split(' ');
        let time: u64 = words.next().and_then(|w| w.parse().ok()).expect("a time");
        let cpu = words.next().unwrap_or_default();
        processes.extend(words.next().map(str::to_owned));
        back = back.max(last.saturating_sub(time));
        late += u64::from(time < last);
        last = last.max(time);
        switches += usize::from(cpu != on);
        cpu.clone_into(&mut on);
        count += 1;
    }
    let ran = wait(child);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let (.., lost) = summary(&ran.err);
    assert_eq!(processes.len(), 8);
    assert!(count + lost as usize >= 8 * CALLS, "{count} lines, {lost} lost");
    assert!(count > 4 * CALLS, "{count} lines");
    // On one CPU there is nothing to bring into order.
    if std::thread::available_parallelism().is_ok_and(|n| n.get() > 1) {
        assert!(switches > 1_000, "{switches} times from one CPU to another");
    }
    (back, late, count)
}
