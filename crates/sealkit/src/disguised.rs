//! Documents that carry the values of a Secret and are none to kubectl: `kind: secret`, a forgotten `apiVersion`. They
//! would pass for something that is not ours, and be committed in the clear by somebody who believes them sealed.
//! Judges names and shapes; reads no value. What has an API group of its own is somebody else's resource.
//!
//! kubeseal refuses such a document too (`no kind "secret" is registered`, `Object 'apiVersion' is missing`).

use sealkit_manifest::{Node, NodeKind, Place, Stream};

use crate::problem::{Problem, Problems};
use crate::recognise::is_sops;
use crate::report::ObjectName;

/// The fields in which a Secret has its values.
const VALUE_FIELDS: [&str; 2] = ["data", "stringData"];

/// A document with secret values that is no Secret.
pub(crate) struct Disguised {
    /// Where it begins.
    pub(crate) place: Place,
    /// Where its first value's key stands.
    pub(crate) first: Place,
    /// What it calls itself.
    pub(crate) object: ObjectName,
    /// Why kubectl takes it for no Secret.
    pub(crate) why: &'static str,
}

/// Refuses a file that holds secret values in a document which is no Secret, and so would stay in the clear.
///
/// [`seal`](crate::seal()) does the same; this is for callers who want to know before they look for recipients.
///
/// # Errors
/// One problem for each such document, with its place.
pub fn refuse_disguised(stream: &Stream) -> Result<(), Problems> {
    Problems::check(disguised(stream).into_iter().map(Problem::from).collect())
}

/// Finds all of them, in the order of the text.
pub(crate) fn disguised(stream: &Stream) -> Vec<Disguised> {
    let mut found = Vec::new();
    for document in stream.documents() {
        look_at(document, &mut found);
    }
    found
}

fn look_at(node: Node<'_>, found: &mut Vec<Disguised>) {
    if node.kind() != NodeKind::Mapping {
        return;
    }
    let kind = text(&node, "kind");
    let items = node
        .get("items")
        .filter(|items| items.kind() == NodeKind::Sequence);
    match items {
        // Its items are Secrets without saying so.
        Some(_) if kind.as_deref() == Some("SecretList") => {}
        Some(items) => items.items().for_each(|item| look_at(item, found)),
        None => found.extend(judge(&node, kind.as_deref())),
    }
}

fn judge(node: &Node<'_>, kind: Option<&str>) -> Option<Disguised> {
    let first = first_value(node)?;
    let api_version = text(node, "apiVersion");
    let foreign = api_version
        .as_deref()
        .is_some_and(|version| version.contains('/'));
    if foreign || is_sops(node) {
        return None;
    }
    let is_v1 = api_version.as_deref() == Some("v1");
    let an_object = api_version.is_some() || kind.is_some() || node.get("metadata").is_some();
    let only_secrets_have_it = an_object && node.get("stringData").is_some();
    let why = match kind {
        Some("Secret") if is_v1 => return None,
        Some("Secret") if api_version.is_none() => "it has no `apiVersion: v1`",
        Some("Secret") => "its apiVersion is not `v1`",
        Some(kind) if kind.eq_ignore_ascii_case("Secret") => "its kind is not written `Secret`",
        Some(_) if only_secrets_have_it => "only a Secret has `stringData`, and its kind is another",
        None if only_secrets_have_it || is_v1 && node.get("type").is_some() => "it has no `kind: Secret`",
        _ => return None,
    };
    Some(Disguised {
        place: node.place(),
        first,
        object: ObjectName {
            kind: kind.unwrap_or_default().to_owned(),
            namespace: in_metadata(node, "namespace"),
            name: in_metadata(node, "name"),
        },
        why,
    })
}

/// Where the first value's key stands, if there is a value.
fn first_value(node: &Node<'_>) -> Option<Place> {
    let fields = VALUE_FIELDS.iter().filter_map(|field| node.get(field));
    let mut keys = fields.filter_map(|field| Some(field.entries().next()?.key_place));
    keys.next()
}

fn in_metadata(node: &Node<'_>, field: &str) -> String {
    let metadata = node.get("metadata");
    metadata
        .and_then(|metadata| text(&metadata, field))
        .unwrap_or_default()
}

fn text(node: &Node<'_>, field: &str) -> Option<String> {
    Some(node.get(field)?.as_str()?.to_string())
}
