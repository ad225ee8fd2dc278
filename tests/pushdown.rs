//! What the kernel leaves out must not show: the same lines with and without `--no-pushdown`, by two captures that
//! run at the same time over one workload.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Ran, cscope, finish, scratch, skip};
use crate::running::{Running, able};

/// Everything that the model could get wrong: names of processes, their parents, descriptors.
const FORMAT: &str =
    "*%proc.sid %thread.tid %proc.name %proc.pname %proc.cmdline %fd.name %evt.dir %evt.type %evt.args";

/// Files opened by one program and used by another, names changed by exec, failures, sockets, a crowd of children.
const WORKLOAD: &str = r#"
echo $$
cd "$1" || exit 1
exec 5>kept
sh -c 'echo inherited >&5; cat /etc/hostname >&5; exec head -c 3 /etc/hostname' > /dev/null
cat kept missing > copy 2>/dev/null
ls /nonexistent . >/dev/null 2>&1
mkdir sub; (cd sub && touch a && cat a && rm a); rmdir sub
for n in 1 2 3 4 5; do true | cat > /dev/null; sh -c 'exec true'; done
cat < kept | head -c 4 | wc -c > counted
(cat /etc/passwd & cat /etc/group & wait) > /dev/null
perl -e 'use IO::Socket::INET; $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or exit; $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $s->sockport); $a = $s->accept; print $c "x" x 100; sysread $a, $b, 50; $0 = "renamed"; open F, "/etc/hostname"; <F>;'
rm kept copy counted
"#;

/// Filters of the tests of the language, and of README, of every kind that something is derived from.
const FILTERS: &[&str] = &[
    "evt.type = open",
    "evt.type = close and proc.name = cat",
    "evt.type in (read, write) and evt.is_io_write = true",
    "syscall.type = openat or (evt.type = close and fd.num = 3)",
    "evt.type != read and proc.name = sh",
    "evt.type startswith e",
    "evt.type = execve",
    "evt.type = procexit and proc.name != cat",
    "evt.is_io = true and fd.name contains kept",
    "evt.failed = true",
    "evt.res = ENOENT and proc.name in (cat, ls)",
    "not evt.failed = false",
    "evt.rawres < 0 and evt.type = open",
    "proc.name = cat",
    "proc.name = head and fd.name exists",
    "proc.name != sh and evt.type = write",
    "not proc.name in (sh, cat, true)",
    "proc.name = true or proc.name = rm",
    "proc.name = perl and fd.type = ipv4",
    "proc.pname = sh and evt.type = read",
    "fd.name startswith /etc and evt.type = read",
    "fd.types intersects (ipv4)",
    "fd.sip = 127.0.0.1",
    "evt.category = file",
    "evt.io_dir = write",
    "container.id = host and evt.type = open",
    "container.id != host",
    "container.name = nosuch and evt.type = write",
    "user.uid = 0 and evt.type = dup2",
    "user.uid = 12345",
    "proc.pid = 1 or proc.name = wc",
    "thread.tid != 1 and evt.type = clone",
    "evt.type = read and proc.name = cat or evt.type = write and proc.name = wc",
];

/// Waits until a capture is attached: the number of its hooks is what it will be.
fn attached(capture: &Running) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let dir = format!("/proc/{}/fd", capture.id());
    let (mut last, mut since) = (0, Instant::now());
    while Instant::now() < deadline {
        let fds = std::fs::read_dir(&dir).into_iter().flatten().flatten();
        let links = fds.filter_map(|fd| std::fs::read_link(fd.path()).ok());
        let count = links.filter(|to| to.to_string_lossy().contains("bpf_link") || is_perf(to)).count();
        if count != last {
            (last, since) = (count, Instant::now());
        }
        if count > 0 && since.elapsed() > Duration::from_millis(400) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the capture does not attach");
}

fn is_perf(to: &Path) -> bool {
    to.to_string_lossy().contains("bpf-raw-tracepoint")
}

/// Lines of the session, by thread: threads on two CPUs have no order.
fn by_thread<'a>(out: &'a str, session: &str) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut threads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in out.lines() {
        let mut words = line.splitn(3, ' ');
        if let (Some(sid), Some(tid), Some(rest)) = (words.next(), words.next(), words.next())
            && sid == session
        {
            threads.entry(tid).or_default().push(rest);
        }
    }
    threads
}

