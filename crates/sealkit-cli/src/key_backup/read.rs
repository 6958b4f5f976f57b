//! Keys from text: a server's answer, and a file that was a backup of ours or of `kubectl get secret -o yaml`.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sealkit::manifest::{Node, ParseError, Place, Stream};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Hidden, Key, Metadata, Secret, key, sort};

/// Why a file is no backup of keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotABackup {
    /// It is no YAML.
    #[error(transparent)]
    Text(#[from] ParseError),
    /// An object of it is no key.
    #[error("this is no key of a controller")]
    NoKey {
        /// Where it stands.
        place: Place,
    },
    /// A value is not base64, or is no text at all.
    #[error("a value is not base64")]
    Value {
        /// Where it stands.
        place: Place,
    },
    /// There is nothing in it.
    #[error("there is no key in it")]
    Empty,
}

/// The keys of a server's list; other Secrets are passed over.
pub(crate) fn from_server(list: &[u8]) -> Option<Vec<Key>> {
    #[derive(Deserialize)]
    struct List {
        items: Vec<Secret>,
    }
    let list: List = serde_json::from_slice(list).ok()?;
    let mut keys: Vec<Key> = list.items.into_iter().filter_map(key).collect();
    sort(&mut keys);
    Some(keys)
}

/// The key that a server's Secret holds, if it is one.
pub(crate) fn one_from_server(secret: &[u8]) -> Option<Key> {
    key(serde_json::from_slice(secret).ok()?)
}

/// The keys of a file. Whatever else stands in it is refused: who restores it believes that it is all there.
///
/// # Errors
/// [`NotABackup`].
pub(crate) fn from_text(name: &str, bytes: &[u8]) -> Result<Vec<Key>, NotABackup> {
    let stream = Stream::parse(name, bytes)?;
    let mut keys = Vec::new();
    for document in stream.documents() {
        match document.get("items") {
            Some(items) => {
                for item in items.items() {
                    keys.push(one(&item)?);
                }
            }
            None if document.entries().next().is_none() => {}
            None => keys.push(one(&document)?),
        }
    }
    if keys.is_empty() {
        return Err(NotABackup::Empty);
    }
    sort(&mut keys);
    Ok(keys)
}

fn one(object: &Node<'_>) -> Result<Key, NotABackup> {
    let no_key = || NotABackup::NoKey {
        place: object.place(),
    };
    let metadata = object.get("metadata").ok_or_else(no_key)?;
    let text = |node: &Node<'_>, field: &str| Some(node.get(field)?.as_str()?.into_owned());
    let secret = Secret {
        metadata: Metadata {
            name: text(&metadata, "name").ok_or_else(no_key)?,
            namespace: text(&metadata, "namespace"),
            labels: words(&metadata, "labels"),
            annotations: words(&metadata, "annotations"),
            creation_timestamp: metadata.get("creationTimestamp").and_then(|time| {
                time.scalar_text()
                    .map(|text| text.trim_matches(['"', '\'']).to_owned())
            }),
        },
        kind: text(object, "type"),
        immutable: object.get("immutable").and_then(|node| node.as_bool()),
        data: values(object)?,
    };
    key(secret).ok_or_else(no_key)
}

fn words(metadata: &Node<'_>, field: &str) -> BTreeMap<String, String> {
    let entries = metadata
        .get(field)
        .into_iter()
        .flat_map(|node| node.entries().collect::<Vec<_>>());
    entries
        .filter_map(|entry| Some((entry.key.into_owned(), entry.value.as_str()?.into_owned())))
        .collect()
}

