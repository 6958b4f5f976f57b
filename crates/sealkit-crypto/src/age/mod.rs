//! The age file format, version 1: one file key, wrapped once per recipient in a header, over an encrypted payload.
//!
//! Every layer stands in its own file and none knows the one above it: [`stanza`] (one wrapped key as text), [`header`]
//! (stanzas and their MAC), [`stream`] (the payload), [`armor`] (the ASCII coat), and one file per recipient type.
//! This room knows no file names, no terminal, no child process and no clock; plugins are spoken to through
//! [`PluginHost`], randomness is an argument.
//!
//! Source: the age specification, <https://age-encryption.org/v1> (C2SP `age.md`); plugins after C2SP `age-plugin.md`;
//! judged by the vectors of C2SP/CCTV and by the Go tool.

pub mod armor;
mod error;
mod file_key;
pub mod header;
pub mod plugin;
pub mod pq;
pub mod scrypt;
pub mod ssh;
pub mod stanza;
pub mod stream;
mod tag;
pub mod x25519;

use std::collections::BTreeSet;

use rand_core::CryptoRng;

pub use error::{DecryptError, EncryptError, UnwrapFileKeyError, WrapFileKeyError};
pub use file_key::{FILE_KEY_BYTES, FileKey};
pub use plugin::{PluginConnection, PluginError, PluginHost, PluginIdentity, PluginRecipient};
pub use stanza::Stanza;

use crate::aead;
use crate::secret::{Passphrase, Plaintext};

/// The public half as age sees it: something that writes a file key into header stanzas.
pub trait StanzaRecipient {
    /// Wraps `file_key` into one or more stanzas and says with which other recipients they may share a header.
    ///
    /// # Errors
    /// [`WrapFileKeyError`] when this recipient cannot be encrypted to.
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError>;
}

/// The private half as age sees it: something that may find its own stanza in a header and open it.
pub trait StanzaIdentity {
    /// Returns the file key, or `Ok(None)` when no stanza is addressed to this identity.
    ///
    /// # Errors
    /// [`UnwrapFileKeyError`] when a stanza of this identity's kind is malformed, which ends the attempt for the whole
    /// file: the writer of such a header cannot be trusted with the other stanzas either.
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError>;
}

/// What a recipient contributes to a header.
#[derive(Debug)]
pub struct WrappedFileKey {
    /// The stanzas, in the order in which they are written.
    pub stanzas: Vec<Stanza>,
    /// Labels: recipients share a header only if their sets are equal. Post-quantum recipients say [`POSTQUANTUM_LABEL`],
    /// classic ones nothing, a passphrase a random string (so that it stands alone).
    pub labels: BTreeSet<String>,
}

/// Longest tag that [`DecryptError::NoMatch`] repeats: those of real recipient types are shorter.
const MAX_NAMED_TAG_BYTES: usize = 32;

/// The label that keeps post-quantum recipients from sharing a file with classic ones.
///
/// Source: C2SP `age.md`, "The mlkem768x25519 recipient type".
pub const POSTQUANTUM_LABEL: &str = "postquantum";