/// Calls that the kernel side kept back, as told with -v.
fn kept_back(ran: &Ran) -> u64 {
    let Some((_, back)) = ran.err.split_once("kept back in the kernel: ") else { return 0 };
    let digits = back.chars().take_while(|c| c.is_ascii_digit() || *c == ',');
    digits.filter(char::is_ascii_digit).collect::<String>().parse().expect("a number")
}

/// Lines of a run, and the rest of it.
type Said = (String, Ran);

/// One workload under a filter with pushdown and without: its session, and what both said. `None` when events were lost,
/// as happens to who reports every call of a machine that runs other tests too.
fn both(filter: &str) -> Option<(String, Said, Said)> {
    let dir = scratch();
    let start = |more: &[&str]| {
        Running::of(cscope().args(["-v", "--ring-size", "64", "-p", FORMAT, filter]).args(more))
    };
    let (narrow, whole) = (start(&[]), start(&["--no-pushdown"]));
    attached(&narrow);
    attached(&whole);
    let words = ["--wait", "sh", "-c", WORKLOAD, "sh"];
    let ran = Command::new("setsid").args(words).arg(dir.path()).output().expect("setsid runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said = String::from_utf8_lossy(&ran.stdout);
    let session = said.lines().next().expect("a session").to_owned();
    std::thread::sleep(Duration::from_millis(100));
    let (narrow, whole) = (narrow.finish("INT"), whole.finish("INT"));
    for (_, ran) in [&narrow, &whole] {
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    let complete = [&narrow, &whole].iter().all(|(_, ran)| ran.err.contains(" 0 lost"));
    complete.then_some((session, narrow, whole))
}

/// What a chisel says of a command, numbers of processes and times of day left out.
fn chisel_says(words: &[&str], more: &[&str]) -> (Vec<String>, u64) {
    let command = "cat /etc/passwd /etc/group; cd /tmp; ls /nonexistent; sh -c 'wc -c < /etc/services' | cat";
    let mut all = cscope();
    all.args(["-v", "-c"]).args(words).args(more).args(["--", "bash", "-c", command]);
    let ran = finish(&mut all);
    assert!(ran.err.contains(" 0 lost"), "{}", ran.err);
    let own = ran.out.lines().filter(|l| !l.starts_with("root:") || l.contains("  "));
    let lines = own.map(|l| l.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end().to_owned());
    (lines.collect(), kept_back(&ran))
}

#[test]
fn chisels_lose_nothing_by_what_is_left_out() {
    if !able("chisels with pushdown") {
        return;
    }
    for words in [
        &["topfiles_bytes"][..],
        &["topprocs_file"],
        &["topfiles_errors"],
        &["topprocs_errors"],
        &["fdbytes_by", "fd.directory"],
        &["topscalls", "proc.name=cat"],
        &["fdcount_by", "proc.name", "evt.type=read"],
    ] {
        let ((with, back), (without, none)) =
            (chisel_says(words, &[]), chisel_says(words, &["--no-pushdown"]));
        assert_eq!(with, without, "{words:?}");
        assert!(with.len() > 2 || words[0] == "fdcount_by" && !with.is_empty(), "{words:?}: {with:?}");
        assert!(back > 20 && none == 0, "{words:?}: {back} and {none} kept back");
    }
}

#[test]
fn what_the_kernel_leaves_out_does_not_show() {
    if !able("pushdown") {
        return;
    }
    if Command::new("setsid").arg("--version").stdout(Stdio::null()).status().is_err() {
        return skip("pushdown", "setsid is not installed");
    }
    let (mut lines, mut kept) = (0, 0);
    for filter in FILTERS {
        let complete = (0..5).find_map(|_| both(filter));
        let (session, (narrow_out, narrow), (whole_out, _)) =
            complete.unwrap_or_else(|| panic!("{filter}: events were lost each time"));
        let (with, without) = (by_thread(&narrow_out, &session), by_thread(&whole_out, &session));
        for (tid, expected) in &without {
            let got = with.get(tid).map(Vec::as_slice).unwrap_or_default();
            let differs = expected.iter().zip(got).find(|(a, b)| a != b);
            assert!(
                differs.is_none() && expected.len() == got.len(),
                "{filter}: thread {tid}: {} lines, {} with pushdown; first difference {differs:?}",
                expected.len(),
                got.len(),
            );
        }
        assert_eq!(with.len(), without.len(), "{filter}: threads");
        lines += without.values().map(Vec::len).sum::<usize>();
        kept += kept_back(&narrow);
    }
    assert!(lines > 1_000, "the filters let {lines} lines through");
    assert!(kept > 10_000, "the kernel kept {kept} events back");
}
