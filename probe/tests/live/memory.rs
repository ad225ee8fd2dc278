//! What calls point to, in memory of all kinds: what is read in the quick way is what the helper reads.

use cscope_probe::Options;

use crate::harness::{Captured, Seen, capture, only_us, skip};

const PAGE: usize = 4096;
const HUGE: usize = 2 << 20;

/// Four pages of a kind of memory; not given back, as the test's process ends soon.
#[derive(Clone)]
struct Memory {
    kind: &'static str,
    start: usize,
}

fn map(len: usize, flags: i32, fd: i32) -> Option<usize> {
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping at an address of the kernel's choice.
    let start = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, fd, 0) };
    (start != libc::MAP_FAILED).then_some(start as usize)
}

fn kinds() -> Vec<Memory> {
    let anonymous = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let mut all = Vec::new();
    let mut add = |kind, start: Option<usize>| match start {
        Some(start) => all.push(Memory { kind, start }),
        None => skip(&format!("no {kind} here")),
    };
    add("private memory", map(4 * PAGE, anonymous, -1));
    let shared = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    add("shared memory", map(4 * PAGE, shared, -1));
    // A page of 2 MiB when the kernel has one to spare.
    let large = map(2 * HUGE, anonymous, -1).map(|start| {
        let start = start.next_multiple_of(HUGE);
        // SAFETY: the second half at least of the mapping lies behind the aligned address.
        unsafe { libc::madvise(start as *mut _, HUGE, libc::MADV_HUGEPAGE) };
        start
    });
    add("a large page", large);
    let file = |fd: i64| {
        // SAFETY: sizes and maps a file that is ours alone.
        (fd >= 0 && unsafe { libc::ftruncate(fd as i32, 4 * PAGE as i64) } == 0)
            .then(|| map(4 * PAGE, libc::MAP_SHARED, fd as i32))
            .flatten()
    };
    // SAFETY: both make a new descriptor.
    let (memory, secret) = unsafe {
        (
            libc::syscall(libc::SYS_memfd_create, c"kinds".as_ptr(), 0),
            libc::syscall(libc::SYS_memfd_secret, 0),
        )
    };
    add("a file", file(memory));
    add("secret memory", file(secret));
    all
}

fn put(at: usize, byte: u8) {
    // SAFETY: callers give addresses inside mappings of their own.
    unsafe { (at as *mut u8).write_volatile(byte) };
}

/// Calls on descriptors nobody has: what they point to is read all the same.
fn write(fd: i64, from: usize, len: usize) {
    // SAFETY: the kernel finds no such descriptor and does not touch the memory.
    unsafe { libc::syscall(libc::SYS_write, fd, from, len) };
}

const LENGTHS: [usize; 10] = [1, 7, 8, 9, 48, 79, 80, 81, 127, 128];

/// Offsets within a page: aligned or not, to the end of the page and beyond.
const OFFSETS: [usize; 7] = [0, 1, 800, PAGE - 128, PAGE - 80, PAGE - 8, PAGE - 1];

/// The descriptor that stands for one write.
fn number(kind: usize, offset: usize, len: usize) -> i64 {
    (100_000 + (kind * OFFSETS.len() + offset) * LENGTHS.len() + len) as i64
}

fn expected(memory: &Memory, offset: usize, len: usize) -> Vec<u8> {
    // SAFETY: the mapping is longer than a page and the longest write, and nobody else has it.
    unsafe { std::slice::from_raw_parts((memory.start + offset) as *const u8, len) }.to_vec()
}

fn check(seen: &Captured, memories: &[Memory]) {
    for (k, memory) in memories.iter().enumerate() {
        for (o, offset) in OFFSETS.into_iter().enumerate() {
            for (l, len) in LENGTHS.into_iter().enumerate() {
                let fd = number(k, o, l);
                let one = seen.one("write", |e: &Seen<'_>| e.int("fd") == fd);
                let truth = expected(memory, offset, len);
                assert_eq!(one.bytes("data"), truth, "{} at {offset}, {len} bytes", memory.kind);
            }
        }
    }
}

#[test]
fn data_is_the_callers_in_memory_of_all_kinds() {
    for direct in [true, false] {
        let memories = kinds();
        // Known bytes; the second page is there and holds zeros.
        for (k, memory) in memories.iter().enumerate() {
            for at in 0..4 * PAGE {
                let zero = at / PAGE == 1;
                put(memory.start + at, if zero { 0 } else { (at * 7 + k + 1) as u8 | 1 });
            }
        }
        let zeros = memories[0].start + PAGE;
        let gone = map(2 * PAGE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1).unwrap();
        put(gone + PAGE - 1, b'!');
        // SAFETY: the mapping was just made and nothing refers to it.
        unsafe { libc::mprotect((gone + PAGE) as *mut _, PAGE, libc::PROT_NONE) };
        let options = Options { snaplen: 128, direct, ..only_us() };
        let written = memories.clone();
        let Some(seen) = capture(&options, move || {
            for (k, memory) in written.iter().enumerate() {
                for (o, offset) in OFFSETS.into_iter().enumerate() {
                    for (l, len) in LENGTHS.into_iter().enumerate() {
                        write(number(k, o, l), memory.start + offset, len);
                    }
                }
            }
            write(90_001, zeros + 100, 80);
            write(90_002, gone + PAGE - 1, 80);
            write(90_003, gone + PAGE, 8);
            write(90_004, 0, 8);
            write(90_005, 1 << 63, 8);
            write(90_006, 1 << 47, 8);
        }) else {
            return;
        };
        check(&seen, &memories);
        let data = |fd| seen.one("write", |e| e.int("fd") == fd).bytes("data").to_vec();
        assert_eq!(data(90_001), [0; 80]);
        assert_eq!(data(90_002), b"!");
        for nowhere in 90_003..=90_006 {
            assert_eq!(data(nowhere), b"", "{nowhere}");
        }
    }
}

/// On the kernels of the tests short data is read in the quick way, and callers are known in it, or the comparison above says nothing.
#[test]
#[cfg(target_arch = "x86_64")]
fn what_the_kernel_shows_is_looked_up() {
    let _turn = crate::harness::turn();
    let Some(probe) = crate::harness::open(&only_us()) else { return };
    if !std::fs::read_to_string("/proc/kallsyms").unwrap_or_default().contains(" bpf_rdonly_cast\n") {
        skip("this kernel cannot load what it is told is a struct");
        return;
    }
    assert!(probe.reads_directly());
    assert!(probe.looks_up_tasks());
    drop(probe);
    let helper = crate::harness::open(&Options { direct: false, ..only_us() });
    assert!(helper.is_none_or(|probe| !probe.reads_directly() && !probe.looks_up_tasks()));
}
