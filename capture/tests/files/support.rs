//! What the tests of capture files share: where the foreign captures are, and reading a source to its end.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use cscope_capture::{Error, EventSource, FileSource, OwnedEvent, Step};

/// The captures of other tools; none, and a loud line, when they are not there.
pub(crate) fn captures() -> Vec<PathBuf> {
    let folder = std::env::var_os("CSCOPE_CAPTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("SKIP: no captures in {} (set CSCOPE_CAPTURES)", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.retain(|p| p.to_string_lossy().ends_with(".scap") || p.to_string_lossy().ends_with(".scap.gz"));
    paths.sort();
    paths
}

/// Everything a source gave.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) events: Vec<OwnedEvent>,
    pub(crate) sections: usize,
    pub(crate) threads: usize,
    pub(crate) fds: usize,
    pub(crate) error: Option<Error>,
}

/// Reads a source to its end or error; after either only the end may follow.
pub(crate) fn drain(source: &mut FileSource) -> Seen {
    let mut seen = Seen::default();
    loop {
        match source.step() {
            Ok(Step::Event(event)) => seen.events.push(OwnedEvent::from(&event)),
            Ok(Step::Section) => {
                seen.sections += 1;
                seen.threads = source.snapshot().threads.len();
                seen.fds = source.snapshot().fds.len();
            }
            Ok(Step::Idle { .. }) => panic!("a file is never idle"),
            Ok(Step::End) => break,
            Err(e) => {
                seen.error = Some(e);
                break;
            }
        }
    }
    assert!(matches!(source.step(), Ok(Step::End)), "nothing follows the end");
    seen
}

/// Reads a capture in memory.
pub(crate) fn drain_bytes(bytes: Vec<u8>) -> Result<Seen, Error> {
    Ok(drain(&mut FileSource::from_reader(Box::new(Cursor::new(bytes)))?))
}

/// The uncompressed stream of a plain or gzip capture.
pub(crate) fn inflate(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).expect("readable");
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return bytes;
    }
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("gzip");
    plain
}
