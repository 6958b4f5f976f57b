//! The payload of an age file: a 16-byte nonce and chunks of 64 KiB, each sealed with ChaCha20-Poly1305.
//!
//! The nonce of a chunk is its number and whether it is the last, so that chunks can be neither reordered nor cut off.
//! This file knows keys and chunks, and nothing of headers and recipients. [`encrypt`] and [`decrypt`] take a whole
//! payload; [`ChunkCipher`] takes one chunk at a time and leaves reading and writing to its caller.
//!
//! Source: C2SP `age.md`, "Payload"; the STREAM construction of <https://eprint.iacr.org/2015/189>.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::FileKey;
use crate::kdf;
use crate::secret::Plaintext;

/// Plaintext bytes of every chunk but the last, which is shorter or as long, and empty only if the whole payload is.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes that sealing adds to each chunk.
pub const TAG_BYTES: usize = 16;
/// Length of the random nonce in front of the first chunk, in bytes.
pub const NONCE_BYTES: usize = 16;

const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// Appends a payload, nonce and chunks, to `file`.
pub fn encrypt(file_key: &FileKey, plaintext: &[u8], file: &mut Vec<u8>, rng: &mut dyn CryptoRng) {
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);
    let mut cipher = ChunkCipher::new(file_key, &nonce);
    let chunks = plaintext.len().div_ceil(CHUNK_BYTES).max(1);
    file.reserve(NONCE_BYTES + plaintext.len() + chunks * TAG_BYTES);
    file.extend_from_slice(&nonce);
    for number in 1..=chunks {
        let chunk = &plaintext[(number - 1) * CHUNK_BYTES..plaintext.len().min(number * CHUNK_BYTES)];
        let start = file.len();
        file.extend_from_slice(chunk);
        let tag = cipher.seal(&mut file[start..], number == chunks);
        file.extend_from_slice(&tag);
    }
}

/// Opens a payload, nonce and chunks. Nothing is returned unless all of it is authentic and complete.
///
/// # Errors
/// [`PayloadError`]; a chunk is named by its 1-based number.
pub fn decrypt(file_key: &FileKey, payload: &[u8]) -> Result<Plaintext, PayloadError> {
    let (nonce, sealed) = payload
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(PayloadError::NoNonce)?;
    let mut cipher = ChunkCipher::new(file_key, nonce);
    // As long as the input, so that it never grows: growing would leave a copy of the plaintext behind.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(sealed.len()));
    let mut rest = sealed;
    loop {
        let chunk = &rest[..rest.len().min(SEALED_CHUNK_BYTES)];
        rest = &rest[chunk.len()..];
        let start = plaintext.len();
        plaintext.extend_from_slice(chunk);
        let length = cipher.open(&mut plaintext[start..], rest.is_empty())?;
        plaintext.truncate(start + length);
        if rest.is_empty() {
            return Ok(Plaintext::from(plaintext));
        }
    }
}

/// Seals or opens the chunks of one payload in their order.
pub struct ChunkCipher {
    key: LessSafeKey,
    next: u64,
    finished: bool,
}

impl ChunkCipher {
    /// Derives the payload key from the file key and the nonce in front of the chunks.
    pub fn new(file_key: &FileKey, nonce: &[u8; NONCE_BYTES]) -> ChunkCipher {
        let mut key = Zeroizing::<[u8; 32]>::default();
        kdf::hkdf_sha256(nonce, file_key.expose(), b"payload", &mut key);
        let key =
            UnboundKey::new(&CHACHA20_POLY1305, key.as_ref()).expect("the key is as long as the cipher's");
        ChunkCipher {
            key: LessSafeKey::new(key),
            next: 0,
            finished: false,
        }
    }

