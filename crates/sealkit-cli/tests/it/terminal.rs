//! What only a terminal shows: hidden prompts, binary that is held back, colour. `script` of util-linux plays the
//! terminal.

use std::{io::Write, process::Stdio, time::Duration};

use crate::scene::{SECRET, Scene};

/// Runs a line of shell on a terminal, types the answers one after the other, and returns the screen.
fn on_a_terminal(scene: &Scene, line: &str, answers: &[&str]) -> (i32, String) {
    let mut command = scene.command("script");
    command
        .args(["-qec", line, "/dev/null"])
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh");
    let spawned = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.expect("these tests need `script` of util-linux");
    let mut keyboard = child.stdin.take().unwrap();
    for answer in answers {
        // A question flushes what was typed before it, as it should: so type after it was asked.
        std::thread::sleep(Duration::from_millis(700));
        let _ = keyboard.write_all(answer.as_bytes());
    }
    std::thread::sleep(Duration::from_millis(700));
    drop(keyboard);
    let output = child.wait_with_output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

#[test]
fn a_value_is_asked_for_twice_and_never_shown() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    let typed = ["typed-secret\r", "typed-secret\r"];
    let (code, screen) = on_a_terminal(&scene, "sealkit set db.yaml password", &typed);
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("Value of password: ") && screen.contains("again: "),
        "{screen}"
    );
    assert!(!screen.contains("typed-secret"), "{screen}");
    assert_eq!(scene.sealkit(&["get", "db.yaml", "password"]).out, "typed-secret");
}

#[test]
fn two_answers_that_differ_or_none_change_nothing() {
    let scene = Scene::new();
    let sealed = scene.sealed("db.yaml");
    for typed in [&["one-secret\r", "two-secret\r"][..], &["\x03"]] {
        let (code, screen) = on_a_terminal(&scene, "sealkit set db.yaml password", typed);
        assert_eq!(code, 1, "{screen}");
        assert!(
            !screen.contains("-secret") && screen.contains("nothing was changed"),
            "{screen}"
        );
        assert_eq!(scene.read("db.yaml"), sealed);
    }
}

#[test]
fn binary_is_not_printed_to_a_terminal() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    assert_eq!(scene.pipe(&["set", "db.yaml", "blob"], b"\x1b[2J\xff").code, 0);
    let (code, screen) = on_a_terminal(&scene, "sealkit get db.yaml blob", &[]);
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("binary") && !screen.contains("[2J"), "{screen}");
    let (code, screen) = on_a_terminal(&scene, "sealkit get db.yaml username", &[]);
    assert_eq!((code, screen.trim()), (0, "shop"));
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let scene = Scene::new();
    let coloured = "\x1b[1;31merror\x1b[0m";
    assert!(!scene.sealkit(&["open", "missing.yaml"]).err.contains('\x1b'));
    let (_, screen) = on_a_terminal(&scene, "sealkit open missing.yaml", &[]);
    assert!(screen.contains(coloured), "{screen}");
    let (_, screen) = on_a_terminal(&scene, "NO_COLOR=1 sealkit open missing.yaml", &[]);
    assert!(!screen.contains(coloured), "{screen}");
}

#[test]
fn edited_text_that_is_not_yaml_can_be_edited_again() {
    let scene = Scene::new();
    scene.write("db.yaml", SECRET);
    assert_eq!(scene.sealkit(&["seal", "-i", "db.yaml"]).code, 0);
    // The first visit breaks the file, the second one mends it.
    let script = "if grep -q hunter2 \"$1\"; then sed -i 's/hunter2-marked/[other/' \"$1\"; else sed -i 's/\\[other/other/' \"$1\"; fi";
    std::fs::write(scene.home().join("editor.sh"), script).unwrap();
    let line = "EDITOR='sh ../home/editor.sh' sealkit edit db.yaml";
    let (code, screen) = on_a_terminal(&scene, line, &["\r"]);
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("Press Enter to go back to the editor"),
        "{screen}"
    );
    assert_eq!(scene.sealkit(&["get", "db.yaml", "password"]).out, "other");
}

#[test]
fn a_new_identity_can_be_put_under_a_passphrase() {
    let scene = Scene::new();
    let twice = ["open sesame\r", "open sesame\r"];
    let line = "sealkit keygen --type x25519 --passphrase -o key.txt > key.pub";
    let (code, screen) = on_a_terminal(&scene, line, &twice);
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("Passphrase for the new identity, again: "),
        "{screen}"
    );
    assert!(!screen.contains("sesame"), "{screen}");
    let protected = scene.read("key.txt");
    assert!(
        protected.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"),
        "{protected}"
    );
    assert!(!protected.contains("age1") && scene.read("key.pub").starts_with("age1"));

    // It is read where it is asked for, and nowhere else.
    scene.write("db.yaml", SECRET);
    let recipient = scene.read("key.pub");
    let words = ["seal", "-i", "db.yaml", "--recipient", recipient.trim()];
    assert_eq!(scene.sealkit(&words).code, 0);
    let get = "sealkit get db.yaml username --identity key.txt";
    let (code, screen) = on_a_terminal(&scene, get, &["open sesame\r"]);
    assert!(code == 0 && screen.ends_with("shop"), "{screen}");
    let (code, screen) = on_a_terminal(&scene, get, &["wrong\r"]);
    assert!(code != 0 && !screen.contains("shop\n"), "{screen}");
    let said = scene.shell(&format!("setsid {get}"));
    assert!(said.code != 0 && said.err.contains("   = help: "), "{}", said.err);
}

#[test]
fn without_a_passphrase_that_protects_no_identity_is_made() {
    let scene = Scene::new();
    let keygen = "sealkit keygen --passphrase -o key.txt";
    for typed in [&["one\r", "two\r"][..], &["\r", "\r"], &["\x03"]] {
        let (code, screen) = on_a_terminal(&scene, keygen, typed);
        assert!(code != 0 && screen.contains("help: "), "{screen}");
        assert!(!scene.at("key.txt").exists());
    }
    let said = scene.shell(&format!("setsid {keygen}"));
    assert!(said.code != 0 && said.err.contains("no terminal"), "{}", said.err);
    assert!(!scene.at("key.txt").exists());
    // A key that is there is not protected by an option that came too late.
    let said = scene.sealkit(&["init", "--passphrase"]);
    assert!(
        said.code == 0 && said.err.contains("protects a new one only"),
        "{}",
        said.err
    );
}
