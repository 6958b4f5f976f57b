//! Which kind of document a file is, before anything in it is looked at; and the entries of a mapping as JSON would have them.

use std::borrow::Cow;

use sealkit_manifest::{Node, NodeKind, Place, Stream};

use super::fields::json_kind;
use super::go;
use super::problem::{Problem, Stage};

const GROUP_VERSION: &str = "apiserver.config.k8s.io/v1";
pub(super) const KIND: &str = "EncryptionConfiguration";
/// What else is registered under the same version.
const OTHER_KINDS: [&str; 4] = [
    "AdmissionConfiguration",
    "AuthenticationConfiguration",
    "AuthorizationConfiguration",
    "TracingConfiguration",
];

/// Source: `SimpleMetaFactory.Interpret` and the checks after it. The names are found in any case, as encoding/json does.
pub(super) fn recognise(root: &Node<'_>) -> Result<(), Problem> {
    let place = root.place();
    let wrong = |text: String, place: &Place| Problem::new(Stage::Decoding, "", text, place);
    match root.resolved().kind() {
        NodeKind::Mapping => {}
        NodeKind::Null => return Err(missing("Kind", &place)),
        _ => {
            let text =
                "couldn't get version/kind; json parse error: the document is not a mapping".to_owned();
            return Err(wrong(text, &place));
        }
    }
    let mut found: [Option<(Cow<'_, str>, Place)>; 2] = [None, None];
    for entry in fields(root) {
        for (slot, name) in found.iter_mut().zip(["apiVersion", "kind"]) {
            if entry.key.eq_ignore_ascii_case(name) && entry.value.resolved().kind() != NodeKind::Null {
                let Some(text) = entry.value.as_str() else {
                    let text = format!(
                        "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go struct field .{name} of type string",
                        json_kind(&entry.value)
                    );
                    return Err(wrong(text, &entry.value.place()));
                };
                *slot = Some((text, entry.value.place()));
            }
        }
    }
    let [version, kind] = found.map(|found| found.filter(|(text, _)| !text.is_empty()));
    if let Some((version, place)) = &version
        && version.matches('/').count() > 1
    {
        return Err(wrong(format!("unexpected GroupVersion string: {version}"), place));
    }
    let Some((kind, kind_place)) = kind else {
        return Err(missing("Kind", &place));
    };
    let Some((version, version_place)) = version.filter(|(text, _)| !text.ends_with('/')) else {
        return Err(missing("apiVersion", &place));
    };
    let registered =
        (version == GROUP_VERSION && kind == KIND) || (version == "v1" && kind == "EncryptionConfig");
    if registered {
        return Ok(());
    }
    if version == GROUP_VERSION && OTHER_KINDS.contains(&kind.as_ref()) {
        let text = format!("got unexpected config type: {version}, Kind={kind}");
        return Err(wrong(text, &kind_place).hint("write kind: EncryptionConfiguration"));
    }
    let place = if version == GROUP_VERSION || version == "v1" {
        kind_place
    } else {
        version_place
    };
    let text = format!(
        "no kind {} is registered for version {}",
        go::quote(&kind),
        go::quote(&version)
    );
    Err(wrong(text, &place)
        .hint("write apiVersion: apiserver.config.k8s.io/v1 and kind: EncryptionConfiguration"))
}

/// The server's text goes on with the whole file, keys included; this one does not.
pub(super) fn missing(what: &str, place: &Place) -> Problem {
    Problem::new(
        Stage::Decoding,
        "",
        format!("Object '{what}' is missing in the file"),
        place,
    )
    .hint("write apiVersion: apiserver.config.k8s.io/v1 and kind: EncryptionConfiguration")
}

/// The server takes text that begins with a brace for JSON and does not try YAML after it.
pub(super) fn not_json(stream: &Stream) -> Problem {
    let text = stream.as_str();
    let place = stream.source().place(text.len() - text.trim_start().len());
    let text = "couldn't get version/kind; json parse error: the file begins with `{` and is not JSON";
    Problem::new(Stage::Syntax, "", text, &place)
        .hint("mend the JSON, or write YAML without the outer braces")
}

/// One entry of a mapping.
pub(super) struct Field<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) key_place: Place,
    pub(super) value: Node<'a>,
}

/// The entries of a mapping, merge keys unfolded, in the order of the text.
pub(super) fn fields<'a>(node: &Node<'a>) -> Vec<Field<'a>> {
    let mut own = Vec::new();
    let mut merged = Vec::new();
    for entry in node.entries() {
        if entry.key_node.is_merge_key() {
            let value = entry.value.resolved();
            let sources = if value.kind() == NodeKind::Sequence {
                value.items().collect()
            } else {
                vec![value]
            };
            merged.extend(sources.iter().flat_map(fields));
        } else {
            own.push(Field {
                key: entry.key,
                key_place: entry.key_place,
                value: entry.value,
            });
        }
    }
    for field in merged {
        if !own.iter().any(|known| known.key == field.key) {
            own.push(field);
        }
    }
    own
}
