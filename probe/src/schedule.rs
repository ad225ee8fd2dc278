//! How the kernel lets us run beside what we watch.

use std::io;

/// Lets the calling thread, and those it starts from now on, wait for its turn: it still gets its share of the
/// processors, but when there is something to read, what runs is not interrupted for it. A policy that somebody chose
/// for us stays.
///
/// # Errors
/// A sandbox forbids it.
pub fn wait_for_turn() -> io::Result<()> {
    let parameter = libc::sched_param { sched_priority: 0 };
    // SAFETY: thread 0 is the calling one; the parameter is read during the call only.
    let done = unsafe {
        libc::sched_getscheduler(0) != libc::SCHED_OTHER
            || libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const parameter) == 0
    };
    if done { Ok(()) } else { Err(io::Error::last_os_error()) }
}
