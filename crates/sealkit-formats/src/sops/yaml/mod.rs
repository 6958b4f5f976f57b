//! YAML and JSON streams as SOPS reads them: documents of string keys, typed leaves, comments in their collection.
//!
//! Knows where everything stands and changes nothing.
//!
//! Source: `stores/yaml/store.go`, `stores/json/store.go` of getsops/sops 3.13, on go-yaml v3.

mod comments;
mod scalar;

pub(super) use scalar::resolve;

use sealkit_manifest::{Node as TextNode, NodeKind, Source, Span, Stream, Style, Syntax};
use zeroize::Zeroizing;

use self::comments::{Comments, End};
use super::error::DocumentError;
use super::site::{At, Surroundings};
use super::text::column;
use super::tree::{Comment, Item, Leaf, Mapping, Node};
use super::value::Value;

/// The key under which the metadata stands.
pub(super) const METADATA_KEY: &str = "sops";

/// Reads all documents, with their metadata among the entries if they have some. A document that is nothing counts as an
/// empty mapping. What hangs at each leaf and comment is the caller's choice: where it stands, or nothing.
///
/// # Errors
/// [`DocumentError`] with its place.
pub(super) fn read<'s, A: At<'s>>(stream: &'s Stream) -> Result<Vec<Mapping<A>>, DocumentError> {
    let mut reader = Reader {
        source: stream.source(),
        json: stream.syntax() == Syntax::Json,
        comments: Comments::new(stream),
    };
    let roots: Vec<_> = stream.documents().collect();
    let mut documents = Vec::with_capacity(roots.len());
    for (at, root) in roots.iter().enumerate() {
        let end = roots.get(at + 1).map_or(stream.as_str().len(), |next| {
            separator(stream.as_str(), root.outer_span().end, next.outer_span().start)
        });
        documents.push(reader.document(root, end)?);
    }
    if documents.is_empty() {
        return Err(DocumentError::Empty {
            name: stream.source().name().to_owned(),
        });
    }
    Ok(documents)
}

/// Where the line `---` between two roots begins: comments behind it belong to the second. Without one, the second root.
fn separator(text: &str, end: usize, next: usize) -> usize {
    let between = text.get(end..next).unwrap_or_default();
    let first_line = between.starts_with("---").then_some(0);
    let at = first_line.or_else(|| between.find("\n---").map(|at| at + 1));
    at.map_or(next, |at| end + at)
}

/// Whether a plain scalar with this text is a string.
pub(super) fn reads_as_string(text: &str) -> bool {
    matches!(scalar::resolve(text, true), Some(Value::Str(_)))
}

struct Reader<'s> {
    source: &'s Source,
    json: bool,
    comments: Comments<'s>,
}

/// How a node was reached.
#[derive(Clone, Copy)]
struct Reach<'s> {
    /// The outermost alias on the way; comments behind an alias belong to its target.
    alias: Option<TextNode<'s>>,
    /// Where the next token of an outer collection begins.
    until: usize,
    /// The column of that token.
    next_column: usize,
    surroundings: Surroundings,
}

impl Reach<'_> {
    fn end(&self, last: Option<&TextNode<'_>>) -> End {
        let nested = |node: &TextNode<'_>| node.style() == Style::Block;
        End {
            until: self.until,
            next_column: self.next_column,
            innermost: !last.is_some_and(nested),
        }
    }
}

