//! The steps of a write, and what a person should hear of it.

use std::fmt;

use sealkit_manifest::Place;

/// The decided changes of one object. A dry run prints it.
pub type Plan = crate::plan::Plan<Step>;

/// One decided change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A plain Secret becomes a SealedSecret.
    Convert,
    /// A legacy `spec.data` becomes `spec.encryptedData` and `spec.template`.
    Upgrade,
    /// An item is encrypted that was not sealed before.
    Seal {
        /// The item.
        item: String,
    },
    /// A sealed value is encrypted anew, with the same or another plaintext.
    Replace {
        /// The item.
        item: String,
    },
    /// A sealed value stays as it is.
    Keep {
        /// The item.
        item: String,
    },
    /// A sealed value is removed.
    Remove {
        /// The item.
        item: String,
    },
    /// What the server or a client tool left behind is removed.
    Clean {
        /// The field: `metadata.uid`.
        path: String,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Convert => f.write_str("turn the Secret into a SealedSecret"),
            Self::Upgrade => f.write_str("turn the deprecated spec.data into spec.encryptedData"),
            Self::Seal { item } => write!(f, "seal {item}"),
            Self::Replace { item } => write!(f, "seal {item} anew"),
            Self::Keep { item } => write!(f, "keep {item} as it is sealed"),
            Self::Remove { item } => write!(f, "remove {item}"),
            Self::Clean { path } => write!(f, "remove {path}"),
        }
    }
}

/// Something a person should hear of although it is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The item stands in both `data` and `stringData`.
    Overridden {
        /// The item.
        item: String,
        /// Where the entry in `data` stood that was dropped.
        place: Place,
    },
    /// The Secret has no values.
    Empty {
        /// Where the Secret begins.
        place: Place,
    },
    /// The SealedSecret has `spec.template.data`, which was not rendered.
    NotRendered {
        /// The keys that the templates make or remove, in the order of the text.
        keys: Vec<String>,
        /// Where the first of them stands.
        place: Place,
        /// Whether all values opened, so that it could have been.
        opened: bool,
    },
    /// The SealedSecret has `spec.template.data`, of which the Secret has the results.
    Rendered {
        /// The keys that the templates make or remove, in the order of the text.
        keys: Vec<String>,
        /// Where the first of them stands.
        place: Place,
    },
    /// Labels, annotations or other metadata that only the SealedSecret has: the Secret never gets them.
    OwnMetadata {
        /// The fields: `metadata.annotations.owner`.
        paths: Vec<String>,
        /// Where the first of them stands.
        place: Place,
    },
}

impl Notice {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> &Place {
        match self {
            Self::Overridden { place, .. }
            | Self::Empty { place }
            | Self::NotRendered { place, .. }
            | Self::Rendered { place, .. }
            | Self::OwnMetadata { place, .. } => place,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Overridden { .. } => None,
            Self::Empty { .. } => Some("if values are missing here, put them into stringData"),
            Self::NotRendered { opened: true, .. } => Some(
                "the controller renders them; they stay under spec.template.data, so that sealing again keeps them",
            ),
            Self::NotRendered { .. } => {
                Some("the values above are missing; the templates stay as they are under spec.template.data")
            }
            Self::Rendered { .. } => Some(
                "sealing this result would seal what they made, not them; `sealkit edit` and `sealkit open -i` keep them",
            ),
            Self::OwnMetadata { .. } => {
                Some("put them under spec.template.metadata if the Secret needs them")
            }
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overridden { item, .. } => {
                write!(
                    f,
                    "{item} stands in both data and stringData: the one in stringData was sealed, as in Kubernetes"
                )
            }
            Self::Empty { .. } => f.write_str("the Secret has no values"),
            Self::NotRendered { keys, .. } => {
                write!(f, "templates are not rendered here: {}", keys.join(", "))
            }
            Self::Rendered { keys, .. } => {
                write!(
                    f,
                    "templates are rendered, as the controller does it: {}",
                    keys.join(", ")
                )
            }
            Self::OwnMetadata { paths, .. } => {
                write!(f, "only the SealedSecret has these: {}", paths.join(", "))
            }
        }
    }
}
