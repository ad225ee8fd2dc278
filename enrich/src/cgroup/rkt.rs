//! Apps of rkt pods. No single path of a control group tells of them: the app is the last service of a path, the
//! pod is named by the scope above it, or by whoever started the process.

/// Characters of a pod's id.
const UUID: usize = 36;
/// Where pods live on the host.
const PODS: &[u8] = b"/var/lib/rkt/pods/run/";

/// What containers of rkt are known by, `POD:APP`.
pub(crate) fn id(pod: &[u8], app: &[u8]) -> Vec<u8> {
    [pod, b":", app].concat()
}

/// The app that a process with this list of groups would be, if it were one of a pod: the name of its service.
pub(crate) fn app(cgroups: &[u8]) -> Option<&[u8]> {
    let name = |item: &[u8]| item.iter().rposition(|&b| b == b'/').map(|slash| slash + 1);
    let mut services = cgroups.split(|&b| b == 0).filter_map(|item| item.strip_suffix(b".service"));
    services.find_map(|item| item.get(name(item)?..)).filter(|app| !app.is_empty())
}

/// The pod whose scope stands in a path of this list: `machine-rkt\x2dUUID.scope`, every hyphen written so.
pub(crate) fn pod_of_scope(cgroups: &[u8]) -> Option<Vec<u8>> {
    let mut parts = cgroups.split(|&b| b == 0 || b == b'/');
    parts.find_map(|part| {
        let escaped = part.strip_prefix(br"machine-rkt\x2d")?.strip_suffix(b".scope")?;
        let mut pod = Vec::with_capacity(UUID);
        let mut rest = escaped;
        while let Some((&first, behind)) = rest.split_first() {
            rest = rest.strip_prefix(br"\x2d").inspect(|_| pod.push(b'-')).unwrap_or_else(|| {
                pod.push(first);
                behind
            });
        }
        Some(pod).filter(|pod| is_uuid(pod))
    })
}

/// Pod and app of a process that only changed its root directory:
/// `/var/lib/rkt/pods/run/POD/stage1/rootfs/opt/stage2/APP/rootfs`.
pub(crate) fn of_root(root: &[u8]) -> Option<(&[u8], &[u8])> {
    let (pod, rest) = root.strip_prefix(PODS)?.split_at_checked(UUID)?;
    let app = rest.strip_prefix(b"/stage1/rootfs/opt/stage2/")?.split(|&b| b == b'/').next()?;
    let below = rest.get(26 + app.len()..)?;
    (is_uuid(pod) && !app.is_empty() && below.starts_with(b"/rootfs")).then_some((pod, app))
}

/// The pod that an ancestor of a process tells of, by a variable or an argument of its own.
pub(crate) fn pod_of<'a>(args: &'a [u8], env: &'a [u8]) -> Option<&'a [u8]> {
    let told = |list: &'a [u8], name: &[u8]| list.split(|&b| b == 0).find_map(|item| item.strip_prefix(name));
    told(env, b"container_uuid=").or_else(|| told(args, b"--uuid=")).filter(|pod| is_uuid(pod))
}

/// True when arguments say that a pod of rkt is meant: systemd-nspawn, too, tells its machines' ids so.
pub(crate) fn is_named(args: &[u8], pod: &[u8]) -> bool {
    args.split(|&b| b == 0).any(|arg| {
        let machine = arg.strip_prefix(b"--machine=").unwrap_or(arg);
        machine.strip_prefix(b"rkt-") == Some(pod) || arg.windows(PODS.len()).any(|w| w == PODS)
    })
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == UUID && text.iter().all(|&b| b.is_ascii_hexdigit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &[u8] = b"77a4e9b2-1c3d-4e5f-8a6b-0c1d2e3f4a5b";

    #[test]
    fn apps_and_pods() {
        let scope = String::from_utf8_lossy(POD).replace('-', r"\x2d");
        let list =
            format!("cpu=/\0memory=/machine.slice/machine-rkt\\x2d{scope}.scope/system.slice/etcd.service\0");
        assert_eq!(app(list.as_bytes()), Some(&b"etcd"[..]));
        assert_eq!(pod_of_scope(list.as_bytes()).as_deref(), Some(POD));
        assert_eq!(id(POD, b"etcd"), [POD, b":etcd"].concat());
        for other in
            ["cpu=/machine.slice/machine-rkt\\x2dx.scope/a\0", "cpu=/.service\0", "", "cpu=/a.slice\0"]
        {
            assert_eq!((app(other.as_bytes()), pod_of_scope(other.as_bytes())), (None, None), "{other}");
        }
    }

    #[test]
    fn roots() {
        let root = |pod: &[u8], rest: &str| [PODS, pod, rest.as_bytes()].concat();
        let whole = root(POD, "/stage1/rootfs/opt/stage2/web/rootfs");
        assert_eq!(of_root(&whole), Some((POD, &b"web"[..])));
        for (pod, rest) in [
            (POD, "/stage1/rootfs/opt/stage2/web"),
            (POD, "/stage1/rootfs/opt/stage2//rootfs"),
            (POD, "/stage1"),
            (&POD[1..], "/stage1/rootfs/opt/stage2/web/rootfs"),
        ] {
            assert_eq!(of_root(&root(pod, rest)), None, "{rest}");
        }
    }

    #[test]
    fn what_ancestors_tell() {
        let list = |front: &str| [front.as_bytes(), POD, b"\0x\0"].concat();
        assert_eq!(pod_of(b"", &list("A=1\0container_uuid=")), Some(POD));
        assert_eq!(pod_of(&list("--boot\0--uuid="), b""), Some(POD));
        assert_eq!(pod_of(b"--uuid=1\0", b"container_uuid=\0"), None);
        assert!(is_named(&list("--machine=rkt-"), POD) && is_named(&list("/var/lib/rkt/pods/run/"), POD));
        assert!(!is_named(&list("--machine=web-"), POD) && !is_named(b"", POD));
    }
}
