//! The private half: made, read, written and used.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use zeroize::Zeroizing;

use super::{MIN_BITS, RsaError, RsaPublicKey, der};
use crate::pem;
use crate::secret::Plaintext;

/// The private half of an RSA key. Cloning is cheap, and `Debug` prints only the public half's size.
#[derive(Clone)]
pub struct RsaPrivateKey(Arc<PrivateParts>);

struct PrivateParts {
    key: OaepPrivateDecryptingKey,
    pkcs8_der: Zeroizing<Vec<u8>>,
    public: RsaPublicKey,
}

impl RsaPrivateKey {
    /// Generates a key of 2048, 3072, 4096 or 8192 bits, with the generator of `aws-lc-rs`.
    ///
    /// # Errors
    /// [`RsaError::TooSmall`] below 2048 bits, [`RsaError::Size`] for any other size, [`RsaError::Generate`] if the
    /// library fails.
    pub fn generate(bits: usize) -> Result<RsaPrivateKey, RsaError> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            8192 => KeySize::Rsa8192,
            0..MIN_BITS => return Err(RsaError::TooSmall { bits }),
            _ => return Err(RsaError::Size { bits }),
        };
        RsaPrivateKey::new(PrivateDecryptingKey::generate(size).map_err(|_| RsaError::Generate)?)
    }

    /// Reads the first `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1) block of a PEM file; other blocks, a
    /// certificate for instance, are skipped.
    ///
    /// # Errors
    /// [`RsaError::Encrypted`] for an `ENCRYPTED PRIVATE KEY`, which
    /// [`parse_identities`](crate::identity::parse_identities) opens; [`RsaError::LegacyEncrypted`] for a block
    /// encrypted by headers; [`RsaError::NoBlock`], [`RsaError::Pem`], and those of [`RsaPrivateKey::from_pkcs8_der`].
    pub fn from_pem(text: &[u8]) -> Result<RsaPrivateKey, RsaError> {
        for block in pem::blocks(text)? {
            match block.label.as_str() {
                "PRIVATE KEY" | "RSA PRIVATE KEY" if block.has_headers => {
                    return Err(RsaError::LegacyEncrypted);
                }
                "PRIVATE KEY" => return RsaPrivateKey::from_pkcs8_der(&block.der),
                "RSA PRIVATE KEY" => return RsaPrivateKey::from_pkcs1_der(&block.der),
                "ENCRYPTED PRIVATE KEY" => return Err(RsaError::Encrypted),
                _ => {}
            }
        }
        Err(RsaError::NoBlock {
            expected: "PRIVATE KEY or RSA PRIVATE KEY",
        })
    }

    /// Reads the DER of a PKCS#8 key.
    ///
    /// # Errors
    /// [`RsaError::TooSmall`], [`RsaError::TooLarge`], [`RsaError::NotRsa`] for keys of other algorithms,
    /// [`RsaError::Malformed`] for a key that is inconsistent or no key at all.
    ///
    /// Source: RFC 5208 §5.
    pub fn from_pkcs8_der(pkcs8_der: &[u8]) -> Result<RsaPrivateKey, RsaError> {
        der::check_pkcs8(pkcs8_der)?;
        RsaPrivateKey::new(PrivateDecryptingKey::from_pkcs8(pkcs8_der).map_err(|_| RsaError::Malformed)?)
    }

    /// Reads the DER of a PKCS#1 key, by wrapping it into PKCS#8.
    ///
    /// # Errors
    /// As for [`RsaPrivateKey::from_pkcs8_der`].
    ///
    /// Source: RFC 8017 §A.1.2.
    pub fn from_pkcs1_der(pkcs1_der: &[u8]) -> Result<RsaPrivateKey, RsaError> {
        RsaPrivateKey::from_pkcs8_der(&der::pkcs8_from_pkcs1(pkcs1_der)?)
    }

    /// The public half.
    pub fn public_key(&self) -> &RsaPublicKey {
        &self.0.public
    }

    /// Length of the modulus and of every ciphertext, in bytes.
    pub fn modulus_len(&self) -> usize {
        self.public_key().modulus_len()
    }

    /// The key as an unencrypted `PRIVATE KEY` block (PKCS#8). Secret.
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        pem::encode("PRIVATE KEY", &self.0.pkcs8_der)
    }

    /// The key as an unencrypted `RSA PRIVATE KEY` block (PKCS#1), as the peer writes its keys. Secret.
    pub fn to_pkcs1_pem(&self) -> Zeroizing<String> {
        let pkcs1_der = der::pkcs1_from_pkcs8(&self.0.pkcs8_der).expect("the library wrote PKCS#8");
        pem::encode("RSA PRIVATE KEY", pkcs1_der)
    }

    /// The DER of the key as PKCS#8. Secret.
    pub fn to_pkcs8_der(&self) -> &[u8] {
        &self.0.pkcs8_der
    }

    /// Decrypts what [`RsaPublicKey::encrypt`] made under the same label.
    ///
    /// # Errors
    /// [`RsaError::Decrypt`], one answer for a wrong key, a wrong label, a wrong length and changed bytes: telling
    /// them apart is what Manger's attack needs.
    ///
    /// Source: RFC 8017 §7.1.2.
    pub fn decrypt(&self, label: &[u8], ciphertext: &[u8]) -> Result<Plaintext, RsaError> {
        let mut message = Zeroizing::new(vec![0; self.0.key.min_output_size()]);
        let length = self
            .0
            .key
            .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut message, Some(label))
            .map_err(|_| RsaError::Decrypt)?
            .len();
        message.truncate(length);
        Ok(Plaintext::from(message))
    }

    fn new(key: PrivateDecryptingKey) -> Result<RsaPrivateKey, RsaError> {
        let pkcs8_der = Zeroizing::new(key.as_der().map_err(|_| RsaError::Malformed)?.as_ref().to_vec());
        let public = RsaPublicKey::new(key.public_key())?;
        let key = OaepPrivateDecryptingKey::new(key).map_err(|_| RsaError::Malformed)?;
        Ok(RsaPrivateKey(Arc::new(PrivateParts {
            key,
            pkcs8_der,
            public,
        })))
    }
}

impl fmt::Debug for RsaPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaPrivateKey({} bits, ..)", self.public_key().bits())
    }
}
