//! File systems that say no: read-only, full, vanished, linked. Nothing is lost on any of them.
//!
//! The tests run as root in CI, whom permission bits do not stop; so they use what stops root too.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::scene::{SECRET, Said, Scene};

fn prepared() -> Scene {
    let scene = Scene::new();
    scene.write("db.yaml", SECRET);
    scene
}

fn refused(scene: &Scene, said: &Said, says: &[&str]) {
    assert_eq!(said.code, 6, "{}", said.err);
    for text in ["  --> ", "   = help: "].iter().chain(says) {
        assert!(said.err.contains(text), "`{text}` is not in:\n{}", said.err);
    }
    assert_eq!(scene.read("db.yaml"), SECRET);
    assert!(
        scene.names().iter().all(|name| !name.starts_with(".sealkit-tmp")),
        "{:?}",
        scene.names()
    );
}

#[test]
fn a_read_only_file_is_refused_even_to_root() {
    let scene = prepared();
    fs::set_permissions(scene.at("db.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
    refused(
        &scene,
        &scene.sealkit(&["seal", "-i", "db.yaml"]),
        &["db.yaml", "read-only", "chmod u+w"],
    );
}

#[test]
fn a_write_that_fails_in_the_middle_leaves_the_old_file() {
    // A limit of one block on the size of files stops root too, and fails the write half way, as a full disk does.
    let scene = prepared();
    let said = scene.shell("trap '' XFSZ; ulimit -f 1; exec sealkit seal -i db.yaml");
    refused(
        &scene,
        &said,
        &["db.yaml", "nothing was changed; free some space"],
    );
}

/// Runs a line of shell that may mount file systems which nobody else sees. A machine that allows that to nobody cannot
/// show what a full disk does, and says so instead of passing.
fn with_own_mounts(scene: &Scene, line: &str) -> Said {
    let said = scene.shell(&format!("unshare -rm sh -c '{line}'"));
    let refused = said.err.contains("unshare: ") || said.err.contains("mount: ");
    assert!(!refused, "this test needs root or user namespaces: {}", said.err);
    said
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let scene = prepared();
    // A file system of 16 KiB of our own.
    let said = with_own_mounts(
        &scene,
        "mkdir -p small && mount -t tmpfs -o size=16k none small &&
         cp .sealkit.yaml db.yaml small/ && cd small && cat /dev/zero > filler 2>/dev/null
         sealkit seal -i db.yaml; code=$?; cmp db.yaml ../db.yaml && ls -A; exit $code",
    );
    assert_eq!(said.code, 6, "{}", said.err);
    for text in [
        "no space left on device",
        "  --> db.yaml\n",
        "   = help: nothing was changed",
    ] {
        assert!(said.err.contains(text), "`{text}` is not in:\n{}", said.err);
    }
    assert_eq!(said.out, ".sealkit.yaml\ndb.yaml\nfiller\n");
}

#[test]
fn a_device_that_is_full_is_told_as_one() {
    let scene = prepared();
    let full = ["no space left on device", "free some space"];
    refused(
        &scene,
        &scene.sealkit(&["seal", "db.yaml", "-o", "/dev/full"]),
        &full,
    );
    refused(&scene, &scene.shell("sealkit seal db.yaml > /dev/full"), &full);
}

#[test]
fn a_result_that_nobody_gets_is_said() {
    let scene = prepared();
    let sealed = scene.pipe(&["seal"], SECRET.as_bytes()).out;
    scene.write("sealed.yaml", sealed);
    for line in [
        "sealkit seal db.yaml >&-",
        "sealkit open sealed.yaml >&-",
        "sealkit get sealed.yaml password >&-",
        "sealkit keygen >&-",
        "printf x | sealkit create new -n shop --from-file k=/dev/stdin >&-",
    ] {
        let said = scene.shell(line);
        assert_eq!(said.code, 0, "{line}: {}", said.err);
        assert!(
            said.err.contains("the result goes nowhere"),
            "{line}: {}",
            said.err
        );
    }
    // These are meant, and what only reports has an exit code to say it with.
    for line in [
        "sealkit open sealed.yaml > /dev/null",
        "sealkit open sealed.yaml -o plain.yaml >&-",
        "sealkit check sealed.yaml >&-",
        "sealkit inspect sealed.yaml >&-",
    ] {
        let said = scene.shell(line);
        assert_eq!(said.code, 0, "{line}: {}", said.err);
        assert!(!said.err.contains("goes nowhere"), "{line}: {}", said.err);
    }
}

#[test]
fn a_read_only_file_system_is_named() {
    let scene = prepared();
    let said = with_own_mounts(
        &scene,
        "mount --bind . . && mount -o remount,bind,ro . && cd \"$PWD\" && exec sealkit seal -i db.yaml",
    );
    refused(&scene, &said, &["read-only"]);
}

#[test]
fn a_symbolic_link_stays_one_and_its_target_is_sealed() {
    let scene = prepared();
    std::os::unix::fs::symlink("db.yaml", scene.at("link.yaml")).unwrap();
    assert_eq!(scene.sealkit(&["seal", "-i", "link.yaml"]).code, 0);
    assert!(fs::symlink_metadata(scene.at("link.yaml")).unwrap().is_symlink());
    assert!(scene.read("db.yaml").contains("kind: EncryptedSecret"));
}

#[test]
fn the_mode_is_kept_and_new_plaintext_is_for_its_owner() {
    let scene = prepared();
    let mode = |name: &str| fs::metadata(scene.at(name)).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(scene.at("db.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(scene.sealkit(&["seal", "-i", "db.yaml"]).code, 0);
    assert_eq!(mode("db.yaml"), 0o640);
    assert_eq!(scene.sealkit(&["open", "db.yaml", "-o", "plain.yaml"]).code, 0);
    assert_eq!(mode("plain.yaml"), 0o600);
    assert_eq!(scene.sealkit(&["open", "db.yaml", "-o", "/dev/null"]).code, 0);
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_directory_is_no_place_for_a_result_and_two_results_do_not_fit_one_file() {
    let scene = prepared();
    scene.write("dir/other.yaml", SECRET);
    assert_eq!(scene.sealkit(&["seal", "db.yaml", "-o", "dir"]).code, 6);
    assert_eq!(
        scene
            .sealkit(&["seal", "db.yaml", "dir/other.yaml", "-o", "out.yaml"])
            .code,
        2
    );
    assert_eq!(
        scene.sealkit(&["seal", "-i", "db.yaml", "-o", "out.yaml"]).code,
        2
    );
    assert_eq!(scene.sealkit(&["seal", "dir"]).code, 6);
    assert_eq!(scene.read("db.yaml"), SECRET);
}
