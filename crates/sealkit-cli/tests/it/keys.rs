//! Where identities and policies are found, and in which order.

use std::fs;

use crate::scene::{SECRET, Scene, person, policy};

fn testdata(name: &str) -> String {
    String::from_utf8(sealkit_testdata::read(name)).unwrap()
}

/// Runs `get` with a variable set and returns what it printed, or nothing.
fn get(scene: &Scene, variables: &[(&str, &str)], more: &[&str]) -> String {
    let mut command = scene.command(crate::scene::SEALKIT);
    command
        .args(["get", "db.yaml", "username"])
        .args(more)
        .envs(variables.iter().copied());
    let output = command.stdin(std::process::Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A file sealed for Alice and Bob, and nobody's key at home.
fn sealed_and_no_key() -> Scene {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    fs::remove_file(scene.home().join(".config/sealkit/identity.txt")).unwrap();
    assert_eq!(get(&scene, &[], &[]), "");
    scene
}

#[test]
fn named_identities_mean_those_and_no_others() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    scene.write_home("carol.txt", &person("carol"));
    scene.write_home("bob.txt", &person("bob"));
    let home = |name: &str| scene.home().join(name).display().to_string();
    // Alice's own file would open it, but Carol's was named.
    assert_eq!(get(&scene, &[], &["--identity", &home("carol.txt")]), "");
    assert_eq!(
        get(&scene, &[("SEALKIT_IDENTITY_FILE", &home("carol.txt"))], &[]),
        ""
    );
    assert_eq!(
        get(&scene, &[("SEALKIT_IDENTITY_FILE", &home("bob.txt"))], &[]),
        "shop"
    );
    let both = ["--identity", &home("carol.txt"), "--identity", &home("bob.txt")];
    assert_eq!(
        get(&scene, &[("SEALKIT_IDENTITY_FILE", "/nowhere")], &both),
        "shop"
    );
}

#[test]
fn keys_that_sops_users_have_are_used() {
    let scene = sealed_and_no_key();
    let key = person("bob").lines().last().unwrap().to_owned();
    assert_eq!(get(&scene, &[("SOPS_AGE_KEY", &key)], &[]), "shop");
    scene.write_home("elsewhere/bob.txt", &person("bob"));
    let file = scene.home().join("elsewhere/bob.txt").display().to_string();
    assert_eq!(get(&scene, &[("SOPS_AGE_KEY_FILE", &file)], &[]), "shop");
    scene.write_home(".config/sops/age/keys.txt", &person("bob"));
    assert_eq!(get(&scene, &[], &[]), "shop");
}

#[test]
fn keys_that_ssh_users_have_are_used() {
    let scene = Scene::new();
    let public = testdata("keys/test-key-ssh-ed25519.pub");
    let key: Vec<&str> = public.split_whitespace().take(2).collect();
    scene.write("db.yaml", SECRET);
    let said = scene.sealkit(&["seal", "-i", "db.yaml", "--recipient", &key.join(" ")]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(get(&scene, &[], &[]), "");
    scene.write_home(".ssh/id_ed25519", &testdata("keys/test-key-ssh-ed25519"));
    assert_eq!(get(&scene, &[], &[]), "shop");
}

#[test]
fn a_file_that_merely_lies_where_keys_lie_may_be_anything() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    scene.write_home(".ssh/id_rsa", "no key at all\n");
    assert_eq!(get(&scene, &[], &[]), "shop");
}

#[test]
fn a_backup_of_a_clusters_keys_is_an_identity() {
    let scene = Scene::new();
    scene.write(
        "db.yaml",
        testdata("sealed-secrets/peer-0.36.6/sealed-db-2048-strict.yaml"),
    );
    scene.write_home(
        "backup.yaml",
        &testdata("sealed-secrets/peer-0.36.6/backup-key-2048.yaml"),
    );
    let backup = scene.home().join("backup.yaml").display().to_string();
    let said = scene.sealkit(&["open", "db.yaml", "--identity", &backup]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("kind: Secret"));
}

#[test]
fn the_nearest_policy_above_the_file_decides() {
    let scene = Scene::new();
    scene.write("inner/.sealkit.yaml", policy(&["carol"]));
    scene.write("inner/deep/db.yaml", SECRET);
    scene.write("db.yaml", SECRET);
    assert_eq!(scene.sealkit(&["seal", "-i", "."]).code, 0);
    let opened_by = |name: &str| scene.sealkit(&["inspect", name]).out;
    assert!(opened_by("inner/deep/db.yaml").contains("opened by   carol\n"));
    assert!(opened_by("db.yaml").contains("opened by   alice, bob\n"));
    // Of the file that will be committed, not of the one that is read; and `--path` before both.
    scene.write("inner/plain.yaml", SECRET);
    assert_eq!(
        scene
            .sealkit(&["seal", "inner/plain.yaml", "-o", "out.yaml"])
            .code,
        0
    );
    assert!(opened_by("out.yaml").contains("alice, bob"));
    let said = scene.pipe(&["seal", "--path", "inner/x.yaml"], SECRET.as_bytes());
    assert!(
        scene
            .pipe(&["inspect"], said.out.as_bytes())
            .out
            .contains(&crate::scene::public("carol"))
    );
}

#[test]
fn a_file_that_no_rule_covers_is_not_guessed() {
    let scene = Scene::new();
    scene.write(
        ".sealkit.yaml",
        policy(&["alice"]).replace("\"**\"", "secrets/**"),
    );
    scene.write("db.yaml", SECRET);
    let said = scene.sealkit(&["seal", "-i", "db.yaml"]);
    assert_eq!(said.code, 7);
    assert!(said.err.contains("no rule of the policy covers db.yaml") && said.err.contains("   = help: "));
    assert_eq!(scene.read("db.yaml"), SECRET);
    assert_eq!(
        scene
            .sealkit(&["seal", "-i", "db.yaml", "--path", "secrets/db.yaml"])
            .code,
        0
    );
}

#[test]
fn names_of_the_policy_are_recipients_too() {
    let scene = Scene::new();
    scene.write("db.yaml", SECRET);
    assert_eq!(
        scene
            .sealkit(&["seal", "-i", "db.yaml", "--recipient", "bob"])
            .code,
        0
    );
    assert!(
        scene
            .sealkit(&["inspect", "db.yaml"])
            .out
            .contains("opened by   bob\n")
    );
    scene.write("db.yaml", SECRET);
    let said = scene.sealkit(&["seal", "-i", "db.yaml", "--recipient", "bo"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("the policy knows alice, bob"), "{}", said.err);
}

#[test]
fn a_missing_namespace_is_filled_in_only_when_given() {
    let scene = Scene::new();
    scene.write("db.yaml", SECRET.replace("  namespace: shop\n", ""));
    assert_eq!(scene.sealkit(&["seal", "-i", "db.yaml"]).code, 3);
    let said = scene.sealkit(&["seal", "-i", "db.yaml", "-n", "shop"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(scene.read("db.yaml").contains("namespace: shop"));
    scene.write("db.yaml", SECRET);
    let said = scene.sealkit(&["seal", "-i", "db.yaml", "-n", "other"]);
    assert_ne!(said.code, 0);
    assert!(said.err.contains("   = help: "), "{}", said.err);
}
