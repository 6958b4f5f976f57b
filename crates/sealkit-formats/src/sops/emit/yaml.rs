//! The structure of a YAML file in the peer's layout: mappings, lists, and which comment belongs to which node.
//!
//! Source: `appendTreeBranch` and `appendSequence` in `stores/yaml/store.go` of getsops/sops 3.13.3.

mod comments;
mod size;

use zeroize::Zeroizing;

use self::comments::{Around, Comments, trailing};
use self::size::size;
use super::scalar::Scalar;
use super::writer::{Writer, wait};
use crate::sops::tree::{Item, Mapping, Node};

/// Columns for each level of nesting: 2 to 9. What lies outside is 2, as in the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indent(usize);

impl Indent {
    /// A number of columns; nothing for a negative number.
    pub fn new(columns: i64) -> Option<Self> {
        match usize::try_from(columns).ok()? {
            0 => Some(Self::default()),
            columns @ 2..=9 => Some(Self(columns)),
            _ => Some(Self(2)),
        }
    }
}

impl Default for Indent {
    fn default() -> Self {
        Self(4)
    }
}

/// Prints documents, with `---` between them.
pub fn yaml(documents: &[Mapping], indent: Indent) -> Zeroizing<Vec<u8>> {
    let size = documents.iter().map(|document| size(document, 0)).sum();
    let mut printer = Printer {
        writer: Writer::new(size),
        step: indent.0,
    };
    for (at, document) in documents.iter().enumerate() {
        if at > 0 {
            printer.writer.separate();
        }
        let comments = Comments::default();
        printer.open(&Around::Mapping(document), &comments);
        printer.writer.head_comment(0);
        printer.writer.line_comment(0);
        printer.writer.foot_comment(0);
        printer.mapping(document, 0, &comments);
        printer.writer.end_document();
    }
    printer.writer.finish()
}

/// Prints one value, as `--extract` shows it.
pub fn value(node: &Node) -> Zeroizing<Vec<u8>> {
    let mut printer = Printer {
        writer: Writer::new(64),
        step: Indent::default().0,
    };
    let comments = Comments::default();
    match node {
        Node::Mapping(mapping) => return yaml(std::slice::from_ref(mapping), Indent::default()),
        Node::List(nodes) => {
            printer.open(&Around::List(nodes), &comments);
            printer.writer.head_comment(0);
            printer.list(nodes, 0, &comments);
        }
        Node::Leaf(leaf) => {
            let scalar = Scalar::of(&leaf.value);
            printer.writer.scalar(&scalar, scalar.style, 4, 0);
        }
        Node::Comment(comment) => {
            wait(&mut printer.writer.waiting.head, &format!("#{}", *comment.text));
            printer.writer.head_comment(0);
        }
    }
    printer.writer.end_document();
    printer.writer.finish()
}

struct Printer {
    writer: Writer,
    step: usize,
}

impl Printer {
    /// The comments before a collection's first element become its head; in one without elements, all of them do.
    fn open(&mut self, around: &Around<'_>, given: &Comments) {
        wait(&mut self.writer.waiting.head, &given.head);
        wait(&mut self.writer.waiting.head, &around.head());
    }

    fn mapping(&mut self, mapping: &Mapping, indent: usize, given: &Comments) {
        if mapping.entries().next().is_none() {
            return self.empty('{', '}', indent, given);
        }
        let mut comments = Comments::default();
        let mut is_first = true;
        for item in &mapping.0 {
            match item {
                Item::Comment(comment) => comments.take(comment, is_first),
                Item::Entry(key, node) => {
                    is_first = false;
                    self.entry(key, node, indent, &mut comments);
                }
            }
        }
        comments.leave();
        wait(&mut self.writer.waiting.tail, &comments.head);
        self.close(given);
        self.writer.head_comment(indent);
    }

