//! What can go wrong with a file, in the words of the person who named it.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A file that could not be read, written or found. Holds paths and system errors, never content.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// Opening or reading failed.
    #[error("cannot read {}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    /// More bytes than `super::MAX_FILE_BYTES`.
    #[error("cannot read {}: it is larger than {} MiB", .path.display(), .limit / (1024 * 1024))]
    TooLarge { path: PathBuf, limit: u64 },
    /// A directory, socket or device where a file is meant.
    #[error("cannot read {}: it is {found}, not a file", .path.display())]
    NotAFile { path: PathBuf, found: &'static str },
    /// The author made it read-only.
    #[error("cannot change {}: it is read-only", .path.display())]
    ReadOnly { path: PathBuf },
    /// Somebody else wrote it between our read and our write.
    #[error("cannot change {}: it changed on disk in the meantime", .path.display())]
    Changed { path: PathBuf },
    /// Writing, syncing or renaming failed; the old content is untouched.
    #[error("cannot write {}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    /// A file that must not be overwritten exists.
    #[error("cannot create {}: it exists", .path.display())]
    Exists { path: PathBuf },
}

impl FileError {
    /// The path it is about.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Read { path, .. }
            | Self::TooLarge { path, .. }
            | Self::NotAFile { path, .. }
            | Self::ReadOnly { path }
            | Self::Changed { path }
            | Self::Write { path, .. }
            | Self::Exists { path } => path,
        }
    }

    /// The system's reason, where there is one.
    pub(crate) fn why(&self) -> Option<String> {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => Some(plain(source)),
            Self::TooLarge { .. } => Some("a Kubernetes object holds at most 1.5 MiB".into()),
            Self::Changed { .. } => Some("writing now would undo somebody else's change".into()),
            _ => None,
        }
    }

    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        use io::ErrorKind as Kind;
        match self {
            Self::Read { source, .. } => match source.kind() {
                Kind::NotFound => Some("check the name; a broken symbolic link reads like this too".into()),
                Kind::PermissionDenied => Some("ask its owner for the right to read it".into()),
                _ => None,
            },
            Self::TooLarge { .. } => Some("split it into several files".into()),
            Self::NotAFile {
                found: "a directory", ..
            } => Some("a directory is worked on in place: add `-i`".into()),
            Self::NotAFile { .. } => None,
            Self::ReadOnly { .. } => Some("make it writable first: `chmod u+w`".into()),
            Self::Changed { .. } => Some("nothing was changed; run the command again".into()),
            Self::Write { source, .. } => Some(match source.kind() {
                Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => {
                    "nothing was changed; free some space and run the command again".into()
                }
                Kind::ReadOnlyFilesystem => {
                    "nothing was changed; the file system is mounted read-only".into()
                }
                Kind::PermissionDenied => {
                    "nothing was changed; replacing a file needs the right to write in its directory".into()
                }
                Kind::NotFound => "nothing was changed; its directory does not exist".into(),
                _ => "nothing was changed".into(),
            }),
            Self::Exists { .. } => {
                Some("nothing was changed; remove it first, or choose another name".into())
            }
        }
    }
}

/// Writes a system error in our style: lower case, without `(os error 28)`.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}
