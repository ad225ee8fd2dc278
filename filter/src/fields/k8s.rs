//! `k8s.*`: the pod of the container, from what the container runtime puts into labels. What only the Kubernetes
//! API knows (services, replication controllers, ids and labels of other objects) is missing in every event; the
//! names are there because filters and formats of other tools use them.

use cscope_enrich::Container;

use super::container::{container, json, known, label, labels};
use super::text;
use crate::Kind;
use crate::field::{ArgKind, ArgRule, Field, Needs, One};

const fn row(name: &'static str, doc: &'static str, example: &'static str, one: One) -> Field {
    Field::new(name, Kind::Text, doc, example, one).without_args().needs(Needs::CONTAINERS.or(Needs::THREADS))
}

pub(super) const FIELDS: &[Field] = &[
    row("k8s.pod.name", "Name of the pod.", "k8s.pod.name startswith nginx", |env, _, _| {
        text(label(container(env)?, "io.kubernetes.pod.name")?.as_bytes())
    }),
    row("k8s.pod.uid", "Uid of the pod.", "k8s.pod.uid exists", |env, _, _| {
        text(label(container(env)?, "io.kubernetes.pod.uid")?.as_bytes())
    }),
    row("k8s.pod.id", "Older name of k8s.pod.uid.", "k8s.pod.id exists", |env, _, _| {
        text(label(container(env)?, "io.kubernetes.pod.uid")?.as_bytes())
    }),
    row(
        "k8s.pod.sandbox_id",
        "Short id of the pod's sandbox.",
        "k8s.pod.sandbox_id exists",
        |env, _, buffer| {
            buffer.extend_from_slice(sandbox_id(container(env)?)?.as_bytes());
            buffer.truncate(12);
            text(buffer)
        },
    ),
    row(
        "k8s.pod.full_sandbox_id",
        "Whole id of the pod's sandbox.",
        "k8s.pod.full_sandbox_id exists",
        |env, _, buffer| {
            buffer.extend_from_slice(sandbox_id(container(env)?)?.as_bytes());
            text(buffer)
        },
    ),
    row(
        "k8s.pod.label",
        "One label of the pod by its key.",
        "k8s.pod.label[app] = nginx",
        |env, arg, buffer| {
            buffer.extend_from_slice(pod_label(container(env)?, &arg.text)?.as_bytes());
            text(buffer)
        },
    )
    .arg(ArgRule::Required(ArgKind::Key)),
    row(
        "k8s.pod.labels",
        "All labels of the pod: key:value with commas between.",
        "k8s.pod.labels contains app:nginx",
        |env, _, buffer| {
            let all = json(container(env)?, "pod_sandbox_labels")?;
            labels(all.as_object()?.iter().filter_map(|(k, v)| Some((k.as_str(), v.as_str()?))), buffer)
        },
    ),
    row("k8s.pod.ip", "Address of the pod.", "k8s.pod.ip = 10.244.0.7", |env, _, _| {
        let container = container(env)?;
        label(container, "io.kubernetes.pod.name")?;
        known(&container.ip)
    }),
    row(
        "k8s.pod.cni.json",
        "Result of the network plugin of the pod, JSON.",
        "k8s.pod.cni.json contains eth0",
        |env, _, buffer| {
            buffer.extend_from_slice(json(container(env)?, "cni_json")?.as_str()?.as_bytes());
            text(buffer)
        },
    ),
    row("k8s.ns.name", "Namespace of the pod.", "k8s.ns.name = default", |env, _, _| {
        text(label(container(env)?, "io.kubernetes.pod.namespace")?.as_bytes())
    }),
    row(
        "k8s.rs.name",
        "Replica set of the pod, for pods of deployments.",
        "k8s.rs.name startswith nginx",
        |env, _, _| text(replica_set(container(env)?)?.0.as_bytes()),
    ),
    row("k8s.deployment.name", "Deployment of the pod.", "k8s.deployment.name = nginx", |env, _, _| {
        text(replica_set(container(env)?)?.1.as_bytes())
    }),
    untold(
        "k8s.ns.id",
        "Id of the namespace; runtimes do not tell it, so it is always missing.",
        "k8s.ns.id exists",
    ),
    untold(
        "k8s.ns.label",
        "One label of the namespace; runtimes do not tell it, so it is always missing.",
        "k8s.ns.label[app] exists",
    )
    .arg(ArgRule::Required(ArgKind::Key)),
    untold(
        "k8s.ns.labels",
        "All labels of the namespace; runtimes do not tell it, so it is always missing.",
        "k8s.ns.labels exists",
    ),
    untold(
        "k8s.rs.id",
        "Id of the replica set; runtimes do not tell it, so it is always missing.",
        "k8s.rs.id exists",
    ),
    untold(
        "k8s.rs.label",
        "One label of the replica set; runtimes do not tell it, so it is always missing.",
        "k8s.rs.label[app] exists",
    )
    .arg(ArgRule::Required(ArgKind::Key)),
    untold(
        "k8s.rs.labels",
        "All labels of the replica set; runtimes do not tell it, so it is always missing.",
        "k8s.rs.labels exists",
    ),
    untold(
        "k8s.deployment.id",
        "Id of the deployment; runtimes do not tell it, so it is always missing.",
        "k8s.deployment.id exists",
    ),
    untold(
        "k8s.deployment.label",
        "One label of the deployment; runtimes do not tell it, so it is always missing.",
        "k8s.deployment.label[app] exists",
    )
    .arg(ArgRule::Required(ArgKind::Key)),
    untold(
        "k8s.deployment.labels",
        "All labels of the deployment; runtimes do not tell it, so it is always missing.",
        "k8s.deployment.labels exists",
    ),
    untold(
        "k8s.rc.name",
        "Name of the replication controller; runtimes do not tell it, so it is always missing.",
        "k8s.rc.name exists",
    ),
    untold(
        "k8s.rc.id",
        "Id of the replication controller; runtimes do not tell it, so it is always missing.",
        "k8s.rc.id exists",
    ),
    untold(
        "k8s.rc.label",
        "One label of the replication controller; runtimes do not tell it, so it is always missing.",
        "k8s.rc.label[app] exists",
    )
    .arg(ArgRule::Required(ArgKind::Key)),
    untold(
        "k8s.rc.labels",
        "All labels of the replication controller; runtimes do not tell it, so it is always missing.",
        "k8s.rc.labels exists",
    ),
    untold(
        "k8s.svc.name",
        "Name of the service; runtimes do not tell it, so it is always missing.",
        "k8s.svc.name exists",
    ),
    untold(
        "k8s.svc.id",
        "Id of the service; runtimes do not tell it, so it is always missing.",
        "k8s.svc.id exists",
    ),
    untold(
        "k8s.svc.label",
        "One label of the service; runtimes do not tell it, so it is always missing.",
        "k8s.svc.label[app] exists",
    )
    .arg(ArgRule::Required(ArgKind::Key)),
    untold(
        "k8s.svc.labels",
        "All labels of the service; runtimes do not tell it, so it is always missing.",
        "k8s.svc.labels exists",
    ),
];

