//! Containers by id.

use cscope_capture::Bytes;
use rustc_hash::FxHashMap;

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

/// All containers seen, by short id.
#[derive(Debug, Clone, Default)]
pub struct Containers {
    by_id: FxHashMap<Bytes, Container>,
}

impl Containers {
    /// The container with this short id.
    pub fn get(&self, id: &[u8]) -> Option<&Container> {
        self.by_id.get(id)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Container> {
        self.by_id.values()
    }
}
