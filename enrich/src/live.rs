//! What `/proc` knows of threads and descriptors that were met without their beginning: those of before the
//! capture that the snapshot missed, and those whose beginning was lost. For live captures only.
//!
//! Lookups are bounded: once per thread, and a limited number per second in all. Only links and kernel text are
//! read, nothing is asked of the file systems behind them, which might hang.

mod fds;
mod threads;

use cscope_capture::{EventBuilder, EventType, FdInfo, OwnedEvent, ThreadInfo};
use rustc_hash::FxHashSet;
use std::path::Path;
use std::time::SystemTime;

use crate::State;
use crate::runtime::read_file;
use crate::users::{parse_group, parse_passwd};

/// Lookups in a burst, and how many more are allowed with each second.
const BURST: u32 = 512;
const PER_SECOND: u32 = 512;

/// Threads remembered as asked for; then all are forgotten.
const REMEMBERED: usize = 65_536;

/// Age of an event, ns, above which nothing is looked up for it.
const LATE: u64 = 1_000_000_000;

/// Time between two looks at the user files of the host, ns.
const USERS_EVERY: u64 = 2_000_000_000;

/// Longest argument and environment lists taken from `/proc`.
const MAX_LIST: usize = 4096;

#[derive(Debug, Default)]
pub(crate) struct Live {
    /// Threads that were looked up.
    asked: FxHashSet<i64>,
    /// Descriptors that were looked up in vain: thread and number.
    missing: FxHashSet<(i64, i64)>,
    /// Events were lost: what is known of threads that were not asked for since may be out of date.
    doubting: bool,
    budget: u32,
    budget_ts: u64,
    users_ts: u64,
    users_changed: Option<SystemTime>,
    groups_changed: Option<SystemTime>,
}

impl Live {
    /// True when one more lookup is allowed at this time.
    fn allowed(&mut self, ts: u64) -> bool {
        let seconds = ts.saturating_sub(self.budget_ts) / 1_000_000_000;
        if seconds > 0 {
            let more = u32::try_from(seconds).unwrap_or(u32::MAX).saturating_mul(PER_SECOND);
            self.budget = self.budget.saturating_add(more).min(BURST);
            self.budget_ts = ts;
        }
        match self.budget.checked_sub(1) {
            Some(rest) => {
                self.budget = rest;
                true
            }
            None => false,
        }
    }

    /// Events were lost: threads that show themselves are looked up again, once.
    pub(crate) fn doubt(&mut self) {
        self.doubting = true;
        self.asked.clear();
        self.missing.clear();
    }

    /// True when what is known of this thread may be out of date.
    #[inline]
    pub(crate) fn doubts(&self, tid: i64) -> bool {
        self.doubting && !self.asked.contains(&tid)
    }

    /// What is to be known of a thread, and of the descriptors of its process.
    pub(crate) fn thread(&mut self, tid: i64, ts: u64) -> Option<(ThreadInfo, Vec<FdInfo>)> {
        if self.asked.len() >= REMEMBERED {
            self.asked.clear();
        }
        // What is there now says nothing of events of long ago; those that come later will ask again.
        if self.asked.contains(&tid) || is_late(ts) || !self.allowed(ts) {
            return None;
        }
        self.asked.insert(tid);
        let info = threads::thread(tid)?;
        Some((info, fds::all(tid)))
    }

    /// What is to be known of one descriptor.
    pub(crate) fn fd(&mut self, tid: i64, number: i64, ts: u64) -> Option<FdInfo> {
        if self.missing.len() >= REMEMBERED {
            self.missing.clear();
        }
        if self.missing.contains(&(tid, number)) || is_late(ts) || !self.allowed(ts) {
            return None;
        }
        let found = fds::one(tid, number);
        if found.is_none() {
            self.missing.insert((tid, number));
        }
        found
    }

