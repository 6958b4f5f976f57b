//! Recipients, identities and ciphers: keys without text.
pub mod age;
