//! What a gate before the commit should say of a file: plaintext that must not be there, sealed documents that are not
//! sound, and differences from the policy. Needs no private key; with one it also opens.

use sealkit_manifest::{Node, NodeKind, Object, Place, Stream};
use serde::Serialize;

use crate::disguised::{Disguised, disguised};
use crate::inspect::envelope_problem;
use crate::keyring::Keyring;
use crate::open::OpenOptions;
use crate::problem::{Problem, ProblemKind};
use crate::recognise::{Format, Recognised, SOPS_TOKEN_PREFIX, recognise};
use crate::report::ObjectName;
use crate::rooms;
use crate::rotate::{Due, RotateOptions};
use crate::seal::{fits, has_plaintext};
use crate::sealing::Sealing;

/// Above this size `kubectl apply` without `--server-side` fails: it keeps a copy in an annotation.
pub const MAX_CLIENT_SIDE_APPLY_BYTES: usize = 256 * 1024;

/// Above this size etcd refuses an object in its default configuration.
pub const MAX_ETCD_BYTES: usize = 3 * 512 * 1024;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; the gate stays open.
    Warning,
    /// The gate closes.
    Error,
}

/// One thing that the gate found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable identifier: `plaintext-secret`.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where.
    #[serde(serialize_with = "crate::report::as_text")]
    pub place: Place,
    /// Which object.
    pub object: ObjectName,
    /// What was found.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a check takes into account.
#[derive(Debug, Default)]
pub struct CheckOptions<'a> {
    /// The present, in seconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// If given, sealed documents are opened with it too, and thrown away.
    pub keyring: Option<&'a Keyring>,
}

/// What a check says of a file.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// How many documents are sealed and sound, those of SOPS included.
    pub sealed: usize,
    /// How many documents hold secrets in the clear.
    pub plaintext: usize,
    /// What was found, in the order of the text.
    pub findings: Vec<Finding>,
}

/// Checks every document of a file. `sealing` is what the policy says of the file, if it says anything.
pub fn check(stream: &Stream, sealing: Option<&Sealing>, options: &CheckOptions<'_>) -> Checked {
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(stream) {
        return crate::sops::check(stream, sealing, options);
    }
    let mut checked = Checked::default();
    for object in stream.objects() {
        let before = checked.findings.len();
        match recognise(&object) {
            Recognised::Secret => plain(&object, &mut checked),
            Recognised::Sealed(format) => {
                sealed(&object, format, sealing, options, &mut checked.findings);
                sizes(&object, &mut checked.findings);
                checked.sealed += usize::from(is_sound(&checked.findings[before..]));
            }
            Recognised::Sops => {
                sops(&object, &mut checked.findings);
                checked.sealed += usize::from(is_sound(&checked.findings[before..]));
            }
            Recognised::Other => {}
        }
    }
    let disguised = disguised(stream);
    if !disguised.is_empty() {
        checked.plaintext += disguised.len();
        checked.findings.extend(disguised.into_iter().map(of_disguised));
        checked.findings.sort_by_key(|finding| finding.place.location);
    }
    checked
}

fn is_sound(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.severity == Severity::Warning)
}

fn plain(object: &Object<'_>, checked: &mut Checked) {
    let items: Vec<_> = ["data", "stringData"]
        .iter()
        .filter_map(|field| object.root().get(field))
        .flat_map(|node| node.entries().map(|entry| entry.key_place).collect::<Vec<_>>())
        .collect();
    let Some(first) = items.first() else { return };
    checked.plaintext += 1;
    checked.findings.push(Finding {
        id: "plaintext-secret",
        severity: Severity::Error,
        place: first.clone(),
        object: ObjectName::of(object),
        message: format!("a Secret with {} in the clear", count(items.len(), "value")),
        hint: Some("seal it: `sealkit seal -i FILE`".to_owned()),
    });
}

fn of_disguised(found: Disguised) -> Finding {
    Finding {
        id: "disguised-secret",
        severity: Severity::Error,
        object: found.object,
        message: format!(
            "secret values in the clear in a document that is no Secret: {}",
            found.why
        ),
        place: found.first,
        hint: Some("write `apiVersion: v1` and `kind: Secret`, then `sealkit seal -i FILE`".to_owned()),
    }
}

fn sealed(
    object: &Object<'_>,
    format: Format,
    sealing: Option<&Sealing>,
    options: &CheckOptions<'_>,
    findings: &mut Vec<Finding>,
) {
    if let Some(problem) = envelope_problem(object, format) {
        return findings.push(of_problem(object, "malformed", &problem));
    }
    if has_plaintext(object) {
        findings.push(Finding {
            id: "plaintext-in-sealed",
            severity: Severity::Error,
            place: plaintext_place(object),
            object: ObjectName::of(object),
            message: "plaintext waits in a sealed document".to_owned(),
            hint: Some("move it in: `sealkit seal -i FILE`".to_owned()),
        });
    }
    if let Some(sealing) = sealing {
        against_policy(object, format, sealing, options, findings);
    }
    let keyring = options.keyring.filter(|_| !has_plaintext(object));
    let opened = keyring.map(|keyring| rooms::open(format, object, keyring, &OpenOptions::default(), None));
    if let Some(Err(problems)) = opened {
        findings.extend(
            problems
                .iter()
                .map(|problem| of_problem(object, "cannot-open", problem)),
        );
    }
}

