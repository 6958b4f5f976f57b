//! Vectors for what the page leaves open and the library refuses: where it is silent, the reading that refuses more.

use super::{
    doc::{Case, Doc, Expect},
    people::People,
    valid::plain,
};

pub(crate) fn cases(people: &People) -> Vec<Case> {
    let doc = |name: &str| plain(name, Doc::new(), &[&people.alice]);
    let mut cases = Vec::new();
    let mut add = |name: &'static str, note: &'static str, word: &'static str, at: &str, doc: Doc| {
        let expect = Expect::Refused(word, at.to_owned(), 0);
        cases.push(Case {
            name,
            randomised: false,
            identities: vec!["alice"],
            expect,
            note,
            doc,
        });
    };

    let name = "scope-unknown";
    let unknown = Doc {
        scope: Some("Strict".to_owned()),
        ..doc(name)
    };
    add(
        name,
        "scopes are written in exactly one way",
        "malformed",
        "Strict",
        unknown,
    );

    let name = "scope-null";
    let null = Doc {
        scope: Some("~".to_owned()),
        ..doc(name)
    };
    add(
        name,
        "an absent scope means strict, an empty one means nothing",
        "malformed",
        "~",
        null,
    );

    let name = "namespace-missing";
    let missing = Doc {
        namespace: None,
        ..doc(name)
    };
    add(
        name,
        "strict scope needs a namespace",
        "malformed",
        "name: database",
        missing,
    );

    let name = "namespace-empty";
    let empty = Doc {
        namespace: Some("\"\"".to_owned()),
        ..doc(name)
    };
    add(
        name,
        "an empty namespace is none",
        "malformed",
        "name: database",
        empty,
    );

    let name = "namespace-grammar";
    let grammar = Doc {
        namespace: Some("Shop".to_owned()),
        ..doc(name)
    };
    add(
        name,
        "not a namespace that Kubernetes accepts",
        "malformed",
        "Shop",
        grammar,
    );

    let name = "name-grammar";
    let grammar = Doc {
        name: "data/base".to_owned(),
        ..doc(name)
    };
    add(
        name,
        "not a name that Kubernetes accepts",
        "malformed",
        "data/base",
        grammar,
    );

    let name = "name-generated";
    let mut generated = doc(name);
    generated.name = "~".to_owned();
    generated.metadata = "  generateName: database-\n".to_owned();
    add(
        name,
        "a generated name is no name",
        "malformed",
        "name: ~",
        generated,
    );

    let name = "item-key-grammar";
    let mut grammar = doc(name);
    grammar.items[0].0 = "..password".to_owned();
    let at = grammar.items[0].1.clone();
    add(
        name,
        "not an item key that Kubernetes accepts",
        "malformed",
        &at,
        grammar,
    );

    let name = "item-key-boolean";
    let mut boolean = doc(name);
    boolean.items[0].0 = "on".to_owned();
    let at = boolean.items[0].1.clone();
    add(
        name,
        "kubectl reads the unquoted key as `true`",
        "malformed",
        &at,
        boolean,
    );

    let name = "item-not-a-string";
    let mut null = doc(name);
    null.items[0].1 = "~".to_owned();
    add(name, "a value is a string", "malformed", "~", null);

    let name = "wrapped-none";
    let mut nobody = doc(name);
    nobody.keys[0].wrapped.clear();
    add(
        name,
        "a data key without a recipient opens for nobody",
        "malformed",
        "[]",
        nobody,
    );

    let name = "wrapped-key-empty";
    let mut empty = doc(name);
    empty.keys[0].wrapped[0].1 = "\"\"".to_owned();
    add(name, "a wrapped key of no bytes", "malformed", "\"\"", empty);

    let name = "recipient-long";
    let mut long = doc(name);
    let recipient = "a".repeat(129);
    long.keys[0].wrapped[0].0.clone_from(&recipient);
    add(
        name,
        "recipients longer than 128 characters are named by digest",
        "malformed",
        &recipient,
        long,
    );

    let name = "id-upper-case";
    let mut upper = doc(name);
    upper.keys[0].id = upper.keys[0].id.to_uppercase();
    let at = upper.keys[0].id.clone();
    add(name, "ids are lower case", "malformed", &at, upper);

    let name = "spec-unknown-field";
    let mut unknown = doc(name);
    unknown.spec = "  encryptedDate: {}\n".to_owned();
    add(
        name,
        "a field that version 1 does not have",
        "malformed",
        "{}",
        unknown,
    );

    let name = "spec-missing-items";
    let mut missing = doc(name);
    missing.items.clear();
    missing.items_field = false;
    add(
        name,
        "encryptedData has to be there, even if it is empty",
        "malformed",
        "scope: strict",
        missing,
    );

    let name = "template-unknown-field";
    let mut unknown = doc(name);
    unknown.spec = "  template:\n    metadata: {namespace: other}\n".to_owned();
    add(
        name,
        "a template gives labels and annotations, not another namespace",
        "malformed",
        "other",
        unknown,
    );

    let name = "template-label-not-a-string";
    let mut label = doc(name);
    label.spec = "  template:\n    metadata: {labels: {on: true}}\n".to_owned();
    add(name, "labels are strings", "malformed", "true", label);

    let name = "top-level-unknown-field";
    let mut unknown = doc(name);
    unknown.top = "stringdata: {new: value}\n".to_owned();
    add(
        name,
        "a misspelt field would keep its plaintext in the open",
        "malformed",
        "{new",
        unknown,
    );

    let name = "unsealed-plaintext";
    let mut added = doc(name);
    added.top = "stringData: {new: value}\n".to_owned();
    add(
        name,
        "plaintext waits to be sealed: opening would choose between two Secrets",
        "unsealed",
        "value}",
        added,
    );

    cases
}
