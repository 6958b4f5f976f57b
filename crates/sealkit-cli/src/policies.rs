//! Finds the policy of a file by walking up from it, and turns flags and policy into one decision.
//!
//! Flags come before the policy, and neither is ever guessed: without both the command stops. What a policy says is
//! read by the facade; here are only the files and the flags.

use std::{
    collections::HashMap,
    fs, io,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex},
};

use sealkit::{
    Format, NamedRecipient, POLICY_FILE_NAME, Policy, PolicyError, Sealing,
    crypto::{Recipient, certificate::Certificate, recipient::parse_recipients},
    policy::sops::CONFIG_FILE_NAME,
};

use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit, files,
    flags::SealingFlags,
    plugins::Plugins,
    sops_rules::{GpgKeys, SopsRules},
};

/// A policy and the directory that its globs are relative to.
#[derive(Debug)]
pub(crate) struct Governing {
    /// The directory of `.sealkit.yaml`, a real path.
    pub(crate) directory: PathBuf,
    /// The policy.
    pub(crate) policy: Policy,
}

/// Policies by the directory that they were asked for, as it was written, so that a tree of files resolves and reads each
/// once.
#[derive(Default)]
pub(crate) struct Policies {
    governing: Mutex<HashMap<PathBuf, Option<Arc<Governing>>>>,
    certificates: Mutex<HashMap<PathBuf, SealingKey>>,
    sops: SopsRules,
}

/// What a `--cert` file holds: the key, and the certificate around it if there is one.
type SealingKey = (Recipient, Option<Certificate>);

impl Policies {
    /// Finds the policy that governs a file, which need not exist.
    pub(crate) fn governing(&self, file: &Path) -> Result<Option<Arc<Governing>>, Failure> {
        let directory = files::directory_of(file);
        let mut known = self
            .governing
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(found) = known.get(directory) {
            return Ok(found.clone());
        }
        let found = real(directory)
            .ancestors()
            .map(|ancestor| ancestor.join(POLICY_FILE_NAME))
            .find(|file| file.is_file());
        let found = found.map(|file| read(&file).map(Arc::new)).transpose()?;
        known.insert(directory.to_owned(), found.clone());
        Ok(found)
    }

    /// Whether a policy or a `.sops.yaml` lies beside a file or above.
    pub(crate) fn governs(&self, file: &Path) -> Result<bool, Failure> {
        let real = real_path(file);
        let directory = real.parent().unwrap_or(Path::new("/"));
        Ok(self.governing(file)?.is_some() || self.sops.name(directory).is_some())
    }

    /// Says `alice` instead of her key wherever the policy of `file` knows it.
    pub(crate) fn name_people(&self, mut failure: Failure, file: &Path) -> Failure {
        if let Ok(Some(governing)) = self.governing(file) {
            for diagnostic in &mut failure.diagnostics {
                diagnostic.rewrite(|text| governing.policy.names().in_text(text));
            }
        }
        failure
    }

    /// The same for a single text.
    pub(crate) fn name_people_in(&self, text: &str, file: &Path) -> String {
        match self.governing(file) {
            Ok(Some(governing)) => governing.policy.names().in_text(text),
            _ => text.to_owned(),
        }
    }

    /// Every policy that governed a file so far, each once, in order of path.
    pub(crate) fn all(&self) -> Vec<Arc<Governing>> {
        let known = self
            .governing
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut found: Vec<Arc<Governing>> = known.values().flatten().cloned().collect();
        found.sort_by(|a, b| a.directory.cmp(&b.directory));
        found.dedup_by(|a, b| a.directory == b.directory);
        found
    }

    /// Decides how a file is sealed: by the flags, else by the policy, else by a `.sops.yaml`. `file` is the name that
    /// rules see.
    pub(crate) fn decide(&self, flags: &SealingFlags, file: &Path) -> Result<Sealing, Failure> {
        let governing = self.governing(file)?;
        let mut sealing = if flags.recipient.is_empty() && flags.cert.is_none() {
            self.by_rules(governing.as_deref(), flags, file)?
        } else {
            self.by_flags(governing.as_deref(), flags)?
        };
        if let Some(scope) = flags.scope {
            sealing = sealing.with_scope(scope);
        }
        sealing.allow_classic_recipients |= flags.overrides.allow_classic_recipients;
        Ok(attached(sealing))
    }

