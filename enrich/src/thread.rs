//! One thread.

use cscope_capture::{Bytes, ThreadInfo};

use crate::Waits;
use crate::fd::FilesId;

/// Name and executable of a thread nothing is known of.
pub(crate) const UNKNOWN_NAME: &[u8] = b"<NA>";

/// A thread with what the state engine added to it. Descriptors belong to the process and are found through
/// [`State::fd`](crate::State::fd).
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// As in the snapshot. Lists are NUL separated, see [`ThreadInfo`].
    pub info: ThreadInfo,
    /// Short id of its container, empty on the host.
    pub container_id: Bytes,
    /// Start time in ns since the epoch, 0 when it was there before the capture and the capture does not tell.
    pub clone_ts: u64,
    /// It reaps orphans of its descendants (`PR_SET_CHILD_SUBREAPER`).
    pub subreaper: bool,
    /// It exited; kept because threads of the group live on.
    pub dead: bool,
    /// Nothing is known about it but its tid.
    pub placeholder: bool,
    /// CPU use of the last second in percent: user, system.
    pub cpu: Option<(f64, f64)>,
    /// ns on CPU in the last slice, and in total (needs switch events).
    pub exectime: (u64, u64),
    /// When it was off the CPU (needs switch events).
    pub waits: Waits,
    /// User and system ticks of the last procinfo event, and its time.
    pub cpu_ticks: (u64, u64, u64),
    /// Table of its descriptors.
    pub files: FilesId,
    /// The child side made the entry, before the caller's clone event was seen.
    pub inverted: bool,
}

impl Thread {
    /// The entry for a thread of which only the tid is known.
    pub(crate) fn placeholder(tid: i64) -> Self {
        let name = Bytes::from(UNKNOWN_NAME);
        let info = ThreadInfo {
            tid,
            comm: name.clone(),
            exe: name,
            uid: u32::MAX,
            gid: u32::MAX,
            ..ThreadInfo::default()
        };
        Self { info, placeholder: true, ..Self::default() }
    }

    /// True for the leader of its thread group.
    pub fn is_main(&self) -> bool {
        self.info.tid == self.info.pid
    }

    /// Where it runs: short id of its container, `host` outside, empty when nothing is known of it.
    pub fn place(&self) -> &[u8] {
        if self.container_id.is_empty() && !self.placeholder { b"host" } else { &self.container_id }
    }

    /// Items of a NUL-separated list.
    pub fn items(list: &[u8]) -> impl Iterator<Item = &[u8]> {
        let list = list.strip_suffix(&[0]).unwrap_or(list);
        list.split(|&b| b == 0).filter(move |_| !list.is_empty())
    }

    /// Arguments after the first.
    pub fn args(&self) -> impl Iterator<Item = &[u8]> {
        Self::items(&self.info.args)
    }

    /// Environment entries `NAME=VALUE`.
    pub fn env(&self) -> impl Iterator<Item = &[u8]> {
        Self::items(&self.info.env)
    }

    /// Control groups `subsystem=path`.
    pub fn cgroups(&self) -> impl Iterator<Item = &[u8]> {
        Self::items(&self.info.cgroups)
    }
}
