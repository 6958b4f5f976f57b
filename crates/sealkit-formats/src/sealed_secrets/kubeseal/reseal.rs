//! SealedSecret to SealedSecret for another key, as a controller does it for whoever sends it one.
//!
//! Whoever asks may not read the values and may have changed everything around them. So nothing that is not bound to a
//! value decides over it: scope, name and namespace are those of the object's own metadata, which the values must open
//! under (CVE-2026-22728 was a scope taken from the template). No template is looked at, let alone rendered: whether it
//! renders would tell what it was rendered over. What comes back depends on whether the values open, and on nothing that
//! is in them, with one exception that the deprecated form brings along: its plaintext must be a Secret.
//!
//! Source: sealed-secrets v0.40.0 `pkg/controller/controller.go`, `Rotate` and `AttemptUnseal`.

use sealkit_crypto::CryptoRng;
use sealkit_crypto::rsa_oaep::RsaPublicKey;
use sealkit_manifest::{Stream, Value};

use super::error::SealProblem;
use super::fields::{Fields, string};
use super::seal::SERVER_FIELDS;
use super::{Namespace, Request, SealedSecret, Secret, shape};
use crate::Scope;
use crate::sealed_secrets::value::{Decrypter, encrypt_value};
use crate::sealed_secrets::{
    CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION, annotation_of, label, scope_of,
};
use crate::secret::LAST_APPLIED;

/// Why an object is not sealed anew. Says nothing of a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResealProblem {
    /// A value does not open.
    #[error("no key could decrypt secret")]
    Closed,
    /// `spec.data`, which the caller does not accept.
    #[error("using deprecated 'data' field, use 'encryptedData' or flip the feature flag")]
    Deprecated,
    /// Both forms.
    #[error("cannot use the field 'encryptedData' and the deprecated field 'data' at the same time")]
    BothForms,
    /// What opened is not the Secret that the deprecated form holds.
    #[error("the deprecated 'data' field does not hold a Secret")]
    NotASecret,
    /// It cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealProblem),
    /// The caller stopped it.
    #[error("it takes longer than is allowed")]
    Stopped,
}

/// What a caller allows.
pub struct Allowance<'a> {
    /// Whether to read `spec.data`.
    pub deprecated_data: bool,
    /// Asked before each value; `false` stops.
    pub go_on: &'a mut dyn FnMut() -> bool,
}

impl SealedSecret {
    /// Finds out whether every value opens, and nothing else about them.
    ///
    /// # Errors
    /// [`ResealProblem`].
    pub fn verify(
        &self,
        keys: &mut Decrypter<'_>,
        allowance: &mut Allowance<'_>,
    ) -> Result<(), ResealProblem> {
        let label = self.label();
        let deprecated = self.deprecated(allowance)?;
        let values = deprecated
            .into_iter()
            .chain(self.values().map(|(_, value)| value));
        for value in values {
            proceed(allowance)?;
            keys.decrypt(&label, value).map_err(|_| ResealProblem::Closed)?;
        }
        Ok(())
    }

    /// Opens every value and seals it for `key`. Labels, annotations and template stay, but for the scope that the template
    /// tells of, which becomes the object's.
    ///
    /// # Errors
    /// [`ResealProblem`].
    pub fn reseal(
        &self,
        keys: &mut Decrypter<'_>,
        key: &RsaPublicKey,
        allowance: &mut Allowance<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<SealedSecret, ResealProblem> {
        let label = self.label();
        if self.scope().needs_namespace() && self.namespace().is_empty() {
            return Err(SealProblem::NoNamespace.into());
        }
        if let Some(value) = self.deprecated(allowance)? {
            proceed(allowance)?;
            let plaintext = keys.decrypt(&label, value).map_err(|_| ResealProblem::Closed)?;
            return self.upgrade(plaintext.expose(), key, rng);
        }
        let mut fields = self.0.clone();
        for (item, value) in self.values() {
            proceed(allowance)?;
            let plaintext = keys.decrypt(&label, value).map_err(|_| ResealProblem::Closed)?;
            let sealed = encrypt_value(key, &label, plaintext.expose(), rng).map_err(SealProblem::from)?;
            fields.set(&["spec", "encryptedData", item], string(&sealed));
        }
        Ok(SealedSecret(self.tidied(fields)))
    }

    fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.texts(&["spec", "encryptedData"])
    }

