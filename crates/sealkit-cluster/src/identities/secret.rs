//! Identities as Secrets: label `sealkit.dev/identity: active`, item `identity` with what an age identity file holds.
//!
//! So a backup is what `kubectl get secret -l sealkit.dev/identity -o yaml` prints, and a key that people have already
//! comes in with `kubectl create secret generic NAME --from-file=identity=keys.txt` and the label. The item `recipient`
//! beside it is for people; it is never read.
//!
//! Pure but for the generator of a new key.

use std::collections::BTreeMap;
use std::sync::Arc;

use getrandom::SysRng;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::core::ObjectMeta;
use rand_core::UnwrapErr;
use sealkit_crypto::identity::{
    Identity, IdentityError, NoPassphrase, PassphraseSource, PostQuantumIdentity, parse_identities,
};
use sealkit_crypto::recipient::Recipient;

use crate::keys::{ACTIVE, GenerateError, KeyOptions, Stored};
use crate::log::Log;

/// The label of Secrets that hold identities. Another value than `active` takes one out of use.
pub const IDENTITY_LABEL: &str = "sealkit.dev/identity";
/// The item that holds the identity file.
pub const IDENTITY_ITEM: &str = "identity";
/// The item that shows the recipient.
pub const RECIPIENT_ITEM: &str = "recipient";

const PREFIX: &str = "sealkit-identity-";

/// The identities of one Secret or file.
#[derive(Clone)]
pub struct IdentityKey {
    name: String,
    created: i64,
    identities: Arc<Vec<Arc<dyn Identity>>>,
    recipient: Option<Recipient>,
}

impl IdentityKey {
    /// Reads an identity file.
    ///
    /// # Errors
    /// [`IdentityError`], which shows no line of it.
    pub fn read(name: &str, created: i64, file: &[u8]) -> Result<Self, IdentityError> {
        let passphrases: Arc<dyn PassphraseSource> = Arc::new(NoPassphrase);
        let identities: Vec<Arc<dyn Identity>> = parse_identities(file, &passphrases, None)?
            .into_iter()
            .map(Arc::from)
            .collect();
        let recipient = identities.iter().find_map(|identity| identity.recipient());
        Ok(Self {
            name: name.to_owned(),
            created,
            identities: Arc::new(identities),
            recipient,
        })
    }

    /// The same, ordered as the one at this place.
    pub(super) fn at(mut self, place: usize) -> Self {
        self.created = i64::try_from(place).map_or(i64::MIN, |place| -place);
        self
    }

    /// Its identities, in the order of the file.
    pub fn identities(&self) -> impl Iterator<Item = Arc<dyn Identity>> {
        self.identities.iter().cloned()
    }

    /// The recipient of the first identity that has one.
    #[must_use]
    pub fn recipient(&self) -> Option<&Recipient> {
        self.recipient.as_ref()
    }
}

impl std::fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("IdentityKey").field(&self.name).finish()
    }
}

impl Stored for IdentityKey {
    const LABEL: &'static str = IDENTITY_LABEL;
    const WHAT: &'static str = "identities";

    fn name(&self) -> &str {
        &self.name
    }

    fn ordering_time(&self) -> i64 {
        self.created
    }

    fn created(&self) -> i64 {
        self.created
    }

    fn mark(&self) -> String {
        let names: Vec<_> = self
            .identities
            .iter()
            .flat_map(|identity| identity.names())
            .collect();
        names.join(" ")
    }

    fn read(secret: &Secret, _: &KeyOptions) -> Result<Self, String> {
        let name = secret.metadata.name.as_deref().unwrap_or_default();
        let created = secret.metadata.creation_timestamp.as_ref();
        let created = created.map_or(0, |time| time.0.as_second());
        let item = secret.data.as_ref().and_then(|data| data.get(IDENTITY_ITEM));
        let item = item.ok_or_else(|| format!("it has no {IDENTITY_ITEM}"))?;
        Self::read(name, created, &item.0).map_err(|error| format!("its {IDENTITY_ITEM}: {error}"))
    }

    fn make(options: &KeyOptions, _: i64) -> Result<Secret, GenerateError> {
        let identity = PostQuantumIdentity::generate(&mut UnwrapErr(SysRng));
        Ok(new_identity(&identity, options))
    }

