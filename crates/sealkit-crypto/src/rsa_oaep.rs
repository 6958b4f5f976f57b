//! RSA-OAEP with SHA-256, MGF1-SHA-256 and a label, over `aws-lc-rs`.
//!
//! Keys are parsed once and kept, since parsing costs as much as using them. Their canonical SubjectPublicKeyInfo
//! names them. What a label means, and what is encrypted, the callers know. Certificates are the next file's.
//!
//! This is the one place where the library draws from its own generator: the OAEP seed, blinding, and new keys. What
//! is encrypted here can be decrypted by a test, not reproduced.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};

use crate::certificate::Certificate;
use crate::kdf::sha256;
use crate::pem::{self, Block};

mod der;
mod error;
mod private;

pub use error::RsaError;
pub use private::RsaPrivateKey;

/// Smallest modulus that is used, in bits. Smaller ones can be, or will soon be, factored.
pub const MIN_BITS: usize = 2048;
/// Largest modulus that `aws-lc-rs` takes, in bits.
pub const MAX_BITS: usize = 8192;

/// The public half of an RSA key. Cloning is cheap.
#[derive(Clone)]
pub struct RsaPublicKey(Arc<PublicParts>);

struct PublicParts {
    key: OaepPublicEncryptingKey,
    spki_der: Vec<u8>,
    spki_sha256: [u8; 32],
}

impl RsaPublicKey {
    /// Reads the DER of a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`RsaError::TooSmall`], [`RsaError::TooLarge`], [`RsaError::NotRsa`] for keys of other algorithms,
    /// [`RsaError::Malformed`] for anything that is not the canonical encoding of an RSA key, since one key must
    /// have one fingerprint.
    ///
    /// Source: RFC 5280 §4.1.2.7, RFC 3279 §2.3.1.
    pub fn from_spki_der(spki_der: &[u8]) -> Result<RsaPublicKey, RsaError> {
        der::check_spki(spki_der)?;
        let key = PublicEncryptingKey::from_der(spki_der).map_err(|_| RsaError::Malformed)?;
        let public = RsaPublicKey::new(key)?;
        if public.spki_der() == spki_der {
            Ok(public)
        } else {
            Err(RsaError::Malformed)
        }
    }

    /// Builds a key from modulus and public exponent, both big-endian; leading zero bytes are ignored.
    ///
    /// # Errors
    /// As for [`RsaPublicKey::from_spki_der`].
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<RsaPublicKey, RsaError> {
        RsaPublicKey::from_spki_der(&der::spki_from_components(modulus, exponent)?)
    }

    /// Reads the first `CERTIFICATE`, `PUBLIC KEY` or `RSA PUBLIC KEY` block of a PEM file; a certificate's validity
    /// is not looked at.
    ///
    /// # Errors
    /// [`RsaError::NoBlock`], [`RsaError::Pem`], [`RsaError::Certificate`], and those of
    /// [`RsaPublicKey::from_spki_der`].
    pub fn from_pem(text: &[u8]) -> Result<RsaPublicKey, RsaError> {
        for block in pem::blocks(text)?.iter().filter(|block| !block.has_headers) {
            if let Some(key) = RsaPublicKey::from_block(block)? {
                return Ok(key);
            }
        }
        Err(RsaError::NoBlock {
            expected: "CERTIFICATE, PUBLIC KEY or RSA PUBLIC KEY",
        })
    }

    /// Reads a `CERTIFICATE`, `PUBLIC KEY` or `RSA PUBLIC KEY` block; `None` for every other kind.
    pub(crate) fn from_block(block: &Block) -> Result<Option<RsaPublicKey>, RsaError> {
        match block.label.as_str() {
            "CERTIFICATE" => Ok(Some(Certificate::from_der(&block.der)?.public_key().clone())),
            "PUBLIC KEY" => RsaPublicKey::from_spki_der(&block.der).map(Some),
            "RSA PUBLIC KEY" => RsaPublicKey::from_spki_der(&der::spki_from_pkcs1(&block.der)?).map(Some),
            _ => Ok(None),
        }
    }

    /// Length of the modulus, in bits.
    pub fn bits(&self) -> usize {
        self.0.key.key_size_bits()
    }

    /// Length of the modulus and of every ciphertext, in bytes.
    pub fn modulus_len(&self) -> usize {
        self.0.key.ciphertext_size()
    }

