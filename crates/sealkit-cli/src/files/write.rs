//! Replacing files whole or not at all.
//!
//! The new content goes to a temporary file in the same directory, is synced, and takes the old file's name in one
//! step; a crash at any moment leaves the old file or the new one. A temporary file that a crash leaves behind holds
//! what its target was to hold, so it never holds plaintext unless the target does. Symbolic links are followed: the
//! link stays, its target is replaced.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::{FileError, Loaded, read::Stamp};

/// How names of temporary files begin; `walk` knows them.
pub(super) const TEMPORARY_PREFIX: &str = ".sealkit-tmp-";

/// The right to read a file that did not exist before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Confidentiality {
    /// Only its owner reads it (mode 0600): plaintext, identities.
    Secret,
    /// The user's umask decides: sealed documents, policies.
    Public,
}

/// The directories whose entries were changed and still have to be synced. A tree-wide command syncs each once at its
/// end instead of once per file: until then a power cut can bring back an old file, but never a torn one.
#[derive(Default)]
pub(crate) struct Directories(Mutex<BTreeSet<PathBuf>>);

impl Directories {
    /// Syncs every directory that was noted. Failures are ignored: some file systems cannot sync a directory, and the
    /// files themselves are already complete.
    pub(crate) fn sync(&self) {
        let mut noted = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for directory in std::mem::take(&mut *noted) {
            let _ = File::open(&directory).and_then(|opened| opened.sync_all());
        }
    }

    fn note(&self, directory: &Path) {
        let mut noted = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !noted.contains(directory) {
            noted.insert(directory.into());
        }
    }
}

/// Replaces a file that we read before, unless somebody changed it since or made it read-only.
pub(crate) fn replace(loaded: &Loaded, bytes: &[u8], directories: &Directories) -> Result<(), FileError> {
    let failed = |source| FileError::Write {
        path: loaded.path.clone(),
        source,
    };
    let (target, metadata) = behind_links(&loaded.path).map_err(failed)?;
    if Stamp::of(&metadata) != loaded.stamp {
        return Err(FileError::Changed {
            path: loaded.path.clone(),
        });
    }
    swap(
        &loaded.path,
        &target,
        Some(&metadata),
        bytes,
        Confidentiality::Secret,
        directories,
    )
}

/// Writes `bytes` to `path`, replacing what stands there. A terminal, pipe or device is written to directly.
pub(crate) fn write(path: &Path, bytes: &[u8], new: Confidentiality) -> Result<(), FileError> {
    let failed = |source| FileError::Write {
        path: path.into(),
        source,
    };
    let directories = Directories::default();
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(FileError::NotAFile {
            path: path.into(),
            found: "a directory to write to",
        }),
        Ok(metadata) if !metadata.is_file() => {
            let kind = metadata.file_type();
            debug_assert!(
                kind.is_char_device() || kind.is_fifo() || kind.is_socket() || kind.is_block_device()
            );
            OpenOptions::new()
                .write(true)
                .open(path)
                .and_then(|mut file| file.write_all(bytes))
                .map_err(failed)
        }
        Ok(_) => {
            let (target, metadata) = behind_links(path).map_err(failed)?;
            swap(path, &target, Some(&metadata), bytes, new, &directories)?;
            directories.sync();
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            swap(path, path, None, bytes, new, &directories)?;
            directories.sync();
            Ok(())
        }
        Err(source) => Err(failed(source)),
    }
}

/// Writes a file that must not exist yet, atomically and without ever replacing one.
pub(crate) fn create_new(path: &Path, bytes: &[u8], mode: Confidentiality) -> Result<(), FileError> {
    let failed = |source| FileError::Write {
        path: path.into(),
        source,
    };
    let temporary = temporary(directory_of(path), mode, bytes).map_err(failed)?;
    temporary
        .persist_noclobber(path)
        .map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => FileError::Exists { path: path.into() },
            _ => failed(error.error),
        })?;
    let directories = Directories::default();
    directories.note(directory_of(path));
    directories.sync();
    Ok(())
}

fn swap(
    shown: &Path,
    target: &Path,
    old: Option<&fs::Metadata>,
    bytes: &[u8],
    new: Confidentiality,
    directories: &Directories,
) -> Result<(), FileError> {
    // Renaming needs no right on the file itself, and root passes every check: so the author's wish is read here.
    if old.is_some_and(|metadata| metadata.mode() & 0o222 == 0) {
        return Err(FileError::ReadOnly { path: shown.into() });
    }
    let failed = |source| FileError::Write {
        path: shown.into(),
        source,
    };
    let directory = directory_of(target);
    let mode = if old.is_some() {
        Confidentiality::Secret
    } else {
        new
    };
    let temporary = temporary(directory, mode, bytes).map_err(failed)?;
    if let Some(metadata) = old {
        keep_owner_and_mode(temporary.as_file(), metadata).map_err(failed)?;
    }
    temporary.persist(target).map_err(|error| failed(error.error))?;
    directories.note(directory);
    Ok(())
}

