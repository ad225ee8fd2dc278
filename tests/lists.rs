//! Lists: fields, events, chisels, help.

use crate::harness::run;

#[test]
fn fields_events_chisels() {
    let fields = run(["-l"]).ok().out;
    for name in ["evt.type", "proc.name", "fd.name", "user.name", "container.name", "thread.tid"] {
        assert!(fields.contains(name), "{name}");
    }
    let some = run(["-l", "user", "group"]).ok().out;
    assert!(
        some.contains("user.name") && some.contains("group.name") && !some.contains("proc.name"),
        "{some}"
    );
    let none = run(["-l", "nosuchfield"]);
    assert!(none.code == Some(1) && none.err.contains("`nosuchfield`"), "{}", none.err);
    let one = run(["-l", "fd.name"]).ok().out;
    assert!(one.starts_with("fd.name ") && one.contains("Example: "), "{one}");
    let net = run(["-l", "net"]).ok().out;
    assert!(net.contains("fd.net ") && !net.contains("proc.name "), "{net}");
    let markdown = run(["--list-markdown", "fd"]).ok().out;
    assert!(markdown.contains("| `fd.name` |") && !markdown.contains("`proc.name` |"), "{markdown}");
    let opens = run(["-L", "open"]).ok().out;
    assert!(opens.contains("< openat2(") && opens.lines().all(|l| l.contains("open")), "{opens}");
    assert_eq!(run(["-L", "nosuchcall"]).code, Some(1));
    let events = run(["-L"]).ok().out;
    assert!(events.contains("openat("), "the events");
    let chisels = run(["-cl"]).ok().out;
    for name in ["topfiles_bytes", "topprocs_net", "spy_users", "netstat", "lsof"] {
        assert!(chisels.lines().any(|l| l.starts_with(name)), "{name}");
    }
    assert!(chisels.contains("Category: Net\n-------------\n"), "{chisels}");
    assert_eq!(chisels, run(["--list-chisels"]).ok().out);
}

#[test]
fn a_chisel_is_explained() {
    let text = run(["-i", "fdbytes_by"]).ok().out;
    assert!(text.contains("key (field)"), "{text}");
    assert_eq!(run(["-i", "nosuch"]).code, Some(1));
}

#[test]
fn help_and_version() {
    let help = run(["--help"]).ok().out;
    for flag in ["-r, --read", "-w, --write", "-c, --chisel", "--pairs", "-- COMMAND"] {
        assert!(help.contains(flag), "{flag}");
    }
    assert!(!help.contains("exec-when-told"), "hidden");
    assert_eq!(run(["--version"]).ok().out, concat!("cscope ", env!("CARGO_PKG_VERSION"), "\n"));
}