    /// The canonical DER of the SubjectPublicKeyInfo.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki_der
    }

    /// SHA-256 over [`RsaPublicKey::spki_der`]: the name of this key in native files and its fingerprint for people.
    pub fn spki_sha256(&self) -> [u8; 32] {
        self.0.spki_sha256
    }

    /// The key as a `PUBLIC KEY` block.
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", self.spki_der()).to_string()
    }

    /// Encrypts a short message; the result is as long as the modulus. The seed comes from the generator of
    /// `aws-lc-rs`, so the result cannot be reproduced.
    ///
    /// # Errors
    /// [`RsaError::MessageTooLong`] beyond the modulus less 66 bytes.
    ///
    /// Source: RFC 8017 §7.1.1 (`L` is the label).
    pub fn encrypt(&self, label: &[u8], message: &[u8]) -> Result<Vec<u8>, RsaError> {
        let mut ciphertext = vec![0; self.modulus_len()];
        let length = self
            .0
            .key
            .encrypt(&OAEP_SHA256_MGF1SHA256, message, &mut ciphertext, Some(label))
            .map_err(|_| RsaError::MessageTooLong)?
            .len();
        ciphertext.truncate(length);
        Ok(ciphertext)
    }

    fn new(key: PublicEncryptingKey) -> Result<RsaPublicKey, RsaError> {
        let spki_der = key.as_der().map_err(|_| RsaError::Malformed)?.as_ref().to_vec();
        let spki_sha256 = sha256(&[&spki_der]);
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| RsaError::Malformed)?;
        Ok(RsaPublicKey(Arc::new(PublicParts {
            key,
            spki_der,
            spki_sha256,
        })))
    }
}

impl PartialEq for RsaPublicKey {
    fn eq(&self, other: &RsaPublicKey) -> bool {
        self.spki_der() == other.spki_der()
    }
}

impl Eq for RsaPublicKey {}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPublicKey({} bits)", self.bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_encrypted_and_nothing_else() {
        let key = RsaPrivateKey::generate(2048).expect("supported");
        let ciphertext = key
            .public_key()
            .encrypt(b"shop/db", b"0123456789abcdef")
            .expect("fits");
        assert_eq!(ciphertext.len(), key.modulus_len());
        assert_eq!(
            key.decrypt(b"shop/db", &ciphertext).expect("untouched").expose(),
            b"0123456789abcdef"
        );
        assert_eq!(key.decrypt(b"shop/dc", &ciphertext), Err(RsaError::Decrypt));
        assert_eq!(key.decrypt(b"shop/db", &ciphertext[1..]), Err(RsaError::Decrypt));
        for at in (0..ciphertext.len()).step_by(17) {
            let mut flipped = ciphertext.clone();
            flipped[at] ^= 1;
            assert_eq!(key.decrypt(b"shop/db", &flipped), Err(RsaError::Decrypt));
        }
        let other = RsaPrivateKey::generate(2048).expect("supported");
        assert_eq!(other.decrypt(b"shop/db", &ciphertext), Err(RsaError::Decrypt));
    }

    #[test]
    fn a_key_survives_its_own_pem_and_keeps_its_fingerprint() {
        let key = RsaPrivateKey::generate(2048).expect("supported");
        for pem in [key.to_pkcs8_pem(), key.to_pkcs1_pem()] {
            let again = RsaPrivateKey::from_pem(pem.as_bytes()).expect("our own");
            assert_eq!(key.public_key().spki_sha256(), again.public_key().spki_sha256());
        }
        let public = RsaPublicKey::from_pem(key.public_key().to_pem().as_bytes()).expect("our own");
        assert_eq!(&public, key.public_key());
    }

    #[test]
    fn a_message_must_leave_room_for_the_padding() {
        let key = RsaPrivateKey::generate(2048).expect("supported");
        assert!(key.public_key().encrypt(b"", &[0; 190]).is_ok());
        assert_eq!(
            key.public_key().encrypt(b"", &[0; 191]),
            Err(RsaError::MessageTooLong)
        );
    }

    #[test]
    fn keys_that_encrypt_nothing_are_refused() {
        let key = RsaPrivateKey::generate(2048).expect("supported");
        let spki = key.public_key().spki_der();
        // SubjectPublicKeyInfo of 2048 bits: the modulus stands in bytes 33 to 288, then the exponent 65537.
        let modulus = &spki[33..289];
        let build = |modulus: &[u8], exponent: &[u8]| RsaPublicKey::from_components(modulus, exponent);
        assert_eq!(build(modulus, &[1, 0, 1]).as_ref(), Ok(key.public_key()));
        assert_eq!(
            build(&[&[0, 0], modulus].concat(), &[0, 1, 0, 1]).as_ref(),
            Ok(key.public_key())
        );
        for exponent in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[0xff; 8]] {
            assert_eq!(build(modulus, exponent), Err(RsaError::Malformed), "{exponent:?}");
        }
        let mut even = modulus.to_vec();
        even[255] &= 0xfe;
        assert_eq!(build(&even, &[1, 0, 1]), Err(RsaError::Malformed));
        assert_eq!(build(&[], &[1, 0, 1]), Err(RsaError::Malformed));
        assert_eq!(
            build(&[0xff; 1025], &[1, 0, 1]),
            Err(RsaError::TooLarge { bits: 8200 })
        );
    }

    #[test]
    fn small_keys_are_not_made() {
        assert_eq!(
            RsaPrivateKey::generate(1024).err(),
            Some(RsaError::TooSmall { bits: 1024 })
        );
        assert_eq!(
            RsaPrivateKey::generate(2500).err(),
            Some(RsaError::Size { bits: 2500 })
        );
    }

    #[test]
    fn debug_shows_no_key() {
        let key = RsaPrivateKey::generate(2048).expect("supported");
        assert_eq!(
            format!("{key:?} {:?}", key.public_key()),
            "RsaPrivateKey(2048 bits, ..) RsaPublicKey(2048 bits)"
        );
    }
}
