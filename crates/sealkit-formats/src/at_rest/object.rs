//! Just enough of a stored object to say whose it is: encoding, kind, namespace, name, and a Secret's or ConfigMap's data.
//!
//! It reads and never writes: a re-encoded object would lose the fields that this file does not know.

use std::collections::BTreeMap;

use sealkit_crypto::secret::Plaintext;
use serde_json::Value as Json;

use crate::wire::{Fields, Malformed, Value};

/// How an object is encoded before it is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `k8s\0` and the envelope of Kubernetes' own types.
    Protobuf,
    /// Custom resources, CustomResourceDefinitions and APIServices; everything, if the server is told so.
    Json,
    /// Custom resources, behind a feature gate.
    Cbor,
}

const PROTOBUF_MAGIC: &[u8] = b"k8s\0";
const CBOR_MAGIC: &[u8] = b"\xd9\xd9\xf7";

impl Encoding {
    /// Recognises an object by its first bytes.
    pub fn of(value: &[u8]) -> Option<Encoding> {
        match value {
            [b'{', ..] => Some(Encoding::Json),
            _ if value.starts_with(PROTOBUF_MAGIC) => Some(Encoding::Protobuf),
            _ if value.starts_with(CBOR_MAGIC) => Some(Encoding::Cbor),
            _ => None,
        }
    }
}

/// Who a stored object is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ObjectName {
    /// `v1`, `apps/v1`, ….
    pub api_version: String,
    /// `Secret`, `ConfigMap`, ….
    pub kind: String,
    /// Empty for cluster-scoped objects.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl ObjectName {
    /// Reads it from an object's plaintext; `None` if that is no object, or CBOR, which is recognised but not read.
    pub fn read(plaintext: &[u8]) -> Option<ObjectName> {
        match Encoding::of(plaintext)? {
            Encoding::Protobuf => ObjectName::from_protobuf(plaintext).ok(),
            Encoding::Json => ObjectName::from_json(plaintext),
            Encoding::Cbor => None,
        }
    }

    fn from_protobuf(plaintext: &[u8]) -> Result<ObjectName, Malformed> {
        let envelope = Envelope::read(plaintext)?;
        let mut object = ObjectName {
            api_version: text(envelope.api_version)?.to_owned(),
            kind: text(envelope.kind)?.to_owned(),
            ..ObjectName::default()
        };
        // every Kubernetes type with metadata has it in field 1
        if let Some(metadata) = field(envelope.raw, 1)? {
            object.name = text(field(metadata, 1)?.unwrap_or_default())?.to_owned();
            object.namespace = text(field(metadata, 3)?.unwrap_or_default())?.to_owned();
        }
        Ok(object)
    }

    fn from_json(plaintext: &[u8]) -> Option<ObjectName> {
        let object: Json = serde_json::from_slice(plaintext).ok()?;
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        Some(ObjectName {
            api_version: text(&object["apiVersion"]),
            kind: text(&object["kind"]),
            namespace: text(&object["metadata"]["namespace"]),
            name: text(&object["metadata"]["name"]),
        })
    }

    /// Whether an etcd key can be this object's: it ends in the name, after the namespace if there is one.
    ///
    /// Source: the keys of §6.1 in the format notes: `<prefix>/<resource>[/<namespace>]/<name>`.
    pub fn belongs_to(&self, etcd_key: &[u8]) -> bool {
        if self.name.is_empty() {
            return false;
        }
        let tail = match self.namespace.as_str() {
            "" => format!("/{}", self.name),
            namespace => format!("/{namespace}/{}", self.name),
        };
        etcd_key.ends_with(tail.as_bytes())
    }
}

/// Whether an opened value is the object of that etcd key, as far as can be told: for CBOR, that it is an object.
///
/// The check that AES-CBC lacks: give it to [`super::Transformers::decrypt_where`].
pub fn is_object_of(etcd_key: &[u8], plaintext: &[u8]) -> bool {
    match Encoding::of(plaintext) {
        None => false,
        Some(Encoding::Cbor) => true,
        Some(_) => ObjectName::read(plaintext).is_some_and(|object| object.belongs_to(etcd_key)),
    }
}

/// The data of a Secret or ConfigMap in protobuf or JSON, by key; `None` if the plaintext is neither.
///
/// ConfigMap `data` and `binaryData` come together, as bytes.
pub fn data(plaintext: &[u8]) -> Option<BTreeMap<String, Plaintext>> {
    match Encoding::of(plaintext)? {
        Encoding::Protobuf => protobuf_data(plaintext).ok()?,
        Encoding::Json => json_data(plaintext),
        Encoding::Cbor => None,
    }
}

fn protobuf_data(plaintext: &[u8]) -> Result<Option<BTreeMap<String, Plaintext>>, Malformed> {
    let envelope = Envelope::read(plaintext)?;
    let maps: &[u32] = match (envelope.api_version, envelope.kind) {
        (b"v1", b"Secret") => &[2],
        (b"v1", b"ConfigMap") => &[2, 3],
        _ => return Ok(None),
    };
    let mut data = BTreeMap::new();
    for entry in Fields::of(envelope.raw) {
        if let (number, Value::Bytes(entry)) = entry?
            && maps.contains(&number)
        {
            let key = text(field(entry, 1)?.unwrap_or_default())?.to_owned();
            data.insert(
                key,
                Plaintext::from(field(entry, 2)?.unwrap_or_default().to_vec()),
            );
        }
    }
    Ok(Some(data))
}

