//! What is told at the end: counts of event types (`-S`) and of all that was seen (stderr).

use std::fmt::Write;
use std::time::Duration;

use cscope_capture::table::Dir;
use cscope_capture::{Event, Loss, Stats};

use crate::losses::causes;

/// Types listed at most.
const ROWS: usize = 100;
/// Width of the column of names.
const NAME: usize = 16;
const RULE: &str = "----------------------";

/// Counts of event types.
#[derive(Debug, Default)]
pub(crate) struct TypeCounts {
    counts: Vec<u64>,
}

impl TypeCounts {
    /// Counts an event.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        let index = usize::from(event.kind.0);
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
    }

    /// Adds other counts and empties them.
    pub(crate) fn absorb(&mut self, other: &mut Self) {
        self.counts.resize(self.counts.len().max(other.counts.len()), 0);
        self.counts.iter_mut().zip(other.counts.drain(..)).for_each(|(count, more)| *count += more);
    }

    /// The table: most frequent first.
    pub(crate) fn table(&self) -> String {
        let mut rows: Vec<(usize, u64)> =
            self.counts.iter().copied().enumerate().filter(|r| r.1 > 0).collect();
        rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut out = format!("{RULE}\n{:NAME$}#Calls\n{RULE}\n", "Event");
        for (kind, count) in rows.into_iter().take(ROWS) {
            let (dir, name) = match cscope_capture::table::EVENTS.get(kind) {
                Some(info) => (if info.dir == Dir::Enter { '>' } else { '<' }, info.name.to_owned()),
                None => ('<', format!("event {kind}")),
            };
            // Writing into a string cannot fail.
            let _ = writeln!(out, "{dir} {name:NAME$}{count}");
        }
        out
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Counters of a run.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counters {
    /// Events that came, hidden ones left out.
    pub(crate) seen: u64,
    /// Events that passed the filter.
    pub(crate) matched: u64,
    /// Those of them that were shown or written: a line may have nothing to say about an event.
    pub(crate) shown: u64,
}

/// The last line of a live run. `what` became of events.
pub(crate) fn ending(counters: Counters, what: &str, stats: &Stats, elapsed: Duration) -> String {
    format!(
        "cscope: {} events seen, {} {what}, {} lost in {:.1} s",
        grouped(counters.seen),
        grouped(counters.shown),
        grouped(stats.lost()),
        elapsed.as_secs_f64(),
    )
}

/// Where losses happened, and what the kernel side kept back; for `-v` and whenever something was lost.
pub(crate) fn details(stats: &Stats, losses: &[Loss]) -> String {
    let mut text = match causes(losses) {
        causes if causes.is_empty() => "cscope: nothing lost".to_owned(),
        causes => format!("cscope: lost: {causes}"),
    };
    if stats.skipped_in_kernel > 0 {
        // Writing into a string cannot fail.
        let _ = write!(text, "; kept back in the kernel: {}", grouped(stats.skipped_in_kernel));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use cscope_capture::{EventBuilder, EventType};

    #[test]
    fn numbers_are_grouped() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(n), text);
        }
    }

    #[test]
    fn the_table_is_sorted_by_count() {
        let mut counts = TypeCounts::default();
        let mut builder = EventBuilder::new();
        for kind in [EventType::SYSCALL_READ_X, EventType::SYSCALL_READ_E, EventType::SYSCALL_READ_X] {
            builder.start(kind);
            counts.event(&builder.event(1, 1, 0));
        }
        let expected = "----------------------\nEvent           #Calls\n----------------------\n\
                        < read            2\n> read            1\n";
        assert_eq!(counts.table(), expected);
    }
}
