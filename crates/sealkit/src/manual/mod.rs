//! The manual, as chapters: what the formats promise, whom they defend against, and what went wrong elsewhere.
//! No code lives here.

#[doc = include_str!("formats.md")]
pub mod formats {}

#[doc = include_str!("threat_model.md")]
pub mod threat_model {}

#[doc = include_str!("past_failures.md")]
pub mod past_failures {}
