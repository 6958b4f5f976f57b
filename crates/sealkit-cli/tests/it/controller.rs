//! The kubeseal mode beside a controller: what it asks, what it makes of the answers. The real controller is in `cargo xtask
//! conformance kubeseal-online`.

use crate::{
    api_server::{PROXY, SEALED, SERVICE_PATH, Server, TEXT, certificate},
    scene::Scene,
};

#[test]
fn the_certificate_comes_through_the_proxy_of_the_service() {
    let scene = Scene::new();
    let server = Server::behind_the_service(vec![(
        "200 OK",
        "content-type: application/x-pem-file\r\n",
        certificate(),
    )]);
    let said = server.kubeseal(&scene, &["--fetch-cert"], "");
    assert_eq!((said.code, said.out), (0, certificate()), "{}", said.err);
    let asked = server.asked();
    assert!(asked[0].starts_with(SERVICE_PATH), "{asked:?}");
    assert!(
        asked[1].starts_with(&format!("GET {PROXY}/cert.pem ")),
        "{asked:?}"
    );
}

#[test]
fn sealing_without_a_certificate_asks_the_controller() {
    let scene = Scene::new();
    let server = Server::behind_the_service(vec![("200 OK", "", certificate())]);
    let said = server.kubeseal(
        &scene,
        &["-o", "yaml"],
        "metadata: {name: db, namespace: shop}\nstringData: {a: b}\n",
    );
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("\n    a: AQ"), "{}", said.out);
}

#[test]
fn validating_says_nothing_or_names_what_does_not_open() {
    let scene = Scene::new();
    let two = format!("{SEALED}---\n{}", SEALED.replace("db", "other"));
    let server = Server::behind_the_service(vec![("200 OK", "", String::new())]);
    let said = server.kubeseal(&scene, &["--validate"], &two);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""));
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert!(
        asked[1].starts_with(&format!("POST {PROXY}/verify ")),
        "{asked:?}"
    );
    assert!(asked[1].contains(r#""encryptedData":{"a":"AgB="}"#), "{asked:?}");

    let server = Server::behind_the_service(vec![
        ("200 OK", "", String::new()),
        ("409 Conflict", TEXT, String::new()),
    ]);
    let said = server.kubeseal(&scene, &["--validate"], &two);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(
        said.err
            .starts_with("error: unable to decrypt sealed secret: other\n"),
        "{}",
        said.err
    );
}

#[test]
fn what_cannot_be_read_is_not_sent() {
    let scene = Scene::new();
    for input in ["kind: [\n", "", "hello\n"] {
        let server = Server::behind_the_service(vec![("200 OK", "", String::new())]);
        let said = server.kubeseal(&scene, &["--validate"], input);
        assert_eq!(said.code, 1);
        assert!(
            said.err.starts_with("error: unable to decrypt sealed secret\n"),
            "{}",
            said.err
        );
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn re_encrypting_a_file_replaces_it_when_all_went_well() {
    let scene = Scene::new();
    let rotated = r#"{"metadata":{"name":"db","namespace":"shop","creationTimestamp":"2020-01-01T00:00:00Z","generation":3},"spec":{"template":{"metadata":{"name":"db"}},"encryptedData":{"a":"AgC="}}}"#;
    let server = Server::behind_the_service(vec![("200 OK", TEXT, rotated.to_owned())]);
    scene.write("sealed.yaml", SEALED);
    let said = server.kubeseal(&scene, &["--re-encrypt", "-f", "sealed.yaml"], "");
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    assert_eq!(
        scene.read("sealed.yaml"),
        "---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: db\n  namespace: shop\nspec:\n  \
         encryptedData:\n    a: AgC=\n  template:\n    metadata:\n      name: db\n"
    );
    assert!(server.asked()[1].starts_with(&format!("POST {PROXY}/rotate ")));

    let server = Server::behind_the_service(vec![("500 Internal Server Error", TEXT, String::new())]);
    scene.write("sealed.yaml", SEALED);
    let said = server.kubeseal(&scene, &["--re-encrypt", "-f", "sealed.yaml"], "");
    assert_eq!((said.code, scene.read("sealed.yaml").as_str()), (1, SEALED));
    let first = "error: cannot re-encrypt secret: an error on the server (\"\") has prevented the request from succeeding \
                 (post services http:sealed-secrets-controller:http)\n";
    assert!(said.err.starts_with(first), "{}", said.err);
    assert!(said.err.contains("kubectl logs"), "{}", said.err);
}

#[test]
fn a_certificate_can_come_from_any_address() {
    let scene = Scene::new();
    let server = Server::start(vec![
        ("302 Found", "location: /elsewhere\r\n", String::new()),
        ("200 OK", "", certificate()),
    ]);
    let url = format!("{}/v1/cert.pem", server.address);
    let said = scene.pipe(&["kubeseal", "--fetch-cert", "--cert", &url], b"");
    assert_eq!((said.code, said.out), (0, certificate()), "{}", said.err);
    assert!(server.asked()[1].starts_with("GET /elsewhere "));

    let server = Server::start(vec![("404 Not Found", "", String::new())]);
    let url = format!("{}/v1/cert.pem", server.address);
    let said = scene.pipe(&["kubeseal", "--fetch-cert", "--cert", &url], b"");
    assert!(
        said.err
            .starts_with(&format!("error: cannot fetch \"{url}\": 404 Not Found\n")),
        "{}",
        said.err
    );
}
