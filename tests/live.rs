//! The running machine. These tests need what `cscope --doctor` asks for, which root has.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{await_that, cscope, finish, has, run, scratch};
use crate::running::{Running, able, begun, elapsed, lossless, summary};

/// Time from a call to its line.
const SOON: Duration = Duration::from_millis(500);

fn cat(path: &Path) {
    let status = Command::new("cat").arg(path).stdout(Stdio::null()).status().expect("cat runs");
    assert!(status.success());
}

#[test]
fn opens_are_seen_at_once_and_ctrl_c_ends_with_a_summary() {
    if !able("opens seen live") {
        return;
    }
    let tmp = scratch();
    let (first, second) = (tmp.path().join("first"), tmp.path().join("second"));
    std::fs::write(&first, "1").and_then(|()| std::fs::write(&second, "2")).expect("files can be written");
    let capture = Running::start(&["--ring-size", "64", "proc.name=cat and evt.type=open"]);
    begun(&[&capture]);
    cat(&first);
    capture.line(|l| l.contains(first.to_str().expect("text")));
    // Each line comes without another one that follows; on a machine that has other things to do not always soon.
    let mut delays: Vec<Duration> = Vec::new();
    while delays.len() < 50 && delays.last().is_none_or(|delay| *delay > SOON) {
        let before = Instant::now();
        cat(&second);
        let (at, line) = capture.line(|l| l.contains(second.to_str().expect("text")));
        assert!(line.contains(" cat (") && line.contains(" openat "), "{line}");
        delays.push(at - before);
    }
    assert!(delays.last().is_some_and(|delay| *delay <= SOON), "from the call to its line: {delays:?}");
    let ran = capture.end("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let (seen, shown, lost) = summary(&ran.err);
    assert!(seen >= shown && shown > 0 && lost == 0, "{}", ran.err);
}

#[test]
fn sigterm_and_sighup_end_cleanly() {
    if !able("SIGTERM and SIGHUP") {
        return;
    }
    let tmp = scratch();
    let file = tmp.path().join("seen");
    std::fs::write(&file, "1").expect("a file can be written");
    for signal in ["TERM", "HUP"] {
        let capture = Running::start(&["proc.name=cat and evt.type=open"]);
        capture.wait_until_seen(|| cat(&file), file.to_str().expect("text"));
        let ran = capture.end(signal);
        assert_eq!(ran.code, Some(0), "{signal}: {}", ran.err);
        summary(&ran.err);
    }
}

#[test]
fn a_command_is_followed() {
    if !able("-- COMMAND") {
        return;
    }
    let tmp = scratch();
    let file = tmp.path().join("followed");
    std::fs::write(&file, "1").expect("a file can be written");
    let name = file.to_str().expect("text");
    let trace = tmp.path().join("trace");
    let script = format!("cat {name}; exit 7");
    let ran = run(["-o", trace.to_str().expect("text"), "--", "sh", "-c", &script]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(7), "1"), "{}", ran.err);
    let lines = std::fs::read_to_string(&trace).expect("the lines are there");
    let first = lines.lines().next().expect("a line");
    assert!(first.contains(" sh (") && first.contains(" execve "), "{first}");
    assert!(
        lines.lines().any(|l| l.contains(" cat (") && l.contains(" openat ") && l.contains(name)),
        "{lines}"
    );
    assert!(
        lines.lines().all(|l| l.contains(" sh (") || l.contains(" cat (")),
        "only the command and its children"
    );
    let (_, _, lost) = summary(&ran.err);
    assert_eq!(lost, 0);
}

#[test]
fn the_exit_status_is_that_of_the_command() {
    if !able("exit status of -- COMMAND") {
        return;
    }
    let code = |words: &[&str]| run(["-q", "--"].iter().chain(words)).code;
    assert_eq!(code(&["true"]), Some(0));
    assert_eq!(code(&["sh", "-c", "exit 42"]), Some(42));
    assert_eq!(code(&["sh", "-c", "kill -9 $$"]), Some(137));
    assert_eq!(code(&["sh", "-c", "kill -TERM $$"]), Some(143));
    assert_eq!(code(&["no-such-command-here"]), Some(127));
    assert_eq!(code(&["/etc/passwd"]), Some(126));
}

#[test]
fn limits_stop_a_live_capture() {
    if !able("-n and -M live") {
        return;
    }
    let started = Instant::now();
    let ran = run(["-M", "1", "proc.name=no-such-process"]).ok();
    assert!(started.elapsed() > Duration::from_millis(950), "{:?}", started.elapsed());
    assert_eq!(ran.out, "");
    let ran = run(["-n", "5", "-p", "%evt.type"]).ok();
    assert_eq!(ran.lines().len(), 5);
}

