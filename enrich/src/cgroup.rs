//! Which container a process runs in, told by the paths of its control groups.
//!
//! Works for version 1, 2 and hybrid hierarchies: every line is looked at, none by its subsystem's name, because
//! with version 2 the one path there is appears under several names.

pub(crate) mod rkt;

use crate::ContainerEngine;

/// A container found in a control group path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) engine: ContainerEngine,
    /// Whole id as in the path.
    pub(crate) full_id: &'a [u8],
    /// What containers are known by: 12 characters of hexadecimal ids, else the whole.
    pub(crate) id: &'a [u8],
}

/// Finds the engine and the whole id in one path.
type Rule = for<'a> fn(&'a [u8]) -> Option<(ContainerEngine, &'a [u8])>;

/// Asked in this order, each with all lines; the first answer counts.
const RULES: [Rule; 8] = [podman, docker, cri, containerd, lxc, libvirt_lxc, mesos, bpm];

/// The container of a process with this list of groups (`subsystem=path` items, each ending in NUL).
pub(crate) fn container(cgroups: &[u8]) -> Option<Found<'_>> {
    let paths = || {
        cgroups.split(|&b| b == 0).filter_map(|item| {
            let at = item.iter().position(|&b| b == b'=')?;
            item.get(at + 1..).filter(|path| path.len() > 1)
        })
    };
    RULES.iter().find_map(|rule| {
        let (engine, full_id) = paths().find_map(rule)?;
        let short = is_hex64(full_id) || engine == ContainerEngine::Mesos;
        let id = if short { full_id.get(..12).unwrap_or(full_id) } else { full_id };
        Some(Found { engine, full_id, id })
    })
}

/// The parts of a path, last one first.
fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.rsplit(|&b| b == b'/').filter(|part| !part.is_empty())
}

fn is_hex64(id: &[u8]) -> bool {
    id.len() == 64 && id.iter().all(u8::is_ascii_hexdigit)
}

/// The 64 digit id in a part of the form `PREFIX id SUFFIX`.
fn id_in<'a>(part: &'a [u8], prefix: &[u8], suffix: &[u8]) -> Option<&'a [u8]> {
    part.strip_prefix(prefix)?.strip_suffix(suffix).filter(|id| is_hex64(id))
}

fn podman(path: &[u8]) -> Option<(ContainerEngine, &[u8])> {
    let named = parts(path).find_map(|part| {
        let part = part.strip_suffix(b".scope").unwrap_or(part);
        id_in(part, b"libpod-payload-", b"").or_else(|| id_in(part, b"libpod-", b""))
    });
    let below_scope = || {
        // Rootless without systemd inside: .../podman-PID.scope/ID
        let mut parts = parts(path);
        let id = parts.next().filter(|id| is_hex64(id))?;
        parts.next().filter(|p| p.starts_with(b"podman-") && p.ends_with(b".scope")).map(|_| id)
    };
    Some((ContainerEngine::Podman, named.or_else(below_scope)?))
}

fn docker(path: &[u8]) -> Option<(ContainerEngine, &[u8])> {
    let scope = parts(path).find_map(|part| id_in(part, b"docker-", b".scope"));
    let last = || parts(path).next().filter(|id| is_hex64(id));
    let below = || {
        // Groups made inside the container: /docker/ID/...
        let mut inner = None;
        parts(path).find_map(|part| {
            let hit = inner.filter(|_| part == b"docker");
            inner = Some(part).filter(|id| is_hex64(id));
            hit
        })
    };
    Some((ContainerEngine::Docker, scope.or_else(last).or_else(below)?))
}

fn cri(path: &[u8]) -> Option<(ContainerEngine, &[u8])> {
    parts(path).find_map(|part| {
        let bare = part.strip_suffix(b".scope").unwrap_or(part);
        let colon = || {
            // systemd driver of containerd: SLICE:cri-containerd:ID
            let at = bare.windows(16).rposition(|w| w == b":cri-containerd:")?;
            bare.get(at + 16..).filter(|id| is_hex64(id))
        };
        if let Some(id) = id_in(bare, b"crio-", b"") {
            return Some((ContainerEngine::Crio, id));
        }
        let id =
            id_in(bare, b"cri-containerd-", b"").or_else(|| id_in(bare, b"nerdctl-", b"")).or_else(colon)?;
        Some((ContainerEngine::Containerd, id))
    })
}

/// `/NAMESPACE/ID` at the top. Only the namespaces containerd's own tools use: any other pair of names is as
/// likely a group made by hand.
fn containerd(path: &[u8]) -> Option<(ContainerEngine, &[u8])> {
    let mut parts = parts(path);
    let (id, namespace) = (parts.next()?, parts.next()?);
    let unit = [&b".service"[..], b".slice", b".scope"].iter().any(|suffix| id.ends_with(suffix));
    let known = matches!(namespace, b"default" | b"k8s.io" | b"moby" | b"buildkit");
    (parts.next().is_none() && known && !unit && id.len() <= 64 && is_name(id))
        .then_some((ContainerEngine::Containerd, id))
}