fn json_data(plaintext: &[u8]) -> Option<BTreeMap<String, Plaintext>> {
    use base64::Engine;
    let object: Json = serde_json::from_slice(plaintext).ok()?;
    if object["apiVersion"] != "v1" {
        return None;
    }
    let base64 = |value: &str| base64::engine::general_purpose::STANDARD.decode(value).ok();
    let plain = |value: &str| Some(value.as_bytes().to_vec());
    type Decode<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;
    let maps: &[(&str, Decode<'_>)] = match object["kind"].as_str()? {
        "Secret" => &[("data", &base64)],
        "ConfigMap" => &[("data", &plain), ("binaryData", &base64)],
        _ => return None,
    };
    let mut data = BTreeMap::new();
    for (map, decode) in maps {
        for (key, value) in object[*map].as_object().into_iter().flatten() {
            data.insert(key.clone(), Plaintext::from(decode(value.as_str()?)?));
        }
    }
    Some(data)
}

/// The envelope around every protobuf object: `k8s\0` and `runtime.Unknown`.
struct Envelope<'a> {
    api_version: &'a [u8],
    kind: &'a [u8],
    raw: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn read(plaintext: &'a [u8]) -> Result<Envelope<'a>, Malformed> {
        let unknown = plaintext.strip_prefix(PROTOBUF_MAGIC).ok_or(Malformed)?;
        let type_meta = field(unknown, 1)?.unwrap_or_default();
        Ok(Envelope {
            api_version: field(type_meta, 1)?.unwrap_or_default(),
            kind: field(type_meta, 2)?.unwrap_or_default(),
            raw: field(unknown, 2)?.unwrap_or_default(),
        })
    }
}

/// The last length-delimited field of this number.
fn field(message: &[u8], number: u32) -> Result<Option<&[u8]>, Malformed> {
    let mut found = None;
    for field in Fields::of(message) {
        if let (at, Value::Bytes(bytes)) = field?
            && at == number
        {
            found = Some(bytes);
        }
    }
    Ok(found)
}

fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::*;

    /// Stored by a released API server (test data of kubernetes/kubernetes, Apache-2.0).
    const SECRET: &str = "azhzAAoMCgJ2MRIGU2VjcmV0En4KXwoLdGVzdC1zZWNyZXQSABoWc2VjcmV0LWVuY3J5cHRpb24tdGVzdCIAKiQ3MmRmZTVjNC0xNDU2LTQyMzktYjFlZC1hZGZmYTJmMWY3YmEyADgAQggI5Jy/7wUQAHoAEhMKB2FwaV9rZXkSCPCfpJfwn5C8GgZPcGFxdWUaACIA";

    fn secret() -> Vec<u8> {
        base64::engine::general_purpose::STANDARD
            .decode(SECRET)
            .expect("base64")
    }

    #[test]
    fn reads_a_stored_secret_with_a_field_that_no_longer_exists() {
        let object = ObjectName::read(&secret()).expect("an object");
        assert_eq!(
            (object.api_version.as_str(), object.kind.as_str()),
            ("v1", "Secret")
        );
        assert_eq!(
            (object.namespace.as_str(), object.name.as_str()),
            ("secret-encryption-test", "test-secret")
        );
        let data = data(&secret()).expect("a Secret");
        assert_eq!(
            data["api_key"].expose(),
            [0xf0, 0x9f, 0xa4, 0x97, 0xf0, 0x9f, 0x90, 0xbc]
        );
    }

    #[test]
    fn an_object_belongs_to_one_key_in_any_prefix() {
        let is = |key: &str| is_object_of(key.as_bytes(), &secret());
        assert!(is("/registry/secrets/secret-encryption-test/test-secret"));
        assert!(is("/kubernetes.io/secrets/secret-encryption-test/test-secret"));
        assert!(!is("/registry/secrets/default/test-secret"));
        assert!(!is("/registry/secrets/secret-encryption-test/test-secret2"));
        assert!(!is_object_of(b"/registry/secrets/a/b", b"\x01\x02"));
    }

    #[test]
    fn reads_json_objects() {
        let json = br#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n","namespace":"s"},"data":{"a":"b"},"binaryData":{"c":"AAE="}}"#;
        assert!(is_object_of(b"/registry/configmaps/s/n", json));
        let data = data(json).expect("a ConfigMap");
        assert_eq!((data["a"].expose(), data["c"].expose()), (&b"b"[..], &[0, 1][..]));
    }

    #[test]
    fn cluster_scoped_objects_have_no_namespace_in_their_key() {
        let json = br#"{"apiVersion":"a.example/v1","kind":"Thing","metadata":{"name":"n"}}"#;
        assert!(is_object_of(b"/registry/a.example/things/n", json));
        assert!(data(json).is_none());
    }

    #[test]
    fn garbage_is_no_object() {
        for garbage in [
            &b""[..],
            b"k8s\0\x0a",
            b"{",
            b"{\"a\":",
            b"k8s:enc:",
            b"k8s\0\x0a\x03\x0a\x01\xff",
        ] {
            assert!(!is_object_of(b"/registry/secrets/a/b", garbage));
        }
    }
}
