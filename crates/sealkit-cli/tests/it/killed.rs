//! SIGKILL at any moment of a tree-wide command: every file is whole, the old one or the new one, and running the same
//! command again finishes the work.

use std::{
    collections::BTreeMap,
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::scene::{SECRET, Scene, policy};

const FILES: usize = 1_000;
const KILLS: usize = 100;

/// `.sops.yaml` for age recipients.
fn sops_rules(people: &[&str]) -> String {
    let keys: Vec<String> = people.iter().map(|person| crate::scene::public(person)).collect();
    format!("creation_rules:\n  - age: {}\n", keys.join(","))
}

/// Every second one is YAML, the others are dotenv.
fn sops_name(number: usize) -> String {
    let extension = if number.is_multiple_of(2) { "yaml" } else { "env" };
    format!("tree/{}/{number}.{extension}", number % 10)
}

fn name(number: usize) -> String {
    format!("tree/{}/{number}.yaml", number % 10)
}

fn plain(number: usize) -> String {
    SECRET.replace("name: database", &format!("name: database-{number}"))
}

fn write_tree(scene: &Scene, text: impl Fn(usize) -> String) {
    for number in 0..FILES {
        scene.write(&name(number), text(number));
    }
}

/// Small steps that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: Duration) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        limit.mul_f64((self.0 >> 33) as f64 / f64::from(u32::MAX >> 1))
    }
}

/// Kills `words` at random moments of the time they take. After each kill `look` sees every file; it panics at a torn
/// one and says whether the file is new. Returns how many kills hit a tree that was neither all old nor all new.
fn kill_often(
    scene: &Scene,
    words: &[&str],
    name: impl Fn(usize) -> String,
    restore: impl Fn(),
    look: impl Fn(usize, &str) -> bool,
) -> usize {
    // The quicker of two: a busy moment must not make us kill long after the end.
    let timed = || {
        restore();
        let begun = Instant::now();
        assert_eq!(scene.sealkit(words).code, 0);
        begun.elapsed()
    };
    let whole = timed().min(timed());
    let (mut chance, mut in_the_middle) = (Chance(7), 0);
    for _ in 0..KILLS {
        restore();
        let mut command = scene.command(crate::scene::SEALKIT);
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(chance.below(whole));
        child.kill().unwrap();
        child.wait().unwrap();
        let new = (0..FILES)
            .filter(|&number| look(number, &scene.read(&name(number))))
            .count();
        in_the_middle += usize::from(new > 0 && new < FILES);
    }
    // The last one is finished by running it again.
    assert_eq!(scene.sealkit(words).code, 0);
    assert!(
        (0..FILES).all(|number| look(number, &scene.read(&name(number)))),
        "not finished"
    );
    in_the_middle
}

/// Old files are known byte for byte; a new one must be a complete sealed document.
fn is_complete(text: &str) -> bool {
    text.starts_with("# Credentials")
        && text.contains("kind: EncryptedSecret")
        && text.contains("    url: k")
        && text.ends_with('\n')
}

#[test]
fn a_killed_seal_leaves_every_file_whole() {
    let scene = Scene::in_memory();
    let restore = || write_tree(&scene, plain);
    let look = |number: usize, text: &str| {
        let new = text != plain(number);
        assert!(!new || is_complete(text), "torn: {}", name(number));
        new
    };
    let hits = kill_often(&scene, &["seal", "-i", "tree"], name, restore, look);
    assert!(hits > KILLS / 10, "only {hits} kills hit the middle of the work");
    assert_eq!(
        scene.sealkit(&["get", "tree/3/333.yaml", "password"]).out,
        "hunter2-marked"
    );
    assert_only_ciphertext_was_left(&scene);
}

