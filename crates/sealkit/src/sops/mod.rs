//! Files that SOPS encrypted, Kubernetes objects or not. One code covers all documents of a file, so that it is opened,
//! changed and sealed as a whole, and never without an identity.
//!
//! Every other format is one document's affair; this one is the file's, which is why it has no place among `rooms`. The
//! author's text is kept here as everywhere: what did not change keeps its bytes, its token among them.

mod keys;
mod look;
mod rotate;
mod seal;
mod stored_error;
mod stores;
mod values;

use sealkit_formats::sops::{self as room, AgeIdentities, OpenError, SealError, UnwrapKey};
use sealkit_manifest::Stream;

use crate::keyring::Keyring;
use crate::problem::{Problem, ProblemKind, Problems, room_error};
use crate::report::{Action, Entry, Note, ObjectName, Report};
use crate::seal::Outcome;

pub use keys::{KeyService, SopsKey, SopsSealing};
pub use look::SopsInspection;
pub use seal::{refuse_exposed, seal_exposed};
pub use stores::{Store, StoredFile, StoredOutcome, may_be_sealed};

pub(crate) use look::{check, inspect};
pub(crate) use rotate::{rotate, rotation};
pub(crate) use seal::{reseal, seal};
pub(crate) use values::get;
pub use values::{refuse_closed, set, unset};

/// What a report calls a file that holds no Kubernetes object, or several.
const FILE: &str = "SOPS file";

/// Whether a file was encrypted by SOPS: metadata where SOPS looks for it.
pub fn is_sops_file(stream: &Stream) -> bool {
    room::is_sealed(stream)
}

/// Opens a file with the keyring's identities.
pub(crate) fn open(stream: &Stream, keyring: &Keyring) -> Result<Outcome, Problems> {
    let opened = opened(stream, keyring, false)?;
    let mut entry = entry(opened.stream(), Action::Opened);
    entry.place = stream.source().place(0);
    entry.notes = notes(&opened);
    Ok(Outcome {
        stream: Some(opened.stream().clone()),
        report: Report { entries: vec![entry] },
    })
}

fn opened(stream: &Stream, keyring: &Keyring, accept_plaintext: bool) -> Result<room::Opened, Problem> {
    let identities = keyring.identities();
    let age = AgeIdentities(&identities);
    let mut unwrap: Vec<&dyn UnwrapKey> = vec![&age];
    unwrap.extend(keyring.services());
    let options = room::OpenOptions {
        accept_plaintext,
        ..room::OpenOptions::default()
    };
    Ok(room::open(stream, &unwrap, &options)?)
}

/// The one entry of a file's report: named by its only object if it has one.
fn entry(stream: &Stream, action: Action) -> Entry {
    let mut objects = stream.objects();
    let object = match (objects.next(), objects.next()) {
        (Some(object), None) if stream.document_count() == 1 => ObjectName::of(&object),
        _ => ObjectName {
            kind: FILE.to_owned(),
            namespace: String::new(),
            name: String::new(),
        },
    };
    Entry {
        place: stream.source().place(0),
        object,
        action,
        items: Vec::new(),
        notes: Vec::new(),
        by: None,
    }
}

fn notes(opened: &room::Opened) -> Vec<Note> {
    let note = |notice: &room::Notice| Note {
        place: Some(notice.place().clone()),
        message: notice.to_string(),
        hint: None,
    };
    opened.notices().iter().map(note).collect()
}

/// The encrypted values that are others than before, by path, each once.
fn changed_items(before: Option<&Stream>, after: &Stream) -> Vec<String> {
    let values = |stream: &Stream| {
        room::survey(stream)
            .map(|survey| survey.sealed)
            .unwrap_or_default()
    };
    let (before, after) = (before.map(values).unwrap_or_default(), values(after));
    let old: std::collections::HashSet<_> = before.iter().map(|value| (&value.path, &value.token)).collect();
    let new: std::collections::HashSet<_> = after.iter().map(|value| (&value.path, &value.token)).collect();
    let mut changed: Vec<String> = Vec::new();
    let written = after
        .iter()
        .filter(|value| !old.contains(&(&value.path, &value.token)));
    let gone = before
        .iter()
        .filter(|value| !new.contains(&(&value.path, &value.token)));
    for value in written.chain(gone) {
        if !changed.contains(&value.path) {
            changed.push(value.path.clone());
        }
    }
    changed
}

room_error!(OpenError, |error| match error {
    Self::Key { .. } => ProblemKind::NoIdentity,
    Self::Values(values) if values.iter().all(|value| value.error.is_plaintext()) => ProblemKind::Malformed,
    Self::Values(_) | Self::Mac { .. } => ProblemKind::Tampered,
    Self::Unwritable { .. } | Self::Mismatch { .. } => ProblemKind::Unsupported,
    _ => ProblemKind::Malformed,
});

room_error!(SealError, |error| match error {
    Self::Selector(_) | Self::EmptyGroup | Self::Threshold { .. } => ProblemKind::Conflict,
    Self::Wrap(_) => ProblemKind::Unsupported,
    Self::Reopen(_) | Self::Mismatch { .. } => ProblemKind::Unsupported,
    _ => ProblemKind::Malformed,
});
