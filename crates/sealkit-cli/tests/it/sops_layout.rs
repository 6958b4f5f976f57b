//! One value of a SOPS file is changed, by `set` and by `edit`, in a hundred files that people formatted by hand: nothing
//! else may change but the code and the date. `--nocapture` prints how many lines did.

use std::fmt::Write as _;

use sealkit::manifest::{Node, NodeKind, Stream, Style};

use crate::scene::{Scene, public};

/// What stands in the place of the value afterwards.
const NEW: &str = "changed-by-hand";

#[test]
fn one_changed_value_changes_nothing_else_in_a_hundred_files() {
    let scene = Scene::new();
    let mut table = String::from("file                             lines  by set  by edit\n");
    let files = files();
    assert!(files.len() >= 100, "{} files", files.len());
    let (mut set_total, mut edit_total) = (0, 0);
    for (name, text) in &files {
        let (path, value) = target(text).unwrap_or_else(|| panic!("{name} has a value to change"));
        let seal = [
            "seal",
            "-i",
            "--format",
            "sops",
            "--recipient",
            &public("alice"),
            name,
        ];
        scene.write(name, text);
        let said = scene.sealkit(&seal);
        assert_eq!(said.code, 0, "{name}: {}", said.err);
        let sealed = scene.read(name);
        let plain = scene.sealkit(&["open", name]).out;

        let said = scene.pipe(&["set", name, &path], NEW.as_bytes());
        assert_eq!(said.code, 0, "{name} {path}: {}", said.err);
        let by_set = differing(name, &sealed, &scene.read(name));
        let changed = scene.sealkit(&["open", name]).out;
        assert_only_the_value(name, &plain, &changed, &value);

        scene.write(name, &sealed);
        let mut edit = scene.command(crate::scene::SEALKIT);
        scene.write("changed.text", &changed);
        edit.args(["edit", name])
            .env("EDITOR", format!("cp {}; :", scene.at("changed.text").display()));
        let edit = edit.env("EDITOR", copying(&scene)).output().unwrap();
        assert!(
            edit.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&edit.stderr)
        );
        let by_edit = differing(name, &sealed, &scene.read(name));
        assert_eq!(scene.sealkit(&["open", name]).out, changed, "{name}");

        set_total += by_set;
        edit_total += by_edit;
        writeln!(
            table,
            "{name:<32} {:>5} {by_set:>7} {by_edit:>8}",
            sealed.lines().count()
        )
        .unwrap();
    }
    writeln!(
        table,
        "{} files: {set_total} lines by set, {edit_total} by edit",
        files.len()
    )
    .unwrap();
    show(&table);
}

/// An editor that leaves the text that `set` led to.
fn copying(scene: &Scene) -> String {
    format!("cp '{}'", scene.at("changed.text").display())
}

#[allow(clippy::print_stdout, reason = "the figures are what the test is for")]
fn show(table: &str) {
    println!("{table}");
}

/// How many lines differ, after it was made sure that they are the value's, the code's and the date's.
fn differing(name: &str, before: &str, after: &str) -> usize {
    let (old, new): (Vec<_>, Vec<_>) = (before.split('\n').collect(), after.split('\n').collect());
    assert_eq!(old.len(), new.len(), "{name}: lines came or went");
    let pairs = old.iter().zip(&new).filter(|(old, new)| old != new);
    let mut tokens = 0;
    let mut lines = 0;
    for (old, new) in pairs {
        lines += 1;
        let (old_tokens, old_rest) = apart(old);
        let (new_tokens, new_rest) = apart(new);
        assert_eq!(old_rest, new_rest, "{name}: more than tokens changed in a line");
        assert_eq!(old_tokens.len(), new_tokens.len(), "{name}");
        tokens += old_tokens
            .iter()
            .zip(&new_tokens)
            .filter(|(old, new)| old != new)
            .count();
    }
    // Every document has a copy of the metadata.
    let documents = before.matches("lastmodified").count();
    assert_eq!(tokens, 1 + documents, "{name}: the value's token and the code's");
    assert!(lines <= 1 + 2 * documents, "{name}: {lines} lines");
    lines
}

/// The tokens of a line, and the line without them and without an instant.
fn apart(line: &str) -> (Vec<&str>, String) {
    let (mut tokens, mut rest, mut left) = (Vec::new(), String::new(), line);
    while let Some(start) = left.find("ENC[") {
        let length = left[start..].find(']').expect("a token ends") + 1;
        tokens.push(&left[start..start + length]);
        rest.push_str(&left[..start]);
        left = &left[start + length..];
    }
    rest.push_str(left);
    if let Some(at) = rest.find("lastmodified") {
        let digits: String = rest[at..]
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        rest.replace_range(at.., &digits);
    }
    (tokens, rest)
}

/// Taking the changed lines away, by count of bytes before and behind, only the value is left.
fn assert_only_the_value(name: &str, before: &str, after: &str, value: &str) {
    let at = after
        .find(NEW)
        .unwrap_or_else(|| panic!("{name}: the new value is there"));
    let (head, tail) = (&after[..at], &after[at + NEW.len()..]);
    let quote = |text: &str| text.trim_end_matches(['"', '\'']).len();
    assert!(
        before.starts_with(&head[..quote(head)]),
        "{name}: what stands before the value changed"
    );
    let tail = tail.trim_start_matches(['"', '\'']);
    assert!(
        before.ends_with(tail),
        "{name}: what stands behind the value changed"
    );
    let was = &before[quote(head).min(before.len() - tail.len())..before.len() - tail.len()];
    // What needs escapes is spelled otherwise than it is.
    let needs_escapes = value.contains(|c: char| !c.is_ascii() || (c.is_control() && c != '\n') || c == '\'');
    let last_line = value.trim_end().lines().last().unwrap_or_default();
    assert!(
        needs_escapes || was.contains(last_line.trim()),
        "{name}: {was:?} held the value"
    );
}

