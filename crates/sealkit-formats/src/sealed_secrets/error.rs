//! One error for each verb, sorted by who can act. Says what, where, why and what to do next; never a byte of a value.

use sealkit_manifest::{EditError, ParseError, Path, Place};

use super::envelope::NotASealedSecret;
use super::options::ExpiredCertificate;
use super::value::{DecryptError, EncryptError};
use crate::Scope;
use crate::secret::{self, Form, Repeat, SecretError};

/// An object cannot be sealed, or a sealed one not be written. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Malformed input: the text is no manifest.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Malformed input: the object is no Secret, or not one that can be sealed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Malformed input: the object is no SealedSecret.
    #[error(transparent)]
    Envelope(#[from] NotASealedSecret),
    /// Malformed input: the scope binds values to a namespace and the object names none.
    #[error("secret must declare a namespace")]
    NamespaceNeeded {
        /// The scope.
        scope: Scope,
        /// Where the namespace is missing.
        place: Place,
    },
    /// The caller named a namespace, and the object another.
    #[error("cannot seal the object for the namespace {wanted}")]
    OtherNamespace {
        /// What the caller named.
        wanted: String,
        /// Where the object's own namespace stands.
        place: Place,
    },
    /// The caller named the object, and the object names itself otherwise.
    #[error("cannot seal the object under the name {wanted}")]
    OtherName {
        /// What the caller named.
        wanted: String,
        /// Where the object's own name stands.
        place: Place,
    },
    /// The document's scope is wider than what the caller allows: its values would open in more places.
    #[error("the document's scope {document} is wider than {wanted}")]
    WiderScope {
        /// The document's.
        document: Scope,
        /// The caller's.
        wanted: Scope,
        /// Where the object stands.
        place: Place,
    },
    /// Unsupported here: the object holds one value for the whole Secret, so nothing can be added beside it.
    #[error("cannot change a SealedSecret that uses the deprecated field spec.data")]
    Deprecated {
        /// Where the field stands.
        place: Place,
    },
    /// Unsupported here: `set` and `unset` on an object in which plaintext waits to be sealed.
    #[error("{item} waits in the open beside sealed values")]
    Unsealed {
        /// The item.
        item: String,
        /// Where its plaintext stands.
        place: Place,
    },
    /// There is no such item to remove.
    #[error("there is no item {item}")]
    NoSuchItem {
        /// The item.
        item: String,
        /// Where the object stands.
        place: Place,
    },
    /// Caller misuse: not an item key.
    #[error("cannot seal an item of this key")]
    ItemKey {
        /// The key.
        item: String,
    },
    /// Caller misuse: the certificate is too old.
    #[error(transparent)]
    Expired(#[from] ExpiredCertificate),
    /// A value does not encrypt.
    #[error("cannot seal {item}")]
    Encrypt {
        /// The item.
        item: String,
        /// Where the object stands.
        place: Place,
        /// Why.
        source: EncryptError,
    },
    /// A sealed plaintext stands elsewhere in the text, see [`Repeat`].
    #[error("a sealed value stands elsewhere in the text: {}", .0.iter().map(|r| r.item.as_str()).collect::<Vec<_>>().join(", "))]
    Repeats(Vec<Repeat>),
    /// The text layer refuses the change.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl SealError {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Parse(error) => error.place(),
            Self::Secret(error) => error.place(),
            Self::Edit(error) => error.place(),
            Self::Repeats(repeats) => repeats.first().map(|repeat| &repeat.place),
            Self::Envelope(NotASealedSecret { place })
            | Self::NamespaceNeeded { place, .. }
            | Self::OtherNamespace { place, .. }
            | Self::OtherName { place, .. }
            | Self::WiderScope { place, .. }
            | Self::Deprecated { place }
            | Self::Unsealed { place, .. }
            | Self::NoSuchItem { place, .. }
            | Self::Encrypt { place, .. } => Some(place),
            Self::ItemKey { .. } | Self::Expired(_) => None,
        }
    }

    /// Why it cannot be sealed.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        Some(match self {
            Self::Parse(error) => return error.why(),
            Self::Secret(error) => return error.why(),
            Self::Edit(error) => return error.why(),
            Self::Expired(error) => return error.why(),
            Self::Repeats(repeats) => return repeats.first().map(Repeat::why),
            Self::Envelope(_) | Self::NoSuchItem { .. } => return None,
            Self::NamespaceNeeded { scope, .. } => {
                format!("the scope {scope} binds values to a namespace, and there is none")
            }
            Self::OtherNamespace { .. } | Self::OtherName { .. } => "the object says otherwise".to_owned(),
            Self::WiderScope { .. } => "whoever may write the file could have widened it".to_owned(),
            Self::Deprecated { .. } => {
                "it holds the whole Secret in one value, which takes the private key to change".to_owned()
            }
            Self::Unsealed { .. } => {
                "a change to sealed values would leave this plaintext where it is".to_owned()
            }
            Self::ItemKey { .. } => {
                "Kubernetes accepts letters, digits, `-`, `_` and `.`, at most 253".to_owned()
            }
            Self::Encrypt { source, .. } => source.to_string(),
        })
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Parse(error) => return error.hint(),
            Self::Secret(error) => return error.hint(),
            Self::Edit(error) => return error.hint(),
            Self::Expired(error) => return error.hint(),
            Self::Repeats(repeats) => {
                let worst = repeats
                    .iter()
                    .find(|repeat| repeat.form == Form::Base64)
                    .or(repeats.first());
                return worst.map(Repeat::hint);
            }
            Self::NamespaceNeeded { .. } => secret::NAMESPACE_NEEDED,
            Self::OtherNamespace { .. } => "leave the namespace out, or name the object's own",
            Self::OtherName { .. } => "leave the name out, or name the object's own",
            Self::WiderScope { .. } => {
                "remove the scope annotation, or seal with the wider scope; or allow it this once"
            }
            Self::Deprecated { .. } => "rotate it first: that turns it into spec.encryptedData",
            Self::Unsealed { .. } => "seal the object first: that moves the plaintext in",
            Self::Envelope(_) | Self::NoSuchItem { .. } | Self::ItemKey { .. } | Self::Encrypt { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}

