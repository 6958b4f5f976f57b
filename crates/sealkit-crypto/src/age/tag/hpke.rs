//! HPKE's base mode for the two KEMs over P-256 that only hardware tokens use, sender's side.
//!
//! The `hpke` crate brings P-256 with P-384 and P-521, a dozen crates; the curve and ML-KEM are in `aws-lc-rs` already, and
//! what lies between is the few lines of RFC 9180 below. Their judges are the RFC's vector and age's own test plugin.
//!
//! Source: RFC 9180 §4.1, §5.1 (KEM 0x0010); draft-ietf-hpke-pq-03 (KEM 0x0050, MLKEM768-P256); Go `filippo.io/hpke`.

use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::digest::{Context, SHA3_256};
use aws_lc_rs::kem::{EncapsulationKey, ML_KEM_768};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::POINT_BYTES;
use crate::{aead, kdf};

const DHKEM_P256: [u8; 2] = [0x00, 0x10];
const MLKEM768_P256: [u8; 2] = [0x00, 0x50];
/// HKDF-SHA256, ChaCha20-Poly1305.
const KDF_AND_AEAD: [u8; 4] = [0x00, 0x01, 0x00, 0x03];

type Secret = Zeroizing<[u8; 32]>;

/// Encrypts to a point, and to an ML-KEM-768 key as well if there is one. Returns `enc` and the ciphertext; `None` if the
/// library refuses a key.
pub(super) fn seal(
    point: &[u8; POINT_BYTES],
    ml_kem: Option<&[u8]>,
    info: &[u8],
    plaintext: &[u8],
    rng: &mut dyn CryptoRng,
) -> Option<(Vec<u8>, Vec<u8>)> {
    let ephemeral = draw_key(rng);
    let share = ephemeral.compute_public_key().ok()?;
    let dh = diffie_hellman(&ephemeral, point)?;
    let (kem, enc, shared) = match ml_kem {
        None => (
            DHKEM_P256,
            share.as_ref().to_vec(),
            extract_and_expand(&dh, share.as_ref(), point),
        ),
        Some(key) => {
            let key = EncapsulationKey::new(&ML_KEM_768, key).ok()?;
            let (ciphertext, secret) = key.encapsulate().ok()?;
            let shared = combine(secret.as_ref(), &dh, share.as_ref(), point);
            (
                MLKEM768_P256,
                [ciphertext.as_ref(), share.as_ref()].concat(),
                shared,
            )
        }
    };
    let (key, nonce) = key_schedule(kem, &shared, info);
    let body = aead::chacha20poly1305_encrypt(&key, &nonce, b"", plaintext).ok()?;
    Some((enc, body))
}

/// Draws a private key. Almost every 32 bytes are one; those that are not are drawn again.
fn draw_key(rng: &mut dyn CryptoRng) -> PrivateKey {
    loop {
        let mut bytes = Secret::default();
        rng.fill_bytes(bytes.as_mut());
        if let Ok(key) = PrivateKey::from_private_key(&ECDH_P256, bytes.as_ref()) {
            return key;
        }
    }
}

fn diffie_hellman(ephemeral: &PrivateKey, point: &[u8; POINT_BYTES]) -> Option<Secret> {
    let peer = UnparsedPublicKey::new(&ECDH_P256, point);
    agreement::agree(ephemeral, peer, (), |shared| {
        let mut secret = Secret::default();
        secret.copy_from_slice(shared); // the x coordinate of a P-256 point: 32 bytes
        Ok(secret)
    })
    .ok()
}

/// Source: RFC 9180 §4.1, `ExtractAndExpand`.
fn extract_and_expand(dh: &[u8; 32], enc: &[u8], recipient: &[u8]) -> Secret {
    let suite = [b"KEM".as_slice(), &DHKEM_P256].concat();
    let prk = labeled_extract(b"", &suite, b"eae_prk", dh);
    labeled_expand(&prk, &suite, b"shared_secret", &[enc, recipient].concat())
}

