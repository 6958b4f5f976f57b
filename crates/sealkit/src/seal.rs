//! Sealing the Secrets of a file, and sealing again what somebody edited.
//! Decides nothing about recipients (a [`Sealing`] does) and writes no file.

use sealkit_crypto::CryptoRng;
use sealkit_formats::secret::{self, Form, Hidden};
use sealkit_manifest::{Change, Object, Stream};

use crate::disguised::disguised;
use crate::keyring::Keyring;
use crate::open::OpenOptions;
use crate::problem::{Problem, Problems};
use crate::recognise::{Format, Recognised, recognise};
use crate::report::{Action, Entry, Note, ObjectName, Report};
use crate::rooms::{self, Done};
use crate::sealing::Sealing;

/// What a seal may and may not do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealOptions {
    /// The present, in seconds since 1970-01-01T00:00:00Z: certificates expire.
    pub now: u64,
    /// The namespace for Secrets that name none. One that names another is refused.
    pub namespace: Option<String>,
    /// The name for a Secret that has none. One that has another is refused.
    pub name: Option<String>,
    /// Whether a sealed value that occurs elsewhere in the text is an error instead of a note.
    pub deny_repeats: bool,
    /// Whether to write to a file that names recipients which the policy does not.
    pub allow_foreign_recipients: bool,
    /// Whether to write to a file whose scope is wider than the policy's.
    pub allow_wider_scope: bool,
}

impl SealOptions {
    /// Passes no stop; `now` is in seconds since 1970-01-01T00:00:00Z.
    pub fn at(now: u64) -> Self {
        Self {
            now,
            ..Self::default()
        }
    }
}

/// What a use case made of a file.
#[derive(Debug)]
pub struct Outcome {
    /// The new text, or `None` where nothing changes.
    pub stream: Option<Stream>,
    /// What was done, document by document.
    pub report: Report,
}

/// Seals every Secret of a file, and moves plaintext that was added to sealed documents into them. Other documents are
/// left alone. Sealing again changes nothing.
///
/// Where SOPS is asked for, the file is sealed as a whole, whatever it holds. Plaintext in a file that SOPS sealed needs an
/// identity: [`sops::seal_exposed`](crate::sops::seal_exposed).
///
/// # Errors
/// Everything that keeps one of the documents from being sealed, in the order of the text; then nothing is sealed.
/// Plaintext in a file that SOPS sealed is such a thing.
pub fn seal(
    stream: &Stream,
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(stream) {
        return Ok(Outcome {
            stream: None,
            report: crate::sops::refuse_exposed(stream)?,
        });
    } else if sealing.format == Format::Sops {
        return crate::sops::seal(stream, sealing, options, rng);
    }
    let mut work = Work::default();
    for object in stream.objects() {
        match recognise(&object) {
            Recognised::Secret if object.at(&["kind"]).is_none() => {
                work.take(&object, Err::<Done, _>(Problem::untyped(object.place())));
            }
            Recognised::Secret => {
                work.take(
                    &object,
                    rooms::seal(sealing.format, &object, sealing, options, rng),
                );
            }
            Recognised::Sealed(format) => {
                work.take(&object, seal_added(format, &object, sealing, options, rng));
            }
            Recognised::Sops | Recognised::Other => work.leave_alone(&object),
        }
    }
    work.problems
        .extend(disguised(stream).into_iter().map(Problem::from));
    work.finish(stream, options.deny_repeats)
}

