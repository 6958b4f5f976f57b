//! Sealing keys as Secrets: reading the peer's, and writing such that the peer reads them.
//!
//! Pure: the time and the new key arrive as arguments.
//!
//! Source: sealed-secrets v0.40.0 `pkg/controller/keys.go`, `keyregistry.go`.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::core::ObjectMeta;
use sealkit_crypto::certificate::{Certificate, CertificateError, named_certificate};
use sealkit_crypto::pem;
use sealkit_crypto::rsa_oaep::{RsaError, RsaPrivateKey};

use super::SealingKey;

/// The label of sealing keys.
pub const KEY_LABEL: &str = "sealedsecrets.bitnami.com/sealed-secrets-key";
/// Its value on keys that are used. Any other, `compromised` for instance, takes a key out of use.
pub const ACTIVE: &str = "active";

const PRIVATE: &str = "tls.key";
const CERTIFICATE: &str = "tls.crt";

/// What makes one key newer than another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The start of its certificate.
    #[default]
    CertNotBefore,
    /// The age of its Secret.
    SecretCreationTimestamp,
}

impl Order {
    /// Reads the peer's name of an order.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "CertNotBefore" => Some(Self::CertNotBefore),
            "SecretCreationTimestamp" => Some(Self::SecretCreationTimestamp),
            _ => None,
        }
    }
}

/// Why a Secret is no sealing key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableKey {
    /// It lacks one of its two items.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// Its private key cannot be read or used.
    #[error("its tls.key: {0}")]
    Private(#[from] RsaError),
    /// Its certificate cannot be read.
    #[error("its tls.crt: {0}")]
    Certificate(#[from] CertificateError),
}

/// Reads a sealing key. Only the first certificate counts; that it belongs to the key is not checked, nor is its period.
///
/// # Errors
/// [`UnusableKey`].
pub fn read(secret: &Secret, order: Order) -> Result<SealingKey, UnusableKey> {
    let item = |name| {
        let data = secret.data.as_ref();
        data.and_then(|data| data.get(name))
            .ok_or(UnusableKey::Missing(name))
    };
    let private = RsaPrivateKey::from_pem(&item(PRIVATE)?.0)?;
    let pem_text = &item(CERTIFICATE)?.0;
    let certificate = Certificate::from_pem(pem_text)?;
    let created = secret.metadata.creation_timestamp.as_ref();
    let created = created.map_or(0, |time| time.0.as_second());
    Ok(SealingKey {
        name: secret.metadata.name.clone().unwrap_or_default(),
        ordering_time: match order {
            Order::CertNotBefore => i64::try_from(certificate.not_before()).unwrap_or(i64::MAX),
            Order::SecretCreationTimestamp => created,
        },
        created,
        private,
        certificate_pem: first_certificate(pem_text)?,
    })
}

fn first_certificate(text: &[u8]) -> Result<String, CertificateError> {
    let blocks = pem::blocks(text)?;
    let first = blocks
        .iter()
        .find(|block| block.label == "CERTIFICATE" && !block.has_headers);
    let first = first.ok_or(CertificateError::NoCertificate)?;
    Ok(pem::encode("CERTIFICATE", &first.der).to_string())
}

/// What a new key's Secret gets beside the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// More labels; the label that makes it a key cannot be one of them.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
}

/// What a new key is made with.
#[derive(Clone, Debug)]
pub struct NewKey<'a> {
    /// Where its Secret goes.
    pub namespace: &'a str,
    /// How its Secret's name begins.
    pub prefix: &'a str,
    /// The certificate's common name; empty for none.
    pub common_name: &'a str,
    /// When the certificate begins, in seconds since 1970.
    pub now: u64,
    /// How long it is valid, in seconds.
    pub ttl: u64,
    /// More labels and annotations.
    pub extra: &'a Extra,
}

