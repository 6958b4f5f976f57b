//! Which private keys a command may try, and where they are found.
//!
//! Whoever names keys means those and no others: `--identity` alone counts when given, then `SEALKIT_IDENTITY_FILE`.
//! Otherwise everything is tried that the user already has: sealkit's own file, then those of sops and ssh users.
//! Nothing is read before a command really needs a private key. What a key file looks like inside is the crypto
//! crate's business.

use std::{
    env, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use sealkit::{
    KeyHelp, Keyring, Problems,
    crypto::{Passphrase, identity::PassphraseSource},
};
use zeroize::Zeroizing;

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit, files,
    flags::IdentityFlags,
    plugins::Plugins,
    sops_rules,
    terminal::{self, Console},
};

/// The variable that names an identity file.
pub(crate) const IDENTITY_FILE_VARIABLE: &str = "SEALKIT_IDENTITY_FILE";

/// What was found, and where was looked.
pub(crate) struct Found {
    /// The keys, in the order in which they are tried.
    pub(crate) keyring: Keyring,
    /// Where they came from, for a person whose keys do not fit.
    pub(crate) searched: Vec<String>,
    /// Files that are there but could not be used. Shown when nothing else opens the document.
    pub(crate) unusable: Vec<Diagnostic>,
}

impl Found {
    /// Turns problems of opening into a failure. A person whose keys do not fit is told where keys were looked for.
    pub(crate) fn explain(&self, problems: Problems) -> Failure {
        let mut failure = Failure::from(problems);
        if failure.code != exit::NO_IDENTITY {
            return failure;
        }
        failure.diagnostics.extend(self.unusable.iter().cloned());
        failure.diagnostics.push(self.searched_note());
        failure
    }

    /// Says where keys were looked for.
    pub(crate) fn searched_note(&self) -> Diagnostic {
        match self.searched.is_empty() {
            true => Diagnostic::note("no identity was found").help(format!(
                "name one with `--identity` or {IDENTITY_FILE_VARIABLE}; `sealkit keygen` makes one"
            )),
            false => Diagnostic::note(format!("identities were read from {}", self.searched.join(", "))),
        }
    }
}

/// Reads the identities.
///
/// A file that the person named must be readable; one that merely lies where keys usually lie may be anything.
pub(crate) fn find(flags: &IdentityFlags, console: &Console) -> Result<Found, Failure> {
    let mut found = Found {
        keyring: Keyring::new(),
        searched: Vec::new(),
        unusable: Vec::new(),
    };
    let help = help();
    let named: Vec<PathBuf> = match env::var_os(IDENTITY_FILE_VARIABLE) {
        _ if !flags.identity.is_empty() => flags.identity.clone(),
        Some(file) if !file.is_empty() => vec![file.into()],
        _ => Vec::new(),
    };
    for file in &named {
        add(&mut found, file, &help, console)?;
    }
    if named.is_empty() {
        add_usual_places(&mut found, &help, console);
    }
    found.keyring.push_service(sops_rules::gpg());
    Ok(found)
}

/// Reads one identity file that the person named.
pub(crate) fn read(file: &Path, console: &Console) -> Result<Keyring, Failure> {
    let mut found = Found {
        keyring: Keyring::new(),
        searched: Vec::new(),
        unusable: Vec::new(),
    };
    add(&mut found, file, &help(), console)?;
    Ok(found.keyring)
}

/// Where `init` puts the identity: where SEALKIT_IDENTITY_FILE says, else `sealkit/identity.txt` in the user's config
/// directory.
pub(crate) fn own_file() -> Option<PathBuf> {
    if let Some(file) = env::var_os(IDENTITY_FILE_VARIABLE).filter(|file| !file.is_empty()) {
        return Some(file.into());
    }
    Some(config_directory()?.join("sealkit/identity.txt"))
}

/// What reading a key file may need: somebody who types, programs that run.
pub(crate) fn help() -> KeyHelp {
    KeyHelp {
        passphrases: Arc::new(Prompt),
        plugins: Some(Arc::new(Plugins)),
    }
}

fn add_usual_places(found: &mut Found, help: &KeyHelp, console: &Console) {
    for file in usual_files() {
        if file.is_file()
            && let Err(failure) = add(found, &file, help, console)
        {
            found.unusable.extend(failure.diagnostics);
        }
    }
    if let Some(text) = env::var_os("SOPS_AGE_KEY")
        .and_then(|text| text.into_string().ok())
        .map(Zeroizing::new)
        && found.keyring.add_file(text.as_bytes(), help).is_ok()
    {
        found.searched.push("SOPS_AGE_KEY".into());
    }
}

/// Source: sops `age/keysource.go`, <https://github.com/getsops/sops#encrypting-using-age>.
fn usual_files() -> Vec<PathBuf> {
    let variable = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = variable("HOME");
    let in_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let mut files = vec![
        own_file(),
        variable("SOPS_AGE_KEY_FILE"),
        config_directory().map(|directory| directory.join("sops/age/keys.txt")),
    ];
    if cfg!(target_os = "macos") {
        files.push(in_home("Library/Application Support/sops/age/keys.txt"));
    }
    files.extend([
        variable("SOPS_AGE_SSH_PRIVATE_KEY_FILE"),
        in_home(".ssh/id_ed25519"),
        in_home(".ssh/id_rsa"),
    ]);
    files.into_iter().flatten().collect()
}

fn config_directory() -> Option<PathBuf> {
    let set = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))
}

fn add(found: &mut Found, file: &Path, help: &KeyHelp, console: &Console) -> Result<(), Failure> {
    let bytes = files::read(file)?;
    if let Some(mode) = readable_by_others(file) {
        let path = show_path(file);
        Diagnostic::warning(format!("others can read the private keys in {path}"))
            .at(&path)
            .why(format!("its mode is {mode:04o}"))
            .help(format!(
                "`chmod 600 {path}`, and think about who may have read it"
            ))
            .show(console);
    }
    found.keyring.add_file(&bytes, help).map_err(|error| {
        let diagnostic = Diagnostic::error(format!("cannot use {} as an identity", show_path(file)))
            .at(show_path(file))
            .why(error.to_string())
            .help(error.hint());
        Failure::new(exit::MALFORMED, diagnostic)
    })?;
    found.searched.push(show_path(file));
    Ok(())
}

fn readable_by_others(file: &Path) -> Option<u32> {
    let metadata = fs::metadata(file).ok().filter(|metadata| metadata.is_file())?;
    (metadata.mode() & 0o077 != 0).then_some(metadata.mode() & 0o7777)
}

/// Asks for the passphrase of a protected key, if there is a terminal.
struct Prompt;

impl PassphraseSource for Prompt {
    fn passphrase(&self, what: &str) -> Option<Passphrase> {
        terminal::ask_hidden(&format!("Passphrase for {}", terminal::printable(what)))
            .ok()
            .map(Passphrase::from)
    }
}
