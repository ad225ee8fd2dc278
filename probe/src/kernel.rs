//! Loading and attaching the BPF programs, and what to say when the kernel does not let us.

mod direct;
mod extra;
mod others;

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Instant;

use cscope_capture::table::{SYSCALLS, SyscallKind};
use cscope_capture::{CallInFlight, Error, Stats};
use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use libbpf_rs::{Link, MapCore, MapFlags, MapHandle, MapType, ProgramInput, ProgramMut};

use crate::failure;
use crate::flight::Flight;
use crate::lane::{Lane, lane_size, ring_size};
use crate::losses::Count;
use crate::merge::Queue;
use crate::mute::Mutes;
use crate::options::IN_FLIGHT;
use crate::other;
use crate::plan::{self, Plans};
use crate::ring::Ring;
use crate::skel::types::{desc_flags, limits};
use crate::skel::{OpenProbeSkel, ProbeSkel, ProbeSkelBuilder};
use crate::{Options, Timings};

/// Bytes of the ring beside a lane.
const SPARE_RING: usize = 64 << 10;

/// Least bytes of the ring of a CPU that was not there at the start, and most of all those rings.
const LATE_RING: usize = 512 << 10;
const LATE_RINGS: usize = 64 << 20;

/// The loaded programs, attached while this lives and [`Kernel::detach`] was not called.
pub(crate) struct Kernel {
    links: Vec<Link>,
    extras: Vec<extra::Extra>,
    flight: Option<Flight>,
    skel: ProbeSkel<'static>,
    /// Short data is read by way of the mapping of all memory.
    pub(crate) direct: bool,
    /// Who runs is looked up in the queue of the CPU, on all that are there.
    pub(crate) queues: bool,
    /// Bytes of each ring.
    pub(crate) ring_size: usize,
    /// Names of the programs that are attached.
    pub(crate) hooks: Vec<String>,
    /// What was asked for and could not be had.
    pub(crate) notes: Vec<String>,
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kernel").field("links", &self.links.len()).finish_non_exhaustive()
    }
}

impl Kernel {
    /// Loads everything, makes the rings and attaches.
    pub(crate) fn start(
        options: &Options,
        plans: &Plans,
        timings: &mut Timings,
    ) -> Result<(Self, Vec<(u16, Queue)>), Error> {
        failure::listen_to_libbpf();
        failure::before_load()?;
        let started = Instant::now();
        // The skeleton borrows this for as long as it lives, which is as long as the probe: a few bytes per
        // probe are never given back.
        let place = Box::leak(Box::new(MaybeUninit::uninit()));
        let mut open = ProbeSkelBuilder::default()
            .open(place)
            .map_err(|e| failure::of("reading the BPF programs", &e))?;
        configure(&mut open, options, plans)?;
        timings.open = started.elapsed();

        let started = Instant::now();
        let skel = open.load().map_err(|e| failure::of("loading the BPF programs", &e))?;
        let (links, extras, hooks, notes) = Default::default();
        let ring_size = ring_size(options.ring_size);
        let (flight, direct, queues) = (None, false, false);
        let mut kernel = Self { links, extras, flight, skel, direct, queues, ring_size, hooks, notes };
        let rings = kernel.make_queues()?;
        kernel.fill_pids(options)?;
        kernel.find_self()?;
        kernel.direct = options.direct && direct::find(&kernel.skel);
        kernel.queues = options.direct && direct::find_queues(&kernel.skel, &online_cpus());
        if options.in_flight {
            kernel.flight = Some(Flight::new(options, &kernel.skel)?);
            kernel.hooks.push(IN_FLIGHT.to_owned());
        }
        timings.load = started.elapsed();

        let started = Instant::now();
        // The life of tasks first: a call seen must belong to a task that is known, and captures that start from here
        // on are noticed at their exec.
        kernel.attach(|kernel| {
            let programs = &kernel.skel.progs;
            [&programs.on_fork, &programs.on_newtask, &programs.on_exit, &programs.on_exec].into()
        })?;
        if !options.include_self && options.follow.is_none() && options.only_pids.is_none() {
            others::leave_out(&mut kernel.skel);
        }
        kernel.attach(|kernel| {
            let programs = &kernel.skel.progs;
            [&programs.on_sys_enter, &programs.on_sys_exit].into()
        })?;
        kernel.extras = extra::attach(options, &kernel.skel, &mut kernel.hooks, &mut kernel.notes);
        timings.attach = started.elapsed();
        Ok((kernel, rings))
    }