    /// Decides who can open a file that SOPS sealed: by the flags, else by a rule for SOPS files, of the policy or of a
    /// `.sops.yaml`. Nothing where all rules are for other formats.
    pub(crate) fn decide_sops(&self, flags: &SealingFlags, file: &Path) -> Result<Option<Sealing>, Failure> {
        if !flags.recipient.is_empty() {
            let flags = SealingFlags {
                format: flags.format.or(Some(Format::Sops)),
                ..flags.clone()
            };
            return self.decide(&flags, file).map(Some);
        }
        let governing = self.governing(file)?;
        let ruled = governing.and_then(|governing| policy_decision(&governing, file));
        let ruled = match ruled.filter(|sealing| sealing.format == Format::Sops) {
            Some(sealing) => Some(sealing),
            None => self.sops.decide(&real_path(file))?,
        };
        Ok(ruled.map(attached))
    }

    /// What the rules say of a file that is only looked at. SOPS files are held against rules for SOPS alone.
    pub(crate) fn decide_for_check(&self, file: &Path, is_sops: bool) -> Result<Option<Sealing>, Failure> {
        let governing = self.governing(file)?;
        let ruled = governing.and_then(|governing| policy_decision(&governing, file));
        match ruled {
            Some(sealing) if !is_sops || sealing.format == Format::Sops => Ok(Some(sealing)),
            _ if is_sops => self.sops.decide(&real_path(file)),
            _ => Ok(None),
        }
    }

    /// Whether somebody said, by flags or by a rule, that a file is for SOPS.
    pub(crate) fn is_for_sops(&self, flags: &SealingFlags, file: &Path) -> Result<bool, Failure> {
        let by_flags = !flags.recipient.is_empty() || flags.cert.is_some();
        if by_flags || flags.format.is_some_and(|format| format != Format::Sops) {
            return Ok(flags.format == Some(Format::Sops));
        }
        match self
            .governing(file)?
            .and_then(|governing| policy_decision(&governing, file))
        {
            Some(sealing) => Ok(sealing.format == Format::Sops),
            None => Ok(self.sops.decide(&real_path(file))?.is_some()),
        }
    }

    /// The decision of the rules alone.
    fn by_rules(
        &self,
        governing: Option<&Governing>,
        flags: &SealingFlags,
        file: &Path,
    ) -> Result<Sealing, Failure> {
        let ruled = match governing.and_then(|governing| policy_decision(governing, file)) {
            Some(sealing) => Some(sealing),
            None => self.sops.decide(&real_path(file))?,
        };
        match ruled {
            Some(sealing) => of_format(sealing, flags, file),
            None => Err(self.no_rule(governing, flags, file)),
        }
    }

    fn no_rule(&self, governing: Option<&Governing>, flags: &SealingFlags, file: &Path) -> Failure {
        let real = real_path(file);
        let sops = self.sops.name(real.parent().unwrap_or(Path::new("/")));
        let (source, covers, field) = match (governing, sops) {
            (Some(governing), _) => (governing.policy.name().to_owned(), "the policy", "`paths` match"),
            (None, Some(name)) => (name.clone(), CONFIG_FILE_NAME, "`path_regex` matches"),
            (None, None) => return no_policy(flags),
        };
        let diagnostic = Diagnostic::error(format!(
            "no rule of {covers} covers {}",
            shown_name(governing, file)
        ))
        .at(source)
        .help(format!(
            "add a rule whose {field} it, or say `--path NAME`, `--recipient` or `--cert`"
        ));
        Failure::new(exit::POLICY, diagnostic)
    }

    /// Reads a `--cert` file once, however many files are sealed for it.
    fn certificate(&self, file: &Path) -> Result<SealingKey, Failure> {
        let mut known = self
            .certificates
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(key) = known.get(file) {
            return Ok(key.clone());
        }
        let key = read_certificate(file)?;
        known.insert(file.to_owned(), key.clone());
        Ok(key)
    }

