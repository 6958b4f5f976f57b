//! Tagged recipients, `age1tag1…` and `age1tagpq1…`: P-256 keys, alone or with ML-KEM-768, that live on hardware tokens.
//!
//! We encrypt to them ourselves; only the token, by way of its plugin, decrypts. A four-byte tag in the stanza spares the
//! token the attempt when a file is not its own, and tells nothing to who does not know the recipient. There is no identity
//! of this kind, and nothing here ever sees a long-lived secret.
//!
//! The ephemeral P-256 key comes from the caller's generator, ML-KEM's randomness from that of `aws-lc-rs`.
//!
//! Source: C2SP `age.md`, "The p256tag and mlkem768p256tag recipient types"; Go `tag/tag.go` of age v1.3.2.

mod hpke;

use std::collections::BTreeSet;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::kem::{EncapsulationKey, ML_KEM_768};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use rand_core::CryptoRng;

use super::plugin::NotAPluginKey;
use super::stanza::encode_base64;
use super::{FileKey, POSTQUANTUM_LABEL, Stanza, WrapFileKeyError, WrappedFileKey};
use crate::kdf;

const CLASSIC_TAG: &str = "p256tag";
const CLASSIC_INFO: &[u8] = b"age-encryption.org/p256tag";
const HYBRID_TAG: &str = "mlkem768p256tag";
const HYBRID_INFO: &[u8] = b"age-encryption.org/mlkem768p256tag";

const COMPRESSED_BYTES: usize = 33;
const POINT_BYTES: usize = 65;
const ML_KEM_KEY_BYTES: usize = 1184;
const TAG_BYTES: usize = 4;

/// The public key of a hardware token.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TagRecipient {
    /// Uncompressed, on the curve.
    point: [u8; POINT_BYTES],
    /// How the tag names the point: compressed for a classic recipient, as it is for a hybrid one.
    named: Vec<u8>,
    ml_kem: Option<Vec<u8>>,
}

impl TagRecipient {
    /// Reads the bytes behind `age1tag1` (`None` of the others: a compressed point).
    pub(super) fn classic(bytes: &[u8]) -> Result<TagRecipient, NotAPluginKey> {
        if bytes.len() != COMPRESSED_BYTES {
            return Err(NotAPluginKey);
        }
        Ok(TagRecipient {
            point: uncompressed(bytes)?,
            named: bytes.to_vec(),
            ml_kem: None,
        })
    }

    /// Reads the bytes behind `age1tagpq1`: an ML-KEM-768 key and an uncompressed point.
    pub(super) fn hybrid(bytes: &[u8]) -> Result<TagRecipient, NotAPluginKey> {
        let (ml_kem, point) = bytes.split_at_checked(ML_KEM_KEY_BYTES).ok_or(NotAPluginKey)?;
        if point.len() != POINT_BYTES || EncapsulationKey::new(&ML_KEM_768, ml_kem).is_err() {
            return Err(NotAPluginKey);
        }
        Ok(TagRecipient {
            point: uncompressed(point)?,
            named: point.to_vec(),
            ml_kem: Some(ml_kem.to_vec()),
        })
    }

    /// Whether the recipient withstands a quantum computer.
    pub(super) fn is_post_quantum(&self) -> bool {
        self.ml_kem.is_some()
    }

    pub(super) fn wrap(
        &self,
        file_key: &FileKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError> {
        let (tag, info) = match self.ml_kem {
            None => (CLASSIC_TAG, CLASSIC_INFO),
            Some(_) => (HYBRID_TAG, HYBRID_INFO),
        };
        let sealed = hpke::seal(&self.point, self.ml_kem.as_deref(), info, file_key.expose(), rng);
        let (enc, body) = sealed.ok_or(WrapFileKeyError::UnusableKey)?;
        let args = [encode_base64(&self.tag(&enc, info)), encode_base64(&enc)];
        let stanza = Stanza::new(tag, &[&args[0], &args[1]], &body).expect("base64 is a word");
        let labels = self.is_post_quantum().then(|| POSTQUANTUM_LABEL.to_owned());
        Ok(WrappedFileKey {
            stanzas: vec![stanza],
            labels: BTreeSet::from_iter(labels),
        })
    }

    /// `HKDF-Extract(salt = info, ikm = enc ‖ SHA-256(recipient)[..4])[..4]`.
    fn tag(&self, enc: &[u8], info: &[u8]) -> [u8; TAG_BYTES] {
        let name = &kdf::sha256(&[&self.named])[..4];
        *kdf::hmac_sha256(info, &[enc, name])
            .first_chunk()
            .expect("a digest is longer than a tag")
    }
}

/// Checks that a point is on the curve and returns it uncompressed. The library decompresses while it parses, and writes
/// points uncompressed, at the end of a SubjectPublicKeyInfo.
fn uncompressed(point: &[u8]) -> Result<[u8; POINT_BYTES], NotAPluginKey> {
    let first = if point.len() == COMPRESSED_BYTES {
        2..=3
    } else {
        4..=4
    };
    if !point.first().is_some_and(|byte| first.contains(byte)) {
        return Err(NotAPluginKey);
    }
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| NotAPluginKey)?;
    let spki = key.as_der().map_err(|_| NotAPluginKey)?;
    let point = spki
        .as_ref()
        .last_chunk::<POINT_BYTES>()
        .filter(|point| point[0] == 4);
    point.copied().ok_or(NotAPluginKey)
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::bech32;

    /// The recipient of `age-plugin-tagtest`, a test program of age.
    const CLASSIC: &str = "age1tag1qwe0kafsjrar4txm6heqnhpfuggzr0gvznz7fvygxrlq90u5mq2pysxtw6h";

    #[test]
    fn wraps_to_a_compressed_point() {
        let bytes = bech32::decode(CLASSIC).expect("canonical").data;
        let recipient = TagRecipient::classic(&bytes).expect("on the curve");
        let key = FileKey::from_slice(&[7; 16]).expect("16 bytes");
        let wrapped = recipient
            .wrap(&key, &mut StdRng::seed_from_u64(1))
            .expect("usable");
        let stanza = &wrapped.stanzas[0];
        assert_eq!(
            (stanza.tag(), stanza.args().len(), stanza.body().len()),
            ("p256tag", 2, 32)
        );
        assert_eq!((stanza.args()[0].len(), stanza.args()[1].len()), (6, 87)); // 4 and 65 bytes
        assert!(wrapped.labels.is_empty() && !recipient.is_post_quantum());
    }

    #[test]
    fn a_point_off_the_curve_or_in_another_form_is_refused() {
        let bytes = bech32::decode(CLASSIC).expect("canonical").data.to_vec();
        let point = TagRecipient::classic(&bytes).expect("on the curve").point;
        assert!(TagRecipient::classic(&point).is_err(), "uncompressed");
        assert!(TagRecipient::classic(&bytes[1..]).is_err());
        let mut other = bytes.clone();
        other[0] = 6;
        assert!(TagRecipient::classic(&other).is_err());
        let off = (0..=255u8).filter(|last| {
            other = bytes.clone();
            other[32] = *last;
            TagRecipient::classic(&other).is_err()
        });
        assert!(
            (64..192).contains(&off.count()),
            "about every second coordinate has no point"
        );
        assert!(TagRecipient::hybrid(&[0; ML_KEM_KEY_BYTES + POINT_BYTES]).is_err());
        assert!(TagRecipient::hybrid(&bytes).is_err());
    }
}
