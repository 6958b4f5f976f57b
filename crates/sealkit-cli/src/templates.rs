//! What this machine gives to the templates of SealedSecrets: its clock, its time zones and its random generator.
//! It is the feature `templates`; without it this build says that it renders none.

#[cfg(feature = "templates")]
mod host;
#[cfg(not(feature = "templates"))]
mod none;

#[cfg(feature = "templates")]
pub(crate) use host::{get, open, with_renderer};
#[cfg(not(feature = "templates"))]
pub(crate) use none::{get, open, with_renderer};