/// The path of a text that is encrypted, and the text: the one in the middle of the first document.
fn target(text: &str) -> Option<(String, String)> {
    let stream = Stream::parse("t", text.as_bytes()).expect("it parses");
    let mut found = Vec::new();
    let root = stream.documents().next()?;
    let secret = root
        .get("kind")
        .and_then(|kind| Some(kind.as_str()? == "Secret"))
        .unwrap_or(false);
    collect(root, secret, &mut found);
    let middle = found.len() / 2;
    found.into_iter().nth(middle)
}

fn collect(node: Node<'_>, secret: bool, found: &mut Vec<(String, String)>) {
    for entry in node.entries() {
        collect_value(entry.value, secret, found);
    }
    for item in node.items() {
        collect_value(item, secret, found);
    }
}

fn collect_value(node: Node<'_>, secret: bool, found: &mut Vec<(String, String)>) {
    if node.is_alias() || node.has_anchor() {
        return;
    }
    match node.kind() {
        NodeKind::Mapping | NodeKind::Sequence => collect(node, secret, found),
        NodeKind::Scalar if node.tag().is_none() && node.as_str().is_some() => {
            let text = node.as_str().unwrap_or_default().into_owned();
            let path = node.path().to_string();
            let folded = node.style() == Style::Folded;
            // Of Secrets only the values are encrypted, and those in `data` are shown decoded.
            let fits = !secret || path.starts_with("stringData.");
            if fits
                && !folded
                && !text.trim().is_empty()
                && !path.contains("_unencrypted")
                && !path.contains("<<")
            {
                found.push((path, text));
            }
        }
        _ => {}
    }
}

/// Documents in many hands, each in several ways to end lines and files.
fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (number, text) in HANDS.iter().enumerate() {
        let is_json = text.trim_start().starts_with('{') && text.contains("\": ");
        let suffix = if is_json { "json" } else { "yaml" };
        let mut add =
            |way: &str, text: String| files.push((format!("hand-{number:02}-{way}.{suffix}"), text));
        add("as-is", (*text).to_owned());
        add("crlf", text.replace('\n', "\r\n"));
        add("no-end", text.trim_end_matches('\n').to_owned());
        if !is_json {
            add("bom", format!("\u{feff}{text}"));
            add("start", format!("---\n{text}"));
            add("spaces", text.replace(": ", ":   "));
            add("comments", format!("# head\n\n# more\n{text}# foot\n\n"));
        }
    }
    for name in [
        "gitops-commented.yaml",
        "gitops-commented-crlf.yaml",
        "gitops-commented-bom.yaml",
        "flow-and-anchors.yaml",
        "kubectl-generic.yaml",
        "secret.json",
    ] {
        let text = sealkit_testdata::text(&format!("manifests/{name}"));
        if target(&text).is_some() {
            files.push((format!("m-{name}"), text));
        }
    }
    files
}

const HANDS: &[&str] = &[
    "user: shop\npassword: hunter2\nport: 5432\n",
    "database:\n  user: 'shop'\n  password: \"hunter2\"   # ask Ann\n  options: {ssl: yes, mode: 'strict'}\n\ncache:\n  url: redis://x\n",
    "list:\n- one\n- two   # second\n-   three\n\n# between\nother: x\n",
    "list:\n    - name: a\n      token:  t1\n\n    - name: b\n      token:  t2\n\n    -\n      name: c\n      token: t3\n",
    "key: |\n    -----BEGIN KEY-----\n    abc\n    -----END KEY-----\nnext: x\n",
    "key: |-\n  one\n  two\nnext: y # why\nlast: >\n  folded\n  text\n",
    "a: {b: {c: [x, y, {d: z}]}, e: 'f'}\n",
    "a: {\n  b: one,   # first\n  c: [two,\n      three],\n}\nd: four\n",
    "defaults: &defaults\n  a_unencrypted: 1\nprod:\n  name: x\n  secret: y\nref_unencrypted: *defaults\n",
    "\"quoted key\": 'it''s'\n'other key': \"tab\\there\"\n? plain\n: value\n",
    "{\"a\": \"b\", \"c\": {\"d\": \"e\"}, \"l\": [1, \"two\", null, true]}\n",
    "{\n  \"user\": \"shop\",\n  \"nested\": {\n    \"password\": \"hunter2\",\n    \"n\": 1.5\n  },\n  \"list\": [\n    \"x\",\n    \"y\"\n  ]\n}\n",
    "{\n\t\"user\" : \"shop\",\n\t\"password\" : \"h\\u00fcnter\\n2\",\n\t\"empty\": {}, \"none\": []\n}\n",
    "a: 1\nb: true\nc: ~\nd:\ne: \"\"\nf: 2024-01-01\ng: 0x1F\nh: text\ni: 1.50\n",
    "umlaut: grün\nemoji: \"\\U0001F511 key\"\nkanji: 鍵\n",
    "deep:\n      er:\n            still:\n                  here: value # far in\n",
    "apiVersion: v1\nkind: Secret\nmetadata:\n    name: db   # the shop's\n    namespace: shop\n\nstringData:\n    # who\n    user: shop\n\n    # what\n    password:   \"hunter2\"\n    url: >-\n        postgres://\n        db\n",
    "a: x\n---\nb: y # second document\n---\n# third\nc: z\n",
    "  indented: root\n  second: value\n",
];