#[test]
fn nothing_is_lost_at_full_speed() {
    if !able("dd under capture") {
        return;
    }
    let tmp = scratch();
    let file = tmp.path().join("dd.scap.zst");
    let name = file.to_str().expect("text");
    const COUNT: usize = 100_000;
    let count = format!("count={COUNT}");
    let dd = ["-w", name, "--", "dd", "if=/dev/zero", "of=/dev/null", "bs=1", &count, "status=none"];
    let ran = lossless(|size| run(["--ring-size", size].iter().chain(&dd)).ok());
    let (_, written, _) = summary(&ran.err);
    assert!(written as usize > 2 * COUNT, "{}", ran.err);
    let calls = |kind: &str, dev: &str| {
        let filter = format!("proc.name=dd and evt.type={kind} and fd.name={dev} and evt.rawres=1");
        run(["-r", name, "-p", "%evt.num", &filter]).ok().lines().len()
    };
    assert_eq!(calls("read", "/dev/zero"), COUNT);
    assert_eq!(calls("write", "/dev/null"), COUNT);
}

#[test]
fn live_captures_are_read_back() {
    if !able("-w live") {
        return;
    }
    let tmp = scratch();
    let marker = tmp.path().join("marker");
    std::fs::write(&marker, "what was read").expect("a file can be written");
    for form in ["scap", "scap.gz", "scap.zst"] {
        let file = tmp.path().join(format!("live.{form}"));
        let name = file.to_str().expect("text");
        let filter = "proc.name=cat and evt.type in (openat, read, close, execve)";
        run(["-w", name, filter, "--", "cat", marker.to_str().expect("text")]).ok();
        let fields = "%proc.name %evt.type %fd.name %evt.buffer";
        let out = run(["-r", name, "-p", fields, "evt.type=read"]).ok().out;
        let read = format!("cat read {} what was read\n", marker.display());
        assert!(out.contains(&read), "{form}: {out}");
        if form != "scap.zst" && has("sysdig reads live captures", "sysdig") {
            let theirs =
                finish(Command::new("sysdig").args(["-r", name, "-p", fields, "evt.type=read"])).ok();
            assert!(theirs.out.contains(read.trim_end()), "{form}: {}", theirs.out);
        }
        // It is data that is cut, never names (28 of the tricky cases).
        let cut = run(["-s", "4", "-w", name, filter, "--", "cat", marker.to_str().expect("text")]);
        assert_eq!(cut.code, Some(0), "{}", cut.err);
        let out =
            run(["-r", name, "-p", "%evt.buffer", "evt.type=read and fd.name contains marker"]).ok().out;
        assert!(out.lines().any(|l| l == "what"), "{form}: {out}");
    }
}

#[test]
fn data_is_kept_up_to_the_length_asked_for() {
    if !able("-s live") || !has("-s live", "python3") {
        return;
    }
    let tmp = scratch();
    let file = tmp.path().join("long.scap.zst");
    let name = file.to_str().expect("text");
    // 100,000 bytes in one piece, in two, and with a hole behind the first 8,192.
    let script = "import os,mmap,ctypes\n\
        f=os.open('/dev/null',os.O_WRONLY)\n\
        b=bytes(i%251 for i in range(100000))\n\
        os.write(f,b)\n\
        os.writev(f,[b[:30000],b[30000:]])\n\
        m=mmap.mmap(-1,3*4096); m.write(b[:12288]); a=ctypes.addressof(ctypes.c_char.from_buffer(m))\n\
        l=ctypes.CDLL(None); l.munmap(ctypes.c_void_p(a+8192),4096)\n\
        l.write(f,ctypes.c_void_p(a),12288); os._exit(0)";
    for (snaplen, whole) in [(80, 80), (20_000, 20_000), (65_535, 65_535)] {
        let filter = "proc.name=python3 and evt.type in (write, writev) and fd.name=/dev/null";
        let asked = snaplen.to_string();
        run(["-s", &asked, "-w", name, filter, "--", "python3", "-c", script]).ok();
        let out = run(["-r", name, "-j", "-p", "*%evt.type %evt.arg.data"]).ok().out;
        let data: Vec<usize> = out
            .lines()
            .filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok())
            .filter_map(|v| Some(v["evt.arg.data"].as_str()?.len()))
            .collect();
        let hole = whole.min(8192);
        assert_eq!(data, [whole, whole, hole], "{snaplen}: {out:.200}");
    }
}

