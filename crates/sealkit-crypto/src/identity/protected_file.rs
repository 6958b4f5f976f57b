//! Identity files under a passphrase: age files with a scrypt stanza, binary or armored.

use super::{IdentityError, PassphraseSource};
use crate::age::header::Header;
use crate::age::scrypt::{self, PassphraseIdentity};
use crate::age::{self, DecryptError, UnwrapFileKeyError, armor};
use crate::secret::Plaintext;

/// Opens the file with a passphrase, which is asked for once its header has proved to want one.
pub(super) fn open(file: &[u8], passphrases: &dyn PassphraseSource) -> Result<Plaintext, IdentityError> {
    const WHAT: &str = "the protected identity file";
    let binary;
    let file = if armor::is_armored(file) {
        binary = armor::decode(file).map_err(|error| IdentityError::Age(error.into()))?;
        &binary
    } else {
        file
    };
    let header = Header::parse(file).map_err(|error| IdentityError::Age(error.into()))?;
    if !header.stanzas().iter().any(|stanza| stanza.tag() == scrypt::TAG) {
        return Err(IdentityError::NotPassphraseProtected);
    }
    let passphrase = passphrases
        .passphrase(WHAT)
        .ok_or(IdentityError::PassphraseNeeded { what: WHAT })?;
    let opened =
        age::decrypt(file, &[&PassphraseIdentity::new(passphrase)]).map_err(|error| match error {
            DecryptError::NoMatch { .. } => IdentityError::WrongPassphrase { what: WHAT },
            DecryptError::Unwrap(UnwrapFileKeyError::WorkFactorTooHigh { .. }) => IdentityError::TooMuchWork,
            error => IdentityError::Age(error),
        })?;
    // A file within the file would ask for one passphrase after another.
    if age::is_age_file(opened.expose()) {
        Err(IdentityError::NotPassphraseProtected)
    } else {
        Ok(opened)
    }
}
