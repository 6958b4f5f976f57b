//! Who is not let in by a controller, and what stands in the way: the first line is the peer's, and every one says what to do
//! next.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use crate::{
    api_server::{Answer, JSON, PROXY, SEALED, Server, TEXT, certificate},
    scene::{Said, Scene},
};

/// Fails with this first line, prints no document, and gives this advice.
fn refused(said: &Said, first: &str, next: &str) {
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
    assert!(
        said.err.starts_with(&format!("error: {first}\n")),
        "{first}\n{}",
        said.err
    );
    let help = said.err.split("= help: ").nth(1);
    assert!(
        help.is_some_and(|help| help.contains(next)),
        "{next}\n{}",
        said.err
    );
}

fn status(message: &str) -> String {
    format!(r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{message}"}}"#)
}

#[test]
fn a_server_that_asks_to_wait_is_asked_again() {
    let scene = Scene::new();
    let wait = |headers| ("429 Too Many Requests", headers, "limit exceeded\n".to_owned());
    let soon = wait("retry-after: 0\r\ncontent-type: text/plain\r\n");
    let server = Server::behind_the_service(vec![soon.clone(), soon.clone(), ("200 OK", "", certificate())]);
    assert_eq!(server.kubeseal(&scene, &["--fetch-cert"], "").code, 0);
    assert_eq!(server.asked().len(), 4);

    let first = "cannot fetch certificate: the server has received too many requests and has asked us to try again later \
                 (get services http:sealed-secrets-controller:http)";
    let server = Server::behind_the_service(vec![soon]);
    let said = server.kubeseal(&scene, &["--fetch-cert"], "");
    refused(&said, first, "wait 0 seconds");
    assert_eq!(server.asked().len(), 12);

    let tomorrow = wait("retry-after: 86400\r\ncontent-type: text/plain\r\n");
    let server = Server::behind_the_service(vec![tomorrow]);
    refused(
        &server.kubeseal(&scene, &["--fetch-cert"], ""),
        first,
        "wait 86400 seconds",
    );
    assert_eq!(server.asked().len(), 2, "nobody waits for a day");
}

#[test]
fn what_keeps_from_the_service_begins_as_the_peers_and_says_what_to_do_next() {
    let scene = Scene::new();
    let html = "content-type: text/html\r\n";
    for (line, headers, body, first, next) in [
        (
            "404 Not Found",
            JSON,
            status("services \\\"sealed-secrets-controller\\\" not found"),
            "services \"sealed-secrets-controller\" not found",
            "kubectl get services",
        ),
        (
            "401 Unauthorized",
            JSON,
            status("Unauthorized"),
            "Unauthorized",
            "log in again",
        ),
        (
            "403 Forbidden",
            JSON,
            status("services is forbidden: User u cannot get resource"),
            "services is forbidden: User u cannot get resource",
            "sealed-secrets-service-proxier",
        ),
        (
            "500 Internal Server Error",
            JSON,
            status("etcdserver: request timed out"),
            "etcdserver: request timed out",
            "ask who runs the cluster",
        ),
        (
            "200 OK",
            html,
            "<html>log in</html>".to_owned(),
            "the answer, with status 200, is not from Kubernetes",
            "--proxy-url",
        ),
        (
            "502 Bad Gateway",
            html,
            "<!DOCTYPE html><h1>Bad Gateway</h1>".to_owned(),
            "the answer, with status 502, is not from Kubernetes",
            "--proxy-url",
        ),
        (
            "302 Found",
            "location: https://login.example/?state=marked\r\n",
            String::new(),
            "the answer, with status 302, is not from Kubernetes",
            "log in again",
        ),
        (
            "200 OK",
            JSON,
            "{\"kind\": \"Service\"".to_owned(),
            "the answer, with status 200, is not from Kubernetes",
            "--proxy-url",
        ),
    ] {
        let server = Server::start(vec![(line, headers, body)]);
        let said = server.kubeseal(&scene, &["--fetch-cert"], "");
        let other_service = "Please, use the flag --controller-name and --controller-namespace to set up the name and \
                             namespace of the sealed secrets controller";
        refused(
            &said,
            &format!("cannot get sealed secret service: {first}.\n{other_service}"),
            next,
        );
        assert!(!said.err.contains("marked"), "{}", said.err);
    }
}

#[test]
fn what_keeps_from_the_controller_does_so_too_in_every_mode() {
    let scene = Scene::new();
    let modes = [
        ("--fetch-cert", "cannot fetch certificate: ", "get"),
        ("--validate", "cannot validate sealed secret: ", "post"),
        ("--re-encrypt", "cannot re-encrypt secret: ", "post"),
    ];
    let answers: [(Answer, &str, &str); 7] = [
        (
            ("401 Unauthorized", JSON, status("Unauthorized")),
            "Unauthorized",
            "log in again",
        ),
        (
            ("403 Forbidden", JSON, status("services/proxy is forbidden")),
            "services/proxy is forbidden",
            "ask for a role",
        ),
        (
            ("404 Not Found", TEXT, "404 page not found\n".to_owned()),
            "the server could not find the requested resource (VERB services http:sealed-secrets-controller:http)",
            "kubectl get services",
        ),
        (
            (
                "500 Internal Server Error",
                TEXT,
                "cannot get certificate\n".to_owned(),
            ),
            "an error on the server (\"cannot get certificate\") has prevented the request from succeeding (VERB services \
             http:sealed-secrets-controller:http)",
            "kubectl logs",
        ),
        (
            (
                "503 Service Unavailable",
                JSON,
                status("no endpoints available for service \\\"http:sealed-secrets-controller:http\\\""),
            ),
            "no endpoints available for service \"http:sealed-secrets-controller:http\"",
            "kubectl get pods",
        ),
        (
            ("200 OK", "content-type: text/html\r\n", "<html>".to_owned()),
            "the answer, with status 200, is not from Kubernetes",
            "log in again",
        ),
        (
            (
                "504 Gateway Timeout",
                "content-type: text/html\r\n",
                "<html>".to_owned(),
            ),
            "the answer, with status 504, is not from Kubernetes",
            "--proxy-url",
        ),
    ];
    for (flag, begins, verb) in modes {
        for (answer, first, next) in &answers {
            let server = Server::behind_the_service(vec![answer.clone()]);
            let said = server.kubeseal(&scene, &[flag], SEALED);
            refused(&said, &format!("{begins}{}", first.replace("VERB", verb)), next);
            assert!(server.asked()[1].contains(PROXY));
        }
    }
}

#[test]
fn nobody_there_is_told_with_the_address() {
    let scene = Scene::new();
    let asks = |server: &str, more: &[&str]| {
        scene.pipe(
            &[&["kubeseal", "--fetch-cert", "--server", server], more].concat(),
            b"",
        )
    };
    let begins = |server: &str, query: &str| {
        format!(
            "cannot get sealed secret service: Get \"{server}/api/v1/namespaces/kube-system/services/\
             sealed-secrets-controller{query}\": "
        )
    };
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = format!("http://{free}");
    let first = format!(
        "{}dial tcp {free}: connect: connection refused.",
        begins(&server, "")
    );
    refused(&asks(&server, &[]), &first, "check that the cluster runs");

    // It takes the connection and says nothing: the kernel answers for a listener that never accepts.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", silent.local_addr().unwrap());
    let said = asks(&server, &["--request-timeout", "300ms"]);
    let first = format!(
        "{}context deadline exceeded (Client.Timeout exceeded while awaiting headers).",
        begins(&server, "?timeout=300ms")
    );
    refused(&said, &first, "--request-timeout");

    // RFC 6761: the name of nobody. What is said depends on whether this machine has a name server.
    let server = "http://nobody.invalid:6443";
    let said = asks(server, &["--request-timeout", "2"]);
    assert!(
        said.err
            .starts_with(&format!("error: {}", begins(server, "?timeout=2s"))),
        "{}",
        said.err
    );
    assert!(said.code == 1 && said.err.contains("= help: "), "{}", said.err);
}

#[test]
fn a_connection_that_breaks_or_speaks_otherwise_is_explained() {
    let scene = Scene::new();
    for (scheme, answer, first, next) in [
        ("http", "", "EOF", "ends the connection"),
        (
            "https",
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            "http: server gave HTTP response to HTTPS client",
            "does not speak TLS",
        ),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("{scheme}://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let said = scene.pipe(&["kubeseal", "--fetch-cert", "--server", &server], b"");
        let first = format!(
            "cannot get sealed secret service: Get \"{server}/api/v1/namespaces/kube-system/services/\
             sealed-secrets-controller\": {first}."
        );
        refused(&said, &first, next);
    }
}
