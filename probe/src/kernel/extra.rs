//! Hooks beside the system calls. Each is loaded on its own: a kernel that refuses one of them still gives
//! us the rest.

use std::mem::MaybeUninit;
use std::os::fd::AsFd;

use cscope_capture::Error;
use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use libbpf_rs::{Link, MapHandle};

use crate::lane::ring_size;
use crate::skel::{ExtraSkel, ExtraSkelBuilder, ProbeSkel};
use crate::{Options, failure};

/// A hook, with the programs it belongs to.
pub(super) struct Extra {
    _link: Link,
    /// Keeps the program's maps in place.
    _skel: ExtraSkel<'static>,
}

/// What each program of this kind reports.
const REPORTS: [(&str, &str); 4] = [
    ("on_switch", "context switches"),
    ("on_signal", "signals"),
    ("on_user_fault", "page faults"),
    ("on_kernel_fault", "page faults"),
];

/// Attaches what was asked for. What the kernel refuses goes into the notes.
pub(super) fn attach(
    options: &Options,
    core: &ProbeSkel<'_>,
    hooks: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> Vec<Extra> {
    let mut extras = Vec::new();
    let programs = options.programs();
    for (program, what) in REPORTS.into_iter().filter(|(program, _)| programs.contains(program)) {
        match attach_one(program, options, core) {
            Ok(extra) => {
                extras.push(extra);
                hooks.push(program.to_owned());
            }
            Err(e) => notes.push(format!("{what} are not reported: {e}")),
        }
    }
    extras
}

fn attach_one(name: &str, options: &Options, core: &ProbeSkel<'_>) -> Result<Extra, Error> {
    let fail = |e: libbpf_rs::Error| failure::of("loading an optional hook", &e);
    // A few bytes per hook live as long as we do; see `Kernel::start`.
    let place = Box::leak(Box::new(MaybeUninit::uninit()));
    let mut open = ExtraSkelBuilder::default().open(place).map_err(fail)?;
    let programs = &mut open.progs;
    for program in [
        &mut programs.on_switch,
        &mut programs.on_signal,
        &mut programs.on_user_fault,
        &mut programs.on_kernel_fault,
    ] {
        let chosen = program.name() == name;
        program.set_autoload(chosen);
    }
    let maps = &mut open.maps;
    for (map, shared) in [
        (&mut maps.lanes, &core.maps.lanes),
        (&mut maps.rings, &core.maps.rings),
        (&mut maps.counts, &core.maps.counts),
        (&mut maps.pids, &core.maps.pids),
        (&mut maps.hidden, &core.maps.hidden),
    ] {
        let shared = MapHandle::try_from(shared).map_err(fail)?;
        map.reuse_fd(shared.as_fd()).map_err(fail)?;
    }
    if let Some(rodata) = maps.rodata_data.as_deref_mut() {
        rodata.filter_pids = options.follow.is_some() || options.only_pids.is_some();
        rodata.include_self = options.include_self;
        rodata.lane_size = ring_size(options.ring_size) as u64;
    }
    let mut skel = open.load().map_err(fail)?;
    if let (Some(bss), Some(known)) = (skel.maps.bss_data.as_deref_mut(), core.maps.bss_data.as_deref()) {
        bss.self_tgid = known.self_tgid;
        // Others that come later are only noticed by the core.
        bss.others = 1;
    }
    let programs = &skel.progs;
    let link = match name {
        "on_switch" => programs.on_switch.attach(),
        "on_signal" => programs.on_signal.attach(),
        "on_user_fault" => programs.on_user_fault.attach(),
        _ => programs.on_kernel_fault.attach(),
    };
    Ok(Extra { _link: link.map_err(fail)?, _skel: skel })
}
