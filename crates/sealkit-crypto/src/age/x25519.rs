//! The X25519 stanza: a Diffie-Hellman share, and the file key under what follows from it.
//!
//! It works on raw keys of 32 bytes; their text form is not its business.
//!
//! Source: C2SP `age.md`, "The X25519 recipient type"; Go `x25519.go` of age v1.3.2.

use rand_core::CryptoRng;
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};
use zeroize::Zeroizing;

use super::stanza::{decode_base64, encode_base64};
use super::{FileKey, Stanza, UnwrapFileKeyError, WrapFileKeyError, open_file_key, seal_file_key};
use crate::kdf;

/// First word of an X25519 stanza.
pub const TAG: &str = "X25519";
/// Length of a public key, a secret key and a share, in bytes.
pub const KEY_BYTES: usize = 32;

const INFO: &[u8] = b"age-encryption.org/v1/X25519";

/// Wraps a file key to a public key, under a fresh share.
///
/// # Errors
/// [`WrapFileKeyError::LowOrderRecipient`].
pub fn wrap(
    recipient: &[u8; KEY_BYTES],
    file_key: &FileKey,
    rng: &mut dyn CryptoRng,
) -> Result<Stanza, WrapFileKeyError> {
    let recipient = PublicKey::from(*recipient);
    let ephemeral = StaticSecret::random_from_rng(rng);
    let share = PublicKey::from(&ephemeral);
    let secret = ephemeral.diffie_hellman(&recipient);
    if !secret.was_contributory() {
        return Err(WrapFileKeyError::LowOrderRecipient);
    }
    let body = seal_file_key(&wrapping_key(&secret, &share, &recipient), file_key);
    Ok(Stanza::new(TAG, &[&encode_base64(share.as_bytes())], &body).expect("base64 is a word"))
}

/// Looks for a stanza that this secret key opens.
///
/// # Errors
/// [`UnwrapFileKeyError::Malformed`] for an X25519 stanza of another shape, or with a share of low order: the CCTV vectors
/// `x25519_low_order` and `x25519_identity` demand a refusal of the header, not "no match".
pub fn unwrap(secret: &[u8; KEY_BYTES], stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
    let secret = StaticSecret::from(*secret);
    let public = PublicKey::from(&secret);
    for stanza in stanzas.iter().filter(|stanza| stanza.tag() == TAG) {
        let [share] = stanza.args() else {
            return Err(malformed("expected one argument"));
        };
        let share = PublicKey::from(decode_share(TAG, share)?);
        let shared = secret.diffie_hellman(&share);
        if !shared.was_contributory() {
            return Err(malformed("expected a share that is not of low order"));
        }
        let opened = open_file_key(TAG, &wrapping_key(&shared, &share, &public), stanza.body())?;
        if opened.is_some() {
            return Ok(opened);
        }
    }
    Ok(None)
}

/// Decodes a share: 32 bytes in canonical base64.
pub(super) fn decode_share(tag: &'static str, text: &str) -> Result<[u8; KEY_BYTES], UnwrapFileKeyError> {
    let share = decode_base64(text.as_bytes()).and_then(|share| share.as_slice().try_into().ok());
    let expected = "expected a share of 32 bytes in canonical base64";
    share.ok_or(UnwrapFileKeyError::Malformed { tag, expected })
}

/// `HKDF-SHA-256(ikm = shared secret, salt = share ‖ recipient, info)`.
fn wrapping_key(secret: &SharedSecret, share: &PublicKey, recipient: &PublicKey) -> Zeroizing<[u8; 32]> {
    let salt = [share.as_bytes().as_slice(), recipient.as_bytes()].concat();
    let mut key = Zeroizing::default();
    kdf::hkdf_sha256(&salt, secret.as_bytes(), INFO, &mut key);
    key
}

fn malformed(expected: &'static str) -> UnwrapFileKeyError {
    UnwrapFileKeyError::Malformed { tag: TAG, expected }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn does_not_wrap_to_a_point_of_low_order() {
        let key = FileKey::from_slice(&[7; 16]).expect("16 bytes");
        for point in [[0; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            let wrapped = wrap(&point, &key, &mut StdRng::seed_from_u64(1));
            assert!(matches!(wrapped, Err(WrapFileKeyError::LowOrderRecipient)));
        }
    }
}
