//! `sealkit rotate --through-controller`: values move without any private key, the text stays, and what cannot be right is not
//! taken. The real controller is in `cargo xtask conformance kubeseal-online`.

use crate::{
    api_server::{PROXY, Server, TEXT, certificate},
    scene::{Said, Scene},
};

const SECRET: &str = "\
# the shop's database
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData:
  password: made-up-marked # ask Ann
";

/// A repository with a pinned certificate, and the Secret sealed for it under `name`.
fn repository(name: &str) -> (Scene, String) {
    let scene = Scene::new();
    scene.write("controller.pem", certificate());
    scene.write(
        ".sealkit.yaml",
        "version: 1\nrecipients: {controller: {file: controller.pem}}\nrules:\n  - {paths: [\"**\"], format: \
         sealed-secrets, recipients: [controller]}\n",
    );
    scene.write(name, SECRET);
    let said = scene.sealkit(&["seal", "-i", name]);
    assert_eq!(said.code, 0, "{}", said.err);
    let text = scene.read(name);
    (scene, text)
}

/// What a controller would make of it: the same Secret, sealed once more.
fn sealed_anew(scene: &Scene) -> String {
    let words = ["kubeseal", "--cert", "controller.pem", "-o", "json"];
    let said = scene.pipe(&words, SECRET.as_bytes());
    assert_eq!(said.code, 0, "{}", said.err);
    said.out
}

fn rotate(scene: &Scene, server: &Server, words: &[&str]) -> Said {
    let config = server.kubeconfig(scene);
    let rotate = [
        "rotate",
        "--through-controller",
        "--kubeconfig",
        config.to_str().unwrap(),
    ];
    scene.sealkit(&[&rotate[..], words].concat())
}

fn controller(answer: String) -> Server {
    Server::behind_the_service(vec![("200 OK", "", certificate()), ("200 OK", TEXT, answer)])
}

/// The lines that are not a sealed value.
fn frame(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.contains("password:")).collect()
}

#[test]
fn values_move_and_the_text_stays() {
    let (scene, before) = repository("db.yaml");
    let server = controller(sealed_anew(&scene));
    let said = rotate(&scene, &server, &["."]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("rotated 1, unchanged 0, failed 0"),
        "{}",
        said.out
    );
    let after = scene.read("db.yaml");
    assert_eq!(frame(&after), frame(&before));
    assert!(after != before && after.contains(" # ask Ann\n"), "{after}");
    let asked = server.asked();
    assert!(
        asked[2].starts_with(&format!("POST {PROXY}/rotate ")),
        "{asked:?}"
    );
    assert!(!asked[2].contains("template"), "{asked:?}");
}

#[test]
fn checking_and_trying_write_nothing_and_ask_for_the_certificate_alone() {
    let (scene, before) = repository("db.yaml");
    for flag in ["--check", "--dry-run"] {
        let server = controller(sealed_anew(&scene));
        let said = rotate(&scene, &server, &[flag, "db.yaml"]);
        assert_eq!(
            (said.code, scene.read("db.yaml")),
            (0, before.clone()),
            "{}",
            said.err
        );
        assert_eq!(server.asked().len(), 2);
    }
}

#[test]
fn an_answer_that_cannot_be_right_is_not_taken() {
    let (scene, before) = repository("db.yaml");
    let good = sealed_anew(&scene);
    for (answer, says) in [
        (good.replace("\"password\"", "\"other\""), "has other items"),
        (
            good.replace("\"name\": \"db\"", "\"name\": \"x\""),
            "answered with another SealedSecret",
        ),
        ("{}".to_owned(), "answered with another SealedSecret"),
        ("sealed".to_owned(), "is not a SealedSecret"),
        (
            good.replace("\"password\": \"AQ", "\"password\": \"Ag"),
            "cannot be that value, sealed for its newest key",
        ),
    ] {
        let said = rotate(&scene, &controller(answer), &["db.yaml"]);
        assert_ne!(said.code, 0);
        assert!(
            said.err.contains(says) && said.err.contains("nothing was changed"),
            "{}",
            said.err
        );
        assert_eq!(scene.read("db.yaml"), before);
    }
}

#[test]
fn what_the_controller_cannot_open_is_told_with_its_place() {
    let (scene, before) = repository("db.yaml");
    let server = Server::behind_the_service(vec![
        ("200 OK", "", certificate()),
        ("500 Internal Server Error", TEXT, String::new()),
    ]);
    let said = rotate(&scene, &server, &["db.yaml"]);
    assert_eq!((said.code, scene.read("db.yaml")), (1, before));
    assert!(
        said.err.contains("--> db.yaml:2:1") && said.err.contains("kubectl logs"),
        "{}",
        said.err
    );
}

#[test]
fn another_certificate_than_the_pinned_one_moves_nothing() {
    let (scene, before) = repository("db.yaml");
    let other = sealkit_testdata::text("sealed-secrets/peer-0.36.6/cert-3072.pem");
    let server = Server::behind_the_service(vec![("200 OK", "", other)]);
    let said = rotate(&scene, &server, &["db.yaml"]);
    assert_eq!((said.code, scene.read("db.yaml")), (7, before));
    assert!(
        said.err.contains("is pinned for db.yaml") && said.err.contains("sealkit cert pin"),
        "{}",
        said.err
    );
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn other_files_are_left_alone_and_flags_that_contradict_it_are_refused() {
    let scene = Scene::new();
    let before = scene.sealed("native.yaml");
    let server = Server::behind_the_service(vec![("200 OK", "", certificate())]);
    let said = rotate(&scene, &server, &["."]);
    assert_eq!(
        (said.code, scene.read("native.yaml")),
        (0, before),
        "{}",
        said.err
    );
    assert!(said.err.contains("no SealedSecret was found"), "{}", said.err);
    for words in [
        &["rotate", "--controller-name", "a", "."][..],
        &["rotate", "--through-controller", "--identity", "a", "."],
        &["rotate", "--through-controller", "--to-cert", "a", "."],
    ] {
        assert_eq!(scene.sealkit(words).code, 2);
    }
}

#[test]
fn inspecting_tells_which_certificate_is_pinned_and_until_when() {
    let (scene, _) = repository("db.yaml");
    let said = scene.sealkit(&["inspect", "db.yaml"]);
    let line = said.out.lines().find(|line| line.contains("pinned")).unwrap();
    let shown = scene.sealkit(&["cert", "show", "controller.pem"]).out;
    let fact = |name: &str| {
        let line = shown.lines().find(|line| line.contains(name)).unwrap();
        line.split("  ").last().unwrap().to_owned()
    };
    let expected = format!(
        "controller, {}, valid until {}, by rule 1 at .sealkit.yaml:4:5",
        fact("fingerprint"),
        fact("valid until")
    );
    assert!(line.ends_with(&expected), "{line}\n{expected}");
    let json = scene.sealkit(&["inspect", "--output", "json", "db.yaml"]).out;
    assert!(json.contains("\"pinned\":{\"fingerprint\":\"sha256:"), "{json}");

    let native = Scene::new();
    native.sealed("native.yaml");
    assert!(!native.sealkit(&["inspect", "native.yaml"]).out.contains("pinned"));
}
