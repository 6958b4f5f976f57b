//! `spec.data`: one envelope that holds a whole Secret as JSON, as producers older than 0.7.0 wrote it.
//!
//! Read only. Nothing writes this form any more; rotating an object turns it into the current one.
//!
//! Source: sealed-secrets v0.40.0 `sealedsecret_expansion.go`, `Unseal`, and `AcceptDeprecatedV1Data`.

use sealkit_crypto::Plaintext;
use sealkit_manifest::{Manifest, Object};

use super::envelope::Envelope;
use super::error::OpenError;
use super::open::{OpenOptions, Opening};
use crate::secret::{self, string_map};

/// What the decrypted Secret says beside its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LegacySecret {
    pub(super) secret_type: Option<String>,
    pub(super) immutable: Option<bool>,
    pub(super) labels: Vec<(String, String)>,
    pub(super) annotations: Vec<(String, String)>,
}

/// Opens `spec.data`.
pub(super) fn open(
    envelope: &Envelope,
    options: &OpenOptions,
    opening: &mut Opening<'_>,
) -> Result<(LegacySecret, Vec<(String, Plaintext)>), OpenError> {
    let data = envelope.legacy().expect("the caller saw spec.data");
    if !options.accept_deprecated_data {
        return Err(OpenError::Deprecated {
            place: data.place.clone(),
        });
    }
    if !envelope.items().is_empty() {
        return Err(OpenError::BothForms {
            place: data.place.clone(),
        });
    }
    let (json, _) = opening
        .decrypt(&data.value)
        .map_err(|error| OpenError::Values(opening.closed_legacy(error).into_iter().collect()))?;
    read(&json).ok_or_else(|| OpenError::NotASecret {
        place: data.place.clone(),
    })
}

/// Reads the decrypted JSON. Why it is malformed is not passed on: the places would be those of a secret text.
fn read(json: &Plaintext) -> Option<(LegacySecret, Vec<(String, Plaintext)>)> {
    let manifest = Manifest::parse(json.expose_str()?).ok()?;
    let object = manifest.object();
    let plain = secret::read(&object).ok()?;
    let items = plain.into_iter().map(|item| (item.key, item.value)).collect();
    Some((fields(&object)?, items))
}

fn fields(object: &Object<'_>) -> Option<LegacySecret> {
    Some(LegacySecret {
        secret_type: object
            .at(&["type"])
            .and_then(|node| node.as_str())
            .map(|text| text.into_owned()),
        immutable: object.at(&["immutable"]).and_then(|node| node.as_bool()),
        labels: string_map(object.at(&["metadata", "labels"])).ok()?,
        annotations: string_map(object.at(&["metadata", "annotations"])).ok()?,
    })
}
