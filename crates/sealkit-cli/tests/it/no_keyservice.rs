//! A build without key services says which one has them, and reaches nobody.

use crate::scene::{SEALKIT, Said, Scene, public};

fn sops(scene: &Scene, words: &[&str]) -> Said {
    let output = scene.command(SEALKIT).arg("sops").args(words).output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

const HOW: &str = "--features keyservice";

#[test]
fn the_build_that_has_them_is_named() {
    let scene = Scene::new();
    let said = sops(&scene, &["keyservice"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains(HOW), "{}", said.err);
    // Named where they would have been needed.
    scene.write("x.yaml", "a: b\n");
    let socket = scene.at("keys.sock");
    let service = format!("unix://{}", socket.display());
    let words = ["--keyservice", service.as_str()];
    let alice = public("alice");
    let encrypt = [&["encrypt", "-i", "--age", &alice], &words[..], &["x.yaml"]].concat();
    let said = sops(&scene, &encrypt);
    assert_eq!(said.code, 0, "{}", said.err);
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    let said = sops(&scene, &[&["decrypt"], &words[..], &["x.yaml"]].concat());
    assert_eq!(said.code, 128);
    assert!(said.err.contains(HOW), "{}", said.err);
    let no_local = "--enable-local-keyservice=false";
    let encrypt = ["encrypt", no_local, "--age", &alice, words[0], words[1], "x.yaml"];
    scene.write("x.yaml", "a: b\n");
    let said = sops(&scene, &encrypt);
    assert_eq!(said.code, 1);
    assert!(said.err.contains(HOW), "{}", said.err);
    assert!(listener.accept().is_err(), "somebody connected");
}
