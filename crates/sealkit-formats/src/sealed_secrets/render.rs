//! What `spec.template.data` makes of the opened values: which texts are templates, over which values, and what null
//! means. The template language is the caller's to bring, so that this room still reads no template.
//!
//! Source: sealed-secrets v0.40.0 `sealedsecret_expansion.go`, `Unseal`.

use std::collections::BTreeMap;

use sealkit_crypto::Plaintext;
use sealkit_manifest::{Node, Object, Path, Place, Style};

use super::open::Opened;

/// What the templates of one object made.
#[derive(Debug)]
pub struct Rendered<E> {
    /// Keys and what was rendered for them, in the order of the templates.
    pub items: Vec<(String, Plaintext)>,
    /// Keys that are null: the Secret does without them, sealed or not.
    pub removed: Vec<String>,
    /// Keys whose template failed, and why.
    pub failed: Vec<(String, E)>,
}

/// Renders the templates of one object over its sealed values and the raw text of their siblings. Of a key in both maps the
/// sealed value counts, though its template must render too; null removes the key, which templates may use all the same.
///
/// `with` renders one template: its key, which is its name in messages, its text, and the values that are its dot.
pub fn render<'v, E>(
    sealed: impl IntoIterator<Item = (&'v str, &'v [u8])>,
    templates: impl IntoIterator<Item = (&'v str, Option<&'v str>)>,
    mut with: impl FnMut(&str, &str, &BTreeMap<&str, &[u8]>) -> Result<Plaintext, E>,
) -> Rendered<E> {
    let templates: Vec<_> = templates.into_iter().collect();
    let texts = || {
        templates
            .iter()
            .filter_map(|(key, text)| Some((*key, text.as_ref()?)))
    };
    let sealed: BTreeMap<&str, &[u8]> = sealed.into_iter().collect();
    let mut values: BTreeMap<&str, &[u8]> = texts().map(|(key, text)| (key, text.as_bytes())).collect();
    values.extend(sealed.iter().map(|(key, value)| (*key, *value)));
    let mut rendered = Rendered {
        items: Vec::new(),
        removed: Vec::new(),
        failed: Vec::new(),
    };
    for (key, text) in texts() {
        match with(key, text, &values) {
            Ok(_) if sealed.contains_key(key) => {}
            Ok(value) => rendered.items.push((key.to_owned(), value)),
            Err(error) => rendered.failed.push((key.to_owned(), error)),
        }
    }
    let removed = templates.iter().filter(|(_, text)| text.is_none());
    rendered.removed = removed.map(|(key, _)| (*key).to_owned()).collect();
    rendered
}

/// Renders one template for [`Opened::render`]; see [`render`].
pub type Renderer<'r> =
    dyn FnMut(&str, &str, &BTreeMap<&str, &[u8]>) -> Result<Plaintext, RenderProblem> + 'r;

/// Why a template did not render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderProblem {
    /// In the words of the template language. Never a value.
    pub message: String,
    /// The line of the template, from 1.
    pub line: usize,
}

/// A template that did not render.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot render {path}")]
pub struct FailedTemplate {
    /// The key that it is to make.
    pub item: String,
    /// The template's path: `spec.template.data.url`.
    pub path: Path,
    /// Where the line stands that failed, as far as the text shows lines.
    pub place: Place,
    why: String,
    unreadable: bool,
}

impl FailedTemplate {
    /// Why it did not render.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        Some(self.why.clone())
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self.unreadable {
            true => "put quotes around it",
            false => {
                "the controller would fail like this: mend the template; `sealkit open --no-template` opens the sealed \
                 values alone"
            }
        };
        Some(hint.to_owned())
    }
}

/// What an opened object's templates made: values, and keys without one.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) items: Vec<(String, Plaintext)>,
    pub(super) removed: Vec<String>,
}

impl Opened {
    /// Renders the templates, so that [`changes`](Self::changes) make the Secret that the controller would make. Answers
    /// with those that failed; their keys are left out.
    ///
    /// The deprecated form has no templates. Where values did not open nothing is rendered either: a template over half of
    /// them would fail for another reason than the one to mend. `object` must be the one that was opened.
    #[must_use]
    pub fn render(&mut self, object: &Object<'_>, with: &mut Renderer<'_>) -> Vec<FailedTemplate> {
        if self.legacy.is_some() || !self.closed().is_empty() || self.envelope.template().data.is_empty() {
            return Vec::new();
        }
        let entries = &self.envelope.template().data;
        let sealed = self.items.iter();
        let sealed = sealed.map(|(key, value)| (key.as_str(), value.expose()));
        let readable = entries
            .iter()
            .filter(|entry| entry.removes || entry.text.is_some());
        let templates = readable.map(|entry| (entry.key.as_str(), entry.text.as_deref()));
        let rendered = render(sealed, templates, with);
        let unreadable = entries
            .iter()
            .filter(|entry| !entry.removes && entry.text.is_none());
        let unreadable = unreadable.map(|entry| failed(object, &entry.key, None));
        let broken = rendered.failed.iter();
        let broken = broken.map(|(key, problem)| failed(object, key, Some(problem)));
        let mut all: Vec<_> = broken.chain(unreadable).collect();
        all.sort_by_key(|failed| failed.place.location);
        self.rendered = Some(Made {
            items: rendered.items,
            removed: rendered.removed,
        });
        all
    }
}

fn failed(object: &Object<'_>, key: &str, problem: Option<&RenderProblem>) -> FailedTemplate {
    let path = templates_path().key(key);
    let place = match (object.get(&path), problem) {
        (Some(node), Some(problem)) => line(node.resolved(), problem.line),
        (Some(node), None) => node.place(),
        (None, _) => object.place(),
    };
    FailedTemplate {
        item: key.to_owned(),
        path,
        place,
        why: match problem {
            Some(problem) => problem.message.clone(),
            None => "it is no text, and the API server takes nothing else there".to_owned(),
        },
        unreadable: problem.is_none(),
    }
}

/// Where a line of a text begins. Only a literal block, `|`, shows a text's lines as they are.
fn line(node: Node<'_>, line: usize) -> Place {
    let mut place = node.place();
    if node.style() != Style::Literal {
        return place;
    }
    if let Some(text) = node.raw().split('\n').nth(line) {
        let blanks = text.len() - text.trim_start_matches(' ').len();
        (place.location.line, place.location.column) = (place.location.line + line, blanks + 1);
    }
    place
}

/// Where the templates stand.
pub(super) fn templates_path() -> Path {
    Path::keys(["spec", "template", "data"])
}
