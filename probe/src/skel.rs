//! The compiled BPF programs and the types they share with this side, generated from `bpf/`.

#[expect(unreachable_pub, clippy::undocumented_unsafe_blocks, clippy::unwrap_used, reason = "generated")]
mod probe {
    include!(concat!(env!("OUT_DIR"), "/probe.skel.rs"));
}

#[expect(unreachable_pub, clippy::undocumented_unsafe_blocks, clippy::unwrap_used, reason = "generated")]
mod extra {
    include!(concat!(env!("OUT_DIR"), "/extra.skel.rs"));
}

#[expect(unreachable_pub, clippy::undocumented_unsafe_blocks, clippy::unwrap_used, reason = "generated")]
mod flight {
    include!(concat!(env!("OUT_DIR"), "/flight.skel.rs"));
}

#[expect(unreachable_pub, clippy::undocumented_unsafe_blocks, clippy::unwrap_used, reason = "generated")]
mod snapshot {
    include!(concat!(env!("OUT_DIR"), "/snapshot.skel.rs"));
}

pub(crate) use extra::{ExtraSkel, ExtraSkelBuilder};
pub(crate) use flight::{FlightSkel, FlightSkelBuilder};
pub(crate) use probe::types;
pub(crate) use probe::{OpenProbeSkel, ProbeSkel, ProbeSkelBuilder};
pub(crate) use snapshot::{SnapshotSkel, SnapshotSkelBuilder};
