//! How far a sealed document may travel: the three scopes both formats share.
//!
//! Knows no annotation and no spec field; each room says where its format writes the scope and which bytes it yields.

use std::{fmt, str::FromStr};

/// Where a sealed value opens, from narrow to wide: `Strict < NamespaceWide < ClusterWide`.
///
/// Source: the native format, section 2; Sealed Secrets, "Scopes".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Only under this name in this namespace.
    #[default]
    Strict,
    /// Under any name in this namespace.
    NamespaceWide,
    /// Anywhere in the cluster.
    ClusterWide,
}

impl Scope {
    /// All scopes, from narrow to wide.
    pub const ALL: [Self; 3] = [Self::Strict, Self::NamespaceWide, Self::ClusterWide];

    /// The scope's name: `strict`, `namespace-wide` or `cluster-wide`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::NamespaceWide => "namespace-wide",
            Self::ClusterWide => "cluster-wide",
        }
    }

    /// Whether a value of this scope is bound to the namespace.
    pub const fn needs_namespace(self) -> bool {
        !matches!(self, Self::ClusterWide)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the name of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope: expected strict, namespace-wide or cluster-wide")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    /// Reads exactly the three names; no abbreviation, no other case.
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(UnknownScope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_prints() {
        for scope in Scope::ALL {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        for text in [
            "",
            "Strict",
            "strict ",
            "namespace",
            "cluster_wide",
            "cluster-wide\n",
        ] {
            assert_eq!(text.parse::<Scope>(), Err(UnknownScope), "{text:?}");
        }
    }

    #[test]
    fn orders_from_narrow_to_wide() {
        assert!(Scope::Strict < Scope::NamespaceWide && Scope::NamespaceWide < Scope::ClusterWide);
    }
}
