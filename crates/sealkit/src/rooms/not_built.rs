//! Stands in for a format that was switched off at build time, or has no documents of its own: says so, for every verb.

use sealkit_crypto::{CryptoRng, Plaintext};
use sealkit_manifest::Object;

use super::{Done, Facts, Opened, Renderer, Reuse};
use crate::keyring::Keyring;
use crate::open::OpenOptions;
use crate::problem::{Problem, Problems};
use crate::rotate::{Due, RotateOptions};
use crate::seal::SealOptions;
use crate::sealing::Sealing;

fn refuse<T>(object: &Object<'_>) -> Result<T, Problem> {
    Err(Problem::not_built(object.place(), "of this document"))
}

pub(crate) fn seal(
    object: &Object<'_>,
    _: &Sealing,
    _: &SealOptions,
    _: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    refuse(object)
}

pub(crate) fn seal_edited(
    object: &Object<'_>,
    _: &Reuse,
    _: &Sealing,
    _: &SealOptions,
    _: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    refuse(object)
}

pub(crate) fn open(
    object: &Object<'_>,
    _: &Keyring,
    _: &OpenOptions,
    _: Option<&mut Renderer<'_>>,
) -> Result<Opened, Problems> {
    Ok(refuse(object)?)
}

pub(crate) fn set(
    object: &Object<'_>,
    _: &[(&str, &Plaintext)],
    _: &Sealing,
    _: &SealOptions,
    _: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    refuse(object)
}

pub(crate) fn unset(object: &Object<'_>, _: &[&str]) -> Result<Done, Problem> {
    refuse(object)
}

pub(crate) fn due(object: &Object<'_>, _: &Sealing, _: &RotateOptions) -> Result<Due, Problem> {
    refuse(object)
}

pub(crate) fn rotate(
    object: &Object<'_>,
    _: &Sealing,
    _: &Keyring,
    _: &RotateOptions,
    _: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    refuse(object)
}

pub(crate) fn facts(object: &Object<'_>) -> Result<Facts, Problem> {
    refuse(object)
}
