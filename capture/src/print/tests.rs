use std::ops::RangeInclusive;

use proptest::prelude::*;

use super::*;
use crate::EventBuilder;
use crate::table::{EVENTS, Recipe, flags};

/// Knows a little of everything.
struct Known;

impl Resolve for Known {
    fn fd(&self, fd: i64, out: &mut Vec<u8>) -> bool {
        match fd {
            3 => out.extend_from_slice(b"<f>/etc/passwd"),
            4 => out.extend_from_slice(b"<4t>1.2.3.4:5->6.7.8.9:80"),
            _ => return false,
        }
        true
    }

    fn fd_letter(&self, fd: i64) -> Option<u8> {
        (fd == 4).then_some(b'4')
    }

    fn comm(&self, tid: i64) -> Option<&[u8]> {
        (tid == 42).then_some(b"cat")
    }

    fn user(&self, uid: u32) -> Option<&[u8]> {
        (uid == 0).then_some(b"root")
    }

    fn group(&self, gid: u32) -> Option<&[u8]> {
        (gid == 5).then_some(b"tty")
    }

    fn cwd(&self) -> Option<&[u8]> {
        Some(b"/home/u/")
    }

    fn dirfd_path(&self, fd: i64) -> Option<&[u8]> {
        (fd == 3).then_some(b"/srv")
    }
}

fn shown<R: Resolve>(
    kind: ParamType,
    format: ParamFormat,
    extra: Extra,
    bytes: &[u8],
    resolve: &R,
    options: &PrintOptions,
) -> String {
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_OPENAT_2_X).i64(3).i64(3);
    let event = b.event(0, 42, 0);
    let param = ParamInfo { name: "p", kind, format, extra, recipe: Recipe::None };
    let text = Text { event: &event, resolve, options };
    let mut plain = Vec::new();
    text.plain(&param, kind, bytes, &mut plain);
    text.in_parentheses(decode_as(kind, &param.extra, bytes), &mut plain);
    String::from_utf8_lossy(&plain).into_owned()
}

fn known(kind: ParamType, format: ParamFormat, extra: Extra, bytes: &[u8]) -> String {
    shown(kind, format, extra, bytes, &Known, &PrintOptions::default())
}

fn simple(kind: ParamType, bytes: &[u8]) -> String {
    known(kind, ParamFormat::Dec, Extra::None, bytes)
}

#[test]
fn plain_is_printable_ascii() {
    for length in 0..=40 {
        let mut text = vec![b'~'; length];
        assert!(is_plain(&text), "{length}");
        for at in 0..length {
            for byte in 0..=255 {
                text[at] = byte;
                assert_eq!(is_plain(&text), (0x20..=0x7e).contains(&byte), "{byte:#x} at {at} of {length}");
            }
            text[at] = b' ';
        }
    }
}

#[test]
fn integers() {
    use ParamFormat::{Dec, Hex, Oct};
    use ParamType as T;
    let rows: &[(T, ParamFormat, &[u8], &str)] = &[
        (T::Int8, Dec, &[0xfe], "-2"),
        (T::Int8, Hex, &[0xfe], "FE"),
        (T::Int16, Dec, &(-300i16).to_le_bytes(), "-300"),
        (T::Int32, Dec, &(-70_000i32).to_le_bytes(), "-70000"),
        (T::Int32, Hex, &(-1i32).to_le_bytes(), "FFFFFFFF"),
        (T::Int64, Dec, &i64::MIN.to_le_bytes(), "-9223372036854775808"),
        (T::Uint8, Dec, &[200], "200"),
        (T::Uint16, Dec, &60_000u16.to_le_bytes(), "60000"),
        (T::Uint32, Dec, &1_000_000u32.to_le_bytes(), "1000000"),
        // As the goldens have it: `gid=-1` of fchownat, `offset=-60` of lseek.
        (T::Uint32, Dec, &u32::MAX.to_le_bytes(), "-1"),
        (T::Uint64, Dec, &(-60i64).to_le_bytes(), "-60"),
        (T::Uint32, Hex, &0xfe00u32.to_le_bytes(), "FE00"),
        (T::Uint32, Oct, &0o644u32.to_le_bytes(), "0644"),
        (T::Uint32, Oct, &0u32.to_le_bytes(), "0"),
        (T::Uint64, Hex, &0x55db_0de7_3000_u64.to_le_bytes(), "55DB0DE73000"),
        (T::Uint64, Hex, &0u64.to_le_bytes(), "0"),
        (T::Uint64, Dec, &77u32.to_le_bytes(), "77"),
        (T::Port, Hex, &8080u16.to_le_bytes(), "8080"),
        (T::Bool, Dec, &1u32.to_le_bytes(), "true"),
        (T::Bool, Dec, &0u32.to_le_bytes(), "false"),
        (T::Double, Dec, &1.25f64.to_le_bytes(), "1.2"),
    ];
    for (kind, format, bytes, expected) in rows {
        assert_eq!(known(*kind, *format, Extra::None, bytes), *expected, "{kind:?} {format:?}");
    }
}

