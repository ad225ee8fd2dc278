//! The calls that have not returned.

use std::mem::MaybeUninit;
use std::os::fd::AsFd;

use cscope_capture::table::recipe::{Num, Recipe};
use cscope_capture::table::{ParamType, SYSCALLS};
use cscope_capture::{CallInFlight, Error};
use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use libbpf_rs::{Link, MapHandle};

use crate::plan::Plans;
use crate::raw::Raw;
use crate::skel::types::record_abi;
use crate::skel::{FlightSkel, FlightSkelBuilder, ProbeSkel};
use crate::snapshot::iterators;
use crate::{Options, failure, other};

/// The iterator over them. It is loaded with the probe: later there may be no right to do so.
pub(crate) struct Flight {
    link: Link,
    /// Keeps the program's maps in place.
    _skel: FlightSkel<'static>,
}

impl Flight {
    /// Loads it.
    pub(crate) fn new(options: &Options, core: &ProbeSkel<'_>) -> Result<Self, Error> {
        let fail = |e: libbpf_rs::Error| failure::of("loading the iterator over calls in flight", &e);
        // A few bytes live as long as we do; see `Kernel::start`.
        let place = Box::leak(Box::new(MaybeUninit::uninit()));
        let mut open = FlightSkelBuilder::default().open(place).map_err(fail)?;
        let pids = MapHandle::try_from(&core.maps.pids).map_err(fail)?;
        open.maps.pids.reuse_fd(pids.as_fd()).map_err(fail)?;
        let hidden = MapHandle::try_from(&core.maps.hidden).map_err(fail)?;
        open.maps.hidden.reuse_fd(hidden.as_fd()).map_err(fail)?;
        if options.latency {
            let entered = MapHandle::try_from(&core.maps.entered).map_err(fail)?;
            open.maps.entered.reuse_fd(entered.as_fd()).map_err(fail)?;
            let entries = MapHandle::try_from(&core.maps.entries).map_err(fail)?;
            open.maps.entries.reuse_fd(entries.as_fd()).map_err(fail)?;
        }
        let known = core.maps.bss_data.as_deref();
        if let (Some(rodata), Some(known)) = (open.maps.rodata_data.as_deref_mut(), known) {
            rodata.self_tgid = known.self_tgid;
            rodata.filter_pids = options.follow.is_some() || options.only_pids.is_some();
        }
        let skel = open.load().map_err(fail)?;
        Ok(Self { link: skel.progs.each_call.attach().map_err(fail)?, _skel: skel })
    }

    /// Asks the kernel for them, the oldest first. Their ages are known when latencies are measured.
    pub(crate) fn calls(&self, plans: &Plans) -> Result<Vec<CallInFlight>, Error> {
        let mut calls = Vec::new();
        iterators::run(&self.link, |raw| calls.push(call(raw, plans)))?;
        calls.sort_by_key(|call: &CallInFlight| std::cmp::Reverse(call.age.unwrap_or(u64::MAX)));
        Ok(calls)
    }
}

fn call(raw: &Raw<'_>, plans: &Plans) -> CallInFlight {
    let native = u32::from(raw.abi) == record_abi::ABI_NATIVE.0;
    let code = match plans.codes.get(raw.nr as usize) {
        Some(code) if native => *code,
        _ => other::code(raw, &plans.compat_codes, &plans.codes),
    };
    let row = SYSCALLS.get(usize::from(code)).filter(|_| code != 0);
    let fd = row.and_then(|row| row.exit.info()).and_then(|info| {
        let fd = info.params.iter().find_map(|p| match (p.kind, p.recipe) {
            (ParamType::Fd, Recipe::Num(Num::Arg(n))) => Some(n),
            _ => None,
        })?;
        // Descriptors are ints, whatever stands in the upper half of the register.
        Some(i64::from(raw.args.at(usize::from(fd)) as i32))
    });
    CallInFlight {
        tid: u64::from(raw.tid),
        comm: raw.slot(0).bytes.split(|b| *b == 0).next().unwrap_or_default().to_vec(),
        call: row.map_or("unknown", |row| row.name),
        fd,
        age: (raw.latency != 0).then_some(raw.latency),
    }
}
