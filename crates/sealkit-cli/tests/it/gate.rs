//! Documents that carry secret values and are no Secrets to kubectl: nobody shall believe them sealed.

use crate::scene::{SECRET, Scene};

/// Ways to miss `apiVersion: v1` and `kind: Secret`, with what is said of them.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("kind: Secret", "kind: secret", "its kind is not written `Secret`"),
    ("kind: Secret", "kind: SECRET", "its kind is not written `Secret`"),
    ("kind: Secret", "kind: Sekret", "only a Secret has `stringData`"),
    ("kind: Secret\n", "", "it has no `kind: Secret`"),
    ("apiVersion: v1\n", "", "it has no `apiVersion: v1`"),
    ("apiVersion: v1", "apiVersion: V1", "its apiVersion is not `v1`"),
    ("apiVersion: v1\nkind: Secret\n", "", "it has no `kind: Secret`"),
];

#[test]
fn a_secret_that_kubectl_does_not_take_for_one_is_refused() {
    for (right, wrong, why) in MISTAKES {
        let scene = Scene::new();
        let text = SECRET.replace(right, wrong);
        assert_ne!(text, SECRET);
        scene.write("tree/db.yaml", &text);
        for words in [
            &["seal", "tree/db.yaml"][..],
            &["seal", "-i", "tree/db.yaml"],
            &["seal", "-i", "tree"],
        ] {
            let said = scene.sealkit(words);
            assert_eq!((said.code, said.out.as_str()), (3, ""), "{wrong}: {}", said.err);
            for says in [
                why,
                "  --> tree/db.yaml:2:1\n",
                "   = help: write `apiVersion: v1`",
            ] {
                assert!(said.err.contains(says), "`{says}` is not in:\n{}", said.err);
            }
            assert_eq!(scene.read("tree/db.yaml"), text);
        }
        let said = scene.sealkit(&["check", "tree"]);
        assert_eq!(said.code, 1, "{}", said.err);
        assert!(
            said.err.contains(why) && said.err.contains("  --> tree/db.yaml:"),
            "{}",
            said.err
        );
        assert!(said.out.contains("1 in the clear") || said.err.contains("1 in the clear"));
    }
}

#[test]
fn one_such_document_keeps_its_whole_file_from_being_sealed() {
    let scene = Scene::new();
    let text = format!("{SECRET}---\n{}", SECRET.replace("kind: Secret", "kind: secret"));
    scene.write("db.yaml", &text);
    let said = scene.sealkit(&["seal", "-i", "db.yaml"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("  --> db.yaml:13:1\n"), "{}", said.err);
    assert_eq!(scene.read("db.yaml"), text);
    let list = "apiVersion: v1\nkind: List\nitems:\n- kind: secret\n  apiVersion: v1\n  data: {a: YQ==}\n";
    scene.write("db.yaml", list);
    let said = scene.sealkit(&["seal", "-i", "db.yaml"]);
    assert!(
        said.code == 3 && said.err.contains("  --> db.yaml:4:3\n"),
        "{}",
        said.err
    );
}

#[test]
fn resources_of_others_and_empty_ones_are_left_alone() {
    let scene = Scene::new();
    for text in [
        "apiVersion: example.com/v1\nkind: Secret\nstringData: {a: b}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n",
        "apiVersion: v1\nmetadata: {name: x}\ndata: {a: b}\n",
        "stringData: {a: b}\n",
        "apiVersion: v1\nkind: secret\nmetadata: {name: x}\n",
    ] {
        scene.write("tree/x.yaml", text);
        let said = scene.sealkit(&["seal", "-i", "tree"]);
        assert_eq!(said.code, 0, "{text}{}", said.err);
        let said = scene.sealkit(&["check", "tree"]);
        assert_eq!(said.code, 0, "{text}{}", said.err);
    }
}

#[test]
fn a_file_in_which_nothing_is_for_sealkit_is_told_to_who_named_it() {
    let scene = Scene::new();
    scene.write("tree/x.yaml", "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n");
    for words in [&["seal", "tree/x.yaml"][..], &["seal", "-i", "tree/x.yaml"]] {
        let said = scene.sealkit(words);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(
            said.err
                .contains("warning: this file holds neither a Secret nor a sealed document"),
            "{}",
            said.err
        );
    }
    assert!(!scene.sealkit(&["seal", "-i", "tree"]).err.contains("warning: "));
    scene.sealed("db.yaml");
    assert!(
        !scene
            .sealkit(&["seal", "-i", "db.yaml"])
            .err
            .contains("warning: ")
    );
}

#[test]
fn a_policy_that_cannot_be_read_is_told_once() {
    let scene = Scene::new();
    for name in ["a.yaml", "b.yaml", "c.yaml"] {
        scene.sealed(name);
    }
    scene.write(".sealkit.yaml", scene.read(".sealkit.yaml") + "x\n");
    let said = scene.sealkit(&["check"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert_eq!(said.err.matches(".sealkit.yaml:").count(), 1, "{}", said.err);
    assert!(said.err.contains("   = help: correct the text"), "{}", said.err);
    assert!(said.out.contains("not checked"), "{}", said.out);
}

#[test]
fn warnings_say_names_too() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    let words = [
        "set",
        "db.yaml",
        "k",
        "--recipient",
        "alice",
        "--allow-foreign-recipients",
    ];
    let said = scene.pipe(&words, b"");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("not asked for: bob\n"), "{}", said.err);
    assert!(
        said.err.contains("warning: the value of k is empty"),
        "{}",
        said.err
    );
}

#[test]
fn a_secret_without_values_is_not_created() {
    let scene = Scene::new();
    scene.write("empty.env", "# nothing\n");
    for from in [&[][..], &["--from-env-file", "empty.env"]] {
        let said = scene.sealkit(&[&["create", "x", "-n", "shop", "-o", "x.yaml"], from].concat());
        assert!(said.code == 2 && said.err.contains("   = help: "), "{}", said.err);
        assert!(!scene.at("x.yaml").exists());
    }
}
