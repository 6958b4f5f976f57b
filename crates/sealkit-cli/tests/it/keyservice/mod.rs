//! Key services of SOPS, server and client both ours: what they do for each other, and what nobody can do to them.

mod guest;
mod hostile;
mod people;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::JoinHandle,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::scene::{SEALKIT, Said, Scene, person, public};

/// A service with Alice's keys that ends with the test.
struct Service {
    child: Child,
    url: String,
    errors: Option<JoinHandle<String>>,
}

impl Service {
    /// Listens on a socket in the home of the scene.
    fn start(scene: &Scene) -> Self {
        let socket = socket(scene);
        let words = ["--network", "unix", "--address", socket.to_str().unwrap()];
        Self::with(scene, &words, &format!("unix://{}", socket.display()))
    }

    /// Waits for the line that says that it listens.
    fn with(scene: &Scene, words: &[&str], url: &str) -> Self {
        let mut command = scene.command(SEALKIT);
        command
            .args(["sops", "keyservice", "--verbose"])
            .args(words)
            .env("SOPS_AGE_KEY", person("alice"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        errors.read_line(&mut first).unwrap();
        assert!(first.contains("Listening on"), "{first}");
        let errors = std::thread::spawn(move || {
            errors.read_to_string(&mut first).unwrap();
            first
        });
        Self {
            child,
            url: url.to_owned(),
            errors: Some(errors),
        }
    }

    /// Asks it to end; its exit code, and everything it said.
    fn stop(mut self, signal: Signal) -> Said {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        let mut out = String::new();
        let mut pipe = self.child.stdout.take().unwrap();
        pipe.read_to_string(&mut out).unwrap();
        Said {
            code,
            out,
            err: self.errors.take().unwrap().join().unwrap(),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn socket(scene: &Scene) -> PathBuf {
    fs::create_dir_all(scene.home()).unwrap();
    scene.home().join("keys.sock")
}

/// Somebody without keys, who asks this service.
fn client(scene: &Scene, url: &str) -> Command {
    let mut command = scene.command(SEALKIT);
    command
        .arg("sops")
        .env("HOME", scene.home().join("nobody"))
        .env("SOPS_KEYSERVICE", url)
        .stdin(Stdio::null());
    command
}

fn run(command: &mut Command, words: &[&str]) -> Said {
    let output = command.args(words).output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The same, where nothing may go wrong.
fn done(command: &mut Command, words: &[&str]) -> String {
    let said = run(command, words);
    assert_eq!(said.code, 0, "{words:?}: {}", said.err);
    said.out
}

/// A file of SOPS for Alice.
fn encrypted(scene: &Scene, name: &str) {
    scene.write(name, "password: hunter2-marked\n");
    let mut sops = scene.command(SEALKIT);
    done(
        sops.arg("sops"),
        &["encrypt", "-i", "--age", &public("alice"), name],
    );
}

const PLAIN: &str = "password: hunter2-marked\n";

#[test]
fn every_verb_works_for_somebody_without_keys() {
    let scene = Scene::new();
    let service = Service::start(&scene);
    let (alice, bob) = (public("alice"), public("bob"));
    let client = || client(&scene, &service.url);
    scene.write("x.yaml", PLAIN);
    let no_local = "--enable-local-keyservice=false";
    done(
        &mut client(),
        &["encrypt", "-i", no_local, "--age", &alice, "x.yaml"],
    );
    let mut nobody = client();
    let said = run(nobody.env_remove("SOPS_KEYSERVICE"), &["decrypt", "x.yaml"]);
    assert_eq!(said.code, 128, "{}", said.err);
    for words in [
        &["decrypt", "x.yaml"][..],
        &["-d", "x.yaml"],
        &["decrypt", no_local, "x.yaml"],
        &["-d", no_local, "x.yaml"],
        &["exec-file", "x.yaml", "cat {}"],
    ] {
        assert_eq!(done(&mut client(), words), PLAIN, "{words:?}");
    }
    let mut flag = client();
    flag.env_remove("SOPS_KEYSERVICE");
    let words = ["decrypt", "--keyservice", &service.url, "x.yaml"];
    assert_eq!(done(&mut flag, &words), PLAIN);
    done(&mut client(), &["set", "x.yaml", "[\"user\"]", "\"shop\""]);
    done(&mut client(), &["unset", "x.yaml", "[\"user\"]"]);
    done(&mut client(), &["rotate", "-i", "--add-age", &bob, "x.yaml"]);
    scene.write(".sops.yaml", format!("creation_rules:\n  - age: {alice}\n"));
    done(&mut client(), &["updatekeys", "-y", "x.yaml"]);
    let text = scene.read("x.yaml");
    assert!(text.contains(&alice) && !text.contains(&bob), "{text}");
    done(
        client().env("SOPS_EDITOR", "sed -i s/hunter2/hunter3/"),
        &["edit", "x.yaml"],
    );
    assert_eq!(
        done(&mut client(), &["decrypt", "x.yaml"]),
        PLAIN.replace("hunter2", "hunter3")
    );
}

#[test]
fn groups_are_joined_from_shares_of_a_service_and_of_this_machine() {
    let scene = Scene::new();
    let service = Service::start(&scene);
    let (alice, bob) = (public("alice"), public("bob"));
    let groups = format!("    - age: [{alice}]\n    - age: [{bob}]\n");
    scene.write(
        ".sops.yaml",
        format!("creation_rules:\n  - key_groups:\n{groups}"),
    );
    scene.write("x.yaml", PLAIN);
    let mut with_bob = client(&scene, &service.url);
    with_bob.env("SOPS_AGE_KEY", person("bob"));
    done(&mut with_bob, &["encrypt", "-i", "x.yaml"]);
    let mut with_bob = client(&scene, &service.url);
    with_bob.env("SOPS_AGE_KEY", person("bob"));
    assert_eq!(done(&mut with_bob, &["decrypt", "x.yaml"]), PLAIN);
    let said = run(&mut client(&scene, &service.url), &["decrypt", "x.yaml"]);
    assert_eq!(said.code, 128);
    assert!(
        said.err.contains("1 key groups opened, 2 are needed"),
        "{}",
        said.err
    );
}

#[test]
fn it_listens_on_a_port_too() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    // Free a moment ago; nothing else of these tests wants one of its neighbours.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let address = format!("127.0.0.1:{port}");
    let service = Service::with(&scene, &["--address", &address], &format!("tcp://{address}"));
    for url in [service.url.clone(), format!("tcp://localhost:{port}")] {
        assert_eq!(done(&mut client(&scene, &url), &["decrypt", "x.yaml"]), PLAIN);
    }
    let said = run(
        scene.command(SEALKIT).arg("sops"),
        &["keyservice", "--address", &address],
    );
    assert_eq!(said.code, 1);
    assert!(said.err.contains("address already in use"), "{}", said.err);
}

#[test]
fn absent_services_are_passed_over_and_told_when_nobody_opens() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    let two = format!("unix:///nowhere.sock,tcp://127.0.0.1:1,{}", service.url);
    assert_eq!(done(&mut client(&scene, &two), &["decrypt", "x.yaml"]), PLAIN);
    // The keys of this machine are asked first, and nobody else.
    let mut alice = client(&scene, "unix:///nowhere.sock");
    alice.env("SOPS_AGE_KEY", person("alice"));
    assert_eq!(done(&mut alice, &["decrypt", "x.yaml"]), PLAIN);
    let absent = "unix:///nowhere.sock,what,tcp://127.0.0.1:1";
    let said = run(&mut client(&scene, absent), &["decrypt", "x.yaml"]);
    assert_eq!(said.code, 128);
    for part in [
        "no identity at hand opens it",
        "unix:///nowhere.sock: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while \
         dialing: dial unix /nowhere.sock: connect: no such file or directory\"",
        "what: rpc error: code = InvalidArgument",
        "dial tcp 127.0.0.1:1: connect: connection refused",
    ] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    scene.write("y.yaml", PLAIN);
    let words = [
        "encrypt",
        "--enable-local-keyservice=false",
        "--age",
        &public("alice"),
        "y.yaml",
    ];
    let said = run(&mut client(&scene, "unix:///nowhere.sock"), &words);
    assert_eq!(
        (said.code, said.err.contains("code = Unavailable")),
        (1, true),
        "{}",
        said.err
    );
    assert_eq!(scene.read("y.yaml"), PLAIN);
}
