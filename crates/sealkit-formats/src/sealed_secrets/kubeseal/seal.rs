//! Secret to SealedSecret: what goes where, and under which label.
//!
//! Source: sealed-secrets v0.40.0 `Seal` of `pkg/kubeseal/kubeseal.go`, `NewSealedSecret` of
//! `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go`.

use std::collections::BTreeMap;

use sealkit_crypto::CryptoRng;
use sealkit_crypto::rsa_oaep::RsaPublicKey;
use sealkit_manifest::Value;

use super::error::SealProblem;
use super::fields::{Fields, string};
use super::{SealedSecret, Secret, shape};
use crate::Scope;
use crate::sealed_secrets::value::encrypt_value;
use crate::sealed_secrets::{
    CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION, annotation_of, label, scope_of, text,
};
use crate::secret::LAST_APPLIED;

/// What a caller decides about sealing.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// For whom.
    pub key: &'a RsaPublicKey,
    /// A scope other than strict replaces what the Secret's annotations say.
    pub scope: Scope,
    /// Whether a Secret without values is meant.
    pub allow_empty_data: bool,
    /// Replaces the Secret's name.
    pub name: Option<&'a str>,
    /// Replaces the Secret's namespace.
    pub namespace: Option<&'a str>,
    /// Fills in for a namespace that the Secret does not name.
    pub fallback: Namespace,
}

/// Where a caller works.
#[derive(Clone, Debug, Default)]
pub struct Namespace {
    /// Its name; empty where nobody knows.
    pub name: String,
    /// Whether somebody said so for this very call, so that a Secret of another namespace is a mistake.
    pub explicit: bool,
}

/// What the API server alone says of an object.
pub(super) const SERVER_FIELDS: [&str; 7] = [
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

impl Secret {
    /// Seals the Secret as the peer does.
    ///
    /// # Errors
    /// [`SealProblem`].
    pub fn seal(
        mut self,
        request: &Request<'_>,
        rng: &mut dyn CryptoRng,
    ) -> Result<SealedSecret, SealProblem> {
        let empty = self.0.entries(&["data"]).is_empty() && self.0.entries(&["stringData"]).is_empty();
        if empty && !request.allow_empty_data {
            return Err(SealProblem::Empty);
        }
        self.put_in_place(request)?;
        for field in SERVER_FIELDS {
            self.0.remove(&["metadata", field]);
        }
        let scope = self.scope();
        let (name, namespace) = (self.text("name").to_owned(), self.text("namespace").to_owned());
        if scope.needs_namespace() && namespace.is_empty() {
            return Err(SealProblem::NoNamespace);
        }
        let label = label(scope, &namespace, &name);
        let mut sealed = BTreeMap::new();
        for (key, value) in self.0.texts(&["data"]) {
            let value = text::decode(value).expect("reading checked every value of `data`");
            sealed.insert(key.to_owned(), encrypt_value(request.key, &label, &value, rng)?);
        }
        for (key, value) in self.0.texts(&["stringData"]) {
            sealed.insert(
                key.to_owned(),
                encrypt_value(request.key, &label, value.as_bytes(), rng)?,
            );
        }
        Ok(self.around(scope, &name, &namespace, sealed))
    }

    /// Gives the Secret the name, scope and namespace that it is sealed for.
    fn put_in_place(&mut self, request: &Request<'_>) -> Result<(), SealProblem> {
        if let Some(name) = request.name.filter(|name| !name.is_empty()) {
            self.set("name", name);
        }
        if self.text("name").is_empty() {
            return Err(SealProblem::NoName);
        }
        if let Some(namespace) = request.namespace.filter(|namespace| !namespace.is_empty()) {
            self.set("namespace", namespace);
        }
        if request.scope != Scope::Strict {
            for annotation in [NAMESPACE_WIDE_ANNOTATION, CLUSTER_WIDE_ANNOTATION] {
                self.0.remove(&["metadata", "annotations", annotation]);
            }
            if let Some(annotation) = annotation_of(request.scope) {
                let path = ["metadata", "annotations", annotation];
                self.0.set(&path, string("true"));
                self.keep_order();
            }
        }
        if self.scope() == Scope::ClusterWide {
            return Ok(());
        }
        let (own, fallback) = (self.text("namespace"), &request.fallback);
        if fallback.explicit && !own.is_empty() && own != fallback.name {
            return Err(SealProblem::OtherNamespace {
                own: own.to_owned(),
                wanted: fallback.name.clone(),
            });
        }
        if own.is_empty() && !fallback.name.is_empty() {
            self.set("namespace", &fallback.name);
        }
        Ok(())
    }

    fn scope(&self) -> Scope {
        scope_of(self.0.texts(&["metadata", "annotations"]))
    }

    fn text(&self, field: &str) -> &str {
        self.0.text(&["metadata", field])
    }

    fn set(&mut self, field: &str, value: &str) {
        self.0.set(&["metadata", field], string(value));
        self.keep_order();
    }

    fn keep_order(&mut self) {
        self.0.sort(&["metadata"], shape::METADATA);
    }

    /// The document around the sealed values.
    fn around(
        mut self,
        scope: Scope,
        name: &str,
        namespace: &str,
        sealed: BTreeMap<String, String>,
    ) -> SealedSecret {
        for annotation in LAST_APPLIED {
            self.0.remove(&["metadata", "annotations", annotation]);
        }
        if self.0.entries(&["metadata", "annotations"]).is_empty() {
            self.0.remove(&["metadata", "annotations"]);
        }
        self.0.remove(&["metadata", "ownerReferences"]);
        let mut metadata = vec![("name".to_owned(), string(name))];
        if !namespace.is_empty() {
            metadata.push(("namespace".to_owned(), string(namespace)));
        }
        if let Some(annotation) = annotation_of(scope) {
            let map = vec![(annotation.to_owned(), string("true"))];
            metadata.push(("annotations".to_owned(), Value::Mapping(map)));
        }
        let mut template = Vec::new();
        for field in ["metadata", "type", "immutable"] {
            let value = self.0.get(&[field]).cloned();
            template.extend(value.map(|value| (field.to_owned(), value)));
        }
        let sealed = sealed
            .into_iter()
            .map(|(key, value)| (key, Value::String(value.into())));
        let spec = vec![
            ("template".to_owned(), Value::Mapping(template)),
            ("encryptedData".to_owned(), Value::Mapping(sealed.collect())),
        ];
        SealedSecret(Fields::new(vec![
            ("metadata".to_owned(), Value::Mapping(metadata)),
            ("spec".to_owned(), Value::Mapping(spec)),
        ]))
    }
}
