//! User tables inside containers, read through `/proc/PID/root`.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::Sender;

use super::Answer;
use crate::users::{parse_group, parse_passwd};

/// Larger files are read only so far.
const MAX_BYTES: u64 = 1 << 20;

/// Entries taken of each file.
const MAX_ENTRIES: usize = 4096;

/// A new container's first process still has the host's root for a moment.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// Reads the tables of the container that thread `tid` runs in, once it has a root of its own.
pub(super) async fn load(container: Vec<u8>, tid: i64, answer: Sender<Answer>) {
    for _ in 0..TRIES {
        let read = tokio::task::spawn_blocking(move || tables(tid)).await;
        match read {
            Ok(Some((passwd, group))) => {
                let users = parse_passwd(&passwd).take(MAX_ENTRIES).collect();
                let groups = parse_group(&group).take(MAX_ENTRIES).collect();
                // A full channel: the names stay unknown, the engine goes on.
                let _ = answer.try_send(Answer::Users { container, users, groups });
                return;
            }
            Ok(None) => tokio::time::sleep(PAUSE).await,
            Err(_) => return,
        }
    }
}

/// Both files, or `None` while the root is still that of the host.
fn tables(tid: i64) -> Option<(Vec<u8>, Vec<u8>)> {
    let root = PathBuf::from(format!("/proc/{tid}/root/"));
    let (inside, host) = (root.metadata().ok()?, Path::new("/").metadata().ok()?);
    if (inside.dev(), inside.ino()) == (host.dev(), host.ino()) {
        return None;
    }
    Some((read(&root.join("etc/passwd")), read(&root.join("etc/group"))))
}

/// A regular file's bytes, else none. The file is the container's: a pipe must not block, a link not lead out.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    let mut bytes = Vec::new();
    if let Ok(file) = OpenOptions::new().read(true).custom_flags(flags).open(path)
        && file.metadata().is_ok_and(|m| m.is_file())
    {
        // What was read before an error is good.
        let _ = File::take(file, MAX_BYTES).read_to_end(&mut bytes);
    }
    bytes
}