fn against_policy(
    object: &Object<'_>,
    format: Format,
    sealing: &Sealing,
    options: &CheckOptions<'_>,
    findings: &mut Vec<Finding>,
) {
    if let Err(problem) = fits(format, object, sealing) {
        return findings.push(of_problem(object, "other-format", &problem));
    }
    let wanted = sealing.scope.unwrap_or_default();
    if let Ok(facts) = rooms::facts(format, object) {
        let decided = format == Format::Native || sealing.scope.is_some();
        if decided && facts.scope > wanted {
            findings.push(Finding {
                id: "wider-scope",
                severity: Severity::Error,
                place: object.place(),
                object: ObjectName::of(object),
                message: format!(
                    "its scope {} is wider than {wanted}, which {} asks for",
                    facts.scope, sealing.origin
                ),
                hint: Some("open it and seal it again, or widen the rule".to_owned()),
            });
        }
    }
    let rotate_options = RotateOptions {
        now: options.now,
        ..RotateOptions::default()
    };
    match rooms::due(format, object, sealing, &rotate_options) {
        Ok(due @ (Due::Rewrap { .. } | Due::Rotate { .. })) => findings.push(Finding {
            id: "rotation-due",
            severity: Severity::Error,
            place: object.place(),
            object: ObjectName::of(object),
            message: format!(
                "it disagrees with {}: {}",
                sealing.origin,
                due.describe(&sealing.names)
            ),
            hint: Some("`sealkit rotate FILE`".to_owned()),
        }),
        Ok(_) => {}
        Err(problem) => findings.push(of_problem(object, "cannot-seal", &problem)),
    }
}

fn sizes(object: &Object<'_>, findings: &mut Vec<Finding>) {
    let bytes = object.root().raw().len();
    let (id, severity, message, hint) = if bytes > MAX_ETCD_BYTES {
        (
            "too-large-for-etcd",
            Severity::Error,
            "larger than the 1.5 MiB that etcd takes",
            "split the Secret",
        )
    } else if bytes > MAX_CLIENT_SIDE_APPLY_BYTES {
        let message = "larger than the 256 KiB that client-side `kubectl apply` can keep in its annotation";
        (
            "too-large-for-apply",
            Severity::Warning,
            message,
            "apply it with --server-side",
        )
    } else {
        return;
    };
    findings.push(Finding {
        id,
        severity,
        place: object.place(),
        object: ObjectName::of(object),
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    });
}

/// A document with SOPS values in a file that SOPS did not seal as a whole: intact if it has its code, and if, being a
/// Secret, none of its values stands in the clear.
fn sops(object: &Object<'_>, findings: &mut Vec<Finding>) {
    let broken = |place: Place, message: &str| Finding {
        id: "sops-not-intact",
        severity: Severity::Error,
        place,
        object: ObjectName::of(object),
        message: message.to_owned(),
        hint: Some("encrypt it again with the sops tool".to_owned()),
    };
    if object.at(&["sops", "mac"]).is_none() {
        return findings.push(broken(
            object.place(),
            "it holds SOPS values and no SOPS metadata",
        ));
    }
    if object.kind().as_deref() != Some("Secret") {
        return;
    }
    for node in ["data", "stringData"]
        .iter()
        .filter_map(|field| object.root().get(field))
    {
        if let Some(place) = first_in_the_clear(&node) {
            return findings.push(broken(place, "a value of this SOPS document is in the clear"));
        }
    }
}

fn first_in_the_clear(node: &Node<'_>) -> Option<Place> {
    match node.kind() {
        NodeKind::Mapping => node.entries().find_map(|entry| first_in_the_clear(&entry.value)),
        NodeKind::Sequence => node.items().find_map(|item| first_in_the_clear(&item)),
        NodeKind::Null => None,
        _ => {
            let sealed = node
                .as_str()
                .is_some_and(|text| text.is_empty() || text.starts_with(SOPS_TOKEN_PREFIX));
            (!sealed).then(|| node.place())
        }
    }
}

fn plaintext_place(object: &Object<'_>) -> Place {
    let field = ["data", "stringData"]
        .iter()
        .find_map(|field| object.root().get(field));
    let first = field
        .as_ref()
        .and_then(|node| Some(node.entries().next()?.key_place));
    first
        .or_else(|| field.map(|node| node.place()))
        .unwrap_or_else(|| object.place())
}

fn of_problem(object: &Object<'_>, id: &'static str, problem: &Problem) -> Finding {
    of_note(&ObjectName::of(object), object.place(), id, problem)
}

/// What a problem is to a gate: nothing but a warning where another identity is needed.
pub(crate) fn of_note(object: &ObjectName, start: Place, id: &'static str, problem: &Problem) -> Finding {
    let id = if problem.kind() == ProblemKind::NoIdentity {
        "no-identity"
    } else {
        id
    };
    let note = problem.to_note();
    Finding {
        id,
        severity: if id == "no-identity" {
            Severity::Warning
        } else {
            Severity::Error
        },
        place: note.place.unwrap_or(start),
        object: object.clone(),
        message: note.message,
        hint: note.hint,
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}
