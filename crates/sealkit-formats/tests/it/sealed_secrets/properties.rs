//! What holds for every Secret, whatever its keys and values are.

use std::fmt::Write as _;

use proptest::prelude::*;
use sealkit_formats::sealed_secrets::{SealOptions, seal_object};

use super::*;

/// A Secret's text: some values as text, some as base64, in block or flow style or in JSON.
fn secret_text(items: &BTreeMap<String, Vec<u8>>, style: u8) -> String {
    let quoted = |text: &str| serde_json::to_string(text).expect("a string");
    let (mut data, mut string_data) = (serde_json::Map::new(), serde_json::Map::new());
    for (key, value) in items {
        match secret::printable(value) {
            Some(text) => string_data.insert(key.clone(), text.into()),
            None => data.insert(key.clone(), base64(value).into()),
        };
    }
    let maps = [("data", data), ("stringData", string_data)];
    if style == 2 {
        let mut object = serde_json::json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "b"}});
        maps.into_iter()
            .for_each(|(field, map)| object[field] = map.into());
        return serde_json::to_string_pretty(&object).expect("JSON");
    }
    let mut text =
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: b\ntype: Opaque\n".to_owned();
    for (field, map) in maps.into_iter().filter(|(_, map)| !map.is_empty()) {
        if style == 1 {
            writeln!(text, "{field}: {}", serde_json::Value::from(map)).expect("memory");
            continue;
        }
        writeln!(text, "{field}:").expect("memory");
        for (key, value) in &map {
            writeln!(
                text,
                "  # about {key}\n  {}: {} # behind",
                quoted(key),
                quoted(value.as_str().expect("text"))
            )
            .expect("memory");
        }
    }
    text
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn item_keys() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_-][-._a-zA-Z0-9]{0,12}".prop_filter("two dots begin no key", |key| !key.starts_with(".."))
}

fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "\\PC{0,40}".prop_map(String::into_bytes),
        "[ -~\n]{0,60}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..60),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn opening_what_was_sealed_gives_the_same_values(
        items in proptest::collection::btree_map(item_keys(), values(), 1..5),
        style in 0..3u8,
    ) {
        let text = secret_text(&items, style);
        let secret = manifest(&text);
        let key = key(2048);
        let sealed = seal_object(&secret.object(), &SealOptions::new(key.public_key()), &mut rng()).expect("a Secret");
        let sealed = secret.edit(&sealed.changes).expect("good edits");
        prop_assert_eq!(opened_items(&open(&sealed, &key)), items.clone());
        let again = seal_object(&sealed.object(), &SealOptions::new(key.public_key()), &mut rng()).expect("sealed");
        prop_assert!(again.changes.is_empty());
        prop_assert_eq!(plain_items(&reopened(&sealed, &key).object()), items);
    }
}
