//! A data key encrypted to one recipient, as a file stores it.
//!
//! Pure data: how the bytes were made knows [`Recipient::wrap`](crate::Recipient::wrap), who opens them
//! [`Identity`](crate::Identity).

use crate::age::ssh::SshKeyError;
use crate::age::{DecryptError, EncryptError};
use crate::hpke::HpkeError;
use crate::rsa_oaep::RsaError;

pub(crate) mod age_file;

/// One entry of a file's list of wrapped keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The recipient's short name, exactly as the file writes it.
    pub recipient: String,
    /// The wrapped data key, raw bytes (files write them as base64). Not secret.
    pub key: Vec<u8>,
}

/// Why a data key was not wrapped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrapError {
    /// HPKE refused.
    #[error(transparent)]
    Hpke(#[from] HpkeError),
    /// RSA refused.
    #[error(transparent)]
    Rsa(#[from] RsaError),
    /// The age file for an ssh or plugin recipient was not made.
    #[error(transparent)]
    Age(#[from] EncryptError),
}

impl WrapError {
    /// Why: what the recipient, the identity or its plugin says.
    pub fn why(&self) -> String {
        match self {
            WrapError::Age(error) => error.why().unwrap_or_else(|| error.to_string()),
            WrapError::Hpke(_) | WrapError::Rsa(_) => self.to_string(),
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            WrapError::Rsa(error) => error.hint(),
            WrapError::Age(error) => error.hint(),
            WrapError::Hpke(_) => None,
        }
    }
}

/// Why a wrapped key that names one of our identities did not yield a data key.
///
/// "Not addressed to me" is no error but `Ok(None)`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnwrapError {
    /// The bytes cannot be a wrapped key of this kind.
    #[error("the wrapped key is malformed")]
    Malformed,
    /// The identity is named, and the key does not unwrap: it was made for another key or another place, or changed.
    #[error("the identity is named but the key does not unwrap")]
    Rejected,
    /// The key unwraps, and says that it was wrapped for another object, namespace, name or scope.
    #[error("the key was wrapped for another object")]
    OtherPlace,
    /// The encapsulated key would make the secret known to everybody; no honest writer makes such a key.
    #[error("the wrapped key holds a point of low order")]
    LowOrder,
    /// The key unwraps to something that is no data key.
    #[error("the wrapped key unwraps to something that is not a data key")]
    NotADataKey,
    /// The identity needs a passphrase, and nobody gave one.
    #[error("the identity needs a passphrase")]
    Locked,
    /// The passphrase does not open the identity.
    #[error("the passphrase does not open the identity")]
    WrongPassphrase,
    /// The identity was opened with its passphrase and cannot be used.
    #[error("the identity cannot be used")]
    Unusable(#[source] SshKeyError),
    /// The age file around a key for an ssh or plugin identity was not opened.
    #[error("the identity is named but its age file does not open")]
    Age(#[source] DecryptError),
    /// An identity from outside this crate failed.
    #[error("the identity failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl UnwrapError {
    /// Why: what the recipient, the identity or its plugin says.
    pub fn why(&self) -> String {
        match self {
            UnwrapError::Age(error) => error.why().unwrap_or_else(|| error.to_string()),
            _ => self.to_string(),
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            UnwrapError::Malformed => Some("the file was cut or edited; restore it from history".into()),
            UnwrapError::Rejected | UnwrapError::OtherPlace => {
                Some("if the object was moved or renamed, seal it again under its new name".into())
            }
            UnwrapError::LowOrder | UnwrapError::NotADataKey => {
                Some("no version of sealkit writes this; find out who changed the file".into())
            }
            UnwrapError::Locked => Some("run it on a terminal, where it can ask".into()),
            UnwrapError::Unusable(error) => error.hint(),
            UnwrapError::Age(error) => error.hint(),
            UnwrapError::WrongPassphrase | UnwrapError::Other(_) => None,
        }
    }
}

impl From<HpkeError> for UnwrapError {
    fn from(error: HpkeError) -> UnwrapError {
        match error {
            HpkeError::LowOrder => UnwrapError::LowOrder,
            HpkeError::Truncated => UnwrapError::Malformed,
            HpkeError::Rejected | HpkeError::InfoTooLong => UnwrapError::Rejected,
        }
    }
}

/// The OAEP label of a wrapped data key. No Bitnami label begins with a zero byte, so neither kind of ciphertext can
/// be passed off as the other.
///
/// Source: native.md §5.
pub(crate) fn rsa_label(info: &[u8]) -> Vec<u8> {
    [&[0], info].concat()
}