    /// Users and groups of the host that are new or changed since the last look, as events.
    pub(crate) fn users(&mut self, state: &State, ts: u64, mut deliver: impl FnMut(OwnedEvent)) {
        if self.users_ts != 0 && ts.saturating_sub(self.users_ts) < USERS_EVERY {
            return;
        }
        self.users_ts = ts;
        let host = Default::default();
        let mut b = EventBuilder::new();
        if let Some(text) = changed("/etc/passwd", &mut self.users_changed) {
            for user in parse_passwd(&text).filter(|u| state.users().user(&host, u.uid) != Some(u)) {
                b.start(EventType::USER_ADDED_E).u32(user.uid).u32(user.gid);
                b.text(&user.name).text(&user.home).text(&user.shell).text(b"");
                deliver(b.owned(ts, u64::MAX, 0));
            }
        }
        if let Some(text) = changed("/etc/group", &mut self.groups_changed) {
            for group in parse_group(&text).filter(|g| state.users().group(&host, g.gid) != Some(g)) {
                b.start(EventType::GROUP_ADDED_E).u32(group.gid).text(&group.name).text(b"");
                deliver(b.owned(ts, u64::MAX, 0));
            }
        }
    }
}

/// True when an event of this time is looked at so late that the machine may have changed since.
fn is_late(ts: u64) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    now.as_nanos() > u128::from(ts) + u128::from(LATE)
}

/// The file's text when it changed since the last call.
fn changed(path: &str, last: &mut Option<SystemTime>) -> Option<Vec<u8>> {
    let modified = Path::new(path).metadata().ok()?.modified().ok()?;
    (last.replace(modified) != Some(modified)).then(|| read_file(Path::new(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_are_bounded() {
        let mut live = Live::default();
        let second = 1_000_000_000;
        let allowed = (0..2000).filter(|_| live.allowed(100 * second)).count();
        assert_eq!(allowed, BURST as usize);
        assert!(!live.allowed(100 * second + second / 2));
        assert!(live.allowed(101 * second));
    }

    #[test]
    fn own_thread() {
        let own = i64::from(std::process::id());
        let (info, fds) = Live::default().thread(own, now()).expect("we run");
        assert_eq!((info.tid, info.pid), (own, own));
        assert!(!info.comm.is_empty() && !info.exepath.is_empty() && info.cwd.ends_with(b"/"));
        assert!(info.start_ts > 1_600_000_000_000_000_000);
        assert!(fds.iter().any(|fd| fd.fd == 1));
    }

    fn now() -> u64 {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_nanos() as u64
    }

    #[test]
    fn threads_are_looked_up_once_until_events_are_lost() {
        let own = i64::from(std::process::id());
        let mut live = Live::default();
        assert!(live.thread(own, now() - 2 * LATE).is_none(), "long ago");
        assert!(!live.doubts(own));
        assert!(live.thread(own, now()).is_some());
        assert!(live.thread(own, now()).is_none());
        live.doubt();
        assert!(live.doubts(own));
        assert!(live.thread(own, now()).is_some());
        assert!(!live.doubts(own));
        let file = std::fs::File::open("/proc/self/status").expect("exists");
        let number = std::os::fd::AsRawFd::as_raw_fd(&file).into();
        assert!(live.fd(own, 100_000, now()).is_none());
        assert!(live.missing.contains(&(own, 100_000)));
        assert!(live.fd(own, number, now()).is_some());
        assert!(live.fd(own, number, now()).is_some(), "what was found may be asked for again");
    }

    #[test]
    fn an_open_file_is_found() {
        use std::os::fd::AsRawFd;
        let file = std::fs::File::open("/proc/self/status").expect("exists");
        let fd = fds::one(i64::from(std::process::id()), file.as_raw_fd().into()).expect("open");
        assert!(fd.name.ends_with(b"/status"), "{fd:?}");
        assert_eq!(fd.kind, cscope_capture::FdType::FileV2);
        assert_eq!(fd.open_flags & 3, 1);
        assert!(fds::one(i64::from(std::process::id()), 100_000).is_none());
    }
}
