//! Runs the transcripts in `tests/cmd/<command>/*.md`: what follows `$ ` in a `console` block is given to a shell, and
//! what stands below it must come out. They double as documentation, so they may use pipes and several commands, which
//! trycmd's runner does not know; snapbox compares, and `SNAPSHOTS=overwrite` accepts.
//!
//! Every transcript begins in Alice's repository: `.sealkit.yaml` names her and Bob, `database.yaml` is a plaintext
//! Secret, `controller.pem` and `other.pem` are sealing certificates, `~/controller-key.pem` is the first one's private
//! key. Ciphertext is shown as `<sealed>`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::scene::Scene;

#[test]
fn every_transcript_is_what_happens() {
    let mut transcripts = transcripts();
    transcripts.sort();
    assert!(transcripts.len() >= 14, "every command has a transcript");
    let differences: Vec<_> = transcripts.iter().filter_map(|path| difference(path)).collect();
    assert!(
        differences.is_empty(),
        "{}\nSNAPSHOTS=overwrite accepts what happens now",
        differences.join("\n")
    );
}

fn transcripts() -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cmd");
    let folders = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// What is said now against what was said then, if it differs.
fn difference(path: &Path) -> Option<String> {
    let expected = fs::read_to_string(path).unwrap();
    let actual = replay(&scene(), &expected);
    if actual == expected {
        return None;
    }
    if std::env::var_os("SNAPSHOTS").is_some_and(|mode| mode == "overwrite") {
        fs::write(path, actual).unwrap();
        return None;
    }
    let (actual, expected) = (snapbox::Data::text(actual), snapbox::Data::text(expected));
    let shown = snapbox::Assert::new().try_eq(Some(&path.display()), actual, expected);
    shown.err().map(|difference| difference.to_string())
}

fn scene() -> Scene {
    let scene = Scene::new();
    scene.write("database.yaml", sealkit_testdata::read("examples/database.yaml"));
    scene.write(
        "controller.pem",
        sealkit_testdata::read("sealed-secrets/peer-0.36.6/cert-2048.pem"),
    );
    scene.write(
        "other.pem",
        sealkit_testdata::read("sealed-secrets/peer-0.36.6/cert-4096.pem"),
    );
    let key = sealkit_testdata::read("sealed-secrets/peer-0.36.6/key-2048.pkcs1.pem");
    scene.write_home("controller-key.pem", &String::from_utf8(key).unwrap());
    scene
}

/// Copies the transcript, with what each command says now in place of what it said then.
fn replay(scene: &Scene, transcript: &str) -> String {
    let mut lines = transcript.lines().peekable();
    let (mut actual, mut in_console) = (String::new(), false);
    while let Some(line) = lines.next() {
        let is_fence = line.starts_with("```");
        if is_fence {
            in_console = line == "```console";
        }
        if in_console && !is_fence && !line.starts_with("$ ") {
            continue; // what was said then
        }
        actual += &format!("{line}\n");
        if let (true, Some(first)) = (in_console, line.strip_prefix("$ ")) {
            let mut command = first.to_owned();
            while let Some(more) = lines.next_if(|next| next.starts_with("> ")) {
                actual += &format!("{more}\n");
                command += &format!("\n{}", &more[2..]);
            }
            actual += &run(scene, &command);
        }
    }
    actual
}

/// Runs a line of shell and returns everything it says in the order in which it says it.
fn run(scene: &Scene, command: &str) -> String {
    let mut shell = scene.command("sh");
    // The shell keeps its place between commands, as a person's does.
    let place = scene.home().join(".place");
    let script = format!(
        "cd \"$(cat {place} 2>/dev/null || pwd)\" && {{ {command}\n}} 2>&1; code=$?; pwd > {place}; exit $code",
        place = place.display()
    );
    let output = shell.args(["-c", &script]).stdin(Stdio::null()).output().unwrap();
    let mut said = redact(&String::from_utf8_lossy(&output.stdout), scene);
    if !said.is_empty() && !said.ends_with('\n') {
        said.push('\n');
    }
    match output.status.code() {
        Some(0) => said,
        Some(code) => said + &format!("? {code}\n"),
        None => said + "? signal\n",
    }
}

/// Hides what differs from run to run: places, ciphertext, data keys and new public keys.
fn redact(said: &str, scene: &Scene) -> String {
    let said = said.replace(&scene.home().display().to_string(), "~");
    let said = said.replace(&scene.repository().display().to_string(), "~/shop");
    let is_token = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let mut redacted = String::new();
    let mut rest = said.as_str();
    while let Some(start) = rest.find(is_token) {
        let (before, from) = rest.split_at(start);
        let (token, after) = from.split_at(from.find(|c| !is_token(c)).unwrap_or(from.len()));
        redacted += before;
        redacted += match token {
            _ if token.starts_with("age1pq1") => "age1pq1<key>",
            _ if token.starts_with("AGE") => token,
            _ if token.len() >= 40 && !token.starts_with("age1") => "<sealed>",
            _ if is_data_key_id(token, &redacted, after) => "<id>",
            _ => token,
        };
        rest = after;
    }
    redacted + rest
}

/// `kwythxglr`, where a data key is spoken of.
fn is_data_key_id(token: &str, before: &str, after: &str) -> bool {
    let base32 = |c: char| c.is_ascii_lowercase() || ('2'..='7').contains(&c);
    let looks = token.len() == 9 && token.starts_with('k') && token.chars().all(base32);
    looks
        && (before.ends_with("id: ")
            || before.ends_with("data key ")
            || before.ends_with("\"id\":\"")
            || after.starts_with(':'))
}
