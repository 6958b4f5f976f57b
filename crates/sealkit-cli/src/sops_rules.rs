//! `.sops.yaml` as one more source of decisions: found by walking up from the file, as a `.sealkit.yaml` is, and not from
//! the working directory as `sops` does it. And the keys of SOPS files that only `gpg` reaches.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use sealkit::{
    KeyService, Sealing, SopsKey,
    crypto::Plaintext,
    formats::sops::{
        UnwrapKey, WrapKey, WrapKeyError,
        metadata::{KeyKind, MasterKey},
        time::Timestamp,
    },
    policy::sops::{CONFIG_FILE_NAME, SopsConfig, SopsConfigError, discover, rule_path},
};

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit, files, generator,
    sops::gpg::{Gpg, PgpKey},
};

/// A `.sops.yaml` and the directory that its patterns are relative to.
pub(crate) struct Configured {
    directory: PathBuf,
    config: SopsConfig,
}

/// Configurations by the directory that they were asked for, so that a tree reads each once.
#[derive(Default)]
pub(crate) struct SopsRules(Mutex<HashMap<PathBuf, Option<Arc<Configured>>>>);

impl SopsRules {
    /// Finds the configuration for files in a directory, given as a real path.
    fn configured(&self, directory: &Path) -> Result<Option<Arc<Configured>>, Failure> {
        let mut known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(found) = known.get(directory) {
            return Ok(found.clone());
        }
        let found = discover(directory.ancestors(), |folder, name| folder.join(name).is_file());
        let found = match found.folder {
            Some(folder) => Some(Arc::new(read(&folder.join(CONFIG_FILE_NAME))?)),
            None => None,
        };
        known.insert(directory.to_owned(), found.clone());
        Ok(found)
    }

    /// Decides how a file is sealed. `file` is an absolute path, its directory real. Nothing where there is no
    /// configuration, or none of its rules is for the file.
    pub(crate) fn decide(&self, file: &Path) -> Result<Option<Sealing>, Failure> {
        let directory = file.parent().unwrap_or(Path::new("/"));
        match self.configured(directory)? {
            Some(configured) => configured.decide(file),
            None => Ok(None),
        }
    }

    /// The name of the configuration for files in a directory.
    pub(crate) fn name(&self, directory: &Path) -> Option<String> {
        let configured = self.configured(directory).ok().flatten()?;
        Some(configured.config.name().to_owned())
    }
}

impl Configured {
    /// Reads a configuration that is kept elsewhere than on disk. `directory` is what paths are relative to.
    pub(crate) fn parse(directory: &Path, shown: &str, text: &[u8]) -> Result<Self, Failure> {
        Ok(Self {
            directory: directory.to_owned(),
            config: SopsConfig::parse(shown, text).map_err(|error| refused(&error))?,
        })
    }

    /// Decides how a file is sealed.
    pub(crate) fn decide(&self, file: &Path) -> Result<Option<Sealing>, Failure> {
        let (folder, file) = (self.directory.to_string_lossy(), file.to_string_lossy());
        // Paths of git's index are relative to its root, whose own name is empty.
        let path = match folder.is_empty() {
            true => &file,
            false => rule_path(&folder, &file, std::path::MAIN_SEPARATOR),
        };
        let rule = match self.config.creation_rule(path) {
            Ok(rule) => rule,
            Err(SopsConfigError::NoMatchingRule { .. }) => None,
            Err(error) => return Err(refused(&error)),
        };
        let sealing = rule.map(|rule| rule.sealing()).transpose();
        sealing.map_err(|error| refused(&error))
    }
}

fn read(file: &Path) -> Result<Configured, Failure> {
    let text = files::read(file)?;
    let directory = file.parent().unwrap_or(Path::new("/"));
    Configured::parse(directory, &show_path(&crate::policies::shorten(file)), &text)
}

fn refused(error: &SopsConfigError) -> Failure {
    let mut diagnostic = Diagnostic::error(error.to_string())
        .why(error.why())
        .help(error.hint());
    if let Some(place) = error.place() {
        diagnostic = diagnostic.at(place);
    }
    Failure::new(exit::POLICY, diagnostic)
}

/// Opens what `gpg` opens.
pub(crate) fn gpg() -> Box<dyn UnwrapKey + Send + Sync> {
    Box::new(Gpg::new(now()))
}

/// Wraps for keys that `gpg` knows.
pub(crate) struct GpgKeys;

impl KeyService for GpgKeys {
    fn wrap(&self, key: &SopsKey, share: &Plaintext) -> Option<Result<MasterKey, WrapKeyError>> {
        let key = match key.kind() {
            KeyKind::Pgp => PgpKey {
                fingerprint: key.name().to_owned(),
                created_at: None,
                gpg: Gpg::new(now()),
            },
            _ => return None,
        };
        Some(key.wrap_key(share, &mut generator::operating_system()))
    }
}

fn now() -> Timestamp {
    Timestamp::from_unix(crate::commands::now())
}
