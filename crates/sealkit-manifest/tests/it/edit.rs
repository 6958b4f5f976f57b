//! Edits: what changes is what was meant, everything else stays byte for byte.

use sealkit_manifest::{Change, EditError, New, Path, Position, Scalar, Stream, Target};

fn parse(text: &str) -> Stream {
    Stream::parse("t.yaml", text.as_bytes()).unwrap()
}

/// A target in the first object.
fn at(path: &str) -> Target {
    at_object(0, path)
}

fn at_object(object: usize, path: &str) -> Target {
    // Ids are handed out by streams only; any stream with enough objects will do.
    let many = "apiVersion: v1\nkind: X\n---\n".repeat(4);
    let id = parse(&many).object_ids().nth(object).unwrap();
    Target::new(id, path.parse::<Path>().unwrap())
}

fn set(path: &str, value: impl Into<Scalar>) -> Change {
    Change::Set {
        target: at(path),
        value: value.into(),
    }
}

fn insert(parent: &str, key: &str, value: New, position: Position) -> Change {
    Change::Insert {
        parent: at(parent),
        key: key.to_owned(),
        value,
        at: position,
    }
}

fn remove(path: &str) -> Change {
    Change::Remove { target: at(path) }
}

fn rename(path: &str, key: &str) -> Change {
    Change::Rename {
        target: at(path),
        key: key.to_owned(),
    }
}

fn relocate(path: &str, parent: &str, position: Position) -> Change {
    Change::Move {
        target: at(path),
        parent: at(parent),
        at: position,
        key: None,
    }
}

fn after(key: &str) -> Position {
    Position::After(key.to_owned())
}

fn before(key: &str) -> Position {
    Position::Before(key.to_owned())
}

fn mapping(entries: &[(&str, &str)]) -> New {
    New::Mapping(
        entries
            .iter()
            .map(|(k, v)| ((*k).to_owned(), New::string(*v)))
            .collect(),
    )
}

/// Edits a body under `apiVersion` and `kind`, also as its CRLF and BOM twins.
fn check(body: &str, changes: &[Change], expected: &str) {
    const HEAD: &str = "apiVersion: v1\nkind: X\n";
    let (text, expected) = (format!("{HEAD}{body}"), format!("{HEAD}{expected}"));
    let edited = parse(&text)
        .edit(changes)
        .unwrap_or_else(|error| panic!("{error:?} in\n{text}"));
    assert_eq!(edited.as_str(), expected);
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let edited = parse(&crlf(&text)).edit(changes).unwrap();
    assert_eq!(edited.as_str(), crlf(&expected), "CRLF");
    let bom = |text: &str| format!("\u{feff}{text}");
    let edited = parse(&bom(&text)).edit(changes).unwrap();
    assert_eq!(edited.as_str(), bom(&expected), "BOM");
}

fn check_json(text: &str, changes: &[Change], expected: &str) {
    let edited = parse(text)
        .edit(changes)
        .unwrap_or_else(|error| panic!("{error:?} in\n{text}"));
    assert_eq!(edited.as_str(), expected);
}

fn refused(body: &str, changes: &[Change]) -> EditError {
    parse(&format!("apiVersion: v1\nkind: X\n{body}"))
        .edit(changes)
        .unwrap_err()
}

