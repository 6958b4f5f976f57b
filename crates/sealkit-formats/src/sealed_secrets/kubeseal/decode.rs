//! Reading documents by shape, as Go's JSON decoder reads into structs.
//!
//! Names of fields match in any case, unknown ones are forgotten, and `null` is nothing. A number or boolean where a
//! string is meant becomes its text. Beyond the peer: lists are taken apart, and a number that would lose
//! digits on the way is refused. A message tells the field and the types, never the value.
//!
//! Source: Go 1.26 `encoding/json` `decode.go`; `sigs.k8s.io/yaml` v1.6 `yaml.go`, `convertToJSONableObject`.

use sealkit_manifest::{Node, NodeKind, Stream, Syntax, Value};

use super::super::envelope::{API_VERSION, KIND, fields};
use super::error::ReadProblem;
use super::fields::Fields;
use super::shape::{Field, Kind, Shape};
use super::stamp;
use crate::sealed_secrets::text;
use crate::secret::is_null;

/// Reads every document by shape; what has no content is passed over.
pub(super) fn all(stream: &Stream, shape: &'static Shape) -> Result<Vec<Fields>, ReadProblem> {
    let yaml = stream.syntax() == Syntax::Yaml;
    let reader = Reader {
        // In JSON too: what the peer cannot read as JSON it reads once more as YAML.
        coerce: true,
        any_case: true,
        prefix: if yaml {
            "error unmarshaling JSON: while decoding JSON: "
        } else {
            ""
        },
    };
    let mut found = Vec::new();
    for document in stream.documents() {
        reader.collect(document, shape, &mut found)?;
    }
    Ok(found)
}