#[test]
fn results_descriptors_and_ids() {
    use ParamType as T;
    for (v, expected) in [
        (0i64, "0"),
        (832, "832"),
        (-2, "-2(ENOENT)"),
        (-111, "-111(ECONNREFUSED)"),
        (-512, "-512(ERESTARTSYS)"),
        (-513, "-513(ERESTARTNOINTR)"),
        (-514, "-514(ERESTARTNOHAND)"),
        (-515, "-515(ENOIOCTLCMD)"),
        (-516, "-516(ERESTART_RESTARTBLOCK)"),
        (-4000, "-4000"),
        (i64::MIN, "-9223372036854775808"),
    ] {
        assert_eq!(simple(T::Errno, &v.to_le_bytes()), expected);
    }
    for (v, expected) in [
        (3i64, "3(<f>/etc/passwd)"),
        (4, "4(<4t>1.2.3.4:5->6.7.8.9:80)"),
        (9, "9"),
        (-100, "-100(AT_FDCWD)"),
        (-1, "-1(EPERM)"),
        (-9, "-9(EBADF)"),
    ] {
        assert_eq!(simple(T::Fd, &v.to_le_bytes()), expected);
        assert_eq!(simple(T::Fd32, &(v as i32).to_le_bytes()), expected);
    }
    assert_eq!(simple(T::Pid, &42i64.to_le_bytes()), "42(cat)");
    assert_eq!(simple(T::Pid, &43i64.to_le_bytes()), "43");
    assert_eq!(simple(T::Pid32, &42i32.to_le_bytes()), "42(cat)");
    assert_eq!(simple(T::Uid, &0u32.to_le_bytes()), "0(root)");
    assert_eq!(simple(T::Uid, &7u32.to_le_bytes()), "7(<NA>)");
    assert_eq!(simple(T::Uid, &u32::MAX.to_le_bytes()), "-1(<NONE>)");
    assert_eq!(simple(T::Gid, &5u32.to_le_bytes()), "5(tty)");
    assert_eq!(simple(T::Gid, &u32::MAX.to_le_bytes()), "-1(<NONE>)");
    assert_eq!(simple(T::SyscallId, &387u16.to_le_bytes()), "387(get_mempolicy)");
    assert_eq!(simple(T::SyscallId, &60_000u16.to_le_bytes()), "60000");
    assert_eq!(simple(T::SigType, &[9]), "9(SIGKILL)");
    assert_eq!(simple(T::SigType, &[0]), "0");
    assert_eq!(simple(T::SigType, &[34]), "34");
    assert_eq!(simple(T::SigSet, &0u32.to_le_bytes()), "");
    assert_eq!(simple(T::SigSet, &0b1_0000_0000_0010u32.to_le_bytes()), "SIGINT SIGPIPE");
    assert_eq!(simple(T::SigSet, &u32::MAX.to_le_bytes()).split(' ').count(), 31);
}

