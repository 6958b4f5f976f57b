//! The message that a kms v2 provider stores: read in place, written in the order of its fields.

use smallvec::SmallVec;

use super::service::WrappedSource;
use crate::wire::{Fields, Malformed, Value, bytes_len, put_bytes, put_header};

/// Longest wrapped data key or seed, in bytes.
const MAX_SOURCE_BYTES: usize = 1024;
/// Longest key id, in bytes.
pub(super) const MAX_KEY_ID_BYTES: usize = 1024;
/// All annotation keys and values together, in bytes.
const MAX_ANNOTATION_BYTES: usize = 32 * 1024;

/// What the wrapped source of a value is, once it is unwrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// The AES key itself; written by 1.25 to 1.28.
    AesGcmKey,
    /// A seed from which every value derives its own AES key; the only kind written from 1.29 on.
    HkdfSeed,
}

/// A kms v2 payload, taken apart and checked, borrowing from the stored bytes.
///
/// Source: `k8s.io/apiserver` v0.36.2, `kmsv2/v2/api.proto` and `ValidateEncryptedObject`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedObject<'a> {
    /// `nonce ‖ ct ‖ tag`, after 32 bytes of derivation info where the source is a seed.
    pub data: &'a [u8],
    /// Public name of the key that wrapped the source.
    pub key_id: &'a str,
    /// The wrapped data key or seed.
    pub source: &'a [u8],
    /// What the key service noted for itself.
    pub annotations: Annotations<'a>,
    /// What the source is.
    pub kind: SourceKind,
}

impl<'a> EncryptedObject<'a> {
    /// Reads and checks a payload (what follows `k8s:enc:kms:v2:<provider>:`).
    ///
    /// # Errors
    /// [`ObjectError`] for whatever the API server refuses too.
    pub fn read(payload: &'a [u8]) -> Result<EncryptedObject<'a>, ObjectError> {
        let mut object = EncryptedObject {
            data: &[],
            key_id: "",
            source: &[],
            annotations: Annotations::default(),
            kind: SourceKind::AesGcmKey,
        };
        let mut kind = 0;
        for field in Fields::of(payload) {
            match field? {
                (1, Value::Bytes(bytes)) => object.data = bytes,
                (2, Value::Bytes(bytes)) => object.key_id = text(bytes)?,
                (3, Value::Bytes(bytes)) => object.source = bytes,
                (4, Value::Bytes(bytes)) => {
                    let (key, value) = annotation(bytes)?;
                    object.annotations.0.push((key, value));
                }
                (5, Value::Varint(number)) => kind = number as u32, // an enum is an int32, whatever its varint says
                _ => {}
            }
        }
        object.annotations.settle();
        object.kind = match kind {
            0 => SourceKind::AesGcmKey,
            1 => SourceKind::HkdfSeed,
            _ => return Err(ObjectError::SourceKind),
        };
        if object.data.is_empty() {
            return Err(ObjectError::NoData);
        }
        check(object.key_id, object.source, object.annotations.iter())?;
        Ok(object)
    }

    /// Copies out what the key service needs.
    pub fn wrapped(&self) -> WrappedSource {
        WrappedSource {
            ciphertext: self.source.to_vec(),
            key_id: self.key_id.to_owned(),
            annotations: self
                .annotations
                .iter()
                .map(|(key, value)| (key.to_owned(), value.to_vec()))
                .collect(),
        }
    }
}

/// Annotations in the order of their keys; of a key given twice, the last. A few take no memory of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Annotations<'a>(SmallVec<[(&'a str, &'a [u8]); 4]>);

impl<'a> Annotations<'a> {
    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.0.iter().copied()
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        let at = self.0.binary_search_by_key(&key, |(key, _)| key).ok()?;
        Some(self.0[at].1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn settle(&mut self) {
        // of equals, the last comes first and stays
        self.0.reverse();
        self.0.sort_by_key(|(key, _)| *key);
        self.0.dedup_by_key(|(key, _)| *key);
    }
}

/// Why a kms envelope is not one, or may not become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// Not a protobuf message, or text in it is not UTF-8.
    #[error("it is not the message a kms v2 provider writes")]
    Malformed,
    /// kms v1: the length of the wrapped data key is cut off or beyond the value.
    #[error("its wrapped data key is cut off")]
    CutOff,
    /// No encrypted data.
    #[error("it has no encrypted data")]
    NoData,
    /// An unknown kind of data key source.
    #[error("its kind of data key is unknown")]
    SourceKind,
    /// The wrapped source has not 1 to 1024 bytes, or with kms v1 more than 65535.
    #[error("its wrapped data key is empty or too long")]
    Source,
    /// The key id has not 1 to 1024 bytes.
    #[error("its key id is empty or longer than {MAX_KEY_ID_BYTES} bytes")]
    KeyId,
    /// An annotation's key is not a domain name.
    #[error("the key of one of its annotations is not a fully qualified domain name")]
    AnnotationKey,
    /// The annotations have more than 32 KiB.
    #[error("its annotations are longer than {MAX_ANNOTATION_BYTES} bytes")]
    Annotations,
}

impl From<Malformed> for ObjectError {
    fn from(_: Malformed) -> ObjectError {
        ObjectError::Malformed
    }
}

/// Checks what a key service returned before it goes into a message.
pub(super) fn check_wrapped(wrapped: &WrappedSource) -> Result<(), ObjectError> {
    let annotations = wrapped
        .annotations
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_slice()));
    check(&wrapped.key_id, &wrapped.ciphertext, annotations)
}

