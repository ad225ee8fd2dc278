//! The running machine as a source.

use anyhow::Context;
use cscope_capture::EventSource;
use cscope_filter::Needs;
use cscope_probe::{Options, Probe};

use crate::args::Args;
use crate::plan::Plan;

/// Attaches the probe. `pairs`: enter events are wanted; `latencies`: the output keeps latencies; `follow`: only
/// this process and its children.
///
/// # Errors
/// What the machine or our privileges lack, in the probe's words.
pub(crate) fn open(
    args: &Args,
    plan: &Plan,
    pairs: bool,
    latencies: bool,
    follow: Option<u32>,
) -> anyhow::Result<Box<dyn EventSource>> {
    let options = Options {
        snaplen: args.snaplen,
        ring_size: usize::from(args.ring_size) << 20,
        latency: latencies || plan.needs.has(Needs::LATENCY),
        pairs,
        follow,
        switches: plan.needs.has(Needs::SWITCHES),
        page_faults: args.page_faults,
        ..Options::default()
    };
    let probe = Probe::open(&options).context(
        "live capture is not possible (`cscope --doctor` tells what it needs, -r FILE reads captures)",
    )?;
    Ok(Box::new(probe))
}