/// A SealedSecret does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Malformed input: the object is no SealedSecret.
    #[error(transparent)]
    Envelope(#[from] NotASealedSecret),
    /// Malformed input: the plaintext beside the sealed values cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No identity: none of those given is an RSA key, and there are values to open.
    #[error("no sealing key at hand")]
    NoKeys {
        /// Where the object stands.
        place: Place,
    },
    /// These values do not open; the others do, but there is no Secret without them.
    #[error("cannot open {}", list(.0))]
    Values(Vec<ClosedValue>),
    /// Unsupported here: plaintext waits beside the sealed values, and opening would have to choose between the two.
    #[error("{item} waits in the open beside sealed values")]
    Unsealed {
        /// The item.
        item: String,
        /// Where its plaintext stands.
        place: Place,
    },
    /// Unsupported, because the caller said so: the form of producers older than 0.7.0.
    #[error("using deprecated 'data' field, use 'encryptedData' or flip the feature flag")]
    Deprecated {
        /// Where the field stands.
        place: Place,
    },
    /// Malformed input: the deprecated form beside the current one.
    #[error("cannot use the field 'encryptedData' and the deprecated field 'data' at the same time")]
    BothForms {
        /// Where the deprecated field stands.
        place: Place,
    },
    /// The deprecated field opens, and what it holds is not a Secret.
    #[error("cannot read the Secret in spec.data")]
    NotASecret {
        /// Where the field stands.
        place: Place,
    },
}

/// A value that did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot open {path}")]
pub struct ClosedValue {
    /// The item; empty for the deprecated `spec.data`, which holds them all.
    pub item: String,
    /// The value's path: `spec.encryptedData.password`.
    pub path: Path,
    /// Where the value stands.
    pub place: Place,
    /// The label that it was tried with.
    pub label: String,
    /// The scope that gave the label.
    pub scope: Scope,
    /// Why.
    pub error: DecryptError,
}

impl ClosedValue {
    /// Why it does not open. The keys cannot tell a wrong key from a moved object, so neither does this.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        Some(match self.error {
            DecryptError::NoKey { tried: 0, held, bits } => {
                format!(
                    "it was sealed for an RSA key of {bits} bits, and none of {held} sealing keys has that size"
                )
            }
            DecryptError::NoKey { tried, .. } => format!(
                "none of {tried} sealing keys of its size accepts it with label \"{}\" (scope {}); a wrong key and a \
                 renamed or moved manifest look the same to RSA-OAEP",
                self.label, self.scope
            ),
            other => other.to_string(),
        })
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self.error {
            DecryptError::NoKey { .. } => {
                "if it moved, seal it again here; if the cluster is new, restore its keys or seal for its new certificate"
            }
            DecryptError::Tampered | DecryptError::Truncated | DecryptError::NotBase64(_) => {
                "restore the value from history, or set it again"
            }
        };
        Some(hint.to_owned())
    }
}