    /// Lanes for the CPUs there are, rings for all that may come.
    fn make_queues(&mut self) -> Result<Vec<(u16, Queue)>, Error> {
        let mut queues = Vec::new();
        let lanes = &self.skel.maps.lanes;
        for index in 0..lanes.max_entries() {
            let lane = Lane::new(lanes.as_fd(), index as usize, self.ring_size)
                .map_err(|e| Error::io("mapping the memory of a CPU", e))?;
            queues.push((index as u16, Queue::Lane(lane)));
        }
        let laned = lanes.max_entries();
        let all = self.skel.maps.rings.max_entries();
        let late = late_ring(self.ring_size, all.saturating_sub(laned));
        for cpu in 0..all {
            let size = if cpu < laned { SPARE_RING } else { late };
            let options = libbpf_rs::libbpf_sys::bpf_map_create_opts {
                sz: size_of::<libbpf_rs::libbpf_sys::bpf_map_create_opts>() as u64,
                ..Default::default()
            };
            let map = MapHandle::create(MapType::RingBuf, Some("cscope_ring"), 0, 0, size as u32, &options)
                .map_err(|e| failure::of("making a ring buffer", &e))?;
            let fd = map.as_fd().as_raw_fd();
            self.skel
                .maps
                .rings
                .update(&cpu.to_ne_bytes(), &fd.to_ne_bytes(), MapFlags::ANY)
                .map_err(|e| failure::of("putting a ring buffer in its place", &e))?;
            let ring = Ring::new(map.as_fd(), size).map_err(|e| Error::io("mapping a ring buffer", e))?;
            queues.push((cpu as u16, Queue::Ring(ring)));
        }
        Ok(queues)
    }

    /// Calls that have not returned.
    pub(crate) fn in_flight(&self, plans: &Plans) -> Result<Vec<CallInFlight>, Error> {
        self.flight.as_ref().map_or(Ok(Vec::new()), |flight| flight.calls(plans))
    }

    /// The table of muted threads, when it is used.
    pub(crate) fn mutes(&self, options: &Options) -> Result<Option<Mutes>, Error> {
        let mutes = options.muting.then(|| Mutes::new(self.skel.maps.mutes.as_fd()));
        mutes.transpose().map_err(|e| Error::io("mapping the table of muted threads", e))
    }

    fn fill_pids(&mut self, options: &Options) -> Result<(), Error> {
        for pid in options.only_pids.iter().flatten().chain(&options.follow) {
            self.skel
                .maps
                .pids
                .update(&pid.to_ne_bytes(), &1u32.to_ne_bytes(), MapFlags::ANY)
                .map_err(|e| failure::of("choosing the processes to report", &e))?;
        }
        Ok(())
    }

    /// Tells the programs which process we are. The kernel's number must be the one we know: those of events are looked
    /// up in `/proc`, where they would be other processes.
    fn find_self(&mut self) -> Result<(), Error> {
        let pid = std::process::id();
        let answer = self.skel.progs.whoami.test_run(ProgramInput::default());
        if answer.is_ok_and(|output| output.return_value != 0 && output.return_value != pid) {
            return Err(failure::broken(failure::NUMBERED_APART));
        }
        if let Some(bss) = self.skel.maps.bss_data.as_deref_mut() {
            bss.self_tgid = pid;
        }
        Ok(())
    }

