//! What every room needs of a plain Secret, and nothing that only one of them needs.

pub mod names;
