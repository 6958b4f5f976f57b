//! Everything that can be told about one stored value: who wrote it, whether a configuration opens it, whether it is stale.

use super::object::{ObjectName, is_object_of};
use super::scheme::RESERVED_PREFIX;
use super::stored::Stored;
use super::transformers::{Reader, Transformers};
use super::{DecryptError, Encoding, Scheme};

/// What was found out about a value.
#[derive(Debug)]
#[non_exhaustive]
pub struct Examination {
    /// How it is stored; `None` if it is neither an object nor encrypted under a known scheme.
    pub scheme: Option<Scheme>,
    /// The name of the key or provider that wrote it.
    pub name: Option<String>,
    /// Whether the name is certain: one of the configuration's, or of kms v2, whose names have no colon.
    pub name_is_certain: bool,
    /// kms v2: the public name of the key that wrapped the value's source.
    pub kms_key_id: Option<String>,
    /// What opening it came to; `None` without a configuration.
    pub opening: Option<Result<OpenedValue, DecryptError>>,
}

/// A value that opened and is the object of its etcd key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenedValue {
    /// Which entry opened it, and whether it is stale.
    pub by: Reader,
    /// How the object is encoded; `None` if what came out is itself an encrypted value, which is reported and not opened.
    pub encoding: Option<Encoding>,
    /// Who it is; `None` for CBOR, which is not read.
    pub object: Option<ObjectName>,
}

impl Examination {
    /// Looks at a value, and tries to open it where there is a list.
    ///
    /// What comes out must be the object of the etcd key, or, to be reported, an encrypted value once more; everything else
    /// counts as a failed attempt, because AES-CBC accepts one wrong key in 256.
    pub fn of(etcd_key: &[u8], stored: &[u8], list: Option<&Transformers>) -> Examination {
        let mut examination = Examination {
            scheme: None,
            name: None,
            name_is_certain: false,
            kms_key_id: None,
            opening: list.map(|list| open(etcd_key, stored, list)),
        };
        match Stored::read(stored) {
            Stored::Encrypted(value) => {
                let entries = list.map(Transformers::entries).unwrap_or_default().iter();
                let names = entries
                    .filter(|entry| entry.scheme() == value.scheme)
                    .flat_map(|entry| entry.names());
                let opened = examination
                    .opening
                    .as_ref()
                    .and_then(|opening| opening.as_ref().ok());
                let opener = opened.zip(list).and_then(|(opened, list)| {
                    list.entries()
                        .get(opened.by.provider)?
                        .names()
                        .get(opened.by.key)
                        .copied()
                });
                // the key that opened it wrote it; else the longest configured name that fits
                let known = opener.or_else(|| value.name_among(names));
                examination.scheme = Some(value.scheme);
                examination.name_is_certain = known.is_some() || value.scheme == Scheme::KmsV2;
                examination.name = known.or_else(|| value.probable_name()).map(str::to_owned);
                examination.kms_key_id = value.kms_object().map(|object| object.key_id.to_owned());
            }
            Stored::Plaintext(_) => {
                examination.scheme = Some(Scheme::Plaintext);
                examination.name_is_certain = true;
            }
            Stored::UnknownScheme | Stored::Unknown => {}
        }
        examination
    }

    /// Whether a value was encrypted twice: what came out is encrypted again.
    pub fn is_doubly_encrypted(&self) -> bool {
        matches!(&self.opening, Some(Ok(opened)) if opened.encoding.is_none())
    }
}

fn open(etcd_key: &[u8], stored: &[u8], list: &Transformers) -> Result<OpenedValue, DecryptError> {
    let mut accept = |plain: &[u8]| plain.starts_with(RESERVED_PREFIX) || is_object_of(etcd_key, plain);
    let opened = list.decrypt_where(etcd_key, stored, &mut accept)?;
    let plaintext = opened.plaintext.expose();
    Ok(OpenedValue {
        encoding: Encoding::of(plaintext),
        object: ObjectName::read(plaintext),
        by: opened.by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::at_rest::{Key, Transformer};

    const KEY: &[u8] = b"/registry/secrets/shop/db";
    const OBJECT: &[u8] =
        br#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"shop"}}"#;

    fn list(name: &str, byte: u8) -> Transformers {
        let key = Key::new(name, vec![byte; 32].into());
        let entries = vec![
            Transformer::aes_cbc(&[key]).expect("32 bytes"),
            Transformer::plaintext(),
        ];
        Transformers::new(entries).expect("entries")
    }

    #[test]
    fn tells_the_writer_without_a_configuration() {
        let stored = list("a:b", 1)
            .encrypt(KEY, OBJECT, &mut rand::rng())
            .expect("short");
        let alone = Examination::of(KEY, &stored, None);
        assert_eq!(
            (alone.scheme, alone.name.as_deref(), alone.name_is_certain),
            (Some(Scheme::AesCbc), Some("a"), false)
        );
        assert!(alone.opening.is_none());
        let with = Examination::of(KEY, &stored, Some(&list("a:b", 1)));
        assert_eq!((with.name.as_deref(), with.name_is_certain), (Some("a:b"), true));
        let opened = with.opening.expect("tried").expect("opens");
        assert_eq!(
            (opened.by.stale, opened.object.expect("an object").name.as_str()),
            (false, "db")
        );
    }

    #[test]
    fn a_value_that_belongs_elsewhere_does_not_count_as_opened() {
        let list = list("k", 1);
        let moved = list.encrypt(KEY, OBJECT, &mut rand::rng()).expect("short");
        let examination = Examination::of(b"/registry/secrets/shop/other", &moved, Some(&list));
        assert!(matches!(examination.opening, Some(Err(DecryptError::Failed(_)))));
    }

    #[test]
    fn double_encryption_is_reported_and_not_undone() {
        let list = list("k", 1);
        let once = list.encrypt(KEY, OBJECT, &mut rand::rng()).expect("short");
        let twice = list.encrypt(KEY, &once, &mut rand::rng()).expect("short");
        assert!(Examination::of(KEY, &twice, Some(&list)).is_doubly_encrypted());
        assert!(!Examination::of(KEY, &once, Some(&list)).is_doubly_encrypted());
    }

    #[test]
    fn control_keys_and_garbage_are_neither() {
        let examination = Examination::of(b"compact_rev_key", b"225", None);
        assert_eq!((examination.scheme, examination.name), (None, None));
    }
}
