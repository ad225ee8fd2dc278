//! What the kernel leaves out must not show: the same lines with and without pushdown, for every filter that stands
//! anywhere in this project. Captures with some of them run at the same time over one workload, beside one that keeps
//! everything in a file; what the filter takes out of that file is what it must have shown.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use cscope_filter::{Filter, FilterOptions};

use crate::harness::{Ran, cscope, finish, has, run, scratch, skip};
use crate::literals;
use crate::running::{Running, able, begun, lossless};

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
perl -e 'use IO::Socket::INET; $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or exit; $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $s->sockport); $a = $s->accept; print $c "x" x 100; $c->flush; sysread $a, $b, 50; $c->send("y"); $a->recv($b, 60); $u = IO::Socket::INET->new(Proto => "udp"); $to = sockaddr_in($s->sockport, inet_aton("127.0.0.1")); send $u, "z", 0, $to; $0 = "renamed"; $a->send("w"); $c->recv($b, 9); send $u, "z", 0, $to; close $u; open F, "/etc/hostname"; <F>;'
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
    "proc.name = renamed",
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

/// Fields whose values depend on when a program of ours looked, or on how many events it saw.
const OWN: &[&str] =
    &["evt.num", "evt.latency", "evt.deltatime", "evt.reltime", "evt.wait", "evt.cpu", "evt.around"];

/// Sizes of rings, for one attempt after the other as long as events are lost: for who reports everything, and others.
/// Each CPU gets one of the first and a batch of the second, which must not take all memory.
const RINGS: &[[&str; 2]] =
    &[["64", "16"], ["128", "16"], ["128", "32"], ["256", "32"], ["256", "32"], ["256", "32"]];

/// Captures that run at the same time.
const BATCH: usize = 8;

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

/// What a capture with this filter asks of the kernel.
fn asked(filter: &str, more: &[&str]) -> String {
    let mut words = vec!["-p", FORMAT, "--explain", filter];
    words.extend(more);
    let out = run(words).ok().out;
    out.split_once("asked of the kernel").expect("a live part").1.to_owned()
}

/// Lines of a filter for each thread of the workload, and calls that the kernel kept back for it.
struct Narrow {
    filter: String,
    out: String,
    kept_back: u64,
}

/// The workload under these filters at the same time, each decided in the kernel, and under one capture that reports
/// everything into `file`. Gives its session; `None` when events were lost, as happens to who reports every call of a
/// machine that runs other tests too. `sizes`: of the rings of that one and of the others.
fn captured(filters: &[String], file: &str, sizes: [&str; 2]) -> Option<(String, Vec<Narrow>)> {
    let dir = scratch();
    let start = |words: &[&str]| Running::of(cscope().args(["-v", "--ring-size"]).args(words));
    let mut captures = vec![start(&[sizes[0], "--no-pushdown", "-w", file])];
    captures.extend(filters.iter().map(|filter| start(&[sizes[1], "-p", FORMAT, filter])));
    begun(&captures.iter().collect::<Vec<_>>());
    let words = ["--wait", "sh", "-c", WORKLOAD, "sh"];
    let ran = Command::new("setsid").args(words).arg(dir.path()).output().expect("setsid runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said = String::from_utf8_lossy(&ran.stdout);
    let session = said.lines().next().expect("a session").to_owned();
    captures.iter().for_each(|capture| capture.signal("INT"));
    let mut ended = captures.into_iter().map(Running::ended);
    let (_, whole) = ended.next().expect("the first one");
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    let mut complete = whole.err.contains(" 0 lost");
    let mut all = Vec::new();
    for (filter, (out, ran)) in filters.iter().zip(ended) {
        assert_eq!(ran.code, Some(0), "{filter}: {}", ran.err);
        complete &= ran.err.contains(" 0 lost");
        all.push(Narrow { filter: filter.clone(), out, kept_back: kept_back(&ran) });
    }
    complete.then_some((session, all))
}

/// What a chisel says of a command, numbers of processes and times of day left out, and the calls that the kernel side
/// kept back. At its end the command sleeps `naps` times for 5 ms.
fn chisel_says(words: &[&str], more: &[&str], naps: u32) -> (Vec<String>, u64) {
    let command = format!(
        "cat /etc/passwd /etc/group; cd /tmp; ls /nonexistent; sh -c 'wc -c < /etc/services' | cat; \
         perl -e 'select undef, undef, undef, 0.005 for 1..{naps}'"
    );
    let ran = lossless(|size| {
        let mut all = cscope();
        all.args(["-v", "--ring-size", size, "-c"]).args(words).args(more);
        finish(all.args(["--", "bash", "-c", &command]))
    });
    let own = ran.out.lines().filter(|l| !l.starts_with("root:") || l.contains("  "));
    let lines = own.map(|l| l.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end().to_owned());
    (lines.collect(), kept_back(&ran))
}

/// Naps of the command under chisels. A thread that is of no interest is muted once an event of it was read: where the
/// reader does not get a CPU while the command runs, it runs for longer.
const NAPS: &[u32] = &[60, 240, 960, 3840];

#[test]
fn chisels_lose_nothing_by_what_is_left_out() {
    if !able("chisels with pushdown") || !has("chisels with pushdown", "perl") {
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
        let mut kept = Vec::new();
        let enough = NAPS.iter().any(|&naps| {
            let (with, back) = chisel_says(words, &[], naps);
            let (without, none) = chisel_says(words, &["--no-pushdown"], naps);
            assert_eq!(with, without, "{words:?}");
            assert!(with.len() > 2 || words[0] == "fdcount_by" && !with.is_empty(), "{words:?}: {with:?}");
            assert_eq!(none, 0, "{words:?}: kept back without pushdown");
            kept.push(back);
            back >= u64::from(naps / 2)
        });
        assert!(enough, "{words:?}: kept back {kept:?} of commands with {NAPS:?} naps");
    }
}

/// A line around the name of a process that the call made, or waited for. Whether a child has become its program
/// when its parent goes on is a matter of nanoseconds on two CPUs, and each capture looks at another one.
fn without_child(line: &str) -> (&str, &str, &str) {
    let Some((front, result)) = line.split_once("res=") else { return (line, "", "") };
    let digits = result.len() - result.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, behind) = result.split_at(digits);
    match behind.split_once(')').filter(|_| digits > 0 && behind.starts_with('(')) {
        Some((_, rest)) => (front, number, rest),
        None => (front, number, behind),
    }
}

