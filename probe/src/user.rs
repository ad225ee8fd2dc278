//! Going on as another user.

use std::ffi::CString;
use std::io;

/// A user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
}

impl User {
    /// Makes the whole process, all its threads, one of this user and its groups. Capabilities are lost but for those
    /// that a thread was told to keep.
    ///
    /// # Errors
    /// We lack the right to change users.
    pub fn assume(&self) -> io::Result<()> {
        let name = CString::new(self.name.as_str())?;
        let check = |result: libc::c_int| if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
        // SAFETY: `name` is a C string; these calls change nothing but identities, and the C library applies them to
        // every thread.
        unsafe {
            check(libc::initgroups(name.as_ptr(), self.gid))?;
            check(libc::setresgid(self.gid, self.gid, self.gid))?;
            check(libc::setresuid(self.uid, self.uid, self.uid))
        }
    }
}
