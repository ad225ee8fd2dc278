use super::*;
use crate::table::{CONVERSIONS, EVENTS};

fn text(event: &Event<'_>, index: usize) -> String {
    String::from_utf8_lossy(event.text(index).unwrap_or(b"<absent>")).into_owned()
}

fn feed(joiner: &mut Joiner, b: &EventBuilder, ts: u64, tid: u64) -> Role {
    joiner.join(&b.event(ts, tid, 0)).role
}

#[test]
fn rules_fit_the_event_table() {
    let mut last = (0, 0);
    for (n, rule) in CONVERSIONS.iter().enumerate() {
        let key = (rule.kind.0, rule.params);
        assert!(n == 0 || key > last, "{rule:?} is out of order");
        last = key;
        assert_eq!(conversion(rule.kind, usize::from(rule.params)), Some(rule));
        let (kind, start) = match rule.action {
            Action::AddParams => (rule.kind, usize::from(rule.params)),
            Action::ChangeType(kind) => (kind, 0),
            _ => {
                assert!(rule.fill.is_empty() && rule.kind.is_enter());
                continue;
            }
        };
        let names: Vec<_> = kind.info().unwrap().params.iter().map(|p| p.name).collect();
        for (at, fill) in rule.fill.iter().enumerate() {
            assert_eq!(names.get(start + at), Some(&fill.name), "{rule:?}");
        }
    }
    assert_eq!(CONVERSIONS.len(), 253);
}

#[test]
fn every_rule_ends_in_the_current_schema() {
    for rule in CONVERSIONS {
        let mut joiner = Joiner::new();
        let mut b = EventBuilder::new();
        b.start(rule.kind);
        for _ in 0..rule.params {
            b.empty();
        }
        let joined = joiner.join(&b.event(1, 7, 0)).event;
        let next = conversion(joined.kind, joined.params.len());
        assert!(
            next.is_none_or(|next| matches!(
                next.action,
                Action::Store | Action::Pass | Action::StoreAndPass
            )),
            "{rule:?} stops at {joined:?}"
        );
        if !rule.kind.is_enter() {
            assert_eq!(joined.params.len(), joined.info().unwrap().params.len(), "{rule:?}");
        }
    }
}

#[test]
fn stored_enter_completes_the_exit() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_READ_E).i64(5).u32(4096);
    assert_eq!(feed(&mut joiner, &b, 100, 42), Role::EnterStored);
    // Events of other threads, and those that are no calls, do not come between.
    b.start(EventType::SYSCALL_READ_E).i64(6).u32(1);
    assert_eq!(feed(&mut joiner, &b, 101, 43), Role::EnterStored);
    b.start(EventType::SCHEDSWITCH_6_E).i64(43).u64(0).u64(0).u32(0).u32(0).u32(0);
    assert_eq!(feed(&mut joiner, &b, 102, 42), Role::Whole);
    b.start(EventType::SYSCALL_READ_X).i64(3).bytes(b"abc");
    let exit = b.event(150, 42, 1);
    let joined = joiner.join(&exit);
    assert_eq!((joined.role, joined.latency()), (Role::Merged, Some(50)));
    let event = joined.event;
    assert_eq!((event.ts, event.tid, event.cpu, event.params.len()), (150, 42, 1, 4));
    assert_eq!(
        (event.i64(0), event.param(1), event.i64(2), event.u64(3)),
        (Some(3), Some(&b"abc"[..]), Some(5), Some(4096))
    );
    // The enter event is used up.
    let joined = joiner.join(&exit);
    assert_eq!((joined.latency(), joined.event.i64(2)), (None, Some(0)));
}

#[test]
fn defaults_stand_for_a_lost_enter() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_READ_X).i64(0).bytes(b"");
    let event = b.owned(1, 1, 0);
    let joined = joiner.join(&event.event());
    assert_eq!((joined.event.i64(2), joined.event.u64(3)), (Some(0), Some(0)));
    // `empty` is absent, not 0.
    b.start(EventType::SYSCALL_SETUID_X).i64(0);
    let event = b.owned(2, 1, 0);
    assert_eq!(joiner.join(&event.event()).event.param(1), Some(&[][..]));
    // Text has no default.
    b.start(EventType::SOCKET_CONNECT_X).i64(0).empty();
    let event = b.owned(3, 1, 0);
    let joined = joiner.join(&event.event());
    assert_eq!((joined.event.i64(2), joined.event.param(3)), (Some(0), Some(&[][..])));
}

#[test]
fn another_call_between_breaks_the_pair() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_CLOSE_E).i64(9);
    feed(&mut joiner, &b, 1, 42);
    b.start(EventType::SYSCALL_DUP2_X).i64(0).i64(1).i64(2);
    assert_eq!(joiner.join(&b.event(2, 42, 0)).latency(), None);
    b.start(EventType::SYSCALL_CLOSE_X).i64(0);
    let joined = joiner.join(&b.event(3, 42, 0)).event;
    assert_eq!((joined.latency, joined.i64(1)), (None, Some(0)));
    // An enter in place of an exit does, too.
    b.start(EventType::SYSCALL_CLOSE_E).i64(9);
    feed(&mut joiner, &b, 4, 42);
    b.start(EventType::SYSCALL_FSTAT_E).i64(8);
    feed(&mut joiner, &b, 5, 42);
    b.start(EventType::SYSCALL_CLOSE_X).i64(0);
    let joined = joiner.join(&b.event(6, 42, 0)).event;
    assert_eq!((joined.latency, joined.i64(1)), (None, Some(0)));
}

