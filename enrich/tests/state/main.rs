//! The rules of the machine model, each with events made for it.

mod descriptors;
mod lifecycle;
mod machine;
mod sockets;
mod tricky;
mod whole;
