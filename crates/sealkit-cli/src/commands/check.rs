//! `sealkit check`: the gate before the commit and in CI. What it finds is decided by the facade and the policy.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use rayon::prelude::*;
use sealkit::{
    CheckOptions, Checked, Finding, Format, POLICY_FILE_NAME, Sealing, Severity,
    policy::sops::CONFIG_FILE_NAME,
};
use serde_json::json;

use crate::{
    diagnostic::{self, Diagnostic, Failure, show_path},
    exit, files,
    flags::IdentityFlags,
    git, identities,
    policies::{self, Governing, Policies},
    report::count,
    sops_rules::Configured,
    stored::{self, Stored},
    terminal::{Console, Progress, Style},
    work,
};

/// Check that no secret is in the clear and that sealed files agree with the policy
///
/// Exits with 0 if all is well, 1 if there are findings, and 2 if something could not be checked. Warnings alone do not
/// close the gate. SOPS files, of every kind, are held against `.sops.yaml`, and plaintext in them is found by place, without a key.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit check                # the whole tree: for CI
  sealkit check --staged       # what the next commit would publish: for a pre-commit hook
  sealkit check --identity offline-backup.txt secrets/    # does the backup key open everything?")]
pub(crate) struct Arguments {
    /// Files and directories; the current directory if there is none
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,

    /// Check what is staged in git's index instead of the files on disk
    #[arg(long)]
    staged: bool,

    #[command(flatten)]
    identities: IdentityFlags,
}

/// What became of one file: what was found, or why nobody could look.
type Looked = Result<Checked, Failure>;

/// Everything that was looked at.
#[derive(Default)]
struct Total {
    sealed: usize,
    plaintext: usize,
    files: usize,
    findings: Vec<Finding>,
    policy_notes: Vec<sealkit::Note>,
    failures: Vec<Failure>,
}

pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Failure> {
    let total = look(arguments, console).map_err(|failure| Failure {
        code: exit::COULD_NOT_CHECK,
        ..failure
    })?;
    match console.style {
        Style::Text => say(console, &total)?,
        Style::Json => super::print(console, format!("{}\n", json(&total)).as_bytes())?,
    }
    let closed = total
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    Ok(match (total.failures.is_empty(), closed) {
        (false, _) => exit::COULD_NOT_CHECK,
        (true, true) => exit::FAILED,
        (true, false) => exit::SUCCESS,
    })
}

fn look(arguments: &Arguments, console: &Console) -> Result<Total, Failure> {
    // Opening is a test of the keys that were named; keys that merely lie around would make the result depend on them.
    let keyring = match arguments.identities.identity.is_empty() {
        true => None,
        false => Some(identities::find(&arguments.identities, console)?.keyring),
    };
    let options = CheckOptions {
        now: super::now(),
        keyring: keyring.as_ref(),
    };
    if arguments.staged {
        staged(&arguments.paths, &options)
    } else {
        on_disk(&arguments.paths, &options, console)
    }
}

fn on_disk(paths: &[PathBuf], options: &CheckOptions<'_>, console: &Console) -> Result<Total, Failure> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let found = work::find(console, paths, true)?;
    let policies = Policies::default();
    let progress = Progress::start(console, "checking", found.files.len());
    let one = |path: &PathBuf| -> Option<Looked> {
        let looked = files::read(path).map_err(Failure::from).and_then(|bytes| {
            if !paths.contains(path) && !is_of_interest(path, &bytes) {
                return Ok(None);
            }
            let decide = |is_sops: bool| policies.decide_for_check(path, is_sops);
            let mut checked = one_file(path, &bytes, &decide, options)?;
            for finding in &mut checked.findings {
                finding.message = policies.name_people_in(&finding.message, path);
            }
            Ok(Some(checked))
        });
        progress.step();
        looked.transpose()
    };
    let looked: Vec<Looked> = match found.files.len() {
        0..8 => found.files.iter().filter_map(one).collect(),
        _ => found.files.par_iter().filter_map(one).collect(),
    };
    progress.finish();
    let mut total = Total::default();
    total
        .failures
        .extend(found.unreadable.into_iter().map(Failure::from));
    looked.into_iter().for_each(|looked| total.add(looked));
    total.policy_notes = policies
        .all()
        .iter()
        .flat_map(|governing| governing.policy.notes())
        .collect();
    Ok(total)
}

