//! A decoder's reading of fields: structs, strings and lists of Go, and what is reported when they are something else.

use std::borrow::Cow;

use sealkit_manifest::{Node, NodeKind, Place};

use super::go;
use super::model::Placed;
use super::problem::{ConfigError, Problem, Stage};
use super::recognise::{Field, fields};

#[derive(Default)]
pub(super) struct Decoder {
    pub(super) json: bool,
    /// A value of a type that ends decoding at once (a duration that does not parse).
    pub(super) fatal: Option<Problem>,
    /// Values of wrong types: the server reports the first.
    mismatches: Vec<Problem>,
    /// Fields that are not known: the server reports all.
    unknown: Vec<Problem>,
    /// Field names from the root, for the texts of mismatches.
    pub(super) names: Vec<&'static str>,
}

/// A struct's fields by name, with the strict path to it.
pub(super) struct Struct<'a> {
    pub(super) name: &'static str,
    pub(super) path: String,
    pub(super) place: Place,
    pub(super) fields: Vec<Field<'a>>,
}

impl Decoder {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            ..Self::default()
        }
    }

    pub(super) fn finish(mut self) -> Result<(), ConfigError> {
        if let Some(fatal) = self.fatal {
            return Err(ConfigError(vec![fatal]));
        }
        let json = self.json;
        self.unknown.sort_by(|one, other| match json {
            true => one.place.cmp(&other.place),
            false => walk(&one.text).cmp(&walk(&other.text)),
        });
        let problems = if self.mismatches.is_empty() {
            self.unknown
        } else {
            self.mismatches
        };
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ConfigError(problems))
        }
    }

    /// Opens a mapping; `None` for null, which leaves everything at its default, and for other kinds, which are reported.
    pub(super) fn open<'a>(
        &mut self,
        node: &Node<'a>,
        name: &'static str,
        go_type: &str,
        path: String,
        known: &[&str],
    ) -> Option<Struct<'a>> {
        let resolved = node.resolved();
        match resolved.kind() {
            NodeKind::Mapping => {}
            NodeKind::Null => return None,
            _ => {
                let owner = self.owner(name);
                self.mismatch(json_kind(node), owner, go_type, node);
                return None;
            }
        }
        if let Some((key, _)) = resolved
            .raw_entries()
            .find(|(key, _)| !matches!(key.resolved().kind(), NodeKind::Scalar))
        {
            let text = "unsupported map key: a key is a string, a number or a boolean";
            self.fatal
                .get_or_insert(Problem::new(Stage::Syntax, "", text, &key.place()));
            return None;
        }
        let mut fields = fields(&resolved);
        if !self.json {
            fields.sort_by(|one, other| one.key.cmp(&other.key));
        }
        for field in fields.iter().filter(|field| !known.contains(&field.key.as_ref())) {
            let full = if path.is_empty() {
                field.key.to_string()
            } else {
                format!("{path}.{}", field.key)
            };
            let problem = Problem::new(
                Stage::Decoding,
                "",
                format!("unknown field {}", go::quote(&full)),
                &field.key_place,
            );
            let similar = known.iter().find(|known| known.eq_ignore_ascii_case(&field.key));
            self.unknown.push(match similar {
                Some(known) => problem.hint(&format!("write it as `{known}`")),
                None if known.is_empty() => problem.hint("nothing belongs here: write `identity: {}`"),
                None => problem.hint(&format!("known fields are {}", known.join(", "))),
            });
        }
        Some(Struct {
            name,
            path,
            place: node.place(),
            fields,
        })
    }

    /// The struct that the text of a mismatch names: the one that holds the field, not the one that was expected in it.
    pub(super) fn owner(&self, name: &'static str) -> &'static str {
        match name {
            "ResourceConfiguration" => "EncryptionConfiguration",
            "ProviderConfiguration" => "ResourceConfiguration",
            "AESConfiguration" | "SecretboxConfiguration" | "IdentityConfiguration" | "KMSConfiguration" => {
                "ProviderConfiguration"
            }
            "Key" if self.names.contains(&"secretbox") => "SecretboxConfiguration",
            "Key" => "AESConfiguration",
            other => other,
        }
    }

    /// A field that is there and not null, with its strict path.
    pub(super) fn field<'a>(&self, object: &Struct<'a>, name: &str) -> Option<(Node<'a>, String)> {
        let field = object.fields.iter().find(|field| field.key == name)?;
        let path = if object.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", object.path)
        };
        (field.value.resolved().kind() != NodeKind::Null).then_some((field.value, path))
    }

    pub(super) fn text(&mut self, object: &Struct<'_>, field: &str, name: &'static str) -> Placed<String> {
        let empty = || Placed {
            value: String::new(),
            place: object.place.clone(),
        };
        let Some((node, _)) = self.field(object, field) else {
            return empty();
        };
        self.names.push(name);
        let text = self.string(&node, object.name).map(Cow::into_owned);
        self.names.pop();
        Placed {
            value: text.unwrap_or_default(),
            place: node.place(),
        }
    }

    pub(super) fn string<'a>(&mut self, node: &Node<'a>, owner: &'static str) -> Option<Cow<'a, str>> {
        let text = node.as_str();
        if text.is_none() && node.resolved().kind() != NodeKind::Null {
            self.mismatch(json_kind(node), owner, "string", node);
        }
        text
    }

    pub(super) fn list<'a, T>(
        &mut self,
        object: &Struct<'a>,
        name: &'static str,
        go_item: &str,
        mut item: impl FnMut(&mut Decoder, &Node<'a>, String) -> T,
    ) -> Placed<Vec<T>> {
        let Some((node, path)) = self.field(object, name) else {
            return Placed {
                value: Vec::new(),
                place: object.place.clone(),
            };
        };
        self.names.push(name);
        let mut value = Vec::new();
        if node.resolved().kind() == NodeKind::Sequence {
            for (index, node) in node.items().enumerate() {
                value.push(item(self, &node, format!("{path}[{index}]")));
            }
        } else {
            self.mismatch(json_kind(&node), object.name, &format!("[]{go_item}"), &node);
        }
        self.names.pop();
        Placed {
            value,
            place: node.place(),
        }
    }

    pub(super) fn mismatch(&mut self, kind: &str, owner: &str, go_type: &str, node: &Node<'_>) {
        let text = match self.names.as_slice() {
            [] => format!("json: cannot unmarshal {kind} into Go value of type {go_type}"),
            names => {
                let names = names.join(".");
                format!(
                    "json: cannot unmarshal {kind} into Go struct field {owner}.{names} of type {go_type}"
                )
            }
        };
        let problem = Problem::new(Stage::Decoding, "", text, &node.place());
        self.mismatches.push(match (go_type, node.resolved().kind()) {
            ("string", NodeKind::Scalar) => problem.hint("put it in quotes"),
            _ => problem,
        });
    }

    pub(super) fn unreadable(&mut self, error: &sealkit_manifest::ReadError) {
        let problem = Problem {
            stage: Stage::Syntax,
            field: String::new(),
            text: error.to_string(),
            place: error.place().cloned(),
            hint: error.hint(),
        };
        self.fatal.get_or_insert(problem);
    }
}

/// The steps of a strict path in the order in which sorted JSON is walked: keys by their bytes, indices by number.
fn walk(path: &str) -> Vec<(&str, usize)> {
    let index = |part: &str| part.trim_matches([']', '"']).parse().unwrap_or(0);
    path.split(['.', '['])
        .map(|part| {
            if part.contains(']') {
                ("", index(part))
            } else {
                (part, 0)
            }
        })
        .collect()
}

/// What encoding/json calls a value.
pub(super) fn json_kind(node: &Node<'_>) -> &'static str {
    let node = node.resolved();
    match node.kind() {
        NodeKind::Sequence => "array",
        NodeKind::Mapping => "object",
        _ if node.as_bool().is_some() => "bool",
        _ if node.as_str().is_some() => "string",
        _ => "number",
    }
}
