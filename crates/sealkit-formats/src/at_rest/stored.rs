//! What a stored value says about itself, without any key.
//!
//! There are no length fields: a key name ends where the configuration says it does. Without a configuration the name can
//! only be guessed, and is reported as probable.

use super::kms::EncryptedObject;
use super::object::Encoding;
use super::scheme::{RESERVED_PREFIX, Scheme};

/// A stored value, taken apart as far as its prefix allows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stored<'a> {
    /// Not encrypted.
    Plaintext(Encoding),
    /// Encrypted under a known scheme.
    Encrypted(Encrypted<'a>),
    /// `k8s:enc:` and then something that no API server writes.
    UnknownScheme,
    /// Neither encrypted nor an object: a control key of the API server, another program's data, or garbage.
    Unknown,
}

/// The prefix of an encrypted value, split.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encrypted<'a> {
    /// How it is stored.
    pub scheme: Scheme,
    /// What follows the scheme's prefix: name, colon, payload.
    pub rest: &'a [u8],
}

impl<'a> Stored<'a> {
    /// Reads a value's first bytes.
    ///
    /// ```
    /// use sealkit_formats::at_rest::{Encoding, Scheme, Stored};
    /// let Stored::Encrypted(value) = Stored::read(b"k8s:enc:aesgcm:v1:key1:...") else { panic!() };
    /// assert_eq!((value.scheme, value.probable_name()), (Scheme::AesGcm, Some("key1")));
    /// assert_eq!(Stored::read(b"{\"kind\":\"Secret\"}"), Stored::Plaintext(Encoding::Json));
    /// ```
    pub fn read(value: &'a [u8]) -> Stored<'a> {
        if value.starts_with(RESERVED_PREFIX) {
            for scheme in Scheme::ALL {
                if scheme != Scheme::Plaintext
                    && let Some(rest) = value.strip_prefix(scheme.prefix().as_bytes())
                {
                    return Stored::Encrypted(Encrypted { scheme, rest });
                }
            }
            return Stored::UnknownScheme;
        }
        Encoding::of(value).map_or(Stored::Unknown, Stored::Plaintext)
    }
}

impl<'a> Encrypted<'a> {
    /// The name that wrote the value, as far as one value can tell: up to the end of an RFC 3339 time if the name ends in
    /// one (k3s names its keys so), else up to the first colon.
    ///
    /// Exact for kms v2, whose names have no colon. `None` if there is no name, or if it is not text.
    pub fn probable_name(&self) -> Option<&'a str> {
        self.name_of(self.probable_length()?)
    }

    /// The longest of the configured names that matches, so that a name with colons is recognised.
    pub fn name_among<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        let matches = |name: &&str| {
            self.rest
                .strip_prefix(name.as_bytes())
                .is_some_and(|rest| rest.first() == Some(&b':'))
        };
        names.into_iter().filter(matches).max_by_key(|name| name.len())
    }

    /// The payload behind a name, if the value carries that name.
    pub fn payload(&self, name: &str) -> Option<&'a [u8]> {
        self.rest.strip_prefix(name.as_bytes())?.strip_prefix(b":")
    }

    /// kms v2: the envelope, whose key id and annotations are in clear.
    pub fn kms_object(&self) -> Option<EncryptedObject<'a>> {
        if self.scheme != Scheme::KmsV2 {
            return None;
        }
        EncryptedObject::read(self.payload(self.probable_name()?)?).ok()
    }

    fn probable_length(&self) -> Option<usize> {
        let first = position(self.rest, 0)?;
        if self.scheme == Scheme::KmsV2 {
            return Some(first);
        }
        Some(time_end(self.rest, first).unwrap_or(first))
    }

    fn name_of(&self, length: usize) -> Option<&'a str> {
        let name = std::str::from_utf8(self.rest.get(..length)?).ok()?;
        (!name.is_empty()).then_some(name)
    }
}

/// Guesses the names of values of one scheme together: where several values share a longer beginning that ends in a colon,
/// that beginning is the name. One answer per value, in order.
pub fn probable_names<'a>(values: &[&Encrypted<'a>]) -> Vec<Option<&'a str>> {
    let name = |value: &&Encrypted<'a>| {
        let alone = value.probable_length()?;
        if value.scheme == Scheme::KmsV2 || time_end(value.rest, position(value.rest, 0)?).is_some() {
            return value.name_of(alone);
        }
        let mut best = alone;
        let mut next = alone;
        while let Some(end) = position(value.rest, next + 1).filter(|end| *end <= MAX_NAME_BYTES) {
            let shared = values.iter().filter(|other| {
                other.scheme == value.scheme && other.rest.get(..=end) == value.rest.get(..=end)
            });
            // the value itself is one; random bytes do not agree with another value's up to a colon
            if shared.take(2).count() < 2 || value.name_of(end).is_none() {
                break;
            }
            best = end;
            next = end;
        }
        value.name_of(best)
    };
    values.iter().map(name).collect()
}