/// Whether a file that nobody named is to be looked at.
fn is_of_interest(path: &Path, bytes: &[u8]) -> bool {
    Stored::is_sealed(path, bytes) || work::is_of_interest(path, bytes)
}

/// Content and policy both come from the index: a commit is judged by the policy that it holds.
fn staged(paths: &[PathBuf], options: &CheckOptions<'_>) -> Result<Total, Failure> {
    let root = git::root(Path::new("."))?;
    let wanted: Vec<PathBuf> = paths.iter().map(|path| real_name(path)).collect();
    let is_wanted = |path: &Path, bytes: u64| {
        let real = root.join(path);
        let below = wanted.iter().any(|wanted| real.starts_with(wanted));
        let may_hold = files::is_manifest_name(path) || bytes <= files::MAX_FILE_BYTES;
        wanted.contains(&real) || may_hold && (paths.is_empty() || below)
    };
    let files = git::staged(&root, is_wanted)?;
    refuse_unknown_names(paths, &wanted, |wanted| {
        files.iter().any(|file| root.join(&file.path).starts_with(wanted))
    })?;
    let mut total = Total::default();
    let mut policies: Vec<(PathBuf, Option<Governing>)> = Vec::new();
    for file in files {
        let is_named = wanted.contains(&root.join(&file.path));
        let mentions = is_named && work::mentions_secrets(&file.bytes);
        if !mentions && !is_of_interest(&file.path, &file.bytes) {
            continue;
        }
        let directory = file.path.parent().unwrap_or(Path::new("")).to_owned();
        if !policies.iter().any(|(known, _)| *known == directory) {
            policies.push((directory.clone(), staged_policy(&root, &directory)?));
        }
        let governing = policies
            .iter()
            .find(|(known, _)| *known == directory)
            .and_then(|(_, found)| found.as_ref());
        let decide = |is_sops: bool| {
            let ruled = governing.and_then(|governing| {
                let inside = file.path.strip_prefix(&governing.directory).unwrap_or(&file.path);
                governing.policy.decide(&inside.to_string_lossy())
            });
            match ruled {
                Some(sealing) if !is_sops || sealing.format == Format::Sops => Ok(Some(sealing)),
                _ if is_sops => staged_sops_rule(&root, &file.path),
                _ => Ok(None),
            }
        };
        total.add(one_file(&file.path, &file.bytes, &decide, options));
    }
    for note in policies
        .iter()
        .filter_map(|(_, found)| found.as_ref())
        .flat_map(|found| found.policy.notes())
    {
        if !total.policy_notes.contains(&note) {
            total.policy_notes.push(note);
        }
    }
    Ok(total)
}

/// The real path of something that may exist in the index alone.
fn real_name(path: &Path) -> PathBuf {
    if let Ok(real) = std::fs::canonicalize(path) {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent.as_os_str().is_empty() => real_name(Path::new(".")).join(name),
        (Some(parent), Some(name)) => real_name(parent).join(name),
        _ => path.to_owned(),
    }
}

/// A name that is neither on disk nor in the index is a slip, and "clean" would be the wrong answer.
fn refuse_unknown_names(
    paths: &[PathBuf],
    wanted: &[PathBuf],
    is_staged: impl Fn(&Path) -> bool,
) -> Result<(), Failure> {
    let mut named = paths.iter().zip(wanted);
    let Some((path, _)) = named.find(|(_, real)| !real.exists() && !is_staged(real)) else {
        return Ok(());
    };
    let diagnostic = Diagnostic::error(format!("nothing is staged as {}", show_path(path)))
        .at(show_path(path))
        .help("check the name; without a name everything that is staged is checked".to_owned());
    Err(Failure::new(exit::COULD_NOT_CHECK, diagnostic))
}

