//! Times: the kernel side counts ns since boot, events carry ns since the epoch.

/// ns between the clocks above which the wall clock was set.
const SET: u64 = 20_000_000;

/// What to add to ns since boot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    offset: u64,
}

impl Clock {
    /// Compares both clocks; of several tries the one with the least time between its readings counts.
    pub(crate) fn new() -> Self {
        let (_, offset) = (0..8)
            .map(|_| {
                let before = since_boot();
                let epoch = now(libc::CLOCK_REALTIME);
                let after = since_boot();
                let middle = before + (after - before) / 2;
                (after - before, epoch.saturating_sub(middle))
            })
            .min_by_key(|(gap, _)| *gap)
            .unwrap_or_default();
        Self { offset }
    }

    /// Looks whether the wall clock was set, and follows it. Being steered it moves by less, and times stay evenly
    /// spaced.
    pub(crate) fn follow(&mut self) {
        let now = Self::new();
        if now.offset.abs_diff(self.offset) > SET {
            *self = now;
        }
    }

    /// ns since the epoch.
    pub(crate) fn epoch(self, since_boot: u64) -> u64 {
        since_boot.wrapping_add(self.offset)
    }
}

/// ns since boot.
pub(crate) fn since_boot() -> u64 {
    now(libc::CLOCK_BOOTTIME)
}

fn now(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec to write to. A failure leaves zeros, which these clocks never do.
    unsafe { libc::clock_gettime(clock, &mut time) };
    (time.tv_sec as u64) * 1_000_000_000 + time.tv_nsec as u64
}
