//! The sealed formats, one room each; rooms never import each other.
//!
//! Every room has the same furniture: `envelope` reads what a sealed document says without a key, `plan` is what a
//! write is going to do as a value without a secret byte, `seal` and `open` are the two directions, `error` holds one
//! enum for each verb. What both rooms need of a plain Secret lives in [`secret`] and knows neither of them; so does `wire`,
//! the protobuf of two others.
//!
//! Nothing here reads a file, the clock, the environment or a global generator: text comes in as a
//! [`Manifest`](sealkit_manifest::Manifest) or an [`Object`](sealkit_manifest::Object) of one, randomness as an argument,
//! and what goes out is a list of [`Change`](sealkit_manifest::Change)s that the text layer applies and verifies.

#[cfg(feature = "at-rest")]
pub mod at_rest;

#[cfg_attr(
    not(all(feature = "native", feature = "sealed-secrets")),
    allow(dead_code, unused_imports, reason = "what only one room needs")
)]
pub mod secret;

#[cfg(feature = "native")]
pub mod native;

#[cfg(feature = "sealed-secrets")]
pub mod sealed_secrets;

#[cfg(feature = "sops")]
pub mod sops;

pub mod plan;
mod scope;

#[cfg(any(feature = "at-rest", feature = "sops"))]
#[cfg_attr(
    not(feature = "at-rest"),
    allow(dead_code, reason = "what only one room needs")
)]
mod wire;

pub use scope::{Scope, UnknownScope};

/// Runs the examples of the README.
#[cfg(all(doctest, feature = "native"))]
#[doc = include_str!("../README.md")]
struct Readme;
