//! Events that tell of containers, users and groups.

use cscope_capture::{Beside, Bytes, Event, GroupEntry, ThreadInfo, UserEntry};

use super::{State, room};
use crate::cgroup::{self, Found, rkt};
use crate::users::short;
use crate::{Container, ContainerEngine};

/// Longer texts of containers are left out.
const MAX_JSON: usize = 1 << 20;

impl State {
    /// Short id of the container of a thread, empty for the host.
    pub(super) fn container_of(&mut self, info: &ThreadInfo) -> Bytes {
        let id = self.container_of_groups(&info.cgroups);
        if id.is_empty() { self.pod_app_of(info) } else { id }
    }

    /// The same as far as control groups alone tell.
    pub(super) fn container_of_groups(&mut self, cgroups: &[u8]) -> Bytes {
        cgroup::container(cgroups).map_or_else(Bytes::default, |found| self.container_key(&found))
    }

    fn container_key(&mut self, found: &Found<'_>) -> Bytes {
        if self.containers.get(found.id).is_none() && self.containers.len() >= self.limits.containers {
            self.counters.containers_refused += 1;
            return Bytes::from(found.id);
        }
        self.containers.key(found)
    }

    /// The same for an app of a rkt pod: a scope, a root directory or an ancestor names the pod.
    pub(super) fn pod_app_of(&mut self, info: &ThreadInfo) -> Bytes {
        let (pod, app) = if let Some((pod, app)) = rkt::of_root(&info.root) {
            (pod.to_vec(), app)
        } else if let Some(app) = rkt::app(&info.cgroups) {
            let scope = rkt::pod_of_scope(&info.cgroups);
            let Some(pod) = scope.or_else(|| self.pod_of_ancestors(info, app)) else {
                return Bytes::default();
            };
            (pod, app)
        } else {
            return Bytes::default();
        };
        let id = rkt::id(&pod, app);
        let key = self.container_key(&Found { engine: ContainerEngine::Rkt, full_id: &id, id: &id });
        if self.containers.get(&key).is_some_and(|c| c.name.is_empty()) {
            self.containers.name(&key, app);
        }
        key
    }

    fn pod_of_ancestors(&self, info: &ThreadInfo, app: &[u8]) -> Option<Vec<u8>> {
        let parent = self.threads.get(&info.ptid).map(|t| &**t);
        let ancestors =
            || std::iter::once(info).chain(parent.iter().flat_map(|p| self.ancestry(p)).map(|t| &t.info));
        let pod = ancestors().find_map(|a| rkt::pod_of(&a.args, &a.env))?;
        let known = || self.containers.get(&rkt::id(pod, app)).is_some();
        (ancestors().any(|a| rkt::is_named(&a.args, pod)) || known()).then(|| pod.to_vec())
    }

    /// A thread was seen in a container; the first time its runtime is to be asked.
    pub(super) fn meet_container(&mut self, id: &Bytes, tid: i64) {
        if !id.is_empty() && self.containers.get(id).is_some() && self.containers.ask(id) {
            self.fresh_containers.push((id.clone(), tid));
        }
    }

    /// Parameter `index` is the JSON text of a container.
    pub(super) fn container_json(&mut self, event: &Event<'_>, index: usize) {
        let text = event.text(index).filter(|text| text.len() <= MAX_JSON);
        let Some(container) = text.and_then(Container::from_json) else { return };
        let known = self.containers.get(&container.id);
        // A failed lookup does not wipe out an answer that came before.
        if !container.complete && known.is_some_and(|k| k.complete) {
            return;
        }
        if known.is_none() && self.containers.len() >= self.limits.containers {
            self.counters.containers_refused += 1;
            return;
        }
        if !self.room(room::container(container.json.len())) {
            self.counters.containers_refused += 1;
            return;
        }
        self.containers.put(container);
    }

    /// asyncevent: 1 name, 2 data.
    pub(super) fn async_event(&mut self, event: &Event<'_>) {
        if event.text(1) == Some(b"container") {
            return self.container_json(event, 2);
        }
        let tid = event.tid.cast_signed();
        match Beside::of(event) {
            Some(Beside::Path { fd, path }) => self.found = Some((tid, fd, Bytes::from(path))),
            Some(Beside::Received(info)) => self.learn_fd(tid, &info),
            Some(Beside::Credentials(credentials)) => self.becomes = Some((tid, credentials)),
            None => {}
        }
    }

    /// useradded: 0 uid, 1 gid, 2 name, 3 home, 4 shell, 5 container.
    pub(super) fn user_added(&mut self, event: &Event<'_>) {
        let Some(uid) = event.u64(0).filter(|_| self.room(384)) else { return };
        let text = |index| short(event.text(index).unwrap_or_default());
        let user = UserEntry {
            uid: uid as u32,
            gid: event.u64(1).unwrap_or(0) as u32,
            name: text(2),
            home: text(3),
            shell: text(4),
        };
        self.users.add_user(&short(event.text(5).unwrap_or_default()), user);
    }

    /// userdeleted: as useradded.
    pub(super) fn user_deleted(&mut self, event: &Event<'_>) {
        if let Some(uid) = event.u64(0) {
            self.users.remove_user(event.text(5).unwrap_or_default(), uid as u32);
        }
    }

    /// groupadded: 0 gid, 1 name, 2 container.
    pub(super) fn group_added(&mut self, event: &Event<'_>) {
        let Some(gid) = event.u64(0).filter(|_| self.room(384)) else { return };
        let name = short(event.text(1).unwrap_or_default());
        self.users.add_group(&short(event.text(2).unwrap_or_default()), GroupEntry { gid: gid as u32, name });
    }

    /// groupdeleted: as groupadded.
    pub(super) fn group_deleted(&mut self, event: &Event<'_>) {
        if let Some(gid) = event.u64(0) {
            self.users.remove_group(event.text(2).unwrap_or_default(), gid as u32);
        }
    }
}
