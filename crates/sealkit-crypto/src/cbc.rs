//! AES-CBC with PKCS#7 padding: legacy, unauthenticated, for values that kube-apiserver stored under `aescbc`.
//!
//! Nothing new should choose it. A wrong key goes unnoticed with probability 1/256 and a flipped bit garbles one block
//! and flips the same bit in the next, all without an error: whoever decrypts must check what came out by other means.
//! There is one error for every length and padding failure, so that the answer is no more of an oracle than it has to be.

use core::fmt;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use subtle::{ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};
use zeroize::Zeroize;

/// Length of a block and of the initialisation vector, in bytes.
pub const BLOCK_BYTES: usize = 16;

/// A prepared AES-CBC key of 16, 24 or 32 bytes. Wiped when dropped, prints nothing.
pub struct CbcKey {
    encrypting: EncryptingKey,
    decrypting: DecryptingKey,
}

impl CbcKey {
    /// Prepares a key; `None` if it has neither 16, 24 nor 32 bytes.
    pub fn new(key: &[u8]) -> Option<CbcKey> {
        let algorithm = match key.len() {
            16 => &AES_128,
            24 => &AES_192,
            32 => &AES_256,
            _ => return None,
        };
        let prepare = || UnboundCipherKey::new(algorithm, key);
        Some(CbcKey {
            encrypting: EncryptingKey::cbc(prepare().ok()?).ok()?,
            decrypting: DecryptingKey::cbc(prepare().ok()?).ok()?,
        })
    }

    /// Length of the ciphertext of `plaintext` bytes: one to sixteen more, up to a whole block.
    pub fn padded(plaintext: usize) -> usize {
        plaintext + BLOCK_BYTES - plaintext % BLOCK_BYTES
    }

    /// Pads and encrypts into `out`, which must have [`CbcKey::padded`] bytes. The IV must not be predictable.
    ///
    /// # Errors
    /// [`CbcError`] if `out` has another length.
    ///
    /// Source: NIST SP 800-38A §6.2, RFC 5652 §6.3.
    pub fn encrypt_to(
        &self,
        iv: &[u8; BLOCK_BYTES],
        plaintext: &[u8],
        out: &mut [u8],
    ) -> Result<(), CbcError> {
        if out.len() != CbcKey::padded(plaintext.len()) {
            return Err(CbcError);
        }
        let (body, padding) = out.split_at_mut(plaintext.len());
        body.copy_from_slice(plaintext);
        let count = u8::try_from(padding.len()).map_err(|_| CbcError)?;
        padding.fill(count);
        self.encrypting
            .less_safe_encrypt(out, EncryptionContext::Iv128(FixedLength::from(iv)))
            .map(drop)
            .map_err(|_| CbcError)
    }

    /// Decrypts in place and returns the length of the plaintext, which stands at the front of `in_out`.
    ///
    /// # Errors
    /// [`CbcError`] for no block at all, a part of a block, and padding that is not one to sixteen times its own count.
    /// `in_out` then holds zeros.
    ///
    /// Source: NIST SP 800-38A §6.2, RFC 5652 §6.3.
    pub fn decrypt_in_place(&self, iv: &[u8; BLOCK_BYTES], in_out: &mut [u8]) -> Result<usize, CbcError> {
        if in_out.is_empty() || !in_out.len().is_multiple_of(BLOCK_BYTES) {
            return Err(CbcError);
        }
        let context = DecryptionContext::Iv128(FixedLength::from(iv));
        let length = self
            .decrypting
            .decrypt(in_out, context)
            .ok()
            .and_then(|decrypted| unpadded(decrypted));
        length.ok_or_else(|| {
            in_out.zeroize();
            CbcError
        })
    }
}

impl fmt::Debug for CbcKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CbcKey(..)")
    }
}

/// The stored bytes are not what this key wrote: their length or their padding is wrong. Which one is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a padded AES-CBC message of this key")]
pub struct CbcError;

