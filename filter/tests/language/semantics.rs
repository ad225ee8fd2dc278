//! What filters mean: missing values, several values, variants of calls.

use std::net::IpAddr;

use cscope_capture::{
    EventBuilder, EventType, FdInfo, FdType, L4Proto, OwnedEvent, Snapshot, ThreadInfo, Tuple, UserEntry,
};
use cscope_enrich::View;
use cscope_filter::{FieldRef, Filter, FilterOptions, TextOptions};

use crate::support::{Synthetic, walk};

fn thread(tid: i64, ptid: i64, comm: &str) -> ThreadInfo {
    ThreadInfo {
        tid,
        pid: tid,
        ptid,
        sid: 10,
        vpid: tid,
        vtid: tid,
        comm: comm.as_bytes().into(),
        exe: format!("/bin/{comm}").into_bytes().into(),
        exepath: format!("/bin/{comm}").into_bytes().into(),
        args: (*b"-x\0--list\0").into(),
        env: (*b"HOME=/root\0TERM=dumb\0").into(),
        cwd: (*b"/srv/").into(),
        ..ThreadInfo::default()
    }
}

/// init - sshd - bash - curl, and a read of a connection by curl, then an open and a getppid.
fn stream() -> Box<Synthetic> {
    let tuple = Tuple {
        sip: IpAddr::from([10, 0, 0, 5]),
        dip: IpAddr::from([93, 184, 216, 34]),
        sport: 40000,
        dport: 443,
        l4: L4Proto::Tcp,
    };
    let socket = FdInfo {
        fd: 4,
        kind: FdType::Ipv4,
        name: (*b"10.0.0.5:40000->93.184.216.34:443").into(),
        tuple: Some(tuple),
        ..FdInfo::default()
    };
    let file = FdInfo { fd: 5, kind: FdType::FileV2, name: (*b"/etc/hosts").into(), ..FdInfo::default() };
    let root = UserEntry { uid: 0, name: (*b"root").into(), ..UserEntry::default() };
    let snapshot = Snapshot {
        threads: vec![
            thread(1, 0, "init"),
            thread(10, 1, "sshd"),
            thread(11, 10, "bash"),
            thread(12, 11, "curl"),
        ],
        fds: vec![(12, vec![socket, file])],
        users: vec![root],
        ..Snapshot::default()
    };
    let mut b = EventBuilder::new();
    let mut events: Vec<OwnedEvent> = Vec::new();
    b.start(EventType::SYSCALL_READ_X).i64(5).bytes(b"GET /").i64(4).u32(80);
    events.push(b.owned(1_000, 12, 0));
    b.start(EventType::SYSCALL_OPENAT_2_X).i64(-2).i64(-100).text(b"none").u32(1).u32(0).u32(0).u64(0);
    events.push(b.owned(2_000, 12, 0));
    let getppid = cscope_capture::table::SYSCALLS.iter().find(|s| s.name == "getppid").expect("known").code;
    b.start(EventType::GENERIC_X).u16(getppid).u16(110);
    events.push(b.owned(3_000, 12, 0));
    Synthetic::new(snapshot, events)
}

/// Which of the three events pass.
fn passing(text: &str, options: &FilterOptions) -> Vec<u64> {
    let filter = Filter::parse(text, options).unwrap_or_else(|e| panic!("{}", e.render(false)));
    let mut numbers = Vec::new();
    walk(stream(), View::Merged, |cx| {
        if filter.matches(cx) {
            numbers.push(cx.num);
        }
    });
    numbers
}

#[track_caller]
fn check(text: &str, expected: &[u64]) {
    assert_eq!(passing(text, &FilterOptions::default()), expected, "{text}");
}

#[test]
fn names_cover_variants_unless_exact() {
    check("evt.type = open", &[2]);
    check("evt.type in (open, read)", &[1, 2]);
    check("evt.type != open", &[1, 3]);
    check("syscall.type = open", &[]);
    check("syscall.type = openat", &[2]);
    check("evt.type = getppid", &[3]);
    check("evt.type.is.openat = 1", &[2]);
    let exact = FilterOptions { exact_types: true, ..FilterOptions::default() };
    assert_eq!(passing("evt.type = open", &exact), [0u64; 0]);
    assert_eq!(passing("evt.type = openat", &exact), [2]);
}

#[test]
fn missing_values_never_compare() {
    check("fd.type = ipv4", &[1]);
    check("fd.type != ipv4", &[]);
    check("not fd.type = ipv4", &[2, 3]);
    check("fd.type exists", &[1]);
    check("fd.sport < 1000", &[1]);
    check("not fd.sport < 1000", &[2, 3]);
    check("evt.rawres != 7", &[1, 2]);
    check("evt.res = ENOENT and evt.rawres = -2 and evt.failed = true", &[2]);
    check("evt.arg.name exists", &[2]);
}

