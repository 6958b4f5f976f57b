//! What a client does that means no good, and what is left of the service afterwards: all of it.

use std::{
    io::{ErrorKind, Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    thread,
    time::{Duration, Instant},
};

use super::{
    PLAIN, Service, client, done, encrypted,
    guest::{self, Pieces, framed},
    run,
};
use crate::scene::{Scene, public};

fn whole(bytes: Vec<u8>) -> Pieces {
    Pieces {
        pieces: vec![bytes.into()],
        ends: true,
    }
}

fn connect(service: &Service) -> UnixStream {
    UnixStream::connect(service.url.strip_prefix("unix://").unwrap()).unwrap()
}

#[test]
fn every_wrong_message_has_a_status_of_its_own() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    let alice = public("alice");
    let good = guest::request(alice.as_bytes(), &[7; 32]);
    let long = guest::request(alice.as_bytes(), &vec![7; 64 * 1024]);
    let mut announced = framed(&good);
    announced[1..5].copy_from_slice(&[0xff; 4]);
    let mut compressed = framed(&good);
    compressed[0] = 1;
    for (what, path, body, status) in [
        ("good", "Encrypt", framed(&good), "0"),
        ("too long", "Encrypt", framed(&long), "8"),
        ("four megabytes", "Decrypt", vec![0; 4 << 20], "8"),
        ("announced too long", "Encrypt", announced, "8"),
        ("compressed", "Encrypt", compressed, "12"),
        ("nothing", "Decrypt", vec![], "13"),
        ("half a frame", "Decrypt", framed(&good)[..20].to_vec(), "13"),
        (
            "two messages",
            "Encrypt",
            [framed(&good), framed(&good)].concat(),
            "13",
        ),
        (
            "no protobuf",
            "Decrypt",
            framed(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
            "3",
        ),
        ("groups without end", "Decrypt", framed(&[0x0b; 60_000]), "3"),
        ("no key", "Encrypt", framed(b""), "5"),
        (
            "no recipient",
            "Encrypt",
            framed(&guest::request(b"age1nobody", b"x")),
            "2",
        ),
        (
            "not for us",
            "Decrypt",
            framed(&guest::request(alice.as_bytes(), b"x")),
            "2",
        ),
        (
            "no text",
            "Decrypt",
            framed(&guest::request(alice.as_bytes(), b"\xff")),
            "3",
        ),
        ("no method", "Explain", framed(&good), "12"),
    ] {
        let answer = guest::send(&service.url, &format!("/KeyService/{path}"), whole(body));
        assert_eq!(answer.status.as_deref(), Some(status), "{what}: {answer:?}");
        assert_eq!(answer.body.is_empty(), status != "0", "{what}");
    }
    assert_eq!(
        done(&mut client(&scene, &service.url), &["decrypt", "x.yaml"]),
        PLAIN
    );
}

#[test]
fn keys_that_no_build_reaches_are_refused_in_words() {
    let scene = Scene::new();
    let service = Service::start(&scene);
    // An AWS key: field 1 of the key, its ARN field 1 of that.
    let key = b"\x0a\x07\x0a\x05\x0a\x03arn\x12\x01x";
    for method in ["Encrypt", "Decrypt"] {
        let answer = guest::ask(&service.url, method, key);
        assert_eq!(answer.status.as_deref(), Some("2"), "{method}");
    }
}

#[test]
fn garbage_ends_its_own_connection_alone() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    // A frame of headers that never ends its headers, again and again.
    let mut endless = [&preface[..], &[0; 3], &[4, 0, 0, 0, 0, 0]].concat();
    endless.extend([0, 0, 4, 1, 0, 0, 0, 0, 1, 0, 1, b'a', 0]);
    for _ in 0..20_000 {
        endless.extend([0, 0, 4, 9, 0, 0, 0, 0, 1, 0, 1, b'a', 0]);
    }
    for bytes in [
        b"GET / HTTP/1.1\r\nHost: keys\r\n\r\n".to_vec(),
        vec![0xff; 1 << 20],
        [&preface[..], &[0xff; 1 << 16]].concat(),
        endless,
    ] {
        let mut stream = connect(&service);
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        // It may be gone before everything is written.
        let _ = stream.write_all(&bytes);
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
        assert!(answer.len() < 1024);
        assert_eq!(
            done(&mut client(&scene, &service.url), &["decrypt", "x.yaml"]),
            PLAIN
        );
    }
}

#[test]
fn a_request_that_does_not_end_is_ended() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    let begun = Instant::now();
    let slow = {
        let url = service.url.clone();
        let pieces = vec![framed(&[0; 100])[..50].to_vec().into()];
        thread::spawn(move || guest::send(&url, "/KeyService/Decrypt", Pieces { pieces, ends: false }))
    };
    thread::sleep(Duration::from_millis(200));
    // Others are served meanwhile.
    assert_eq!(
        done(&mut client(&scene, &service.url), &["decrypt", "x.yaml"]),
        PLAIN
    );
    assert!(begun.elapsed() < Duration::from_secs(8));
    assert_eq!(slow.join().unwrap().status.as_deref(), Some("4"));
    assert!(
        (9..30).contains(&begun.elapsed().as_secs()),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_service_that_says_nothing_is_left_for_the_next() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    let path = scene.home().join("silent.sock");
    let silent = UnixListener::bind(&path).unwrap();
    let both = format!("unix://{},{}", path.display(), service.url);
    let begun = Instant::now();
    assert_eq!(done(&mut client(&scene, &both), &["decrypt", "x.yaml"]), PLAIN);
    assert!(
        (19..60).contains(&begun.elapsed().as_secs()),
        "{:?}",
        begun.elapsed()
    );
    drop(silent);
}

#[test]
fn a_service_that_speaks_another_language_is_left_for_the_next() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    let path = scene.home().join("strange.sock");
    let strange = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[0xff; 100_000], b""] {
            let (mut stream, _) = strange.accept().unwrap();
            let _ = stream.write_all(answer);
            let _ = stream.shutdown(Shutdown::Both);
        }
    });
    let strange = format!("unix://{}", path.display());
    let said = run(&mut client(&scene, &strange), &["decrypt", "x.yaml"]);
    assert_eq!(said.code, 128);
    assert!(said.err.contains("code = Unavailable"), "{}", said.err);
    let both = format!("{strange},{}", service.url);
    for _ in 0..2 {
        assert_eq!(done(&mut client(&scene, &both), &["decrypt", "x.yaml"]), PLAIN);
    }
}

#[test]
fn silent_guests_lose_their_places() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    let crowd: Vec<_> = (0..100).map(|_| connect(&service)).collect();
    let begun = Instant::now();
    assert_eq!(
        done(&mut client(&scene, &service.url), &["decrypt", "x.yaml"]),
        PLAIN
    );
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
    drop(crowd);
}

#[test]
fn many_are_served_at_once() {
    let scene = Scene::new();
    encrypted(&scene, "x.yaml");
    let service = Service::start(&scene);
    thread::scope(|scope| {
        let ask = || done(&mut client(&scene, &service.url), &["decrypt", "x.yaml"]);
        let all: Vec<_> = (0..40).map(|_| scope.spawn(ask)).collect();
        for one in all {
            assert_eq!(one.join().unwrap(), PLAIN);
        }
    });
}
