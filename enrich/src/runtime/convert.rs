//! From the answers of the runtimes' API to [`Container`].

use std::collections::HashMap;
use std::net::Ipv4Addr;

use bollard::models::{
    ContainerInspectResponse, ContainerSummary, EventActor, HealthConfig, MountPoint, PortBinding,
};
use cscope_capture::Bytes;

use crate::{Container, ContainerEngine, Mount, PortMapping};

/// Environment variables that name tasks of schedulers; all others may hold secrets and are left out.
const KEPT_ENV: [&str; 4] = ["MESOS_", "MARATHON_", "mesos_task_id", "MESOS_TASK_ID"];

/// A container with what every answer tells.
fn basic(id: &str, name: &str, image: &str, engine: ContainerEngine) -> Container {
    let (repo, tag, digest) = split_image(image);
    let short = if id.len() == 64 { id.get(..12).unwrap_or(id) } else { id };
    Container {
        id: bytes(short),
        full_id: bytes(id),
        engine,
        name: bytes(name.strip_prefix('/').unwrap_or(name)),
        image: bytes(image),
        image_repo: bytes(repo),
        image_tag: bytes(tag),
        image_digest: bytes(digest),
        complete: true,
        ..Container::default()
    }
}

/// An entry of the list of containers.
pub(super) fn summary(summary: &ContainerSummary, engine: ContainerEngine) -> Option<Container> {
    let id = summary.id.as_deref()?;
    let name = summary.names.as_ref().and_then(|names| names.first()).map_or("", String::as_str);
    let networks = summary.network_settings.as_ref().and_then(|n| n.networks.as_ref());
    Some(Container {
        image_id: bytes(image_id(summary.image_id.as_deref())),
        ip: bytes(
            networks.and_then(|n| first_address(n.values().map(|e| e.ip_address.as_deref()))).unwrap_or(""),
        ),
        labels: labels(summary.labels.as_ref()),
        mounts: summary.mounts.iter().flatten().map(mount).collect(),
        created: summary.created.and_then(|c| u64::try_from(c).ok()).unwrap_or(0),
        ..basic(id, name, summary.image.as_deref().unwrap_or(""), engine)
    })
}

/// The answer to a question for one container.
pub(super) fn inspected(answer: &ContainerInspectResponse, engine: ContainerEngine) -> Option<Container> {
    let id = answer.id.as_deref()?;
    let config = answer.config.as_ref();
    let image = config.and_then(|c| c.image.as_deref()).unwrap_or("");
    let network = answer.network_settings.as_ref();
    let networks = network.and_then(|n| n.networks.as_ref());
    let env = config.and_then(|c| c.env.as_ref()).into_iter().flatten();
    let ports = network.and_then(|n| n.ports.as_ref()).into_iter().flatten();
    let host = answer.host_config.as_ref();
    Some(Container {
        image_id: bytes(image_id(answer.image.as_deref())),
        ip: bytes(
            networks.and_then(|n| first_address(n.values().map(|e| e.ip_address.as_deref()))).unwrap_or(""),
        ),
        privileged: host.and_then(|h| h.privileged).unwrap_or(false),
        host_pid: host.map(|h| shares(h.pid_mode.as_deref())),
        host_network: host.map(|h| shares(h.network_mode.as_deref())),
        host_ipc: host.map(|h| shares(h.ipc_mode.as_deref())),
        labels: labels(config.and_then(|c| c.labels.as_ref())),
        mounts: answer.mounts.iter().flatten().map(mount).collect(),
        ports: ports
            .flat_map(|(port, bindings)| mappings(port, bindings.as_deref().unwrap_or(&[])))
            .collect(),
        env: env.filter(|e| KEPT_ENV.iter().any(|k| e.starts_with(k))).cloned().collect(),
        healthcheck: config.and_then(|c| c.healthcheck.as_ref()).and_then(health),
        created: answer.created.as_ref().map_or(0, |date| seconds(date)),
        ..basic(id, answer.name.as_deref().unwrap_or(""), image, engine)
    })
}

/// What an event of the runtime tells: enough for name and image, before anything else is known.
pub(super) fn announced(actor: &EventActor, engine: ContainerEngine) -> Option<Container> {
    let attributes = actor.attributes.as_ref()?;
    let name = attributes.get("name")?;
    let image = attributes.get("image").map_or("", String::as_str);
    Some(basic(actor.id.as_deref()?, name, image, engine))
}

