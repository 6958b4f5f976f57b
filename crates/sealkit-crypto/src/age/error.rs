//! Why a file was not encrypted or decrypted, and why a file key was not wrapped or unwrapped.
//!
//! "Not addressed to this identity" is no error; "to none of them" is. No message carries a key, a digest or a line of a
//! header.

use super::armor::ArmorError;
use super::header::HeaderError;
use super::plugin::PluginError;
use super::scrypt::MAX_WORK_FACTOR;
use super::stream::PayloadError;

/// Why a file was not encrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// There is nobody to encrypt to.
    #[error("no recipients to encrypt to")]
    NoRecipients,
    /// A recipient failed.
    #[error("recipient {} cannot be encrypted to", position + 1)]
    Wrap {
        /// 0-based position among the recipients.
        position: usize,
        /// Why.
        #[source]
        source: WrapFileKeyError,
    },
    /// A post-quantum and a classic recipient were given together.
    #[error("recipient {} cannot share a file with the first: one is post-quantum, the other is not", position + 1)]
    MixedWithClassic {
        /// 0-based position of the first recipient that does not fit the first one.
        position: usize,
    },
    /// Recipients that cannot share a file, such as a passphrase and anything else.
    #[error("recipient {} cannot share a file with the first", position + 1)]
    Incompatible {
        /// 0-based position of the first recipient that does not fit the first one.
        position: usize,
    },
    /// A recipient, a plugin for instance, asks for a header that no reader takes.
    #[error("the recipients' stanzas make no readable header")]
    Unreadable(#[source] HeaderError),
    /// More stanzas than any reader takes.
    #[error("more recipients than an age file can have")]
    TooManyStanzas,
}

impl EncryptError {
    /// What the recipient, or its plugin, says.
    pub fn why(&self) -> Option<String> {
        match self {
            EncryptError::Wrap {
                source: WrapFileKeyError::Plugin(error),
                ..
            } => Some(error.whole()),
            EncryptError::Wrap { source, .. } => Some(source.to_string()),
            _ => None,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            EncryptError::Wrap { source, .. } => source.hint(),
            EncryptError::MixedWithClassic { .. } => {
                Some("use post-quantum recipients (`age1pq1…`) only, or none of them".into())
            }
            _ => None,
        }
    }
}

/// Why a file was not decrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// The ASCII coat is malformed.
    #[error(transparent)]
    Armor(#[from] ArmorError),
    /// The header is malformed, or this is no age file.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// An identity found something that it must not open, or could not do its work.
    #[error(transparent)]
    Unwrap(#[from] UnwrapFileKeyError),
    /// No identity is addressed.
    #[error("the file is encrypted to none of the identities")]
    NoMatch {
        /// The kinds of stanzas in the file, sorted, each once, as far as they are short. Anybody can write anything
        /// there.
        tags: Vec<String>,
    },
    /// A file key was found, and the header was not written by somebody who knows it.
    #[error("the header was changed after the file was written")]
    HeaderMac,
    /// The payload is cut off or was changed.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

impl DecryptError {
    /// What a plugin did wrong or said, if it was one.
    pub fn why(&self) -> Option<String> {
        match self {
            DecryptError::Unwrap(UnwrapFileKeyError::Plugin(error)) => Some(error.whole()),
            _ => None,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            DecryptError::Unwrap(error) => error.hint(),
            DecryptError::NoMatch { .. } => Some("give the identity of one of the file's recipients".into()),
            DecryptError::HeaderMac | DecryptError::Payload(_) => {
                Some("the file was cut or changed; restore it from history".into())
            }
            _ => None,
        }
    }
}

/// Why a recipient did not take a file key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrapFileKeyError {
    /// The recipient's X25519 point has low order: everybody could compute the shared secret.
    #[error("the recipient's public key is a low-order point, which anybody could decrypt")]
    LowOrderRecipient,
    /// The recipient's key parsed, but the primitive refuses it (a broken ML-KEM key, an unusable RSA key).
    #[error("the recipient's public key cannot be encrypted to")]
    UnusableKey,
    /// The scrypt work factor asked for is outside 1 to 22.
    #[error("scrypt work factor {0} is outside 1 to {MAX_WORK_FACTOR}")]
    WorkFactor(u8),
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// The plugin that owns this recipient failed.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// An implementation from outside this crate failed.
    #[error("the recipient could not wrap the file key")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl WrapFileKeyError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            WrapFileKeyError::Plugin(error) => error.hint(),
            _ => None,
        }
    }
}

/// Why an identity refused a header that looked like its own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnwrapFileKeyError {
    /// A stanza has this identity's tag but not that tag's shape.
    #[error("malformed {tag} stanza: {expected}")]
    Malformed {
        /// The stanza's tag, `X25519` for instance.
        tag: &'static str,
        /// What the format demands and the stanza does not keep.
        expected: &'static str,
    },
    /// The passphrase would cost more work than we are ready to spend on a file we do not trust yet.
    #[error("scrypt work factor is above {max}")]
    WorkFactorTooHigh {
        /// The highest base-2 logarithm of the cost that is accepted.
        max: u8,
    },
    /// The plugin that owns this identity failed.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The private key itself cannot be used, for instance because its passphrase was not given.
    #[error("the private key cannot be used: {0}")]
    UnusableKey(&'static str),
    /// An implementation from outside this crate failed.
    #[error("the identity could not unwrap the file key")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl UnwrapFileKeyError {
    /// Whether the file is at fault, so that no other identity should be tried on it.
    pub fn is_about_the_file(&self) -> bool {
        matches!(
            self,
            UnwrapFileKeyError::Malformed { .. } | UnwrapFileKeyError::WorkFactorTooHigh { .. }
        )
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            UnwrapFileKeyError::Plugin(error) => error.hint(),
            _ => None,
        }
    }
}
