//! Identities in files, as a KMS or CSI driver puts them there: read again when they change, without a restart.
//!
//! A path is a file, or a folder whose files all count but for hidden ones. A file that is gone takes its identities with
//! it; one that cannot be read keeps those that it had, and is complained about once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::IdentityKey;
use crate::keys::{KeySet, Keys};
use crate::log::Log;

/// How often files are looked at. Mounted volumes tell nobody when they change.
const EVERY: Duration = Duration::from_secs(5);
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Why a file gives no identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAnIdentityFile {
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Read(#[from] io::Error),
    /// Identity files are small.
    #[error("it is larger than {MAX_FILE_BYTES} bytes")]
    TooLong,
    /// It holds something else.
    #[error("{0}")]
    Identity(#[from] sealkit_crypto::identity::IdentityError),
}

/// The files.
pub struct Files {
    paths: Vec<PathBuf>,
    keys: Keys<IdentityKey>,
    known: Vec<Known>,
    log: Log,
}

struct Known {
    path: PathBuf,
    key: Option<IdentityKey>,
    /// Why it was complained about.
    wrong: Option<String>,
}

impl Files {
    /// Files that keep `keys` as they are.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>, keys: Keys<IdentityKey>, log: Log) -> Self {
        Self {
            paths,
            keys,
            known: Vec::new(),
            log,
        }
    }

    /// Reads all.
    pub fn load(&mut self) {
        let before = std::mem::take(&mut self.known);
        for path in self.paths.iter().flat_map(|path| files(path)) {
            let old = before.iter().find(|known| known.path == path);
            let known = match read(&path) {
                Ok(key) => Known {
                    path,
                    key: Some(key),
                    wrong: None,
                },
                Err(error) => self.complained(path, &error, old),
            };
            self.known.push(known);
        }
        let keys = self.known.iter().filter_map(|known| known.key.clone());
        // the order is that of the paths
        let keys = keys.enumerate().map(|(at, key)| key.at(at));
        self.keys.replace_if_other(KeySet::new(keys.collect()));
    }

    fn complained(&self, path: PathBuf, error: &NotAnIdentityFile, old: Option<&Known>) -> Known {
        let (text, shown) = (error.to_string(), path.display());
        if old.is_none_or(|old| old.wrong.as_ref() != Some(&text)) {
            self.log.error(
                "cannot use an identity file",
                &[("file", &shown), ("error", &text)],
            );
        }
        Known {
            key: old.and_then(|old| old.key.clone()),
            wrong: Some(text),
            path,
        }
    }

    /// Keeps the identities as the files are. Never returns.
    pub async fn follow(mut self) {
        loop {
            sleep(EVERY).await;
            let reading = tokio::task::spawn_blocking(move || {
                self.load();
                self
            });
            let Ok(files) = reading.await else { return };
            self = files;
        }
    }
}

fn files(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else {
        return vec![path.to_owned()];
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file())
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_some_and(|name| !name.starts_with('.'))
        })
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> Result<IdentityKey, NotAnIdentityFile> {
    if fs::metadata(path)?.len() > MAX_FILE_BYTES {
        return Err(NotAnIdentityFile::TooLong);
    }
    let bytes = fs::read(path)?;
    let key = IdentityKey::read(&path.to_string_lossy(), 0, &bytes);
    // best effort: the allocator's copies inside the reader wipe themselves
    drop(sealkit_crypto::Plaintext::from(bytes));
    Ok(key?)
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;
    use sealkit_crypto::identity::X25519Identity;

    use super::*;
    use crate::keys::Stored as _;
    use crate::log::{Format, Level};

    fn identity() -> (String, String) {
        let identity = X25519Identity::generate(&mut UnwrapErr(SysRng));
        (identity.to_string().to_string(), identity.to_public().to_string())
    }

    #[test]
    fn files_come_change_break_and_go() {
        let folder = std::env::temp_dir().join(format!("sealkit-identities-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let keys = Keys::new(KeySet::default());
        let log = Log::new(Level::named("ERROR"), Format::named("text"), true);
        let mut files = Files::new(vec![folder.clone()], keys.clone(), log);
        let ([a, b], hidden) = ([identity(), identity()], folder.join("..data"));
        let mut names = || {
            files.load();
            let set = keys.now();
            set.all().iter().map(|key| key.mark()).collect::<Vec<_>>()
        };
        assert_eq!(names(), Vec::<String>::new());
        fs::write(folder.join("b"), &b.0).expect("written");
        fs::write(hidden, "nothing").expect("written");
        assert_eq!(names().join(" "), b.1);
        fs::write(folder.join("a"), &a.0).expect("written");
        assert_eq!(names(), [a.1.clone(), b.1.clone()]);
        fs::write(folder.join("a"), "half of a").expect("written");
        assert_eq!(names(), [a.1, b.1.clone()]);
        fs::write(folder.join("a"), &b.0).expect("written");
        assert_eq!(names(), [b.1.clone(), b.1.clone()]);
        fs::remove_file(folder.join("b")).expect("removed");
        assert_eq!(names().join(" "), b.1);
        fs::remove_dir_all(&folder).expect("removed");
    }
}
