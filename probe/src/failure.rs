//! Failures in our own words: what is missing, and the command that mends it.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Once;

use cscope_capture::{Error, ErrorKind};
use libbpf_rs::PrintLevel;

/// Numbers of the capabilities live capture needs, and of the one that stands for both.
pub(crate) const CAP_SYS_ADMIN: u32 = 21;
pub(crate) const CAP_PERFMON: u32 = 38;
pub(crate) const CAP_BPF: u32 = 39;

/// Words for a namespace of process numbers.
pub(crate) const NUMBERED_APART: &str = "processes have numbers of their own in this container, not those that the kernel \
     reports: run it with those of the host (docker run --pid=host)";

/// The kernel's type information.
pub(crate) const BTF: &str = "/sys/kernel/btf/vmlinux";

/// Oldest kernel whose BPF has all that is used.
pub(crate) const OLDEST: (u32, u32) = (5, 17);

thread_local! {
    /// What libbpf last complained about; only shown in messages about things we have no words for.
    static COMPLAINT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps libbpf off stderr, unless the environment variable `CSCOPE_LIBBPF_LOG` is set.
pub(crate) fn listen_to_libbpf() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::env::var_os("CSCOPE_LIBBPF_LOG").is_some();
        let level = if loud { PrintLevel::Debug } else { PrintLevel::Warn };
        libbpf_rs::set_print(Some((level, if loud { print } else { remember })));
    });
    forget();
}

fn print(_: PrintLevel, text: String) {
    eprint!("{text}");
}

fn remember(_: PrintLevel, text: String) {
    COMPLAINT.with_borrow_mut(|complaint| {
        // The first complaint names the cause, the others what follows from it. The verifier's log comes as
        // one long text whose end says why, before a line of figures.
        let verifier = text.contains("PROG LOAD LOG");
        if complaint.is_empty() || verifier {
            let said = |l: &&str| {
                !l.trim().is_empty() && !l.contains("PROG LOAD LOG") && !l.starts_with("processed ")
            };
            *complaint = text.lines().rev().find(said).unwrap_or_default().trim().to_owned();
        }
    });
}

/// Forgets earlier complaints.
fn forget() {
    COMPLAINT.with_borrow_mut(String::clear);
}

/// What must hold before loading is tried.
pub(crate) fn before_load() -> Result<(), Error> {
    if let Some(missing) = too_old().or_else(missing_btf).or_else(numbered_apart) {
        return Err(broken(missing));
    }
    match missing_capabilities() {
        Some(missing) => Err(broken(missing)),
        None => Ok(()),
    }
}

/// A failure with these words.
pub(crate) fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Probe, message)
}

/// A failure that libbpf reports while doing `what`.
pub(crate) fn of(what: &str, error: &libbpf_rs::Error) -> Error {
    let refused = matches!(error.kind(), libbpf_rs::ErrorKind::PermissionDenied);
    if refused && let Some(reason) = refusal() {
        return broken(format!("{what}: {reason}"));
    }
    if let Some(reason) = too_old() {
        return broken(format!("{what}: {reason}"));
    }
    let complaint = COMPLAINT.with_borrow(String::clone);
    let detail = if complaint.is_empty() { String::new() } else { format!(" ({complaint})") };
    broken(format!("{what} failed: {error}{detail}; run with CSCOPE_LIBBPF_LOG=1 for the whole story"))
}

/// Words for a namespace of process numbers, of which the first one has a number that is fixed.
pub(crate) fn numbered_apart() -> Option<String> {
    let own = std::fs::read_link("/proc/self/ns/pid").ok()?;
    (own.as_os_str() != "pid:[4026531836]").then(|| NUMBERED_APART.to_owned())
}

/// Words for absent type information.
pub(crate) fn missing_btf() -> Option<String> {
    (!Path::new(BTF).exists()).then(|| {
        format!(
            "this kernel offers no type information ({BTF} is missing), which live capture needs: boot a \
             kernel built with CONFIG_DEBUG_INFO_BTF=y, such as Debian's (sudo apt-get install \
             linux-image-amd64), or mount sysfs (sudo mount -t sysfs sysfs /sys)"
        )
    })
}

/// Words for absent capabilities.
pub(crate) fn missing_capabilities() -> Option<String> {
    let effective = effective_capabilities()?;
    let has = |cap: u32| effective & (1 << cap) != 0;
    if has(CAP_SYS_ADMIN) {
        return None;
    }
    let missing: Vec<_> = [(CAP_BPF, "CAP_BPF"), (CAP_PERFMON, "CAP_PERFMON")]
        .into_iter()
        .filter(|(cap, _)| !has(*cap))
        .map(|(_, name)| name)
        .collect();
    if missing.is_empty() {
        return None;
    }
    let program = std::env::current_exe().map_or_else(|_| "cscope".into(), |p| p.display().to_string());
    Some(format!(
        "live capture needs {}: run it with sudo, or once sudo setcap cap_bpf,cap_perfmon+ep {program}",
        missing.join(" and ")
    ))
}

/// Our effective capabilities; unknown when /proc is not there.
pub(crate) fn effective_capabilities() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|l| l.strip_prefix("CapEff:"))?;
    u64::from_str_radix(value.trim(), 16).ok()
}

/// Why the kernel refuses although the capabilities are there.
pub(crate) fn refusal() -> Option<String> {
    if let Some(missing) = missing_capabilities() {
        return Some(missing);
    }
    locked_down().or_else(foreign_users)
}

/// Words for rights that are none outside.
pub(crate) fn foreign_users() -> Option<String> {
    in_user_namespace().then(|| {
        "the kernel refuses BPF inside a user namespace: run cscope on the host, or in a container with \
         the host's users (docker run --privileged --pid=host)"
            .to_owned()
    })
}

/// Words for a kernel that lets nobody look into it.
pub(crate) fn locked_down() -> Option<String> {
    let lockdown = std::fs::read_to_string("/sys/kernel/security/lockdown").unwrap_or_default();
    lockdown.contains("[confidentiality]").then(|| {
        "the kernel is locked down in confidentiality mode, which forbids BPF to read kernel memory: boot \
         with lockdown=integrity on the kernel's command line"
            .to_owned()
    })
}

/// True when our user 0 is not the machine's.
fn in_user_namespace() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let words: Vec<_> = map.split_whitespace().collect();
    !words.is_empty() && words != ["0", "0", "4294967295"]
}

/// Words for a kernel that is too old.
pub(crate) fn too_old() -> Option<String> {
    older_than_needed(&kernel_version())
}

fn older_than_needed(version: &str) -> Option<String> {
    let known = parse_version(version)?;
    (known < OLDEST).then(|| {
        format!(
            "kernel {version} is too old for live capture, which needs Linux {}.{} or newer: sudo apt-get \
             install linux-image-amd64, and boot it",
            OLDEST.0, OLDEST.1
        )
    })
}

/// Version of the running kernel.
pub(crate) fn kernel_version() -> String {
    std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned()
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_versions_are_read() {
        assert_eq!(parse_version("6.18.44-fc-v669"), Some((6, 18)));
        assert_eq!(parse_version("5.10.0-28-amd64"), Some((5, 10)));
        assert_eq!(parse_version("none"), None);
        let refused = older_than_needed("5.10.0-28-amd64").expect("too old");
        assert!(
            refused.contains("kernel 5.10.0-28-amd64 is too old") && refused.contains("Linux 5.17"),
            "{refused}"
        );
        assert_eq!(older_than_needed("5.17.0"), None);
        assert_eq!(older_than_needed("6.1.0-56-cloud-amd64"), None);
    }
}
