//! Which name and namespace values are bound to: the object's own, or the caller's where the object has none.
//!
//! Never a guess: what the object has, the caller cannot replace, and what neither has is missing.

use sealkit_manifest::{Change, New, Object, Path, Position, Scalar};

use super::{error::SealError, options::SealOptions, update::at_path};
use crate::secret::{self, ObjectName, names};

/// Name and namespace of an object, and the edits that write what the caller gave.
pub(super) struct Named {
    pub(super) name: ObjectName,
    pub(super) changes: Vec<Change>,
}

/// Decides on name and namespace.
pub(super) fn named(object: &Object<'_>, options: &SealOptions<'_>) -> Result<Named, SealError> {
    if let Some(wanted) = options.name.filter(|name| !names::is_name(name)) {
        return Err(SealError::NameUnfit {
            wanted: wanted.to_owned(),
        });
    }
    if let Some(wanted) = options
        .namespace
        .filter(|namespace| !names::is_namespace(namespace))
    {
        return Err(SealError::NamespaceUnfit {
            wanted: wanted.to_owned(),
        });
    }
    let mut changes = Vec::new();
    let name = match (secret::own_name(object)?, options.name) {
        (Some(own), Some(wanted)) if own != wanted => {
            return Err(SealError::OtherName {
                wanted: wanted.to_owned(),
                place: place(object, "name"),
            });
        }
        (None, Some(wanted)) => {
            changes.extend(write(object, "name", wanted, Position::First));
            wanted.to_owned()
        }
        (Some(own), _) => own,
        (None, None) => secret::object_name(object)?.name,
    };
    let namespace = match (secret::object_namespace(object)?, options.namespace) {
        (Some(own), Some(wanted)) if own != wanted => {
            return Err(SealError::OtherNamespace {
                wanted: wanted.to_owned(),
                place: place(object, "namespace"),
            });
        }
        (None, Some(wanted)) => {
            changes.extend(write(
                object,
                "namespace",
                wanted,
                Position::After("name".to_owned()),
            ));
            Some(wanted.to_owned())
        }
        (own, _) => own,
    };
    Ok(Named {
        name: ObjectName { name, namespace },
        changes,
    })
}

/// Writes a field of `metadata`, which may have to be made first.
fn write(object: &Object<'_>, field: &str, value: &str, at: Position) -> Vec<Change> {
    let value = Scalar::string(value);
    if object.at(&["metadata", field]).is_some() {
        return vec![Change::Set {
            target: at_path(object, Path::keys(["metadata", field])),
            value,
        }];
    }
    let insert = |parent: Path, key: &str, value: New, at: Position| Change::Insert {
        parent: at_path(object, parent),
        key: key.to_owned(),
        value,
        at,
    };
    let mut changes = Vec::new();
    // Only the name can find no `metadata`: the namespace is written after it.
    if field == "name" && object.root().get("metadata").is_none() {
        changes.push(insert(
            Path::root(),
            "metadata",
            New::Mapping(Vec::new()),
            Position::After("kind".to_owned()),
        ));
    }
    changes.push(insert(Path::keys(["metadata"]), field, value.into(), at));
    changes
}

fn place(object: &Object<'_>, field: &str) -> sealkit_manifest::Place {
    object.at(&["metadata", field]).unwrap_or(object.root()).place()
}