/// Reads every document as the API machinery does.
pub(super) fn typed(stream: &Stream, shape: &'static Shape) -> Result<Vec<Fields>, ReadProblem> {
    let reader = Reader {
        coerce: false,
        any_case: false,
        prefix: "",
    };
    let mut found = Vec::new();
    for document in stream.documents().filter(|document| !is_null(*document)) {
        if document.resolved().kind() != NodeKind::Mapping {
            return Err(ReadProblem::NotAnObject {
                place: document.place(),
            });
        }
        let says = |field| document.get(field).and_then(|node: Node<'_>| node.as_str());
        match (
            says("apiVersion").unwrap_or_default(),
            says("kind").unwrap_or_default(),
        ) {
            (version, kind) if version == API_VERSION && kind == KIND => {}
            (version, kind) if version.is_empty() && kind.is_empty() => {}
            (version, kind) => {
                return Err(ReadProblem::OtherKind {
                    version: version.into_owned(),
                    kind: kind.into_owned(),
                    place: document.place(),
                });
            }
        }
        found.push(Fields::new(reader.object(document, shape, "")?));
    }
    Ok(found)
}

struct Reader {
    /// Whether scalars become the text that a string field asks for.
    coerce: bool,
    /// Whether names of fields match in any case.
    any_case: bool,
    /// What the peer says before a message.
    prefix: &'static str,
}

impl Reader {
    fn collect(
        &self,
        node: Node<'_>,
        shape: &'static Shape,
        found: &mut Vec<Fields>,
    ) -> Result<(), ReadProblem> {
        if is_null(node) {
            return Ok(());
        }
        if node.resolved().kind() != NodeKind::Mapping {
            return Err(ReadProblem::NotAnObject { place: node.place() });
        }
        let kind = node
            .get("kind")
            .and_then(|kind| kind.as_str())
            .unwrap_or_default();
        let listed = kind.is_empty() || kind.ends_with("List");
        let items = node
            .get("items")
            .filter(|items| items.resolved().kind() == NodeKind::Sequence);
        if let Some(items) = items.filter(|_| listed) {
            return items
                .items()
                .try_for_each(|item| self.collect(item, shape, found));
        }
        let object = Fields::new(self.object(node, shape, "")?);
        if !is_empty(&object) {
            found.push(object);
        }
        Ok(())
    }

    fn object(
        &self,
        node: Node<'_>,
        shape: &'static Shape,
        path: &str,
    ) -> Result<Vec<(String, Value)>, ReadProblem> {
        let given = fields(node);
        let mut entries = Vec::new();
        for field in shape.fields {
            let found = given.iter().find(|(name, _)| name == field.name);
            let found = found.or_else(|| {
                let similar = |(name, _): &&(String, _)| name.eq_ignore_ascii_case(field.name);
                given.iter().find(similar).filter(|_| self.any_case)
            });
            let at = format!("{path}{}", field.name);
            let value = match found.filter(|(_, node)| !is_null(*node)) {
                Some((_, node)) => self.field(*node, shape, field, &at)?,
                None => None,
            };
            let value = value.or_else(|| field.always.then(|| empty(&field.kind)));
            entries.extend(value.map(|value| (field.name.to_owned(), value)));
        }
        Ok(entries)
    }

    /// Reads one field that is not null; nothing if it is empty.
    fn field(
        &self,
        node: Node<'_>,
        shape: &Shape,
        field: &Field,
        path: &str,
    ) -> Result<Option<Value>, ReadProblem> {
        let at = At {
            shape: shape.name,
            path,
        };
        Ok(match &field.kind {
            Kind::Text(go) => Some(self.text(node, at, go)?).filter(|text| text.as_str() != Some("")),
            Kind::Integer => Some(self.integer(node, at)?)
                .filter(|value| !matches!(value, Value::Number(number) if number == "0")),
            Kind::MaybeInteger => Some(self.integer(node, at)?),
            Kind::MaybeBool => match node.as_bool() {
                Some(value) => Some(Value::Bool(value)),
                None => return Err(self.mismatch(node, at, "bool")),
            },
            Kind::Time => Some(self.time(node, at)?),
            Kind::MaybeBytes => Some(self.bytes(node, at)?),
            Kind::Texts => self.map(node, at, "map[string]string", |item| match is_null(item) {
                true => Ok(Value::String(String::new().into())),
                false => self.text(item, at, "string"),
            })?,
            Kind::MaybeTexts => self.map(node, at, "map[string]*string", |item| match is_null(item) {
                true => Ok(Value::Null),
                false => self.text(item, at, "string"),
            })?,
            Kind::AnyTexts => {
                let text = |item: Node<'_>| item.as_str().unwrap_or_default().into_owned();
                self.map(node, at, "", |item| Ok(Value::String(text(item).into())))
                    .unwrap_or_default()
            }
            Kind::Bytes => self.map(node, at, "map[string][]uint8", |item| match is_null(item) {
                true => Ok(Value::String(String::new().into())),
                false => self.bytes(item, at),
            })?,
            Kind::TextList => {
                self.expect(node, NodeKind::Sequence, at, "[]string")?;
                let items = node.items().map(|item| self.text(item, at, "string"));
                Some(Value::Sequence(items.collect::<Result<_, ReadProblem>>()?))
                    .filter(|list| !is_empty_list(list))
            }
            Kind::Struct(inner, go) => {
                self.expect(node, NodeKind::Mapping, at, go)?;
                Some(Value::Mapping(self.object(node, inner, &format!("{path}."))?))
            }
            Kind::Structs(inner, go) => {
                self.expect(node, NodeKind::Sequence, at, go)?;
                let items = node.items().map(|item| {
                    Ok::<_, ReadProblem>(Value::Mapping(self.object(item, inner, &format!("{path}."))?))
                });
                Some(Value::Sequence(items.collect::<Result<_, ReadProblem>>()?))
                    .filter(|list| !is_empty_list(list))
            }
            Kind::Raw => Some(node.value().map_err(ReadProblem::Node)?),
        })
    }

    /// Strings or bytes by name, in the order of their bytes; nothing if there are none.
    fn map(
        &self,
        node: Node<'_>,
        at: At<'_>,
        go: &str,
        read: impl Fn(Node<'_>) -> Result<Value, ReadProblem>,
    ) -> Result<Option<Value>, ReadProblem> {
        self.expect(node, NodeKind::Mapping, at, go)?;
        let entries = fields(node)
            .into_iter()
            .map(|(key, item)| Ok::<_, ReadProblem>((key, read(item)?)));
        let mut entries = entries.collect::<Result<Vec<_>, ReadProblem>>()?;
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Some(Value::Mapping(entries))
            .filter(|map| !matches!(map, Value::Mapping(entries) if entries.is_empty())))
    }

    fn text(&self, node: Node<'_>, at: At<'_>, go: &str) -> Result<Value, ReadProblem> {
        if let Some(text) = node.as_str() {
            return Ok(Value::String(text.into_owned().into()));
        }
        let text = match node.value().map_err(ReadProblem::Node)? {
            Value::Null => String::new(),
            Value::Bool(value) if self.coerce => value.to_string(),
            Value::Number(number) if self.coerce => {
                go_number(&number, node.raw()).ok_or_else(|| ReadProblem::Digits { place: node.place() })?
            }
            _ => return Err(self.mismatch(node, at, go)),
        };
        Ok(Value::String(text.into()))
    }

    fn integer(&self, node: Node<'_>, at: At<'_>) -> Result<Value, ReadProblem> {
        match node.value().map_err(ReadProblem::Node)? {
            Value::Number(number) if number.parse::<i64>().is_ok() => Ok(Value::Number(number)),
            _ => Err(self.mismatch(node, at, "int64")),
        }
    }

    fn time(&self, node: Node<'_>, at: At<'_>) -> Result<Value, ReadProblem> {
        let Some(text) = node.as_str() else {
            return Err(self.mismatch(node, at, "v1.Time"));
        };
        let utc = stamp::in_utc(&text).ok_or_else(|| ReadProblem::NotATime { place: node.place() })?;
        Ok(Value::String(utc.into()))
    }

    fn bytes(&self, node: Node<'_>, at: At<'_>) -> Result<Value, ReadProblem> {
        let Some(given) = node.as_str() else {
            return Err(self.mismatch(node, at, "[]uint8"));
        };
        text::decode(&given).map_err(|source| ReadProblem::NotBase64 {
            prefix: self.prefix,
            source,
            place: node.place(),
        })?;
        Ok(Value::String(given.into_owned().into()))
    }

    fn expect(&self, node: Node<'_>, kind: NodeKind, at: At<'_>, go: &str) -> Result<(), ReadProblem> {
        match node.resolved().kind() == kind {
            true => Ok(()),
            false => Err(self.mismatch(node, at, go)),
        }
    }

    fn mismatch(&self, node: Node<'_>, at: At<'_>, go: &str) -> ReadProblem {
        let found = match node.resolved().kind() {
            NodeKind::Mapping => "object",
            NodeKind::Sequence => "array",
            _ => match node.value() {
                Ok(Value::Bool(_)) => "bool",
                Ok(Value::Number(_)) => "number",
                _ => "string",
            },
        };
        ReadProblem::Type {
            message: format!(
                "{}json: cannot unmarshal {found} into Go struct field {}.{} of type {go}",
                self.prefix, at.shape, at.path
            ),
            place: node.place(),
        }
    }
}

/// A field, for messages.
#[derive(Clone, Copy)]
struct At<'a> {
    shape: &'static str,
    path: &'a str,
}

