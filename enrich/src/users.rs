//! Users and groups of the host and of containers.

use std::sync::Arc;

use cscope_capture::{Bytes, GroupEntry, UserEntry};
use rustc_hash::FxHashMap;

/// Users and groups of all containers together, at most; further ones are left out.
const MAX_ENTRIES: usize = 262_144;

/// User and group tables, by container id (empty id: the host). A clone shares the tables.
#[derive(Debug, Clone, Default)]
pub struct Users {
    tables: Arc<FxHashMap<Bytes, Table>>,
    entries: usize,
}

#[derive(Debug, Clone, Default)]
struct Table {
    users: FxHashMap<u32, UserEntry>,
    groups: FxHashMap<u32, GroupEntry>,
}

impl Users {
    /// The user with this id in a container (empty: host).
    pub fn user(&self, container: &Bytes, uid: u32) -> Option<&UserEntry> {
        self.tables.get(&container[..])?.users.get(&uid)
    }

    /// The group with this id in a container (empty: host).
    pub fn group(&self, container: &Bytes, gid: u32) -> Option<&GroupEntry> {
        self.tables.get(&container[..])?.groups.get(&gid)
    }

    /// All users of a container (empty: host), in no order.
    pub fn users(&self, container: &[u8]) -> impl Iterator<Item = &UserEntry> {
        self.tables.get(container).into_iter().flat_map(|t| t.users.values())
    }

    /// All groups of a container (empty: host), in no order.
    pub fn groups(&self, container: &[u8]) -> impl Iterator<Item = &GroupEntry> {
        self.tables.get(container).into_iter().flat_map(|t| t.groups.values())
    }

    /// Bytes of all tables, estimated.
    pub(crate) fn size(&self) -> usize {
        self.entries * 384
    }

    /// True when a table of this container was loaded.
    pub fn knows(&self, container: &[u8]) -> bool {
        self.tables.contains_key(container)
    }

    /// Adds or replaces a user; entries of network information services (`+`, `-`) are left out.
    pub(crate) fn add_user(&mut self, container: &[u8], user: UserEntry) {
        if self.entries < MAX_ENTRIES && !matches!(user.name.first(), Some(b'+' | b'-')) {
            let old = self.table(container).users.insert(user.uid, user);
            self.entries += usize::from(old.is_none());
        }
    }

    /// Adds or replaces a group.
    pub(crate) fn add_group(&mut self, container: &[u8], group: GroupEntry) {
        if self.entries < MAX_ENTRIES && !matches!(group.name.first(), Some(b'+' | b'-')) {
            let old = self.table(container).groups.insert(group.gid, group);
            self.entries += usize::from(old.is_none());
        }
    }

    pub(crate) fn remove_user(&mut self, container: &[u8], uid: u32) {
        if self.user_known(container, uid) {
            self.table(container).users.remove(&uid);
            self.entries -= 1;
        }
    }

    pub(crate) fn remove_group(&mut self, container: &[u8], gid: u32) {
        if self.tables.get(container).is_some_and(|t| t.groups.contains_key(&gid)) {
            self.table(container).groups.remove(&gid);
            self.entries -= 1;
        }
    }

    fn user_known(&self, container: &[u8], uid: u32) -> bool {
        self.tables.get(container).is_some_and(|t| t.users.contains_key(&uid))
    }

    fn table(&mut self, container: &[u8]) -> &mut Table {
        Arc::make_mut(&mut self.tables).entry(Bytes::from(container)).or_default()
    }
}

/// Users in the text of a `passwd` file; lines that are not of that form are left out.
pub(crate) fn parse_passwd(text: &[u8]) -> impl Iterator<Item = UserEntry> {
    text.split(|&b| b == b'\n').filter_map(|line| {
        let mut parts = line.split(|&b| b == b':');
        let name = parts.next().filter(|n| !n.is_empty())?;
        let _password = parts.next()?;
        let uid = number(parts.next()?)?;
        let gid = number(parts.next()?)?;
        let _comment = parts.next()?;
        let home = parts.next().unwrap_or_default();
        let shell = parts.next().unwrap_or_default();
        Some(UserEntry { uid, gid, name: short(name), home: short(home), shell: short(shell) })
    })
}

/// Groups in the text of a `group` file.
pub(crate) fn parse_group(text: &[u8]) -> impl Iterator<Item = GroupEntry> {
    text.split(|&b| b == b'\n').filter_map(|line| {
        let mut parts = line.split(|&b| b == b':');
        let name = parts.next().filter(|n| !n.is_empty())?;
        let _password = parts.next()?;
        Some(GroupEntry { gid: number(parts.next()?)?, name: short(name) })
    })
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Names in captures are shorter than 256 bytes.
pub(crate) fn short(text: &[u8]) -> Bytes {
    Bytes::from(text.get(..255).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwd_lines() {
        let text = b"root:x:0:0:root:/root:/bin/bash\nbroken\n+nis::::::\na:x:5:x:::\nu:x:1000:100::/home/u:/bin/sh\n";
        let mut users = Users::default();
        for user in parse_passwd(text) {
            users.add_user(b"", user);
        }
        assert_eq!(users.users(b"").count(), 2);
        let user = users.user(&Bytes::default(), 1000).expect("known");
        assert_eq!((&user.name[..], &user.home[..], user.gid), (&b"u"[..], &b"/home/u"[..], 100));
        assert!(users.user(&Bytes::from(&b"c1"[..]), 1000).is_none());
    }

    #[test]
    fn a_clone_does_not_see_later_changes() {
        let mut users = Users::default();
        users.add_group(b"", GroupEntry { gid: 4, name: Bytes::from(&b"adm"[..]) });
        let before = users.clone();
        users.remove_group(b"", 4);
        assert!(before.group(&Bytes::default(), 4).is_some());
        assert!(users.group(&Bytes::default(), 4).is_none());
    }
}
