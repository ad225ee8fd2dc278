//! Signals that ask for an end: noticed, never acted on in the handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Context;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1};

/// Whether a signal asked for an end.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    received: Arc<AtomicUsize>,
    /// SIGUSR1 asked for a list.
    asked: Arc<AtomicBool>,
    /// One came that nobody has taken: the next one ends the program on the spot.
    untaken: Option<Arc<AtomicBool>>,
}

impl Signals {
    /// Watches SIGINT, SIGTERM and SIGHUP. With `impatient`, a second one ends the program on the spot, with
    /// the exit status of a program killed by it: the way out when something is stuck. Otherwise only a second SIGTERM or
    /// SIGHUP does, when the first could not be handed on to the command.
    ///
    /// Those that whoever started us wants to be ignored (`nohup`) stay so, for us and for a command. But shells have
    /// SIGINT ignored by all that a script runs in the background, and it is what ends a capture there.
    pub(crate) fn watch(impatient: bool) -> anyhow::Result<Self> {
        let ignored = ignored();
        let received = Arc::new(AtomicUsize::new(0));
        let armed = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if ignored & 1 << (signal - 1) != 0 && !(impatient && signal == SIGINT) {
                continue;
            }
            let what = || format!("cannot watch signal {signal}");
            if impatient || signal != SIGINT {
                signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, armed.clone())
                    .with_context(what)?;
                signal_hook::flag::register(signal, armed.clone()).with_context(what)?;
            }
            signal_hook::flag::register_usize(signal, received.clone(), signal.unsigned_abs() as usize)
                .with_context(what)?;
        }
        let untaken = (!impatient).then_some(armed);
        Ok(Self { received, asked: Arc::default(), untaken })
    }

    /// Watches SIGQUIT too, for an end that leaves the terminal as it was.
    pub(crate) fn watch_quit(&self) -> anyhow::Result<()> {
        let received = self.received.clone();
        signal_hook::flag::register_usize(SIGQUIT, received, SIGQUIT.unsigned_abs() as usize)
            .context("cannot watch SIGQUIT")?;
        Ok(())
    }

    /// Watches SIGUSR1 too, which asks for a list.
    pub(crate) fn watch_questions(&self) -> anyhow::Result<()> {
        signal_hook::flag::register(SIGUSR1, self.asked.clone()).context("cannot watch SIGUSR1")?;
        Ok(())
    }

    /// True when SIGUSR1 came since the last call of this.
    #[inline]
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed) && self.asked.swap(false, Ordering::Relaxed)
    }

    /// True when an end was asked for.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.received.load(Ordering::Relaxed) != 0
    }

    /// The last signal since the last call of this.
    pub(crate) fn take(&self) -> Option<i32> {
        let signal = self.received.swap(0, Ordering::Relaxed);
        if let Some(untaken) = &self.untaken {
            untaken.store(false, Ordering::Relaxed);
        }
        i32::try_from(signal).ok().filter(|&s| s != 0)
    }
}

/// The signals that are ignored, a bit for each. None where that cannot be known.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