#[test]
fn sets_keep_quotes_comments_and_alignment() {
    check("a:   x   # c\nb: y\n", &[set("a", "z")], "a:   z   # c\nb: y\n");
    check("a: 'x'\n", &[set("a", "it's")], "a: 'it''s'\n");
    check("a: \"x\" # c\n", &[set("a", "a\nb")], "a: \"a\\nb\" # c\n");
    check("a: x\n", &[set("a", "on")], "a: \"on\"\n");
    check("a: x\n", &[set("a", Scalar::bool(true))], "a: true\n");
    check("a: x\n", &[set("a", Scalar::null())], "a: null\n");
    check(
        "a: {b: x, c: [y, 'z']}\n",
        &[set("a.c[0]", "1, 2"), set("a.b", "q")],
        "a: {b: q, c: [\"1, 2\", 'z']}\n",
    );
    check("a:\n- x\n- y # c\n", &[set("a[1]", "z")], "a:\n- x\n- z # c\n");
    check("a:\n    x\nb: y\n", &[set("a", "z")], "a:\n    z\nb: y\n");
    check("a: one\n  two\nb: y\n", &[set("a", "z")], "a: z\nb: y\n");
    check("a: # c\nb: y\n", &[set("a", "z")], "a: z # c\nb: y\n");
    check("a:\nb: y\n", &[set("a", "z")], "a: z\nb: y\n");
    check("a: !!binary aGk= # c\n", &[set("a", "z")], "a: z # c\n");
    check("a: &x q\n", &[set("a", "z")], "a: &x z\n");
}

#[test]
fn sets_write_several_lines_as_a_literal() {
    check(
        "a: x # c\nb: y\n",
        &[set("a", "p\nq\n")],
        "a: | # c\n  p\n  q\nb: y\n",
    );
    check(
        "a: |\n  x\nb: y\n",
        &[set("a", "p\n\n  q")],
        "a: |-\n  p\n\n    q\nb: y\n",
    );
    check(
        "a: | # c\n    x\n\n# d\nb: y\n",
        &[set("a", "p")],
        "a: p # c\n\n# d\nb: y\n",
    );
    check("a: x\n", &[set("a", "  p\nq\n")], "a: |2\n    p\n  q\n");
    check(
        "a:\n  - x\n",
        &[set("a[0]", "p\nq\n")],
        "a:\n  - |\n    p\n    q\n",
    );
    check(
        "a:\n    b: x\n",
        &[set("a.b", "p\nq\n")],
        "a:\n    b: |\n        p\n        q\n",
    );
    check("a: {b: x}\n", &[set("a.b", "p\nq\n")], "a: {b: \"p\\nq\\n\"}\n");
    check(
        "a: >-\n  x\n  y\nb: z\n",
        &[set("a", "p\nq")],
        "a: |-\n  p\n  q\nb: z\n",
    );
    check("a: x\n", &[set("a", "p\n\n")], "a: |+\n  p\n\n");
    // The blank line behind a value becomes part of it, and is let go again.
    check("a: x\n\nb: z\n", &[set("a", "p\n\n")], "a: |+\n  p\n\nb: z\n");
    check("a: |+\n  p\n\nb: z\n", &[set("a", "x")], "a: x\n\nb: z\n");
}

