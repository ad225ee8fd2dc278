//! What the programs look up for themselves instead of asking the kernel's helpers: where it maps all memory, by way of
//! which they read short pieces of user memory (`bpf/direct.h`), and where it notes who runs (`bpf/current.h`).

use std::fs;
use std::hash::{BuildHasher, RandomState};

use libbpf_rs::ProgramInput;
use libbpf_rs::libbpf_sys::BPF_F_TEST_RUN_ON_CPU;

use crate::ring::page_size;
use crate::skel::ProbeSkel;

/// Lets the programs find it; false when they cannot, and read user memory with the kernel's helper.
pub(super) fn find(skel: &ProbeSkel<'_>) -> bool {
    let zones = fs::read_to_string("/proc/zoneinfo").unwrap_or_default();
    let end = last_page(&zones) * page_size() as u64;
    let mark: [u64; 4] = std::array::from_fn(|i| RandomState::new().hash_one(i));
    let mut args = [std::hint::black_box(&mark).as_ptr() as u64, end].map(u64::to_ne_bytes).concat();
    let input = ProgramInput { context_in: Some(&mut args), ..ProgramInput::default() };
    end != 0 && skel.progs.find_direct.test_run(input).is_ok_and(|output| output.return_value == 1)
}

/// Lets the programs find the queues of these CPUs, by which they know who runs there; false when one was not found,
/// and they ask the kernel's helper on it.
pub(super) fn find_queues(skel: &ProbeSkel<'_>, cpus: &[u32]) -> bool {
    let find = |&cpu: &u32| {
        let input = ProgramInput { cpu, flags: BPF_F_TEST_RUN_ON_CPU, ..ProgramInput::default() };
        skel.progs.find_queue.test_run(input).is_ok_and(|output| output.return_value == 1)
    };
    cpus.iter().filter(|cpu| find(cpu)).count() == cpus.len()
}

/// Number of the page behind the last one of the zones of memory.
fn last_page(zones: &str) -> u64 {
    let (mut last, mut spanned) = (0, 0);
    for line in zones.lines() {
        let mut words = line.split_ascii_whitespace();
        let (name, number) = (words.next(), words.next().and_then(|n| n.parse::<u64>().ok()));
        match (name, number) {
            (Some("spanned"), Some(pages)) => spanned = pages,
            (Some("start_pfn:"), Some(first)) => last = last.max(first.saturating_add(spanned)),
            _ => {}
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_memory_is_that_of_the_last_zone() {
        let zones = "Node 0, zone      DMA\n  pages free     2816\n        spanned  4095\n  start_pfn:           1\n\
                     Node 0, zone   Normal\n        spanned  1000\n        present  900\n  start_pfn:           1048576\n\
                     Node 0, zone  Movable\n        spanned  0\n  start_pfn:           0\n";
        assert_eq!(last_page(zones), 1_049_576);
        assert_eq!(last_page(""), 0);
        assert_eq!(last_page("spanned x\nstart_pfn:"), 0);
    }
}
