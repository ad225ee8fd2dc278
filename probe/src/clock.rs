//! Times: the kernel side counts ns that the machine was awake since boot (its cheapest clock), events carry ns since
//! the epoch.
//!
//! Between the two clocks lies an offset. It changes when the machine has slept, and when the wall clock is set.

use std::time::{Duration, Instant};

/// ns between the clocks above which the wall clock was set.
const SET: u64 = 20_000_000;

/// How often the wall clock is looked at. Whether the machine has slept is looked at each time.
const EVERY: Duration = Duration::from_secs(1);

/// The clocks beside each other: ns of each when the first one was 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Offsets {
    /// Since the epoch.
    epoch: u64,
    /// Since boot: what the machine has slept.
    asleep: u64,
}

impl Offsets {
    /// Compares the clocks that `now` tells; of several tries the one with the least time between its readings
    /// counts.
    fn read(now: impl Fn(libc::clockid_t) -> u64) -> Self {
        let (_, offsets) = (0..8)
            .map(|_| {
                let before = now(libc::CLOCK_MONOTONIC);
                let epoch = now(libc::CLOCK_REALTIME);
                let boot = now(libc::CLOCK_BOOTTIME);
                let after = now(libc::CLOCK_MONOTONIC);
                let middle = before + (after - before) / 2;
                let offsets =
                    Self { epoch: epoch.saturating_sub(middle), asleep: boot.saturating_sub(middle) };
                (after - before, offsets)
            })
            .min_by_key(|(gap, _)| *gap)
            .unwrap_or_default();
        offsets
    }
}

/// What to add to times of the kernel side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    /// From this time on; before it, the offset that was valid then.
    since: u64,
    offsets: Offsets,
    before: u64,
    /// The last look, by the clock of the kernel side, and the last one at the wall clock.
    looked: u64,
    checked: Instant,
}

impl Clock {
    /// Compares the clocks.
    pub(crate) fn new() -> Self {
        Self::of(Offsets::read(now), awake())
    }

    fn of(offsets: Offsets, looked: u64) -> Self {
        Self { since: 0, offsets, before: offsets.epoch, looked, checked: Instant::now() }
    }

    /// Looks whether the machine has slept or the wall clock was set, and follows them. Being steered the wall clock
    /// moves by less, and times stay evenly spaced. Gives the time, by the clock of the kernel side.
    pub(crate) fn look(&mut self) -> u64 {
        let time = awake();
        let asleep = now(libc::CLOCK_BOOTTIME).saturating_sub(time);
        // That may have been some other program that ran between the readings.
        if asleep.abs_diff(self.offsets.asleep) > SET || self.checked.elapsed() >= EVERY {
            self.checked = Instant::now();
            self.follow(Offsets::read(now), time);
        }
        self.looked = time;
        time
    }

    /// Takes over what was read at `time`. When it happened is not known, but a machine that goes to sleep stops all
    /// programs for a while before and after that, and so the middle between two looks is not far from it.
    fn follow(&mut self, offsets: Offsets, time: u64) {
        self.offsets.asleep = offsets.asleep;
        if offsets.epoch.abs_diff(self.offsets.epoch) > SET {
            self.before = std::mem::replace(&mut self.offsets.epoch, offsets.epoch);
            self.since = self.looked + time.saturating_sub(self.looked) / 2;
        }
    }

    /// ns since the epoch of a time of the kernel side.
    #[inline]
    pub(crate) fn epoch(&self, awake: u64) -> u64 {
        awake.wrapping_add(if awake < self.since { self.before } else { self.offsets.epoch })
    }

    /// ns since the epoch of a time told in ns since boot, sleep included: when tasks were started.
    pub(crate) fn epoch_of_boot(&self, since_boot: u64) -> u64 {
        since_boot.wrapping_add(self.offsets.epoch.wrapping_sub(self.offsets.asleep))
    }
}

/// The time, by the clock of the kernel side.
fn awake() -> u64 {
    now(libc::CLOCK_MONOTONIC)
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
    const SECOND: u64 = 1_000_000_000;

    /// A machine that was awake for `awake` ns, has slept, and whose wall clock was set by `step` ns.
    fn machine(awake: u64, asleep: u64, step: i64) -> impl Fn(libc::clockid_t) -> u64 {
        move |clock| match clock {
            libc::CLOCK_MONOTONIC => awake,
            libc::CLOCK_BOOTTIME => awake + asleep,
            _ => (BOOT + awake + asleep).wrapping_add_signed(step),
        }
    }

    #[test]
    fn a_clock_that_is_set_is_followed_and_one_that_is_steered_is_not() {
        const HOUR: i64 = 3_600_000_000_000;
        let mut clock = Clock::of(Offsets::read(machine(UP, 0, 0)), UP);
        assert_eq!(clock.epoch(UP), BOOT + UP);
        for (step, seen) in
            [(5_000_000, 0), (HOUR, HOUR), (HOUR - 5_000_000, HOUR), (0, 0), (-HOUR, -HOUR), (0, 0)]
        {
            clock.follow(Offsets::read(machine(UP, 0, step)), UP);
            assert_eq!(clock.epoch(UP + 7), (BOOT + UP + 7).wrapping_add_signed(seen), "{step}");
        }
    }

    #[test]
    fn what_was_seen_before_a_sleep_keeps_its_time() {
        const NIGHT: u64 = 30_000 * SECOND;
        let mut clock = Clock::of(Offsets::read(machine(UP, SECOND, 0)), UP);
        assert_eq!(clock.epoch(UP), BOOT + UP + SECOND);
        assert_eq!(clock.epoch_of_boot(UP), BOOT + UP, "that of boot counts sleep");
        let woken = UP + 2 * SECOND;
        clock.follow(Offsets::read(machine(woken, SECOND + NIGHT, 0)), woken);
        assert_eq!(clock.epoch(UP + SECOND - 1), BOOT + UP + 2 * SECOND - 1);
        assert_eq!(clock.epoch(UP + SECOND), BOOT + UP + 2 * SECOND + NIGHT);
        assert_eq!(clock.epoch_of_boot(UP), BOOT + UP);
    }

    #[test]
    fn a_look_that_finds_nothing_new_changes_nothing() {
        let mut clock = Clock::new();
        let known = clock.epoch(UP);
        let time = clock.look();
        assert!(clock.look() >= time && time > 0);
        assert_eq!(clock.epoch(UP), known);
    }

    #[test]
    fn the_quickest_look_counts() {
        // Something else ran between the readings, all but once.
        let looks = std::cell::Cell::new(0u64);
        let now = |clock| {
            looks.set(looks.get() + 1);
            let (round, within) = ((looks.get() - 1) / 4, (looks.get() - 1) % 4);
            let slow = if round == 4 { 10 } else { 1_000_000 };
            let time = UP + within * slow;
            match clock {
                libc::CLOCK_REALTIME => BOOT + time + if round == 4 { 5 } else { slow },
                _ => time,
            }
        };
        assert_eq!(Offsets::read(now).epoch, BOOT);
    }
}