/// A synced temporary file with the content, in the directory it is to appear in.
fn temporary(directory: &Path, mode: Confidentiality, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX);
    if mode == Confidentiality::Public {
        builder.permissions(fs::Permissions::from_mode(0o666)); // less the umask
    }
    let mut temporary = builder.tempfile_in(directory)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// Gives the new file the old one's owner and mode. Where the owner cannot be kept, the group must not gain rights
/// that the old group had.
fn keep_owner_and_mode(file: &File, old: &fs::Metadata) -> io::Result<()> {
    let now = file.metadata()?;
    let mut mode = old.mode() & 0o7777;
    if (now.uid(), now.gid()) != (old.uid(), old.gid())
        && std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid())).is_err()
    {
        mode &= !0o7070;
    }
    if now.mode() & 0o7777 == mode {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// The file that a path means: itself, or what its chain of symbolic links ends at. Only a link costs the way from the root.
fn behind_links(path: &Path) -> io::Result<(PathBuf, fs::Metadata)> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_symlink() {
        return Ok((path.to_owned(), metadata));
    }
    let target = fs::canonicalize(path)?;
    let metadata = fs::metadata(&target)?;
    Ok((target, metadata))
}

/// The directory of a file, as it was written; `.` for a bare name.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::load;

    fn scene() -> (tempfile::TempDir, PathBuf) {
        let scene = tempfile::tempdir().expect("the temporary directory is writable");
        let file = scene.path().join("db.yaml");
        fs::write(&file, "old").expect("it is writable");
        (scene, file)
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).expect("it is a directory");
        entries
            .map(|entry| {
                entry
                    .expect("readable")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    }

    #[test]
    fn keeps_the_mode_and_leaves_no_temporary_file() {
        let (scene, file) = scene();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("ours");
        replace(&load(&file).expect("readable"), b"new", &Directories::default()).expect("writable");
        assert_eq!(fs::read(&file).expect("readable"), b"new");
        assert_eq!(fs::metadata(&file).expect("there").mode() & 0o7777, 0o640);
        assert_eq!(names(scene.path()), ["db.yaml"]);
    }

    #[test]
    fn follows_a_symbolic_link_and_leaves_it_one() {
        let (scene, file) = scene();
        let link = scene.path().join("link.yaml");
        std::os::unix::fs::symlink("db.yaml", &link).expect("creatable");
        replace(&load(&link).expect("readable"), b"new", &Directories::default()).expect("writable");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read(&file).expect("readable"), b"new");
        write(&link, b"newer", Confidentiality::Public).expect("writable");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read(&file).expect("readable"), b"newer");
    }

    #[test]
    fn refuses_a_file_that_changed_since_it_was_read() {
        let (_scene, file) = scene();
        let loaded = load(&file).expect("readable");
        fs::write(&file, "theirs").expect("writable");
        let error = replace(&loaded, b"ours", &Directories::default()).expect_err("it changed");
        assert!(matches!(error, FileError::Changed { .. }));
        assert_eq!(fs::read(&file).expect("readable"), b"theirs");
    }

    #[test]
    fn refuses_a_read_only_file_even_as_root() {
        let (scene, file) = scene();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).expect("ours");
        let error = write(&file, b"new", Confidentiality::Public).expect_err("it is read-only");
        assert!(matches!(error, FileError::ReadOnly { .. }));
        assert_eq!(fs::read(&file).expect("readable"), b"old");
        assert_eq!(names(scene.path()), ["db.yaml"]);
    }

    #[test]
    fn says_that_a_vanished_file_is_gone() {
        let (scene, file) = scene();
        let loaded = load(&file).expect("readable");
        fs::remove_file(&file).expect("ours");
        let error = replace(&loaded, b"new", &Directories::default()).expect_err("it is gone");
        assert!(matches!(error, FileError::Write { .. }));
        assert!(names(scene.path()).is_empty());
    }

    #[test]
    fn a_new_secret_file_is_for_its_owner_alone_and_never_overwrites() {
        let (scene, file) = scene();
        let key = scene.path().join("key.txt");
        create_new(&key, b"key", Confidentiality::Secret).expect("writable");
        assert_eq!(fs::metadata(&key).expect("there").mode() & 0o7777, 0o600);
        let error = create_new(&file, b"new", Confidentiality::Secret).expect_err("it exists");
        assert!(matches!(error, FileError::Exists { .. }));
        assert_eq!(fs::read(&file).expect("readable"), b"old");
    }

    #[test]
    fn writes_to_a_device_without_replacing_it() {
        write(Path::new("/dev/null"), b"new", Confidentiality::Public).expect("it takes everything");
        assert!(
            fs::metadata("/dev/null")
                .expect("there")
                .file_type()
                .is_char_device()
        );
    }
}