/// Seals what became of an opened file in an editor. `sealed` is the file as it was, `edited` the text that the person
/// left: values that she did not change keep their sealed form byte for byte.
///
/// Every document that was sealed has to be there again, as a Secret: a kind that was mistyped would otherwise leave its
/// values in the clear, and an emptied file would lose them. The opened values are looked for in the result too.
///
/// A SOPS file keeps its keys and its rules: of `sealing` nothing is used for it.
///
/// # Errors
/// As for [`seal`], and whatever keeps `sealed` from being opened.
pub fn reseal(
    sealed: &Stream,
    edited: &Stream,
    sealing: &Sealing,
    keyring: &Keyring,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Outcome, Problems> {
    #[cfg(feature = "sops")]
    if crate::sops::is_sops_file(sealed) {
        return crate::sops::reseal(sealed, edited, keyring, options, rng);
    }
    let mut originals = opened_documents(sealed, keyring)?;
    let objects: Vec<_> = edited.objects().collect();
    let pairs = pair(&objects, &mut originals);
    let mut work = Work::default();
    for original in originals.iter().filter(|original| !original.returned) {
        let name = ObjectName::of(&original.object).to_string();
        work.problems
            .push(Problem::vanished(edited.source().place(0), name));
    }
    for (object, original) in objects.iter().zip(pairs) {
        match (recognise(object), original.map(|index| &originals[index])) {
            (Recognised::Secret, Some(original)) => {
                work.take(object, seal_again(object, original, sealing, options, rng));
            }
            (Recognised::Secret, None) if was_plain(sealed, object) => work.leave_alone(object),
            (Recognised::Secret, None) => {
                work.take(object, rooms::seal(sealing.format, object, sealing, options, rng));
            }
            (Recognised::Sealed(format), _) => {
                work.take(object, seal_added(format, object, sealing, options, rng));
            }
            (Recognised::Sops | Recognised::Other, _) => work.leave_alone(object),
        }
    }
    let mistyped = disguised(edited);
    if mistyped.len() > disguised(sealed).len() {
        work.problems.extend(mistyped.into_iter().map(Problem::from));
    }
    work.hidden
        .extend(originals.into_iter().flat_map(|original| original.hidden));
    let mut outcome = work.finish(edited, options.deny_repeats)?;
    if outcome.stream.is_none() {
        outcome.stream = Stream::parse(edited.source().name(), edited.as_str().as_bytes()).ok();
    }
    if outcome
        .stream
        .as_ref()
        .is_some_and(|stream| stream.as_str() == sealed.as_str())
    {
        outcome.stream = None;
    }
    Ok(outcome)
}

/// A document as it was sealed, opened.
struct Original<'a> {
    index: usize,
    format: Format,
    object: Object<'a>,
    reuse: rooms::Reuse,
    hidden: Vec<Hidden>,
    returned: bool,
}

fn opened_documents<'a>(sealed: &'a Stream, keyring: &Keyring) -> Result<Vec<Original<'a>>, Problems> {
    let mut originals = Vec::new();
    for (index, object) in sealed.objects().enumerate() {
        let Recognised::Sealed(format) = recognise(&object) else {
            continue;
        };
        let opened = rooms::open(format, &object, keyring, &OpenOptions::default(), None)?;
        let hidden = opened
            .items
            .into_iter()
            .map(|(item, plaintext)| Hidden { item, plaintext })
            .collect();
        originals.push(Original {
            index,
            format,
            object,
            reuse: opened.reuse,
            hidden,
            returned: false,
        });
    }
    Ok(originals)
}

/// Finds for each edited document what it was before: by namespace and name, and for those that were renamed by position.
/// Only Secrets, and documents that are sealed, count as a return.
fn pair(objects: &[Object<'_>], originals: &mut [Original<'_>]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; objects.len()];
    for by_name in [true, false] {
        for (position, object) in objects.iter().enumerate() {
            if pairs[position].is_some()
                || !matches!(recognise(object), Recognised::Secret | Recognised::Sealed(_))
            {
                continue;
            }
            let fits = |original: &&mut Original<'_>| match by_name {
                true => ObjectName::same_place(&original.object, object),
                false => original.index == position,
            };
            let found = originals
                .iter_mut()
                .enumerate()
                .find(|(_, original)| !original.returned && fits(original));
            if let Some((index, original)) = found {
                original.returned = true;
                pairs[position] = Some(index);
            }
        }
    }
    pairs
}

fn seal_again(
    edited: &Object<'_>,
    original: &Original<'_>,
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    fits(original.format, edited, sealing)?;
    rooms::seal_edited(original.format, edited, &original.reuse, sealing, options, rng)
}

