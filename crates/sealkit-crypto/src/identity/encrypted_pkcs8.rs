//! `ENCRYPTED PRIVATE KEY`: PKCS#8 under a passphrase, with PBES2.
//!
//! PBES1 and triple DES are refused, and so is a key file that asks for unreasonable work: a few bytes of it could
//! otherwise claim all memory of the machine.

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{self, Decode, Reader, SliceReader};
use pkcs8::pkcs5::{self, EncryptionScheme, pbes2};
use pkcs8::spki::AlgorithmIdentifierRef;

use super::{IdentityError, PassphraseSource};
use crate::rsa_oaep::RsaPrivateKey;

/// Most PBKDF2 rounds that are run; OWASP recommends 600,000.
const MAX_PBKDF2_ROUNDS: u32 = 20_000_000;
/// Most memory that scrypt may take, in bytes: 128 · N · r (· p, which multiplies time alone, is counted too).
const MAX_SCRYPT_BYTES: u64 = 1 << 30;

/// Opens a key with a passphrase, which is asked for once the file has proved to be readable.
pub(super) fn open(der: &[u8], passphrases: &dyn PassphraseSource) -> Result<RsaPrivateKey, IdentityError> {
    const WHAT: &str = "the encrypted private key";
    let info = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| why_unreadable(der))?;
    check_work(&info.encryption_algorithm)?;
    let passphrase = passphrases
        .passphrase(WHAT)
        .ok_or(IdentityError::PassphraseNeeded { what: WHAT })?;
    let opened = info.decrypt(passphrase.expose()).map_err(|error| match error {
        pkcs8::Error::EncryptedPrivateKey(
            pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs5::Error::AlgorithmParametersInvalid { .. },
        ) => IdentityError::UnsupportedProtection,
        _ => IdentityError::WrongPassphrase { what: WHAT },
    })?;
    // CBC has no integrity: with a wrong passphrase, one time in 256 the padding fits and what comes out is noise.
    RsaPrivateKey::from_pkcs8_der(opened.as_bytes()).map_err(|error| match error {
        crate::rsa_oaep::RsaError::Malformed => IdentityError::WrongPassphrase { what: WHAT },
        error => error.into(),
    })
}

/// Tells a scheme that the library does not know from bytes that are no protected key at all.
fn why_unreadable(der: &[u8]) -> IdentityError {
    let known_shape = || -> der::Result<()> {
        SliceReader::new(der)?.sequence(|reader| {
            AlgorithmIdentifierRef::decode(reader)?;
            <&OctetStringRef>::decode(reader).map(|_| ())
        })
    };
    match known_shape() {
        Ok(_) => IdentityError::UnsupportedProtection,
        Err(_) => IdentityError::Malformed {
            kind: "encrypted PKCS#8",
        },
    }
}

fn check_work(scheme: &EncryptionScheme) -> Result<(), IdentityError> {
    let EncryptionScheme::Pbes2(parameters) = scheme else {
        return Err(IdentityError::UnsupportedProtection);
    };
    match &parameters.kdf {
        pbes2::Kdf::Pbkdf2(kdf) if kdf.iteration_count <= MAX_PBKDF2_ROUNDS => Ok(()),
        pbes2::Kdf::Scrypt(kdf) => {
            let bytes = [u64::from(kdf.block_size), u64::from(kdf.parallelization), 128]
                .into_iter()
                .try_fold(kdf.cost_parameter, u64::checked_mul);
            match bytes {
                Some(0..=MAX_SCRYPT_BYTES) => Ok(()),
                _ => Err(IdentityError::TooMuchWork),
            }
        }
        pbes2::Kdf::Pbkdf2(_) => Err(IdentityError::TooMuchWork),
        _ => Err(IdentityError::UnsupportedProtection),
    }
}
