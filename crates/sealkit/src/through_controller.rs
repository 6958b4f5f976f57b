//! Rotating SealedSecrets without a sealing key: the controller, which holds the keys, is asked, and its answers are taken
//! into the text. Knows what to ask and what an answer must be; asking is an adapter's business.

use sealkit_crypto::certificate::Certificate;
use sealkit_formats::sealed_secrets as room;
use sealkit_manifest::{Object, Place, Stream};

use crate::problem::{Problem, Problems};
use crate::recognise::{Format, Recognised, recognise};
use crate::report::{Action, ObjectName};
use crate::rooms::Done;
use crate::seal::{Outcome, Work};

/// One document that a controller can move to its newest key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Where the document begins.
    pub place: Place,
    /// Which object it is.
    pub object: ObjectName,
    /// What to POST to the controller's `/v1/rotate`: sealed values and what they are bound to, nothing else.
    pub json: String,
}

/// Tells what to ask the controller for each SealedSecret of a file, in the order of the text.
///
/// # Errors
/// Documents that a controller cannot move without making others of them, or that hold values which are not sealed.
pub fn questions(stream: &Stream) -> Result<Vec<Question>, Problems> {
    let (mut questions, mut problems) = (Vec::new(), Vec::new());
    for object in sealed_secrets(stream) {
        match room::question(&object) {
            Ok(Some(json)) => questions.push(Question {
                place: object.place(),
                object: ObjectName::of(&object),
                json,
            }),
            Ok(None) => {}
            Err(error) => problems.push(Problem::from(error)),
        }
    }
    Problems::check(problems)?;
    Ok(questions)
}

/// Puts the values of the controller's answers, one for each of [`questions`] and in their order, in the place of the old
/// ones. `certificate` is the controller's newest. Nothing else of the text changes.
///
/// # Errors
/// An answer that cannot be the same object, sealed anew for that certificate; then nothing is changed.
pub fn take_answers(
    stream: &Stream,
    answers: &[Vec<u8>],
    certificate: &Certificate,
) -> Result<Outcome, Problems> {
    let mut work = Work::default();
    let mut answers = answers.iter();
    for object in stream.objects() {
        if recognise(&object) != Recognised::Sealed(Format::SealedSecrets) {
            work.leave_alone(&object);
            continue;
        }
        let asked = room::question(&object).map_err(Problem::from)?;
        let answer = asked.and_then(|_| answers.next());
        work.take(&object, taken(&object, answer, certificate));
    }
    work.finish(stream, false)
}

fn taken(object: &Object<'_>, answer: Option<&Vec<u8>>, certificate: &Certificate) -> Result<Done, Problem> {
    let mut done = Done {
        action: Action::Unchanged,
        changes: Vec::new(),
        items: Vec::new(),
        notes: Vec::new(),
        hidden: Vec::new(),
    };
    if let Some(answer) = answer {
        let rotated = room::answered(object, answer, certificate.public_key())?;
        (done.action, done.changes) = (Action::Rotated, rotated.changes);
        done.items = rotated.plan.steps.iter().filter_map(item).collect();
    }
    Ok(done)
}

fn item(step: &room::Step) -> Option<String> {
    match step {
        room::Step::Replace { item } => Some(item.clone()),
        _ => None,
    }
}

fn sealed_secrets(stream: &Stream) -> impl Iterator<Item = Object<'_>> {
    stream
        .objects()
        .filter(|object| recognise(object) == Recognised::Sealed(Format::SealedSecrets))
}
