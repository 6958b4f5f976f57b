//! The DER around RSA keys: telling sizes and algorithms apart before `aws-lc-rs` answers "rejected" to everything,
//! and wrapping the bare PKCS#1 forms into the ones it takes. Judges no key: the library checks consistency.

use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use pkcs8::der::oid::ObjectIdentifier;
use pkcs8::der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{PrivateKeyInfoRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::{MAX_BITS, MIN_BITS, RsaError};

/// `rsaEncryption`, RFC 8017 §A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Checks that a SubjectPublicKeyInfo holds an RSA key of a size that is used.
pub(super) fn check_spki(spki_der: &[u8]) -> Result<(), RsaError> {
    let spki = SubjectPublicKeyInfoRef::from_der(spki_der).map_err(|_| RsaError::Malformed)?;
    check_algorithm(&spki.algorithm)?;
    let key = spki.subject_public_key.as_bytes().ok_or(RsaError::Malformed)?;
    check_bits(sequence_head(key, 0)?)
}

/// Checks that a PKCS#8 key holds an RSA key of a size that is used.
pub(super) fn check_pkcs8(pkcs8_der: &[u8]) -> Result<(), RsaError> {
    let info = PrivateKeyInfoRef::from_der(pkcs8_der).map_err(|_| RsaError::Malformed)?;
    check_algorithm(&info.algorithm)?;
    check_bits(sequence_head(info.private_key.as_bytes(), 1)?)
}

/// Wraps a PKCS#1 private key into PKCS#8.
pub(super) fn pkcs8_from_pkcs1(pkcs1_der: &[u8]) -> Result<Zeroizing<Vec<u8>>, RsaError> {
    let key = OctetStringRef::new(pkcs1_der).map_err(|_| RsaError::Malformed)?;
    PrivateKeyInfoRef::new(algorithm(), key)
        .to_der()
        .map(Zeroizing::new)
        .map_err(|_| RsaError::Malformed)
}

/// The PKCS#1 private key inside of PKCS#8.
pub(super) fn pkcs1_from_pkcs8(pkcs8_der: &[u8]) -> Result<&[u8], RsaError> {
    let info = PrivateKeyInfoRef::from_der(pkcs8_der).map_err(|_| RsaError::Malformed)?;
    Ok(info.private_key.as_bytes())
}

/// Wraps a PKCS#1 public key into a SubjectPublicKeyInfo.
pub(super) fn spki_from_pkcs1(pkcs1_der: &[u8]) -> Result<Vec<u8>, RsaError> {
    let subject_public_key = BitStringRef::from_bytes(pkcs1_der).map_err(|_| RsaError::Malformed)?;
    SubjectPublicKeyInfoRef {
        algorithm: algorithm(),
        subject_public_key,
    }
    .to_der()
    .map_err(|_| RsaError::Malformed)
}

/// Builds a SubjectPublicKeyInfo from modulus and exponent, big-endian.
pub(super) fn spki_from_components(modulus: &[u8], exponent: &[u8]) -> Result<Vec<u8>, RsaError> {
    let integer = |bytes| -> Result<Vec<u8>, RsaError> {
        UintRef::new(bytes)
            .and_then(|integer| integer.to_der())
            .map_err(|_| RsaError::Malformed)
    };
    let both = [integer(modulus)?, integer(exponent)?].concat();
    let pkcs1 = AnyRef::new(Tag::Sequence, &both)
        .and_then(|any| any.to_der())
        .map_err(|_| RsaError::Malformed)?;
    spki_from_pkcs1(&pkcs1)
}

fn algorithm() -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef {
        oid: RSA_ENCRYPTION,
        parameters: Some(AnyRef::NULL),
    }
}

fn check_algorithm(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(), RsaError> {
    if algorithm.oid == RSA_ENCRYPTION {
        Ok(())
    } else {
        Err(RsaError::NotRsa)
    }
}

fn check_bits(bits: usize) -> Result<(), RsaError> {
    match bits {
        0..MIN_BITS => Err(RsaError::TooSmall { bits }),
        MIN_BITS..=MAX_BITS => Ok(()),
        _ => Err(RsaError::TooLarge { bits }),
    }
}

/// Length in bits of the integer at `position` in a SEQUENCE: the modulus comes first in PKCS#1 public keys and
/// second, after the version, in private ones. What follows it is left to the library.
fn sequence_head(sequence: &[u8], position: usize) -> Result<usize, RsaError> {
    let body = AnyRef::from_der(sequence).map_err(|_| RsaError::Malformed)?;
    if body.tag() != Tag::Sequence {
        return Err(RsaError::Malformed);
    }
    let mut reader = SliceReader::new(body.value()).map_err(|_| RsaError::Malformed)?;
    for _ in 0..position {
        reader.decode::<UintRef<'_>>().map_err(|_| RsaError::Malformed)?;
    }
    let modulus = reader.decode::<UintRef<'_>>().map_err(|_| RsaError::Malformed)?;
    let bytes = modulus.as_bytes();
    Ok(bytes.len() * 8 - bytes.first().map_or(0, |first| first.leading_zeros() as usize))
}
