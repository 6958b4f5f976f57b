//! HPKE base mode over the two KEMs that sealkit writes: DHKEM(X25519, HKDF-SHA256) and MLKEM768-X25519 (X-Wing).
//!
//! KDF and AEAD are HKDF-SHA256 and ChaCha20-Poly1305 in both cases, the associated data is empty, and every context
//! encrypts one message. Both KEMs carry an X25519 share in the last 32 bytes of their public and encapsulated keys;
//! a share that forces the all-zero secret is refused on both sides, since the `hpke` crate refuses it for one KEM
//! only. What the message is, and which `info` binds it, the callers know.
//!
//! Source: RFC 9180; draft-ietf-hpke-pq-03 for KEM 0x647a.

use curve25519_dalek::MontgomeryPoint;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::secret::Plaintext;

pub use hpke::kem::{X25519HkdfSha256 as X25519, XWing};

/// Length of an X25519 public key and encapsulated key, in bytes.
pub const X25519_BYTES: usize = 32;
/// Length of a post-quantum public key, `ML-KEM(1184) ‖ X25519(32)`, in bytes.
pub const PQ_PUBLIC_KEY_BYTES: usize = 1216;
/// Length of a post-quantum encapsulated key, `ML-KEM(1088) ‖ X25519(32)`, in bytes.
pub const PQ_ENC_BYTES: usize = 1120;
/// Longest `info` that HPKE's labels can carry, in bytes.
pub const MAX_INFO_BYTES: usize = 65_000;

