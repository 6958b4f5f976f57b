//! The `mlkem768x25519` stanza: the file key under HPKE with ML-KEM-768 and X25519 together.
//!
//! It works on parsed keys of the `hpke` crate; their text form is not its business. The label that keeps these
//! recipients from sharing a file with classic ones is [`POSTQUANTUM_LABEL`](super::POSTQUANTUM_LABEL).
//!
//! Source: C2SP `age.md`, "The mlkem768x25519 recipient type"; Go `pq.go` of age v1.3.2.

use ::hpke::Kem;
use rand_core::CryptoRng;

use super::stanza::{decode_base64, encode_base64};
use super::{FILE_KEY_BYTES, FileKey, Stanza, UnwrapFileKeyError, WrapFileKeyError};
use crate::hpke::{self, HpkeError, PQ_ENC_BYTES, XWing};

/// First word of a post-quantum stanza.
pub const TAG: &str = "mlkem768x25519";

const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
const BODY_BYTES: usize = FILE_KEY_BYTES + 16;

/// Wraps a file key to a public key.
///
/// # Errors
/// [`WrapFileKeyError::LowOrderRecipient`] if the X25519 half of the key is of low order.
pub fn wrap(
    recipient: &<XWing as Kem>::PublicKey,
    file_key: &FileKey,
    rng: &mut dyn CryptoRng,
) -> Result<Stanza, WrapFileKeyError> {
    let sealed = hpke::seal::<XWing>(recipient, INFO, file_key.expose(), rng);
    let sealed = sealed.map_err(|_| WrapFileKeyError::LowOrderRecipient)?;
    let (enc, body) = sealed.split_at(PQ_ENC_BYTES);
    Ok(Stanza::new(TAG, &[&encode_base64(enc)], body).expect("base64 is a word"))
}

/// Looks for a stanza that this secret key opens.
///
/// A corrupted ML-KEM half is indistinguishable from another recipient's: no match.
///
/// # Errors
/// [`UnwrapFileKeyError::Malformed`] for a stanza of another shape, or whose X25519 half is of low order.
pub fn unwrap(
    secret: &<XWing as Kem>::PrivateKey,
    stanzas: &[Stanza],
) -> Result<Option<FileKey>, UnwrapFileKeyError> {
    for stanza in stanzas.iter().filter(|stanza| stanza.tag() == TAG) {
        let [enc] = stanza.args() else {
            return Err(malformed("expected one argument"));
        };
        let enc = decode_base64(enc.as_bytes()).filter(|enc| enc.len() == PQ_ENC_BYTES);
        let enc = enc.ok_or(malformed(
            "expected an encapsulated key of 1120 bytes in canonical base64",
        ))?;
        if stanza.body().len() != BODY_BYTES {
            return Err(malformed("expected a body of 32 bytes")); // before opening: a longer one could be opened by several keys
        }
        match hpke::open::<XWing>(secret, INFO, &[&enc, stanza.body()].concat()) {
            Ok(key) => return Ok(FileKey::from_slice(key.expose())),
            Err(HpkeError::LowOrder) => {
                return Err(malformed("expected an X25519 part that is not of low order"));
            }
            Err(_) => {}
        }
    }
    Ok(None)
}

fn malformed(expected: &'static str) -> UnwrapFileKeyError {
    UnwrapFileKeyError::Malformed { tag: TAG, expected }
}
