//! A capture of pairs is a file that another tool reads: what it shows is what happened.

use std::process::Command;

use cscope_capture::{FileWriter, Format, Snapshot, WriterOptions};
use cscope_probe::Options;

use crate::harness::{code, skip};
use crate::processes::follow;

/// Calls that sysdig 0.29.3 knows; it crashes on generic events of newer ones.
const KNOWN: [&str; 4] = ["openat", "read", "close", "execve"];

#[test]
fn sysdig_shows_the_same_process_files_and_data() {
    let Ok(version) = Command::new("sysdig").arg("--version").output() else {
        skip("sysdig is not installed");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret");
    std::fs::write(&secret, "forty-two\n").unwrap();
    let options = Options {
        pairs: true,
        syscalls: Some(KNOWN.iter().map(|name| code(name)).collect()),
        ..Options::default()
    };
    let Some((seen, _)) = follow(&format!("exec /bin/cat {}", secret.display()), options) else { return };
    let file = dir.path().join("t.scap");
    let mut writer =
        FileWriter::create(&file, Format::Scap, &Snapshot::default(), &WriterOptions::default()).unwrap();
    for event in &seen.events {
        writer.write(&event.event()).unwrap();
    }
    writer.finish().unwrap();

    let output = Command::new("sysdig").arg("-r").arg(&file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{version:?} {output:?}");
    let line = |words: &[&str]| {
        assert!(text.lines().any(|l| words.iter().all(|w| l.contains(w))), "{words:?} in {text}");
    };
    let path = secret.to_str().unwrap();
    line(&["> execve", "filename=/bin/cat"]);
    line(&["< execve", "res=0", "exe=/bin/cat", path, "comm=cat", "MARK=here"]);
    line(&["> openat", path]);
    // The number may hold flags without a name: that a file is of an upper layer.
    line(&["cat", "< openat", &format!("(<f>{path})"), "(O_RDONLY)"]);
    line(&["cat", "> read", &format!("(<f>{path})"), "size="]);
    line(&["cat", "< read", "res=10", "data=forty-two."]);
    line(&["cat", "> close", &format!("(<f>{path})")]);
}
