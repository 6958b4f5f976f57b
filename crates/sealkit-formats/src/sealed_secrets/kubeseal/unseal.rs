//! SealedSecret to Secret, for the day on which the cluster is gone and its keys are not.
//!
//! Every value opens and every template of `spec.template.data` renders, or nothing is given. The template language is the
//! caller's to bring.
//!
//! Source: sealed-secrets v0.40.0 `Unseal` of `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealkit_crypto::Plaintext;
use sealkit_manifest::Value;

use super::error::UnsealProblem;
use super::fields::{Fields, string};
use super::{SealedSecret, Secret, shape};
use crate::sealed_secrets::envelope::SKIP_OWNER_ANNOTATION;
use crate::sealed_secrets::value::{DecryptError, Decrypter};
use crate::sealed_secrets::{Renderer, label, render, scope_of};

impl SealedSecret {
    /// Opens the SealedSecret with the first of the keys that fits, and renders its templates.
    ///
    /// # Errors
    /// [`UnsealProblem`].
    pub fn unseal(
        &self,
        keys: &mut Decrypter<'_>,
        render: &mut Renderer<'_>,
    ) -> Result<Secret, UnsealProblem> {
        if self.0.get(&["spec", "data"]).is_some() {
            return Err(UnsealProblem::Deprecated);
        }
        let mut data = self.decrypt(keys)?;
        self.add_templates(&mut data, render)?;
        Ok(self.secret(data))
    }

    fn decrypt(&self, keys: &mut Decrypter<'_>) -> Result<BTreeMap<String, Plaintext>, UnsealProblem> {
        let scope = scope_of(self.0.texts(&["metadata", "annotations"]));
        let label = label(scope, self.namespace(), self.name());
        let (mut data, mut failures) = (BTreeMap::new(), Failures::new());
        for (key, value) in self.0.texts(&["spec", "encryptedData"]) {
            match keys.decrypt(&label, value) {
                Ok(plaintext) => {
                    data.insert(key.to_owned(), plaintext);
                }
                Err(error) => failures.entry(said(error)).or_default().push(key.to_owned()),
            }
        }
        refuse(&failures).map(|()| data)
    }

    fn add_templates(
        &self,
        data: &mut BTreeMap<String, Plaintext>,
        with: &mut Renderer<'_>,
    ) -> Result<(), UnsealProblem> {
        let templates = self.0.entries(&["spec", "template", "data"]);
        let sealed = data.iter().map(|(key, value)| (key.as_str(), value.expose()));
        let texts = templates
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let rendered = render(sealed, texts, with);
        let mut failures = Failures::new();
        for (key, problem) in rendered.failed {
            failures.entry(problem.message).or_default().push(key);
        }
        refuse(&failures)?;
        data.extend(rendered.items);
        data.retain(|key, _| !rendered.removed.contains(key));
        Ok(())
    }

    fn secret(&self, data: BTreeMap<String, Plaintext>) -> Secret {
        let template = |field| self.0.get(&["spec", "template", field]).cloned();
        let metadata = template("metadata").unwrap_or_else(|| Value::Mapping(Vec::new()));
        let mut fields = Fields::new(vec![
            ("kind".to_owned(), string("Secret")),
            ("apiVersion".to_owned(), string("v1")),
            ("metadata".to_owned(), metadata),
        ]);
        for (field, own) in [("name", self.name()), ("namespace", self.namespace())] {
            fields.remove(&["metadata", field]);
            if !own.is_empty() {
                fields.set(&["metadata", field], string(own));
            }
        }
        if fields.text(&["metadata", "annotations", SKIP_OWNER_ANNOTATION]) != "true" {
            let owners = Value::Sequence(vec![self.owner()]);
            fields.set(&["metadata", "ownerReferences"], owners);
        }
        fields.sort(&["metadata"], shape::METADATA);
        let data = data.into_iter().map(|(key, value)| {
            let text = STANDARD.encode(value.expose());
            (key, Value::String(text.into()))
        });
        let data = Some(Value::Mapping(data.collect())).filter(|data| *data != Value::Mapping(Vec::new()));
        let rest = [
            ("immutable", template("immutable")),
            ("data", data),
            ("type", template("type")),
        ];
        for (field, value) in rest {
            if let Some(value) = value {
                fields.set(&[field], value);
            }
        }
        fields.sort(&[], shape::SECRET);
        Secret(fields)
    }

    /// The reference that the controller would write; the uid is the cluster's to know.
    fn owner(&self) -> Value {
        let owner = [
            ("apiVersion", self.0.text(&["apiVersion"])),
            ("kind", self.0.text(&["kind"])),
            ("name", self.name()),
            ("uid", self.0.text(&["metadata", "uid"])),
        ];
        let mut entries: Vec<_> = owner.map(|(field, text)| (field.to_owned(), string(text))).into();
        entries.push(("controller".to_owned(), Value::Bool(true)));
        Value::Mapping(entries)
    }
}

/// What was said, and of which keys.
type Failures = BTreeMap<String, Vec<String>>;

/// Puts failures together as the peer does.
fn refuse(failures: &Failures) -> Result<(), UnsealProblem> {
    if failures.is_empty() {
        return Ok(());
    }
    let groups = failures
        .iter()
        .map(|(said, keys)| format!("{said} ({})", keys.join(", ")));
    Err(UnsealProblem::Values(groups.collect::<Vec<_>>().join("\n")))
}

/// What the peer says of a failure: of everything but broken base64, the same.
fn said(error: DecryptError) -> String {
    match error {
        DecryptError::NotBase64(error) => error.to_string(),
        _ => "no key could decrypt secret".to_owned(),
    }
}
