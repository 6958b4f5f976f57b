//! Why a stored value was not written or not read.

use std::fmt;

use super::Scheme;
use super::kms::{KeyServiceError, NotReady, ObjectError};

/// Why a value was not encrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// The key service did not wrap the data key.
    #[error("the key service of kms provider `{provider}` did not wrap a data key")]
    KeyService {
        /// The provider's name.
        provider: String,
        /// What the service said.
        source: KeyServiceError,
    },
    /// The kms v2 provider may not write now.
    #[error("kms provider `{provider}` cannot write: {reason}")]
    NotReady {
        /// The provider's name.
        provider: String,
        /// What it lacks.
        reason: NotReady,
    },
    /// The key service returned what the API server would refuse to store.
    #[error("the key service of kms provider `{provider}` returned what cannot be stored: {reason}")]
    Unstorable {
        /// The provider's name.
        provider: String,
        /// Which limit is exceeded.
        reason: ObjectError,
    },
    /// The value is longer than the cipher takes.
    #[error("the value is too long for {0}")]
    TooLong(Scheme),
}

impl EncryptError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            EncryptError::KeyService { .. } => {
                Some("check that the kms plugin runs and reaches its key".to_owned())
            }
            EncryptError::NotReady { reason, .. } => Some(reason.hint().to_owned()),
            EncryptError::Unstorable { .. } => Some("the kms plugin breaks the KMS v2 contract".to_owned()),
            EncryptError::TooLong(_) => None,
        }
    }
}

/// Why a stored value was not decrypted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// No entry of the provider list matches the value's prefix, or only `identity` does and the value is encrypted.
    ///
    /// Source: "no matching prefix found" of the API server.
    #[error("no provider of the list reads this value")]
    NoMatchingProvider {
        /// The scheme of the value, where its prefix is a known one.
        scheme: Option<Scheme>,
    },
    /// At least one entry matched, and none of the keys it tried opened the value.
    #[error("{}", attempts(.0))]
    Failed(Vec<Attempt>),
}

impl DecryptError {
    /// Why, in terms of the reader's world.
    pub fn why(&self) -> Option<String> {
        match self {
            DecryptError::NoMatchingProvider {
                scheme: Some(Scheme::Plaintext),
            } => Some("the value is not encrypted and the list has no identity provider".to_owned()),
            DecryptError::NoMatchingProvider { scheme: Some(scheme) } => Some(format!(
                "the value is stored under {scheme}, which the list does not name"
            )),
            DecryptError::NoMatchingProvider { scheme: None } => {
                Some("the value begins with a prefix that no known provider writes".to_owned())
            }
            DecryptError::Failed(attempts) => attempts.first().and_then(Attempt::why).map(str::to_owned),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            DecryptError::NoMatchingProvider { .. } => Some(
                "read it with the configuration that wrote it, or add that provider to the list".to_owned(),
            ),
            DecryptError::Failed(attempts) => attempts
                .first()
                .and_then(|attempt| attempt.error.hint())
                .map(str::to_owned),
        }
    }

    /// Whether every attempt failed because no configured key has the name that the value carries.
    pub fn is_unknown_key(&self) -> bool {
        match self {
            DecryptError::Failed(attempts) => attempts
                .iter()
                .all(|attempt| matches!(attempt.error, AttemptError::NoMatchingKey)),
            DecryptError::NoMatchingProvider { .. } => false,
        }
    }
}

/// One entry whose prefix matched, and why it did not open the value.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// The entry's scheme.
    pub scheme: Scheme,
    /// The name of the key that was tried, or of the kms provider; `None` if no key of the entry has a matching name.
    pub name: Option<String>,
    /// Why it failed.
    pub error: AttemptError,
}

impl Attempt {
    fn why(&self) -> Option<&'static str> {
        match (&self.error, self.scheme) {
            (AttemptError::NotTheObject, Scheme::AesCbc) => Some(
                "AES-CBC accepts one wrong key in 256, and a value can be copied to another etcd key unnoticed",
            ),
            (AttemptError::NotTheObject, _) => Some("a value can be copied to another etcd key unnoticed"),
            (error, _) => error.why(),
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{} `{name}`: {}", self.scheme, self.error),
            None => write!(f, "{}: {}", self.scheme, self.error),
        }
    }
}

/// Why one key did not open a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptError {
    /// The value is shorter than the scheme's shortest.
    #[error("the value is cut off")]
    TooShort,
    /// `aescbc`: the length or the padding is wrong; which one is not said.
    #[error("length or padding is not that of a value of this key")]
    Padding,
    /// The tag does not verify.
    #[error("the authentication tag does not verify")]
    Tampered,
    /// The key opened the value, and what came out is not the object that belongs there.
    #[error("what came out is not the object of this etcd key")]
    NotTheObject,
    /// The provider type is configured, the key name in the value is not.
    #[error("no key of this provider has the name in the value")]
    NoMatchingKey,
    /// A kms envelope that cannot be taken apart.
    #[error("the kms envelope is malformed: {0}")]
    Envelope(ObjectError),
    /// The key service did not unwrap the data key.
    #[error("the key service did not unwrap the data key")]
    KeyService(#[source] KeyServiceError),
    /// The key service returned something that cannot be a data key.
    #[error("the key service returned a data key of a length that no cipher takes")]
    DataKey,
    /// The kms v2 provider was never healthy, so that it may not even read.
    #[error("the kms provider cannot read: {0}")]
    NotReady(NotReady),
}

impl AttemptError {
    fn why(&self) -> Option<&'static str> {
        match self {
            AttemptError::Padding => Some(
                "another key under the same name and changed bytes look alike to AES-CBC, which has no integrity check",
            ),
            AttemptError::Tampered => Some(
                "another key under the same name, a value moved to another etcd key or prefix, and changed bytes look alike",
            ),
            _ => None,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            AttemptError::NoMatchingKey => Some("add the key that wrote the value to the provider's list"),
            AttemptError::Padding | AttemptError::Tampered | AttemptError::NotTheObject => Some(
                "use the configuration that wrote the value, and its full etcd key with the prefix of that cluster",
            ),
            AttemptError::KeyService(_) => {
                Some("check that the kms plugin runs and still has the key that wrapped it")
            }
            AttemptError::NotReady(reason) => Some(reason.hint()),
            _ => None,
        }
    }
}

fn attempts(attempts: &[Attempt]) -> String {
    let all: Vec<String> = attempts.iter().map(ToString::to_string).collect();
    format!("cannot decrypt the value ({})", all.join("; "))
}
