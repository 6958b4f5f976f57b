//! SSH keys as age recipients and identities: `ssh-ed25519` and `ssh-rsa`.
//!
//! Which key a stanza is for stands in it, as four bytes of a digest: such files tell who can open them. This file reads
//! the keys (OpenSSH's private key format, passphrase or not, and the one-line public form) and dispatches; how each kind
//! wraps stands in `ssh/ed25519.rs` and `ssh/rsa.rs`. It asks nobody for a passphrase. PEM keys of RSA ("BEGIN RSA PRIVATE
//! KEY") come in by way of [`RsaPrivateKey`].
//!
//! Source: <https://github.com/FiloSottile/age/blob/main/doc> (`agessh` of age v1.3.2); OpenSSH `PROTOCOL.key`.

mod ed25519;
mod error;
mod rsa;

use core::fmt;
use std::collections::BTreeSet;
use std::str::FromStr;

use rand_core::CryptoRng;
use ssh_key::private::KeypairData;
use ssh_key::public::KeyData;

use super::stanza::encode_base64;
use super::{
    FileKey, Stanza, StanzaIdentity, StanzaRecipient, UnwrapFileKeyError, WrapFileKeyError, WrappedFileKey,
};
use crate::kdf;
use crate::rsa_oaep::RsaPrivateKey;
use crate::secret::Passphrase;

pub use error::SshKeyError;

/// A public SSH key that can be encrypted to. Cloning is cheap; the comment is not kept.
#[derive(Clone, PartialEq, Eq)]
pub struct SshRecipient {
    kind: PublicKind,
    text: String,
    tag: String,
}

#[derive(Clone, PartialEq, Eq)]
enum PublicKind {
    Ed25519(ed25519::PublicKey),
    Rsa(rsa::PublicKey),
}

impl SshRecipient {
    /// The canonical text: `type SP base64`, without a comment.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The word that names this key in stanzas: unpadded base64 over the first four bytes of the key's SHA-256.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Whether a stanza names this key. Four bytes may collide, so this is a hint, not a promise.
    pub fn is_named_by(&self, stanza: &Stanza) -> bool {
        stanza.tag() == self.stanza_tag() && stanza.args().first() == Some(&self.tag)
    }

    fn stanza_tag(&self) -> &'static str {
        match self.kind {
            PublicKind::Ed25519(_) => ed25519::TAG,
            PublicKind::Rsa(_) => rsa::TAG,
        }
    }

    fn new(kind: PublicKind) -> SshRecipient {
        let (name, wire) = match &kind {
            PublicKind::Ed25519(key) => (ed25519::TAG, key.wire().to_vec()),
            PublicKind::Rsa(key) => (rsa::TAG, key.wire().to_vec()),
        };
        let text = format!("{name} {}", encode_padded(&wire));
        let tag = encode_base64(&kdf::sha256(&[&wire])[..4]);
        SshRecipient { kind, text, tag }
    }

    fn from_key_data(key: &KeyData) -> Result<SshRecipient, SshKeyError> {
        match key {
            KeyData::Ed25519(key) => Ok(SshRecipient::new(PublicKind::Ed25519(ed25519::PublicKey::new(
                key.as_ref(),
            )?))),
            KeyData::Rsa(key) => {
                let part = |integer: &ssh_key::Mpint| integer.as_positive_bytes().map(<[u8]>::to_vec);
                let (modulus, exponent) = part(key.n()).zip(part(key.e())).ok_or(SshKeyError::Malformed)?;
                Ok(SshRecipient::new(PublicKind::Rsa(
                    rsa::PublicKey::from_components(&modulus, &exponent)?,
                )))
            }
            _ => Err(SshKeyError::UnsupportedKind),
        }
    }
}

impl FromStr for SshRecipient {
    type Err = SshKeyError;

    /// Reads one line of a `.pub` or `authorized_keys` file, without options. A comment is dropped.
    fn from_str(text: &str) -> Result<SshRecipient, SshKeyError> {
        let key = ssh_key::PublicKey::from_openssh(text.trim_ascii()).map_err(not_read)?;
        SshRecipient::from_key_data(key.key_data())
    }
}

impl StanzaRecipient for SshRecipient {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<WrappedFileKey, WrapFileKeyError> {
        let stanza = match &self.kind {
            PublicKind::Ed25519(key) => ed25519::wrap(key, &self.tag, file_key, rng)?,
            PublicKind::Rsa(key) => rsa::wrap(key, &self.tag, file_key)?,
        };
        Ok(WrappedFileKey {
            stanzas: vec![stanza],
            labels: BTreeSet::new(),
        })
    }
}

impl fmt::Display for SshRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for SshRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SshRecipient({})", self.text)
    }
}

/// A private SSH key, ready to unwrap.
pub struct SshIdentity {
    recipient: SshRecipient,
    kind: PrivateKind,
}