/// Encrypts one message to a public key, with the caller's generator; returns `enc ‖ ct ‖ tag`.
///
/// # Errors
/// [`HpkeError::LowOrder`], [`HpkeError::InfoTooLong`].
pub fn seal<K: Kem>(
    recipient: &K::PublicKey,
    info: &[u8],
    plaintext: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, HpkeError> {
    seal_with_aad::<K>(recipient, info, b"", plaintext, rng)
}

fn seal_with_aad<K: Kem>(
    recipient: &K::PublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    mut rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, HpkeError> {
    if info.len() > MAX_INFO_BYTES {
        return Err(HpkeError::InfoTooLong);
    }
    if low_order(&x25519_share(&recipient.to_bytes())) {
        return Err(HpkeError::LowOrder);
    }
    let (enc, mut context) = hpke::setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(
        &OpModeS::Base,
        recipient,
        info,
        &mut rng,
    )
    .map_err(|_| HpkeError::LowOrder)?;
    let ciphertext = context
        .seal(plaintext, aad)
        .expect("the first message of a context is never one too many");
    Ok([enc.to_bytes().as_slice(), &ciphertext].concat())
}

/// Decrypts `enc ‖ ct ‖ tag` with a private key.
///
/// # Errors
/// [`HpkeError::Truncated`], [`HpkeError::LowOrder`], [`HpkeError::InfoTooLong`], and [`HpkeError::Rejected`] for all
/// that a wrong key, another `info` or changed bytes lead to.
pub fn open<K: Kem>(identity: &K::PrivateKey, info: &[u8], sealed: &[u8]) -> Result<Plaintext, HpkeError> {
    open_with_aad::<K>(identity, info, b"", sealed)
}

fn open_with_aad<K: Kem>(
    identity: &K::PrivateKey,
    info: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Plaintext, HpkeError> {
    if info.len() > MAX_INFO_BYTES {
        return Err(HpkeError::InfoTooLong);
    }
    let (enc, ciphertext) = sealed
        .split_at_checked(K::EncappedKey::size())
        .ok_or(HpkeError::Truncated)?;
    if low_order(&x25519_share(enc)) {
        return Err(HpkeError::LowOrder);
    }
    let enc = K::EncappedKey::from_bytes(enc).map_err(|_| HpkeError::Rejected)?;
    let mut context =
        hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, K>(&OpModeR::Base, identity, &enc, info)
            .map_err(|_| HpkeError::Rejected)?;
    let plaintext = Zeroizing::new(context.open(ciphertext, aad).map_err(|_| HpkeError::Rejected)?);
    Ok(Plaintext::from(plaintext))
}

/// Whether X25519 with this share yields the all-zero secret, whatever the private key.
///
/// Private keys are clamped to multiples of 8, so the secret is zero exactly if 8 times the point is the neutral
/// element; a curve or twist point of any other order is never annihilated by a clamped scalar.
///
/// Source: RFC 7748 §6.1, RFC 9180 §7.1.4.
pub fn low_order(share: &[u8; X25519_BYTES]) -> bool {
    MontgomeryPoint(*share)
        .mul_bits_be([true, false, false, false].into_iter())
        .0
        == [0; X25519_BYTES]
}

/// Why a message was neither encrypted nor decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HpkeError {
    /// The X25519 part of the key is a point of small order, which would make the shared secret known to everybody.
    #[error("the x25519 part of the key is of low order")]
    LowOrder,
    /// The bytes end before the encapsulated key does.
    #[error("the wrapped key is too short")]
    Truncated,
    /// Another key, another `info` or changed bytes: HPKE cannot tell which.
    #[error("the wrapped key does not decrypt")]
    Rejected,
    /// The `info` is longer than HPKE can bind.
    #[error("the bound context is longer than {MAX_INFO_BYTES} bytes")]
    InfoTooLong,
}

/// The last 32 bytes of a public or encapsulated key of either KEM.
fn x25519_share(key: &[u8]) -> [u8; X25519_BYTES] {
    *key.last_chunk()
        .expect("keys of both KEMs end with an X25519 share")
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::convert::Infallible;
    use rand::{SeedableRng, rngs::StdRng};
    use rand_core::{TryCryptoRng, TryRng};

    /// Draws the given bytes and no more.
    struct Replay(Vec<u8>);

    impl TryRng for Replay {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            unreachable!("HPKE fills byte strings")
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            unreachable!("HPKE fills byte strings")
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            bytes.copy_from_slice(&self.0.drain(..bytes.len()).collect::<Vec<_>>());
            Ok(())
        }
    }

    impl TryCryptoRng for Replay {}

    #[derive(Clone)]
    struct Vector(serde_json::Value);

    impl Vector {
        fn field(&self, name: &str) -> Vec<u8> {
            let text = self.0[name].as_str().expect("every field is hex");
            let digit = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
            (0..text.len()).step_by(2).map(digit).collect()
        }

        fn check<K: Kem>(&self) {
            let recipient = K::PublicKey::from_bytes(&self.field("pk_r")).expect("valid");
            let identity = K::PrivateKey::from_bytes(&self.field("sk_r")).expect("valid");
            assert_eq!(K::sk_to_pk(&identity), recipient);
            let (info, aad, plaintext) = (self.field("info"), self.field("aad"), self.field("pt"));
            let expected = [self.field("enc"), self.field("ct")].concat();
            let mut rng = Replay(self.field("ikm_e"));
            let sealed = seal_with_aad::<K>(&recipient, &info, &aad, &plaintext, &mut rng).expect("valid");
            assert_eq!(sealed, expected);
            let opened = open_with_aad::<K>(&identity, &info, &aad, &expected).expect("untouched");
            assert_eq!(opened.expose(), plaintext);
            if aad.is_empty() {
                assert_eq!(
                    open::<K>(&identity, &info, &expected)
                        .expect("untouched")
                        .expose(),
                    plaintext
                );
            }
        }
    }

    #[test]
    fn agrees_with_the_vectors_of_rfc_9180_and_the_post_quantum_draft() {
        let text = sealkit_testdata::text("hpke/vectors.json");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
        let of_kem = |id: u64| {
            vectors
                .iter()
                .filter(move |vector| vector["kem"] == id)
                .cloned()
                .map(Vector)
        };
        of_kem(0x0020).for_each(|vector| vector.check::<X25519>());
        of_kem(0x647a).for_each(|vector| vector.check::<XWing>());
        assert_eq!((of_kem(0x0020).count(), of_kem(0x647a).count()), (2, 2));
    }

    /// The points of order 1, 2, 4 and 8 and their non-canonical spellings, all little-endian.
    /// Source: <https://cr.yp.to/ecdh.html>, "validate".
    fn low_order_points() -> Vec<[u8; 32]> {
        let mut minus_one = [0xff; 32];
        (minus_one[0], minus_one[31]) = (0xec, 0x7f);
        let mut points = vec![[0; 32], minus_one];
        points.push({
            let mut one = [0; 32];
            one[0] = 1;
            one
        });
        for first in [0xed, 0xee] {
            points.push({
                let mut point = minus_one;
                point[0] = first;
                point
            });
        }
        points.push([
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
            0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
        ]);
        points.push([
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
            0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
        ]);
        let high_bit = points.clone().into_iter().map(|mut point| {
            point[31] |= 0x80;
            point
        });
        points.extend(high_bit.collect::<Vec<_>>());
        points
    }

    #[test]
    fn both_sides_refuse_low_order_shares_of_both_kems() {
        let mut rng = StdRng::seed_from_u64(1);
        let (x_secret, x_public) = X25519::gen_keypair_with_rng(&mut rng);
        let (pq_secret, pq_public) = XWing::gen_keypair_with_rng(&mut rng);
        let x_sealed = seal::<X25519>(&x_public, b"info", &[7; 32], &mut rng).expect("sound");
        let pq_sealed = seal::<XWing>(&pq_public, b"info", &[7; 32], &mut rng).expect("sound");
        for point in low_order_points() {
            assert!(low_order(&point));
            let recipient = <X25519 as Kem>::PublicKey::from_bytes(&point).expect("32 bytes");
            let refused = seal::<X25519>(&recipient, b"info", &[7; 32], &mut rng);
            assert_eq!(refused, Err(HpkeError::LowOrder));
            let mut key = pq_public.to_bytes();
            key[PQ_PUBLIC_KEY_BYTES - 32..].copy_from_slice(&point);
            let recipient = <XWing as Kem>::PublicKey::from_bytes(&key).expect("a sound ML-KEM half");
            let refused = seal::<XWing>(&recipient, b"info", &[7; 32], &mut rng);
            assert_eq!(refused, Err(HpkeError::LowOrder));
            let mut sealed = x_sealed.clone();
            sealed[..32].copy_from_slice(&point);
            assert_eq!(
                open::<X25519>(&x_secret, b"info", &sealed),
                Err(HpkeError::LowOrder)
            );
            let mut sealed = pq_sealed.clone();
            sealed[PQ_ENC_BYTES - 32..PQ_ENC_BYTES].copy_from_slice(&point);
            assert_eq!(
                open::<XWing>(&pq_secret, b"info", &sealed),
                Err(HpkeError::LowOrder)
            );
        }
        assert!(!low_order(&x_public.to_bytes().into()));
    }

    #[test]
    fn an_oversized_info_is_refused_before_the_library_panics() {
        let mut rng = StdRng::seed_from_u64(1);
        let (secret, public) = X25519::gen_keypair_with_rng(&mut rng);
        let info = vec![0; MAX_INFO_BYTES + 1];
        assert_eq!(
            seal::<X25519>(&public, &info, b"", &mut rng),
            Err(HpkeError::InfoTooLong)
        );
        assert_eq!(
            open::<X25519>(&secret, &info, &[1; 80]),
            Err(HpkeError::InfoTooLong)
        );
        let sealed = seal::<X25519>(&public, &info[1..], b"", &mut rng).expect("just short enough");
        assert!(open::<X25519>(&secret, &info[1..], &sealed).is_ok());
        let (secret, public) = XWing::gen_keypair_with_rng(&mut rng);
        let sealed = seal::<XWing>(&public, &info[1..], b"", &mut rng).expect("just short enough");
        assert!(open::<XWing>(&secret, &info[1..], &sealed).is_ok());
    }

    #[test]
    fn truncated_and_changed_messages_do_not_open() {
        let mut rng = StdRng::seed_from_u64(1);
        let (secret, public) = X25519::gen_keypair_with_rng(&mut rng);
        let sealed = seal::<X25519>(&public, b"info", &[7; 32], &mut rng).expect("sound");
        for length in 0..sealed.len() {
            assert!(open::<X25519>(&secret, b"info", &sealed[..length]).is_err());
        }
        assert_eq!(
            open::<X25519>(&secret, b"inf0", &sealed),
            Err(HpkeError::Rejected)
        );
    }
}
