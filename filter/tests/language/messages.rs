//! What errors look like.

use std::fmt::Write as _;

use cscope_filter::{FieldRef, Filter, FilterOptions, Format, TextOptions};

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
    "proc.name regex '(?i)CURL'",
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
