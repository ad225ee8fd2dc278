//! Files only their owner can read, safe from whoever may put things where they are made.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::{Error, ErrorKind};

/// Creates a file, or empties a regular one. Links are not followed. In a directory anybody may write to, a file that
/// somebody else has put there is not used.
///
/// # Errors
/// As said; and what the system says.
pub(crate) fn create(path: &Path) -> Result<File, Error> {
    let failed = |e: std::io::Error| {
        let hint = match e.raw_os_error() {
            Some(libc::ELOOP) => " (symbolic links are not followed: give the file itself)",
            _ => "",
        };
        Error::io(format!("cannot create {}{hint}", path.display()), e)
    };
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    match options.clone().create_new(true).open(path) {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => return made.map_err(failed),
    }
    let file = options.open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if meta.is_file() {
        if anybody_may_write(path) && Some(meta.uid()) != own_uid() {
            let message = format!(
                "cannot create {}: a file of another user is there, in a directory anybody may write to",
                path.display()
            );
            return Err(Error::new(ErrorKind::Io, message));
        }
        file.set_len(0).map_err(failed)?;
        file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
    }
    Ok(file)
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
