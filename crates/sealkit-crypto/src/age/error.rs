//! Why a file key could not be wrapped or unwrapped, sorted by who can act on it.
//!
//! "Not addressed to me" is no error and has no variant here. No message carries a key, a digest or a line of a header.

use super::PluginError;

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
    #[error("scrypt work factor {0} is outside 1 to 22")]
    WorkFactor(u8),
    /// The plugin that owns this recipient failed.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// An implementation from outside this crate failed.
    #[error("the recipient could not wrap the file key")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
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
