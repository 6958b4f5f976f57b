//! The order of a document, and what every leaf and comment is bound to: its path as AAD, and whether it is selected.
//!
//! Encrypting and decrypting take the same walk over the text as it stands, which is why the two agree.
//!
//! Source: `walkBranch` and `shouldBeEncrypted` in `sops.go` of getsops/sops 3.13.

use super::rules::Rules;
use super::tree::{Comment, Item, Leaf, Mapping, Node};

/// One stop of the walk.
pub(super) struct Stop<'t, 'w, A> {
    /// What stands here.
    pub(super) what: What<'t, A>,
    /// The keys from the root, each followed by a colon; a comment has those of the collection around it.
    pub(super) aad: &'w str,
    /// Whether it is, or is to be, encrypted.
    pub(super) selected: bool,
    /// Whether it occupies a slot of a list.
    pub(super) in_list: bool,
}

/// What the walk meets.
pub(super) enum What<'t, A> {
    Leaf(&'t Leaf<A>),
    Comment(&'t Comment<A>),
}

/// Walks a document in its order. Nesting is bounded by the text layer, which built the tree.
///
/// # Errors
/// The first error of `visit`, which ends the walk.
pub(super) fn walk<'t, A, E>(
    document: &'t Mapping<A>,
    rules: &Rules,
    visit: &mut dyn FnMut(Stop<'t, '_, A>) -> Result<(), E>,
) -> Result<(), E> {
    let mut walker = Walker {
        rules,
        path: String::new(),
        active: Vec::new(),
        matched_keys: 0,
        visit,
    };
    walker.mapping(document)
}

struct Walker<'w, 't, A, E> {
    rules: &'w Rules,
    path: String,
    /// For each level whether an active comment of it matches.
    active: Vec<bool>,
    /// How many keys of the path match.
    matched_keys: usize,
    visit: &'w mut dyn FnMut(Stop<'t, '_, A>) -> Result<(), E>,
}

