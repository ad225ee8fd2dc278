//! What live capture needs from the machine, and what to do about each thing that is missing.

use std::fs;

use crate::failure::{self, BTF, OLDEST};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// Whether it is as live capture needs it.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do about it, with the command, when `ok` is false and something is known to help.
    pub fix: Option<String>,
}

impl Check {
    /// A check that failed when there is a remedy.
    fn new(name: &'static str, detail: impl Into<String>, fix: Option<String>) -> Self {
        Self { name, ok: fix.is_none(), detail: detail.into(), fix }
    }
}

/// Looks at everything live capture needs from this machine and this process.
pub fn doctor() -> Vec<Check> {
    vec![kernel(), btf(), capabilities(), numbers(), lockdown(), unprivileged(), cgroups()]
}

fn kernel() -> Check {
    let version = failure::kernel_version();
    let detail = format!("Linux {version}, {}.{} or newer is needed", OLDEST.0, OLDEST.1);
    Check::new("kernel", detail, failure::too_old())
}

fn btf() -> Check {
    let detail = match fs::metadata(BTF) {
        Ok(meta) => format!("{BTF}, {} KiB", meta.len() / 1024),
        Err(e) => format!("{BTF}: {e}"),
    };
    Check::new("kernel type information (BTF)", detail, failure::missing_btf())
}

fn capabilities() -> Check {
    let has = |cap: u32| failure::effective_capabilities().is_some_and(|c| c & (1 << cap) != 0);
    let held: Vec<_> = [
        (failure::CAP_BPF, "CAP_BPF"),
        (failure::CAP_PERFMON, "CAP_PERFMON"),
        (failure::CAP_SYS_ADMIN, "CAP_SYS_ADMIN"),
    ]
    .into_iter()
    .filter(|(cap, _)| has(*cap))
    .map(|(_, name)| name)
    .collect();
    let detail = if held.is_empty() { "none that helps".to_owned() } else { held.join(", ") };
    Check::new("capabilities", detail, failure::missing_capabilities().or_else(failure::foreign_users))
}

fn numbers() -> Check {
    let fix = failure::numbered_apart();
    let detail = if fix.is_none() { "those of the kernel" } else { "those of a container" };
    Check::new("numbers of processes", detail, fix)
}

fn lockdown() -> Check {
    let state = fs::read_to_string("/sys/kernel/security/lockdown").unwrap_or_default();
    let detail = if state.is_empty() { "not compiled in or not mounted" } else { state.trim() };
    Check::new("kernel lockdown", detail, failure::locked_down())
}

/// Not a requirement: says who may load programs at all.
fn unprivileged() -> Check {
    let value = fs::read_to_string("/proc/sys/kernel/unprivileged_bpf_disabled").unwrap_or_default();
    let detail = match value.trim() {
        "0" => "0: anybody may load harmless programs; ours need the capabilities",
        "1" | "2" => "programs need CAP_BPF, which ours do anyway",
        _ => "unknown",
    };
    Check::new("kernel.unprivileged_bpf_disabled", detail, None)
}

/// Not a requirement either: says where container identities come from.
fn cgroups() -> Check {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let unified = groups.lines().any(|l| l.starts_with("0::"));
    let controllers = groups.lines().any(|l| !l.starts_with("0::"));
    let detail = match (controllers, unified) {
        (true, true) => "v1 and v2 (hybrid)",
        (true, false) => "v1",
        (false, true) => "v2",
        (false, false) => "none: containers cannot be told apart",
    };
    Check::new("control groups", detail, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_has_a_remedy() {
        for check in doctor() {
            assert!(!check.name.is_empty() && !check.detail.is_empty(), "{check:?}");
            assert_eq!(check.ok, check.fix.is_none(), "{check:?}");
        }
    }
}
