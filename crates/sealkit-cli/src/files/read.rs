//! Reading files and standard input, never more than the limit.
//!
//! What was read may be plaintext: it stays in memory that is wiped when dropped, and is read into one allocation so
//! that growing leaves no copies behind.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::FileError;

/// The most bytes that are read from one file or from standard input: 16 MiB, the text layer's own limit.
pub(crate) const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// A file as it was when we read it.
pub(crate) struct Loaded {
    /// The path as the person wrote it, for messages.
    pub(crate) path: PathBuf,
    /// The content.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// What the file system said about it, to notice a change before it is replaced.
    pub(super) stamp: Stamp,
}

/// Identity and version of a file on disk.
#[derive(PartialEq, Eq, Clone, Debug)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// Reads a regular file and remembers its version. Symbolic links are followed.
pub(crate) fn load(path: &Path) -> Result<Loaded, FileError> {
    let failed = |source| FileError::Read {
        path: path.into(),
        source,
    };
    // Stat before opening: opening a named pipe would wait for a writer.
    let kind = fs::metadata(path).map_err(failed)?.file_type();
    if !kind.is_file() {
        let found = if kind.is_dir() {
            "a directory"
        } else {
            "a device, pipe or socket"
        };
        return Err(FileError::NotAFile {
            path: path.into(),
            found,
        });
    }
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let bytes = read_limited(&mut file, metadata.len(), path)?;
    Ok(Loaded {
        path: path.into(),
        bytes,
        stamp: Stamp::of(&metadata),
    })
}

/// Reads any readable thing, pipes included (`<(…)` of a shell is one).
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let failed = |source| FileError::Read {
        path: path.into(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(FileError::NotAFile {
            path: path.into(),
            found: "a directory",
        });
    }
    read_limited(&mut file, metadata.len(), path)
}

/// Whether this is the first byte of a file that is no blank.
pub(crate) fn begins_with(path: &Path, byte: u8) -> bool {
    let mut head = [0; 64];
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(_) => return false,
    };
    let filled = file.read(&mut head).unwrap_or_default();
    let mut bytes = head[..filled].iter();
    bytes.find(|byte| !byte.is_ascii_whitespace()) == Some(&byte)
}

/// Reads standard input to its end.
pub(crate) fn read_stdin() -> Result<Zeroizing<Vec<u8>>, FileError> {
    read_limited(&mut io::stdin().lock(), 64 * 1024, Path::new("<stdin>"))
}

/// Reads all of `from` into memory that is wiped, growing by hand so that the outgrown buffer is wiped too.
fn read_limited(from: &mut dyn Read, expected: u64, path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let too_large = || FileError::TooLarge {
        path: path.into(),
        limit: MAX_FILE_BYTES,
    };
    if expected > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let mut buffer = Zeroizing::new(vec![0; expected as usize + 1]);
    let mut filled = 0;
    loop {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(FileError::Read {
                    path: path.into(),
                    source,
                });
            }
        }
        if filled as u64 > MAX_FILE_BYTES {
            return Err(too_large());
        }
        if filled == buffer.len() {
            let mut larger = Zeroizing::new(vec![0; buffer.len() * 2]);
            larger[..filled].copy_from_slice(&buffer[..filled]);
            buffer = larger;
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_more_than_the_file_system_promised() {
        let text = vec![7_u8; 100_000];
        let bytes = read_limited(&mut text.as_slice(), 10, Path::new("x")).expect("it is below the limit");
        assert_eq!(*bytes, text);
    }

    #[test]
    fn stops_at_the_limit() {
        let mut endless = io::repeat(b'a');
        let error = read_limited(&mut endless, 10, Path::new("x")).expect_err("it never ends");
        assert!(matches!(error, FileError::TooLarge { .. }));
    }
}
