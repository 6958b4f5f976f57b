//! What a closed file shows without its key.

use super::Closed;
use crate::sops::decrypt::shown;
use crate::sops::error::ValueError;
use crate::sops::rules::Rules;
use crate::sops::token::Token;
use crate::sops::tree::{Mapping, Node};
use crate::sops::value::Value;
use crate::sops::walk::{What, walk};

impl Closed {
    /// Plaintext that stands where an encrypted value belongs, and tokens that are not whole: paths and reasons, in order.
    pub fn not_encrypted(&self) -> Vec<(String, ValueError)> {
        let rules = Rules::lenient(&self.metadata.selector());
        let mut found = Vec::new();
        for document in &self.documents {
            let walked: Result<(), std::convert::Infallible> = walk(document, &rules, &mut |stop| {
                let What::Leaf(leaf) = stop.what else {
                    return Ok(());
                };
                if !stop.selected || leaf.value.is_empty() {
                    return Ok(());
                }
                let token = match &leaf.value {
                    Value::Str(text) => text
                        .expose_str()
                        .ok_or(ValueError::NotText)
                        .and_then(|text| Ok(Token::parse(text)?)),
                    _ => Err(ValueError::NotText),
                };
                if let Err(error) = token {
                    found.push((shown(stop.aad), error));
                }
                Ok(())
            });
            match walked {
                Ok(()) => {}
                Err(never) => match never {},
            }
        }
        found
    }

    /// How many values there are, encrypted or not; empty ones do not count.
    pub fn values(&self) -> usize {
        fn count(node: &Node) -> usize {
            match node {
                Node::Mapping(mapping) => mapping.entries().map(|(_, node)| count(node)).sum(),
                Node::List(nodes) => nodes.iter().map(count).sum(),
                Node::Leaf(leaf) => usize::from(!leaf.value.is_empty()),
                Node::Comment(_) => 0,
            }
        }
        let entries = self.documents.iter().flat_map(Mapping::entries);
        entries.map(|(_, node)| count(node)).sum()
    }

    /// The paths of the encrypted values, each once.
    pub fn sealed_paths(&self) -> Vec<String> {
        let rules = Rules::lenient(&self.metadata.selector());
        let mut paths = Vec::new();
        for document in &self.documents {
            let walked: Result<(), std::convert::Infallible> = walk(document, &rules, &mut |stop| {
                let path = shown(stop.aad);
                if let What::Leaf(leaf) = stop.what
                    && stop.selected
                    && !leaf.value.is_empty()
                    && !paths.contains(&path)
                {
                    paths.push(path);
                }
                Ok(())
            });
            match walked {
                Ok(()) => {}
                Err(never) => match never {},
            }
        }
        paths
    }
}
