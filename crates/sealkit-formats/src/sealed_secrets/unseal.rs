//! The edits that turn an opened SealedSecret back into a Secret: the reverse of sealing, in the author's text.
//!
//! The Secret's metadata is the template's, as it is in the cluster, with the SealedSecret's own name and namespace.
//! No owner reference is written: the owner's uid is the cluster's to know.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealkit_crypto::Plaintext;
use sealkit_manifest::{Change, New, Node, Object, Path, Position, Scalar, Target};

use super::envelope::{Envelope, fields, items_path};
use super::legacy::LegacySecret;
use super::open::Opened;
use super::plan::Notice;
use super::render::templates_path;
use super::{CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION};
use crate::secret::{self, Leaving, SERVER_FIELDS, is_null};

/// What stays where it is in `metadata`; everything else there belongs to the SealedSecret alone.
const PLACE_FIELDS: [&str; 2] = ["name", "namespace"];

impl Opened {
    /// The edits that turn the object back into a Secret: items become `stringData` (printable text) or `data`, with
    /// their comments and in their order; `type`, `immutable` and metadata are those of the template.
    ///
    /// Templates that were [rendered](Self::render) become items too, at the end. Others stay under `spec.template.data`:
    /// no API server takes a Secret with such a field, so nobody deploys the half of it by mistake, and sealing it again
    /// keeps them.
    ///
    /// `object` must be the one that was opened. Values that did not open are left out.
    #[must_use]
    pub fn changes(&self, object: &Object<'_>) -> Vec<Change> {
        let edit = Unsealing { object };
        let mut changes = vec![
            Change::Set {
                target: edit.at(Path::keys(["apiVersion"])),
                value: Scalar::string("v1"),
            },
            Change::Set {
                target: edit.at(Path::keys(["kind"])),
                value: Scalar::string("Secret"),
            },
        ];
        changes.extend(edit.remove_own_metadata());
        match &self.legacy {
            Some(legacy) => {
                changes.extend(edit.insert_metadata(legacy));
                changes.extend(edit.insert_items(legacy, &self.items));
                changes.extend(edit.remove(Path::keys(["spec"])));
            }
            None => {
                changes.extend(edit.move_metadata());
                let items = self.leaving().map(|(rendered, key, value)| Leaving {
                    from: if rendered { templates_path() } else { items_path() },
                    key,
                    value,
                });
                let items: Vec<_> = items.collect();
                changes.extend(edit.remove_others(&items));
                changes.extend(edit.move_spec(&items));
                changes.extend(edit.remove_spec(self));
            }
        }
        changes.extend(edit.remove(Path::keys(["status"])));
        changes
    }

    /// The items of the Secret: whether a template made it, its key, its value.
    pub(super) fn leaving(&self) -> impl Iterator<Item = (bool, &str, &Plaintext)> {
        let (rendered, removed) = match &self.rendered {
            Some(made) => (&made.items[..], &made.removed[..]),
            None => (&[][..], &[][..]),
        };
        let sealed = self.items.iter().filter(|(key, _)| !removed.contains(key));
        sealed
            .map(|(key, value)| (false, key.as_str(), value))
            .chain(rendered.iter().map(|(key, value)| (true, key.as_str(), value)))
    }
}

/// The fields of `metadata` that the SealedSecret has and its Secret does not get, as paths below `metadata`; without
/// the scope annotations, which are about the SealedSecret alone.
pub(super) fn own_fields(object: &Object<'_>, envelope: &Envelope) -> Vec<Vec<String>> {
    let Some(metadata) = object.at(&["metadata"]) else {
        return Vec::new();
    };
    let mut own = Vec::new();
    for (field, node) in fields(metadata) {
        let template = match field.as_str() {
            "labels" => &envelope.template().labels,
            "annotations" => &envelope.template().annotations,
            _ => continue,
        };
        for (key, _) in fields(node) {
            let known = [CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION].contains(&key.as_str())
                || secret::LAST_APPLIED.contains(&key.as_str());
            if !known && !template.iter().any(|(name, _)| *name == key) {
                own.push(vec![field.clone(), key]);
            }
        }
    }
    own
}