    /// Attaches some of the programs, as far as they are loaded.
    fn attach(&mut self, some: impl Fn(&Self) -> Vec<&ProgramMut<'static>>) -> Result<(), Error> {
        let (mut links, mut hooks) = (Vec::new(), Vec::new());
        for program in some(self).into_iter().filter(|p| p.autoload()) {
            let link =
                program.attach().map_err(|e| failure::of("attaching to the kernel's tracepoints", &e))?;
            links.push(link);
            hooks.push(program.name().to_string_lossy().into_owned());
        }
        self.links.append(&mut links);
        self.hooks.append(&mut hooks);
        Ok(())
    }

    /// Takes the programs off their hooks. What they wrote stays in the rings.
    pub(crate) fn detach(&mut self) {
        self.links.clear();
        self.extras.clear();
    }

    /// Adds the counters of the kernel side.
    pub(crate) fn add_counters(&self, stats: &mut Stats) {
        for cpu in self.counters() {
            let count = Count::read(&cpu);
            stats.lost_ring += count.ring;
            stats.lost_other += count.other;
        }
    }

    /// Losses by CPU.
    pub(crate) fn losses(&self) -> Vec<Count> {
        self.counters().iter().map(|cpu| Count::read(cpu)).collect()
    }

    fn counters(&self) -> Vec<Vec<u8>> {
        let counts = self.skel.maps.counts.lookup_percpu(&0u32.to_ne_bytes(), MapFlags::ANY);
        counts.ok().flatten().unwrap_or_default()
    }
}

/// Sets everything that must stand before loading.
fn configure(open: &mut OpenProbeSkel<'_>, options: &Options, plans: &Plans) -> Result<(), Error> {
    let cpus = libbpf_rs::num_possible_cpus().map_err(|e| failure::of("counting the CPUs", &e))? as u32;
    let sized =
        open.maps.rings.set_max_entries(cpus).and_then(|()| open.maps.scratches.set_max_entries(cpus));
    sized.map_err(|e| failure::of("sizing the maps", &e))?;
    let ring = ring_size(options.ring_size);
    let lanes = &mut open.maps.lanes;
    lanes
        .set_max_entries(online_cpus().last().map_or(1, |last| last + 1).min(cpus))
        .and_then(|()| lanes.set_value_size(lane_size(ring) as u32))
        .map_err(|e| failure::of("sizing the memory of the CPUs", &e))?;
    let programs = options.programs();
    let optional = &mut open.progs;
    for program in [&mut optional.on_sys_enter, &mut optional.on_fork, &mut optional.on_newtask] {
        let wanted = programs.iter().any(|name| program.name() == *name);
        program.set_autoload(wanted);
    }
    optional.find_direct.set_autoload(options.direct);
    optional.find_queue.set_autoload(options.direct);
    let wanted = |code: u16| options.wants(code);
    let reported = |code: u16| options.reports(code);
    let slots = if options.muting { limits::MUTE_SLOTS.0 } else { 1 };
    open.maps
        .mutes
        .set_max_entries(slots)
        .map_err(|e| failure::of("sizing the table of muted threads", &e))?;
    if !options.latency {
        let left_out =
            open.maps.entered.set_autocreate(false).and_then(|()| open.maps.entries.set_autocreate(false));
        left_out.map_err(|e| failure::of("leaving a map out", &e))?;
    }
    let Some(rodata) = open.maps.rodata_data.as_deref_mut() else {
        return Err(failure::broken("the BPF programs lack their constants"));
    };
    rodata.lane_size = ring as u64;
    rodata.snaplen = u32::from(options.snaplen);
    rodata.want_latency = options.latency;
    rodata.want_direct = options.direct;
    rodata.want_enter = options.pairs;
    rodata.filter_pids = options.follow.is_some() || options.only_pids.is_some();
    rodata.follow_children = options.follow.is_some();
    rodata.include_self = options.include_self;
    rodata.nr_exit = plan::number("exit");
    rodata.nr_exit_group = plan::number("exit_group");
    rodata.nr_sigreturn = plan::number("rt_sigreturn");
    rodata.nr_exec = plan::number("execve");
    rodata.selective = options.muting || options.only_failed || !options.state.is_empty();
    rodata.want_all = options.syscalls.is_none() && !rodata.selective && !rodata.filter_pids;
    rodata.can_mute = options.muting;
    rodata.only_failed = options.only_failed;
    rodata.report_unknown = wanted(0);
    rodata.report_procexit = SYSCALLS
        .iter()
        .any(|c| c.kind == SyscallKind::Tracepoint && c.name == "sched_process_exit" && reported(c.code));
    let flag = |set: bool, flag: desc_flags| if set { flag.0 as u8 } else { 0 };
    for (nr, code) in plans.codes.iter().enumerate() {
        let flags = flag(reported(*code), desc_flags::DESC_REPORT)
            | flag(wanted(*code), desc_flags::DESC_WANTED)
            | flag(options.state.contains(code), desc_flags::DESC_STATE)
            | flag(options.peers.contains(code), desc_flags::DESC_PEER)
            | flag(options.renewing.contains(code), desc_flags::DESC_RENEW);
        let descriptor = |plan: &Option<plan::Plan>, generic: &plan::Plan| {
            let mut desc = plan.as_ref().unwrap_or(generic).descriptor(options.snaplen);
            desc.flags |= flags;
            desc
        };
        rodata.exit_descs[nr] = descriptor(&plans.exit[nr], &plans.generic_exit);
        rodata.enter_descs[nr] = descriptor(&plans.enter[nr], &plans.generic_enter);
        let may_be = |asked: &dyn Fn(u16) -> bool| other::may_be(nr, plans.compat_codes[nr], asked);
        rodata.compat_flags[nr] = flag(may_be(&reported), desc_flags::DESC_REPORT)
            | flag(may_be(&wanted), desc_flags::DESC_WANTED)
            | flag(may_be(&|code| options.state.contains(&code)), desc_flags::DESC_STATE)
            | flag(may_be(&|code| options.renewing.contains(&code)), desc_flags::DESC_RENEW);
    }
    let numbers = other::Numbers::new();
    copy(&mut rodata.compat_native, &numbers.compat);
    copy(&mut rodata.socket_native, &numbers.socket);
    copy(&mut rodata.ipc_native, &numbers.ipc);
    copy(&mut rodata.x32_native, &numbers.x32);
    Ok(())
}