impl<'s> Reader<'s> {
    fn document<A: At<'s>>(&mut self, root: &TextNode<'s>, end: usize) -> Result<Mapping<A>, DocumentError> {
        let reach = Reach {
            alias: None,
            until: end,
            next_column: 0,
            surroundings: Surroundings {
                flow: false,
                column: 0,
            },
        };
        match root.resolved().kind() {
            NodeKind::Mapping => {
                let mut mapping = self.mapping(root, self.inside(&root.resolved(), reach))?;
                mapping
                    .0
                    .extend(self.comments.before(end).into_iter().map(Item::Comment));
                Ok(mapping)
            }
            NodeKind::Null if root.kind() != NodeKind::Alias => Ok(Mapping(
                self.comments.before(end).into_iter().map(Item::Comment).collect(),
            )),
            _ => Err(DocumentError::NotAMapping { place: root.place() }),
        }
    }

    fn mapping<A: At<'s>>(
        &mut self,
        node: &TextNode<'s>,
        reach: Reach<'s>,
    ) -> Result<Mapping<A>, DocumentError> {
        let pairs: Vec<_> = node.raw_entries().collect();
        let mut items = Vec::with_capacity(pairs.len());
        for (at, (key, value)) in pairs.iter().enumerate() {
            let name = scalar::key(key, self.json)?;
            let next = pairs.get(at + 1).map(|(key, _)| key.outer_span().start);
            let inner = Reach {
                until: next.unwrap_or(reach.until),
                next_column: next.map_or(reach.next_column, |_| reach.surroundings.column),
                ..reach
            };
            if reach.alias.is_none() {
                items.extend(
                    self.comments
                        .before(key.outer_span().start)
                        .into_iter()
                        .map(Item::Comment),
                );
                items.extend(
                    self.comments
                        .of_entry(key, value, limit(node))
                        .into_iter()
                        .map(Item::Comment),
                );
            }
            let mut read = self.node(value, inner)?;
            if reach.alias.is_none() && is_flow(value) {
                let behind = self.comments.behind_flow(value, limit(node));
                match &mut read {
                    Node::Mapping(mapping) => {
                        mapping.0.splice(..0, behind.into_iter().map(Item::Comment));
                    }
                    Node::List(nodes) => {
                        nodes.splice(..0, behind.into_iter().map(Node::Comment));
                    }
                    Node::Leaf(_) | Node::Comment(_) => {}
                }
            }
            items.push(Item::Entry(name, read));
        }
        if reach.alias.is_none() && !pairs.is_empty() {
            items.extend(
                self.comments
                    .at_end_of(node, reach.end(pairs.last().map(|(_, value)| value)))
                    .into_iter()
                    .map(Item::Comment),
            );
        }
        Ok(Mapping(items))
    }

    fn list<A: At<'s>>(
        &mut self,
        node: &TextNode<'s>,
        reach: Reach<'s>,
    ) -> Result<Vec<Node<A>>, DocumentError> {
        let elements: Vec<_> = node.items().collect();
        let mut nodes = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            let next = elements.get(at + 1).map(|next| next.outer_span().start);
            let inner = Reach {
                until: next.unwrap_or(reach.until),
                next_column: next.map_or(reach.next_column, |_| reach.surroundings.column),
                ..reach
            };
            if reach.alias.is_none() {
                nodes.extend(
                    self.comments
                        .before(element.outer_span().start)
                        .into_iter()
                        .map(Node::Comment),
                );
                nodes.extend(
                    self.comments
                        .of_element(element, limit(node))
                        .into_iter()
                        .map(Node::Comment),
                );
            }
            let read = self.node(element, inner)?;
            if reach.alias.is_none() && is_flow(element) {
                nodes.extend(
                    self.comments
                        .behind_flow(element, limit(node))
                        .into_iter()
                        .map(Node::Comment),
                );
            }
            nodes.push(read);
        }
        if reach.alias.is_none() && !elements.is_empty() {
            nodes.extend(
                self.comments
                    .at_end_of(node, reach.end(elements.last()))
                    .into_iter()
                    .map(Node::Comment),
            );
        }
        Ok(nodes)
    }

    /// The surroundings of a collection's children; a scalar has those of its collection.
    fn inside(&self, node: &TextNode<'s>, reach: Reach<'s>) -> Reach<'s> {
        let text = self.source.text();
        let surroundings = match node.style() {
            Style::Block => Surroundings {
                flow: false,
                column: column(text, node.span().start),
            },
            Style::Flow | Style::FlowPair => Surroundings {
                flow: true,
                ..reach.surroundings
            },
            _ => reach.surroundings,
        };
        Reach {
            surroundings,
            ..reach
        }
    }

    fn node<A: At<'s>>(&mut self, node: &TextNode<'s>, reach: Reach<'s>) -> Result<Node<A>, DocumentError> {
        let reach = match node.kind() {
            NodeKind::Alias => Reach {
                alias: reach.alias.or(Some(*node)),
                ..reach
            },
            _ => reach,
        };
        let target = node.resolved();
        let reach = self.inside(&target, reach);
        Ok(match target.kind() {
            NodeKind::Mapping => Node::Mapping(self.mapping(&target, reach)?),
            NodeKind::Sequence => Node::List(self.list(&target, reach)?),
            _ => Node::Leaf(Leaf {
                value: self.unended(&target, scalar::read(&target, self.json)?),
                at: A::node(target, reach.alias, reach.surroundings),
            }),
        })
    }

    /// The value of a block scalar whose last line is the file's and has no break: to go-yaml there is none in it either.
    fn unended(&self, node: &TextNode<'_>, value: Value) -> Value {
        let text = self.source.text();
        let is_block = matches!(node.style(), Style::Literal | Style::Folded);
        if !is_block || node.outer_span().end < text.len() || text.ends_with(['\n', '\r']) {
            return value;
        }
        match &value {
            Value::Str(bytes) => match bytes.expose_str().and_then(|text| text.strip_suffix('\n')) {
                Some(text) => Value::string(text),
                None => value,
            },
            _ => value,
        }
    }
}