#[test]
fn a_killed_rotate_leaves_every_file_whole() {
    let scene = Scene::in_memory();
    write_tree(&scene, plain);
    assert_eq!(scene.sealkit(&["seal", "-i", "tree"]).code, 0);
    let sealed: BTreeMap<usize, String> = (0..FILES)
        .map(|number| (number, scene.read(&name(number))))
        .collect();
    scene.write(".sealkit.yaml", policy(&["alice", "carol"]));
    let restore = || write_tree(&scene, |number| sealed[&number].clone());
    let bob = crate::scene::public("bob");
    let look = |number: usize, text: &str| {
        let new = text != sealed[&number];
        assert!(
            !new || (is_complete(text) && !text.contains(&bob)),
            "torn: {}",
            name(number)
        );
        new
    };
    let hits = kill_often(&scene, &["rotate", "tree"], name, restore, look);
    assert!(hits > KILLS / 10, "only {hits} kills hit the middle of the work");
    assert_eq!(
        scene.sealkit(&["get", "tree/3/333.yaml", "password"]).out,
        "hunter2-marked"
    );
    assert_only_ciphertext_was_left(&scene);
}

#[test]
fn a_killed_rotate_of_sops_files_leaves_every_file_whole() {
    let scene = Scene::in_memory();
    fs::remove_file(scene.at(".sealkit.yaml")).unwrap();
    scene.write(".sops.yaml", sops_rules(&["alice", "bob"]));
    let secret = |number: usize| match number % 2 {
        0 => format!("# of {number}\npassword: hunter2-{number}\nuser: shop\n"),
        _ => format!("# of {number}\nPASSWORD=hunter2-{number}\n\nUSER=shop\n"),
    };
    let names: Vec<String> = (0..FILES).map(sops_name).collect();
    for (number, name) in names.iter().enumerate() {
        scene.write(name, secret(number));
    }
    let words = ["seal", "-i"].into_iter().chain(names.iter().map(String::as_str));
    let said = scene.sealkit(&words.collect::<Vec<_>>());
    assert_eq!(said.code, 0, "{}", said.err);
    let sealed: Vec<String> = names.iter().map(|name| scene.read(name)).collect();
    scene.write(".sops.yaml", sops_rules(&["alice", "carol"]));
    let restore = || {
        for (name, text) in names.iter().zip(&sealed) {
            scene.write(name, text);
        }
    };
    let (bob, carol) = (crate::scene::public("bob"), crate::scene::public("carol"));
    let look = |number: usize, text: &str| {
        let new = text != sealed[number];
        let whole = text.contains(&carol)
            && !text.contains(&bob)
            && !text.contains("hunter2")
            && text.contains("ENC[AES256_GCM")
            && text.ends_with("3.13.3\n");
        assert!(!new || whole, "torn: {}", names[number]);
        new
    };
    let hits = kill_often(&scene, &["rotate", "tree"], sops_name, restore, look);
    assert!(hits > KILLS / 10, "only {hits} kills hit the middle of the work");
    assert_only_ciphertext_was_left(&scene);
    let said = scene.sealkit(&["open", "-i", "tree"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for (number, name) in names.iter().enumerate() {
        assert_eq!(scene.read(name), secret(number));
    }
}

/// A kill may leave a temporary file. It holds what its target was to hold: no plaintext.
fn assert_only_ciphertext_was_left(scene: &Scene) {
    for folder in fs::read_dir(scene.at("tree")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"));
        }
    }
}

#[test]
fn an_interrupt_ends_between_two_files_and_says_how_to_go_on() {
    let scene = Scene::in_memory();
    write_tree(&scene, plain);
    let mut command = scene.command(crate::scene::SEALKIT);
    command
        .args(["seal", "-i", "tree"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // As soon as the first file is sealed, so that the signal finds the work begun.
    let deadline = Instant::now() + Duration::from_secs(20);
    while !(0..FILES).any(|number| scene.read(&name(number)).contains("EncryptedSecret")) {
        assert!(Instant::now() < deadline, "nothing was sealed");
    }
    assert!(
        scene
            .command("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(
        said.contains("interrupted: ") && said.contains("run the same command again"),
        "{said}"
    );
    assert!(scene.names().iter().all(|name| !name.starts_with(".sealkit-tmp")));
}