#[test]
fn times() {
    for (ns, expected) in [
        (0u64, "0(0s)"),
        (1_000_000_000, "1000000000(1s)"),
        (1_500_000_000, "1500000000(1.5s)"),
        (50_000_000, "50000000(0.05s)"),
        (123_456_789, "123456789(0.123457s)"),
        (100_000, "100000(0.0001s)"),
        (12_345, "12345(1.2345e-05s)"),
        (1, "1(1e-09s)"),
        (999_999_500_000_000, "999999500000000(1e+06s)"),
        (999_999_400_000_000, "999999400000000(999999s)"),
        (1_234_567_000_000_000, "1234567000000000(1.23457e+06s)"),
        (u64::MAX, "none"),
    ] {
        assert_eq!(simple(ParamType::RelTime, &ns.to_le_bytes()), expected);
    }
    for (ns, expected) in [
        (0u64, "1970-01-01 00:00:00.000000000"),
        (951_782_400_000_000_001, "2000-02-29 00:00:00.000000001"),
        (1_534_527_348_514_632_619, "2018-08-17 17:35:48.514632619"),
        // The year of exe_ino_ctime in captures whose kernel keeps it elsewhere.
        (15_001_494_990_639_753_211, "2445-05-18 09:56:30.639753211"),
    ] {
        assert_eq!(simple(ParamType::AbsTime, &ns.to_le_bytes()), expected);
    }
    let mut out = Vec::new();
    write_datetime(1_534_527_348_000_000_000, -7 * 3600 - 1800, &mut out);
    assert_eq!(out, b"2018-08-17 10:05:48.000000000");
}

#[test]
fn texts_and_paths() {
    use ParamType as T;
    for kind in [T::CharBuf, T::FsPath] {
        assert_eq!(simple(kind, b"/etc/passwd\0"), "/etc/passwd");
        assert_eq!(simple(kind, b"/no/nul"), "/no/nul");
        assert_eq!(simple(kind, b"\0"), "");
        assert_eq!(simple(kind, b""), "<NA>");
        assert_eq!(simple(kind, b"(NULL)\0"), "<NA>");
    }
    assert_eq!(simple(T::CharBuf, b"x\0"), "x");
    assert_eq!(simple(T::FsPath, b"x.tgz\0"), "x.tgz(/home/u/x.tgz)");
    assert_eq!(simple(T::FsPath, b"./a//b/../c\0"), "./a//b/../c(/home/u/a/c)");
    let relative = |dirfd: u8, bytes: &[u8]| known(T::FsRelPath, ParamFormat::Na, Extra::Dirfd(dirfd), bytes);
    assert_eq!(relative(1, b"a/b\0"), "a/b(/srv/a/b)");
    assert_eq!(relative(1, b"../../..\0"), "../../..(/)");
    assert_eq!(relative(1, b"/abs\0"), "/abs");
    assert_eq!(relative(1, b"\0"), "");
    assert_eq!(relative(6, b"a\0"), "a(<UNKNOWN>/a)");
    assert_eq!(simple(T::CharBufArray, b"a\0bc\0"), "a.bc");
    assert_eq!(simple(T::CharBufPairArray, b"k\0v\0l\0w\0"), "k:v,l:w");
}

#[test]
fn joined_paths() {
    for (base, path, expected) in [
        ("/", "a", "/a"),
        ("/a/", "b/", "/a/b"),
        ("/a", "/b//c/./d/..", "/b/c"),
        ("/a/b", "../../../x", "/x"),
        ("<UNKNOWN>", "x", "<UNKNOWN>/x"),
        ("", "", "/"),
    ] {
        let mut out = b"keep".to_vec();
        join_path(base.as_bytes(), path.as_bytes(), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), format!("keep{expected}"), "{base} + {path}");
    }
    let mut out = Vec::new();
    join_path(b"/", &b"a/".repeat(600), &mut out);
    assert_eq!(out, b"/DIR_TOO_LONG/FILENAME_TOO_LONG");
}

