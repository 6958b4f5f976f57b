//! The `ssh-ed25519` stanza: the signing key's point taken over to X25519.
//!
//! The shared secret is multiplied by a tweak that follows from the SSH key, so that using the same scalar here and for
//! signing is provably apart. It works on parsed keys only.
//!
//! Source: Go `agessh/agessh.go` of age v1.3.2; why it is sound: <https://eprint.iacr.org/2021/509>.

use curve25519_dalek::EdwardsPoint;
use curve25519_dalek::edwards::CompressedEdwardsY;
use rand_core::CryptoRng;
use sha2::{Digest, Sha512};
use x25519_dalek::{SharedSecret, StaticSecret};
use zeroize::Zeroizing;

use super::SshKeyError;
use crate::age::stanza::encode_base64;
use crate::age::{
    FileKey, Stanza, UnwrapFileKeyError, WrapFileKeyError, open_file_key, seal_file_key, x25519,
};
use crate::{hpke, kdf};

/// First word of the stanza, and the key's type in its text.
pub(super) const TAG: &str = "ssh-ed25519";

const INFO: &[u8] = b"age-encryption.org/v1/ssh-ed25519";
const WIRE_BYTES: usize = 4 + TAG.len() + 4 + 32;

/// A public key in the two forms that are needed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    wire: [u8; WIRE_BYTES],
    montgomery: x25519_dalek::PublicKey,
}

impl PublicKey {
    /// Takes a compressed Edwards point.
    pub(super) fn new(point: &[u8; 32]) -> Result<PublicKey, SshKeyError> {
        let edwards = CompressedEdwardsY(*point)
            .decompress()
            .ok_or(SshKeyError::UnusablePoint)?;
        let montgomery = edwards.to_montgomery().to_bytes();
        if hpke::low_order(&montgomery) {
            return Err(SshKeyError::UnusablePoint);
        }
        let mut wire = [0; WIRE_BYTES];
        wire[3] = TAG.len() as u8;
        wire[4..15].copy_from_slice(TAG.as_bytes());
        wire[18] = 32;
        wire[19..].copy_from_slice(point);
        Ok(PublicKey {
            wire,
            montgomery: montgomery.into(),
        })
    }

    /// The key as SSH transmits it: `string "ssh-ed25519" ‖ string point`.
    pub(super) fn wire(&self) -> &[u8] {
        &self.wire
    }
}

/// The scalar behind an Ed25519 seed; it wipes itself.
pub(super) struct PrivateKey(StaticSecret);

impl PrivateKey {
    /// Derives the scalar from a seed and checks that it belongs to `public`.
    pub(super) fn new(seed: &[u8; 32], public: &PublicKey) -> Result<PrivateKey, SshKeyError> {
        let mut hash = Zeroizing::new([0; 64]);
        Sha512::new()
            .chain_update(seed)
            .finalize_into((&mut *hash).into());
        let mut scalar = Zeroizing::new([0; 32]);
        scalar.copy_from_slice(&hash[..32]);
        if EdwardsPoint::mul_base_clamped(*scalar).compress().as_bytes() != &public.wire[19..] {
            return Err(SshKeyError::Malformed);
        }
        Ok(PrivateKey(StaticSecret::from(*scalar)))
    }
}

pub(super) fn wrap(
    recipient: &PublicKey,
    tag: &str,
    file_key: &FileKey,
    rng: &mut dyn CryptoRng,
) -> Result<Stanza, WrapFileKeyError> {
    let ephemeral = StaticSecret::random_from_rng(rng);
    let share = x25519_dalek::PublicKey::from(&ephemeral);
    let shared = ephemeral.diffie_hellman(&recipient.montgomery);
    let body = seal_file_key(&wrapping_key(&shared, &share, recipient), file_key);
    Ok(Stanza::new(TAG, &[tag, &encode_base64(share.as_bytes())], &body).expect("base64 is a word"))
}

pub(super) fn unwrap(
    secret: &PrivateKey,
    public: &PublicKey,
    tag: &str,
    stanzas: &[Stanza],
) -> Result<Option<FileKey>, UnwrapFileKeyError> {
    for stanza in stanzas.iter().filter(|stanza| stanza.tag() == TAG) {
        let [name, share] = stanza.args() else {
            return Err(malformed("expected two arguments"));
        };
        let share = x25519_dalek::PublicKey::from(x25519::decode_share(TAG, share)?);
        if name != tag {
            continue;
        }
        let shared = secret.0.diffie_hellman(&share);
        if !shared.was_contributory() {
            return Err(malformed("expected a share that is not of low order"));
        }
        let opened = open_file_key(TAG, &wrapping_key(&shared, &share, public), stanza.body())?;
        if opened.is_some() {
            return Ok(opened);
        }
    }
    Ok(None)
}

/// `HKDF-SHA-256(ikm = X25519(tweak, shared), salt = share ‖ recipient, info)` with
/// `tweak = HKDF-SHA-256(ikm = nothing, salt = SSH key, info)`.
fn wrapping_key(
    shared: &SharedSecret,
    share: &x25519_dalek::PublicKey,
    recipient: &PublicKey,
) -> Zeroizing<[u8; 32]> {
    let mut tweak = [0; 32]; // follows from the public key alone: no secret
    kdf::hkdf_sha256(recipient.wire(), b"", INFO, &mut tweak);
    let tweaked = Zeroizing::new(x25519_dalek::x25519(tweak, shared.to_bytes()));
    let salt = [share.as_bytes().as_slice(), recipient.montgomery.as_bytes()].concat();
    let mut key = Zeroizing::default();
    kdf::hkdf_sha256(&salt, tweaked.as_ref(), INFO, &mut key);
    key
}

fn malformed(expected: &'static str) -> UnwrapFileKeyError {
    UnwrapFileKeyError::Malformed { tag: TAG, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_of_low_order_is_no_recipient() {
        let (order_4, mut order_1, mut order_2) = ([0; 32], [0; 32], [0xff; 32]);
        order_1[0] = 1;
        (order_2[0], order_2[31]) = (0xec, 0x7f);
        for point in [order_1, order_2, order_4] {
            assert!(matches!(PublicKey::new(&point), Err(SshKeyError::UnusablePoint)));
        }
    }
}