#[test]
fn inserts_take_their_place_among_the_entries() {
    let new = || New::string("new");
    let body = "a: x # c\n\n# about b\nb: y\n";
    check(
        body,
        &[insert("", "k", new(), Position::Last)],
        "a: x # c\n\n# about b\nb: y\nk: new\n",
    );
    check(
        body,
        &[insert("", "k", new(), before("b"))],
        "a: x # c\n\nk: new\n# about b\nb: y\n",
    );
    check(
        body,
        &[insert("", "k", new(), after("a"))],
        "a: x # c\nk: new\n\n# about b\nb: y\n",
    );
    check(
        "m:\n  a: x\n  # about c\n  c: z\n",
        &[
            insert("m", "b", new(), Position::Sorted),
            insert("m", "d", new(), Position::Sorted),
        ],
        "m:\n  a: x\n  b: new\n  # about c\n  c: z\n  d: new\n",
    );
    check(
        "m:\n  # about a\n  a: x\n",
        &[insert("m", "k", new(), Position::First)],
        "m:\n  k: new\n  # about a\n  a: x\n",
    );
    check(
        "a: x\n",
        &[
            insert("", "p", new(), after("a")),
            insert("", "q", new(), after("a")),
            insert("", "r", new(), after("p")),
        ],
        "a: x\np: new\nr: new\nq: new\n",
    );
    check(
        "m: {}\n",
        &[insert("m", "k", new(), Position::Last)],
        "m:\n  k: new\n",
    );
    check(
        "m: {} # c\n",
        &[insert("m", "k", new(), Position::Last)],
        "m: # c\n  k: new\n",
    );
    check(
        "m:\nb: y\n",
        &[insert("m", "k", new(), Position::Last)],
        "m:\n  k: new\nb: y\n",
    );
    check(
        "m: null # c\n",
        &[insert("m", "k", new(), Position::Last)],
        "m: # c\n  k: new\n",
    );
    check(
        "m: {a: x}\n",
        &[insert("m", "k", new(), Position::Last)],
        "m: {a: x, k: new}\n",
    );
    check(
        "m: {a: x}\n",
        &[insert("m", "k", new(), Position::First)],
        "m: {k: new, a: x}\n",
    );
    check(
        "m: { a: x }\n",
        &[insert("m", "k", new(), Position::First)],
        "m: { k: new, a: x }\n",
    );
    check(
        "m: { a: x }\n",
        &[insert("m", "k", new(), Position::Last)],
        "m: { a: x, k: new }\n",
    );
    check(
        "m: {\n  a: x, # c\n  b: y\n}\n",
        &[insert("m", "k", new(), after("a"))],
        "m: {\n  a: x, # c\n  k: new,\n  b: y\n}\n",
    );
    check(
        "l:\n- a: x\n  b: y\n",
        &[insert("l[0]", "k", new(), Position::First)],
        "l:\n- k: new\n  a: x\n  b: y\n",
    );
    check(
        "a: x\n",
        &[insert(
            "",
            "on",
            New::Mapping(vec![("y".into(), mapping(&[("k", "1")]))]),
            Position::Last,
        )],
        "a: x\n\"on\":\n  \"y\":\n    k: \"1\"\n",
    );
}

#[test]
fn inserts_at_the_end_of_a_file_without_a_final_newline() {
    let edited = parse("apiVersion: v1\nkind: X").edit(&[insert("", "a", New::string("b"), Position::Last)]);
    assert_eq!(edited.unwrap().as_str(), "apiVersion: v1\nkind: X\na: b\n");
}

#[test]
fn sequences_take_items_at_the_end_and_by_index() {
    let append = |path: &str, value| Change::Append {
        sequence: at(path),
        value,
    };
    let item = |path: &str, index, value| Change::InsertItem {
        sequence: at(path),
        index,
        value,
    };
    check("l:\n- a\n", &[append("l", New::string("b"))], "l:\n- a\n- b\n");
    check(
        "l:\n  - a # c\n",
        &[append("l", mapping(&[("k", "v"), ("j", "w")]))],
        "l:\n  - a # c\n  - k: v\n    j: w\n",
    );
    check("l: [a]\n", &[append("l", New::string("b"))], "l: [a, b]\n");
    check(
        "l: []\nm:\n  b: c\n",
        &[append("l", New::string("b"))],
        "l:\n  - b\nm:\n  b: c\n",
    );
    check(
        "l:\n- a\n- b\n",
        &[
            item("l", 1, New::string("new")),
            item("l", 1, New::string("o")),
            item("l", 0, New::string("m")),
        ],
        "l:\n- m\n- a\n- new\n- o\n- b\n",
    );
    check("l:\n- a\n- b # c\n- d\n", &[remove("l[1]")], "l:\n- a\n- d\n");
    check("l:\n- a\n", &[remove("l[0]")], "l: []\n");
    check("l:\n- - a\n  - b\n", &[remove("l[0][0]")], "l:\n- - b\n");
    check(
        "l:\n- a\n- b\n- c\n",
        &[remove("l[0]"), set("l[2]", "z")],
        "l:\n- b\n- z\n",
    );
}

