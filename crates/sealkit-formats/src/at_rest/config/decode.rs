//! From text to the typed configuration, as strictly as the server decodes it.
//!
//! The server turns YAML into JSON, which sorts the keys, and reports the first value of a wrong type or else every field it
//! does not know. The same order is kept here, so that the first problem is the server's.

use std::borrow::Cow;

use sealkit_manifest::{Node, NodeKind, Place, Stream, Syntax, Value};
use zeroize::Zeroizing;

use super::go;
use super::model::{Keys, Kms, NamedKey, Placed, Provider, Rule};
use super::problem::{ConfigError, Problem, Stage};
use super::recognise::{Field, KIND, fields, missing, not_json, recognise};

const DEFAULT_TIMEOUT_NANOSECONDS: i64 = 3_000_000_000;
const DEFAULT_CACHESIZE: i32 = 1000;

/// Decodes the only document of a file.
pub(super) fn decode(stream: &Stream) -> Result<Vec<Rule>, ConfigError> {
    let mut documents = stream.documents();
    let place = stream.source().place(0);
    let failed = |problem: Problem| ConfigError(vec![problem]);
    if stream.as_str().is_empty() {
        let text = format!(
            "encryption provider configuration file {} is empty",
            go::quote(stream.source().name())
        );
        let hint = "begin with `sealkit at-rest config new`";
        return Err(failed(Problem::new(Stage::Syntax, "", text, &place).hint(hint)));
    }
    if stream.syntax() == Syntax::Yaml && stream.as_str().trim_start().starts_with('{') {
        return Err(failed(not_json(stream)));
    }
    let Some(root) = documents.next() else {
        return Err(failed(missing("Kind", &place)));
    };
    if let Some(second) = documents.next() {
        let text = "the file has more than one document, of which the server reads the first alone";
        return Err(failed(
            Problem::new(Stage::Syntax, "", text, &second.place()).hint("keep one document"),
        ));
    }
    recognise(&root).map_err(failed)?;
    let mut decoder = Decoder {
        json: stream.syntax() == Syntax::Json,
        ..Decoder::default()
    };
    let rules = decoder.root(&root);
    decoder.finish().map(|()| rules)
}

#[derive(Default)]
struct Decoder {
    json: bool,
    /// A value of a type that ends decoding at once (a duration that does not parse).
    fatal: Option<Problem>,
    /// Values of wrong types: the server reports the first.
    mismatches: Vec<Problem>,
    /// Fields that are not known: the server reports all.
    unknown: Vec<Problem>,
    /// Field names from the root, for the texts of mismatches.
    names: Vec<&'static str>,
}

/// A struct's fields by name, with the strict path to it.
struct Struct<'a> {
    name: &'static str,
    path: String,
    place: Place,
    fields: Vec<Field<'a>>,
}