#[test]
fn buffers() {
    let data = |format, cut, bytes: &[u8]| {
        let options = PrintOptions { data: format, cut, ..PrintOptions::default() };
        shown(ParamType::ByteBuf, ParamFormat::Na, Extra::None, bytes, &Known, &options)
    };
    let long: Vec<u8> = (b'a'..=b'z').cycle().take(81).collect();
    assert_eq!(data(DataFormat::Dotted, None, b"\x7fELF\0\xc3\xa4 ~"), ".ELF... ~");
    assert_eq!(data(DataFormat::Dotted, Some(80), &long[..80]), String::from_utf8_lossy(&long[..80]));
    assert_eq!(
        data(DataFormat::Dotted, Some(80), &long),
        format!("{}...", String::from_utf8_lossy(&long[..77]))
    );
    assert_eq!(data(DataFormat::Dotted, Some(2), &long), "..");
    assert_eq!(data(DataFormat::Dotted, Some(80), b""), "NULL");
    assert_eq!(
        data(DataFormat::Base64, Some(80), b"ERR=Connection refused\n"),
        "RVJSPUNvbm5lY3Rpb24gcmVmdXNlZAo="
    );
    assert_eq!(data(DataFormat::Base64, None, b"Testme"), "VGVzdG1l");
    assert_eq!(data(DataFormat::Base64, None, b"Test"), "VGVzdA==");
    assert_eq!(data(DataFormat::Ascii, None, b"\na\n\n"), "\na\n\n");
    assert_eq!(data(DataFormat::Ascii, None, b"\tGET\r\n\r\n\0x\ny\rz"), "\nGET\n\nx\ny\nz");
    assert_eq!(
        data(DataFormat::Hex, None, b"ERR=Connection refused\n"),
        "\n\t0x0000: 4552 523d 436f 6e6e 6563 7469 6f6e 2072\n\t0x0010: 6566 7573 6564 0a\n"
    );
    assert_eq!(
        data(DataFormat::HexAscii, None, b"ERR=Connection refused\n"),
        "\n\t0x0000: 4552 523d 436f 6e6e 6563 7469 6f6e 2072  ERR=Connection r\
         \n\t0x0010: 6566 7573 6564 0a                      efused.\n"
    );
    let big = data(DataFormat::Hex, None, &[0; 0x10010]);
    assert!(big.contains("\n\t0x0ff0: ") && big.contains("\n\t0x10000: "));
}

#[test]
fn addresses() {
    use ParamType as T;
    let v6: [u8; 16] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3];
    let mapped: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4];
    let port = 1234u16.to_le_bytes();
    let row = |parts: &[&[u8]]| parts.concat();
    for (bytes, expected) in [
        (row(&[&[2], &[127, 0, 0, 1], &port]), "127.0.0.1:1234"),
        (row(&[&[10], &v6, &port]), "2001:db8::3:1234"),
        (row(&[&[10], &mapped, &port]), "1.2.3.4:1234"),
        (row(&[&[1], b"/dev/log\0"]), "/dev/log"),
        (row(&[&[16], b"xx"]), "family 16"),
        (row(&[&[2], &[127, 0, 0]]), "INVALID"),
        (Vec::new(), "<NA>"),
    ] {
        assert_eq!(simple(T::SockAddr, &bytes), expected);
    }
    let (source, destination) = (0u64.to_le_bytes(), 0xffff_94dc_817b_9400_u64.to_le_bytes());
    for (bytes, expected) in [
        (row(&[&[2], &[10, 0, 0, 1], &port, &[10, 0, 0, 2], &port]), "10.0.0.1:1234->10.0.0.2:1234"),
        (row(&[&[10], &v6, &port, &mapped, &port]), "2001:db8::3:1234->::ffff:1.2.3.4:1234"),
        (row(&[&[10], &mapped, &port, &mapped, &port]), "1.2.3.4:1234->1.2.3.4:1234"),
        (row(&[&[10], &[0; 16], &[0, 0], &v6, &port]), ":::0->2001:db8::3:1234"),
        (
            row(&[&[1], &source, &destination, b"/var/run/nscd/socket\0"]),
            "0->ffff94dc817b9400 /var/run/nscd/socket",
        ),
        (row(&[&[1], &source, &source]), "0->0 "),
        (row(&[&[10], &v6]), "INVALID"),
        (row(&[&[7]]), "family 7"),
        (Vec::new(), "NULL"),
    ] {
        assert_eq!(simple(T::SockTuple, &bytes), expected);
    }
    assert_eq!(simple(T::Ipv4Addr, &[8, 8, 4, 4]), "8.8.4.4");
    assert_eq!(simple(T::IpAddr, &[8, 8, 4, 4]), "8.8.4.4");
    assert_eq!(simple(T::IpAddr, &v6), "2001:db8::3");
    assert_eq!(simple(T::Ipv6Addr, &v6), "2001:db8::3");
    assert_eq!(simple(T::Ipv4Net, &[10, 0, 0, 0, 255, 0, 0, 0]), "10.0.0.0/8");
    assert_eq!(simple(T::IpNet, &[10, 1, 0, 0, 255, 255, 0, 0]), "10.1.0.0/16");
    let mask: [u8; 16] = std::array::from_fn(|n| if n < 4 { 0xff } else { 0 });
    assert_eq!(simple(T::Ipv6Net, &row(&[&v6, &mask])), "2001:db8::3/32");
    assert_eq!(simple(T::IpNet, &row(&[&v6, &mask])), "2001:db8::3/32");
    assert_eq!(simple(T::L4Proto, &[2]), "tcp");
    assert_eq!(simple(T::SockFamily, &[10]), "10");
}