/// `SHA3-256(ss_PQ ‖ ss_T ‖ ct_T ‖ ek_T ‖ "MLKEM768-P256")`.
///
/// Source: draft-irtf-cfrg-concrete-hybrid-kems, as draft-ietf-hpke-pq-03 uses it.
fn combine(ml_kem: &[u8], dh: &[u8; 32], enc: &[u8], recipient: &[u8]) -> Secret {
    let mut hash = Context::new(&SHA3_256);
    for part in [ml_kem, dh, enc, recipient, b"MLKEM768-P256"] {
        hash.update(part);
    }
    let mut shared = Secret::default();
    shared.copy_from_slice(hash.finish().as_ref());
    shared
}

/// Key and nonce of the first message. Source: RFC 9180 §5.1, `KeySchedule` with mode_base.
fn key_schedule(kem: [u8; 2], shared: &[u8; 32], info: &[u8]) -> (Secret, [u8; 12]) {
    let suite = [b"HPKE".as_slice(), &kem, &KDF_AND_AEAD].concat();
    let psk_id_hash = labeled_extract(b"", &suite, b"psk_id_hash", b"");
    let info_hash = labeled_extract(b"", &suite, b"info_hash", info);
    let context = [&[0][..], psk_id_hash.as_ref(), info_hash.as_ref()].concat();
    let secret = labeled_extract(shared, &suite, b"secret", b"");
    let key = labeled_expand(&secret, &suite, b"key", &context);
    (key, *labeled_expand(&secret, &suite, b"base_nonce", &context))
}

fn labeled_extract(salt: &[u8], suite: &[u8], label: &[u8], ikm: &[u8]) -> Secret {
    Zeroizing::new(kdf::hmac_sha256(salt, &[b"HPKE-v1", suite, label, ikm])) // HKDF-Extract is HMAC keyed with the salt
}

fn labeled_expand<const N: usize>(prk: &Secret, suite: &[u8], label: &[u8], info: &[u8]) -> Zeroizing<[u8; N]>
where
    [u8; N]: Default + zeroize::Zeroize,
{
    let length = [0, N as u8]; // at most 32
    let mut out = Zeroizing::<[u8; N]>::default();
    kdf::hkdf_expand(
        prk,
        &[&length, b"HPKE-v1".as_slice(), suite, label, info].concat(),
        &mut out,
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        assert_eq!(text.len(), 2 * N);
        core::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hexadecimal"))
    }

    /// RFC 9180, appendix A.5.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode.
    #[test]
    fn agrees_with_the_vector_of_the_rfc() {
        let secret: [u8; 32] = hex("7550253e1147aae48839c1f8af80d2770fb7a4c763afe7d0afa7e0f42a5b3689");
        let recipient: [u8; 65] = hex(
            "04a697bffde9405c992883c5c439d6cc358170b51af72812333b015621dc0f40bad9bb726f68a5c013806a790ec716ab8669f84f6b694596c2987cf35baba2a006",
        );
        let enc: [u8; 65] = hex(
            "04c07836a0206e04e31d8ae99bfd549380b072a1b1b82e563c935c095827824fc1559eac6fb9e3c70cd3193968994e7fe9781aa103f5b50e934b5b2f387e381291",
        );
        let ephemeral = PrivateKey::from_private_key(&ECDH_P256, &secret).expect("in range");
        assert_eq!(ephemeral.compute_public_key().expect("has one").as_ref(), enc);
        let dh = diffie_hellman(&ephemeral, &recipient).expect("on the curve");
        let shared = extract_and_expand(&dh, &enc, &recipient);
        assert_eq!(
            *shared,
            hex("806520f82ef0b03c823b7fc524b6b55a088f566b9751b89551c170f4113bd850")
        );
        let info = b"Ode on a Grecian Urn";
        let (key, nonce) = key_schedule(DHKEM_P256, &shared, info);
        assert_eq!(
            *key,
            hex("a8f45490a92a3b04d1dbf6cf2c3939ad8bfc9bfcb97c04bffe116730c9dfe3fc")
        );
        assert_eq!(nonce, hex("726b4390ed2209809f58c693"));
    }
}
