//! Whole-program tests: they run the built `cscope` as its user would.
//!
//! Tests that need something this machine may not have (root, BPF, docker, another tool, the foreign captures) say so
//! on stderr with a line that begins with `SKIP:` and pass.

mod chisels;
mod completion;
#[cfg(feature = "live")]
mod containers;
mod damage;
#[cfg(feature = "live")]
mod dockerd;
#[cfg(feature = "live")]
mod endings;
mod filters;
mod fixture;
mod flags;
#[cfg(feature = "live")]
mod flight;
mod frames;
#[path = "fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a crate of its own, too")]
mod fuzz;
mod fuzzing;
mod goldens;
mod harness;
mod help;
mod hints;
mod hostile;
#[cfg(feature = "live")]
mod interrupted;
mod lists;
#[cfg(feature = "live")]
mod literals;
#[cfg(feature = "live")]
mod live;
#[cfg(feature = "live")]
mod live_truth;
#[cfg(feature = "live")]
mod order;
#[cfg(feature = "live")]
mod overload;
#[cfg(feature = "live")]
mod pushdown;
mod robust;
mod round_trips;
#[cfg(feature = "live")]
mod running;
#[cfg(feature = "live")]
mod terminal;
mod threads;
mod unusual;
