//! Files only their owner can read, safe from whoever may put things where they are made.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::{Error, ErrorKind};

/// Creates a file, or opens one to be written anew: whoever writes empties it, which takes its time when it is large.
/// Links are not followed. In a directory anybody may write to, a file that somebody else has put there is not used;
/// nor is one of the `inputs`, by device and inode, which would be gone before it is read, or one that is being written.
///
/// # Errors
/// As said; and what the system says.
pub(crate) fn create(path: &Path, inputs: &[(u64, u64)]) -> Result<File, Error> {
    let failed = |e| failed(path, e);
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    match options.clone().create_new(true).open(path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        made => {
            let file = made.map_err(failed)?;
            lock(path, &file)?;
            return Ok(file);
        }
    }
    let file = options.open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    check_owner(path, &meta)?;
    if inputs.contains(&(meta.dev(), meta.ino())) {
        let message = format!("{} is being read: give another name to write to", path.display());
        return Err(Error::new(ErrorKind::Io, message));
    }
    if meta.is_file() {
        lock(path, &file)?;
        file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
    }
    Ok(file)
}

/// True for a named pipe.
pub fn is_named_pipe(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|meta| meta.file_type().is_fifo())
}

/// Opens a named pipe as soon as somebody reads from it; `None` when `path` is something else.
///
/// # Errors
/// As with [`FileWriter::create`](super::FileWriter::create).
pub fn open_named_pipe(path: &Path) -> Result<Option<File>, Error> {
    if !is_named_pipe(path) {
        return Ok(None);
    }
    let failed = |e| failed(path, e);
    // Nobody else is waited for.
    check_owner(path, &path.symlink_metadata().map_err(failed)?)?;
    let file = OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if !meta.file_type().is_fifo() {
        return Err(Error::new(ErrorKind::Io, format!("{} was a pipe a moment ago", path.display())));
    }
    check_owner(path, &meta)?;
    Ok(Some(file))
}

/// Keeps others from writing to the file as long as it is open here. File systems that cannot do that are taken as they
/// are.
fn lock(path: &Path, file: &File) -> Result<(), Error> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => {
            let message = format!("{} is being written: give another name to write to", path.display());
            Err(Error::new(ErrorKind::Io, message))
        }
        _ => Ok(()),
    }
}

fn failed(path: &Path, e: io::Error) -> Error {
    let hint = match e.raw_os_error() {
        Some(libc::ELOOP) => " (symbolic links are not followed: give the file itself)",
        _ => "",
    };
    Error::io(format!("cannot create {}{hint}", path.display()), e)
}

/// Refuses what somebody else has put into a directory anybody may write to.
fn check_owner(path: &Path, meta: &Metadata) -> Result<(), Error> {
    if !anybody_may_write(path) || Some(meta.uid()) == own_uid() {
        return Ok(());
    }
    let message = format!(
        "cannot create {}: a file of another user is there, in a directory anybody may write to",
        path.display()
    );
    Err(Error::new(ErrorKind::Io, message))
}

/// True for files in directories such as `/tmp`.
fn anybody_may_write(path: &Path) -> bool {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    dir.metadata().is_ok_and(|meta| meta.mode() & 0o002 != 0)
}

/// Who we are; the owner of our entry in `/proc`.
fn own_uid() -> Option<u32> {
    Path::new("/proc/self").metadata().ok().map(|meta| meta.uid())
}
