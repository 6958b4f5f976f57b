//! The passphrase recipient: scrypt stretches what a person typed into the key that wraps the file key.
//!
//! It asks nobody for a passphrase and knows no terminal. A passphrase is always the only way into its file, so whoever
//! knows it also knows that nobody else could have written the file.
//!
//! Source: C2SP `age.md`, "The scrypt recipient type"; Go `scrypt.go` of age v1.3.2.

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::stanza::{decode_base64, encode_base64};
use super::{
    FileKey, Stanza, StanzaIdentity, StanzaRecipient, UnwrapFileKeyError, WrapFileKeyError, WrappedFileKey,
};
use super::{open_file_key, seal_file_key};
use crate::secret::Passphrase;

/// First word of a passphrase stanza.
pub const TAG: &str = "scrypt";
/// Highest work factor, the base-2 logarithm of scrypt's N, that is written or read: about 15 s and 4 GiB.
///
/// Source: Go's `NewScryptIdentity`, "15s on a modern machine".
pub const MAX_WORK_FACTOR: u8 = 22;
/// The work factor Go's tool writes: about a second and 256 MiB.
pub const DEFAULT_WORK_FACTOR: u8 = 18;

const SALT_BYTES: usize = 16;
const LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
const BLOCK_SIZE: u32 = 8;
const PARALLELISM: u32 = 1;

/// A passphrase that a file is encrypted to.
#[derive(Debug)]
pub struct PassphraseRecipient {
    passphrase: Passphrase,
    work_factor: u8,
}

impl PassphraseRecipient {
    /// Takes a passphrase and the base-2 logarithm of the work that trying one shall cost ([`DEFAULT_WORK_FACTOR`]).
    pub fn new(passphrase: Passphrase, work_factor: u8) -> PassphraseRecipient {
        PassphraseRecipient {
            passphrase,
            work_factor,
        }
    }
}

impl StanzaRecipient for PassphraseRecipient {
    /// Wraps under a fresh salt. The label is random, so that nothing else shares the header.
    ///
    /// # Errors
    /// [`WrapFileKeyError::WorkFactor`] outside 1 to [`MAX_WORK_FACTOR`], [`WrapFileKeyError::EmptyPassphrase`].
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError> {
        if !(1..=MAX_WORK_FACTOR).contains(&self.work_factor) {
            return Err(WrapFileKeyError::WorkFactor(self.work_factor));
        }
        if self.passphrase.is_empty() {
            return Err(WrapFileKeyError::EmptyPassphrase);
        }
        let (mut salt, mut label) = ([0; SALT_BYTES], [0; SALT_BYTES]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut label);
        let body = seal_file_key(&stretch(&self.passphrase, &salt, self.work_factor), file_key);
        let stanza = Stanza::new(
            TAG,
            &[&encode_base64(&salt), &self.work_factor.to_string()],
            &body,
        );
        Ok(WrappedFileKey {
            stanzas: vec![stanza.expect("base64 and digits are words")],
            labels: BTreeSet::from([encode_base64(&label)]),
        })
    }
}

/// A passphrase that may open a file.
#[derive(Debug)]
pub struct PassphraseIdentity {
    passphrase: Passphrase,
    max_work_factor: u8,
}

impl PassphraseIdentity {
    /// Takes a passphrase; files may ask for work up to [`MAX_WORK_FACTOR`].
    pub fn new(passphrase: Passphrase) -> PassphraseIdentity {
        PassphraseIdentity {
            passphrase,
            max_work_factor: MAX_WORK_FACTOR,
        }
    }

    /// Lowers the work that a file may ask for (a file that is not trusted yet decides how long this takes).
    pub fn with_max_work_factor(self, max_work_factor: u8) -> PassphraseIdentity {
        PassphraseIdentity {
            max_work_factor: max_work_factor.min(MAX_WORK_FACTOR),
            ..self
        }
    }
}

impl StanzaIdentity for PassphraseIdentity {
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        let [stanza] = stanzas else {
            let alone = !stanzas.iter().any(|stanza| stanza.tag() == TAG);
            return if alone {
                Ok(None)
            } else {
                Err(malformed("it must be the only stanza"))
            };
        };
        if stanza.tag() != TAG {
            return Ok(None);
        }
        let (salt, work_factor) = self.read_arguments(stanza)?;
        open_file_key(TAG, &stretch(&self.passphrase, &salt, work_factor), stanza.body())
    }
}

impl PassphraseIdentity {
    fn read_arguments(&self, stanza: &Stanza) -> Result<([u8; SALT_BYTES], u8), UnwrapFileKeyError> {
        let [salt, work_factor] = stanza.args() else {
            return Err(malformed("expected a salt and a work factor"));
        };
        let salt = decode_base64(salt.as_bytes()).and_then(|salt| salt.as_slice().try_into().ok());
        let salt = salt.ok_or(malformed("expected a salt of 16 bytes in canonical base64"))?;
        let digits = work_factor.bytes().all(|byte| byte.is_ascii_digit()) && !work_factor.starts_with('0');
        if !digits {
            return Err(malformed(
                "expected the work factor in decimal digits, without a leading zero",
            ));
        }
        let too_high = UnwrapFileKeyError::WorkFactorTooHigh {
            max: self.max_work_factor,
        };
        match work_factor.parse() {
            Ok(work_factor) if work_factor <= self.max_work_factor => Ok((salt, work_factor)),
            _ => Err(too_high), // also what does not fit into a byte
        }
    }
}

/// `scrypt(passphrase, label ‖ salt, N = 2^work factor, r = 8, p = 1, 32 bytes)`; the work factor is at most 22.
fn stretch(passphrase: &Passphrase, salt: &[u8; SALT_BYTES], work_factor: u8) -> Zeroizing<[u8; 32]> {
    let params = scrypt::Params::new(work_factor, BLOCK_SIZE, PARALLELISM);
    let params = params.expect("both callers checked that the work factor is at least 1 and at most 22");
    let mut key = Zeroizing::<[u8; 32]>::default();
    scrypt::scrypt(
        passphrase.expose().as_bytes(),
        &[LABEL, salt].concat(),
        &params,
        key.as_mut(),
    )
    .expect("32 bytes are a length that scrypt yields");
    key
}

fn malformed(expected: &'static str) -> UnwrapFileKeyError {
    UnwrapFileKeyError::Malformed { tag: TAG, expected }
}