    fn entry(&mut self, key: &str, node: &Node, indent: usize, comments: &mut Comments) {
        wait(&mut self.writer.waiting.head, &std::mem::take(&mut comments.head));
        self.writer.head_comment(indent);
        self.writer.indent(indent);
        let line = std::mem::take(&mut self.writer.waiting.line);
        wait(&mut self.writer.waiting.key_line, &line);
        if key == "<<" {
            // Without quotes, so that readers go on merging.
            self.writer.word("!!merge <<", true, false);
            self.writer.word(":", false, false);
        } else {
            self.key(key, indent);
        }
        let line = Comments {
            line: std::mem::take(&mut comments.line),
            ..Comments::default()
        };
        match node {
            Node::Leaf(leaf) => {
                wait(&mut self.writer.waiting.line, &line.line);
                if self.writer.waiting.line.is_empty() {
                    self.writer.waiting.line = std::mem::take(&mut self.writer.waiting.key_line);
                }
                let scalar = Scalar::of(&leaf.value);
                self.writer
                    .scalar(&scalar, scalar.style, self.deeper(indent), indent);
                self.after(indent);
            }
            Node::Mapping(inner) => {
                self.open(&Around::Mapping(inner), &line);
                self.key_line(indent);
                self.after(indent);
                self.mapping(inner, self.deeper(indent), &line);
            }
            Node::List(nodes) => {
                self.open(&Around::List(nodes), &line);
                self.key_line(indent);
                self.after(indent);
                self.list(nodes, self.deeper(indent), &line);
            }
            Node::Comment(_) => {}
        }
    }

    /// A key and its colon.
    fn key(&mut self, key: &str, indent: usize) {
        let key = Scalar::string(key);
        if !key.multiline && key.text.len() <= 128 {
            self.writer.scalar(&key, key.on_one_line(), indent, indent);
            self.writer.word(":", false, false);
        } else {
            self.writer.indicator('?');
            self.writer.scalar(&key, key.style, self.deeper(indent), indent);
            self.writer.indent(indent);
            self.writer.indicator(':');
        }
    }

    /// A line comment of a key goes behind the colon when a collection follows.
    fn key_line(&mut self, indent: usize) {
        if !self.writer.waiting.key_line.is_empty() {
            let (key, line) = (
                std::mem::take(&mut self.writer.waiting.key_line),
                std::mem::take(&mut self.writer.waiting.line),
            );
            self.writer.waiting.line = key;
            self.writer.line_comment(indent);
            self.writer.waiting.line = line;
        }
    }

    fn list(&mut self, nodes: &[Node], indent: usize, given: &Comments) {
        if nodes.iter().all(|node| matches!(node, Node::Comment(_))) {
            return self.empty('[', ']', indent, given);
        }
        let last = nodes
            .iter()
            .rposition(|node| !matches!(node, Node::Comment(_)))
            .unwrap_or(0);
        let mut comments = Comments::default();
        let mut is_first = true;
        for (at, node) in nodes.iter().enumerate() {
            if at > last {
                break;
            }
            match node {
                Node::Comment(comment) => comments.take(comment, is_first),
                _ => {
                    is_first = false;
                    if at == last {
                        comments.foot = trailing(&nodes[last + 1..]);
                    }
                    let mine = std::mem::take(&mut comments);
                    self.item(node, indent, &mine);
                }
            }
        }
        self.close(given);
    }

    fn item(&mut self, node: &Node, indent: usize, comments: &Comments) {
        let dash = |printer: &mut Self| {
            printer.writer.head_comment(indent);
            printer.writer.indent(indent);
            printer.writer.indicator('-');
        };
        match node {
            Node::Leaf(leaf) => {
                wait(&mut self.writer.waiting.head, &comments.head);
                self.close(comments);
                dash(self);
                let scalar = Scalar::of(&leaf.value);
                self.writer.scalar(&scalar, scalar.style, indent + 2, indent);
                self.after(indent);
            }
            Node::Mapping(mapping) => {
                self.open(&Around::Mapping(mapping), comments);
                dash(self);
                self.after(indent);
                self.mapping(mapping, indent + 2, comments);
            }
            Node::List(nodes) => {
                self.open(&Around::List(nodes), comments);
                dash(self);
                self.after(indent);
                self.list(nodes, indent + 2, comments);
            }
            Node::Comment(_) => {}
        }
    }

