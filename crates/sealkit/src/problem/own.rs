//! What only the use cases can find, and no room: which document is meant, what a file lost, what nobody would seal.

use sealkit_manifest::Place;

use super::{Problem, ProblemKind};
use crate::disguised::Disguised;

/// What only the use cases can find.
#[derive(Debug, thiserror::Error)]
pub(super) enum Own {
    #[error("this file holds several documents that could be meant")]
    Ambiguous { place: Place, choices: Vec<String> },
    #[error("no such document in this file")]
    NoSuchDocument { place: Place, choices: Vec<String> },
    #[error("{object} has no item {item}")]
    NoSuchItem {
        place: Place,
        object: String,
        item: String,
        items: Vec<String>,
    },
    #[error("cannot change a value of a plaintext Secret")]
    NotSealed { place: Place },
    #[error("secret values stand in a document that is no Secret")]
    Disguised { place: Place, why: &'static str },
    #[error("this document holds SOPS values without SOPS metadata")]
    Sops { place: Place },
    #[error("{item} stands in the output in the clear")]
    Repeated {
        place: Place,
        item: String,
        why: String,
        hint: String,
    },
    #[error("this document is sealed as {found}, and {wanted} is asked for")]
    OtherFormat {
        place: Place,
        found: &'static str,
        wanted: &'static str,
        origin: String,
    },
    #[error("this build does not know the format {format}")]
    #[allow(dead_code, reason = "constructed only when a format is switched off")]
    NotBuilt { place: Place, format: &'static str },
    #[error("cannot seal an item of a SecretList")]
    Untyped { place: Place },
    #[error("{object} is missing from the edited text, or is no Secret there")]
    Vanished { place: Place, object: String },
    #[error("a SOPS file cannot be changed without an identity")]
    #[allow(dead_code, reason = "constructed only for SOPS files, like the five below")]
    NeedsIdentity { place: Place },
    #[error("{item} is no single value")]
    #[allow(dead_code, reason = "see above")]
    NotAValue {
        place: Place,
        item: String,
        below: Vec<String>,
    },
    #[error("{item} is no path in this file")]
    #[allow(dead_code, reason = "see above")]
    NotAPath { place: Place, item: String },
    #[error("the new value of {item} is no text")]
    #[allow(dead_code, reason = "see above")]
    NotText { place: Place, item: String },
    #[error("a SOPS file cannot be bound to {what}")]
    #[allow(dead_code, reason = "see above")]
    NotBound { place: Place, what: &'static str },
    #[error("there is no certificate to seal for")]
    #[allow(dead_code, reason = "constructed only for SealedSecrets")]
    NoCertificate { place: Place },
}

impl Problem {
    pub(crate) fn ambiguous(place: Place, choices: Vec<String>) -> Self {
        Self::own(ProblemKind::Misuse, Own::Ambiguous { place, choices })
    }

    pub(crate) fn no_such_document(place: Place, choices: Vec<String>) -> Self {
        Self::own(ProblemKind::Misuse, Own::NoSuchDocument { place, choices })
    }

    pub(crate) fn no_such_item(place: Place, object: String, item: &str, items: Vec<String>) -> Self {
        Self::own(
            ProblemKind::Misuse,
            Own::NoSuchItem {
                place,
                object,
                item: item.to_owned(),
                items,
            },
        )
    }

    pub(crate) fn untyped(place: Place) -> Self {
        Self::own(ProblemKind::Unsupported, Own::Untyped { place })
    }

    pub(crate) fn vanished(place: Place, object: String) -> Self {
        Self::own(ProblemKind::Misuse, Own::Vanished { place, object })
    }

    pub(crate) fn not_sealed(place: Place) -> Self {
        Self::own(ProblemKind::Misuse, Own::NotSealed { place })
    }

    pub(crate) fn sops(place: Place) -> Self {
        Self::own(ProblemKind::Unsupported, Own::Sops { place })
    }

    pub(crate) fn repeated(place: Place, item: String, why: String, hint: String) -> Self {
        Self::own(
            ProblemKind::Malformed,
            Own::Repeated {
                place,
                item,
                why,
                hint,
            },
        )
    }

    pub(crate) fn other_format(
        place: Place,
        found: &'static str,
        wanted: &'static str,
        origin: &str,
    ) -> Self {
        Self::own(
            ProblemKind::Conflict,
            Own::OtherFormat {
                place,
                found,
                wanted,
                origin: origin.to_owned(),
            },
        )
    }

    #[allow(dead_code, reason = "called only for SOPS files, like the four below")]
    pub(crate) fn needs_identity(place: Place) -> Self {
        Self::own(ProblemKind::NoIdentity, Own::NeedsIdentity { place })
    }

    #[allow(dead_code, reason = "see above")]
    pub(crate) fn not_a_value(place: Place, item: &str, below: Vec<String>) -> Self {
        let item = item.to_owned();
        Self::own(ProblemKind::Misuse, Own::NotAValue { place, item, below })
    }

    #[allow(dead_code, reason = "see above")]
    pub(crate) fn not_a_path(place: Place, item: &str) -> Self {
        let item = item.to_owned();
        Self::own(ProblemKind::Misuse, Own::NotAPath { place, item })
    }

    #[allow(dead_code, reason = "see above")]
    pub(crate) fn not_text(place: Place, item: &str) -> Self {
        let item = item.to_owned();
        Self::own(ProblemKind::Unsupported, Own::NotText { place, item })
    }

    #[allow(dead_code, reason = "see above")]
    pub(crate) fn not_bound(place: Place, what: &'static str) -> Self {
        Self::own(ProblemKind::Misuse, Own::NotBound { place, what })
    }

    #[allow(dead_code, reason = "called only for SealedSecrets")]
    pub(crate) fn no_certificate(place: Place) -> Self {
        Self::own(ProblemKind::Misuse, Own::NoCertificate { place })
    }

    #[allow(dead_code, reason = "called only when a format is switched off")]
    pub(crate) fn not_built(place: Place, format: &'static str) -> Self {
        Self::own(ProblemKind::Unsupported, Own::NotBuilt { place, format })
    }
}

impl From<Disguised> for Problem {
    fn from(found: Disguised) -> Self {
        let Disguised { place, why, .. } = found;
        Self::own(ProblemKind::Malformed, Own::Disguised { place, why })
    }
}
impl Own {
    pub(super) fn place(&self) -> &Place {
        match self {
            Self::Ambiguous { place, .. }
            | Self::NoSuchDocument { place, .. }
            | Self::NoSuchItem { place, .. }
            | Self::NotSealed { place }
            | Self::Untyped { place }
            | Self::Disguised { place, .. }
            | Self::Vanished { place, .. }
            | Self::Sops { place }
            | Self::Repeated { place, .. }
            | Self::OtherFormat { place, .. }
            | Self::NotBuilt { place, .. }
            | Self::NeedsIdentity { place }
            | Self::NotAValue { place, .. }
            | Self::NotAPath { place, .. }
            | Self::NotText { place, .. }
            | Self::NotBound { place, .. }
            | Self::NoCertificate { place } => place,
        }
    }

    pub(super) fn why(&self) -> Option<String> {
        match self {
            Self::Ambiguous { choices, .. } => Some(format!("it holds {}", choices.join(", "))),
            Self::NoSuchDocument { choices, .. } if choices.is_empty() => {
                Some("it holds neither a Secret nor a sealed document".to_owned())
            }
            Self::NoSuchDocument { choices, .. } => Some(format!("it holds {}", choices.join(", "))),
            Self::NoSuchItem { items, .. } if items.is_empty() => Some("it has no items".to_owned()),
            Self::NoSuchItem { items, .. } => Some(format!("it has {}", items.join(", "))),
            Self::Repeated { why, .. } => Some(why.clone()),
            Self::Disguised { why, .. } => Some(format!(
                "{why}, so kubectl refuses it and sealing would pass it by"
            )),
            Self::Untyped { .. } => {
                Some("its items say no kind, and a sealed document needs one of its own".to_owned())
            }
            Self::OtherFormat { origin, .. } => Some(format!("{origin} says so")),
            Self::NeedsIdentity { .. } => Some(
                "SOPS has one code over all values of a file, and to compute it again all of them have to be opened"
                    .to_owned(),
            ),
            Self::NotAValue { below, .. } if below.is_empty() => Some("it is empty".to_owned()),
            Self::NotAValue { below, .. } => Some(format!("it holds {}", below.join(", "))),
            Self::NotText { .. } => Some("YAML and JSON hold text, and the bytes are not UTF-8".to_owned()),
            Self::NotBound { .. } => {
                Some("SOPS binds a value to the keys above it, and to nothing else".to_owned())
            }
            _ => None,
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Ambiguous { .. } | Self::NoSuchDocument { .. } => {
                "say which one is meant with --name and --namespace"
            }
            Self::NoSuchItem { .. } => "`sealkit inspect` lists the items",
            Self::Untyped { .. } => {
                "give each item `apiVersion: v1` and `kind: Secret`, and the list `kind: List`"
            }
            Self::Disguised { .. } => "write `apiVersion: v1` and `kind: Secret`",
            Self::Vanished { .. } => {
                "keep `apiVersion: v1` and `kind: Secret`; to remove a document, delete it from the sealed file"
            }
            Self::NotSealed { .. } => "seal the file first: `sealkit seal -i FILE`",
            Self::Sops { .. } => "its metadata is missing: restore the file from history",
            Self::Repeated { hint, .. } => return Some(hint.clone()),
            Self::OtherFormat { .. } => {
                "open it with `sealkit open -i` and seal it again, or change the rule"
            }
            Self::NotBuilt { .. } => "build sealkit with this format's feature",
            Self::NeedsIdentity { .. } => {
                "name an identity with `--identity`; sealkit's own format (`--format native`) needs none for this"
            }
            Self::NotAValue { .. } => "name one of them",
            Self::NotAPath { .. } => {
                "write keys with dots between them, `a.b`, indices as `[0]`, other keys as `[\"a.b\"]`"
            }
            Self::NotText { .. } => "encode it, in base64 for instance",
            Self::NotBound { .. } => "leave it out, or use another format",
            Self::NoCertificate { .. } => "name the controller's certificate with --cert or in the policy",
        };
        Some(hint.to_owned())
    }
}
