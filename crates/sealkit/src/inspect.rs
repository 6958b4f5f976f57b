//! What a file says without any private key: what it is, who can open it, which scope, which keys.

use sealkit_manifest::{Node, Object, Place, Stream};
use serde::Serialize;

use crate::names::Names;
use crate::problem::Problem;
use crate::recognise::{Format, Recognised, recognise};
use crate::report::{Note, ObjectName};
use crate::rooms;
use crate::seal::has_plaintext;

/// What one document says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// Where the document begins.
    #[serde(serialize_with = "crate::report::as_text")]
    pub place: Place,
    /// Which object it is.
    pub object: ObjectName,
    /// What it is.
    pub recognised: Recognised,
    /// `strict`, `namespace-wide` or `cluster-wide`, for sealed documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Who can open it, as far as the format tells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<RecipientInspection>,
    /// The data keys, for formats that have some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data_keys: Vec<DataKeyInspection>,
    /// The item keys, sealed ones and those in the clear.
    pub items: Vec<String>,
    /// The type of the Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_type: Option<String>,
    /// The document's size in bytes.
    pub bytes: usize,
    /// What only a SOPS file says.
    #[cfg(feature = "sops")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sops: Option<crate::sops::SopsInspection>,
    /// What else is worth knowing, malformed parts included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// One who can open a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecipientInspection {
    /// What the policy calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The short name that the file holds.
    pub recipient: String,
}

/// One data key of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataKeyInspection {
    /// Its name inside the document.
    pub id: String,
    /// Those who can unwrap it.
    pub recipients: Vec<RecipientInspection>,
    /// The items under it.
    pub items: Vec<String>,
}

/// Inspects every document that is a Secret or sealed; others are not listed. A SOPS file is inspected as a whole.
pub fn inspect(stream: &Stream, names: &Names) -> Vec<Inspection> {
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(stream) {
        return vec![crate::sops::inspect(stream, names)];
    }
    let of_interest = |object: &Object<'_>| recognise(object) != Recognised::Other;
    stream
        .objects()
        .filter(of_interest)
        .map(|object| inspect_object(&object, names))
        .collect()
}

fn inspect_object(object: &Object<'_>, names: &Names) -> Inspection {
    let recognised = recognise(object);
    let mut inspection = Inspection {
        place: object.place(),
        object: ObjectName::of(object),
        recognised,
        scope: None,
        recipients: Vec::new(),
        data_keys: Vec::new(),
        items: plain_items(object),
        secret_type: object
            .at(&["type"])
            .and_then(|node| Some(node.as_str()?.into_owned())),
        bytes: object.root().raw().len(),
        #[cfg(feature = "sops")]
        sops: None,
        notes: Vec::new(),
    };
    match recognised {
        Recognised::Sealed(format) => sealed(object, format, names, &mut inspection),
        Recognised::Sops => inspection.recipients = sops_recipients(object, names),
        Recognised::Secret | Recognised::Other => {}
    }
    inspection
}

fn sealed(object: &Object<'_>, format: Format, names: &Names, inspection: &mut Inspection) {
    let facts = match rooms::facts(format, object) {
        Ok(facts) => facts,
        Err(problem) => return inspection.notes.push(problem.to_note()),
    };
    if has_plaintext(object) {
        inspection.notes.push(plaintext_note(object, &inspection.items));
    }
    inspection.scope = Some(facts.scope.to_string());
    inspection.recipients = named(&facts.recipients, names);
    inspection.data_keys = facts
        .data_keys
        .into_iter()
        .map(|(id, recipients, items)| DataKeyInspection {
            id,
            recipients: named(&recipients, names),
            items,
        })
        .collect();
    inspection
        .items
        .splice(..0, facts.items.into_iter().map(|(key, _)| key));
    inspection.secret_type = facts.secret_type;
    inspection.notes.extend(facts.notes);
}

fn named(short_names: &[String], names: &Names) -> Vec<RecipientInspection> {
    let one = |short: &String| RecipientInspection {
        name: names.get(short).map(str::to_owned),
        recipient: short.clone(),
    };
    short_names.iter().map(one).collect()
}

fn plaintext_note(object: &Object<'_>, items: &[String]) -> Note {
    let message = match items {
        [] => "plaintext fields wait in this sealed document".to_owned(),
        items => format!("plaintext waits in this sealed document: {}", items.join(", ")),
    };
    rooms::note(
        &object.place(),
        message,
        Some("seal it: `sealkit seal -i FILE`".to_owned()),
    )
}

fn plain_items(object: &Object<'_>) -> Vec<String> {
    let mut items = Vec::new();
    for field in ["data", "stringData"] {
        for entry in object.root().get(field).iter().flat_map(Node::entries) {
            let key = entry.key.into_owned();
            if !items.contains(&key) {
                items.push(key);
            }
        }
    }
    items
}

/// The recipients that SOPS metadata names: age keys and PGP fingerprints. Cloud keys stay with the sops tool.
fn sops_recipients(object: &Object<'_>, names: &Names) -> Vec<RecipientInspection> {
    let mut found = Vec::new();
    for (list, field) in [("age", "recipient"), ("pgp", "fp")] {
        for entry in object.at(&["sops", list]).iter().flat_map(Node::items) {
            if let Some(text) = entry.get(field).as_ref().and_then(Node::as_str) {
                found.push(text.into_owned());
            }
        }
    }
    named(&found, names)
}

/// Turns a problem into what a check would report.
pub(crate) fn envelope_problem(object: &Object<'_>, format: Format) -> Option<Problem> {
    rooms::facts(format, object).err()
}
