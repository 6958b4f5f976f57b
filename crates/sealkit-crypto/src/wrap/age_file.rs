//! Data keys wrapped as age files, for recipients that only age knows how to reach: ssh keys and plugins.
//!
//! The file is binary, addressed to that one recipient, and holds `wrap info ‖ data key`. age binds nothing to its
//! payload, so the reader compares the wrap info itself; without that, a wrap could be copied to another object.
//!
//! Source: native.md §5.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{UnwrapError, WrapError};
use crate::age::header::Header;
use crate::age::{self, DecryptError, StanzaIdentity, StanzaRecipient};
use crate::secret::{DataKey, Plaintext};

/// Wraps a data key to one recipient.
pub(crate) fn seal(
    recipient: &dyn StanzaRecipient,
    key: &DataKey,
    info: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, WrapError> {
    let plaintext = Zeroizing::new([info, key.expose()].concat());
    Ok(age::encrypt(&[recipient], &plaintext, rng)?)
}

/// Unwraps a data key; `Ok(None)` if no stanza of the file is addressed to the identity.
pub(crate) fn open(
    identity: &dyn StanzaIdentity,
    file: &[u8],
    info: &[u8],
) -> Result<Option<DataKey>, UnwrapError> {
    // Parsed here as well: armor is refused, since a wrapped key has one spelling, and so are passphrase stanzas, which
    // would let the file's author make every reader compute scrypt.
    let header = Header::parse(file).map_err(|_| UnwrapError::Malformed)?;
    if header
        .stanzas()
        .iter()
        .any(|stanza| stanza.tag() == age::scrypt::TAG)
    {
        return Err(UnwrapError::Malformed);
    }
    match age::decrypt(file, &[identity]) {
        Ok(plaintext) => split(&plaintext, info).map(Some),
        Err(DecryptError::NoMatch { .. }) => Ok(None),
        Err(DecryptError::HeaderMac | DecryptError::Payload(_)) => Err(UnwrapError::Rejected),
        Err(error) => Err(UnwrapError::Age(error)),
    }
}

fn split(plaintext: &Plaintext, info: &[u8]) -> Result<DataKey, UnwrapError> {
    let key = plaintext
        .expose()
        .strip_prefix(info)
        .ok_or(UnwrapError::OtherPlace)?;
    DataKey::from_slice(key).map_err(|_| UnwrapError::NotADataKey)
}