/// Names longer than this are not guessed.
const MAX_NAME_BYTES: usize = 253;

fn position(bytes: &[u8], from: usize) -> Option<usize> {
    bytes
        .get(from..)?
        .iter()
        .position(|byte| *byte == b':')
        .map(|found| from + found)
}

/// If the first colon stands within an RFC 3339 time, returns where that time ends, which must be before a colon.
fn time_end(bytes: &[u8], first_colon: usize) -> Option<usize> {
    // 2026-03-09T09:46:54+01:00 or …Z, with optional fractions of a second
    let start = first_colon.checked_sub("2026-03-09T09".len())?;
    let time = bytes.get(start..)?;
    let shape = b"0000-00-00T00:00:00";
    let fits = |(have, want): (&u8, &u8)| {
        if *want == b'0' {
            have.is_ascii_digit()
        } else {
            have == want
        }
    };
    if time.len() < shape.len() || !time.iter().zip(shape).all(fits) {
        return None;
    }
    let mut end = shape.len();
    if time.get(end) == Some(&b'.') {
        end += 1;
        end += time[end..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
    }
    end += match time.get(end)? {
        b'Z' => 1,
        b'+' | b'-' => {
            let zone = time.get(end + 1..end + 6)?;
            if !zone.iter().zip(b"00:00").all(fits) {
                return None;
            }
            6
        }
        _ => return None,
    };
    (time.get(end) == Some(&b':')).then_some(start + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encrypted(value: &[u8]) -> Encrypted<'_> {
        match Stored::read(value) {
            Stored::Encrypted(encrypted) => encrypted,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn tells_clear_from_encrypted_and_both_from_the_rest() {
        assert_eq!(
            Stored::read(b"k8s\0\x0a\x00"),
            Stored::Plaintext(Encoding::Protobuf)
        );
        assert_eq!(Stored::read(b"{}"), Stored::Plaintext(Encoding::Json));
        assert_eq!(
            Stored::read(b"\xd9\xd9\xf7\xa0"),
            Stored::Plaintext(Encoding::Cbor)
        );
        assert_eq!(Stored::read(b"k8s:enc:aescbc:v2:x:"), Stored::UnknownScheme);
        assert_eq!(Stored::read(b"k8s:enc:"), Stored::UnknownScheme);
        for other in [&b""[..], b"225", b"k8s", b"k8s:", b"\xd9\xd9"] {
            assert_eq!(Stored::read(other), Stored::Unknown);
        }
        for scheme in Scheme::ALL
            .into_iter()
            .filter(|scheme| *scheme != Scheme::Plaintext)
        {
            let value = format!("{}name:payload", scheme.prefix());
            let value = encrypted(value.as_bytes());
            assert_eq!((value.scheme, value.probable_name()), (scheme, Some("name")));
            assert_eq!(value.payload("name"), Some(&b"payload"[..]));
        }
    }

    #[test]
    fn a_name_that_ends_in_a_time_keeps_its_colons() {
        for name in [
            "aescbckey-2026-03-09T09:46:54+01:00",
            "secretboxkey-2026-03-09T09:46:54Z",
            "k2026-03-09T09:46:54.123456-11:30",
        ] {
            let value = format!("k8s:enc:aescbc:v1:{name}:\u{1}:payload");
            assert_eq!(encrypted(value.as_bytes()).probable_name(), Some(name));
        }
        for (rest, name) in [
            ("2026-03-09T09:46:54+01:0", "2026-03-09T09"),
            ("x:2026-03-09T09:46:54Z:", "x"),
            (":", ""),
        ] {
            let value = format!("k8s:enc:aescbc:v1:{rest}");
            assert_eq!(
                encrypted(value.as_bytes()).probable_name(),
                Some(name).filter(|name| !name.is_empty())
            );
        }
    }

    #[test]
    fn configured_names_settle_what_one_value_cannot() {
        let value = encrypted(b"k8s:enc:aesgcm:v1:a:b:payload");
        assert_eq!(value.probable_name(), Some("a"));
        assert_eq!(value.name_among(["a", "a:b", "a:b:pay"]), Some("a:b"));
        assert_eq!(value.name_among(["b", "a:"]), None);
    }

    #[test]
    fn several_values_betray_a_longer_name() {
        let bytes: Vec<Vec<u8>> = [&b"a:b:\x01:x"[..], b"a:b:\x02yy", b"a:b:\x03:z", b"other:1"]
            .iter()
            .map(|rest| [b"k8s:enc:aescbc:v1:", *rest].concat())
            .collect();
        let values: Vec<Encrypted<'_>> = bytes.iter().map(|bytes| encrypted(bytes)).collect();
        let names = probable_names(&values.iter().collect::<Vec<_>>());
        assert_eq!(names, [Some("a:b"), Some("a:b"), Some("a:b"), Some("other")]);
        assert_eq!(probable_names(&[&values[0]]), [Some("a")]);
    }
}