#[test]
fn ipv6_text_is_that_of_the_standard_library() {
    let mut seed = 7u64;
    for _ in 0..2000 {
        // Few bits set, so that zero groups are common.
        let groups: [u16; 8] = std::array::from_fn(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if seed >> 62 == 0 { (seed >> 40) as u16 } else { 0 }
        });
        let ip = std::net::Ipv6Addr::from(groups);
        let mut out = Vec::new();
        write_ipv6(ip.octets(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), ip.to_string());
    }
}

#[test]
fn poll_lists() {
    let item = |fd: i64, flags: i16| [&fd.to_le_bytes()[..], &flags.to_le_bytes()].concat();
    let list = [&2u16.to_le_bytes()[..], &item(4, 0x6204), &item(7, 0x41)].concat();
    assert_eq!(simple(ParamType::FdList, &list), "4:46204 7:?41");
    assert_eq!(simple(ParamType::FdList, &0u16.to_le_bytes()), "");
    assert_eq!(simple(ParamType::FdList, &[9, 0, 1, 2, 3]), "");
    assert_eq!(simple(ParamType::FdList, b""), "<NA>");
}

#[test]
fn flags_enums_and_modes() {
    use ParamFormat::{Dec, Hex, Oct};
    use ParamType as T;
    let file = Extra::Flags(&flags::FILE_FLAGS);
    for (bits, expected) in [
        (4097u32, "4097(O_RDONLY|O_CLOEXEC)"),
        (70, "70(O_NONBLOCK|O_CREAT|O_WRONLY)"),
        (67, "67(O_NONBLOCK|O_RDWR)"),
        // An entry that is the whole value ends the list.
        (3, "3(O_RDWR)"),
        (0, "0(O_NONE)"),
        (1 << 31, "2147483648"),
    ] {
        assert_eq!(known(T::Flags32, Hex, file, &bits.to_le_bytes()), expected);
    }
    assert_eq!(known(T::Flags16, Hex, file, &4097u16.to_le_bytes()), "4097(O_RDONLY|O_CLOEXEC)");
    assert_eq!(known(T::Flags8, Dec, file, &[1]), "1(O_RDONLY)");
    assert_eq!(known(T::Flags8, Dec, Extra::None, &[1]), "1");
    let families = Extra::Flags(&flags::SOCKET_FAMILIES);
    assert_eq!(known(T::EnumFlags32, Dec, families, &1u32.to_le_bytes()), "1(AF_LOCAL|AF_UNIX)");
    assert_eq!(known(T::EnumFlags32, Dec, families, &16u32.to_le_bytes()), "16(AF_ROUTE|AF_NETLINK)");
    assert_eq!(known(T::EnumFlags8, Dec, families, &[0]), "0(AF_UNSPEC)");
    assert_eq!(known(T::EnumFlags8, Dec, families, &[99]), "99");
    assert_eq!(known(T::EnumFlags16, Dec, families, &10u16.to_le_bytes()), "10(AF_INET6)");
    for (table, bits, expected) in [
        (&flags::CHMOD_MODE, 0o644u32, "0644(S_IROTH|S_IRGRP|S_IWUSR|S_IRUSR)"),
        (&flags::CHMOD_MODE, 0o600, "0600(S_IWUSR|S_IRUSR)"),
        (&flags::MKNOD_MODE, 0o10666, "010666(S_IWOTH|S_IROTH|S_IWGRP|S_IRGRP|S_IWUSR|S_IRUSR|S_IFIFO)"),
    ] {
        assert_eq!(known(T::Mode, Oct, Extra::Flags(table), &bits.to_le_bytes()), expected);
    }
}

