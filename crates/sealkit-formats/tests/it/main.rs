//! One binary for the tests that see the formats as a stranger does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(feature = "at-rest")]
mod at_rest;
#[cfg(feature = "native")]
mod native;
#[cfg(feature = "sealed-secrets")]
mod sealed_secrets;
#[cfg(feature = "sops")]
mod sops;