#[test]
fn removals_keep_comments_on_lines_of_their_own() {
    check(
        "a: x\n# about b\nb: y # c\nd: z\n",
        &[remove("b")],
        "a: x\n# about b\nd: z\n",
    );
    check("a: x\n\nb: y\n\nd: z\n", &[remove("b")], "a: x\n\nd: z\n");
    check("m:\n  a: x\n", &[remove("m.a")], "m: {}\n");
    check("m: # c\n  a: x\nb: y\n", &[remove("m.a")], "m: {} # c\nb: y\n");
    check(
        "m: &m\n  # c\n  a: x\nb: y\n",
        &[remove("m.a")],
        "m: &m {}\n  # c\nb: y\n",
    );
    check(
        "m:\n  a: |+\n    x\n\n  b: y\n\nc: z\n",
        &[remove("m.b")],
        "m:\n  a: |+\n    x\n\nc: z\n",
    );
    check(
        "l:\n- a: x\n  # c\n  b: y\n",
        &[remove("l[0].a")],
        "l:\n- # c\n  b: y\n",
    );
    check("l:\n- a: x\n  b: y\n", &[remove("l[0].a")], "l:\n- b: y\n");
    check("l:\n- a: x\n", &[remove("l[0].a")], "l:\n- {}\n");
    check("m: {a: x, b: y, c: z}\n", &[remove("m.b")], "m: {a: x, c: z}\n");
    check("m: {a: x, b: y, c: z}\n", &[remove("m.a")], "m: {b: y, c: z}\n");
    check("m: {a: x, b: y, c: z}\n", &[remove("m.c")], "m: {a: x, b: y}\n");
    check("m: {a: x}\n", &[remove("m.a")], "m: {}\n");
    check(
        "m: {\n  a: x,\n  b: y,\n  c: z\n  }\n",
        &[remove("m.c"), remove("m.a")],
        "m: {\n  b: y\n  }\n",
    );
    check("m: {a: x}\nb: y\n", &[remove("m")], "b: y\n");
}

#[test]
fn renames_touch_the_key_only() {
    check("a:   x # c\n", &[rename("a", "b")], "b:   x # c\n");
    check("\"a\": x\n", &[rename("a", "on")], "\"on\": x\n");
    check(
        "m: {a: x, b: [y]}\n",
        &[rename("m.b", "c d")],
        "m: {a: x, c d: [y]}\n",
    );
    check(
        "m:\n  # c\n  a:\n    b: x\n",
        &[rename("m.a", "z"), set("m.a.b", "w")],
        "m:\n  # c\n  z:\n    b: w\n",
    );
}

#[test]
fn moves_carry_comments_and_indentation() {
    check(
        "s:\n  # about a\n  a: x # c\n  b: |\n    p\n\n     q\n  c: 'one\n    two'\nt:\n    u: v\n",
        &[
            relocate("s.a", "t", Position::Last),
            relocate("s.b", "t", Position::Last),
            relocate("s.c", "t", Position::First),
        ],
        "s: {}\nt:\n    c: 'one\n      two'\n    u: v\n    # about a\n    a: x # c\n    b: |\n      p\n\n       q\n",
    );
    check(
        "s:\n  a: x\n  b: y\nt: z\n",
        &[relocate("s.a", "", after("t"))],
        "s:\n  b: y\nt: z\na: x\n",
    );
    check(
        "a: x\nb: y\nc: z\n",
        &[relocate("a", "", Position::Last)],
        "b: y\nc: z\na: x\n",
    );
    check(
        "s: {a: x, b: [1, 2]}\nt:\n  u: v\n",
        &[
            relocate("s.b", "t", Position::First),
            relocate("s.a", "", Position::Last),
            remove("s"),
        ],
        "t:\n  b: [1, 2]\n  u: v\na: x\n",
    );
    check(
        "s:\n  a: 'x, y'\n  b: on\nt: {u: v}\n",
        &[
            relocate("s.b", "t", Position::Last),
            relocate("s.a", "t", Position::Last),
        ],
        "s: {}\nt: {u: v, b: on, a: 'x, y'}\n",
    );
}

