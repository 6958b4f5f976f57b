//! The cheapest process that Rust can start: what every other start is measured against.

fn main() {}