/// Bytes of the ring of each of `count` CPUs that may come later: as much as the others have, when that is not too
/// much in all for CPUs that may never come.
fn late_ring(ring_size: usize, count: u32) -> usize {
    let share = LATE_RINGS / (count.max(1) as usize);
    let share = share.checked_next_power_of_two().map_or(share, |up| if up == share { up } else { up / 2 });
    share.min(ring_size).max(LATE_RING)
}

fn copy(to: &mut [u16], from: &[u16]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// The CPUs that run, ascending.
fn online_cpus() -> Vec<u32> {
    let list = std::fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
    let cpus = parse_cpu_list(&list);
    if cpus.is_empty() {
        let count = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        return (0..count).collect();
    }
    cpus
}

fn parse_cpu_list(list: &str) -> Vec<u32> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.trim().parse::<u32>().ok()?..=last.trim().parse::<u32>().ok()?)
    };
    list.trim().split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_of_late_cpus_are_bounded_together() {
        assert_eq!(late_ring(8 << 20, 1), 8 << 20);
        assert_eq!(late_ring(8 << 20, 8), 8 << 20);
        assert_eq!(late_ring(8 << 20, 9), 4 << 20);
        assert_eq!(late_ring(8 << 20, 1000), LATE_RING);
        assert_eq!(late_ring(4096, 2), LATE_RING);
    }

    #[test]
    fn cpu_lists_have_ranges_and_gaps() {
        assert_eq!(parse_cpu_list("0-3,8,10-11\n"), [0, 1, 2, 3, 8, 10, 11]);
        assert_eq!(parse_cpu_list("0\n"), [0]);
        assert!(parse_cpu_list("").is_empty());
    }
}