#[test]
fn neighbours_take_along_what_stands_between_them() {
    check(
        "s:\n  # first\n  a: x\n\n  # section\n\n  # second\n  b: y\n\n  # rest\nt: z\n",
        &[
            insert("", "spec", New::Mapping(vec![]), after("s")),
            insert("spec", "d", New::Mapping(vec![]), Position::Last),
            relocate("s.a", "spec.d", Position::Last),
            relocate("s.b", "spec.d", Position::Last),
            remove("s"),
        ],
        "spec:\n  d:\n    # first\n    a: x\n\n    # section\n\n    # second\n    b: y\n\n    # rest\nt: z\n",
    );
}

#[test]
fn seals_the_example_of_the_format_page() {
    let secret = "# Database credentials\napiVersion: v1\nkind: Secret\nmetadata: {name: database, namespace: shop, labels: {app: shop}}\ntype: Opaque\nstringData:\n  # rotate yearly\n  password: hunter2   # ask Ann\n";
    let changes = [
        set("apiVersion", "sealkit.dev/v1alpha1"),
        set("kind", "EncryptedSecret"),
        insert(
            "",
            "spec",
            New::Mapping(vec![("scope".into(), New::string("strict"))]),
            after("stringData"),
        ),
        insert("spec", "encryptedData", New::Mapping(vec![]), Position::Last),
        relocate("stringData.password", "spec.encryptedData", Position::Last),
        set("stringData.password", "k5w2xq7da:AAAA"),
        remove("stringData"),
        insert(
            "spec",
            "template",
            New::Mapping(vec![(
                "metadata".into(),
                New::Mapping(vec![("labels".into(), mapping(&[("app", "shop")]))]),
            )]),
            Position::Last,
        ),
        relocate("type", "spec.template", Position::First),
    ];
    let sealed = "# Database credentials\napiVersion: sealkit.dev/v1alpha1\nkind: EncryptedSecret\nmetadata: {name: database, namespace: shop, labels: {app: shop}}\nspec:\n  scope: strict\n  encryptedData:\n    # rotate yearly\n    password: k5w2xq7da:AAAA   # ask Ann\n  template:\n    type: Opaque\n    metadata:\n      labels:\n        app: shop\n";
    let edited = parse(secret).edit(&changes).unwrap();
    assert_eq!(edited.as_str(), sealed);
    let back = [
        set("apiVersion", "v1"),
        set("kind", "Secret"),
        relocate("spec.template.type", "", after("metadata")),
        Change::Move {
            target: at("spec.encryptedData"),
            parent: at(""),
            at: after("spec"),
            key: Some("stringData".into()),
        },
        set("spec.encryptedData.password", "hunter2"),
        remove("spec"),
    ];
    assert_eq!(edited.edit(&back).unwrap().as_str(), secret);
}