    /// Encrypts the next chunk in place and returns its tag.
    ///
    /// # Panics
    /// If the caller misuses it: the last chunk is already sealed; or this one is shorter than [`CHUNK_BYTES`] without being
    /// the last, or longer, or empty without being the only one.
    pub fn seal(&mut self, chunk: &mut [u8], last: bool) -> [u8; TAG_BYTES] {
        assert!(!self.finished, "nothing follows the last chunk");
        let short = last && chunk.len() < CHUNK_BYTES && (self.next == 0 || !chunk.is_empty());
        assert!(
            chunk.len() == CHUNK_BYTES || short,
            "only the last chunk is shorter, and only the only one empty"
        );
        let nonce = self.nonce(last);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::empty(), chunk);
        let tag = tag.expect("64 KiB are within what the cipher takes");
        tag.as_ref().try_into().expect("a Poly1305 tag has 16 bytes")
    }

    /// Decrypts the next sealed chunk in place and returns how many bytes of plaintext it begins with.
    ///
    /// # Errors
    /// [`PayloadError`]; the chunk then holds nothing of use. A chunk behind the last one is [`PayloadError::TrailingData`].
    pub fn open(&mut self, chunk: &mut [u8], last: bool) -> Result<usize, PayloadError> {
        let number = self.next + 1;
        if self.finished {
            return Err(PayloadError::TrailingData);
        }
        let whole = chunk.len() == SEALED_CHUNK_BYTES || (last && chunk.len() < SEALED_CHUNK_BYTES);
        if !whole || chunk.len() < TAG_BYTES {
            return Err(PayloadError::Truncated { chunk: number });
        }
        if last && number > 1 && chunk.len() == TAG_BYTES {
            return Err(PayloadError::EmptyLastChunk);
        }
        let nonce = self.nonce(last);
        let opened = self.key.open_in_place(nonce, Aad::empty(), chunk);
        self.finished |= opened.is_err(); // nothing behind a bad chunk is worth a look
        Ok(opened
            .map_err(|_| PayloadError::Tampered { chunk: number })?
            .len())
    }

    /// `big-endian u88 counter ‖ 0 or 1`, and moves on. A u64 counts more chunks than anybody can store.
    fn nonce(&mut self, last: bool) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[3..11].copy_from_slice(&self.next.to_be_bytes());
        nonce[11] = last.into();
        self.next += 1;
        self.finished = last;
        Nonce::assume_unique_for_key(nonce)
    }
}