/// `data`, and over it `stringData`, as the server would join them.
fn values(object: &Node<'_>) -> Result<BTreeMap<String, Hidden>, NotABackup> {
    let entries = |field| {
        object
            .get(field)
            .into_iter()
            .flat_map(|node: Node<'_>| node.entries().collect::<Vec<_>>())
    };
    let mut values = BTreeMap::new();
    for entry in entries("data") {
        let bad = || NotABackup::Value {
            place: entry.value.place(),
        };
        let text = entry.value.as_str().ok_or_else(bad)?;
        let text = Zeroizing::new(text.replace(['\r', '\n'], ""));
        STANDARD
            .decode(text.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| bad())?;
        values.insert(entry.key.into_owned(), Hidden(text));
    }
    for entry in entries("stringData") {
        let bad = || NotABackup::Value {
            place: entry.value.place(),
        };
        let text = entry.value.as_str().ok_or_else(bad)?;
        values.insert(
            entry.key.into_owned(),
            Hidden(Zeroizing::new(STANDARD.encode(text.as_bytes()))),
        );
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_backup::{Kind, for_server, list};

    const FROM_KUBECTL: &str = "\
apiVersion: v1
items:
- apiVersion: v1
  data:
    identity: QUdF
  kind: Secret
  metadata:
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"identity\":\"QUdF\"}}'
      note: \"yes\"
    creationTimestamp: \"2026-02-01T00:00:00Z\"
    labels: {sealkit.dev/identity: active, team: on-call}
    name: sealkit-identity-b
    namespace: kube-system
    resourceVersion: \"7\"
    uid: 1b8a2f36-8f2b-4a56-8a6e-7f1f6a3c9d11
- kind: Secret
  data: {identity: QQ==}
  metadata: {name: sealkit-identity-a, creationTimestamp: 2026-01-01T00:00:00Z, labels: {sealkit.dev/identity: retired}}
- kind: Secret
  type: kubernetes.io/tls
  stringData: {tls.key: key, tls.crt: certificate}
  metadata: {name: sealed-secrets-key}
kind: List
";

    fn names(keys: &[Key]) -> Vec<(&str, Option<&str>)> {
        keys.iter().map(|key| (key.name.as_str(), key.state())).collect()
    }

    #[test]
    fn a_backup_of_kubectl_is_read_oldest_first_without_what_the_server_wrote() {
        let keys = from_text("backup", FROM_KUBECTL.as_bytes()).expect("a backup");
        assert_eq!(
            names(&keys),
            [
                ("sealed-secrets-key", None),
                ("sealkit-identity-a", Some("retired")),
                ("sealkit-identity-b", Some("active")),
            ]
        );
        let text = list(keys.iter());
        assert!(!text.contains("resourceVersion") && !text.contains("uid") && !text.contains("last-applied"));
        assert!(
            text.contains("      note: \"yes\"\n"),
            "a word that YAML would read otherwise"
        );
        assert!(text.contains("    tls.key: \"a2V5\"\n"));
        let again = from_text("backup", text.as_bytes()).expect("our own");
        assert_eq!(list(again.iter()), text);
        assert_eq!(names(&again), names(&keys));
        assert!(keys.iter().zip(&again).all(|(a, b)| a.is_same(b)));
        assert!(!keys[1].is_same(&keys[2]));
    }

    #[test]
    fn what_goes_to_a_server_comes_back_from_it() {
        let keys = from_text("backup", FROM_KUBECTL.as_bytes()).expect("a backup");
        for key in &keys {
            let json = for_server(key, "other");
            let back = one_from_server(json.as_bytes()).expect("a key");
            assert!(back.is_same(key) && back.state() == key.state());
            assert_eq!(back.secret.metadata.namespace.as_deref(), Some("other"));
        }
        let items: Vec<_> = keys.iter().map(|key| for_server(key, "a").to_string()).collect();
        let other = r#"{"metadata":{"name":"other"},"data":{"tls.key":"QQ=="}}"#;
        let all = format!("{{\"items\":[{},{other}]}}", items.join(","));
        let read = from_server(all.as_bytes()).expect("a list");
        assert_eq!(names(&read), names(&keys));
        assert!(from_server(b"<html>").is_none());
    }

    #[test]
    fn anything_else_is_refused_by_place_and_not_shown() {
        let refused = |text: &str| {
            let error = from_text("b.yaml", text.as_bytes()).err().expect("it is none");
            let place = match &error {
                NotABackup::NoKey { place } | NotABackup::Value { place } => place.to_string(),
                _ => String::new(),
            };
            (error.to_string(), place)
        };
        let config = "kind: ConfigMap\nmetadata: {name: a}\n";
        assert_eq!(
            refused(config),
            ("this is no key of a controller".into(), "b.yaml:1:1".into())
        );
        let value = "metadata: {name: sealed-secrets-key}\ndata: {tls.key: hunter2!}\n";
        let (said, place) = refused(value);
        assert_eq!(
            (said.as_str(), place.as_str()),
            ("a value is not base64", "b.yaml:2:17")
        );
        assert_eq!(refused("# nothing\n").0, "there is no key in it");
    }

    #[test]
    fn each_kind_has_its_label_and_its_item() {
        assert_eq!(Kind::ALL.map(Kind::item), ["tls.key", "identity"]);
    }
}
