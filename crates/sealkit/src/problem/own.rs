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
    #[error("cannot open a document that SOPS encrypted")]
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
            Self::Sops { .. } => "use the sops tool for this document",
            Self::Repeated { hint, .. } => return Some(hint.clone()),
            Self::OtherFormat { .. } => {
                "open it with `sealkit open -i` and seal it again, or change the rule"
            }
            Self::NotBuilt { .. } => "build sealkit with this format's feature",
            Self::NoCertificate { .. } => "name the controller's certificate with --cert or in the policy",
        };
        Some(hint.to_owned())
    }
}
