//! What the crate promises, seen from outside, against other people's vectors.

mod age_cctv;
mod age_files;
mod age_keys;
mod age_peer;
mod age_plugin;
