//! The plans of all calls.

use super::*;

#[test]
fn every_call_has_a_plan_that_fits() {
    let plans = Plans::new(true);
    let typed = plans.exit.iter().flatten().count();
    assert!(typed > 150, "{typed}");
    for plan in plans.exit.iter().chain(&plans.enter).flatten() {
        assert!(plan.slots.len() <= SLOTS);
        assert_eq!(plan.ops.len(), plan.shape.kind().info().unwrap().params.len());
    }
}

#[test]
fn calls_with_a_type_of_their_own_say_where_parameters_come_from() {
    let without: Vec<_> = SYSCALLS
        .iter()
        .filter(|c| native(c).is_some() && !c.is_generic() && Plan::typed(c.exit).is_none())
        .map(|c| c.name)
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn names_of_linux_values_are_in_the_tables_they_are_translated_to() {
    for info in table::EVENTS {
        for param in info.params {
            let (Recipe::Bits(_, names) | Recipe::Enum(_, names)) = param.recipe else { continue };
            let table = match param.extra {
                Extra::Flags(table) => table,
                _ => &flags::FILE_FLAGS,
            };
            assert_eq!(translation(names, table).len(), names.len(), "{} {}", info.key, param.name);
        }
    }
}

/// Events of the table that are not produced here, and why.
const ABSENT: &[(&str, &str)] = &[
    ("SYSCALL_STAT64_X", "number 195 of 32-bit x86, its only one here, stands for stat in the list of calls"),
    ("SYSCALL_LSTAT64_X", "number 196 stands for lstat"),
    ("SYSCALL_FSTAT64_X", "number 197 stands for fstat"),
    ("SYSCALL_LLSEEK_X", "number 140 stands for lseek, whose event has the whole offset"),
    ("SYSCALL_MMAP2_X", "number 192 stands for mmap, whose event has the offset in bytes"),
    ("SYSCALL_UMOUNT_1_X", "number 22 stands for umount2, with flags 0"),
];

#[test]
fn every_event_of_the_kernel_is_produced_with_all_its_parameters() {
    use cscope_capture::table::{Dir, EVENTS, Status};

    let plans = Plans::new(true);
    let named = [&plans.generic_exit, &plans.procexit, &plans.switch, &plans.signal, &plans.fault];
    let all: Vec<&Plan> = plans.exit.iter().flatten().chain(named).collect();
    let mut wrong = Vec::new();
    for info in EVENTS.iter().filter(|info| info.status == Status::Current) {
        let told = match info.source {
            table::Source::Syscall => info.dir == Dir::Exit,
            table::Source::Tracepoint => true,
            _ => false,
        };
        if !told {
            continue;
        }
        let reason = ABSENT.iter().find(|(key, _)| *key == info.key);
        match (all.iter().find(|plan| plan.shape.kind() == EventType(info.id)), reason) {
            (None, None) => wrong.push(format!("{} is never produced", info.key)),
            (Some(_), Some(_)) => wrong.push(format!("{} is produced after all", info.key)),
            (Some(plan), None) => {
                let empty = info.params.iter().zip(&plan.ops).filter(|(_, op)| matches!(op, Op::Empty));
                wrong.extend(empty.map(|(param, _)| format!("{} lacks {}", info.key, param.name)));
            }
            (None, Some(_)) => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn messages_of_one_piece_take_the_short_way() {
    let plans = Plans::new(true);
    let message = |name: &str, snaplen: u16| {
        let desc = plans.exit[number(name) as usize].as_ref().unwrap().descriptor(snaplen);
        let slots = [desc.data, desc.socket].map(|slot| u32::from(desc.slot[usize::from(slot)].kind));
        (u32::from(desc.flags) & desc_flags::DESC_MESSAGE.0 != 0).then_some(slots)
    };
    let slots = Some([slot_kind::SLOT_BYTES.0, slot_kind::SLOT_SOCKET.0]);
    for name in ["sendto", "recvfrom"] {
        assert_eq!(message(name, 80), slots, "{name}");
        assert_eq!(message(name, limits::QUICK_DATA.0 as u16), slots, "{name}");
        assert_eq!(message(name, limits::QUICK_DATA.0 as u16 + 1), None, "{name}: too long");
    }
    for name in ["sendmsg", "connect", "accept4", "read", "getsockopt"] {
        assert_eq!(message(name, 80), None, "{name}");
    }
}
