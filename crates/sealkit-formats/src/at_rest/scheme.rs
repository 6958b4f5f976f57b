//! The names of the six ways to store a value, and the literal prefixes they leave in etcd.

use std::fmt;

/// Every prefix of encrypted data begins with these bytes; nothing that is stored in clear does.
pub const RESERVED_PREFIX: &[u8] = b"k8s:enc:";

/// How a value is stored.
///
/// Source: `k8s.io/apiserver` v0.36.2, `pkg/server/options/encryptionconfig/config.go`, the `…TransformerPrefixV…`
/// constants. [`Scheme::Plaintext`] is what the configuration file calls `identity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scheme {
    /// AES-CBC with PKCS#7 padding; no integrity, not bound to the etcd key.
    AesCbc,
    /// AES-GCM with a random 12-byte nonce; the etcd key is authenticated.
    AesGcm,
    /// XSalsa20-Poly1305; not bound to the etcd key.
    Secretbox,
    /// One data key per value, wrapped by a key service; the etcd key is authenticated.
    KmsV1,
    /// One seed per server process, wrapped by a key service; the etcd key is authenticated.
    KmsV2,
    /// Not encrypted.
    Plaintext,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Scheme; 6] = [
        Scheme::AesCbc,
        Scheme::AesGcm,
        Scheme::Secretbox,
        Scheme::KmsV1,
        Scheme::KmsV2,
        Scheme::Plaintext,
    ];

    /// What stands before the key or provider name in a stored value; empty for [`Scheme::Plaintext`].
    pub fn prefix(self) -> &'static str {
        match self {
            Scheme::AesCbc => "k8s:enc:aescbc:v1:",
            Scheme::AesGcm => "k8s:enc:aesgcm:v1:",
            Scheme::Secretbox => "k8s:enc:secretbox:v1:",
            Scheme::KmsV1 => "k8s:enc:kms:v1:",
            Scheme::KmsV2 => "k8s:enc:kms:v2:",
            Scheme::Plaintext => "",
        }
    }

    /// Whether the value's etcd key is authenticated, so that a value moved to another key does not open. For kms v1 that is
    /// true of what is written since 1.25; older payloads are AES-CBC.
    pub fn binds_etcd_key(self) -> bool {
        matches!(self, Scheme::AesGcm | Scheme::KmsV1 | Scheme::KmsV2)
    }

    /// Whether any change to the stored bytes is noticed.
    pub fn is_authenticated(self) -> bool {
        !matches!(self, Scheme::AesCbc | Scheme::Plaintext)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scheme::AesCbc => "aescbc",
            Scheme::AesGcm => "aesgcm",
            Scheme::Secretbox => "secretbox",
            Scheme::KmsV1 => "kms v1",
            Scheme::KmsV2 => "kms v2",
            Scheme::Plaintext => "identity",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_prefix_begins_another() {
        for one in Scheme::ALL {
            for other in Scheme::ALL {
                let overlap = one.prefix().starts_with(other.prefix());
                assert_eq!(
                    overlap,
                    one == other || other == Scheme::Plaintext,
                    "{one} {other}"
                );
            }
        }
    }
}
