//! Containers by id.

mod json;

use std::sync::Arc;

use cscope_capture::Bytes;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::cgroup::Found;

/// What runs a container. The numbers are those of container events in captures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ContainerEngine {
    Docker,
    Lxc,
    LibvirtLxc,
    Mesos,
    Rkt,
    Custom,
    Cri,
    Containerd,
    Crio,
    Bpm,
    Static,
    Podman,
    #[default]
    Unknown,
}

impl ContainerEngine {
    const ALL: [Self; 12] = [
        Self::Docker,
        Self::Lxc,
        Self::LibvirtLxc,
        Self::Mesos,
        Self::Rkt,
        Self::Custom,
        Self::Cri,
        Self::Containerd,
        Self::Crio,
        Self::Bpm,
        Self::Static,
        Self::Podman,
    ];

    /// The engine with this number in container events.
    pub fn from_number(number: u64) -> Self {
        usize::try_from(number).ok().and_then(|n| Self::ALL.get(n)).copied().unwrap_or_default()
    }

    /// The name in `container.type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Lxc => "lxc",
            Self::LibvirtLxc => "libvirt-lxc",
            Self::Mesos => "mesos",
            Self::Rkt => "rkt",
            Self::Custom => "custom",
            Self::Cri => "cri",
            Self::Containerd => "containerd",
            Self::Crio => "cri-o",
            Self::Bpm => "bpm",
            Self::Static => "static",
            Self::Podman => "podman",
            Self::Unknown => "unknown",
        }
    }

    /// Number in container events.
    pub fn number(self) -> u64 {
        Self::ALL.iter().position(|&e| e == self).map_or(0xffff, |n| n as u64)
    }
}

/// A directory of the host inside a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mount {
    /// Path on the host.
    pub source: String,
    /// Path in the container.
    pub dest: String,
    /// Mount mode text, for example `z`.
    pub mode: String,
    /// Writable.
    pub rw: bool,
    /// Propagation mode.
    pub propagation: String,
}

/// A published port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PortMapping {
    /// Address on the host, as a number in network order read big endian.
    pub host_ip: u32,
    /// Port on the host.
    pub host_port: u16,
    /// Port in the container.
    pub container_port: u16,
}

/// What is known of one container. Until the runtime answered, only `id` and `engine` are set.
#[derive(Debug, Clone, Default)]
pub struct Container {
    /// Short id (12 characters for the docker family), the key.
    pub id: Bytes,
    /// Whole id.
    pub full_id: Bytes,
    /// What runs it.
    pub engine: ContainerEngine,
    /// Name without leading slash; empty while unknown.
    pub name: Bytes,
    /// Image name with tag.
    pub image: Bytes,
    /// Image id, digest, repository and tag.
    pub image_id: Bytes,
    /// Image digest.
    pub image_digest: Bytes,
    /// Image repository.
    pub image_repo: Bytes,
    /// Image tag.
    pub image_tag: Bytes,
    /// Address in its network, dotted text.
    pub ip: Bytes,
    /// Privileged.
    pub privileged: bool,
    /// Uses the process namespace of the host, when that was told.
    pub host_pid: Option<bool>,
    /// Uses the network of the host, when that was told.
    pub host_network: Option<bool>,
    /// Uses the ipc namespace of the host, when that was told.
    pub host_ipc: Option<bool>,
    /// The runtime answered.
    pub complete: bool,
    /// Labels.
    pub labels: Vec<(String, String)>,
    /// Mounts.
    pub mounts: Vec<Mount>,
    /// Published ports.
    pub ports: Vec<PortMapping>,
    /// Environment variables kept from the container's configuration.
    pub env: Vec<String>,
    /// Health check, liveness and readiness probe command lines.
    pub healthcheck: Option<String>,
    /// Liveness probe command line.
    pub liveness_probe: Option<String>,
    /// Readiness probe command line.
    pub readiness_probe: Option<String>,
    /// Creation time, seconds since the epoch.
    pub created: u64,
    /// The JSON text the entry came from, to be written into captures.
    pub json: Bytes,
}

/// All containers seen, by short id. A clone shares the entries.
#[derive(Debug, Clone, Default)]
pub struct Containers {
    by_id: Arc<FxHashMap<Bytes, Arc<Container>>>,
    /// Ids that were handed out to be asked for.
    asked: Arc<FxHashSet<Bytes>>,
}

impl Containers {
    /// The container with this short id.
    pub fn get(&self, id: &[u8]) -> Option<&Container> {
        if id.is_empty() {
            return None;
        }
        self.by_id.get(id).map(|c| &**c)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Container> {
        self.by_id.values().map(|c| &**c)
    }

    /// Number of containers.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// True when no container was seen.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The key of a container found in a control group, with a new entry when it is not known.
    pub(crate) fn key(&mut self, found: &Found<'_>) -> Bytes {
        if let Some((key, _)) = self.by_id.get_key_value(found.id) {
            return key.clone();
        }
        let id = Bytes::from(found.id);
        self.put(Container {
            id: id.clone(),
            full_id: Bytes::from(found.full_id),
            engine: found.engine,
            ..Container::default()
        });
        id
    }

    /// Names a container that has no name yet.
    pub(crate) fn name(&mut self, id: &[u8], name: &[u8]) {
        if let Some(container) = Arc::make_mut(&mut self.by_id).get_mut(id) {
            Arc::make_mut(container).name = Bytes::from(name);
        }
    }

    /// Adds a container, in the place of what was known of it.
    pub(crate) fn put(&mut self, container: Container) {
        Arc::make_mut(&mut self.by_id).insert(container.id.clone(), Arc::new(container));
    }

    /// True the first time it is called for this id.
    pub(crate) fn ask(&mut self, id: &Bytes) -> bool {
        !self.asked.contains(id) && Arc::make_mut(&mut self.asked).insert(id.clone())
    }
}
