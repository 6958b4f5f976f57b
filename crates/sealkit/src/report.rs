//! What was done, or would be: one entry for each document, printable and serialisable.
//! Holds names, places and counts; never a value.

use sealkit_manifest::{Object, Place};
use serde::Serialize;

/// What one use case did to a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One entry for each Kubernetes object, in the order of the file.
    pub entries: Vec<Entry>,
}

/// What happened to one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Where the document begins.
    #[serde(serialize_with = "as_text")]
    pub place: Place,
    /// Which object it is.
    pub object: ObjectName,
    /// What was done.
    pub action: Action,
    /// Which rule decided how, where somebody asked beforehand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The item keys concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// What the person should know besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Kind, namespace and name of an object, as far as the document gives them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct ObjectName {
    /// `Secret`, `SealedSecret`, …
    pub kind: String,
    /// Empty where the document names none.
    pub namespace: String,
    /// Empty where the document names none.
    pub name: String,
}

/// What was done to a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// A plaintext Secret was sealed.
    Sealed,
    /// Plaintext in a sealed document was moved in, or values were replaced.
    Updated,
    /// A sealed document was opened.
    Opened,
    /// Some values of a sealed document were opened; the others stay sealed.
    PartlyOpened,
    /// Values were removed.
    Removed,
    /// The same data keys were wrapped for new recipients.
    Rewrapped,
    /// New data keys or a new certificate: every value was encrypted again.
    Rotated,
    /// It is as it should be.
    Unchanged,
    /// Not for sealkit, or for another format's tool.
    LeftAlone,
    /// It could not be done, and was left as it was.
    Failed,
}

/// A remark with its place and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Where, if it is about one place.
    #[serde(serialize_with = "as_optional_text", skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What was noticed.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Report {
    /// Counts the entries with this action.
    pub fn count(&self, action: &Action) -> usize {
        self.entries
            .iter()
            .filter(|entry| entry.action == *action)
            .count()
    }

    /// Returns all notes in order.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.entries.iter().flat_map(|entry| &entry.notes)
    }

    /// Tells whether anything differs from how the file was.
    pub fn changes_anything(&self) -> bool {
        self.entries.iter().any(|entry| {
            !matches!(
                entry.action,
                Action::Unchanged | Action::LeftAlone | Action::Failed
            )
        })
    }
}

impl Entry {
    /// Begins the entry of `object`.
    pub(crate) fn new(object: &Object<'_>, action: Action) -> Self {
        Self {
            place: object.place(),
            object: ObjectName::of(object),
            action,
            by: None,
            items: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl ObjectName {
    /// Reads kind, namespace and name of `object`.
    pub fn of(object: &Object<'_>) -> Self {
        let text = |value: Option<std::borrow::Cow<'_, str>>| {
            value.map(|text| text.into_owned()).unwrap_or_default()
        };
        Self {
            kind: text(object.kind()),
            namespace: text(object.namespace()),
            name: text(object.name()),
        }
    }
}

impl ObjectName {
    /// Tells whether two objects have the same namespace and name, whatever their kinds.
    pub(crate) fn same_place(a: &Object<'_>, b: &Object<'_>) -> bool {
        a.name() == b.name() && a.namespace() == b.namespace()
    }
}

impl std::fmt::Display for ObjectName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.kind.is_empty() {
            "object"
        } else {
            &self.kind
        };
        match (self.namespace.as_str(), self.name.as_str()) {
            ("", "") => f.write_str(kind),
            ("", name) => write!(f, "{kind} {name}"),
            (namespace, name) => write!(f, "{kind} {namespace}/{name}"),
        }
    }
}

pub(crate) fn as_text<S: serde::Serializer>(place: &Place, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(place)
}

fn as_optional_text<S: serde::Serializer>(place: &Option<Place>, serializer: S) -> Result<S::Ok, S::Error> {
    match place {
        Some(place) => serializer.collect_str(place),
        None => serializer.serialize_none(),
    }
}
