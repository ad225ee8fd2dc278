//! Container events carry JSON: `{"container":{"id":...}}`.

use cscope_capture::Bytes;
use serde_json::{Map, Value, json};

use crate::{Container, ContainerEngine, Mount, PortMapping};

/// `lookup_state` of a container whose runtime answered.
const SUCCEEDED: u64 = 1;

impl Container {
    /// Reads the text of a container event. `None` when it is not JSON of that form or has no id.
    pub fn from_json(text: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let object = value.get("container").unwrap_or(&value).as_object()?;
        let id = bytes(object, "id");
        if id.is_empty() {
            return None;
        }
        // Writers of before the word existed only wrote what they knew.
        let state = object.get("lookup_state").and_then(Value::as_u64).unwrap_or(SUCCEEDED);
        let name = bytes(object, "name");
        let name = name.strip_prefix(b"/").map(Bytes::from).unwrap_or(name);
        Some(Self {
            full_id: Some(bytes(object, "full_id")).filter(|f| !f.is_empty()).unwrap_or_else(|| id.clone()),
            id,
            engine: ContainerEngine::from_number(
                object.get("type").and_then(Value::as_u64).unwrap_or(u64::MAX),
            ),
            name,
            image: bytes(object, "image"),
            image_id: bytes(object, "imageid"),
            image_digest: bytes(object, "imagedigest"),
            image_repo: bytes(object, "imagerepo"),
            image_tag: bytes(object, "imagetag"),
            ip: bytes(object, "ip"),
            privileged: flag(object, "privileged"),
            host_pid: known_flag(object, "host_pid"),
            host_network: known_flag(object, "host_network"),
            host_ipc: known_flag(object, "host_ipc"),
            complete: state == SUCCEEDED,
            labels: labels(object),
            mounts: list(object, "Mounts").filter_map(Value::as_object).map(mount).collect(),
            ports: list(object, "port_mappings").filter_map(Value::as_object).map(port).collect(),
            env: list(object, "env").filter_map(Value::as_str).map(str::to_owned).collect(),
            healthcheck: command(object, "Healthcheck"),
            liveness_probe: command(object, "LivenessProbe"),
            readiness_probe: command(object, "ReadinessProbe"),
            created: object.get("created_time").and_then(Value::as_u64).unwrap_or(0),
            json: Bytes::from(text),
        })
    }

    /// The text of a container event that tells all of this.
    pub fn to_json(&self) -> Vec<u8> {
        let mut o = Map::new();
        let mut put = |key: &str, value: Value| {
            o.insert(key.to_owned(), value);
        };
        put("id", text(&self.id));
        put("full_id", text(&self.full_id));
        put("type", json!(self.engine.number()));
        put("name", text(&self.name));
        put("image", text(&self.image));
        put("imageid", text(&self.image_id));
        put("imagerepo", text(&self.image_repo));
        put("imagetag", text(&self.image_tag));
        put("imagedigest", text(&self.image_digest));
        put("privileged", json!(self.privileged));
        let shared =
            [("host_pid", self.host_pid), ("host_network", self.host_network), ("host_ipc", self.host_ipc)];
        for (key, shared) in shared {
            if let Some(shared) = shared {
                put(key, json!(shared));
            }
        }
        put("is_pod_sandbox", json!(false));
        put("lookup_state", json!(if self.complete { SUCCEEDED } else { 2 }));
        put("created_time", json!(self.created));
        put("ip", text(&self.ip));
        let mounts = self.mounts.iter().map(|m| {
            json!({"Source": m.source, "Destination": m.dest, "Mode": m.mode, "RW": m.rw, "Propagation": m.propagation})
        });
        put("Mounts", mounts.collect());
        let ports = self.ports.iter().map(
            |p| json!({"HostIp": p.host_ip, "HostPort": p.host_port, "ContainerPort": p.container_port}),
        );
        put("port_mappings", ports.collect());
        put("labels", self.labels.iter().map(|(k, v)| (k.clone(), json!(v))).collect::<Map<_, _>>().into());
        put("env", json!(self.env));
        let probes = [
            ("Healthcheck", &self.healthcheck),
            ("LivenessProbe", &self.liveness_probe),
            ("ReadinessProbe", &self.readiness_probe),
        ];
        for (key, probe) in probes {
            if let Some(line) = probe {
                let mut words = line.split(' ');
                let exe = words.next().unwrap_or_default();
                put(key, json!({"exe": exe, "args": words.collect::<Vec<_>>()}));
            }
        }
        json!({ "container": o }).to_string().into_bytes()
    }
}

