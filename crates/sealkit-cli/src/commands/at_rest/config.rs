//! `sealkit at-rest config check` and `explain`: what the server would say about a file, and what the file means.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use sealkit::formats::at_rest::Scheme;
use sealkit::formats::at_rest::config::{
    EncryptionConfig, Explanation, Finding, Problem, ReaderEntry, Severity, Surroundings,
};
use serde_json::json;

use super::{ServerFlags, problem, refused, resource};
use crate::{
    diagnostic::{Diagnostic, Failure, show_path},
    exit, files, git,
    report::count,
    terminal::{Console, Style},
};

/// Check a configuration file as the server does, and look for what it accepts and should not be so
///
/// Exits with 0 if all is well, 1 if the server would refuse the file or a finding says that it does not do what it seems to
/// do, and 3 if it is no configuration. Warnings alone do not close the gate.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit at-rest config check /etc/kubernetes/encryption.yaml
  sealkit at-rest config new --resources secrets | sealkit at-rest config check")]
pub(crate) struct CheckArguments {
    /// The file; standard input if there is none
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,

    #[command(flatten)]
    server: ServerFlags,
}

/// Explain which provider writes a resource, which ones read it, and why
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sealkit at-rest config explain encryption.yaml secrets
  sealkit at-rest config explain encryption.yaml deployments.apps --output json")]
pub(crate) struct ExplainArguments {
    /// The file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,

    /// The resource, `secrets` or `deployments.apps`
    #[arg(value_name = "RESOURCE")]
    resource: String,
}

pub(super) fn read(file: &Path) -> Result<EncryptionConfig, Failure> {
    let bytes = files::read(file)?;
    EncryptionConfig::read(&show_path(file), &bytes).map_err(|error| refused(&error))
}

pub(super) fn check(arguments: &CheckArguments, console: &Console) -> Result<u8, Failure> {
    let config = match &arguments.file {
        Some(file) => read(file)?,
        None => EncryptionConfig::read("<stdin>", &files::read_stdin()?).map_err(|error| refused(&error))?,
    };
    let surroundings = arguments.file.as_deref().map(surroundings).unwrap_or_default();
    let problems = config.problems(&arguments.server.server());
    let findings = config.findings(&surroundings);
    match console.style {
        Style::Text => say(console, &problems, &findings)?,
        Style::Json => super::super::print(console, format!("{}\n", json(&problems, &findings)).as_bytes())?,
    }
    let closed = !problems.is_empty() || findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if closed { exit::FAILED } else { exit::SUCCESS })
}

#[allow(
    clippy::field_reassign_with_default,
    reason = "the type may gain fields, so it cannot be written out here"
)]
fn surroundings(file: &Path) -> Surroundings {
    let mode = |path: &Path| {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::metadata(path)
                .ok()
                .map(|metadata| metadata.permissions().mode())
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            None
        }
    };
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut surroundings = Surroundings::default();
    surroundings.mode = mode(file);
    surroundings.folder_mode = mode(folder);
    surroundings.committed = git::tracks(file) == Some(true);
    surroundings
}

fn say(console: &Console, problems: &[Problem], findings: &[Finding]) -> Result<(), Failure> {
    for one in problems {
        problem(one).show(console);
    }
    for finding in findings {
        let message = format!("{} [{}]", finding.message, finding.id);
        let diagnostic = match finding.severity {
            Severity::Error => Diagnostic::error(message),
            Severity::Warning => Diagnostic::warning(message),
            Severity::Info => Diagnostic::note(message),
        };
        diagnostic
            .at(&finding.place)
            .help(finding.hint.clone())
            .show(console);
    }
    if console.quiet {
        return Ok(());
    }
    let verdict = if problems.is_empty() {
        "the server accepts it"
    } else {
        "the server refuses it"
    };
    let summary = format!(
        "{verdict}: {}, {}\n",
        count(problems.len(), "error"),
        count(findings.len(), "finding")
    );
    super::super::print(console, summary.as_bytes())
}

fn json(problems: &[Problem], findings: &[Finding]) -> serde_json::Value {
    let problems: Vec<_> = problems
        .iter()
        .map(|problem| {
            json!({
                "field": problem.field,
                "text": problem.to_string(),
                "place": problem.place.as_ref().map(ToString::to_string),
                "hint": problem.hint,
            })
        })
        .collect();
    let severity = |severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            json!({
                "id": finding.id,
                "severity": severity(finding.severity),
                "message": finding.message,
                "place": finding.place.to_string(),
                "hint": finding.hint,
            })
        })
        .collect();
    json!({"accepted": problems.is_empty(), "errors": problems, "findings": findings})
}

pub(super) fn explain(arguments: &ExplainArguments, console: &Console) -> Result<u8, Failure> {
    let config = read(&arguments.file)?;
    let problems = config.problems(&sealkit::formats::at_rest::Server {
        reload: false,
        kms_v1: true,
    });
    for one in &problems {
        problem(one).show(console);
    }
    let explanation = config.explain(&resource(&arguments.resource));
    let text = match console.style {
        Style::Text => in_words(&explanation),
        Style::Json => format!("{}\n", explanation_json(&explanation)),
    };
    super::super::print(console, text.as_bytes())?;
    Ok(if problems.is_empty() {
        exit::SUCCESS
    } else {
        exit::FAILED
    })
}

fn in_words(explanation: &Explanation) -> String {
    let resource = &explanation.resource;
    let mut text = match &explanation.rule {
        None => format!("{resource}: no rule selects it, so it is stored in clear\n"),
        Some((selector, places)) => {
            let places: Vec<String> = places.iter().map(ToString::to_string).collect();
            format!(
                "{resource}: the rule for {selector} applies ({})\n",
                places.join(", ")
            )
        }
    };
    for (number, reader) in explanation.readers.iter().enumerate() {
        let verb = if reader.writes {
            "writes and reads"
        } else {
            "reads"
        };
        let what = match reader.scheme {
            Scheme::Plaintext => "values in clear".to_owned(),
            _ => format!("values that begin with {}", reader.stored_prefix()),
        };
        let place = reader
            .place
            .as_ref()
            .map(|place| format!(" ({place})"))
            .unwrap_or_default();
        text += &format!("  {}. {}: {verb} {what}{place}\n", number + 1, named(reader));
    }
    for (selector, place) in &explanation.passed_over {
        text +=
            &format!("the rule for {selector} ({place}) is not asked: the most specific one alone counts\n");
    }
    text
}

fn named(reader: &ReaderEntry) -> String {
    match &reader.name {
        Some(name) => format!("{} `{name}`", reader.scheme),
        None => reader.scheme.to_string(),
    }
}

fn explanation_json(explanation: &Explanation) -> serde_json::Value {
    let readers: Vec<_> = explanation
        .readers
        .iter()
        .map(|reader| {
            json!({
                "scheme": reader.scheme.to_string(),
                "name": reader.name,
                "prefix": reader.stored_prefix(),
                "writes": reader.writes,
                "place": reader.place.as_ref().map(ToString::to_string),
            })
        })
        .collect();
    let rule = explanation.rule.as_ref().map(|(selector, places)| {
        json!({"selector": selector.to_string(), "places": places.iter().map(ToString::to_string).collect::<Vec<_>>()})
    });
    let passed_over: Vec<_> = explanation
        .passed_over
        .iter()
        .map(|(selector, place)| json!({"selector": selector.to_string(), "place": place.to_string()}))
        .collect();
    json!({"resource": explanation.resource.to_string(), "rule": rule, "readers": readers, "passedOver": passed_over})
}