/// Whether the peer would have found nothing in a document.
fn is_empty(object: &Fields) -> bool {
    object.entries(&[]).iter().all(|(_, value)| is_empty_value(value))
}

fn is_empty_value(value: &Value) -> bool {
    match value {
        Value::Mapping(entries) => entries.iter().all(|(_, value)| is_empty_value(value)),
        _ => false,
    }
}

fn is_empty_list(value: &Value) -> bool {
    matches!(value, Value::Sequence(items) if items.is_empty())
}

/// What is printed for an empty field that is always printed.
fn empty(kind: &Kind) -> Value {
    match kind {
        Kind::Struct(shape, _) => {
            let always = shape.fields.iter().filter(|field| field.always);
            Value::Mapping(
                always
                    .map(|field| (field.name.to_owned(), empty(&field.kind)))
                    .collect(),
            )
        }
        Kind::AnyTexts => Value::Mapping(Vec::new()),
        Kind::Time => Value::Null,
        _ => Value::String(String::new().into()),
    }
}

/// The text that the peer makes of a number: integers in decimal, floats in single precision, of which nothing is left
/// where that would lose digits.
fn go_number(number: &str, raw: &str) -> Option<String> {
    let is_float = raw.contains('.') || (raw.contains(['e', 'E']) && !raw.contains(['x', 'X']));
    let is_float = is_float || number.contains(['.', 'e']);
    if !is_float {
        return Some(number.to_owned());
    }
    let exact: f64 = number.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the peer prints floats in single precision"
    )]
    let single = exact as f32;
    let scientific = format!("{single:e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let text = match exact != 0.0 && !(-4..6).contains(&exponent) {
        true => format!(
            "{mantissa}e{}{:02}",
            if exponent < 0 { '-' } else { '+' },
            exponent.abs()
        ),
        false => format!("{single}"),
    };
    #[expect(clippy::float_cmp, reason = "the very same number is asked for")]
    let same = text.parse::<f64>().ok()? == exact;
    same.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_the_text_that_go_prints() {
        for (number, raw, expected) in [
            ("5432", "5432", Some("5432")),
            ("8", "010", Some("8")),
            ("1.5", "1.5", Some("1.5")),
            ("1.1", "1.10", Some("1.1")),
            ("1000", "1e3", Some("1000")),
            ("1000000", "1e6", Some("1e+06")),
            ("0.1", "0.1", Some("0.1")),
            ("3.14159265358979", "3.14159265358979", None),
            ("16777217", "16777217.0", None),
        ] {
            assert_eq!(go_number(number, raw).as_deref(), expected, "{raw}");
        }
    }
}
