//! Users and groups of the host and of containers.

use cscope_capture::{Bytes, GroupEntry, UserEntry};
use rustc_hash::FxHashMap;

/// User and group tables, by container id (empty id: the host).
#[derive(Debug, Clone, Default)]
pub struct Users {
    users: FxHashMap<(Bytes, u32), UserEntry>,
    groups: FxHashMap<(Bytes, u32), GroupEntry>,
}

impl Users {
    /// The user with this id in a container (empty: host).
    pub fn user(&self, container: &Bytes, uid: u32) -> Option<&UserEntry> {
        self.users.get(&(container.clone(), uid))
    }

    /// The group with this id in a container (empty: host).
    pub fn group(&self, container: &Bytes, gid: u32) -> Option<&GroupEntry> {
        self.groups.get(&(container.clone(), gid))
    }
}