/// Why a payload was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The file ends before the payload begins.
    #[error("the file ends before the payload's nonce does")]
    NoNonce,
    /// The file ends inside a chunk or without one.
    #[error("the payload ends inside chunk {chunk}")]
    Truncated {
        /// 1-based number of the chunk.
        chunk: u64,
    },
    /// A chunk's tag does not verify: it was changed, moved or cut, or something was added behind it.
    #[error("chunk {chunk} of the payload is not authentic: changed, moved or cut off")]
    Tampered {
        /// 1-based number of the chunk.
        chunk: u64,
    },
    /// The last chunk is empty although it is not the only one, which no correct writer produces.
    #[error("the payload ends with an empty chunk")]
    EmptyLastChunk,
    /// Something follows the last chunk.
    #[error("something follows the last chunk of the payload")]
    TrailingData,
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn key() -> FileKey {
        FileKey::from_slice(b"YELLOW SUBMARINE").expect("16 bytes")
    }

    fn payload(length: usize) -> (Vec<u8>, Vec<u8>) {
        let plaintext: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let mut sealed = Vec::new();
        encrypt(&key(), &plaintext, &mut sealed, &mut StdRng::seed_from_u64(1));
        (plaintext, sealed)
    }

    #[test]
    fn opens_what_it_sealed_at_every_boundary() {
        const C: usize = CHUNK_BYTES;
        for length in [0, 1, C - 1, C, C + 1, 2 * C - 1, 2 * C, 2 * C + 1] {
            let (plaintext, sealed) = payload(length);
            assert_eq!(
                sealed.len(),
                NONCE_BYTES + length + TAG_BYTES * length.div_ceil(C).max(1)
            );
            assert_eq!(decrypt(&key(), &sealed).expect("untouched").expose(), plaintext);
        }
    }

    #[test]
    fn refuses_a_chunk_that_was_cut_off_moved_or_added() {
        let (_, sealed) = payload(2 * CHUNK_BYTES + 5);
        let (first, second) = (
            NONCE_BYTES + SEALED_CHUNK_BYTES,
            NONCE_BYTES + 2 * SEALED_CHUNK_BYTES,
        );
        let check = |bytes: &[u8], expected| assert_eq!(decrypt(&key(), bytes), Err(expected));
        check(&sealed[..NONCE_BYTES - 1], PayloadError::NoNonce);
        check(&sealed[..NONCE_BYTES], PayloadError::Truncated { chunk: 1 });
        check(&sealed[..first], PayloadError::Tampered { chunk: 1 });
        check(&sealed[..second], PayloadError::Tampered { chunk: 2 });
        check(&sealed[..second + 3], PayloadError::Truncated { chunk: 3 });
        check(&sealed[..second + TAG_BYTES], PayloadError::EmptyLastChunk);
        check(&[&sealed[..], b"x"].concat(), PayloadError::Tampered { chunk: 3 });
        let swapped = [
            &sealed[..NONCE_BYTES],
            &sealed[first..second],
            &sealed[NONCE_BYTES..first],
            &sealed[second..],
        ];
        check(&swapped.concat(), PayloadError::Tampered { chunk: 1 });
        let (_, full) = payload(CHUNK_BYTES);
        check(&[&full[..], b"x"].concat(), PayloadError::Tampered { chunk: 1 });
    }

    #[test]
    fn one_chunk_at_a_time_yields_the_same_bytes() {
        let (plaintext, sealed) = payload(CHUNK_BYTES + 9);
        let (nonce, _) = sealed.split_first_chunk().expect("has a nonce");
        let mut cipher = ChunkCipher::new(&key(), nonce);
        let mut written = nonce.to_vec();
        for chunk in plaintext.chunks(CHUNK_BYTES) {
            let mut buffer = chunk.to_vec();
            let tag = cipher.seal(&mut buffer, chunk.len() < CHUNK_BYTES);
            written.extend_from_slice(&buffer);
            written.extend_from_slice(&tag);
        }
        assert_eq!(written, sealed);
    }
    #[test]
    fn behind_a_bad_or_last_chunk_nothing_opens() {
        let (_, sealed) = payload(2 * CHUNK_BYTES + 5);
        let (nonce, chunks) = sealed.split_first_chunk().expect("has a nonce");
        let chunk = |number: usize| {
            let start = number * SEALED_CHUNK_BYTES;
            chunks[start..chunks.len().min(start + SEALED_CHUNK_BYTES)].to_vec()
        };
        let mut cipher = ChunkCipher::new(&key(), nonce);
        assert_eq!(
            cipher.open(&mut chunk(1), false),
            Err(PayloadError::Tampered { chunk: 1 })
        );
        assert_eq!(cipher.open(&mut chunk(1), false), Err(PayloadError::TrailingData));
        let mut cipher = ChunkCipher::new(&key(), nonce);
        assert_eq!(cipher.open(&mut chunk(0), false), Ok(CHUNK_BYTES));
        assert_eq!(cipher.open(&mut chunk(1), false), Ok(CHUNK_BYTES));
        assert_eq!(
            cipher.open(&mut chunk(2), false),
            Err(PayloadError::Truncated { chunk: 3 }),
            "short, not last"
        );
        assert_eq!(cipher.open(&mut chunk(2), true), Ok(5));
        assert_eq!(cipher.open(&mut chunk(2), true), Err(PayloadError::TrailingData));
    }

    #[test]
    #[should_panic(expected = "only the only one empty")]
    fn an_empty_chunk_behind_others_is_not_sealed() {
        let mut cipher = ChunkCipher::new(&key(), &[0; NONCE_BYTES]);
        cipher.seal(&mut [0; CHUNK_BYTES], false);
        cipher.seal(&mut [], true);
    }
}
