//! The file key: 16 random bytes from which a file's header MAC key and payload key are derived.
//!
//! It knows neither headers nor recipients. It zeroizes and cannot print itself.

use core::fmt;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Length of a file key in bytes.
pub const FILE_KEY_BYTES: usize = 16;

/// One file's symmetric key, 16 bytes, zeroized on drop.
pub struct FileKey(Zeroizing<[u8; FILE_KEY_BYTES]>);

impl FileKey {
    /// Draws a fresh file key from `rng`.
    pub fn generate(rng: &mut dyn CryptoRng) -> FileKey {
        let mut key = FileKey(Zeroizing::default());
        rng.fill_bytes(key.0.as_mut());
        key
    }

    /// Copies a file key out of `bytes`, or answers `None` if they are not exactly 16.
    pub fn from_slice(bytes: &[u8]) -> Option<FileKey> {
        let bytes = <&[u8; FILE_KEY_BYTES]>::try_from(bytes).ok()?;
        let mut key = FileKey(Zeroizing::default());
        key.0.copy_from_slice(bytes);
        Some(key)
    }

    /// Shows the key's bytes: for wrapping and deriving only.
    pub fn expose(&self) -> &[u8; FILE_KEY_BYTES] {
        &self.0
    }
}

/// Equality takes the same time wherever the keys differ.
impl PartialEq for FileKey {
    fn eq(&self, other: &FileKey) -> bool {
        self.0.ct_eq(other.0.as_ref()).into()
    }
}

impl Eq for FileKey {}

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
