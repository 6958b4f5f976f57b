//! The controller: it watches sealed objects, opens them with the cluster's sealing keys, and keeps their Secrets right.
//!
//! What is to be done is decided by a pure function over values ([`decide()`](decide::decide)); doing it is short. Seen
//! from outside it is the Bitnami sealed-secrets controller 0.40.0: the same flags, keys, objects, events, metrics and
//! HTTP paths.
//!
//! This is an adapter: clock, entropy, environment, network and threads are used here, formats and ciphers are not
//! known here.

pub mod api;
pub mod apply;
pub mod client;
pub mod decide;
pub mod dry_run;
pub mod events;
pub mod flags;
pub mod http;
pub mod identities;
pub mod keys;
pub mod lease;
pub mod log;
pub mod metrics;
pub mod native;
pub mod open;
pub mod patience;
pub mod queue;
pub mod resource;
pub mod run;
pub mod sealed;
pub mod state;
pub mod templates;
pub mod watch;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
