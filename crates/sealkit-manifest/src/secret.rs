//! The Secret view: which bytes Kubernetes would store for a Secret as it stands in a file.
//!
//! It decodes and judges; it changes nothing and knows no cipher. Two formats share it.
//!
//! Source: `k8s.io/api/core/v1` `Secret`, `k8s.io/apimachinery/pkg/util/validation` `IsConfigMapKey`, Kubernetes 1.32.

use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroizing;

use crate::node::{Entry, Node, NodeKind};
use crate::object::Object;
use crate::path::Path;
use crate::source::Place;

mod error;
mod value;

pub use error::SecretViewError;
use value::{decode, text};

/// Longest item key in bytes.
pub const MAX_ITEM_KEY_BYTES: usize = 253;

/// Which of a Secret's two maps an item stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemSource {
    /// `data`, base64.
    Data,
    /// `stringData`, as it is.
    StringData,
}

impl ItemSource {
    /// The name of the map.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::StringData => "stringData",
        }
    }
}

/// One item of a Secret.
#[derive(Clone)]
pub struct SecretItem {
    /// The item key.
    pub key: String,
    /// The decoded bytes; wiped when dropped.
    pub value: Zeroizing<Vec<u8>>,
    /// Which map it comes from.
    pub from: ItemSource,
    /// Where its value stands.
    pub place: Place,
    /// Its path inside the object.
    pub path: Path,
    /// Where the `data` entry of the same key stands that this `stringData` entry overrides. Worth telling the user.
    pub overrides: Option<Place>,
}

impl fmt::Debug for SecretItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretItem({} at {})", self.path, self.place)
    }
}

/// The items that Kubernetes would store, in the order of the text. `stringData` wins over `data`; the loser's place is
/// in [`SecretItem::overrides`]. A null value is an empty one, as in Kubernetes.
///
/// The object's kind is not looked at: sealed objects may carry plaintext in the same two fields.
///
/// # Errors
///
/// [`SecretViewError`], always with a place, never with a value.
pub fn secret_items(object: &Object<'_>) -> Result<Vec<SecretItem>, SecretViewError> {
    refuse_merge(object.root())?;
    let mut items = map_items(object, ItemSource::Data)?;
    let data: HashMap<String, usize> = items
        .iter()
        .enumerate()
        .map(|(at, item)| (item.key.clone(), at))
        .collect();
    let mut overridden = Vec::new();
    for mut item in map_items(object, ItemSource::StringData)? {
        if let Some(at) = data.get(&item.key) {
            item.overrides = Some(items[*at].place.clone());
            overridden.push(*at);
        }
        items.push(item);
    }
    overridden.sort_unstable();
    for at in overridden.into_iter().rev() {
        items.remove(at);
    }
    items.sort_by_key(|item| item.place.location);
    Ok(items)
}

/// Whether Kubernetes takes this as an item key: `[-._a-zA-Z0-9]{1,253}`, neither `.` nor beginning with `..`.
pub fn is_item_key(key: &str) -> bool {
    (1..=MAX_ITEM_KEY_BYTES).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        && key != "."
        && !key.starts_with("..")
}

fn map_items(object: &Object<'_>, from: ItemSource) -> Result<Vec<SecretItem>, SecretViewError> {
    let path = Path::keys([from.name()]);
    let Some(map) = object.get(&path).map(|map| map.resolved()) else {
        return Ok(Vec::new());
    };
    match map.kind() {
        NodeKind::Null => return Ok(Vec::new()),
        NodeKind::Mapping => {}
        _ => {
            return Err(SecretViewError::NotAMapping {
                place: map.place(),
                path,
            });
        }
    }
    refuse_merge(map)?;
    if let Some((key, _)) = map.raw_entries().find(|(key, _)| key.kind() != NodeKind::Scalar) {
        return Err(SecretViewError::InvalidKey { place: key.place() });
    }
    map.entries().map(|entry| item(&entry, from, &path)).collect()
}

fn refuse_merge(mapping: Node<'_>) -> Result<(), SecretViewError> {
    match mapping.raw_entries().find(|(key, _)| key.is_merge_key()) {
        Some((key, _)) => Err(SecretViewError::MergeKey { place: key.place() }),
        None => Ok(()),
    }
}

