//! How two Secrets differ, by name and never by value.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Secret;

use crate::decide::kind;

/// What a write would change: `data.password changed`, `labels.team added`, `type changed`.
pub(super) fn differences(live: &Secret, wanted: &Secret) -> Vec<String> {
    let mut found = Vec::new();
    maps(&mut found, "data", live.data.as_ref(), wanted.data.as_ref());
    let (a, b) = (&live.metadata, &wanted.metadata);
    maps(&mut found, "labels", a.labels.as_ref(), b.labels.as_ref());
    maps(
        &mut found,
        "annotations",
        a.annotations.as_ref(),
        b.annotations.as_ref(),
    );
    let owners = |secret: &Secret| secret.metadata.owner_references.clone().unwrap_or_default();
    for (what, differs) in [
        ("type", kind(live) != kind(wanted)),
        ("ownerReferences", owners(live) != owners(wanted)),
        (
            "immutable",
            live.immutable.unwrap_or_default() != wanted.immutable.unwrap_or_default(),
        ),
    ] {
        if differs {
            found.push(format!("{what} changed"));
        }
    }
    found
}

fn maps<V: PartialEq>(
    found: &mut Vec<String>,
    what: &str,
    live: Option<&BTreeMap<String, V>>,
    wanted: Option<&BTreeMap<String, V>>,
) {
    let all: BTreeSet<&String> = live.into_iter().chain(wanted).flat_map(BTreeMap::keys).collect();
    for key in all {
        let get = |map: Option<&BTreeMap<String, V>>| map.is_some_and(|map| map.contains_key(key));
        let word = match (get(live), get(wanted)) {
            (false, _) => "added",
            (_, false) => "removed",
            _ if live.map(|map| &map[key]) != wanted.map(|map| &map[key]) => "changed",
            _ => continue,
        };
        found.push(format!("{what}.{key} {word}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(live: Value, wanted: Value, expected: &[&str]) {
        let read = |value| -> Secret { serde_json::from_value(value).expect("a Secret") };
        assert_eq!(differences(&read(live), &read(wanted)), expected);
    }

    #[test]
    fn items_and_metadata_are_named() {
        let live = json!({
            "data": {"a": "QQ==", "b": "QQ==", "same": "QQ=="}, "type": "Opaque",
            "metadata": {"labels": {"x": "1"}, "annotations": {"note": "1"}},
        });
        let wanted = json!({
            "data": {"a": "Qg==", "c": "QQ==", "same": "QQ=="}, "type": "kubernetes.io/tls",
            "metadata": {"annotations": {"note": "2"}},
        });
        let expected = [
            "data.a changed",
            "data.b removed",
            "data.c added",
            "labels.x removed",
            "annotations.note changed",
            "type changed",
        ];
        check(live, wanted, &expected);
    }

    #[test]
    fn nothing_and_empty_are_the_same() {
        check(
            json!({"metadata": {"labels": {}}, "data": {}}),
            json!({"metadata": {}}),
            &[],
        );
        check(
            json!({"immutable": false, "metadata": {}}),
            json!({"metadata": {}}),
            &[],
        );
    }
}