#[test]
fn either_end_of_a_connection() {
    check("fd.ip = 10.0.0.5", &[1]);
    check("fd.ip = 93.184.216.34", &[1]);
    check("fd.ip != 10.0.0.5", &[]);
    check("fd.ip != 1.2.3.4", &[1]);
    check("fd.ip in (1.2.3.4, 93.184.216.34)", &[1]);
    check("fd.net = 93.184.0.0/16", &[1]);
    check("fd.net != 93.184.0.0/16", &[]);
    check("fd.net in (1.0.0.0/8, 10.0.0.0/8)", &[1]);
    check("fd.port = https", &[1]);
    check("fd.port in (80, 443)", &[1]);
    check("fd.port != 443", &[]);
    check("fd.proto = https", &[1]);
    check("fd.ip exists", &[1]);
}

#[test]
fn ancestors() {
    check("proc.aname = sshd", &[1, 2, 3]);
    check("proc.aname = curl", &[]);
    check("proc.aname[0] = curl", &[1, 2, 3]);
    check("proc.aname[1] = bash and proc.aname[2] = sshd and proc.aname[3] = init", &[1, 2, 3]);
    check("proc.aname[4] exists", &[]);
    check("proc.aname != bash", &[1, 2, 3]);
    check("proc.aname in (x, init)", &[1, 2, 3]);
    check("proc.apid in (10, 99)", &[1, 2, 3]);
    check("proc.apid[1] = 11", &[1, 2, 3]);
    check("proc.aenv[HOME] = /root", &[1, 2, 3]);
    check("proc.acmdline contains 'sshd -x'", &[1, 2, 3]);
    check("proc.pname = bash and proc.ppid = 11", &[1, 2, 3]);
    check("proc.loginshellid = 11", &[1, 2, 3]);
    check("proc.sname = sshd", &[1, 2, 3]);
}

#[test]
fn lists() {
    check("fd.types in (ipv4, file)", &[1, 2, 3]);
    check("fd.types in (ipv4, unix)", &[]);
    check("fd.types intersects (ipv4, unix)", &[1, 2, 3]);
    check("fd.types[5] in (file)", &[1, 2, 3]);
    check("len(fd.types) = 2", &[1, 2, 3]);
    check("getopt(proc.args, \"x\") intersects (x)", &[1, 2, 3]);
}

#[test]
fn values_of_processes() {
    check("proc.cmdline = 'curl -x --list'", &[1, 2, 3]);
    check("proc.exeline startswith '/bin/curl -x'", &[1, 2, 3]);
    check("proc.args[1] = --list and not proc.args[2] exists", &[1, 2, 3]);
}

#[test]
fn environment() {
    check("proc.env[TERM] = dumb", &[1, 2, 3]);
    check("proc.env contains 'HOME=/root TERM'", &[1, 2, 3]);
    check("proc.env.HOME = /root", &[1, 2, 3]);
    check("proc.env[NONE] exists", &[]);
}

#[test]
fn units_and_bases() {
    check("evt.buflen = 0x5", &[1]);
    check("evt.buflen < 1KiB", &[1]);
    check("evt.reltime < 1500ns", &[1, 2]);
    check("evt.reltime >= 1us", &[2, 3]);
    check("evt.around[2000] = 1", &[1, 2, 3]);
    check("evt.around[2000] = 0", &[2]);
}

#[test]
fn failed_opens_have_the_path_that_was_asked_for() {
    check("fd.name = /srv/none", &[2]);
    check("fd.nameraw = none", &[2]);
    check("fd.directory = /srv and fd.filename = none", &[2]);
    check("evt.abspath = /srv/none and fs.path.name = /srv/none", &[2]);
    check("fd.num = -2", &[2]);
    check("evt.is_open_read = true", &[2]);
}

#[test]
fn operands_on_the_right() {
    check("proc.exe = val(proc.exepath)", &[1, 2, 3]);
    check("proc.name = basename(proc.exepath)", &[1, 2, 3]);
    check("proc.name != val(proc.pname)", &[1, 2, 3]);
    check("proc.exepath endswith val(proc.name)", &[1, 2, 3]);
    check("proc.pid > val(proc.ppid)", &[1, 2, 3]);
    check("fd.name contains val(proc.name)", &[]);
}