    fn by_flags(&self, governing: Option<&Governing>, flags: &SealingFlags) -> Result<Sealing, Failure> {
        let certificate = flags
            .cert
            .as_deref()
            .map(|file| self.certificate(file))
            .transpose()?;
        let mut recipients = Vec::new();
        for text in &flags.recipient {
            recipients.extend(resolve(text, governing)?);
        }
        let format = flags.format.unwrap_or(if flags.recipient.is_empty() {
            Format::SealedSecrets
        } else {
            Format::Native
        });
        let mut sealing = match (format, certificate) {
            (Format::SealedSecrets, Some((recipient, certificate))) if recipients.is_empty() => {
                let mut sealing = Sealing::native(vec![recipient]);
                sealing.format = Format::SealedSecrets;
                sealing.certificate = certificate;
                sealing
            }
            (Format::SealedSecrets, None) if recipients.len() == 1 => {
                let mut sealing = Sealing::native(vec![recipients.remove(0).recipient]);
                sealing.format = Format::SealedSecrets;
                sealing
            }
            (Format::SealedSecrets, _) => {
                return Err(Failure::usage(
                    "a SealedSecret is sealed for one certificate",
                    "say `--cert FILE` alone, or `--format native` to seal for several recipients",
                ));
            }
            (Format::Sops, Some(_)) => {
                return Err(Failure::usage(
                    "a SOPS file is sealed for age keys, and a certificate is none",
                    "say `--recipient age1…`",
                ));
            }
            (Format::Sops, None) => {
                let mut sealing = Sealing::sops(Vec::new());
                sealing.recipients = recipients;
                sealing
            }
            (Format::Native, certificate) => {
                recipients.extend(certificate.map(|(recipient, _)| NamedRecipient {
                    name: None,
                    recipient,
                }));
                let mut sealing = Sealing::native(Vec::new());
                sealing.recipients = recipients;
                sealing
            }
        };
        if let Some(governing) = governing {
            sealing.names = governing.policy.names().clone();
        }
        sealing.origin = if flags.recipient.is_empty() {
            "--cert"
        } else {
            "--recipient"
        }
        .to_owned();
        Ok(sealing)
    }
}

/// The decision of the policy alone, where there is one. `check` has no flags.
pub(crate) fn policy_decision(governing: &Governing, file: &Path) -> Option<Sealing> {
    governing
        .policy
        .decide(&relative_name(&governing.directory, file))
}

/// What the policy of a file seals it for, where that is one certificate or key.
pub(crate) fn pinned(policies: &Policies, file: &Path) -> Result<Option<Sealing>, Failure> {
    let governing = policies.governing(file)?;
    let decision = governing.and_then(|governing| policy_decision(&governing, file));
    Ok(decision.filter(|sealing| sealing.format == Format::SealedSecrets))
}

/// Reads a policy through `read`, which resolves the files it names.
pub(crate) fn parse(
    shown: &str,
    text: &[u8],
    read: &mut dyn FnMut(&str) -> io::Result<Vec<u8>>,
) -> Result<Policy, Failure> {
    Policy::parse(shown, text, read).map_err(|error| failure(&error))
}

/// Reads a certificate or a bare RSA public key.
pub(crate) fn read_certificate(file: &Path) -> Result<SealingKey, Failure> {
    let bytes = files::read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let unusable = |why: String, hint: Option<String>| {
        let diagnostic =
            Diagnostic::error(format!("cannot seal for {}", show_path(file))).at(show_path(file));
        Failure::new(exit::MALFORMED, diagnostic.why(why).help(hint))
    };
    if !text.contains("-----BEGIN PUBLIC KEY-----") {
        let certificate =
            Certificate::from_pem(&bytes).map_err(|error| unusable(error.to_string(), error.hint()))?;
        return Ok((
            Recipient::from(certificate.public_key().clone()),
            Some(certificate),
        ));
    }
    let recipient: Recipient =
        text.trim()
            .parse()
            .map_err(|error: sealkit::crypto::recipient::RecipientError| {
                unusable(error.to_string(), error.hint())
            })?;
    Ok((recipient, None))
}

fn read(file: &Path) -> Result<Governing, Failure> {
    let directory = file.parent().unwrap_or(Path::new("/")).to_owned();
    let text = files::read(file)?;
    let mut read = |name: &str| fs::read(directory.join(name));
    let policy = parse(&show_path(&shorten(file)), &text, &mut read)?;
    Ok(Governing { directory, policy })
}

/// Refuses a rule for another format than the one that was asked for.
fn of_format(sealing: Sealing, flags: &SealingFlags, file: &Path) -> Result<Sealing, Failure> {
    match flags.format {
        Some(format) if format != sealing.format => {
            let diagnostic = Diagnostic::error(format!(
                "the policy seals {} as {}, not {format}",
                show_path(file),
                sealing.format
            ))
            .at(&sealing.origin)
            .help(
                "leave out `--format`, change the rule, or name recipients with `--recipient` or `--cert`"
                    .to_owned(),
            );
            Err(Failure::new(exit::POLICY, diagnostic))
        }
        _ => Ok(sealing),
    }
}

/// The name by which globs see a file; without a policy, its own.
fn shown_name(governing: Option<&Governing>, file: &Path) -> String {
    match governing {
        Some(governing) => relative_name(&governing.directory, file),
        None => show_path(file),
    }
}

