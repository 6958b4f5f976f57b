//! What the facade promises, by use case.
#![allow(clippy::unwrap_used, reason = "a test")]

#[cfg(all(feature = "native", feature = "sealed-secrets"))]
mod check;
mod keyring;
mod policy;
#[cfg(all(feature = "native", feature = "sealed-secrets"))]
mod rotate;
#[cfg(all(feature = "native", feature = "sealed-secrets"))]
mod round_trip;
#[cfg(feature = "sops")]
mod sops;
#[cfg(all(feature = "sops", feature = "native", feature = "sealed-secrets"))]
mod sops_bad_input;
#[cfg(feature = "sops")]
mod sops_config;
#[cfg(all(feature = "sops", feature = "native", feature = "sealed-secrets"))]
mod sops_verbs;
#[cfg(all(feature = "native", feature = "sealed-secrets"))]
mod support;
#[cfg(all(feature = "native", feature = "templates"))]
mod templates;
#[cfg(all(feature = "native", feature = "sealed-secrets"))]
mod values;
