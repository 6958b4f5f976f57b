//! `sealkit-controller`: reads what it is told, and runs until it is told to stop.

fn main() {}