/// Puts closed values together as the peer does: `message (key1, key2)`, one line for each message, in the order in
/// which the messages first occur, keys sorted.
///
/// Source: sealed-secrets v0.40.0 `pkg/multierror`.
#[must_use]
pub fn grouped(values: &[ClosedValue]) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for value in values {
        let message = value.error.to_string();
        match groups.iter_mut().find(|(known, _)| *known == message) {
            Some((_, items)) => items.push(&value.item),
            None => groups.push((message, vec![&value.item])),
        }
    }
    let lines = groups.into_iter().map(|(message, mut items)| {
        items.sort_unstable();
        if items == [""] {
            message
        } else {
            format!("{message} ({})", items.join(", "))
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn list(values: &[ClosedValue]) -> String {
    values
        .iter()
        .map(|value| value.path.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

impl OpenError {
    /// Where it stands; of several values the first.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Secret(error) => error.place(),
            Self::Values(values) => values.first().map(|value| &value.place),
            Self::Envelope(NotASealedSecret { place })
            | Self::NoKeys { place }
            | Self::Unsealed { place, .. }
            | Self::Deprecated { place }
            | Self::BothForms { place }
            | Self::NotASecret { place } => Some(place),
        }
    }

    /// Why it does not open; of several values the first one's reason.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        Some(match self {
            Self::Secret(error) => return error.why(),
            Self::Values(values) => return values.first().and_then(ClosedValue::why),
            Self::Envelope(_) => return None,
            Self::NoKeys { .. } => {
                "SealedSecrets open with RSA keys alone, and there is none among the identities".to_owned()
            }
            Self::Unsealed { .. } => {
                "opening gives back one Secret, and this plaintext was never part of it".to_owned()
            }
            Self::Deprecated { .. } => "kubeseal before 0.7.0 put the whole Secret into one value".to_owned(),
            Self::BothForms { .. } => "the one would have to overwrite the other".to_owned(),
            Self::NotASecret { .. } => "it should hold a v1 Secret as JSON".to_owned(),
        })
    }

    /// What to do about it; of several values the first one's advice.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Secret(error) => return error.hint(),
            Self::Values(values) => return values.first().and_then(ClosedValue::hint),
            Self::NoKeys { .. } => {
                "give the controller's key: `kubectl get secret -n kube-system -l \
                 sealedsecrets.bitnami.com/sealed-secrets-key -o yaml`"
            }
            Self::Unsealed { .. } => "seal the object first: that moves the plaintext in",
            Self::Deprecated { .. } => "rotate it: that turns it into spec.encryptedData",
            Self::BothForms { .. } => "remove spec.data if spec.encryptedData is newer",
            Self::Envelope(_) | Self::NotASecret { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// A SealedSecret cannot be moved to another certificate. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It cannot be written.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The controller cannot be asked to move it, or answered something else.
    #[error("{problem}")]
    Answer {
        /// Where the document or the value stands.
        place: Place,
        /// What is wrong.
        problem: AnswerProblem,
    },
}

/// Why nothing can be taken from a controller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerProblem {
    /// `spec.data`, which a controller turns into another document.
    #[error("the controller cannot move the deprecated field spec.data without writing another document")]
    Deprecated,
    /// The file holds something that no key opens.
    #[error("spec.encryptedData.{0} is not a sealed value")]
    NotSealed(String),
    /// The answer is no SealedSecret.
    #[error("the controller's answer is not a SealedSecret")]
    NotASealedSecret,
    /// It is one of another name, namespace or scope.
    #[error("the controller answered with another SealedSecret")]
    OtherObject,
    /// It has other items.
    #[error("the controller's answer has other items")]
    OtherItems,
    /// One of its values cannot be the same value, sealed anew for the key of the certificate.
    #[error(
        "the controller's answer for spec.encryptedData.{0} cannot be that value, sealed for its newest key"
    )]
    OtherValue(String),
}

impl AnswerProblem {
    pub(super) fn at(self, place: &Place) -> RotateError {
        RotateError::Answer {
            place: place.clone(),
            problem: self,
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Deprecated => {
                "`sealkit rotate --identity KEYS` moves it in place; `kubeseal --re-encrypt` writes the other document"
            }
            Self::NotSealed(_) => "seal it: `sealkit set FILE ITEM`",
            _ => {
                "nothing was changed; something else than the controller answers: check --controller-name and --context"
            }
        }
    }
}

impl From<NotASealedSecret> for RotateError {
    fn from(error: NotASealedSecret) -> Self {
        Self::Open(error.into())
    }
}

impl RotateError {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Open(error) => error.place(),
            Self::Seal(error) => error.place(),
            Self::Answer { place, .. } => Some(place),
        }
    }

    /// Why nothing was changed.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Open(error) => error.why(),
            Self::Seal(error) => error.why(),
            Self::Answer { .. } => None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Open(error) => error.hint(),
            Self::Seal(error) => error.hint(),
            Self::Answer { problem, .. } => Some(problem.hint().to_owned()),
        }
    }
}