/// Encrypts `plaintext` to every one of `recipients`, as a binary age file ([`armor::encode`] makes text of it).
///
/// # Errors
/// [`EncryptError`]; the recipient at fault is named by its position.
pub fn encrypt<R: StanzaRecipient + ?Sized>(
    recipients: &[&R],
    plaintext: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, EncryptError> {
    let file_key = FileKey::generate(rng);
    let stanzas = wrap_to_all(recipients, &file_key, rng)?;
    let mut file = Vec::new();
    header::write(&stanzas, &file_key, &mut file);
    // Plugins and outsiders decide what their stanzas look like. What no reader takes must not become a file.
    header::Header::parse(&file).map_err(EncryptError::Unreadable)?;
    stream::encrypt(&file_key, plaintext, &mut file, rng);
    Ok(file)
}

/// Encrypts `plaintext` under a passphrase, as a binary age file. A new identity file is protected this way.
///
/// `work_factor` is the base-2 logarithm of the cost, from 1 to [`scrypt::MAX_WORK_FACTOR`]; people's files deserve
/// [`scrypt::DEFAULT_WORK_FACTOR`].
///
/// # Errors
/// [`EncryptError::Wrap`] for an empty passphrase or a work factor out of range.
pub fn encrypt_with_passphrase(
    passphrase: &Passphrase,
    work_factor: u8,
    plaintext: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, EncryptError> {
    encrypt(
        &[&scrypt::PassphraseRecipient::new(passphrase.clone(), work_factor)],
        plaintext,
        rng,
    )
}

/// Opens an age file, binary or armored, with the first of `identities` that finds its stanza.
///
/// Nothing is returned before the header's MAC and the whole payload are verified. Put identities that need a person or a
/// token last: they are asked in the order given.
///
/// # Errors
/// [`DecryptError`]. A malformed stanza ends the attempt; an identity that cannot do its work is reported only if no other
/// one opens the file.
pub fn decrypt<I: StanzaIdentity + ?Sized>(
    file: &[u8],
    identities: &[&I],
) -> Result<Plaintext, DecryptError> {
    if armor::is_armored(file) {
        return decrypt_binary(&armor::decode(file)?, identities);
    }
    decrypt_binary(file, identities)
}

/// Whether `bytes` look like an age file, armored or not, by their first line alone.
pub fn is_age_file(bytes: &[u8]) -> bool {
    bytes.starts_with(b"age-encryption.org/") || bytes.trim_ascii_start().starts_with(armor::BEGIN.as_bytes())
}

fn decrypt_binary<I: StanzaIdentity + ?Sized>(
    file: &[u8],
    identities: &[&I],
) -> Result<Plaintext, DecryptError> {
    let header = header::Header::parse(file)?;
    let file_key = find_file_key(&header, identities)?;
    if !header.is_authentic(&file_key) {
        return Err(DecryptError::HeaderMac);
    }
    Ok(stream::decrypt(&file_key, header.payload())?)
}

fn find_file_key<I: StanzaIdentity + ?Sized>(
    header: &header::Header<'_>,
    identities: &[&I],
) -> Result<FileKey, DecryptError> {
    let mut failure = None;
    for identity in identities {
        match identity.unwrap_file_key(header.stanzas()) {
            Ok(Some(file_key)) => return Ok(file_key),
            Ok(None) => {}
            Err(error) if error.is_about_the_file() => return Err(error.into()),
            Err(error) => failure = failure.or(Some(error)), // a token not plugged in must not hide a key in a file
        }
    }
    if let Some(error) = failure {
        return Err(error.into());
    }
    let tags = header.stanzas().iter().map(|stanza| stanza.tag().to_owned());
    let mut tags: Vec<String> = tags.filter(|tag| tag.len() <= MAX_NAMED_TAG_BYTES).collect();
    tags.sort_unstable();
    tags.dedup();
    Err(DecryptError::NoMatch { tags })
}

fn wrap_to_all<R: StanzaRecipient + ?Sized>(
    recipients: &[&R],
    file_key: &FileKey,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<Stanza>, EncryptError> {
    let mut stanzas = Vec::new();
    let mut labels = None;
    for (position, recipient) in recipients.iter().enumerate() {
        let wrapped = recipient.wrap_file_key(file_key, rng);
        let wrapped = wrapped.map_err(|source| EncryptError::Wrap { position, source })?;
        let first = labels.get_or_insert_with(|| wrapped.labels.clone());
        if *first != wrapped.labels {
            return Err(incompatible(position, first, &wrapped.labels));
        }
        stanzas.extend(wrapped.stanzas);
    }
    if stanzas.is_empty() {
        return Err(EncryptError::NoRecipients);
    }
    if stanzas.len() > header::MAX_STANZAS {
        return Err(EncryptError::TooManyStanzas);
    }
    Ok(stanzas)
}

fn incompatible(position: usize, first: &BTreeSet<String>, other: &BTreeSet<String>) -> EncryptError {
    if first.contains(POSTQUANTUM_LABEL) != other.contains(POSTQUANTUM_LABEL) {
        EncryptError::MixedWithClassic { position }
    } else {
        EncryptError::Incompatible { position }
    }
}

/// `ChaCha20-Poly1305(wrapping key, nonce = 0, file key)`: every wrapping key encrypts exactly one file key, so the
/// nonce need not vary.
fn seal_file_key(wrapping_key: &[u8; 32], file_key: &FileKey) -> Vec<u8> {
    aead::chacha20poly1305_encrypt(wrapping_key, &[0; 12], b"", file_key.expose())
        .expect("16 bytes are short enough")
}

/// Opens what [`seal_file_key`] made. `Ok(None)`: another key's.
///
/// The length is checked first. ChaCha20-Poly1305 is not key-committing: a longer body could be made to open under many
/// passphrases or keys at once, and each attempt would then tell an attacker about many of them.
fn open_file_key(
    tag: &'static str,
    wrapping_key: &[u8; 32],
    body: &[u8],
) -> Result<Option<FileKey>, UnwrapFileKeyError> {
    if body.len() != FILE_KEY_BYTES + aead::TAG_BYTES {
        return Err(UnwrapFileKeyError::Malformed {
            tag,
            expected: "expected a body of 32 bytes",
        });
    }
    let opened = aead::chacha20poly1305_decrypt(wrapping_key, &[0; 12], b"", body);
    Ok(opened.ok().and_then(|key| FileKey::from_slice(key.expose())))
}
