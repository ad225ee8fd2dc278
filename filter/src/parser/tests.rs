//! The grammar against lists of filters that are to be read or refused.

use super::*;

fn lines(name: &str) -> Vec<String> {
    let captures = std::env::var("CSCOPE_CAPTURES")
        .unwrap_or_else(|_| format!("{}/../../shared/captures", env!("CARGO_MANIFEST_DIR")));
    let path = format!("{captures}/../format/{name}");
    match std::fs::read_to_string(&path) {
        Ok(text) => text.lines().filter(|l| !l.is_empty()).map(str::to_owned).collect(),
        Err(_) => {
            eprintln!("SKIP: {path} is not there, the grammar is not compared with its list");
            Vec::new()
        }
    }
}

#[test]
fn reads_what_is_a_filter() {
    let wrong: Vec<String> = lines("filter_accept.txt")
        .into_iter()
        .filter_map(|l| parse(&l).err().map(|e| format!("{l}\n    {e}")))
        .collect();
    assert!(wrong.is_empty(), "refused:\n{}", wrong.join("\n"));
}

#[test]
fn refuses_what_is_none() {
    // Forms that are read on purpose.
    const MORE: &[&str] = &[];
    let wrong: Vec<String> = lines("filter_reject.txt")
        .into_iter()
        .filter(|l| !MORE.contains(&l.as_str()) && parse(l).is_ok())
        .collect();
    assert!(wrong.is_empty(), "accepted:\n{}", wrong.join("\n"));
}

#[test]
fn and_binds_stronger_than_or() {
    let Ok(Some(Expr::Or(all))) = parse("proc.name=a and evt.type=b or evt.type=c") else {
        panic!("an or at the top")
    };
    assert!(matches!(&all[..], [Expr::And(_), Expr::Check(_)]));
    assert!(matches!(parse("not not a.b=1"), Ok(Some(Expr::Check(_)))));
    assert!(matches!(parse("not a.b=1 and c.d=2"), Ok(Some(Expr::And(_)))));
    assert_eq!(parse("  \n"), Ok(None));
}

#[test]
fn quoted_values() {
    let value = |text: &str| match parse(text) {
        Ok(Some(Expr::Check(Check { right: Right::Value(literal), .. }))) => literal.bytes,
        other => panic!("{other:?}"),
    };
    assert_eq!(value(r#"a.b = "a\"b""#), b"a\"b");
    assert_eq!(value(r#"a.b = 'x\x41\xff\n\ y'"#), b"xA\xff\n\\y");
    assert_eq!(value(r#"a.b = 'c:\\'"#), br"c:\");
    assert_eq!(value("a.b=x.*[]{}"), b"x.*[]{}");
}

#[test]
fn nests_to_its_limit_only() {
    let nested = |n: usize| format!("{}a.b=1{}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&nested(100)).is_ok());
    assert!(parse(&nested(101)).is_err());
    assert!(parse(&"(".repeat(100_000)).is_err());
    assert!(parse(&format!("{}a.b=1", "not ".repeat(100_001))).is_ok());
    assert!(parse(&format!("{}fd.name{} = x", "tolower(".repeat(5_000), ")".repeat(5_000))).is_err());
    assert!(parse(&format!("join({}", "(".repeat(100_000))).is_err());
}

#[test]
fn long_filters_take_linear_time() {
    let many = vec!["proc.name in (a, 'b c', \"d\")"; 40_000].join(" or ");
    let start = std::time::Instant::now();
    assert!(parse(&many).is_ok());
    assert!(parse(&format!("a.b = {}", "'\\".repeat(500_000))).is_err());
    assert!(parse(&format!("a.b in ({}", "x,".repeat(500_000))).is_err());
    let types = vec!["evt.type=open and proc.name contains x"; 25_000].join(" or ");
    assert!(crate::Filter::parse(&types, &Default::default()).is_ok());
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "\\PC*") {
        let _ = parse(&text).map_err(|e| e.render(false));
    }

    #[test]
    fn never_panics_on_pieces_of_filters(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "and ", "or ", "not ", "(", ")", "fd.name", "proc.aname[", "]", "=", "!=", " in ", "'", "\"", "\\",
                "x", "1", ",", " ", "tolower(", "val(", "oneof ", "exists", "\\x", "é", "\u{0}", "evt.arg.", "join(",
            ]),
            0..20,
        )
    ) {
        let text = pieces.concat();
        let _ = parse(&text).map_err(|e| e.render(false));
        let _ = crate::Filter::parse(&text, &Default::default()).map_err(|e| e.render(true));
    }
}
