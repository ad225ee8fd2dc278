//! Runs the BPF iterators over threads and open files.

use std::io::Read;
use std::mem::{MaybeUninit, size_of};
use std::thread::JoinHandle;

use cscope_capture::{Error, ErrorKind, FdInfo, Snapshot};
use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use libbpf_rs::{Iter, Link, ProgramMut};
use rustc_hash::FxHashMap;

use crate::clock::Clock;
use crate::failure;
use crate::raw::Raw;
use crate::skel::{SnapshotSkel, SnapshotSkelBuilder, types};

use super::files::Files;
use super::process::Processes;

/// Bytes asked for at once.
const CHUNK: usize = 256 << 10;

/// Longest record: the output area of the kernel side.
const LONGEST: usize = 128 << 10;

/// The iterators, while a thread loads them. That takes as long as loading the probe does, beside which it is done.
pub(crate) struct Loading(JoinHandle<Result<SnapshotSkel<'static>, Error>>);

impl Loading {
    /// Starts to load them.
    pub(crate) fn start() -> Result<Self, Error> {
        failure::listen_to_libbpf();
        let load = || {
            let fail = |e: libbpf_rs::Error| failure::of("loading the iterators", &e);
            // A few bytes per probe are never given back.
            let place = Box::leak(Box::new(MaybeUninit::uninit()));
            SnapshotSkelBuilder::default().open(place).map_err(fail)?.load().map_err(fail)
        };
        let thread = std::thread::Builder::new().name("cscope-load".into()).spawn(load);
        thread.map(Self).map_err(|e| Error::io("starting a thread", e))
    }

    /// Fills in threads and descriptors.
    pub(super) fn collect(self, clock: Clock, snapshot: &mut Snapshot) -> Result<(), Error> {
        let gone = |_| Error::new(ErrorKind::Unsupported, "loading the iterators panicked");
        let skel = self.0.join().map_err(gone)??;
        collect(&skel, clock, snapshot)
    }
}

fn collect(skel: &SnapshotSkel<'_>, clock: Clock, snapshot: &mut Snapshot) -> Result<(), Error> {
    let mut files = Files::new();
    let mut fds: FxHashMap<u64, Vec<FdInfo>> = FxHashMap::default();
    run(&attached(&skel.progs.each_file)?, |raw| {
        fds.entry(u64::from(raw.tid)).or_default().push(files.fd(raw));
    })?;
    snapshot.fds = fds.into_iter().collect();

    let mut processes = Processes::new(clock);
    run(&attached(&skel.progs.each_task)?, |raw| processes.add(raw))?;
    snapshot.threads = processes.finish();
    Ok(())
}

/// An iterator over everything there is.
fn attached(program: &ProgramMut<'_>) -> Result<Link, Error> {
    program.attach().map_err(|e| failure::of("attaching an iterator", &e))
}

/// Runs an iterator and gives each of its records to `each`.
pub(crate) fn run(link: &Link, mut each: impl FnMut(&Raw<'_>)) -> Result<(), Error> {
    let mut stream = Iter::new(link).map_err(|e| failure::of("running an iterator", &e))?;
    let mut buffer = vec![0; CHUNK + LONGEST];
    let mut filled = 0;
    loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let read = stream.read(room).map_err(|e| Error::io("reading an iterator", e))?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let mut at = 0;
        while let Some(record) = record(buffer.get(at..filled).unwrap_or_default()) {
            each(&Raw::parse(record, 0).adjusted());
            at += record.len();
        }
        buffer.copy_within(at..filled, 0);
        filled -= at;
    }
}

/// The first record of a stream, when it is there in full.
fn record(bytes: &[u8]) -> Option<&[u8]> {
    let header = bytes.get(..size_of::<types::record>())?;
    bytes.get(..Raw::size(header).max(header.len()))
}
