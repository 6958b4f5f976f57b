//! What several targets do with an input. Knows which promises hold for every accepted file; the targets choose the input.

use sealkit_manifest::{Node, NodeKind, Stream};

/// Parses and walks a whole file, and asserts what must hold for every accepted one.
pub fn read_everything(name: &str, bytes: &[u8]) {
    let stream = match Stream::parse(name, bytes) {
        Ok(stream) => stream,
        Err(error) => return explain(&error, error.why(), error.hint()),
    };
    assert_eq!(
        stream.as_str().as_bytes(),
        bytes,
        "print after parse is the identity"
    );
    let mut visits = 0;
    for document in stream.documents() {
        visit(&document, &mut visits);
    }
    for object in stream.objects() {
        let _ = (
            object.api_version(),
            object.kind(),
            object.name(),
            object.namespace(),
        );
        let _ = object.root().value().map(|value| value.to_json());
        assert!(stream.object(object.id()).place() == object.place());
    }
}

/// Renders an error the way an adapter would: a message that panics is no message.
pub fn explain(what: &dyn std::error::Error, why: Option<String>, hint: Option<String>) {
    assert!(!what.to_string().is_empty());
    let _ = (why, hint, format!("{what:?}"));
}

fn visit(node: &Node<'_>, visits: &mut usize) {
    // aliases let a small file describe a tree without end; every node of the text is visited well before this
    *visits += 1;
    if *visits > 10_000 {
        return;
    }
    let _ = (
        node.place(),
        node.raw(),
        node.style(),
        node.tag(),
        node.as_str(),
        node.as_bool(),
        node.path(),
    );
    match node.kind() {
        NodeKind::Mapping => node.raw_entries().for_each(|(key, value)| {
            visit(&key, visits);
            visit(&value, visits);
        }),
        NodeKind::Sequence => node.items().for_each(|item| visit(&item, visits)),
        _ => {}
    }
}
