//! Editors that misbehave: `edit` changes nothing it should not, and leaves no plaintext.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use crate::scene::{SEALKIT, Said, Scene};

/// Runs `edit` with a shell script as editor; `$1` is the file.
fn edit(scene: &Scene, script: &str) -> Said {
    let editor = scene.home().join("editor.sh");
    fs::write(&editor, script).unwrap();
    let output = scene
        .command(SEALKIT)
        .args(["edit", "db.yaml"])
        .env("EDITOR", format!("sh {}", editor.display()))
        .env("XDG_RUNTIME_DIR", scene.home())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Where the editor saw the file, as it wrote it down.
fn desk(scene: &Scene) -> PathBuf {
    PathBuf::from(fs::read_to_string(scene.home().join("where")).unwrap().trim())
}

const NOTE_PLACE: &str = "echo \"$1\" > ~/where\n";

fn assert_gone(file: &Path) {
    assert!(file.is_absolute() && file.ends_with("db.yaml"));
    assert!(
        !file.exists() && !file.parent().unwrap().exists(),
        "{} is still there",
        file.display()
    );
}

#[test]
fn an_editor_that_changes_one_value_leaves_the_others_alone() {
    let scene = Scene::new();
    let sealed = scene.sealed("db.yaml");
    let script =
        format!("{NOTE_PLACE}ls -l \"$1\" | cut -c1-10 > ~/mode\nsed -i s/hunter2-marked/other/ \"$1\"");
    let said = edit(&scene, &script);
    assert_eq!(said.code, 0, "{}", said.err);
    let line = |text: &str, key: &str| text.lines().find(|line| line.contains(key)).unwrap().to_owned();
    let edited = scene.read("db.yaml");
    assert_eq!(line(&sealed, "username:"), line(&edited, "username:"));
    assert_ne!(line(&sealed, "password:"), line(&edited, "password:"));
    assert!(edited.contains("# ask Ann") && edited.starts_with("# Credentials of the shop\n"));
    assert_eq!(scene.sealkit(&["get", "db.yaml", "password"]).out, "other");
    assert_eq!(
        fs::read_to_string(scene.home().join("mode")).unwrap(),
        "-rw-------\n"
    );
    assert_gone(&desk(&scene));
}

#[test]
fn the_plaintext_lies_in_memory_where_there_is_any() {
    if !Path::new("/dev/shm").is_dir() {
        return;
    }
    let scene = Scene::new();
    scene.sealed("db.yaml");
    assert_eq!(edit(&scene, NOTE_PLACE).code, 0);
    assert!(
        desk(&scene).starts_with("/dev/shm/"),
        "{}",
        desk(&scene).display()
    );
}

#[test]
fn an_editor_that_fails_or_is_killed_changes_nothing() {
    for (script, says) in [
        ("exit 3", "it exited with 3"),
        ("kill -KILL $$", "137"),
        ("kill -TERM $$", "143"),
    ] {
        let scene = Scene::new();
        let sealed = scene.sealed("db.yaml");
        let said = edit(
            &scene,
            &format!("{NOTE_PLACE}sed -i s/hunter2/other/ \"$1\"\n{script}"),
        );
        assert_eq!(said.code, 8, "{}", said.err);
        assert!(said.err.contains("nothing was changed"), "{}", said.err);
        assert!(
            said.err.contains(says) || said.err.contains("signal"),
            "{}",
            said.err
        );
        assert_eq!(scene.read("db.yaml"), sealed);
        assert_gone(&desk(&scene));
    }
}

#[test]
fn backups_of_the_editor_are_removed_too() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    let script = format!(
        "{NOTE_PLACE}d=$(dirname \"$1\"); cp \"$1\" \"$1~\"; cp \"$1\" \"$d/.db.yaml.swp\"; mkdir \"$d/u\"; cp \"$1\" \"$d/u/undo\""
    );
    assert_eq!(edit(&scene, &script).code, 0);
    assert_gone(&desk(&scene));
}

