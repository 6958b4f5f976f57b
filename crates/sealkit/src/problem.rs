//! What went wrong, sorted by who can act, with the answers to what, where, why and what next.
//! Wraps the rooms' typed errors; adds no sentence about a value and prints nothing.

use std::error::Error;
use std::fmt;

use sealkit_crypto::identity::IdentityError;
use sealkit_formats::secret::SecretError;
use sealkit_manifest::{EditError, Place};

use crate::disguised::Disguised;

/// Who can act on a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The author of the document: it is not what it should be.
    Malformed,
    /// Somebody changed sealed bytes, or moved or renamed the document.
    Tampered,
    /// The holder of another identity.
    NoIdentity,
    /// Nobody here: this build cannot do it.
    Unsupported,
    /// The caller: the request does not fit.
    Misuse,
    /// The owner of the policy: file and policy disagree.
    Conflict,
}

/// One thing that went wrong.
pub struct Problem {
    kind: ProblemKind,
    cause: Cause,
}

/// Why a use case did nothing: everything that a person would want to fix at once.
#[derive(Debug)]
pub struct Problems(Vec<Problem>);

/// What the rooms, the text layer and this crate can answer with.
enum Cause {
    Room(Box<dyn RoomError>),
    Edit(Box<EditError>),
    Own(Box<Own>),
}

/// The four questions, answered by an error of a room.
pub(crate) trait RoomError: Error + Send + Sync + 'static {
    fn place(&self) -> Option<Place>;
    fn why(&self) -> Option<String>;
    fn hint(&self) -> Option<String>;
    fn kind(&self) -> ProblemKind;
    fn as_error(&self) -> &(dyn Error + 'static);
}

/// Answers the four questions with a room error's own `place`, `why` and `hint`; who can act is for the caller to say.
macro_rules! room_error {
    ($error:ty, |$this:ident| $kind:expr) => {
        impl crate::problem::RoomError for $error {
            fn place(&self) -> Option<sealkit_manifest::Place> {
                <$error>::place(self).cloned()
            }
            fn why(&self) -> Option<String> {
                <$error>::why(self)
            }
            fn hint(&self) -> Option<String> {
                <$error>::hint(self)
            }
            fn kind(&self) -> crate::problem::ProblemKind {
                let $this = self;
                $kind
            }
            fn as_error(&self) -> &(dyn std::error::Error + 'static) {
                self
            }
        }
    };
}
#[cfg(any(feature = "native", feature = "sealed-secrets"))]
pub(crate) use room_error;

/// What only the use cases can find.
#[derive(Debug, thiserror::Error)]
enum Own {
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
    /// Tells who can act.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// Says what was attempted and went wrong: lower case, no full stop, no place.
    pub fn what(&self) -> String {
        match &self.cause {
            Cause::Room(error) => error.to_string(),
            Cause::Edit(error) => error.to_string(),
            Cause::Own(own) => own.to_string(),
        }
    }

    /// Says where, if it is about one place.
    pub fn place(&self) -> Option<Place> {
        match &self.cause {
            Cause::Room(error) => error.place(),
            Cause::Edit(error) => error.place().cloned(),
            Cause::Own(own) => Some(own.place().clone()),
        }
    }

    /// Says why, in terms of the reader's world.
    pub fn why(&self) -> Option<String> {
        match &self.cause {
            Cause::Room(error) => error.why(),
            Cause::Edit(error) => error.why(),
            Cause::Own(own) => own.why(),
        }
    }

    /// Says what to do next.
    pub fn hint(&self) -> Option<String> {
        match &self.cause {
            Cause::Room(error) => error.hint(),
            Cause::Edit(error) => error.hint(),
            Cause::Own(own) => own.hint(),
        }
    }

    /// Says the same as a note of a report.
    pub(crate) fn to_note(&self) -> crate::report::Note {
        let message = match self.why() {
            Some(why) => format!("{}: {why}", self.what()),
            None => self.what(),
        };
        crate::report::Note {
            place: self.place(),
            message,
            hint: self.hint(),
        }
    }

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

    fn own(kind: ProblemKind, own: Own) -> Self {
        Self {
            kind,
            cause: Cause::Own(Box::new(own)),
        }
    }
}

impl Problems {
    /// Returns the problems in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Returns what kind of failure this is as a whole: that of the first problem.
    pub fn kind(&self) -> ProblemKind {
        self.0.first().map_or(ProblemKind::Misuse, Problem::kind)
    }

    /// Answers with the problems if there are any.
    pub(crate) fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        Self(problems.into_iter().collect())
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl<E: RoomError> From<E> for Problem {
    fn from(error: E) -> Self {
        Self {
            kind: error.kind(),
            cause: Cause::Room(Box::new(error)),
        }
    }
}

impl From<Disguised> for Problem {
    fn from(found: Disguised) -> Self {
        let Disguised { place, why, .. } = found;
        Self::own(ProblemKind::Malformed, Own::Disguised { place, why })
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        Self {
            kind: ProblemKind::Malformed,
            cause: Cause::Edit(Box::new(error)),
        }
    }
}

impl RoomError for IdentityError {
    fn place(&self) -> Option<Place> {
        None
    }
    fn why(&self) -> Option<String> {
        None
    }
    fn hint(&self) -> Option<String> {
        IdentityError::hint(self)
    }
    fn kind(&self) -> ProblemKind {
        ProblemKind::Malformed
    }
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }
}

room_error!(SecretError, |_error| ProblemKind::Malformed);

impl Own {
    fn place(&self) -> &Place {
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

    fn why(&self) -> Option<String> {
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

    fn hint(&self) -> Option<String> {
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

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("kind", &self.kind)
            .field("what", &self.what())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place() {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.what())
    }
}

impl Error for Problem {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Room(error) => Some(error.as_error()),
            Cause::Edit(error) => Some(error.as_ref()),
            Cause::Own(_) => None,
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl Error for Problems {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.first().map(|problem| problem as &(dyn Error + 'static))
    }
}
