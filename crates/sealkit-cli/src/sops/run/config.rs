//! `.sops.yaml`: the rule for a file, and how formats are indented.
//!
//! Searched from the working directory upward, not from the file, as the peer does it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Once,
};

use sealkit::{
    formats::sops::metadata::KeyKind,
    policy::sops::{
        ALTERNATE_FILE_NAME, CONFIG_FILE_NAME, CreationRule, Destination, MasterKey, Selector, SopsConfig,
        SopsConfigError, discover, rule_path,
    },
};

use super::{Context, files::absolute, recipients::Named};
use crate::sops::{codes, failure::Failure};

/// What a rule says about new files.
pub(super) struct Rule {
    pub(super) groups: Vec<Vec<Named>>,
    pub(super) threshold: usize,
    /// The field's name and text.
    pub(super) selector: Option<(&'static str, String)>,
    pub(super) mac_only_encrypted: bool,
}

/// Indentation by format, as configured.
pub(super) struct Indents {
    pub(super) yaml: i64,
    pub(super) json: i64,
    pub(super) binary: i64,
}

/// How files are laid out.
pub(super) fn indents(context: &Context<'_>) -> Result<Indents, Failure> {
    let Some((_, config)) = load(context)? else {
        return Ok(Indents {
            yaml: 0,
            json: -1,
            binary: -1,
        });
    };
    let stores = config.stores();
    Ok(Indents {
        yaml: stores.yaml_indent,
        json: stores.json_indent,
        binary: stores.json_binary_indent,
    })
}

/// The rule for the file with this absolute path; nothing without a configuration, or if it has no rules at all.
pub(super) fn rule(context: &Context<'_>, file: &Path) -> Result<Option<Rule>, Failure> {
    let Some((path, config)) = load(context)? else {
        return Ok(None);
    };
    let folder = path.parent().unwrap_or(Path::new("/")).display().to_string();
    let file = file.display().to_string();
    let rule = config
        .creation_rule(rule_path(&folder, &file, std::path::MAIN_SEPARATOR))
        .map_err(|error| refused(&error))?;
    Ok(rule.map(read))
}

/// Where the configuration would publish a file with this absolute path; nothing if its rule names no destination.
pub(super) fn destination(context: &Context<'_>, file: &Path) -> Result<Option<Destination>, Failure> {
    let (_, config) = load(context)?.ok_or_else(|| Failure::new(codes::GENERIC, "config file not found"))?;
    let rule = config
        .destination_rule(&file.display().to_string())
        .map_err(|error| refused(&error))?;
    Ok(rule.destination().cloned())
}

/// Whether there is a configuration, which some commands need.
pub(super) fn exists(context: &Context<'_>) -> Result<bool, Failure> {
    Ok(load(context)?.is_some())
}

fn read(rule: &CreationRule) -> Rule {
    let groups = rule.groups().iter();
    Rule {
        groups: groups
            .map(|group| group.iter().map(|key| named(&key.key)).collect())
            .collect(),
        threshold: usize::try_from(rule.shamir_threshold()).unwrap_or(0),
        selector: rule.selector().map(|selector| match selector {
            Selector::UnencryptedSuffix(text) => ("unencrypted_suffix", text.clone()),
            Selector::EncryptedSuffix(text) => ("encrypted_suffix", text.clone()),
            Selector::UnencryptedRegex(text) => ("unencrypted_regex", text.clone()),
            Selector::EncryptedRegex(text) => ("encrypted_regex", text.clone()),
            Selector::UnencryptedCommentRegex(text) => ("unencrypted_comment_regex", text.clone()),
            Selector::EncryptedCommentRegex(text) => ("encrypted_comment_regex", text.clone()),
        }),
        mac_only_encrypted: rule.mac_only_encrypted(),
    }
}

/// A configured key under the name that a file would show for it.
fn named(key: &MasterKey) -> Named {
    let joined = |parts: &[&str]| -> String {
        let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    };
    match key {
        MasterKey::Age { recipient } => Named::new(KeyKind::Age, recipient),
        MasterKey::Pgp { fingerprint } => Named::new(KeyKind::Pgp, fingerprint),
        MasterKey::Kms {
            arn,
            role,
            aws_profile,
            ..
        } => Named::new(KeyKind::Kms, &joined(&[arn, role, aws_profile])),
        MasterKey::GcpKms { resource_id } => Named::new(KeyKind::GcpKms, resource_id),
        MasterKey::HuaweiKms { key_id } => Named::new(KeyKind::HcKms, key_id),
        MasterKey::AzureKeyVault {
            vault_url,
            name,
            version,
        } => Named::new(KeyKind::AzureKv, &joined(&[vault_url, name, version])),
        MasterKey::VaultTransit {
            address,
            engine_path,
            key_name,
        } => Named::new(KeyKind::HcVault, &joined(&[address, engine_path, key_name])),
        _ => Named::new(KeyKind::Kms, "a key of an unknown kind"),
    }
}

fn load(context: &Context<'_>) -> Result<Option<(PathBuf, SopsConfig)>, Failure> {
    let path = match &context.settings.config {
        Some(path) => absolute(path)?,
        None => match search(context) {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let text = fs::read(&path).map_err(|error| {
        let text = format!("could not read {:?}: {error}", path.display().to_string());
        Failure::new(codes::GENERIC, text)
    })?;
    let config = SopsConfig::parse(&path.display().to_string(), &text).map_err(|error| refused(&error))?;
    Ok(Some((path, config)))
}

fn search(context: &Context<'_>) -> Option<PathBuf> {
    static WARNED: Once = Once::new();
    let here = env::current_dir().ok()?;
    let found = discover(here.ancestors(), |folder, name| folder.join(name).exists());
    if let Some(folder) = found.alternate {
        WARNED.call_once(|| {
            context.warn(&format!(
                "ignoring {}: the configuration is called {CONFIG_FILE_NAME}",
                folder.join(ALTERNATE_FILE_NAME).display()
            ));
        });
    }
    Some(found.folder?.join(CONFIG_FILE_NAME))
}

fn refused(error: &SopsConfigError) -> Failure {
    let failure = Failure::new(codes::GENERIC, error.to_string());
    match error.place() {
        Some(place) => failure.hint(format!("at {place}")),
        None => failure,
    }
}