#[test]
fn dynamic_parameters() {
    let dynamic = |table, bytes: &[u8]| known(ParamType::Dyn, ParamFormat::Dec, Extra::Dyn(table), bytes);
    let with = |variant: u8, payload: &[u8]| [&[variant], payload].concat();
    let sockopt = flags::SOCKOPT_DYNAMIC_PARAM;
    assert_eq!(dynamic(sockopt, b""), "NULL");
    assert_eq!(dynamic(sockopt, &with(0, b"<\x01\x00\x00")), "<...");
    assert_eq!(dynamic(sockopt, &with(1, &(-111i64).to_le_bytes())), "-111(ECONNREFUSED)");
    assert_eq!(dynamic(sockopt, &with(2, &1u32.to_le_bytes())), "1");
    assert_eq!(dynamic(sockopt, &with(3, &7u64.to_le_bytes())), "7");
    assert_eq!(dynamic(sockopt, &with(4, &2_000_000_000u64.to_le_bytes())), "2000000000(2s)");
    assert_eq!(dynamic(sockopt, &with(9, b"x")), "<NA>");
    assert_eq!(dynamic(flags::PTRACE_DYNAMIC_PARAM, &with(0, &0xabcu64.to_le_bytes())), "ABC");
    assert_eq!(dynamic(flags::PTRACE_DYNAMIC_PARAM, &with(1, &[19])), "19(SIGSTOP)");
    assert_eq!(dynamic(flags::BPF_DYNAMIC_PARAM, &with(0, &3i64.to_le_bytes())), "3(<f>/etc/passwd)");
    assert_eq!(dynamic(flags::BPF_DYNAMIC_PARAM, &with(1, &(-1i64).to_le_bytes())), "-1(EPERM)");
    assert_eq!(dynamic(flags::KEYCTL_DYNAMIC_PARAM, &with(0, &4_294_967_293i64.to_le_bytes())), "4294967293");
    assert_eq!(dynamic(flags::KEYCTL_DYNAMIC_PARAM, &with(1, b"")), "(null)");
    assert_eq!(dynamic(flags::KEYCTL_DYNAMIC_PARAM, &with(1, b"ring\0")), "ring");
}

#[test]
fn whole_lines_and_single_parameters() {
    let options = PrintOptions::default();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_READ_X).i64(-11).bytes(b"").i64(3).u32(80);
    let event = b.event(0, 42, 0);
    let mut out = Vec::new();
    print_args(&event, &Known, &options, &mut out);
    assert_eq!(String::from_utf8_lossy(&out), "res=-11(EAGAIN) data=NULL fd=3(<f>/etc/passwd) size=80");
    for (index, resolved, raw) in
        [(0, "EAGAIN", "-11"), (1, "NULL", "NULL"), (2, "<f>/etc/passwd", "3"), (3, "80", "80")]
    {
        out.clear();
        assert!(print_param(&event, index, &Known, &options, &mut out));
        assert_eq!(String::from_utf8_lossy(&out), resolved);
        out.clear();
        assert!(print_raw_param(&event, index, &options, &mut out));
        assert_eq!(String::from_utf8_lossy(&out), raw);
    }
    out.clear();
    assert!(!print_param(&event, 4, &Known, &options, &mut out) && out.is_empty());
    b.start(EventType::GENERIC_X).u16(387).u16(239);
    print_args(&b.event(0, 42, 0), &Known, &options, &mut out);
    assert!(out.is_empty());
}