#[test]
fn passed_enters_are_completed_but_not_merged() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_OPEN_E);
    let enter = b.owned(10, 42, 0);
    let joined = joiner.join(&enter.event());
    assert_eq!((joined.role, joined.event.params.len()), (Role::EnterPassed, 3));
    b.start(EventType::SYSCALL_OPEN_X).i64(3).text(b"/x").u32(1).u32(0);
    let exit = b.owned(15, 42, 0);
    let joined = joiner.join(&exit.event());
    assert_eq!((joined.role, joined.latency(), joined.event.params.len()), (Role::Merged, Some(5), 6));
    // Device and inode are absent.
    assert_eq!((joined.event.param(4), joined.event.u64(5)), (Some(&[][..]), None));
}

#[test]
fn connect_is_stored_and_passed() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SOCKET_CONNECT_E).i64(7).bytes(&[2, 127, 0, 0, 1, 80, 0]);
    assert_eq!(feed(&mut joiner, &b, 10, 42), Role::EnterPassed);
    b.start(EventType::SOCKET_CONNECT_X).i64(0).empty();
    let exit = b.owned(15, 42, 0);
    let joined = joiner.join(&exit.event()).event;
    assert_eq!((joined.i64(2), joined.param(3)), (Some(7), Some(&[2, 127, 0, 0, 1, 80, 0][..])));
}

#[test]
fn types_change_through_all_generations() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_EXECVE_8_E);
    let enter = b.owned(10, 42, 0);
    let joined = joiner.join(&enter.event());
    assert_eq!((joined.role, joined.event.kind), (Role::EnterPassed, EventType::SYSCALL_EXECVE_19_E));
    b.start(EventType::SYSCALL_EXECVE_8_X).i64(0).text(b"exe").bytes(b"a\0b\0").i64(42).i64(42).i64(1);
    b.text(b"/cwd").u64(1024);
    let exit = b.owned(20, 42, 0);
    let joined = joiner.join(&exit.event());
    assert_eq!((joined.role, joined.event.kind), (Role::Merged, EventType::SYSCALL_EXECVE_19_X));
    assert_eq!((joined.event.params.len(), joined.latency()), (31, Some(10)));
    assert_eq!((text(&joined.event, 1), text(&joined.event, 6)), ("exe".into(), "/cwd".into()));
    assert_eq!((joined.event.u64(7), joined.event.u64(8)), (Some(1024), None));
}

#[test]
fn execve_takes_its_file_name_from_the_enter() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_EXECVE_19_E).text(b"/bin/x");
    assert_eq!(feed(&mut joiner, &b, 10, 42), Role::EnterPassed);
    b.start(EventType::SYSCALL_EXECVE_19_X);
    for _ in 0..28 {
        b.empty();
    }
    let exit = b.owned(20, 42, 0);
    assert_eq!(text(&joiner.join(&exit.event()).event, 30), "/bin/x");
    // execveat ends as execve: a pair, but its path is not the file name.
    b.start(EventType::SYSCALL_EXECVEAT_E).i64(-100).text(b"x").u32(0);
    assert_eq!(feed(&mut joiner, &b, 30, 42), Role::EnterPassed);
    let exit = exit.event();
    let joined = joiner.join(&Event { ts: 37, ..exit });
    assert_eq!((joined.latency(), text(&joined.event, 30)), (Some(7), "<absent>".into()));
}

#[test]
fn renamed_types_keep_their_enter() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_OPENAT_E).i64(-100).text(b"f").u32(1).u32(0);
    assert_eq!(feed(&mut joiner, &b, 10, 42), Role::EnterStored);
    b.start(EventType::SYSCALL_OPENAT_X).i64(3);
    let exit = b.owned(20, 42, 0);
    let joined = joiner.join(&exit.event());
    assert_eq!(joined.event.kind, EventType::SYSCALL_OPENAT_2_X);
    assert_eq!((joined.event.i64(1), text(&joined.event, 2)), (Some(-100), "f".into()));
    assert_eq!((joined.event.u64(3), joined.event.param(5)), (Some(1), Some(&[][..])));
    assert_eq!(joined.latency(), Some(10));
    // The oldest brk has its address in the enter event.
    b.start(EventType::SYSCALL_BRK_1_E).u32(4096);
    feed(&mut joiner, &b, 30, 42);
    b.start(EventType::SYSCALL_BRK_1_X).u64(8192);
    let exit = b.owned(31, 42, 0);
    let joined = joiner.join(&exit.event()).event;
    assert_eq!(
        (joined.kind, joined.u64(0), joined.u64(4)),
        (EventType::SYSCALL_BRK_4_X, Some(8192), Some(4096))
    );
}

