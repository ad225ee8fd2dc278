//! The grammar against lists of filters that are to be read or refused.

use super::*;

fn parse(text: &str) -> Result<Option<Ast>, FilterError> {
    super::parse(&Source::alone(text), 0..text.len())
}

fn lines(name: &str) -> Vec<String> {
    let captures = std::env::var("CSCOPE_CAPTURES")
        .unwrap_or_else(|_| format!("{}/../../shared/captures", env!("CARGO_MANIFEST_DIR")));
    let path = format!("{captures}/../format/{name}");
    match std::fs::read_to_string(&path) {
        Ok(text) => text.lines().filter(|l| !l.is_empty()).map(str::to_owned).collect(),
        Err(_) => {
            // Not with a macro: the test harness hides what those print for tests that pass.
            let line = format!("SKIP: {path} is not there, the grammar is not compared with its list\n");
            let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
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

/// The filter with its operators in postfix order.
fn postfix(text: &str) -> String {
    let ast = parse(text).unwrap_or_else(|e| panic!("{e}")).unwrap_or_default();
    let word = |item: &Item| match item {
        Item::Check(check) => text[check.left.span()].to_owned(),
        Item::Ident(name, _) => name.to_string(),
        Item::Not => "not".to_owned(),
        Item::And(n) => format!("and{n}"),
        Item::Or(n) => format!("or{n}"),
    };
    ast.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn and_binds_stronger_than_or() {
    assert_eq!(postfix("proc.name=a and evt.type=b or evt.type=c"), "proc.name evt.type and2 evt.type or2");
    assert_eq!(postfix("a.b=1 or c.d=1 and e.f=1 or x"), "a.b c.d e.f and2 x or3");
    assert_eq!(postfix("not not a.b=1"), "a.b");
    assert_eq!(postfix("not a.b=1 and c.d=2"), "a.b not c.d and2");
    assert_eq!(postfix("not (a.b=1 and (x or not y)) and ((z))"), "a.b x y not or2 and2 not z and2");
    assert_eq!(parse("  \n"), Ok(None));
}

#[test]
fn signs_stand_for_words() {
    assert_eq!(postfix("!(a.b = x && ! c.d=1) || !!e.f exists"), "a.b c.d not and2 not e.f or2");
    assert_eq!(postfix("(a)&&(b)||!c"), "a b and2 c not or2");
    // They are part of values that touch them.
    assert_eq!(postfix("a.b = x&&y"), "a.b");
    assert!(parse("a.b=x&&c.d=y").is_err());
}

#[test]
fn quoted_values() {
    let value = |text: &str| match parse(text) {
        Ok(Some(ast)) => match &ast[..] {
            [Item::Check(check)] => match &check.right {
                Right::Value(literal) => literal.bytes.clone(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(value(r#"a.b = "a\"b""#), b"a\"b");
    assert_eq!(value(r#"a.b = 'x\x41\xff\n\ y'"#), b"xA\xff\n\\y");
    assert_eq!(value(r#"a.b = 'c:\\'"#), br"c:\");
    assert_eq!(value("a.b=x.*[]{}"), b"x.*[]{}");
}

/// Runs with the stack that threads have at least.
fn on_a_small_stack(run: fn()) {
    std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(run)
        .expect("a thread")
        .join()
        .expect("no overflow");
}

#[test]
fn nests_to_its_limit_only() {
    on_a_small_stack(|| {
        let nested = |n: usize| format!("{}a.b=1{}", "(".repeat(n), ")".repeat(n));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        let error = parse(&nested(MAX_DEPTH + 1)).expect_err("too deep");
        assert_eq!(
            (error.span.clone(), error.message.as_str()),
            (10_000..10_001, "brackets nest more than 10000 deep")
        );
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&format!("{}a.b=1", "not ".repeat(100_001))).is_ok());
        assert!(parse(&format!("{}fd.name{} = x", "tolower(".repeat(5_000), ")".repeat(5_000))).is_err());
        assert!(parse(&format!("join({}", "(".repeat(100_000))).is_err());
    });
}

/// What nests is compiled, explained and dropped without a stack, and so is what matches it.
#[test]
fn deep_filters_are_compiled() {
    on_a_small_stack(|| {
        let mut text = String::from("proc.name = x");
        for n in 0..MAX_DEPTH {
            text = match n % 3 {
                0 => format!("proc.pid = {n} and ({text})"),
                1 => format!("(fd.name contains x{n} or {text})"),
                _ => format!("not ({text})"),
            };
        }
        let filter = crate::Filter::parse(&text, &Default::default()).expect("a filter");
        drop(filter.clone());
        drop(filter);
    });
}

/// Processor time of this thread, which other load on the machine does not lengthen much.
fn spent() -> std::time::Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    std::time::Duration::new(spent.tv_sec.unsigned_abs(), u32::try_from(spent.tv_nsec).unwrap_or_default())
}

/// Makes a filter of so many parts.
type Form = fn(usize) -> String;

/// Four times the text takes at most about four times the time: quadratic would be sixteen times.
#[test]
fn long_filters_take_linear_time() {
    let parse = |text: &str| crate::Filter::parse(text, &Default::default()).is_ok();
    let forms: [(&str, Form); 9] = [
        ("lists", |n| vec!["proc.name in (a, 'b c', \"d\")"; n].join(" or ")),
        ("types", |n| vec!["evt.type=open and proc.name contains x"; n].join(" or ")),
        ("values", |n| (0..n).map(|i| format!("fd.name = /a/{i}")).collect::<Vec<_>>().join(" or ")),
        ("numbers", |n| (0..n).map(|i| format!("proc.pid != {i}")).collect::<Vec<_>>().join(" and ")),
        ("mixed", |n| {
            (0..n).map(|i| format!("not (evt.arg.fd = {i} or evt.dir = <)")).collect::<Vec<_>>().join(" or ")
        }),
        ("list", |n| {
            format!("proc.name in ({})", (0..3 * n).map(|i| format!("n{i}")).collect::<Vec<_>>().join(","))
        }),
        ("right", |n| format!("{}a.b = 1", "proc.name = x and ".repeat(n))),
        ("quotes", |n| format!("a.b = {}", "'\\".repeat(3 * n))),
        ("commas", |n| format!("a.b in ({}", "x,".repeat(3 * n))),
    ];
    for (name, form) in forms {
        let time = |n: usize| {
            let text = form(n);
            (0..3)
                .map(|_| {
                    let start = spent();
                    std::hint::black_box(parse(&text));
                    spent() - start
                })
                .min()
                .unwrap_or_default()
        };
        let (small, large) = (time(8_000), time(32_000));
        assert!(large < small * 8 + std::time::Duration::from_millis(100), "{name}: {small:?} {large:?}");
    }
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
                "and ", "or ", "not ", "(", ")", "&&", "||", "!", "#", "fd.name", "proc.aname[", "]", "=", "!=", " in ", "'", "\"", "\\",
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
