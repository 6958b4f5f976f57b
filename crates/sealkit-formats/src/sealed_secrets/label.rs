//! Which place a value belongs to: the scope that the annotations choose, and the bytes that RSA-OAEP gets as its label.
//!
//! Knows no key and no ciphertext. The item key is in no label: Bitnami's format lets anybody who may write the file
//! rename or swap the items of one object, and nothing here can change that.

use crate::Scope;

/// Selects cluster-wide scope when its value is exactly `true`.
pub const CLUSTER_WIDE_ANNOTATION: &str = "sealedsecrets.bitnami.com/cluster-wide";

/// Selects namespace-wide scope when its value is exactly `true` and cluster-wide is not selected.
pub const NAMESPACE_WIDE_ANNOTATION: &str = "sealedsecrets.bitnami.com/namespace-wide";

/// Gives the OAEP label of a scope: `namespace/name`, `namespace`, or no bytes at all.
///
/// Raw UTF-8 without quoting or terminator. Namespace and name are those of the SealedSecret's own metadata, never
/// those of its template.
///
/// Source: sealed-secrets v0.40.0 `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go`, `EncryptionLabel`.
#[must_use]
pub fn label(scope: Scope, namespace: &str, name: &str) -> Vec<u8> {
    match scope {
        Scope::Strict => format!("{namespace}/{name}").into_bytes(),
        Scope::NamespaceWide => namespace.as_bytes().to_vec(),
        Scope::ClusterWide => Vec::new(),
    }
}

/// Reads the scope from an annotation map, given as pairs of name and value.
///
/// Only the exact value `true` counts; `"TRUE"`, `"1"` and the empty string mean "not set". Cluster-wide is looked at
/// first. There is no annotation that forces strict scope.
///
/// Source: sealed-secrets v0.40.0 `sealedsecret_expansion.go`, `SecretScope`.
#[must_use]
pub fn scope_of<'a>(annotations: impl IntoIterator<Item = (&'a str, &'a str)>) -> Scope {
    let mut scope = Scope::Strict;
    for (name, value) in annotations {
        match (name, value) {
            (CLUSTER_WIDE_ANNOTATION, "true") => return Scope::ClusterWide,
            (NAMESPACE_WIDE_ANNOTATION, "true") => scope = Scope::NamespaceWide,
            _ => {}
        }
    }
    scope
}

/// Gives the annotation that selects a scope, or nothing for strict, which is the absence of both.
#[must_use]
pub fn annotation_of(scope: Scope) -> Option<&'static str> {
    match scope {
        Scope::Strict => None,
        Scope::NamespaceWide => Some(NAMESPACE_WIDE_ANNOTATION),
        Scope::ClusterWide => Some(CLUSTER_WIDE_ANNOTATION),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_has_its_label() {
        assert_eq!(label(Scope::Strict, "myns", "myname"), b"myns/myname");
        assert_eq!(label(Scope::NamespaceWide, "myns", "myname"), b"myns");
        assert_eq!(label(Scope::ClusterWide, "myns", "myname"), b"");
    }

    #[test]
    fn cluster_wide_wins_over_namespace_wide_in_any_order() {
        let both = [
            (NAMESPACE_WIDE_ANNOTATION, "true"),
            (CLUSTER_WIDE_ANNOTATION, "true"),
        ];
        assert_eq!(scope_of(both), Scope::ClusterWide);
        assert_eq!(scope_of([both[1], both[0]]), Scope::ClusterWide);
    }

    #[test]
    fn only_the_exact_word_true_selects_a_scope() {
        for value in ["TRUE", "True", "1", "yes", "false", "", " true"] {
            assert_eq!(
                scope_of([(CLUSTER_WIDE_ANNOTATION, value)]),
                Scope::Strict,
                "{value:?}"
            );
            assert_eq!(
                scope_of([(NAMESPACE_WIDE_ANNOTATION, value)]),
                Scope::Strict,
                "{value:?}"
            );
        }
        assert_eq!(
            scope_of([(NAMESPACE_WIDE_ANNOTATION, "true")]),
            Scope::NamespaceWide
        );
    }

    #[test]
    fn annotations_that_were_announced_but_never_built_are_inert() {
        let inert = [
            ("sealedsecrets.bitnami.com/scope", "cluster-wide"),
            ("sealedsecrets.bitnami.com/strict", "true"),
        ];
        assert_eq!(scope_of(inert), Scope::Strict);
    }

    #[test]
    fn a_scope_and_its_annotation_agree() {
        for scope in [Scope::Strict, Scope::NamespaceWide, Scope::ClusterWide] {
            assert_eq!(scope_of(annotation_of(scope).map(|name| (name, "true"))), scope);
        }
    }
}
