//! What is needed to capture, and what is said when it is missing.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use cscope_capture::{EventSource, Step};
use cscope_probe::{Options, Probe};

use crate::harness::{skip, turn};

/// Set in the copy of this program that runs as nobody.
const NOBODY: &str = "CSCOPE_PROBE_NOBODY";

/// Runs one test of this program as nobody with these capabilities; `None` when we may not do that.
fn as_nobody(test: &str, capabilities: &str) -> Option<Output> {
    // SAFETY: geteuid has no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        skip("only root may become nobody");
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = dir.path().join("live");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    if !capabilities.is_empty() {
        command.args([format!("--inh-caps={capabilities}"), format!("--ambient-caps={capabilities}")]);
    }
    let run = command
        .arg(&program)
        .args(["--exact", test, "--nocapture"])
        .env(NOBODY, "1")
        .current_dir("/")
        .output();
    match run {
        Ok(output) => Some(output),
        Err(e) => {
            skip(&format!("setpriv: {e}"));
            None
        }
    }
}

#[test]
fn two_capabilities_suffice() {
    if std::env::var_os(NOBODY).is_some() {
        capture_as_nobody();
        return;
    }
    let _turn = turn();
    let Some(output) = as_nobody("privileges::two_capabilities_suffice", "+bpf,+perfmon") else { return };
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("captured as nobody"), "{output:?}");
}

fn capture_as_nobody() {
    // SAFETY: geteuid has no preconditions.
    assert_eq!(unsafe { libc::geteuid() }, 65534);
    let options = Options { include_self: true, latency: true, signals: true, ..Options::default() };
    let mut probe = Probe::open(&options).unwrap();
    let Step::Section(snapshot) = probe.step().unwrap() else { panic!() };
    assert!(snapshot.threads.len() > 1 && snapshot.fds.iter().any(|(_, fds)| !fds.is_empty()));
    assert!(probe.notes().is_empty(), "{:?}", probe.notes());
    let mut opens = 0;
    for _ in 0..1_000_000 {
        let _ = std::fs::File::open("/etc/passwd");
        match probe.step().unwrap() {
            Step::Event(event) if event.text(2) == Some(b"/etc/passwd") => opens += 1,
            _ => {}
        }
        if opens > 3 {
            break;
        }
    }
    assert!(opens > 3);
    eprintln!("captured as nobody");
}

#[test]
fn without_them_the_message_says_what_to_do() {
    if std::env::var_os(NOBODY).is_some() {
        eprintln!("{}", Probe::open(&Options::default()).unwrap_err());
        return;
    }
    let _turn = turn();
    let test = "privileges::without_them_the_message_says_what_to_do";
    let Some(output) = as_nobody(test, "") else { return };
    let text = String::from_utf8_lossy(&output.stderr);
    for word in ["CAP_BPF and CAP_PERFMON", "sudo", "setcap cap_bpf,cap_perfmon+ep"] {
        assert!(text.contains(word), "{output:?}");
    }
    let Some(output) = as_nobody(test, "+bpf") else { return };
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("needs CAP_PERFMON:") && !text.contains("libbpf"), "{text}");
}
