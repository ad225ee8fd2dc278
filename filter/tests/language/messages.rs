//! What errors look like.

use std::fmt::Write as _;

use cscope_filter::{FieldRef, Filter, FilterOptions, Format, Library, TextOptions};

/// Filters with something wrong in them.
const FILTERS: &[&str] = &[
    "proc.nmae = curl",
    "proc.name curl",
    "proc.name = ",
    "proc.name == = x",
    "evt.type = opne",
    "evt.type = read AND proc.name = x",
    "evt.type=read&&proc.name=x",
    "evt.type = read & proc.name = x",
    "evt.type = read | proc.name = x",
    "proc.name = my prog",
    "evt.args contains res=0",
    "(proc.name = x",
    "proc.name = x)",
    "()",
    "name = x",
    "some_macro and proc.name = x",
    "name",
    "contains x",
    "! = x",
    "%proc.name = x",
    "evt.rawres contains 3",
    "evt.rawres = abc",
    "evt.rawres = 1.5",
    "evt.rawres = 5ms",
    "evt.latency > 4KiB",
    "evt.failed = 1",
    "fd.ip = 10.0.0.0/8",
    "fd.cip != 10.0.0.0/8",
    "evt.failed = 0",
    "evt.rawres = ENOENT",
    "evt.latency > 10x",
    "evt.time >= 10:00",
    "proc.pid = curl and evt.type = read",
    "fd.num = /etc/passwd",
    "proc.cmdline contains -c echo hello and proc.name = sh",
    "fd.name contains (deleted)",
    "evt.arg.name contains a,b",
    "fd.net = 10.0.0.0/64",
    "fd.port = htpt",
    "fd.port = 70000",
    "evt.dir = x",
    "evt.arg = x",
    "evt.arg.nonsense = x",
    "proc.aname[x] = bash",
    "proc.name[0] = bash",
    "evt.arg[] = x",
    "evt.arg[0 = x",
    "proc.name = \"x",
    "proc.name = \"a\\q\"",
    "proc.name = \"\\xZZ\"",
    "proc.name = \"\\x00\"",
    "proc.name regex '('",
    "proc.name regex 'a)(b'",
    "proc.name regex 'a{9999}{9999}'",
    "evt.reltime.s > 1500ms",
    "evt.rawtime > 2026-13-40",
    "proc.name > 2026-11-22",
    "proc.pid = 4KiB",
    "fd.num = 1ms",
    "proc.vmsize > 1000B",
    "evt.rawres = 0o18",
    "evt.rawres = 1__000",
    "fd.ip in (10.0.0.0/8, 10.0.0.0/33)",
    "evt.buffer bcontains 47455",
    "proc.name <= d",
    "fd.types = file",
    "proc.name in (a, b c)",
    "proc.name in (a",
    "val(proc.name) = x",
    "proc.name = val(evt.num)",
    "toupper(evt.rawres) = 1",
    "tolowr(proc.name) = x",
    "concat(proc.name) = x",
    "join(\"-\", proc.name) = x",
    "len(fd.ip) = 1",
    "evt.rawarg.tuple > 0",
    "evt.outputtime = 3",
    "evt.around[5] > 1",
    "xyz.abc = 1",
    "proc.name startswithx",
    "évt.type = read",
    "user.uid = root",
    "proc.name = x\nand fd.nam = y",
];

const FORMATS: &[&str] = &[
    "%evt.num %",
    "%evt.num %12",
    "%-evt.num",
    "%evt.nmu",
    "%fd.ip",
    "%99999evt.num",
    "%evt.arg",
    "%toupper(evt.num)",
    "% x",
];

const REFERENCES: &[&str] = &["proc.nam", "evt.arg", "proc.aname[x]", "proc.aname[1"];

#[test]
fn errors_point_at_the_place() {
    let mut all = String::new();
    for text in FILTERS {
        let error = Filter::parse(text, &FilterOptions::default()).expect_err(text);
        let _ = writeln!(all, "{}\n    => {error}\n", error.render(false));
        assert!(!error.message.ends_with('.') && !error.message.starts_with(char::is_uppercase), "{error}");
    }
    insta::assert_snapshot!("filters", all);
}

/// Files with something wrong in them; the last of several is asked for `m`.
const FILES: &[&str] = &[
    "macro m: proc.nmae = x\n",
    "# ä\nlist l: [a, b\nmacro m: proc.name in (l)\n",
    "macro m: proc.name ==\n\nproc.name = y\n",
    "list l: [1, two]\nmacro m: proc.pid in (l)\n",
    "macro m: a\nmacro a: b\nmacro b: m\n",
    "list l: [k]\nlist k: [l]\nmacro m: proc.name in (l)\n",
    "macro m: opend\nmacro opened: evt.type = open\n",
    "macro m: l\nlist l: [x]\n",
    "- macro: m\n  conditon: proc.name = x\n",
    "- macro: m\n",
    "- makro: m\n  condition: proc.name = x\n",
    "- macro: m\n  condition: or proc.name = x\n  append: true\n",
    "- macro: m\n  condition: 'it''s'\n",
    "- list: l\n  items:\n    a\n    b\n",
    "- macro: m\n  condition: proc.name = x\n nothing\n",
    "- macro: m\n  what is this\n",
    "macro m m: proc.name = x\n",
];

#[test]
fn errors_in_files_name_the_file() {
    let mut all = String::new();
    for text in FILES {
        let mut library = Library::default();
        let options = FilterOptions::default();
        let added = library.add("my.txt", text);
        let error = added.and_then(|()| Filter::parse_with("m", &options, &library)).expect_err(text);
        let _ = writeln!(all, "{}\n    => {error}\n", error.render(false));
    }
    insta::assert_snapshot!("files", all);
}

#[test]
fn errors_as_json() {
    let error =
        Filter::parse("proc.pid = 1 and\n proc.name ==", &FilterOptions::default()).expect_err("wrong");
    let json: serde_json::Value = serde_json::from_str(&error.to_json()).expect("JSON");
    assert_eq!((&json["line"], &json["column"]), (&2.into(), &14.into()));
    assert_eq!((&json["start"], &json["file"]), (&30.into(), &serde_json::Value::Null));
    assert!(json["message"].as_str().is_some_and(|m| m.starts_with("expected a value")), "{json}");
}

#[test]
fn errors_of_formats_and_fields() {
    let mut all = String::new();
    for text in FORMATS {
        let error = Format::parse(text, &TextOptions::default()).expect_err(text);
        let _ = writeln!(all, "{}\n", error.render(false));
    }
    for text in REFERENCES {
        let error = FieldRef::parse(text).expect_err(text);
        let _ = writeln!(all, "{}\n", error.render(false));
    }
    insta::assert_snapshot!("formats", all);
}

#[test]
fn colors_only_when_asked_for() {
    let error = Filter::parse("proc.nmae = x", &FilterOptions::default()).expect_err("wrong");
    assert!(error.render(true).contains('\u{1b}'));
    assert!(!error.render(false).contains('\u{1b}'));
    assert_eq!(error.column(), 1);
}
