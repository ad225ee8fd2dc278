//! The `cscope` command.
fn main() {}
