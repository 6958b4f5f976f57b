//! What a SOPS file says without any key, and what a gate should say of it.

use sealkit_formats::sops::document::Closed;
use sealkit_formats::sops::metadata::{KeyKind, Metadata};
use sealkit_formats::sops::{self as room, ClosedValue, OpenError};
use sealkit_manifest::{Place, Stream};
use serde::Serialize;

use super::{entry, rotate, seal};
use crate::check::{CheckOptions, Checked, Finding, Severity, of_note};
use crate::inspect::{Inspection, RecipientInspection};
use crate::names::Names;
use crate::problem::Problem;
use crate::recognise::{Format, Recognised};
use crate::report::{Action, Entry, Note, ObjectName};
use crate::sealing::Sealing;

/// What only a SOPS file says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SopsInspection {
    /// Which values are encrypted, as the metadata spells it: the field and its text.
    pub selector: (String, String),
    /// Whether the code covers encrypted values only.
    pub mac_only_encrypted: bool,
    /// When the file was written, as it is spelled.
    pub last_modified: String,
    /// The version of the writer.
    pub version: String,
    /// How many groups of keys there are, and how many of them open the file.
    pub groups: (usize, usize),
    /// How many values are encrypted.
    pub sealed_values: usize,
    /// How many are in the clear, and meant to be.
    pub unencrypted_values: usize,
}

/// Inspects a file as a whole.
pub(crate) fn inspect(stream: &Stream, names: &Names) -> Inspection {
    let entry = entry(stream, Action::Unchanged);
    let bytes = stream.as_str().len();
    match room::survey(stream) {
        Ok(survey) => {
            let found = Found {
                metadata: &survey.metadata,
                sealed: survey.sealed.iter().map(|value| value.path.as_str()).collect(),
                unencrypted: survey.unencrypted,
                exposed: &survey.exposed,
            };
            found.inspection(entry, bytes, names)
        }
        Err(error) => unreadable(entry, bytes, &Problem::from(error)),
    }
}

/// The same of a file that is no YAML and no JSON.
pub(super) fn stored(
    entry: Entry,
    bytes: usize,
    closed: &Closed,
    exposed: &[ClosedValue],
    names: &Names,
) -> Inspection {
    let paths = closed.sealed_paths();
    let found = Found {
        metadata: &closed.metadata,
        unencrypted: closed.values().saturating_sub(paths.len()),
        sealed: paths.iter().map(String::as_str).collect(),
        exposed,
    };
    found.inspection(entry, bytes, names)
}

/// What little is to be said of a file whose metadata makes no sense.
pub(super) fn unreadable(entry: Entry, bytes: usize, problem: &Problem) -> Inspection {
    Inspection {
        place: entry.place,
        object: entry.object,
        recognised: Recognised::Sops,
        scope: None,
        recipients: Vec::new(),
        data_keys: Vec::new(),
        items: Vec::new(),
        secret_type: None,
        bytes,
        sops: None,
        notes: vec![problem.to_note()],
    }
}

/// What was seen of a file.
struct Found<'a> {
    metadata: &'a Metadata,
    sealed: Vec<&'a str>,
    unencrypted: usize,
    exposed: &'a [ClosedValue],
}

impl Found<'_> {
    fn inspection(&self, entry: Entry, bytes: usize, names: &Names) -> Inspection {
        let metadata = self.metadata;
        let mut items: Vec<String> = Vec::new();
        for path in &self.sealed {
            if !items.iter().any(|item| item == path) {
                items.push((*path).to_owned());
            }
        }
        let note = |value: &ClosedValue| Note {
            place: Some(value.place.clone()),
            message: format!("{} is in the clear", value.path),
            hint: Some("seal it: `sealkit seal -i FILE`".to_owned()),
        };
        Inspection {
            place: entry.place,
            object: entry.object,
            recognised: Recognised::Sops,
            scope: None,
            recipients: metadata
                .keys()
                .map(|key| named(key.kind, key.name(), names))
                .collect(),
            data_keys: Vec::new(),
            items,
            secret_type: None,
            bytes,
            sops: Some(self.says()),
            notes: self.exposed.iter().map(note).collect(),
        }
    }

    fn says(&self) -> SopsInspection {
        let metadata = self.metadata;
        let selector = metadata.selector();
        let (field, text) = selector.field();
        let needed = match (metadata.groups.len(), metadata.shamir_threshold) {
            (groups, 0) => groups,
            (_, threshold) => threshold,
        };
        SopsInspection {
            selector: (field.to_owned(), text.to_owned()),
            mac_only_encrypted: metadata.mac_only_encrypted,
            last_modified: metadata.last_modified.clone(),
            version: metadata.version.clone(),
            groups: (metadata.groups.len(), needed),
            sealed_values: self.sealed.len(),
            unencrypted_values: self.unencrypted,
        }
    }
}

fn named(kind: KeyKind, name: String, names: &Names) -> RecipientInspection {
    RecipientInspection {
        name: names.get(&name).map(str::to_owned),
        recipient: match kind {
            KeyKind::Age => name,
            kind => format!("{} {name}", kind.as_str()),
        },
    }
}

