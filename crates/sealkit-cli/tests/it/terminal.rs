//! What only a terminal shows: hidden prompts, binary that is held back, colour. `script` of util-linux plays the
//! terminal.

use std::{io::Write, process::Stdio, time::Duration};

use crate::scene::{SECRET, Scene};

/// Runs a line of shell on a terminal, types the answers one after the other, and returns the screen. `None` where
/// there is no `script`.
fn on_a_terminal(scene: &Scene, line: &str, answers: &[&str]) -> Option<(i32, String)> {
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
    let mut child = spawned.ok()?;
    let mut keyboard = child.stdin.take().unwrap();
    for answer in answers {
        // A question flushes what was typed before it, as it should: so type after it was asked.
        std::thread::sleep(Duration::from_millis(700));
        let _ = keyboard.write_all(answer.as_bytes());
    }
    std::thread::sleep(Duration::from_millis(700));
    drop(keyboard);
    let output = child.wait_with_output().unwrap();
    Some((
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    ))
}

#[test]
fn a_value_is_asked_for_twice_and_never_shown() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    let typed = ["typed-secret\r", "typed-secret\r"];
    let Some((code, screen)) = on_a_terminal(&scene, "sealkit set db.yaml password", &typed) else {
        return;
    };
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
        let Some((code, screen)) = on_a_terminal(&scene, "sealkit set db.yaml password", typed) else {
            return;
        };
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
    let Some((code, screen)) = on_a_terminal(&scene, "sealkit get db.yaml blob", &[]) else {
        return;
    };
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("binary") && !screen.contains("[2J"), "{screen}");
    let (code, screen) = on_a_terminal(&scene, "sealkit get db.yaml username", &[]).unwrap();
    assert_eq!((code, screen.trim()), (0, "shop"));
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let scene = Scene::new();
    let coloured = "\x1b[1;31merror\x1b[0m";
    assert!(!scene.sealkit(&["open", "missing.yaml"]).err.contains('\x1b'));
    let Some((_, screen)) = on_a_terminal(&scene, "sealkit open missing.yaml", &[]) else {
        return;
    };
    assert!(screen.contains(coloured), "{screen}");
    let (_, screen) = on_a_terminal(&scene, "NO_COLOR=1 sealkit open missing.yaml", &[]).unwrap();
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
    let Some((code, screen)) = on_a_terminal(&scene, line, &["\r"]) else {
        return;
    };
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("Press Enter to go back to the editor"),
        "{screen}"
    );
    assert_eq!(scene.sealkit(&["get", "db.yaml", "password"]).out, "other");
}
