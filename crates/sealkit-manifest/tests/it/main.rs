//! Integration tests of the text layer, one module per promise.
#![allow(clippy::unwrap_used, reason = "a test")]

mod edit;
mod kubectl;
mod suite;
