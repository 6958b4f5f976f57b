//! What the crate promises, seen from outside, against other people's vectors.

mod age_cctv;