fn bytes(object: &Map<String, Value>, key: &str) -> Bytes {
    Bytes::from(object.get(key).and_then(Value::as_str).unwrap_or_default().as_bytes())
}

fn text(bytes: &[u8]) -> Value {
    Value::String(String::from_utf8_lossy(bytes).into_owned())
}

fn flag(object: &Map<String, Value>, key: &str) -> bool {
    known_flag(object, key).unwrap_or(false)
}

fn known_flag(object: &Map<String, Value>, key: &str) -> Option<bool> {
    object.get(key).and_then(Value::as_bool)
}

fn list<'a>(object: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    object.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn labels(object: &Map<String, Value>) -> Vec<(String, String)> {
    let labels = object.get("labels").and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
}

fn string(object: &Map<String, Value>, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn mount(object: &Map<String, Value>) -> Mount {
    Mount {
        source: string(object, "Source"),
        dest: string(object, "Destination"),
        mode: string(object, "Mode"),
        rw: flag(object, "RW"),
        propagation: string(object, "Propagation"),
    }
}

fn port(object: &Map<String, Value>) -> PortMapping {
    let number = |key| object.get(key).and_then(Value::as_u64).unwrap_or(0);
    PortMapping {
        host_ip: u32::try_from(number("HostIp")).unwrap_or(0),
        host_port: u16::try_from(number("HostPort")).unwrap_or(0),
        container_port: u16::try_from(number("ContainerPort")).unwrap_or(0),
    }
}

/// A command line kept as text or as `{"exe":...,"args":[...]}`.
fn command(object: &Map<String, Value>, key: &str) -> Option<String> {
    match object.get(key)? {
        Value::String(line) => Some(line.clone()),
        Value::Object(parts) => {
            let mut line = string(parts, "exe");
            for arg in list(parts, "args").filter_map(Value::as_str) {
                line.push(' ');
                line.push_str(arg);
            }
            Some(line).filter(|l| !l.is_empty())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let container = Container {
            id: Bytes::from(&b"3ad7b26ded6d"[..]),
            full_id: Bytes::from(&b"3ad7b26ded6d8e7b"[..]),
            engine: ContainerEngine::Podman,
            name: Bytes::from(&b"db"[..]),
            image: Bytes::from(&b"postgres:16"[..]),
            complete: true,
            privileged: true,
            host_pid: Some(true),
            host_ipc: Some(false),
            labels: vec![("a".into(), "b \"quoted\"".into())],
            mounts: vec![Mount { source: "/srv".into(), dest: "/data".into(), rw: true, ..Mount::default() }],
            ports: vec![PortMapping { host_ip: 0x7f00_0001, host_port: 8080, container_port: 80 }],
            healthcheck: Some("/bin/check -q".into()),
            created: 1_700_000_000,
            ..Container::default()
        };
        let read = Container::from_json(&container.to_json()).expect("reads what it wrote");
        assert_eq!(read.name, container.name);
        assert_eq!(read.engine, ContainerEngine::Podman);
        assert_eq!((read.complete, read.privileged, read.created), (true, true, 1_700_000_000));
        assert_eq!(
            (&read.labels, &read.mounts, &read.ports),
            (&container.labels, &container.mounts, &container.ports)
        );
        assert_eq!((read.host_pid, read.host_ipc, read.host_network), (Some(true), Some(false), None));
        assert_eq!(read.healthcheck, container.healthcheck);
        assert_eq!(Container::from_json(&read.json).expect("same text").to_json(), container.to_json());
    }

    #[test]
    fn other_texts() {
        assert!(Container::from_json(b"").is_none());
        assert!(Container::from_json(b"[1,2]").is_none());
        assert!(Container::from_json(br#"{"container":{"name":"x"}}"#).is_none());
        let failed = Container::from_json(br#"{"container":{"id":"a","type":0,"name":"","lookup_state":2}}"#);
        assert!(!failed.expect("has an id").complete);
        let old = Container::from_json(br#"{"container":{"id":"a","type":7,"name":"/x","image":5}}"#)
            .expect("has an id");
        assert_eq!((&old.name[..], old.engine, old.complete), (&b"x"[..], ContainerEngine::Containerd, true));
    }
}
