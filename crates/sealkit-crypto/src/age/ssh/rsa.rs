//! The `ssh-rsa` stanza: the file key under RSA-OAEP, and SSH's way to write RSA keys taken over to PKCS#1's.
//!
//! OpenSSH stores a private key without the two exponents that PKCS#1 adds for speed, and the library insists on them;
//! they are computed here, in time that depends on lengths alone. Everything else about RSA is `rsa_oaep`'s business.
//!
//! Source: Go `agessh/agessh.go` of age v1.3.2; RFC 4253 §6.6, OpenSSH `PROTOCOL.key`, RFC 8017 §A.1.2.

use core::cmp::Ordering;

use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::asn1::UintRef;
use pkcs8::der::{Decode, Reader};
use ssh_key::private::RsaKeypair;
use zeroize::Zeroizing;

use super::SshKeyError;
use crate::age::{FileKey, Stanza, UnwrapFileKeyError, WrapFileKeyError};
use crate::rsa_oaep::{MAX_BITS, RsaError, RsaPrivateKey, RsaPublicKey};

/// First word of the stanza, and the key's type in its text.
pub(super) const TAG: &str = "ssh-rsa";

const LABEL: &[u8] = b"age-encryption.org/v1/ssh-rsa";

/// A public key with its SSH form.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    key: RsaPublicKey,
    wire: Vec<u8>,
}

impl PublicKey {
    /// Takes modulus and exponent, big-endian.
    pub(super) fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, SshKeyError> {
        Ok(PublicKey::new(RsaPublicKey::from_components(modulus, exponent)?))
    }

    pub(super) fn new(key: RsaPublicKey) -> PublicKey {
        let wire = wire(key.spki_der()).expect("the library wrote this DER of an RSA key itself");
        PublicKey { key, wire }
    }

    /// The key as SSH transmits it: `string "ssh-rsa" ‖ mpint exponent ‖ mpint modulus`.
    pub(super) fn wire(&self) -> &[u8] {
        &self.wire
    }
}

/// Wraps the file key. The OAEP seed comes from the generator of `aws-lc-rs`.
pub(super) fn wrap(recipient: &PublicKey, tag: &str, file_key: &FileKey) -> Result<Stanza, WrapFileKeyError> {
    let body = recipient
        .key
        .encrypt(LABEL, file_key.expose())
        .map_err(|_| WrapFileKeyError::UnusableKey)?;
    Ok(Stanza::new(TAG, &[tag], &body).expect("base64 is a word"))
}

/// Looks for a stanza that this key opens. A body that does not decrypt is somebody else's whose tag happens to be the
/// same; OAEP does not tell why, on purpose.
pub(super) fn unwrap(
    key: &RsaPrivateKey,
    tag: &str,
    stanzas: &[Stanza],
) -> Result<Option<FileKey>, UnwrapFileKeyError> {
    for stanza in stanzas.iter().filter(|stanza| stanza.tag() == TAG) {
        let [name] = stanza.args() else {
            return Err(UnwrapFileKeyError::Malformed {
                tag: TAG,
                expected: "expected one argument",
            });
        };
        let opened = if name == tag {
            key.decrypt(LABEL, stanza.body()).ok()
        } else {
            None
        };
        if let Some(file_key) = opened.and_then(|key| FileKey::from_slice(key.expose())) {
            return Ok(Some(file_key));
        }
    }
    Ok(None)
}

/// Takes over OpenSSH's private key: PKCS#1 wants `d mod (p − 1)` and `d mod (q − 1)` as well.
pub(super) fn private_key(pair: &RsaKeypair) -> Result<RsaPrivateKey, SshKeyError> {
    let part = |integer: &ssh_key::Mpint| -> Result<Zeroizing<Vec<u8>>, SshKeyError> {
        let bytes = integer.as_positive_bytes().ok_or(SshKeyError::Malformed)?;
        let bytes = bytes.strip_prefix(&[0]).unwrap_or(bytes);
        // Reducing takes time that grows with the square of the length, so the length is bounded first.
        if bytes.len() * 8 > MAX_BITS {
            return Err(SshKeyError::Rsa(RsaError::TooLarge {
                bits: bytes.len() * 8,
            }));
        }
        Ok(Zeroizing::new(bytes.to_vec()))
    };
    let (public, private) = (pair.public(), pair.private());
    let (n, e, d) = (part(public.n())?, part(public.e())?, part(private.d())?);
    let (p, q, q_inverse) = (part(private.p())?, part(private.q())?, part(private.iqmp())?);
    let (d_p, d_q) = (reduce(&d, &less_one(&p)?), reduce(&d, &less_one(&q)?));
    let integers = [&[0][..], &n, &e, &d, &p, &q, &d_p, &d_q, &q_inverse];
    Ok(RsaPrivateKey::from_pkcs1_der(&der_sequence(&integers))?)
}

/// Subtracts one from an odd number.
fn less_one(odd: &[u8]) -> Result<Zeroizing<Vec<u8>>, SshKeyError> {
    let mut even = Zeroizing::new(odd.to_vec());
    match even.last_mut() {
        Some(last) if *last % 2 == 1 => *last -= 1,
        _ => return Err(SshKeyError::Malformed), // an even prime
    }
    if even.iter().all(|&byte| byte == 0) {
        Err(SshKeyError::Malformed)
    } else {
        Ok(even)
    }
}

