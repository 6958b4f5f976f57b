//! The kubeseal mode beside a controller: a server of a few lines answers as an API server and its proxy would, or as
//! badly as what stands before one. The real ones are in `cargo xtask conformance kubeseal-online`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use crate::scene::{Said, Scene};

/// What is said to each request in turn: status line, headers, body. The last answer is given again.
type Answer = (&'static str, &'static str, String);

const SERVICE: &str = r#"{"kind":"Service","spec":{"ports":[{"name":"http","port":8080},{"port":8081}]}}"#;
const SERVICE_PATH: &str = "GET /api/v1/namespaces/kube-system/services/sealed-secrets-controller ";
const PROXY: &str = "/api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy/v1";
const JSON: &str = "content-type: application/json\r\n";
const TEXT: &str = "content-type: text/plain\r\n";
const SEALED: &str = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec: {encryptedData: {a: AgB=}}\n";

/// An API server that says what it is told to say.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        // Ends with the test's process; it holds nothing but a port.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut noted = noted.lock().unwrap();
                let answer = &answers[noted.len().min(answers.len() - 1)];
                noted.push(serve(stream, answer));
            }
        });
        Self { address, asked }
    }

    /// After the Service, these.
    fn behind_the_service(answers: Vec<Answer>) -> Self {
        let mut all = vec![("200 OK", JSON, SERVICE.to_owned())];
        all.extend(answers);
        Self::start(all)
    }

    fn kubeseal(&self, scene: &Scene, words: &[&str], input: &str) -> Said {
        let server = ["kubeseal", "--server", &self.address];
        scene.pipe(&[&server[..], words].concat(), input.as_bytes())
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Reads one request and answers it; gives its first line and its body.
fn serve(mut stream: TcpStream, (status, headers, body): &Answer) -> String {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut given = vec![0; length];
    reader.read_exact(&mut given).unwrap();
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
    let _ = stream.write_all(answer.as_bytes());
    first + &String::from_utf8_lossy(&given)
}

fn certificate() -> String {
    sealkit_testdata::text("sealed-secrets/peer-0.36.6/cert-2048.pem")
}

#[test]
fn the_certificate_comes_through_the_proxy_of_the_service() {
    let scene = Scene::new();
    let server = Server::behind_the_service(vec![(
        "200 OK",
        "content-type: application/x-pem-file\r\n",
        certificate(),
    )]);
    let said = server.kubeseal(&scene, &["--fetch-cert"], "");
    assert_eq!((said.code, said.out), (0, certificate()), "{}", said.err);
    let asked = server.asked();
    assert!(asked[0].starts_with(SERVICE_PATH), "{asked:?}");
    assert!(
        asked[1].starts_with(&format!("GET {PROXY}/cert.pem ")),
        "{asked:?}"
    );
}

#[test]
fn sealing_without_a_certificate_asks_the_controller() {
    let scene = Scene::new();
    let server = Server::behind_the_service(vec![("200 OK", "", certificate())]);
    let said = server.kubeseal(
        &scene,
        &["-o", "yaml"],
        "metadata: {name: db, namespace: shop}\nstringData: {a: b}\n",
    );
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("\n    a: AQ"), "{}", said.out);
}

