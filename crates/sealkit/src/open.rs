//! Opening the sealed documents of a file. The same call in every adapter, and synchronous: remote providers resolve
//! their data keys before. Writes no file.

use sealkit_manifest::Stream;

use crate::keyring::Keyring;
use crate::problem::{Problem, Problems};
use crate::recognise::{Format, Recognised, recognise};
use crate::report::{Action, Entry};
use crate::rooms::{self, Done, Renderer};
use crate::seal::{Outcome, Work};

/// What an open may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// Opens what opens: documents, and values of SealedSecrets, that do not are left as they are.
    pub partial: bool,
    /// Whether SealedSecrets of producers older than 0.7.0 (`spec.data`) are read.
    pub accept_legacy_data: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            partial: false,
            accept_legacy_data: true,
        }
    }
}

/// Opens every sealed document of a file back into a Secret. Other documents are left alone. A file that SOPS encrypted is
/// opened as a whole, whatever it holds.
///
/// Templates of SealedSecrets are named, and stay where they are, so that sealing again keeps them.
///
/// # Errors
/// Everything that keeps one of the documents from being opened, in the order of the text; then none is, unless
/// [`OpenOptions::partial`] says otherwise.
pub fn open(stream: &Stream, keyring: &Keyring, options: &OpenOptions) -> Result<Outcome, Problems> {
    open_with(stream, keyring, options, None)
}

/// Opens as [`open`] does, and renders the templates of SealedSecrets: each becomes the Secret that the controller would
/// make. What comes out is to be used, not to be sealed again, since it has no templates any more.
///
/// Functions that ask for the time or for randomness get it from `host`, and make something else every time.
///
/// # Errors
/// As for [`open`], and every template that does not render; with [`OpenOptions::partial`] those are left out.
#[cfg(feature = "templates")]
pub fn open_rendered(
    stream: &Stream,
    keyring: &Keyring,
    options: &OpenOptions,
    host: sealkit_template::Host<'_>,
) -> Result<Outcome, Problems> {
    open_with(
        stream,
        keyring,
        options,
        Some(&mut crate::templates::renderer(host)),
    )
}

fn open_with(
    stream: &Stream,
    keyring: &Keyring,
    options: &OpenOptions,
    mut render: Option<&mut Renderer<'_>>,
) -> Result<Outcome, Problems> {
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(stream) {
        return crate::sops::open(stream, keyring);
    }
    let mut work = Work::default();
    let mut failures = Vec::new();
    for object in stream.objects() {
        let Recognised::Sealed(format) = recognise(&object) else {
            work.leave_alone(&object);
            continue;
        };
        match rooms::open(format, &object, keyring, options, render.as_deref_mut()) {
            Ok(opened) => {
                let items = opened.items.into_iter().map(|(key, _)| key).collect();
                let action = if opened.partial {
                    Action::PartlyOpened
                } else {
                    Action::Opened
                };
                let (changes, notes) = (opened.changes, opened.notes);
                work.take(
                    &object,
                    Ok::<_, Problems>(Done {
                        action,
                        changes,
                        items,
                        notes,
                        hidden: Vec::new(),
                    }),
                );
            }
            Err(problems) if options.partial => {
                let mut entry = Entry::new(&object, Action::Failed);
                entry.notes.extend(problems.iter().map(Problem::to_note));
                if format == Format::Native {
                    let message = "an EncryptedSecret opens whole or not at all, so this one stays sealed";
                    entry.notes.push(rooms::note(&object.place(), message, None));
                }
                work.push(entry);
                failures.extend(problems);
            }
            Err(problems) => work.take(&object, Err::<Done, _>(problems)),
        }
    }
    if work.is_empty_handed() {
        Problems::check(failures)?;
    }
    work.finish(stream, false)
}
