//! Captures made by other tools: each is read to its end, and each cut off anywhere gives its whole events.

use crate::support::{captures, drain};
use cscope_capture::{EventSource, FileSource};

/// Events stored in the captures, as their README lists them.
const EVENTS: [(&str, u64); 8] = [
    ("file.pairs.scap.gz", 31706),
    ("file.merged.scap.gz", 21660),
    ("errors.pairs.scap.gz", 16213),
    ("errors.merged.scap.gz", 16072),
    ("shell.pairs.scap.gz", 28268),
    ("shell.merged.scap.gz", 27892),
    ("ipc.pairs.scap.gz", 2997),
    ("ipc.merged.scap.gz", 4815),
];

#[test]
fn every_capture_is_read_to_its_end() {
    for path in captures() {
        let name = path.file_name().and_then(|n| n.to_str()).expect("utf-8 name").to_owned();
        let mut source = FileSource::open(&path).expect("opens");
        let seen = drain(&mut source);
        assert!(seen.error.is_none(), "{name}: {:?}", seen.error);
        assert_eq!(seen.sections, 1, "{name}");
        assert!(!seen.snapshot.threads.is_empty() && !seen.snapshot.fds.is_empty(), "{name}: snapshot");
        let stats = source.stats();
        assert_eq!(stats.events, seen.events.len() as u64);
        assert_eq!(Some(stats.bytes.0), stats.bytes.1, "{name}: all bytes were read");
        match EVENTS.iter().find(|(n, _)| *n == name) {
            Some((_, events)) => assert_eq!(stats.events, *events, "{name}"),
            None => assert!(stats.events > 0, "{name}"),
        }
    }
}