/// Compares what the kernel let through with what the filter takes out of the capture of everything. Gives the number of
/// lines, or the difference.
fn compare(narrow: &Narrow, file: &str, session: &str) -> Result<usize, String> {
    let filter = &narrow.filter;
    let whole = run(["-r", file, "-p", FORMAT, filter]).ok().out;
    let (with, without) = (by_thread(&narrow.out, session), by_thread(&whole, session));
    for (tid, expected) in &without {
        let got = with.get(tid).map(Vec::as_slice).unwrap_or_default();
        let differs = expected.iter().zip(got).find(|(a, b)| without_child(a) != without_child(b));
        if differs.is_some() || expected.len() != got.len() {
            let counts = format!("{} lines, {} with pushdown", expected.len(), got.len());
            return Err(format!("{filter}: thread {tid}: {counts}; first difference {differs:?}"));
        }
    }
    let more = with.iter().find(|(tid, _)| !without.contains_key(*tid));
    more.map_or_else(
        || Ok(without.values().map(Vec::len).sum()),
        |more| Err(format!("{filter}: also {more:?}")),
    )
}

#[test]
fn what_the_kernel_leaves_out_does_not_show() {
    if !able("pushdown") {
        return;
    }
    if Command::new("setsid").arg("--version").stdout(Stdio::null()).status().is_err() {
        return skip("pushdown", "setsid is not installed");
    }
    // Every filter of the project. Of most nothing is derived: the kernel is asked for the same as without pushdown.
    let all = literals::filters();
    assert!(FILTERS.iter().all(|filter| all.contains(*filter)));
    let own = |filter: &String| {
        let parsed = Filter::parse(filter, &FilterOptions::default()).expect("it is one");
        parsed.fields().iter().any(|field| OWN.iter().any(|own| field.name.starts_with(own)))
    };
    let (mut narrowing, mut same) = (Vec::new(), 0);
    for filter in all {
        if asked(&filter, &[]) == asked(&filter, &["--no-pushdown"]) {
            same += 1;
        } else if !own(&filter) {
            narrowing.push(filter);
        }
    }
    let (mut lines, mut kept, mut differences) = (0, 0, Vec::new());
    let dir = scratch();
    let file = dir.path().join("whole.scap.zst");
    let file = file.to_str().expect("text");
    for batch in narrowing.chunks(BATCH) {
        let complete = RINGS.iter().find_map(|sizes| captured(batch, file, *sizes));
        let (session, all) = complete.unwrap_or_else(|| panic!("{batch:?}: events were lost each time"));
        for narrow in &all {
            match compare(narrow, file, &session) {
                Ok(count) => lines += count,
                Err(difference) => differences.push(difference),
            }
        }
        kept += all.iter().map(|narrow| narrow.kept_back).sum::<u64>();
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(narrowing.len() > 150 && same > 300, "{} filters narrow, {same} do not", narrowing.len());
    assert!(lines > 5_000, "the filters let {lines} lines through");
    assert!(kept > 100_000, "the kernel kept {kept} events back");
}
