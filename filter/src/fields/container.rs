//! `container.*`.

use cscope_enrich::{Container, ContainerEngine, Mount};

use super::{bool, text, thread, uint};
use crate::field::{Arg, ArgKind, ArgRule, Env, Field, Needs, One};
use crate::{Kind, Value};

const NEEDS: Needs = Needs::CONTAINERS.or(Needs::THREADS);
const HOST: &[u8] = b"host";

const fn row(name: &'static str, kind: Kind, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, kind, doc, example, one).without_args().needs(NEEDS)
}

const fn mount(name: &'static str, doc: &'static str, example: &'static str, one: One) -> Field {
    row(name, Kind::Text, doc, example, one).arg(ArgRule::Required(ArgKind::IndexOrKey))
}

pub(super) const FIELDS: &[Field] = &[
    row(
        "container.id",
        Kind::Text,
        "Short id of the container, or host; empty for threads of which nothing is known.",
        "container.id != host",
        |env, _, _| text(id(env)?),
    ),
    row(
        "container.full_id",
        Kind::Text,
        "Whole id of the container.",
        "container.full_id exists",
        |env, _, _| known(&container(env)?.full_id),
    ),
    row(
        "container.name",
        Kind::Text,
        "Name of the container, or host.",
        "container.name = db",
        |env, _, _| {
            if id(env)? == HOST { text(HOST) } else { known(&container(env)?.name) }
        },
    ),
    row(
        "container.type",
        Kind::Text,
        "What runs it, host outside containers.",
        "container.type = docker",
        |env, _, _| {
            if id(env)? == HOST {
                return text(HOST);
            }
            text(engine_name(container(env)?.engine)?.as_bytes())
        },
    )
    .values(&[
        "host",
        "docker",
        "podman",
        "cri-o",
        "containerd",
        "cri",
        "lxc",
        "libvirt-lxc",
        "mesos",
        "rkt",
        "bpm",
        "custom",
        "static",
    ]),
    row(
        "container.image",
        Kind::Text,
        "Image with its tag.",
        "container.image = busybox:latest",
        |env, _, _| known(&container(env)?.image),
    ),
    row(
        "container.image.id",
        Kind::Text,
        "Id of the image.",
        "container.image.id startswith 4f",
        |env, _, _| known(&container(env)?.image_id),
    ),
    row(
        "container.image.repository",
        Kind::Text,
        "Image without its tag.",
        "container.image.repository = busybox",
        |env, _, _| known(&container(env)?.image_repo),
    ),
    row(
        "container.image.tag",
        Kind::Text,
        "Tag of the image.",
        "container.image.tag = latest",
        |env, _, _| known(&container(env)?.image_tag),
    ),
    row(
        "container.image.digest",
        Kind::Text,
        "Digest of the image.",
        "container.image.digest startswith sha256:",
        |env, _, _| known(&container(env)?.image_digest),
    ),
    row("container.ip", Kind::Text, "Address of the container.", "container.ip = 172.17.0.2", |env, _, _| {
        known(&container(env)?.ip)
    }),
    row(
        "container.privileged",
        Kind::Bool,
        "The container is privileged.",
        "container.privileged = true",
        |env, _, _| bool(container(env)?.privileged),
    ),
    row(
        "container.host_pid",
        Kind::Bool,
        "The container shares the pid namespace of the host.",
        "container.host_pid = true",
        |env, _, _| bool(container(env)?.host_pid?),
    ),
    row(
        "container.host_network",
        Kind::Bool,
        "The container shares the network of the host.",
        "container.host_network = true",
        |env, _, _| bool(container(env)?.host_network?),
    ),
    row(
        "container.host_ipc",
        Kind::Bool,
        "The container shares the ipc namespace of the host.",
        "container.host_ipc = true",
        |env, _, _| bool(container(env)?.host_ipc?),
    ),
    row(
        "container.label",
        Kind::Text,
        "One label by its key.",
        "container.label[maintainer] = me",
        |env, arg, _| text(label(container(env)?, &arg.text)?.as_bytes()),
    )
    .arg(ArgRule::Required(ArgKind::Key)),
    row(
        "container.labels",
        Kind::Text,
        "All labels: key:value with commas between.",
        "container.labels contains maintainer",
        |env, _, buffer| labels(container(env)?.labels.iter().map(|(k, v)| (k.as_str(), v.as_str())), buffer),
    ),
    row(
        "container.mounts",
        Kind::Text,
        "All mounts: source:dest:mode:writable:propagation with blanks between.",
        "container.mounts contains /var/run",
        |env, _, buffer| {
            for (n, mount) in container(env)?.mounts.iter().enumerate() {
                if n > 0 {
                    buffer.push(b' ');
                }
                write_mount(mount, buffer);
            }
            text(buffer)
        },
    ),
    mount(
        "container.mount",
        "One mount, by number or by its place in the container.",
        "container.mount[0] contains /data",
        |env, arg, buffer| {
            write_mount(find_mount(env, arg, |m| &m.dest)?, buffer);
            text(buffer)
        },
    ),
    mount(
        "container.mount.source",
        "Directory of the host of a mount, by number or by its place in the container.",
        "container.mount.source[/data] = /srv/data",
        |env, arg, _| text(find_mount(env, arg, |m| &m.dest)?.source.as_bytes()),
    ),
    mount(
        "container.mount.dest",
        "Place of a mount in the container, by number or by its directory on the host.",
        "container.mount.dest[0] = /data",
        |env, arg, _| text(find_mount(env, arg, |m| &m.source)?.dest.as_bytes()),
    ),
    mount(
        "container.mount.mode",
        "Mode of a mount, by number or by its directory on the host.",
        "container.mount.mode[0] = z",
        |env, arg, _| text(find_mount(env, arg, |m| &m.source)?.mode.as_bytes()),
    ),
    mount(
        "container.mount.rdwr",
        "true for a mount that can be written, by number or by its directory on the host.",
        "container.mount.rdwr[0] = true",
        |env, arg, _| {
            let mount = find_mount(env, arg, |m| &m.source)?;
            text(if mount.rw { b"true" } else { b"false" })
        },
    ),
    mount(
        "container.mount.propagation",
        "Propagation of a mount, by number or by its directory on the host.",
        "container.mount.propagation[0] = private",
        |env, arg, _| text(find_mount(env, arg, |m| &m.source)?.propagation.as_bytes()),
    ),
    row(
        "container.healthcheck",
        Kind::Text,
        "Command of the health check; N/A when there is none.",
        "container.healthcheck contains curl",
        |env, _, _| text(container(env)?.healthcheck.as_deref().unwrap_or("N/A").as_bytes()),
    ),
    row(
        "container.liveness_probe",
        Kind::Text,
        "Command of the liveness probe; N/A when there is none.",
        "container.liveness_probe != N/A",
        |env, _, _| text(container(env)?.liveness_probe.as_deref().unwrap_or("N/A").as_bytes()),
    ),
    row(
        "container.readiness_probe",
        Kind::Text,
        "Command of the readiness probe; N/A when there is none.",
        "container.readiness_probe != N/A",
        |env, _, _| text(container(env)?.readiness_probe.as_deref().unwrap_or("N/A").as_bytes()),
    ),
    row(
        "container.start_ts",
        Kind::AbsTime,
        "When the container was made, ns since the epoch, to the second.",
        "container.start_ts > 1534527348514632619",
        |env, _, _| uint(created(container(env)?)?),
    ),
    row(
        "container.duration",
        Kind::RelTime,
        "Time in ns since the container was made.",
        "container.duration < 10s",
        |env, _, _| uint(env.cx.event.ts.saturating_sub(created(container(env)?)?)),
    ),
    row(
        "container.cni.json",
        Kind::Text,
        "Result of the network plugin of a pod, JSON.",
        "container.cni.json contains eth0",
        |env, _, buffer| {
            let value = json(container(env)?, "cni_json")?;
            buffer.extend_from_slice(value.as_str()?.as_bytes());
            text(buffer)
        },
    ),
];

