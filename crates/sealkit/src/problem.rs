//! What went wrong, sorted by who can act, with the answers to what, where, why and what next.
//! Wraps the rooms' typed errors; adds no sentence about a value and prints nothing.

use std::error::Error;
use std::fmt;

use sealkit_crypto::identity::IdentityError;
use sealkit_formats::secret::SecretError;
use sealkit_manifest::{EditError, Place};

mod own;

use own::Own;

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
#[cfg(any(feature = "native", feature = "sealed-secrets", feature = "sops"))]
pub(crate) use room_error;

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