#[test]
fn users() {
    check("user.name = root and user.uid = 0", &[1, 2, 3]);
    check("user.loginuid = -1", &[1, 2, 3]);
    let off = TextOptions { resolve_users: false, ..TextOptions::default() };
    let options = FilterOptions { text: off, ..FilterOptions::default() };
    assert_eq!(passing("user.name exists", &options), [0u64; 0]);
}

#[test]
fn references_to_fields_give_values_one_by_one() {
    let name = FieldRef::parse("fd.name").expect("a field");
    let rawres = FieldRef::parse("evt.rawarg.res").expect("a field");
    let ancestors = FieldRef::parse("proc.aname").expect("a field");
    let mut seen = Vec::new();
    walk(stream(), View::Merged, |cx| {
        let mut out = Vec::new();
        name.write(cx, &TextOptions::default(), &mut out);
        out.push(b' ');
        ancestors.write(cx, &TextOptions::default(), &mut out);
        seen.push((String::from_utf8(out).expect("UTF-8"), rawres.number(cx)));
    });
    assert_eq!(seen[0], ("10.0.0.5:40000->93.184.216.34:443 bash,sshd,init".to_owned(), Some(5)));
    assert_eq!(seen[1].0, "/srv/none bash,sshd,init");
    assert_eq!(seen[2].1, None);
}

/// The documentation of the language holds filters, marked as such; they are all read.
#[test]
fn filters_of_the_documentation_are_read() {
    let text = include_str!("../../LANGUAGE.md");
    let blocks = text.split("```filter\n").skip(1).filter_map(|b| b.split_once("```"));
    let filters: Vec<&str> = blocks.flat_map(|(block, _)| block.lines()).collect();
    assert!(filters.len() > 8, "{filters:?}");
    for filter in filters {
        if let Err(error) = Filter::parse(filter, &FilterOptions::default()) {
            panic!("{}", error.render(false));
        }
    }
    let file: String = text
        .lines()
        .skip_while(|l| !l.starts_with("    list shells"))
        .take_while(|l| !l.is_empty())
        .map(|l| format!("{}\n", &l[4..]))
        .collect();
    let mut library = cscope_filter::Library::default();
    library.add("LANGUAGE.md", &file).unwrap_or_else(|e| panic!("{}", e.render(false)));
    let filter = Filter::parse_with("", &FilterOptions::default(), &library);
    assert!(filter.is_ok_and(|f| f.pushdown().comms.listed().is_some_and(|names| names.len() == 5)));
}

/// What is read and what is refused, apart from the lists.
#[test]
fn forms_that_are_read_and_refused() {
    const READ: &[&str] = &[
        "(proc.name=curl)and(evt.dir=<)",
        "not fd.name exists",
        "fd.port in (80,443)",
        "fd.port=http",
        r#"fd.name = "a\"b""#,
        "proc.aname[2]=bash",
        "evt.arg[0] contains tcp",
        "evt.rawarg.res < 0",
        "fd.net=192.168.0.0/16",
        "fd.name glob *.log",
        "evt.type.is.open=1",
        "evt.rawtime.s exists",
        "proc.name startswith anyof (cu, ba)",
        "proc.name != allof (curl, x)",
        "proc.name = val(proc.exe)",
        "concat(proc.name, proc.exe)=curlcurl",
        "join(\"-\", (proc.name, proc.exe)) = curl-curl",
        "evt.buffer bcontains 474554",
        "fd.types intersects (ipv4, file)",
        "fd.types in (ipv4, file)",
        "fd.sip.name exists",
        "proc.apid in (1)",
        "fd.name in ()",
        "evt.type in open",
        "fd.name = ''",
        "",
        "  ",
    ];
    const REFUSED: &[&str] = &[
        "evt.type=foo",
        "evt.type.is.5=1",
        "evt.type.is[5]",
        "evt.arg.1 contains x",
        "val(proc.name) = x",
        "join(\"-\", proc.args) = x",
        "fd.types[0] = file",
        "proc.name=curl AND evt.type=open",
        "()",
        "evt.args contains res=0",
        "fd.ip = 10.0.0.0/8",
        "user.uid = root",
        "evt.failed = 1",
        "proc.name <= d",
        "fd.port = 0x50x",
        "evt.rawarg.nonsense = 1",
        "evt.around[5] > 1",
    ];
    let parse = |text: &str| Filter::parse(text, &FilterOptions::default());
    for text in READ {
        assert!(parse(text).is_ok(), "{}", parse(text).expect_err("refused").render(false));
    }
    for text in REFUSED {
        assert!(parse(text).is_err(), "{text}");
    }
}
