//! The steps of a write, and what a person should hear of it.

use std::fmt;

use sealkit_manifest::Place;

use super::id::DataKeyId;
use crate::Scope;

/// The decided changes of one object. A dry run prints it.
pub type Plan = crate::plan::Plan<Step>;

/// One decided change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A plain Secret becomes an EncryptedSecret.
    Convert,
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
    /// A sealed value stays as it is, because its plaintext did not change.
    Keep {
        /// The item.
        item: String,
    },
    /// A sealed value is removed.
    Remove {
        /// The item.
        item: String,
    },
    /// A fresh data key is wrapped for these recipients.
    AddDataKey {
        /// The data key.
        id: DataKeyId,
        /// By short name.
        recipients: Vec<String>,
    },
    /// A data key that no value names any more is dropped.
    DropDataKey {
        /// The data key.
        id: DataKeyId,
    },
    /// A data key is wrapped for one more recipient.
    AddRecipient {
        /// The data key.
        id: DataKeyId,
        /// By short name.
        recipient: String,
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
            Self::Convert => f.write_str("turn the Secret into an EncryptedSecret"),
            Self::Seal { item } => write!(f, "seal {item}"),
            Self::Replace { item } => write!(f, "seal {item} anew"),
            Self::Keep { item } => write!(f, "keep {item} as it is sealed"),
            Self::Remove { item } => write!(f, "remove {item}"),
            Self::AddDataKey { id, recipients } => {
                write!(f, "add data key {id} for {}", recipients.join(", "))
            }
            Self::DropDataKey { id } => write!(f, "drop data key {id}: no value names it"),
            Self::AddRecipient { id, recipient } => write!(f, "wrap data key {id} for {recipient}"),
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
    /// The caller allowed recipients that only the file names.
    ForeignRecipients {
        /// By short name.
        names: Vec<String>,
        /// Where the first of them stands.
        place: Place,
    },
    /// The caller allowed a wider scope than hers.
    WiderScope {
        /// The file's.
        file: Scope,
        /// The caller's.
        wanted: Scope,
        /// Where the object stands.
        place: Place,
    },
    /// Older values stay closed to recipients that this write is for.
    NotYetRewrapped {
        /// By short name.
        names: Vec<String>,
        /// Where the first data key stands that is not wrapped for all of them.
        place: Place,
    },
    /// Many writes have left a data key each.
    ManyDataKeys {
        /// How many there are now.
        count: usize,
        /// Where the object stands.
        place: Place,
    },
}

impl Notice {
    /// Where it stands.
    pub fn place(&self) -> &Place {
        match self {
            Self::Overridden { place, .. }
            | Self::ForeignRecipients { place, .. }
            | Self::WiderScope { place, .. }
            | Self::NotYetRewrapped { place, .. }
            | Self::ManyDataKeys { place, .. } => place,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Overridden { .. } | Self::WiderScope { .. } => None,
            Self::ForeignRecipients { .. } => Some("add them to the recipients or rotate"),
            Self::NotYetRewrapped { .. } | Self::ManyDataKeys { .. } => Some("rotate"),
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
            Self::ForeignRecipients { names, .. } => {
                write!(
                    f,
                    "the file names recipients that were not asked for: {}",
                    names.join(", ")
                )
            }
            Self::WiderScope { file, wanted, .. } => {
                write!(f, "the file's scope {file} is wider than {wanted}")
            }
            Self::NotYetRewrapped { names, .. } => {
                write!(f, "values sealed earlier stay closed to {}", names.join(", "))
            }
            Self::ManyDataKeys { count, .. } => write!(f, "the object has gathered {count} data keys"),
        }
    }
}
