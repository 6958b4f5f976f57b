//! Moving a SealedSecret to its controller's newest key, by the controller itself: what it is asked, and what is taken
//! from its answer.
//!
//! It is told no more than it needs: name, namespace, scope and the sealed values. Labels, other annotations and templates
//! stay here, so it cannot lose or render them. From its answer only values are taken, and only where every one of them
//! can be what it says: the same object, the same items, each sealed for the key that the certificate names and as long as
//! before. That they open cannot be seen without the key.
//!
//! Source: sealed-secrets v0.40.0 `pkg/controller/main.go` and `controller.go`, `/v1/rotate`.

use sealkit_crypto::rsa_oaep::RsaPublicKey;
use sealkit_manifest::{Object, Stream};
use serde_json::{Map, Value, json};

use super::envelope::{API_VERSION, Envelope, KIND, scope_in};
use super::error::{AnswerProblem, RotateError};
use super::label::annotation_of;
use super::plan::Step;
use super::rotate::{Rotated, replace};
use super::update::plan;
use super::value::{Size, size};

/// What to POST to `/v1/rotate`, as JSON; nothing where there is no value to move.
///
/// # Errors
/// [`RotateError::Answer`] where a value is not sealed, and for the deprecated form, which the controller would turn into
/// another document.
pub fn question(object: &Object<'_>) -> Result<Option<String>, RotateError> {
    let envelope = Envelope::read(object)?;
    if let Some(legacy) = envelope.legacy() {
        return Err(AnswerProblem::Deprecated.at(&legacy.place));
    }
    if envelope.items().is_empty() {
        return Ok(None);
    }
    let mut values = Map::new();
    for item in envelope.items() {
        if size(&item.value).is_none() {
            return Err(AnswerProblem::NotSealed(item.key.clone()).at(&item.place));
        }
        values.insert(item.key.clone(), Value::from(item.value.as_str()));
    }
    let mut metadata = json!({"name": envelope.name(), "namespace": envelope.namespace()});
    if let Some(annotation) = annotation_of(envelope.scope()) {
        metadata["annotations"] = json!({annotation: "true"});
    }
    let question = json!({
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": metadata,
        "spec": {"encryptedData": values},
    });
    Ok(Some(question.to_string()))
}

/// Takes the values out of the controller's answer; `key` is the one that its certificate holds.
///
/// # Errors
/// [`RotateError::Answer`] unless it is this object with the same items, all of them sealed for such a key.
pub fn answered(object: &Object<'_>, answer: &[u8], key: &RsaPublicKey) -> Result<Rotated, RotateError> {
    let envelope = Envelope::read(object)?;
    let wrong = |problem: AnswerProblem| problem.at(envelope.place());
    // The peer leaves kind and version out; its clients know what they asked for.
    let answer: Value = serde_json::from_slice(answer).map_err(|_| wrong(AnswerProblem::NotASealedSecret))?;
    let Value::Object(mut answer) = answer else {
        return Err(wrong(AnswerProblem::NotASealedSecret));
    };
    answer.insert("apiVersion".to_owned(), API_VERSION.into());
    answer.insert("kind".to_owned(), KIND.into());
    let text = Value::Object(answer).to_string();
    let stream =
        Stream::parse("<controller>", text.as_bytes()).map_err(|_| wrong(AnswerProblem::NotASealedSecret))?;
    let fresh_object = stream.objects().next();
    let fresh_object = fresh_object.ok_or_else(|| wrong(AnswerProblem::NotASealedSecret))?;
    let fresh = Envelope::read(&fresh_object)?;
    let same_place = (fresh.name(), fresh.namespace()) == (envelope.name(), envelope.namespace());
    if !same_place || scope_in(&fresh_object) != envelope.scope() {
        return Err(wrong(AnswerProblem::OtherObject));
    }
    let pairs: Option<Vec<_>> = envelope
        .items()
        .iter()
        .map(|item| Some((item, fresh.item(&item.key)?)))
        .collect();
    let pairs = pairs.filter(|pairs| pairs.len() == fresh.items().len());
    let pairs = pairs.ok_or_else(|| wrong(AnswerProblem::OtherItems))?;
    let (mut changes, mut steps) = (Vec::new(), Vec::new());
    for (item, new) in pairs {
        let expected = size(&item.value).map(|old| Size {
            key_bytes: key.modulus_len(),
            ..old
        });
        if expected.is_none() || size(&new.value) != expected || new.value == item.value {
            return Err(AnswerProblem::OtherValue(item.key.clone()).at(&item.place));
        }
        changes.push(replace(object, &item.key, new.value.clone()));
        steps.push(Step::Replace {
            item: item.key.clone(),
        });
    }
    Ok(Rotated {
        changes,
        plan: plan(&envelope, steps),
    })
}
