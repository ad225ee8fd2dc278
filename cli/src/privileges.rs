//! Rights given up once they are not needed any more: the probe is loaded, so what is left is reading its memory,
//! its counters, and now and then `/proc`.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use cscope_probe::User;
use rustix::process::{self, Gid, Uid};
use rustix::thread::{self, CapabilitySet, CapabilitySets};

/// Goes on as another user with nothing but the right to read the probe's counters, and to hand signals on to a
/// command.
pub(crate) fn become_user(user: &User) -> anyhow::Result<()> {
    thread::set_keep_capabilities(true).context("cannot keep capabilities")?;
    user.assume().with_context(|| format!("cannot become user {}", user.name))?;
    keep(CapabilitySet::BPF | CapabilitySet::KILL)?;
    thread::set_keep_capabilities(false).context("cannot drop capabilities")
}

/// Does something that `user` must be allowed to do. To be called before there are other threads.
pub(crate) fn as_user<T>(user: &User, act: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let (uid, gid) = (process::geteuid(), process::getegid());
    thread::set_thread_res_gid(None, Gid::from_raw(user.gid), None)
        .and_then(|()| thread::set_thread_res_uid(None, Uid::from_raw(user.uid), None))
        .with_context(|| format!("cannot become user {}", user.name))?;
    let done = act();
    // Root first: nobody else may change groups.
    thread::set_thread_res_uid(None, uid, None)
        .and_then(|()| thread::set_thread_res_gid(None, gid, None))
        .context("cannot become root again")?;
    done
}

/// A right that is kept while events are captured, and what it is for.
type Kept = (CapabilitySet, &'static str);

/// Those of the thread that takes the events: always, with a command, with files to come.
const ALWAYS: [Kept; 3] = [
    (CapabilitySet::BPF, "CAP_BPF to read the probe's counters"),
    (CapabilitySet::SYS_PTRACE, "CAP_SYS_PTRACE"),
    (CapabilitySet::DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH to look at processes in /proc"),
];
const COMMAND: Kept = (CapabilitySet::KILL, "CAP_KILL to hand signals on to a command");
const FILES: Kept = (CapabilitySet::DAC_OVERRIDE, "CAP_DAC_OVERRIDE when further files are to be written");

/// Those of the thread that asks container runtimes. Their sockets are root's own.
const RUNTIMES: [CapabilitySet; 2] = [CapabilitySet::SYS_PTRACE, CapabilitySet::DAC_READ_SEARCH];

/// Keeps of the rights of root what looking at other processes takes, handing signals on to a command, and writing
/// further files when there will be some.
pub(crate) fn give_up(command: bool, more_files: bool) -> anyhow::Result<()> {
    let more = [(command, COMMAND), (more_files, FILES)].into_iter().filter(|(wanted, _)| *wanted);
    let all = ALWAYS.into_iter().chain(more.map(|(_, kept)| kept));
    keep(all.fold(CapabilitySet::empty(), |set, (right, _)| set | right))
}

/// The same for the thread that asks container runtimes and reads the users of containers.
pub(crate) fn limit_runtimes() -> anyhow::Result<()> {
    keep(RUNTIMES.into_iter().fold(CapabilitySet::empty(), |set, right| set | right))
}

/// All of them for the thread that writes a capture file, which is open.
pub(crate) fn limit_writing() -> std::io::Result<()> {
    keep(CapabilitySet::empty()).map_err(std::io::Error::other)
}

/// What is kept while events are captured, for people.
pub(crate) fn kept() -> String {
    let words = ALWAYS.iter().chain([&COMMAND, &FILES]).map(|(_, why)| *why);
    words.collect::<Vec<_>>().join(", ")
}

fn keep(needed: CapabilitySet) -> anyhow::Result<()> {
    let held = thread::capabilities(None).context("cannot read our capabilities")?.permitted;
    let kept = held & needed;
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    thread::set_capabilities(None, sets).context("cannot drop capabilities")?;
    thread::set_no_new_privs(true).context("cannot set no_new_privs")
}

/// A user by name or number.
///
/// # Errors
/// There is none.
pub(crate) fn find(name: &str) -> anyhow::Result<User> {
    find_in(name, Path::new("/etc/passwd"))
}

fn find_in(name: &str, passwd: &Path) -> anyhow::Result<User> {
    let text = std::fs::read(passwd).with_context(|| format!("cannot read {}", passwd.display()))?;
    let text = String::from_utf8_lossy(&text);
    let user = text.lines().find_map(|line| {
        let mut words = line.split(':');
        let (own, uid, gid) = (words.next()?, words.nth(1)?, words.next()?);
        (own == name || uid == name)
            .then(|| Some(User { name: own.to_owned(), uid: uid.parse().ok()?, gid: gid.parse().ok()? }))?
    });
    let user = user.ok_or_else(|| anyhow!("--user: there is no user {name} in {}", passwd.display()))?;
    if user.uid == 0 {
        bail!("--user: root is whom rights are to be taken from, not given to");
    }
    Ok(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_names_and_numbers() {
        let dir = tempfile::tempdir().expect("a directory");
        let passwd = dir.path().join("passwd");
        let text = "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1001:50::/:/bin/sh\n";
        std::fs::write(&passwd, text).expect("a file");
        let ann = User { name: "ann".into(), uid: 1001, gid: 50 };
        assert_eq!(find_in("ann", &passwd).ok(), Some(ann.clone()));
        assert_eq!(find_in("1001", &passwd).ok(), Some(ann));
        for wrong in ["bob", "root", "0", ""] {
            assert!(find_in(wrong, &passwd).is_err(), "{wrong}");
        }
    }
}
