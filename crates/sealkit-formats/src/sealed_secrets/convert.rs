//! The edits that turn a plain Secret's text into a SealedSecret's.
//!
//! `metadata` keeps name, namespace and the scope annotation; everything else there moves, comments and all, into the
//! template, where copies of name and namespace keep their places among it. Nothing here encrypts.

use sealkit_manifest::{Change, New, Node, Object, Path, Position, Scalar, Target};

use super::envelope::{API_VERSION, KIND, fields};
use super::error::SealError;
use super::label::{CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION, annotation_of, scope_of};
use super::plan::Step;
use super::reuse::Reuse;
use super::seal::Binding;
use super::unseal::strings;
use crate::secret::{self, Item, LAST_APPLIED, SERVER_FIELDS, SecretError, Unfit, is_null};

/// A Secret that is to become a SealedSecret.
pub(super) struct Conversion<'c> {
    pub(super) object: &'c Object<'c>,
    pub(super) binding: &'c Binding,
    pub(super) before: Option<&'c Reuse>,
}

impl<'c> Conversion<'c> {
    /// All edits; `tokens` are the sealed values in the order of the items.
    pub(super) fn changes(&self, plain: &[Item], tokens: &[String]) -> Result<Vec<Change>, SealError> {
        let mut changes = vec![self.set("apiVersion", API_VERSION), self.set("kind", KIND)];
        changes.extend(self.insert_spec()?);
        changes.extend(self.move_metadata());
        changes.extend(self.move_template_fields());
        let spec = Path::keys(["spec"]);
        let at = if self.template_first() {
            Position::Last
        } else {
            Position::First
        };
        let order = |key: &str| {
            self.before
                .map_or(Position::Last, |before| before.position(key, plain))
        };
        changes.extend(secret::move_in(
            self.object,
            plain,
            tokens,
            (&spec, "encryptedData", at),
            order,
        ));
        changes.extend(self.own_metadata());
        changes.extend(self.remove(Path::keys(["status"])));
        Ok(changes)
    }

    /// What is removed on the way, for people.
    pub(super) fn cleaned(&self) -> Vec<Step> {
        let metadata = Path::keys(["metadata"]);
        let left_behind = SERVER_FIELDS.iter().map(|field| metadata.key(*field));
        let last_applied = LAST_APPLIED
            .iter()
            .map(|name| metadata.key("annotations").key(*name));
        let status = std::iter::once(Path::keys(["status"]));
        let all = left_behind.chain(last_applied).chain(status);
        all.filter(|path| self.object.get(path).is_some())
            .map(|path| Step::Clean {
                path: path.to_string(),
            })
            .collect()
    }

    /// Inserts `spec` where the values stood, or fills the one that an opened SealedSecret with templates kept.
    fn insert_spec(&self) -> Result<Vec<Change>, SealError> {
        let metadata = ("metadata".to_owned(), New::Mapping(Vec::new()));
        if let Some(spec) = self.object.root().get("spec") {
            self.only_templates(spec)?;
            let template = Path::keys(["spec", "template"]);
            return Ok(vec![self.insert(
                template,
                metadata,
                Position::Before("data".to_owned()),
            )]);
        }
        let at = match self.stands(["data", "stringData"]) {
            Some((_, field)) => Position::Before(field),
            None => Position::Last,
        };
        let template = ("template".to_owned(), New::Mapping(vec![metadata]));
        Ok(vec![self.insert(
            Path::root(),
            ("spec".to_owned(), New::Mapping(vec![template])),
            at,
        )])
    }

    /// Whether the template comes before the items: as `type` and the values stood, so that opening puts them back.
    fn template_first(&self) -> bool {
        match (
            self.stands(["type", "immutable"]),
            self.stands(["data", "stringData"]),
        ) {
            (Some((fields, _)), Some((values, _))) => fields < values,
            _ => false,
        }
    }

    /// The first of the top-level fields with one of these names, and at which place among all it stands.
    fn stands(&self, names: [&str; 2]) -> Option<(usize, String)> {
        let keys = self.object.root().entries().map(|entry| entry.key.into_owned());
        keys.enumerate().find(|(_, key)| names.contains(&key.as_str()))
    }