impl Decoder {
    fn finish(mut self) -> Result<(), ConfigError> {
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

    fn root(&mut self, root: &Node<'_>) -> Vec<Rule> {
        let known = ["apiVersion", "kind", "resources"];
        let Some(object) = self.open(root, KIND, "EncryptionConfiguration", String::new(), &known) else {
            return Vec::new();
        };
        for (field, name) in [("apiVersion", "apiVersion"), ("kind", "kind")] {
            self.text(&object, field, name);
        }
        self.list(
            &object,
            "resources",
            "v1.ResourceConfiguration",
            |decoder, node, path| decoder.rule(node, path),
        )
        .value
    }

    fn rule(&mut self, node: &Node<'_>, path: String) -> Rule {
        let known = ["providers", "resources"];
        let object = self.open(
            node,
            "ResourceConfiguration",
            "v1.ResourceConfiguration",
            path,
            &known,
        );
        let place = node.place();
        let Some(object) = object else {
            let empty = Placed {
                value: Vec::new(),
                place: place.clone(),
            };
            return Rule {
                providers: Placed {
                    value: Vec::new(),
                    place: place.clone(),
                },
                resources: empty,
                place,
            };
        };
        // the server decodes JSON with sorted keys, or JSON in the author's order
        let providers = self.list(
            &object,
            "providers",
            "v1.ProviderConfiguration",
            |decoder, node, path| decoder.provider(node, path),
        );
        let resources = self.list(&object, "resources", "string", |decoder, node, _| Placed {
            value: decoder
                .string(node, "ResourceConfiguration")
                .map(Cow::into_owned)
                .unwrap_or_default(),
            place: node.place(),
        });
        Rule {
            place,
            resources,
            providers,
        }
    }

    fn provider(&mut self, node: &Node<'_>, path: String) -> Provider {
        let known = ["aescbc", "aesgcm", "identity", "kms", "secretbox"];
        let place = node.place();
        let mut provider = Provider {
            place,
            aesgcm: None,
            aescbc: None,
            secretbox: None,
            identity: None,
            kms: None,
        };
        let Some(object) = self.open(
            node,
            "ProviderConfiguration",
            "v1.ProviderConfiguration",
            path,
            &known,
        ) else {
            return provider;
        };
        provider.aescbc = self.keys(&object, "aescbc", "AESConfiguration", "v1.AESConfiguration");
        provider.aesgcm = self.keys(&object, "aesgcm", "AESConfiguration", "v1.AESConfiguration");
        if let Some((node, path)) = self.field(&object, "identity") {
            self.names.push("identity");
            let opened = self.open(
                &node,
                "IdentityConfiguration",
                "v1.IdentityConfiguration",
                path,
                &[],
            );
            self.names.pop();
            provider.identity = opened.map(|object| object.place);
        }
        if let Some((node, path)) = self.field(&object, "kms") {
            self.names.push("kms");
            provider.kms = self.kms(&node, path);
            self.names.pop();
        }
        provider.secretbox = self.keys(
            &object,
            "secretbox",
            "SecretboxConfiguration",
            "v1.SecretboxConfiguration",
        );
        provider
    }

    fn keys(
        &mut self,
        parent: &Struct<'_>,
        name: &'static str,
        type_name: &'static str,
        go: &str,
    ) -> Option<Keys> {
        let (node, path) = self.field(parent, name)?;
        self.names.push(name);
        let keys = self.open(&node, type_name, go, path, &["keys"]).map(|object| {
            let written = self.field(&object, "keys").is_some();
            let keys = self.list(&object, "keys", "v1.Key", |decoder, node, path| {
                decoder.key(node, path)
            });
            Keys {
                place: keys.place,
                keys: keys.value,
                written,
            }
        });
        self.names.pop();
        keys
    }

    fn key(&mut self, node: &Node<'_>, path: String) -> NamedKey {
        let place = node.place();
        let Some(object) = self.open(node, "Key", "v1.Key", path, &["name", "secret"]) else {
            let empty = |place: &Place| Placed {
                value: String::new(),
                place: place.clone(),
            };
            let secret = Placed {
                value: Zeroizing::default(),
                place: place.clone(),
            };
            return NamedKey {
                name: empty(&place),
                secret,
                place,
            };
        };
        let name = self.text(&object, "name", "name");
        let secret = self.text(&object, "secret", "secret");
        NamedKey {
            place,
            name,
            secret: Placed {
                value: Zeroizing::new(secret.value),
                place: secret.place,
            },
        }
    }

    fn kms(&mut self, node: &Node<'_>, path: String) -> Option<Kms> {
        let known = ["apiVersion", "cachesize", "endpoint", "name", "timeout"];
        let object = self.open(node, "KMSConfiguration", "v1.KMSConfiguration", path, &known)?;
        let mut api_version = self.text(&object, "apiVersion", "apiVersion");
        let cachesize = self.cachesize(&object);
        let endpoint = self.text(&object, "endpoint", "endpoint");
        let name = self.text(&object, "name", "name");
        let timeout = self.timeout(&object);
        let api_version_written = !api_version.value.is_empty();
        if !api_version_written {
            api_version.value = "v1".to_owned();
        }
        let default_cachesize = || Placed {
            value: DEFAULT_CACHESIZE,
            place: object.place.clone(),
        };
        let cachesize = cachesize.or_else(|| (api_version.value == "v1").then(default_cachesize));
        let default_timeout = || Placed {
            value: DEFAULT_TIMEOUT_NANOSECONDS,
            place: object.place.clone(),
        };
        let timeout = timeout.unwrap_or_else(default_timeout);
        Some(Kms {
            place: object.place.clone(),
            api_version,
            api_version_written,
            name,
            endpoint,
            timeout,
            cachesize,
        })
    }

    fn cachesize(&mut self, object: &Struct<'_>) -> Option<Placed<i32>> {
        let (node, _) = self.field(object, "cachesize")?;
        self.names.push("cachesize");
        let raw = || Value::Number(node.raw().to_owned());
        // the server reads the digits of JSON as they stand
        let number = match node.value().map(|value| {
            if self.json && matches!(value, Value::Number(_)) {
                raw()
            } else {
                value
            }
        }) {
            Ok(Value::Number(text)) => match int32(&text, self.json) {
                Some(value) => Some(Placed {
                    value,
                    place: node.place(),
                }),
                None => {
                    self.mismatch(&format!("number {text}"), "KMSConfiguration", "int32", &node);
                    None
                }
            },
            Ok(_) => {
                self.mismatch(json_kind(&node), "KMSConfiguration", "int32", &node);
                None
            }
            Err(error) => {
                self.unreadable(&error);
                None
            }
        };
        self.names.pop();
        number
    }

    fn timeout(&mut self, object: &Struct<'_>) -> Option<Placed<i64>> {
        let (node, _) = self.field(object, "timeout")?;
        let text = match node.as_str() {
            Some(text) => go::parse_duration(&text),
            None => {
                let kind = json_kind(&node);
                let field = [&self.names[..], &["timeout"]].concat().join(".");
                Err(format!(
                    "json: cannot unmarshal {kind} into Go struct field KMSConfiguration.{field} of type string"
                ))
            }
        };
        match text {
            Ok(value) => Some(Placed {
                value,
                place: node.place(),
            }),
            Err(text) => {
                let problem =
                    Problem::new(Stage::Decoding, "", text, &node.place()).hint("write it as in \"3s\"");
                self.fatal.get_or_insert(problem);
                None
            }
        }
    }

    /// Opens a mapping; `None` for null, which leaves everything at its default, and for other kinds, which are reported.
    fn open<'a>(
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
    fn owner(&self, name: &'static str) -> &'static str {
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
    fn field<'a>(&self, object: &Struct<'a>, name: &str) -> Option<(Node<'a>, String)> {
        let field = object.fields.iter().find(|field| field.key == name)?;
        let path = if object.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", object.path)
        };
        (field.value.resolved().kind() != NodeKind::Null).then_some((field.value, path))
    }

    fn text(&mut self, object: &Struct<'_>, field: &str, name: &'static str) -> Placed<String> {
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

    fn string<'a>(&mut self, node: &Node<'a>, owner: &'static str) -> Option<Cow<'a, str>> {
        let text = node.as_str();
        if text.is_none() && node.resolved().kind() != NodeKind::Null {
            self.mismatch(json_kind(node), owner, "string", node);
        }
        text
    }

    fn list<'a, T>(
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

    fn mismatch(&mut self, kind: &str, owner: &str, go_type: &str, node: &Node<'_>) {
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

    fn unreadable(&mut self, error: &sealkit_manifest::ReadError) {
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

/// Reads an int32. In YAML a float that is whole was turned into digits before it was decoded.
fn int32(text: &str, json: bool) -> Option<i32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let float: f64 = text.parse().ok().filter(|_| !json)?;
    (float.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&float))
        .then_some(float as i32)
}