/// Gives the Secret of a new key.
///
/// # Errors
/// [`CertificateError`] where no certificate can have that period.
pub fn new_key(private: &RsaPrivateKey, new: &NewKey<'_>) -> Result<Secret, CertificateError> {
    let until = new.now.saturating_add(new.ttl);
    let certificate = named_certificate(private, new.common_name, new.now, until)?;
    let mut labels = new.extra.labels.clone();
    labels.insert(KEY_LABEL.to_owned(), ACTIVE.to_owned());
    let key = private.to_pkcs1_pem().as_bytes().to_vec();
    Ok(Secret {
        metadata: ObjectMeta {
            namespace: Some(new.namespace.to_owned()),
            generate_name: Some(new.prefix.to_owned()),
            labels: Some(labels),
            annotations: Some(new.extra.annotations.clone()).filter(|map| !map.is_empty()),
            ..ObjectMeta::default()
        },
        type_: Some("kubernetes.io/tls".to_owned()),
        data: Some(BTreeMap::from([
            (PRIVATE.to_owned(), ByteString(key)),
            (CERTIFICATE.to_owned(), ByteString(certificate.into_bytes())),
        ])),
        ..Secret::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeySet;

    const NOON: u64 = 1_764_158_400;

    fn new(private: &RsaPrivateKey, extra: &Extra) -> Secret {
        let new = NewKey {
            namespace: "kube-system",
            prefix: "sealed-secrets-key",
            common_name: "",
            now: NOON,
            ttl: 3600,
            extra,
        };
        new_key(private, &new).expect("a valid period")
    }

    #[test]
    fn row_21_a_new_key_has_its_label_whatever_else_is_asked_for() {
        let private = RsaPrivateKey::generate(2048).expect("supported");
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let extra = Extra {
            labels: [pair("team", "a"), pair(KEY_LABEL, "compromised")].into(),
            annotations: [pair("note", "b")].into(),
        };
        let secret = new(&private, &extra);
        assert_eq!(secret.metadata.namespace.as_deref(), Some("kube-system"));
        assert_eq!(
            secret.metadata.generate_name.as_deref(),
            Some("sealed-secrets-key")
        );
        assert_eq!(secret.type_.as_deref(), Some("kubernetes.io/tls"));
        let labels = secret.metadata.labels.expect("two");
        assert_eq!(
            (labels["team"].as_str(), labels[KEY_LABEL].as_str()),
            ("a", ACTIVE)
        );
        assert_eq!(secret.metadata.annotations.expect("one")["note"], "b");
        let data = secret.data.expect("two items");
        assert!(data[PRIVATE].0.starts_with(b"-----BEGIN RSA PRIVATE KEY-----\n"));
    }

    #[test]
    fn row_22_a_key_reads_back_as_it_was_written() {
        let private = RsaPrivateKey::generate(2048).expect("supported");
        let secret = new(&private, &Extra::default());
        let read = read(&secret, Order::CertNotBefore).expect("our own");
        assert_eq!(read.private.public_key(), private.public_key());
        assert_eq!(read.ordering_time, i64::try_from(NOON).expect("this century"));
        let written = &secret.data.as_ref().expect("two items")[CERTIFICATE].0;
        assert_eq!(read.certificate_pem.as_bytes(), written);
    }

    #[test]
    fn row_29_the_newest_is_current_and_a_tie_keeps_the_older_secret() {
        let private = RsaPrivateKey::generate(2048).expect("supported");
        let key = |name: &str, ordering_time, created| SealingKey {
            name: name.to_owned(),
            ordering_time,
            created,
            private: private.clone(),
            certificate_pem: String::new(),
        };
        let current = |keys: Vec<SealingKey>| KeySet::new(keys).current().map(|key| key.name.clone());
        assert_eq!(current(Vec::new()), None);
        assert_eq!(
            current(vec![key("new", 2, 2), key("old", 1, 1)]).as_deref(),
            Some("new")
        );
        assert_eq!(
            current(vec![key("old", 1, 3), key("new", 2, 1)]).as_deref(),
            Some("new")
        );
        let tie = vec![key("second", 2, 2), key("first", 2, 1)];
        assert_eq!(current(tie).as_deref(), Some("first"));
        let set = KeySet::new(vec![key("a", 1, 1)]).with(key("b", 2, 2));
        assert_eq!(set.all().len(), 2);
        assert_eq!(set.with(key("b", 3, 2)).all().len(), 2);
    }

    #[test]
    fn the_age_of_the_secret_counts_where_it_is_asked_for() {
        let private = RsaPrivateKey::generate(2048).expect("supported");
        let mut secret = new(&private, &Extra::default());
        let created = jiff::Timestamp::from_second(5).expect("1970");
        secret.metadata.creation_timestamp = Some(created.into());
        let time = |order| read(&secret, order).expect("our own").ordering_time;
        assert_eq!(time(Order::SecretCreationTimestamp), 5);
        assert!(time(Order::CertNotBefore) > 5);
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        let reason = |secret: &Secret| read(secret, Order::default()).expect_err("no key").to_string();
        assert_eq!(reason(&Secret::default()), "it has no tls.key");
        let private = RsaPrivateKey::generate(2048).expect("supported");
        let mut secret = new(&private, &Extra::default());
        let data = secret.data.as_mut().expect("two items");
        data.insert(CERTIFICATE.to_owned(), ByteString(b"nothing".to_vec()));
        assert!(reason(&secret).starts_with("its tls.crt: "));
    }
}
