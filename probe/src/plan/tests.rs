//! The plans of all calls.

use super::*;

#[test]
fn every_call_has_a_plan_that_fits() {
    let plans = Plans::new(true);
    let typed = plans.exit.iter().flatten().count();
    assert!(typed > 150, "{typed}");
    for plan in plans.exit.iter().chain(&plans.enter).flatten() {
        assert!(plan.slots.len() <= SLOTS);
        assert_eq!(plan.ops.len(), plan.kind.info().unwrap().params.len());
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