#[test]
fn data_is_the_same_whichever_way_it_is_read() {
    if !able("--no-direct") {
        return;
    }
    let tmp = scratch();
    let file = tmp.path().join("text");
    let text: String = (0..40).map(|n| format!("line {n} of a text\n")).collect();
    std::fs::write(&file, &text).expect("a file can be written");
    let script = format!("while read line; do echo \"$line\"; done <{} | cat", file.display());
    let data = |flags: &[&str]| {
        let trace = tmp.path().join("trace");
        let to = ["-v", "-o", trace.to_str().expect("text")];
        let what = ["-p", "%proc.name %evt.arg.data", "proc.name in (sh, cat) and evt.type in (read, write)"];
        let command = ["--", "sh", "-c", &script];
        let ran = run(flags.iter().chain(&to).chain(&what).chain(&command)).ok();
        let mut lines: Vec<String> =
            std::fs::read_to_string(&trace).expect("lines are there").lines().map(str::to_owned).collect();
        lines.sort();
        (lines, ran.err.contains("is read where the kernel maps it"))
    };
    let ((by_helper, told), (directly, _)) = (data(&["--no-direct"]), data(&[]));
    assert!(!told, "--no-direct reads with the kernel's helper");
    let of_shell =
        |lines: &[String]| lines.iter().filter(|l| l.starts_with("sh ")).cloned().collect::<Vec<_>>();
    assert_eq!(of_shell(&by_helper), of_shell(&directly));
    for number in 0..40 {
        let line = format!("sh line {number} of a text");
        assert!(by_helper.iter().any(|l| l.starts_with(&line)), "{line}: {by_helper:#?}");
    }
}

#[test]
fn the_path_the_kernel_found_is_kept() {
    if !able("kernel paths of opens") {
        return;
    }
    let tmp = scratch();
    let dir = tmp.path().canonicalize().expect("a path");
    let (real, link) = (dir.join("real"), dir.join("link"));
    std::fs::write(&real, "x").expect("a file can be written");
    std::os::unix::fs::symlink("real", &link).expect("a link can be made");
    let file = dir.join("paths.scap.zst");
    let name = file.to_str().expect("text");
    let filter = format!("evt.type=openat and evt.arg.name in ({}, {})", link.display(), real.display());
    run([OsStr::new("-w"), file.as_os_str(), OsStr::new(&filter), OsStr::new("--"), OsStr::new("cat")]
        .into_iter()
        .chain([real.as_os_str(), link.as_os_str(), Path::new("/dev/null").as_os_str()]))
    .ok();
    let out = run(["-D", "-j", "-p", "*%evt.type %evt.args", "-r", name]).ok().out;
    let kinds: Vec<String> = out
        .lines()
        .filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok())
        .filter_map(|v| Some(v["evt.type"].as_str()?.to_owned()))
        .filter(|kind| kind == "openat" || kind.starts_with("cscope"))
        .collect();
    // The first open found what it named; only the second one needs a word.
    assert_eq!(kinds, ["openat", "cscope_path", "openat"], "{out}");
    let path = out.lines().find(|l| l.contains("cscope_path")).expect("checked");
    assert!(path.contains(&format!("{}", real.display())), "{path}");
}

#[test]
fn latencies_are_measured_where_asked_for() {
    if !able("evt.latency live") {
        return;
    }
    let filter = "evt.type in (nanosleep, clock_nanosleep) and evt.latency >= 100000000";
    let tmp = scratch();
    let trace = tmp.path().join("trace");
    run(["-o", trace.to_str().expect("text"), "-p", "%evt.latency", filter, "--", "sleep", "0.15"]).ok();
    let out = std::fs::read_to_string(trace).expect("the lines are there");
    let latency: u64 = out.trim().parse().unwrap_or_else(|_| panic!("one latency: {out:?}"));
    assert!((150_000_000..60_000_000_000).contains(&latency), "{latency}");
}

