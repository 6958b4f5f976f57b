//! Opening one object: every value under its label, then its templates. All or nothing.
//!
//! Pure but for the work: one RSA private-key operation for each value and key that is tried. Who calls it knows on which
//! thread. Errors name items and never say a value.
//!
//! Source: sealed-secrets v0.40.0 `sealedsecret_expansion.go`, `Unseal`; `pkg/multierror`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Secret;
use sealkit_crypto::Plaintext;
use sealkit_formats::sealed_secrets::{self, DecryptError, Decrypter};

use crate::keys::KeySet;
use crate::resource::SealedSecret;
use crate::templates::Templates;

/// What the peer says of everything but broken base64.
const NO_KEY: &str = "no key could decrypt secret";
const DEPRECATED: &str = "using deprecated 'data' field, use 'encryptedData' or flip the feature flag";
const NO_SPEC: &str = "the spec is not an object";
const BOTH: &str = "cannot use the field 'encryptedData' and the deprecated field 'data' at the same time";

/// What opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// Item keys and values.
    pub data: BTreeMap<String, Plaintext>,
    /// What the deprecated form says of the Secret beside its data, in the place of the template.
    pub legacy: Option<Box<Legacy>>,
}

/// Metadata out of the deprecated form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Legacy {
    /// The Secret's type.
    pub secret_type: Option<String>,
    /// Whether it is immutable.
    pub immutable: Option<bool>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// Why an object did not open, in the peer's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Closed(pub String);

/// Opens an object.
///
/// # Errors
/// [`Closed`], which names every item that did not open.
pub fn open(
    object: &SealedSecret,
    keys: &KeySet,
    accept_deprecated_data: bool,
    templates: &dyn Templates,
) -> Result<Opened, Closed> {
    let mut decrypter = Decrypter::new(&keys.private());
    let label = object.label();
    if object.spec.is_none {
        return Err(Closed(NO_SPEC.to_owned()));
    }
    if let Some(data) = &object.spec.data {
        return match accept_deprecated_data {
            false => Err(Closed(DEPRECATED.to_owned())),
            true if !object.spec.encrypted_data.is_empty() => Err(Closed(BOTH.to_owned())),
            true => legacy(&mut decrypter, &label, data),
        };
    }
    let (mut data, mut failures) = (BTreeMap::new(), Failures::default());
    for (key, value) in &object.spec.encrypted_data {
        match decrypter.decrypt(&label, value) {
            Ok(plaintext) => {
                data.insert(key.clone(), plaintext);
            }
            Err(error) => failures.add(said(error), key),
        }
    }
    // a template over half of the values would fail for another reason than the one to mend
    if failures.is_empty() {
        render(object, &mut data, templates, &mut failures);
    }
    match failures.is_empty() {
        true => Ok(Opened { data, legacy: None }),
        false => Err(Closed(failures.to_string())),
    }
}

/// Renders the templates, and takes away what is null.
fn render(
    object: &SealedSecret,
    data: &mut BTreeMap<String, Plaintext>,
    templates: &dyn Templates,
    failures: &mut Failures,
) {
    let texts = object.spec.template.data.iter();
    let texts = texts.map(|(key, text)| (key.as_str(), text.as_deref()));
    let sealed = data.iter().map(|(key, value)| (key.as_str(), value.expose()));
    let rendered = sealed_secrets::render(sealed, texts, |key, text, values| {
        templates.render(key, text, values).map(Plaintext::from)
    });
    for (key, error) in rendered.failed {
        failures.add(error, &key);
    }
    data.extend(rendered.items);
    for key in rendered.removed {
        data.remove(&key);
    }
}

fn legacy(decrypter: &mut Decrypter<'_>, label: &[u8], data: &str) -> Result<Opened, Closed> {
    let json = decrypter
        .decrypt(label, data)
        .map_err(|error| Closed(said(error)))?;
    // why it is no Secret is not passed on: the places would be those of a secret text
    let secret: Secret = serde_json::from_slice(json.expose())
        .map_err(|_| Closed("the decrypted data is not a Secret".to_owned()))?;
    let items = secret.data.unwrap_or_default().into_iter();
    let texts = secret.string_data.unwrap_or_default().into_iter();
    let items = items
        .map(|(key, value)| (key, Plaintext::from(value.0)))
        .chain(texts.map(|(key, text)| (key, Plaintext::from(text.into_bytes()))));
    Ok(Opened {
        data: items.collect(),
        legacy: Some(Box::new(Legacy {
            secret_type: secret.type_,
            immutable: secret.immutable,
            labels: secret.metadata.labels.unwrap_or_default(),
            annotations: secret.metadata.annotations.unwrap_or_default(),
        })),
    })
}

fn said(error: DecryptError) -> String {
    match error {
        DecryptError::NotBase64(error) => error.to_string(),
        _ => NO_KEY.to_owned(),
    }
}

/// Messages, each with the items that it is about.
#[derive(Default)]
struct Failures(Vec<(String, Vec<String>)>);

impl Failures {
    fn add(&mut self, message: String, key: &str) {
        match self.0.iter_mut().find(|(known, _)| *known == message) {
            Some((_, keys)) => keys.push(key.to_owned()),
            None => self.0.push((message, vec![key.to_owned()])),
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Failures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines = self
            .0
            .iter()
            .map(|(message, keys)| format!("{message} ({})", keys.join(", ")));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}
