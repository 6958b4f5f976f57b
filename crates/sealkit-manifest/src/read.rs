//! Typed reading of a span tree: what each node is to kubectl, which goes from YAML to JSON before it looks.
//!
//! Source: `decode.go` of `sigs.k8s.io/yaml/goyaml.v2` and `yaml.go` of `sigs.k8s.io/yaml` 1.4, checked against
//! kubectl 1.32. One deliberate difference: duplicate keys never get this far.

use std::borrow::Cow;
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::ReadError;
use crate::resolve::{self, Plain};
use crate::source::Source;
use crate::tree::{NodeId, Pair, Shape, Style, Tree};
use crate::value::Value;

/// A scalar as kubectl types it.
pub(crate) enum Typed<'a> {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    String(Cow<'a, str>),
}

/// Reads a scalar (or the scalar behind an alias); `None` for collections.
pub(crate) fn scalar<'a>(
    source: &'a Source,
    tree: &'a Tree,
    id: NodeId,
) -> Result<Option<Typed<'a>>, ReadError> {
    let id = tree.resolve(id);
    let node = tree.node(id);
    let Shape::Scalar(text) = &node.shape else {
        return Ok(None);
    };
    let text = tree.text(text, source.text());
    let place = || source.place(node.span.start);
    let Some(tag) = node.tag() else {
        let plain = if node.style == Style::Plain {
            resolve::plain(text)
        } else {
            Plain::String
        };
        return Ok(Some(typed(plain, text)));
    };
    let Some(name) = tag.strip_prefix("tag:yaml.org,2002:") else {
        return Ok(Some(Typed::String(text.into())));
    };
    let mismatch = |tag| Err(ReadError::Tag { place: place(), tag });
    let read = match (name, resolve::plain(text)) {
        ("null", Plain::Null) => Typed::Null,
        ("null", _) => return mismatch("!!null"),
        ("bool", Plain::Bool(value)) => Typed::Bool(value),
        ("bool", _) => return mismatch("!!bool"),
        ("int", Plain::Int(value)) => Typed::Int(value),
        ("int", _) => return mismatch("!!int"),
        ("float", plain @ (Plain::Int(_) | Plain::Float(_))) => typed(plain, text),
        ("float", _) => return mismatch("!!float"),
        ("binary", _) => Typed::String(
            binary(text)
                .map_err(|problem| ReadError::Binary {
                    place: place(),
                    problem,
                })?
                .into(),
        ),
        _ => Typed::String(text.into()),
    };
    Ok(Some(read))
}

fn typed(plain: Plain, text: &str) -> Typed<'_> {
    match plain {
        Plain::Null => Typed::Null,
        Plain::Bool(value) => Typed::Bool(value),
        Plain::Int(value) => Typed::Int(value),
        Plain::Float(value) => Typed::Float(value),
        Plain::Merge | Plain::String => Typed::String(text.into()),
    }
}

/// `!!binary` gives the decoded bytes as the string. Bytes that are no text would be damaged on their way through
/// JSON: kubectl replaces them without a word, we refuse.
fn binary(text: &str) -> Result<String, &'static str> {
    let compact: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect());
    let bytes = STANDARD.decode(compact.as_bytes()).map_err(|_| "is not base64")?;
    String::from_utf8(bytes).map_err(|_| "its bytes are not text, which kubectl would damage")
}

/// A key as kubectl writes it into JSON; `None` for keys that it refuses.
pub(crate) fn key_text<'a>(source: &'a Source, tree: &'a Tree, key: NodeId) -> Option<Cow<'a, str>> {
    Some(match scalar(source, tree, key).ok()?? {
        Typed::Null => return None,
        Typed::Bool(value) => if value { "true" } else { "false" }.into(),
        Typed::Int(value) => value.to_string().into(),
        Typed::Float(value) => resolve::float_key(value).into(),
        Typed::String(text) => text,
    })
}

/// Whether a key is YAML 1.1's merge key: `<<`, not quoted.
pub(crate) fn is_merge(source: &Source, tree: &Tree, key: NodeId) -> bool {
    let node = tree.node(key);
    let Shape::Scalar(text) = &node.shape else {
        return false;
    };
    let tag_allows = match node.tag() {
        None => node.style == Style::Plain,
        Some(tag) => tag == "tag:yaml.org,2002:merge",
    };
    tag_allows && tree.text(text, source.text()) == "<<"
}