    /// A collection without elements. Comments in a mapping stand between its braces; those of a list wait.
    fn empty(&mut self, open: char, close: char, indent: usize, given: &Comments) {
        self.writer.word(open.encode_utf8(&mut [0; 4]), true, true);
        self.close(given);
        if open == '{' {
            self.writer.head_comment(indent);
        }
        self.writer.word(close.encode_utf8(&mut [0; 4]), false, false);
        self.after(indent);
    }

    /// The end of a node: its line and foot comments may be written from here on.
    fn close(&mut self, given: &Comments) {
        wait(&mut self.writer.waiting.line, &given.line);
        wait(&mut self.writer.waiting.foot, &given.foot);
    }

    fn after(&mut self, indent: usize) {
        self.writer.line_comment(indent);
        self.writer.foot_comment(indent);
    }

    /// The next multiple of the step.
    fn deeper(&self, indent: usize) -> usize {
        self.step * ((indent + self.step) / self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sops::tree::Comment;
    use crate::sops::value::Value;

    fn comment(text: &str, inline: bool) -> Comment {
        Comment {
            text: Zeroizing::new(text.to_owned()),
            inline,
            at: (),
        }
    }

    fn entry(key: &str, node: Node) -> Item {
        Item::Entry(key.to_owned(), node)
    }

    fn printed(items: Vec<Item>) -> String {
        let bytes = yaml(&[Mapping(items)], Indent::default());
        String::from_utf8(bytes.to_vec()).expect("YAML is text")
    }

    #[test]
    fn lays_out_nested_collections_as_the_peer_does() {
        let inner = Mapping(vec![
            entry("k", Node::string("v")),
            entry("l", Node::List(vec![Node::string("x")])),
        ]);
        let text = printed(vec![
            entry("a", Node::Mapping(inner.clone())),
            entry(
                "b",
                Node::List(vec![Node::Mapping(inner), Node::List(vec![Node::string("y")])]),
            ),
            entry("e", Node::Mapping(Mapping(vec![]))),
            entry("f", Node::List(vec![])),
            entry("m", Node::string("one\ntwo\n")),
            entry("n", Node::leaf(Value::Null)),
        ]);
        let expected = "a:\n    k: v\n    l:\n        - x\nb:\n    - k: v\n      l:\n        - x\n    - - \"y\"\ne: {}\nf: []\n\
                        m: |\n    one\n    two\n\"n\": null\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn puts_comments_where_the_peer_puts_them() {
        let text = printed(vec![
            Item::Comment(comment(" top", false)),
            entry("a", Node::string("1")),
            Item::Comment(comment(" in", true)),
            entry("b", Node::string("two")),
            Item::Comment(comment(" head", false)),
            entry(
                "c",
                Node::Mapping(Mapping(vec![
                    Item::Comment(comment(" first", false)),
                    entry("d", Node::string("x")),
                    Item::Comment(comment(" last", false)),
                ])),
            ),
            entry(
                "l",
                Node::List(vec![
                    Node::Comment(comment(" item", false)),
                    Node::string("x"),
                    Node::Comment(comment(" foot", false)),
                ]),
            ),
            Item::Comment(comment(" end", false)),
        ]);
        let expected = "# top\na: \"1\"\nb: two # in\n# head\nc:\n    # first\n    d: x\n    # last\nl:\n    # item\n    - x\n    \
                        # foot\n# end\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn separates_documents() {
        let document = Mapping(vec![entry("a", Node::string("b"))]);
        let text = yaml(&[document.clone(), document], Indent::default());
        assert_eq!(&**text, b"a: b\n---\na: b\n");
    }
}