fn item(entry: &Entry<'_>, from: ItemSource, map: &Path) -> Result<SecretItem, SecretViewError> {
    let written = entry.key_node.scalar_text().unwrap_or_default();
    if written != entry.key {
        let place = entry.key_place.clone();
        return Err(SecretViewError::KeyReadDifferently {
            place,
            read: entry.key.to_string(),
        });
    }
    if !is_item_key(&entry.key) {
        return Err(SecretViewError::InvalidKey {
            place: entry.key_place.clone(),
        });
    }
    let path = map.key(entry.key.as_ref());
    let place = entry.value.place();
    let text = text(entry.value, &path)?;
    let value = match from {
        ItemSource::StringData => Zeroizing::new(text.as_bytes().to_vec()),
        ItemSource::Data => decode(&text).ok_or_else(|| SecretViewError::NotBase64 {
            place: place.clone(),
            path: path.clone(),
        })?,
    };
    Ok(SecretItem {
        key: entry.key.to_string(),
        value,
        from,
        place,
        path,
        overrides: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    fn items(body: &str) -> Result<Vec<SecretItem>, SecretViewError> {
        let text = format!("apiVersion: v1\nkind: Secret\n{body}");
        let stream = Stream::parse("s.yaml", text.as_bytes()).unwrap();
        let object = stream.objects().next().unwrap();
        secret_items(&object)
    }

    fn check(body: &str, expected: &[(&str, &str)]) {
        let items = items(body).unwrap();
        let read: Vec<_> = items
            .iter()
            .map(|item| (item.key.as_str(), str::from_utf8(&item.value).unwrap()))
            .collect();
        assert_eq!(read, expected);
    }

    fn refused(body: &str, place: &str, message: &str) {
        let error = items(body).unwrap_err();
        assert_eq!(
            error.place().unwrap().to_string(),
            format!("s.yaml:{place}"),
            "{error}"
        );
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn data_is_decoded_as_go_does() {
        check(
            "data: {a: YQ==, b: \"Y\\nQ=\\r\\n=\", c: '', d: null, e: YR==}",
            &[("a", "a"), ("b", "a"), ("c", ""), ("d", ""), ("e", "a")],
        );
        check(
            "data:\n  a: |\n    YW\n    Jj\n  b: !!binary WVE9PQ==\n",
            &[("a", "abc"), ("b", "a")],
        );
        check("data:\nstringData: ~\n", &[]);
    }

    #[test]
    fn string_data_wins_and_says_what_it_overrides() {
        let items = items("stringData: {k: new}\ndata: {k: b2xk, j: b2xk}").unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].value.as_slice(), b"new");
        assert_eq!(items[0].overrides.as_ref().unwrap().to_string(), "s.yaml:4:11");
        assert_eq!(items[1].key, "j");
    }

    #[test]
    fn refuses_what_kubectl_does_not_read_as_a_string() {
        for (value, kind) in [
            ("on", "a boolean"),
            ("n", "a boolean"),
            ("123", "a number"),
            ("1_0", "a number"),
        ] {
            refused(
                &format!("stringData:\n  k: {value}\n"),
                "4:6",
                &format!("stringData.k is {kind}, where a string is meant"),
            );
            let error = items(&format!("stringData: {{k: {value}}}")).unwrap_err();
            assert_eq!(error.hint().as_deref(), Some("quote it"));
        }
        refused(
            "stringData: {k: [a]}",
            "3:17",
            "stringData.k is a sequence, where a string is meant",
        );
        refused("data: [a]", "3:7", "data is not a mapping");
    }

    #[test]
    fn refuses_base64_with_its_place_and_without_its_text() {
        refused(
            "data:\n  bad: not base64!\n",
            "4:8",
            "data.bad is not valid base64",
        );
        refused("data:\n  bad: YQ\n", "4:8", "data.bad is not valid base64");
        refused("data:\n  bad: Y Q = =\n", "4:8", "data.bad is not valid base64");
    }

    #[test]
    fn refuses_keys_that_are_read_differently_or_not_allowed() {
        refused(
            "stringData: {on: x}",
            "3:14",
            "an item key is not quoted and kubectl reads it as true",
        );
        refused(
            "stringData: {0755: x}",
            "3:14",
            "an item key is not quoted and kubectl reads it as 493",
        );
        for key in ["a/b", ".", "..a", "\"\"", "ä", "[a]", "~"] {
            refused(
                &format!("stringData: {{{key}: x}}"),
                "3:14",
                "an item key that Kubernetes does not allow",
            );
        }
        check("stringData: {\"on\": x, 12: z}", &[("on", "x"), ("12", "z")]);
    }

    #[test]
    fn refuses_merge_keys_templates_and_line_separators() {
        refused(
            "stringData: {<<: {a: b}}",
            "3:14",
            "a merge key brings values from elsewhere into the Secret",
        );
        refused(
            "stringData:\n  k: x{{ .Values.a }}\n",
            "4:6",
            "stringData.k holds template text `{{ … }}` without quotes",
        );
        check("stringData:\n  k: \"{{ x }}\"\n", &[("k", "{{ x }}")]);
        refused(
            "stringData:\n  k: \"a\u{2028}b\"\n",
            "4:6",
            "stringData.k contains a line separator character that readers disagree about",
        );
    }

    #[test]
    fn aliases_are_read_through() {
        check(
            "stringData: {a: &a s3cr3t, b: *a}",
            &[("a", "s3cr3t"), ("b", "s3cr3t")],
        );
    }

    #[test]
    fn debug_shows_no_value() {
        let items = items("stringData: {a: hunter2}").unwrap();
        assert!(!format!("{items:?}").contains("hunter2"));
    }
}
