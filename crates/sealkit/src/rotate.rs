//! Making the files agree with the recipients they should have. What is due can be told without an identity; doing it
//! needs one. Removing a recipient takes nothing back that she could already read, and every entry says so.

use sealkit_crypto::CryptoRng;
use sealkit_manifest::{Place, Stream};
use serde::Serialize;

use crate::keyring::Keyring;
use crate::names::Names;
use crate::problem::Problems;
use crate::recognise::{Recognised, recognise};
use crate::report::{Note, ObjectName};
use crate::rooms;
use crate::seal::{Outcome, Work, fits, has_plaintext};
use crate::sealing::Sealing;

/// What a rotation is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RotateOptions {
    /// The present, in seconds since 1970-01-01T00:00:00Z: certificates expire.
    pub now: u64,
    /// New data keys (native, SOPS) or a new encryption of every value (sealed-secrets) even where nothing else is due.
    pub data_keys: bool,
    /// Whether to write to a file whose scope is wider than the policy's.
    pub allow_wider_scope: bool,
}

/// What has to be done to one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "due")]
#[non_exhaustive]
pub enum Due {
    /// Nothing.
    Nothing,
    /// The same data keys have to be wrapped for recipients that are missing.
    Rewrap {
        /// Who is missing, by short name.
        added: Vec<String>,
    },
    /// Every value has to be encrypted anew.
    Rotate {
        /// Who is no longer to open it, by short name.
        removed: Vec<String>,
        /// Who is missing, by short name.
        added: Vec<String>,
        /// Whether too many data keys have gathered.
        many_data_keys: bool,
        /// Whether the caller asked for it.
        asked: bool,
    },
    /// The file does not tell which key it is sealed for: only opening it shows.
    Unknown,
}

impl Due {
    /// Tells whether something certainly has to be done.
    pub fn is_due(&self) -> bool {
        matches!(self, Self::Rewrap { .. } | Self::Rotate { .. })
    }

    /// Says it for people, with the names they know.
    pub fn describe(&self, names: &Names) -> String {
        let list = |short: &[String]| {
            short
                .iter()
                .map(|name| names.show(name))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match self {
            Self::Nothing => "nothing to do".to_owned(),
            Self::Unknown => "sealed for a key that the file does not name".to_owned(),
            Self::Rewrap { added } => format!("same data keys, also for {}", list(added)),
            Self::Rotate {
                removed,
                added,
                many_data_keys,
                ..
            } => {
                let mut parts = vec!["new data key, every value encrypted anew".to_owned()];
                if !removed.is_empty() {
                    parts.push(format!("no longer for {}", list(removed)));
                }
                if !added.is_empty() {
                    parts.push(format!("also for {}", list(added)));
                }
                if *many_data_keys {
                    parts.push("many data keys have gathered".to_owned());
                }
                parts.join("; ")
            }
        }
    }
}

/// What a rotation would do to one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RotationStep {
    /// Where the document begins.
    #[serde(serialize_with = "crate::report::as_text")]
    pub place: Place,
    /// Which object it is.
    pub object: ObjectName,
    /// What has to be done.
    #[serde(flatten)]
    pub due: Due,
    /// The items that would be encrypted anew: where a recipient is removed, change these values at their source.
    pub items: Vec<String>,
}

/// Tells what a rotation would do, for each sealed document. Needs no identity.
///
/// # Errors
/// Documents that are not what their format demands, or whose format is not the one that was decided.
pub fn rotation(
    stream: &Stream,
    sealing: &Sealing,
    options: &RotateOptions,
) -> Result<Vec<RotationStep>, Problems> {
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(stream) {
        return crate::sops::rotation(stream, sealing, options);
    }
    let (mut steps, mut problems) = (Vec::new(), Vec::new());
    for object in stream.objects() {
        let Recognised::Sealed(format) = recognise(&object) else {
            continue;
        };
        let step = fits(format, &object, sealing).and_then(|()| {
            let due = rooms::due(format, &object, sealing, options)?;
            let items = match due {
                Due::Rotate { .. } => rooms::facts(format, &object)?
                    .items
                    .into_iter()
                    .map(|(key, _)| key)
                    .collect(),
                _ => Vec::new(),
            };
            Ok(RotationStep {
                place: object.place(),
                object: ObjectName::of(&object),
                due,
                items,
            })
        });
        match step {
            Ok(step) => steps.push(step),
            Err(problem) => problems.push(problem),
        }
    }
    Problems::check(problems)?;
    Ok(steps)
}

/// Does what is due in every sealed document of a file: rewraps where recipients were only added, makes a new data key
/// where one was removed, and touches no line that need not change.
///
/// # Errors
/// Everything that keeps one of the documents from being rotated; then none is.
pub fn rotate(
    stream: &Stream,
    sealing: &Sealing,
    keyring: &Keyring,
    options: &RotateOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(stream) {
        return crate::sops::rotate(stream, sealing, keyring, options, rng);
    }
    let mut work = Work::default();
    for object in stream.objects() {
        let Recognised::Sealed(format) = recognise(&object) else {
            work.leave_alone(&object);
            continue;
        };
        let done = fits(format, &object, sealing).and_then(|()| {
            let due = rooms::due(format, &object, sealing, options)?;
            let mut done = rooms::rotate(format, &object, sealing, keyring, options, rng)?;
            done.notes
                .extend(removal_note(&due, &object.place(), &sealing.names));
            if has_plaintext(&object) {
                let message = "plaintext waits in this document".to_owned();
                done.notes.push(rooms::note(
                    &object.place(),
                    message,
                    Some("seal it: `sealkit seal -i FILE`".to_owned()),
                ));
            }
            Ok(done)
        });
        work.take(&object, done);
    }
    work.finish(stream, false)
}

/// Somebody who was removed keeps what history holds.
pub(crate) fn removal_note(due: &Due, place: &Place, names: &Names) -> Option<Note> {
    let Due::Rotate { removed, .. } = due else {
        return None;
    };
    if removed.is_empty() {
        return None;
    }
    let removed: Vec<_> = removed.iter().map(|name| names.show(name)).collect();
    let message = format!("{} can still open what history holds", removed.join(", "));
    Some(rooms::note(
        place,
        message,
        Some("change these values at their source, then set the new ones".to_owned()),
    ))
}

impl RotateOptions {
    #[cfg(any(feature = "native", feature = "sealed-secrets"))]
    pub(crate) fn as_seal_options(&self) -> crate::seal::SealOptions {
        crate::seal::SealOptions {
            now: self.now,
            allow_wider_scope: self.allow_wider_scope,
            ..crate::seal::SealOptions::default()
        }
    }
}
