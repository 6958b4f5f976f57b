//! The file key: 16 random bytes from which a file's header MAC key and payload key are derived.
//!
//! It knows neither headers nor recipients. It zeroizes and cannot print itself.

use core::fmt;

use rand_core::CryptoRng;

use crate::secret::Plaintext;

/// Length of a file key in bytes.
pub const FILE_KEY_BYTES: usize = 16;

/// One file's symmetric key, 16 bytes, wiped when dropped, compared in constant time.
///
/// It lives on the heap, so that moving it leaves no copy behind on the stack.
#[derive(PartialEq, Eq)]
pub struct FileKey(Plaintext);

impl FileKey {
    /// Draws a fresh file key from `rng`.
    pub fn generate(rng: &mut dyn CryptoRng) -> FileKey {
        let mut bytes = vec![0; FILE_KEY_BYTES];
        rng.fill_bytes(&mut bytes);
        FileKey(Plaintext::from(bytes))
    }

    /// Copies a file key out of `bytes`, or answers `None` if they are not exactly 16.
    pub fn from_slice(bytes: &[u8]) -> Option<FileKey> {
        (bytes.len() == FILE_KEY_BYTES).then(|| FileKey(Plaintext::from(bytes.to_vec())))
    }

    /// Shows the key's bytes: for wrapping and deriving only.
    pub fn expose(&self) -> &[u8; FILE_KEY_BYTES] {
        self.0
            .expose()
            .try_into()
            .expect("both constructors checked the length")
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_sixteen_bytes_and_nothing_else() {
        for length in [0, 15, 17, 32] {
            assert!(FileKey::from_slice(&vec![7; length]).is_none());
        }
        assert_eq!(
            FileKey::from_slice(&[7; 16]).map(|key| *key.expose()),
            Some([7; 16])
        );
    }

    #[test]
    fn does_not_print_itself() {
        let key = FileKey::from_slice(&[0xa5; 16]);
        assert_eq!(format!("{key:?}"), "Some(FileKey(..))");
    }
}
