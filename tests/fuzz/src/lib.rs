//! What is fuzzed: one function per target, used by the fuzzer and by the test that replays the corpus.
//!
//! A target gets bytes and must come to its end without a panic, whatever they are.

mod bytes;
mod containers;
mod events;
mod fields;
mod filters;
mod frames;
mod memory;
mod script;
mod state;
mod walks;

pub use containers::{blocks, containers};
pub use events::events;
pub use filters::filters;
pub use frames::frames;
#[cfg(not(test))]
pub use state::machine;
pub use state::state;
pub use walks::walks;

/// What a target does with its input.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 7] = [
    ("blocks", blocks),
    ("containers", containers),
    ("events", events),
    ("filters", filters),
    ("frames", frames),
    ("state", state),
    ("walks", walks),
];