fn is_name(id: &[u8]) -> bool {
    !id.is_empty() && id.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn lxc(path: &[u8]) -> Option<(ContainerEngine, &[u8])> {
    let dotted = parts(path).find_map(|part| part.strip_prefix(b"lxc.payload."));
    let below = || {
        let mut inner: Option<&[u8]> = None;
        parts(path).find_map(|part| {
            let hit = inner.filter(|_| matches!(part, b"lxc" | b"lxc.payload"));
            inner = Some(part);
            hit
        })
    };
    let name = dotted.or_else(below).filter(|name| !name.is_empty())?;
    // libvirt's groups are called /libvirt/lxc/NAME.
    let libvirt = path.windows(13).any(|w| w == b"/libvirt/lxc/");
    (!libvirt).then_some((ContainerEngine::Lxc, name))
}

fn libvirt_lxc(path: &[u8]) -> Option<(ContainerEngine, &[u8])> {
    let below = || {
        let at = path.windows(13).rposition(|w| w == b"/libvirt/lxc/")?;
        path.get(at + 13..)?.split(|&b| b == b'/').next()
    };
    let name = parts(path).find_map(|part| {
        part.strip_suffix(b".libvirt-lxc").or_else(|| {
            let part = part.strip_suffix(b".scope")?;
            let at = part.windows(8).rposition(|w| w == br"-lxc\x2d")?;
            part.get(at + 8..)
        })
    });
    Some((ContainerEngine::LibvirtLxc, name.or_else(below).filter(|name| !name.is_empty())?))
}

fn mesos(path: &[u8]) -> Option<(ContainerEngine, &[u8])> {
    let mut inner: Option<&[u8]> = None;
    let id = parts(path).find_map(|part| {
        let hit = inner.filter(|_| part == b"mesos");
        inner = Some(part);
        hit
    })?;
    let uuid = id.len() == 36 && id.iter().all(|&b| b.is_ascii_hexdigit() || b == b'-');
    uuid.then_some((ContainerEngine::Mesos, id))
}

fn bpm(path: &[u8]) -> Option<(ContainerEngine, &[u8])> {
    let name = parts(path).find_map(|p| p.strip_prefix(b"bpm-")?.strip_suffix(b".scope"))?;
    is_name(name).then_some((ContainerEngine::Bpm, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

    fn check(path: &str, engine: ContainerEngine, id: &str) {
        let path = path.replace("ID64", ID);
        let list = format!("cpuset=/\0cpu={path}\0");
        let found = container(list.as_bytes()).unwrap_or_else(|| panic!("{path} is a container"));
        assert_eq!((found.engine, std::str::from_utf8(found.id)), (engine, Ok(id)), "{path}");
    }

    #[test]
    fn names_of_groups() {
        use ContainerEngine as E;
        check("/docker/ID64", E::Docker, &ID[..12]);
        check("/docker/ID64/init.scope", E::Docker, &ID[..12]);
        check("/system.slice/docker-ID64.scope", E::Docker, &ID[..12]);
        check("/kubepods/burstable/pod1/ID64", E::Docker, &ID[..12]);
        check("/libpod_parent/libpod-ID64", E::Podman, &ID[..12]);
        check("/machine.slice/libpod-ID64.scope/container", E::Podman, &ID[..12]);
        check("/machine.slice/libpod-payload-ID64", E::Podman, &ID[..12]);
        check(
            "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID64.scope",
            E::Podman,
            &ID[..12],
        );
        check("/user.slice/user-1000.slice/user@1000.service/podman-33.scope/ID64", E::Podman, &ID[..12]);
        check("/kubepods.slice/cri-containerd-ID64.scope", E::Containerd, &ID[..12]);
        check("/system.slice:cri-containerd:ID64", E::Containerd, &ID[..12]);
        check("/odd:cri-containerd:name:cri-containerd:ID64.scope", E::Containerd, &ID[..12]);
        check("/pod.slice/crio-ID64.scope", E::Crio, &ID[..12]);
        check("/kubepods/besteffort/pod1/crio-ID64", E::Crio, &ID[..12]);
        check("/system.slice/nerdctl-ID64.scope", E::Containerd, &ID[..12]);
        check("/default/web-1", E::Containerd, "web-1");
        check("/lxc/web/init", E::Lxc, "web");
        check("/lxc.payload.web/x", E::Lxc, "web");
        check("/lxc.payload/web", E::Lxc, "web");
        check("/machine.slice/web.libvirt-lxc", E::LibvirtLxc, "web");
        check(r"/machine.slice/machine-lxc\x2dweb.scope/libvirt", E::LibvirtLxc, "web");
        check("/libvirt/lxc/web", E::LibvirtLxc, "web");
        check("/mesos/d4d44e66-3bd4-4b4e-8b7a-0a3f0f9a3b52", E::Mesos, "d4d44e66-3bd");
        check("/bpm-job.v1.scope", E::Bpm, "job.v1");
    }

    #[test]
    fn not_containers() {
        let paths = [
            "/",
            "/user.slice/user-0.slice/session-1.scope",
            "/user-slices/4fccba234fccba234fccba234fccba23",
            "/system.slice/docker.service",
            "/machine.slice/libpod-conmon-ID64.scope",
            "/docker/ID64f",
            "/default/web.service",
            "/machine.slice/systemd-nspawn@web.service/payload/init.scope",
            r"/machine.slice/machine-rkt\x2d0.scope/system.slice/web.service",
        ];
        for path in paths {
            let list = format!("cpu={}\0memory\0=\0", path.replace("ID64", ID));
            assert_eq!(container(list.as_bytes()), None, "{path}");
        }
    }
}