/// What no runtime tells.
const fn untold(name: &'static str, doc: &'static str, example: &'static str) -> Field {
    row(name, doc, example, |_, _, _| None)
}

fn sandbox_id(container: &Container) -> Option<String> {
    if let Some(id) = label(container, "io.kubernetes.sandbox.id") {
        return Some(id.to_owned());
    }
    Some(json(container, "pod_sandbox_id")?.as_str()?.to_owned())
}

fn pod_label(container: &Container, key: &str) -> Option<String> {
    if let Some(value) = json(container, "pod_sandbox_labels").as_ref().and_then(|l| l.get(key)?.as_str()) {
        return Some(value.to_owned());
    }
    label(container, key).map(str::to_owned)
}

/// Names of replica set and deployment. A pod of a deployment is called `deployment-hash-random`, and carries
/// the hash as a label.
fn replica_set(container: &Container) -> Option<(&str, &str)> {
    let hash = pod_label(container, "pod-template-hash")?;
    let (set, _) = label(container, "io.kubernetes.pod.name")?.rsplit_once('-')?;
    let deployment = set.strip_suffix(hash.as_str())?.strip_suffix('-')?;
    Some((set, deployment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deployment_from_the_name_of_its_pod() {
        let labels =
            [("io.kubernetes.pod.name", "web-front-5d59d67564-x7k2p"), ("pod-template-hash", "5d59d67564")];
        let mut container = Container {
            labels: labels.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
            ..Container::default()
        };
        assert_eq!(replica_set(&container), Some(("web-front-5d59d67564", "web-front")));
        container.labels.pop();
        assert_eq!(replica_set(&container), None);
    }
}
