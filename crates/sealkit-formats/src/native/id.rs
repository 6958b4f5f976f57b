//! The short name of a data key inside one object: `k` and 40 bits of its commitment.
//!
//! The id is derived, so a file cannot choose it: two keys of one object share an id only by a collision, which
//! readers refuse and writers avoid by drawing again.

use std::{fmt, str::FromStr};

const ID_BYTES: usize = 9;
/// Source: RFC 4648, section 6, in lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Names a data key: `k` followed by eight characters of lower-case base32.
///
/// Source: the native format, section 3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataKeyId([u8; ID_BYTES]);

impl DataKeyId {
    /// The id that belongs to a commitment: its first 40 bits.
    pub fn of(commitment: &[u8; 32]) -> Self {
        let bits = commitment[..5]
            .iter()
            .fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
        let mut id = [b'k'; ID_BYTES];
        for (place, slot) in id[1..].iter_mut().rev().enumerate() {
            *slot = ALPHABET[(bits >> (5 * place)) as usize & 31];
        }
        Self(id)
    }

    /// The nine characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an id consists of ASCII letters and digits")
    }
}

/// The text is not `k` and eight characters of `a–z2–7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a data key")]
pub struct NotAnId;

impl FromStr for DataKeyId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let id: [u8; ID_BYTES] = text.as_bytes().try_into().map_err(|_| NotAnId)?;
        let fits = id[0] == b'k' && id[1..].iter().all(|byte| ALPHABET.contains(byte));
        fits.then_some(Self(id)).ok_or(NotAnId)
    }
}

impl fmt::Display for DataKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for DataKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_base32_of_the_first_40_bits() {
        let mut commitment = [0xff; 32];
        commitment[..5].copy_from_slice(b"fooba"); // RFC 4648, section 10: BASE32("fooba") = "MZXW6YTB"
        assert_eq!(DataKeyId::of(&commitment).as_str(), "kmzxw6ytb");
        assert_eq!(DataKeyId::of(&[0; 32]).as_str(), "kaaaaaaaa");
        assert_eq!(DataKeyId::of(&[0xff; 32]).as_str(), "k77777777");
    }

    #[test]
    fn reads_only_its_own_spelling() {
        assert!("kmzxw6ytb".parse::<DataKeyId>().is_ok());
        for text in [
            "",
            "k",
            "kmzxw6yt",
            "kmzxw6ytbb",
            "Kmzxw6ytb",
            "kMZXW6YTB",
            "kmzxw6yt1",
            "amzxw6ytb",
            "kmzxw6yü",
        ] {
            assert_eq!(text.parse::<DataKeyId>(), Err(NotAnId), "{text}");
        }
    }
}