/// `number mod modulus`, big-endian, by shifting in one bit after another. Which bits are set decides no branch and no
/// address.
fn reduce(number: &[u8], modulus: &[u8]) -> Zeroizing<Vec<u8>> {
    // One byte longer than the modulus, since the remainder is doubled before it is reduced.
    let mut remainder = Zeroizing::new(vec![0u8; modulus.len() + 1]);
    let mut difference = Zeroizing::new(vec![0u8; modulus.len() + 1]);
    for byte in number {
        for bit in (0..8).rev() {
            let mut carry = (byte >> bit) & 1;
            for digit in remainder.iter_mut().rev() {
                let out = *digit >> 7;
                *digit = (*digit << 1) | carry;
                carry = out;
            }
            let mut borrow = 0u8;
            let padded = core::iter::once(&0).chain(modulus);
            for ((digit, &minuend), &subtrahend) in difference
                .iter_mut()
                .zip(remainder.iter())
                .rev()
                .zip(padded.rev())
            {
                let step = i16::from(minuend) - i16::from(subtrahend) - i16::from(borrow);
                *digit = step as u8; // the low eight bits
                borrow = ((step >> 8) & 1) as u8; // 1 exactly if the step is negative
            }
            let keep = 0u8.wrapping_sub(borrow); // all ones if the remainder is the smaller one
            for (digit, &reduced) in remainder.iter_mut().zip(difference.iter()) {
                *digit = (*digit & keep) | (reduced & !keep);
            }
        }
    }
    remainder
}

/// The DER of a SEQUENCE of unsigned INTEGERs, each big-endian. Secret: it is written into one buffer that never grows.
fn der_sequence(integers: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    const LONGEST_HEADER: usize = 6; // tag, length of length, four bytes of length
    let total: usize = integers
        .iter()
        .map(|integer| integer.len() + 1 + LONGEST_HEADER)
        .sum();
    let mut body = Zeroizing::new(Vec::with_capacity(total));
    for integer in integers {
        let start = integer
            .iter()
            .position(|&byte| byte != 0)
            .unwrap_or(integer.len().saturating_sub(1));
        let digits = &integer[start..];
        let sign = digits.first().is_none_or(|first| first.leading_ones() > 0);
        der_header(0x02, digits.len() + usize::from(sign), &mut body);
        body.extend(sign.then_some(0));
        body.extend_from_slice(digits);
    }
    let mut sequence = Zeroizing::new(Vec::with_capacity(body.len() + LONGEST_HEADER));
    der_header(0x30, body.len(), &mut sequence);
    sequence.extend_from_slice(&body);
    sequence
}

/// Tag and minimal length. Source: ITU-T X.690 §8.1.3, §10.1.
fn der_header(tag: u8, length: usize, out: &mut Vec<u8>) {
    out.push(tag);
    match length.cmp(&0x80) {
        Ordering::Less => out.push(length as u8),
        _ => {
            let bytes = length.to_be_bytes();
            let skipped = length.leading_zeros() as usize / 8;
            out.push(0x80 | (bytes.len() - skipped) as u8);
            out.extend_from_slice(&bytes[skipped..]);
        }
    }
}

/// SSH's form of the key inside a SubjectPublicKeyInfo.
fn wire(spki_der: &[u8]) -> Option<Vec<u8>> {
    let spki = SubjectPublicKeyInfoRef::from_der(spki_der).ok()?;
    let key = pkcs8::der::asn1::AnyRef::from_der(spki.subject_public_key.as_bytes()?).ok()?;
    let mut reader = pkcs8::der::SliceReader::new(key.value()).ok()?;
    let modulus = reader.decode::<UintRef<'_>>().ok()?;
    let exponent = reader.decode::<UintRef<'_>>().ok()?;
    let mut wire = Vec::new();
    push_string(TAG.as_bytes(), false, &mut wire);
    for integer in [exponent.as_bytes(), modulus.as_bytes()] {
        push_string(
            integer,
            integer.first().is_some_and(|first| first.leading_ones() > 0),
            &mut wire,
        );
    }
    Some(wire)
}

/// Appends an SSH string, or an mpint with a zero byte where the sign would be mistaken. Source: RFC 4251 §5.
fn push_string(bytes: &[u8], sign: bool, wire: &mut Vec<u8>) {
    let length = bytes.len() + usize::from(sign);
    wire.extend_from_slice(
        &u32::try_from(length)
            .expect("an RSA key has some hundred bytes")
            .to_be_bytes(),
    );
    wire.extend(sign.then_some(0));
    wire.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_in_its_ssh_form_is_the_same_key() {
        let key = RsaPrivateKey::generate(2048).expect("supported");
        let public = PublicKey::new(key.public_key().clone());
        let text = format!("ssh-rsa {}", super::super::encode_padded(public.wire()));
        let read: super::super::SshRecipient = text.parse().expect("our own");
        assert_eq!(read.as_str(), text);
    }

    #[test]
    fn der_is_minimal() {
        let long = [0x80; 200];
        let der = der_sequence(&[&[0], &[0, 0x7f], &[0x80], &long]);
        let expected = [
            &[
                0x30, 0x81, 214, 2, 1, 0, 2, 1, 0x7f, 2, 2, 0, 0x80, 2, 0x81, 201, 0,
            ][..],
            &long,
        ]
        .concat();
        assert_eq!(*der, expected);
    }

    proptest! {
        #[test]
        fn reduces_as_the_machine_does(number: u128, modulus in 1..=u64::MAX) {
            let remainder = reduce(&number.to_be_bytes(), &modulus.to_be_bytes());
            let expected = u64::try_from(number % u128::from(modulus)).expect("below a u64");
            prop_assert_eq!(&remainder[1..], &expected.to_be_bytes());
            prop_assert_eq!(remainder[0], 0);
        }
    }
}
