//! What the facade promises, by use case.
#![allow(clippy::unwrap_used, reason = "a test")]

mod check;
mod keyring;
mod policy;
mod rotate;
mod round_trip;
mod support;
mod values;
