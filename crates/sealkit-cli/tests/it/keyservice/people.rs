//! Beginning, ending, and asking a person.

use std::{fs, io::Write, os::unix::fs::MetadataExt, time::Duration};

use rustix::process::Signal;

use super::{PLAIN, Service, client, done, encrypted, guest, run, socket};
use crate::scene::{SEALKIT, Scene};

#[test]
fn its_socket_is_for_its_owner_and_goes_with_it() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let scene = Scene::new();
        encrypted(&scene, "x.yaml");
        let service = Service::start(&scene);
        let path = socket(&scene);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        done(&mut client(&scene, &service.url), &["decrypt", "x.yaml"]);
        let said = service.stop(signal);
        assert_eq!((said.code, path.exists()), (0, false), "{}", said.err);
        assert!(said.err.contains("Caught signal"), "{}", said.err);
    }
}

#[test]
fn a_place_that_is_taken_stays_with_whoever_has_it() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    let path = socket(&scene);
    let words = [
        "keyservice",
        "--network",
        "unix",
        "--address",
        path.to_str().unwrap(),
    ];
    let second = || run(scene.command(SEALKIT).arg("sops"), &words);
    let said = second();
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .contains(&format!("listen unix {}: address already in use", path.display())),
        "{}",
        said.err
    );
    assert_eq!(
        done(&mut client(&scene, &service.url), &["decrypt", "x.yaml"]),
        PLAIN
    );
    // What is no longer ours is not removed.
    fs::rename(&path, scene.home().join("moved")).unwrap();
    fs::write(&path, "somebody else's").unwrap();
    assert_eq!(service.stop(Signal::TERM).code, 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody else's");
    let said = second();
    assert_eq!(said.code, 1);
    assert!(said.err.contains("remove the file"), "{}", said.err);
}

#[test]
fn a_command_line_that_names_no_place_is_refused() {
    let scene = Scene::new();
    for (words, why) in [
        (
            &["--network", "udp"][..],
            "listen udp 127.0.0.1:5000: unknown network udp",
        ),
        (
            &["--address", "nonsense"],
            "listen tcp nonsense: address nonsense: missing port in address",
        ),
        (
            &["--network", "unix", "--address", "/nowhere/s.sock"],
            "no such file or directory",
        ),
    ] {
        let said = run(scene.command(SEALKIT).args(["sops", "keyservice"]), words);
        assert_eq!(said.code, 1, "{words:?}");
        assert!(said.err.contains(why), "{words:?}: {}", said.err);
    }
}

#[test]
fn a_person_says_yes_or_no_to_every_request() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let path = socket(&scene);
    let words = [
        "--prompt",
        "--network",
        "unix",
        "--address",
        path.to_str().unwrap(),
    ];
    let mut service = Service::with(&scene, &words, &format!("unix://{}", path.display()));
    let mut person = service.child.stdin.take().unwrap();
    let url = service.url.clone();
    person.write_all(b"maybe\ny\n").unwrap();
    assert_eq!(done(&mut client(&scene, &url), &["decrypt", "x.yaml"]), PLAIN);
    person.write_all(b"n\n").unwrap();
    let said = run(&mut client(&scene, &url), &["decrypt", "x.yaml"]);
    assert_eq!(said.code, 128);
    let refused = "code = PermissionDenied desc = Request rejected by user";
    assert!(said.err.contains(refused), "{}", said.err);
    // Nobody is there any more: that is a no, too.
    drop(person);
    let said = run(&mut client(&scene, &url), &["decrypt", "x.yaml"]);
    assert!(said.err.contains(refused), "{}", said.err);
    let said = service.stop(Signal::TERM);
    let question = "Received decrypt request using age key with recipient age1";
    assert_eq!(said.out.matches(question).count(), 4, "{}", said.out);
    assert!(said.out.contains("Respond to request? (y/n): "), "{}", said.out);
}

#[test]
fn it_ends_while_a_person_is_asked() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let path = socket(&scene);
    let words = [
        "--prompt",
        "--network",
        "unix",
        "--address",
        path.to_str().unwrap(),
    ];
    let service = Service::with(&scene, &words, &format!("unix://{}", path.display()));
    let waiting = client(&scene, &service.url)
        .args(["decrypt", "x.yaml"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let said = service.stop(Signal::TERM);
    assert_eq!((said.code, path.exists()), (0, false));
    assert_eq!(waiting.wait_with_output().unwrap().status.code(), Some(128));
}

#[test]
fn nothing_of_a_key_is_ever_told() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    let key = guest::data_key(&scene, &service.url, "x.yaml");
    assert_eq!(key.len(), 32);
    let mut stranger = client(&scene, &service.url);
    stranger.args(["encrypt", "--age", "age1nobody", "x.yaml"]);
    assert!(!stranger.output().unwrap().status.success());
    guest::ask(&service.url, "Encrypt", &guest::request(b"age1nobody", &key));
    guest::ask(
        &service.url,
        "Decrypt",
        &guest::request(public_of_alice().as_bytes(), &key),
    );
    let said = service.stop(Signal::TERM);
    let all = said.out + &said.err;
    assert!(all.contains("encrypt request using age key"), "{all}");
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let secret = crate::scene::person("alice");
    let secret = secret
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY"))
        .unwrap();
    for known in [
        hex.as_str(),
        &hex.to_uppercase(),
        &String::from_utf8_lossy(&key),
        "hunter2",
        secret,
        &format!("{key:?}"),
    ] {
        assert!(!all.contains(known), "{known}: {all}");
    }
}

fn public_of_alice() -> String {
    crate::scene::public("alice")
}