#[test]
fn pairs_have_the_names_of_their_time() {
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_FUTEX_E).u64(0).u16(129).u64(1);
    let event = b.event(0, 1, 0);
    let text = |style| {
        let mut out = Vec::new();
        print_args(&event, &Unresolved, &PrintOptions { style, ..PrintOptions::default() }, &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(text(Style::Merged), "addr=0 op=129(FUTEX_PRIVATE_FLAG|FUTEX_WAKE) val=1");
    assert_eq!(text(Style::Pairs), "addr=0 op=129 val=1");
}

/// Plausible bytes for a parameter.
fn plausible(param: &ParamInfo) -> Vec<u8> {
    match param.kind {
        ParamType::SockAddr => vec![2, 127, 0, 0, 1, 80, 0],
        ParamType::SockTuple => vec![2, 127, 0, 0, 1, 80, 0, 127, 0, 0, 2, 81, 0],
        ParamType::FdList => vec![1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0],
        ParamType::Dyn => vec![0, 1, 0, 0, 0, 0, 0, 0, 0],
        kind => match kind.width() {
            Some(width) => vec![1; width],
            None => b"text\0".to_vec(),
        },
    }
}

#[test]
fn every_row_prints() {
    let mut b = EventBuilder::new();
    for row in EVENTS {
        b.start(EventType(row.id));
        for param in row.params {
            b.bytes(&plausible(param));
        }
        let event = b.event(1, 42, 0);
        let mut out = Vec::new();
        print_args(&event, &Known, &PrintOptions::default(), &mut out);
        let text = String::from_utf8(out).unwrap();
        if row.id > 1 {
            for param in row.params {
                assert!(text.contains(&format!("{}=", param.name)), "{}: {text}", row.key);
            }
            assert!(!text.contains("=<NA>"), "{}: {text}", row.key);
        }
    }
}

#[test]
fn terminals_get_visible_text_only() {
    for (text, expected) in [
        (&b"plain text ~"[..], "plain text ~"),
        ("grün 漢字 😀".as_bytes(), "grün 漢字 😀"),
        (b"\x1b[31mred\x07\n\t\0", "\\x1b[31mred\\x07\\x0a\\x09\\x00"),
        (b"del\x7f", "del\\x7f"),
        ("c1\u{9b}".as_bytes(), "c1\\xc2\\x9b"),
        ("\u{202e}gpj.exe\u{200b}\u{feff}\u{2066}".as_bytes(), "\\u{202e}gpj.exe\\u{200b}\\u{feff}\\u{2066}"),
        (b"bad \xff\xfe utf \xe2\x82", "bad \\xff\\xfe utf \\xe2\\x82"),
        (b"\x9b31m", "\\x9b31m"),
        (b"back\\slash", "back\\slash"),
    ] {
        let mut out = Vec::new();
        escape_terminal(text, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn json_strings() {
    for (text, expected) in [
        (&b"plain"[..], "\"plain\""),
        (b"q\"b\\n\n\r\t\x01\x1b", "\"q\\\"b\\\\n\\n\\r\\t\\u0001\\u001b\""),
        (b"bad\xff\xfe!", "\"bad\u{fffd}\u{fffd}!\""),
        ("\u{202e}\u{e0041}\u{85}".as_bytes(), "\"\\u202e\\udb40\\udc41\\u0085\""),
    ] {
        let mut out = Vec::new();
        json_string(text, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

/// True for text that a terminal shows and does nothing else with.
fn is_harmless(text: &str) -> bool {
    const MARKS: [RangeInclusive<char>; 3] =
        ['\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}'];
    !text.chars().any(|c| c.is_control() || MARKS.iter().any(|marks| marks.contains(&c)))
}

proptest! {
    #[test]
    fn any_bytes_print(
        id in 0u16..460,
        params in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..34),
        cut in proptest::option::of(0usize..100),
        form in 0usize..5,
    ) {
        let mut b = EventBuilder::new();
        b.start(EventType(id));
        for param in &params {
            b.bytes(param);
        }
        let forms =
            [DataFormat::Dotted, DataFormat::Hex, DataFormat::HexAscii, DataFormat::Ascii, DataFormat::Base64];
        let options = PrintOptions { data: forms[form], cut, style: Style::Pairs };
        let event = b.event(0, 1, 0);
        let mut out = Vec::new();
        print_args(&event, &Known, &options, &mut out);
        for index in 0..params.len() {
            let known = event.info().is_some_and(|info| index < info.params.len());
            prop_assert_eq!(print_param(&event, index, &Known, &options, &mut out), known);
            prop_assert_eq!(print_raw_param(&event, index, &options, &mut out), known);
        }
    }

    #[test]
    fn torn_parameters_print(
        id in 0u16..454,
        lengths in proptest::collection::vec(any::<u8>(), 0..80),
        data in proptest::collection::vec(any::<u8>(), 0..200),
        wide in any::<bool>(),
    ) {
        let params = crate::Params::new(&lengths, &data, wide);
        let event = Event { ts: 0, tid: 1, cpu: 0, kind: EventType(id), flags: 0, latency: None, params };
        print_args(&event, &Known, &PrintOptions::default(), &mut Vec::new());
    }

    #[test]
    fn escapes_are_safe_and_json_is_valid(text in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut out = Vec::new();
        escape_terminal(&text, &mut out);
        prop_assert!(is_harmless(std::str::from_utf8(&out).unwrap()));
        out.clear();
        json_string(&text, &mut out);
        let json = std::str::from_utf8(&out).unwrap();
        prop_assert!(is_harmless(json));
        let back: String = serde_json::from_str(json).unwrap();
        prop_assert_eq!(back, String::from_utf8_lossy(&text));
    }
}
