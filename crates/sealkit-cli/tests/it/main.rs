//! The command as a person meets it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "the scene is used by more tests than the transcripts")]

mod scene;
mod transcripts;