/// Returns the length without padding, looking at all sixteen last bytes whatever they are.
fn unpadded(decrypted: &[u8]) -> Option<usize> {
    let (_, last) = decrypted.split_last_chunk::<BLOCK_BYTES>()?;
    let count = last[BLOCK_BYTES - 1];
    let mut good = !count.ct_eq(&0) & !count.ct_gt(&16);
    for (distance, byte) in (1u8..).zip(last.iter().rev()) {
        let padding = !distance.ct_gt(&count);
        let expected = u8::conditional_select(byte, &count, padding);
        good &= byte.ct_eq(&expected);
    }
    bool::from(good).then(|| decrypted.len() - usize::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(key: &CbcKey, plaintext: &[u8]) -> Vec<u8> {
        let mut out = vec![0; CbcKey::padded(plaintext.len())];
        key.encrypt_to(&[3; 16], plaintext, &mut out).expect("fits");
        out
    }

    #[test]
    fn takes_the_three_aes_key_lengths_and_no_other() {
        for length in 0..=65 {
            assert_eq!(
                CbcKey::new(&vec![1; length]).is_some(),
                [16, 24, 32].contains(&length),
                "{length}"
            );
        }
    }

    #[test]
    fn encrypts_the_vectors_of_sp_800_38a() {
        // F.2.1, F.2.3 and F.2.5: first block of CBC-AES128, CBC-AES192 and CBC-AES256
        let iv: [u8; 16] = core::array::from_fn(|i| i as u8);
        let block = [
            0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
        ];
        let cases: [(&[u8], [u8; 4]); 3] = [
            (
                &[
                    0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
                    0x3c,
                ],
                [0x76, 0x49, 0xab, 0xac],
            ),
            (
                &[
                    0x8e, 0x73, 0xb0, 0xf7, 0xda, 0x0e, 0x64, 0x52, 0xc8, 0x10, 0xf3, 0x2b, 0x80, 0x90, 0x79,
                    0xe5, 0x62, 0xf8, 0xea, 0xd2, 0x52, 0x2c, 0x6b, 0x7b,
                ],
                [0x4f, 0x02, 0x1d, 0xb2],
            ),
            (
                &[
                    0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77,
                    0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14,
                    0xdf, 0xf4,
                ],
                [0xf5, 0x8c, 0x4c, 0x04],
            ),
        ];
        for (key, start) in cases {
            let mut out = [0; 32];
            CbcKey::new(key)
                .expect("an AES length")
                .encrypt_to(&iv, &block, &mut out)
                .expect("fits");
            assert_eq!(out[..4], start);
        }
    }

    #[test]
    fn opens_what_it_sealed_at_every_length() {
        for key_length in [16, 24, 32] {
            let key = CbcKey::new(&vec![9; key_length]).expect("an AES length");
            for length in 0..=70 {
                let plaintext: Vec<u8> = (0..length).collect();
                let mut bytes = sealed(&key, &plaintext);
                let length = key.decrypt_in_place(&[3; 16], &mut bytes).expect("untouched");
                assert_eq!(bytes[..length], plaintext);
            }
        }
    }

    #[test]
    fn accepts_exactly_the_paddings_of_pkcs7() {
        for count in 0..=255u8 {
            let mut block = [count; 48];
            block[0] = !count;
            let expected = (1..=16).contains(&count).then(|| 48 - usize::from(count));
            assert_eq!(unpadded(&block), expected, "{count}");
        }
        for count in 2..=16u8 {
            let mut block = [count; 32];
            block[32 - usize::from(count)] ^= 1;
            assert_eq!(unpadded(&block), None, "{count}");
        }
    }

    #[test]
    fn one_error_for_every_length_and_zeros_after_it() {
        let key = CbcKey::new(&[9; 32]).expect("32 bytes");
        for length in (0..64).filter(|length| length % 16 != 0 || *length == 0) {
            assert_eq!(
                key.decrypt_in_place(&[3; 16], &mut vec![1; length]),
                Err(CbcError)
            );
        }
        let mut wrong = sealed(&key, b"some value");
        wrong[15] ^= 0xff;
        if key.decrypt_in_place(&[3; 16], &mut wrong).is_err() {
            assert_eq!(wrong, [0; 16]);
        }
    }
}