/// The value of the entry that kubectl would read under `key`, merge keys included.
pub(crate) fn get(source: &Source, tree: &Tree, id: NodeId, key: &str) -> Option<NodeId> {
    // Later entries win over earlier ones, a merge at its place among them; that is what goyaml.v2 does.
    tree.pairs(tree.resolve(id)).iter().rev().find_map(|pair| {
        if !is_merge(source, tree, pair.key) {
            return (key_text(source, tree, pair.key)? == key).then_some(pair.value);
        }
        let merged = tree.resolve(pair.value);
        match &tree.node(merged).shape {
            Shape::Sequence(items) => items.iter().find_map(|item| get(source, tree, item.node, key)),
            _ => get(source, tree, merged, key),
        }
    })
}

/// The whole value of a node. Recursion is bounded by the limits on unfolded depth.
pub(crate) fn value(source: &Source, tree: &Tree, id: NodeId) -> Result<Value, ReadError> {
    let id = tree.resolve(id);
    match &tree.node(id).shape {
        Shape::Sequence(items) => {
            let items = items.iter().map(|item| value(source, tree, item.node));
            Ok(Value::Sequence(items.collect::<Result<_, _>>()?))
        }
        Shape::Mapping(pairs) => mapping(source, tree, pairs),
        Shape::Scalar(_) | Shape::Alias(_) => match scalar(source, tree, id)? {
            None | Some(Typed::Null) => Ok(Value::Null),
            Some(Typed::Bool(value)) => Ok(Value::Bool(value)),
            Some(Typed::Int(value)) => Ok(Value::Number(value.to_string())),
            Some(Typed::Float(value)) if value.is_finite() => Ok(Value::Number(json_float(value))),
            Some(Typed::Float(_)) => Err(ReadError::NotFinite {
                place: source.place(tree.node(id).span.start),
            }),
            Some(Typed::String(text)) => Ok(Value::String(Zeroizing::new(text.into_owned()))),
        },
    }
}

fn mapping(source: &Source, tree: &Tree, pairs: &[Pair]) -> Result<Value, ReadError> {
    let mut entries: Vec<(String, Value)> = Vec::with_capacity(pairs.len());
    let mut index: HashMap<String, usize> = HashMap::new();
    let merges = pairs.iter().any(|pair| is_merge(source, tree, pair.key));
    let mut set = |key: String, value: Value| {
        if !merges {
            entries.push((key, value));
            return;
        }
        match index.get(&key) {
            Some(at) => entries[*at].1 = value,
            None => {
                index.insert(key.clone(), entries.len());
                entries.push((key, value));
            }
        }
    };
    for pair in pairs {
        if is_merge(source, tree, pair.key) {
            merge(source, tree, pair.value, &mut set)?;
            continue;
        }
        let key = key_text(source, tree, pair.key).ok_or_else(|| ReadError::Key {
            place: source.place(tree.node(pair.key).span.start),
        })?;
        set(key.into_owned(), value(source, tree, pair.value)?);
    }
    Ok(Value::Mapping(entries))
}

fn merge(
    source: &Source,
    tree: &Tree,
    id: NodeId,
    set: &mut dyn FnMut(String, Value),
) -> Result<(), ReadError> {
    let refused = |id: NodeId| ReadError::Merge {
        place: source.place(tree.node(id).span.start),
    };
    let id = tree.resolve(id);
    let sources: Vec<NodeId> = match &tree.node(id).shape {
        Shape::Mapping(_) => vec![id],
        // Earlier mappings win over later ones, so that the later ones are set first.
        Shape::Sequence(items) => items.iter().rev().map(|item| item.node).collect(),
        Shape::Scalar(_) | Shape::Alias(_) => return Err(refused(id)),
    };
    for id in sources {
        match value(source, tree, id)? {
            Value::Mapping(entries) => entries.into_iter().for_each(|(key, value)| set(key, value)),
            _ => return Err(refused(id)),
        }
    }
    Ok(())
}

/// Integral floats print without a fraction, as in kubectl's JSON.
fn json_float(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.fract() == 0.0 && value.abs() < 1e21 {
        return format!("{value}");
    }
    serde_json::Number::from_f64(value).map_or_else(|| "0".to_owned(), |number| number.to_string())
}
