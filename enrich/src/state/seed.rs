//! The model a capture starts with, and the snapshot a capture that starts now is written with.

use std::sync::Arc;

use cscope_capture::{
    Bytes, EventBuilder, EventType, FdInfo, FdType, OwnedEvent, Snapshot, ThreadInfo, UserEntry,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::sockets::{fill_local, seeded};
use super::{Limits, State};
use crate::fd::Entry;
use crate::thread::UNKNOWN_NAME;
use crate::{Fd, Role, Thread};

impl State {
    /// The model a capture starts with.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        Self::seeded(snapshot, Limits::default())
    }

    /// The model a capture starts with, within bounds other than the default ones.
    pub fn seeded(snapshot: &Snapshot, limits: Limits) -> Self {
        let mut state = Self {
            machine: snapshot.machine.clone().map(Arc::new),
            interfaces: snapshot.interfaces.clone().into(),
            ..Self::with_limits(limits)
        };
        state.seed_users(snapshot);
        state.seed_threads(snapshot);
        state.seed_fds(snapshot);
        state
    }

    fn seed_users(&mut self, snapshot: &Snapshot) {
        let root = UserEntry {
            uid: 0,
            gid: 0,
            name: Bytes::from(&b"root"[..]),
            home: Bytes::from(&b"/root"[..]),
            shell: Bytes::default(),
        };
        self.users.add_user(b"", root);
        for user in &snapshot.users {
            self.users.add_user(b"", user.clone());
        }
        for group in &snapshot.groups {
            self.users.add_group(b"", group.clone());
        }
    }

    fn seed_threads(&mut self, snapshot: &Snapshot) {
        let limit = self.limits.list_bytes;
        let mut containers: FxHashMap<Bytes, Bytes> = FxHashMap::default();
        // Leaders first: their threads share what they hold, whatever the order in the file.
        let leaders = snapshot.threads.iter().filter(|t| t.tid == t.pid);
        let others = snapshot.threads.iter().filter(|t| t.tid != t.pid);
        for info in leaders.chain(others) {
            let mut info = info.clone();
            for list in [&mut info.args, &mut info.env] {
                if let Some(cut) = list.get(..limit).filter(|cut| cut.len() < list.len()) {
                    *list = Bytes::from(cut);
                    self.counters.lists_cut += 1;
                }
            }
            if !info.cwd.is_empty() && info.cwd.last() != Some(&b'/') {
                info.cwd = crate::path::with_slash(&info.cwd).into();
            }
            let files = match self.threads.get(&info.pid).map(|leader| leader.files) {
                Some(files) => self.files.share(files),
                None => self.files.create(Arc::default()),
            };
            let container_id = containers
                .entry(info.cgroups.clone())
                .or_insert_with(|| self.container_of_groups(&info.cgroups))
                .clone();
            let (tid, clone_ts) = (info.tid, info.start_ts);
            let thread =
                Thread { info, container_id: container_id.clone(), clone_ts, files, ..Thread::default() };
            if self.insert_thread(thread) {
                self.meet_container(&container_id, tid);
            }
        }
        for info in &snapshot.threads {
            if info.tid == info.pid {
                self.adopt(info.ptid, info.pid);
            }
        }
        // Ancestors, which name the pods of rkt, may stand behind their descendants.
        for info in &snapshot.threads {
            let pod_app = self.pod_app_of(info);
            if let Some(thread) =
                self.thread_mut(info.tid).filter(|t| !pod_app.is_empty() && t.container_id.is_empty())
            {
                thread.container_id = pod_app.clone();
                self.meet_container(&pod_app, info.tid);
            }
        }
    }

    fn seed_fds(&mut self, snapshot: &Snapshot) {
        let all = || snapshot.fds.iter().flat_map(|(_, fds)| fds);
        let bound: FxHashSet<u16> = all()
            .filter(|fd| matches!(fd.kind, FdType::Ipv4Server | FdType::Ipv6Server))
            .filter_map(|fd| fd.tuple.map(|t| t.sport))
            .collect();
        let mut scratch = Vec::new();
        for (tid, fds) in &snapshot.fds {
            let tid = tid.cast_signed();
            if !self.threads.contains_key(&tid) {
                self.insert_placeholder(tid);
            }
            for info in fds {
                let mut info = info.clone();
                if let Some(t) = &mut info.tuple
                    && matches!(info.kind, FdType::Ipv4 | FdType::Ipv6)
                {
                    fill_local(&self.interfaces, t);
                }
                let fd = seeded(&info, |port| bound.contains(&port), &mut scratch);
                self.put_fd(tid, fd);
            }
        }
    }

    /// Takes in a thread that was looked up, and the descriptors of its process if that has no other thread that
    /// stands for it. What was known of the thread is replaced.
    pub(crate) fn learn_thread(&mut self, info: ThreadInfo, fds: &[FdInfo]) {
        let (tid, pid, ptid) = (info.tid, info.pid, info.ptid);
        let container_id = self.container_of(&info);
        if let Some(known) = self.threads.get(&tid).filter(|t| !t.placeholder && t.info.pid == pid) {
            let old = known.info.ptid;
            if tid == pid && old != ptid {
                self.abandon(old, pid);
                self.adopt(ptid, pid);
            }
            if let Some(thread) = self.thread_mut(tid) {
                (thread.info, thread.container_id) = (info, container_id.clone());
            }
            self.meet_container(&container_id, tid);
            if tid == pid {
                self.replace_fds(tid, fds);
            }
            return;
        }
        let leader = self.threads.get(&pid).filter(|l| pid != tid && !l.placeholder).map(|l| l.files);
        let files = match leader {
            Some(files) => self.files.share(files),
            None => self.files.create(Arc::default()),
        };
        let clone_ts = info.start_ts;
        let thread =
            Thread { info, container_id: container_id.clone(), clone_ts, files, ..Thread::default() };
        if self.insert_thread(thread) {
            self.meet_container(&container_id, tid);
            if leader.is_none() {
                fds.iter().for_each(|fd| self.learn_fd(tid, fd));
            }
        }
    }

    /// Brings the descriptors of a process up to date. Those that are what they were keep what was learned since.
    fn replace_fds(&mut self, tid: i64, fds: &[FdInfo]) {
        let Some(files) = self.threads.get(&tid).map(|t| t.files) else { return };
        let gone: Vec<i64> = self.files.table(files).map_or_else(Vec::new, |table| {
            let is_open = |number: i64| fds.iter().any(|fd| fd.fd == number);
            table.entries().map(Entry::number).filter(|number| !is_open(*number)).collect()
        });
        if let Some(table) = self.files_mut(files) {
            for number in gone {
                table.remove(number);
            }
        }
        for fd in fds {
            let same = |known: &Fd| {
                known.info.kind == fd.kind
                    && (known.info.name == fd.name
                        || known.info.tuple.is_some() && known.info.tuple == fd.tuple)
            };
            if !self.fd_of(tid, fd.fd).is_some_and(same) {
                self.learn_fd(tid, fd);
            }
        }
    }

    /// Takes in a descriptor that was looked up.
    pub(crate) fn learn_fd(&mut self, tid: i64, info: &FdInfo) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut fd = seeded(info, |_| false, &mut scratch);
        if let Some(port) = fd.info.tuple.map(|t| t.sport)
            && fd.role == Role::Client
            && self.serves_port(tid, port)
        {
            fd = seeded(info, |_| true, &mut scratch);
        }
        self.scratch = scratch;
        self.put_fd(tid, fd);
    }

    /// The model as a snapshot: what stands in front of the events of a capture that starts now.
    pub fn snapshot(&self) -> Snapshot {
        let mut threads: Vec<&Thread> = self.threads().filter(|t| !t.dead && !t.placeholder).collect();
        threads.sort_unstable_by_key(|t| t.info.tid);
        let fds = threads.iter().map(|t| {
            let own = t.is_main() || self.leader(t).is_none_or(|l| l.files != t.files);
            let list = if own { self.fds(t).map(written).collect() } else { Vec::new() };
            (t.info.tid.cast_unsigned(), list)
        });
        let mut users: Vec<_> = self.users.users(b"").cloned().collect();
        users.sort_unstable_by_key(|u| u.uid);
        let mut groups: Vec<_> = self.users.groups(b"").cloned().collect();
        groups.sort_unstable_by_key(|g| g.gid);
        Snapshot {
            machine: self.machine.as_deref().cloned(),
            fds: fds.collect(),
            threads: threads
                .iter()
                .map(|t| {
                    let mut info = t.info.clone();
                    info.cwd = self.cwd(t).clone();
                    if *info.comm == *UNKNOWN_NAME {
                        info.comm = Bytes::default();
                    }
                    info
                })
                .collect(),
            interfaces: self.interfaces.to_vec(),
            users,
            groups,
        }
    }

    /// Events that tell what is known of containers and their users, to be written behind the snapshot of a
    /// capture that starts now.
    pub fn container_events(&self, ts: u64) -> Vec<OwnedEvent> {
        let mut events = Vec::new();
        let mut b = EventBuilder::new();
        let mut containers: Vec<_> = self.containers.iter().filter(|c| !c.json.is_empty()).collect();
        containers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        for container in containers {
            b.start(EventType::CONTAINER_JSON_2_E).text(&container.json);
            events.push(b.owned(ts, u64::MAX, 0));
            for user in self.users.users(&container.id) {
                b.start(EventType::USER_ADDED_E).u32(user.uid).u32(user.gid);
                b.text(&user.name).text(&user.home).text(&user.shell).text(&container.id);
                events.push(b.owned(ts, u64::MAX, 0));
            }
            for group in self.users.groups(&container.id) {
                b.start(EventType::GROUP_ADDED_E).u32(group.gid).text(&group.name).text(&container.id);
                events.push(b.owned(ts, u64::MAX, 0));
            }
        }
        events
    }
}

