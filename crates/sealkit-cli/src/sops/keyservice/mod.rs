//! The key services of SOPS: processes that have keys, and wrap and unwrap data keys for others that have none. Asked here,
//! and offered.
//!
//! What goes over the wire is a data key in the clear, without any authentication: that is the protocol. So the socket of
//! ours is for its owner alone, and whoever listens on a network decides who can reach it.
//!
//! Two methods need no framework: the messages are the `sops` room's, HTTP/2 is hyper's, and what gRPC adds stands in
//! `grpc`. Bounds on what the other side may cost are in `server` and `client`.
//!
//! Source: `keyservice/` and `cmd/sops/subcommand/keyservice/` of getsops/sops 3.13.3.

#[cfg(not(feature = "keyservice"))]
mod absent;
#[cfg(feature = "keyservice")]
mod address;
#[cfg(feature = "keyservice")]
mod client;
#[cfg(feature = "keyservice")]
mod connection;
#[cfg(feature = "keyservice")]
mod grpc;
#[cfg(feature = "keyservice")]
mod keys;
#[cfg(feature = "keyservice")]
mod pace;
#[cfg(feature = "keyservice")]
mod server;
#[cfg(feature = "keyservice")]
mod socket;

#[cfg(not(feature = "keyservice"))]
pub(super) use absent::{Services, serve};
#[cfg(feature = "keyservice")]
pub(super) use client::Services;
#[cfg(feature = "keyservice")]
pub(super) use server::serve;
