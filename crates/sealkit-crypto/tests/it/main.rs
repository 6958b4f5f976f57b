//! What the crate promises, seen from outside, against other people's vectors.

#![allow(clippy::unwrap_used, reason = "a test")]

mod age_cctv;
mod age_files;
mod age_keys;
mod age_peer;
mod age_plugin;
mod key_files;
mod silence;
mod wraps;
mod wycheproof;
