//! The fuzz targets over their corpus: seeds, and every input that once broke something.

use std::path::{Path, PathBuf};

use crate::fuzz::TARGETS;

fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn corpus_is_survived() {
    for (name, target) in TARGETS {
        let files = corpus(name);
        assert!(files.len() > 5, "{name} has a corpus");
        for file in files {
            let bytes = std::fs::read(&file).expect("readable");
            // The name of a file that breaks something stands in front of the panic.
            eprintln!("{}", file.display());
            target(&bytes);
            // Cut off anywhere.
            target(&bytes[..bytes.len() / 3]);
            target(&bytes[..bytes.len() * 2 / 3]);
        }
    }
}