pub(super) fn container<'a>(env: Env<'a>) -> Option<&'a Container> {
    env.cx.container()
}

fn id<'a>(env: Env<'a>) -> Option<&'a [u8]> {
    Some(thread(env)?.place())
}

/// What the runtime told; missing while it did not.
pub(super) fn known(value: &[u8]) -> Option<Value<'_>> {
    if value.is_empty() { None } else { text(value) }
}

/// Value of a label.
pub(super) fn label<'a>(container: &'a Container, key: &str) -> Option<&'a str> {
    container.labels.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
}

/// `key:value` with commas between.
pub(super) fn labels<'a, 'b>(
    labels: impl Iterator<Item = (&'b str, &'b str)>,
    buffer: &'a mut Vec<u8>,
) -> Option<Value<'a>> {
    for (key, value) in labels {
        if !buffer.is_empty() {
            buffer.push(b',');
        }
        buffer.extend_from_slice(key.as_bytes());
        buffer.push(b':');
        buffer.extend_from_slice(value.as_bytes());
    }
    text(buffer)
}

fn engine_name(engine: ContainerEngine) -> Option<&'static str> {
    use ContainerEngine as E;
    Some(match engine {
        E::Docker => "docker",
        E::Lxc => "lxc",
        E::LibvirtLxc => "libvirt-lxc",
        E::Mesos => "mesos",
        E::Rkt => "rkt",
        E::Custom => "custom",
        E::Cri => "cri",
        E::Containerd => "containerd",
        E::Crio => "cri-o",
        E::Bpm => "bpm",
        E::Static => "static",
        E::Podman => "podman",
        E::Unknown => return None,
    })
}

fn write_mount(mount: &Mount, out: &mut Vec<u8>) {
    for part in [&mount.source, &mount.dest, &mount.mode] {
        out.extend_from_slice(part.as_bytes());
        out.push(b':');
    }
    out.extend_from_slice(if mount.rw { b"true:" } else { b"false:" });
    out.extend_from_slice(mount.propagation.as_bytes());
}

/// The mount with this number, or whose key is the argument.
fn find_mount<'a>(env: Env<'a>, arg: &Arg, key: fn(&Mount) -> &str) -> Option<&'a Mount> {
    let mounts = &container(env)?.mounts;
    match arg.number {
        Some(number) => mounts.get(usize::try_from(number).ok()?),
        None => mounts.iter().find(|m| key(m) == &*arg.text),
    }
}

fn created(container: &Container) -> Option<u64> {
    Some(container.created).filter(|&s| s > 0)?.checked_mul(1_000_000_000)
}

/// A member of the JSON text the container came from.
pub(super) fn json(container: &Container, key: &str) -> Option<serde_json::Value> {
    let mut value: serde_json::Value = serde_json::from_slice(&container.json).ok()?;
    let members = if value.get("container").is_some() { value.get_mut("container")? } else { &mut value };
    members.get_mut(key).map(serde_json::Value::take)
}