/// Encodes everything but the encrypted data, which stands before it.
pub(super) fn tail(wrapped: &WrappedSource, kind: SourceKind) -> Vec<u8> {
    let mut out = Vec::new();
    put_bytes(2, wrapped.key_id.as_bytes(), &mut out);
    put_bytes(3, &wrapped.ciphertext, &mut out);
    for (key, value) in &wrapped.annotations {
        put_header(4, bytes_len(key.len()) + bytes_len(value.len()), &mut out);
        put_bytes(1, key.as_bytes(), &mut out);
        put_bytes(2, value, &mut out);
    }
    if kind == SourceKind::HkdfSeed {
        out.extend_from_slice(&[0x28, 1]); // a zero would be left out
    }
    out
}

fn annotation(entry: &[u8]) -> Result<(&str, &[u8]), ObjectError> {
    let (mut key, mut value) = ("", &[][..]);
    for field in Fields::of(entry) {
        match field? {
            (1, Value::Bytes(bytes)) => key = text(bytes)?,
            (2, Value::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    Ok((key, value))
}

fn text(bytes: &[u8]) -> Result<&str, ObjectError> {
    std::str::from_utf8(bytes).map_err(|_| ObjectError::Malformed)
}

fn check<'b>(
    key_id: &str,
    source: &[u8],
    annotations: impl Iterator<Item = (&'b str, &'b [u8])>,
) -> Result<(), ObjectError> {
    if source.is_empty() || source.len() > MAX_SOURCE_BYTES {
        return Err(ObjectError::Source);
    }
    if key_id.is_empty() || key_id.len() > MAX_KEY_ID_BYTES {
        return Err(ObjectError::KeyId);
    }
    let mut total = 0;
    for (key, value) in annotations {
        if !is_fully_qualified(key) {
            return Err(ObjectError::AnnotationKey);
        }
        total += key.len() + value.len();
    }
    if total > MAX_ANNOTATION_BYTES {
        Err(ObjectError::Annotations)
    } else {
        Ok(())
    }
}

/// Source: `k8s.io/apimachinery` v0.36.2, `validation.IsFullyQualifiedDomainName`: one trailing dot is forgiven.
fn is_fully_qualified(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        matches!(bytes, [first, .., last] if alphanumeric(*first) && alphanumeric(*last))
            .then_some(())
            .or(matches!(bytes, [only] if alphanumeric(*only)).then_some(()))
            .is_some()
            && bytes.len() <= 63
            && bytes.iter().all(|byte| alphanumeric(*byte) || *byte == b'-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn wrapped() -> WrappedSource {
        WrappedSource {
            ciphertext: b"edek".to_vec(),
            key_id: "kek-1".to_owned(),
            annotations: BTreeMap::from([("a.example".to_owned(), b"v".to_vec())]),
        }
    }

    fn message(wrapped: &WrappedSource, kind: SourceKind) -> Vec<u8> {
        let mut out = Vec::new();
        put_bytes(1, b"data", &mut out);
        out.extend(tail(wrapped, kind));
        out
    }

    #[test]
    fn reads_what_it_writes() {
        for kind in [SourceKind::AesGcmKey, SourceKind::HkdfSeed] {
            let bytes = message(&wrapped(), kind);
            let object = EncryptedObject::read(&bytes).expect("well formed");
            assert_eq!((object.data, object.kind), (&b"data"[..], kind));
            assert_eq!(object.wrapped(), wrapped());
        }
    }

    #[test]
    fn unknown_fields_are_tolerated_and_the_last_of_a_repeated_field_counts() {
        let mut bytes = message(&wrapped(), SourceKind::HkdfSeed);
        bytes.extend([0x78, 1, 0x12, 1, b'k', 0x22, 0x0e, 0x0a, 0x09]);
        bytes.extend(b"a.example");
        bytes.extend([0x12, 1, b'w']);
        let object = EncryptedObject::read(&bytes).expect("still well formed");
        assert_eq!(object.key_id, "k");
        assert_eq!(object.annotations.get("a.example"), Some(&b"w"[..]));
    }

    #[test]
    fn refuses_each_limit_by_name() {
        let with = |change: fn(&mut WrappedSource)| {
            let mut wrapped = wrapped();
            change(&mut wrapped);
            assert_eq!(
                check_wrapped(&wrapped),
                EncryptedObject::read(&message(&wrapped, SourceKind::HkdfSeed)).map(drop)
            );
            check_wrapped(&wrapped)
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(
            with(|wrapped| wrapped.ciphertext.clear()),
            Err(ObjectError::Source)
        );
        assert_eq!(with(|wrapped| wrapped.ciphertext = vec![0; 1024]), Ok(()));
        assert_eq!(
            with(|wrapped| wrapped.ciphertext = vec![0; 1025]),
            Err(ObjectError::Source)
        );
        assert_eq!(with(|wrapped| wrapped.key_id.clear()), Err(ObjectError::KeyId));
        assert_eq!(
            with(|wrapped| wrapped.key_id = "k".repeat(1025)),
            Err(ObjectError::KeyId)
        );
        assert_eq!(
            with(|wrapped| drop(wrapped.annotations.insert("plain".to_owned(), vec![]))),
            Err(ObjectError::AnnotationKey)
        );
        assert_eq!(
            with(|wrapped| drop(
                wrapped
                    .annotations
                    .insert("b.example".to_owned(), vec![0; 32 * 1024])
            )),
            Err(ObjectError::Annotations)
        );
        assert_eq!(EncryptedObject::read(&[]), Err(ObjectError::NoData));
        let mut kind = message(&wrapped(), SourceKind::AesGcmKey);
        kind.extend([0x28, 2]);
        assert_eq!(EncryptedObject::read(&kind), Err(ObjectError::SourceKind));
        let mut not_text = message(&wrapped(), SourceKind::AesGcmKey);
        not_text.extend([0x12, 1, 0xff]);
        assert_eq!(EncryptedObject::read(&not_text), Err(ObjectError::Malformed));
    }

    #[test]
    fn annotation_keys_are_domain_names_of_two_labels_or_more() {
        for good in ["a.b", "a.b.", "x-1.example.com", "0.0"] {
            assert!(is_fully_qualified(good), "{good}");
        }
        for bad in [
            "", "a", "a.", ".", "a..b", "-a.b", "a-.b", "A.b", "a_b.c", "a.b..", " a.b",
        ] {
            assert!(!is_fully_qualified(bad), "{bad}");
        }
        assert!(is_fully_qualified(&format!("{}.b", "a".repeat(63))));
        assert!(!is_fully_qualified(&format!("{}.b", "a".repeat(64))));
        assert!(!is_fully_qualified(
            &["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(63)].join(".")
        ));
    }

    #[test]
    fn every_cut_of_a_message_is_an_answer_and_not_a_panic() {
        let bytes = message(&wrapped(), SourceKind::HkdfSeed);
        for end in 0..bytes.len() {
            let _ = EncryptedObject::read(&bytes[..end]);
        }
    }
}
