//! The types in which secrets live: data keys, plaintext and passphrases.
//!
//! They are wiped when dropped, they cannot print themselves, and two of them compare in constant time. What a secret
//! is for, this file does not know.

use core::fmt;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Length of a data key, in bytes.
pub const DATA_KEY_BYTES: usize = 32;

/// A symmetric key over values: 32 bytes, wiped when dropped.
///
/// It lives on the heap, so that moving it leaves no copy behind on the stack.
#[derive(PartialEq, Eq)]
pub struct DataKey(Plaintext);

impl DataKey {
    /// Draws a fresh key.
    pub fn generate(rng: &mut dyn CryptoRng) -> DataKey {
        let mut bytes = vec![0; DATA_KEY_BYTES];
        rng.fill_bytes(&mut bytes);
        DataKey(Plaintext::from(bytes))
    }

    /// Takes a copy of 32 bytes.
    ///
    /// # Errors
    /// [`WrongLength`] for any other length. It does not say which, since that belongs to the secret.
    pub fn from_slice(bytes: &[u8]) -> Result<DataKey, WrongLength> {
        if bytes.len() == DATA_KEY_BYTES {
            Ok(DataKey(Plaintext::from(bytes.to_vec())))
        } else {
            Err(WrongLength)
        }
    }

    /// Shows the key. The name is a reminder to look at where the bytes go.
    pub fn expose(&self) -> &[u8; DATA_KEY_BYTES] {
        self.0
            .expose()
            .try_into()
            .expect("both constructors checked the length")
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// A data key must have exactly 32 bytes and this one has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a data key has {DATA_KEY_BYTES} bytes, this one has not")]
pub struct WrongLength;

/// Decrypted bytes of any length, wiped when dropped.
#[derive(Clone, Default)]
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// Shows the bytes. The name is a reminder to look at where they go.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Shows the bytes as text, where they are UTF-8.
    pub fn expose_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.0).ok()
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares in time that depends on the lengths alone.
    pub fn ct_eq(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }

    /// Gives the bytes away, still wiped when dropped.
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl From<Vec<u8>> for Plaintext {
    fn from(bytes: Vec<u8>) -> Plaintext {
        Plaintext(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<Vec<u8>>> for Plaintext {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Plaintext {
        Plaintext(bytes)
    }
}

impl PartialEq for Plaintext {
    fn eq(&self, other: &Plaintext) -> bool {
        self.ct_eq(&other.0)
    }
}

impl Eq for Plaintext {}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext(..)")
    }
}

/// What a person typed to open a protected key, wiped when dropped.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Shows the text. The name is a reminder to look at where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Passphrase {
    fn from(text: String) -> Passphrase {
        Passphrase(Zeroizing::new(text))
    }
}

impl From<Zeroizing<String>> for Passphrase {
    fn from(text: Zeroizing<String>) -> Passphrase {
        Passphrase(text)
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_nothing_of_what_it_holds() {
        let key = DataKey::from_slice(b"marked-secret-marked-secret-mark").expect("32 bytes");
        let plaintext = Plaintext::from(b"marked-secret".to_vec());
        let passphrase = Passphrase::from("marked-secret".to_owned());
        assert_eq!(
            format!("{key:?} {plaintext:?} {passphrase:?}"),
            "DataKey(..) Plaintext(..) Passphrase(..)"
        );
        assert_eq!(format!("{key:#?}"), "DataKey(..)");
    }

    #[test]
    fn a_data_key_has_exactly_32_bytes() {
        for length in [0, 16, 31, 33, 64] {
            assert_eq!(DataKey::from_slice(&vec![7; length]), Err(WrongLength));
        }
        assert_eq!(
            DataKey::from_slice(&[7; 32]).expect("32 bytes").expose(),
            &[7; 32]
        );
    }

    #[test]
    fn a_key_is_drawn_from_the_generator_it_is_given() {
        use rand::{SeedableRng, rngs::StdRng};
        let draw = |seed| DataKey::generate(&mut StdRng::seed_from_u64(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn equal_bytes_compare_equal() {
        let plaintext = Plaintext::from(b"abc".to_vec());
        assert_eq!(plaintext, plaintext.clone());
        assert!(plaintext.ct_eq(b"abc"));
        assert!(!plaintext.ct_eq(b"abd"));
        assert!(!plaintext.ct_eq(b"ab"));
    }
}
