//! Completion as a shell asks for it.

use crate::harness::{cscope, finish, has, run};

/// What bash would offer for a line, of which it replaces `current`.
fn bash(line: &str, current: &str) -> Vec<String> {
    let script = r#"
        source <("$CSCOPE" --shell-completion bash)
        COMP_LINE=$1 COMP_POINT=${#1}
        _cscope "$CSCOPE" "$2" previous
        printf '%s\n' "${COMPREPLY[@]}""#;
    let mut command = std::process::Command::new("bash");
    command.args(["-c", script, "bash", line, current]).env("CSCOPE", cscope().get_program());
    let ran = finish(&mut command).ok();
    ran.out.lines().map(str::to_owned).collect()
}

#[test]
fn bash_offers_what_fits() {
    if !has("completion in bash", "bash") {
        return;
    }
    let opens = bash("cscope evt.type=open", "open");
    assert!(
        opens.contains(&"openat2".to_owned()) && opens.iter().all(|o| o.starts_with("open")),
        "{opens:?}"
    );
    let quoted = bash("cscope -pc 'container.name=db and proc.na", "container.name=db and proc.na");
    assert_eq!(quoted, ["container.name=db and proc.name"]);
    assert_eq!(bash("cscope --unbuf", "--unbuf"), ["--unbuffered"]);
    assert!(bash("cscope -c net", "net").contains(&"netstat".to_owned()));
    let own = std::process::id();
    let comm = std::fs::read_to_string(format!("/proc/{own}/comm")).expect("procfs");
    assert!(bash("cscope proc.name=", "").contains(&comm.trim_end().to_owned()));
}

#[test]
fn there_is_a_script_for_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(["--shell-completion", shell]).ok().out;
        assert!(script.contains("--offer"), "{shell}");
    }
}