#[test]
fn an_editor_that_replaces_the_file_is_understood() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    let said = edit(
        &scene,
        "sed s/hunter2-marked/other/ \"$1\" > \"$1.new\" && mv \"$1.new\" \"$1\"",
    );
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(scene.sealkit(&["get", "db.yaml", "password"]).out, "other");
}

#[test]
fn invalid_yaml_is_refused_with_its_place_and_without_its_text() {
    let scene = Scene::new();
    let sealed = scene.sealed("db.yaml");
    let said = edit(
        &scene,
        &format!("{NOTE_PLACE}sed -i 's/password: hunter2-marked/password: \"hunter2-marked/' \"$1\""),
    );
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(
        said.err.contains("  --> db.yaml:") && !said.err.contains("hunter2"),
        "{}",
        said.err
    );
    assert_eq!(scene.read("db.yaml"), sealed);
    assert_gone(&desk(&scene));
}

#[test]
fn an_emptied_file_or_a_lost_document_is_no_edit() {
    for script in [
        "truncate -s0 \"$1\"",
        "echo > \"$1\"",
        "echo 'kind: ConfigMap' > \"$1\"",
        "rm \"$1\"",
    ] {
        let scene = Scene::new();
        let sealed = scene.sealed("db.yaml");
        let said = edit(&scene, &format!("{NOTE_PLACE}{script}"));
        assert_ne!(said.code, 0, "{script}: {}", said.err);
        assert!(said.err.contains("   = help: "), "{script}: {}", said.err);
        assert_eq!(scene.read("db.yaml"), sealed, "{script}");
        assert_gone(&desk(&scene));
    }
}

#[test]
fn a_secret_that_is_none_any_more_is_not_written_in_the_clear() {
    for script in [
        "sed -i 's/^kind: Secret/kind: Sekret/' \"$1\"",
        "sed -i /^apiVersion/d \"$1\"",
    ] {
        let scene = Scene::new();
        let sealed = scene.sealed("db.yaml");
        let said = edit(&scene, script);
        assert_ne!(said.code, 0, "{script}: {}", said.err);
        assert!(
            said.err.contains("   = help: ") && !said.err.contains("hunter2"),
            "{script}: {}",
            said.err
        );
        assert_eq!(scene.read("db.yaml"), sealed, "{script}");
    }
}

#[test]
fn a_file_that_changed_meanwhile_is_not_overwritten() {
    let scene = Scene::new();
    scene.sealed("db.yaml");
    let file = scene.at("db.yaml");
    let said = edit(
        &scene,
        &format!(
            "sed -i s/hunter2/other/ \"$1\"; echo '# theirs' >> {}",
            file.display()
        ),
    );
    assert_eq!(said.code, 6, "{}", said.err);
    assert!(said.err.contains("changed on disk"), "{}", said.err);
    assert!(scene.read("db.yaml").ends_with("# theirs\n"));
}

#[test]
fn a_signal_removes_the_plaintext() {
    for signal in ["-TERM", "-HUP", "-QUIT", "-USR1", "-ALRM"] {
        let scene = Scene::new();
        let sealed = scene.sealed("db.yaml");
        let editor = scene.home().join("editor.sh");
        fs::write(
            &editor,
            "echo \"$1\" > ~/where.new; mv ~/where.new ~/where; sleep 30",
        )
        .unwrap();
        let mut command = scene.command(SEALKIT);
        command
            .args(["edit", "db.yaml"])
            .env("EDITOR", format!("sh {}", editor.display()));
        let mut child = command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !scene.home().join("where").exists() {
            assert!(Instant::now() < deadline, "the editor was not started");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(desk(&scene).exists());
        assert!(
            scene
                .command("kill")
                .args([signal, &child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
        let code = child.wait().unwrap().code();
        assert!(code.is_some_and(|code| code > 128), "{code:?}");
        assert_gone(&desk(&scene));
        assert_eq!(scene.read("db.yaml"), sealed);
    }
}