#[test]
fn validating_says_nothing_or_names_what_does_not_open() {
    let scene = Scene::new();
    let two = format!("{SEALED}---\n{}", SEALED.replace("db", "other"));
    let server = Server::behind_the_service(vec![("200 OK", "", String::new())]);
    let said = server.kubeseal(&scene, &["--validate"], &two);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""));
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert!(
        asked[1].starts_with(&format!("POST {PROXY}/verify ")),
        "{asked:?}"
    );
    assert!(asked[1].contains(r#""encryptedData":{"a":"AgB="}"#), "{asked:?}");

    let server = Server::behind_the_service(vec![
        ("200 OK", "", String::new()),
        ("409 Conflict", TEXT, String::new()),
    ]);
    let said = server.kubeseal(&scene, &["--validate"], &two);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(
        said.err
            .starts_with("error: unable to decrypt sealed secret: other\n"),
        "{}",
        said.err
    );
}

#[test]
fn what_cannot_be_read_is_not_sent() {
    let scene = Scene::new();
    for input in ["kind: [\n", "", "hello\n"] {
        let server = Server::behind_the_service(vec![("200 OK", "", String::new())]);
        let said = server.kubeseal(&scene, &["--validate"], input);
        assert_eq!(said.code, 1);
        assert!(
            said.err.starts_with("error: unable to decrypt sealed secret\n"),
            "{}",
            said.err
        );
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn re_encrypting_a_file_replaces_it_when_all_went_well() {
    let scene = Scene::new();
    let rotated = r#"{"metadata":{"name":"db","namespace":"shop","creationTimestamp":"2020-01-01T00:00:00Z","generation":3},"spec":{"template":{"metadata":{"name":"db"}},"encryptedData":{"a":"AgC="}}}"#;
    let server = Server::behind_the_service(vec![("200 OK", TEXT, rotated.to_owned())]);
    scene.write("sealed.yaml", SEALED);
    let said = server.kubeseal(&scene, &["--re-encrypt", "-f", "sealed.yaml"], "");
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    assert_eq!(
        scene.read("sealed.yaml"),
        "---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: db\n  namespace: shop\nspec:\n  \
         encryptedData:\n    a: AgC=\n  template:\n    metadata:\n      name: db\n"
    );
    assert!(server.asked()[1].starts_with(&format!("POST {PROXY}/rotate ")));

    let server = Server::behind_the_service(vec![("500 Internal Server Error", TEXT, String::new())]);
    scene.write("sealed.yaml", SEALED);
    let said = server.kubeseal(&scene, &["--re-encrypt", "-f", "sealed.yaml"], "");
    assert_eq!((said.code, scene.read("sealed.yaml").as_str()), (1, SEALED));
    let first = "error: cannot re-encrypt secret: an error on the server (\"\") has prevented the request from succeeding \
                 (post services http:sealed-secrets-controller:http)\n";
    assert!(said.err.starts_with(first), "{}", said.err);
    assert!(said.err.contains("kubectl logs"), "{}", said.err);
}

#[test]
fn a_server_that_asks_to_wait_is_asked_again() {
    let scene = Scene::new();
    let wait = (
        "429 Too Many Requests",
        "retry-after: 0\r\ncontent-type: text/plain\r\n",
        "slow".to_owned(),
    );
    let server = Server::behind_the_service(vec![wait.clone(), wait.clone(), ("200 OK", "", certificate())]);
    assert_eq!(server.kubeseal(&scene, &["--fetch-cert"], "").code, 0);
    assert_eq!(server.asked().len(), 4);

    let server = Server::behind_the_service(vec![wait]);
    let said = server.kubeseal(&scene, &["--fetch-cert"], "");
    assert_eq!((said.code, server.asked().len()), (1, 12));
    assert!(said.err.contains("wait 0 seconds"), "{}", said.err);
}

#[test]
fn every_refusal_begins_as_the_peers_and_says_what_to_do_next() {
    let scene = Scene::new();
    let status = |message: &str| {
        format!(r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{message}"}}"#)
    };
    for (line, headers, body, first, next) in [
        (
            "404 Not Found",
            JSON,
            status("services \\\"sealed-secrets-controller\\\" not found"),
            "error: cannot get sealed secret service: services \"sealed-secrets-controller\" not found.\n",
            "kubectl get services",
        ),
        (
            "401 Unauthorized",
            JSON,
            status("Unauthorized"),
            "error: cannot get sealed secret service: Unauthorized.\n",
            "log in again",
        ),
        (
            "403 Forbidden",
            JSON,
            status("services is forbidden: User u cannot get resource"),
            "error: cannot get sealed secret service: services is forbidden: User u cannot get resource.\n",
            "sealed-secrets-service-proxier",
        ),
        (
            "200 OK",
            "content-type: text/html\r\n",
            "<html>log in</html>".to_owned(),
            "error: cannot get sealed secret service: the answer, with status 200, is not from Kubernetes.\n",
            "proxy",
        ),
    ] {
        let server = Server::start(vec![(line, headers, body)]);
        let said = server.kubeseal(&scene, &["--fetch-cert"], "");
        assert_eq!(said.code, 1);
        assert!(said.err.starts_with(first), "{}", said.err);
        assert!(
            said.err
                .contains("\nPlease, use the flag --controller-name and --controller-namespace"),
            "{}",
            said.err
        );
        assert!(said.err.contains(next), "{}", said.err);
    }
}

#[test]
fn nobody_there_is_told_with_the_address() {
    let scene = Scene::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = scene.pipe(
        &["kubeseal", "--fetch-cert", "--server", &format!("http://{free}")],
        b"",
    );
    let first = format!(
        "error: cannot get sealed secret service: Get \"http://{free}/api/v1/namespaces/kube-system/services/\
         sealed-secrets-controller\": dial tcp {free}: connect: connection refused.\n"
    );
    assert!(said.code == 1 && said.err.starts_with(&first), "{}", said.err);
    assert!(said.err.contains("check that the cluster runs"), "{}", said.err);
}

#[test]
fn a_certificate_can_come_from_any_address() {
    let scene = Scene::new();
    let server = Server::start(vec![
        ("302 Found", "location: /elsewhere\r\n", String::new()),
        ("200 OK", "", certificate()),
    ]);
    let url = format!("{}/v1/cert.pem", server.address);
    let said = scene.pipe(&["kubeseal", "--fetch-cert", "--cert", &url], b"");
    assert_eq!((said.code, said.out), (0, certificate()), "{}", said.err);
    assert!(server.asked()[1].starts_with("GET /elsewhere "));

    let server = Server::start(vec![("404 Not Found", "", String::new())]);
    let url = format!("{}/v1/cert.pem", server.address);
    let said = scene.pipe(&["kubeseal", "--fetch-cert", "--cert", &url], b"");
    assert!(
        said.err
            .starts_with(&format!("error: cannot fetch \"{url}\": 404 Not Found\n")),
        "{}",
        said.err
    );
}
