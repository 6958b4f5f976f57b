//! Stands in for key services in a build without them: says so, and reaches nobody.

use sealkit::{
    crypto::Plaintext,
    formats::sops::{KeyFailure, UnwrapKey, WrapKeyError, metadata::MasterKey},
};

use crate::sops::{codes, failure::Failure, request::Listening};

const WHY: &str = "this build of sealkit has no key services";
const HINT: &str = "`cargo build --package sealkit-cli --features keyservice` makes one that has them";

/// The services that were named; none of them is asked.
#[derive(Clone)]
pub(in crate::sops) struct Services {
    are_named: bool,
}

impl Services {
    /// Remembers whether there are any.
    pub(in crate::sops) fn of(addresses: &[String]) -> Self {
        Self {
            are_named: !addresses.is_empty(),
        }
    }

    /// Whether there are none.
    pub(in crate::sops) fn is_empty(&self) -> bool {
        !self.are_named
    }

    /// Wraps for nobody.
    ///
    /// # Errors
    /// Always.
    pub(in crate::sops) fn wrap(&self, key: &MasterKey, _: &Plaintext) -> Result<MasterKey, WrapKeyError> {
        Err(WrapKeyError {
            name: key.name(),
            why: format!("{WHY}: {HINT}"),
            hint: None,
        })
    }
}

impl UnwrapKey for Services {
    fn unwrap_key(&self, _: &MasterKey) -> Result<Option<Plaintext>, KeyFailure> {
        match self.are_named {
            true => Err(KeyFailure {
                why: format!("{WHY}: {HINT}"),
                hint: None,
            }),
            false => Ok(None),
        }
    }
}

/// Serves nobody.
pub(in crate::sops) fn serve(_: &Listening) -> Result<u8, Failure> {
    Err(Failure::new(codes::GENERIC, format!("Error: {WHY}")).hint(HINT))
}
