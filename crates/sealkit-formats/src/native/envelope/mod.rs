//! A sealed object as it stands in the text, read strictly and still closed.
//!
//! Needs no key and can therefore say no value; this is what `inspect` prints. What is checked before there is an
//! envelope, `reading` knows.
//!
//! Source: the native format, sections 1, 3 and 4.

mod reading;

use std::collections::HashSet;

use sealkit_crypto::wrap::WrappedKey;
use sealkit_manifest::{Object, Path, Place};

use super::{binding::Binding, error::EnvelopeError, id::DataKeyId, value::Token};
use crate::Scope;

/// The `apiVersion` of sealed objects.
pub const API_VERSION: &str = "sealkit.dev/v1alpha1";
/// The `kind` of sealed objects.
pub const KIND: &str = "EncryptedSecret";

/// A sealed object, read and checked as far as that goes without a key.
#[derive(Clone, Debug)]
pub struct Envelope {
    name: String,
    namespace: Option<String>,
    scope: Scope,
    data_keys: Vec<DataKeyEntry>,
    items: Vec<SealedItem>,
    template: Template,
    place: Place,
    binding: Binding,
}

/// One entry of `spec.dataKeys`.
#[derive(Clone, Debug)]
pub struct DataKeyEntry {
    pub(in crate::native) id: DataKeyId,
    pub(in crate::native) commitment: [u8; 32],
    pub(in crate::native) wrapped: Vec<Wrap>,
    pub(in crate::native) place: Place,
}

/// A data key, encrypted to one recipient.
#[derive(Clone, Debug)]
pub struct Wrap {
    pub(in crate::native) wrapped: WrappedKey,
    pub(in crate::native) place: Place,
}

/// One entry of `spec.encryptedData`.
#[derive(Clone, Debug)]
pub struct SealedItem {
    pub(in crate::native) key: String,
    pub(in crate::native) token: Token,
    pub(in crate::native) place: Place,
}

/// What `spec.template` gives the Secret beside its data; none of it is authenticated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The Secret's `type`.
    pub secret_type: Option<String>,
    /// The Secret's `immutable`.
    pub immutable: Option<bool>,
    /// The Secret's labels, in the order of the text.
    pub labels: Vec<(String, String)>,
    /// The Secret's annotations, in the order of the text.
    pub annotations: Vec<(String, String)>,
}

/// Whether the object says that it is one of this format.
pub fn is_encrypted_secret(object: &Object<'_>) -> bool {
    object.is(API_VERSION, KIND)
}

impl Envelope {
    /// Reads a sealed object. Plaintext that waits beside `spec` to be sealed is not looked at; `status` is ignored.
    ///
    /// # Errors
    /// [`EnvelopeError`] at the first thing that is not as the format demands.
    pub fn read(object: &Object<'_>) -> Result<Self, EnvelopeError> {
        reading::envelope(object)
    }

    /// The object's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The object's namespace.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// What its values are bound to.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Its data keys, in the order of the text.
    pub fn data_keys(&self) -> &[DataKeyEntry] {
        &self.data_keys
    }

    /// Its items, in the order of the text.
    pub fn items(&self) -> &[SealedItem] {
        &self.items
    }

    /// What the Secret gets beside its data.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Where the object begins.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The keys of the items that one data key encrypts.
    pub fn items_under(&self, id: DataKeyId) -> impl Iterator<Item = &str> {
        self.items
            .iter()
            .filter(move |item| item.token.id == id)
            .map(|item| item.key.as_str())
    }

    /// The short names of all recipients, each once, in the order in which they first occur.
    pub fn recipients(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let all = self.data_keys.iter().flat_map(DataKeyEntry::recipients);
        all.filter(|name| seen.insert(*name)).collect()
    }

    /// The data keys that values name; only these are ever unwrapped.
    pub(in crate::native) fn named(&self) -> impl Iterator<Item = &DataKeyEntry> {
        self.data_keys
            .iter()
            .filter(|key| self.items.iter().any(|item| item.token.id == key.id))
    }

    pub(in crate::native) fn binding(&self) -> &Binding {
        &self.binding
    }

    pub(in crate::native) fn item(&self, key: &str) -> Option<&SealedItem> {
        self.items.iter().find(|item| item.key == key)
    }
}

impl DataKeyEntry {
    /// Its name inside the object.
    pub fn id(&self) -> DataKeyId {
        self.id
    }

    /// The 32 bytes that bind the key to the object. Public.
    pub fn commitment(&self) -> &[u8; 32] {
        &self.commitment
    }

    /// Who can open it, by short name, in the order of the text. An entry proves nothing: it may hold junk until
    /// somebody opens it.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        self.wrapped.iter().map(|wrap| wrap.wrapped.recipient.as_str())
    }

    /// Where the entry begins.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

impl SealedItem {
    /// The item's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The data key that encrypts it.
    pub fn data_key(&self) -> DataKeyId {
        self.token.id
    }

    /// Where the value stands.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

/// The path of `spec.dataKeys`.
pub(in crate::native) fn data_keys_path() -> Path {
    Path::keys(["spec", "dataKeys"])
}

/// The path of `spec.encryptedData`.
pub(in crate::native) fn items_path() -> Path {
    Path::keys(["spec", "encryptedData"])
}

/// The longest recipient that a file names in full, in bytes; longer ones are named by digest.
///
/// Source: the native format, section 5.
pub(in crate::native) const MAX_RECIPIENT_BYTES: usize = 128;
