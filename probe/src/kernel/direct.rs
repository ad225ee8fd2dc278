//! Where the kernel maps all memory: by way of that the programs read short pieces of user memory, see
//! `bpf/direct.h`.

use std::fs;
use std::hash::{BuildHasher, RandomState};

use libbpf_rs::ProgramInput;

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