#[test]
fn edits_json_in_its_own_layout() {
    let pretty = "{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"Secret\",\n    \"data\": {\n        \"a\": \"YQ==\",\n        \"b\": \"Yg==\"\n    },\n    \"type\": \"Opaque\"\n}\n";
    check_json(
        pretty,
        &[
            insert(
                "",
                "spec",
                New::Mapping(vec![("encryptedData".into(), New::Mapping(vec![]))]),
                after("data"),
            ),
            relocate("data.a", "spec.encryptedData", Position::Last),
            relocate("data.b", "spec.encryptedData", Position::Last),
            set("data.b", "on\n"),
            remove("data"),
        ],
        "{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"Secret\",\n    \"spec\": {\n        \"encryptedData\": {\n            \"a\": \"YQ==\",\n            \"b\": \"on\\n\"\n        }\n    },\n    \"type\": \"Opaque\"\n}\n",
    );
    check_json(
        pretty,
        &[remove("data.a"), remove("data.b"), remove("type")],
        "{\n    \"apiVersion\": \"v1\",\n    \"kind\": \"Secret\",\n    \"data\": {}\n}\n",
    );
    check_json(
        "{\"apiVersion\":\"v1\",\"kind\":\"X\",\"data\":{\"a\":\"b\"}}",
        &[
            insert("data", "c", mapping(&[("d", "e"), ("f", "g")]), Position::Last),
            set("data.a", Scalar::int(3)),
        ],
        "{\"apiVersion\":\"v1\",\"kind\":\"X\",\"data\":{\"a\":3,\"c\":{\"d\":\"e\",\"f\":\"g\"}}}",
    );
    check_json(
        "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"X\",\n\t\"s\": {\n\t\t\"l\": [\n\t\t\t1\n\t\t]\n\t},\n\t\"t\": {}\n}",
        &[
            relocate("s.l", "t", Position::Last),
            Change::Append {
                sequence: at("s.l"),
                value: New::string("x"),
            },
            relocate("s", "t", Position::First),
        ],
        "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"X\",\n\t\"t\": {\n\t\t\"s\": {},\n\t\t\"l\": [\n\t\t\t1,\n\t\t\t\"x\"\n\t\t]\n\t}\n}",
    );
}

