//! An API server of a few lines: it answers as a real one and its proxy would, or as badly as what stands before one.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
};

use crate::scene::{Said, Scene};

/// What is said to each request in turn: status line, headers, body. The last answer is given again.
pub(crate) type Answer = (&'static str, &'static str, String);

const SERVICE: &str = r#"{"kind":"Service","spec":{"ports":[{"name":"http","port":8080},{"port":8081}]}}"#;
pub(crate) const SERVICE_PATH: &str =
    "GET /api/v1/namespaces/kube-system/services/sealed-secrets-controller ";
pub(crate) const PROXY: &str =
    "/api/v1/namespaces/kube-system/services/http:sealed-secrets-controller:http/proxy/v1";
pub(crate) const JSON: &str = "content-type: application/json\r\n";
pub(crate) const TEXT: &str = "content-type: text/plain\r\n";
pub(crate) const SEALED: &str = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec: {encryptedData: {a: AgB=}}\n";

/// An API server that says what it is told to say.
pub(crate) struct Server {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(answers: Vec<Answer>) -> Self {
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
    pub(crate) fn behind_the_service(answers: Vec<Answer>) -> Self {
        let mut all = vec![("200 OK", JSON, SERVICE.to_owned())];
        all.extend(answers);
        Self::start(all)
    }

    /// A kubeconfig for it in the scene's home.
    pub(crate) fn kubeconfig(&self, scene: &Scene) -> PathBuf {
        let config = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{{name: a, context: {{cluster: a, user: a}}}}]\n\
             clusters: [{{name: a, cluster: {{server: '{}'}}}}]\nusers: [{{name: a, user: {{token: made-up}}}}]\n",
            self.address
        );
        scene.write_home("kubeconfig", &config);
        scene.home().join("kubeconfig")
    }

    pub(crate) fn kubeseal(&self, scene: &Scene, words: &[&str], input: &str) -> Said {
        let server = ["kubeseal", "--server", &self.address];
        scene.pipe(&[&server[..], words].concat(), input.as_bytes())
    }

    pub(crate) fn asked(&self) -> Vec<String> {
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

pub(crate) fn certificate() -> String {
    sealkit_testdata::text("sealed-secrets/peer-0.36.6/cert-2048.pem")
}
