//! The command as a person meets it: transcripts, bad input, hostile moments, and what must never be printed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "cluster")]
mod api_server;
mod bad_input;
#[cfg(feature = "cluster")]
mod controller;
mod editors;
mod files;
mod gate;
#[cfg(feature = "cluster")]
mod key_backup;
mod keys;
#[cfg_attr(not(feature = "keyservice"), path = "no_keyservice.rs")]
mod keyservice;
mod killed;
mod kubeseal;
mod leaks;
mod piping;
mod plugins;
#[cfg(feature = "cluster")]
mod refusals;
mod scene;
mod sops;
mod sops_layout;
mod terminal;
#[cfg(feature = "cluster")]
mod through_controller;
mod transcripts;