/// Says which metadata is lost when the object becomes its Secret.
pub(super) fn own_metadata(object: &Object<'_>, envelope: &Envelope) -> Option<Notice> {
    let metadata = Path::keys(["metadata"]);
    let paths: Vec<Path> = own_fields(object, envelope)
        .into_iter()
        .map(|own| metadata.join(&Path::keys(own)))
        .collect();
    let place = object.get(paths.first()?)?.place();
    Some(Notice::OwnMetadata {
        paths: paths.iter().map(Path::to_string).collect(),
        place,
    })
}

struct Unsealing<'o> {
    object: &'o Object<'o>,
}

impl<'o> Unsealing<'o> {
    fn at(&self, path: Path) -> Target {
        Target::new(self.object.id(), path)
    }

    fn remove(&self, path: Path) -> Option<Change> {
        self.object.get(&path)?;
        Some(Change::Remove {
            target: self.at(path),
        })
    }

    fn node(&self, path: &[&str]) -> Option<Node<'o>> {
        self.object.at(path)
    }

    fn remove_own_metadata(&self) -> Vec<Change> {
        let fields = self.node(&["metadata"]).map(fields).unwrap_or_default();
        let own = fields
            .into_iter()
            .filter(|(field, _)| !PLACE_FIELDS.contains(&field.as_str()));
        own.filter_map(|(field, _)| self.remove(Path::keys(["metadata".to_owned(), field])))
            .collect()
    }

    /// Moves the template's metadata into the object's, each field on the side of name and namespace where it stood.
    fn move_metadata(&self) -> Vec<Change> {
        let template = Path::keys(["spec", "template", "metadata"]);
        let Some(node) = self.object.get(&template) else {
            return Vec::new();
        };
        let order: Vec<(String, Node<'_>)> = fields(node);
        let mut changes = Vec::new();
        for (at, (field, value)) in order.iter().enumerate() {
            let dropped = PLACE_FIELDS.contains(&field.as_str()) || SERVER_FIELDS.contains(&field.as_str());
            if dropped || is_null(*value) {
                continue;
            }
            let follows = order[at..]
                .iter()
                .map(|(later, _)| later)
                .find(|later| self.stays(later));
            changes.push(Change::Move {
                target: self.at(template.key(field)),
                parent: self.at(Path::keys(["metadata"])),
                at: follows.map_or(Position::Last, |later| Position::Before(later.clone())),
                key: None,
            });
        }
        changes
    }

    fn stays(&self, field: &str) -> bool {
        PLACE_FIELDS.contains(&field) && self.node(&["metadata", field]).is_some()
    }

    /// Removes what stands among the items and is none: values that did not open, keys that are null, templates that did
    /// not render. They would be carried along with the others.
    fn remove_others(&self, items: &[Leaving<'_>]) -> Vec<Change> {
        let Some(first) = items.first() else {
            return Vec::new();
        };
        let entries = self.object.get(&first.from).map(fields).unwrap_or_default();
        let leaves = |key: &str| {
            items
                .iter()
                .any(|item| item.from == first.from && item.key == key)
        };
        let others = entries.into_iter().filter(|(key, _)| !leaves(key));
        others
            .filter_map(|(key, _)| self.remove(first.from.key(key)))
            .collect()
    }

    /// Moves `type`, `immutable` and the items to the top, in the order that `spec` has them.
    fn move_spec(&self, items: &[Leaving<'_>]) -> Vec<Change> {
        let spec = self.node(&["spec"]).map(fields).unwrap_or_default();
        let mut order: Vec<_> = spec.iter().map(|(field, _)| field.as_str()).collect();
        if !order.contains(&"encryptedData") {
            order.push("encryptedData");
        }
        let mut changes = Vec::new();
        for field in order {
            match field {
                "template" => changes.extend(self.move_template_fields()),
                "encryptedData" => changes.extend(secret::move_out(self.object, items, "spec")),
                _ => {}
            }
        }
        changes
    }

    fn move_template_fields(&self) -> impl Iterator<Item = Change> {
        self.template_fields().into_iter().map(|field| Change::Move {
            target: self.at(Path::keys(["spec", "template"]).key(field)),
            parent: self.at(Path::root()),
            at: Position::Before("spec".to_owned()),
            key: None,
        })
    }

    /// Those of `type` and `immutable` that the template gives, in its order.
    fn template_fields(&self) -> Vec<String> {
        let template = self.node(&["spec", "template"]).map(fields).unwrap_or_default();
        let given = |field: &str, node: Node<'_>| matches!(field, "type" | "immutable") && !is_null(node);
        template
            .into_iter()
            .filter(|(field, node)| given(field, *node))
            .map(|(field, _)| field)
            .collect()
    }

    /// Removes what is left of `spec`, the templates excepted.
    fn remove_spec(&self, opened: &Opened) -> Vec<Change> {
        let spec = Path::keys(["spec"]);
        if opened.rendered.is_some() || opened.envelope().template().data.is_empty() {
            return self.remove(spec).into_iter().collect();
        }
        // What was moved out would be found, and removed, where it stands now.
        let moved = self.template_fields();
        let items_moved = !opened.items.is_empty();
        let mut changes = self.remove_all(&spec, |field| {
            field == "template" || (field == "encryptedData" && items_moved)
        });
        changes.extend(self.remove_all(&spec.key("template"), |field| {
            field == "data" || moved.iter().any(|m| m == field)
        }));
        changes
    }

    fn remove_all(&self, parent: &Path, keep: impl Fn(&str) -> bool) -> Vec<Change> {
        let fields = self.object.get(parent).map(fields).unwrap_or_default();
        fields
            .into_iter()
            .filter(|(field, _)| !keep(field))
            .filter_map(|(field, _)| self.remove(parent.key(field)))
            .collect()
    }

    fn insert_metadata(&self, legacy: &LegacySecret) -> Vec<Change> {
        let maps = [("labels", &legacy.labels), ("annotations", &legacy.annotations)];
        maps.into_iter()
            .filter(|(_, entries)| !entries.is_empty())
            .map(|(field, entries)| Change::Insert {
                parent: self.at(Path::keys(["metadata"])),
                key: field.to_owned(),
                value: strings(entries),
                at: Position::Last,
            })
            .collect()
    }

    fn insert_items(&self, legacy: &LegacySecret, items: &[(String, Plaintext)]) -> Vec<Change> {
        let insert = |key: &str, value: New| Change::Insert {
            parent: self.at(Path::root()),
            key: key.to_owned(),
            value,
            at: Position::Before("spec".to_owned()),
        };
        let mut changes = Vec::new();
        changes.extend(
            legacy
                .secret_type
                .as_ref()
                .map(|text| insert("type", New::string(text.clone()))),
        );
        changes.extend(
            legacy
                .immutable
                .map(|value| insert("immutable", Scalar::bool(value).into())),
        );
        let entries = |text: bool| -> Vec<(String, New)> {
            let fits = items
                .iter()
                .filter(|(_, value)| secret::printable(value.expose()).is_some() == text);
            fits.map(|(key, value)| (key.clone(), New::string(spelled(value))))
                .collect()
        };
        for (field, entries) in [("stringData", entries(true)), ("data", entries(false))] {
            if !entries.is_empty() {
                changes.push(insert(field, New::Mapping(entries)));
            }
        }
        changes
    }
}

fn spelled(value: &Plaintext) -> String {
    match secret::printable(value.expose()) {
        Some(text) => text.to_owned(),
        None => STANDARD.encode(value.expose()),
    }
}

pub(super) fn strings(entries: &[(String, String)]) -> New {
    New::Mapping(
        entries
            .iter()
            .map(|(key, value)| (key.clone(), New::string(value.clone())))
            .collect(),
    )
}
