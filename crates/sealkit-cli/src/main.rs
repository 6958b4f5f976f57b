//! The `sealkit` command.

fn main() {}
