//! The edits every room makes around its ciphertext: what the server left behind goes, plaintext moves into a sealed
//! mapping and out of it again.
//!
//! Describes changes and applies none. Which mapping is the sealed one, and what a sealed value looks like, the room says.

use sealkit_crypto::secret::Plaintext;
use sealkit_manifest::{Change, ItemSource, New, Object, Path, Position, Scalar, Target};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{printable::printable, view::Item};

/// Annotations in which client tools keep the whole object as it was last applied, plaintext included.
pub const LAST_APPLIED: [&str; 2] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubecfg.ksonnet.io/last-applied-configuration",
];

/// Fields of `metadata` that are the server's.
///
/// Source: the native format, section 1; sealed-secrets v0.40.0 `pkg/kubeseal/kubeseal.go`, `Seal`; Kubernetes 1.32
/// `ObjectMeta`, whose docs call them read-only or system-set.
pub(crate) const SERVER_FIELDS: [&str; 9] = [
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
    "ownerReferences",
];

/// Removes what can hold the whole plaintext or is the server's: [`LAST_APPLIED`], the server's fields of `metadata`,
/// and `status`.
///
/// Source: the native format, section 1.
pub fn cleaning(object: &Object<'_>) -> Vec<Change> {
    let target = |path: &[&str]| Change::Remove {
        target: Target::new(object.id(), Path::keys(path.iter().copied())),
    };
    let mut changes = Vec::new();
    if let Some(metadata) = object.root().get("metadata") {
        for field in SERVER_FIELDS
            .into_iter()
            .filter(|field| metadata.get(field).is_some())
        {
            changes.push(target(&["metadata", field]));
        }
        if only_last_applied(object) {
            changes.push(target(&["metadata", "annotations"]));
        } else if let Some(annotations) = metadata.get("annotations") {
            let stale = LAST_APPLIED
                .into_iter()
                .filter(|name| annotations.get(name).is_some());
            changes.extend(stale.map(|name| target(&["metadata", "annotations", name])));
        }
    }
    if object.root().get("status").is_some() {
        changes.push(target(&["status"]));
    }
    changes
}

/// Whether [`cleaning`] leaves no annotation, and so removes the mapping.
pub(crate) fn only_last_applied(object: &Object<'_>) -> bool {
    let annotations = object.at(&["metadata", "annotations"]);
    let mut entries = annotations
        .into_iter()
        .flat_map(|annotations| annotations.entries())
        .peekable();
    entries.peek().is_some() && entries.all(|entry| LAST_APPLIED.contains(&entry.key.as_ref()))
}

/// Moves all plaintext of the object into a sealed mapping that does not exist yet: the entry `key` of `parent`, at `at`.
/// Each value is replaced by the text that stands for it in `sealed` (one for each of `items`, in the same order).
///
/// The field that stands first carries the others: it moves as a whole, so that the comments around and between its
/// items come along. `order` says where an item goes that does not stand in that field.
pub fn move_in(
    object: &Object<'_>,
    items: &[Item],
    sealed: &[String],
    (parent, key, at): (&Path, &str, Position),
    order: impl Fn(&str) -> Position,
) -> Vec<Change> {
    let target = |path: Path| Target::new(object.id(), path);
    let field = |source: ItemSource| target(Path::keys([source.name()]));
    let fields = present(object);
    let Some(carrier) = items.first().map(|item| item.from) else {
        let empty = New::Mapping(Vec::new());
        let insert = Change::Insert {
            parent: target(parent.clone()),
            key: key.to_owned(),
            value: empty,
            at,
        };
        return std::iter::once(insert).chain(remove_plaintext(object)).collect();
    };
    let mut changes = Vec::new();
    for (item, text) in items.iter().zip(sealed) {
        changes.push(Change::Set {
            target: target(item.path.clone()),
            value: Scalar::string(text),
        });
    }
    if carrier == ItemSource::Data {
        let overridden = items.iter().filter(|item| item.overrides.is_some());
        changes.extend(overridden.map(|item| Change::Remove {
            target: target(Path::keys([ItemSource::Data.name(), item.key.as_str()])),
        }));
    }
    changes.push(Change::Move {
        target: field(carrier),
        parent: target(parent.clone()),
        at,
        key: Some(key.to_owned()),
    });
    for item in items.iter().filter(|item| item.from != carrier) {
        changes.push(Change::Move {
            target: target(item.path.clone()),
            parent: field(carrier),
            at: order(&item.key),
            key: None,
        });
    }
    let others = fields.into_iter().filter(|source| *source != carrier);
    changes.extend(others.map(|source| Change::Remove {
        target: field(source),
    }));
    changes
}

/// Removes `data` and `stringData` with whatever is still in them.
pub fn remove_plaintext(object: &Object<'_>) -> Vec<Change> {
    let remove = |source: ItemSource| Change::Remove {
        target: Target::new(object.id(), Path::keys([source.name()])),
    };
    present(object).into_iter().map(remove).collect()
}

/// An opened item that leaves the mapping in which it stands.
#[derive(Clone, Debug)]
pub struct Leaving<'v> {
    /// The mapping.
    pub from: Path,
    /// Its key there.
    pub key: &'v str,
    /// What it is.
    pub value: &'v Plaintext,
}

/// Moves opened items into `stringData` (printable text) or `data` (anything else, as base64), in front of the top-level
/// field `before`. Comments and order come along. The mapping of the first item moves as a whole, so `opened` must hold
/// everything in it.
pub fn move_out(object: &Object<'_>, opened: &[Leaving<'_>], before: &str) -> Vec<Change> {
    let target = |path: Path| Target::new(object.id(), path);
    let Some(first) = opened.first() else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    let mut sources = Vec::new();
    for item in opened {
        let (source, value) = match printable(item.value.expose()) {
            Some(text) => (ItemSource::StringData, Scalar::string(text)),
            None => (
                ItemSource::Data,
                Scalar::string(STANDARD.encode(item.value.expose())),
            ),
        };
        changes.push(Change::Set {
            target: target(item.from.key(item.key)),
            value,
        });
        sources.push((item, source));
    }
    // The field that most items go to carries them.
    let texts = sources
        .iter()
        .filter(|(_, source)| *source == ItemSource::StringData)
        .count();
    let (carrier, other) = match 2 * texts >= sources.len() {
        true => (ItemSource::StringData, ItemSource::Data),
        false => (ItemSource::Data, ItemSource::StringData),
    };
    changes.push(Change::Move {
        target: target(first.from.clone()),
        parent: target(Path::root()),
        at: Position::Before(before.to_owned()),
        key: Some(carrier.name().to_owned()),
    });
    if sources.iter().any(|(_, source)| *source == other) {
        changes.push(Change::Insert {
            parent: target(Path::root()),
            key: other.name().to_owned(),
            value: New::Mapping(Vec::new()),
            at: Position::Before(before.to_owned()),
        });
    }
    for (item, source) in sources {
        let parent = match source == carrier {
            true if item.from == first.from => continue,
            true => first.from.clone(),
            false => Path::keys([other.name()]),
        };
        changes.push(Change::Move {
            target: target(item.from.key(item.key)),
            parent: target(parent),
            at: Position::Last,
            key: None,
        });
    }
    changes
}

/// The fields of plaintext that the object has, empty and null ones included.
fn present(object: &Object<'_>) -> Vec<ItemSource> {
    let sources = [ItemSource::Data, ItemSource::StringData];
    sources
        .into_iter()
        .filter(|source| object.root().get(source.name()).is_some())
        .collect()
}
