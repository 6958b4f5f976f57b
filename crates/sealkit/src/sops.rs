//! Files that SOPS encrypted, Kubernetes objects or not: opened as a whole, since one code covers all documents.
//!
//! Every other format is one document's affair; this one is the file's, which is why it has no place among `rooms`.

use sealkit_formats::sops::{self as room, AgeIdentities, OpenError};
use sealkit_manifest::Stream;

use crate::keyring::Keyring;
use crate::problem::{Problem, ProblemKind, Problems, room_error};
use crate::report::{Action, Entry, Note, ObjectName, Report};
use crate::seal::Outcome;

/// What a report calls a file that holds no Kubernetes object.
const FILE: &str = "SOPS file";

/// Whether a file was encrypted by SOPS: metadata where SOPS looks for it.
pub fn is_sops_file(stream: &Stream) -> bool {
    room::is_sealed(stream)
}

/// Opens a file with the keyring's age identities.
pub(crate) fn open(stream: &Stream, keyring: &Keyring) -> Result<Outcome, Problems> {
    let identities = keyring.identities();
    let unwrap = AgeIdentities(&identities);
    let opened = room::open(stream, &[&unwrap], &room::OpenOptions::default()).map_err(Problem::from)?;
    let mut entries: Vec<Entry> = stream
        .objects()
        .map(|object| Entry::new(&object, Action::Opened))
        .collect();
    if entries.is_empty() {
        entries.push(Entry {
            place: stream.source().place(0),
            object: ObjectName {
                kind: FILE.to_owned(),
                namespace: String::new(),
                name: String::new(),
            },
            action: Action::Opened,
            items: Vec::new(),
            notes: Vec::new(),
        });
    }
    let notes = opened.notices().iter().map(|notice| Note {
        place: Some(notice.place().clone()),
        message: notice.to_string(),
        hint: None,
    });
    entries[0].notes.extend(notes);
    Ok(Outcome {
        stream: Some(opened.stream().clone()),
        report: Report { entries },
    })
}

room_error!(OpenError, |error| match error {
    Self::Key { .. } => ProblemKind::NoIdentity,
    Self::Values(_) | Self::Mac { .. } => ProblemKind::Tampered,
    Self::Unwritable { .. } | Self::Mismatch { .. } => ProblemKind::Unsupported,
    _ => ProblemKind::Malformed,
});