impl<'t, A, E> Walker<'_, 't, A, E> {
    fn mapping(&mut self, mapping: &'t Mapping<A>) -> Result<(), E> {
        self.active.push(false);
        for item in &mapping.0 {
            match item {
                Item::Comment(comment) => self.comment(comment, false)?,
                Item::Entry(key, node) => {
                    let length = self.path.len();
                    let matches = usize::from(self.rules.key_matches(key));
                    self.path.push_str(key);
                    self.path.push(':');
                    self.matched_keys += matches;
                    self.node(node, false)?;
                    self.matched_keys -= matches;
                    self.path.truncate(length);
                    self.clear();
                }
            }
        }
        self.active.pop();
        Ok(())
    }

    fn node(&mut self, node: &'t Node<A>, in_list: bool) -> Result<(), E> {
        match node {
            Node::Mapping(mapping) => self.mapping(mapping),
            Node::List(nodes) => self.list(nodes),
            Node::Comment(comment) => self.comment(comment, true),
            Node::Leaf(leaf) => {
                let selected = self.selected();
                (self.visit)(Stop {
                    what: What::Leaf(leaf),
                    aad: &self.path,
                    selected,
                    in_list,
                })
            }
        }
    }

    fn list(&mut self, nodes: &'t [Node<A>]) -> Result<(), E> {
        self.active.push(false);
        for node in nodes {
            self.node(node, true)?;
            if !matches!(node, Node::Comment(_)) {
                self.clear();
            }
        }
        self.active.pop();
        Ok(())
    }

    /// A comment that lets what follows be encrypted stays plain itself, and so does one that keeps it plain.
    fn comment(&mut self, comment: &'t Comment<A>, in_list: bool) -> Result<(), E> {
        let before = self.selected();
        if self.rules.comment_matches(&comment.text)
            && let Some(level) = self.active.last_mut()
        {
            *level = true;
        }
        let selected = before && self.selected();
        let aad = if self.path.is_empty() { ":" } else { &self.path };
        (self.visit)(Stop {
            what: What::Comment(comment),
            aad,
            selected,
            in_list,
        })
    }

    fn selected(&self) -> bool {
        let matches = self.matched_keys > 0 || self.active.contains(&true);
        matches == self.rules.encrypts()
    }

    fn clear(&mut self) {
        if let Some(level) = self.active.last_mut() {
            *level = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::Selector;
    use super::super::value::Value;
    use super::*;
    use zeroize::Zeroizing;

    fn comment(text: &str) -> Comment {
        Comment {
            text: Zeroizing::new(text.to_owned()),
            inline: false,
            at: (),
        }
    }

    fn entry(key: &str, node: Node) -> Item {
        Item::Entry(key.to_owned(), node)
    }

    /// `# c` / `a: {b: 1}` / `l: [ # lc, x, {k: 2}]` / `s_unencrypted: {t: 3}`, then a comment that is a marker.
    fn document() -> Mapping {
        let leaf = |value| Node::leaf(Value::Int(value));
        Mapping(vec![
            Item::Comment(comment("c")),
            entry("a", Node::Mapping(Mapping(vec![entry("b", leaf(1))]))),
            entry(
                "l",
                Node::List(vec![
                    Node::Comment(comment("lc")),
                    Node::string("x"),
                    Node::Mapping(Mapping(vec![entry("k", leaf(2))])),
                ]),
            ),
            entry("s_unencrypted", Node::Mapping(Mapping(vec![entry("t", leaf(3))]))),
            Item::Comment(comment("before")),
            Item::Comment(comment("mark")),
            Item::Comment(comment("after")),
            entry("m", Node::Mapping(Mapping(vec![entry("n", leaf(4))]))),
            entry("o", leaf(5)),
        ])
    }

    fn stops(selector: Selector) -> Vec<String> {
        let rules = Rules::new(&selector).expect("valid");
        let mut seen = Vec::new();
        let _ = walk::<_, ()>(&document(), &rules, &mut |stop| {
            if stop.selected {
                let name = match stop.what {
                    What::Leaf(_) => String::new(),
                    What::Comment(comment) => comment.text.to_string(),
                };
                seen.push(format!("{}{name}", stop.aad));
            }
            Ok(())
        });
        seen
    }

    #[test]
    fn paths_are_keys_without_indices_and_top_comments_stand_at_a_colon() {
        let all = stops(Selector::EncryptedRegex(String::new()));
        assert_eq!(
            all,
            ["a:b:", "l:lc", "l:", "l:k:", "s_unencrypted:t:", "m:n:", "o:"]
        );
        let default = stops(Selector::default());
        let expected = [
            ":c", "a:b:", "l:lc", "l:", "l:k:", ":before", ":mark", ":after", "m:n:", "o:",
        ];
        assert_eq!(default, expected);
    }

    #[test]
    fn key_selectors_look_at_every_key_of_the_path() {
        assert_eq!(stops(Selector::EncryptedSuffix("a".into())), ["a:b:"]);
        assert_eq!(
            stops(Selector::EncryptedRegex("^(k|m)$".into())),
            ["l:k:", "m:n:"]
        );
        let unencrypted = stops(Selector::UnencryptedRegex("^l$".into()));
        assert_eq!(
            unencrypted,
            [
                ":c",
                "a:b:",
                "s_unencrypted:t:",
                ":before",
                ":mark",
                ":after",
                "m:n:",
                "o:"
            ]
        );
    }

    #[test]
    fn comment_selectors_govern_the_next_key_and_the_rest_of_their_run() {
        assert_eq!(
            stops(Selector::EncryptedCommentRegex("^mark$".into())),
            [":after", "m:n:"]
        );
        let unencrypted = stops(Selector::UnencryptedCommentRegex("^mark$".into()));
        assert_eq!(
            unencrypted,
            [
                ":c",
                "a:b:",
                "l:lc",
                "l:",
                "l:k:",
                "s_unencrypted:t:",
                ":before",
                "o:"
            ]
        );
    }
}