/// With everybody who can reach what is not in this process.
fn attached(mut sealing: Sealing) -> Sealing {
    sealing.attach_plugins(&(Arc::new(Plugins) as _));
    sealing.attach_service(&(Arc::new(GpgKeys) as _));
    sealing
}

fn no_policy(flags: &SealingFlags) -> Failure {
    let diagnostic = Diagnostic::error("nobody has said who shall be able to open it").why(format!(
        "there is no {POLICY_FILE_NAME} and no {CONFIG_FILE_NAME} here or above, and neither `--recipient` nor `--cert` was given"
    ));
    let help = match flags.format {
        Some(Format::SealedSecrets) => {
            "say `--cert FILE` with the certificate of the cluster's controller (`kubeseal --fetch-cert` prints it)"
        }
        _ => {
            "`sealkit seal --init FILE` makes a policy and a key for you first; `--recipient KEY` or `--cert FILE` \
             seals without a policy"
        }
    };
    Failure::new(exit::POLICY, diagnostic.help(help.to_owned()))
}

/// What stands after `--recipient`: a key, a name that the policy knows, or a file with keys.
fn resolve(text: &str, governing: Option<&Governing>) -> Result<Vec<NamedRecipient>, Failure> {
    let named = governing.and_then(|governing| {
        governing
            .policy
            .recipients()
            .iter()
            .find(|known| known.name.as_deref() == Some(text))
            .cloned()
    });
    if let Some(known) = named {
        return Ok(vec![known]);
    }
    let unnamed = |recipients: Vec<Recipient>| {
        Ok(recipients
            .into_iter()
            .map(|recipient| NamedRecipient {
                name: None,
                recipient,
            })
            .collect())
    };
    let error = match text.parse::<Recipient>() {
        Ok(recipient) => return unnamed(vec![recipient]),
        Err(error) => error,
    };
    let file = Path::new(text);
    if file.is_file() {
        let content = files::read(file)?;
        let content = String::from_utf8_lossy(&content);
        if content.contains("-----BEGIN ") {
            return unnamed(vec![read_certificate(file)?.0]);
        }
        return parse_recipients(&content).map_or_else(
            |error| {
                let diagnostic = Diagnostic::error(format!("cannot read the recipients in {text}"));
                let diagnostic = diagnostic.at(text).why(error.to_string()).help(error.hint());
                Err(Failure::new(exit::MALFORMED, diagnostic))
            },
            unnamed,
        );
    }
    // A private key in this place is a slip that happens; it must not be shown.
    let shown = if text.to_ascii_uppercase().starts_with("AGE-") {
        "the value of --recipient"
    } else {
        text
    };
    let names = governing
        .map(|governing| known_names(&governing.policy))
        .filter(|names| !names.is_empty());
    let known = names
        .map(|names| format!("; the policy knows {names}"))
        .unwrap_or_default();
    let diagnostic = Diagnostic::error(format!("`{shown}` is no recipient"))
        .why(error.to_string())
        .help(format!(
            "give a public key (`age1…`, `ssh-ed25519 …`), a file that holds some, or a name{known}"
        ));
    Err(Failure::new(exit::USAGE, diagnostic))
}

fn known_names(policy: &Policy) -> String {
    let names: Vec<&str> = policy
        .recipients()
        .iter()
        .filter_map(|known| known.name.as_deref())
        .collect();
    names.join(", ")
}

fn failure(error: &PolicyError) -> Failure {
    let mut diagnostic = Diagnostic::error(error.to_string())
        .why(error.why())
        .help(error.hint());
    if let Some(place) = error.place() {
        diagnostic = diagnostic.at(place);
    }
    Failure::new(exit::POLICY, diagnostic)
}

/// The path of `file` below `directory`, with `/` between its parts, as globs see it.
fn relative_name(directory: &Path, file: &Path) -> String {
    let real = real(files::directory_of(file)).join(file.file_name().unwrap_or_default());
    let inside = real.strip_prefix(directory).unwrap_or(&real);
    let parts = inside.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A directory that need not exist, symbolic links resolved as far as it does.
fn real(directory: &Path) -> PathBuf {
    fs::canonicalize(directory)
        .or_else(|_| std::path::absolute(directory))
        .unwrap_or_else(|_| directory.to_owned())
}

/// A file's absolute path, its directory real.
fn real_path(file: &Path) -> PathBuf {
    real(files::directory_of(file)).join(file.file_name().unwrap_or_default())
}

/// A path below the current directory as people write it.
pub(crate) fn shorten(file: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    here.ok()
        .and_then(|here| file.strip_prefix(here).ok())
        .unwrap_or(file)
        .to_owned()
}
