//! From text to the typed configuration, as strictly as the server decodes it.
//!
//! The server turns YAML into JSON, which sorts the keys, and reports the first value of a wrong type or else every field it
//! does not know. The same order is kept here, so that the first problem is the server's.

use std::borrow::Cow;

use sealkit_manifest::{Node, Place, Stream, Syntax, Value};
use zeroize::Zeroizing;

use super::fields::{Decoder, Struct, json_kind};
use super::go;
use super::model::{Keys, Kms, NamedKey, Placed, Provider, Rule};
use super::problem::{ConfigError, Problem, Stage};
use super::recognise::{KIND, missing, not_json, recognise};

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
    let mut decoder = Decoder::new(stream.syntax() == Syntax::Json);
    let rules = decoder.root(&root);
    decoder.finish().map(|()| rules)
}

impl Decoder {
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
