//! The probe on the running kernel: calls made here must come out as events with the right parameters.
//! Needs CAP_BPF and CAP_PERFMON; without them every test says `SKIP:` and passes.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod calls;
mod exchange;
mod harness;
mod memory;
mod privileges;
mod processes;
mod sockets;
mod state;