    /// A Secret has no `spec`; the one exception is what opening leaves of a SealedSecret with templates.
    fn only_templates(&self, spec: Node<'_>) -> Result<(), SealError> {
        let only = |node: Node<'_>, field: &str| match &fields(node)[..] {
            [(key, _)] => key == field,
            _ => false,
        };
        let template = spec.get("template");
        if only(spec, "template") && template.is_some_and(|template| only(template, "data")) {
            return Ok(());
        }
        Err(SecretError::at(spec, Unfit::UnknownField).into())
    }

    /// Moves `type` and `immutable` into the template, in the author's order.
    fn move_template_fields(&self) -> Vec<Change> {
        let root = self.object.root();
        let wanted = root
            .entries()
            .filter(|entry| matches!(entry.key.as_ref(), "type" | "immutable"));
        wanted
            .map(|entry| {
                let path = Path::keys([entry.key.into_owned()]);
                self.move_to(path, Path::keys(["spec", "template"]))
            })
            .collect()
    }

    /// Moves the metadata into the template, copies name and namespace there, and writes into the object's own what the
    /// peer leaves there.
    fn move_metadata(&self) -> Vec<Change> {
        let template = Path::keys(["spec", "template", "metadata"]);
        let metadata = self.object.root().get("metadata").map(fields).unwrap_or_default();
        let mut changes = self.place_fields();
        for (field, value) in metadata {
            let path = Path::keys(["metadata", field.as_str()]);
            match field.as_str() {
                "name" => changes.push(self.copy("name", &self.binding.name)),
                "namespace" if !self.binding.namespace.is_empty() => {
                    changes.push(self.copy("namespace", &self.binding.namespace));
                }
                "namespace" => {}
                "annotations" => changes.extend(self.move_annotations(value)),
                left if SERVER_FIELDS.contains(&left) => changes.extend(self.remove(path)),
                _ if is_null(value) => changes.extend(self.remove(path)),
                _ => changes.push(self.move_to(path, template.clone())),
            }
        }
        for (field, text) in [
            ("name", &self.binding.name),
            ("namespace", &self.binding.namespace),
        ] {
            if self.object.at(&["metadata", field]).is_none() && !text.is_empty() {
                changes.push(self.copy(field, text));
            }
        }
        if self.annotations_missing() {
            changes.extend(self.scope_annotation().map(|entry| {
                self.insert(
                    template,
                    ("annotations".to_owned(), New::Mapping(vec![entry])),
                    Position::Last,
                )
            }));
        }
        changes
    }

    /// Writes name and namespace where only the caller gave them.
    fn place_fields(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let given = [
            ("name", &self.binding.name, Position::First),
            (
                "namespace",
                &self.binding.namespace,
                Position::After("name".to_owned()),
            ),
        ];
        let metadata = Path::keys(["metadata"]);
        if self.object.get(&metadata).is_none_or(is_null) {
            changes.extend(self.remove(metadata.clone()));
            let empty = ("metadata".to_owned(), New::Mapping(Vec::new()));
            changes.push(self.insert(Path::root(), empty, Position::After("kind".to_owned())));
        }
        for (field, text, at) in given {
            let own = self
                .object
                .at(&["metadata", field])
                .and_then(|node| node.as_str())
                .unwrap_or_default();
            if *text != own {
                changes.extend(self.remove(metadata.key(field)));
                changes.push(self.insert(
                    metadata.clone(),
                    (field.to_owned(), New::string(text.clone())),
                    at,
                ));
            }
        }
        changes
    }

    /// Moves the annotations but for those that hold the whole object, and makes them agree with the scope.
    fn move_annotations(&self, annotations: Node<'_>) -> Vec<Change> {
        let path = Path::keys(["metadata", "annotations"]);
        let entries = fields(annotations);
        let stale = |name: &str| LAST_APPLIED.contains(&name) || self.contradicts_scope(name, annotations);
        let kept = entries.iter().filter(|(name, _)| !stale(name)).count();
        let missing = self
            .scope_annotation()
            .filter(|_| self.says(annotations) != self.binding.scope);
        if kept == 0 && missing.is_none() {
            return self.remove(path).into_iter().collect();
        }
        let mut changes: Vec<_> = entries
            .iter()
            .filter(|(name, _)| stale(name))
            .filter_map(|(name, _)| self.remove(path.key(name)))
            .collect();
        changes.extend(missing.map(|entry| self.insert(path.clone(), entry, Position::Last)));
        changes.push(self.move_to(path, Path::keys(["spec", "template", "metadata"])));
        changes
    }

    /// Whether a scope annotation would choose another scope than the one that values are bound to. Where the document's
    /// scope is the one, all its annotations stay, as with the peer.
    fn contradicts_scope(&self, name: &str, annotations: Node<'_>) -> bool {
        let scoping = [CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION].contains(&name);
        scoping && self.says(annotations) != self.binding.scope
    }

    fn says(&self, annotations: Node<'_>) -> crate::Scope {
        let entries: Vec<_> = fields(annotations)
            .into_iter()
            .filter_map(|(name, node)| Some((name, node.as_str()?.into_owned())))
            .collect();
        scope_of(
            entries
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        )
    }

    fn annotations_missing(&self) -> bool {
        self.object.at(&["metadata", "annotations"]).is_none()
    }

    /// Puts into the object's own metadata the scope annotation, and what only the SealedSecret had before it was opened.
    fn own_metadata(&self) -> Vec<Change> {
        let own = |field| self.before.map_or(&[][..], |before| before.own(field));
        let mut annotations: Vec<(String, New)> = self.scope_annotation().into_iter().collect();
        if let New::Mapping(entries) = strings(own("annotations")) {
            annotations.extend(entries);
        }
        let mut changes = Vec::new();
        if !own("labels").is_empty() {
            changes.push(self.insert_own("labels", strings(own("labels"))));
        }
        if !annotations.is_empty() {
            changes.push(self.insert_own("annotations", New::Mapping(annotations)));
        }
        changes
    }

    fn insert_own(&self, field: &str, value: New) -> Change {
        self.insert(
            Path::keys(["metadata"]),
            (field.to_owned(), value),
            Position::Last,
        )
    }

    fn scope_annotation(&self) -> Option<(String, New)> {
        annotation_of(self.binding.scope).map(|name| (name.to_owned(), New::string("true")))
    }

    fn copy(&self, field: &str, text: &str) -> Change {
        let template = Path::keys(["spec", "template", "metadata"]);
        self.insert(template, (field.to_owned(), New::string(text)), Position::Last)
    }

    fn set(&self, field: &str, text: &str) -> Change {
        Change::Set {
            target: self.at(Path::keys([field])),
            value: Scalar::string(text),
        }
    }

    fn insert(&self, parent: Path, (key, value): (String, New), at: Position) -> Change {
        Change::Insert {
            parent: self.at(parent),
            key,
            value,
            at,
        }
    }

    fn move_to(&self, path: Path, parent: Path) -> Change {
        Change::Move {
            target: self.at(path),
            parent: self.at(parent),
            at: Position::Last,
            key: None,
        }
    }

    fn remove(&self, path: Path) -> Option<Change> {
        self.object.get(&path)?;
        Some(Change::Remove {
            target: self.at(path),
        })
    }

    fn at(&self, path: Path) -> Target {
        Target::new(self.object.id(), path)
    }
}
