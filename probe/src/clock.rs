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
        Self::read(now)
    }

    /// Compares the clocks that `now` tells.
    fn read(now: impl Fn(libc::clockid_t) -> u64) -> Self {
        let (_, offset) = (0..8)
            .map(|_| {
                let before = now(libc::CLOCK_BOOTTIME);
                let epoch = now(libc::CLOCK_REALTIME);
                let after = now(libc::CLOCK_BOOTTIME);
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
        self.follow_to(Self::new());
    }

    fn follow_to(&mut self, now: Self) {
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

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: u64 = 1_700_000_000_000_000_000;
    const UP: u64 = 5_000_000_000;

    /// A machine whose wall clock was set by `step` ns.
    fn machine(step: i64) -> impl Fn(libc::clockid_t) -> u64 {
        move |clock| match clock {
            libc::CLOCK_BOOTTIME => UP,
            _ => (BOOT + UP).wrapping_add_signed(step),
        }
    }

    #[test]
    fn a_clock_that_is_set_is_followed_and_one_that_is_steered_is_not() {
        const HOUR: i64 = 3_600_000_000_000;
        let mut clock = Clock::read(machine(0));
        assert_eq!(clock.epoch(UP), BOOT + UP);
        for (step, seen) in
            [(5_000_000, 0), (HOUR, HOUR), (HOUR - 5_000_000, HOUR), (0, 0), (-HOUR, -HOUR), (0, 0)]
        {
            clock.follow_to(Clock::read(machine(step)));
            assert_eq!(clock.epoch(UP + 7), (BOOT + UP + 7).wrapping_add_signed(seen), "{step}");
        }
    }

    #[test]
    fn the_quickest_look_counts() {
        // Something else ran between the readings, all but once.
        let looks = std::cell::Cell::new(0u64);
        let now = |clock| {
            looks.set(looks.get() + 1);
            let (round, within) = ((looks.get() - 1) / 3, (looks.get() - 1) % 3);
            let slow = if round == 4 { 10 } else { 1_000_000 };
            let time = UP + within * slow;
            if clock == libc::CLOCK_BOOTTIME {
                time
            } else {
                BOOT + time + if round == 4 { 0 } else { slow / 2 }
            }
        };
        assert_eq!(Clock::read(now).offset, BOOT);
    }
}