    fn unlabelled(_: &KeyOptions) -> Option<&str> {
        None
    }

    fn announce(&self, log: &Log) {
        let recipient = self.recipient.as_ref().map(Recipient::name).unwrap_or_default();
        log.info("Recipient generated", &[("recipient", &recipient)]);
    }
}

/// The Secret of a new identity.
fn new_identity(identity: &PostQuantumIdentity, options: &KeyOptions) -> Secret {
    let recipient = identity.to_public().to_string();
    let mut file = format!("# public key: {recipient}\n").into_bytes();
    file.extend_from_slice(identity.to_string().as_bytes());
    file.push(b'\n');
    let mut labels = options.extra.labels.clone();
    labels.insert(IDENTITY_LABEL.to_owned(), ACTIVE.to_owned());
    Secret {
        metadata: ObjectMeta {
            namespace: Some(options.namespace.clone()),
            generate_name: Some(PREFIX.to_owned()),
            labels: Some(labels),
            annotations: Some(options.extra.annotations.clone()).filter(|map| !map.is_empty()),
            ..ObjectMeta::default()
        },
        type_: Some("Opaque".to_owned()),
        data: Some(BTreeMap::from([
            (IDENTITY_ITEM.to_owned(), ByteString(file)),
            (RECIPIENT_ITEM.to_owned(), ByteString(recipient.into_bytes())),
        ])),
        ..Secret::default()
    }
}

/// An identity of a name and an age, for tests.
#[cfg(test)]
pub(crate) fn test_key(name: &str, created: i64) -> IdentityKey {
    use sealkit_crypto::identity::X25519Identity;
    let identity = X25519Identity::generate(&mut UnwrapErr(SysRng));
    IdentityKey::read(name, created, identity.to_string().as_bytes()).expect("an identity")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::keys::{Extra, Order};

    fn options() -> KeyOptions {
        KeyOptions {
            namespace: "kube-system".to_owned(),
            prefix: String::new(),
            bits: 0,
            ttl: Duration::ZERO,
            common_name: String::new(),
            extra: Extra {
                labels: [
                    ("team".to_owned(), "a".to_owned()),
                    (IDENTITY_LABEL.to_owned(), "no".to_owned()),
                ]
                .into(),
                ..Extra::default()
            },
            order: Order::default(),
            renew_period: Duration::ZERO,
            cutoff: None,
        }
    }

    #[test]
    fn a_new_identity_is_post_quantum_and_reads_back() {
        let secret = IdentityKey::make(&options(), 0).expect("nothing can fail");
        let labels = secret.metadata.labels.as_ref().expect("two");
        assert_eq!(
            (labels["team"].as_str(), labels[IDENTITY_LABEL].as_str()),
            ("a", ACTIVE)
        );
        let key = <IdentityKey as Stored>::read(&secret, &options()).expect("our own");
        let recipient = key.recipient().expect("an age key has one");
        assert!(recipient.is_post_quantum());
        let shown = &secret.data.as_ref().expect("two items")[RECIPIENT_ITEM].0;
        assert_eq!(shown, recipient.to_string().as_bytes());
        assert_eq!(key.mark(), recipient.name());
    }

    #[test]
    fn what_is_no_identity_says_where_and_shows_nothing() {
        let read = |secret: &Secret| <IdentityKey as Stored>::read(secret, &options()).expect_err("none");
        assert_eq!(read(&Secret::default()), "it has no identity");
        let mut secret = IdentityKey::make(&options(), 0).expect("nothing can fail");
        let data = secret.data.as_mut().expect("two items");
        let broken = b"# a\nAGE-SECRET-KEY-1HUNTER2\n".to_vec();
        data.insert(IDENTITY_ITEM.to_owned(), ByteString(broken));
        let why = read(&secret);
        assert!(why.starts_with("its identity: ") && why.contains('2'), "{why}");
        assert!(!why.contains("HUNTER"), "{why}");
    }

    #[test]
    fn debug_shows_a_name_and_no_key() {
        let key = test_key("a", 1);
        assert_eq!(format!("{key:?}"), "IdentityKey(\"a\")");
    }
}