    fn scope(&self) -> Scope {
        scope_of(self.0.texts(&["metadata", "annotations"]))
    }

    fn label(&self) -> Vec<u8> {
        label(self.scope(), self.namespace(), self.name())
    }

    /// The one value of the deprecated form, if this is of that form.
    fn deprecated(&self, allowance: &Allowance<'_>) -> Result<Option<&str>, ResealProblem> {
        let Some(value) = self.0.get(&["spec", "data"]) else {
            return Ok(None);
        };
        if !allowance.deprecated_data {
            return Err(ResealProblem::Deprecated);
        }
        if self.values().next().is_some() {
            return Err(ResealProblem::BothForms);
        }
        Ok(Some(value.as_str().unwrap_or_default()))
    }

    /// The Secret of the deprecated form, sealed for this object's own name, namespace and scope.
    fn upgrade(
        &self,
        plaintext: &[u8],
        key: &RsaPublicKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<SealedSecret, ResealProblem> {
        let stream = Stream::parse("spec.data", plaintext).map_err(|_| ResealProblem::NotASecret)?;
        let secrets = Secret::read_all(&stream).map_err(|_| ResealProblem::NotASecret)?;
        let [secret]: [Secret; 1] = secrets.try_into().map_err(|_| ResealProblem::NotASecret)?;
        let mut secret = secret;
        if (secret.0.text(&["kind"]), secret.0.text(&["apiVersion"])) != ("Secret", "v1") {
            return Err(ResealProblem::NotASecret);
        }
        for annotation in SCOPES {
            secret.0.remove(&["metadata", "annotations", annotation]);
        }
        for field in ["name", "namespace"] {
            secret.0.remove(&["metadata", field]);
        }
        let request = Request {
            key,
            scope: self.scope(),
            allow_empty_data: true,
            name: Some(self.name()),
            namespace: Some(self.namespace()),
            fallback: Namespace::default(),
        };
        Ok(secret.seal(&request, rng)?)
    }

    /// Without what only the API server or its clients say, and with the object's own scope in the template.
    fn tidied(&self, mut fields: Fields) -> Fields {
        for field in ["kind", "apiVersion", "status"] {
            fields.remove(&[field]);
        }
        for field in SERVER_FIELDS.iter().chain(&["managedFields"]) {
            fields.remove(&["metadata", field]);
            fields.remove(&["spec", "template", "metadata", field]);
        }
        let template = ["spec", "template", "metadata", "annotations"];
        for annotation in LAST_APPLIED.iter().chain(&SCOPES) {
            fields.remove(&[&template[..], &[annotation]].concat());
        }
        for annotation in LAST_APPLIED {
            fields.remove(&["metadata", "annotations", annotation]);
        }
        if let Some(annotation) = annotation_of(self.scope()) {
            fields.set(&[&template[..], &[annotation]].concat(), string("true"));
        }
        for metadata in [&["metadata"][..], &template[..3]] {
            let annotations = [metadata, &["annotations"]].concat();
            if matches!(fields.get(&annotations), Some(Value::Mapping(entries)) if entries.is_empty()) {
                fields.remove(&annotations);
            }
            fields.sort(metadata, shape::METADATA);
        }
        fields
    }
}

const SCOPES: [&str; 2] = [NAMESPACE_WIDE_ANNOTATION, CLUSTER_WIDE_ANNOTATION];

fn proceed(allowance: &mut Allowance<'_>) -> Result<(), ResealProblem> {
    match (allowance.go_on)() {
        true => Ok(()),
        false => Err(ResealProblem::Stopped),
    }
}
