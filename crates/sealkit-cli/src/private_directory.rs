//! A directory for plaintext that has to be a file for a moment, because editors open files.
//!
//! It lies on memory-backed storage where there is one, only its owner enters it, and it is emptied and removed when
//! dropped. A process that was killed cannot remove its directory; the next one does, recognising it by a lock that
//! nobody holds any more. It does not know what is put into it.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock, statfs};

const PREFIX: &str = "sealkit-edit-";
const LOCK: &str = ".lock";
/// The lock until it is held: a directory whose lock has its name but no holder yet would look abandoned.
const NEW_LOCK: &str = ".lock.new";
/// `statfs` types that never reach a disk unless the system swaps. Source: linux/magic.h, TMPFS_MAGIC, RAMFS_MAGIC.
const MEMORY_FILE_SYSTEMS: [i64; 2] = [0x0102_1994, 0x8584_58f6];

/// A directory that only its owner can enter, removed on drop.
#[derive(Debug)]
pub(crate) struct PrivateDirectory {
    path: PathBuf,
    in_memory: bool,
    _lock: File,
}

impl PrivateDirectory {
    /// Makes one, on memory-backed storage if there is any.
    pub(crate) fn create() -> io::Result<Self> {
        let places = candidates();
        for (place, in_memory) in &places {
            remove_abandoned(place);
            if let Ok(made) = Self::create_in(place, *in_memory) {
                return Ok(made);
            }
        }
        Self::create_in(&std::env::temp_dir(), false)
    }

    fn create_in(place: &Path, in_memory: bool) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder
            .prefix(PREFIX)
            .permissions(fs::Permissions::from_mode(0o700));
        let path = builder.tempdir_in(place)?.keep();
        let lock = lock(&path).inspect_err(|_| remove(&path))?;
        Ok(Self {
            path,
            in_memory,
            _lock: lock,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether what is written here stays off the disk (swap aside).
    pub(crate) fn is_in_memory(&self) -> bool {
        self.in_memory
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Overwrites and removes everything in a directory of ours. Overwriting helps where the storage is a disk after all;
/// on a copying file system it does not, which is why memory comes first.
pub(crate) fn remove(path: &Path) {
    wipe(path);
    // An editor may be writing its last backup while we remove: try again, a little later.
    for _ in 0..5 {
        if fs::remove_dir_all(path).is_ok() || !path.exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn wipe(path: &Path) {
    let Ok(entries) = fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            wipe(&entry.path());
        } else if metadata.is_file() {
            let zeros = vec![0; metadata.len() as usize];
            let opened = fs::OpenOptions::new().write(true).open(entry.path());
            let _ = opened.and_then(|mut file| io::Write::write_all(&mut file, &zeros));
        }
    }
}

/// Directories to try in order, and whether each is memory-backed.
fn candidates() -> Vec<(PathBuf, bool)> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let memory = runtime
        .into_iter()
        .chain(["/dev/shm".into(), "/run/shm".into()])
        .filter(|path| is_memory(path));
    let mut places: Vec<_> = memory.map(|path| (path, true)).collect();
    let temporary = std::env::temp_dir();
    let in_memory = is_memory(&temporary);
    places.push((temporary, in_memory));
    places
}

fn is_memory(path: &Path) -> bool {
    #[allow(
        clippy::unnecessary_cast,
        reason = "the field's type differs between platforms"
    )]
    statfs(path).is_ok_and(|found| MEMORY_FILE_SYSTEMS.contains(&(found.f_type as i64)))
}

fn lock(directory: &Path) -> io::Result<File> {
    let file = File::create(directory.join(NEW_LOCK))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    fs::rename(directory.join(NEW_LOCK), directory.join(LOCK))?;
    Ok(file)
}

/// Removes directories of ours whose process is gone: nobody holds their lock.
fn remove_abandoned(place: &Path) {
    let Ok(entries) = fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_ours_and_abandoned(&entry) {
            remove(&entry.path());
        }
    }
}

fn is_ours_and_abandoned(entry: &fs::DirEntry) -> bool {
    use std::os::unix::fs::MetadataExt;
    let ours = entry
        .metadata()
        .is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::getuid().as_raw());
    // One without a lock file is being made this very moment, or was never filled.
    let unlocked = |file: File| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
    ours && File::open(entry.path().join(LOCK)).is_ok_and(unlocked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_private_and_gone_when_dropped() {
        let directory = PrivateDirectory::create().expect("some place is writable");
        let path = directory.path().to_owned();
        assert_eq!(
            fs::metadata(&path).expect("there").permissions().mode() & 0o777,
            0o700
        );
        fs::create_dir(path.join("backups")).expect("writable");
        fs::write(path.join("backups/secret.yaml~"), "plaintext").expect("writable");
        drop(directory);
        assert!(!path.exists());
    }

    #[test]
    fn the_next_one_removes_what_a_killed_process_left() {
        let place = tempfile::tempdir().expect("writable");
        let killed = place.path().join("sealkit-edit-dead");
        fs::create_dir(&killed).expect("writable");
        fs::write(killed.join(LOCK), "").expect("writable");
        fs::write(killed.join("db.yaml"), "plaintext").expect("writable");
        let living = PrivateDirectory::create_in(place.path(), false).expect("writable");
        remove_abandoned(place.path());
        assert!(!killed.exists());
        assert!(living.path().exists());
    }

    #[test]
    fn one_that_is_being_made_is_not_taken_for_an_abandoned_one() {
        let place = tempfile::tempdir().expect("writable");
        let make = || {
            for _ in 0..100 {
                remove_abandoned(place.path());
                let made = PrivateDirectory::create_in(place.path(), false).expect("writable");
                fs::write(made.path().join("db.yaml"), "plaintext").expect("nobody removed it");
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(make);
            }
        });
    }
}