/// Moves plaintext into a document that is sealed already.
fn seal_added(
    format: Format,
    object: &Object<'_>,
    sealing: &Sealing,
    options: &SealOptions,
    rng: &mut dyn CryptoRng,
) -> Result<Done, Problem> {
    if !has_plaintext(object) {
        return Ok(Done {
            action: Action::Unchanged,
            changes: vec![],
            items: vec![],
            notes: vec![],
            hidden: vec![],
        });
    }
    fits(format, object, sealing)?;
    rooms::seal(format, object, sealing, options, rng)
}

/// Tells whether plaintext waits in a sealed document.
pub(crate) fn has_plaintext(object: &Object<'_>) -> bool {
    ["data", "stringData"]
        .iter()
        .any(|field| object.root().get(field).is_some())
}

/// Refuses to write to a document of another format than the one that was decided.
pub(crate) fn fits(found: Format, object: &Object<'_>, sealing: &Sealing) -> Result<(), Problem> {
    if found == sealing.format {
        return Ok(());
    }
    Err(Problem::other_format(
        object.place(),
        found.as_str(),
        sealing.format.as_str(),
        &sealing.origin,
    ))
}

/// Tells whether a Secret stood in the clear before the edit: then it is not for the edit to seal it.
fn was_plain(sealed: &Stream, object: &Object<'_>) -> bool {
    let name = ObjectName::of(object);
    sealed
        .objects()
        .any(|before| recognise(&before) == Recognised::Secret && ObjectName::of(&before) == name)
}

/// Collects what is to be done to a file, and does it at once.
#[derive(Default)]
pub(crate) struct Work {
    entries: Vec<Entry>,
    changes: Vec<Change>,
    hidden: Vec<Hidden>,
    problems: Vec<Problem>,
}

impl Work {
    /// Takes up what a room decided for `object`.
    pub(crate) fn take<E: Into<Problems>>(&mut self, object: &Object<'_>, done: Result<Done, E>) {
        match done {
            Ok(done) => {
                let mut entry = Entry::new(object, done.action);
                (entry.items, entry.notes) = (done.items, done.notes);
                self.entries.push(entry);
                self.changes.extend(done.changes);
                self.hidden.extend(done.hidden);
            }
            Err(problems) => {
                self.entries.push(Entry::new(object, Action::Failed));
                self.problems.extend(problems.into());
            }
        }
    }

    /// Notes that `object` stays as it is.
    pub(crate) fn leave_alone(&mut self, object: &Object<'_>) {
        self.entries.push(Entry::new(object, Action::LeftAlone));
    }

    /// Takes up a finished entry that changes nothing.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Tells whether nothing was found to do.
    pub(crate) fn is_empty_handed(&self) -> bool {
        self.changes.is_empty()
    }

    /// Makes the changes, looks once more for plaintext in the result, and reports.
    pub(crate) fn finish(self, stream: &Stream, deny_repeats: bool) -> Result<Outcome, Problems> {
        Problems::check(self.problems)?;
        let mut report = Report {
            entries: self.entries,
        };
        if self.changes.is_empty() {
            return Ok(Outcome { stream: None, report });
        }
        let output = stream.edit(&self.changes).map_err(Problem::from)?;
        let repeats = last_look(&output, &self.hidden, deny_repeats)?;
        if let Some(entry) = report
            .entries
            .iter_mut()
            .find(|entry| entry.action != Action::LeftAlone)
        {
            entry.notes.extend(repeats);
        }
        Ok(Outcome {
            stream: Some(output),
            report,
        })
    }
}

/// Looks for sealed plaintexts that still stand in the output: a copy in base64 is refused, a copy in the clear too
/// where the caller says so, and noted elsewhere.
pub(crate) fn last_look(
    output: &Stream,
    hidden: &[Hidden],
    deny_repeats: bool,
) -> Result<Vec<Note>, Problems> {
    let (mut notes, mut problems) = (Vec::new(), Vec::new());
    for repeat in secret::last_look(output.source(), hidden) {
        if repeat.form == Form::Base64 || deny_repeats {
            problems.push(Problem::repeated(
                repeat.place.clone(),
                repeat.item.clone(),
                repeat.why(),
                repeat.hint(),
            ));
        } else {
            notes.push(rooms::note(&repeat.place, repeat.why(), Some(repeat.hint())));
        }
    }
    Problems::check(problems)?;
    Ok(notes)
}
