//! Why no data key was had, and why one was not wrapped.

use crate::sops::metadata::KeyKind;

/// Why one master key failed although somebody was responsible for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFailure {
    /// Why, without a secret.
    pub why: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What became of the keys of a group that did not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFailure {
    /// Kind, name, and the failure if anybody was responsible.
    pub tried: Vec<(KeyKind, String, Option<KeyFailure>)>,
}

/// Why no data key was had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Too few groups opened.
    #[error("the data key cannot be recovered")]
    NotOpened {
        /// How many groups opened.
        opened: usize,
        /// How many are needed.
        needed: usize,
        /// The others, in order.
        groups: Vec<GroupFailure>,
    },
    /// The shares do not fit together.
    #[error("the shares of the data key do not fit together")]
    Shares,
    /// What came out has not 32 bytes.
    #[error("what the master keys hold is not a data key")]
    NotADataKey,
}

impl KeyError {
    /// Whether nobody was responsible for any key, so that another identity is what is missing.
    pub fn is_for_others(&self) -> bool {
        match self {
            Self::NotOpened { groups, .. } => groups
                .iter()
                .flat_map(|group| &group.tried)
                .all(|(.., failure)| failure.is_none()),
            _ => false,
        }
    }

    /// What was tried.
    pub fn why(&self) -> Option<String> {
        let Self::NotOpened {
            opened,
            needed,
            groups,
        } = self
        else {
            return None;
        };
        let mut parts = Vec::new();
        for (kind, name, failure) in groups.iter().flat_map(|group| &group.tried) {
            let what = match (failure, kind) {
                (Some(failure), _) => failure.why.clone(),
                (None, KeyKind::Age) => "no identity of it was given".to_owned(),
                (None, KeyKind::Pgp) => "nobody asked gpg for it".to_owned(),
                (None, _) => "this build cannot ask that service yet".to_owned(),
            };
            parts.push(format!("{} {name}: {what}", kind.as_str()));
        }
        let tried = parts.join("; ");
        Some(match needed {
            1 => tried,
            _ => format!("{opened} of {needed} key groups opened; {tried}"),
        })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let Self::NotOpened { groups, .. } = self else {
            return None;
        };
        let hints = groups.iter().flat_map(|group| &group.tried);
        hints
            .filter_map(|(.., failure)| failure.as_ref()?.hint.clone())
            .next()
            .or_else(|| Some("give an identity of one of them".to_owned()))
    }
}

/// Why a data key was not wrapped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data key cannot be wrapped for {name}")]
pub struct WrapKeyError {
    /// The key's name.
    pub name: String,
    /// Why, without a secret.
    pub why: String,
    /// What to do about it.
    pub hint: Option<String>,
}