#[test]
fn a_key_renamed_in_braces_keeps_its_quotes() {
    let rest = "---\napiVersion: v1\nkind: X\n";
    let rename = |to: &str| Change::Rename {
        target: at("data"),
        key: to.into(),
    };
    for (before, after) in [
        (r#""data":{"a":"b"}"#, r#""sealed":{"a":"b"}"#),
        ("'data':[1]", "\"sealed\":[1]"),
        ("data: {a: b}", "sealed: {a: b}"),
    ] {
        let text = |entry: &str| format!("{{\"apiVersion\":\"v1\",\"kind\":\"X\",{entry}}}\n{rest}");
        let edited = parse(&text(before)).edit(&[rename("sealed")]).unwrap();
        assert_eq!(edited.as_str(), text(after));
    }
}

#[test]
fn concatenated_json_and_documents_and_lists_are_edited_by_object() {
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"X\", \"a\": 1}\n{\"apiVersion\": \"v1\", \"kind\": \"X\", \"a\": 1}";
    let changes = [Change::Set {
        target: at_object(1, "a"),
        value: "z".into(),
    }];
    check_json(
        json,
        &changes,
        "{\"apiVersion\": \"v1\", \"kind\": \"X\", \"a\": 1}\n{\"apiVersion\": \"v1\", \"kind\": \"X\", \"a\": \"z\"}",
    );
    let list = "apiVersion: v1\nkind: List\nitems:\n# one\n- apiVersion: v1\n  kind: X\n  a: 1\n# two\n- kind: X\n  apiVersion: v1\n  a: 1\n";
    let changes = [
        Change::Set {
            target: at_object(1, "a"),
            value: "z".into(),
        },
        Change::Remove {
            target: at_object(1, "kind"),
        },
        Change::Remove {
            target: at_object(0, "a"),
        },
    ];
    check_json(
        list,
        &changes[..1],
        "apiVersion: v1\nkind: List\nitems:\n# one\n- apiVersion: v1\n  kind: X\n  a: 1\n# two\n- kind: X\n  apiVersion: v1\n  a: z\n",
    );
    check_json(
        list,
        &changes,
        "apiVersion: v1\nkind: List\nitems:\n# one\n- apiVersion: v1\n  kind: X\n# two\n- apiVersion: v1\n  a: z\n",
    );
}

#[test]
fn refuses_what_it_cannot_do_safely() {
    let place = |error: &EditError| error.place().unwrap().to_string();
    let error = refused("a: &x s\nb: *x\n", &[set("b", "z")]);
    assert!(matches!(error, EditError::Alias { .. }), "{error:?}");
    assert_eq!(place(&error), "t.yaml:4:4");
    let error = refused("a: &x s\nb: *x\n", &[set("a", "z")]);
    assert!(matches!(error, EditError::AnchorInUse { .. }), "{error:?}");
    assert_eq!(place(&error), "t.yaml:3:7");
    assert!(matches!(
        refused("a: &x s\nb: *x\n", &[remove("a")]),
        EditError::AnchorInUse { .. }
    ));
    assert!(matches!(
        refused("a: &x {c: d}\nb: *x\n", &[set("a.c", "z")]),
        EditError::AnchorInUse { .. }
    ));
    assert!(matches!(
        refused("a: &x {c: d}\nb: *x\n", &[set("b.c", "z")]),
        EditError::Alias { .. }
    ));
    assert!(matches!(
        refused("? a\n: b\n", &[set("a", "z")]),
        EditError::ComplexKey { .. }
    ));
    assert!(matches!(
        refused("a: b\n", &[set("z", "z")]),
        EditError::NotFound { .. }
    ));
    assert!(matches!(
        refused("a: {b: c}\n", &[set("a", "z")]),
        EditError::WrongKind { .. }
    ));
    assert!(matches!(
        refused("a: b\n", &[insert("", "a", New::string("z"), Position::Last)]),
        EditError::KeyExists { .. }
    ));
    assert!(matches!(
        refused("a: {b: {}}\n", &[relocate("a", "a.b", Position::Last)]),
        EditError::Misplaced { .. }
    ));
    assert!(matches!(
        refused("a: b\n", &[remove("")]),
        EditError::Misplaced { .. }
    ));
    assert!(matches!(
        refused(
            "s:\n  # c\n  a: b\nt: {u: v}\n",
            &[relocate("s.a", "t", Position::Last)]
        ),
        EditError::CommentIntoFlow { .. }
    ));
    assert!(matches!(
        refused("a: &x s\nb: *x\n", &[relocate("a", "", Position::Last)]),
        EditError::Mismatch { .. }
    ));
    assert!(matches!(
        refused("a: \"b\rc\"\n", &[]),
        EditError::LoneCarriageReturn { .. }
    ));
}

#[test]
fn removing_an_alias_or_an_anchor_with_its_alias_is_fine() {
    check("a: &x s\nb: *x\n", &[remove("b")], "a: &x s\n");
    check("a: &x s\nb: *x\n", &[remove("a"), remove("b")], "");
    check("a: &x {c: d}\n", &[set("a.c", "z")], "a: &x {c: z}\n");
}

#[test]
fn a_line_keeps_its_own_break_where_a_file_mixes_them() {
    let text = "# one\n---\r\napiVersion: v1\r\nkind: Secret   # why\r\na: |\n  x\r\nb: c\r\n";
    let stream = parse(text);
    let object = stream.objects().next().unwrap();
    let set = |key: &str, value: &str| Change::Set {
        target: Target::new(object.id(), Path::keys([key])),
        value: value.into(),
    };
    let edited = stream.edit(&[set("kind", ""), set("a", "z")]).unwrap();
    assert_eq!(
        edited.as_str(),
        "# one\n---\r\napiVersion: v1\r\nkind: \"\"   # why\r\na: z\r\nb: c\r\n"
    );
}

#[test]
fn a_set_takes_the_tag_and_keeps_the_anchor() {
    let stream = parse("apiVersion: v1\nkind: Secret\na: &x !!int 5 # five\n");
    let object = stream.objects().next().unwrap();
    let target = Target::new(object.id(), Path::keys(["a"]));
    let edited = stream
        .edit(&[Change::Set {
            target,
            value: "six".into(),
        }])
        .unwrap();
    assert_eq!(
        edited.as_str(),
        "apiVersion: v1\nkind: Secret\na: &x six # five\n"
    );
}
