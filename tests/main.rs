//! Whole-program tests: they run the built `cscope` as its user would.
//!
//! Tests that need something this machine may not have (root, BPF, docker, another tool, the foreign captures) say so
//! on stderr with a line that begins with `SKIP:` and pass.

mod chisels;
#[cfg(feature = "live")]
mod containers;
#[cfg(feature = "live")]
mod dockerd;
mod fixture;
mod flags;
mod goldens;
mod harness;
mod hostile;
mod lists;
#[cfg(feature = "live")]
mod live;
#[cfg(feature = "live")]
mod live_truth;
mod robust;
mod round_trips;
#[cfg(feature = "live")]
mod running;