enum PrivateKind {
    Ed25519(ed25519::PrivateKey),
    Rsa(RsaPrivateKey),
}

impl SshIdentity {
    /// The public half.
    pub fn recipient(&self) -> &SshRecipient {
        &self.recipient
    }

    /// The key as an RSA key, if it is one.
    pub fn rsa(&self) -> Option<&RsaPrivateKey> {
        match &self.kind {
            PrivateKind::Rsa(key) => Some(key),
            PrivateKind::Ed25519(_) => None,
        }
    }

    fn from_private(key: &ssh_key::PrivateKey) -> Result<SshIdentity, SshKeyError> {
        let recipient = SshRecipient::from_key_data(key.public_key().key_data())?;
        let kind = match (key.key_data(), &recipient.kind) {
            (KeypairData::Ed25519(pair), PublicKind::Ed25519(public)) => {
                PrivateKind::Ed25519(ed25519::PrivateKey::new(pair.private.as_ref(), public)?)
            }
            (KeypairData::Rsa(pair), PublicKind::Rsa(_)) => {
                let key = rsa::private_key(pair)?;
                if SshIdentity::from(key.clone()).recipient != recipient {
                    return Err(SshKeyError::Malformed); // two different keys in one file
                }
                PrivateKind::Rsa(key)
            }
            _ => return Err(SshKeyError::UnsupportedKind),
        };
        Ok(SshIdentity { recipient, kind })
    }
}

impl From<RsaPrivateKey> for SshIdentity {
    fn from(key: RsaPrivateKey) -> SshIdentity {
        let public = rsa::PublicKey::new(key.public_key().clone());
        SshIdentity {
            recipient: SshRecipient::new(PublicKind::Rsa(public)),
            kind: PrivateKind::Rsa(key),
        }
    }
}

impl StanzaIdentity for SshIdentity {
    fn unwrap_file_key(&self, stanzas: &[Stanza]) -> Result<Option<FileKey>, UnwrapFileKeyError> {
        let tag = &self.recipient.tag;
        match (&self.kind, &self.recipient.kind) {
            (PrivateKind::Ed25519(secret), PublicKind::Ed25519(public)) => {
                ed25519::unwrap(secret, public, tag, stanzas)
            }
            (PrivateKind::Rsa(key), _) => rsa::unwrap(key, tag, stanzas),
            (PrivateKind::Ed25519(_), PublicKind::Rsa(_)) => Ok(None), // both halves are of one kind
        }
    }
}

impl fmt::Debug for SshIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SshIdentity({} ..)", self.recipient.stanza_tag())
    }
}

/// A private key file as OpenSSH writes it.
#[derive(Debug)]
pub enum SshKeyFile {
    /// Without a passphrase.
    Open(SshIdentity),
    /// Still encrypted. Its public half can be read.
    Locked(Box<LockedSshKey>),
}

impl SshKeyFile {
    /// Reads the text of one `OPENSSH PRIVATE KEY` block.
    ///
    /// # Errors
    /// [`SshKeyError`]; it says nothing of the text.
    pub fn parse(text: &[u8]) -> Result<SshKeyFile, SshKeyError> {
        let key = ssh_key::PrivateKey::from_openssh(text.trim_ascii()).map_err(not_read)?;
        if key.is_encrypted() {
            let recipient = SshRecipient::from_key_data(key.public_key().key_data())?;
            return Ok(SshKeyFile::Locked(Box::new(LockedSshKey { recipient, key })));
        }
        Ok(SshKeyFile::Open(SshIdentity::from_private(&key)?))
    }
}

/// A private key that waits for its passphrase.
pub struct LockedSshKey {
    recipient: SshRecipient,
    key: ssh_key::PrivateKey,
}

impl LockedSshKey {
    /// The public half. Ask for a passphrase only if a stanza names it ([`SshRecipient::is_named_by`]).
    pub fn recipient(&self) -> &SshRecipient {
        &self.recipient
    }

    /// Decrypts the key. This takes as long as the key's owner chose when she encrypted it.
    ///
    /// # Errors
    /// [`SshKeyError::Passphrase`], or what is wrong with the key inside.
    pub fn unlock(&self, passphrase: &Passphrase) -> Result<SshIdentity, SshKeyError> {
        let key = self
            .key
            .decrypt(passphrase.expose())
            .map_err(|_| SshKeyError::Passphrase)?;
        let identity = SshIdentity::from_private(&key)?;
        if identity.recipient == self.recipient {
            Ok(identity)
        } else {
            Err(SshKeyError::Malformed)
        }
    }
}

impl fmt::Debug for LockedSshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LockedSshKey({} ..)", self.recipient.stanza_tag())
    }
}

fn encode_padded(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Tells keys of other kinds from damaged ones, as far as the parser does.
fn not_read(error: ssh_key::Error) -> SshKeyError {
    match error {
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => {
            SshKeyError::UnsupportedKind
        }
        _ => SshKeyError::Malformed,
    }
}
