//! What a native object may hold at most. Readers check before the first private-key operation, writers before the first
//! draw, so that nothing is written that would not be read.
//!
//! Source: the native format, section 4.

/// Data keys in one object.
pub const MAX_DATA_KEYS: usize = 32;
/// Wraps of one data key, and so recipients of one write.
pub const MAX_WRAPS: usize = 32;
/// One wrapped key, in bytes after base64.
pub const MAX_WRAPPED_KEY_BYTES: usize = 16 * 1024;
/// Values in one object.
pub const MAX_ITEMS: usize = 1024;
/// All plaintexts of one object together, in bytes.
pub const MAX_PLAINTEXT_BYTES: usize = 1024 * 1024;
/// One object as it stands in the file, in bytes.
pub const MAX_OBJECT_BYTES: usize = 1536 * 1024;
/// More data keys than this and `rotate` gathers them into one, whatever the recipients say.
pub const MANY_DATA_KEYS: usize = 8;

/// A limit of the format, named for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// More than [`MAX_DATA_KEYS`].
    #[error("more than 32 data keys")]
    DataKeys,
    /// More than [`MAX_WRAPS`] under one data key.
    #[error("more than 32 recipients of one data key")]
    Wraps,
    /// A wrapped key longer than [`MAX_WRAPPED_KEY_BYTES`].
    #[error("a wrapped key longer than 16 KiB")]
    WrappedKey,
    /// More than [`MAX_ITEMS`].
    #[error("more than 1,024 items")]
    Items,
    /// More than [`MAX_PLAINTEXT_BYTES`] of plaintext.
    #[error("more than 1 MiB of plaintext in one object")]
    Plaintext,
    /// An object longer than [`MAX_OBJECT_BYTES`].
    #[error("an object of more than 1.5 MiB")]
    Object,
}