/// Whether a namespace mode stands for that of the host; an empty one is the runtime's default, one of its own.
fn shares(mode: Option<&str>) -> bool {
    mode == Some("host")
}

fn bytes(text: &str) -> Bytes {
    Bytes::from(text.as_bytes())
}

fn image_id(id: Option<&str>) -> &str {
    let id = id.unwrap_or("");
    id.strip_prefix("sha256:").unwrap_or(id)
}

/// Repository, tag and digest of `repo:tag@digest`; a port within the repository's name is not a tag.
fn split_image(image: &str) -> (&str, &str, &str) {
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    match name.rsplit_once(':') {
        Some((repo, tag)) if !tag.contains('/') => (repo, tag, digest),
        _ => (name, "", digest),
    }
}

fn first_address<'a>(addresses: impl Iterator<Item = Option<&'a str>>) -> Option<&'a str> {
    addresses.flatten().filter(|a| !a.is_empty()).min()
}

fn labels(labels: Option<&HashMap<String, String>>) -> Vec<(String, String)> {
    let mut labels: Vec<_> = labels.into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
    labels.sort_unstable();
    labels
}

fn mount(point: &MountPoint) -> Mount {
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    Mount {
        source: text(&point.source),
        dest: text(&point.destination),
        mode: text(&point.mode),
        rw: point.rw.unwrap_or(false),
        propagation: text(&point.propagation),
    }
}

/// Mappings of `80/tcp`; only IPv4 addresses can be told in container events.
fn mappings<'a>(port: &str, bindings: &'a [PortBinding]) -> impl Iterator<Item = PortMapping> + use<'a> {
    let container_port = port.split('/').next().and_then(|p| p.parse().ok()).unwrap_or(0);
    bindings.iter().filter_map(move |binding| {
        let ip: Ipv4Addr = match binding.host_ip.as_deref() {
            None | Some("") => Ipv4Addr::UNSPECIFIED,
            Some(ip) => ip.parse().ok()?,
        };
        let host_port = binding.host_port.as_deref()?.parse().ok()?;
        Some(PortMapping { host_ip: ip.to_bits(), host_port, container_port })
    })
}

/// The command line of a health check.
fn health(config: &HealthConfig) -> Option<String> {
    match config.test.as_deref()? {
        [kind, line] if kind == "CMD-SHELL" => Some(format!("/bin/sh -c {line}")),
        [kind, words @ ..] if kind == "CMD" && !words.is_empty() => Some(words.join(" ")),
        _ => None,
    }
}

/// Seconds since the epoch of `2026-11-22T18:14:53.123Z`; 0 when it is not of that form.
fn seconds(date: &str) -> u64 {
    let number = |from: usize, to: usize| date.get(from..to).and_then(|d| d.parse::<u64>().ok());
    let parse = || {
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        // Days since 1970 in the calendar that begins with March.
        let (y, m) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
        let days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day;
        Some(days.checked_sub(719_469)? * 86_400 + hour * 3600 + minute * 60 + second)
    };
    parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), 0);
        assert_eq!(seconds("2026-11-22T18:14:53.123456789Z"), 1_795_371_293);
        assert_eq!(seconds("2024-02-29T00:00:01+00:00"), 1_709_164_801);
        assert_eq!(seconds("0001-01-01T00:00:00Z"), 0);
        assert_eq!(seconds("yesterday"), 0);
    }

    #[test]
    fn images() {
        assert_eq!(split_image("busybox"), ("busybox", "", ""));
        assert_eq!(split_image("host:5000/a/b"), ("host:5000/a/b", "", ""));
        assert_eq!(split_image("host:5000/a/b:1.2@sha256:aa"), ("host:5000/a/b", "1.2", "sha256:aa"));
    }

    #[test]
    fn ports() {
        let binding =
            |ip: &str, port: &str| PortBinding { host_ip: Some(ip.into()), host_port: Some(port.into()) };
        let bindings = [binding("127.0.0.1", "8080"), binding("::", "8080"), binding("", "x")];
        let all: Vec<_> = mappings("80/tcp", &bindings).collect();
        assert_eq!(all, [PortMapping { host_ip: 0x7f00_0001, host_port: 8080, container_port: 80 }]);
    }
}