/// A descriptor as files hold it: the local end first, and no name where the tuple gives it.
fn written(fd: &Fd) -> cscope_capture::FdInfo {
    let mut fd = fd.clone();
    if matches!(fd.info.kind, FdType::Ipv4 | FdType::Ipv6) && fd.role == Role::Server {
        fd.swap_ends();
    }
    if fd.is_inet() {
        fd.info.name = Bytes::default();
    }
    fd.info
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use cscope_capture::{FdType, L4Proto, ThreadInfo, Tuple};

    use super::*;
    use crate::fd::Role;

    #[test]
    fn a_connection_that_is_looked_up_is_the_servers_when_its_port_is_bound() {
        let snapshot = Snapshot {
            threads: vec![ThreadInfo { tid: 10, pid: 10, ..ThreadInfo::default() }],
            ..Snapshot::default()
        };
        let mut state = State::from_snapshot(&snapshot);
        let (here, there) = ([127, 0, 0, 1], [10, 0, 0, 9]);
        let socket = |fd, kind, sport, dport| {
            let [sip, dip] = [here, there].map(|ip| IpAddr::V4(Ipv4Addr::from(ip)));
            let tuple = Some(Tuple { sip, dip, sport, dport, l4: L4Proto::Tcp });
            FdInfo { fd, kind, tuple, ..FdInfo::default() }
        };
        state.learn_fd(10, &socket(3, FdType::Ipv4Server, 80, 0));
        state.learn_fd(10, &socket(4, FdType::Ipv4, 80, 5000));
        state.learn_fd(10, &socket(5, FdType::Ipv4, 81, 5000));
        let ends = |number| state.fd_of(10, number).map(|fd| (fd.role, fd.info.tuple.map(|t| t.sport)));
        assert_eq!(ends(4), Some((Role::Server, Some(5000))), "the client stands first");
        assert_eq!(ends(5), Some((Role::Client, Some(81))));
    }
}
