//! One binary for the tests that see the formats as a stranger does.

#[cfg(feature = "at-rest")]
mod at_rest;
#[cfg(feature = "sealed-secrets")]
mod sealed_secrets;
#[cfg(feature = "native")]
mod vectors;