#[test]
fn old_container_events_become_json() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::CONTAINER_E).text(b"f00").u32(0).text(b"d\"b").text(b"img\xff");
    let event = b.owned(1, u64::MAX, 0);
    let joined = joiner.join(&event.event());
    assert_eq!((joined.role, joined.event.kind), (Role::Merged, EventType::CONTAINER_JSON_2_E));
    assert!(joined.event.params.is_wide());
    let json: serde_json::Value = serde_json::from_str(&text(&joined.event, 0)).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"container": {"id": "f00", "type": 0, "name": "d\"b", "image": "img\u{fffd}"}})
    );
}

#[test]
fn current_events_pass_untouched() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_READ_X).i64(1).bytes(b"a").i64(3).u32(80);
    let built = b.event(5, 42, 0);
    let joined = joiner.join(&Event { latency: Some(9), ..built });
    assert_eq!((joined.role, joined.latency()), (Role::Whole, Some(9)));
    assert!(std::ptr::eq(joined.event.params.data(), built.params.data()));
    // More parameters than the table has are dropped.
    b.start(EventType::SYSCALL_CLOSE_X).i64(0).i64(3).i64(4).i64(5);
    let built = b.event(6, 42, 0);
    let joined = joiner.join(&built);
    assert_eq!((joined.event.params.len(), joined.event.i64(1)), (2, Some(3)));
    // Unknown types are handed on.
    let joined = joiner.join(&Event { kind: EventType(9999), ..built });
    assert_eq!((joined.role, joined.event.params.len()), (Role::Whole, 4));
}

#[test]
fn time_never_runs_backwards() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_CLOSE_E).i64(3);
    feed(&mut joiner, &b, 100, 42);
    b.start(EventType::SYSCALL_CLOSE_X).i64(0);
    let exit = b.owned(90, 42, 0);
    let joined = joiner.join(&exit.event());
    assert_eq!((joined.latency(), joined.event.i64(1)), (None, Some(3)));
}

#[test]
fn memory_is_bounded_and_losses_are_counted() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    for tid in 0..1000 {
        b.start(EventType::SYSCALL_CLOSE_E).i64(tid);
        feed(&mut joiner, &b, 1 + tid.cast_unsigned(), tid.cast_unsigned());
    }
    let dropped = joiner.dropped();
    assert!((900..1000).contains(&dropped), "{dropped}");
    // The newest survived, the oldest did not.
    b.start(EventType::SYSCALL_CLOSE_X).i64(0);
    let exit = b.owned(2000, 999, 0).event().ts;
    assert_eq!(joiner.join(&b.event(exit, 999, 0)).event.i64(1), Some(999));
    assert_eq!(joiner.join(&b.event(exit, 0, 0)).latency(), None);
    // Idle threads go first, and are no loss.
    joiner.clear();
    for tid in 0..1000 {
        b.start(EventType::SYSCALL_CLOSE_E).i64(3);
        feed(&mut joiner, &b, 1, tid);
        b.start(EventType::SYSCALL_CLOSE_X).i64(0);
        feed(&mut joiner, &b, 2, tid);
    }
    assert_eq!(joiner.dropped(), dropped);
    // Bytes: eight enter events of 60,000.
    for tid in 0..8 {
        b.start(EventType::SOCKET_SENDTO_E).i64(3).u32(1).bytes(&[0; 60_000]);
        feed(&mut joiner, &b, 10 + tid, tid);
    }
    assert!(joiner.dropped() > dropped);
    let before = joiner.dropped();
    b.start(EventType::SOCKET_SENDTO_E).i64(3).u32(1).bytes(&[0; 65_535]).bytes(&[0; 100]);
    feed(&mut joiner, &b, 100, 1);
    assert_eq!(joiner.dropped(), before + 1);
}

#[test]
fn a_thread_that_ends_is_forgotten() {
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    b.start(EventType::SYSCALL_CLOSE_E).i64(3);
    feed(&mut joiner, &b, 1, 42);
    b.start(EventType::PROCEXIT_1_E).i64(0);
    assert_eq!(feed(&mut joiner, &b, 2, 42), Role::Whole);
    b.start(EventType::SYSCALL_CLOSE_X).i64(0);
    assert_eq!(joiner.join(&b.event(3, 42, 0)).latency(), None);
}

#[test]
fn anything_can_be_joined() {
    let mut seed = 1u64;
    let mut random = move |limit: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % limit
    };
    let mut joiner = Joiner::new();
    let mut b = EventBuilder::new();
    for ts in 0..20_000 {
        b.start(EventType(random(EVENTS.len() as u64 + 3) as u16));
        for _ in 0..random(36) {
            b.bytes(&vec![random(256) as u8; random(20) as usize]);
        }
        let joined = joiner.join(&b.event(ts, random(5), 0)).event;
        assert_eq!(joined.ts, ts);
        assert!(joined.params.iter().count() == joined.params.len());
    }
}
