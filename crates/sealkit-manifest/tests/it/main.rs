//! Integration tests of the text layer, one module per promise.
#![allow(clippy::unwrap_used, reason = "a test")]

mod batch;
mod block_scalars;
mod bounds;
mod edit;
mod garden;
mod kubectl;
mod lines;
mod mangled;
mod mutation;
mod random;
mod suite;
