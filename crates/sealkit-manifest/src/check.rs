//! What is refused although it parses: duplicate keys, aliases that unfold without bound, templates in disguise.
//!
//! Runs once over a finished tree; knows no Kubernetes.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::ParseError;
use crate::limits::Limits;
use crate::read;
use crate::source::Source;
use crate::tree::{NodeId, Shape, Style, Tree};

/// Checks a whole tree.
///
/// # Errors
///
/// [`ParseError::DuplicateKey`], [`ParseError::Template`], [`ParseError::AliasBomb`] or [`ParseError::AliasCycle`],
/// each with its place.
pub(crate) fn check(source: &Source, tree: &Tree, limits: &Limits) -> Result<(), ParseError> {
    for id in 0..tree.nodes.len() {
        #[expect(clippy::cast_possible_truncation, reason = "the tree was built with u32 ids")]
        let id = id as NodeId;
        template(source, tree, id)?;
        duplicates(source, tree, id)?;
    }
    Unfolded::measure(source, tree, limits)
}

/// `{{ .Values.x }}` is a flow mapping whose key is a flow mapping: valid YAML that nobody ever meant as such.
fn template(source: &Source, tree: &Tree, id: NodeId) -> Result<(), ParseError> {
    let node = tree.node(id);
    let start = node.span.start;
    let doubled = node.style == Style::Flow && source.text()[start..].starts_with("{{");
    if doubled && !tree.json {
        return Err(ParseError::Template {
            place: source.place(start),
        });
    }
    Ok(())
}

/// Keys are equal if kubectl writes them alike: `1` and `"1"` are one key.
fn duplicates(source: &Source, tree: &Tree, id: NodeId) -> Result<(), ParseError> {
    let pairs = tree.pairs(id);
    if pairs.len() < 2 {
        return Ok(());
    }
    let mut seen: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(pairs.len());
    for pair in pairs {
        let Some(key) = read::key_text(source, tree, pair.key) else {
            continue;
        };
        let place = |at: usize| source.place(at);
        let start = tree.node(pair.key).span.start;
        if let Some(first) = seen.insert(key, start) {
            return Err(ParseError::DuplicateKey {
                place: place(start),
                first: place(first),
            });
        }
    }
    Ok(())
}

/// What a node amounts to once its aliases are replaced by what they name.
#[derive(Clone, Copy, Default)]
struct Unfolded {
    bytes: u64,
    depth: u64,
    done: bool,
}

/// Bytes counted for each node beside its text.
const NODE_BYTES: u64 = 16;

impl Unfolded {
    /// Children come after their parents in the arena and alias targets before their aliases, so that one backward
    /// pass would see aliases before targets; instead every document is folded once, depth first.
    fn measure(source: &Source, tree: &Tree, limits: &Limits) -> Result<(), ParseError> {
        if !tree
            .nodes
            .iter()
            .any(|node| matches!(node.shape, Shape::Alias(_)))
        {
            return Ok(());
        }
        let mut sizes = vec![Self::default(); tree.nodes.len()];
        for document in &tree.documents {
            Self::node(source, tree, limits, document.root, &mut sizes)?;
        }
        Ok(())
    }

    fn node(
        source: &Source,
        tree: &Tree,
        limits: &Limits,
        id: NodeId,
        sizes: &mut [Self],
    ) -> Result<Self, ParseError> {
        let mut sum = Self {
            bytes: NODE_BYTES,
            depth: 0,
            done: true,
        };
        let mut add = |child: Self| {
            sum.bytes = sum.bytes.saturating_add(child.bytes);
            sum.depth = sum.depth.max(child.depth + 1);
        };
        match &tree.node(id).shape {
            Shape::Scalar(text) => sum.bytes += tree.text(text, source.text()).len() as u64,
            Shape::Alias(target) => {
                let target = sizes[*target as usize];
                let place = source.place(tree.node(id).span.start);
                if !target.done {
                    return Err(ParseError::AliasCycle { place });
                }
                sum = target;
            }
            Shape::Sequence(items) => {
                for item in items {
                    add(Self::node(source, tree, limits, item.node, sizes)?);
                }
            }
            Shape::Mapping(pairs) => {
                for pair in pairs {
                    add(Self::node(source, tree, limits, pair.key, sizes)?);
                    add(Self::node(source, tree, limits, pair.value, sizes)?);
                }
            }
        }
        let bomb = |limit: usize, unit| {
            let place = source.place(tree.node(id).span.start);
            Err(ParseError::AliasBomb { place, limit, unit })
        };
        if sum.bytes > (limits.max_unfolded_bytes as u64).max(source.text().len() as u64 * (NODE_BYTES + 1)) {
            return bomb(limits.max_unfolded_bytes, "bytes");
        }
        if sum.depth > limits.max_unfolded_depth as u64 {
            return bomb(limits.max_unfolded_depth, "levels");
        }
        sizes[id as usize] = sum;
        Ok(sum)
    }
}