#[test]
fn chisels_run_live() {
    if !able("chisels live") {
        return;
    }
    let tmp = scratch();
    let big = tmp.path().join("big");
    std::fs::write(&big, vec![b'x'; 3 << 20]).expect("a file can be written");
    let name = big.to_str().expect("text");
    // A command: one table at its end.
    let out = run(["-c", "topfiles_bytes", "--", "sh", "-c", &format!("cat {name} > /dev/null")]).ok().out;
    let row = out.lines().find(|l| l.ends_with(name)).unwrap_or_else(|| panic!("{out}"));
    assert!(row.starts_with("3.00M "), "{out}");
    // The machine: one table a second.
    let capture = Running::start(&["-c", "topfiles_bytes"]);
    capture.wait_until_seen(|| cat(&big), name);
    let ran = capture.end("INT");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // Views of the state need one look.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let out = run(["-c", "netstat"]).ok().out;
    let row = out.lines().find(|l| l.contains(&address)).unwrap_or_else(|| panic!("{address}: {out}"));
    assert!(row.contains(" LISTEN ") && row.contains(&format!("/{}/", std::process::id())), "{row}");
    let open = std::fs::File::open(&big).expect("the file is there");
    let out = run(["-c", "lsof", &format!("fd.name={name}")]).ok().out;
    assert!(out.lines().any(|l| l.ends_with(name) && l.contains(&std::process::id().to_string())), "{out}");
    drop(open);
}

#[test]
fn pictures_are_drawn_in_place_and_the_terminal_is_restored() {
    if !able("chisels on a terminal") || !has("chisels on a terminal", "script") {
        return;
    }
    let program = env!("CARGO_BIN_EXE_cscope");
    let command = format!("{program} -M 2.5 -c topscalls");
    let ran = finish(Command::new("script").env("TERM", "xterm").args(["-qec", &command, "/dev/null"]));
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert_eq!(ran.out.matches("\x1b[?1049h").count(), 1, "{:?}", ran.out);
    assert_eq!(ran.out.matches("\x1b[?1049l").count(), 1, "{:?}", ran.out);
    // One a second, of which a busy machine may leave out some.
    let pictures = ran.out.matches("\x1b[H").count();
    assert!((1..=elapsed(&ran.out.replace('\r', "")) as usize).contains(&pictures), "{:?}", ran.out);
    let (_, after) = ran.out.split_once("\x1b[?1049l").expect("left");
    assert!(after.contains("# Calls"), "the last picture stays: {after:?}");
}

#[test]
fn signals_are_handed_on_to_the_command() {
    if !able("signals for -- COMMAND") {
        return;
    }
    let tmp = scratch();
    let ready = tmp.path().join("ready");
    let script = format!("trap 'exit 9' INT; echo > {}; while :; do sleep 0.1; done", ready.display());
    // In a group of its own: what is typed at the terminal of the tests reaches a command by itself, and so a SIGINT is
    // not handed on in the foreground.
    let capture = Running::of(cscope().args(["-q", "--", "sh", "-c", &script]).process_group(0));
    await_that("the command", || ready.exists());
    let ran = capture.end("INT");
    assert_eq!(ran.code, Some(9), "{}", ran.err);
    summary(&ran.err);
}

#[test]
fn two_capabilities_are_enough() {
    if !able("live capture without root") || !has("live capture without root", "setpriv") {
        return;
    }
    // Another user cannot reach the directories that tests are built in.
    let tmp =
        tempfile::Builder::new().permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755)).tempdir();
    let tmp = tmp.expect("a directory");
    let program = tmp.path().join("cscope");
    std::fs::copy(env!("CARGO_BIN_EXE_cscope"), &program).expect("a copy");
    let nobody = |capabilities: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).args(capabilities);
        finish(command.arg(&program).args(["-n", "3", "-p", "%evt.type"]))
    };
    let ran = nobody(&["--inh-caps=+bpf,+perfmon", "--ambient-caps=+bpf,+perfmon"]).ok();
    assert_eq!(ran.lines().len(), 3, "{}", ran.err);
    let ran = nobody(&[]);
    assert_eq!(ran.code, Some(1));
    for word in ["CAP_BPF", "CAP_PERFMON", "setcap", "--doctor"] {
        assert!(ran.err.contains(word), "{word}: {}", ran.err);
    }
}

/// The switch that gives the CPU back is one of the idle task, or of a program that is not watched.
#[test]
fn what_sleeps_is_off_the_cpu() {
    if !able("evt.wait") {
        return;
    }
    let filter = "evt.type = clock_nanosleep and proc.name = sleep";
    let ran = lossless(|ring| {
        run(["--ring-size", ring, "--switches", "-p", "%evt.latency %evt.wait", filter, "--", "sleep", "0.2"])
    });
    let numbers: Vec<u64> = ran.out.split_whitespace().map(|n| n.parse().expect("a number")).collect();
    let [latency, wait] = numbers[..] else { panic!("one call: {}", ran.out) };
    assert!((150_000_000..=latency).contains(&wait), "{wait} of {latency} ns");
}