/// Behind where a comment belongs to nothing inside a collection.
fn limit(collection: &TextNode<'_>) -> usize {
    if is_flow(collection) {
        collection.span().end
    } else {
        usize::MAX
    }
}

/// Whether a value is a collection in braces or brackets.
fn is_flow(node: &TextNode<'_>) -> bool {
    matches!(node.style(), Style::Flow | Style::FlowPair)
}

/// A comment of the text as an item of the tree.
fn comment<'s, A: At<'s>>(source: &Source, span: Span, inline: bool) -> Comment<A> {
    let text = source.slice(span);
    Comment {
        text: Zeroizing::new(text.strip_prefix('#').unwrap_or(text).to_owned()),
        inline,
        at: A::comment(span),
    }
}

#[cfg(test)]
mod tests {
    use super::super::site::Site;
    use super::*;

    fn outline(text: &str) -> String {
        let stream = Stream::parse("t.yaml", text.as_bytes()).expect("it parses");
        let documents: Vec<Mapping<Site<'_>>> = read(&stream).expect("it is a document");
        documents.iter().map(mapping).collect::<Vec<_>>().join("---")
    }

    fn mapping(mapping: &Mapping<Site<'_>>) -> String {
        let items = mapping.0.iter().map(|item| match item {
            Item::Comment(comment) => format!("#{}", comment.text.trim()),
            Item::Entry(key, value) => format!("{key}:{}", node(value)),
        });
        format!("{{{}}}", items.collect::<Vec<_>>().join(" "))
    }

    fn node(value: &Node<Site<'_>>) -> String {
        match value {
            Node::Mapping(inner) => mapping(inner),
            Node::List(nodes) => format!("[{}]", nodes.iter().map(node).collect::<Vec<_>>().join(" ")),
            Node::Comment(comment) => format!("#{}", comment.text.trim()),
            Node::Leaf(leaf) => String::from_utf8_lossy(&leaf.value.plaintext()).into_owned(),
        }
    }

    #[test]
    fn comments_belong_to_the_collection_whose_column_they_keep() {
        assert_eq!(
            outline("# a\nk: v # b\nm:\n  # c\n  n: 1\n  # d\n# e\no: 2\n# f\n"),
            "{#a #b k:v m:{#c n:1 #d} #e o:2 #f}"
        );
        assert_eq!(
            outline("l:\n  - a # x\n  # y\n  - b: 1\n    # z\n  # w\n# v\nm: 1\n"),
            "{l:[#x a #y {b:1 #z}] #w #v m:1}"
        );
        assert_eq!(outline("a: 1\n# x\n---\n# y\nb: 2\n"), "{a:1 #x}---{#y b:2}");
        assert_eq!(
            outline("a: [1, 2] # x\nb: {c: [1], d: {}} # y\nd: [1, # z\n  2]\n"),
            "{a:[#x 1 2] b:{#y c:[1] d:{}} d:[#z 1 2]}"
        );
        assert_eq!(
            outline("a: |  # head\n  text\n# x\nb: 1"),
            "{#head a:text\n #x b:1}"
        );
    }

    #[test]
    fn comments_stand_behind_scalars_alone() {
        let inline = |text: &str| {
            let stream = Stream::parse("t.yaml", text.as_bytes()).expect("it parses");
            let documents = read::<()>(&stream).expect("it is a document");
            documents[0]
                .0
                .iter()
                .any(|item| matches!(item, Item::Comment(comment) if comment.inline))
        };
        assert!(inline("a: 1 # x\n") && inline("a: | # x\n  text\n"));
        for text in [
            "a: # x\n  b: 1\n",
            "a: # x\n  1\n",
            "a: # x\nb: 1\n",
            "a: # x\n  - 1\n",
            "# x\na: 1\n",
        ] {
            assert!(!inline(text), "{text}");
        }
    }

    #[test]
    fn documents_are_mappings_of_string_keys() {
        for text in [
            "- a\n",
            "a\n",
            "1: a\n",
            "a: {true: 1}\n",
            "~: 1\n",
            "? [a]\n: 1\n",
        ] {
            let stream = Stream::parse("t.yaml", text.as_bytes()).expect("it parses");
            assert!(read::<()>(&stream).is_err(), "{text}");
        }
        assert_eq!(outline("yes: no\n\"1\": on\n"), "{yes:no 1:on}");
        assert_eq!(
            outline("a: &x {k: 1}\nb: *x\n<<: *x\n"),
            "{a:{k:1} b:{k:1} <<:{k:1}}"
        );
    }
}