/// The policy in the index that governs a directory of the repository. Its directory is relative to the root.
fn staged_policy(root: &Path, directory: &Path) -> Result<Option<Governing>, Failure> {
    for ancestor in directory.ancestors() {
        let file = ancestor.join(POLICY_FILE_NAME);
        if let Ok(text) = git::read_staged(root, &file) {
            let mut read =
                |name: &str| git::read_staged(root, &ancestor.join(name)).map(|bytes| bytes.to_vec());
            let policy = policies::parse(&show_path(&file), &text, &mut read)?;
            return Ok(Some(Governing {
                directory: ancestor.to_owned(),
                policy,
            }));
        }
    }
    Ok(None)
}

/// What the `.sops.yaml` in the index says of a file.
fn staged_sops_rule(root: &Path, file: &Path) -> Result<Option<Sealing>, Failure> {
    for ancestor in file.parent().unwrap_or(Path::new("")).ancestors() {
        let config = ancestor.join(CONFIG_FILE_NAME);
        if let Ok(text) = git::read_staged(root, &config) {
            return Configured::parse(ancestor, &show_path(&config), &text)?.decide(file);
        }
    }
    Ok(None)
}

/// What a rule says of a file; whether SOPS sealed it decides which rules are looked at.
type Decide<'a> = dyn Fn(bool) -> Result<Option<Sealing>, Failure> + 'a;

fn one_file(path: &Path, bytes: &[u8], decide: &Decide<'_>, options: &CheckOptions<'_>) -> Looked {
    // A policy holds no secrets, whatever its comments mention.
    if path.file_name().is_some_and(|file| file == POLICY_FILE_NAME) {
        return Ok(Checked::default());
    }
    let name = show_path(path);
    let stored = stored::file(path, &name, bytes);
    if stored.is_sealed() {
        return Ok(stored.check(decide(true)?.as_ref(), options));
    }
    let stream = work::parse(&name, bytes)?;
    let sealing = decide(sealkit::is_sops_file(&stream))?;
    Ok(sealkit::check(&stream, sealing.as_ref(), options))
}

impl Total {
    fn add(&mut self, looked: Looked) {
        self.files += 1;
        match looked {
            Ok(checked) => {
                self.sealed += checked.sealed;
                self.plaintext += checked.plaintext;
                self.findings.extend(checked.findings);
            }
            Err(failure) => self.failures.push(failure),
        }
    }
}

fn say(console: &Console, total: &Total) -> Result<(), Failure> {
    for note in &total.policy_notes {
        Diagnostic::of_note(note).show(console);
    }
    let findings = total.findings.iter().map(|finding| {
        let diagnostic = match finding.severity {
            Severity::Error => Diagnostic::error(format!("{}: {}", finding.object, finding.message)),
            Severity::Warning => Diagnostic::warning(format!("{}: {}", finding.object, finding.message)),
        };
        diagnostic.at(&finding.place).help(finding.hint.clone())
    });
    diagnostic::show_all(findings, console);
    let failures = total.failures.iter();
    diagnostic::show_all(failures.flat_map(|failure| failure.diagnostics.clone()), console);
    let errors = total
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let summary = format!(
        "{} sealed, {} in the clear; {}, {} not checked\n",
        count(total.sealed, "document"),
        total.plaintext,
        count(errors, "finding"),
        count(total.failures.len(), "file"),
    );
    if console.quiet {
        Ok(())
    } else {
        super::print(console, summary.as_bytes())
    }
}

fn json(total: &Total) -> serde_json::Value {
    let problems: Vec<_> = total
        .failures
        .iter()
        .flat_map(|failure| &failure.diagnostics)
        .collect();
    json!({
        "findings": total.findings,
        "policy": total.policy_notes,
        "not_checked": problems,
        "summary": {"files": total.files, "sealed": total.sealed, "plaintext": total.plaintext},
    })
}
