//! What a sealed value is bound to: the bytes the format's page calls `place`, and the four byte strings built on them.
//!
//! Knows no key and no text. ("Place" means file, line and column everywhere else in this code, hence the other name.)
//!
//! Source: the native format, sections 2 to 4. `u32` is big-endian; `str(x)` is `u32(len(x)) ‖ x`.

use crate::Scope;

const COMMITMENT: &[u8] = b"sealkit/v1/commitment";
const VALUE: &[u8] = b"sealkit/v1/value";
const WRAP: &[u8] = b"sealkit/v1/wrap";
const ITEM: &[u8] = b"sealkit/v1/item";

/// `place(scope, namespace, name)`: equal for two objects only if a value may move between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binding(Vec<u8>);

impl Binding {
    /// Binds to what the scope says. `None` if the scope needs a namespace and there is none.
    pub(crate) fn new(scope: Scope, namespace: Option<&str>, name: &str) -> Option<Self> {
        let namespace = namespace.filter(|namespace| !namespace.is_empty());
        let mut place = Vec::new();
        match scope {
            Scope::Strict => {
                place.push(1);
                push_str(&mut place, namespace?);
                push_str(&mut place, name);
            }
            Scope::NamespaceWide => {
                place.push(2);
                push_str(&mut place, namespace?);
            }
            Scope::ClusterWide => place.push(3),
        }
        Some(Self(place))
    }

    /// The parts over which the commitment's HMAC runs: `b"sealkit/v1/commitment" ‖ place`.
    pub(crate) fn commitment_parts(&self) -> [&[u8]; 2] {
        [COMMITMENT, &self.0]
    }

    /// HKDF's info for the value key: `b"sealkit/v1/value" ‖ place`.
    pub(crate) fn value_info(&self) -> Vec<u8> {
        [VALUE, &self.0].concat()
    }

    /// What a wrap is bound to: `b"sealkit/v1/wrap" ‖ place ‖ commitment`.
    pub(crate) fn wrap_info(&self, commitment: &[u8; 32]) -> Vec<u8> {
        [WRAP, &self.0, commitment].concat()
    }

    /// The additional data of one value: `b"sealkit/v1/item" ‖ place ‖ str(item key)`.
    pub(crate) fn item_aad(&self, item: &str) -> Vec<u8> {
        let mut aad = [ITEM, &self.0].concat();
        push_str(&mut aad, item);
        aad
    }
}

fn push_str(out: &mut Vec<u8>, text: &str) {
    let length = u32::try_from(text.len()).expect("names and item keys are at most 253 bytes long");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_table_of_the_page() {
        let bytes = |scope, namespace, name| Binding::new(scope, namespace, name).map(|b| b.0);
        assert_eq!(
            bytes(Scope::Strict, Some("ns"), "n").as_deref(),
            Some(&b"\x01\0\0\0\x02ns\0\0\0\x01n"[..])
        );
        assert_eq!(
            bytes(Scope::NamespaceWide, Some("ns"), "n").as_deref(),
            Some(&b"\x02\0\0\0\x02ns"[..])
        );
        assert_eq!(
            bytes(Scope::ClusterWide, Some("ns"), "n").as_deref(),
            Some(&b"\x03"[..])
        );
        assert_eq!(
            bytes(Scope::ClusterWide, None, "n").as_deref(),
            Some(&b"\x03"[..])
        );
    }

    #[test]
    fn an_empty_namespace_is_none_where_the_scope_needs_one() {
        for scope in [Scope::Strict, Scope::NamespaceWide] {
            assert_eq!(Binding::new(scope, None, "n"), None);
            assert_eq!(Binding::new(scope, Some(""), "n"), None);
        }
    }

    #[test]
    fn every_use_has_its_own_prefix() {
        let binding = Binding::new(Scope::ClusterWide, None, "n").expect("cluster-wide needs no namespace");
        assert_eq!(binding.commitment_parts().concat(), b"sealkit/v1/commitment\x03");
        assert_eq!(binding.value_info(), b"sealkit/v1/value\x03");
        assert_eq!(
            binding.wrap_info(&[9; 32]),
            [&b"sealkit/v1/wrap\x03"[..], &[9; 32]].concat()
        );
        assert_eq!(binding.item_aad("key"), b"sealkit/v1/item\x03\0\0\0\x03key");
    }
}
