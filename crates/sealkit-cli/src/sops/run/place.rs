//! Places inside a document: what stands there, putting something there, taking it away.
//!
//! Comments inside lists count as elements, as they do for the peer.

use sealkit::formats::sops::tree::{Item, Mapping, Node};

use crate::sops::request::Step;

/// Why a place does not exist or cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlaceError {
    #[error("component ['{0}'] not found")]
    NoKey(String),
    #[error("component [{0}] accesses out of bounds")]
    NoIndex(usize),
    #[error("component [{0}] is integer, but tree part is not a slice")]
    NotAList(usize),
    #[error("component ['{0}'] is a key, but tree part is not a mapping")]
    NotAMapping(String),
}

impl PlaceError {
    /// Whether nothing stands at the place, so that nothing needs to be removed.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::NoKey(_) | Self::NoIndex(_))
    }
}

fn entry<'a>(mapping: &'a mut Mapping, key: &str) -> Option<&'a mut Node> {
    mapping.0.iter_mut().find_map(|item| match item {
        Item::Entry(name, node) if name == key => Some(node),
        _ => None,
    })
}

/// What stands at a place of at least one step.
pub(super) fn find<'a>(document: &'a mut Mapping, path: &[Step]) -> Result<&'a Node, PlaceError> {
    let (first, rest) = path.split_first().ok_or(PlaceError::NoIndex(0))?;
    let mut node: &Node = match first {
        Step::Key(key) => entry(document, key).ok_or_else(|| PlaceError::NoKey(key.clone()))?,
        Step::Index(index) => return Err(PlaceError::NotAList(*index)),
    };
    for step in rest {
        node = match (step, node) {
            (Step::Key(key), Node::Mapping(mapping)) => {
                mapping.get(key).ok_or_else(|| PlaceError::NoKey(key.clone()))?
            }
            (Step::Key(key), _) => return Err(PlaceError::NotAMapping(key.clone())),
            (Step::Index(index), Node::List(nodes)) => {
                nodes.get(*index).ok_or(PlaceError::NoIndex(*index))?
            }
            (Step::Index(index), _) => return Err(PlaceError::NotAList(*index)),
        };
    }
    Ok(node)
}

/// Puts a value at a place and tells whether that changed anything. What is missing on the way is made; a scalar on the
/// way gives way; an index at or behind the end of a list appends.
pub(super) fn set(document: &mut Mapping, path: &[Step], value: Node) -> Result<bool, PlaceError> {
    let (first, rest) = path.split_first().ok_or(PlaceError::NoIndex(0))?;
    match first {
        Step::Index(index) => Err(PlaceError::NotAList(*index)),
        Step::Key(key) => match entry(document, key) {
            Some(node) => set_node(node, rest, value),
            None => {
                document.0.push(Item::Entry(key.clone(), made(rest, value)));
                Ok(true)
            }
        },
    }
}

fn set_node(node: &mut Node, path: &[Step], value: Node) -> Result<bool, PlaceError> {
    let Some((first, rest)) = path.split_first() else {
        let changed = *node != value;
        *node = value;
        return Ok(changed);
    };
    match (node, first) {
        (Node::Mapping(mapping), _) => set(mapping, path, value),
        (Node::List(_), Step::Key(key)) => Err(PlaceError::NotAMapping(key.clone())),
        (Node::List(nodes), Step::Index(index)) => match nodes.get_mut(*index) {
            Some(node) => set_node(node, rest, value),
            None => {
                nodes.push(made(rest, value));
                Ok(true)
            }
        },
        (node, _) => {
            let new = made(path, value);
            let changed = *node != new;
            *node = new;
            Ok(changed)
        }
    }
}

fn made(path: &[Step], value: Node) -> Node {
    path.iter().rev().fold(value, |inner, step| match step {
        Step::Key(key) => Node::Mapping(Mapping(vec![Item::Entry(key.clone(), inner)])),
        Step::Index(_) => Node::List(vec![inner]),
    })
}

/// Takes away what stands at a place.
pub(super) fn unset(document: &mut Mapping, path: &[Step]) -> Result<(), PlaceError> {
    let (first, rest) = path.split_first().ok_or(PlaceError::NoIndex(0))?;
    let key = match first {
        Step::Key(key) => key,
        Step::Index(index) => return Err(PlaceError::NotAList(*index)),
    };
    let absent = || PlaceError::NoKey(key.clone());
    if rest.is_empty() {
        let is_it = |item: &Item| matches!(item, Item::Entry(name, _) if name == key);
        let at = document.0.iter().position(is_it).ok_or_else(absent)?;
        document.0.remove(at);
        return Ok(());
    }
    unset_node(entry(document, key).ok_or_else(absent)?, rest)
}

fn unset_node(node: &mut Node, path: &[Step]) -> Result<(), PlaceError> {
    match (node, path) {
        (Node::Mapping(mapping), path) => unset(mapping, path),
        (Node::List(nodes), [Step::Index(index), rest @ ..]) => {
            let inner = nodes.get_mut(*index).ok_or(PlaceError::NoIndex(*index))?;
            if !rest.is_empty() {
                return unset_node(inner, rest);
            }
            nodes.remove(*index);
            Ok(())
        }
        (_, [Step::Key(key), ..]) => Err(PlaceError::NotAMapping(key.clone())),
        (_, [Step::Index(index), ..]) => Err(PlaceError::NotAList(*index)),
        (_, []) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sops::request::steps;

    fn tree() -> Mapping {
        Mapping(vec![
            Item::Entry("a".into(), Node::List(vec![Node::string("x"), Node::string("y")])),
            Item::Entry("s".into(), Node::string("z")),
        ])
    }

    fn put(path: &str) -> (Mapping, Result<bool, PlaceError>) {
        let mut tree = tree();
        let result = set(&mut tree, &steps(path).unwrap(), Node::string("new"));
        (tree, result)
    }

    #[test]
    fn sets_replaces_appends_and_makes_what_is_missing() {
        assert_eq!(put("[\"s\"]").1, Ok(true));
        let mut same = tree();
        assert_eq!(
            set(&mut same, &steps("[\"s\"]").unwrap(), Node::string("z")),
            Ok(false)
        );
        let (mut tree, result) = put("[\"a\"][7]");
        assert_eq!(result, Ok(true));
        assert!(
            find(&mut tree, &steps("[\"a\"][2]").unwrap()).is_ok(),
            "behind the end means append"
        );
        let (mut tree, _) = put("[\"n\"][\"m\"][0]");
        assert!(find(&mut tree, &steps("[\"n\"][\"m\"][0]").unwrap()).is_ok());
        let (mut tree, _) = put("[\"s\"][\"k\"]");
        assert!(
            find(&mut tree, &steps("[\"s\"][\"k\"]").unwrap()).is_ok(),
            "a scalar gives way"
        );
        assert_eq!(put("[0]").1, Err(PlaceError::NotAList(0)));
        assert_eq!(put("[\"a\"][\"k\"]").1, Err(PlaceError::NotAMapping("k".into())));
    }

    #[test]
    fn removes_and_knows_what_is_not_there() {
        let remove = |path: &str| unset(&mut tree(), &steps(path).unwrap());
        assert_eq!(remove("[\"a\"][1]"), Ok(()));
        assert_eq!(remove("[\"s\"]"), Ok(()));
        assert!(remove("[\"q\"]").is_err_and(|error| error.is_absent()));
        assert!(remove("[\"a\"][2]").is_err_and(|error| error.is_absent()));
        assert!(remove("[\"s\"][2]").is_err_and(|error| !error.is_absent()));
    }
}
