//! The kubeseal mode: one case, one file in `tests/kubeseal`. What stands there is what the peer does, but for the cases
//! that `differences.md` explains; `cargo xtask conformance kubeseal` runs the same files against both.
//! `SNAPSHOTS=overwrite` accepts what happens now; with `KUBESEAL` naming a program, what that one does.

#[path = "../kubeseal/runner.rs"]
mod runner;

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use crate::scene::{SEALKIT, SECRET, Scene};
use runner::Case;

#[test]
fn every_case_is_what_happens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let testdata = root.join("../../testdata");
    let cases = runner::cases(&root.join("tests/kubeseal"));
    assert!(
        cases.len() >= 120,
        "every flag and mode has its cases, {} in all",
        cases.len()
    );
    let program = std::env::var_os("KUBESEAL").unwrap_or_else(|| SEALKIT.into());
    let mut failures = Vec::new();
    for (name, path) in &cases {
        let text = fs::read_to_string(path).unwrap();
        let expected = Case::parse(&text);
        let scratch = tempfile::tempdir().unwrap();
        let actual = expected.run(Path::new(&program), &testdata, scratch.path());
        if actual == expected {
            continue;
        }
        if std::env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
            fs::write(path, actual.print()).unwrap();
        } else {
            failures.push(format!("--- {name}\n{text}--- now\n{}", actual.print()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_difference_is_about_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubeseal");
    let names: Vec<_> = runner::cases(&root).into_iter().map(|(name, _)| name).collect();
    let page = fs::read_to_string(root.join("differences.md")).unwrap();
    for (name, reason) in runner::differences(&page) {
        assert!(names.iter().any(|known| known == name), "there is no case {name}");
        assert!(reason.len() > 20, "{name} is not explained");
    }
}

#[test]
fn files_keep_their_mode_and_links_stay_links() {
    let scene = Scene::new();
    let certificate = sealkit_testdata::path("sealed-secrets/peer-0.36.6/cert-2048.pem");
    let certificate = certificate.to_str().unwrap();
    scene.write("real.json", "old");
    fs::set_permissions(scene.at("real.json"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.json", scene.at("link.json")).unwrap();
    for words in [
        &["kubeseal", "--cert", certificate, "-w", "link.json"][..],
        &["kubeseal", "--cert", certificate, "--merge-into", "link.json"],
    ] {
        let said = scene.pipe(words, SECRET.as_bytes());
        assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
        assert!(scene.at("link.json").is_symlink());
        assert!(scene.read("real.json").contains("\"encryptedData\""));
        let mode = fs::metadata(scene.at("real.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
    assert_eq!(scene.names(), [".sealkit.yaml", "link.json", "real.json"]);
}

#[test]
fn a_path_and_its_file_url_give_the_same_certificate() {
    let scene = Scene::new();
    let pem = sealkit_testdata::text("sealed-secrets/peer-0.36.6/cert-2048.pem");
    scene.write("a cert.pem", &pem);
    let url = format!("file://{}/a%20cert.pem", scene.repository().display());
    for given in ["a cert.pem", &url] {
        let said = scene.sealkit(&["kubeseal", "--fetch-cert", "--cert", given]);
        assert_eq!((said.code, &said.out), (0, &pem), "{}", said.err);
    }
}

#[test]
fn what_was_recovered_is_for_its_owner_alone() {
    let scene = Scene::new();
    let testdata = |name: &str| {
        let path = sealkit_testdata::path(&format!("sealed-secrets/peer-0.36.6/{name}"));
        path.to_str().unwrap().to_owned()
    };
    let (key, sealed) = (
        testdata("key-2048.pkcs8.pem"),
        testdata("sealed-db-2048-strict.yaml"),
    );
    let words = [
        "kubeseal",
        "--recovery-unseal",
        "--recovery-private-key",
        &key,
        "-f",
        &sealed,
        "-w",
        "plain.yaml",
    ];
    let said = scene.sealkit(&words);
    assert_eq!(said.code, 0, "{}", said.err);
    let mode = fs::metadata(scene.at("plain.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