/// Checks a file as a whole. `sealing` is what a rule says of it, if one does.
pub(crate) fn check(stream: &Stream, sealing: Option<&Sealing>, options: &CheckOptions<'_>) -> Checked {
    let object = entry(stream, Action::Unchanged).object;
    let mut findings = Vec::new();
    match room::survey(stream) {
        Err(error) => findings.push(of_problem(&object, stream, "malformed", error)),
        Ok(survey) => {
            findings.extend(survey.exposed.iter().map(|value| exposed(&object, value)));
            let broken = survey.broken.iter();
            findings.extend(
                broken.map(|value| finding(&object, "malformed", &value.place, broken_message(value))),
            );
            if survey.metadata.mac.is_empty() {
                let message = "the file has no code over its values".to_owned();
                findings.push(finding(&object, "sops-not-intact", &survey.place, message));
            }
            if survey.invalid_selector {
                findings.push(Finding {
                    severity: Severity::Warning,
                    ..finding(
                        &object,
                        "invalid-selector",
                        &survey.place,
                        invalid_selector(&survey.metadata),
                    )
                });
            }
            findings.extend(against_rule(&object, &survey.place, &survey.metadata, sealing));
            let keyring = options.keyring.filter(|_| survey.exposed.is_empty());
            if let Some(Err(problem)) = keyring.map(|keyring| super::opened(stream, keyring, false)) {
                findings.push(of_note(
                    &object,
                    stream.source().place(0),
                    "cannot-open",
                    &problem,
                ));
            }
        }
    }
    judged(findings, stream.document_count().max(1))
}

/// Checks a file that is no YAML and no JSON. `opens` is why it does not open, if somebody tried.
pub(super) fn check_stored(
    object: &ObjectName,
    place: &Place,
    closed: &Closed,
    in_the_clear: &[ClosedValue],
    sealing: Option<&Sealing>,
    opens: Option<&Problem>,
) -> Checked {
    let judge = |value: &ClosedValue| match value.error.is_plaintext() {
        true => exposed(object, value),
        false => finding(object, "malformed", &value.place, broken_message(value)),
    };
    let mut findings: Vec<Finding> = in_the_clear.iter().map(judge).collect();
    if closed.metadata.mac.is_empty() {
        let message = "the file has no code over its values".to_owned();
        findings.push(finding(object, "sops-not-intact", place, message));
    }
    findings.extend(against_rule(object, place, &closed.metadata, sealing));
    findings.extend(opens.map(|problem| of_note(object, place.clone(), "cannot-open", problem)));
    judged(findings, 1)
}

/// A file of which nothing but a problem is to be said.
pub(super) fn of_problem_alone(object: &ObjectName, place: Place, problem: &Problem) -> Checked {
    judged(vec![of_note(object, place, "malformed", problem)], 1)
}

fn judged(mut findings: Vec<Finding>, documents: usize) -> Checked {
    findings.sort_by_key(|finding| finding.place.location);
    let sound = findings
        .iter()
        .all(|finding| finding.severity == Severity::Warning);
    let in_the_clear = findings.iter().any(|finding| finding.id == "plaintext-in-sealed");
    Checked {
        sealed: usize::from(sound) * documents,
        plaintext: usize::from(in_the_clear),
        findings,
    }
}

/// What a rule for SOPS files objects to. A rule for another format has nothing to say of files that are not its own.
fn against_rule(
    object: &ObjectName,
    place: &Place,
    metadata: &Metadata,
    sealing: Option<&Sealing>,
) -> Option<Finding> {
    let sealing = sealing.filter(|sealing| sealing.format == Format::Sops)?;
    let due = rotate::due(metadata, &seal::decided(sealing), false);
    due.is_due().then(|| Finding {
        hint: Some("`sealkit rotate FILE`".to_owned()),
        ..finding(
            object,
            "rotation-due",
            place,
            format!(
                "it disagrees with {}: {}",
                sealing.origin,
                due.describe(&sealing.names)
            ),
        )
    })
}

fn exposed(object: &ObjectName, value: &ClosedValue) -> Finding {
    Finding {
        hint: Some("seal it where it stands: `sealkit seal -i FILE`".to_owned()),
        ..finding(
            object,
            "plaintext-in-sealed",
            &value.place,
            format!("{} is in the clear in a sealed file", value.path),
        )
    }
}

fn broken_message(value: &ClosedValue) -> String {
    format!("{} is not whole: {}", value.path, value.error)
}

fn invalid_selector(metadata: &Metadata) -> String {
    let selector = metadata.selector();
    format!(
        "{} is not a valid regular expression, and so matches nothing",
        selector.field().0
    )
}

fn of_problem(object: &ObjectName, stream: &Stream, id: &'static str, error: OpenError) -> Finding {
    of_note(object, stream.source().place(0), id, &Problem::from(error))
}

fn finding(object: &ObjectName, id: &'static str, place: &Place, message: String) -> Finding {
    Finding {
        id,
        severity: Severity::Error,
        place: place.clone(),
        object: object.clone(),
        message,
        hint: None,
    }
}
